/* SPDX-License-Identifier: MIT */
/*
 * flac.c - FLAC (RFC 9639): metadata blocks, then frames
 *
 * "fLaC", then blocks: 1 type (80: the last), 3 length, be24. STREAMINFO is the
 * first: 2 least and 2 most samples a frame, 3 and 3 bytes a frame, then from
 * the top 20 bits rate, 3, 5, 36 bits samples in all. A frame does not state
 * its length: it ends where its CRC-16 matches and the next frame begins, whose
 * header has a CRC-8.
 */
#include <inttypes.h>

#include "media_priv.h"

enum {
	MAGIC = 4,
	STREAMINFO = 34,
	MAX_BLOCKS = 4096,
	MAX_HEAD = 16,
	/* the largest frame of a subset stream is a quarter of this */
	MAX_FRAME = 1 << 20,
};

struct flac {
	struct rom_media_walk *w;
	uint8_t crc8[256];
	uint16_t crc16[256];
	/* samples per second; minimum frame size in bytes, or 0 */
	uint32_t rate, least;
	uint64_t samples, done;
};

static void fill_crc(struct flac *f)
{
	for (unsigned i = 0; i < 256; i++) {
		uint32_t a = i, b = i << 8;

		for (int bit = 0; bit < 8; bit++) {
			a = a << 1 ^ (a & 0x80 ? 0x107 : 0);
			b = b << 1 ^ (b & 0x8000 ? 0x18005 : 0);
		}
		f->crc8[i] = (uint8_t)a;
		f->crc16[i] = (uint16_t)b;
	}
}

static bool is_flac(struct rom_buffer *head)
{
	return (rom_be32(head, 4) & 0xffffff) == STREAMINFO &&
	       !(rom_u8(head, 4) & 0x7f);
}

static bool read_info(struct flac *f)
{
	struct rom_buffer v;

	if (!rom_media_need(f->w, MAGIC + 4, STREAMINFO, &v))
		return false;
	f->least = rom_be32(&v, 4) >> 8;
	f->rate = rom_be32(&v, 10) >> 12;
	f->samples = rom_be64(&v, 10) & (((uint64_t)1 << 36) - 1);
	if (!f->rate)
		return rom_media_damaged(f->w, MAGIC, "no sample rate");
	f->w->ret->has_duration = f->samples > 0;
	f->w->ret->duration_ms = f->samples * 1000 / f->rate;
	return true;
}

static bool skip_blocks(struct flac *f, uint64_t *at)
{
	struct rom_buffer v;
	uint8_t type = 0;

	for (unsigned i = 0; i < MAX_BLOCKS && !(type & 0x80); i++) {
		if (!rom_media_need(f->w, *at, 4, &v))
			return false;
		type = rom_u8(&v, 0);
		if ((type & 0x7f) == 0x7f)
			return rom_media_damaged(
				f->w, *at, "invalid metadata block");
		*at += 4 + (rom_be32(&v, 0) & 0xffffff);
	}
	return true;
}

/* Length of a number in FLAC's UTF-8; 0: invalid. */
static unsigned number_len(uint8_t first)
{
	unsigned ones = 0;

	while (ones < 8 && first & 0x80 >> ones)
		ones++;
	return ones == 1 || ones == 8 ? 0 : ones ? ones : 1;
}

/* Samples of the frame whose header is at this offset; 0: there is none. */
static uint32_t frame_samples(struct flac *f, uint64_t at)
{
	struct rom_buffer v;
	uint32_t size, rate, n;
	uint8_t crc = 0;

	if (!rom_media_peek(f->w, at,
		    (size_t)rom_min(MAX_HEAD, f->w->limit - at), &v) ||
		(rom_media_be16(&v, 0) & 0xfffe) != 0xfff8 ||
		rom_u8(&v, 3) & 1 || rom_u8(&v, 3) >> 4 > 10)
		return 0;
	size = rom_u8(&v, 2) >> 4;
	rate = rom_u8(&v, 2) & 15;
	n = number_len(rom_u8(&v, 4));
	if (!size || rate == 15 || !n)
		return 0;
	n += 4;
	if (size == 6)
		size = rom_u8(&v, n++) + 1u;
	else if (size == 7)
		size = rom_media_be16(&v, n) + 1u, n += 2;
	else
		size = size == 1  ? 192
		       : size < 6 ? 576u << (size - 2)
				  : 256u << (size - 8);
	n += rate == 12 ? 1 : rate > 12 ? 2 : 0;
	for (uint32_t i = 0; i <= n && i < v.len; i++)
		crc = f->crc8[crc ^ v.p[i]];
	/* a CRC that includes its own checksum is 0 */
	return n < v.len && !crc ? size : 0;
}

/* Whether a frame ends here, where its checksum matches: the next one begins,
 * or it is the last. The checksum alone matches at one of 65536 offsets by
 * chance. */
static bool is_end(struct flac *f, uint64_t begin, uint64_t at, bool is_last)
{
	return is_last ? at - begin >= rom_max(f->least, 8)
		       : at < f->w->limit && frame_samples(f, at);
}

/* The end of the frame at begin; 0: not found. */
static uint64_t frame_end(struct flac *f, uint64_t begin, bool is_last)
{
	uint64_t end = rom_min(begin + MAX_FRAME, f->w->limit), at = begin;
	uint16_t crc = 0;

	while (at < end) {
		struct rom_buffer v;
		size_t i;

		if (!rom_media_more(f->w, at, &v))
			return 0;
		for (i = 0; i < rom_min(v.len, end - at); i++) {
			crc = (uint16_t)(crc << 8) ^
			      f->crc16[(crc >> 8 ^ v.p[i]) & 0xff];
			if (!crc)
				break;
		}
		at += i;
		if (i == v.len || at >= end)
			continue;
		at++;
		if (is_end(f, begin, at, is_last))
			return at;
	}
	return 0;
}

static bool walk_frame(struct flac *f, uint64_t *at)
{
	uint32_t samples = *at < f->w->limit ? frame_samples(f, *at) : 0;
	bool is_last = f->samples && f->done + samples >= f->samples;
	uint64_t end;

	if (!samples) {
		if (*at + MAX_HEAD >= f->w->limit)
			return rom_media_cut(f->w, 0);
		return rom_media_damaged(
			f->w, *at, "expected a frame at 0x%" PRIx64, *at);
	}
	end = frame_end(f, *at, is_last);
	if (!end && *at + MAX_FRAME > f->w->limit)
		return rom_media_cut(f->w, 0);
	if (!end)
		return rom_media_damaged(f->w, *at,
			"checksum mismatch in the frame at 0x%" PRIx64, *at);
	f->done += samples;
	*at = end;
	return true;
}

static void examine_flac(struct rom_media_walk *w)
{
	ROM_AUTO struct flac *f = rom_alloc(sizeof(*f));
	uint64_t at = MAGIC;

	f->w = w;
	fill_crc(f);
	if (!read_info(f) || !skip_blocks(f, &at))
		return;
	if (!f->samples) {
		w->ret->is_open_ended = true;
		rom_media_whole(w, w->limit);
		return;
	}
	while (f->done < f->samples) {
		if (!walk_frame(f, &at))
			return;
	}
	w->ret->proof = ROM_MEDIA_BY_CHECKSUM;
	rom_media_whole(w, at);
}

const struct rom_media_walker rom_media_flac = {
	.format = { "flac", ".flac", "audio/flac", ROM_MEDIA_AUDIO },
	.signature = { { "fLaC", 4, 0 } },
	.is = is_flac,
	.examine = examine_flac,
};
