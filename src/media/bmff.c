/* SPDX-License-Identifier: MIT */
/*
 * bmff.c - boxes of ISO base media files (ISO/IEC 14496-12) and QuickTime
 *
 *   0x00 4 length, be32, its header included; 1: be64 at 8; 0: to the end
 *   0x04 4 type
 */
#include "media_priv.h"

enum { MAX_CHILDREN = 4096, MAX_BRANDS = 32, MAX_BOXES = 1 << 20 };

bool rom_box_at(struct rom_media_walk *w, uint64_t offset, uint64_t end,
	struct rom_box *ret)
{
	struct rom_box box = { .offset = offset, .body = offset + 8 };
	struct rom_buffer v;
	uint64_t len;

	if (!rom_media_peek(w, offset, 8, &v))
		return false;
	len = rom_be32(&v, 0);
	box.type = rom_be32(&v, 4);
	if (len == 1) {
		if (!rom_media_peek(w, offset, 16, &v))
			return false;
		len = rom_be64(&v, 8);
		box.body += 8;
	} else if (len == 0) {
		len = end > offset ? end - offset : 0;
		box.is_open = true;
	}
	if (len < box.body - offset || !rom_add(offset, len, &box.end))
		return false;
	*ret = box;
	return box.end <= end;
}

uint64_t rom_box_take(struct rom_box_cursor *c, unsigned bytes)
{
	struct rom_buffer v;
	uint64_t n = 0;

	if (bytes > c->end - c->at || !rom_media_peek(c->w, c->at, bytes, &v)) {
		c->overrun = true;
		return 0;
	}
	for (unsigned i = 0; i < bytes; i++)
		n = n << 8 | v.p[i];
	c->at += bytes;
	return n;
}

bool rom_box_child(struct rom_media_walk *w, const struct rom_box *parent,
	unsigned skip, uint32_t type, unsigned n, struct rom_box *ret)
{
	uint64_t at = parent->body + skip;

	for (unsigned i = 0; i < MAX_CHILDREN && at < parent->end; i++) {
		if (!rom_box_at(w, at, parent->end, ret))
			return false;
		if (ret->type == type && n-- == 0)
			return true;
		at = ret->end;
	}
	return false;
}

/* Boxes at the top level of a file. In random data one of these four-letter
 * words occurs at one of 10^8 offsets. */
static bool is_top_level(uint32_t type)
{
	static const uint32_t types[] = {
		ROM_BOX('f', 't', 'y', 'p'),
		ROM_BOX('m', 'o', 'o', 'v'),
		ROM_BOX('m', 'd', 'a', 't'),
		ROM_BOX('f', 'r', 'e', 'e'),
		ROM_BOX('s', 'k', 'i', 'p'),
		ROM_BOX('w', 'i', 'd', 'e'),
		ROM_BOX('p', 'n', 'o', 't'),
		ROM_BOX('P', 'I', 'C', 'T'),
		ROM_BOX('m', 'e', 't', 'a'),
		ROM_BOX('m', 'e', 'c', 'o'),
		ROM_BOX('m', 'o', 'o', 'f'),
		ROM_BOX('m', 'f', 'r', 'a'),
		ROM_BOX('u', 'u', 'i', 'd'),
		ROM_BOX('u', 'd', 't', 'a'),
		ROM_BOX('s', 'i', 'd', 'x'),
		ROM_BOX('s', 's', 'i', 'x'),
		ROM_BOX('s', 't', 'y', 'p'),
		ROM_BOX('p', 'r', 'f', 't'),
		ROM_BOX('e', 'm', 's', 'g'),
		ROM_BOX('p', 'd', 'i', 'n'),
		ROM_BOX('i', 'd', 'a', 't'),
		ROM_BOX('j', 'u', 'm', 'b'),
		ROM_BOX('j', 'u', 'n', 'k'),
		/* Samsung: the video of a moving HEIC, its own blocks */
		ROM_BOX('m', 'p', 'v', 'd'),
		ROM_BOX('s', 'e', 'f', 'd'),
		/* HTC, Canon */
		ROM_BOX('h', 't', 'c', 'b'),
		ROM_BOX('t', 'h', 'u', 'm'),
	};

	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++) {
		if (types[i] == type)
			return true;
	}
	return false;
}

uint64_t rom_boxes_end(
	struct rom_media_walk *w, uint64_t offset, bool *ret_open)
{
	struct rom_box box;

	*ret_open = false;
	for (unsigned i = 0; i < MAX_BOXES; i++) {
		/* the last one may exceed the limit; the caller decides */
		if (!rom_box_at(w, offset, UINT64_MAX, &box) ||
			!is_top_level(box.type))
			return offset;
		/* a second file follows */
		if (i && box.type == ROM_BOX('f', 't', 'y', 'p'))
			return offset;
		if (box.is_open) {
			*ret_open = true;
			return w->limit;
		}
		offset = box.end;
	}
	return offset;
}

bool rom_box_has_brand(
	struct rom_buffer *head, const char *const *brands, bool major_only)
{
	uint32_t len = rom_be32(head, 0);
	uint64_t end = rom_min(len, 16 + 4 * MAX_BRANDS);

	if (!rom_buffer_has(head, 4, "ftyp", 4) || len < 16 || len > 4096 ||
		len % 4)
		return false;
	for (size_t at = 8; at + 4 <= end; at += 4) {
		for (size_t i = 0; brands[i] && at != 12; i++) {
			if (rom_buffer_has(
				    head, at, brands[i], strlen(brands[i])))
				return true;
		}
		if (major_only)
			break;
	}
	return false;
}
