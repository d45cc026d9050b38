/* SPDX-License-Identifier: MIT */
/* overlay.c - an image with some ranges replaced: a journal replayed without
 * writing */
#include <stdlib.h>

#include "romsplit/image.h"

struct overlay_image {
	struct rom_image img;
	struct rom_image *below;
	struct rom_patch *patch; /* sorted by offset, not overlapping */
	size_t n;
};

/* The index of the first patch that ends after offset; n when there is none. */
static size_t patch_after(const struct overlay_image *o, uint64_t offset)
{
	size_t lo = 0, hi = o->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (o->patch[mid].offset + o->patch[mid].len <= offset)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/* The patch that covers offset, or NULL. *len is cut at its end or, without
 * one, at the start of the next. */
static const struct rom_patch *patch_at(
	const struct overlay_image *o, uint64_t offset, uint64_t *len)
{
	size_t i = patch_after(o, offset);
	const struct rom_patch *p = i < o->n ? &o->patch[i] : NULL;

	if (p && p->offset <= offset) {
		*len = rom_min(*len, p->offset + p->len - offset);
		return p;
	}
	if (p)
		*len = rom_min(*len, p->offset - offset);
	return NULL;
}

static enum rom_status overlay_read(struct rom_image *img, void *buf,
	size_t len, uint64_t offset, struct rom_err *err)
{
	struct overlay_image *o = (struct overlay_image *)img;
	enum rom_status st = ROM_OK;

	while (len > 0 && !st) {
		uint64_t n = len;
		const struct rom_patch *p = patch_at(o, offset, &n);

		if (p && p->has_bytes)
			memcpy(buf, p->bytes + (offset - p->offset), (size_t)n);
		else
			st = rom_read(o->below, buf, (size_t)n,
				p ? p->from + (offset - p->offset) : offset,
				err);
		buf = (char *)buf + n;
		offset += n;
		len -= (size_t)n;
	}
	return st;
}

static void overlay_map(struct rom_image *img, uint64_t offset, uint64_t len,
	struct rom_span *ret)
{
	struct overlay_image *o = (struct overlay_image *)img;
	const struct rom_patch *p = patch_at(o, offset, &len);

	if (p && p->has_bytes)
		*ret = (struct rom_span){ .kind = ROM_SPAN_READ, .len = len };
	else
		rom_image_map(o->below,
			p ? p->from + (offset - p->offset) : offset, len, ret);
}

static bool overlay_below(struct rom_image *img, struct rom_place *place)
{
	struct overlay_image *o = (struct overlay_image *)img;
	const struct rom_patch *p = patch_at(o, place->offset, &place->len);

	if (p && p->has_bytes)
		return false;
	if (p)
		place->offset = p->from + (place->offset - p->offset);
	place->img = o->below;
	return true;
}

static void overlay_close(struct rom_image *img)
{
	struct overlay_image *o = (struct overlay_image *)img;

	free(o->patch);
	rom_image_close(o->below);
}

static const struct rom_image_ops overlay_ops = {
	.read_at = overlay_read,
	.map = overlay_map,
	.below = overlay_below,
	.close = overlay_close,
};

static int by_offset(const void *a, const void *b)
{
	const struct rom_patch *x = a, *y = b;

	return x->offset < y->offset ? -1 : x->offset > y->offset;
}

struct rom_image *rom_image_open_overlay(
	struct rom_image *img, const struct rom_patch *patch, size_t n)
{
	struct overlay_image *o = rom_alloc(sizeof(*o));

	o->img = (struct rom_image){ &overlay_ops, rom_strdup(img->name),
		img->size, 1 };
	o->below = rom_image_ref(img);
	o->patch = rom_alloc(n * sizeof(*patch));
	memcpy(o->patch, patch, n * sizeof(*patch));
	o->n = n;
	qsort(o->patch, n, sizeof(*patch), by_offset);
	return &o->img;
}
