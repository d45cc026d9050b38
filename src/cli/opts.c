/* SPDX-License-Identifier: MIT */
/* opts.c - the commands, their options, and the help made of both */
#include <getopt.h>
#include <stdlib.h>
#include <strings.h>
#include <time.h>

#include "cli.h"

static const struct cli_command commands[] = {
	{ "info", "IMAGE...",
		"what is in the dump: phone, partitions, is userdata encrypted",
		cmd_info,
		OPT_PLATFORM | OPT_SECRET | OPT_JSON | OPT_DUMP | OPT_SCATTER,
		1, SIZE_MAX,
		"Reads at most 16 MiB of the dump and writes nothing.\n" },
	{ "split", "IMAGE...",
		"cut the partitions into files, with a scatter file for SP "
		"Flash Tool",
		cmd_split,
		OPT_OUTPUT | OPT_PARTITION | OPT_PLATFORM | OPT_STYLE |
			OPT_FORMAT | OPT_WRITER | OPT_JSON | OPT_DUMP |
			OPT_SCATTER,
		1, SIZE_MAX,
		"Writes to IMAGE.romsplit/rom/ unless -o says otherwise. -p "
		"NAME, which may be given several times,\n"
		"cuts these partitions only; a partition that the dump holds "
		"in part is cut only when it is named.\n" },
	{ "scatter", "IMAGE...", "print the scatter file for SP Flash Tool",
		cmd_scatter,
		OPT_PARTITION | OPT_PLATFORM | OPT_STYLE | OPT_FORMAT |
			OPT_DUMP | OPT_SCATTER,
		0, SIZE_MAX,
		"-p NAME prints the preloader and these partitions only. "
		"--style wwr writes it as WwR MTK does.\n"
		"--format rawprogram writes Qualcomm's rawprogram0.xml. "
		"Without an IMAGE, --scatter FILE is read and\n"
		"written again, with --format in another form.\n" },
	{ "check", "IMAGE...",
		"does a scatter file match this phone, or would SP Flash Tool "
		"refuse it?",
		cmd_check,
		OPT_PLATFORM | OPT_DUMP | OPT_SCATTER | OPT_FIX | OPT_JSON, 1,
		SIZE_MAX,
		"Needs --scatter FILE. Compares name, start, size and region "
		"of each row with the table of the dump, and\n"
		"names the rows on which SP Flash Tool would say \"PMT "
		"changed\". --fix prints the corrected scatter file.\n"
		"Status 0 only when it would be accepted.\n" },
	{ "fit", "FILE IMAGE",
		"does an image fit a partition, and is it of its kind?",
		cmd_fit,
		OPT_OUTPUT | OPT_AS | OPT_PLATFORM | OPT_DUMP | OPT_SCATTER |
			OPT_JSON,
		2, 2,
		"Needs --as NAME. With -o FILE, the image is written padded to "
		"the partition's size. Status 1: no.\n" },
	{ "readback", "IMAGE...",
		"print the rows for SP Flash Tool's readback tab", cmd_readback,
		OPT_PLATFORM | OPT_DUMP | OPT_SCATTER | OPT_JSON, 1, SIZE_MAX,
		"The first row reads back all of the user area; a dump of the "
		"partition table alone is enough.\n" },
	{ "diff", "A B", "how do two dumps differ: partitions, contents, sums",
		cmd_diff, OPT_JSON, 2, 2,
		"Status 0 when they are the same in every partition.\n" },
	{ "explain", "CODE|LOG [IMAGE]",
		"SP Flash Tool's error codes and logs in plain words",
		cmd_explain, OPT_JSON, 1, 2,
		"CODE is a number (4050, 0xC003000A), a name "
		"(S_FT_NEED_DOWNLOAD_ALL_FAIL), or a line of the tool's "
		"window\n"
		"in quotes; a number below zero goes after --. A LOG is "
		"searched for errors and partition lists; with an IMAGE these "
		"are compared with its table. Remedies are hints from "
		"practice.\n" },
	{ "ls", "IMAGE [PATH]...",
		"list a folder of the filesystem in userdata", cmd_ls,
		OPT_PARTITION | OPT_SECRET | OPT_READER | OPT_JSON | OPT_DUMP |
			OPT_SCATTER,
		1, SIZE_MAX,
		"PATH is / when none is given. -p NAME looks into another "
		"partition than userdata.\n" },
	{ "cat", "IMAGE PATH...",
		"write a file of the filesystem in userdata to standard output",
		cmd_cat,
		OPT_PARTITION | OPT_SECRET | OPT_READER | OPT_DUMP |
			OPT_SCATTER,
		2, SIZE_MAX,
		"-p NAME looks into another partition than userdata.\n" },
	{ "extract", "IMAGE [PATH]...",
		"copy files out of the filesystem in userdata", cmd_extract,
		OPT_OUTPUT | OPT_PARTITION | OPT_SECRET | OPT_READER |
			OPT_FILTER | OPT_WRITER | OPT_JSON | OPT_DUMP |
			OPT_SCATTER,
		1, SIZE_MAX,
		"PATH is /media/0, where photos and documents are, when none "
		"is given. Writes to IMAGE.romsplit/media/\n"
		"unless -o DIR says otherwise, and what is known of each file "
		"to DIR.manifest.jsonl. One PATH puts what\n"
		"lies under it directly into DIR; several keep their whole "
		"paths. -p NAME takes another partition.\n" },
	{ "unlock", "IMAGE...",
		"can userdata be opened, with what; with a secret: is it the "
		"right one",
		cmd_unlock,
		OPT_OUTPUT | OPT_PLATFORM | OPT_SECRET | OPT_DUMP |
			OPT_SCATTER | OPT_JSON,
		1, SIZE_MAX,
		"-o FILE writes the decrypted image of full-disk or metadata "
		"encryption. Status 4 when it stays closed.\n"
		"--key-file: raw keys of 16, 32, 48 or 64 bytes, or hex "
		"digits, one key a line; - is standard input.\n"
		"ROMSPLIT_PASSWORD in the environment is a password too.\n" },
	{ "verify", "DIR",
		"check an output folder, and the dump it came from, against "
		"its sums",
		cmd_verify, OPT_JSON, 1, 1,
		"Status 1 when a file is missing or has changed, or the dump "
		"has.\n" },
};

static const struct cli_command run_command = { "romsplit", "IMAGE...",
	"the whole job: partitions, scatter file, verdict and photos", cmd_run,
	OPT_OUTPUT | OPT_PLATFORM | OPT_SECRET | OPT_STYLE | OPT_FORMAT |
		OPT_READER | OPT_WRITER | OPT_JSON | OPT_DUMP | OPT_SCATTER,
	1, SIZE_MAX,
	"Writes to IMAGE.romsplit/ unless -o says otherwise. The dump itself "
	"is never written to.\n" };

const struct cli_command *cli_command_find(const char *name)
{
	for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++) {
		if (!strcmp(commands[i].name, name))
			return &commands[i];
	}
	return NULL;
}

const struct cli_command *cli_command_run(void)
{
	return &run_command;
}

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
	LONG_HASH,
	LONG_HASH_HOLES,
	LONG_ALL,
	LONG_TYPE,
	LONG_GLOB,
	LONG_NEWER,
	LONG_NO_THUMBNAILS,
	LONG_BODYFILE,
	LONG_PASSWORD,
	LONG_PIN,
	LONG_PATTERN,
	LONG_PASSWORD_FILE,
	LONG_KEY_FILE,
	LONG_TRY_PINS,
	LONG_SCATTER,
	LONG_BOOT1,
	LONG_BOOT2,
	LONG_MAP,
	LONG_FIX,
	LONG_AS
};

/* One row an option: how it is parsed, who may have it, what its help says. */
static const struct {
	const char *name;
	int value, has_arg;
	unsigned needs; /* 0: every command */
	const char *help;
} options[] = {
	{ "output", 'o', required_argument, OPT_OUTPUT,
		"-o, --output PATH      write there" },
	{ "partition", 'p', required_argument, OPT_PARTITION,
		"-p, --partition NAME   this partition" },
	{ "platform", LONG_PLATFORM, required_argument, OPT_PLATFORM,
		"    --platform MTxxxx  the chip, when the dump does not tell "
		"it or tells it wrong" },
	{ "style", LONG_STYLE, required_argument, OPT_STYLE,
		"    --style STYLE      scatter file as factory (default) or "
		"wwr" },
	{ "format", LONG_FORMAT, required_argument, OPT_FORMAT,
		"    --format FORMAT    scatter file as v0, v1.1.1, v1.1.2, v2 "
		"or xml" },
	{ "scatter", LONG_SCATTER, required_argument, OPT_SCATTER,
		"    --scatter FILE     a scatter file: to be checked, or the "
		"table of a dump that has none" },
	{ "fix", LONG_FIX, no_argument, OPT_FIX,
		"    --fix              print the scatter file corrected by "
		"what the dump says" },
	{ "as", LONG_AS, required_argument, OPT_AS,
		"    --as NAME          the partition the image is meant for" },
	{ "boot1", LONG_BOOT1, required_argument, OPT_DUMP,
		"    --boot1 FILE       a dump of EMMC_BOOT_1, where the "
		"preloader is" },
	{ "boot2", LONG_BOOT2, required_argument, OPT_DUMP,
		"    --boot2 FILE       a dump of EMMC_BOOT_2" },
	{ "map", LONG_MAP, required_argument, OPT_DUMP,
		"    --map FILE         ddrescue's mapfile: what it says was "
		"not read is not taken for zeros" },
	{ "no-journal", LONG_NO_JOURNAL, no_argument, OPT_READER,
		"    --no-journal       as the medium is: no journal replayed, "
		"nothing synced last recovered" },
	{ "all", LONG_ALL, no_argument, OPT_FILTER,
		"    --all              the whole filesystem, as the PATH / "
		"does" },
	{ "type", LONG_TYPE, required_argument, OPT_FILTER,
		"    --type LIST        only these, by content: "
		"image,video,document,audio" },
	{ "glob", LONG_GLOB, required_argument, OPT_FILTER,
		"    --glob PATTERN     only names (or, with a slash, paths) "
		"that match; may be repeated" },
	{ "newer", LONG_NEWER, required_argument, OPT_FILTER,
		"    --newer DATE       only what was written since, "
		"YYYY-MM-DD (UTC)" },
	{ "no-thumbnails", LONG_NO_THUMBNAILS, no_argument, OPT_FILTER,
		"    --no-thumbnails    leave out .thumbnails" },
	{ "bodyfile", LONG_BODYFILE, required_argument, OPT_FILTER,
		"    --bodyfile FILE    write the timeline that mactime "
		"reads" },
	{ "password", LONG_PASSWORD, no_argument, OPT_SECRET,
		"    --password         ask for the password of the phone, "
		"without echo" },
	{ "pin", LONG_PIN, no_argument, OPT_SECRET,
		"    --pin              ask for the PIN" },
	{ "pattern", LONG_PATTERN, no_argument, OPT_SECRET,
		"    --pattern          ask for the pattern: its dots as "
		"digits, 123 in the first row, 789 in the last" },
	{ "password-file", LONG_PASSWORD_FILE, required_argument, OPT_SECRET,
		"    --password-file F  read the password from a file; - is "
		"standard input" },
	{ "key-file", LONG_KEY_FILE, required_argument, OPT_SECRET,
		"    --key-file F       read raw keys from a file, binary or "
		"hex; may be repeated" },
	{ "try-pins", LONG_TRY_PINS, required_argument, OPT_SECRET,
		"    --try-pins N       try all PINs of 4 to N digits (up to "
		"8); says first how long it may take" },
	{ "hash", LONG_HASH, required_argument, OPT_WRITER,
		"    --hash LIST        sums of every file beside sha256: "
		"md5,sha1" },
	{ "hash-holes", LONG_HASH_HOLES, no_argument, OPT_WRITER,
		"    --hash-holes       sums also of what is over 1 GiB and "
		"nearly all hole" },
	{ "no-hash", LONG_NO_HASH, no_argument, OPT_WRITER,
		"    --no-hash          make no SHA-256 sums" },
	{ "no-sync", LONG_NO_SYNC, no_argument, OPT_WRITER,
		"    --no-sync          do not wait until all is on the disk" },
	{ "stats", LONG_STATS, no_argument, OPT_WRITER,
		"    --stats            say what was read, written, shared, "
		"hashed, and how long it took" },
	{ "jobs", 'j', required_argument, OPT_WRITER,
		"-j, --jobs N           copy files with N threads" },
	{ "json", LONG_JSON, no_argument, OPT_JSON,
		"    --json             machine-readable, on standard output" },
	{ "quiet", 'q', no_argument, 0, "-q, --quiet            only errors" },
	{ "verbose", 'v', no_argument, 0,
		"-v, --verbose          all that was found" },
	{ "color", LONG_COLOR, optional_argument, 0,
		"    --color=WHEN       auto (default), always or never" },
	{ "no-progress", LONG_NO_PROGRESS, no_argument, 0,
		"    --no-progress      no progress line" },
	{ "version", LONG_VERSION, no_argument, 0,
		"    --version          the version" },
	{ "help", 'h', no_argument, 0, "-h, --help             this help" },
};

enum { N_OPTIONS = sizeof(options) / sizeof(*options) };

void cli_help(const struct cli_command *command, FILE *out)
{
	bool is_run = command == &run_command;

	fprintf(out, "Usage: romsplit%s%s [options] %s\n\n%s\n\n%s\nOptions:\n",
		is_run ? "" : " ", is_run ? "" : command->name, command->args,
		command->about, command->help);
	for (size_t i = 0; i < N_OPTIONS; i++) {
		if (!options[i].needs || (command->options & options[i].needs))
			fprintf(out, "  %s\n", options[i].help);
	}
}

void cli_help_all(FILE *out)
{
	fprintf(out,
		"romsplit takes the raw dump of a phone's eMMC apart, offline, "
		"and never writes to the dump.\n\n"
		"  romsplit IMAGE...                   %s\n",
		run_command.about);
	for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++)
		fprintf(out, "  romsplit %-8s %-17s %s\n", commands[i].name,
			commands[i].args, commands[i].about);
	fprintf(out, "\nIMAGE is a readback of EMMC_USER, its parts in order "
		     "(or the first of full.bin.001 ...), one\n"
		     "partition, an Android sparse image, or a block device.\n"
		     "romsplit COMMAND --help tells more; so does the manual, "
		     "romsplit(1).\n\n"
		     "Exit status: 0 done; 1 done, but something was damaged, "
		     "missing or not as it should be;\n"
		     "2 usage; 3 the input is no dump we can read; 4 the data "
		     "asked for is encrypted; 5 cannot write.\n");
}

static int usage(const struct cli_command *command, const char *text)
{
	fprintf(stderr, "romsplit: %s; romsplit%s%s --help tells how\n", text,
		command == &run_command ? "" : " ",
		command == &run_command ? "" : command->name);
	return EXIT_USAGE;
}

int cli_usage(const char *command, const char *text)
{
	return usage(cli_command_find(command), text);
}

/* "style", to name an option in a message. */
static const char *option_name(int value)
{
	for (size_t i = 0; i < N_OPTIONS; i++) {
		if (options[i].value == value)
			return options[i].name;
	}
	return "";
}

static bool allowed(const struct cli_command *command, int value)
{
	for (size_t i = 0; i < N_OPTIONS; i++) {
		if (options[i].value == value)
			return !options[i].needs ||
			       (command->options & options[i].needs);
	}
	return false;
}

/* "md5,sha1,sha256" as bits; false for any other word. */
static bool take_hashes(struct cli *cli, const char *arg)
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

static bool take_types(struct cli *cli, const char *arg)
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

static bool take_newer(struct cli *cli, const char *arg)
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
static void take_flag(struct cli *cli, int value)
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
	cli->no_journal |= value == LONG_NO_JOURNAL;
	cli->ask_password |= value == LONG_PASSWORD;
	cli->ask_pin |= value == LONG_PIN;
	cli->ask_pattern |= value == LONG_PATTERN;
	cli->fix |= value == LONG_FIX;
}

/* False when the value of an option cannot be. */
static bool take(struct cli *cli, int value, const char *arg)
{
	char *end;

	switch (value) {
	case 'o':
		cli->output = arg;
		return *arg;
	case 'p':
		*rom_vec_add(&cli->partitions) = cli->partition = arg;
		return *arg;
	case 'j':
		cli->threads = (unsigned)strtoul(arg, &end, 10);
		return !*end && cli->threads > 0 && cli->threads <= 256;
	case LONG_HASH:
		return take_hashes(cli, arg);
	case LONG_TYPE:
		return take_types(cli, arg);
	case LONG_NEWER:
		return take_newer(cli, arg);
	case LONG_GLOB:
		*rom_vec_add(&cli->globs) = arg;
		return *arg;
	case LONG_PASSWORD_FILE:
		*rom_vec_add(&cli->password_files) = arg;
		return *arg;
	case LONG_KEY_FILE:
		*rom_vec_add(&cli->key_files) = arg;
		return *arg;
	case LONG_TRY_PINS:
		cli->try_pins = (unsigned)strtoul(arg, &end, 10);
		return *arg && !*end && cli->try_pins >= 4 &&
		       cli->try_pins <= 8;
	case LONG_BODYFILE:
		cli->bodyfile = arg;
		return *arg;
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
	case LONG_SCATTER:
		cli->scatter = arg;
		return *arg;
	case LONG_BOOT1:
		cli->boot1 = arg;
		return *arg;
	case LONG_BOOT2:
		cli->boot2 = arg;
		return *arg;
	case LONG_MAP:
		cli->map = arg;
		return *arg;
	case LONG_AS:
		cli->as = arg;
		return *arg;
	case LONG_COLOR:
		cli->color = arg ? arg : "always";
		return !strcmp(cli->color, "auto") ||
		       !strcmp(cli->color, "always") ||
		       !strcmp(cli->color, "never");
	default:
		take_flag(cli, value);
		return true;
	}
}

/* Why an option is not taken; word: where getopt stands, behind unknown short
 * options not yet theirs. */
static char *refused(int value, const char *word)
{
	if (value == ':')
		return rom_format("%s: needs a value", word);
	if (value == '?' && optopt > 0 && optopt < 128)
		return rom_format("-%c: is no option", optopt);
	if (value == '?')
		return rom_format("%s: is no option", word);
	return rom_format(
		"--%s: is no option of this command", option_name(value));
}

int cli_parse(struct cli *cli, const struct cli_command *command, int argc,
	char **argv)
{
	struct option longs[N_OPTIONS + 1] = { 0 };
	int value;

	for (size_t i = 0; i < N_OPTIONS; i++)
		longs[i] = (struct option){ options[i].name, options[i].has_arg,
			NULL, options[i].value };
	opterr = 0;
	optind = 1;
	while ((value = getopt_long(argc, argv, ":o:p:j:qvh", longs, NULL)) !=
		-1) {
		ROM_AUTO char *text = NULL;

		if (value == 'h') {
			cli_help(command, stdout);
			return EXIT_DONE;
		}
		if (value == LONG_VERSION) {
			printf("romsplit %s\n", ROM_VERSION);
			return EXIT_DONE;
		}
		if (value == ':' || value == '?' || !allowed(command, value)) {
			text = refused(value, argv[optind - 1]);
			return usage(command, text);
		}
		if (!take(cli, value, optarg)) {
			text = rom_format("--%s: the value %s cannot be",
				option_name(value), optarg ? optarg : "");
			return usage(command, text);
		}
	}
	cli->args = (const char *const *)argv + optind;
	cli->n_args = (size_t)(argc - optind);
	if (cli->n_args < command->min_args || cli->n_args > command->max_args)
		return usage(command, cli->n_args < command->min_args
					      ? "an argument is missing"
					      : "too many arguments");
	return -1;
}
