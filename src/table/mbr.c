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

#include "table_priv.h"

enum {
	SECTOR = 512,
	ENTRIES_AT = 0x1be,
	SLOTS = 4,
	MAX_BLOCKS = 64,
	MAX_DATA = 128,
	PROTECT_LEN = 0xa00000,
	EBR_LEN = 0x80000,
	SMALL_LEN = 0x600000,
};

#define BMT_POOL ((uint64_t)0x1500000)

struct chain {
	bool mediatek;
	size_t blocks;
	uint64_t block[MAX_BLOCKS]; /* offsets of MBR and EBRs */
	struct rom_range data[MAX_DATA];
	bool logical[MAX_DATA];
	size_t n;
	bool open_end; /* the last one extends past the end of the medium */
	/* offset of a link's target that is not an EBR; 0: none */
	uint64_t broken;
};

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

/* Boot sectors of filesystems end in 55 AA too. */
static bool is_boot_sector(const uint8_t *buf)
{
	return !memcmp(buf + 3, "EXFAT   ", 8) ||
	       !memcmp(buf + 3, "NTFS    ", 8) || !memcmp(buf + 54, "FAT", 3) ||
	       !memcmp(buf + 82, "FAT", 3);
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

static void add_data(struct chain *c, uint64_t base, uint64_t first,
	uint64_t count, bool logical)
{
	if (c->n >= MAX_DATA)
		return;
	c->logical[c->n] = logical;
	c->data[c->n++] =
		(struct rom_range){ base + first * SECTOR, count * SECTOR };
}

static bool walk(struct rom_image *img, struct chain *c, uint64_t offset,
	uint64_t extended);

static void follow(struct rom_image *img, struct chain *c, uint64_t offset,
	uint64_t extended)
{
	if (!walk(img, c, offset, extended) && !c->broken)
		c->broken = rom_max(offset, 1);
}

/* Reads the block at offset. Its links count from extended (0: from the first
 * one found). False when there is no such block. MAX_BLOCKS bounds the
 * recursion. */
static bool walk(struct rom_image *img, struct chain *c, uint64_t offset,
	uint64_t extended)
{
	uint8_t buf[SECTOR];
	struct rom_buffer v = { .p = buf, .len = SECTOR, .offset = offset };

	if (c->blocks >= MAX_BLOCKS || !read_block(img, offset, buf) ||
		!are_slots_plausible(&v))
		return false;
	for (size_t i = 0; i < c->blocks; i++) {
		if (c->block[i] == offset)
			return false; /* a loop */
	}
	c->block[c->blocks++] = offset;
	for (size_t i = 0; i < SLOTS; i++) {
		size_t off = ENTRIES_AT + 16 * i;
		uint8_t type = rom_u8(&v, off + 4);
		uint64_t first = rom_le32(&v, off + 8),
			 count = rom_le32(&v, off + 12);

		if (is_link(type)) {
			c->mediatek |= offset == 0 && first == 0x400 &&
				       count == UINT32_MAX;
			follow(img, c, extended + first * SECTOR,
				extended ? extended : first * SECTOR);
		} else if (type) {
			add_data(c, offset, first, count, offset != 0);
		}
	}
	return true;
}

static void sort_data(struct chain *c)
{
	for (size_t i = 1; i < c->n; i++) {
		for (size_t k = i;
			k > 0 && c->data[k].offset < c->data[k - 1].offset;
			k--) {
			struct rom_range t = c->data[k];
			bool l = c->logical[k];

			c->data[k] = c->data[k - 1];
			c->data[k - 1] = t;
			c->logical[k] = c->logical[k - 1];
			c->logical[k - 1] = l;
		}
	}
}

static bool read_chain(struct rom_image *img, struct chain *c)
{
	uint8_t buf[SECTOR];

	*c = (struct chain){ 0 };
	if (!read_block(img, 0, buf) || is_boot_sector(buf) ||
		!walk(img, c, 0, 0))
		return false;
	if (!c->mediatek)
		/* keep the order of the slots, which determines the numbers */
		return c->n > 0;
	sort_data(c);
	return c->n > 0;
}

/* ---- names: MediaTek's order, from both ends ----------------------------- */

static bool holds_fat(struct rom_image *img, struct rom_range range)
{
	uint8_t buf[SECTOR];

	return range.offset < img->size && read_block(img, range.offset, buf) &&
	       is_boot_sector(buf);
}

/* MediaTek's fixed order: the last partitions are named from the end, then the
 * small ones between PROTECT_S and ANDROID by their size. */
static const char *guess_name(
	struct rom_image *img, const struct chain *c, size_t i)
{
	static const char *const from_end[] = { "USRDATA", "CACHE", "ANDROID" };
	size_t last = c->n - 1, back;

	if (i < 2 && c->data[i].len == PROTECT_LEN)
		return i ? "PROTECT_S" : "PROTECT_F";
	if (last > 0 && holds_fat(img, c->data[last])) {
		if (i == last)
			return "FAT";
		last--;
	}
	back = last - i;
	if (back < 3)
		return from_end[back];
	if (c->data[i].len == SMALL_LEN)
		return "SEC_RO";
	return c->data[i].len == 0x100000 ? "FRP" : NULL;
}

/* The length of the last partition only means "to the end"; the reserved pool
 * after it is not part of it. */
static void clamp_last(struct rom_image *img, struct chain *c)
{
	struct rom_range *last = &c->data[c->n - 1];
	uint64_t pool = img->size > BMT_POOL ? img->size - BMT_POOL : img->size;

	if (!c->mediatek ||
		rom_range_end(*last) <= (uint64_t)UINT32_MAX * SECTOR / 2)
		return;
	c->open_end = true;
	last->len = last->offset < pool ? pool - last->offset : SECTOR;
}

static void add_chain(
	struct rom_image *img, struct rom_report *r, const struct chain *c)
{
	size_t primary = 1, logical = 5;

	for (size_t i = 0; i < c->n; i++) {
		const char *known = c->mediatek ? guess_name(img, c, i) : NULL;
		size_t number = c->logical[i] ? logical++ : primary++;
		ROM_AUTO char *name = known ? rom_strdup(known)
					    : rom_format("part%zu", number);

		rom_table_add(r, name, c->data[i], ROM_SOURCE_NONE);
	}
	for (size_t i = 0; i < c->blocks && c->mediatek; i++) {
		ROM_AUTO char *name =
			i ? rom_format("EBR%zu", i) : rom_strdup("MBR");

		rom_table_add(r, name,
			(struct rom_range){ c->block[i], EBR_LEN },
			ROM_SOURCE_NONE);
	}
}

/* ---- what the chain leaves out ------------------------------------------- */

/* The raw partitions before PROTECT_F are the same on every phone (ptgen);
 * MT6589 phones also have the PMT there. */
static void add_head(struct rom_report *r, const struct chain *c)
{
	static const struct {
		const char *name;
		uint64_t size;
	} head[] = { { "PMT", 0x400000 }, { "PRO_INFO", 0x300000 },
		{ "NVRAM", 0x500000 } };
	uint64_t offset = 2 * EBR_LEN, first = c->data[0].offset;

	if (first != 0x900000 && first != 0xd00000)
		return;
	for (size_t i = first == 0x900000 ? 1 : 0; i < 3; i++) {
		rom_table_add(r, head[i].name,
			(struct rom_range){ offset, head[i].size },
			ROM_SOURCE_SEQUENCE);
		offset += head[i].size;
	}
}

static void scan_gaps(struct rom_image *img,
	const struct rom_progress *progress, struct rom_report *r,
	const struct chain *c)
{
	size_t strong;

	for (size_t i = 0; i + 1 < c->n; i++) {
		uint64_t from = rom_range_end(c->data[i]),
			 to = c->data[i + 1].offset;

		if (from < to)
			rom_scan_range(img,
				(struct rom_range){ from, to - from }, progress,
				r, &strong);
	}
}

static void add_rest(struct rom_image *img,
	const struct rom_table_options *options, struct rom_report *r,
	const struct chain *c)
{
	if (options->scatter) {
		rom_table_add_scatter(img, options, r);
		return;
	}
	add_head(r, c);
	scan_gaps(img, options->progress, r, c);
	rom_report_note(r, ROM_WARNING, NULL, 0,
		"MBR and EBR list only the filesystems, without names: names "
		"and the raw partitions between them are guessed from "
		"MediaTek's usual order and from the contents; a scatter file "
		"of this phone (--scatter) gives them for certain");
}

static enum rom_status read_mbr(struct rom_image *img,
	const struct rom_table_options *options, struct rom_report *report,
	struct rom_err *err)
{
	struct chain *c = rom_alloc(sizeof(*c));
	bool found = read_chain(img, c);

	(void)err;
	if (found) {
		clamp_last(img, c);
		report->table = (struct rom_table){
			.kind = ROM_TABLE_MBR,
			.source = ROM_SOURCE_MBR_CHAIN,
			.sector_size = SECTOR,
			.region = ROM_REGION_EMMC_USER,
			.vendor = c->mediatek ? ROM_VENDOR_MEDIATEK
					      : ROM_VENDOR_OTHER,
		};
		report->complete =
			rom_range_end(c->data[c->n - 1]) <= img->size;
		add_chain(img, report, c);
		if (c->mediatek)
			add_rest(img, options, report, c);
		if (c->broken)
			rom_report_note(report, ROM_DAMAGE, NULL, c->broken,
				"the chain of EBRs breaks here: expected an "
				"EBR, got none or one that was already read; "
				"later partitions are not listed");
		if (c->open_end)
			rom_report_note(report, ROM_INFO, NULL, 0,
				"the length of the last partition in the EBR "
				"extends past any medium; its end is assumed "
				"21 MiB before the end of this dump, where "
				"MediaTek's reserved pool begins");
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
	struct chain *c = rom_alloc(sizeof(*c));

	if (read_chain(img, c) && c->mediatek) {
		for (size_t i = 0; i < c->n; i++) {
			const char *name = guess_name(img, c, i);

			if (!row_begins(r, c->data[i].offset))
				rom_report_note(r, ROM_WARNING, name,
					c->data[i].offset,
					"MBR and EBR have a partition (%s, by "
					"its position) at 0x%" PRIx64
					" that the PMT does not list; the PMT "
					"is used",
					name ? name : "unnamed",
					c->data[i].offset);
		}
	}
	rom_freep(&c);
}
