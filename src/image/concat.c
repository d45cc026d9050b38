/* SPDX-License-Identifier: MIT */
/* concat.c - a dump in several files, concatenated */
#include <stdlib.h>

#include "romsplit/image.h"

struct part {
	struct rom_image *img;
	uint64_t offset; /* where it begins in the concatenation */
};

struct concat_image {
	struct rom_image img;
	size_t n;
	struct part part[];
};

/* The part that holds offset, which lies inside the image. */
static const struct part *part_at(const struct concat_image *p, uint64_t offset)
{
	size_t i = 0;

	while (i + 1 < p->n && p->part[i + 1].offset <= offset)
		i++;
	return &p->part[i];
}

static enum rom_status concat_read(struct rom_image *img, void *buf, size_t len,
	uint64_t offset, struct rom_err *err)
{
	while (len > 0) {
		const struct part *part =
			part_at((struct concat_image *)img, offset);
		size_t n = (size_t)rom_min(
			len, part->img->size - (offset - part->offset));
		enum rom_status st =
			rom_read(part->img, buf, n, offset - part->offset, err);

		if (st)
			return st;
		buf = (char *)buf + n;
		offset += n;
		len -= n;
	}
	return ROM_OK;
}

static void concat_map(struct rom_image *img, uint64_t offset, uint64_t len,
	struct rom_span *ret)
{
	const struct part *part = part_at((struct concat_image *)img, offset);

	rom_image_map(part->img, offset - part->offset,
		rom_min(len, part->img->size - (offset - part->offset)), ret);
}

static bool concat_below(struct rom_image *img, struct rom_place *place)
{
	const struct part *part =
		part_at((struct concat_image *)img, place->offset);
	uint64_t off = place->offset - part->offset;

	*place = (struct rom_place){ part->img, off,
		rom_min(place->len, part->img->size - off) };
	return true;
}

static void concat_close(struct rom_image *img)
{
	struct concat_image *p = (struct concat_image *)img;

	for (size_t i = 0; i < p->n; i++)
		rom_image_close(p->part[i].img);
}

static const struct rom_image_ops concat_ops = {
	.read_at = concat_read,
	.map = concat_map,
	.below = concat_below,
	.close = concat_close,
};

struct rom_image *rom_image_open_concat(
	struct rom_image *const *parts, size_t n, const char *name)
{
	struct concat_image *p = rom_alloc(sizeof(*p) + n * sizeof(*p->part));
	uint64_t offset = 0;

	for (size_t i = 0; i < n; i++) {
		p->part[i] = (struct part){ rom_image_ref(parts[i]), offset };
		/* cannot wrap: a file is below 2^63 bytes, and no machine
		 * stores 2^64 of them */
		offset += parts[i]->size;
	}
	p->n = n;
	p->img = (struct rom_image){ &concat_ops, rom_strdup(name), offset, 1 };
	return &p->img;
}
