/* SPDX-License-Identifier: MIT */
/* printed_table.c - a table that a tool or the phone printed: as the table of a
 * dump that has none, and beside one that has */
#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <strings.h>

#include "table_priv.h"

enum {
	EMMC_SECTOR = 512,
	UFS_SECTOR = 4096,
	/* as much as the last partition of a phone leaves free at most */
	MAX_TAIL = 64 << 20,
};

/* The kernels of the MBR era print the names in lower case; all else has them
 * in upper case. */
static bool has_old_names(const struct rom_printed_table *t)
{
	static const char *const old[] = { "MBR", "EBR1", "USRDATA",
		"BOOTIMG" };

	for (size_t i = 0; i < t->rows.n; i++) {
		for (size_t k = 0; k < sizeof(old) / sizeof(*old); k++) {
			if (!strcasecmp(t->rows.v[i].name, old[k]))
				return true;
		}
	}
	return false;
}

static char *table_name(const char *name, bool old)
{
	size_t len = strlen(name);
	char *s = rom_is_utf8(name, len) ? rom_strdup(name)
					 : rom_printable(name, len);

	for (size_t i = 0; old && s[i]; i++)
		s[i] = (char)toupper((unsigned char)s[i]);
	return s;
}

/* ---- the size of its sectors --------------------------------------------- */

static uint64_t last_end(const struct rom_printed_row *rows, size_t n)
{
	uint64_t end = 0;

	for (size_t i = 0; i < n; i++)
		end = rom_max(end, rows[i].start + rows[i].size);
	return end;
}

/* Whether the rows, with sectors of that size, end where the image does. */
static bool ends_with(
	const struct rom_printed_table *t, uint32_t unit, uint64_t size)
{
	size_t n;
	ROM_AUTO struct rom_printed_row *rows = rom_printed_places(t, unit, &n);
	uint64_t end = last_end(rows, n);

	return end <= size && size - end <= rom_min(MAX_TAIL, size / 4);
}

/* What the numbers of t count; 0: nothing tells. */
static uint32_t unit_of(const struct rom_printed_table *t, uint64_t size)
{
	bool emmc, ufs;

	if (t->unit)
		return t->unit;
	emmc = ends_with(t, EMMC_SECTOR, size);
	ufs = ends_with(t, UFS_SECTOR, size);
	if (emmc == ufs)
		return 0;
	return emmc ? EMMC_SECTOR : UFS_SECTOR;
}

/* ---- as the table -------------------------------------------------------- */

/* A table's own range ends where the first partition begins, or begins where
 * the last one ends: /proc/partinfo gives it 512 KiB always. */
static struct rom_range table_range(
	const struct rom_report *r, struct rom_range range)
{
	const struct rom_partition *p;

	rom_each (p, &r->partitions) {
		if (p->range.offset >= range.offset && range.offset == 0)
			range.len = rom_min(range.len, p->range.offset);
	}
	return range;
}

static void add_printed_row(struct rom_report *r,
	const struct rom_printed_row *row, const char *name)
{
	struct rom_range range = { row->start, row->size };
	struct rom_partition *mine = rom_table_row_at(r, range.offset);
	bool is_table = !strcmp(name, "pgpt") || !strcmp(name, "sgpt");

	/* overlaps within the printed table are its own: they are noted */
	bool stays = r->table.kind == ROM_TABLE_PRINTED && !is_table;

	if (is_table)
		range = table_range(r, range);
	if (mine && r->table.kind != ROM_TABLE_PRINTED) {
		free(mine->name);
		mine->name = rom_strdup(name);
	} else if (range.len && (rom_table_is_free(r, range) || stays)) {
		rom_table_add(r, name, range, ROM_SOURCE_PRINTED)->is_table =
			is_table;
	}
}

static void add_rows(
	const struct rom_printed_table *t, uint32_t unit, struct rom_report *r)
{
	size_t n;
	ROM_AUTO struct rom_printed_row *rows = rom_printed_places(t, unit, &n);
	bool old = has_old_names(t);

	/* pgpt and sgpt last: they take what the others leave */
	for (int pass = 0; pass < 2; pass++) {
		for (size_t i = 0; i < n; i++) {
			ROM_AUTO char *name = table_name(rows[i].name, old);
			bool is_table =
				!strcmp(name, "pgpt") || !strcmp(name, "sgpt");

			if (is_table == (pass == 1))
				add_printed_row(r, &rows[i], name);
		}
	}
}

/* Rows that have no place become none of the report: it is said. */
static void note_left_out(
	struct rom_report *r, const struct rom_printed_table *t, uint32_t unit)
{
	size_t n, k = 0;
	ROM_AUTO struct rom_printed_row *rows = rom_printed_places(t, unit, &n);

	for (size_t i = 0; i < t->rows.n; i++) {
		const struct rom_printed_row *row = &t->rows.v[i];

		if (!rom_region_is_user(row->region))
			continue;
		if (k < n && rows[k].line == row->line)
			k++;
		else
			rom_report_note(r,
				row->from_end ? ROM_INFO : ROM_WARNING,
				row->name, ROM_NO_OFFSET,
				"line %u of the printed table: %s; it is left "
				"out",
				row->line,
				row->from_end ? "its place counts from the end "
						"of the medium, whose size is "
						"not printed"
				: !row->has_size || !row->size
					? "no length is printed for it"
					: "its place is one that no phone "
					  "has");
	}
}

void rom_table_add_printed(struct rom_image *img,
	const struct rom_table_options *options, struct rom_report *r)
{
	const struct rom_printed_table *t = options->printed;
	uint32_t unit = unit_of(t, img->size);

	if (!unit)
		unit = r->table.sector_size;
	add_rows(t, unit, r);
	note_left_out(r, t, unit);
}

/* printgpt serves any phone; all others are MediaTek's own. */
static enum rom_vendor vendor_of(
	const struct rom_printed_table *t, struct rom_report *r)
{
	return t->kind == ROM_PRINTED_GPT ? rom_table_vendor(r)
					  : ROM_VENDOR_MEDIATEK;
}

static void fill_table(const struct rom_table_options *options, uint32_t unit,
	struct rom_report *r)
{
	const struct rom_printed_table *t = options->printed;
	uint32_t sector = t->sector_size ? t->sector_size : unit;

	r->table = (struct rom_table){
		.kind = ROM_TABLE_PRINTED,
		.source = ROM_SOURCE_PRINTED,
		.sector_size = sector >= EMMC_SECTOR ? sector : EMMC_SECTOR,
		.region = t->region,
		.device_size = t->device_size,
	};
	if (sector == UFS_SECTOR)
		r->table.region = ROM_REGION_UFS_LU2;
}

/* A row that is missing would go unnoticed where the dump is cut short. */
static void note_sums(struct rom_image *img, const struct rom_printed_table *t,
	struct rom_report *r)
{
	rom_report_note(r, ROM_WARNING, NULL, 0,
		"it lists sizes only: the places are their sums from pgpt to "
		"sgpt, which make a medium of 0x%" PRIx64 " bytes%s",
		t->device_size,
		img->size == t->device_size
			? ", the size of this dump"
			: "; a row that is missing in it would shift all "
			  "others");
}

static enum rom_status read_printed(struct rom_image *img,
	const struct rom_table_options *options, struct rom_report *report,
	struct rom_err *err)
{
	const struct rom_printed_table *t = options->printed;
	uint32_t unit = t ? unit_of(t, img->size) : 0;
	uint64_t end = 0;
	const struct rom_partition *p;

	if (!t)
		return ROM_NO_MATCH;
	if (t->kind == ROM_PRINTED_GETVAR && img->size > t->device_size)
		return rom_fail(err, ROM_E_USAGE, ROM_NO_OFFSET,
			"%s: its sizes add up to 0x%" PRIx64
			" bytes, and this dump has 0x%" PRIx64
			": rows are missing, or it is of another phone",
			options->printed_name, t->device_size, img->size);
	if (!unit)
		return rom_fail(err, ROM_E_USAGE, ROM_NO_OFFSET,
			"%s: counts sectors, and nothing tells their size; "
			"give --sector 512 (eMMC) or --sector 4096 (UFS)",
			options->printed_name);
	fill_table(options, unit, report);
	rom_table_add_printed(img, options, report);
	if (report->partitions.n == 0)
		return ROM_NO_MATCH;
	rom_each (p, &report->partitions)
		end = rom_max(end, rom_range_end(p->range));
	report->table.vendor = vendor_of(t, report);
	report->complete = img->size >= rom_max(end, report->table.device_size);
	rom_table_finish(
		img, report, rom_max(img->size, report->table.device_size));
	rom_report_note(report, ROM_WARNING, NULL, 0,
		"this dump has no partition table: it is split as %s (%s, line "
		"%u) states; whether that was printed by this phone is not "
		"known, so check the contents below",
		options->printed_name, rom_printed_kind_name(t->kind), t->line);
	if (t->kind == ROM_PRINTED_GETVAR)
		note_sums(img, t, report);
	return ROM_OK;
}

const struct rom_table_reader rom_table_printed = { .read = read_printed };

/* ---- beside a table of the medium ---------------------------------------- */

struct comparing {
	struct rom_report *r;
	const char *file;
	bool starts, sizes;
	size_t differences;
};

static const struct rom_partition *find_row(
	const struct rom_report *r, const char *name)
{
	const struct rom_partition *p;

	rom_each (p, &r->partitions) {
		if (p->name && rom_region_is_user(p->region) &&
			(!strcasecmp(p->name, name) ||
				rom_partition_is_asked(p, name)))
			return p;
	}
	return NULL;
}

/* The length of an EBR is that of its sector in some, of its area in others;
 * and pgpt and sgpt are no partitions. */
static bool is_formal(const char *name)
{
	return !strncasecmp(name, "ebr", 3) || !strcasecmp(name, "MBR") ||
	       !strcmp(name, "pgpt") || !strcmp(name, "sgpt");
}

static void compare_row(struct comparing *c, const struct rom_printed_row *row)
{
	const struct rom_partition *p = find_row(c->r, row->name);
	ROM_AUTO char *name = rom_printable(row->name, strlen(row->name));
	uint64_t start = p ? rom_partition_start(p) : 0;

	if (is_formal(name))
		return;
	if (p && (!c->starts || start == row->start) &&
		(!c->sizes || p->open_end || p->range.len == row->size))
		return;
	c->differences++;
	if (!p)
		rom_report_note(c->r, ROM_WARNING, name, ROM_NO_OFFSET,
			"%s has it (line %u), the table of this dump has not",
			c->file, row->line);
	else if (!c->starts)
		rom_report_note(c->r, ROM_WARNING, name, ROM_NO_OFFSET,
			"%s (line %u) gives it 0x%" PRIx64
			" bytes, the table of this dump 0x%" PRIx64,
			c->file, row->line, row->size, p->range.len);
	else
		rom_report_note(c->r, ROM_WARNING, name, ROM_NO_OFFSET,
			"%s (line %u) has it at 0x%" PRIx64 " with 0x%" PRIx64
			" bytes, the table of this dump at 0x%" PRIx64
			" with 0x%" PRIx64,
			c->file, row->line, row->start, row->size, start,
			p->range.len);
}

static bool is_printed(
	const struct rom_printed_row *rows, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++) {
		if (!strcasecmp(rows[i].name, name))
			return true;
	}
	return false;
}

static void compare_missing(
	struct comparing *c, const struct rom_printed_row *rows, size_t n)
{
	/* notes are added meanwhile, rows are not */
	for (size_t i = 0; i < c->r->partitions.n; i++) {
		const struct rom_partition *p = &c->r->partitions.v[i];

		if (!p->name || p->parent || p->is_table ||
			!rom_region_is_user(p->region) || is_formal(p->name) ||
			is_printed(rows, n, p->name))
			continue;
		c->differences++;
		rom_report_note(c->r, ROM_WARNING, p->name, ROM_NO_OFFSET,
			"the table of this dump has it, %s has not", c->file);
	}
}

/* All rows of a list of sizes as if they had a place. */
static struct rom_printed_row *sized_rows(
	const struct rom_printed_table *t, size_t *ret_n)
{
	struct rom_printed_row *rows =
		rom_alloc((t->rows.n + 1) * sizeof(*rows));

	*ret_n = 0;
	for (size_t i = 0; i < t->rows.n; i++) {
		if (t->rows.v[i].has_size)
			rows[(*ret_n)++] = t->rows.v[i];
	}
	return rows;
}

size_t rom_table_compare_printed(struct rom_report *report,
	const struct rom_printed_table *printed, const char *name)
{
	struct comparing c = { .r = report,
		.file = name,
		.starts = printed->has_starts,
		/* MBR and EBR know only lengths that are too short or open */
		.sizes = report->table.kind != ROM_TABLE_MBR };
	size_t n;
	ROM_AUTO struct rom_printed_row *rows =
		printed->has_starts ? rom_printed_places(printed,
					      report->table.sector_size, &n)
				    : sized_rows(printed, &n);

	for (size_t i = 0; i < n; i++)
		compare_row(&c, &rows[i]);
	if (printed->has_starts && report->table.kind != ROM_TABLE_MBR)
		compare_missing(&c, rows, n);
	if (!c.differences)
		rom_report_note(report, ROM_INFO, NULL, ROM_NO_OFFSET,
			"this dump has its own partition table, which is used; "
			"%s agrees with it",
			name);
	return c.differences;
}
