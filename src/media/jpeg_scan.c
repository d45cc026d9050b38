/* SPDX-License-Identifier: MIT */
/*
 * jpeg_scan.c - decodes the entropy-coded data of a scan to find out whether
 * they are intact: every code must exist, and their number must be exact
 *
 * Baseline, extended and progressive Huffman coding (ITU-T T.81, annexes F and
 * G). Coefficients are counted, not stored: only the refinement of progressive
 * AC needs to know which are nonzero.
 */
#include <inttypes.h>

#include "jpeg_bits.h"

enum { RST0 = 0xd0 };

/* ---- codes --------------------------------------------------------------- */

/* The next symbol, or -1. At least 16 bits remain available for what follows
 * it. */
static inline int decode(struct jpeg_bits *b, const struct jpeg_huffman *h)
{
	uint16_t fast;
	int32_t code;

	if (b->n < 32)
		jpeg_bits_fill(b);
	fast = h->fast[jpeg_bits_peek(b, JPEG_FAST_BITS)];
	if (fast) {
		b->n -= fast >> 8;
		return fast & 0xff;
	}
	for (int len = JPEG_FAST_BITS + 1; len <= 16; len++) {
		code = (int32_t)jpeg_bits_peek(b, len);
		if (code <= h->max_code[len]) {
			b->n -= len;
			return h->symbol[(code + h->delta[len]) & 0xff];
		}
	}
	return -1;
}

static bool dc_first(struct jpeg_scan *s, unsigned i)
{
	int category = decode(&s->bits, s->dc[i]);

	if (category < 0 || category > (s->j->frame.precision > 8 ? 15 : 11))
		return false;
	jpeg_bits_get(&s->bits, category);
	return true;
}

static bool block_sequential(struct jpeg_scan *s, unsigned i)
{
	if (!dc_first(s, i))
		return false;
	for (int k = 1; k < 64; k++) {
		int symbol = decode(&s->bits, s->ac[i]);
		int run = symbol >> 4, size = symbol & 15;

		if (symbol < 0)
			return false;
		if (symbol == 0)
			break;
		/* only a run of 16 zeros has size 0 */
		if (!size && run != 15)
			return false;
		k += run;
		if (k > 63)
			return false;
		jpeg_bits_get(&s->bits, size);
	}
	return true;
}

static bool dc_refine(struct jpeg_scan *s)
{
	if (s->bits.n < 32)
		jpeg_bits_fill(&s->bits);
	jpeg_bits_get(&s->bits, 1);
	return true;
}

static bool begin_eob_run(struct jpeg_scan *s, int run)
{
	s->eob_run = (1u << run) - 1 + jpeg_bits_get(&s->bits, run);
	return true;
}

static bool ac_first(struct jpeg_scan *s, uint64_t *nonzero)
{
	if (s->eob_run) {
		s->eob_run--;
		return true;
	}
	for (int k = s->first; k <= s->last; k++) {
		int symbol = decode(&s->bits, s->ac[0]);
		int run = symbol >> 4, size = symbol & 15;

		if (symbol < 0)
			return false;
		if (!size && run < 15)
			return begin_eob_run(s, run);
		k += run;
		if (k > s->last)
			return false;
		if (size && nonzero)
			*nonzero |= (uint64_t)1 << k;
		jpeg_bits_get(&s->bits, size);
	}
	return true;
}

/* Skips run zeros, and all nonzero coefficients on the way, each of which has a
 * correction bit. Returns where it stopped. */
static int skip_refined(struct jpeg_scan *s, int k, int run, uint64_t nonzero)
{
	for (; k <= s->last; k++) {
		if (nonzero >> k & 1) {
			if (s->bits.n < 32)
				jpeg_bits_fill(&s->bits);
			jpeg_bits_get(&s->bits, 1);
		} else if (run-- == 0) {
			break;
		}
	}
	return k;
}

static bool ac_refine(struct jpeg_scan *s, uint64_t *nonzero)
{
	uint64_t before = *nonzero;
	int k = s->first;

	for (; k <= s->last && !s->eob_run; k++) {
		int symbol = decode(&s->bits, s->ac[0]);
		int run = symbol >> 4, size = symbol & 15;

		if (symbol < 0 || size > 1)
			return false;
		if (!size && run < 15) {
			begin_eob_run(s, run);
			s->eob_run++; /* this block is the first of the run */
			break;
		}
		jpeg_bits_get(&s->bits, size);
		k = skip_refined(s, k, run, before);
		if (k > s->last)
			return !size;
		*nonzero |= (uint64_t)size << k;
	}
	if (s->eob_run) {
		skip_refined(s, k, 64, before);
		s->eob_run--;
	}
	return true;
}

static bool decode_block(
	struct jpeg_scan *s, unsigned i, uint32_t x, uint32_t y)
{
	struct jpeg_component *c = s->c[i];
	uint64_t *nonzero = c->nonzero;

	if (s->j->frame.sof != JPEG_PROGRESSIVE)
		return block_sequential(s, i);
	if (s->first == 0)
		return s->high ? dc_refine(s) : dc_first(s, i);
	if (nonzero)
		nonzero += (uint64_t)y * c->stride + x;
	return s->high ? ac_refine(s, nonzero) : ac_first(s, nonzero);
}

/* ---- MCUs ---------------------------------------------------------------- */

static bool decode_interleaved(struct jpeg_scan *s, uint32_t x, uint32_t y)
{
	for (unsigned i = 0; i < s->n; i++) {
		unsigned h = s->c[i]->h, v = s->c[i]->v;

		for (unsigned b = 0; b < h * v; b++) {
			if (!decode_block(s, i, x * h + b % h, y * v + b / h))
				return false;
		}
	}
	return true;
}

static bool decode_mcu(struct jpeg_scan *s, uint32_t mcu)
{
	uint32_t x = mcu % s->wide, y = mcu / s->wide;

	return s->n == 1 ? decode_block(s, 0, x, y)
			 : decode_interleaved(s, x, y);
}

/* Gives the verdict about a failure at an MCU; it may be that the file ends
 * there. */
static bool fail_at_mcu(struct jpeg_scan *s, uint32_t mcu, const char *what)
{
	/* A last FF may be half of a marker, and the bits after the last ones
	 * are padding: neither is a fault of the data. */
	bool is_end = jpeg_bits_position(&s->bits) + 1 >= s->j->w->limit &&
		      s->bits.n - s->bits.padding < 16;
	uint64_t at;

	if (is_end)
		return rom_media_cut(s->j->w, 0);
	/* bytes that were only read ahead are not part of the fault */
	jpeg_bits_align(&s->bits);
	at = s->bits.pos;
	return rom_media_damaged(s->j->w, at,
		"%s at 0x%" PRIx64 ", in unit %" PRIu32 " of %" PRIu32, what,
		at, mcu, s->mcus);
}

/* Intervals are separated by a marker, numbered 0 to 7 in turn. */
static bool skip_restart(struct jpeg_scan *s, uint32_t mcu)
{
	uint8_t marker[2] = { 0xff,
		(uint8_t)(RST0 + (mcu / s->j->restart - 1) % 8) };
	struct rom_media_walk *w = s->j->w;
	struct rom_buffer v;
	uint64_t at;

	jpeg_bits_align(&s->bits);
	at = s->bits.pos;
	while (rom_media_has(w, at, "\xff\xff", 2))
		at++;
	if (!rom_media_need(w, at, 2, &v))
		return false;
	if (memcmp(v.p, marker, 2))
		return rom_media_damaged(w, at,
			"restart marker: expected ff%02x, got %02x%02x",
			marker[1], v.p[0], v.p[1]);
	s->bits.pos = at + 2;
	s->eob_run = 0;
	return true;
}

static bool decode_all(struct jpeg_scan *s)
{
	uint16_t restart = s->j->restart;

	for (uint32_t mcu = 0; mcu < s->mcus; mcu++) {
		if (restart && mcu && mcu % restart == 0 &&
			!skip_restart(s, mcu))
			return false;
		if (!decode_mcu(s, mcu))
			return jpeg_bits_ran_out(&s->bits)
				       ? fail_at_mcu(
						 s, mcu, "the data end early")
				       : fail_at_mcu(s, mcu, "invalid code");
		if (jpeg_bits_ran_out(&s->bits))
			return fail_at_mcu(s, mcu, "the data end early");
	}
	return true;
}

/* ---- the scan ------------------------------------------------------------ */

static void measure(struct jpeg_scan *s)
{
	const struct jpeg_frame *f = &s->j->frame;

	s->wide = s->n == 1 ? s->c[0]->blocks_wide : f->mcus_wide;
	/* cannot wrap: at most 16 bits per side and 8 pixels per block make 26
	 * bits */
	s->mcus = s->wide * (s->n == 1 ? s->c[0]->blocks_high : f->mcus_high);
	s->blocks = s->mcus;
	for (unsigned i = 0; s->n > 1 && i < s->n; i++)
		s->blocks += (uint64_t)s->mcus * s->c[i]->h * s->c[i]->v;
}

/* True when this decoder supports the scan: everything except arithmetic and
 * lossless coding, and refinements for which no memory was allocated. */
static bool is_decodable(const struct jpeg_scan *s)
{
	uint8_t sof = s->j->frame.sof;

	return sof >= 0xc0 && sof <= JPEG_PROGRESSIVE && s->j->frame.height &&
	       !(s->first && s->high && !s->c[0]->nonzero);
}

/* Skips to the marker after the data, which this decoder does not support. */
static bool skip_scan(struct jpeg *j, uint64_t *pos)
{
	struct rom_buffer v;

	j->was_skipped = true;
	for (uint64_t at = *pos;; at++) {
		const uint8_t *ff;

		if (!rom_media_more(j->w, at, &v))
			return false;
		ff = memchr(v.p, 0xff, v.len);
		at += ff ? (uint64_t)(ff - v.p) : v.len - 1;
		if (!ff)
			continue;
		if (!rom_media_need(j->w, at, 2, &v))
			return false;
		if (v.p[1] == 0xff || v.p[1] == 0 ||
			(v.p[1] >= RST0 && v.p[1] < RST0 + 8))
			continue;
		*pos = at;
		return true;
	}
}

bool rom_jpeg_scan(
	struct jpeg *j, const struct rom_buffer *header, uint64_t *pos)
{
	struct jpeg_scan s = { .j = j, .bits = { .w = j->w, .pos = *pos } };

	if (!rom_jpeg_scan_begin(&s, header))
		return false;
	measure(&s);
	if (!is_decodable(&s) || s.blocks > j->blocks_left)
		return skip_scan(j, pos);
	j->blocks_left -= s.blocks;
	if (!decode_all(&s))
		return false;
	jpeg_bits_align(&s.bits);
	*pos = s.bits.pos;
	return true;
}
