/* SPDX-License-Identifier: MIT */
/* extent_image.c - the stored bytes of a file as an image in file offsets, for
 * layers that read block_len blocks */
#include "fs_priv.h"

struct extent_image {
	struct rom_image img;
	struct rom_image *below;
	rom_extents extents;
	uint32_t block;
};

/* Length of an extent with its whole last block, which the file's size has cut:
 * a cipher needs all of it. */
static uint64_t block_len(
	const struct extent_image *x, const struct rom_extent *e)
{
	return e->len + (x->block - (e->offset + e->len) % x->block) % x->block;
}

/* The extent at offset, or NULL in a hole; *len is cut at the end of either. */
static const struct rom_extent *extent_at(
	const struct extent_image *x, uint64_t offset, uint64_t *len)
{
	size_t lo = 0, hi = x->extents.n;
	const struct rom_extent *e;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		e = &x->extents.v[mid];
		if (e->offset + block_len(x, e) <= offset)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (lo == x->extents.n)
		return NULL;
	e = &x->extents.v[lo];
	if (e->offset > offset) {
		*len = rom_min(*len, e->offset - offset);
		return NULL;
	}
	*len = rom_min(*len, e->offset + block_len(x, e) - offset);
	return e->kind == ROM_EXTENT_DATA ? e : NULL;
}

static enum rom_status extent_read(struct rom_image *img, void *buf, size_t len,
	uint64_t offset, struct rom_err *err)
{
	struct extent_image *x = (struct extent_image *)img;
	uint8_t *out = buf;
	enum rom_status st = ROM_OK;

	while (len && !st) {
		uint64_t n = len;
		const struct rom_extent *e = extent_at(x, offset, &n);

		if (e)
			st = rom_read(x->below, out, (size_t)n,
				e->image + (offset - e->offset), err);
		else
			memset(out, 0, (size_t)n);
		out += n;
		offset += n;
		len -= (size_t)n;
	}
	return st;
}

static void extent_map(struct rom_image *img, uint64_t offset, uint64_t len,
	struct rom_span *ret)
{
	struct extent_image *x = (struct extent_image *)img;
	const struct rom_extent *e = extent_at(x, offset, &len);

	if (e)
		rom_image_map(
			x->below, e->image + (offset - e->offset), len, ret);
	else
		*ret = (struct rom_span){ .kind = ROM_SPAN_HOLE, .len = len };
}

static void extent_close(struct rom_image *img)
{
	struct extent_image *x = (struct extent_image *)img;

	rom_vec_done(&x->extents);
	rom_image_close(x->below);
}

static const struct rom_image_ops extent_ops = {
	.read_at = extent_read,
	.map = extent_map,
	.close = extent_close,
};

struct rom_image *rom_fs_extent_image(struct rom_image *below,
	const rom_extents *extents, uint64_t size, uint32_t block)
{
	struct extent_image *x = rom_alloc(sizeof(*x));

	x->img = (struct rom_image){ &extent_ops, rom_strdup(below->name), size,
		1 };
	x->below = rom_image_ref(below);
	x->block = block;
	x->extents.v = rom_alloc(extents->n * sizeof(*extents->v));
	x->extents.n = x->extents.cap = extents->n;
	if (extents->n)
		memcpy(x->extents.v, extents->v,
			extents->n * sizeof(*extents->v));
	return &x->img;
}
