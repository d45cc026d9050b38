/* SPDX-License-Identifier: MIT */
/*
 * png.c - PNG: chunks, each with a checksum
 *
 *   0x00 4 length of the data, be32   0x04 4 type, four letters
 *   then the data, and the CRC-32 of type and data, be32
 */
#include <ctype.h>
#include <inttypes.h>

#include "media_priv.h"

enum { SIGNATURE = 8, AROUND = 12, MAX_CHUNK = 0x7fffffff };

static bool is_png(struct rom_buffer *head)
{
	static const uint8_t ihdr[] = "\0\0\0\x0dIHDR";

	return rom_buffer_has(head, 8, ihdr, 8) && rom_be32(head, 16) &&
	       rom_be32(head, 20);
}

static bool is_type(const uint8_t *p)
{
	return isalpha(p[0]) && isalpha(p[1]) && isalpha(p[2]) && isalpha(p[3]);
}

/* Computes the checksum of len bytes at offset. */
static bool compute_crc(struct rom_media_walk *w,
	const struct rom_crc32_table *table, uint64_t offset, uint64_t len,
	uint32_t *ret)
{
	struct rom_buffer v;
	uint32_t crc = UINT32_MAX;

	for (uint64_t n; len > 0; offset += n, len -= n) {
		if (!rom_media_more(w, offset, &v))
			return false;
		n = rom_min(len, v.len);
		crc = rom_crc32_fast(table, crc, v.p, (size_t)n);
	}
	*ret = ~crc;
	return true;
}

static bool check_crc(struct rom_media_walk *w,
	const struct rom_crc32_table *table, uint64_t at, uint32_t len)
{
	struct rom_buffer v;
	uint32_t crc;

	if (!compute_crc(w, table, at + 4, (uint64_t)len + 4, &crc) ||
		!rom_media_need(w, at + 8 + len, 4, &v))
		return false;
	return rom_be32(&v, 0) == crc ||
	       rom_media_damaged(w, at,
		       "checksum mismatch in the chunk at 0x%" PRIx64
		       ": expected %08" PRIx32 ", got %08" PRIx32,
		       at, rom_be32(&v, 0), crc);
}

static void note_chunk(
	struct rom_media_walk *w, const char *type, uint64_t body, uint32_t len)
{
	struct rom_buffer v;

	if (!memcmp(type, "IHDR", 4) && rom_media_peek(w, body, 8, &v)) {
		w->ret->width = rom_be32(&v, 0);
		w->ret->height = rom_be32(&v, 4);
	}
	if (!memcmp(type, "eXIf", 4))
		rom_exif_walk(
			w, (struct rom_range){ body, len }, &w->ret->exif);
}

/* Walks the chunk at *at and moves *at past it. */
static bool walk_chunk(struct rom_media_walk *w,
	const struct rom_crc32_table *table, uint64_t *at, bool *ret_last)
{
	struct rom_buffer v;
	uint32_t len;
	char type[4];

	if (!rom_media_need(w, *at, 8, &v))
		return false;
	len = rom_be32(&v, 0);
	if (!is_type(v.p + 4) || len > MAX_CHUNK)
		return rom_media_damaged(
			w, *at, "expected a chunk at 0x%" PRIx64, *at);
	memcpy(type, v.p + 4, 4);
	if (!check_crc(w, table, *at, len))
		return false;
	note_chunk(w, type, *at + 8, len);
	*ret_last = !memcmp(type, "IEND", 4);
	*at += AROUND + len;
	return true;
}

static void examine_png(struct rom_media_walk *w)
{
	ROM_AUTO struct rom_crc32_table *table = rom_alloc(sizeof(*table));
	uint64_t at = SIGNATURE;
	bool last = false;

	rom_crc32_fill(table);
	while (!last) {
		if (!walk_chunk(w, table, &at, &last))
			return;
	}
	w->ret->proof = ROM_MEDIA_BY_CHECKSUM;
	rom_media_whole(w, at);
}

const struct rom_media_walker rom_media_png = {
	.format = { "png", ".png", "image/png", ROM_MEDIA_PICTURE },
	.signature = { { "\x89PNG\r\n\x1a\n", 8, 0 } },
	.is = is_png,
	.examine = examine_png,
};
