/* SPDX-License-Identifier: MIT */
/*
 * exif.c - orientation, date, time zone, presence of a position, thumbnail
 * (Exif 2.32, JEITA CP-3451)
 *
 * The first directory is the picture's; 8769 and 8825 lead to those of Exif
 * and GPS; the second directory is the thumbnail's.
 */
#include <time.h>

#include "media_priv.h"

enum {
	ORIENTATION = 0x112,
	DATE_TIME = 0x132,
	JPEG_OFFSET = 0x201,
	JPEG_LEN = 0x202,
	EXIF_IFD = 0x8769,
	GPS_IFD = 0x8825,
	DATE_ORIGINAL = 0x9003,
	DATE_DIGITIZED = 0x9004,
	ZONE = 0x9010,
	ZONE_ORIGINAL = 0x9011,
	ZONE_DIGITIZED = 0x9012,
	GPS_LATITUDE = 2,
	DATE_LEN = 19,
	ZONE_LEN = 6,
	TAKEN_KINDS = 3,
};

/* What has been found; dates in order of preference. */
struct found {
	struct rom_tiff t;
	struct rom_exif *ret;
	uint64_t exif_ifd, gps_ifd;
	bool has_date[TAKEN_KINDS], has_zone[TAKEN_KINDS];
	int64_t date[TAKEN_KINDS];
	int16_t zone[TAKEN_KINDS];
};

typedef void (*entry_fn)(struct found *f, const struct rom_tiff_entry *e);

/* ---- dates --------------------------------------------------------------- */

bool rom_media_date_make(const unsigned d[6], int64_t *ret)
{
	struct tm tm = { .tm_year = (int)d[0] - 1900,
		.tm_mon = (int)d[1] - 1,
		.tm_mday = (int)d[2],
		.tm_hour = (int)d[3],
		.tm_min = (int)d[4],
		.tm_sec = (int)d[5] };

	if (d[0] < 1800 || d[0] > 9999 || d[1] < 1 || d[1] > 12 || d[2] < 1 ||
		d[2] > 31 || d[3] > 23 || d[4] > 59 || d[5] > 60)
		return false;
	*ret = timegm(&tm);
	return true;
}

/* Parses n digits; false when there is anything else. */
static bool parse_digits(const uint8_t *p, unsigned n, unsigned *ret)
{
	*ret = 0;
	for (; n; n--, p++) {
		if (*p < '0' || *p > '9')
			return false;
		*ret = *ret * 10 + *p - '0';
	}
	return true;
}

/* "2020:01:31 23:59:59"; some writers use other separators. */
static bool parse_date(const uint8_t *p, int64_t *ret)
{
	unsigned d[6];

	if (!parse_digits(p, 4, &d[0]))
		return false;
	for (unsigned i = 1; i < 6; i++) {
		if (!parse_digits(p + 2 + 3 * i, 2, &d[i]))
			return false;
	}
	return rom_media_date_make(d, ret);
}

/* "+02:00" */
static bool parse_zone(const uint8_t *p, int16_t *ret)
{
	unsigned hours, minutes;

	if ((*p != '+' && *p != '-') || !parse_digits(p + 1, 2, &hours) ||
		!parse_digits(p + 4, 2, &minutes) || hours > 14 || minutes > 59)
		return false;
	*ret = (int16_t)(hours * 60 + minutes);
	if (*p == '-')
		*ret = (int16_t) - *ret;
	return true;
}

static void note_date(
	struct found *f, const struct rom_tiff_entry *e, unsigned kind)
{
	struct rom_buffer v;

	if (e->is_beyond || e->len < DATE_LEN ||
		!rom_media_peek(
			f->t.w, f->t.range.offset + e->offset, DATE_LEN, &v))
		return;
	f->has_date[kind] = parse_date(v.p, &f->date[kind]);
}

static void note_zone(
	struct found *f, const struct rom_tiff_entry *e, unsigned kind)
{
	struct rom_buffer v;

	if (e->is_beyond || e->len < ZONE_LEN ||
		!rom_media_peek(
			f->t.w, f->t.range.offset + e->offset, ZONE_LEN, &v))
		return;
	f->has_zone[kind] = parse_zone(v.p, &f->zone[kind]);
}

static void choose_date(struct found *f)
{
	for (unsigned i = 0; i < TAKEN_KINDS; i++) {
		if (!f->has_date[i])
			continue;
		f->ret->taken = (struct rom_media_date){ .is_known = true,
			.has_zone = f->has_zone[i],
			.zone_minutes = f->zone[i],
			.seconds = f->date[i] };
		return;
	}
}

/* ---- directories --------------------------------------------------------- */

static void note_main(struct found *f, const struct rom_tiff_entry *e)
{
	switch (e->tag) {
	case ORIENTATION:
		f->ret->orientation =
			e->value >= 1 && e->value <= 8 ? (uint8_t)e->value : 0;
		break;
	case DATE_TIME:
		note_date(f, e, 2);
		break;
	case EXIF_IFD:
		f->exif_ifd = e->value;
		break;
	case GPS_IFD:
		f->gps_ifd = e->value;
		break;
	default:
		break;
	}
}

static void note_exif(struct found *f, const struct rom_tiff_entry *e)
{
	switch (e->tag) {
	case DATE_ORIGINAL:
		note_date(f, e, 0);
		break;
	case DATE_DIGITIZED:
		note_date(f, e, 1);
		break;
	case ZONE_ORIGINAL:
		note_zone(f, e, 0);
		break;
	case ZONE_DIGITIZED:
		note_zone(f, e, 1);
		break;
	case ZONE:
		note_zone(f, e, 2);
		break;
	default:
		break;
	}
}

static void note_gps(struct found *f, const struct rom_tiff_entry *e)
{
	f->ret->has_gps |= e->tag == GPS_LATITUDE && e->count == 3;
}

static void note_thumbnail(struct found *f, const struct rom_tiff_entry *e)
{
	if (e->tag == JPEG_OFFSET)
		f->ret->thumbnail.offset = e->value;
	if (e->tag == JPEG_LEN)
		f->ret->thumbnail.len = e->value;
}

/* Calls fn for each valid entry; returns the number of entries, or -1. */
static int walk_ifd(struct found *f, uint64_t ifd, entry_fn fn)
{
	int n = rom_tiff_count(&f->t, ifd);

	for (int i = 0; i < n; i++) {
		struct rom_tiff_entry e;

		/* an invalid entry does not invalidate the others */
		if (rom_tiff_entry(&f->t, ifd, i, &e))
			fn(f, &e);
	}
	return n;
}

/* A thumbnail counts only when it is inside and begins like a JPEG. */
static void check_thumbnail(struct found *f)
{
	struct rom_range *t = &f->ret->thumbnail, at;

	if (t->len && t->offset &&
		rom_subrange(f->t.range, t->offset, t->len, &at) &&
		rom_media_has(f->t.w, at.offset, "\xff\xd8\xff", 3))
		*t = at;
	else
		*t = (struct rom_range){ 0, 0 };
}

void rom_exif_walk(
	struct rom_media_walk *w, struct rom_range range, struct rom_exif *ret)
{
	struct rom_exif exif = { 0 };
	struct found f = { .ret = &exif };
	uint64_t ifd;
	int n;

	if (!rom_tiff_open(w, range, &f.t, &ifd))
		return;
	n = walk_ifd(&f, ifd, note_main);
	if (f.exif_ifd)
		walk_ifd(&f, f.exif_ifd, note_exif);
	if (f.gps_ifd)
		walk_ifd(&f, f.gps_ifd, note_gps);
	if (n > 0)
		walk_ifd(&f, rom_tiff_next(&f.t, ifd, n), note_thumbnail);
	check_thumbnail(&f);
	choose_date(&f);
	*ret = exif;
}

enum rom_status rom_exif_read(
	struct rom_image *img, struct rom_range tiff, struct rom_exif *ret)
{
	ROM_AUTO uint8_t *buf = rom_alloc(ROM_MEDIA_BUFFER_LEN);
	struct rom_media_info m = { .fault = ROM_NO_OFFSET };
	struct rom_media_walk w = { .img = img,
		.base = rom_min(tiff.offset, img->size),
		.ret = &m,
		.buf = buf };
	struct rom_range range = { 0, 0 };
	struct rom_tiff t;
	uint64_t first;

	w.limit = rom_min(tiff.len, img->size - w.base);
	range.len = w.limit;
	if (!rom_tiff_open(&w, range, &t, &first))
		return ROM_NO_MATCH;
	rom_exif_walk(&w, range, &m.exif);
	*ret = m.exif;
	return ROM_OK;
}
