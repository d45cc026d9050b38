/* SPDX-License-Identifier: MIT */
/*
 * riff.c - WebP, AVI and WAV: a RIFF chunk that holds the others
 *
 *   0x00 4 "RIFF"  0x04 4 bytes that follow, le32  0x08 4 form
 *   then chunks: 4 name, 4 length, the data, padded to an even length
 * Past 1 GiB, AVI continues with more RIFF chunks of the form AVIX.
 */
#include <inttypes.h>

#include "media_priv.h"

enum { HEAD = 12, MAX_CHUNKS = 1 << 20, MAX_RIFFS = 1024 };

struct riff {
	struct rom_media_walk *w;
	uint32_t bytes_per_second; /* WAV */
};

/* Evaluates a chunk of one form; body is where its data begin. */
typedef bool (*chunk_fn)(
	struct riff *r, const char *name, uint64_t body, uint32_t len);

static bool is_riff(struct rom_buffer *head)
{
	uint32_t len = rom_le32(head, 4);

	/* a program that writes to a pipe leaves FFFFFFFF or 0 */
	return (len >= 12 || len == 0) && rom_u8(head, 12) >= ' ' &&
	       rom_u8(head, 12) < 0x7f;
}

static bool is_name(const uint8_t *p)
{
	for (unsigned i = 0; i < 4; i++) {
		if (p[i] < ' ' || p[i] > '~')
			return false;
	}
	return true;
}

/* Walks the chunks from at to end, which must fit exactly. */
static bool walk_chunks(struct riff *r, uint64_t at, uint64_t end, chunk_fn fn)
{
	struct rom_media_walk *w = r->w;
	struct rom_buffer v;
	uint32_t len;
	char name[4];

	/* some writers omit the padding byte at the end */
	for (unsigned i = 0; i < MAX_CHUNKS && at + 1 < end; i++) {
		if (!rom_media_need(w, at, 8, &v))
			return rom_media_cut(w, end);
		len = rom_le32(&v, 4);
		if (!is_name(v.p) || len > end - at - 8)
			return rom_media_damaged(
				w, at, "expected a chunk at 0x%" PRIx64, at);
		memcpy(name, v.p, 4);
		if (!fn(r, name, at + 8, len))
			return false;
		at += 8 + (uint64_t)len + (len & 1);
	}
	return true;
}

/* Walks the RIFF chunk at offset; *ret_end is the offset after it. */
static bool walk_riff(
	struct riff *r, uint64_t offset, chunk_fn fn, uint64_t *ret_end)
{
	struct rom_media_walk *w = r->w;
	struct rom_buffer v;
	uint64_t len;
	bool ok;

	if (!rom_media_need(w, offset, HEAD, &v))
		return false;
	len = rom_le32(&v, 4);
	if (len == 0 || len == UINT32_MAX) {
		w->ret->is_open_ended = true;
		*ret_end = w->limit;
		return true;
	}
	*ret_end = offset + 8 + len + (len & 1);
	/* the padding byte may be missing at the end of a file */
	if (*ret_end == w->limit + 1 && (len & 1))
		*ret_end = w->limit;
	/* a cut file may be damaged in the part that is present */
	ok = walk_chunks(r, offset + HEAD, offset + 8 + len, fn);
	return rom_media_fits(w, *ret_end) && ok;
}

/* ---- WebP ---------------------------------------------------------------- */

static uint32_t le24(struct rom_buffer *v, size_t at)
{
	return rom_le16(v, at) | (uint32_t)rom_u8(v, at + 2) << 16;
}

static bool read_lossy_size(struct rom_media_info *m, struct rom_buffer *v)
{
	m->width = rom_le16(v, 6) & 0x3fff;
	m->height = rom_le16(v, 8) & 0x3fff;
	return rom_buffer_has(v, 3, "\x9d\x01\x2a", 3);
}

static bool read_lossless_size(struct rom_media_info *m, struct rom_buffer *v)
{
	uint32_t bits = rom_le32(v, 1);

	m->width = (bits & 0x3fff) + 1;
	m->height = (bits >> 14 & 0x3fff) + 1;
	return rom_u8(v, 0) == 0x2f;
}

static bool note_webp(
	struct riff *r, const char *name, uint64_t body, uint32_t len)
{
	struct rom_media_walk *w = r->w;
	struct rom_media_info *m = w->ret;
	struct rom_buffer v = { 0 };
	bool ok = true;

	if (!memcmp(name, "EXIF", 4)) {
		unsigned skip = rom_media_has(w, body, "Exif\0\0", 6) ? 6 : 0;

		rom_exif_walk(w, (struct rom_range){ body + skip, len - skip },
			&m->exif);
		return true;
	}
	if (memcmp(name, "VP8", 3) || (m->width && name[3] != 'X'))
		return true;
	if (!rom_media_need(w, body, 10, &v))
		return false;
	if (name[3] == 'X') {
		m->width = le24(&v, 4) + 1;
		m->height = le24(&v, 7) + 1;
	} else {
		ok = name[3] == 'L' ? read_lossless_size(m, &v)
				    : read_lossy_size(m, &v);
	}
	return ok ||
	       rom_media_damaged(w, body, "a picture without its start code");
}

static void examine_webp(struct rom_media_walk *w)
{
	struct riff r = { .w = w };
	uint64_t end;

	if (!walk_riff(&r, 0, note_webp, &end))
		return;
	if (w->ret->width)
		rom_media_whole(w, end);
	else
		rom_media_damaged(w, HEAD, "no picture");
}

/* ---- AVI ----------------------------------------------------------------- */

/* The main header: microseconds per frame, frames at 16, size at 32. */
static void read_avih(struct rom_media_walk *w, uint64_t at)
{
	struct rom_media_info *m = w->ret;
	struct rom_buffer v;

	if (!rom_media_has(w, at, "hdrlavih", 8) ||
		!rom_media_peek(w, at + 12, 40, &v))
		return;
	m->width = rom_le32(&v, 32);
	m->height = rom_le32(&v, 36);
	m->has_duration = rom_le32(&v, 0) && rom_le32(&v, 16);
	m->duration_ms = (uint64_t)rom_le32(&v, 0) * rom_le32(&v, 16) / 1000;
}

static bool note_avi(
	struct riff *r, const char *name, uint64_t body, uint32_t len)
{
	struct rom_media_walk *w = r->w;
	if (!memcmp(name, "LIST", 4) && len > 56 && !w->ret->width)
		read_avih(w, body);
	return true;
}

static void examine_avi(struct rom_media_walk *w)
{
	struct riff r = { .w = w };
	uint64_t end;

	if (!walk_riff(&r, 0, note_avi, &end))
		return;
	for (unsigned i = 0; i < MAX_RIFFS; i++) {
		if (!rom_media_has(w, end, "RIFF", 4) ||
			!rom_media_has(w, end + 8, "AVIX", 4))
			break;
		if (!walk_riff(&r, end, note_avi, &end))
			return;
	}
	rom_media_whole(w, end);
}

/* ---- WAV ----------------------------------------------------------------- */

static bool note_wav(
	struct riff *r, const char *name, uint64_t body, uint32_t len)
{
	struct rom_media_walk *w = r->w;
	struct rom_media_info *m = w->ret;
	struct rom_buffer v;

	if (!memcmp(name, "fmt ", 4)) {
		if (!rom_media_need(w, body, 14, &v))
			return false;
		r->bytes_per_second = rom_le32(&v, 8);
	}
	if (!memcmp(name, "data", 4) && r->bytes_per_second) {
		m->has_duration = true;
		m->duration_ms = (uint64_t)len * 1000 / r->bytes_per_second;
	}
	return true;
}

static void examine_wav(struct rom_media_walk *w)
{
	struct riff r = { .w = w };
	uint64_t end;

	if (!walk_riff(&r, 0, note_wav, &end))
		return;
	if (w->ret->has_duration || w->ret->is_open_ended)
		rom_media_whole(w, end);
	else
		rom_media_damaged(w, HEAD, "no sound");
}

const struct rom_media_walker rom_media_webp = {
	.format = { "webp", ".webp", "image/webp", ROM_MEDIA_PICTURE },
	.signature = { { "WEBPVP8", 7, 8 } },
	.is = is_riff,
	.examine = examine_webp,
};

const struct rom_media_walker rom_media_avi = {
	.format = { "avi", ".avi", "video/x-msvideo", ROM_MEDIA_VIDEO },
	.signature = { { "AVI LIST", 8, 8 } },
	.is = is_riff,
	.examine = examine_avi,
};

const struct rom_media_walker rom_media_wav = {
	.format = { "wav", ".wav", "audio/x-wav", ROM_MEDIA_AUDIO },
	.signature = { { "WAVE", 4, 8 } },
	.is = is_riff,
	.examine = examine_wav,
};
