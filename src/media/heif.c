/* SPDX-License-Identifier: MIT */
/*
 * heif.c - HEIC and AVIF (ISO/IEC 23008-12): a meta box lists the items (iinf),
 * their locations (iloc) and their properties (iprp)
 */
#include <inttypes.h>

#include "media_priv.h"

enum { MAX_ITEMS = 16384, MAX_EXTENTS = 1 << 18, MAX_PROPERTIES = 1024 };

#define ITEM_EXIF ROM_BOX('E', 'x', 'i', 'f')
#define ITEM_JPEG ROM_BOX('j', 'p', 'e', 'g')

struct extent {
	uint32_t item;
	uint8_t construction; /* 0: in the file, 1: in idat, 2: in an item */
	uint64_t offset, len;
};

struct heif {
	struct rom_media_walk *w;
	struct rom_box meta;
	uint64_t end;	     /* of the file */
	uint32_t exif, jpeg; /* items of these types; 0: none */
};

static bool is_heic(struct rom_buffer *head)
{
	static const char *const brands[] = { "heic", "heix", "heim", "heis",
		"hevc", "hevx", "mif1", "msf1", NULL };
	static const char *const av1[] = { "avif", "avis", NULL };

	return rom_box_has_brand(head, brands, true) &&
	       !rom_box_has_brand(head, av1, false);
}

static bool is_avif(struct rom_buffer *head)
{
	static const char *const brands[] = { "avif", "avis", NULL };

	return rom_box_has_brand(head, brands, false);
}

/* ---- items --------------------------------------------------------------- */

static void note_item(struct heif *h, const struct rom_box *infe)
{
	struct rom_box_cursor c = { h->w, infe->body, infe->end, false };
	uint8_t version = (uint8_t)rom_box_take(&c, 1);
	uint32_t id, type;

	rom_box_take(&c, 3);
	if (version < 2)
		return;
	id = (uint32_t)rom_box_take(&c, version == 2 ? 2 : 4);
	rom_box_take(&c, 2);
	type = (uint32_t)rom_box_take(&c, 4);
	if (type == ITEM_EXIF)
		h->exif = id;
	if (type == ITEM_JPEG)
		h->jpeg = id;
}

static void note_items(struct heif *h)
{
	struct rom_box iinf, infe;
	struct rom_box_cursor c = { .w = h->w };
	uint64_t at;

	if (!rom_box_child(
		    h->w, &h->meta, 4, ROM_BOX('i', 'i', 'n', 'f'), 0, &iinf))
		return;
	c.at = iinf.body;
	c.end = iinf.end;
	/* full box, then a count of 2 or 4 bytes */
	at = iinf.body + (rom_box_take(&c, 1) ? 8 : 6);
	for (unsigned i = 0; i < MAX_ITEMS && at < iinf.end; i++) {
		if (!rom_box_at(h->w, at, iinf.end, &infe))
			break;
		if (infe.type == ROM_BOX('i', 'n', 'f', 'e'))
			note_item(h, &infe);
		at = infe.end;
	}
}

/* Takes the size of the picture from the n-th property (counted from 1), if
 * that is one. */
static bool use_size(struct heif *h, const struct rom_box *ipco, uint64_t n)
{
	struct rom_media_info *m = h->w->ret;
	uint64_t at = ipco->body;
	struct rom_buffer v;
	struct rom_box box;

	for (uint64_t i = 1; i <= n && i <= MAX_PROPERTIES; i++) {
		if (!rom_box_at(h->w, at, ipco->end, &box))
			return false;
		at = box.end;
		if (i < n)
			continue;
		if (box.type != ROM_BOX('i', 's', 'p', 'e') ||
			!rom_media_peek(h->w, box.body, 12, &v))
			return false;
		m->width = rom_be32(&v, 4);
		m->height = rom_be32(&v, 8);
		return true;
	}
	return false;
}

/* The associations of properties with items (ipma): one of the primary item's
 * properties is its size. */
static void note_properties(struct heif *h, const struct rom_box *ipma,
	const struct rom_box *ipco, uint64_t primary)
{
	struct rom_box_cursor c = { h->w, ipma->body, ipma->end, false };
	uint64_t head = rom_box_take(&c, 4), n = rom_box_take(&c, 4);
	bool is_long = head & 1;

	for (uint64_t i = 0; i < n && i < MAX_ITEMS && !c.overrun; i++) {
		uint64_t id = rom_box_take(&c, head >> 24 ? 4 : 2);

		for (uint64_t left = rom_box_take(&c, 1); left; left--) {
			uint64_t p = rom_box_take(&c, is_long ? 2 : 1) &
				     (is_long ? 0x7fff : 0x7f);

			if (id == primary && use_size(h, ipco, p))
				return;
		}
	}
}

static void note_size(struct heif *h)
{
	struct rom_box pitm, iprp, ipco, ipma;
	struct rom_box_cursor c = { .w = h->w };

	if (!rom_box_child(
		    h->w, &h->meta, 4, ROM_BOX('p', 'i', 't', 'm'), 0, &pitm) ||
		!rom_box_child(h->w, &h->meta, 4, ROM_BOX('i', 'p', 'r', 'p'),
			0, &iprp) ||
		!rom_box_child(h->w, &iprp, 0, ROM_BOX('i', 'p', 'c', 'o'), 0,
			&ipco) ||
		!rom_box_child(
			h->w, &iprp, 0, ROM_BOX('i', 'p', 'm', 'a'), 0, &ipma))
		return;
	c.at = pitm.body;
	c.end = pitm.end;
	note_properties(h, &ipma, &ipco,
		rom_box_take(&c, 4) >> 24 ? rom_box_take(&c, 4)
					  : rom_box_take(&c, 2));
}

/* The Exif item begins with the distance to its TIFF header. */
static void read_exif(struct heif *h, const struct extent *e)
{
	struct rom_range range = { e->offset, e->len }, tiff;
	struct rom_buffer v;

	if (rom_media_peek(h->w, e->offset, 4, &v) &&
		rom_subrange(range, 4 + (uint64_t)rom_be32(&v, 0),
			e->len > 4
				? e->len - 4 -
					  rom_min(rom_be32(&v, 0), e->len - 4)
				: 0,
			&tiff))
		rom_exif_walk(h->w, tiff, &h->w->ret->exif);
}

static bool use_extent(struct heif *h, const struct extent *e)
{
	struct rom_exif *exif = &h->w->ret->exif;
	uint64_t end;

	if (e->construction)
		return true;
	if (!rom_add(e->offset, e->len, &end))
		end = UINT64_MAX;
	/* where no box header fits before the limit, the rest of the file may
	 * be missing */
	if (end > h->end && h->end + ROM_BOX_HEAD > h->w->limit)
		return rom_media_cut(h->w, 0);
	if (end > h->end)
		return rom_media_damaged(h->w, h->meta.body,
			"item %" PRIu32 " is at 0x%" PRIx64 ", past the end",
			e->item, e->offset);
	if (e->item == h->exif && e->len)
		read_exif(h, e);
	if (e->item == h->jpeg && e->len && !exif->thumbnail.len &&
		rom_media_has(h->w, e->offset, "\xff\xd8\xff", 3))
		exif->thumbnail = (struct rom_range){ e->offset, e->len };
	return true;
}

struct field_widths {
	uint8_t offset, length, base, index;
};

static bool read_item(struct heif *h, struct rom_box_cursor *c, uint8_t version,
	struct field_widths s, unsigned *extents)
{
	struct extent e = {
		.item = (uint32_t)rom_box_take(c, version < 2 ? 2 : 4),
	};
	uint64_t base, n;

	if (version)
		e.construction = rom_box_take(c, 2) & 15;
	/* data in another file are not checked */
	if (rom_box_take(c, 2))
		e.construction = 2;
	base = rom_box_take(c, s.base);
	n = rom_box_take(c, 2);
	if (n > *extents)
		return false;
	*extents -= (unsigned)n;
	for (uint64_t i = 0; i < n && !c->overrun; i++) {
		if (version)
			rom_box_take(c, s.index);
		e.offset = base + rom_box_take(c, s.offset);
		e.len = rom_box_take(c, s.length);
		if (!c->overrun && !use_extent(h, &e))
			return false;
	}
	return !c->overrun;
}

static bool is_width(unsigned n)
{
	return n == 0 || n == 4 || n == 8;
}

static bool check_locations(struct heif *h)
{
	struct rom_box_cursor c = { .w = h->w };
	unsigned extents = MAX_EXTENTS;
	struct rom_box iloc;
	uint64_t widths, n;
	uint8_t version;
	struct field_widths s;

	if (!rom_box_child(
		    h->w, &h->meta, 4, ROM_BOX('i', 'l', 'o', 'c'), 0, &iloc))
		return rom_media_damaged(
			h->w, h->meta.offset, "no item location box (iloc)");
	c.at = iloc.body;
	c.end = iloc.end;
	version = (uint8_t)rom_box_take(&c, 1);
	rom_box_take(&c, 3);
	widths = rom_box_take(&c, 2);
	s = (struct field_widths){ (uint8_t)(widths >> 12), widths >> 8 & 15,
		widths >> 4 & 15, widths & 15 };
	n = rom_box_take(&c, version < 2 ? 2 : 4);
	if (version > 2 || !is_width(s.offset) || !is_width(s.length) ||
		!is_width(s.base) || !is_width(s.index) || n > MAX_ITEMS)
		return rom_media_damaged(
			h->w, iloc.offset, "invalid item location box (iloc)");
	for (uint64_t i = 0; i < n; i++) {
		if (!read_item(h, &c, version, s, &extents))
			return rom_media_damaged(h->w, iloc.offset,
				"invalid item location box (iloc)");
	}
	return true;
}

/* ---- the file ------------------------------------------------------------ */

static bool find_box(
	struct heif *h, uint64_t end, uint32_t type, struct rom_box *ret)
{
	uint64_t at = 0;

	while (at < end && rom_box_at(h->w, at, end, ret)) {
		if (ret->type == type)
			return true;
		at = ret->end;
	}
	return false;
}

/* Without a meta box: an image sequence has moov instead. */
static void judge_without_meta(struct heif *h)
{
	struct rom_media_walk *w = h->w;
	struct rom_box moov;

	if (h->end > w->limit)
		rom_media_cut(w, h->end);
	else if (find_box(h, h->end, ROM_BOX('m', 'o', 'o', 'v'), &moov))
		rom_media_whole(w, h->end);
	else if (h->end + ROM_BOX_HEAD > w->limit)
		rom_media_cut(w, 0);
	else
		rom_media_damaged(w, h->end, "no meta box");
}

static void examine_heif(struct rom_media_walk *w)
{
	struct heif h = { .w = w };
	bool is_open;

	h.end = rom_boxes_end(w, 0, &is_open);
	w->ret->is_open_ended = is_open;
	if (!find_box(&h, rom_min(h.end, w->limit), ROM_BOX('m', 'e', 't', 'a'),
		    &h.meta)) {
		judge_without_meta(&h);
		return;
	}
	note_items(&h);
	note_size(&h);
	if (h.end > w->limit)
		w->ret->expected = h.end;
	if (!check_locations(&h) || !rom_media_fits(w, h.end))
		return;
	rom_media_whole(w, h.end);
}

const struct rom_media_walker rom_media_heic = {
	.format = { "heic", ".heic", "image/heic", ROM_MEDIA_PICTURE },
	.signature = { { "ftyp", 4, 4 } },
	.is = is_heic,
	.examine = examine_heif,
};

const struct rom_media_walker rom_media_avif = {
	.format = { "avif", ".avif", "image/avif", ROM_MEDIA_PICTURE },
	.signature = { { "ftyp", 4, 4 } },
	.is = is_avif,
	.examine = examine_heif,
};
