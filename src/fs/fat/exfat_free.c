/* SPDX-License-Identifier: MIT */
/*
 * exfat_free.c - clusters that no file uses, by the bitmap of clusters
 *
 * It has neither a checksum nor a copy. One that has its own clusters, or that
 * of the root, for free is not believed.
 */
#include "exfat_priv.h"

struct search {
	struct exfat_volume *v;
	struct rom_free_ranges *out;
	uint64_t clusters; /* to be told of */
};

/* n clusters from number first on, whose bits cannot be had. */
static bool add_unknown(struct search *s, uint64_t first, uint64_t n)
{
	return rom_free_add(s->out, rom_fat_place(&s->v->fat, first + 2),
		n * s->v->fat.cluster, ROM_USE_UNKNOWN);
}

/* len bytes of the bitmap from byte offset on, which lie in the image at
 * place. */
static bool add_page(
	struct search *s, uint64_t offset, uint64_t place, size_t len)
{
	uint8_t page[FAT_PAGE];
	uint64_t first = offset * 8;
	struct rom_free_bits b = { .bits = page,
		.n = (size_t)rom_min(len * 8, s->clusters - first),
		.offset = rom_fat_place(&s->v->fat, first + 2),
		.unit = s->v->fat.cluster };
	struct rom_err err;

	if (rom_read(s->v->fat.fs.meta, page, len, place, &err))
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
