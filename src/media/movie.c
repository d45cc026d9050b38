/* SPDX-License-Identifier: MIT */
/*
 * movie.c - the tracks of MP4, QuickTime, 3GP, M4A
 *
 * moov has a header (mvhd), and a trak for each track: tkhd has its size in
 * pixels, mdia/minf/stbl the offsets of its chunks in the file (stco, co64).
 * Without moov nothing can be played.
 */
#include <inttypes.h>

#include "media_priv.h"

enum {
	MAX_TRACKS = 64,
	MAX_MDATS = 64,
	MAX_CHUNKS = 1 << 22,
	/* seconds from 1904 to 1970 */
	EPOCH = 2082844800,
};

#define BOX_MOOV ROM_BOX('m', 'o', 'o', 'v')
#define BOX_MDAT ROM_BOX('m', 'd', 'a', 't')
#define BOX_MOOF ROM_BOX('m', 'o', 'o', 'f')

struct movie {
	struct rom_media_walk *w;
	uint64_t base; /* 0, except for a video after a photo */
	struct rom_box moov;
	bool has_moov, has_moof;
	struct rom_range mdat[MAX_MDATS];
	unsigned n_mdat;
	bool has_picture, has_sound, may_continue;
	uint32_t width, height;
};

/* ---- the boxes at the top ------------------------------------------------ */

static void note_box(struct movie *m, const struct rom_box *box)
{
	if (box->type == BOX_MOOV && !m->has_moov) {
		m->moov = *box;
		m->has_moov = true;
	}
	if (box->type == BOX_MOOF)
		m->has_moof = true;
	if (box->type == BOX_MDAT && m->n_mdat < MAX_MDATS)
		m->mdat[m->n_mdat++] =
			(struct rom_range){ box->body, box->end - box->body };
}

static void note_boxes(struct movie *m, uint64_t end)
{
	struct rom_box box;

	for (uint64_t at = m->base; at < end && rom_box_at(m->w, at, end, &box);
		at = box.end)
		note_box(m, &box);
}

/* ---- the movie ----------------------------------------------------------- */

static void read_header(struct movie *m)
{
	struct rom_media_info *ret = m->w->ret;
	struct rom_box mvhd;
	struct rom_buffer v;
	uint64_t created, duration;
	uint32_t scale;
	bool is_long;

	if (!rom_box_child(
		    m->w, &m->moov, 0, ROM_BOX('m', 'v', 'h', 'd'), 0, &mvhd) ||
		!rom_media_peek(m->w, mvhd.body, 32, &v))
		return;
	is_long = rom_u8(&v, 0) == 1;
	created = is_long ? rom_be64(&v, 4) : rom_be32(&v, 4);
	scale = rom_be32(&v, is_long ? 20 : 12);
	duration = is_long ? rom_be64(&v, 24) : rom_be32(&v, 16);
	if (scale && duration && duration < UINT32_MAX) {
		ret->has_duration = true;
		ret->duration_ms = duration * 1000 / scale;
	}
	/* a date before 1970 means that the clock was not set */
	if (created > EPOCH && created < (uint64_t)2 * UINT32_MAX)
		ret->exif.taken = (struct rom_media_date){ .is_known = true,
			.has_zone = true,
			.seconds = (int64_t)created - EPOCH };
}

static bool is_in_mdat(const struct movie *m, uint64_t offset)
{
	for (unsigned i = 0; i < m->n_mdat; i++) {
		if (offset >= m->mdat[i].offset &&
			offset < rom_range_end(m->mdat[i]))
			return true;
	}
	/* the list is full, so it is not known */
	return m->n_mdat == MAX_MDATS;
}

/* Every chunk of a track must be inside an mdat box. */
static bool check_chunks(
	struct movie *m, const struct rom_box *table, unsigned width)
{
	struct rom_media_walk *w = m->w;
	struct rom_buffer v;
	uint64_t n, offset;

	if (!rom_media_need(w, table->body, 8, &v))
		return false;
	n = rom_be32(&v, 4);
	if (n > (table->end - table->body - 8) / width)
		return rom_media_damaged(w, table->body,
			"a table of %" PRIu64 " chunks in too small a box", n);
	n = rom_min(n, MAX_CHUNKS);
	for (uint64_t i = 0; i < n; i++) {
		if (!rom_media_need(w, table->body + 8 + i * width, width, &v))
			return false;
		offset = width == 8 ? rom_be64(&v, 0) : rom_be32(&v, 0);
		/* a sum that wraps is in none of them either */
		offset += m->base;
		if (is_in_mdat(m, offset))
			continue;
		if (m->may_continue && offset + 8 > w->limit)
			return rom_media_cut(w, 0);
		return rom_media_damaged(w, table->body,
			"data at 0x%" PRIx64 ", outside all data boxes",
			offset);
	}
	return true;
}

/* QuickTime may store the media of a track in other files. */
static bool is_elsewhere(struct movie *m, const struct rom_box *minf)
{
	struct rom_box dinf, dref;
	struct rom_buffer v;

	return rom_box_child(
		       m->w, minf, 0, ROM_BOX('d', 'i', 'n', 'f'), 0, &dinf) &&
	       rom_box_child(
		       m->w, &dinf, 0, ROM_BOX('d', 'r', 'e', 'f'), 0, &dref) &&
	       rom_media_peek(m->w, dref.body, 20, &v) &&
	       rom_be32(&v, 4) == 1 && !(rom_be32(&v, 16) & 1);
}

static bool check_tables(struct movie *m, const struct rom_box *mdia)
{
	struct rom_box minf, stbl, table;

	if (!rom_box_child(
		    m->w, mdia, 0, ROM_BOX('m', 'i', 'n', 'f'), 0, &minf) ||
		!rom_box_child(m->w, &minf, 0, ROM_BOX('s', 't', 'b', 'l'), 0,
			&stbl) ||
		is_elsewhere(m, &minf))
		return true;
	if (rom_box_child(
		    m->w, &stbl, 0, ROM_BOX('s', 't', 'c', 'o'), 0, &table))
		return check_chunks(m, &table, 4);
	if (rom_box_child(
		    m->w, &stbl, 0, ROM_BOX('c', 'o', '6', '4'), 0, &table))
		return check_chunks(m, &table, 8);
	return true;
}

static void note_handler(struct movie *m, const struct rom_box *mdia)
{
	struct rom_box hdlr;
	struct rom_buffer v;

	if (!rom_box_child(
		    m->w, mdia, 0, ROM_BOX('h', 'd', 'l', 'r'), 0, &hdlr) ||
		!rom_media_peek(m->w, hdlr.body, 12, &v))
		return;
	m->has_picture |= rom_buffer_has(&v, 8, "vide", 4);
	m->has_sound |= rom_buffer_has(&v, 8, "soun", 4);
}

static void note_size(struct movie *m, const struct rom_box *trak)
{
	struct rom_box tkhd;
	struct rom_buffer v;
	uint32_t width, height;

	/* the last two fields, 16.16 each */
	if (!rom_box_child(
		    m->w, trak, 0, ROM_BOX('t', 'k', 'h', 'd'), 0, &tkhd) ||
		tkhd.end - tkhd.body < 84 ||
		!rom_media_peek(m->w, tkhd.end - 8, 8, &v))
		return;
	width = rom_be32(&v, 0) >> 16;
	height = rom_be32(&v, 4) >> 16;
	if ((uint64_t)width * height > (uint64_t)m->width * m->height) {
		m->width = width;
		m->height = height;
	}
}

static bool check_tracks(struct movie *m, bool with_tables)
{
	struct rom_box trak, mdia;

	for (unsigned i = 0; i < MAX_TRACKS; i++) {
		if (!rom_box_child(m->w, &m->moov, 0,
			    ROM_BOX('t', 'r', 'a', 'k'), i, &trak))
			break;
		note_size(m, &trak);
		if (!rom_box_child(m->w, &trak, 0, ROM_BOX('m', 'd', 'i', 'a'),
			    0, &mdia))
			continue;
		note_handler(m, &mdia);
		if (with_tables && !check_tables(m, &mdia))
			return false;
	}
	return true;
}

/* Checks that the boxes in moov end exactly with it; otherwise moov was partly
 * overwritten. */
static bool check_children(struct movie *m)
{
	uint64_t at = m->moov.body;
	struct rom_box box;

	/* QuickTime ends a list with a length of 0 */
	while (at + 8 <= m->moov.end) {
		if (rom_media_has(m->w, at, "\0\0\0\0", 4))
			return true;
		if (!rom_box_at(m->w, at, m->moov.end, &box))
			return rom_media_damaged(
				m->w, at, "invalid box in moov");
		at = box.end;
	}
	return true;
}

static void note_facts(struct movie *m)
{
	struct rom_media_info *ret = m->w->ret;

	/* a photo keeps its own facts, not those of its video */
	if (m->base)
		return;
	read_header(m);
	ret->width = m->width;
	ret->height = m->height;
	if (!m->has_picture && m->has_sound)
		ret->type = ROM_MEDIA_AUDIO;
}

static bool check_movie(struct movie *m, uint64_t end)
{
	bool ok;

	if (!m->has_moov)
		return true;
	/* where no box header fits before the limit, the data that the tables
	 * refer to may be missing */
	m->may_continue = end + ROM_BOX_HEAD > m->w->limit;
	ok = check_tracks(m, end <= m->w->limit);
	note_facts(m);
	return end > m->w->limit || (ok && check_children(m));
}

bool rom_movie_end(struct rom_media_walk *w, uint64_t base, uint64_t *ret_end)
{
	struct movie m = { .w = w, .base = base };
	bool is_open;
	uint64_t end = rom_boxes_end(w, base, &is_open);

	note_boxes(&m, rom_min(end, w->limit));
	w->ret->is_open_ended |= is_open;
	if (!check_movie(&m, end) || !rom_media_fits(w, end))
		return false;
	*ret_end = end;
	if (m.has_moov)
		return true;
	/* no box header fits before the limit: the next box may have begun
	 * there */
	return end + ROM_BOX_HEAD > w->limit
		       ? rom_media_cut(w, 0)
		       : rom_media_damaged(w, end, "no moov box");
}

void rom_movie_walk(struct rom_media_walk *w)
{
	uint64_t end;

	if (rom_movie_end(w, 0, &end))
		rom_media_whole(w, end);
}
