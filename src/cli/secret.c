/* SPDX-License-Identifier: MIT */
/* secret.c - passwords and keys from the prompt, files, standard input or the
 * environment; never from argv, which other users of the machine can read */
#include <errno.h>
#include <stdlib.h>

#include "cli.h"
#include "romsplit/cipher.h"
#include "romsplit/os.h"

enum { FILE_MAX = 65536 };

/* Reads a file of at most FILE_MAX bytes; the caller wipes buf. */
static enum rom_status read_file(
	const char *path, uint8_t *buf, size_t *ret_len, struct rom_err *err)
{
	if (rom_read_secret(
		    strcmp(path, "-") ? path : NULL, buf, FILE_MAX, ret_len))
		return ROM_OK;
	return rom_fail(err, ROM_E_USAGE, ROM_NO_OFFSET, "%s: cannot read: %s",
		path, strerror(errno));
}

static enum rom_status add_password_file(
	struct rom_secrets *s, const char *path, struct rom_err *err)
{
	ROM_AUTO uint8_t *buf = rom_alloc(FILE_MAX);
	size_t n = 0;
	enum rom_status st = read_file(path, buf, &n, err);

	if (n && buf[n - 1] == '\n')
		n -= n > 1 && buf[n - 2] == '\r' ? 2 : 1;
	if (!st)
		st = rom_secrets_add(s, ROM_SECRET_PASSWORD, buf, n, err);
	rom_wipe(buf, FILE_MAX);
	return st;
}

/* ---- keys ---------------------------------------------------------------- */

static enum rom_status add_key_file(
	struct rom_secrets *s, const char *path, struct rom_err *err)
{
	ROM_AUTO uint8_t *buf = rom_alloc(FILE_MAX);
	size_t n = 0;
	enum rom_status st = read_file(path, buf, &n, err);

	if (!st)
		st = cli_keys_of_file(s, path, buf, n, err);
	rom_wipe(buf, FILE_MAX);
	return st;
}

/* ---- the prompt ---------------------------------------------------------- */

static bool has_only(const char *p, size_t len, const char *set)
{
	for (size_t i = 0; i < len; i++) {
		if (!strchr(set, p[i]))
			return false;
	}
	return true;
}

static enum rom_status ask_secret(struct rom_secrets *s,
	enum rom_secret_kind kind, const char *what, const char *set,
	struct rom_err *err)
{
	ROM_AUTO char *question = rom_format("%s of the phone: ", what);
	char buf[ROM_SECRET_LEN_MAX + 2];
	enum rom_status st;
	size_t n;

	if (!rom_terminal_ask(question, buf, sizeof(buf), &n))
		return rom_fail(err, ROM_E_USAGE, ROM_NO_OFFSET,
			"%s: there is no terminal to ask for it; use "
			"--password-file",
			what);
	if (set && !has_only(buf, n, set))
		st = rom_fail(err, ROM_E_USAGE, ROM_NO_OFFSET,
			"%s: expected only digits from %c to 9, got another "
			"character",
			what, *set);
	else
		st = rom_secrets_add(s, kind, buf, n, err);
	rom_wipe(buf, sizeof(buf));
	return st;
}

static enum rom_status ask_secrets(
	struct cli *cli, struct rom_secrets *s, struct rom_err *err)
{
	enum rom_status st = ROM_OK;

	if (cli->ask_password)
		st = ask_secret(s, ROM_SECRET_PASSWORD, "Password", NULL, err);
	if (!st && cli->ask_pin)
		st = ask_secret(
			s, ROM_SECRET_PASSWORD, "PIN", "0123456789", err);
	if (!st && cli->ask_pattern)
		st = ask_secret(
			s, ROM_SECRET_PATTERN, "Pattern", "123456789", err);
	return st;
}

/* ---- all sources --------------------------------------------------------- */

static enum rom_status add_environment(
	struct rom_secrets *s, struct rom_err *err)
{
	char *password = getenv("ROMSPLIT_PASSWORD");
	enum rom_status st;

	if (!password || !*password)
		return ROM_OK;
	st = rom_secrets_add(
		s, ROM_SECRET_PASSWORD, password, strlen(password), err);
	rom_wipe(password, strlen(password));
	unsetenv("ROMSPLIT_PASSWORD");
	return st;
}

static void report_line(void *ctx, const char *text)
{
	(void)ctx;
	fprintf(stderr, "romsplit: %s\n", text);
}

enum rom_status cli_secrets(
	struct cli *cli, struct rom_secrets **ret, struct rom_err *err)
{
	struct rom_secrets *s = rom_secrets_new();
	const char **path;
	enum rom_status st = ROM_OK;

	*ret = s;
	if (getenv("ROMSPLIT_PASSWORD") || cli->password_files.n ||
		cli->key_files.n || cli->key_dumps.n || cli->ask_password ||
		cli->ask_pin || cli->ask_pattern || cli->try_pins)
		rom_process_protect();
	rom_each (path, &cli->password_files) {
		if (!st)
			st = add_password_file(s, *path, err);
	}
	rom_each (path, &cli->key_files) {
		if (!st)
			st = add_key_file(s, *path, err);
	}
	if (!st)
		st = add_environment(s, err);
	if (!st)
		st = ask_secrets(cli, s, err);
	s->try_pins = cli->try_pins;
	s->threads = cli->threads;
	s->progress = &cli->progress;
	s->report = report_line;
	return st;
}
