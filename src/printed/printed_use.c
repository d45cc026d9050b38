/* SPDX-License-Identifier: MIT */
/* printed_use.c - a printed table as the table of a dump */
#include <stdlib.h>
#include <strings.h>

#include "printed_priv.h"

/* no phone is that large, and nothing added to it wraps */
#define MAX_END ((uint64_t)1 << 56)

bool rom_printed_set_unit(struct rom_printed_table *t, uint32_t unit)
{
	uint32_t factor = t->unit ? 1 : unit;
	uint64_t a, b;

	if (t->sector_size && t->sector_size != unit)
		return false;
	for (size_t i = 0; i < t->rows.n; i++) {
		if (!rom_mul(t->rows.v[i].start, factor, &a) ||
			!rom_mul(t->rows.v[i].size, factor, &b))
			return false;
	}
	t->unit = t->unit ? t->unit : unit;
	t->sector_size = unit;
	t->region = unit == 4096 ? ROM_REGION_UFS_LU2 : t->region;
	for (size_t i = 0; i < t->rows.n; i++) {
		struct rom_printed_row *row = &t->rows.v[i];

		row->start *= factor;
		row->size *= factor;
		if (rom_region_is_user(row->region))
			row->region = t->region;
	}
	return true;
}

enum rom_status rom_printed_choose(const struct rom_printed *p,
	const char *name, const struct rom_printed_table **ret,
	struct rom_err *err)
{
	const struct rom_printed_table *t, *first = NULL;
	bool nand = false, sizes = false;

	rom_each (t, &p->tables) {
		nand |= t->is_nand;
		sizes |= !t->has_starts;
		if (t->is_nand || !t->has_starts)
			continue;
		if (first)
			return rom_fail(err, ROM_E_USAGE, ROM_NO_OFFSET,
				"%s: has several tables that differ (in line "
				"%u %s, in line %u %s); leave only that of "
				"this medium in the file",
				name, first->line,
				rom_printed_kind_name(first->kind), t->line,
				rom_printed_kind_name(t->kind));
		first = t;
	}
	if (!first)
		return rom_fail(err, ROM_E_USAGE, ROM_NO_OFFSET, "%s: %s", name,
			nand	? "is the table of a NAND chip, not of an eMMC "
				  "or UFS"
			: sizes ? "lists sizes, but not where the partitions "
				  "begin, so it cannot serve as a table"
				: "no table is printed in it (known: mtkclient "
				  "printgpt, [GPT_LK] of MediaTek's loader, "
				  "/proc/dumchar_info, /proc/emmc, "
				  "/proc/partinfo)");
	*ret = first;
	return ROM_OK;
}

/* Tables of old phones may count from the start of BOOT1: the user area begins
 * with the MBR. */
static uint64_t linear_base(const struct rom_printed_table *t)
{
	for (size_t i = 0; i < t->rows.n; i++) {
		if (!strcasecmp(t->rows.v[i].name, "MBR"))
			return t->rows.v[i].start;
	}
	return 0;
}

void rom_printed_mark_boot(struct rom_printed_table *t)
{
	uint64_t base = linear_base(t);

	for (size_t i = 0; i < t->rows.n; i++) {
		if (t->rows.v[i].start < base)
			t->rows.v[i].region = ROM_REGION_EMMC_BOOT_1;
	}
}

/* Codes count from the end of the region, in this unit. */
enum { CODE_UNIT = 0x20000 };

/* False when its place cannot be told. */
static bool place(const struct rom_printed_table *t, uint64_t base,
	struct rom_printed_row *row)
{
	uint64_t end, back;

	if (row->from_end) {
		back = (row->start & 0xffff) * CODE_UNIT;
		if (row->size > back || back > t->device_size)
			return false;
		row->start = t->device_size - back;
		return true;
	}
	if (row->start < base || !rom_add(row->start, row->size, &end) ||
		end > MAX_END)
		return false;
	row->start -= base;
	return true;
}

struct rom_printed_row *rom_printed_places(
	const struct rom_printed_table *t, uint32_t unit, size_t *ret_n)
{
	struct rom_printed_row *rows =
		rom_alloc((t->rows.n + 1) * sizeof(*rows));
	uint64_t base = linear_base(t);
	size_t n = 0;

	for (size_t i = 0; i < t->rows.n; i++) {
		struct rom_printed_row *row = &rows[n];

		*row = t->rows.v[i];
		/* before that, the numbers count sectors */
		if (!t->unit && (!rom_mul(row->start, unit, &row->start) ||
					!rom_mul(row->size, unit, &row->size)))
			continue;
		if (rom_region_is_user(row->region) && row->has_size &&
			row->size && place(t, base, row))
			n++;
	}
	*ret_n = n;
	return rows;
}
