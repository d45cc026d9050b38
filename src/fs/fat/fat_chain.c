/* SPDX-License-Identifier: MIT */
/*
 * fat_chain.c - the clusters of a file or directory; a broken chain loses what
 * comes after the break, unless the FAT itself is erased there
 *
 * Cycles are detected by Brent's algorithm, which needs no memory of the
 * visited clusters.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "fat_priv.h"

struct walk {
	struct fat_volume *v;
	uint64_t ino, size;
	uint32_t first;
	struct rom_file_map *c;
	uint32_t tortoise;
	uint64_t power, lambda;
	bool crossed, open_ended;
};

static void add_lost(struct walk *w, uint64_t from)
{
	if (w->open_ended || from >= w->size)
		return;
	rom_file_map_add(w->c, w->size,
		(struct rom_extent){ .offset = from,
			.len = w->size - from,
			.kind = ROM_EXTENT_LOST });
}

static void report_end(struct walk *w, uint64_t offset, uint32_t cluster,
	const struct fat_link_to *l)
{
	static const char *const what[] = { "", "the end of the chain",
		"a free cluster", "a bad cluster", "an invalid number",
		"an unreadable entry" };

	rom_fs_damage(&w->v->fs, w->ino,
		w->v->fat_at[0] + (uint64_t)cluster * w->v->bits / 8,
		"chain of clusters: expected a next one after byte %" PRIu64
		" of %" PRIu64 ", got %s (0x%" PRIx32 " after cluster %" PRIu32
		")",
		offset, w->size, what[l->link], l->value, cluster);
}

static void truncate_map(struct rom_file_map *c, uint64_t size)
{
	while (c->extents.n && c->extents.v[c->extents.n - 1].offset >= size)
		c->extents.n--;
	if (c->extents.n) {
		struct rom_extent *last = &c->extents.v[c->extents.n - 1];

		last->len = rom_min(last->len, size - last->offset);
	}
}

/* Ends a chain that forms a cycle of lambda steps: only the clusters before it
 * repeats belong to the file. a and b advance lambda apart, so they meet at its
 * start. */
static void end_cycle(struct walk *w)
{
	uint32_t a = w->first, b = w->first;
	uint64_t unique = w->lambda;

	for (uint64_t i = 0; i < w->lambda; i++)
		b = rom_fat_link(w->v, b).value;
	for (; a != b; unique++) {
		a = rom_fat_link(w->v, a).value;
		b = rom_fat_link(w->v, b).value;
	}
	rom_fs_damage(&w->v->fs, w->ino, rom_fat_offset(w->v, a),
		"chain of clusters: forms a cycle at cluster %" PRIu32
		" after %" PRIu64 " clusters",
		a, unique);
	truncate_map(w->c, unique * w->v->cluster);
	add_lost(w, unique * w->v->cluster);
}

static bool closes_cycle(struct walk *w, uint32_t cluster)
{
	w->lambda++;
	if (cluster == w->tortoise)
		return true;
	if (w->lambda == w->power) {
		w->tortoise = cluster;
		w->power *= 2;
		w->lambda = 0;
	}
	return false;
}

/* Reports crosslinked files: one of them has the other's bytes, and it is
 * unknown which. An exFAT file need not have FAT entries, so nothing follows
 * there. */
static void check_crossed(struct walk *w, uint32_t cluster)
{
	int most = cluster == w->first ? 0 : 1;

	if (w->crossed || w->open_ended || w->v->exfat ||
		rom_fat_pointers(w->v, cluster) <= most)
		return;
	w->crossed = w->c->suspect = true;
	rom_fs_damage(&w->v->fs, w->ino, rom_fat_offset(w->v, cluster),
		"chain of clusters: cluster %" PRIu32
		" belongs to another file's chain too (crosslinked)",
		cluster);
}

void rom_fat_chain(struct fat_volume *v, uint64_t ino, uint32_t first,
	uint64_t size, enum fat_chain_kind kind, struct rom_file_map *c)
{
	struct walk w = {
		.v = v, .ino = ino, .size = size, .first = first, .c = c
	};
	uint32_t cluster = first;
	uint64_t offset = 0;

	w.tortoise = first;
	w.power = 1;
	w.open_ended = kind == FAT_CHAIN_OPEN;
	if (size && !rom_fat_is_cluster(v, first)) {
		rom_fs_damage(&v->fs, ino, ROM_NO_OFFSET,
			"first cluster: expected 2 to %" PRIu64
			", got %" PRIu32,
			(uint64_t)v->clusters + 1, first);
		add_lost(&w, 0);
		return;
	}
	while (offset < size && c->extents.n < ROM_MAX_FILE_EXTENTS) {
		struct fat_link_to l;

		check_crossed(&w, cluster);
		rom_file_map_add(c, size,
			(struct rom_extent){ offset, v->cluster,
				rom_fat_offset(v, cluster), ROM_EXTENT_DATA });
		offset += v->cluster;
		if (offset >= size)
			return;
		l = rom_fat_link(v, cluster);
		rom_fat_link_without_fat(
			v, cluster, kind != FAT_CHAIN_FILE, &l);
		c->suspect |= l.differs;
		if (l.link == FAT_END && w.open_ended)
			return;
		if (l.link != FAT_NEXT) {
			report_end(&w, offset, cluster, &l);
			break;
		}
		cluster = l.value;
		if (closes_cycle(&w, cluster)) {
			end_cycle(&w);
			return;
		}
	}
	add_lost(&w, offset);
}

void rom_fat_run(struct fat_volume *v, uint64_t ino, uint32_t first,
	uint64_t size, struct rom_file_map *c)
{
	struct walk w = { .v = v, .ino = ino, .size = size, .c = c };
	uint64_t capacity =
		rom_fat_is_cluster(v, first)
			? ((uint64_t)v->clusters + 2 - first) * v->cluster
			: 0;
	struct rom_extent e = { .len = rom_min(size, capacity),
		.kind = ROM_EXTENT_DATA };

	if (capacity) {
		e.image = rom_fat_offset(v, first);
		rom_file_map_add(c, size, e);
	}
	if (capacity >= size)
		return;
	rom_fs_damage(&v->fs, ino, ROM_NO_OFFSET,
		"consecutive clusters: expected %" PRIu64
		" bytes from cluster %" PRIu32 " on, got %" PRIu64,
		size, first, capacity);
	add_lost(&w, capacity);
}

/* ---- directories --------------------------------------------------------- */

enum { CHUNK = 4096, SECTOR = 512 };

/* Reads a chunk. On an error it is read by sector; unreadable ones are reported
 * once and filled with deleted entries. */
static void read_chunk(struct fat_volume *v, const struct fat_listing *l,
	uint8_t *buf, size_t len, const struct rom_extent *e)
{
	uint64_t offset = e->image;
	struct rom_err err;

	if (!rom_read(v->fs.meta, buf, len, offset, &err))
		return;
	if (e->offset >= l->from)
		rom_fs_damage(
			&v->fs, l->ino, offset, "directory: %s", err.text);
	for (size_t off = 0; off < len; off += SECTOR) {
		size_t n = (size_t)rom_min(SECTOR, len - off);

		if (rom_read(v->fs.meta, buf + off, n, offset + off, &err))
			memset(buf + off, v->exfat ? 0x05 : 0xe5, n);
	}
}

/* Calls fn for the entries of a chunk; false when fn stopped. */
static bool list_chunk(struct fat_volume *v, const struct fat_listing *l,
	const struct rom_extent *chunk, rom_fat_entry_fn fn, void *ctx)
{
	uint8_t buf[CHUNK];
	size_t n = (size_t)chunk->len;

	read_chunk(v, l, buf, n, chunk);
	for (size_t i = 0; i + FAT_ENTRY_LEN <= n; i += FAT_ENTRY_LEN) {
		if (chunk->offset + i >= l->from &&
			!fn(ctx, buf + i, chunk->image + i, chunk->offset + i))
			return false;
	}
	return true;
}

void rom_fat_each(struct fat_volume *v, const struct fat_listing *l,
	const struct rom_file_map *c, rom_fat_entry_fn fn, void *ctx)
{
	const struct rom_extent *e;

	rom_each (e, &c->extents) {
		uint64_t off = l->from > e->offset ? l->from - e->offset : 0;

		for (off -= off % CHUNK;
			off < e->len && e->kind == ROM_EXTENT_DATA;
			off += CHUNK) {
			struct rom_extent chunk = { e->offset + off,
				rom_min(CHUNK, e->len - off), e->image + off,
				ROM_EXTENT_DATA };

			if (!list_chunk(v, l, &chunk, fn, ctx))
				return;
		}
	}
}
