/* SPDX-License-Identifier: MIT */
/* commands.c - the commands: what each is called, takes and does */
#include <stdlib.h>

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
			OPT_FILTER | OPT_LOGS | OPT_WRITER | OPT_JSON |
			OPT_DUMP | OPT_SCATTER,
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
		OPT_READER | OPT_LOGS | OPT_WRITER | OPT_JSON | OPT_DUMP |
		OPT_SCATTER,
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
