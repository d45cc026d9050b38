/* SPDX-License-Identifier: MIT */
/* sparse.c - an Android sparse image, or the parts of one, read in place */
#include <inttypes.h>
#include <stdlib.h>

#include "sparse_priv.h"

struct sparse_image {
	struct rom_image img;
	rom_chunks chunks; /* cover all of it */
	size_t n;
	struct rom_image *below[]; /* the files */
};

static const struct rom_chunk *chunk_at(
	const struct sparse_image *s, uint64_t offset)
{
	size_t lo = 0, hi = s->chunks.n;

	while (hi - lo > 1) {
		size_t mid = lo + (hi - lo) / 2;

		if (s->chunks.v[mid].range.offset <= offset)
			lo = mid;
		else
			hi = mid;
	}
	return &s->chunks.v[lo];
}

static void fill(uint8_t *buf, size_t len, uint64_t phase, uint32_t pattern)
{
	for (size_t i = 0; i < len; i++)
		buf[i] = (uint8_t)(pattern >> 8 * ((phase + i) & 3));
}

static enum rom_status read_chunk(const struct sparse_image *s,
	const struct rom_chunk *c, void *buf, size_t len, uint64_t offset,
	struct rom_err *err)
{
	uint64_t within = offset - c->range.offset;

	switch (c->type) {
	case ROM_CHUNK_RAW:
		return rom_read(
			s->below[c->part], buf, len, c->source + within, err);
	case ROM_CHUNK_FILL:
		/* chunks begin at multiples of four, unless they were cut */
		fill(buf, len, offset, (uint32_t)c->source);
		return ROM_OK;
	case ROM_CHUNK_CUT:
		return rom_fail(err, ROM_E_ABSENT, offset,
			"%s: the sparse image is truncated", s->img.name);
	default:
		return rom_fail(err, ROM_E_ABSENT, offset,
			"%s: 0x%" PRIx64 " is left out of the sparse image",
			s->img.name, offset);
	}
}

static enum rom_status sparse_read(struct rom_image *img, void *buf, size_t len,
	uint64_t offset, struct rom_err *err)
{
	const struct sparse_image *s = (struct sparse_image *)img;
	enum rom_status st = ROM_OK;

	while (len > 0 && !st) {
		const struct rom_chunk *c = chunk_at(s, offset);
		size_t n =
			(size_t)rom_min(len, rom_range_end(c->range) - offset);

		st = read_chunk(s, c, buf, n, offset, err);
		buf = (char *)buf + n;
		offset += n;
		len -= n;
	}
	return st;
}

static void sparse_map(struct rom_image *img, uint64_t offset, uint64_t len,
	struct rom_span *ret)
{
	const struct sparse_image *s = (struct sparse_image *)img;
	const struct rom_chunk *c = chunk_at(s, offset);

	len = rom_min(len, rom_range_end(c->range) - offset);
	if (c->type == ROM_CHUNK_RAW) {
		rom_image_map(s->below[c->part],
			c->source + (offset - c->range.offset), len, ret);
		return;
	}
	*ret = (struct rom_span){
		.kind = c->type != ROM_CHUNK_FILL ? ROM_SPAN_ABSENT
			: c->source		  ? ROM_SPAN_FILL
						  : ROM_SPAN_HOLE,
		.len = len,
		.left_out = c->type == ROM_CHUNK_LEFT_OUT,
	};
}

static void sparse_close(struct rom_image *img)
{
	struct sparse_image *s = (struct sparse_image *)img;

	rom_vec_done(&s->chunks);
	for (size_t i = 0; i < s->n; i++)
		rom_image_close(s->below[i]);
}

static const struct rom_image_ops sparse_ops = {
	.read_at = sparse_read,
	.map = sparse_map,
	.close = sparse_close,
};

uint64_t rom_sparse_held_end(const struct rom_image *img)
{
	const struct sparse_image *s = (const struct sparse_image *)img;
	uint64_t end = 0;

	if (img->ops != &sparse_ops)
		return 0;
	for (size_t i = 0; i < s->chunks.n; i++) {
		if (s->chunks.v[i].type != ROM_CHUNK_LEFT_OUT)
			end = rom_range_end(s->chunks.v[i].range);
	}
	return end;
}

/* ---- opening ------------------------------------------------------------- */

static enum rom_status check_size(struct rom_image *first,
	struct rom_image *part, uint64_t size, uint64_t its,
	struct rom_err *err)
{
	if (its == size)
		return ROM_OK;
	return rom_fail(err, ROM_E_INPUT, ROM_NO_OFFSET,
		"%s and %s are sparse images of different sizes (%" PRIu64
		" and %" PRIu64 " bytes expanded): they are not parts of one "
		"image; name each by itself",
		first->name, part->name, size, its);
}

/* Reads the chunks of part i and lays them over those of the parts before. */
static enum rom_status add_part(struct sparse_image *s, uint32_t i,
	uint64_t *overlap, struct rom_err *err)
{
	rom_chunks own = { 0 }, both = { 0 };
	uint64_t size = 0, at;
	enum rom_status st = rom_sparse_read(s->below[i], i,
		ROM_MAX_SPARSE_CHUNKS -
			rom_min(s->chunks.n, ROM_MAX_SPARSE_CHUNKS),
		&own, &size, err);

	if (!st && i)
		st = check_size(
			s->below[0], s->below[i], s->img.size, size, err);
	if (!st && i) {
		at = rom_sparse_merge(&own, &s->chunks, &both);
		*overlap = rom_min(*overlap, at);
		rom_vec_done(&own);
		rom_vec_done(&s->chunks);
		own = both;
	}
	if (st) {
		rom_vec_done(&own);
		return st;
	}
	s->chunks = own;
	s->img.size = size;
	return ROM_OK;
}

enum rom_status rom_image_open_sparse_parts(struct rom_image *const *parts,
	size_t n, struct rom_image **ret, uint64_t *ret_overlap,
	struct rom_err *err)
{
	struct sparse_image *s = rom_alloc(sizeof(*s) + n * sizeof(*s->below));
	enum rom_status st = ROM_OK;

	s->img = (struct rom_image){ &sparse_ops, rom_strdup(parts[0]->name), 0,
		1 };
	for (s->n = 0; s->n < n; s->n++)
		s->below[s->n] = rom_image_ref(parts[s->n]);
	*ret_overlap = ROM_NO_OFFSET;
	for (size_t i = 0; i < n && !st; i++)
		st = add_part(s, (uint32_t)i, ret_overlap, err);
	if (st)
		rom_image_close(&s->img);
	else
		*ret = &s->img;
	return st;
}

enum rom_status rom_image_open_sparse(
	struct rom_image *img, struct rom_image **ret, struct rom_err *err)
{
	uint64_t overlap;

	return rom_image_open_sparse_parts(&img, 1, ret, &overlap, err);
}
