/* SPDX-License-Identifier: MIT */
/* cmd_scatter.c - romsplit scatter IMAGE..., or scatter --scatter FILE */
#include <strings.h>

#include "cli.h"

/* Reads a scatter file and writes it again, perhaps in another format. */
static int rewrite(struct cli *cli)
{
	struct rom_scatter s = { 0 };
	struct rom_err err = { .offset = ROM_NO_OFFSET };
	enum rom_status st = rom_scatter_load(cli->scatter, &s, &err);

	if (!st && cli->format)
		st = rom_scatter_convert(&s, cli->format, &err);
	if (!st)
		rom_scatter_print(&s, stdout);
	rom_scatter_done(&s);
	return st ? cli_fail(st, &err) : EXIT_DONE;
}

static enum rom_status print_scatter(
	struct cli *cli, const struct rom_dump *d, struct rom_err *err)
{
	struct rom_scatter_options options = { .style = cli_style(cli),
		.format = cli->format,
		.only = cli->partitions.v,
		.n_only = cli->partitions.n,
		.file = cli_table_file(cli, d) };
	struct rom_scatter s = { 0 };
	enum rom_status st = rom_scatter_make(d->report, &options, &s, err);

	if (st)
		return st;
	if (!s.platform || !strcmp(s.platform, "UNKNOWN"))
		fprintf(stderr, "romsplit: this dump does not name the chip: "
				"give it with --platform MTxxxx, or SP "
				"Flash Tool will refuse the scatter file\n");
	rom_scatter_print(&s, stdout);
	rom_scatter_done(&s);
	return ROM_OK;
}

int cmd_scatter(struct cli *cli)
{
	bool rawprogram = cli->format && !strcasecmp(cli->format, "rawprogram");
	struct rom_dump *d = NULL;
	struct rom_err err = { .offset = ROM_NO_OFFSET };
	enum rom_status st;
	int status = EXIT_DONE;

	if (cli->n_args == 0 && cli->scatter && !rawprogram)
		return rewrite(cli);
	if (cli->n_args == 0)
		return cli_usage(
			"scatter", "an IMAGE, or --scatter FILE, is missing");
	st = cli_open(cli, cli->n_args, false, &d, &err);
	if (!st)
		st = rawprogram ? rom_rawprogram_print(d->report, stdout, &err)
				: print_scatter(cli, d, &err);
	if (st)
		status = cli_fail(st, &err);
	/* ROM_E_USAGE: this dump cannot have a scatter file, which is an
	 * answer, not wrong usage */
	rom_dump_close(d);
	return st == ROM_E_USAGE ? EXIT_DAMAGED : status;
}
