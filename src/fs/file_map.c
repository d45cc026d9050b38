/* SPDX-License-Identifier: MIT */
/* file_map.c - the extents of a file, and reads through them */
#include <stdlib.h>

#include "romsplit/file.h"

static bool is_stored(const struct rom_extent *e)
{
	return e->kind == ROM_EXTENT_DATA || e->kind == ROM_EXTENT_ENCODED;
}

void rom_file_map_done(struct rom_file_map *c)
{
	rom_vec_done(&c->extents);
	rom_image_close(c->image);
	free(c->bytes);
	*c = (struct rom_file_map){ 0 };
}

void rom_file_map_add(
	struct rom_file_map *c, uint64_t size, struct rom_extent e)
{
	struct rom_extent *last =
		c->extents.n ? &c->extents.v[c->extents.n - 1] : NULL;

	if (e.offset >= size || e.len == 0)
		return;
	e.len = rom_min(e.len, size - e.offset);
	if (last && last->kind == e.kind &&
		last->offset + last->len == e.offset &&
		(e.kind != ROM_EXTENT_DATA ||
			last->image + last->len == e.image)) {
		last->len += e.len;
		return;
	}
	*rom_vec_add(&c->extents) = e;
}

struct rom_image *rom_file_map_source(const struct rom_file_map *c,
	struct rom_image *data, const struct rom_extent *e,
	uint64_t *ret_offset)
{
	if (!is_stored(e))
		return NULL;
	*ret_offset = c->image ? e->offset : e->image;
	return c->image ? c->image : data;
}

/* Reads the part of an extent that overlaps [off, off + len) of the file; buf
 * is at off. */
static enum rom_status read_extent(struct rom_image *data,
	const struct rom_file_map *c, const struct rom_extent *e, uint64_t off,
	uint8_t *buf, size_t len, struct rom_err *err)
{
	struct rom_range common =
		rom_range_common((struct rom_range){ e->offset, e->len },
			(struct rom_range){ off, len });
	uint64_t offset;
	struct rom_image *from = rom_file_map_source(c, data, e, &offset);

	if (common.len == 0 || !from)
		return ROM_OK;
	return rom_read(from, buf + (common.offset - off), (size_t)common.len,
		offset + (common.offset - e->offset), err);
}

/* The first extent that ends after off. */
static size_t first_extent(const struct rom_file_map *c, uint64_t off)
{
	size_t lo = 0, hi = c->extents.n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (c->extents.v[mid].offset + c->extents.v[mid].len <= off)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

enum rom_status rom_file_map_read(struct rom_image *data,
	const struct rom_file_map *c, uint64_t off, void *buf, size_t len,
	struct rom_err *err)
{
	enum rom_status st = ROM_OK;

	memset(buf, 0, len);
	if (c->bytes) {
		if (off < c->len)
			memcpy(buf, c->bytes + off,
				(size_t)rom_min(len, c->len - off));
		return ROM_OK;
	}
	for (size_t i = first_extent(c, off); i < c->extents.n && !st; i++) {
		if (c->extents.v[i].offset >= off + len)
			break;
		st = read_extent(data, c, &c->extents.v[i], off, buf, len, err);
	}
	return st;
}

uint64_t rom_file_map_stored(const struct rom_file_map *map)
{
	const struct rom_extent *e;
	uint64_t bytes = map->bytes ? map->len : 0;

	rom_each (e, &map->extents)
		bytes += is_stored(e) ? e->len : 0;
	return bytes;
}
