/* SPDX-License-Identifier: MIT */
/*
 * rawprogram.c - rawprogram0.xml for Qualcomm's flash tools (QFIL, edl): one
 * element per partition
 *
 * Attributes as in files of real firmware; sizes in sectors and KB, the start
 * also in bytes, in hex.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "romsplit/render.h"

enum { KB = 1024 };

static void put_escaped(FILE *out, const char *s)
{
	for (; *s; s++) {
		if (strchr("&<>\"", *s))
			fprintf(out, "&#%d;", *s);
		else
			fputc(*s, out);
	}
}

static void print_attribute(FILE *out, const char *name, const char *value)
{
	fprintf(out, "%s=\"", name);
	put_escaped(out, value);
	fputs("\" ", out);
}

/* One element. start_text and byte_text replace the numbers of the start where
 * it is relative to the end of the medium. */
struct element {
	const char *label, *file, *start_text, *byte_text;
	uint64_t start, sectors, skip; /* in sectors; skip: of the file */
};

static void print_element(const struct element *e, uint32_t sector, FILE *out)
{
	uint64_t bytes = e->sectors * sector;

	fprintf(out,
		"  <program SECTOR_SIZE_IN_BYTES=\"%" PRIu32
		"\" file_sector_offset=\"%" PRIu64 "\" ",
		sector, e->skip);
	print_attribute(out, "filename", e->file);
	print_attribute(out, "label", e->label);
	fprintf(out,
		"num_partition_sectors=\"%" PRIu64
		"\" physical_partition_number=\"0\" size_in_KB=\"%" PRIu64
		".%c\" sparse=\"false\" ",
		e->sectors, bytes / KB, bytes % KB ? '5' : '0');
	if (e->start_text)
		fprintf(out, "start_byte_hex=\"%s\" start_sector=\"%s\"/>\n",
			e->byte_text, e->start_text);
	else
		fprintf(out,
			"start_byte_hex=\"0x%" PRIx64
			"\" start_sector=\"%" PRIu64 "\"/>\n",
			e->start * sector, e->start);
}

static void print_row(const struct rom_partition *p, uint32_t sector, FILE *out)
{
	static const struct rom_scatter no_names = { 0 };
	ROM_AUTO char *file = rom_split_file_name(&no_names, p);
	ROM_AUTO char *label = rom_printable(p->name, strlen(p->name));
	struct element e = { .label = label,
		.file = file,
		.start = rom_partition_start(p) / sector,
		.sectors = p->range.len / sector };

	print_element(&e, sector, out);
}

/* The two copies of the table itself: the first sectors of the file pgpt and
 * the last ones of sgpt. */
static void print_tables(const struct rom_report *r, FILE *out)
{
	uint32_t sector = r->table.sector_size, entries = 128 * 128 / sector;
	const struct rom_partition *sgpt =
		rom_report_find((struct rom_report *)(uintptr_t)r, "sgpt");
	uint64_t all = sgpt ? sgpt->range.len / sector : 0;
	ROM_AUTO char *sectors =
		rom_format("NUM_DISK_SECTORS-%" PRIu32 ".", entries + 1);
	ROM_AUTO char *bytes =
		rom_format("(%" PRIu32 "*NUM_DISK_SECTORS)-%" PRIu32 ".",
			sector, (entries + 1) * sector);
	struct element primary = { .label = "PrimaryGPT",
		.file = "pgpt.bin",
		.sectors = entries + 2 };
	struct element backup = { .label = "BackupGPT",
		.file = "sgpt.bin",
		.sectors = entries + 1,
		.skip = all > entries + 1 ? all - entries - 1 : 0,
		.start_text = sectors,
		.byte_text = bytes };

	print_element(&primary, sector, out);
	print_element(&backup, sector, out);
}

enum rom_status rom_rawprogram_print(
	const struct rom_report *report, FILE *out, struct rom_err *err)
{
	const struct rom_partition *p;

	if (report->table.kind != ROM_TABLE_GPT)
		return rom_fail(err, ROM_E_USAGE, ROM_NO_OFFSET,
			"rawprogram0.xml needs a GPT, and this dump has none");
	fprintf(out,
		"<?xml version=\"1.0\" ?>\n<data>\n  <!--Sector size is "
		"%" PRIu32 " bytes-->\n",
		report->table.sector_size);
	rom_each (p, &report->partitions) {
		if (p->name && !p->parent && !p->is_table &&
			p->region == report->table.region)
			print_row(p, report->table.sector_size, out);
	}
	print_tables(report, out);
	fprintf(out, "</data>\n");
	return ROM_OK;
}
