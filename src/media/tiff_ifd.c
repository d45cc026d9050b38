/* SPDX-License-Identifier: MIT */
/*
 * tiff_ifd.c - directories of TIFF structures (TIFF 6.0, section 2), as used in
 * TIFF files, Exif and MPF
 *
 *   0x00 2 "II" little-endian or "MM" big-endian  0x02 2 42  0x04 4 directory
 * A directory: 2 count, 12 for each entry: 2 tag, 2 type, 4 count, 4 the
 * values, or their offset when they are longer; then 4 the next directory
 */
#include "media_priv.h"

/* Size of each type in bytes; 0: invalid. */
static const uint8_t type_len[] = { 0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4 };

enum { SHORT = 3, LONG = 4, IFD = 13, MAGIC = 42 };

static bool peek(
	struct rom_tiff *t, uint64_t offset, size_t len, struct rom_buffer *ret)
{
	struct rom_range at;

	return rom_subrange(t->range, offset, len, &at) &&
	       rom_media_peek(t->w, at.offset, len, ret);
}

bool rom_tiff_open(struct rom_media_walk *w, struct rom_range range,
	struct rom_tiff *ret, uint64_t *ret_first)
{
	struct rom_tiff t = { .w = w, .range = range };
	struct rom_buffer v;

	if (!peek(&t, 0, 8, &v))
		return false;
	t.big = rom_buffer_has(&v, 0, "MM", 2);
	if ((!t.big && !rom_buffer_has(&v, 0, "II", 2)) ||
		rom_media_u16(&v, 2, t.big) != MAGIC)
		return false;
	*ret_first = rom_media_u32(&v, 4, t.big);
	*ret = t;
	return true;
}

int rom_tiff_count(struct rom_tiff *t, uint64_t ifd)
{
	struct rom_buffer v;
	uint16_t n;

	if (ifd < 8 || !peek(t, ifd, 2, &v))
		return -1;
	n = rom_media_u16(&v, 0, t->big);
	return n > 0 && n <= ROM_TIFF_MAX_ENTRIES ? n : -1;
}

bool rom_tiff_entry(
	struct rom_tiff *t, uint64_t ifd, int i, struct rom_tiff_entry *ret)
{
	struct rom_buffer v;
	struct rom_range ignored;
	uint64_t at = ifd + 2 + 12 * (uint64_t)i;

	*ret = (struct rom_tiff_entry){ 0 };
	if (!peek(t, at, 12, &v))
		return false;
	ret->tag = rom_media_u16(&v, 0, t->big);
	ret->type = rom_media_u16(&v, 2, t->big);
	ret->count = rom_media_u32(&v, 4, t->big);
	if (ret->type >= sizeof(type_len) || !type_len[ret->type])
		return false;
	ret->len = (uint64_t)ret->count * type_len[ret->type];
	ret->offset = ret->len > 4 ? rom_media_u32(&v, 8, t->big) : at + 8;
	ret->is_beyond =
		!rom_subrange(t->range, ret->offset, ret->len, &ignored);
	ret->value = rom_tiff_value(t, ret, 0);
	return true;
}

uint64_t rom_tiff_next(struct rom_tiff *t, uint64_t ifd, int n)
{
	struct rom_buffer v;

	return peek(t, ifd + 2 + 12 * (uint64_t)n, 4, &v)
		       ? rom_media_u32(&v, 0, t->big)
		       : 0;
}

uint32_t rom_tiff_value(
	struct rom_tiff *t, const struct rom_tiff_entry *e, uint32_t i)
{
	bool is_long = e->type == LONG || e->type == IFD;
	struct rom_buffer v;

	if ((!is_long && e->type != SHORT) || i >= e->count ||
		!peek(t, e->offset + (uint64_t)i * type_len[e->type],
			type_len[e->type], &v))
		return 0;
	return is_long ? rom_media_u32(&v, 0, t->big)
		       : rom_media_u16(&v, 0, t->big);
}
