/* SPDX-License-Identifier: MIT */
/*
 * aac.c - AAC in ADTS frames (ISO/IEC 13818-7, 6.2): without a header or an end
 * marker
 *
 * From the top: 12 ones, 1 version, 2 layer: 0, 1 no checksum, 2 profile,
 * 4 sample rate, 1, 3 channels, 4, 13 length of the frame, 11, 2 blocks - 1
 */
#include "media_priv.h"

enum { HEAD = 7, MIN_FRAMES = 4, SAMPLES = 1024 };

struct frame {
	uint32_t key; /* equal in all frames of a file */
	uint32_t len, rate, samples;
};

static bool parse_frame(struct rom_buffer *v, size_t at, struct frame *ret)
{
	static const uint32_t rates[16] = { 96000, 88200, 64000, 48000, 44100,
		32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350 };
	uint32_t head = rom_be32(v, at);

	*ret = (struct frame){
		/* sync, version, layer, profile, rate, channels */
		.key = head & 0xfffefdc0,
		.len = (head & 3) << 11 | (uint32_t)rom_u8(v, at + 4) << 3 |
		       rom_u8(v, at + 5) >> 5,
		.rate = rates[head >> 10 & 15],
		.samples = SAMPLES * ((rom_u8(v, at + 6) & 3u) + 1),
	};
	return at + HEAD <= v->len && head >> 20 == 0xfff &&
	       !(head >> 17 & 3) && ret->rate && ret->len > HEAD;
}

static bool is_aac(struct rom_buffer *head)
{
	struct frame first = { 0 }, f;
	size_t at = 0;
	unsigned n = 0;

	for (; n < MIN_FRAMES && at + HEAD <= head->len; at += f.len, n++) {
		if (!parse_frame(head, at, &f) || (n && f.key != first.key))
			return false;
		first = f;
	}
	/* the frames may be too long for four of them to begin in the head */
	return n >= MIN_FRAMES || (n > 1 && at >= head->len);
}

static bool frame_at(struct rom_media_walk *w, uint64_t at, struct frame *ret)
{
	struct rom_buffer v;

	return rom_media_peek(w, at, HEAD, &v) && parse_frame(&v, 0, ret);
}

bool rom_media_is_adts(struct rom_media_walk *w, uint64_t at)
{
	struct frame f, next;

	return frame_at(w, at, &f) &&
	       (at + f.len >= w->limit ||
		       (frame_at(w, at + f.len, &next) && next.key == f.key));
}

void rom_media_walk_adts(struct rom_media_walk *w, uint64_t at)
{
	uint64_t samples = 0;
	struct frame first = { 0 }, f;

	for (; frame_at(w, at, &f) && (!samples || f.key == first.key);
		at += f.len, samples += f.samples)
		first = f;
	w->ret->has_duration = samples > 0;
	w->ret->duration_ms = samples ? samples * 1000 / first.rate : 0;
	if (!rom_media_fits(w, at))
		return;
	if (at < w->limit && at + HEAD > w->limit)
		rom_media_cut(w, 0);
	else
		rom_media_whole(w, at);
}

static void examine_aac(struct rom_media_walk *w)
{
	rom_media_walk_adts(w, 0);
}

const struct rom_media_walker rom_media_aac = {
	.format = { "aac", ".aac", "audio/aac", ROM_MEDIA_AUDIO },
	.signature = { { "\xff\xf0", 2, 0 }, { "\xff\xf1", 2, 0 },
		{ "\xff\xf8", 2, 0 }, { "\xff\xf9", 2, 0 } },
	.is = is_aac,
	.examine = examine_aac,
};
