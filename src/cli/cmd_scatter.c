/* SPDX-License-Identifier: MIT */
/* cmd_scatter.c - romsplit scatter IMAGE... */
#include "cli.h"

int cmd_scatter(struct cli *cli)
{
	struct rom_scatter s = { 0 };
	struct cli_dump d = { 0 };
	struct rom_err err = { .at = ROM_NOWHERE };
	enum rom_status st = cli_open(cli, cli->n_args, false, &d, &err);
	int status;

	if (!st)
		st = rom_scatter_make(
			d.report, cli_style(cli), cli->partitions.v, cli->partitions.n, &s, &err);
	if (st) {
		/* asked of a dump that can have none, this is an answer: no */
		status =
			st == ROM_E_USAGE ? (cli_fail(st, &err), EXIT_DAMAGED) : cli_fail(st, &err);
	} else {
		if (!d.report->platform.chip)
			fprintf(stderr,
				"romsplit: this dump does not tell the chip: give it with --platform MTxxxx, or SP "
				"Flash Tool will refuse the scatter file\n");
		rom_scatter_print(&s, stdout);
		status = EXIT_DONE;
	}
	rom_scatter_done(&s);
	cli_close(&d);
	return status;
}
