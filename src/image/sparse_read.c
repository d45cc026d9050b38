/* SPDX-License-Identifier: MIT */
/*
 * sparse_read.c - the header and the chunks of an Android sparse image
 *
 * All little-endian (AOSP system/core/libsparse/sparse_format.h).
 *   file header   0x00 4 magic 3AFF26ED   0x04 2 major 1      0x06 2 minor
 *                 0x08 2 header bytes     0x0a 2 chunk header bytes
 *                 0x0c 4 block size  0x10 4 blocks of the whole  0x14 4 chunks
 *                 0x18 4 CRC
 *   chunk header  0x00 2 type: CAC1 raw, CAC2 fill, CAC3 don't care, CAC4 CRC
 *                 0x04 4 blocks of the whole that it stands for
 *                 0x08 4 bytes here, header included
 *
 * DONT_CARE is what the image leaves out: the phone keeps there what it had.
 * Tools write it for blocks that no file uses, and for everything that lies in
 * another part of a split image; zeros that matter are a FILL of 0.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "sparse_priv.h"

enum {
	HEADER_LEN = 28,
	CHUNK_LEN = 12,
	MAX_BLOCK = 1 << 20,
};

#define MAX_SIZE ((uint64_t)1 << 60)

enum { RAW = 0xcac1, FILL = 0xcac2, DONT_CARE = 0xcac3, CRC = 0xcac4 };

struct header {
	uint16_t len, chunk_len;
	uint32_t block, blocks, chunks;
};

static enum rom_status read_header(
	struct rom_image *img, struct header *ret, struct rom_err *err)
{
	uint8_t buf[HEADER_LEN];
	struct rom_buffer v = { .p = buf, .len = sizeof(buf) };
	enum rom_status st;

	if (img->size < sizeof(buf))
		return ROM_NO_MATCH;
	st = rom_read(img, buf, sizeof(buf), 0, err);
	if (st == ROM_E_ABSENT)
		/* the beginning was never read from the phone */
		return ROM_NO_MATCH;
	if (st)
		return st;
	if (rom_le32(&v, 0) != 0xed26ff3a || rom_le16(&v, 4) != 1)
		return ROM_NO_MATCH;
	*ret = (struct header){ rom_le16(&v, 8), rom_le16(&v, 10),
		rom_le32(&v, 12), rom_le32(&v, 16), rom_le32(&v, 20) };
	if (ret->len < HEADER_LEN || ret->chunk_len < CHUNK_LEN)
		return rom_fail(err, ROM_E_CORRUPT, 8,
			"sparse header: expected header lengths of at least 28 "
			"and 12, got %u and %u",
			ret->len, ret->chunk_len);
	if (ret->block == 0 || ret->block % 4 || ret->block > MAX_BLOCK)
		return rom_fail(err, ROM_E_CORRUPT, 12,
			"sparse header: expected a block size of 4 bytes to 1 "
			"MiB, a multiple of 4, got %u",
			ret->block);
	if (ret->chunks > ROM_MAX_SPARSE_CHUNKS)
		return rom_fail(err, ROM_E_LIMIT, 20,
			"sparse header: expected at most %d chunks, got %u",
			ROM_MAX_SPARSE_CHUNKS, ret->chunks);
	return ROM_OK;
}

/* State of reading the chunks of one file. */
struct reading {
	struct rom_image *img;
	const struct header *h;
	rom_chunks *out;
	uint32_t part;
	uint64_t offset; /* of the next chunk header */
	uint64_t whole;	 /* bytes of the expanded image so far */
};

static void add(struct reading *r, uint64_t len, enum rom_chunk_type type,
	uint64_t source)
{
	struct rom_chunk *last = r->out->n ? &r->out->v[r->out->n - 1] : NULL;

	if (len && last && type >= ROM_CHUNK_LEFT_OUT && last->type == type)
		last->range.len += len;
	else if (len)
		*rom_vec_add(r->out) = (struct rom_chunk){ { r->whole, len },
			source, type, r->part };
	r->whole += len;
}

/* What of its bytes lies past the end of the file is cut off. */
static void add_raw(struct reading *r, uint64_t len, uint64_t source)
{
	uint64_t size = r->img->size;
	uint64_t here = source < size ? rom_min(len, size - source) : 0;

	add(r, here, ROM_CHUNK_RAW, source);
	add(r, len - here, ROM_CHUNK_CUT, 0);
}

/* Adds the chunk whose header lies at r->offset, and moves that past the chunk.
 * ROM_E_ABSENT when the file ends before it. */
static enum rom_status add_chunk(struct reading *r, struct rom_err *err)
{
	uint8_t buf[CHUNK_LEN + 4] = { 0 };
	struct rom_buffer v = { .p = buf, .len = sizeof(buf) };
	size_t got = 0;
	enum rom_status st =
		rom_read_some(r->img, buf, CHUNK_LEN, r->offset, &got, err);
	uint16_t type = rom_le16(&v, 0);
	uint64_t len = (uint64_t)rom_le32(&v, 4) * r->h->block,
		 here = rom_le32(&v, 8), body = r->offset + r->h->chunk_len;

	if (st)
		return st;
	if (got < CHUNK_LEN)
		return ROM_E_ABSENT;
	if (here < r->h->chunk_len || type < RAW || type > CRC ||
		(type == RAW && here - r->h->chunk_len != len))
		return rom_fail(err, ROM_E_CORRUPT, r->offset,
			"sparse chunk: expected type CAC1 to CAC4 and a "
			"matching length, got %04X, %" PRIu64
			" bytes for %" PRIu64,
			type, here, len);
	if (type == FILL) {
		st = rom_read_some(r->img, buf + CHUNK_LEN, 4, body, &got, err);
		if (st)
			return st;
		if (got < 4)
			return ROM_E_ABSENT;
	}
	if (r->whole + len > MAX_SIZE) /* both are far below 2^63 */
		return rom_fail(err, ROM_E_LIMIT, r->offset,
			"sparse image: expected at most 2^60 bytes in total");
	r->offset += here;
	if (type == RAW)
		add_raw(r, len, body);
	else if (type != CRC)
		add(r, len, type == FILL ? ROM_CHUNK_FILL : ROM_CHUNK_LEFT_OUT,
			type == FILL ? rom_le32(&v, CHUNK_LEN) : 0);
	return ROM_OK;
}

enum rom_status rom_sparse_read(struct rom_image *img, uint32_t part,
	size_t max, rom_chunks *ret, uint64_t *ret_size, struct rom_err *err)
{
	struct header h;
	enum rom_status st = read_header(img, &h, err);
	struct reading r = { img, &h, ret, part, 0, 0 };
	uint64_t whole;

	if (st)
		return st;
	r.offset = h.len;
	if (h.chunks > max)
		return rom_fail(err, ROM_E_LIMIT, 20,
			"sparse images: expected at most %d chunks in all "
			"parts together",
			ROM_MAX_SPARSE_CHUNKS);
	for (uint32_t i = 0; i < h.chunks && !st; i++)
		st = add_chunk(&r, err);
	if (st && st != ROM_E_ABSENT)
		return st;
	/* what a truncated file no longer describes was cut off; what no chunk
	 * covers is left out */
	whole = (uint64_t)h.blocks * h.block;
	if (r.whole < whole)
		add(&r, whole - r.whole,
			st ? ROM_CHUNK_CUT : ROM_CHUNK_LEFT_OUT, 0);
	*ret_size = r.whole;
	return ROM_OK;
}

bool rom_image_is_sparse(struct rom_image *img)
{
	struct rom_err err;
	struct header h;
	enum rom_status st = read_header(img, &h, &err);

	/* a damaged header is still one of a sparse image */
	return !st || st == ROM_E_CORRUPT || st == ROM_E_LIMIT;
}

bool rom_sparse_is_sound(struct rom_image *img)
{
	rom_chunks chunks = { 0 };
	struct rom_err err;
	uint64_t size;
	bool sound = !rom_sparse_read(
		img, 0, ROM_MAX_SPARSE_CHUNKS, &chunks, &size, &err);

	rom_vec_done(&chunks);
	return sound;
}

bool rom_sparse_is_cut(struct rom_image *img)
{
	rom_chunks chunks = { 0 };
	const struct rom_chunk *c;
	struct rom_err err;
	uint64_t size;
	bool cut = false;

	if (!rom_sparse_read(
		    img, 0, ROM_MAX_SPARSE_CHUNKS, &chunks, &size, &err)) {
		rom_each (c, &chunks)
			cut |= c->type == ROM_CHUNK_CUT;
	}
	rom_vec_done(&chunks);
	return cut;
}
