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

const char *rom_check_status_name(enum rom_check_status status)
{
	static const char *const names[] = { "same", "moved", "resized",
		"placeholder", "placed-by-tool", "missing", "extra", "region" };

	return names[status];
}

bool rom_check_status_fits(enum rom_check_status status)
{
	return status == ROM_ROW_SAME || status == ROM_ROW_PLACEHOLDER ||
	       status == ROM_ROW_PLACED;
}

/* ---- one row ------------------------------------------------------------- */

static const struct rom_partition *find_medium(
	struct scatter_checking *k, const char *name)
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
static bool starts_same(const struct scatter_checking *k,
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

/* sgpt is no row of the phone's table: what is left at the end is its room. */
static bool fits_room(
	const struct rom_scatter_place *place, const struct rom_partition *p)
{
	return place->range.len == p->range.len ||
	       (p->is_table && place->range.len < p->range.len);
}

static enum rom_check_status compare(const struct scatter_checking *k, size_t i,
	const struct rom_partition *p)
{
	const struct rom_scatter_place *place = &k->places[i];
	/* the sizes of v0 are only the distances of its addresses */
	bool sized = k->s->form != ROM_SCATTER_V0,
	     same = !sized || place->range.len == p->range.len;

	if (strcmp(place->region, rom_region_name(k->r->table.region)))
		return ROM_ROW_REGION;
	if (starts_same(k, place, p) && same)
		return ROM_ROW_SAME;
	if (rom_scatter_placed_by_tool(k, place, p))
		return same || fits_room(place, p) ? ROM_ROW_PLACED
						   : ROM_ROW_RESIZED;
	if (!starts_same(k, place, p))
		return ROM_ROW_MOVED;
	return rom_scatter_grows(k, i, p) ? ROM_ROW_PLACEHOLDER
					  : ROM_ROW_RESIZED;
}

/* The loader lies in a boot area, which its file fills from 0. No table has it,
 * so its size is compared with nothing. */
static enum rom_check_status check_loader(
	const struct scatter_checking *k, const struct rom_scatter_place *place)
{
	if (!rom_scatter_is_boot_region(place->region, k->ufs))
		return ROM_ROW_REGION;
	if (place->range.offset || !place->consistent || place->by_code)
		return ROM_ROW_MOVED;
	return ROM_ROW_SAME;
}

/* What MediaTek's tools write. */
static bool usual_loader_size(
	const struct scatter_checking *k, const struct rom_scatter_place *place)
{
	uint64_t base = k->r->table.linear_base, len = place->range.len;

	return k->s->form == ROM_SCATTER_V0 || len == 0x40000 ||
	       len == 0x80000 || (base && len == base);
}

static const char *note_of(
	const struct rom_check_row *row, const struct rom_scatter_row *scatter)
{
	if (row->status == ROM_ROW_PLACED)
		return "the tool places it at the end of the storage itself";
	if (row->status != ROM_ROW_PLACEHOLDER)
		return NULL;
	if (scatter->size == 0)
		return "size 0 (placeholder) means the rest of the storage: it "
		       "grows to the end";
	return "it has the size of a template (placeholder) and grows to the "
	       "end of the phone's storage";
}

static void add_row(struct scatter_checking *k, size_t i)
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
		if (row->status == ROM_ROW_SAME && !usual_loader_size(k, place))
			row->note = "an unusual size; it is in no partition "
				    "table, so nothing compares it";
		return;
	}
	p = find_medium(k, place->name);
	row->partition = p;
	row->status = p ? compare(k, i, p) : ROM_ROW_EXTRA;
	row->note = note_of(row, &k->c->section->rows.v[i]);
	row->has_medium = p != NULL;
	if (p)
		row->medium = (struct rom_range){ rom_partition_start(p),
			p->range.len };
	/* range.offset of a code depends on the sizes of the rows after it,
	 * which may be wrong: show the address that the code stands for */
	if (p && place->by_code && rom_check_status_fits(row->status))
		row->scatter.offset = row->medium.offset;
}

static void add_missing(struct scatter_checking *k)
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

static bool has_loader(const struct scatter_checking *k)
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
	if (r->table.kind == ROM_TABLE_GPT || r->table.kind == ROM_TABLE_PMT ||
		r->table.kind == ROM_TABLE_PRINTED)
		return ROM_OK;
	return rom_fail(err, ROM_E_USAGE, ROM_NO_OFFSET,
		"there is nothing to compare with: SP Flash Tool compares a "
		"GPT or PMT, and this dump has %s",
		r->table.kind == ROM_TABLE_MBR
			? "only MBR and EBR, which know neither names nor raw "
			  "partitions"
			: "no table of its own");
}

/* No row speaks of the kind of storage that the phone has. */
static bool is_other_storage(const struct scatter_checking *k)
{
	size_t other = 0;

	for (size_t i = 0; i < k->c->section->rows.n; i++) {
		bool ufs = !strncmp(k->places[i].region, "UFS_", 4),
		     emmc = !strncmp(k->places[i].region, "EMMC_", 5);

		if (k->ufs ? ufs : emmc)
			return false;
		other += ufs || emmc;
	}
	return other > 0;
}

static void compare_rows(struct scatter_checking *k)
{
	size_t n = k->c->section->rows.n;

	k->c->other_storage = is_other_storage(k);
	if (k->c->other_storage)
		return;
	k->last_plain = rom_scatter_last_plain(k);
	for (size_t i = 0; i < n; i++)
		add_row(k, i);
	add_missing(k);
}

enum rom_status rom_scatter_check(const struct rom_scatter *s,
	const struct rom_report *report, struct rom_check *ret,
	struct rom_err *err)
{
	bool ufs = report->table.sector_size == 4096;
	struct rom_check c = { .section = rom_scatter_section(
				       s, ufs ? "UFS" : "EMMC") };
	struct scatter_checking k = {
		.s = s, .r = report, .c = &c, .ufs = ufs
	};
	enum rom_status st = check_table(report, err);

	if (st)
		return st;
	k.matched = rom_alloc(report->partitions.n + 1);
	k.places = rom_scatter_places(s, c.section, &report->table);
	compare_rows(&k);
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
