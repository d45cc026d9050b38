/* SPDX-License-Identifier: MIT */
/* opts.c - the table of options, their parsing, and a command's --help */
#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <strings.h>
#include <time.h>

#include "cli.h"

enum {
	LONG_COLOR = 256,
	LONG_NO_PROGRESS,
	LONG_NO_HASH,
	LONG_NO_SYNC,
	LONG_STATS,
	LONG_PLATFORM,
	LONG_STYLE,
	LONG_FORMAT,
	LONG_VERSION,
	LONG_JSON,
	LONG_NO_JOURNAL,
	LONG_FILESYSTEM,
	LONG_HASH,
	LONG_HASH_HOLES,
	LONG_PRESERVE_SETID,
	LONG_ALL,
	LONG_TYPE,
	LONG_GLOB,
	LONG_NEWER,
	LONG_NO_THUMBNAILS,
	LONG_PASSWORD,
	LONG_PIN,
	LONG_PATTERN,
	LONG_PASSWORD_FILE,
	LONG_KEY_FILE,
	LONG_KEY_FROM,
	LONG_TRY_PINS,
	LONG_SCATTER,
	LONG_TABLE,
	LONG_SECTOR,
	LONG_SIZE,
	LONG_BOOT1,
	LONG_BOOT2,
	LONG_MAP,
	LONG_FIX,
	LONG_AS,
	/* file log number i has the value LONG_LOG + i: has to be the last */
	LONG_LOG
};

/* One row for each option: how it is parsed, which commands accept it, its line
 * in --help. */
static const struct {
	const char *name;
	int value, has_arg;
	unsigned needs; /* 0: every command */
	const char *help;
} options[] = {
	{ "output", 'o', required_argument, OPT_OUTPUT,
		"-o, --output PATH      write to PATH" },
	{ "partition", 'p', required_argument, OPT_PARTITION,
		"-p, --partition NAME   use this partition" },
	{ "platform", LONG_PLATFORM, required_argument, OPT_PLATFORM,
		"    --platform MTxxxx  the chip, when the dump does not name "
		"it or names a wrong one" },
	{ "style", LONG_STYLE, required_argument, OPT_STYLE,
		"    --style STYLE      style of the scatter file: factory "
		"(default) or wwr" },
	{ "format", LONG_FORMAT, required_argument, OPT_FORMAT,
		"    --format FORMAT    format of the scatter file: v0, "
		"v1.1.1, v1.1.2, v2 or xml" },
	{ "scatter", LONG_SCATTER, required_argument, OPT_SCATTER,
		"    --scatter FILE     the scatter file to check, or the "
		"table of a dump that has none" },
	{ "table", LONG_TABLE, required_argument, OPT_SCATTER,
		"    --table FILE       a table that a tool or the phone "
		"printed, for a dump that has none" },
	{ "sector", LONG_SECTOR, required_argument, OPT_SCATTER,
		"    --sector N         bytes of a sector, 512 (eMMC) or 4096 "
		"(UFS), where nothing tells it" },
	{ "size", LONG_SIZE, required_argument, OPT_SIZE,
		"    --size BYTES       size of the medium: 31268536320, "
		"0x748000000, or 64G (1024 * 1024 * 1024)" },
	{ "fix", LONG_FIX, no_argument, OPT_FIX,
		"    --fix              print the scatter file, corrected to "
		"match the dump" },
	{ "as", LONG_AS, required_argument, OPT_AS,
		"    --as NAME          the partition the image is meant for" },
	{ "boot1", LONG_BOOT1, required_argument, OPT_DUMP,
		"    --boot1 FILE       a dump of EMMC_BOOT_1, where the "
		"preloader is" },
	{ "boot2", LONG_BOOT2, required_argument, OPT_DUMP,
		"    --boot2 FILE       a dump of EMMC_BOOT_2" },
	{ "map", LONG_MAP, required_argument, OPT_DUMP,
		"    --map FILE         ddrescue's mapfile: areas that were "
		"not read are not taken for zeros" },
	{ "no-journal", LONG_NO_JOURNAL, no_argument, OPT_READER,
		"    --no-journal       on-disk state: do not replay the "
		"journal or recover files synced last" },
	{ "filesystem", LONG_FILESYSTEM, required_argument, OPT_READER,
		"    --filesystem N     of several filesystems in userdata the "
		"one that info lists as number N" },
	{ "all", LONG_ALL, no_argument, OPT_FILTER,
		"    --all              the whole filesystem, like the PATH "
		"/" },
	{ "type", LONG_TYPE, required_argument, OPT_FILTER,
		"    --type LIST        only these types, by content: "
		"image,video,document,audio" },
	{ "glob", LONG_GLOB, required_argument, OPT_FILTER,
		"    --glob PATTERN     only names (or, with a slash, paths) "
		"that match; may be repeated" },
	{ "newer", LONG_NEWER, required_argument, OPT_FILTER,
		"    --newer DATE       only files modified on or after DATE, "
		"YYYY-MM-DD (UTC)" },
	{ "no-thumbnails", LONG_NO_THUMBNAILS, no_argument, OPT_FILTER,
		"    --no-thumbnails    skip .thumbnails directories" },
	{ "password", LONG_PASSWORD, no_argument, OPT_SECRET,
		"    --password         ask for the password of the phone, "
		"without echo" },
	{ "pin", LONG_PIN, no_argument, OPT_SECRET,
		"    --pin              ask for the PIN" },
	{ "pattern", LONG_PATTERN, no_argument, OPT_SECRET,
		"    --pattern          ask for the pattern: its dots as "
		"digits, 123 is the first row, 789 the last" },
	{ "password-file", LONG_PASSWORD_FILE, required_argument, OPT_SECRET,
		"    --password-file F  read the password from a file; - is "
		"standard input" },
	{ "key-file", LONG_KEY_FILE, required_argument, OPT_SECRET,
		"    --key-file F       read raw keys from a file, binary or "
		"hex; may be repeated" },
	{ "key-from", LONG_KEY_FROM, required_argument, OPT_SECRET,
		"    --key-from PHONE   an adopted SD card: take its key from "
		"a "
		"dump of the phone" },
	{ "try-pins", LONG_TRY_PINS, required_argument, OPT_SECRET,
		"    --try-pins N       try all PINs of 4 to N digits (N up to "
		"8); prints first how long it may take" },
	{ "hash", LONG_HASH, required_argument, OPT_WRITER,
		"    --hash LIST        checksums of every file in addition to "
		"sha256: md5,sha1" },
	{ "hash-holes", LONG_HASH_HOLES, no_argument, OPT_WRITER,
		"    --hash-holes       compute checksums also of files over 1 "
		"GiB that are nearly all holes" },
	{ "preserve-setid", LONG_PRESERVE_SETID, no_argument, OPT_LOGS,
		"    --preserve-setid   keep set-id bits and capabilities of "
		"extracted files" },
	{ "no-hash", LONG_NO_HASH, no_argument, OPT_WRITER,
		"    --no-hash          do not compute checksums" },
	{ "no-sync", LONG_NO_SYNC, no_argument, OPT_WRITER | OPT_SYNC,
		"    --no-sync          do not wait until everything is on the "
		"disk" },
	{ "stats", LONG_STATS, no_argument, OPT_WRITER,
		"    --stats            print what was read, written, shared, "
		"hashed, and how long it took" },
	{ "jobs", 'j', required_argument, OPT_WRITER,
		"-j, --jobs N           copy files with N threads" },
	{ "json", LONG_JSON, no_argument, OPT_JSON,
		"    --json             machine-readable output" },
	{ "quiet", 'q', no_argument, 0,
		"-q, --quiet            print only errors" },
	{ "verbose", 'v', no_argument, 0,
		"-v, --verbose          print everything that was found" },
	{ "color", LONG_COLOR, optional_argument, 0,
		"    --color=WHEN       auto (default), always or never" },
	{ "no-progress", LONG_NO_PROGRESS, no_argument, 0,
		"    --no-progress      no progress line" },
	{ "version", LONG_VERSION, no_argument, 0,
		"    --version          print the version" },
	{ "help", 'h', no_argument, 0,
		"-h, --help             print this help" },
};

enum { N_OPTIONS = sizeof(options) / sizeof(*options) };

/* ---- options of the file logs, one for each row -------------------------- */

static bool has_option(const struct rom_file_log_kind *kind)
{
	return !kind->always;
}

static void print_log_options(FILE *out)
{
	for (size_t i = 0; i < rom_file_log_count(); i++) {
		const struct rom_file_log_kind *kind = rom_file_log_kind(i);
		ROM_AUTO char *option = rom_format("--%s FILE", kind->name);

		if (has_option(kind))
			fprintf(out, "      %-18s write %s\n", option,
				kind->about);
	}
}

static bool add_log(struct cli *cli, int value, const char *arg)
{
	const struct rom_file_log_kind *kind =
		rom_file_log_kind((size_t)(value - LONG_LOG));

	*rom_vec_add(&cli->logs) = (struct rom_log_choice){ kind, arg };
	return *arg;
}

/* ---- parsing ------------------------------------------------------------- */

/* All options for getopt_long. Freed by the caller. */
static struct option *long_options(void)
{
	size_t n = rom_file_log_count(), used = N_OPTIONS;
	struct option *longs = rom_alloc((N_OPTIONS + n + 1) * sizeof(*longs));

	for (size_t i = 0; i < N_OPTIONS; i++)
		longs[i] = (struct option){ options[i].name, options[i].has_arg,
			NULL, options[i].value };
	for (size_t i = 0; i < n; i++) {
		const struct rom_file_log_kind *kind = rom_file_log_kind(i);

		if (has_option(kind))
			longs[used++] = (struct option){ kind->name,
				required_argument, NULL, LONG_LOG + (int)i };
	}
	return longs;
}

void cli_help(const struct cli_command *command, FILE *out)
{
	bool is_run = command == cli_command_run();

	fprintf(out, "Usage: romsplit%s%s [options] %s\n\n%s\n\n%s\nOptions:\n",
		is_run ? "" : " ", is_run ? "" : command->name, command->args,
		command->about, command->help);
	for (size_t i = 0; i < N_OPTIONS; i++) {
		if (!options[i].needs || (command->options & options[i].needs))
			fprintf(out, "  %s\n", options[i].help);
	}
	if (command->options & OPT_LOGS)
		print_log_options(out);
}

static int usage(const struct cli_command *command, const char *text)
{
	bool is_run = command == cli_command_run();

	fprintf(stderr, "romsplit: %s; try 'romsplit%s%s --help'\n", text,
		is_run ? "" : " ", is_run ? "" : command->name);
	return EXIT_USAGE;
}

int cli_usage(const char *command, const char *text)
{
	return usage(cli_command_find(command), text);
}

/* The long name of an option, for messages. */
static const char *option_name(int value)
{
	if (value >= LONG_LOG)
		return rom_file_log_kind((size_t)(value - LONG_LOG))->name;
	for (size_t i = 0; i < N_OPTIONS; i++) {
		if (options[i].value == value)
			return options[i].name;
	}
	return "";
}

static bool is_allowed(const struct cli_command *command, int value)
{
	if (value >= LONG_LOG)
		return command->options & OPT_LOGS;
	for (size_t i = 0; i < N_OPTIONS; i++) {
		if (options[i].value == value)
			return !options[i].needs ||
			       (command->options & options[i].needs);
	}
	return false;
}

/* Parses "md5,sha1,sha256"; false for any other word. */
static bool parse_hashes(struct cli *cli, const char *arg)
{
	for (; *arg; arg += strspn(arg, ",")) {
		size_t n = strcspn(arg, ",");
		enum rom_hash h = 0;

		while (h < ROM_HASH_COUNT &&
			(strlen(rom_hash_name(h)) != n ||
				strncmp(arg, rom_hash_name(h), n)))
			h++;
		if (h == ROM_HASH_COUNT)
			return false;
		cli->hashes |= 1u << h;
		arg += n;
	}
	return cli->hashes;
}

/* A number of bytes, decimal or with 0x, or with K, M, G or T behind it. */
static bool parse_size(struct cli *cli, const char *arg)
{
	static const char units[] = "KMGT";
	const char *unit;
	char *end;
	uint64_t n;

	errno = 0;
	n = strtoull(arg, &end, strncasecmp(arg, "0x", 2) ? 10 : 16);
	if (errno || end == arg || !isdigit((unsigned char)*arg))
		return false;
	unit = *end ? strchr(units, toupper((unsigned char)*end)) : NULL;
	if (unit) {
		end++;
		if (!rom_mul(n, (uint64_t)1 << 10 * (unit - units + 1), &n))
			return false;
	}
	cli->size = n;
	return !*end && n > 0;
}

static bool parse_types(struct cli *cli, const char *arg)
{
	static const char *const names[] = { "image", "video", "document",
		"audio" };

	for (; *arg; arg += strspn(arg, ",")) {
		size_t n = strcspn(arg, ","), i = 0;

		while (i < 4 &&
			(strlen(names[i]) != n || strncmp(arg, names[i], n)))
			i++;
		if (i == 4)
			return false;
		cli->types |= 1u << i;
		arg += n;
	}
	return cli->types;
}

static bool parse_newer(struct cli *cli, const char *arg)
{
	struct tm tm = { 0 };
	const char *end = strptime(arg, "%Y-%m-%d", &tm);

	cli->newer = timegm(&tm);
	cli->has_newer = true;
	return end && !*end;
}

static bool is_format(const char *arg)
{
	static const char *const formats[] = { "v0", "v1.1.1", "v1.1.2", "v2",
		"v2.1.0", "xml", "rawprogram" };

	for (size_t i = 0; i < sizeof(formats) / sizeof(*formats); i++) {
		if (!strcasecmp(arg, formats[i]))
			return true;
	}
	return false;
}

/* An option without an argument. */
static void set_flag(struct cli *cli, int value)
{
	cli->quiet |= value == 'q';
	cli->verbose |= value == 'v';
	cli->json |= value == LONG_JSON;
	cli->no_progress |= value == LONG_NO_PROGRESS;
	cli->no_hash |= value == LONG_NO_HASH;
	cli->no_sync |= value == LONG_NO_SYNC;
	cli->stats |= value == LONG_STATS;
	cli->all |= value == LONG_ALL;
	cli->no_thumbnails |= value == LONG_NO_THUMBNAILS;
	cli->hash_holes |= value == LONG_HASH_HOLES;
	cli->preserve_setid |= value == LONG_PRESERVE_SETID;
	cli->no_journal |= value == LONG_NO_JOURNAL;
	cli->ask_password |= value == LONG_PASSWORD;
	cli->ask_pin |= value == LONG_PIN;
	cli->ask_pattern |= value == LONG_PATTERN;
	cli->fix |= value == LONG_FIX;
}

/* An option whose argument is stored unchanged. */
static bool set_text(struct cli *cli, int value, const char *arg)
{
	const struct {
		int value;
		const char **text;
	} texts[] = {
		{ 'o', &cli->output },
		{ LONG_SCATTER, &cli->scatter },
		{ LONG_TABLE, &cli->table },
		{ LONG_BOOT1, &cli->boot1 },
		{ LONG_BOOT2, &cli->boot2 },
		{ LONG_MAP, &cli->map },
		{ LONG_AS, &cli->as },
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		if (texts[i].value == value)
			*texts[i].text = arg;
	}
	return *arg;
}

/* False when the argument of an option is invalid. */
static bool set_option(struct cli *cli, int value, const char *arg)
{
	char *end;

	switch (value) {
	case 'p':
		*rom_vec_add(&cli->partitions) = cli->partition = arg;
		return *arg;
	case 'j':
		cli->threads = (unsigned)strtoul(arg, &end, 10);
		return !*end && cli->threads > 0 && cli->threads <= 256;
	case LONG_FILESYSTEM:
		cli->filesystem = (unsigned)strtoul(arg, &end, 10);
		return !*end && cli->filesystem > 0 && cli->filesystem <= 64;
	case LONG_SECTOR:
		cli->sector = !strcmp(arg, "512")    ? 512
			      : !strcmp(arg, "4096") ? 4096
						     : 0;
		return cli->sector;
	case LONG_SIZE:
		return parse_size(cli, arg);
	case LONG_HASH:
		return parse_hashes(cli, arg);
	case LONG_TYPE:
		return parse_types(cli, arg);
	case LONG_NEWER:
		return parse_newer(cli, arg);
	case LONG_GLOB:
		*rom_vec_add(&cli->globs) = arg;
		return *arg;
	case LONG_PASSWORD_FILE:
		*rom_vec_add(&cli->password_files) = arg;
		return *arg;
	case LONG_KEY_FILE:
		*rom_vec_add(&cli->key_files) = arg;
		return *arg;
	case LONG_KEY_FROM:
		*rom_vec_add(&cli->key_dumps) = arg;
		return *arg;
	case LONG_TRY_PINS:
		cli->try_pins = (unsigned)strtoul(arg, &end, 10);
		return *arg && !*end && cli->try_pins >= 4 &&
		       cli->try_pins <= 8;
	case LONG_PLATFORM:
		cli->platform = arg;
		return !strncmp(arg, "MT", 2) && strlen(arg) >= 6 &&
		       strlen(arg) < 12 &&
		       strspn(arg, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") ==
			       strlen(arg);
	case LONG_STYLE:
		cli->style = arg;
		return !strcmp(arg, "factory") || !strcmp(arg, "wwr");
	case LONG_FORMAT:
		cli->format = arg;
		return is_format(arg);
	case LONG_COLOR:
		cli->color = arg ? arg : "always";
		return !strcmp(cli->color, "auto") ||
		       !strcmp(cli->color, "always") ||
		       !strcmp(cli->color, "never");
	default:
		if (value >= LONG_LOG)
			return add_log(cli, value, arg);
		if (!arg)
			set_flag(cli, value);
		return !arg || set_text(cli, value, arg);
	}
}

/* Why an option is refused. word: the argument before optind; getopt has not
 * advanced past a cluster of short options yet, so optopt names an unknown
 * one. */
static char *describe_error(int value, const char *word)
{
	if (value == ':')
		return rom_format("option '%s' requires an argument", word);
	if (value == '?' && optopt > 0 && optopt < 128)
		return rom_format("unrecognized option '-%c'", optopt);
	if (value == '?')
		return rom_format("unrecognized option '%s'", word);
	return rom_format("option '--%s' is not valid for this command",
		option_name(value));
}

/* Handles one option that getopt_long returned: -1 to continue, or an exit
 * status. */
static int parse_one(struct cli *cli, const struct cli_command *command,
	int value, const char *word)
{
	ROM_AUTO char *text = NULL;

	if (value == 'h') {
		cli_help(command, stdout);
		return EXIT_DONE;
	}
	if (value == LONG_VERSION) {
		printf("romsplit %s\n", ROM_VERSION);
		return EXIT_DONE;
	}
	if (value == ':' || value == '?' || !is_allowed(command, value)) {
		text = describe_error(value, word);
		return usage(command, text);
	}
	if (set_option(cli, value, optarg))
		return -1;
	text = rom_format("invalid argument '%s' for '--%s'",
		optarg ? optarg : "", option_name(value));
	return usage(command, text);
}

int cli_parse(struct cli *cli, const struct cli_command *command, int argc,
	char **argv)
{
	ROM_AUTO struct option *longs = long_options();
	int value;

	opterr = 0;
	optind = 1;
	while ((value = getopt_long(argc, argv, ":o:p:j:qvh", longs, NULL)) !=
		-1) {
		int status = parse_one(cli, command, value, argv[optind - 1]);

		if (status >= 0)
			return status;
	}
	cli->args = (const char *const *)argv + optind;
	cli->n_args = (size_t)(argc - optind);
	if (cli->n_args < command->min_args)
		return usage(command, "an argument is missing");
	if (cli->n_args > command->max_args)
		return usage(command, "too many arguments");
	return -1;
}
