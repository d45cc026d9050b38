/* SPDX-License-Identifier: MIT */
/* cmd_gpt.c - romsplit gpt [IMAGE...] -o DIR */
#include <inttypes.h>

#include "cli.h"

/* The table of a dump; where that has none, the file that stands for it. */
static enum rom_status plan_from_dump(
	struct cli *cli, struct rom_gpt_plan *plan, struct rom_err *err)
{
	struct rom_dump *d = NULL;
	enum rom_status st = cli_open(cli, cli->n_args, true, &d, err);
	const struct rom_printed_table *printed;

	if (st)
		return st;
	cli_notes(cli, d->report);
	if (!plan->size && d->report->table.kind != ROM_TABLE_GPT)
		plan->size = d->report->table.device_size;
	if (d->report->table.kind == ROM_TABLE_PRINTED) {
		st = rom_printed_choose(
			&cli->printed, cli->table, &printed, err);
		/* the end of the dump may have told what its numbers count */
		if (!st && !plan->sector && !printed->unit)
			plan->sector = d->report->table.sector_size;
		if (!st)
			st = rom_gpt_plan_printed(
				printed, cli->table, plan, err);
	} else if (d->report->table.kind == ROM_TABLE_SCATTER) {
		st = rom_gpt_plan_scatter(&cli->table_file, plan, err);
	} else {
		st = rom_gpt_plan_report(d->report, plan, err);
	}
	rom_dump_close(d);
	return st;
}

static enum rom_status plan_from_file(
	struct cli *cli, struct rom_gpt_plan *plan, struct rom_err *err)
{
	struct rom_table_options table = { 0 };
	enum rom_status st = cli_table_options(cli, &table, err);

	if (st)
		return st;
	return table.printed ? rom_gpt_plan_printed(
				       table.printed, cli->table, plan, err)
			     : rom_gpt_plan_scatter(table.scatter, plan, err);
}

static void print_guid(const uint8_t *g)
{
	printf("%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-", g[3], g[2], g[1],
		g[0], g[5], g[4], g[7], g[6], g[8], g[9]);
	for (int i = 10; i < 16; i++)
		printf("%02x", g[i]);
}

static void print_plan(const struct cli *cli, const struct rom_gpt_plan *plan,
	const struct rom_gpt_files *files)
{
	const struct rom_gpt_part *p;

	printf("  %-16s %-14s %-14s %s\n", "Name", "Start", "Length",
		"Unique GUID");
	rom_each (p, &plan->parts) {
		ROM_AUTO char *name = rom_printable(p->name, strlen(p->name));
		ROM_AUTO char *start =
			rom_format("0x%" PRIx64, p->range.offset);
		ROM_AUTO char *len = rom_format("0x%" PRIx64, p->range.len);

		printf("  %-16s %-14s %-14s ", name, start, len);
		print_guid(p->data.unique);
		printf("\n");
	}
	for (size_t i = 0; i < plan->said.n; i++)
		printf("Note: %s\n", plan->said.v[i]);
	printf("For a medium of 0x%" PRIx64 " bytes in sectors of %" PRIu32
	       ":\n  %s/pgpt.bin goes to 0x0, 0x%zx bytes\n"
	       "  %s/sgpt.bin goes to 0x%" PRIx64 ", 0x%zx bytes\n",
		plan->size, plan->sector, cli->output, files->primary_len,
		cli->output, files->backup_offset, files->backup_len);
}

/* Lines of the printed table that could not be read may be partitions. */
static void note_problems(const struct cli *cli, struct rom_gpt_plan *plan)
{
	const struct rom_printed_problem *p;

	rom_each (p, &cli->printed.problems) {
		if (!cli->quiet)
			fprintf(stderr, "romsplit: %s: line %u: %s\n",
				cli->table, p->line, p->text);
		plan->in_doubt = true;
	}
}

int cmd_gpt(struct cli *cli)
{
	struct rom_gpt_plan plan = { .size = cli->size, .sector = cli->sector };
	struct rom_gpt_files files = { 0 };
	struct rom_err err = { .offset = ROM_NO_OFFSET };
	enum rom_status st;
	bool in_doubt;

	if (!cli->output)
		return cli_usage("gpt", "-o DIR is missing");
	if (cli->n_args == 0 && !cli->scatter && !cli->table)
		return cli_usage("gpt", "an IMAGE, --scatter FILE or --table "
					"FILE is missing");
	st = cli->n_args ? plan_from_dump(cli, &plan, &err)
			 : plan_from_file(cli, &plan, &err);
	if (!st)
		st = rom_gpt_make(&plan, &files, &err);
	if (!st)
		st = rom_job_gpt(&files, cli->output, !cli->no_sync, &err);
	if (!st) {
		if (!cli->n_args)
			note_problems(cli, &plan);
		if (!cli->quiet)
			print_plan(cli, &plan, &files);
	}
	in_doubt = plan.in_doubt || cli->printed.problems.n;
	rom_gpt_files_done(&files);
	rom_gpt_plan_done(&plan);
	/* ROM_E_USAGE: no table can be made of this, which is an answer */
	if (st)
		return st == ROM_E_USAGE ? (cli_fail(st, &err), EXIT_DAMAGED)
					 : cli_fail(st, &err);
	return in_doubt ? EXIT_DAMAGED : EXIT_DONE;
}
