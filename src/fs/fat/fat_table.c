/* SPDX-License-Identifier: MIT */
/*
 * fat_table.c - entries of the FAT and its copy
 *
 * An entry of 12, 16, 28 (of 32) or, of exFAT, 32 bits for each cluster from 0
 * on: the next cluster of the file (Microsoft FAT specification 1.03, exFAT
 * specification)
 *   0: free   all ones but the last three bits: the end   ...7: a bad cluster
 * The copies are compared sector by sector. Where one of them is unreadable,
 * erased or garbage, the other is used. Where both may be right and an entry
 * differs, the plausible one is used or, if both are, the first, unless its
 * sector has little order; then the file is suspect.
 */
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>

#include "fat_priv.h"

/* clusters: two bitmaps of 8 MiB at most; 2 TiB with 32 KiB each */
enum {
	MAX_COUNTED = 1 << 26,
	/* files that are written at the same time share so many clusters */
	NEAR = 64,
};

static bool is_constant(const uint8_t *p, uint8_t byte)
{
	return *p == byte && !memcmp(p, p + 1, FAT_PAGE - 1);
}

static struct fat_link_to decode_link(
	const struct fat_volume *v, uint32_t value)
{
	uint32_t top = v->exfat	       ? 0xffffffff
		       : v->bits == 32 ? 0x0fffffff
				       : (1u << v->bits) - 1;
	struct fat_link_to l = { .value = value & top };

	if (l.value == 0)
		l.link = FAT_FREE;
	else if (rom_fat_is_cluster(v, l.value))
		l.link = FAT_NEXT;
	else if (l.value >= top - 7)
		l.link = FAT_END;
	else
		l.link = FAT_INVALID;
	if (l.value == top - 8)
		l.link = FAT_BAD;
	return l;
}

struct reading {
	struct fat_link_to l;
	enum fat_trust trust;
	unsigned order; /* how many entries of the sector look regular */
};

static uint32_t decode_value(
	const struct fat_volume *v, const uint8_t *p, uint64_t bit)
{
	uint32_t value = p[0] | (uint32_t)p[1] << 8;

	if (v->bits == 32)
		value |= (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
	if (v->bits == 12)
		value = bit % 8 ? value >> 4 : value & 0xfff;
	return value;
}

/* Counts the entries of a sector that are free, the end, or lead to one of the
 * next clusters: nearly all, unless it is garbage. *invalid: those that are no
 * cluster, of which a FAT has none. */
static unsigned count_regular(const struct fat_volume *v,
	const struct fat_page *page, unsigned *invalid)
{
	uint64_t from = (page->number - 1) * FAT_PAGE * 8,
		 to = from + FAT_PAGE * 8;
	unsigned n = 0;

	*invalid = 0;
	for (uint64_t c = (from + v->bits - 1) / v->bits;
		(c + 1) * v->bits <= to; c++) {
		uint64_t bit = c * v->bits;
		size_t off = (size_t)((bit - from) / 8);
		struct fat_link_to l =
			decode_link(v, decode_value(v, page->bytes + off, bit));

		n += l.link == FAT_FREE || l.link == FAT_END ||
		     (l.link == FAT_NEXT && l.value > c && l.value <= c + NEAR);
		*invalid += l.link == FAT_INVALID;
	}
	return n;
}

static void judge_page(const struct fat_volume *v, struct fat_page *page)
{
	unsigned invalid, entries = FAT_PAGE * 8 / v->bits;

	page->order = count_regular(v, page, &invalid);
	page->trust = is_constant(page->bytes, 0)      ? FAT_PAGE_ZEROS
		      : is_constant(page->bytes, 0xff) ? FAT_PAGE_ONES
		      : invalid > entries / 4 || page->order < entries / 8
			      ? FAT_PAGE_GARBAGE
			      : FAT_PAGE_IN_USE;
}

static const struct fat_page *page_at(
	struct fat_volume *v, unsigned copy, uint64_t off)
{
	uint64_t number = off / FAT_PAGE + 1;
	struct fat_page *page;
	struct rom_err err;

	if (!v->pages[copy])
		v->pages[copy] = rom_alloc(FAT_PAGES * sizeof(*page));
	page = &v->pages[copy][number % FAT_PAGES];
	if (page->number == number)
		return page;
	page->number = number;
	page->trust = FAT_PAGE_UNREADABLE;
	page->order = 0;
	if (!rom_read(v->fs.meta, page->bytes, FAT_PAGE,
		    v->fat_at[copy] + off / FAT_PAGE * FAT_PAGE, &err))
		judge_page(v, page);
	return page;
}

static struct reading read_copy(
	struct fat_volume *v, unsigned copy, uint32_t cluster)
{
	uint64_t bit = (uint64_t)cluster * v->bits, off = bit / 8;
	size_t len = v->bits == 32 ? 4 : 2;
	struct reading r = { .l.link = FAT_UNREADABLE,
		.trust = FAT_PAGE_IN_USE,
		.order = UINT_MAX };
	uint8_t bytes[4];

	if (off + len > v->fat_len)
		return (struct reading){ .l.link = FAT_UNREADABLE };
	/* an entry of 12 bits may span two sectors */
	for (size_t i = 0; i < len; i++) {
		const struct fat_page *page = page_at(v, copy, off + i);

		r.trust = (enum fat_trust)rom_min(r.trust, page->trust);
		r.order = (unsigned)rom_min(r.order, page->order);
		bytes[i] = page->bytes[(off + i) % FAT_PAGE];
	}
	if (r.trust != FAT_PAGE_UNREADABLE)
		r.l = decode_link(v, decode_value(v, bytes, bit));
	return r;
}

static bool is_plausible(const struct fat_link_to *l)
{
	return l->link == FAT_NEXT || l->link == FAT_END;
}

static void report_difference(
	struct fat_volume *v, uint32_t cluster, const struct reading *r)
{
	/* in silence it was not reported, and still has to be */
	if (v->reported_difference || v->fs.silent)
		return;
	v->reported_difference = true;
	rom_fs_damage(&v->fs, 0, v->fat_at[0] + (uint64_t)cluster * v->bits / 8,
		"the FAT and its copy differ, first at cluster %" PRIu32
		": 0x%" PRIx32 " and 0x%" PRIx32 "%s",
		cluster, r[0].l.value, r[1].l.value,
		r[0].l.link == FAT_UNREADABLE ? " (the first cannot be read)"
					      : "");
}

/* Which copy to use where both sectors may be right: 0 or 1. */
static unsigned plausible_copy(const struct reading r[2])
{
	return is_plausible(&r[1].l) &&
	       (!is_plausible(&r[0].l) || r[0].order < r[1].order / 2);
}

/* Whether a copy has a cluster as free, and can be believed. */
static bool is_free(
	const struct fat_volume *v, const struct reading r[2], unsigned copy)
{
	return r[copy].l.link == FAT_FREE && r[copy].trust >= FAT_PAGE_ZEROS &&
	       !(r[copy].trust == FAT_PAGE_ZEROS && v->erased[copy]);
}

struct fat_link_to rom_fat_link(struct fat_volume *v, uint32_t cluster)
{
	struct reading r[2] = { read_copy(v, 0, cluster) };
	unsigned use = 0;

	if (v->fats > 1) {
		r[1] = read_copy(v, 1, cluster);
		use = r[0].trust == r[1].trust ? plausible_copy(r)
					       : r[1].trust > r[0].trust;
	}
	r[use].l.blank = r[use].trust < FAT_PAGE_IN_USE;
	if (v->fats < 2 ||
		(r[0].l.link == r[1].l.link && (r[0].l.value == r[1].l.value ||
						       r[0].l.link == FAT_END)))
		return r[use].l;
	report_difference(v, cluster, r);
	r[use].l.differs =
		r[0].trust == r[1].trust && r[0].trust == FAT_PAGE_IN_USE;
	r[use].l.one_copy = is_free(v, r, 0) != is_free(v, r, 1);
	return r[use].l;
}

void rom_fat_find_erased(struct fat_volume *v, uint32_t cluster)
{
	for (unsigned i = 0; i < v->fats; i++)
		v->erased[i] |=
			read_copy(v, i, cluster).trust == FAT_PAGE_ZEROS;
}

/* ---- free clusters ------------------------------------------------------- */

bool rom_fat_has_begin(struct fat_volume *v)
{
	for (unsigned i = 0; i < v->fats; i++) {
		struct reading r = read_copy(v, i, 0);

		if (r.l.link != FAT_UNREADABLE &&
			(r.l.value & 0xff) == v->media)
			return true;
	}
	return false;
}

enum fat_use rom_fat_use(struct fat_volume *v, uint32_t cluster)
{
	enum fat_link first = read_copy(v, 0, cluster).l.link, second = first;

	if (v->fats > 1)
		second = read_copy(v, 1, cluster).l.link;
	if (first == FAT_UNREADABLE)
		first = second;
	if (second == FAT_UNREADABLE)
		second = first;
	if (first == FAT_UNREADABLE ||
		(first == FAT_FREE) != (second == FAT_FREE))
		return FAT_NOT_KNOWN;
	if (first != FAT_FREE)
		return FAT_IN_USE;
	/* a chain that leads to a free cluster is damaged there */
	return rom_fat_pointers(v, cluster) > 0 ? FAT_NOT_KNOWN : FAT_NOT_USED;
}

/* ---- entries that lead to a cluster -------------------------------------- */

static bool get_bit(const uint8_t *bits, uint32_t i)
{
	return bits[i / 8] >> i % 8 & 1;
}

static void set_bit(uint8_t *bits, uint32_t i)
{
	bits[i / 8] = (uint8_t)(bits[i / 8] | 1u << i % 8);
}

static void count_pointers(struct fat_volume *v)
{
	v->once = rom_alloc(v->clusters / 8 + 1);
	v->twice = rom_alloc(v->clusters / 8 + 1);
	for (uint32_t i = 0; i < v->clusters; i++) {
		struct fat_link_to l = rom_fat_link(v, i + 2);

		if (l.link != FAT_NEXT || l.differs)
			continue;
		set_bit(get_bit(v->once, l.value - 2) ? v->twice : v->once,
			l.value - 2);
	}
}

int rom_fat_pointers(struct fat_volume *v, uint32_t cluster)
{
	if (v->clusters > MAX_COUNTED || !rom_fat_is_cluster(v, cluster))
		return -1;
	if (!v->once)
		count_pointers(v);
	return get_bit(v->once, cluster - 2) + get_bit(v->twice, cluster - 2);
}

void rom_fat_table_done(struct fat_volume *v)
{
	free(v->pages[0]);
	free(v->pages[1]);
	rom_map_done(&v->next, NULL);
	rom_map_done(&v->taken, NULL);
	free(v->once);
	free(v->twice);
}
