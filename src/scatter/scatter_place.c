/* SPDX-License-Identifier: MIT */
/*
 * scatter_place.c - computes the location of each row of a scatter file on a
 * medium
 *
 * Addresses are relative to the region, or linear: counted from the start of
 * BOOT1, so that the user area begins with the MBR at 0x600000 or more. In some
 * files every physical address is 0. A code 0xFFFFnnnn counts from the end of
 * the region, in units of the block size: the sum of the sizes of the row and
 * of all rows after it (docs/FORMATS.md).
 */
#include <stdlib.h>
#include <strings.h>

#include "scatter_priv.h"

enum { DEFAULT_UNIT = 0x20000, CODE_MASK = 0xffff };

struct placing {
	const struct rom_scatter *s;
	const struct rom_scatter_section *section;
	uint64_t device_size, base, unit;
	bool linear_only; /* physical addresses are all 0 */
};

static bool is_code(uint64_t n)
{
	return n >> 16 == CODE_MASK;
}

static const char *plain_name(
	const struct rom_scatter *s, const struct rom_scatter_row *row)
{
	const char *name = row->value[ROM_KEY_NAME];

	if (s->form != ROM_SCATTER_V0)
		return name;
	if (!strncmp(name, "__NODL_", 7))
		name += 7;
	return strncmp(name, "RSV_", 4) ? name : name + 4;
}

bool rom_scatter_is_loader(const char *name)
{
	return !strncasecmp(name, "preloader", 9) ||
	       !strcasecmp(name, "DSP_BL");
}

static const char *region_of(
	const struct placing *p, const struct rom_scatter_row *row)
{
	if (row->value[ROM_KEY_REGION])
		return row->value[ROM_KEY_REGION];
	return rom_scatter_is_loader(plain_name(p->s, row)) ? "EMMC_BOOT_1"
							    : "EMMC_USER";
}

bool rom_scatter_is_user_region(const char *region)
{
	return !strcmp(region, rom_region_name(ROM_REGION_EMMC_USER)) ||
	       !strcmp(region, rom_region_name(ROM_REGION_UFS_LU2));
}

static bool is_user(const struct placing *p, const struct rom_scatter_row *row)
{
	return rom_scatter_is_user_region(region_of(p, row));
}

static const struct rom_scatter_row *find(
	const struct placing *p, const char *name)
{
	const struct rom_scatter_row *row;

	rom_each (row, &p->section->rows) {
		if (!strcasecmp(plain_name(p->s, row), name))
			return row;
	}
	return NULL;
}

/* ---- where the user area begins in linear addresses ---------------------- */

static bool has_physical(const struct placing *p)
{
	const struct rom_scatter_row *row;
	size_t zero = 0, other = 0;

	rom_each (row, &p->section->rows) {
		if (!is_user(p, row) || is_code(row->linear))
			continue;
		zero += row->physical == 0;
		other += row->physical != 0;
	}
	return other >= zero;
}

/* Without physical addresses, three rows imply the base: MBR, EBR1 and the size
 * of the preloader. One of them may be wrong: the value that two agree on
 * wins. */
static uint64_t base_by_votes(const struct placing *p)
{
	const struct rom_scatter_row *mbr = find(p, "MBR"),
				     *ebr = find(p, "EBR1");
	const struct rom_scatter_row *loader = find(p, "PRELOADER");
	uint64_t by_mbr = mbr ? mbr->linear : 0,
		 by_ebr = ebr ? ebr->linear - 0x80000 : by_mbr;
	uint64_t by_loader = loader && loader->size ? loader->size : by_mbr;

	return by_mbr == by_ebr || by_mbr == by_loader ? by_mbr
	       : by_ebr == by_loader		       ? by_ebr
						       : by_mbr;
}

/* The difference between linear and physical address that most rows have. */
static uint64_t base_by_majority(const struct placing *p)
{
	const struct rom_scatter_row *row, *other;
	uint64_t best = 0;
	size_t most = 0;

	rom_each (row, &p->section->rows) {
		size_t n = 0;

		if (!is_user(p, row) || is_code(row->linear))
			continue;
		rom_each (other, &p->section->rows)
			n += is_user(p, other) && !is_code(other->linear) &&
			     other->linear - other->physical ==
				     row->linear - row->physical;
		if (n > most) {
			most = n;
			best = row->linear - row->physical;
		}
	}
	return best;
}

/* ---- rows ---------------------------------------------------------------- */

static void place_code(const struct placing *p,
	const struct rom_scatter_row *row, uint64_t behind,
	struct rom_scatter_place *ret)
{
	bool linear = is_code(row->linear), physical = is_code(row->physical);

	ret->has_code = ret->by_code = true;
	ret->code =
		(unsigned)((linear ? row->linear : row->physical) & CODE_MASK);
	/* a code has only 16 bits: the sizes of the rows after it are exact,
	 * unless they contradict the code, because of gaps */
	if ((behind / p->unit & CODE_MASK) != ret->code)
		behind = ret->code * p->unit;
	ret->placed = p->device_size >= behind && p->device_size > 0;
	ret->range.offset = ret->placed ? p->device_size - behind : 0;
	ret->consistent = p->linear_only
				  ? linear && (physical || row->physical == 0)
				  : linear == physical;
	if (linear && physical && row->linear != row->physical)
		ret->consistent = false;
	if (linear != physical && !p->linear_only) {
		/* WwR MTK writes the true address beside the code */
		ret->by_code = false;
		ret->placed = ret->consistent = true;
		ret->range.offset =
			linear ? row->physical : row->linear - p->base;
	}
}

static void place_plain(const struct placing *p,
	const struct rom_scatter_row *row, struct rom_scatter_place *ret)
{
	bool user = is_user(p, row),
	     by_linear =
		     user && (p->linear_only || p->s->form == ROM_SCATTER_V0);
	uint64_t base = user ? p->base : 0;

	ret->placed = !by_linear || row->linear >= base;
	ret->range.offset = by_linear ? row->linear - base : row->physical;
	if (p->s->form == ROM_SCATTER_V0)
		ret->consistent = true;
	else if (p->linear_only && user)
		ret->consistent = row->physical == 0;
	else
		ret->consistent = row->linear - row->physical == base;
}

/* v0 has no sizes: a row ends where the next begins. */
static void size_v0(const struct placing *p, struct rom_scatter_place *places)
{
	size_t n = p->section->rows.n;

	for (size_t i = 0; p->s->form == ROM_SCATTER_V0 && i + 1 < n; i++) {
		struct rom_scatter_place *a = &places[i], *b = &places[i + 1];

		a->sized = !strcmp(a->region, b->region) && a->placed &&
			   b->placed && !a->by_code && !b->by_code &&
			   b->range.offset > a->range.offset;
		a->range.len = a->sized ? b->range.offset - a->range.offset : 0;
	}
}

static uint64_t unit_of(const struct rom_scatter_section *section)
{
	uint64_t unit;

	if (section->block_size &&
		rom_scatter_number(section->block_size, &unit) && unit)
		return unit;
	return DEFAULT_UNIT;
}

bool rom_scatter_linear_only(
	const struct rom_scatter *s, const struct rom_scatter_section *section)
{
	struct placing p = { .s = s, .section = section };

	return s->form == ROM_SCATTER_V0 || !has_physical(&p);
}

struct rom_scatter_place *rom_scatter_places(const struct rom_scatter *s,
	const struct rom_scatter_section *section,
	const struct rom_table *medium)
{
	struct placing p = { s, section, medium->device_size, 0,
		unit_of(section), false };
	size_t n = section->rows.n;
	struct rom_scatter_place *places = rom_alloc((n + 1) * sizeof(*places));
	uint64_t behind = 0;

	p.linear_only = rom_scatter_linear_only(s, section);
	p.base = p.linear_only ? base_by_votes(&p) : base_by_majority(&p);
	if (p.linear_only && medium->linear_base)
		p.base = medium->linear_base;
	for (size_t i = n; i-- > 0;) {
		const struct rom_scatter_row *row = &section->rows.v[i];
		struct rom_scatter_place *place = &places[i];

		*place = (struct rom_scatter_place){
			.name = plain_name(s, row),
			.region = region_of(&p, row),
			.range.len = row->size,
			.sized = s->form != ROM_SCATTER_V0,
		};
		/* from the last row on: a code includes all rows after it. The
		 * bound keeps the sum of hostile sizes from overflowing */
		if (row->reserved) {
			behind += rom_min(row->size, (uint64_t)1 << 40);
			place_code(&p, row, behind, place);
		} else {
			place_plain(&p, row, place);
		}
	}
	size_v0(&p, places);
	return places;
}
