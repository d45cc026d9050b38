/* SPDX-License-Identifier: MIT */
/*
 * mbr.c - MBR and EBR, in MediaTek's form and in the usual one
 *
 * Sector 0 and the sectors that entries of type 05 lead to, little-endian
 *   0x1be 4 x 16 entries: 1 status, 3 CHS, 1 type, 3 CHS, 4 first sector,
 *         4 sectors
 *   0x1fe 2 55 AA
 * First sectors of an EBR's data count from it; those of links from the first
 * EBR. MediaTek's EBRs hold up to three data entries. The very last one has a
 * length that extends past the end of the medium; links have length FFFFFFFF.
 * Only filesystems are listed: the raw partitions between them must be found
 * elsewhere.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "romsplit/disk.h"

#include "mbr_priv.h"

enum {
	SECTOR = 512,
	ENTRIES_AT = 0x1be,
	SLOTS = 4,
	EBR_LEN = 0x80000, /* at most */
};

#define BMT_POOL ((uint64_t)0x1500000)

/* ---- the chain ----------------------------------------------------------- */

static bool is_link(uint8_t type)
{
	return type == 0x05 || type == 0x0f || type == 0x85;
}

static bool read_block(struct rom_image *img, uint64_t offset, uint8_t *buf)
{
	struct rom_err err;

	return !rom_read(img, buf, SECTOR, offset, &err) && buf[510] == 0x55 &&
	       buf[511] == 0xaa;
}

static bool are_slots_plausible(struct rom_buffer *v)
{
	for (size_t i = 0; i < SLOTS; i++) {
		size_t off = ENTRIES_AT + 16 * i;
		uint8_t status = rom_u8(v, off), type = rom_u8(v, off + 4);

		if ((status != 0 && status != 0x80) || type == 0xee ||
			(type && !is_link(type) &&
				(!rom_le32(v, off + 8) ||
					!rom_le32(v, off + 12))))
			return false;
	}
	return true;
}

static bool has_chs(struct rom_buffer *v, size_t off)
{
	return rom_u8(v, off + 1) || rom_u8(v, off + 2) || rom_u8(v, off + 3) ||
	       rom_u8(v, off + 5) || rom_u8(v, off + 6) || rom_u8(v, off + 7);
}

bool rom_mbr_is_mediatek(const uint8_t *sector)
{
	struct rom_buffer v = { .p = sector, .len = SECTOR };
	bool link = false, to_end = false;

	for (size_t i = 0; i < SLOTS; i++) {
		size_t off = ENTRIES_AT + 16 * i;
		uint8_t type = rom_u8(&v, off + 4);

		if (has_chs(&v, off) || rom_u8(&v, off))
			return false;
		link |= is_link(type);
		to_end |= type && rom_le32(&v, off + 12) == UINT32_MAX;
	}
	return sector[510] == 0x55 && sector[511] == 0xaa && link && to_end;
}

static void add_data(struct rom_mbr_chain *c, struct rom_buffer *v, size_t slot)
{
	size_t off = ENTRIES_AT + 16 * slot;
	uint64_t first = rom_le32(v, off + 8), count = rom_le32(v, off + 12);

	if (c->n >= ROM_MBR_MAX_DATA)
		return;
	c->entry[c->n++] = (struct rom_mbr_entry){
		.range = { v->offset + first * SECTOR, count * SECTOR },
		.type = rom_u8(v, off + 4),
		.number = v->offset ? 5 + c->logical++ : (unsigned)slot + 1,
	};
}

static bool walk(struct rom_image *img, struct rom_mbr_chain *c,
	uint64_t offset, uint64_t extended);

static void follow(struct rom_image *img, struct rom_mbr_chain *c,
	uint64_t offset, uint64_t extended)
{
	if (!walk(img, c, offset, extended) && !c->broken)
		c->broken = rom_max(offset, 1);
}

static bool was_read(const struct rom_mbr_chain *c, uint64_t offset)
{
	for (size_t i = 0; i < c->blocks; i++) {
		if (c->block[i] == offset)
			return true;
	}
	return false;
}

/* Reads the block at offset. Its links count from extended (0: from the first
 * one found); they are followed after its data, as Linux does, which determines
 * the numbers. False when there is no such block. MAX_BLOCKS bounds the
 * recursion. */
static bool walk(struct rom_image *img, struct rom_mbr_chain *c,
	uint64_t offset, uint64_t extended)
{
	uint8_t buf[SECTOR];
	struct rom_buffer v = { .p = buf, .len = SECTOR, .offset = offset };

	/* a chain may be a cycle or point into data */
	if (c->blocks >= ROM_MBR_MAX_BLOCKS || was_read(c, offset) ||
		!read_block(img, offset, buf) || !are_slots_plausible(&v))
		return false;
	c->block[c->blocks++] = offset;
	if (offset == 0)
		c->mediatek = rom_mbr_is_mediatek(buf);
	for (size_t i = 0; i < SLOTS; i++) {
		uint8_t type = rom_u8(&v, ENTRIES_AT + 16 * i + 4);

		if (type && !is_link(type))
			add_data(c, &v, i);
	}
	for (size_t i = 0; i < SLOTS; i++) {
		size_t off = ENTRIES_AT + 16 * i;
		uint64_t first = (uint64_t)rom_le32(&v, off + 8) * SECTOR;

		if (is_link(rom_u8(&v, off + 4)))
			follow(img, c, extended + first,
				extended ? extended : first);
	}
	return true;
}

static int by_offset(const void *a, const void *b)
{
	const struct rom_mbr_entry *x = a, *y = b;

	if (x->range.offset != y->range.offset)
		return x->range.offset < y->range.offset ? -1 : 1;
	return x->number < y->number ? -1 : x->number > y->number;
}

static bool read_chain(struct rom_image *img, struct rom_mbr_chain *c)
{
	uint8_t buf[SECTOR];

	*c = (struct rom_mbr_chain){ 0 };
	if (!read_block(img, 0, buf) || rom_mbr_is_boot_sector(buf) ||
		!walk(img, c, 0, 0) || c->n == 0)
		return false;
	qsort(c->entry, c->n, sizeof(*c->entry), by_offset);
	return true;
}

/* ---- its end ------------------------------------------------------------- */

/* Bytes that the ext4 at offset takes by its superblock; 0: there is none. */
static uint64_t filesystem_len(struct rom_image *img, uint64_t offset)
{
	struct rom_ext4_super sb;

	if (!rom_mbr_ext4(img, offset, &sb) || sb.blocks > UINT32_MAX)
		return 0;
	return sb.blocks * sb.block_size;
}

/* The last one's length only says "to the end". Where the dump reaches into it,
 * it is taken for all of the medium, whose pool at the end is not its own; but
 * a dump that ends before the filesystem in it does is cut short. */
static void clamp_last(struct rom_image *img, struct rom_mbr_chain *c)
{
	struct rom_range *last = &c->entry[c->n - 1].range;
	uint64_t pool = img->size > BMT_POOL ? img->size - BMT_POOL : img->size;
	uint64_t len;

	if (!c->mediatek ||
		rom_range_end(*last) <= (uint64_t)UINT32_MAX * SECTOR / 2)
		return;
	c->open_end = true;
	len = filesystem_len(img, last->offset);
	if (last->offset < pool)
		len = rom_max(len, pool - last->offset);
	c->end_known = len > 0;
	if (!len && img->size > last->offset)
		len = img->size - last->offset;
	last->len = len;
}

/* A block ends where whatever follows it begins. ptgen gives MBR and EBRs 16
 * KiB on MT6575 and MT6577, 512 KiB on later chips. */
static uint64_t block_len(const struct rom_mbr_chain *c, size_t i)
{
	uint64_t from = c->block[i], end = from + EBR_LEN;

	/* those that stand in a row have the size of the first */
	if (c->blocks > 1 && c->block[1] < EBR_LEN)
		end = from + c->block[1];
	for (size_t k = 0; k < c->blocks; k++) {
		if (c->block[k] > from)
			end = rom_min(end, c->block[k]);
	}
	for (size_t k = 0; k < c->n; k++) {
		if (c->entry[k].range.offset > from)
			end = rom_min(end, c->entry[k].range.offset);
	}
	return end - from;
}

static void add_chain(struct rom_report *r, const struct rom_mbr_chain *c)
{
	for (size_t i = 0; i < c->n; i++) {
		const struct rom_mbr_entry *e = &c->entry[i];
		ROM_AUTO char *name = e->name ? rom_strdup(e->name)
					      : rom_format("part%u", e->number);

		rom_table_add(r, name, e->range, ROM_SOURCE_NONE)->open_end =
			i + 1 == c->n && c->open_end && !c->end_known;
	}
	for (size_t i = 0; i < c->blocks && c->mediatek; i++) {
		ROM_AUTO char *name =
			i ? rom_format("EBR%zu", i) : rom_strdup("MBR");

		rom_table_add(r, name,
			(struct rom_range){ c->block[i], block_len(c, i) },
			ROM_SOURCE_NONE);
	}
}

/* ---- what the chain leaves out ------------------------------------------- */

/* The raw partitions before PROTECT_F are the same on every phone whose EBR1 is
 * at 0x80000 (ptgen); MT6589 phones also have the PMT there. */
static void add_head(struct rom_report *r, const struct rom_mbr_chain *c)
{
	static const struct {
		const char *name;
		uint64_t size;
	} head[] = { { "PMT", 0x400000 }, { "PRO_INFO", 0x300000 },
		{ "NVRAM", 0x500000 } };
	uint64_t offset = 2 * EBR_LEN, first = c->entry[0].range.offset;

	if (first != 0x900000 && first != 0xd00000)
		return;
	for (size_t i = 1; i < c->blocks; i++) {
		if (c->block[i] < first && c->block[i] != EBR_LEN)
			return;
	}
	for (size_t i = first == 0x900000 ? 1 : 0; i < 3; i++) {
		rom_table_add(r, head[i].name,
			(struct rom_range){ offset, head[i].size },
			ROM_SOURCE_SEQUENCE);
		offset += head[i].size;
	}
}

static void scan_gaps(struct rom_image *img,
	const struct rom_progress *progress, struct rom_report *r,
	const struct rom_mbr_chain *c)
{
	size_t strong;

	for (size_t i = 0; i + 1 < c->n; i++) {
		uint64_t from = rom_range_end(c->entry[i].range),
			 to = c->entry[i + 1].range.offset;

		if (from < to)
			rom_scan_range(img,
				(struct rom_range){ from, to - from }, progress,
				r, &strong);
	}
}

static void add_rest(struct rom_image *img,
	const struct rom_table_options *options, struct rom_report *r,
	const struct rom_mbr_chain *c)
{
	if (options->printed)
		rom_table_add_printed(img, options, r);
	if (options->scatter)
		rom_table_add_scatter(img, options, r);
	if (options->printed || options->scatter)
		return;
	add_head(r, c);
	scan_gaps(img, options->progress, r, c);
	rom_report_note(r, ROM_WARNING, NULL, 0,
		"MBR and EBR list only the filesystems, without names: names "
		"and the raw partitions between them are guessed from "
		"MediaTek's usual order and from the contents; a scatter file "
		"of this phone (--scatter) gives them for certain");
}

/* How long the last one is, and what has to be read where that is not known. */
static void note_end(struct rom_image *img, struct rom_report *r,
	const struct rom_mbr_chain *c)
{
	struct rom_range last = c->entry[c->n - 1].range;

	if (c->end_known && rom_range_end(last) <= img->size)
		rom_report_note(r, ROM_INFO, NULL, 0,
			"the length of the last partition in the EBR extends "
			"past any medium; its end is assumed 21 MiB before the "
			"end of this dump, where MediaTek's reserved pool "
			"begins");
	else if (c->end_known)
		rom_report_note(r, ROM_WARNING, NULL, img->size,
			"this dump ends before the last filesystem does: read "
			"EMMC_USER from 0x0 up to 0x%" PRIx64 " at least",
			rom_range_end(last));
	else
		rom_report_note(r, ROM_WARNING, NULL, img->size,
			"the length of the last partition is not known: it "
			"begins at 0x%" PRIx64 " of EMMC_USER and ends with "
			"it. Read EMMC_USER from 0x0, length: the size that "
			"SP Flash Tool's log or memory test tells as "
			"EMMC_PART_USER, more than 0x%" PRIx64,
			last.offset, last.offset);
}

static enum rom_status read_mbr(struct rom_image *img,
	const struct rom_table_options *options, struct rom_report *report,
	struct rom_err *err)
{
	struct rom_mbr_chain *c = rom_alloc(sizeof(*c));
	bool found = read_chain(img, c);

	(void)err;
	if (found) {
		clamp_last(img, c);
		if (c->mediatek)
			rom_mbr_name(img, c);
		report->table = (struct rom_table){
			.kind = ROM_TABLE_MBR,
			.source = ROM_SOURCE_MBR_CHAIN,
			.sector_size = SECTOR,
			.region = ROM_REGION_EMMC_USER,
			.vendor = c->mediatek ? ROM_VENDOR_MEDIATEK
					      : ROM_VENDOR_OTHER,
		};
		report->complete =
			rom_range_end(c->entry[c->n - 1].range) <= img->size &&
			(!c->open_end || c->end_known);
		add_chain(report, c);
		if (c->mediatek)
			add_rest(img, options, report, c);
		if (c->broken)
			rom_report_note(report, ROM_DAMAGE, NULL, c->broken,
				"the chain of EBRs breaks here: expected an "
				"EBR, got none or one that was already read; "
				"later partitions are not listed");
		if (c->open_end)
			note_end(img, report, c);
		rom_table_finish(img, report, img->size);
	}
	rom_freep(&c);
	return found ? ROM_OK : ROM_NO_MATCH;
}

const struct rom_table_reader rom_table_mbr = { .read = read_mbr };

/* ---- beside a PMT -------------------------------------------------------- */

static bool row_begins(const struct rom_report *r, uint64_t offset)
{
	const struct rom_partition *p;

	rom_each (p, &r->partitions) {
		if (p->range.offset == offset)
			return true;
	}
	return false;
}

void rom_mbr_compare(struct rom_image *img, struct rom_report *r)
{
	struct rom_mbr_chain *c = rom_alloc(sizeof(*c));

	if (read_chain(img, c) && c->mediatek) {
		clamp_last(img, c);
		rom_mbr_name(img, c);
		for (size_t i = 0; i < c->n; i++) {
			const char *name = c->entry[i].name;
			uint64_t offset = c->entry[i].range.offset;

			if (!row_begins(r, offset))
				rom_report_note(r, ROM_WARNING, name, offset,
					"MBR and EBR have a partition (%s, by "
					"its position) at 0x%" PRIx64
					" that the PMT does not list; the PMT "
					"is used",
					name ? name : "unnamed", offset);
		}
	}
	rom_freep(&c);
}
