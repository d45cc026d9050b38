/* SPDX-License-Identifier: MIT */
/* placed.c - images at their places in a larger one, of which the rest was not
 * given: the files of a folder, the end of a medium */
#include <inttypes.h>
#include <stdlib.h>

#include "romsplit/image.h"

struct placed_image {
	struct rom_image img;
	size_t n;
	struct rom_piece piece[]; /* ascending, without overlap */
};

/* The first piece that ends after offset; NULL: none. */
static const struct rom_piece *piece_after(
	const struct placed_image *p, uint64_t offset)
{
	size_t lo = 0, hi = p->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (rom_range_end(p->piece[mid].range) <= offset)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < p->n ? &p->piece[lo] : NULL;
}

static enum rom_status placed_read(struct rom_image *img, void *buf, size_t len,
	uint64_t offset, struct rom_err *err)
{
	while (len > 0) {
		const struct rom_piece *piece =
			piece_after((struct placed_image *)img, offset);
		enum rom_status st;
		size_t n;

		if (!piece || piece->range.offset > offset)
			return rom_fail(err, ROM_E_ABSENT, offset,
				"%s: 0x%" PRIx64 " is in none of its files",
				img->name, offset);
		n = (size_t)rom_min(len, rom_range_end(piece->range) - offset);
		st = rom_read(
			piece->img, buf, n, offset - piece->range.offset, err);
		if (st)
			return st;
		buf = (char *)buf + n;
		offset += n;
		len -= n;
	}
	return ROM_OK;
}

static void placed_map(struct rom_image *img, uint64_t offset, uint64_t len,
	struct rom_span *ret)
{
	const struct rom_piece *piece =
		piece_after((struct placed_image *)img, offset);

	if (piece && piece->range.offset <= offset) {
		len = rom_min(len, rom_range_end(piece->range) - offset);
		rom_image_map(
			piece->img, offset - piece->range.offset, len, ret);
		return;
	}
	*ret = (struct rom_span){ .kind = ROM_SPAN_ABSENT,
		.len = piece ? rom_min(len, piece->range.offset - offset) : len,
		.not_given = true };
}

static bool placed_below(struct rom_image *img, struct rom_place *place)
{
	const struct rom_piece *piece =
		piece_after((struct placed_image *)img, place->offset);
	uint64_t off;

	if (!piece || piece->range.offset > place->offset)
		return false;
	off = place->offset - piece->range.offset;
	*place = (struct rom_place){ piece->img, off,
		rom_min(place->len, piece->range.len - off) };
	return true;
}

static void placed_close(struct rom_image *img)
{
	struct placed_image *p = (struct placed_image *)img;

	for (size_t i = 0; i < p->n; i++)
		rom_image_close(p->piece[i].img);
}

static const struct rom_image_ops placed_ops = {
	.read_at = placed_read,
	.map = placed_map,
	.below = placed_below,
	.close = placed_close,
};

struct rom_image *rom_image_open_placed(const struct rom_piece *pieces,
	size_t n, uint64_t size, const char *name)
{
	struct placed_image *p = rom_alloc(sizeof(*p) + n * sizeof(*p->piece));
	uint64_t end = 0;

	for (size_t i = 0; i < n; i++) {
		struct rom_range r = pieces[i].range;

		r.len = rom_min(r.len, pieces[i].img->size);
		if (r.offset < end || r.offset >= size)
			continue;
		r.len = rom_min(r.len, size - r.offset);
		if (!r.len)
			continue;
		p->piece[p->n++] =
			(struct rom_piece){ rom_image_ref(pieces[i].img), r };
		end = rom_range_end(r);
	}
	p->img = (struct rom_image){ &placed_ops, rom_strdup(name), size, 1 };
	return &p->img;
}
