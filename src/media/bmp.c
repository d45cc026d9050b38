/* SPDX-License-Identifier: MIT */
/*
 * bmp.c - Windows bitmaps
 *
 *   0x00 2 "BM"  0x02 4 length of the file  0x06 4 zero  0x0a 4 pixels
 *   0x0e 4 length of the second header: 40 and more, or 12
 *   0x12 4 width  0x16 4 height, negative: from the top  0x1a 2 planes: 1
 *   0x1c 2 bits a pixel  0x1e 4 compression, 0: none
 */
#include <inttypes.h>
#include <stdlib.h>

#include "media_priv.h"

enum { HEAD = 34 };

static bool is_header_length(uint32_t len)
{
	return len == 40 || len == 52 || len == 56 || len == 64 || len == 108 ||
	       len == 124;
}

static bool is_depth(uint16_t bits)
{
	return bits == 1 || bits == 4 || bits == 8 || bits == 16 ||
	       bits == 24 || bits == 32;
}

static bool is_bmp(struct rom_buffer *head)
{
	uint32_t pixels = rom_le32(head, 10), header = rom_le32(head, 14);

	return !rom_le32(head, 6) && is_header_length(header) &&
	       pixels >= 14 + header && pixels < 1 << 20 &&
	       rom_le16(head, 26) == 1 && is_depth(rom_le16(head, 28)) &&
	       rom_le32(head, 30) < 7;
}

static uint32_t magnitude(uint32_t n)
{
	return n >> 31 ? -n : n;
}

/* Rows are padded to multiples of four bytes. */
static uint64_t pixel_bytes(struct rom_buffer *v)
{
	uint64_t bits = (uint64_t)rom_le32(v, 18) * rom_le16(v, 28);
	uint64_t bytes = 0;

	rom_mul((bits + 31) / 32 * 4, magnitude(rom_le32(v, 22)), &bytes);
	return bytes;
}

static void examine_bmp(struct rom_media_walk *w)
{
	struct rom_buffer v;
	uint64_t stated, needed;

	if (!rom_media_need(w, 0, HEAD, &v))
		return;
	w->ret->width = rom_le32(&v, 18);
	w->ret->height = magnitude(rom_le32(&v, 22));
	stated = rom_le32(&v, 2);
	needed = rom_le32(&v, 10) +
		 (rom_le32(&v, 30) == 0 || rom_le32(&v, 30) == 3
				 ? pixel_bytes(&v)
				 : 0);
	if (!w->ret->width || !w->ret->height || w->ret->width >> 20 ||
		w->ret->height >> 20) {
		rom_media_damaged(w, 18, "invalid width or height");
		return;
	}
	/* some writers store the length of the pixels there, or nothing */
	stated = rom_max(stated, needed);
	if (rom_media_fits(w, stated))
		rom_media_whole(w, stated);
}

const struct rom_media_walker rom_media_bmp = {
	.format = { "bmp", ".bmp", "image/bmp", ROM_MEDIA_PICTURE },
	.signature = { { "BM", 2, 0 } },
	.is = is_bmp,
	.examine = examine_bmp,
};
