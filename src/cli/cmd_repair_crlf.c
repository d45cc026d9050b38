/* SPDX-License-Identifier: MIT */
/* cmd_repair_crlf.c - romsplit repair-crlf IN OUT */
#include <inttypes.h>

#include "cli.h"

enum { SECTOR = 512, FEW = 64 };

static void print_result(const struct cli *cli, const struct rom_crlf *r)
{
	printf("%s: %" PRIu64 " bytes; %s before each of the %" PRIu64
	       " bytes 0A was taken away\n",
		cli->args[1], r->size,
		r->per_line == 1   ? "one 0D"
		: r->per_line == 2 ? "two 0D (adb on Windows)"
				   : "a run of 0D",
		r->lines);
	if (r->lines < FEW)
		printf("There are only a few of them, so this may be chance: "
		       "a file of text lines looks the same.\n");
	if (r->size % SECTOR)
		printf("The size is no multiple of %d: if this is a dump, part "
		       "of it is missing, or more was changed than this.\n",
			SECTOR);
}

int cmd_repair_crlf(struct cli *cli)
{
	struct rom_err err = { .offset = ROM_NO_OFFSET };
	struct rom_crlf r;
	enum rom_status st;

	cli_progress_start(cli);
	st = rom_job_repair_crlf(
		cli->args[0], cli->args[1], &cli->progress, &r, &err);
	cli_progress_end(cli);
	if (st)
		return cli_fail(st, &err);
	if (!cli->quiet)
		print_result(cli, &r);
	return EXIT_DONE;
}
