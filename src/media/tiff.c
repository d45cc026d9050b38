/* SPDX-License-Identifier: MIT */
/*
 * tiff.c - TIFF and DNG files: the file ends with the last range that its
 * directories refer to
 */
#include <inttypes.h>

#include "media_priv.h"

enum {
	WIDTH = 0x100,
	HEIGHT = 0x101,
	STRIP_OFFSETS = 0x111,
	STRIP_COUNTS = 0x117,
	TILE_OFFSETS = 0x144,
	TILE_COUNTS = 0x145,
	SUB_IFDS = 0x14a,
	JPEG_OFFSET = 0x201,
	JPEG_LEN = 0x202,
	EXIF_IFD = 0x8769,
	GPS_IFD = 0x8825,
	INTEROP_IFD = 0xa005,
	DNG_VERSION = 0xc612,
	MAX_IFDS = 64,
	/* one strip for each row of a large scan */
	MAX_STRIPS = 1 << 20,
};

struct tiff {
	struct rom_tiff t;
	uint64_t end;
	uint64_t todo[MAX_IFDS]; /* directories to walk, each once */
	unsigned n_todo;
	bool has_data;
};

/* Offsets and lengths of the strips, tiles or JPEG of a directory. */
struct extents {
	struct rom_tiff_entry offsets, counts;
};

struct directory {
	struct extents strips, tiles, jpeg;
	uint32_t width, height;
};

static bool is_tiff(struct rom_buffer *head)
{
	bool big = rom_buffer_has(head, 0, "MM", 2);
	uint32_t ifd = rom_media_u32(head, 4, big);
	uint16_t n, tag;

	if (ifd < 8)
		return false;
	/* most directories are at the end of the file, outside the head */
	if (ifd > head->len - rom_min(head->len, 14))
		return true;
	n = rom_media_u16(head, ifd, big);
	tag = rom_media_u16(head, ifd + 2, big);
	return n > 0 && n <= ROM_TIFF_MAX_ENTRIES && tag >= 0xfe;
}

static void add_ifd(struct tiff *f, uint64_t ifd)
{
	for (unsigned i = 0; i < f->n_todo; i++) {
		if (f->todo[i] == ifd)
			return;
	}
	if (ifd && f->n_todo < MAX_IFDS)
		f->todo[f->n_todo++] = ifd;
}

static void extend_end(struct tiff *f, uint64_t end)
{
	f->end = rom_max(f->end, end);
}

/* Strips and tiles do not overlap: the one that begins last also ends last. */
static void extend_end_to_data(struct tiff *f, const struct extents *p)
{
	uint32_t n = (uint32_t)rom_min(p->offsets.count, MAX_STRIPS), last = 0;
	uint64_t offset = 0, count;

	if (!p->offsets.tag || !p->counts.tag)
		return;
	for (uint32_t i = 0; i < n; i++) {
		uint32_t o = rom_tiff_value(&f->t, &p->offsets, i);

		if (o >= offset) {
			offset = o;
			last = i;
		}
	}
	count = rom_tiff_value(&f->t, &p->counts, last);
	f->has_data |= offset && count;
	extend_end(f, offset + count);
}

static void note_extents(struct directory *d, const struct rom_tiff_entry *e)
{
	switch (e->tag) {
	case STRIP_OFFSETS:
		d->strips.offsets = *e;
		break;
	case STRIP_COUNTS:
		d->strips.counts = *e;
		break;
	case TILE_OFFSETS:
		d->tiles.offsets = *e;
		break;
	case TILE_COUNTS:
		d->tiles.counts = *e;
		break;
	case JPEG_OFFSET:
		d->jpeg.offsets = *e;
		break;
	case JPEG_LEN:
		d->jpeg.counts = *e;
		break;
	default:
		break;
	}
}

static void note_entry(
	struct tiff *f, struct directory *d, const struct rom_tiff_entry *e)
{
	note_extents(d, e);
	switch (e->tag) {
	case WIDTH:
		d->width = e->value;
		break;
	case HEIGHT:
		d->height = e->value;
		break;
	case SUB_IFDS:
		for (uint32_t i = 0; i < rom_min(e->count, MAX_IFDS); i++)
			add_ifd(f, rom_tiff_value(&f->t, e, i));
		break;
	case EXIF_IFD:
	case GPS_IFD:
	case INTEROP_IFD:
		add_ifd(f, e->value);
		break;
	case DNG_VERSION:
		rom_media_set_format(f->t.w, &rom_media_dng);
		break;
	default:
		break;
	}
}

static void note_size(struct tiff *f, const struct directory *d)
{
	struct rom_media_info *m = f->t.w->ret;

	if ((uint64_t)d->width * d->height <= (uint64_t)m->width * m->height)
		return;
	m->width = d->width;
	m->height = d->height;
}

/* Walks a directory; false when a verdict was given. */
static bool walk_ifd(struct tiff *f, uint64_t ifd)
{
	struct rom_media_walk *w = f->t.w;
	struct directory d = { 0 };
	struct rom_buffer v;
	int n = rom_tiff_count(&f->t, ifd);

	if (n < 0 && !rom_media_need(w, ifd, 2, &v))
		return false;
	if (n < 0)
		return rom_media_damaged(
			w, ifd, "expected a directory at 0x%" PRIx64, ifd);
	if (!rom_media_need(w, ifd, 2 + 12 * (size_t)n + 4, &v))
		return false;
	extend_end(f, ifd + 2 + 12 * (uint64_t)n + 4);
	for (int i = 0; i < n; i++) {
		struct rom_tiff_entry e;

		if (!rom_tiff_entry(&f->t, ifd, i, &e))
			continue;
		note_entry(f, &d, &e);
		extend_end(f, e.offset + e.len);
	}
	note_size(f, &d);
	extend_end_to_data(f, &d.strips);
	extend_end_to_data(f, &d.tiles);
	extend_end_to_data(f, &d.jpeg);
	add_ifd(f, rom_tiff_next(&f->t, ifd, n));
	return true;
}

static void examine_tiff(struct rom_media_walk *w)
{
	struct tiff f = { .n_todo = 0 };
	struct rom_range all = { 0, w->limit };
	uint64_t first;

	if (!rom_tiff_open(w, all, &f.t, &first)) {
		rom_media_cut(w, 0);
		return;
	}
	add_ifd(&f, first);
	for (unsigned i = 0; i < f.n_todo; i++) {
		if (!walk_ifd(&f, f.todo[i]))
			return;
	}
	rom_exif_walk(w, all, &w->ret->exif);
	if (!rom_media_fits(w, f.end))
		return;
	if (f.has_data)
		rom_media_whole(w, f.end);
	else
		rom_media_damaged(w, first, "no directory refers to a picture");
}

static bool is_dng(struct rom_buffer *head)
{
	bool big = rom_buffer_has(head, 0, "MM", 2);
	uint32_t ifd = rom_media_u32(head, 4, big);
	uint16_t n;

	if (!is_tiff(head) || ifd > head->len - 2)
		return false;
	n = rom_media_u16(head, ifd, big);
	for (unsigned i = 0; i < n && ifd + 14 + 12 * i <= head->len; i++) {
		if (rom_media_u16(head, ifd + 2 + 12 * i, big) == DNG_VERSION)
			return true;
	}
	return false;
}

const struct rom_media_walker rom_media_dng = {
	.format = { "dng", ".dng", "image/x-adobe-dng", ROM_MEDIA_PICTURE },
	.signature = { { "II*\0", 4, 0 }, { "MM\0*", 4, 0 } },
	.is = is_dng,
	.examine = examine_tiff,
};

const struct rom_media_walker rom_media_tiff = {
	.format = { "tiff", ".tif", "image/tiff", ROM_MEDIA_PICTURE },
	.signature = { { "II*\0", 4, 0 }, { "MM\0*", 4, 0 } },
	.is = is_tiff,
	.examine = examine_tiff,
};
