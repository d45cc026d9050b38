/* SPDX-License-Identifier: MIT */
/*
 * fat_chain.c - where the clusters of a file or directory are; a torn chain
 * costs what lies behind the tear
 *
 * A chain that comes back to itself is found by Brent's method, without memory
 * of where it was.
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

static void lost(struct walk *w, uint64_t from)
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
		"a free cluster", "a bad cluster", "no cluster",
		"what cannot be read" };

	rom_fs_damage(&w->v->fs, w->ino,
		w->v->fat_at[0] + (uint64_t)cluster * w->v->bits / 8,
		"chain of clusters: expected a next one after byte %" PRIu64
		" of %" PRIu64 ", got %s (0x%" PRIx32 " after cluster %" PRIu32
		")",
		offset, w->size, what[l->link], l->value, cluster);
}

static void cut(struct rom_file_map *c, uint64_t size)
{
	while (c->extents.n && c->extents.v[c->extents.n - 1].offset >= size)
		c->extents.n--;
	if (c->extents.n) {
		struct rom_extent *last = &c->extents.v[c->extents.n - 1];

		last->len = rom_min(last->len, size - last->offset);
	}
}

/* The chain comes back to itself after lambda steps: only what comes before is
 * the file's. */
static void end_loop(struct walk *w)
{
	uint32_t a = w->first, b = w->first;
	uint64_t unique = w->lambda;

	for (uint64_t i = 0; i < w->lambda; i++)
		b = rom_fat_link(w->v, b).value;
	for (; a != b; unique++) {
		a = rom_fat_link(w->v, a).value;
		b = rom_fat_link(w->v, b).value;
	}
	rom_fs_damage(&w->v->fs, w->ino, rom_fat_place(w->v, a),
		"chain of clusters: it comes back to cluster %" PRIu32
		" after %" PRIu64 " clusters",
		a, unique);
	cut(w->c, unique * w->v->cluster);
	lost(w, unique * w->v->cluster);
}

static bool is_loop(struct walk *w, uint32_t cluster)
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

/* Two files that share a cluster: one of the two has the other's bytes, and
 * nobody knows which. */
static void check_crossed(struct walk *w, uint32_t cluster)
{
	int most = cluster == w->first ? 0 : 1;

	if (w->crossed || w->open_ended || w->v->exfat ||
		rom_fat_pointers(w->v, cluster) <= most)
		return;
	w->crossed = w->c->suspect = true;
	rom_fs_damage(&w->v->fs, w->ino, rom_fat_place(w->v, cluster),
		"chain of clusters: cluster %" PRIu32
		" belongs to another file's chain too (crosslinked)",
		cluster);
}

void rom_fat_chain(struct fat_volume *v, uint64_t ino, uint32_t first,
	uint64_t size, bool open_ended, struct rom_file_map *c)
{
	struct walk w = {
		.v = v, .ino = ino, .size = size, .first = first, .c = c
	};
	uint32_t cluster = first;
	uint64_t offset = 0;

	w.tortoise = first;
	w.power = 1;
	w.open_ended = open_ended;
	if (size && !rom_fat_is_cluster(v, first)) {
		rom_fs_damage(&v->fs, ino, ROM_NO_OFFSET,
			"first cluster: expected 2 to %" PRIu64
			", got %" PRIu32,
			(uint64_t)v->clusters + 1, first);
		lost(&w, 0);
		return;
	}
	while (offset < size && c->extents.n < ROM_MAX_FILE_EXTENTS) {
		struct fat_link_to l;

		check_crossed(&w, cluster);
		rom_file_map_add(c, size,
			(struct rom_extent){ offset, v->cluster,
				rom_fat_place(v, cluster), ROM_EXTENT_DATA });
		offset += v->cluster;
		if (offset >= size)
			return;
		l = rom_fat_link(v, cluster);
		c->suspect |= l.differs;
		if (l.link == FAT_END && open_ended)
			return;
		if (l.link != FAT_NEXT) {
			report_end(&w, offset, cluster, &l);
			break;
		}
		cluster = l.value;
		if (is_loop(&w, cluster)) {
			end_loop(&w);
			return;
		}
	}
	lost(&w, offset);
}

void rom_fat_run(struct fat_volume *v, uint64_t ino, uint32_t first,
	uint64_t size, struct rom_file_map *c)
{
	struct walk w = { .v = v, .ino = ino, .size = size, .c = c };
	uint64_t room =
		rom_fat_is_cluster(v, first)
			? ((uint64_t)v->clusters + 2 - first) * v->cluster
			: 0;
	struct rom_extent e = { .len = rom_min(size, room),
		.kind = ROM_EXTENT_DATA };

	if (room) {
		e.image = rom_fat_place(v, first);
		rom_file_map_add(c, size, e);
	}
	if (room >= size)
		return;
	rom_fs_damage(&v->fs, ino, ROM_NO_OFFSET,
		"clusters in a row: expected %" PRIu64
		" bytes from cluster %" PRIu32 " on, there are %" PRIu64,
		size, first, room);
	lost(&w, room);
}

/* ---- directories --------------------------------------------------------- */

enum { CHUNK = 4096, SECTOR = 512 };

/* What can be read of a chunk, sector by sector; the others are reported, once,
 * and left as deleted entries. */
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

/* The entries of a chunk; false when fn ended it. */
static bool each_in(struct fat_volume *v, const struct fat_listing *l,
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

			if (!each_in(v, l, &chunk, fn, ctx))
				return;
		}
	}
}
