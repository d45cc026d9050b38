/* SPDX-License-Identifier: MIT */
/* pieces.c - ranges of one image, one after the other: a logical partition */
#include <stdlib.h>

#include "romsplit/image.h"

struct piece {
	uint64_t at;	       /* here */
	struct rom_range from; /* there */
};

struct pieces_image {
	struct rom_image img;
	struct rom_image *below;
	size_t n;
	struct piece piece[];
};

/* The piece that holds at, which lies inside the image. */
static const struct piece *piece_at(const struct pieces_image *p, uint64_t at)
{
	size_t lo = 0, hi = p->n;

	while (hi - lo > 1) {
		size_t mid = lo + (hi - lo) / 2;

		if (p->piece[mid].at <= at)
			lo = mid;
		else
			hi = mid;
	}
	return &p->piece[lo];
}

static enum rom_status read_piece(const struct pieces_image *p,
	const struct piece *piece, void *buf, size_t len, uint64_t at,
	struct rom_err *err)
{
	uint64_t from = piece->from.at + (at - piece->at);

	if (piece->from.at == ROM_NOWHERE) {
		memset(buf, 0, len);
		return ROM_OK;
	}
	if (from >= p->below->size || len > p->below->size - from)
		return rom_fail(err, ROM_E_ABSENT, from,
			"%s: lies past the end of the dump", p->img.name);
	return rom_read(p->below, buf, len, from, err);
}

static enum rom_status pieces_read(struct rom_image *img, void *buf, size_t len,
	uint64_t at, struct rom_err *err)
{
	const struct pieces_image *p = (struct pieces_image *)img;

	while (len > 0) {
		const struct piece *piece = piece_at(p, at);
		size_t n =
			(size_t)rom_min(len, piece->at + piece->from.len - at);
		enum rom_status st = read_piece(p, piece, buf, n, at, err);

		if (st)
			return st;
		buf = (char *)buf + n;
		at += n;
		len -= n;
	}
	return ROM_OK;
}

static void pieces_map(
	struct rom_image *img, uint64_t at, uint64_t len, struct rom_span *ret)
{
	const struct pieces_image *p = (struct pieces_image *)img;
	const struct piece *piece = piece_at(p, at);

	len = rom_min(len, piece->at + piece->from.len - at);
	if (piece->from.at == ROM_NOWHERE)
		*ret = (struct rom_span){ .kind = ROM_SPAN_HOLE, .len = len };
	else
		rom_image_map(
			p->below, piece->from.at + (at - piece->at), len, ret);
}

static void pieces_close(struct rom_image *img)
{
	rom_image_close(((struct pieces_image *)img)->below);
}

static const struct rom_image_ops pieces_ops = {
	.read_at = pieces_read,
	.map = pieces_map,
	.close = pieces_close,
};

struct rom_image *rom_image_open_pieces(struct rom_image *img,
	const struct rom_range *ranges, size_t n, const char *name)
{
	struct pieces_image *p = rom_alloc(sizeof(*p) + n * sizeof(*p->piece));
	uint64_t at = 0;

	for (size_t i = 0; i < n; i++) {
		if (ranges[i].len == 0 ||
			!rom_add(at, ranges[i].len, &(uint64_t){ 0 }))
			continue;
		p->piece[p->n++] = (struct piece){ at, ranges[i] };
		at += ranges[i].len;
	}
	p->below = rom_image_ref(img);
	p->img = (struct rom_image){ &pieces_ops, rom_strdup(name), at, 1 };
	return &p->img;
}
