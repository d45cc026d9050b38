/* SPDX-License-Identifier: MIT */
/*
 * exfat_bitmap.c - the allocation bitmap, which serves to check exFAT's only
 * FAT
 *
 * Entry of the root (Microsoft exFAT specification): 0x00 1 type 81  0x01 1 1:
 * of the second FAT  0x14 4 cluster 0x18 8 bytes. One bit a cluster, the lowest
 * first.
 */
#include <inttypes.h>

#include "exfat_priv.h"

static bool on_entry(void *ctx, const uint8_t *p, uint64_t offset, uint64_t pos)
{
	struct exfat_volume *v = ctx;
	struct rom_buffer e = {
		.p = p, .len = FAT_ENTRY_LEN, .offset = offset
	};
	uint64_t len = rom_le64(&e, 0x18);

	(void)pos;
	if (*p != EXFAT_BITMAP)
		return *p != 0;
	if (len >= ((uint64_t)v->fat.clusters + 7) / 8)
		rom_fat_chain(&v->fat, FAT_ROOT, rom_le32(&e, 0x14),
			((uint64_t)v->fat.clusters + 7) / 8, FAT_CHAIN_FILE,
			&v->bitmap);
	return false;
}

void rom_exfat_bitmap_find(
	struct exfat_volume *v, const struct rom_file_map *root)
{
	const struct fat_listing all = { .ino = FAT_ROOT };

	rom_fat_each(&v->fat, &all, root, on_entry, v);
}

static uint64_t cluster_at(const struct exfat_volume *v, uint64_t offset)
{
	return (offset - v->fat.data_at) / v->fat.cluster + 2;
}

/* An unreadable page counts as in use, so that nothing is reported for it. */
static bool in_use(struct exfat_volume *v, uint64_t cluster)
{
	uint64_t bit = cluster - 2, offset = bit / 8 / FAT_PAGE * FAT_PAGE;
	struct rom_err err;

	if (v->page_at != offset + 1) {
		v->page_at = offset + 1;
		if (rom_file_map_read(v->fat.fs.meta, &v->bitmap, offset,
			    v->page, FAT_PAGE, &err))
			memset(v->page, 0xff, FAT_PAGE);
	}
	return v->page[bit / 8 % FAT_PAGE] >> bit % 8 & 1;
}

bool rom_exfat_is_in_use(struct exfat_volume *v, uint64_t cluster)
{
	return !v->bitmap.extents.n || in_use(v, cluster);
}

bool rom_exfat_bitmap_is_sound(struct exfat_volume *v)
{
	const struct rom_extent *e;

	if (!v->bitmap.extents.n ||
		!rom_fat_is_cluster(&v->fat, v->fat.root_cluster) ||
		!in_use(v, v->fat.root_cluster))
		return false;
	rom_each (e, &v->bitmap.extents) {
		if (e->kind == ROM_EXTENT_DATA &&
			!in_use(v, cluster_at(v, e->image)))
			return false;
	}
	return true;
}

/* True when the bitmap says nothing about a cluster that a file claims: it is
 * missing or invalid, or all of the sector there is erased. */
static bool is_erased(struct exfat_volume *v, uint64_t cluster)
{
	bool erased = !rom_exfat_bitmap_is_sound(v);

	in_use(v, cluster); /* reads its page */
	erased |=
		v->page[0] == 0 && !memcmp(v->page, v->page + 1, FAT_PAGE - 1);
	if (erased && !v->reported_erased && !v->fat.fs.silent) {
		v->reported_erased = true;
		rom_fs_damage(&v->fat.fs, 0, v->bitmap.extents.v[0].image,
			"the allocation bitmap has clusters of files as free: "
			"it is damaged, and not used there");
	}
	return erased;
}

void rom_exfat_bitmap_check(
	struct exfat_volume *v, uint64_t ino, struct rom_file_map *c)
{
	const struct rom_extent *e;

	if (!v->bitmap.extents.n ||
		v->bitmap.extents.v[v->bitmap.extents.n - 1].kind !=
			ROM_EXTENT_DATA)
		return;
	rom_each (e, &c->extents) {
		uint64_t first = cluster_at(v, e->image);

		for (uint64_t i = 0; e->kind == ROM_EXTENT_DATA &&
				     i * v->fat.cluster < e->len;
			i++) {
			if (in_use(v, first + i) || is_erased(v, first + i))
				continue;
			c->suspect = true;
			rom_fs_damage(&v->fat.fs, ino,
				rom_fat_offset(&v->fat, first + i),
				"cluster %" PRIu64 " of this file is free in "
				"the allocation bitmap",
				first + i);
			return;
		}
	}
}
