/* SPDX-License-Identifier: MIT */
/*
 * sparse.c - an Android sparse image, read in place
 *
 * All little-endian (AOSP system/core/libsparse/sparse_format.h).
 *   file header   0x00 4 magic 3AFF26ED   0x04 2 major 1      0x06 2 minor
 *                 0x08 2 header bytes     0x0a 2 chunk header bytes
 *                 0x0c 4 block size  0x10 4 blocks of the whole  0x14 4 chunks
 *                 0x18 4 CRC
 *   chunk header  0x00 2 type: CAC1 raw, CAC2 fill, CAC3 don't care, CAC4 CRC
 *                 0x04 4 blocks of the whole that it stands for
 *                 0x08 4 bytes here, header included
 */
#include <inttypes.h>
#include <stdlib.h>

#include "romsplit/image.h"

enum {
	HEADER_LEN = 28,
	CHUNK_LEN = 12,
	/* a 256 GiB userdata in chunks of 64 MiB needs some thousands; 512 Ki
	 * keep the table under 13 MiB */
	MAX_CHUNKS = 512 * 1024,
	MAX_BLOCK = 1 << 20,
};

#define MAX_SIZE ((uint64_t)1 << 60)

enum chunk_type {
	RAW = 0xcac1,
	FILL = 0xcac2,
	DONT_CARE = 0xcac3,
	CRC = 0xcac4
};

struct chunk {
	uint64_t offset; /* where it begins in the expanded image */
	/* RAW: offset of its bytes in the file; FILL: the four bytes */
	uint64_t source;
	uint16_t type;
};

struct sparse_image {
	struct rom_image img;
	struct rom_image *below;
	ROM_VEC(struct chunk) chunks;
};

static const struct chunk *chunk_at(
	const struct sparse_image *s, uint64_t offset, uint64_t *ret_end)
{
	size_t lo = 0, hi = s->chunks.n;

	while (hi - lo > 1) {
		size_t mid = lo + (hi - lo) / 2;

		if (s->chunks.v[mid].offset <= offset)
			lo = mid;
		else
			hi = mid;
	}
	*ret_end =
		lo + 1 < s->chunks.n ? s->chunks.v[lo + 1].offset : s->img.size;
	return &s->chunks.v[lo];
}

static void fill(uint8_t *buf, size_t len, uint64_t phase, uint32_t pattern)
{
	for (size_t i = 0; i < len; i++)
		buf[i] = (uint8_t)(pattern >> 8 * ((phase + i) & 3));
}

static enum rom_status sparse_read(struct rom_image *img, void *buf, size_t len,
	uint64_t offset, struct rom_err *err)
{
	struct sparse_image *s = (struct sparse_image *)img;
	enum rom_status st = ROM_OK;

	while (len > 0 && !st) {
		uint64_t end;
		const struct chunk *c = chunk_at(s, offset, &end);
		size_t n = (size_t)rom_min(len, end - offset);

		if (c->type == RAW)
			st = rom_read(s->below, buf, n,
				c->source + (offset - c->offset), err);
		else
			fill(buf, n, offset - c->offset,
				c->type == FILL ? (uint32_t)c->source : 0);
		buf = (char *)buf + n;
		offset += n;
		len -= n;
	}
	if (st == ROM_E_RANGE)
		return rom_fail(err, ROM_E_ABSENT, offset,
			"%s: the sparse image is truncated", img->name);
	return st;
}

static void sparse_map(struct rom_image *img, uint64_t offset, uint64_t len,
	struct rom_span *ret)
{
	struct sparse_image *s = (struct sparse_image *)img;
	uint64_t end;
	const struct chunk *c = chunk_at(s, offset, &end);

	len = rom_min(len, end - offset);
	if (c->type == RAW) {
		rom_image_map(
			s->below, c->source + (offset - c->offset), len, ret);
		return;
	}
	*ret = (struct rom_span){
		.kind = c->type == FILL && c->source ? ROM_SPAN_FILL
						     : ROM_SPAN_HOLE,
		.len = len,
	};
}

static void sparse_close(struct rom_image *img)
{
	struct sparse_image *s = (struct sparse_image *)img;

	rom_vec_done(&s->chunks);
	rom_image_close(s->below);
}

static const struct rom_image_ops sparse_ops = {
	.read_at = sparse_read,
	.map = sparse_map,
	.close = sparse_close,
};

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
	if (ret->chunks > MAX_CHUNKS)
		return rom_fail(err, ROM_E_LIMIT, 20,
			"sparse header: expected at most %d chunks, got %u",
			MAX_CHUNKS, ret->chunks);
	return ROM_OK;
}

/* Adds the chunk whose header lies at *offset, and moves *offset past the
 * chunk. ROM_E_ABSENT when the file ends before it. */
static enum rom_status add_chunk(struct sparse_image *s, const struct header *h,
	uint64_t *offset, uint64_t *whole, struct rom_err *err)
{
	uint8_t buf[CHUNK_LEN + 4] = { 0 };
	struct rom_buffer v = { .p = buf, .len = sizeof(buf) };
	size_t got = 0;
	enum rom_status st =
		rom_read_some(s->below, buf, CHUNK_LEN, *offset, &got, err);
	uint16_t type = rom_le16(&v, 0);
	uint64_t len = (uint64_t)rom_le32(&v, 4) * h->block,
		 here = rom_le32(&v, 8);
	uint64_t body = *offset + h->chunk_len;
	struct chunk *c;

	if (st)
		return st;
	if (got < CHUNK_LEN)
		return ROM_E_ABSENT;
	if (here < h->chunk_len || type < RAW || type > CRC ||
		(type == RAW && here - h->chunk_len != len))
		return rom_fail(err, ROM_E_CORRUPT, *offset,
			"sparse chunk: expected type CAC1 to CAC4 and a "
			"matching length, got %04X, %" PRIu64
			" bytes for %" PRIu64,
			type, here, len);
	if (type == FILL) {
		st = rom_read_some(
			s->below, buf + CHUNK_LEN, 4, body, &got, err);
		if (st)
			return st;
		if (got < 4)
			return ROM_E_ABSENT;
	}
	if (*whole + len > MAX_SIZE) /* both are far below 2^63 */
		return rom_fail(err, ROM_E_LIMIT, *offset,
			"sparse image: expected at most 2^60 bytes in total");
	*offset += here;
	if (type == CRC || len == 0)
		return ROM_OK;
	c = rom_vec_add(&s->chunks);
	*c = (struct chunk){ *whole,
		type == FILL ? rom_le32(&v, CHUNK_LEN) : body, type };
	*whole += len;
	return ROM_OK;
}

enum rom_status rom_image_open_sparse(
	struct rom_image *img, struct rom_image **ret, struct rom_err *err)
{
	struct header h;
	enum rom_status st = read_header(img, &h, err);
	struct sparse_image *s;
	uint64_t offset, whole = 0;

	if (st)
		return st;
	s = rom_alloc(sizeof(*s));
	s->below = rom_image_ref(img);
	s->img = (struct rom_image){ &sparse_ops, rom_strdup(img->name), 0, 1 };
	offset = h.len;
	for (uint32_t i = 0; i < h.chunks && !st; i++)
		st = add_chunk(s, &h, &offset, &whole, err);
	if (st && st != ROM_E_ABSENT) {
		rom_image_close(&s->img);
		return st;
	}
	/* what a truncated file no longer describes is absent (a chunk past the
	 * end of the file); what no chunk covers is a hole */
	if (whole < (uint64_t)h.blocks * h.block || s->chunks.n == 0) {
		struct chunk *c = rom_vec_add(&s->chunks);

		*c = (struct chunk){ whole, img->size,
			st == ROM_E_ABSENT ? RAW : DONT_CARE };
		whole = rom_max(whole, (uint64_t)h.blocks * h.block);
	}
	s->img.size = whole;
	*ret = &s->img;
	return ROM_OK;
}
