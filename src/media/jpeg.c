/* SPDX-License-Identifier: MIT */
/*
 * jpeg.c - JPEG: segments, scans, end
 *
 * A marker is FF and a byte; all but SOI, EOI, RSTn and TEM are followed by a
 * length, be16, that counts itself (ITU-T T.81, annex B). A thumbnail is inside
 * a segment, so its EOI is never reached.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "jpeg_priv.h"

enum {
	SOF0 = 0xc0,
	DHT = 0xc4,
	SOF5 = 0xc5,
	JPG = 0xc8,
	DAC = 0xcc,
	SOF15 = 0xcf,
	RST0 = 0xd0,
	SOI = 0xd8,
	EOI = 0xd9,
	SOS = 0xda,
	DQT = 0xdb,
	DRI = 0xdd,
	APP0 = 0xe0,
	APP1 = 0xe1,
	APP2 = 0xe2,
	APP15 = 0xef,
	COM = 0xfe,
	/* ten scans of 200 megapixels */
	MAX_BLOCKS = 64 << 20,
};

/* ---- by the head --------------------------------------------------------- */

static bool may_follow_soi(uint8_t marker)
{
	return (marker >= SOF0 && marker <= DHT) || marker == DQT ||
	       (marker >= DRI && marker <= APP15) || marker == COM;
}

/* Whether a segment can begin like this: a DQT with the number of its table,
 * the first application segment with its name. */
static bool is_plausible(struct rom_buffer *head, size_t at)
{
	uint8_t marker = rom_u8(head, at + 1);
	uint16_t len = rom_media_be16(head, at + 2);

	if (len < 2 || (marker == DQT && len < 67))
		return false;
	if (marker == DQT)
		return !(rom_u8(head, at + 4) & 0xec);
	if (at > 2 || marker < APP0 || marker > APP2)
		return true;
	for (size_t i = at + 4; i < at + 7 && i < head->len; i++) {
		if (rom_u8(head, i) < ' ' || rom_u8(head, i) > '~')
			return false;
	}
	return true;
}

/* Segments must follow each other as far as the head extends, and no scan may
 * precede a frame header; three bytes of signature are not enough. */
static bool is_jpeg(struct rom_buffer *head)
{
	size_t at = 2;

	if (!may_follow_soi(rom_u8(head, 3)))
		return false;
	while (at + 5 <= head->len) {
		uint8_t marker = rom_u8(head, at + 1);

		if (rom_u8(head, at) != 0xff || marker < SOF0 ||
			(marker >= RST0 && marker <= EOI))
			return false;
		if (marker == SOS)
			return at > 2;
		if (marker == 0xff)
			at++;
		else if (is_plausible(head, at))
			at += 2u + rom_media_be16(head, at + 2);
		else
			return false;
	}
	return at > 2;
}

/* ---- segments ------------------------------------------------------------ */

/* Evaluates segments that describe the file. Offsets are from the start of the
 * file, not of the picture. */
static void note_application(struct rom_media_walk *w, uint8_t marker,
	const struct rom_buffer *v, struct rom_jpeg_tail *tail)
{
	static const char xmp[] = "http://ns.adobe.com/xap/1.0/";
	struct rom_range body = { v->offset, v->len };

	if (marker == APP1 && rom_buffer_has(v, 0, "Exif\0\0", 6)) {
		rom_subrange(body, 6, v->len - 6, &body);
		rom_exif_walk(w, body, &w->ret->exif);
	} else if (marker == APP1 && rom_buffer_has(v, 0, xmp, sizeof(xmp))) {
		if (!tail->xmp.len)
			rom_subrange(body, sizeof(xmp), v->len - sizeof(xmp),
				&tail->xmp);
	} else if (marker == APP2 && rom_buffer_has(v, 0, "MPF\0", 4)) {
		if (!tail->mpf.len)
			rom_subrange(body, 4, v->len - 4, &tail->mpf);
	}
}

static bool is_frame(uint8_t marker)
{
	return marker >= SOF0 && marker <= SOF15 && marker != DHT &&
	       marker != JPG && marker != DAC;
}

static bool read_segment(struct jpeg *j, uint8_t marker,
	const struct rom_buffer *v, struct rom_jpeg_tail *tail)
{
	struct rom_buffer copy = *v;

	if (marker == DHT)
		return rom_jpeg_read_huffman(j, v);
	if (marker == DQT)
		return rom_jpeg_read_quantisation(j, v);
	if (marker == DRI)
		j->restart = rom_media_be16(&copy, 0);
	if (is_frame(marker))
		return rom_jpeg_read_frame(j, marker, v);
	if (tail)
		note_application(j->w, marker, v, tail);
	return true;
}

/* ---- markers ------------------------------------------------------------- */

/* Finds the marker at or after *pos and moves *pos past it. After a scan some
 * encoders leave one or two stray bytes. */
static bool next_marker(
	struct jpeg *j, uint64_t *pos, bool behind_scan, uint8_t *ret)
{
	struct rom_buffer v;
	unsigned strays = 0;

	for (uint64_t at = *pos;; at++) {
		if (!rom_media_need(j->w, at, 2, &v))
			return false;
		if (v.p[0] == 0xff && v.p[1] == 0xff)
			continue;
		if (v.p[0] == 0xff && v.p[1] != 0) {
			*ret = v.p[1];
			*pos = at + 2;
			return true;
		}
		if (!behind_scan || ++strays > 2)
			return rom_media_damaged(j->w, *pos,
				"expected a marker at 0x%" PRIx64
				", got %02x%02x",
				at, v.p[0], v.p[1]);
	}
}

static bool has_all_components(const struct jpeg *j)
{
	for (unsigned i = 0; i < j->frame.n; i++) {
		if (!j->frame.c[i].has_scan)
			return false;
	}
	return j->frame.n > 0;
}

/* True when the range begins with zeros: a hole in the picture decodes as
 * data. */
static bool is_hole(struct rom_media_walk *w, uint64_t from, uint64_t to)
{
	static const uint8_t zeros[64];
	uint64_t len = rom_min(to - rom_min(from, to), sizeof(zeros));

	return rom_media_has(w, from, zeros, (size_t)len);
}

/* True (with a verdict) when the picture is complete, and only zeros follow:
 * some phones wrote no EOI, and a file may be cut within it. For a progressive
 * picture it is never known whether all scans are present. */
static bool ends_without_eoi(struct jpeg *j, uint64_t pos)
{
	struct rom_media_walk *w = j->w;

	if (!has_all_components(j) || j->was_skipped ||
		j->frame.sof == JPEG_PROGRESSIVE)
		return false;
	if (pos + 1 < w->limit && !is_hole(w, pos, w->limit))
		return false;
	/* even headers alone are not all zeros */
	if (is_hole(w, pos - 64, pos))
		return !rom_media_damaged(w, pos - 64, "its data are zeros");
	rom_media_unterminated(w, pos, "its end marker is missing");
	return true;
}

static bool read_scan(
	struct jpeg *j, uint64_t *pos, const struct rom_buffer *header)
{
	*pos = header->offset + header->len;
	if (!j->frame.sof)
		return rom_media_damaged(
			j->w, header->offset, "a scan before its frame header");
	return rom_jpeg_scan(j, header, pos) && !ends_without_eoi(j, *pos);
}

static bool end_picture(struct jpeg *j, uint64_t pos)
{
	if (!has_all_components(j))
		return rom_media_damaged(
			j->w, pos, "it ends before all of its scans");
	return true;
}

/* Walks from the first marker after SOI to the end of EOI. */
static bool walk_markers(
	struct jpeg *j, uint64_t *pos, struct rom_jpeg_tail *tail)
{
	bool behind_scan = false;
	struct rom_buffer v;
	uint8_t marker = 0;
	uint16_t len;

	while (next_marker(j, pos, behind_scan, &marker)) {
		if (marker == EOI)
			return end_picture(j, *pos);
		if (marker < SOF0 || (marker >= RST0 && marker <= SOI))
			return rom_media_damaged(j->w, *pos - 2,
				"unexpected marker ff%02x", marker);
		if (!rom_media_need(j->w, *pos, 2, &v))
			return false;
		len = rom_media_be16(&v, 0);
		if (len < 2)
			return rom_media_damaged(j->w, *pos,
				"invalid segment length: %u bytes", len);
		if (!rom_media_need(j->w, *pos + 2, len - 2u, &v))
			return false;
		*pos += len;
		behind_scan = marker == SOS;
		if (behind_scan ? !read_scan(j, pos, &v)
				: !read_segment(j, marker, &v, tail))
			return false;
	}
	return false;
}

bool rom_jpeg_walk(struct rom_media_walk *w, uint64_t offset, uint64_t *ret_end,
	struct rom_jpeg_tail *ret)
{
	ROM_AUTO struct jpeg *j = rom_alloc(sizeof(*j));
	uint64_t pos = offset + 2;
	bool ok;

	j->w = w;
	j->blocks_left = MAX_BLOCKS;
	ok = walk_markers(j, &pos, ret);
	if (ret) {
		w->ret->width = j->frame.width;
		w->ret->height = j->frame.height;
	}
	if (ret && !j->was_skipped)
		w->ret->proof = ROM_MEDIA_BY_DECODING;
	for (unsigned i = 0; i < JPEG_COMPONENTS; i++)
		free(j->frame.c[i].nonzero);
	*ret_end = pos;
	return ok;
}

static void examine_jpeg(struct rom_media_walk *w)
{
	struct rom_jpeg_tail tail = { { 0, 0 }, { 0, 0 } };
	uint64_t end;

	if (rom_jpeg_walk(w, 0, &end, &tail) &&
		rom_jpeg_tail_end(w, &tail, &end))
		rom_media_whole(w, end);
}

const struct rom_media_walker rom_media_jpeg = {
	.format = { "jpeg", ".jpg", "image/jpeg", ROM_MEDIA_PICTURE },
	.signature = { { "\xff\xd8\xff", 3, 0 } },
	.is = is_jpeg,
	.examine = examine_jpeg,
};
