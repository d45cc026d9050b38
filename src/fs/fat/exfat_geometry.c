/* SPDX-License-Identifier: MIT */
/*
 * exfat_geometry.c - the layout of an exFAT whose boot regions are gone, from
 * its root directory
 *
 * The root names the clusters of the allocation bitmap and of the up-case
 * table, with a checksum of the latter. Where a table with that checksum lies,
 * every size of a cluster gives one start of the cluster heap; it is right if
 * the bitmap is where the root says then, has the clusters of root, table and
 * itself in use, and is as long as the clusters of the image need.
 */
#include <stdlib.h>

#include "exfat_priv.h"

enum {
	SECTOR = 512,
	PIECE = 64 << 10,
	/* the heap of a card of 1 TB begins at 32 MiB; its root follows */
	MAX_SEARCHED = 40 << 20,
	/* where nothing of an exFAT is before this, or (of large cards, whose
	 * FAT begins at a whole MiB) at a step behind it, no more is read */
	MAX_WITHOUT = 12 << 20,
	STEP = 1 << 20,
	MAX_TABLES = 8,
	MAX_TABLE_LEN = 128 << 10,
	MAX_CLUSTER_LEN = 32 << 20,
	UPCASE = 0x82,
};

/* What the search of the first sectors finds. */
struct found {
	uint64_t fat_at;
	bool has_fat, has_root;
	uint64_t root_at, tables[MAX_TABLES];
	size_t n_tables;
	/* the entries of the root */
	uint32_t bitmap, table, table_sum;
	uint64_t bitmap_len, table_len;
};

static bool is_zero(const uint8_t *p, size_t len)
{
	return !*p && !memcmp(p, p + 1, len - 1);
}

/* Reads the two entries that only a root has. */
static bool read_root(const uint8_t *sector, struct found *f)
{
	bool bitmap = false, table = false;

	for (size_t i = 0; i < SECTOR && sector[i]; i += FAT_ENTRY_LEN) {
		struct rom_buffer e = { .p = sector + i, .len = FAT_ENTRY_LEN };

		if (sector[i] == EXFAT_BITMAP && sector[i + 1] <= 1 &&
			is_zero(sector + i + 2, 18) && !bitmap) {
			bitmap = true;
			f->bitmap = rom_le32(&e, 0x14);
			f->bitmap_len = rom_le64(&e, 0x18);
		} else if (sector[i] == UPCASE && is_zero(sector + i + 1, 3) &&
			   is_zero(sector + i + 8, 12)) {
			table = true;
			f->table_sum = rom_le32(&e, 4);
			f->table = rom_le32(&e, 0x14);
			f->table_len = rom_le64(&e, 0x18);
		}
	}
	return bitmap && table && f->bitmap >= 2 && f->table >= 2 &&
	       f->bitmap_len && f->table_len && f->table_len <= MAX_TABLE_LEN &&
	       f->bitmap_len <= UINT32_MAX / 8;
}

static const uint8_t fat_head[] = { 0xf8, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	0xff };

static void look_at(struct found *f, const uint8_t *sector, uint64_t offset)
{
	static const uint8_t table[] = { 0, 0, 1, 0, 2, 0, 3, 0, 4, 0 };

	if (!f->has_fat && !memcmp(sector, fat_head, sizeof(fat_head)) &&
		!is_zero(sector + 8, 8)) {
		f->has_fat = true;
		f->fat_at = offset;
	} else if (!memcmp(sector, table, sizeof(table)) &&
		   f->n_tables < MAX_TABLES) {
		f->tables[f->n_tables++] = offset;
	} else if (!f->has_root && read_root(sector, f)) {
		f->has_root = true;
		f->root_at = offset;
	}
}

static bool has_fat_behind(struct rom_image *img, uint64_t at, uint64_t end)
{
	uint8_t head[sizeof(fat_head)];
	struct rom_err err;

	for (; at + SECTOR <= end; at += STEP) {
		if (!rom_read(img, head, sizeof(head), at, &err) &&
			!memcmp(head, fat_head, sizeof(head)))
			return true;
	}
	return false;
}

static void search(struct rom_image *img, struct found *f)
{
	ROM_AUTO uint8_t *buf = rom_alloc(PIECE);
	uint64_t end = rom_min(MAX_SEARCHED, img->size);
	struct rom_span span;
	struct rom_err err;
	size_t n;

	for (uint64_t at = 0; at + SECTOR <= end && !f->has_root; at += n) {
		if (at == MAX_WITHOUT && !f->has_fat && !f->n_tables &&
			!has_fat_behind(img, at, end))
			return;
		n = (size_t)rom_min(PIECE, end - at) / SECTOR * SECTOR;
		rom_image_map(img, at, n, &span);
		if ((span.kind == ROM_SPAN_HOLE && span.len >= n) ||
			rom_read(img, buf, n, at, &err))
			continue;
		for (size_t i = 0; i < n; i += SECTOR)
			look_at(f, buf + i, at + i);
	}
}

/* The checksum of the up-case table (exFAT specification, 7.2.2). */
static bool is_table(
	struct rom_image *img, const struct found *f, uint64_t offset)
{
	ROM_AUTO uint8_t *buf = rom_alloc((size_t)f->table_len);
	struct rom_err err;
	uint32_t sum = 0;

	if (rom_read(img, buf, (size_t)f->table_len, offset, &err))
		return false;
	for (size_t i = 0; i < f->table_len; i++)
		sum = (sum << 31 | sum >> 1) + buf[i];
	return sum == f->table_sum;
}

static bool is_marked(
	struct rom_image *img, uint64_t bitmap_at, uint64_t cluster)
{
	uint8_t byte;
	struct rom_err err;

	return !rom_read(img, &byte, 1, bitmap_at + (cluster - 2) / 8, &err) &&
	       byte >> (cluster - 2) % 8 & 1;
}

/* Derives the layout for a size of clusters, with the table at table_at. */
static bool derive(struct rom_image *img, const struct found *f,
	uint64_t table_at, uint32_t cluster, struct rom_exfat_boot *ret)
{
	uint64_t before = (uint64_t)(f->table - 2) * cluster, heap, root,
		 bitmap_at, most;

	if (before > table_at || f->root_at < table_at - before ||
		(f->root_at - (table_at - before)) % cluster)
		return false;
	heap = table_at - before;
	root = (f->root_at - heap) / cluster + 2;
	bitmap_at = heap + (uint64_t)(f->bitmap - 2) * cluster;
	most = (img->size - heap) / cluster;
	if (root > f->bitmap_len * 8 || (f->has_fat && f->fat_at >= heap) ||
		!is_marked(img, bitmap_at, f->bitmap) ||
		!is_marked(img, bitmap_at, f->table) ||
		!is_marked(img, bitmap_at, root))
		return false;
	*ret = (struct rom_exfat_boot){ .sector = SECTOR,
		.cluster = cluster,
		.clusters = (uint32_t)(f->bitmap_len * 8),
		.root_cluster = (uint32_t)root,
		.fat_at = f->fat_at,
		.data_at = heap,
		.fats = 1,
		.has_layout = true };
	if (f->has_fat)
		ret->fat_len = rom_min(
			heap - f->fat_at, ((uint64_t)ret->clusters + 2) * 4);
	/* the bitmap is rounded up to a byte; in an image that was cut short it
	 * is all there is to go by */
	if ((most + 7) / 8 == f->bitmap_len)
		ret->clusters = (uint32_t)most;
	ret->size = heap + (uint64_t)ret->clusters * cluster;
	/* the bitmap of a partition as large as the image has this length */
	return (most + 7) / 8 == f->bitmap_len;
}

bool rom_exfat_find_geometry(struct rom_image *img, struct rom_exfat_boot *ret)
{
	struct found f = { 0 };
	struct rom_exfat_boot b = { 0 }, other = { 0 };
	unsigned others = 0;

	search(img, &f);
	for (size_t i = 0; i < f.n_tables && f.has_root; i++) {
		if (!is_table(img, &f, f.tables[i]))
			continue;
		for (uint32_t len = SECTOR; len <= MAX_CLUSTER_LEN; len *= 2) {
			b.clusters = 0;
			if (derive(img, &f, f.tables[i], len, &b)) {
				*ret = b;
				return true;
			}
			others += b.clusters > 0;
			other = b.clusters ? b : other;
		}
	}
	/* in an image of another size than the partition, only one size of
	 * clusters may be possible */
	*ret = other;
	return others == 1;
}
