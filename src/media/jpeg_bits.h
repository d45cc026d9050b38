/* SPDX-License-Identifier: MIT */
/* jpeg_bits.h - reads the bits of a scan; inline, because this is called for
 * every code */
#ifndef ROMSPLIT_JPEG_BITS_H
#define ROMSPLIT_JPEG_BITS_H

#include "jpeg_priv.h"

static inline uint64_t jpeg_bits_position(const struct jpeg_bits *b)
{
	return b->pos - (uint64_t)(b->end - b->p);
}

/* Loads more bytes; false at the limit. Afterwards the next byte and the one
 * after it are buffered, if there are two. */
static inline bool jpeg_bits_load(struct jpeg_bits *b)
{
	uint64_t offset = jpeg_bits_position(b);
	struct rom_buffer v;

	if (offset >= b->w->limit || !rom_media_more(b->w, offset, &v))
		return false;
	b->p = v.p;
	b->end = v.p + v.len;
	b->pos = offset + v.len;
	return true;
}

/* The next byte of data, or -1 at a marker or at the end. */
static inline int jpeg_bits_next_byte(struct jpeg_bits *b)
{
	if (b->end - b->p < 2 && !jpeg_bits_load(b))
		return -1;
	if (*b->p != 0xff)
		return *b->p++;
	if (b->end - b->p < 2 || b->p[1] != 0)
		return -1;
	b->p += 2;
	return 0xff;
}

static inline void jpeg_bits_fill(struct jpeg_bits *b)
{
	while (b->n <= 56) {
		int byte = b->at_marker ? -1 : jpeg_bits_next_byte(b);

		if (byte < 0) {
			b->at_marker = true;
			b->padding += 8;
			byte = 0;
		}
		b->acc = b->acc << 8 | (uint64_t)byte;
		b->n += 8;
	}
}

static inline uint32_t jpeg_bits_peek(const struct jpeg_bits *b, int count)
{
	return (uint32_t)(b->acc >> (b->n - count)) & ((1u << count) - 1);
}

/* count is at most 16; after fill at least 32 bits are available. */
static inline uint32_t jpeg_bits_get(struct jpeg_bits *b, int count)
{
	b->n -= count;
	return (uint32_t)(b->acc >> b->n) & ((1u << count) - 1);
}

/* Puts back whole bytes that were read ahead, so that the position is after the
 * byte of the last bit. */
static inline void jpeg_bits_align(struct jpeg_bits *b)
{
	int ahead = (b->n - b->padding) / 8;
	uint64_t at = jpeg_bits_position(b);
	/* padding is below 64 when any byte is left: the shift is defined */
	uint64_t acc = ahead > 0 ? b->acc >> b->padding : 0;

	for (; ahead > 0; ahead--, acc >>= 8)
		at -= (acc & 0xff) == 0xff ? 2 : 1;
	*b = (struct jpeg_bits){ .w = b->w, .pos = at };
}

static inline bool jpeg_bits_ran_out(const struct jpeg_bits *b)
{
	return b->n < b->padding;
}

#endif
