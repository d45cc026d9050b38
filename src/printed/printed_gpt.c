/* SPDX-License-Identifier: MIT */
/*
 * printed_gpt.c - tables of mtkclient and edl, and of MediaTek's loader
 *
 *   GPT Table:
 *   boot:        Offset 0x0000000001d80000, Length 0x0000000001000000,
 *                Flags 0x00000000, UUID ..., Type EFI_BASIC_DATA
 *   Total disk size:0x0000000747c00000, sectors:0x0000000003a3e000
 * in one line, or with a line of its own from Flags on; bytes. The third last
 * group of the UUID is printed with its two bytes swapped, and of a type that
 * has no name only its first group.
 *
 *   [GPT_LK][0]name=proinfo, part_id=8, start_sect=0x400, nr_sects=0x1800
 *   [GPT_LK] EMMC_PART_USER size = 0x3a3e00000
 * sectors; newer loaders print no part_id, and a uuid behind nr_sects.
 */
#include <ctype.h>
#include <stdlib.h>

#include "printed_priv.h"

enum {
	EMMC_SECTOR = 512,
	UFS_SECTOR = 4096,
	PART_USER = 8, /* of an eMMC */
	/* MBR, header and the usual 128 entries take these sectors of 512 */
	FIRST_OF_EMMC = 34,
	/* sizes of media are multiples of this */
	MEDIUM_STEP = 0x10000,
};

/* ---- GUIDs --------------------------------------------------------------- */

/* A GUID as text into the byte order of a GPT. swapped: its fourth group is
 * printed as a little-endian number. */
static bool parse_guid(const char *s, bool swapped, uint8_t *ret)
{
	static const uint8_t order[] = { 3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11,
		12, 13, 14, 15 };
	char digits[33];
	uint8_t raw[16];
	size_t n = 0;

	for (size_t i = 0; i < 36; i++) {
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;

		if (dash ? s[i] != '-' : !isxdigit((unsigned char)s[i]))
			return false;
		if (!dash)
			digits[n++] = (char)tolower((unsigned char)s[i]);
	}
	digits[n] = '\0';
	if (!rom_unhex(digits, raw, sizeof(raw)))
		return false;
	for (size_t i = 0; i < 16; i++)
		ret[i] = raw[order[i]];
	if (swapped) {
		ret[8] = raw[9];
		ret[9] = raw[8];
	}
	return true;
}

static bool parse_type(const char *name, uint8_t *ret)
{
	static const struct {
		const char *name, *guid;
	} types[] = {
		{ "EFI_BASIC_DATA", "ebd0a0a2-b9e5-4433-87c0-68b6b72699c7" },
		{ "EFI_LINUX_DA", "0fc63daf-8483-4772-8e79-3d69d8477de4" },
		{ "EFI_SYSTEM", "c12a7328-f81f-11d2-ba4b-00a0c93ec93b" },
	};

	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++) {
		if (!strncmp(name, types[i].name, strlen(types[i].name)))
			return parse_guid(types[i].guid, false, ret);
	}
	return false;
}

/* ---- printgpt ------------------------------------------------------------ */

/* Flags, UUID and Type, which belong to row. */
static void read_attributes(struct rom_printed_row *row, const char *line)
{
	const char *uuid = strstr(line, "UUID "), *type = strstr(line, "Type ");

	rom_printed_after(line, "Flags ", &row->attributes);
	if (uuid)
		row->has_unique = parse_guid(uuid + 5, true, row->unique);
	if (type)
		row->has_type = parse_type(type + 5, row->type);
}

/* The name before its colon; quoted mails have > in front. */
static struct rom_word name_before(const char *line, const char *offset)
{
	const char *s = line + strspn(line, " \t>|"), *colon = NULL;

	for (const char *c = s; c < offset; c++) {
		if (*c == ':')
			colon = c;
	}
	return (struct rom_word){ s, colon ? (size_t)(colon - s) : 0 };
}

static void read_row(
	struct rom_printed_reader *r, const char *line, const char *offset)
{
	struct rom_word name = name_before(line, offset);
	uint64_t start, size;
	struct rom_printed_row *row;

	rom_printed_table_of(r, ROM_PRINTED_GPT);
	if (!rom_printed_after(offset, "Offset ", &start) ||
		!rom_printed_after(offset, "Length ", &size)) {
		rom_printed_problem(r, "expected an offset and a length in "
				       "hexadecimal digits");
		return;
	}
	row = rom_printed_row_add(r, name, start, size);
	if (row)
		read_attributes(row, offset);
}

/* Newer versions add the sectors of the backup of a medium with sectors of 512
 * bytes to the last usable one, older ones print that; neither is the size of
 * one with sectors of 4096. What they mean is a multiple of MEDIUM_STEP. */
static uint64_t medium_size(uint64_t sectors, uint32_t sector)
{
	const int64_t add[] = { sector == EMMC_SECTOR ? 0 : -28,
		sector == EMMC_SECTOR ? 34 : 6 };

	for (size_t i = 0; i < 2; i++) {
		uint64_t size, n = sectors + (uint64_t)add[i];

		if (n > 64 && n < UINT64_MAX / 2 && rom_mul(n, sector, &size) &&
			size % MEDIUM_STEP == 0)
			return size;
	}
	return 0;
}

static void read_total(struct rom_printed_table *t, const char *line)
{
	uint64_t bytes, sectors;

	if (!rom_printed_after(line, "Total disk size", &bytes) ||
		!rom_printed_after(line, "sectors", &sectors) || !sectors)
		return;
	if (bytes / sectors != EMMC_SECTOR && bytes / sectors != UFS_SECTOR)
		return;
	t->sector_size = (uint32_t)(bytes / sectors);
	if (t->sector_size == UFS_SECTOR)
		t->region = ROM_REGION_UFS_LU2;
	t->device_size = medium_size(sectors, t->sector_size);
}

bool rom_printed_read_gpt(struct rom_printed_reader *r, const char *line)
{
	const char *offset = strstr(line, "Offset 0x"),
		   *header = strstr(line, " Table:"); /* GPT, PMT, MBR */
	const struct rom_printed_table *last =
		r->p.tables.n ? &r->p.tables.v[r->p.tables.n - 1] : NULL;
	bool ours = r->open && last->kind == ROM_PRINTED_GPT;

	if (offset && strstr(offset, "Length 0x")) {
		read_row(r, line, offset);
		return true;
	}
	if (header && header > line && isupper((unsigned char)header[-1])) {
		rom_printed_table_begin(r, ROM_PRINTED_GPT);
		return true;
	}
	if (ours && strstr(line, "Total disk size")) {
		read_total(&r->p.tables.v[r->p.tables.n - 1], line);
		return true;
	}
	if (ours && last->rows.n && r->last_row + 1 == r->line &&
		strstr(line, "Flags 0x")) {
		read_attributes(&last->rows.v[last->rows.n - 1], line);
		return true;
	}
	return false;
}

static uint64_t end_of_rows(const struct rom_printed_table *t)
{
	uint64_t end = 0, to;

	for (size_t i = 0; i < t->rows.n; i++) {
		if (rom_add(t->rows.v[i].start, t->rows.v[i].size, &to))
			end = rom_max(end, to);
	}
	return end;
}

void rom_printed_end_gpt(struct rom_printed_table *t)
{
	for (size_t i = 0; i < t->rows.n; i++)
		t->rows.v[i].region = t->region;
	/* a size that its own partitions exceed is none */
	if (end_of_rows(t) > t->device_size)
		t->device_size = 0;
}

/* ---- [GPT_LK] ------------------------------------------------------------ */

static void read_lk_row(struct rom_printed_reader *r, const char *line,
	const char *name, const char *sectors)
{
	const char *uuid = strstr(sectors, "uuid=");
	struct rom_printed_table *t = rom_printed_table_of(r, ROM_PRINTED_LK);
	struct rom_printed_row *row;
	uint64_t start, size, part;
	size_t len = strcspn(name, ",");

	/* a list begins anew with its first row */
	if (t->rows.n &&
		(strstr(line, "[0]name=") ||
			(strlen(t->rows.v[0].name) == len &&
				!strncmp(t->rows.v[0].name, name, len))))
		t = rom_printed_table_begin(r, ROM_PRINTED_LK);
	if (t->rows.n == 0 && t->unit == 1)
		t->unit = 0;
	if (!rom_printed_after(sectors, "start_sect", &start) ||
		!rom_printed_after(sectors, "nr_sects", &size)) {
		rom_printed_problem(
			r, "expected start_sect and nr_sects, two numbers");
		return;
	}
	row = rom_printed_row_add(
		r, (struct rom_word){ name, len }, start, size);
	if (row && uuid)
		row->has_unique = parse_guid(uuid + 5, false, row->unique);
	if (row && rom_printed_after(line, "part_id", &part) &&
		part == PART_USER)
		t->sector_size = EMMC_SECTOR;
}

bool rom_printed_read_lk(struct rom_printed_reader *r, const char *line)
{
	const char *name = strstr(line, "name="),
		   *sectors = strstr(line, "start_sect=");
	struct rom_printed_table *t =
		r->open ? &r->p.tables.v[r->p.tables.n - 1] : NULL;
	uint64_t size;

	if (name && sectors && name < sectors && strstr(sectors, "nr_sects=")) {
		read_lk_row(r, line, name + 5, sectors);
		return true;
	}
	if (!t || t->kind != ROM_PRINTED_LK ||
		!rom_printed_after(line, "EMMC_PART_USER size", &size))
		return false;
	t->sector_size = EMMC_SECTOR;
	t->device_size = size % EMMC_SECTOR ? 0 : size;
	return true;
}

/* Sectors of 4096 bytes are told by a first partition where those of 512 still
 * have the table. */
void rom_printed_end_lk(struct rom_printed_table *t)
{
	uint64_t first = UINT64_MAX;

	for (size_t i = 0; i < t->rows.n; i++)
		first = rom_min(first, t->rows.v[i].start);
	if (t->rows.n && first < FIRST_OF_EMMC)
		/* one of them is wrong, if the list says that it is an eMMC */
		t->sector_size = t->sector_size ? 0 : UFS_SECTOR;
	t->unit = 0;
	if (t->sector_size)
		rom_printed_set_unit(t, t->sector_size);
	if (end_of_rows(t) > t->device_size)
		t->device_size = 0;
}
