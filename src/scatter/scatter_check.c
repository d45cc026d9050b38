/* SPDX-License-Identifier: MIT */
/*
 * scatter_check.c - a scatter file against the table of the medium, row by row
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

#define PMT_CHANGED                                                            \
	"SP Flash Tool would say \"PMT changed for the ROM; it must be "       \
	"downloaded\" (4050, 0xC003000A)"

struct checking {
	const struct rom_scatter *s;
	const struct rom_report *r;
	struct rom_check *c;
	struct rom_scatter_place *places;
	bool ufs;
	/* rows of the report that a row of the scatter file has met */
	bool *seen;
};

const char *rom_check_status_name(enum rom_check_status status)
{
	static const char *const names[] = { "same", "moved", "resized",
		"placeholder", "missing", "extra", "region" };

	return names[status];
}

static bool is_userdata(const char *name)
{
	return !strcasecmp(name, "userdata") || !strcasecmp(name, "usrdata");
}

/* ---- one row ------------------------------------------------------------- */

static const struct rom_partition *find_medium(
	struct checking *k, const char *name)
{
	const struct rom_partition *p;

	rom_each (p, &k->r->partitions) {
		size_t i = (size_t)(p - k->r->partitions.v);

		if (k->seen[i] || !p->name || p->parent ||
			!rom_region_is_user(p->region) || strcmp(p->name, name))
			continue;
		k->seen[i] = true;
		return p;
	}
	return NULL;
}

/* A code and an address are compared each for itself: WwR MTK writes both. */
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

/* The loader lies in a boot area, which its file fills from 0; sizes are those
 * that MediaTek's tools write. */
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
	/* shown where it is meant to lie: behind the rows whose sizes may be
	 * wrong */
	if (p && place->by_code && starts_same(k, place, p))
		row->scatter.offset = row->medium.offset;
}

static void add_missing(struct checking *k)
{
	const struct rom_partition *p;

	rom_each (p, &k->r->partitions) {
		struct rom_check_row *row;

		if (k->seen[p - k->r->partitions.v] || !p->name || p->parent ||
			!rom_region_is_user(p->region))
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

/* ---- what it means ------------------------------------------------------- */

static size_t count(const struct rom_check *c, enum rom_check_status status)
{
	const struct rom_check_row *row;
	size_t n = 0;

	rom_each (row, &c->rows)
		n += row->status == status;
	return n;
}

/* Userdata alone differs, and has a size that tools write: a template nobody
 * filled in. */
static void find_placeholder(struct rom_check *c)
{
	struct rom_check_row *row, *data = NULL;
	size_t bad = 0;

	rom_each (row, &c->rows) {
		bad += row->status != ROM_ROW_SAME;
		if (row->status == ROM_ROW_RESIZED && is_userdata(row->name))
			data = row;
	}
	if (data && bad == 1 && data->scatter.len < data->medium.len &&
		data->scatter.len % UNIT == 0)
		data->status = ROM_ROW_PLACEHOLDER;
}

static bool only_the_end_differs(const struct rom_check *c)
{
	const struct rom_check_row *row;

	rom_each (row, &c->rows) {
		if (row->status == ROM_ROW_MISSING ||
			row->status == ROM_ROW_EXTRA ||
			row->status == ROM_ROW_REGION)
			return false;
	}
	return true;
}

static bool is_resized_userdata(const struct rom_check *c)
{
	const struct rom_check_row *row;

	rom_each (row, &c->rows) {
		if (row->status == ROM_ROW_RESIZED && is_userdata(row->name))
			return true;
	}
	return false;
}

static char *reason_of_rows(const struct rom_check *c)
{
	size_t missing = count(c, ROM_ROW_MISSING),
	       extra = count(c, ROM_ROW_EXTRA);
	size_t bad = c->rows.n - count(c, ROM_ROW_SAME);

	if (bad == 1 && count(c, ROM_ROW_PLACEHOLDER) == 1)
		return rom_strdup(
			"userdata has a placeholder, the size of a template, "
			"instead of its true size (romsplit check --fix "
			"corrects it); " PMT_CHANGED);
	if (bad == 1 && is_resized_userdata(c))
		return rom_strdup("only userdata has another size: the scatter "
				  "file of another variant of this phone (16 "
				  "or 32 GB); " PMT_CHANGED);
	if (missing + extra > c->rows.n / 3 && missing && extra)
		return rom_strdup(
			"this is the scatter file of another phone: the "
			"partitions have other names; " PMT_CHANGED);
	if (only_the_end_differs(c) && bad > 1)
		return rom_format(
			"the partitions are the same, but %zu of them lie "
			"elsewhere or have another size: the scatter "
			"file of another variant of this phone (16 or 32 GB) "
			"or of another release; " PMT_CHANGED,
			bad);
	return rom_format(
		"%zu row%s differ%s from the phone's table; " PMT_CHANGED, bad,
		bad == 1 ? "" : "s", bad == 1 ? "s" : "");
}

/* Chips that answer to each other's names. */
static bool same_chip(const char *a, const char *b)
{
	static const char *const families[][4] = { { "MT6750", "MT6755" },
		{ "MT6771", "MT8183", "MT8385" },
		{ "MT6765", "MT6762", "MT8768" }, { "MT6768", "MT6769" },
		{ "MT6582", "MT6574", "MT8382" }, { "MT6592", "MT8392" },
		{ "MT6589", "MT6583" }, { "MT6797", "MT6767" } };

	if (!strncasecmp(a, b, 6))
		return true;
	for (size_t i = 0; i < sizeof(families) / sizeof(*families); i++) {
		size_t hits = 0;

		for (size_t k = 0; k < 4 && families[i][k]; k++)
			if (!strncasecmp(families[i][k], a, 6) ||
				!strncasecmp(families[i][k], b, 6))
				hits++;
		if (hits == 2)
			return true;
	}
	return false;
}

bool rom_scatter_known_version(const struct rom_scatter *s)
{
	static const char *const known[] = { "V1.1.0", "V1.1.1", "V1.1.2",
		"V1.1.3", "V1.1.4", "V1.1.5", "V1.1.6", "V1.1.7", "V1.1.8",
		"V2.1.0", "V2.2.0" };

	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++) {
		if (!s->version || !strcmp(s->version, known[i]))
			return true;
	}
	return false;
}

static const char *download_of_none(const struct rom_scatter_section *section)
{
	const struct rom_scatter_row *row;

	rom_each (row, &section->rows) {
		if (rom_scatter_says(row, ROM_KEY_DOWNLOAD, "true") &&
			(rom_scatter_says(row, ROM_KEY_FILE, "NONE") ||
				rom_scatter_says(row, ROM_KEY_TYPE, "NONE")))
			return row->value[ROM_KEY_NAME];
	}
	return NULL;
}

static const char *unknown_key(const struct rom_scatter_section *section)
{
	const struct rom_scatter_row *row;

	rom_each (row, &section->rows) {
		if (row->extra.n)
			return row->extra.v[0].key;
	}
	return NULL;
}

/* What SP Flash Tool refuses before it looks at the phone. NULL: nothing. */
static char *reason_of_file(const struct checking *k)
{
	const char *key = unknown_key(k->c->section),
		   *name = download_of_none(k->c->section);
	const char *chip = k->r->platform.chip;

	if (key)
		return rom_format("it has a key %s, which SP Flash Tool does "
				  "not know (0xC003000D)",
			key);
	if (!rom_scatter_known_version(k->s))
		return rom_format(
			"its version %s is unknown to SP Flash Tool (5079)",
			k->s->version);
	if (name)
		return rom_format("%s has is_download: true without a file or "
				  "type, which SP Flash Tool refuses (5011)",
			name);
	if (chip && k->s->platform && !same_chip(k->s->platform, chip))
		return rom_format("it is for %s, and this phone is a %s: SP "
				  "Flash Tool refuses it (3184, 0xC003000F)",
			k->s->platform, chip);
	return NULL;
}

static bool has_loader(const struct checking *k)
{
	for (size_t i = 0; i < k->c->section->rows.n; i++) {
		if (rom_scatter_is_loader(k->places[i].name))
			return true;
	}
	return false;
}

static void decide(struct checking *k)
{
	struct rom_check *c = k->c;

	find_placeholder(c);
	c->reason = reason_of_file(k);
	if (!c->reason && count(c, ROM_ROW_SAME) < c->rows.n)
		c->reason = reason_of_rows(c);
	if (!c->reason && !has_loader(k))
		c->reason = rom_strdup("it has no preloader row, without which "
				       "SP Flash Tool downloads nothing");
	c->accepted = !c->reason;
	if (c->accepted)
		c->reason = rom_strdup("every row agrees with the phone's "
				       "table: SP Flash Tool would accept it");
}

static enum rom_status refuse(const struct rom_report *r, struct rom_err *err)
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
	enum rom_status st = refuse(report, err);

	if (st)
		return st;
	k.seen = rom_alloc(report->partitions.n + 1);
	k.places = rom_scatter_places(s, c.section, &report->table);
	for (size_t i = 0; i < c.section->rows.n; i++)
		add_row(&k, i);
	add_missing(&k);
	decide(&k);
	free(k.places);
	free(k.seen);
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
