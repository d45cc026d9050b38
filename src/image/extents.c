/* SPDX-License-Identifier: MIT */
/* extents.c - ranges of one image in a row, as the extents of a logical
 * partition are */
#include <inttypes.h>
#include <stdlib.h>

#include "romsplit/image.h"

struct run {
	uint64_t offset;       /* in this image */
	struct rom_range from; /* in the image below */
};

struct extents_image {
	struct rom_image img;
	struct rom_image *below;
	size_t n;
	struct run run[];
};

/* The run that holds offset, which lies inside the image. */
static const struct run *run_at(const struct extents_image *p, uint64_t offset)
{
	size_t lo = 0, hi = p->n;

	while (hi - lo > 1) {
		size_t mid = lo + (hi - lo) / 2;

		if (p->run[mid].offset <= offset)
			lo = mid;
		else
			hi = mid;
	}
	return &p->run[lo];
}

static enum rom_status read_run(const struct extents_image *p,
	const struct run *run, void *buf, size_t len, uint64_t offset,
	struct rom_err *err)
{
	uint64_t from = run->from.offset + (offset - run->offset);

	if (run->from.offset == ROM_NO_OFFSET) {
		memset(buf, 0, len);
		return ROM_OK;
	}
	if (from >= p->below->size || len > p->below->size - from)
		return rom_fail(err, ROM_E_ABSENT, from,
			"%s: data at 0x%" PRIx64 " is past the end of the dump",
			p->img.name, from);
	return rom_read(p->below, buf, len, from, err);
}

static enum rom_status extents_read(struct rom_image *img, void *buf,
	size_t len, uint64_t offset, struct rom_err *err)
{
	const struct extents_image *p = (struct extents_image *)img;

	while (len > 0) {
		const struct run *run = run_at(p, offset);
		size_t n = (size_t)rom_min(
			len, run->offset + run->from.len - offset);
		enum rom_status st = read_run(p, run, buf, n, offset, err);

		if (st)
			return st;
		buf = (char *)buf + n;
		offset += n;
		len -= n;
	}
	return ROM_OK;
}

static void extents_map(struct rom_image *img, uint64_t offset, uint64_t len,
	struct rom_span *ret)
{
	const struct extents_image *p = (struct extents_image *)img;
	const struct run *run = run_at(p, offset);

	len = rom_min(len, run->offset + run->from.len - offset);
	if (run->from.offset == ROM_NO_OFFSET)
		*ret = (struct rom_span){ .kind = ROM_SPAN_HOLE, .len = len };
	else
		rom_image_map(p->below,
			run->from.offset + (offset - run->offset), len, ret);
}

static bool extents_below(struct rom_image *img, struct rom_place *place)
{
	const struct extents_image *p = (struct extents_image *)img;
	const struct run *run = run_at(p, place->offset);
	uint64_t off = place->offset - run->offset;

	if (run->from.offset == ROM_NO_OFFSET)
		return false;
	*place = (struct rom_place){ p->below, run->from.offset + off,
		rom_min(place->len, run->from.len - off) };
	return true;
}

static void extents_close(struct rom_image *img)
{
	rom_image_close(((struct extents_image *)img)->below);
}

static const struct rom_image_ops extents_ops = {
	.read_at = extents_read,
	.map = extents_map,
	.below = extents_below,
	.close = extents_close,
};

struct rom_image *rom_image_open_extents(struct rom_image *img,
	const struct rom_range *ranges, size_t n, const char *name)
{
	struct extents_image *p = rom_alloc(sizeof(*p) + n * sizeof(*p->run));
	uint64_t offset = 0;

	for (size_t i = 0; i < n; i++) {
		if (ranges[i].len == 0 ||
			!rom_add(offset, ranges[i].len, &(uint64_t){ 0 }))
			continue;
		p->run[p->n++] = (struct run){ offset, ranges[i] };
		offset += ranges[i].len;
	}
	p->below = rom_image_ref(img);
	p->img =
		(struct rom_image){ &extents_ops, rom_strdup(name), offset, 1 };
	return &p->img;
}
