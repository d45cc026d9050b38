/* SPDX-License-Identifier: MIT */
/* cmd_verify.c - romsplit verify DIR */
#include <inttypes.h>

#include "cli.h"

static void print_finding(void *ctx, const char *text)
{
	(void)ctx;
	fprintf(stderr, "romsplit: %s\n", text);
}

int cmd_verify(struct cli *cli)
{
	struct rom_verify_result v;
	struct rom_err err = { .offset = ROM_NO_OFFSET };
	enum rom_status st;

	cli_progress_start(cli);
	st = rom_job_verify(
		cli->args[0], &cli->progress, print_finding, NULL, &v, &err);
	cli_progress_end(cli);
	if (st)
		return cli_fail(st, &err);
	if (cli->progress.stop)
		return EXIT_STOPPED;
	if (cli->json)
		printf("{\"files\": %" PRIu64 ", \"bad\": %" PRIu64
		       ", \"image\": %s}\n",
			v.files, v.bad,
			!v.image_checked ? "null"
			: v.image_good	 ? "true"
					 : "false");
	else if (!cli->quiet)
		printf("%" PRIu64 " files checked, %s%" PRIu64
		       " changed or missing; the dump %s\n",
			v.files, v.bad ? "" : "all as they were written, ",
			v.bad,
			!v.image_checked ? "was not checked"
			: v.image_good	 ? "is unchanged"
					 : "HAS CHANGED");
	return v.bad || (v.image_checked && !v.image_good) ? EXIT_DAMAGED
							   : EXIT_DONE;
}
