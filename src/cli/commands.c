/* SPDX-License-Identifier: MIT */
/* commands.c - the table of commands: name, arguments, options, help */
#include <stdlib.h>

#include "cli.h"

static const struct cli_command commands[] = {
	{ "info", "IMAGE...",
		"show what is in the dump: phone, partitions, encryption of "
		"userdata",
		cmd_info,
		OPT_PLATFORM | OPT_SECRET | OPT_JSON | OPT_DUMP | OPT_SCATTER,
		1, SIZE_MAX,
		"Reads at most 16 MiB of the dump, 64 MiB where its table or "
		"superblock is gone, and\nwrites nothing.\n" },
	{ "split", "IMAGE...",
		"cut the partitions into files, with a scatter file for SP "
		"Flash Tool",
		cmd_split,
		OPT_OUTPUT | OPT_PARTITION | OPT_PLATFORM | OPT_STYLE |
			OPT_FORMAT | OPT_WRITER | OPT_JSON | OPT_DUMP |
			OPT_SCATTER,
		1, SIZE_MAX,
		"Writes to IMAGE.romsplit/rom/ unless -o is given. -p NAME, "
		"which may be repeated, cuts only these\n"
		"partitions; one that the dump holds only in part is cut only "
		"when it is named.\n" },
	{ "scatter", "IMAGE...", "print the scatter file for SP Flash Tool",
		cmd_scatter,
		OPT_PARTITION | OPT_PLATFORM | OPT_STYLE | OPT_FORMAT |
			OPT_DUMP | OPT_SCATTER,
		0, SIZE_MAX,
		"-p NAME prints only the preloader and these partitions. "
		"--style wwr prints it as WwR MTK does.\n"
		"--format rawprogram prints Qualcomm's rawprogram0.xml. "
		"Without an IMAGE, --scatter FILE is read and\n"
		"printed again, with --format converted to another format.\n" },
	{ "check", "IMAGE...",
		"check a scatter file against this phone: would SP Flash Tool "
		"accept it?",
		cmd_check,
		OPT_PLATFORM | OPT_DUMP | OPT_SCATTER | OPT_FIX | OPT_JSON, 1,
		SIZE_MAX,
		"Needs --scatter FILE. Compares name, start, size and region "
		"of each row with the table of the dump, and\n"
		"lists the rows on which SP Flash Tool would stop with \"PMT "
		"changed\". --fix prints the corrected scatter\n"
		"file. Status 0 only when it would be accepted.\n" },
	{ "fit", "FILE IMAGE",
		"check whether an image fits a partition and is of the right "
		"kind",
		cmd_fit,
		OPT_OUTPUT | OPT_AS | OPT_PLATFORM | OPT_DUMP | OPT_SCATTER |
			OPT_JSON,
		2, 2,
		"Needs --as NAME. With -o FILE, an image that fits is written "
		"there, padded to the size of the partition.\n"
		"Status 1 when it does not fit or is of another kind.\n" },
	{ "readback", "IMAGE...",
		"print the rows for SP Flash Tool's readback tab", cmd_readback,
		OPT_PLATFORM | OPT_DUMP | OPT_SCATTER | OPT_JSON, 1, SIZE_MAX,
		"The first row reads back the whole user area; a dump of only "
		"the partition table is enough.\n" },
	{ "gpt", "[IMAGE...]",
		"make a GPT to write back to a phone: pgpt.bin and sgpt.bin",
		cmd_gpt,
		OPT_OUTPUT | OPT_DUMP | OPT_SCATTER | OPT_SIZE | OPT_SYNC, 0,
		SIZE_MAX,
		"Needs -o DIR, and a source: a dump with what is left of its "
		"table, --scatter FILE, or --table FILE.\n"
		"What the source does not tell is refused (lengths, places) or "
		"said (GUIDs, where userdata ends).\n"
		"No existing file is overwritten, and nothing is written to a "
		"phone. Status 1 when no table can be made,\n"
		"or when that of the dump is damaged and must be checked.\n" },
	{ "diff", "A B", "compare two dumps: partitions, contents, checksums",
		cmd_diff, OPT_JSON, 2, 2,
		"Status 0 when all partitions are the same, 1 when they "
		"differ.\n" },
	{ "explain", "CODE|LOG [IMAGE]",
		"explain SP Flash Tool's error codes and logs in plain words",
		cmd_explain, OPT_JSON, 1, 2,
		"CODE is a number (4050, 0xC003000A), a name "
		"(S_FT_NEED_DOWNLOAD_ALL_FAIL), or a line of the tool's "
		"window\n"
		"in quotes; put a negative number after --. A LOG is searched "
		"for errors and partition lists, also for\n"
		"tables that mtkclient, the loader, /proc and fastboot print; "
		"with an IMAGE, the lists are compared with\n"
		"its table. Remedies are hints from practice.\n" },
	{ "ls", "IMAGE [PATH]...", "list a directory in userdata", cmd_ls,
		OPT_PARTITION | OPT_SECRET | OPT_READER | OPT_JSON | OPT_DUMP |
			OPT_SCATTER,
		1, SIZE_MAX,
		"Lists / when no PATH is given. -p NAME reads another "
		"partition instead of userdata.\n" },
	{ "cat", "IMAGE PATH...", "write a file in userdata to standard output",
		cmd_cat,
		OPT_PARTITION | OPT_SECRET | OPT_READER | OPT_DUMP |
			OPT_SCATTER,
		2, SIZE_MAX,
		"-p NAME reads another partition instead of userdata.\n" },
	{ "extract", "IMAGE [PATH]...", "copy files out of userdata",
		cmd_extract,
		OPT_OUTPUT | OPT_PARTITION | OPT_SECRET | OPT_READER |
			OPT_FILTER | OPT_LOGS | OPT_WRITER | OPT_JSON |
			OPT_DUMP | OPT_SCATTER,
		1, SIZE_MAX,
		"Without a PATH, copies /media/0, where photos and documents "
		"are. Writes to IMAGE.romsplit/media/ unless\n"
		"-o DIR is given, and a manifest of all files to "
		"DIR.manifest.jsonl. What is below a single PATH goes\n"
		"directly into DIR; several keep their whole paths. -p NAME "
		"reads another partition instead of userdata.\n" },
	{ "unlock", "IMAGE...",
		"show whether and how userdata can be opened, and try secrets",
		cmd_unlock,
		OPT_OUTPUT | OPT_PLATFORM | OPT_SECRET | OPT_DUMP |
			OPT_SCATTER | OPT_JSON,
		1, SIZE_MAX,
		"-o FILE writes the decrypted image of full-disk or metadata "
		"encryption. Status 4 when nothing was opened.\n"
		"--key-file: raw keys of 16, 32, 48 or 64 bytes, or hex "
		"digits, one key per line; - is standard input.\n"
		"A password is also taken from ROMSPLIT_PASSWORD in the "
		"environment.\n" },
	{ "repair-crlf", "IN OUT",
		"undo what adb shell did to a dump: an 0D before each 0A",
		cmd_repair_crlf, 0, 2, 2,
		"Writes the new file OUT; IN is never changed. The terminal of "
		"adb shell puts an 0D before each 0A, on\n"
		"Windows two; these are taken away, which gives the bytes of "
		"the phone back exactly if all of IN came\n"
		"this way. Status 1, and nothing is written, when an 0A has no "
		"0D before it. romsplit info tells such dumps.\n" },
	{ "verify", "DIR",
		"check an output folder, and its dump, against the recorded "
		"checksums",
		cmd_verify, OPT_JSON, 1, 1,
		"Status 1 when a file is missing or has changed, or the dump "
		"has changed.\n" },
};

static const struct cli_command run_command = { "romsplit", "IMAGE...",
	"the whole job: partitions, scatter file, verdict and photos", cmd_run,
	OPT_OUTPUT | OPT_PLATFORM | OPT_SECRET | OPT_STYLE | OPT_FORMAT |
		OPT_READER | OPT_LOGS | OPT_WRITER | OPT_JSON | OPT_DUMP |
		OPT_SCATTER,
	1, SIZE_MAX,
	"Writes to IMAGE.romsplit/ unless -o is given. The dump itself is "
	"never written to.\n" };

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
		"  romsplit IMAGE...                      %s\n",
		run_command.about);
	for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++)
		fprintf(out, "  romsplit %-11s %-17s %s\n", commands[i].name,
			commands[i].args, commands[i].about);
	fprintf(out, "\nIMAGE is a readback of EMMC_USER, the files it was "
		     "split into (or the first of full.bin.001 ...), a\n"
		     "single partition, an Android sparse image, a folder of "
		     "single partitions, or a block\ndevice.\n"
		     "For more see romsplit COMMAND --help and the manual "
		     "page, romsplit(1).\n\n"
		     "Exit status: 0 success; 1 done, but something was "
		     "damaged, missing or not as expected;\n"
		     "2 wrong usage; 3 the input is not a readable dump; 4 the "
		     "requested data is encrypted;\n"
		     "5 cannot write.\n");
}
