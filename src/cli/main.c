/* SPDX-License-Identifier: MIT */
/* main.c - runs the command that argv names; helpers of all commands */
#include <inttypes.h>
#include <limits.h>
#include <locale.h>
#include <stdlib.h>

#include "cli.h"
#include "romsplit/os.h"

static int status_of(enum rom_status st)
{
	switch (st) {
	case ROM_OK:
		return EXIT_DONE;
	case ROM_E_USAGE:
		return EXIT_USAGE;
	case ROM_E_NOT_FOUND:
	case ROM_E_CORRUPT: /* the dump itself could be opened */
		return EXIT_DAMAGED;
	case ROM_E_ENCRYPTED:
		return EXIT_ENCRYPTED;
	case ROM_E_WRITE:
		return EXIT_WRITE;
	case ROM_E_STOPPED:
		return EXIT_STOPPED;
	default:
		return EXIT_INPUT;
	}
}

int cli_fail(enum rom_status st, const struct rom_err *err)
{
	ROM_AUTO char *text = rom_printable(err->text, strlen(err->text));

	fprintf(stderr, "romsplit: %s", *text ? text : "failed");
	if (err->offset != ROM_NO_OFFSET && err->offset != 0 &&
		(st == ROM_E_CORRUPT || st == ROM_E_IO || st == ROM_E_INPUT))
		fprintf(stderr, " (offset 0x%" PRIx64 ")", err->offset);
	fprintf(stderr, "\n");
	return status_of(st);
}

int cli_fail_open(
	const struct cli *cli, enum rom_status st, const struct rom_err *err)
{
	struct rom_report *r =
		cli->json && st == ROM_E_INPUT
			? rom_report_container(cli->args[0], cli->command_line)
			: NULL;

	if (r) {
		ROM_AUTO char *json = rom_json_report(r);

		puts(json);
		rom_report_free(r);
	}
	return cli_fail(st, err);
}

static void print_note(
	const struct rom_report *r, const struct rom_note *n, size_t more)
{
	ROM_AUTO char *partition =
		n->partition ? rom_one_line(n->partition) : NULL;

	fprintf(stderr, "romsplit: %s%s%s", partition ? partition : "",
		partition ? ": " : "", n->text);
	if (rom_report_offset(r, n->offset) != ROM_NO_OFFSET)
		fprintf(stderr, " (offset 0x%" PRIx64 ")",
			rom_report_offset(r, n->offset));
	fprintf(stderr, "\n");
	if (more)
		fprintf(stderr,
			"romsplit: ... and %zu more of this kind; -v lists "
			"all\n",
			more);
}

void cli_notes(const struct cli *cli, const struct rom_report *r)
{
	rom_shown_notes shown = { 0 };
	const struct rom_shown_note *n;

	if (cli->quiet)
		return;
	rom_notes_shorten(r, cli->verbose, &shown);
	rom_each (n, &shown) {
		if (n->note->level != ROM_INFO || cli->verbose)
			print_note(r, n->note, n->more);
	}
	rom_vec_done(&shown);
	if (r->notes_dropped)
		fprintf(stderr, "romsplit: ... and %zu more notes\n",
			r->notes_dropped);
}

int cli_report_status(const struct rom_report *r)
{
	return rom_report_damaged(r) || r->notes_dropped ? EXIT_DAMAGED
							 : EXIT_DONE;
}

bool cli_color(const struct cli *cli)
{
	if (!strcmp(cli->color, "auto"))
		return rom_is_terminal(stdout) && !getenv("NO_COLOR");
	return !strcmp(cli->color, "always");
}

enum rom_scatter_style cli_style(const struct cli *cli)
{
	return cli->style && !strcmp(cli->style, "wwr") ? ROM_STYLE_WWR
							: ROM_STYLE_FACTORY;
}

unsigned cli_hashes(const struct cli *cli)
{
	return cli->no_hash ? 0 : cli->hashes | 1u << ROM_HASH_SHA256;
}

/* "dir/full.bin" becomes "dir/full.romsplit": the output is placed beside the
 * dump. */
/* A folder keeps its whole name; "." and ".." have none, so their path is
 * used. */
static char *output_beside_folder(const char *image, const char *sub)
{
	size_t n = strlen(image);
	ROM_AUTO char *real = rom_path_real(image);

	while (n > 1 && image[n - 1] == '/')
		n--;
	if (image[n - 1] == '.' || image[n - 1] == '/')
		return rom_format("%s.romsplit%s", real ? real : image, sub);
	return rom_format("%.*s.romsplit%s", (int)n, image, sub);
}

char *cli_output(const struct cli *cli, const char *sub)
{
	const char *image = cli->args[0], *slash = strrchr(image, '/'),
		   *dot = strrchr(image, '.');
	size_t n = dot && dot > (slash ? slash + 1 : image)
			   ? (size_t)(dot - image)
			   : strlen(image);

	if (cli->output)
		return rom_strdup(cli->output);
	if (rom_path_is_directory(image))
		return output_beside_folder(image, sub);
	return rom_format("%.*s.romsplit%s", (int)n, image, sub);
}

/* ---- opening a dump ------------------------------------------------------ */

/* Takes the keys of adopted SD cards out of the dump of a phone, which the
 * secrets given may have to open first. */
static enum rom_status add_keys_of_phone(struct cli *cli, const char *path,
	struct rom_secrets *s, struct rom_err *err)
{
	const struct rom_dump_options options = { .paths = &path,
		.n_paths = 1,
		.secrets = rom_secrets_copy(s),
		.progress = &cli->progress };
	struct rom_dump *phone = NULL;
	enum rom_status st = rom_dump_open(&options, &phone, err);

	if (!st)
		st = rom_dump_expand_keys(phone, s, err);
	rom_dump_close(phone);
	if (st) {
		ROM_AUTO char *why = rom_strdup(err->text);

		rom_fail(
			err, st, ROM_NO_OFFSET, "--key-from %s: %s", path, why);
	}
	return st;
}

/* Nothing that is cut out of such a dump would be right. */
static enum rom_status refuse_shifted(
	struct rom_dump **dump, struct rom_err *err)
{
	enum rom_status st;

	if (!(*dump)->crlf)
		return ROM_OK;
	st = rom_fail(err, ROM_E_CORRUPT, ROM_NO_OFFSET,
		"%s: was damaged by adb shell, which put a byte 0D before each "
		"0A; undo that first: romsplit repair-crlf %s OUT",
		(*dump)->img->name, (*dump)->img->name);
	rom_dump_close(*dump);
	*dump = NULL;
	return st;
}

static enum rom_status open_dump(struct cli *cli,
	const struct rom_dump_options *files, struct rom_dump **ret,
	struct rom_err *err)
{
	struct rom_dump_options options = *files;
	enum rom_status st = cli_secrets(cli, &options.secrets, err);
	const char **phone;

	rom_each (phone, &cli->key_dumps) {
		if (!st)
			st = add_keys_of_phone(
				cli, *phone, options.secrets, err);
	}
	*ret = NULL;
	if (st) {
		rom_secrets_free(options.secrets);
		return st;
	}
	options.files = (struct rom_open_options){
		.boot1 = cli->boot1, .boot2 = cli->boot2, .map = cli->map
	};
	options.platform = cli->platform;
	options.filesystem = cli->filesystem;
	options.command = cli->command_line;
	options.progress = &cli->progress;
	st = rom_dump_open(&options, ret, err);
	return st || cli->only_tells ? st : refuse_shifted(ret, err);
}

/* What of the printed table could not be read is missing from the report. */
static void note_problems(const struct cli *cli, struct rom_dump *dump)
{
	const struct rom_printed_problem *p;

	rom_each (p, &cli->printed.problems)
		rom_report_note(dump->report, ROM_DAMAGE, NULL, ROM_NO_OFFSET,
			"%s: line %u: %s", cli->table, p->line, p->text);
	if (cli->printed.problems_dropped)
		rom_report_note(dump->report, ROM_DAMAGE, NULL, ROM_NO_OFFSET,
			"%s: ... and %zu more such lines", cli->table,
			cli->printed.problems_dropped);
}

static enum rom_status load_scatter(struct cli *cli, const char *path,
	struct rom_table_options *ret, struct rom_err *err)
{
	enum rom_status st = rom_scatter_load(path, &cli->table_file, err);

	if (!st) {
		ret->scatter = &cli->table_file;
		ret->scatter_name = path;
	}
	return st;
}

/* A file of --table that is a scatter file serves as one. */
static enum rom_status load_printed(
	struct cli *cli, struct rom_table_options *ret, struct rom_err *err)
{
	const struct rom_printed_table *t;
	struct rom_err other;
	enum rom_status st = rom_printed_load(cli->table, &cli->printed, err);

	if (!st && !cli->printed.tables.n && !cli->scatter &&
		!load_scatter(cli, cli->table, ret, &other))
		return ROM_OK;
	if (!st)
		st = rom_printed_choose(&cli->printed, cli->table, &t, err);
	if (st)
		return st;
	if (cli->sector &&
		!rom_printed_set_unit(
			&cli->printed.tables.v[t - cli->printed.tables.v],
			cli->sector))
		return rom_fail(err, ROM_E_USAGE, ROM_NO_OFFSET,
			"%s: its sectors do not have %" PRIu32 " bytes",
			cli->table, cli->sector);
	ret->printed = t;
	ret->printed_name = cli->table;
	return ROM_OK;
}

enum rom_status cli_table_options(
	struct cli *cli, struct rom_table_options *ret, struct rom_err *err)
{
	enum rom_status st = ROM_OK;

	rom_scatter_done(&cli->table_file);
	rom_printed_done(&cli->printed);
	if (cli->scatter)
		st = load_scatter(cli, cli->scatter, ret, err);
	if (cli->table && !st)
		st = load_printed(cli, ret, err);
	return st;
}

enum rom_status cli_open(struct cli *cli, size_t n_images, bool other_partition,
	struct rom_dump **ret, struct rom_err *err)
{
	bool userdata = cli->partition && !strcmp(cli->partition, "userdata");
	struct rom_dump_options options = { .paths = cli->args,
		.n_paths = n_images,
		.table_only = other_partition && !userdata };
	enum rom_status st = cli_table_options(cli, &options.table, err);

	if (!st)
		st = open_dump(cli, &options, ret, err);
	if (!st)
		note_problems(cli, *ret);
	return st;
}

const struct rom_scatter *cli_table_file(
	const struct cli *cli, const struct rom_dump *d)
{
	if (cli->table_file.sections.n)
		return &cli->table_file;
	return d && d->scatter.sections.n ? &d->scatter : NULL;
}

enum rom_status cli_open_path(struct cli *cli, const char *path,
	struct rom_dump **ret, struct rom_err *err)
{
	return open_dump(cli,
		&(struct rom_dump_options){ .paths = &path, .n_paths = 1 }, ret,
		err);
}

/* ---- main ---------------------------------------------------------------- */

static char *command_line(int argc, char **argv)
{
	char *line = rom_strdup(argv[0]);

	for (int i = 1; i < argc; i++) {
		ROM_AUTO char *old = line, *word = rom_shell_word(argv[i]);

		line = rom_format("%s %s", old, word);
	}
	return line;
}

static int run(struct cli *cli, const struct cli_command *command, int argc,
	char **argv)
{
	int status = cli_parse(cli, command, argc, argv);

	if (status >= 0)
		return status;
	rom_signals_stop(&cli->progress.stop);
	status = command->run(cli);
	if (fflush(stdout) || ferror(stdout)) {
		fprintf(stderr, "romsplit: cannot write to standard output\n");
		return EXIT_WRITE;
	}
	return status;
}

/* Memory is out, or a library fails at what it needs. What the job wrote lies
 * in .part/ or is whole; threads still run, so nothing is tidied up: the next
 * run does that. */
static void end_now(const char *why)
{
	static int ending;

	while (__atomic_exchange_n(&ending, 1, __ATOMIC_RELAXED))
		; /* another thread says so, and ends this one */
	fprintf(stderr, "romsplit: %s\n", why);
	_Exit(EXIT_WRITE);
}

int main(int argc, char **argv)
{
	const struct cli_command *command =
		argc > 1 ? cli_command_find(argv[1]) : NULL;
	struct cli cli = { .color = "auto", .started = rom_now() };
	int status;

	rom_on_failure(end_now);
	setlocale(LC_CTYPE, "C.UTF-8");
	if (argc < 2 || !strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") ||
		!strcmp(argv[1], "help")) {
		const struct cli_command *topic =
			argc > 2 ? cli_command_find(argv[2]) : NULL;

		if (topic)
			cli_help(topic, stdout);
		else
			cli_help_all(argc < 2 ? stderr : stdout);
		return argc < 2 ? EXIT_USAGE : EXIT_DONE;
	}
	if (!command && argv[1][0] != '-' && !strpbrk(argv[1], "./") &&
		!rom_path_exists(argv[1])) {
		fprintf(stderr,
			"romsplit: %s is neither a command nor a file; "
			"romsplit --help lists the commands\n",
			argv[1]);
		return EXIT_USAGE;
	}
	cli.command_line = command_line(argc, argv);
	status = command ? run(&cli, command, argc - 1, argv + 1)
			 : run(&cli, cli_command_run(), argc, argv);
	rom_vec_done(&cli.partitions);
	rom_vec_done(&cli.globs);
	rom_vec_done(&cli.password_files);
	rom_vec_done(&cli.key_files);
	rom_vec_done(&cli.logs);
	rom_vec_done(&cli.key_dumps);
	rom_scatter_done(&cli.table_file);
	rom_printed_done(&cli.printed);
	free(cli.command_line);
	return status;
}
