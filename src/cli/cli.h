/* SPDX-License-Identifier: MIT */
/* cli.h - options, helpers and entry points of the commands */
#ifndef ROMSPLIT_CLI_H
#define ROMSPLIT_CLI_H

#include "romsplit/analyze.h"
#include "romsplit/job.h"

/* Exit status, see the manual. */
enum {
	EXIT_DONE = 0,
	EXIT_DAMAGED = 1,
	EXIT_USAGE = 2,
	EXIT_INPUT = 3,
	EXIT_ENCRYPTED = 4,
	EXIT_WRITE = 5,
	EXIT_STOPPED = 130
};

struct cli {
	bool json, quiet, verbose, no_progress, no_hash, no_sync, stats,
		no_journal, hash_holes, preserve_setid, all, has_newer,
		no_thumbnails, ask_password, ask_pin, ask_pattern;
	double started;	   /* rom_now() at the start of main */
	unsigned try_pins; /* digits; 0: none */
	unsigned filesystem;
	ROM_VEC(const char *) password_files;
	ROM_VEC(const char *) key_files;
	ROM_VEC(const char *) key_dumps; /* --key-from */
	unsigned types;			 /* --type: ROM_TYPE_IMAGE ... */
	int64_t newer;
	/* --bodyfile FILE and the other file logs */
	ROM_VEC(struct rom_log_choice) logs;
	ROM_VEC(const char *) globs;
	const char *color; /* "auto", "always", "never" */
	const char *output, *platform, *partition, *style, *format;
	const char *scatter, *table, *boot1, *boot2, *map, *as;
	uint32_t sector; /* --sector: 512 or 4096; 0: not given */
	uint64_t size;	 /* --size, bytes; 0: not given */
	/* read of scatter, where it is the table, and of table; owned, released
	 * by main */
	struct rom_scatter table_file;
	struct rom_printed printed;
	bool fix;
	/* the command only tells what is in the dump: it also opens one that
	 * has to be repaired first */
	bool only_tells;
	unsigned hashes; /* --hash: 1 << ROM_HASH_MD5, ... */
	unsigned threads;
	ROM_VEC(const char *) partitions; /* -p, in order */
	const char *const *args;	  /* after the command */
	size_t n_args;
	char *command_line;
	struct rom_progress progress;
};

/* Groups of options; a command accepts those in its mask. See opts.c. */
enum cli_option {
	OPT_OUTPUT = 1 << 0,
	OPT_PARTITION = 1 << 1,
	OPT_PLATFORM = 1 << 2,
	OPT_STYLE = 1 << 3,
	OPT_FORMAT = 1 << 4,
	OPT_WRITER = 1 << 5, /* --no-hash --no-sync --stats */
	OPT_JSON = 1 << 6,
	OPT_READER = 1 << 7,   /* --no-journal --filesystem */
	OPT_DUMP = 1 << 9,     /* --boot1 --boot2 --map */
	OPT_SCATTER = 1 << 10, /* --scatter --table --sector */
	OPT_FIX = 1 << 11,
	OPT_AS = 1 << 12,
	/* --password --pin --pattern --password-file --key-file --key-from
	 * --try-pins */
	OPT_SECRET = 1 << 13,
	/* --all --type --glob --newer --no-thumbnails */
	OPT_FILTER = 1 << 8,
	OPT_LOGS = 1 << 14, /* one option for each file log */
	OPT_SIZE = 1 << 15,
	OPT_SYNC = 1 << 16, /* --no-sync, also in OPT_WRITER */
};

struct cli_command {
	const char *name, *args, *about;
	int (*run)(struct cli *cli);
	unsigned options; /* enum cli_option */
	size_t min_args, max_args;
	const char *help; /* further text of its --help */
};

/* NULL: no such command. */
const struct cli_command *cli_command_find(const char *name);
/* The whole job, which runs when argv names no command. */
const struct cli_command *cli_command_run(void);

/* Parses argv after the command's name. Returns -1 to continue, or an exit
 * status. */
int cli_parse(struct cli *cli, const struct cli_command *command, int argc,
	char **argv);
void cli_help(const struct cli_command *command, FILE *out);
void cli_help_all(FILE *out);

/* Prints "romsplit: TEXT; try 'romsplit COMMAND --help'" to stderr; returns
 * EXIT_USAGE. */
int cli_usage(const char *command, const char *text);
/* Prints the error as one line to stderr; returns the exit status for it. */
int cli_fail(enum rom_status st, const struct rom_err *err);
/* The same after cli_open. With --json, the report on a file that is no raw
 * dump, but a container that is known by name, goes to standard output. */
int cli_fail_open(
	const struct cli *cli, enum rom_status st, const struct rom_err *err);
/* Prints damage and warnings of a report to stderr, with -v all notes, with -q
 * nothing. */
void cli_notes(const struct cli *cli, const struct rom_report *r);
int cli_report_status(const struct rom_report *r);
bool cli_color(const struct cli *cli);

void cli_progress_start(struct cli *cli);
void cli_progress_end(struct cli *cli);

/* Opens the first n_images arguments as one dump, with the files and secrets
 * that the options name. other_partition: only the partition of -p is needed,
 * so userdata is not examined (unless -p names it). *ret is closed by the
 * caller with rom_dump_close; NULL after an error. */
enum rom_status cli_open(struct cli *cli, size_t n_images, bool other_partition,
	struct rom_dump **ret, struct rom_err *err);
/* Reads the files of --scatter and --table into cli, and stores them in *ret as
 * what stands for a table. A scatter file is taken for --table, too. */
enum rom_status cli_table_options(
	struct cli *cli, struct rom_table_options *ret, struct rom_err *err);
/* As cli_open, for a single file, and without --scatter as its table. */
enum rom_status cli_open_path(struct cli *cli, const char *path,
	struct rom_dump **ret, struct rom_err *err);
/* -o, or IMAGE.romsplit with sub appended ("", "/rom", "/media"). Freed by the
 * caller. */
char *cli_output(const struct cli *cli, const char *sub);
/* The digests to compute of every file: SHA-256, more with --hash, none with
 * --no-hash. */
unsigned cli_hashes(const struct cli *cli);
enum rom_scatter_style cli_style(const struct cli *cli);
/* The file of --scatter that cli_open used as a table, else that of the folder
 * which was opened as d; NULL: none. Valid as long as cli and d. */
const struct rom_scatter *cli_table_file(
	const struct cli *cli, const struct rom_dump *d);
/* stats.c: prints the figures of --stats to stderr; nothing without it. */
void cli_print_stats(const struct cli *cli, const struct rom_job_stats *stats);

/* secret.c: collects the secrets from options, environment and prompt; the
 * process writes no core dump from then on. Freed by the caller with
 * rom_secrets_free, also after an error. */
enum rom_status cli_secrets(
	struct cli *cli, struct rom_secrets **ret, struct rom_err *err);

/* key_text.c: adds the keys in a file: raw bytes, hex digits, or what od, xxd
 * and hexdump print. ROM_E_USAGE when there is none. path: for messages. */
enum rom_status cli_keys_of_file(struct rom_secrets *s, const char *path,
	const uint8_t *bytes, size_t len, struct rom_err *err);

int cmd_unlock(struct cli *cli);
int cmd_run(struct cli *cli);
int cmd_info(struct cli *cli);
int cmd_split(struct cli *cli);
int cmd_scatter(struct cli *cli);
int cmd_ls(struct cli *cli);
int cmd_cat(struct cli *cli);
int cmd_extract(struct cli *cli);
int cmd_verify(struct cli *cli);
int cmd_check(struct cli *cli);
int cmd_fit(struct cli *cli);
int cmd_diff(struct cli *cli);
int cmd_readback(struct cli *cli);
int cmd_explain(struct cli *cli);
int cmd_gpt(struct cli *cli);

int cmd_repair_crlf(struct cli *cli);

#endif
