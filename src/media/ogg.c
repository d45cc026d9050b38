/* SPDX-License-Identifier: MIT */
/*
 * ogg.c - Ogg: pages, each with a checksum (RFC 3533)
 *
 *   0x00 4 "OggS"  0x04 1 0  0x05 1 flags: 1 continued, 2 first, 4 last
 *   0x06 8 position (samples of sound)  0x0e 4 stream  0x12 4 number
 *   0x16 4 checksum, counted with zeros here  0x1a 1 n  0x1b n lengths
 */
#include <inttypes.h>

#include "media_priv.h"

enum { HEAD = 27, FIRST = 2, LAST = 4, MAX_STREAMS = 16, OPUS_RATE = 48000 };

struct ogg {
	struct rom_media_walk *w;
	uint32_t crc[256];
	uint32_t serial[MAX_STREAMS];
	unsigned streams, ended;
	bool is_unchecked; /* a page had no checksum */
	/* about the first stream */
	uint32_t rate, skipped;
	uint64_t position;
};

static bool is_page(struct rom_buffer *head)
{
	return rom_u8(head, 5) == FIRST && rom_u8(head, 26) >= 1;
}

static bool is_opus(struct rom_buffer *head)
{
	return is_page(head) && rom_buffer_has(head, 28, "OpusHead", 8);
}

/* The polynomial of CRC-32, but not reflected. */
static void fill_crc(uint32_t table[256])
{
	for (uint32_t i = 0; i < 256; i++) {
		uint32_t c = i << 24;

		for (int bit = 0; bit < 8; bit++)
			c = c << 1 ^ (c >> 31 ? 0x04c11db7 : 0);
		table[i] = c;
	}
}

/* A page has at most 27 + 255 + 255 * 255 bytes, which fit the buffer. */
static uint32_t page_crc(const struct ogg *o, const uint8_t *p, size_t len)
{
	uint32_t c = 0;

	for (size_t i = 0; i < len; i++) {
		uint8_t byte = i >= 22 && i < 26 ? 0 : p[i];

		c = c << 8 ^ o->crc[c >> 24 ^ byte];
	}
	return c;
}

/* The first packet of the first stream identifies the codec. */
static void note_codec(struct ogg *o, struct rom_buffer *page, size_t body)
{
	struct rom_buffer v = rom_buffer_part(page, body, SIZE_MAX);

	if (rom_buffer_has(&v, 0, "OpusHead", 8)) {
		o->rate = OPUS_RATE;
		o->skipped = rom_le16(&v, 10);
	} else if (rom_buffer_has(&v, 0, "\x01vorbis", 7)) {
		o->rate = rom_le32(&v, 12);
	} else if (rom_buffer_has(&v, 0, "Speex   ", 8)) {
		o->rate = rom_le32(&v, 36);
	} else if (rom_buffer_has(&v, 0, "\x80theora", 7)) {
		o->w->ret->type = ROM_MEDIA_VIDEO;
	}
}

static bool is_known(const struct ogg *o, uint32_t serial)
{
	for (unsigned i = 0; i < o->streams; i++) {
		if (o->serial[i] == serial)
			return true;
	}
	return false;
}

/* Whether a page belongs to this file; a page with the flag "first" may open a
 * stream. */
static bool belongs_to_file(struct ogg *o, struct rom_buffer *page, size_t body)
{
	uint32_t serial = rom_le32(page, 14);

	if (is_known(o, serial))
		return true;
	if (!(rom_u8(page, 5) & FIRST) || o->streams == MAX_STREAMS)
		return false;
	if (!o->streams)
		note_codec(o, page, body);
	o->serial[o->streams++] = serial;
	return true;
}

static void note_page(struct ogg *o, struct rom_buffer *page)
{
	uint64_t position = rom_le64(page, 6);

	if (rom_le32(page, 14) == o->serial[0] && position != UINT64_MAX)
		o->position = position;
	o->ended += (rom_u8(page, 5) & LAST) != 0;
}

/* Walks the page at *at; false also at the end of the pages, without a
 * verdict. */
static bool walk_page(struct ogg *o, uint64_t *at)
{
	struct rom_media_walk *w = o->w;
	struct rom_buffer v;
	size_t body, len;
	uint32_t crc;

	if (*at >= w->limit || !rom_media_has(w, *at, "OggS", 4))
		return false;
	if (!rom_media_need(w, *at, HEAD, &v))
		return false;
	body = HEAD + rom_u8(&v, 26);
	if (!rom_media_need(w, *at, body, &v))
		return false;
	len = body;
	for (size_t i = HEAD; i < body; i++)
		len += v.p[i];
	if (!rom_media_need(w, *at, len, &v))
		return false;
	if (!belongs_to_file(o, &v, body))
		return false;
	crc = rom_le32(&v, 22);
	o->is_unchecked |= !crc;
	if (crc && crc != page_crc(o, v.p, len))
		return rom_media_damaged(w, *at,
			"checksum mismatch in the page at 0x%" PRIx64, *at);
	note_page(o, &v);
	*at += len;
	return true;
}

static void end_pages(struct ogg *o, uint64_t at)
{
	struct rom_media_info *m = o->w->ret;

	if (o->rate && o->position >= o->skipped &&
		o->position < (uint64_t)1 << 50) {
		m->has_duration = true;
		m->duration_ms = (o->position - o->skipped) * 1000 / o->rate;
	}
	if (!o->is_unchecked)
		m->proof = ROM_MEDIA_BY_CHECKSUM;
	if (o->streams && o->ended >= o->streams)
		rom_media_whole(o->w, at);
	else if (at + 4 > o->w->limit)
		rom_media_cut(o->w, 0);
	else if (o->streams)
		rom_media_unterminated(o->w, at, "its last page is missing");
	else
		rom_media_damaged(o->w, 0, "its first page opens no stream");
}

static void examine_ogg(struct rom_media_walk *w)
{
	ROM_AUTO struct ogg *o = rom_alloc(sizeof(*o));
	uint64_t at = 0;

	o->w = w;
	fill_crc(o->crc);
	while ((!o->streams || o->ended < o->streams) && walk_page(o, &at))
		;
	end_pages(o, at);
}

const struct rom_media_walker rom_media_opus = {
	.format = { "opus", ".opus", "audio/ogg", ROM_MEDIA_AUDIO },
	.signature = { { "OggS\0", 5, 0 } },
	.is = is_opus,
	.examine = examine_ogg,
};

const struct rom_media_walker rom_media_ogg = {
	.format = { "ogg", ".ogg", "audio/ogg", ROM_MEDIA_AUDIO },
	.signature = { { "OggS\0", 5, 0 } },
	.is = is_page,
	.examine = examine_ogg,
};
