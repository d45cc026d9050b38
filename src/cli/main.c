/* SPDX-License-Identifier: MIT */
/* main.c - from argv to a command; signals; what the commands share */
#include <inttypes.h>
#include <limits.h>
#include <locale.h>
#include <stdlib.h>
#include <time.h>

#include "cli.h"
#include "romsplit/os.h"
#include "romsplit/probe.h"

static int status_of(enum rom_status st)
{
	switch (st) {
	case ROM_OK:
		return EXIT_DONE;
	case ROM_E_USAGE:
		return EXIT_USAGE;
	case ROM_E_NOT_FOUND:
	case ROM_E_CORRUPT: /* within a dump that was opened */
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

static void print_note(
	const struct rom_report *r, const struct rom_note *n, size_t more)
{
	ROM_AUTO char *partition =
		n->partition ? rom_one_line(n->partition) : NULL;

	fprintf(stderr, "romsplit: %s%s%s", partition ? partition : "",
		partition ? ": " : "", n->text);
	if (n->offset != ROM_NO_OFFSET)
		fprintf(stderr, " (offset 0x%" PRIx64 ")",
			rom_report_offset(r, n->offset));
	fprintf(stderr, "\n");
	if (more)
		fprintf(stderr,
			"romsplit: ... and %zu more of this kind; -v shows "
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
		fprintf(stderr, "romsplit: ... and %zu notes more\n",
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

/* "full.bin" makes "full.romsplit", in the folder where the user is or where
 * the dump lies. */
char *cli_output(const struct cli *cli, const char *sub)
{
	const char *image = cli->args[0], *slash = strrchr(image, '/'),
		   *dot = strrchr(image, '.');
	size_t n = dot && dot > (slash ? slash + 1 : image)
			   ? (size_t)(dot - image)
			   : strlen(image);

	if (cli->output)
		return rom_strdup(cli->output);
	return rom_format("%.*s.romsplit%s", (int)n, image, sub);
}

/* ---- opening a dump ------------------------------------------------------ */

static void fill_run(struct cli *cli, struct rom_report *r)
{
	ROM_AUTO char *magic = rom_probe_magic_library();
	char now[32];
	time_t t = time(NULL);
	struct tm tm;

	gmtime_r(&t, &tm);
	strftime(now, sizeof(now), "%Y-%m-%dT%H:%M:%SZ", &tm);
	r->command = rom_strdup(cli->command_line);
	r->started = rom_strdup(now);
	rom_facts_text(&r->libraries, "libext2fs", rom_fs_ext4_library());
	rom_facts_text(&r->libraries, "libcrypto", rom_digest_library());
	rom_facts_text(&r->libraries, "libmagic", magic);
	rom_facts_text(&r->libraries, "jansson", rom_json_library());
}

static enum rom_status open_dump(struct cli *cli, const char *const *paths,
	size_t n, const struct rom_analyze_options *analyze,
	struct cli_dump *ret, struct rom_err *err)
{
	struct rom_open_options files = { cli->boot1, cli->boot2, cli->map };
	struct rom_analyze_options options = *analyze;
	struct rom_opened opened;
	enum rom_status st = cli_secrets(cli, &ret->secrets, err);

	if (!st)
		st = rom_image_open(paths, n, &files, &opened, err);
	if (st)
		return st;
	ret->img = opened.img;
	ret->unlocked = rom_alloc(sizeof(*ret->unlocked));
	ret->unlocked->secrets = ret->secrets;
	options.unlocked = ret->unlocked;
	/* another partition needs no verdict; userdata may have to be opened
	 * first */
	options.table_only =
		analyze->table_only && !ret->secrets->n &&
		!ret->secrets->try_pins &&
		!(cli->partition && !strcmp(cli->partition, "userdata"));
	options.platform = cli->platform;
	options.table.boot1 = opened.boot1;
	options.table.boot2 = opened.boot2;
	ret->report = rom_report_new();
	fill_run(cli, ret->report);
	if (opened.map && !cli->map)
		rom_report_note(ret->report, ROM_INFO, NULL, ROM_NO_OFFSET,
			"%s lies beside the dump and says what was read of it: "
			"it is followed",
			opened.map);
	if (opened.gap)
		rom_report_note(ret->report, ROM_DAMAGE, NULL, ROM_NO_OFFSET,
			"%s", opened.gap);
	rom_opened_done(&opened);
	st = rom_analyze(ret->img, &options, ret->report, err);
	if (!st && cli->progress.stop)
		return rom_fail(err, ROM_E_STOPPED, ROM_NO_OFFSET, "stopped");
	if (!st && ret->unlocked->refused)
		return rom_fail(err, ROM_E_ENCRYPTED, ROM_NO_OFFSET, "%s",
			ret->unlocked->why);
	return st;
}

enum rom_status cli_open(struct cli *cli, size_t n_images, bool table_only,
	struct cli_dump *ret, struct rom_err *err)
{
	struct rom_analyze_options options = { .table_only = table_only };
	struct rom_scatter scatter = { 0 };
	enum rom_status st =
		cli->scatter ? rom_scatter_load(cli->scatter, &scatter, err)
			     : ROM_OK;

	if (cli->scatter && !st) {
		options.table.scatter = &scatter;
		options.table.scatter_name = cli->scatter;
	}
	if (!st)
		st = open_dump(cli, cli->args, n_images, &options, ret, err);
	if (!st && cli->scatter &&
		strcmp(ret->report->table.source ? ret->report->table.source
						 : "",
			"file") &&
		strcmp(ret->report->table.kind, "mbr"))
		rom_report_note(ret->report, ROM_INFO, NULL, ROM_NO_OFFSET,
			"this dump has a table of its own, which is followed; "
			"romsplit check compares it with %s",
			cli->scatter);
	rom_scatter_done(&scatter);
	return st;
}

enum rom_status cli_open_path(struct cli *cli, const char *path,
	struct cli_dump *ret, struct rom_err *err)
{
	struct rom_analyze_options options = { 0 };

	return open_dump(cli, &path, 1, &options, ret, err);
}

void cli_close(struct cli_dump *d)
{
	if (d->unlocked)
		rom_unlocked_done(d->unlocked);
	free(d->unlocked);
	rom_secrets_free(d->secrets);
	rom_image_close(d->img);
	rom_report_free(d->report);
	*d = (struct cli_dump){ 0 };
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
	free(cli.command_line);
	return status;
}
