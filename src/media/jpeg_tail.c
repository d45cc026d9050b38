/* SPDX-License-Identifier: MIT */
/*
 * jpeg_tail.c - what follows the EOI of a photo and belongs to it: more
 * pictures, a video, vendor blocks
 *
 * MPF (CIPA DC-007): a TIFF structure in APP2; tag B002 has 16 bytes for each
 *   picture: attributes, size, offset from the TIFF header (0: this one), ...
 * XMP: GCamera:MicroVideoOffset, bytes from the video to the end of the file;
 *   or the items of a Container:Directory, Item:Length and Item:Padding each
 * Samsung: blocks of data, then "SEFH", version, n, n * { 0, type, distance
 *   back from SEFH, length }, 12 + 12 * n, "SEFT"; little-endian, 4 bytes each
 *   (0 and type: 2)
 */
#include "media_priv.h"

enum {
	MP_ENTRY = 0xb002,
	MAX_PICTURES = 16,
	MAX_ITEMS = 16,
	MAX_BLOCKS = 4,
	MAX_SEF = 64 << 20,
	MAX_SEF_ENTRIES = 256,
	MAX_PADDING = 16,
};

static bool is_soi(struct rom_media_walk *w, uint64_t at)
{
	return rom_media_has(w, at, "\xff\xd8\xff", 3);
}

static bool is_video(struct rom_media_walk *w, uint64_t at)
{
	return rom_media_has(w, at + 4, "ftyp", 4);
}

/* ---- MPF ----------------------------------------------------------------- */

static bool find_entries(struct rom_tiff *t, const struct rom_jpeg_tail *tail,
	struct rom_media_walk *w, struct rom_tiff_entry *ret)
{
	uint64_t ifd;
	int n;

	if (!tail->mpf.len || !rom_tiff_open(w, tail->mpf, t, &ifd))
		return false;
	n = rom_tiff_count(t, ifd);
	for (int i = 0; i < n; i++) {
		if (rom_tiff_entry(t, ifd, i, ret) && ret->tag == MP_ENTRY)
			return !ret->is_beyond;
	}
	return false;
}

/* Accepts a picture at offset, which must be whole itself. */
static bool add_picture(
	struct rom_media_walk *w, uint64_t offset, uint64_t size, uint64_t *end)
{
	uint64_t own_end;

	if (!is_soi(w, offset)) {
		w->ret->tail_is_missing = true;
		return true;
	}
	if (!rom_media_fits(w, offset + size) ||
		!rom_jpeg_walk(w, offset, &own_end, NULL))
		return false;
	*end = rom_max(*end, rom_max(own_end, offset + size));
	return true;
}

static bool add_pictures(struct rom_media_walk *w,
	const struct rom_jpeg_tail *tail, uint64_t *end)
{
	uint64_t primary = *end;
	struct rom_tiff_entry e;
	struct rom_tiff t;

	if (!find_entries(&t, tail, w, &e))
		return true;
	for (uint64_t i = 0; i < MAX_PICTURES && (i + 1) * 16 <= e.len; i++) {
		struct rom_buffer v;
		uint64_t size, offset;

		if (!rom_media_peek(
			    w, tail->mpf.offset + e.offset + i * 16, 16, &v))
			break;
		size = rom_media_u32(&v, 4, t.big);
		offset = rom_media_u32(&v, 8, t.big);
		/* the first entry is this picture, whatever its offset is */
		if (!offset || !size || tail->mpf.offset + offset < primary)
			continue;
		if (!add_picture(w, tail->mpf.offset + offset, size, end))
			return false;
	}
	return true;
}

/* ---- XMP ----------------------------------------------------------------- */

/* The number after the next name at or after *at: NAME="123" or <NAME>123<. */
static bool next_number(
	const struct rom_buffer *v, const char *name, size_t *at, uint64_t *ret)
{
	size_t hit = rom_buffer_find(v, *at, name, strlen(name));

	if (hit == SIZE_MAX)
		return false;
	hit += strlen(name);
	*at = hit;
	while (hit < v->len && strchr("=\"'>", v->p[hit]) && v->p[hit])
		hit++;
	*ret = 0;
	for (; hit < v->len && v->p[hit] >= '0' && v->p[hit] <= '9'; hit++)
		*ret = rom_min(*ret * 10 + v->p[hit] - '0', UINT32_MAX);
	return true;
}

/* A number in the description of an item; 0 when it is missing. */
static uint64_t item_number(const struct rom_buffer *item, const char *name)
{
	uint64_t n = 0;
	size_t at = 0;

	next_number(item, name, &at, &n);
	return n;
}

/* The description of the next item at or after *at, up to the one after it. */
static bool next_item(
	const struct rom_buffer *xmp, size_t *at, struct rom_buffer *ret)
{
	static const char tag[] = "<Container:Item";
	size_t from = rom_buffer_find(xmp, *at, tag, sizeof(tag) - 1), to;

	if (from == SIZE_MAX)
		return false;
	to = rom_buffer_find(xmp, from + 1, tag, sizeof(tag) - 1);
	to = rom_min(to, xmp->len);
	*ret = rom_buffer_part(xmp, from, to - from);
	*at = to;
	return true;
}

/* Accepts a picture or video of len bytes, which must be whole itself. */
static bool add_item(
	struct rom_media_walk *w, uint64_t at, uint64_t len, uint64_t *end)
{
	uint64_t own_end;

	if (!rom_media_fits(w, at + len))
		return false;
	if (is_soi(w, at) ? !rom_jpeg_walk(w, at, &own_end, NULL)
			  : !rom_movie_end(w, at, &own_end))
		return false;
	*end = rom_max(*end, rom_max(own_end, at + len));
	return true;
}

/* Items come in the order of the file; the first is the picture itself, of
 * which only the padding counts. */
static bool add_items(
	struct rom_media_walk *w, const struct rom_buffer *xmp, uint64_t *end)
{
	struct rom_buffer item;
	uint64_t at = *end;
	size_t from = 0;

	for (unsigned i = 0; i < MAX_ITEMS && next_item(xmp, &from, &item);
		i++) {
		uint64_t len = i ? item_number(&item, "Item:Length") : 0;

		if (len && !is_soi(w, at) && !is_video(w, at)) {
			w->ret->tail_is_missing = true;
			break;
		}
		if (len && !add_item(w, at, len, end))
			return false;
		at += len + item_number(&item, "Item:Padding");
	}
	return true;
}

static bool add_xmp_items(struct rom_media_walk *w,
	const struct rom_jpeg_tail *tail, uint64_t *end)
{
	ROM_AUTO uint8_t *text = NULL;
	struct rom_buffer v;
	uint64_t video;
	size_t at = 0;

	if (!tail->xmp.len ||
		!rom_media_peek(w, tail->xmp.offset, (size_t)tail->xmp.len, &v))
		return true;
	/* reading the items replaces the buffer */
	text = rom_alloc(v.len);
	memcpy(text, v.p, v.len);
	v.p = text;
	if (!next_number(&v, "MicroVideoOffset", &at, &video) || !video)
		return add_items(w, &v, end);
	if (is_video(w, *end))
		return add_item(w, *end, video, end);
	w->ret->tail_is_missing = true;
	return true;
}

/* ---- tails that no segment describes ------------------------------------- */

/* A video directly after the picture, or after some zeros. */
static bool add_video(struct rom_media_walk *w, uint64_t *end)
{
	uint64_t at = *end;

	while (at < *end + MAX_PADDING && rom_media_has(w, at, "", 1) &&
		!is_video(w, at))
		at++;
	return !is_video(w, at) || rom_movie_end(w, at, end);
}

/* How far before SEFH the first of n blocks begins. */
static uint32_t farthest(struct rom_buffer *entries, uint32_t n)
{
	uint32_t distance = 0;

	for (uint32_t i = 0; i < n; i++)
		distance = (uint32_t)rom_max(
			distance, rom_le32(entries, 12 * i + 4));
	return distance;
}

/* The end of the table at sefh; 0 when it is invalid, or its blocks do not
 * begin at first. */
static uint64_t sef_end(struct rom_media_walk *w, uint64_t sefh, uint64_t first)
{
	struct rom_buffer v;
	uint32_t n;

	if (!rom_media_peek(w, sefh, 12, &v))
		return 0;
	n = rom_le32(&v, 8);
	if (n < 1 || n > MAX_SEF_ENTRIES ||
		!rom_media_peek(w, sefh + 12, 12 * (size_t)n + 8, &v))
		return 0;
	if (rom_le32(&v, 12 * n) != 12 + 12 * n ||
		!rom_buffer_has(&v, 12 * n + 4, "SEFT", 4) ||
		farthest(&v, n) != sefh - first)
		return 0;
	return sefh + 20 + 12 * n;
}

static bool add_samsung_blocks(struct rom_media_walk *w, uint64_t *end)
{
	struct rom_buffer v;
	uint64_t at = *end, sef;

	/* block types are 0x0a01 and similar */
	if (!rom_media_peek(w, at, 4, &v) || v.p[0] || v.p[1] || v.p[3] != 0x0a)
		return true;
	for (unsigned i = 0; i < MAX_BLOCKS; i++, at++) {
		at = rom_media_find(w, at, *end + MAX_SEF, "SEFH", 4);
		sef = at == ROM_NO_OFFSET ? 0 : sef_end(w, at, *end);
		if (sef) {
			*end = sef;
			return true;
		}
		if (at == ROM_NO_OFFSET)
			break;
	}
	w->ret->tail_is_missing = true;
	return true;
}

bool rom_jpeg_tail_end(struct rom_media_walk *w,
	const struct rom_jpeg_tail *tail, uint64_t *end)
{
	uint64_t pictures;

	if (!add_pictures(w, tail, end))
		return false;
	pictures = *end;
	if (!add_xmp_items(w, tail, end) || !add_video(w, end) ||
		!add_samsung_blocks(w, end))
		return false;
	/* for what follows, only the lengths were checked */
	if (*end > pictures)
		w->ret->proof = ROM_MEDIA_BY_STRUCTURE;
	return true;
}
