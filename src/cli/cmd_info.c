/* SPDX-License-Identifier: MIT */
/* cmd_info.c - romsplit info IMAGE...: reports what is in a dump, writes
 * nothing */
#include "cli.h"

int cmd_info(struct cli *cli)
{
	struct rom_dump *d = NULL;
	struct rom_err err = { .offset = ROM_NO_OFFSET };
	enum rom_status st;
	int status;

	cli->only_tells = true;
	st = cli_open(cli, cli->n_args, false, &d, &err);
	if (st) {
		status = cli_fail_open(cli, st, &err);
	} else {
		ROM_AUTO char *json =
			cli->json ? rom_json_report(d->report) : NULL;

		if (json)
			puts(json);
		else
			rom_text_report(d->report, cli_color(cli), cli->verbose,
				stdout);
		status = cli_report_status(d->report);
	}
	rom_dump_close(d);
	return status;
}
