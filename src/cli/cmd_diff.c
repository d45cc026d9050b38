/* SPDX-License-Identifier: MIT */
/* cmd_diff.c - romsplit diff A B */
#include <inttypes.h>

#include "cli.h"

static void print_ranges(const struct rom_diff_row *row)
{
	printf("A: 0x%" PRIx64 " + 0x%" PRIx64 ", B: 0x%" PRIx64
	       " + 0x%" PRIx64,
		rom_partition_start(row->a), row->a->range.len,
		rom_partition_start(row->b), row->b->range.len);
}

static void print_content(const struct rom_diff_row *row)
{
	const char *a = rom_partition_format(row->a),
		   *b = rom_partition_format(row->b);

	printf("%" PRIu64 " of %" PRIu64 " blocks of 4 KiB differ",
		row->different, row->blocks);
	if (row->first != ROM_NO_OFFSET)
		printf(", the first at 0x%" PRIx64, row->first);
	if (strcmp(a, b))
		printf("; A holds %s, B %s", a, b);
}

static void print_row(const struct rom_diff_row *row, bool verbose)
{
	ROM_AUTO char *name = rom_printable(row->name, strlen(row->name));

	if (row->status == ROM_DIFF_SAME && !verbose)
		return;
	printf("  %-16s %-9s ", name, rom_diff_status_name(row->status));
	if (row->status == ROM_DIFF_PLACE)
		print_ranges(row);
	else if (row->status == ROM_DIFF_CONTENT)
		print_content(row);
	printf("\n");
}

static void print_diff(const struct cli *cli, const struct rom_diff *d)
{
	ROM_AUTO char *json = cli->json ? rom_json_diff(d) : NULL;
	const struct rom_diff_row *row;
	size_t different = 0;

	if (json) {
		puts(json);
		return;
	}
	rom_each (row, &d->rows) {
		different += row->status != ROM_DIFF_SAME;
		print_row(row, cli->verbose);
	}
	printf("%zu of %zu partitions differ\n", different, d->rows.n);
}

int cmd_diff(struct cli *cli)
{
	struct rom_dump *a = NULL, *b = NULL;
	struct rom_diff diff = { 0 };
	struct rom_err err = { .offset = ROM_NO_OFFSET };
	enum rom_status st = cli_open_path(cli, cli->args[0], &a, &err);

	if (!st)
		st = cli_open_path(cli, cli->args[1], &b, &err);
	if (!st) {
		cli_progress_start(cli);
		st = rom_job_diff(a, b, &cli->progress, &diff, &err);
		cli_progress_end(cli);
	}
	if (!st)
		print_diff(cli, &diff);
	rom_diff_done(&diff);
	rom_dump_close(a);
	rom_dump_close(b);
	return st ? cli_fail(st, &err) : diff.same ? EXIT_DONE : EXIT_DAMAGED;
}
