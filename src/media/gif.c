/* SPDX-License-Identifier: MIT */
/*
 * gif.c - GIF: a screen, then blocks until a trailer
 *
 *   0x00 6 "GIF87a" or "GIF89a"  0x06 2 width  0x08 2 height
 *   0x0a 1 80: colours follow, 3 bytes * 2^((these & 7) + 1)
 * Blocks: 2C picture (9 bytes of position, the last are flags), 21 extension,
 * 3B end. Data come in sub-blocks of 1 to 255 bytes after a length byte; length
 * 0 ends them.
 */
#include <inttypes.h>

#include "media_priv.h"

enum { HEAD = 13, PICTURE = 0x2c, EXTENSION = 0x21, TRAILER = 0x3b };

static bool is_gif(struct rom_buffer *head)
{
	return rom_le16(head, 6) && rom_le16(head, 8) &&
	       (rom_u8(head, 4) == '7' || rom_u8(head, 4) == '9');
}

static uint64_t colour_table_len(uint8_t flags)
{
	return flags & 0x80 ? 3u << ((flags & 7) + 1) : 0;
}

static bool skip_sub_blocks(struct rom_media_walk *w, uint64_t *at)
{
	struct rom_buffer v;

	do {
		if (!rom_media_need(w, *at, 1, &v))
			return false;
		*at += 1u + *v.p;
	} while (*v.p);
	return true;
}

static bool walk_picture(struct rom_media_walk *w, uint64_t *at)
{
	struct rom_buffer v;
	uint8_t code_bits;

	if (!rom_media_need(w, *at, 10, &v))
		return false;
	*at += 10 + colour_table_len(rom_u8(&v, 9));
	if (!rom_media_need(w, *at, 1, &v))
		return false;
	code_bits = *v.p;
	if (code_bits < 1 || code_bits > 11)
		return rom_media_damaged(w, *at,
			"LZW code size of %u bits at 0x%" PRIx64, code_bits,
			*at);
	*at += 1;
	return skip_sub_blocks(w, at);
}

static bool walk_block(struct rom_media_walk *w, uint64_t *at, bool *ret_last)
{
	struct rom_buffer v;
	uint8_t kind;

	if (!rom_media_need(w, *at, 1, &v))
		return false;
	kind = *v.p;
	*ret_last = kind == TRAILER;
	if (kind == PICTURE)
		return walk_picture(w, at);
	if (kind == EXTENSION) {
		*at += 2;
		return skip_sub_blocks(w, at);
	}
	*at += 1;
	return *ret_last || rom_media_damaged(w, *at - 1,
				    "expected a block, got %02x", kind);
}

static void examine_gif(struct rom_media_walk *w)
{
	struct rom_buffer v;
	uint64_t at = HEAD;
	bool last = false;

	if (!rom_media_need(w, 0, HEAD, &v))
		return;
	w->ret->width = rom_le16(&v, 6);
	w->ret->height = rom_le16(&v, 8);
	at += colour_table_len(rom_u8(&v, 10));
	while (!last) {
		if (!walk_block(w, &at, &last))
			return;
	}
	rom_media_whole(w, at);
}

const struct rom_media_walker rom_media_gif = {
	.format = { "gif", ".gif", "image/gif", ROM_MEDIA_PICTURE },
	.signature = { { "GIF87a", 6, 0 }, { "GIF89a", 6, 0 } },
	.is = is_gif,
	.examine = examine_gif,
};
