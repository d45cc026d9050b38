/* SPDX-License-Identifier: MIT */
/* cmd_split.c - romsplit split IMAGE... [-p NAME]... */
#include <inttypes.h>

#include "cli.h"

static void print_result(
	const struct cli *cli, const struct rom_report *r, const char *folder)
{
	ROM_AUTO char *json = cli->json ? rom_json_report(r) : NULL;
	const struct rom_partition *p;
	size_t n = 0;

	if (json) {
		puts(json);
		return;
	}
	if (cli->quiet)
		return;
	rom_each (p, &r->partitions) {
		char hex[2 * ROM_SHA256_LEN + 1] = "";

		ROM_AUTO char *shown = p->file ? rom_one_line(p->file) : NULL;

		if (!p->file)
			continue;
		if (p->has_file_sha256)
			rom_hex(p->file_sha256, ROM_SHA256_LEN, hex);
		printf("%14" PRIu64 "  %-24s %s\n", p->file_size, shown, hex);
		n++;
	}
	printf("%zu partition file%s in %s\n", n, n == 1 ? "" : "s", folder);
	rom_text_preloader(r, stdout);
}

int cmd_split(struct cli *cli)
{
	ROM_AUTO char *folder = cli_output(cli, "/rom");
	struct rom_job_options options = {
		.folder = folder,
		.only = cli->partitions.v,
		.n_only = cli->partitions.n,
		.style = cli_style(cli),
		.format = cli->format,
		.hash = !cli->no_hash,
		.hashes = cli_hashes(cli),
		.hash_holes = cli->hash_holes,
		.sync = !cli->no_sync,
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
		st = rom_job_split(d, &options, &stats, &err);
		cli_progress_end(cli);
	}
	if (st) {
		status = cli_fail_open(cli, st, &err);
	} else {
		cli_notes(cli, d->report);
		print_result(cli, d->report, folder);
		cli_print_stats(cli, &stats);
		status = cli_report_status(d->report);
	}
	rom_dump_close(d);
	return status;
}
