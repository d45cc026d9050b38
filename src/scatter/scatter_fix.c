/* SPDX-License-Identifier: MIT */
/* scatter_fix.c - corrects the user's scatter file to match the medium, keeping
 * its form and layout */
#include <ctype.h>
#include <stdlib.h>

#include "scatter_priv.h"

struct fixing {
	struct rom_scatter *s;
	struct rom_scatter_section *section;
	const struct rom_report *r;
	bool linear_only; /* physical addresses are all 0 */
	uint64_t base;	  /* linear address of the start of the user area */
};

static bool is_upper(const char *number)
{
	for (const char *c = number ? number + 2 : ""; *c; c++) {
		if (isalpha((unsigned char)*c))
			return isupper((unsigned char)*c);
	}
	return false;
}

static void set_number(
	struct rom_scatter_row *row, enum rom_scatter_key key, uint64_t n)
{
	if (row->value[key])
		rom_scatter_set_number(row, key, n, is_upper(row->value[key]));
}

static uint64_t code_of(const struct fixing *f, uint64_t start)
{
	uint64_t unit = f->r->table.sector_size == 4096 ? 0x80000 : 0x20000;

	return 0xffff0000 | ((f->r->table.device_size - start) / unit & 0xffff);
}

/* Adds a missing address where the linear and the physical one differ: then
 * neither can be derived from the other. */
static void set_address(const struct fixing *f, struct rom_scatter_row *row,
	enum rom_scatter_key key, uint64_t n)
{
	bool upper = is_upper(row->value[ROM_KEY_LINEAR]
				      ? row->value[ROM_KEY_LINEAR]
				      : row->value[ROM_KEY_PHYSICAL]);
	bool both = f->s->form != ROM_SCATTER_V0 && (f->base || f->linear_only);

	if (row->value[key] || both)
		rom_scatter_set_number(row, key, n, upper);
}

static void fix_region(const struct fixing *f, struct rom_scatter_row *row)
{
	bool reported = row->value[ROM_KEY_REGION] ||
			(f->s->form != ROM_SCATTER_V0 &&
				f->r->table.region != ROM_REGION_EMMC_USER);

	if (reported)
		rom_scatter_set(row, ROM_KEY_REGION,
			rom_region_name(f->r->table.region));
}

static void fix_place(const struct fixing *f, struct rom_scatter_row *row,
	struct rom_range medium)
{
	bool coded = row->linear >> 16 == 0xffff,
	     both = row->physical >> 16 == 0xffff;
	uint64_t linear =
		coded ? code_of(f, medium.offset) : f->base + medium.offset;
	uint64_t physical = both ? code_of(f, medium.offset) : medium.offset;

	set_address(f, row, ROM_KEY_LINEAR, linear);
	set_address(f, row, ROM_KEY_PHYSICAL, f->linear_only ? 0 : physical);
	set_number(row, ROM_KEY_SIZE, medium.len);
	fix_region(f, row);
}

static void fix_loader(const struct fixing *f, struct rom_scatter_row *row)
{
	const char *region = row->value[ROM_KEY_REGION];
	uint64_t base = f->r->table.linear_base;

	set_number(row, ROM_KEY_LINEAR, 0);
	set_number(row, ROM_KEY_PHYSICAL, 0);
	if (row->size != 0x40000 && row->size != 0x80000)
		set_number(row, ROM_KEY_SIZE, base ? base : 0x40000);
	if (region && strncmp(region, "EMMC_BOOT", 9) &&
		strncmp(region, "UFS_LU0", 7))
		rom_scatter_set(row, ROM_KEY_REGION,
			f->r->table.sector_size == 4096 ? "UFS_LU0_LU1"
							: "EMMC_BOOT_1");
}

/* The base of the rows that are consistent with each other; else that of the
 * medium's table. */
static uint64_t base_of(const struct fixing *f)
{
	ROM_AUTO struct rom_scatter_place *places =
		rom_scatter_places(f->s, f->section, &f->r->table);

	for (size_t i = 0; i < f->section->rows.n && !f->linear_only; i++) {
		const struct rom_scatter_place *place = &places[i];

		if (place->consistent && !place->has_code &&
			!strcmp(place->region,
				rom_region_name(f->r->table.region)))
			return f->section->rows.v[i].linear -
			       place->range.offset;
	}
	return f->r->table.linear_base;
}

/* ---- removing and adding rows -------------------------------------------- */

static void remove_marked(
	struct rom_scatter_section *section, const bool *is_extra)
{
	size_t to = 0;

	for (size_t i = 0; i < section->rows.n; i++) {
		if (is_extra[i])
			rom_scatter_row_done(&section->rows.v[i]);
		else
			section->rows.v[to++] = section->rows.v[i];
	}
	section->rows.n = to;
}

/* After the last row that begins before it; rows with a code for the end remain
 * last. */
static size_t insert_position(const struct rom_scatter_section *section,
	const struct rom_scatter_row *row)
{
	size_t offset = 0;

	for (size_t i = 0; i < section->rows.n; i++) {
		const struct rom_scatter_row *r = &section->rows.v[i];

		if (r->linear <= row->linear && (!r->reserved || row->reserved))
			offset = i + 1;
	}
	return offset;
}

static void insert_row(struct rom_scatter_section *section, size_t offset,
	const struct rom_scatter_row *row)
{
	rom_vec_add(&section->rows);
	memmove(&section->rows.v[offset + 1], &section->rows.v[offset],
		(section->rows.n - 1 - offset) * sizeof(*row));
	section->rows.v[offset] = *row;
}

/* Gives the row the same keys as the rows of the file. */
static void match_keys(
	const struct rom_scatter_section *section, struct rom_scatter_row *row)
{
	for (size_t k = 0; k < ROM_SCATTER_KEYS && section->rows.n; k++) {
		if (section->rows.v[0].value[k])
			continue;
		free(row->value[k]);
		row->value[k] = NULL;
	}
	for (size_t k = 0; k < ROM_SCATTER_KEYS && section->rows.n; k++) {
		if (section->rows.v[0].value[k] && !row->value[k])
			rom_scatter_set(row, (enum rom_scatter_key)k, "false");
	}
}

/* Moves the row for a partition from all to the section; NULL: the row of the
 * preloader, which is the first. */
static void add_missing(const struct fixing *f, struct rom_scatter_section *all,
	const struct rom_partition *p)
{
	for (size_t i = 0; i < all->rows.n; i++) {
		struct rom_scatter_row row = all->rows.v[i];

		if (p ? row.partition != p : i > 0)
			continue;
		if (!row.value[ROM_KEY_NAME])
			return;
		all->rows.v[i] = (struct rom_scatter_row){ 0 };
		match_keys(f->section, &row);
		if (p)
			fix_place(f, &row,
				(struct rom_range){
					rom_partition_start(p), p->range.len });
		insert_row(f->section,
			p ? insert_position(f->section, &row) : 0, &row);
		return;
	}
}

static bool has_loader(const struct fixing *f)
{
	ROM_AUTO struct rom_scatter_place *places =
		rom_scatter_places(f->s, f->section, &f->r->table);

	for (size_t i = 0; i < f->section->rows.n; i++) {
		if (rom_scatter_is_loader(places[i].name))
			return true;
	}
	return false;
}

/* Adds rows for partitions that the phone has and the file does not, taken from
 * a new scatter file for the phone. */
static void add_all_missing(
	const struct fixing *f, const struct rom_check *check)
{
	struct rom_scatter_options options = { .style = ROM_STYLE_FACTORY };
	const struct rom_check_row *found;
	struct rom_scatter all;
	struct rom_err err;

	if (rom_scatter_make(f->r, &options, &all, &err))
		return;
	if (f->s->form == ROM_SCATTER_V0)
		rom_scatter_convert(&all, "v0", &err);
	if (!has_loader(f))
		add_missing(f, &all.sections.v[0], NULL);
	rom_each (found, &check->rows) {
		if (found->status == ROM_ROW_MISSING)
			add_missing(f, &all.sections.v[0], found->partition);
	}
	rom_scatter_done(&all);
}

static void number_rows(struct rom_scatter_section *section)
{
	for (size_t i = 0; i < section->rows.n; i++) {
		ROM_AUTO char *index = rom_format("SYS%zu", i);

		if (section->rows.v[i].value[ROM_KEY_INDEX])
			rom_scatter_set(
				&section->rows.v[i], ROM_KEY_INDEX, index);
	}
}

/* A row with the right physical address may have a linear address with another
 * base than the corrected rows. */
static void fix_linear(const struct fixing *f, struct rom_scatter_row *row,
	const struct rom_check_row *found)
{
	uint64_t linear = f->base + found->medium.offset;

	if (f->base && found->has_medium && row->linear >> 16 != 0xffff &&
		row->linear != linear)
		set_number(row, ROM_KEY_LINEAR, linear);
}

static void fix_row(
	struct fixing *f, const struct rom_check_row *found, bool *is_extra)
{
	struct rom_scatter_row *row = &f->section->rows.v[found->row];

	if (found->status == ROM_ROW_SAME)
		fix_linear(f, row, found);
	else if (found->status == ROM_ROW_EXTRA)
		is_extra[found->row] = true;
	else if (found->has_medium)
		fix_place(f, row, found->medium);
	else
		fix_loader(f, row);
}

static void fix_downloads(struct rom_scatter_section *section)
{
	struct rom_scatter_row *row;

	rom_each (row, &section->rows) {
		if (rom_scatter_says(row, ROM_KEY_FILE, "NONE") ||
			rom_scatter_says(row, ROM_KEY_TYPE, "NONE"))
			rom_scatter_set(row, ROM_KEY_DOWNLOAD,
				row->value[ROM_KEY_DOWNLOAD] ? "false" : NULL);
	}
}

static void set_version(struct rom_scatter *s)
{
	const char *version = rom_scatter_is_v2(s)	   ? "V2.1.0"
			      : s->form == ROM_SCATTER_XML ? "V1.1.8"
							   : "V1.1.2";

	free(s->version);
	s->version = rom_strdup(version);
}

/* Removes what SP Flash Tool does not know and would refuse: keys, a
 * version. */
static void fix_words(struct fixing *f)
{
	struct rom_scatter_row *row;

	rom_each (row, &f->section->rows) {
		rom_scatter_pairs_done(row->extra.v, row->extra.n);
		row->extra.n = 0;
	}
	if (!rom_scatter_known_version(f->s))
		set_version(f->s);
	if (f->r->platform.chip && f->s->platform) {
		free(f->s->platform);
		f->s->platform = rom_strdup(f->r->platform.chip);
	}
}

void rom_scatter_fix(struct rom_scatter *s, const struct rom_report *report,
	struct rom_check *check)
{
	struct fixing f = { .s = s, .r = report };
	const struct rom_check_row *found;
	bool *is_extra;

	for (size_t i = 0; i < s->sections.n; i++) {
		if (&s->sections.v[i] == check->section)
			f.section = &s->sections.v[i];
	}
	f.linear_only = rom_scatter_linear_only(s, f.section);
	f.base = base_of(&f);
	is_extra = rom_alloc(f.section->rows.n + 1);
	rom_each (found, &check->rows) {
		if (found->row != SIZE_MAX)
			fix_row(&f, found, is_extra);
	}
	remove_marked(f.section, is_extra);
	free(is_extra);
	add_all_missing(&f, check);
	number_rows(f.section);
	fix_downloads(f.section);
	fix_words(&f);
	rom_check_done(check);
}
