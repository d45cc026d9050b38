/* SPDX-License-Identifier: MIT */
/* cmd_readback.c - romsplit readback IMAGE... */
#include <inttypes.h>

#include "cli.h"

static void print_row(const char *name, const char *region, struct rom_range r)
{
	ROM_AUTO char *shown = rom_printable(name, strlen(name));

	printf("  %-18s %-12s 0x%016" PRIx64 " 0x%016" PRIx64 "\n", shown,
		region, r.offset, r.len);
}

static void print_rows(const struct rom_report *r)
{
	const struct rom_partition *p;

	printf("  %-18s %-12s %-18s %s\n", "Name", "Region", "Start", "Length");
	if (r->table.device_size)
		print_row("(whole region)", rom_region_name(r->table.region),
			(struct rom_range){ 0, r->table.device_size });
	rom_each (p, &r->partitions) {
		if (p->name && !p->parent)
			print_row(p->name, rom_region_name(p->region),
				(struct rom_range){
					rom_partition_start(p), p->range.len });
	}
}

int cmd_readback(struct cli *cli)
{
	struct rom_dump *d = NULL;
	struct rom_err err = { .offset = ROM_NO_OFFSET };
	enum rom_status st = cli_open(cli, cli->n_args, true, &d, &err);

	if (!st && d->report->table.kind == ROM_TABLE_NONE)
		st = rom_fail(&err, ROM_E_NOT_FOUND, ROM_NO_OFFSET,
			"this dump has no partition table, so no addresses are "
			"known; read back EMMC_USER from 0x0, length "
			"0x8000000, and run this again");
	if (!st) {
		ROM_AUTO char *json =
			cli->json ? rom_json_readback(d->report) : NULL;

		if (json)
			puts(json);
		else
			print_rows(d->report);
	}
	rom_dump_close(d);
	return st ? cli_fail(st, &err) : EXIT_DONE;
}
