/* SPDX-License-Identifier: MIT */
/* scatter_fix.c - the scatter file the user has, with what the medium says, in its own form and spelling */
#include <ctype.h>
#include <stdlib.h>

#include "scatter_priv.h"

struct fixing {
	struct rom_scatter *s;
	struct rom_scatter_section *section;
	const struct rom_report *r;
	bool linear_only; /* physical addresses are all 0 */
};

static bool is_upper(const char *number)
{
	for (const char *c = number ? number + 2 : ""; *c; c++) {
		if (isalpha((unsigned char)*c))
			return isupper((unsigned char)*c);
	}
	return false;
}

static void set_number(struct rom_scatter_row *row, enum rom_scatter_key key, uint64_t n)
{
	if (row->value[key])
		rom_scatter_set_number(row, key, n, is_upper(row->value[key]));
}

static uint64_t code_of(const struct fixing *f, uint64_t start)
{
	uint64_t unit = f->r->table.sector_size == 4096 ? 0x80000 : 0x20000;

	return 0xffff0000 | ((f->r->table.device_size - start) / unit & 0xffff);
}

static void fix_place(const struct fixing *f, struct rom_scatter_row *row, struct rom_range medium)
{
	uint64_t base = f->r->table.linear_base;
	bool coded = row->linear >> 16 == 0xffff, both = row->physical >> 16 == 0xffff;
	uint64_t physical = both ? code_of(f, medium.at) : medium.at;

	set_number(row, ROM_KEY_LINEAR, coded ? code_of(f, medium.at) : base + medium.at);
	set_number(row, ROM_KEY_PHYSICAL, f->linear_only ? 0 : physical);
	set_number(row, ROM_KEY_SIZE, medium.len);
	if (row->value[ROM_KEY_REGION])
		rom_scatter_set(row, ROM_KEY_REGION, f->r->table.region);
}

static void fix_loader(const struct fixing *f, struct rom_scatter_row *row)
{
	const char *region = row->value[ROM_KEY_REGION];
	uint64_t base = f->r->table.linear_base;

	set_number(row, ROM_KEY_LINEAR, 0);
	set_number(row, ROM_KEY_PHYSICAL, 0);
	if (row->size != 0x40000 && row->size != 0x80000)
		set_number(row, ROM_KEY_SIZE, base ? base : 0x40000);
	if (region && strncmp(region, "EMMC_BOOT", 9) && strncmp(region, "UFS_LU0", 7))
		rom_scatter_set(row, ROM_KEY_REGION,
			f->r->table.sector_size == 4096 ? "UFS_LU0_LU1" : "EMMC_BOOT_1");
}

static bool all_physical_zero(const struct rom_scatter_section *section)
{
	const struct rom_scatter_row *row;
	size_t other = 0;

	rom_each (row, &section->rows)
		other += row->physical != 0;
	return other * 2 < section->rows.n && section->rows.n > 2;
}

/* ---- rows that must go, rows that must come ----------------------------------------------------------------------- */

static void remove_marked(struct rom_scatter_section *section, const bool *gone)
{
	size_t to = 0;

	for (size_t i = 0; i < section->rows.n; i++) {
		if (gone[i])
			rom_scatter_row_done(&section->rows.v[i]);
		else
			section->rows.v[to++] = section->rows.v[i];
	}
	section->rows.n = to;
}

static void insert(struct rom_scatter_section *section, const struct rom_scatter_row *row)
{
	size_t at = 0;

	/* behind the last row that begins before it; codes for the end stay behind */
	for (size_t i = 0; i < section->rows.n; i++) {
		const struct rom_scatter_row *r = &section->rows.v[i];

		if (r->linear <= row->linear && (!r->reserved || row->reserved))
			at = i + 1;
	}
	rom_vec_add(&section->rows);
	memmove(&section->rows.v[at + 1], &section->rows.v[at],
		(section->rows.n - 1 - at) * sizeof(*row));
	section->rows.v[at] = *row;
}

/* Only the keys that the rows of the file have. */
static void like_the_others(const struct rom_scatter_section *section, struct rom_scatter_row *row)
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

static void add_missing(const struct fixing *f, const struct rom_partition *p)
{
	struct rom_scatter_wish wish = { .style = ROM_STYLE_FACTORY };
	struct rom_scatter all;
	struct rom_scatter_section *made;
	struct rom_err err;

	if (rom_scatter_make(f->r, &wish, &all, &err))
		return;
	if (f->s->form == ROM_SCATTER_V0)
		rom_scatter_convert(&all, "v0", &err);
	made = &all.sections.v[0];
	for (size_t i = 0; i < made->rows.n; i++) {
		struct rom_scatter_row row = made->rows.v[i];

		if (row.partition != p)
			continue;
		made->rows.v[i] = (struct rom_scatter_row){ 0 };
		like_the_others(f->section, &row);
		if (f->linear_only)
			set_number(&row, ROM_KEY_PHYSICAL, 0);
		insert(f->section, &row);
	}
	rom_scatter_done(&all);
}

static void number_rows(struct rom_scatter_section *section)
{
	for (size_t i = 0; i < section->rows.n; i++) {
		ROM_AUTO char *index = rom_format("SYS%zu", i);

		if (section->rows.v[i].value[ROM_KEY_INDEX])
			rom_scatter_set(&section->rows.v[i], ROM_KEY_INDEX, index);
	}
}

static void fix_row(struct fixing *f, const struct rom_check_row *found, bool *gone)
{
	struct rom_scatter_row *row = &f->section->rows.v[found->row];

	if (found->status == ROM_ROW_SAME)
		return;
	if (found->status == ROM_ROW_EXTRA)
		gone[found->row] = true;
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

void rom_scatter_fix(
	struct rom_scatter *s, const struct rom_report *report, struct rom_check *check)
{
	struct fixing f = { .s = s, .r = report };
	const struct rom_check_row *found;
	bool *gone;

	for (size_t i = 0; i < s->sections.n; i++) {
		if (&s->sections.v[i] == check->section)
			f.section = &s->sections.v[i];
	}
	f.linear_only = s->form != ROM_SCATTER_V0 && all_physical_zero(f.section);
	gone = rom_alloc(f.section->rows.n + 1);
	rom_each (found, &check->rows) {
		if (found->row != SIZE_MAX)
			fix_row(&f, found, gone);
	}
	remove_marked(f.section, gone);
	free(gone);
	rom_each (found, &check->rows) {
		if (found->status == ROM_ROW_MISSING)
			add_missing(&f, found->partition);
	}
	number_rows(f.section);
	fix_downloads(f.section);
	if (report->platform.chip && s->platform) {
		free(s->platform);
		s->platform = rom_strdup(report->platform.chip);
	}
	rom_check_done(check);
}
