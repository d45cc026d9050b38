/* SPDX-License-Identifier: MIT */
/* pmt.c - MediaTek's own partition table of the MBR and EBR era: its rows */
#include <inttypes.h>

#include "pmt_priv.h"

enum { CODE_UNIT = 0x20000 };

/* reserved at the end of the medium, when the table does not list it */
#define BMT_POOL ((uint64_t)0x1500000)

/* ---- rows ---------------------------------------------------------------- */

/* Where the user area, which starts with the MBR, begins in the addresses of
 * the table. */
static uint64_t linear_base(const struct pmt_copy *c)
{
	if (c->entry_len == 96)
		return 0;
	for (size_t i = 0; i < c->n; i++) {
		if (!strcmp(c->entry[i].name, "MBR"))
			return c->entry[i].offset;
	}
	return 0;
}

static bool is_user(
	const struct pmt_copy *c, const struct pmt_entry *e, uint64_t base)
{
	return c->entry_len == 96 ? e->part == PMT_PART_USER
				  : e->offset >= base;
}

static uint64_t start_offset(
	const struct pmt_entry *e, uint64_t base, uint64_t device)
{
	uint64_t back = (e->offset & 0xffff) * CODE_UNIT;

	if (rom_pmt_is_code(e->offset))
		return device >= back ? device - back : UINT64_MAX;
	return e->offset - base;
}

/* The last entry before the pool has size 0 or too large a size: it ends where
 * the pool begins. So does one whose size overflowed 32 bits. */
static uint64_t entry_size(const struct pmt_copy *c, const struct pmt_entry *e,
	uint64_t start, uint64_t pool)
{
	uint64_t available = start < pool ? pool - start : 0;
	bool wrapped = c->entry_len == 76 && available >> 32 &&
		       (available - e->size) << 32 == 0;

	if (rom_pmt_is_code(e->offset) || !available)
		return e->size;
	return e->size == 0 || e->size > available || wrapped ? available
							      : e->size;
}

static uint64_t pool_start(
	const struct pmt_copy *c, uint64_t base, uint64_t device)
{
	for (size_t i = 0; i < c->n; i++) {
		if (!strcmp(c->entry[i].name, "BMTPOOL"))
			return start_offset(&c->entry[i], base, device);
	}
	return device > BMT_POOL ? device - BMT_POOL : device;
}

static void add_row(struct rom_report *r, const struct pmt_copy *c,
	const struct pmt_entry *e, uint64_t start, uint64_t pool)
{
	uint64_t size = entry_size(c, e, start, pool);

	if (start >> 56 || size == 0 || size >> 56) {
		rom_report_note(r, ROM_DAMAGE, e->name, ROM_NO_OFFSET,
			"PMT: %s begins at 0x%" PRIx64 " with 0x%" PRIx64
			" bytes, which no phone has; left out",
			e->name, start, size);
		return;
	}
	if (size != e->size && e->size)
		rom_report_note(r, ROM_INFO, e->name, ROM_NO_OFFSET,
			"PMT: %s states 0x%" PRIx64
			" bytes; it is cut at the reserved end of the medium, "
			"to 0x%" PRIx64,
			e->name, e->size, size);
	rom_table_add(
		r, e->name, (struct rom_range){ start, size }, ROM_SOURCE_NONE);
}

static void add_rows(
	struct rom_report *r, const struct pmt_copy *c, uint64_t device)
{
	uint64_t base = linear_base(c), pool = pool_start(c, base, device);

	r->table.linear_base = base;
	for (size_t i = 0; i < c->n; i++) {
		const struct pmt_entry *e = &c->entry[i];

		if (is_user(c, e, base))
			add_row(r, c, e, start_offset(e, base, device), pool);
	}
}

/* The newer form reveals the size of the medium by its own offset; the old one
 * by its last entry, if that has a size. */
static uint64_t device_size(struct rom_image *img, const struct pmt_copy *c)
{
	uint64_t main_at = c->is_mirror ? c->offset - PMT_NEW_LEN : c->offset,
		 base = linear_base(c), end = 0;

	if (c->is_new)
		return main_at + PMT_NEW_FROM_END;
	for (size_t i = 0; i < c->n; i++) {
		const struct pmt_entry *e = &c->entry[i];

		if (!rom_pmt_is_code(e->offset) && is_user(c, e, base) &&
			!(e->size >> 40))
			end = rom_max(end, e->offset - base + e->size);
	}
	return rom_max(img->size, end + BMT_POOL);
}

static void note_copies(struct rom_report *r, const struct pmt_search *s)
{
	const struct pmt_copy *c = &s->best;

	if (!c->signed_twice)
		rom_report_note(r, ROM_DAMAGE, NULL, c->offset,
			"the PMT has its signature at one end only: it is "
			"damaged, entries may be wrong");
	else if (s->other_bad && c->is_mirror)
		rom_report_note(r, ROM_DAMAGE, NULL, c->offset,
			"the main copy of the PMT is damaged; its mirror here "
			"is used");
	else if (s->other_bad)
		rom_report_note(r, ROM_WARNING, NULL, c->offset,
			"the mirror of the PMT is damaged; its main copy here "
			"is intact");
}

static void fill_report(
	struct rom_image *img, struct rom_report *r, const struct pmt_search *s)
{
	uint64_t device = device_size(img, &s->best);

	r->table = (struct rom_table){
		.kind = ROM_TABLE_PMT,
		.source =
			s->best.is_mirror ? ROM_SOURCE_MIRROR : ROM_SOURCE_PMT,
		.sector_size = 512,
		.region = ROM_REGION_EMMC_USER,
		.vendor = ROM_VENDOR_MEDIATEK,
		.device_size = device,
	};
	note_copies(r, s);
	add_rows(r, &s->best, device);
	rom_mbr_compare(img, r);
	r->complete = img->size >= device;
	rom_table_finish(img, r, rom_max(device, img->size));
}

static enum rom_status find(
	struct rom_image *img, struct rom_report *report, bool accept_damaged)
{
	ROM_AUTO struct pmt_search *s = rom_alloc(sizeof(*s));

	s->img = img;
	s->accept_damaged = accept_damaged;
	if (!rom_pmt_find(s))
		return ROM_NO_MATCH;
	fill_report(img, report, s);
	return ROM_OK;
}

static enum rom_status read_pmt(struct rom_image *img,
	const struct rom_table_options *options, struct rom_report *report,
	struct rom_err *err)
{
	(void)options;
	(void)err;
	return find(img, report, false);
}

/* Comes after the MBR, which lists less but is undamaged. */
static enum rom_status read_damaged(struct rom_image *img,
	const struct rom_table_options *options, struct rom_report *report,
	struct rom_err *err)
{
	(void)options;
	(void)err;
	return find(img, report, true);
}

const struct rom_table_reader rom_table_pmt = { .read = read_pmt };
const struct rom_table_reader rom_table_pmt_damaged = { .read = read_damaged };
