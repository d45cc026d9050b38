/* SPDX-License-Identifier: MIT */
/* cmd_fit.c - romsplit fit FILE --as NAME IMAGE */
#include <inttypes.h>
#include <stdlib.h>

#include "cli.h"

static void print_fit(const struct cli *cli, const struct rom_fit *fit)
{
	ROM_AUTO char *json = cli->json ? rom_json_fit(fit, cli->as) : NULL;
	char a[32], b[32];

	if (json)
		puts(json);
	else if (fit->reason)
		printf("no: %s\n", fit->reason);
	else if (!cli->quiet)
		printf("yes: %s, %" PRIu64
		       " bytes (%s), fits %s, which has %" PRIu64 " (%s)\n",
			fit->format, fit->size,
			rom_human(fit->size, a, sizeof(a)), cli->as, fit->room,
			rom_human(fit->room, b, sizeof(b)));
}

static enum rom_status find_partition(struct cli *cli, const struct rom_dump *d,
	const struct rom_partition **ret, struct rom_err *err)
{
	*ret = rom_report_find(d->report, cli->as);
	return *ret ? ROM_OK
		    : rom_fail(err, ROM_E_NOT_FOUND, ROM_NO_OFFSET,
			      "partition %s: not found in this dump; romsplit "
			      "info lists the partitions",
			      cli->as);
}

/* Opens a file of any kind: unlike for a dump, a compressed file is not an
 * error, its kind is part of the answer. A sparse image is expanded. */
static enum rom_status open_file(
	const char *path, struct rom_image **ret, struct rom_err *err)
{
	ROM_AUTO_IMAGE struct rom_image *raw = NULL;
	enum rom_status st = rom_image_open_file(path, &raw, err);

	if (!st)
		st = rom_image_open_sparse(raw, ret, err);
	if (st == ROM_NO_MATCH) {
		*ret = ROM_TAKE(raw);
		st = ROM_OK;
	}
	return st;
}

int cmd_fit(struct cli *cli)
{
	struct rom_image *file = NULL;
	struct rom_dump *d = NULL;
	const struct rom_partition *to = NULL;
	struct rom_fit fit = { 0 };
	struct rom_err err = { .offset = ROM_NO_OFFSET };
	enum rom_status st;
	int status;

	if (!cli->as)
		return cli_usage("fit", "--as NAME is missing");
	st = open_file(cli->args[0], &file, &err);
	cli->args++;
	cli->n_args--;
	if (!st)
		st = cli_open(cli, 1, false, &d, &err);
	if (!st)
		st = find_partition(cli, d, &to, &err);
	if (!st) {
		rom_analyze_fit(file, d->report, to, &fit);
		print_fit(cli, &fit);
	}
	if (!st && cli->output && fit.fits && fit.right_kind)
		st = rom_job_pad(file, to->range.len, cli->output, &err);
	status = st			      ? cli_fail(st, &err)
		 : fit.fits && fit.right_kind ? EXIT_DONE
					      : EXIT_DAMAGED;
	free(fit.reason);
	rom_image_close(file);
	rom_dump_close(d);
	return status;
}
