/* SPDX-License-Identifier: MIT */
/* slice.c - a range of another image: a partition of a dump */
#include <inttypes.h>

#include "romsplit/image.h"

struct slice_image {
	struct rom_image img;
	struct rom_image *below;
	uint64_t offset;
};

static enum rom_status slice_read(struct rom_image *img, void *buf, size_t len,
	uint64_t offset, struct rom_err *err)
{
	struct slice_image *s = (struct slice_image *)img;
	struct rom_range below = { 0, s->below->size }, ignored;

	if (!rom_subrange(below, s->offset + offset, len, &ignored))
		return rom_fail(err, ROM_E_ABSENT, s->offset + offset,
			"%s: 0x%" PRIx64
			" lies past the end of the dump (0x%" PRIx64 ")",
			img->name, s->offset + offset, s->below->size);
	return rom_read(s->below, buf, len, s->offset + offset, err);
}

static void slice_map(struct rom_image *img, uint64_t offset, uint64_t len,
	struct rom_span *ret)
{
	struct slice_image *s = (struct slice_image *)img;

	rom_image_map(s->below, s->offset + offset, len, ret);
}

static bool slice_below(struct rom_image *img, struct rom_place *place)
{
	struct slice_image *s = (struct slice_image *)img;

	place->img = s->below;
	place->offset += s->offset;
	return true;
}

static void slice_close(struct rom_image *img)
{
	rom_image_close(((struct slice_image *)img)->below);
}

static const struct rom_image_ops slice_ops = {
	.read_at = slice_read,
	.map = slice_map,
	.below = slice_below,
	.close = slice_close,
};

struct rom_image *rom_image_open_slice(
	struct rom_image *img, struct rom_range range, const char *name)
{
	struct slice_image *s = rom_alloc(sizeof(*s));
	/* rom_range_end saturates, so the addition of offsets below cannot
	 * wrap */
	uint64_t size = rom_range_end(range) - range.offset;

	s->img = (struct rom_image){ &slice_ops, rom_strdup(name), size, 1 };
	s->below = rom_image_ref(img);
	s->offset = range.offset;
	return &s->img;
}
