/* SPDX-License-Identifier: MIT */
/* cmd_run.c - romsplit IMAGE...: the whole job */
#include <stdlib.h>

#include "cli.h"

static void print_result(
	const struct cli *cli, const struct rom_report *r, const char *folder)
{
	ROM_AUTO char *json = cli->json ? rom_json_report(r) : NULL;

	if (json) {
		puts(json);
	} else if (!cli->quiet) {
		rom_text_report(r, cli_color(cli), cli->verbose, stdout);
		rom_text_saved(r, folder, stdout);
	}
}

int cmd_run(struct cli *cli)
{
	ROM_AUTO char *folder = cli_output(cli, "");
	struct rom_job_options options = {
		.folder = folder,
		.style = cli_style(cli),
		.format = cli->format,
		.hash = !cli->no_hash,
		.hashes = cli_hashes(cli),
		.hash_holes = cli->hash_holes,
		.preserve_setid = cli->preserve_setid,
		.sync = !cli->no_sync,
		.no_journal = cli->no_journal,
		.threads = cli->threads,
		.logs = cli->logs.v,
		.n_logs = cli->logs.n,
		.progress = &cli->progress,
	};
	struct rom_job_stats stats = { 0 };
	struct rom_dump *d = NULL;
	struct rom_err err = { .offset = ROM_NO_OFFSET };
	enum rom_status st = cli_open(cli, cli->n_args, false, &d, &err);
	int status;

	options.table_file = cli_table_file(cli, d);
	if (!st) {
		cli_progress_start(cli);
		st = rom_job_run(d, &options, &stats, &err);
		cli_progress_end(cli);
	}
	if (st) {
		status = cli_fail_open(cli, st, &err);
	} else {
		print_result(cli, d->report, folder);
		cli_print_stats(cli, &stats);
		status = cli_report_status(d->report);
	}
	rom_dump_close(d);
	return status;
}
