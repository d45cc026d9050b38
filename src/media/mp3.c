/* SPDX-License-Identifier: MIT */
/*
 * mp3.c - MPEG audio (ISO/IEC 11172-3, 13818-3): ID3v2 tags, a chain of frames,
 * ID3v1 or APE tags
 *
 * A frame's head, 32 bits from the top: 11 ones, 2 version, 2 layer, 1 no
 * checksum, 4 bit rate, 2 sample rate, 1 padding, ... The first frame may state
 * the size of all frames (Xing, Info).
 */
#include <inttypes.h>

#include "media_priv.h"

enum {
	ID3_HEAD = 10,
	ID3V1_LEN = 128,
	APE_LEN = 32,
	MAX_TAGS = 8,
	/* each has 19 bits that must match */
	MIN_FRAMES = 3,
	MAX_ZEROS = 1 << 20, /* between tag and frames */
	RESYNC = 4096,
};

struct frame {
	uint8_t version, layer, rate_index; /* equal in all frames of a file */
	uint32_t len, rate, samples;
};

/* In kbit/s. */
static const uint16_t bit_rates[5][16] = {
	{ 0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416,
		448 }, /* 1, layer I */
	{ 0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384 },
	{ 0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320 },
	{ 0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224,
		256 }, /* 2, layer I */
	{ 0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160 },
};

static bool parse_frame(uint32_t head, struct frame *ret)
{
	static const uint16_t rates[3] = { 44100, 48000, 32000 };
	struct frame f = { .version = head >> 19 & 3,
		.layer = 4 - (head >> 17 & 3),
		.rate_index = head >> 10 & 3 };
	bool is_1 = f.version == 3;
	uint32_t kbits, padding = head >> 9 & 1;

	if (head >> 21 != 0x7ff || f.version == 1 || f.layer == 4 ||
		f.rate_index == 3 || (head & 3) == 2)
		return false;
	kbits = bit_rates[is_1		 ? f.layer - 1
			  : f.layer == 1 ? 3
					 : 4][head >> 12 & 15];
	if (!kbits)
		return false;
	f.rate = rates[f.rate_index] >> (is_1 ? 0 : f.version == 2 ? 1 : 2);
	f.samples = f.layer == 1 ? 384 : f.layer == 2 || is_1 ? 1152 : 576;
	if (f.layer == 1)
		f.len = (12000 * kbits / f.rate + padding) * 4;
	else
		f.len = f.samples / 8 * 1000 * kbits / f.rate + padding;
	*ret = f;
	return true;
}

static bool is_alike(const struct frame *a, const struct frame *b)
{
	return a->version == b->version && a->layer == b->layer &&
	       a->rate_index == b->rate_index;
}

/* ---- by the head --------------------------------------------------------- */

/* The total length of the ID3v2 tag with this header; 0 when it is not one. */
static uint32_t id3_len(struct rom_buffer *v)
{
	uint32_t len = 0;

	if (!rom_buffer_has(v, 0, "ID3", 3) || rom_u8(v, 3) < 2 ||
		rom_u8(v, 3) > 4 || rom_u8(v, 5) & 0x0f)
		return 0;
	for (size_t i = 6; i < 10; i++) {
		if (rom_u8(v, i) & 0x80)
			return 0;
		len = len << 7 | rom_u8(v, i);
	}
	/* a footer repeats the head */
	return ID3_HEAD + len + (rom_u8(v, 5) & 0x10 ? ID3_HEAD : 0);
}

/* Two sync bytes are not enough: frames must follow each other. A short file
 * may have only a few, followed by something else. */
static bool has_frames(struct rom_buffer *head, size_t at)
{
	struct frame first = { 0 }, f;
	unsigned n = 0;

	for (; at + 4 <= head->len && n < MIN_FRAMES; at += f.len, n++) {
		if (!parse_frame(rom_be32(head, at), &f))
			return false;
		if (!n)
			first = f;
		if (!is_alike(&first, &f))
			return false;
	}
	return n >= MIN_FRAMES;
}

static bool is_mp3(struct rom_buffer *head)
{
	uint32_t tag = id3_len(head);
	struct frame f;

	if (!tag)
		return (rom_u8(head, 1) & 0xe0) == 0xe0 && has_frames(head, 0);
	if (tag + 4 > head->len)
		return true;
	/* zeros between tag and sound occur, but no other format */
	return parse_frame(rom_be32(head, tag), &f) || !rom_be32(head, tag) ||
	       rom_buffer_has(head, tag, "ID3", 3);
}

/* ---- the file ------------------------------------------------------------ */

static bool skip_tags(struct rom_media_walk *w, uint64_t *at)
{
	for (unsigned i = 0; i < MAX_TAGS; i++) {
		struct rom_buffer v;
		uint32_t len;

		if (!rom_media_need(w, *at, ID3_HEAD, &v))
			return false;
		len = id3_len(&v);
		if (!len)
			break;
		*at += len;
	}
	for (unsigned i = 0; i < MAX_ZEROS && rom_media_has(w, *at, "", 1); i++)
		++*at;
	return true;
}

/* The size of all frames according to the first one; 0 when it does not state
 * it. */
static uint32_t stated_size(
	struct rom_media_walk *w, uint64_t at, const struct frame *f)
{
	struct rom_buffer v;
	size_t x;
	uint32_t flags;

	if (!rom_media_peek(w, at, (size_t)rom_min(f->len, 64), &v))
		return 0;
	x = rom_buffer_find(&v, 4, "Xing", 4);
	if (x == SIZE_MAX)
		x = rom_buffer_find(&v, 4, "Info", 4);
	if (x == SIZE_MAX)
		return 0;
	flags = rom_be32(&v, x + 4);
	return flags & 2 ? rom_be32(&v, x + 8 + (flags & 1 ? 4 : 0)) : 0;
}

static bool frame_at(struct rom_media_walk *w, uint64_t at, struct frame *ret)
{
	struct rom_buffer v;

	return rom_media_peek(w, at, 4, &v) &&
	       parse_frame(rom_be32(&v, 0), ret);
}

/* Whether frames continue shortly after the offset at which they broke off. */
static bool frames_resume(
	struct rom_media_walk *w, uint64_t from, const struct frame *first)
{
	for (uint64_t at = from + 1; at < from + RESYNC; at++) {
		struct frame f;
		uint64_t next = at;
		unsigned n = 0;

		while (n < MIN_FRAMES && frame_at(w, next, &f) &&
			is_alike(first, &f)) {
			next += f.len;
			n++;
		}
		if (n == MIN_FRAMES)
			return true;
	}
	return false;
}

static uint64_t skip_end_tags(struct rom_media_walk *w, uint64_t at)
{
	struct rom_buffer v;

	if (rom_media_has(w, at, "APETAGEX", 8) &&
		rom_media_peek(w, at, APE_LEN, &v) &&
		rom_le32(&v, 12) <= w->limit - at)
		at += APE_LEN + rom_le32(&v, 12);
	if (rom_media_has(w, at, "TAG", 3))
		at += ID3V1_LEN;
	return at;
}

static void end_frames(struct rom_media_walk *w, uint64_t at, uint64_t expected,
	const struct frame *first)
{
	if (at >= w->limit && (at > w->limit || expected > at)) {
		rom_media_cut(w, expected > at ? expected : at);
		return;
	}
	/* less than a frame header is left */
	if (at + 4 > w->limit && at < w->limit) {
		rom_media_cut(w, expected);
		return;
	}
	/* the last frames may be missing, but no more */
	if (expected > at + 2 * (uint64_t)first->len ||
		frames_resume(w, at, first)) {
		rom_media_damaged(w, at, "expected a frame at 0x%" PRIx64, at);
		return;
	}
	at = skip_end_tags(w, at);
	if (rom_media_fits(w, at))
		rom_media_whole(w, at);
}

static void examine_mp3(struct rom_media_walk *w)
{
	struct frame first = { 0 }, f;
	uint64_t at = 0, frames = 0, begin, expected;

	if (!skip_tags(w, &at))
		return;
	begin = at;
	if (rom_media_is_adts(w, at)) {
		rom_media_set_format(w, &rom_media_aac);
		rom_media_walk_adts(w, at);
		return;
	}
	for (; frame_at(w, at, &f) && (!frames || is_alike(&first, &f));
		frames++, at += f.len) {
		if (!frames)
			first = f;
	}
	if (!frames) {
		if (begin + 4 > w->limit)
			rom_media_cut(w, 0);
		else
			rom_media_damaged(w, begin, "expected a frame");
		return;
	}
	w->ret->has_duration = true;
	w->ret->duration_ms = frames * first.samples * 1000 / first.rate;
	expected = stated_size(w, begin, &first);
	end_frames(w, at, expected ? begin + expected : 0, &first);
}

const struct rom_media_walker rom_media_mp3 = {
	.format = { "mp3", ".mp3", "audio/mpeg", ROM_MEDIA_AUDIO },
	.signature = { { "ID3", 3, 0 }, { "\xff", 1, 0 } },
	.is = is_mp3,
	.examine = examine_mp3,
};
