/* SPDX-License-Identifier: MIT */
/*
 * amr.c - AMR and AMR-WB voice recordings (RFC 4867, section 5)
 *
 * "#!AMR\n" or "#!AMR-WB\n", then frames of 20 ms: a byte of 0, 4 bits of
 * type, 1 bit "good", 2 bits 0; the type gives the length. There is no end
 * marker: the file ends where no frame follows.
 */
#include "media_priv.h"

enum { TYPES = 16, SID = 8, SID_WB = 9, LOST = 14, NO_DATA = 15, AHEAD = 3 };

/* Length of a frame with its first byte; 0: invalid type. */
static const uint8_t narrow[TYPES] = { 13, 14, 16, 18, 20, 21, 27, 32, 6, 0, 0,
	0, 0, 0, 0, 1 };
static const uint8_t wide[TYPES] = { 18, 24, 33, 37, 41, 47, 51, 59, 61, 6, 0,
	0, 0, 0, 1, 1 };

static uint8_t frame_len(const uint8_t *lengths, uint8_t head)
{
	return head & 0x83 ? 0 : lengths[head >> 3 & 15];
}

/* True when n frames follow each other at this offset, or fewer up to the
 * limit. */
static bool has_frames(struct rom_media_walk *w, const uint8_t *lengths,
	uint64_t at, unsigned n)
{
	for (; n; n--) {
		struct rom_buffer v;

		if (at == w->limit)
			return true;
		if (!rom_media_peek(w, at, 1, &v) || !frame_len(lengths, *v.p))
			return false;
		at += frame_len(lengths, *v.p);
	}
	return true;
}

static bool is_silence(const uint8_t *lengths, uint8_t head)
{
	uint8_t type = head >> 3 & 15;

	return type == (lengths == narrow ? SID : SID_WB) || type == LOST ||
	       type == NO_DATA;
}

/* The first bytes of the first frames of speech and of silence: a recorder does
 * not change them. */
struct frame_types {
	uint8_t speech, silence;
};

/* The bytes after the end may look like a frame, and zeros do: a frame unlike
 * those before it counts only if others follow it. */
static bool is_next(struct rom_media_walk *w, const uint8_t *lengths,
	uint64_t at, uint8_t head, struct frame_types *types)
{
	bool silent = is_silence(lengths, head);
	uint8_t *expected = silent ? &types->silence : &types->speech;
	bool is_first = !types->silence && !types->speech;

	if (!frame_len(lengths, head))
		return false;
	if (head == *expected)
		return true;
	if (!is_first && (!(head & 4) || !has_frames(w, lengths, at, AHEAD)))
		return false;
	if (!*expected)
		*expected = head;
	return true;
}

static void walk_frames(
	struct rom_media_walk *w, const uint8_t *lengths, uint64_t at)
{
	struct frame_types types = { 0, 0 };
	struct rom_buffer v;
	uint64_t frames = 0, begin = at;
	uint8_t head;

	for (; at < w->limit; frames++) {
		if (!rom_media_need(w, at, 1, &v))
			return;
		head = *v.p;
		if (!is_next(w, lengths, at, head, &types))
			break;
		at += frame_len(lengths, head);
	}
	w->ret->has_duration = frames > 0;
	w->ret->duration_ms = frames * 20;
	if (!rom_media_fits(w, at))
		return;
	if (frames)
		rom_media_whole(w, at);
	else if (begin >= w->limit)
		rom_media_cut(w, 0);
	else
		rom_media_damaged(w, begin, "expected a frame");
}

static void examine_narrow(struct rom_media_walk *w)
{
	walk_frames(w, narrow, 6);
}

static void examine_wide(struct rom_media_walk *w)
{
	walk_frames(w, wide, 9);
}

const struct rom_media_walker rom_media_amr = {
	.format = { "amr", ".amr", "audio/amr", ROM_MEDIA_AUDIO },
	.signature = { { "#!AMR\n", 6, 0 } },
	.examine = examine_narrow,
};

const struct rom_media_walker rom_media_amr_wb = {
	.format = { "amr-wb", ".awb", "audio/amr-wb", ROM_MEDIA_AUDIO },
	.signature = { { "#!AMR-WB\n", 9, 0 } },
	.examine = examine_wide,
};
