/* SPDX-License-Identifier: MIT */
/* cmd_readback.c - romsplit readback IMAGE... */
#include <inttypes.h>

#include "cli.h"

static void print_row(size_t columns, const char *name, const char *region,
	uint64_t start, const char *length)
{
	ROM_AUTO char *shown = rom_printable(name, strlen(name));

	printf("  %-*s %-12s 0x%016" PRIx64 " %s\n", rom_field(shown, columns),
		shown, region, start, length);
}

static void print_partition(const struct rom_report *r,
	const struct rom_partition *p, size_t columns)
{
	uint64_t room = rom_report_room(r, p);
	ROM_AUTO char *length = room ? rom_format("0x%016" PRIx64, room)
				     : rom_strdup("not known");

	print_row(columns, p->name, rom_region_name(p->region),
		rom_partition_start(p), length);
}

/* Where nothing tells how large the medium is, what is known to be there. */
static void print_whole(const struct rom_report *r, size_t columns)
{
	const char *region = rom_region_name(r->table.region);
	uint64_t known = rom_report_known_size(r);
	ROM_AUTO char *length =
		r->table.device_size
			? rom_format("0x%016" PRIx64, r->table.device_size)
			: rom_format("at least 0x%" PRIx64, known);

	print_row(columns, "(whole region)", region, 0, length);
	if (!r->table.device_size)
		printf("  The table does not tell the size of the phone's "
		       "memory: it is in SP Flash Tool's log and memory test "
		       "(EMMC_PART_USER).\n");
}

static void print_rows(const struct rom_report *r)
{
	const struct rom_partition *p;
	size_t columns = rom_max(rom_report_name_columns(r), 18);

	printf("  %-*s %-12s %-18s %s\n", (int)columns, "Name", "Region",
		"Start", "Length");
	print_whole(r, columns);
	rom_each (p, &r->partitions) {
		if (p->name && !p->parent)
			print_partition(r, p, columns);
	}
}

int cmd_readback(struct cli *cli)
{
	struct rom_dump *d = NULL;
	struct rom_err err = { .offset = ROM_NO_OFFSET };
	enum rom_status st = cli_open(cli, cli->n_args, true, &d, &err);

	if (!st && (d->report->table.kind == ROM_TABLE_NONE ||
			   d->report->table.kind == ROM_TABLE_FOLDER))
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
