/* SPDX-License-Identifier: MIT */
/* parts.c - a dump in several files, one after the other */
#include <stdlib.h>

#include "romsplit/image.h"

struct part {
	struct rom_image *img;
	uint64_t at; /* where it begins in the whole */
};

struct parts_image {
	struct rom_image img;
	size_t n;
	struct part part[];
};

/* The part that holds at, which lies inside the image. */
static const struct part *part_at(const struct parts_image *p, uint64_t at)
{
	size_t i = 0;

	while (i + 1 < p->n && p->part[i + 1].at <= at)
		i++;
	return &p->part[i];
}

static enum rom_status parts_read(struct rom_image *img, void *buf, size_t len,
	uint64_t at, struct rom_err *err)
{
	while (len > 0) {
		const struct part *part =
			part_at((struct parts_image *)img, at);
		size_t n =
			(size_t)rom_min(len, part->img->size - (at - part->at));
		enum rom_status st =
			rom_read(part->img, buf, n, at - part->at, err);

		if (st)
			return st;
		buf = (char *)buf + n;
		at += n;
		len -= n;
	}
	return ROM_OK;
}

static void parts_map(
	struct rom_image *img, uint64_t at, uint64_t len, struct rom_span *ret)
{
	const struct part *part = part_at((struct parts_image *)img, at);

	rom_image_map(part->img, at - part->at,
		rom_min(len, part->img->size - (at - part->at)), ret);
}

static void parts_close(struct rom_image *img)
{
	struct parts_image *p = (struct parts_image *)img;

	for (size_t i = 0; i < p->n; i++)
		rom_image_close(p->part[i].img);
}

static const struct rom_image_ops parts_ops = {
	.read_at = parts_read,
	.map = parts_map,
	.close = parts_close,
};

struct rom_image *rom_image_open_parts(
	struct rom_image *const *parts, size_t n, const char *name)
{
	struct parts_image *p = rom_alloc(sizeof(*p) + n * sizeof(*p->part));
	uint64_t at = 0;

	for (size_t i = 0; i < n; i++) {
		p->part[i] = (struct part){ rom_image_ref(parts[i]), at };
		/* file sizes: below 2^63 each, and nobody owns 2^64 bytes */
		at += parts[i]->size;
	}
	p->n = n;
	p->img = (struct rom_image){ &parts_ops, rom_strdup(name), at, 1 };
	return &p->img;
}
