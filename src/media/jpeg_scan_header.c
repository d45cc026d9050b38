/* SPDX-License-Identifier: MIT */
/*
 * jpeg_scan_header.c - the components and coefficients of a scan (ITU-T T.81,
 * B.2.3), and whether it may come here
 */
#include "jpeg_priv.h"

static struct jpeg_component *find_component(struct jpeg *j, uint8_t id)
{
	for (unsigned i = 0; i < j->frame.n; i++) {
		if (j->frame.c[i].id == id)
			return &j->frame.c[i];
	}
	return NULL;
}

static bool has_tables(const struct jpeg_scan *s, unsigned i)
{
	bool is_progressive = s->j->frame.sof == JPEG_PROGRESSIVE;
	bool needs_dc = s->first == 0 && !s->high;
	bool needs_ac = is_progressive ? s->first > 0 : true;

	return (!needs_dc || s->dc[i]->is_defined) &&
	       (!needs_ac || s->ac[i]->is_defined);
}

static bool read_components(struct jpeg_scan *s, struct rom_buffer *h)
{
	unsigned blocks = 0;

	s->n = rom_u8(h, 0);
	if (s->n < 1 || s->n > JPEG_COMPONENTS || h->len != 4 + 2 * s->n)
		return false;
	for (unsigned i = 0; i < s->n; i++) {
		uint8_t tables = rom_u8(h, 2 + 2 * i);

		s->c[i] = find_component(s->j, rom_u8(h, 1 + 2 * i));
		if (!s->c[i] || tables >> 4 > 3 || (tables & 15) > 3)
			return false;
		s->dc[i] = &s->j->dc[tables >> 4];
		s->ac[i] = &s->j->ac[tables & 15];
		blocks += s->c[i]->h * s->c[i]->v;
	}
	/* the standard limits an MCU of several components */
	return s->n == 1 || blocks <= 10;
}

static bool read_spectrum(struct jpeg_scan *s, struct rom_buffer *h)
{
	size_t at = 1 + 2 * s->n;
	uint8_t approximation = rom_u8(h, at + 2);

	s->first = rom_u8(h, at);
	s->last = rom_u8(h, at + 1);
	s->high = approximation >> 4;
	s->low = approximation & 15;
	if (s->j->frame.sof != JPEG_PROGRESSIVE) {
		/* the field has no meaning here, and some cameras leave other
		 * values in it */
		s->first = s->high = 0;
		return true;
	}
	if (s->first > s->last || s->last > 63 || s->low > 13)
		return false;
	return s->first ? s->n == 1 : s->last == 0;
}

/* Each scan of a progressive picture must continue where the previous one
 * stopped, with the bits that are still missing. */
static bool check_progression(struct jpeg_scan *s)
{
	for (unsigned i = 0; i < s->n; i++) {
		for (int k = s->first; k <= s->last; k++) {
			if (s->c[i]->low[k] != s->high)
				return false;
			s->c[i]->low[k] = s->low;
		}
	}
	return true;
}

static bool has_quantisation(const struct jpeg_scan *s)
{
	for (unsigned i = 0; i < s->n; i++) {
		if (!(s->j->quantisations >> s->c[i]->quantisation & 1))
			return false;
	}
	return true;
}

static bool has_all_tables(const struct jpeg_scan *s)
{
	for (unsigned i = 0; i < s->n; i++) {
		if (!has_tables(s, i))
			return false;
	}
	return true;
}

bool rom_jpeg_scan_begin(struct jpeg_scan *s, const struct rom_buffer *header)
{
	struct rom_media_walk *w = s->j->w;
	struct rom_buffer h = *header;
	const char *what = NULL;

	if (!read_components(s, &h) || !read_spectrum(s, &h))
		return rom_media_damaged(w, h.offset, "invalid scan header");
	for (unsigned i = 0; i < s->n; i++)
		s->c[i]->has_scan = true;
	if (s->j->frame.sof == JPEG_PROGRESSIVE && !check_progression(s))
		what = "a scan out of order";
	else if (!has_quantisation(s))
		what = "a scan without a quantisation table";
	else if (s->j->frame.sof <= JPEG_PROGRESSIVE && !has_all_tables(s))
		what = "a scan without Huffman tables";
	return !what || rom_media_damaged(w, h.offset, "%s", what);
}
