/* SPDX-License-Identifier: MIT */
/* cmd_fit.c - romsplit fit FILE --as NAME IMAGE */
#include <inttypes.h>
#include <stdlib.h>
#include <strings.h>

#include "cli.h"

static void print_fit(const struct cli *cli, const struct rom_fit *fit)
{
	ROM_AUTO char *json = cli->json ? rom_json_fit(fit, cli->as) : NULL;
	char a[32], b[32];

	if (json)
		puts(json);
	else if (fit->reason)
		printf("no: %s\n", fit->reason);
	else if (!cli->quiet && !fit->room)
		printf("yes: %s, %" PRIu64 " bytes (%s); how much room %s has "
		       "is not in this dump\n",
			fit->format, fit->size,
			rom_human(fit->size, a, sizeof(a)), cli->as);
	else if (!cli->quiet)
		printf("yes: %s, %" PRIu64
		       " bytes (%s), fits %s, which has %" PRIu64 " (%s)\n",
			fit->format, fit->size,
			rom_human(fit->size, a, sizeof(a)), cli->as, fit->room,
			rom_human(fit->room, b, sizeof(b)));
}

static bool is_loader(const char *name)
{
	return !strcasecmp(name, "preloader") ||
	       !strcasecmp(name, "preloader_backup");
}

/* The preloader lies in a boot area, which a dump of the user area has not: its
 * kind can be judged all the same. loader: room for its row. */
static enum rom_status find_partition(struct cli *cli, const struct rom_dump *d,
	struct rom_partition *loader, const struct rom_partition **ret,
	struct rom_err *err)
{
	*ret = rom_report_asked(d->report, cli->as);
	if (*ret)
		return ROM_OK;
	if (!is_loader(cli->as))
		return rom_fail(err, ROM_E_NOT_FOUND, ROM_NO_OFFSET,
			"partition %s: not found in this dump; romsplit info "
			"lists the partitions",
			cli->as);
	*loader = (struct rom_partition){ .name = (char *)(uintptr_t)cli->as,
		.region = d->report->table.sector_size == 4096
				  ? ROM_REGION_UFS_LU0
				  : ROM_REGION_EMMC_BOOT_1 };
	*ret = loader;
	return ROM_OK;
}

/* A sparse image is expanded, together with its other parts. *ret_gap is set
 * when one of them is missing: a message, to be freed by the caller. */
static enum rom_status open_sparse(const char *path, struct rom_image **ret,
	char **ret_gap, struct rom_err *err)
{
	struct rom_opened opened = { 0 };
	enum rom_status st = rom_image_open(&path, 1, NULL, &opened, err);

	if (st)
		return st;
	*ret = opened.img;
	*ret_gap = ROM_TAKE(opened.gap);
	rom_opened_done(&opened);
	return ROM_OK;
}

/* Opens a file of any kind: unlike for a dump, a compressed file is not an
 * error, its kind is part of the answer. */
static enum rom_status open_file(const char *path, struct rom_image **ret,
	char **ret_gap, struct rom_err *err)
{
	ROM_AUTO_IMAGE struct rom_image *raw = NULL;
	enum rom_status st = rom_image_open_file(path, &raw, err);

	if (st)
		return st;
	if (rom_image_is_sparse(raw))
		return open_sparse(path, ret, ret_gap, err);
	*ret = ROM_TAKE(raw);
	return ROM_OK;
}

static void judge_gap(struct rom_fit *fit, char **gap)
{
	if (!*gap)
		return;
	fit->right_kind = false;
	if (!fit->reason)
		fit->reason = ROM_TAKE(*gap);
}

int cmd_fit(struct cli *cli)
{
	ROM_AUTO char *gap = NULL;
	struct rom_image *file = NULL;
	struct rom_dump *d = NULL;
	struct rom_partition loader;
	const struct rom_partition *to = NULL;
	struct rom_fit fit = { 0 };
	struct rom_err err = { .offset = ROM_NO_OFFSET };
	enum rom_status st;
	int status;

	if (!cli->as)
		return cli_usage("fit", "--as NAME is missing");
	st = open_file(cli->args[0], &file, &gap, &err);
	cli->args++;
	cli->n_args--;
	if (!st)
		st = cli_open(cli, 1, false, &d, &err);
	if (!st)
		st = find_partition(cli, d, &loader, &to, &err);
	if (!st) {
		rom_analyze_fit(file, d->report, to, &fit);
		judge_gap(&fit, &gap);
		print_fit(cli, &fit);
	}
	if (!st && cli->output && fit.fits && fit.right_kind)
		st = rom_job_pad(file, fit.room ? fit.room : fit.size,
			cli->output, &err);
	status = st			      ? cli_fail(st, &err)
		 : fit.fits && fit.right_kind ? EXIT_DONE
					      : EXIT_DAMAGED;
	free(fit.reason);
	rom_image_close(file);
	rom_dump_close(d);
	return status;
}
