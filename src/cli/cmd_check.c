/* SPDX-License-Identifier: MIT */
/* cmd_check.c - romsplit check IMAGE... --scatter FILE */
#include <inttypes.h>

#include "cli.h"

static void print_range(bool has, struct rom_range r)
{
	if (has)
		printf(" 0x%-11" PRIx64 " 0x%-10" PRIx64, r.offset, r.len);
	else
		printf(" %-13s %-12s", "-", "-");
}

static void print_rows(const struct rom_check *c, bool verbose)
{
	const struct rom_check_row *row;
	bool headed = false;

	rom_each (row, &c->rows) {
		ROM_AUTO char *name =
			rom_printable(row->name, strlen(row->name));

		if (row->status == ROM_ROW_SAME && !verbose)
			continue;
		if (!headed)
			printf("  %-16s %-12s %-26s %s\n", "Name", "",
				"Scatter: start, size", "Phone: start, size");
		headed = true;
		printf("  %-16s %-12s", name,
			rom_check_status_name(row->status));
		print_range(row->has_scatter, row->scatter);
		print_range(row->has_medium, row->medium);
		printf("\n");
	}
}

static void print_check(const struct cli *cli, const struct rom_check *c)
{
	ROM_AUTO char *json = cli->json ? rom_json_check(c) : NULL;

	if (json) {
		puts(json);
		return;
	}
	if (cli->quiet)
		return;
	printf("%s: %s\n", c->accepted ? "accepted" : "refused", c->reason);
	print_rows(c, cli->verbose);
}

int cmd_check(struct cli *cli)
{
	const char *file = cli->scatter;
	struct rom_scatter s = { 0 };
	struct rom_check c = { 0 };
	struct rom_dump *d = NULL;
	struct rom_err err = { .offset = ROM_NO_OFFSET };
	enum rom_status st;
	bool accepted;

	if (!file)
		return cli_usage("check", "--scatter FILE is missing");
	/* cli_open must not take the file to be checked for the table */
	cli->scatter = NULL;
	st = rom_scatter_load(file, &s, &err);
	if (!st)
		st = cli_open(cli, cli->n_args, false, &d, &err);
	if (!st)
		st = rom_scatter_check(&s, d->report, &c, &err);
	accepted = c.accepted;
	if (!st && cli->fix) {
		rom_scatter_fix(&s, d->report, &c);
		rom_scatter_print(&s, stdout);
	} else if (!st) {
		cli_notes(cli, d->report);
		print_check(cli, &c);
	}
	rom_check_done(&c);
	rom_scatter_done(&s);
	rom_dump_close(d);
	/* ROM_E_USAGE: this dump cannot have a scatter file, which is an
	 * answer, not wrong usage */
	if (st)
		return st == ROM_E_USAGE ? (cli_fail(st, &err), EXIT_DAMAGED)
					 : cli_fail(st, &err);
	return accepted || cli->fix ? EXIT_DONE : EXIT_DAMAGED;
}
