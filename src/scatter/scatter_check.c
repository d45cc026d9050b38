/* SPDX-License-Identifier: MIT */
/*
 * scatter_check.c - compares a scatter file with the table of the medium, row
 * by row
 *
 * SP Flash Tool reads the table of the phone, compares name, offset and size of
 * each entry with the scatter file, and refuses with 4050 or 0xC003000A ("PMT
 * changed for the ROM; it must be downloaded") when one differs.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <strings.h>

#include "scatter_priv.h"

enum { UNIT = 0x20000, UFS_UNIT = 0x80000, CODE_MASK = 0xffff };

struct checking {
	const struct rom_scatter *s;
	const struct rom_report *r;
	struct rom_check *c;
	struct rom_scatter_place *places;
	bool ufs;
	/* rows of the report that match a row of the scatter file */
	bool *matched;
};

const char *rom_check_status_name(enum rom_check_status status)
{
	static const char *const names[] = { "same", "moved", "resized",
		"placeholder", "missing", "extra", "region" };

	return names[status];
}

/* ---- one row ------------------------------------------------------------- */

static const struct rom_partition *find_medium(
	struct checking *k, const char *name)
{
	const struct rom_partition *p;

	rom_each (p, &k->r->partitions) {
		size_t i = (size_t)(p - k->r->partitions.v);

		if (k->matched[i] || !p->name || p->parent ||
			!rom_region_is_user(p->region) || strcmp(p->name, name))
			continue;
		k->matched[i] = true;
		return p;
	}
	return NULL;
}

/* A code and an address are compared separately: WwR MTK writes both. */
static bool starts_same(const struct checking *k,
	const struct rom_scatter_place *place, const struct rom_partition *p)
{
	uint64_t back = k->r->table.device_size - rom_partition_start(p);

	if (!place->consistent)
		return false;
	if (place->has_code &&
		(back / (k->ufs ? UFS_UNIT : UNIT) & CODE_MASK) != place->code)
		return false;
	return place->by_code ||
	       (place->placed && place->range.offset == rom_partition_start(p));
}

static enum rom_check_status compare(const struct checking *k,
	const struct rom_scatter_place *place, const struct rom_partition *p)
{
	if (strcmp(place->region, rom_region_name(k->r->table.region)))
		return ROM_ROW_REGION;
	if (!starts_same(k, place, p))
		return ROM_ROW_MOVED;
	/* the sizes of v0 are only the distances of its addresses */
	if (k->s->form != ROM_SCATTER_V0 && place->range.len != p->range.len)
		return ROM_ROW_RESIZED;
	return ROM_ROW_SAME;
}

/* The preloader starts at 0 of a boot area. No table has its size: the values
 * that MediaTek's tools write are accepted. */
static enum rom_check_status check_loader(
	const struct checking *k, const struct rom_scatter_place *place)
{
	uint64_t base = k->r->table.linear_base, len = place->range.len;

	if (strncmp(place->region, "EMMC_BOOT", 9) &&
		strncmp(place->region, "UFS_LU0", 7))
		return ROM_ROW_REGION;
	if (place->range.offset || !place->consistent || place->by_code)
		return ROM_ROW_MOVED;
	if (k->s->form == ROM_SCATTER_V0 || len == 0x40000 || len == 0x80000 ||
		(base && len == base))
		return ROM_ROW_SAME;
	return ROM_ROW_RESIZED;
}

static void add_row(struct checking *k, size_t i)
{
	const struct rom_scatter_place *place = &k->places[i];
	const struct rom_partition *p;
	struct rom_check_row *row = rom_vec_add(&k->c->rows);

	row->name = rom_strdup(place->name);
	row->has_scatter = true;
	row->scatter = place->range;
	row->row = i;
	if (rom_scatter_is_loader(place->name)) {
		row->status = check_loader(k, place);
		return;
	}
	p = find_medium(k, place->name);
	row->partition = p;
	row->status = p ? compare(k, place, p) : ROM_ROW_EXTRA;
	row->has_medium = p != NULL;
	if (p)
		row->medium = (struct rom_range){ rom_partition_start(p),
			p->range.len };
	/* range.offset of a code depends on the sizes of the rows after it,
	 * which may be wrong: show the address that the code stands for */
	if (p && place->by_code && starts_same(k, place, p))
		row->scatter.offset = row->medium.offset;
}

static void add_missing(struct checking *k)
{
	const struct rom_partition *p;

	rom_each (p, &k->r->partitions) {
		struct rom_check_row *row;

		if (k->matched[p - k->r->partitions.v] || !p->name ||
			p->parent || !rom_region_is_user(p->region))
			continue;
		row = rom_vec_add(&k->c->rows);
		*row = (struct rom_check_row){
			.name = rom_strdup(p->name),
			.status = ROM_ROW_MISSING,
			.has_medium = true,
			.medium = { rom_partition_start(p), p->range.len },
			.row = SIZE_MAX,
			.partition = p,
		};
	}
}

static bool has_loader(const struct checking *k)
{
	for (size_t i = 0; i < k->c->section->rows.n; i++) {
		if (rom_scatter_is_loader(k->places[i].name))
			return true;
	}
	return false;
}

static enum rom_status check_table(
	const struct rom_report *r, struct rom_err *err)
{
	if (r->table.kind == ROM_TABLE_GPT || r->table.kind == ROM_TABLE_PMT)
		return ROM_OK;
	return rom_fail(err, ROM_E_USAGE, ROM_NO_OFFSET,
		"there is nothing to compare with: SP Flash Tool compares a "
		"GPT or PMT, and this dump has %s",
		r->table.kind == ROM_TABLE_MBR
			? "only MBR and EBR, which know neither names nor raw "
			  "partitions"
			: "no table of its own");
}

enum rom_status rom_scatter_check(const struct rom_scatter *s,
	const struct rom_report *report, struct rom_check *ret,
	struct rom_err *err)
{
	bool ufs = report->table.sector_size == 4096;
	struct rom_check c = { .section = rom_scatter_section(
				       s, ufs ? "UFS" : "EMMC") };
	struct checking k = { .s = s, .r = report, .c = &c, .ufs = ufs };
	enum rom_status st = check_table(report, err);

	if (st)
		return st;
	k.matched = rom_alloc(report->partitions.n + 1);
	k.places = rom_scatter_places(s, c.section, &report->table);
	for (size_t i = 0; i < c.section->rows.n; i++)
		add_row(&k, i);
	add_missing(&k);
	rom_scatter_conclude(s, report, has_loader(&k), &c);
	free(k.places);
	free(k.matched);
	*ret = c;
	return ROM_OK;
}

void rom_check_done(struct rom_check *c)
{
	struct rom_check_row *row;

	rom_each (row, &c->rows)
		free(row->name);
	rom_vec_done(&c->rows);
	free(c->reason);
	*c = (struct rom_check){ 0 };
}
