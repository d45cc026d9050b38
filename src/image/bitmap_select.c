/* SPDX-License-Identifier: MIT */
/* bitmap_select.c - selects each block from one of two images by a bitmap: what
 * in-place encryption has not reached yet is still plaintext */
#include <stdlib.h>

#include "romsplit/image.h"

struct bitmap_select {
	struct rom_image img;
	struct rom_image *set, *clear;
	uint8_t *bits;
	uint64_t n_bits;
	uint32_t block;
};

static bool is_set(const struct bitmap_select *c, uint64_t i)
{
	return i >= c->n_bits || c->bits[i / 8] >> i % 8 & 1;
}

/* The image that holds the block at offset; *ret_len is how many bytes it holds
 * in a row, at most len. */
static struct rom_image *select_image(const struct bitmap_select *c,
	uint64_t offset, uint64_t len, uint64_t *ret_len)
{
	uint64_t i = offset / c->block, end = c->block - offset % c->block;
	bool set = is_set(c, i);

	while (end < len && is_set(c, ++i) == set)
		/* neighbours of the same kind: one read for all of them */
		end += c->block;
	*ret_len = rom_min(end, len);
	return set ? c->set : c->clear;
}

static enum rom_status bitmap_select_read(struct rom_image *img, void *buf,
	size_t len, uint64_t offset, struct rom_err *err)
{
	struct bitmap_select *c = (struct bitmap_select *)img;
	uint8_t *out = buf;
	enum rom_status st = ROM_OK;

	while (len && !st) {
		uint64_t n;
		struct rom_image *from = select_image(c, offset, len, &n);

		st = rom_read(from, out, (size_t)n, offset, err);
		out += n;
		offset += n;
		len -= (size_t)n;
	}
	return st;
}

static void bitmap_select_map(struct rom_image *img, uint64_t offset,
	uint64_t len, struct rom_span *ret)
{
	struct bitmap_select *c = (struct bitmap_select *)img;
	uint64_t n;
	struct rom_image *from = select_image(c, offset, len, &n);

	rom_image_map(from, offset, n, ret);
}

static bool bitmap_select_below(struct rom_image *img, struct rom_place *place)
{
	struct bitmap_select *c = (struct bitmap_select *)img;

	place->img = select_image(c, place->offset, place->len, &place->len);
	return true;
}

static void bitmap_select_close(struct rom_image *img)
{
	struct bitmap_select *c = (struct bitmap_select *)img;

	rom_image_close(c->set);
	rom_image_close(c->clear);
	free(c->bits);
}

static const struct rom_image_ops bitmap_select_ops = {
	.read_at = bitmap_select_read,
	.map = bitmap_select_map,
	.below = bitmap_select_below,
	.close = bitmap_select_close,
};

struct rom_image *rom_image_open_bitmap_select(struct rom_image *set,
	struct rom_image *clear, const uint8_t *bits, uint64_t n_bits,
	uint32_t block)
{
	struct bitmap_select *c = rom_alloc(sizeof(*c));
	size_t n = (size_t)((n_bits + 7) / 8);

	c->img = (struct rom_image){ &bitmap_select_ops, rom_strdup(set->name),
		set->size, 1 };
	c->set = rom_image_ref(set);
	c->clear = rom_image_ref(clear);
	c->bits = rom_alloc(n);
	memcpy(c->bits, bits, n);
	c->n_bits = n_bits;
	c->block = block;
	return &c->img;
}
