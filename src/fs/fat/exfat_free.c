/* SPDX-License-Identifier: MIT */
/*
 * exfat_free.c - unallocated clusters, by the allocation bitmap
 *
 * The bitmap has neither a checksum nor a copy. It is not trusted when it marks
 * its own clusters, or that of the root, as free.
 */
#include "exfat_priv.h"

struct search {
	struct exfat_volume *v;
	struct rom_free_ranges *out;
	uint64_t clusters; /* still to report */
};

/* Adds n clusters from number first on, whose bits are unreadable or
 * missing. */
static bool add_unknown(struct search *s, uint64_t first, uint64_t n)
{
	return rom_free_add(s->out, rom_fat_offset(&s->v->fat, first + 2),
		n * s->v->fat.cluster, ROM_USE_UNKNOWN);
}

/* Adds the clusters of len bytes of the bitmap: at offset in the bitmap, at
 * image_offset in the image. */
static bool add_page(
	struct search *s, uint64_t offset, uint64_t image_offset, size_t len)
{
	uint8_t page[FAT_PAGE];
	uint64_t first = offset * 8;
	struct rom_free_bits b = { .bits = page,
		.n = (size_t)rom_min(len * 8, s->clusters - first),
		.offset = rom_fat_offset(&s->v->fat, first + 2),
		.unit = s->v->fat.cluster };
	struct rom_err err;

	if (rom_read(s->v->fat.fs.meta, page, len, image_offset, &err))
		return add_unknown(s, first, b.n);
	return rom_free_add_bits(s->out, &b);
}

static bool add_extent(struct search *s, const struct rom_extent *e)
{
	if (e->kind != ROM_EXTENT_DATA)
		return add_unknown(s, e->offset * 8,
			rom_min(e->len * 8, s->clusters - e->offset * 8));
	for (uint64_t off = 0; off < e->len; off += FAT_PAGE) {
		if (!add_page(s, e->offset + off, e->image + off,
			    (size_t)rom_min(FAT_PAGE, e->len - off)))
			return false;
	}
	return true;
}

enum rom_status rom_exfat_free_ranges(
	struct rom_fs *fs, struct rom_free_ranges *out, struct rom_err *err)
{
	struct exfat_volume *v = exfat_of(fs);
	struct search s = { v, out, v->fat.clusters };
	const struct rom_extent *e;
	uint64_t done = 0;

	(void)err;
	if (!rom_exfat_bitmap_is_sound(v)) {
		add_unknown(&s, 0, s.clusters);
		return ROM_OK;
	}
	rom_each (e, &v->bitmap.extents) {
		if (!add_extent(&s, e))
			return ROM_OK;
		done = rom_min((e->offset + e->len) * 8, s.clusters);
	}
	add_unknown(&s, done, s.clusters - done);
	return ROM_OK;
}
