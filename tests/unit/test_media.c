/* SPDX-License-Identifier: MIT */
/*
 * test_media.c - kind, length and state of media files
 *
 * The files of tests/fixtures/media were made by the tools of each format;
 * truth.tsv has what is on the disk and what exiftool and ffprobe say,
 * jpeg_flips.tsv what djpeg says of flipped bits.
 */
#include "unit.h"

#include <inttypes.h>

#include "romsplit/media.h"

#define FIXTURES "tests/fixtures/media/"

enum { AROUND = 70000, MAX_FILES = 100, COLUMNS = 14, SAMPLES = 60 };

/* A row of truth.tsv, and the file itself. */
struct truth {
	char name[64], format[16], type[16];
	size_t len;
	uint32_t width, height;
	uint64_t ms;
	unsigned orientation;
	bool has_taken, has_zone, has_gps;
	int64_t taken;
	int zone;
	uint64_t thumbnail, thumbnail_len;
	uint8_t *bytes;
};

static struct truth files[MAX_FILES];
static size_t n_files;

/* ---- fixtures ------------------------------------------------------------ */

static uint8_t *load(const char *path, size_t *len)
{
	FILE *f = fopen(path, "rb");
	uint8_t *bytes;

	if (!f)
		return NULL;
	fseek(f, 0, SEEK_END);
	*len = (size_t)ftell(f);
	rewind(f);
	bytes = rom_alloc(*len + 1);
	assert_int_equal(fread(bytes, 1, *len, f), *len);
	fclose(f);
	return bytes;
}

static size_t split(char *line, char **column, size_t max)
{
	size_t n = 0;

	for (char *p = line; p && n < max; n++)
		column[n] = strsep(&p, "\t\n");
	return n;
}

static void read_row(char *line)
{
	struct truth *t = &files[n_files];
	char *c[COLUMNS], path[128];
	size_t len;

	if (*line == '#')
		return;
	assert_true(n_files < MAX_FILES);
	assert_int_equal(split(line, c, COLUMNS), COLUMNS);
	snprintf(t->name, sizeof(t->name), "%s", c[0]);
	snprintf(t->format, sizeof(t->format), "%s", c[2]);
	snprintf(t->type, sizeof(t->type), "%s", c[3]);
	t->len = (size_t)atoll(c[1]);
	t->width = (uint32_t)atol(c[5]);
	t->height = (uint32_t)atol(c[6]);
	t->ms = (uint64_t)atoll(c[7]);
	t->orientation = (unsigned)atoi(c[8]);
	t->has_taken = strcmp(c[9], "-") != 0;
	t->taken = atoll(c[9]);
	t->has_zone = strcmp(c[10], "-") != 0;
	t->zone = atoi(c[10]);
	t->has_gps = atoi(c[11]);
	t->thumbnail = (uint64_t)atoll(c[12]);
	t->thumbnail_len = (uint64_t)atoll(c[13]);
	snprintf(path, sizeof(path), FIXTURES "%s", t->name);
	t->bytes = load(path, &len);
	assert_non_null(t->bytes);
	assert_int_equal(len, t->len);
	n_files++;
}

static int read_truth(void **state)
{
	FILE *f = fopen(FIXTURES "truth.tsv", "r");
	char line[512];

	(void)state;
	if (!f)
		return -1;
	while (fgets(line, sizeof(line), f))
		read_row(line);
	fclose(f);
	return n_files ? 0 : -1;
}

static int free_truth(void **state)
{
	(void)state;
	for (size_t i = 0; i < n_files; i++)
		free(files[i].bytes);
	return 0;
}

static const struct truth *file_named(const char *name)
{
	for (size_t i = 0; i < n_files; i++) {
		if (!strcmp(files[i].name, name))
			return &files[i];
	}
	fail_msg("no fixture %s", name);
	return NULL;
}

/* ---- an image that watches ----------------------------------------------- */

/* Bytes in memory; what is outside of [from, to) must not be asked for. Those
 * in lost cannot be read. */
struct watched {
	struct rom_image img;
	const uint8_t *bytes;
	uint64_t from, to;
	struct rom_range lost;
	uint64_t read;
};

static enum rom_status watched_read(struct rom_image *img, void *buf,
	size_t len, uint64_t offset, struct rom_err *err)
{
	struct watched *w = (struct watched *)img;
	struct rom_range asked = { offset, len };

	assert_true(offset >= w->from && offset + len <= w->to);
	if (rom_range_common(asked, w->lost).len)
		return rom_fail(err, ROM_E_IO, offset, "a bad sector");
	memcpy(buf, w->bytes + offset, len);
	w->read += len;
	return ROM_OK;
}

static void watched_map(struct rom_image *img, uint64_t offset, uint64_t len,
	struct rom_span *ret)
{
	(void)img;
	(void)offset;
	*ret = (struct rom_span){ .kind = ROM_SPAN_READ, .len = len };
}

static void watched_close(struct rom_image *img)
{
	(void)img;
}

static struct rom_image *watch(
	const uint8_t *bytes, size_t len, uint64_t from, uint64_t to)
{
	static const struct rom_image_ops ops = {
		.read_at = watched_read,
		.map = watched_map,
		.close = watched_close,
	};
	struct watched *w = rom_alloc(sizeof(*w));

	w->img = (struct rom_image){ &ops, rom_strdup("watched"), len, 1 };
	w->bytes = bytes;
	w->from = from;
	w->to = to;
	return &w->img;
}

/* Examines len bytes that stand alone in memory. */
static enum rom_status examine(
	const uint8_t *bytes, size_t len, struct rom_media_info *ret)
{
	/* exactly as long, so that a sanitizer sees a byte too far */
	uint8_t *copy = malloc(len ? len : 1);
	struct rom_image *img;
	enum rom_status st;
	struct rom_err err;

	assert_non_null(copy);
	memcpy(copy, bytes, len);
	img = watch(copy, len, 0, len);
	st = rom_media_examine(img, 0, UINT64_MAX, ret, &err);
	rom_image_close(img);
	free(copy);
	return st;
}

/* What must hold whatever the file is. */
static void check_sane(const struct rom_media_info *m, uint64_t limit)
{
	assert_non_null(m->format);
	assert_true(m->len <= limit);
	assert_true(m->fault == ROM_NO_OFFSET || m->fault <= limit);
	assert_true(m->exif.thumbnail.len == 0 ||
		    rom_range_end(m->exif.thumbnail) <= limit);
	if (m->state == ROM_MEDIA_WHOLE)
		assert_true(m->len && !*m->why);
	else
		assert_true(*m->why);
	if (m->state == ROM_MEDIA_CUT)
		assert_int_equal(m->len, limit);
	if (m->state == ROM_MEDIA_DAMAGED)
		assert_int_equal(m->len, m->fault);
}

/* ---- whole --------------------------------------------------------------- */

static void say(const struct truth *t, const struct rom_media_info *m)
{
	print_message("# %s: %s, %s, %" PRIu64 " of %zu bytes: %s\n", t->name,
		m->format ? m->format->name : "?",
		rom_media_state_name(m->state), m->len, t->len, m->why);
}

static void check_whole(const struct truth *t, const struct rom_media_info *m)
{
	if (m->state != ROM_MEDIA_WHOLE || m->len != t->len)
		say(t, m);
	assert_string_equal(m->format->name, t->format);
	assert_int_equal(m->state, ROM_MEDIA_WHOLE);
	assert_int_equal(m->len, t->len);
	assert_false(m->is_open_ended);
	assert_false(m->tail_is_missing);
}

static void whole_alone(void **state)
{
	(void)state;
	for (size_t i = 0; i < n_files; i++) {
		struct rom_media_info m;

		assert_int_equal(
			examine(files[i].bytes, files[i].len, &m), ROM_OK);
		check_sane(&m, files[i].len);
		check_whole(&files[i], &m);
		assert_string_equal(rom_media_type_name(m.type), files[i].type);
	}
}

/* In the middle of other bytes, at an odd offset, behind it up to the limit
 * noise, zeros, text, or other files. */
static void in_front_of(void (*fill)(uint8_t *out, size_t len))
{
	for (size_t i = 0; i < n_files; i++) {
		const struct truth *t = &files[i];
		size_t len = AROUND + 513 + t->len;
		uint8_t *bytes = rom_alloc(len);
		struct rom_image *img = watch(bytes, len, 513, len);
		struct rom_media_info m;
		struct rom_err err;

		fill(bytes + 513 + t->len, AROUND);
		memcpy(bytes + 513, t->bytes, t->len);
		assert_int_equal(
			rom_media_examine(img, 513, UINT64_MAX, &m, &err),
			ROM_OK);
		check_sane(&m, len - 513);
		check_whole(t, &m);
		rom_image_close(img);
		free(bytes);
	}
}

static void fill_noise(uint8_t *out, size_t len)
{
	noise(out, len, 99);
}

static void fill_zeros(uint8_t *out, size_t len)
{
	memset(out, 0, len);
}

static void fill_ones(uint8_t *out, size_t len)
{
	memset(out, 0xff, len);
}

static void fill_text(uint8_t *out, size_t len)
{
	for (size_t i = 0; i < len; i++)
		out[i] = (uint8_t) "the quick brown fox 0123456789\n"[i % 31];
}

/* A photo, at once and again. */
static void fill_photos(uint8_t *out, size_t len)
{
	const struct truth *t = file_named("camera.jpg");

	for (size_t i = 0; i < len; i++)
		out[i] = t->bytes[i % t->len];
}

static void fill_videos(uint8_t *out, size_t len)
{
	const struct truth *t = file_named("sound.m4a");

	for (size_t i = 0; i < len; i++)
		out[i] = i < 511 ? 0 : t->bytes[(i - 511) % t->len];
}

static void before_noise(void **state)
{
	(void)state;
	in_front_of(fill_noise);
}

static void before_constants(void **state)
{
	(void)state;
	in_front_of(fill_zeros);
	in_front_of(fill_ones);
}

static void before_text(void **state)
{
	(void)state;
	in_front_of(fill_text);
}

static void before_other_files(void **state)
{
	(void)state;
	in_front_of(fill_photos);
	in_front_of(fill_videos);
}

/* ---- cut, damaged -------------------------------------------------------- */

/* A chain of frames is whole between any two of them. */
static bool has_no_end(const struct truth *t)
{
	static const char *const formats[] = { "mp3", "aac", "amr", "amr-wb" };

	for (size_t i = 0; i < sizeof(formats) / sizeof(*formats); i++) {
		if (!strcmp(t->format, formats[i]))
			return true;
	}
	return false;
}

static bool is_cut_whole(const struct truth *t, size_t len)
{
	/* in front of what belongs to a photo behind its EOI it is a photo */
	return has_no_end(t) ||
	       (!strcmp(t->format, "jpeg") && len >= 1300 &&
		       (strstr(t->name, "video") || strstr(t->name, "motion") ||
			       strstr(t->name, "mpf") ||
			       strstr(t->name, "samsung"))) ||
	       /* an old end, before the change that was cut off; the end of
		* the last line */
	       !strcmp(t->name, "changed.pdf") ||
	       (!strcmp(t->format, "pdf") && len >= t->len - 2);
}

static void check_cut(const struct truth *t, size_t len)
{
	struct rom_media_info m;

	if (examine(t->bytes, len, &m))
		return;
	check_sane(&m, len);
	if (m.state == ROM_MEDIA_DAMAGED ||
		(m.state == ROM_MEDIA_WHOLE && !is_cut_whole(t, len))) {
		print_message("# cut at %zu\n", len);
		say(t, &m);
		fail();
	}
	if (m.state == ROM_MEDIA_CUT && m.expected)
		assert_true(m.expected > len);
}

static void cut_short(void **state)
{
	(void)state;
	for (size_t i = 0; i < n_files; i++) {
		size_t len = files[i].len;

		for (size_t k = 1; k <= 16 && k < len; k++)
			check_cut(&files[i], len - k);
		for (size_t k = 1; k < SAMPLES; k++)
			check_cut(&files[i], len * k / SAMPLES);
		for (size_t k = 0; k < 64 && k < len; k++)
			check_cut(&files[i], k);
	}
}

/* The length that a cut file says it had is that of the file. */
static void cut_says_how_long(void **state)
{
	static const char *const names[] = { "lossy.webp", "sound.wav",
		"clip.avi", "true.bmp", "messages.db", "strips.tif",
		"photo.heic", "video.mp4" };

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		const struct truth *t = file_named(names[i]);
		struct rom_media_info m;

		assert_int_equal(examine(t->bytes, t->len - 5, &m), ROM_OK);
		assert_int_equal(m.state, ROM_MEDIA_CUT);
		if (m.expected != t->len)
			say(t, &m);
		assert_int_equal(m.expected, t->len);
	}
}

/* The middle overwritten by zeros or noise. */
static void check_hole(const struct truth *t, uint8_t *bytes, bool zeros)
{
	size_t from = t->len / 2, len = t->len / 4;
	struct rom_media_info m;

	memcpy(bytes, t->bytes, t->len);
	if (zeros)
		memset(bytes + from, 0, len);
	else
		noise(bytes + from, len, from);
	if (examine(bytes, t->len, &m))
		return;
	check_sane(&m, t->len);
	/* proof says whether the data were looked at */
	if (m.state == ROM_MEDIA_WHOLE && m.len == t->len &&
		m.proof != ROM_MEDIA_BY_STRUCTURE) {
		say(t, &m);
		fail();
	}
}

static void overwritten(void **state)
{
	(void)state;
	for (size_t i = 0; i < n_files; i++) {
		uint8_t *bytes = rom_alloc(files[i].len);

		check_hole(&files[i], bytes, true);
		check_hole(&files[i], bytes, false);
		free(bytes);
	}
}

/* Where checksums cover every byte, no flipped bit goes unseen. */
static void flipped_under_checksums(void **state)
{
	static const char *const names[] = { "plain.png", "exif.png",
		"voice.opus", "sound.ogg" };

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		const struct truth *t = file_named(names[i]);
		uint8_t *bytes = rom_alloc(t->len);

		memcpy(bytes, t->bytes, t->len);
		for (size_t at = 0; at < t->len; at += 1 + at / 97) {
			uint8_t bit = (uint8_t)(1 << at % 8);
			struct rom_media_info m;

			bytes[at] ^= bit;
			if (!examine(bytes, t->len, &m)) {
				check_sane(&m, t->len);
				assert_int_not_equal(m.state, ROM_MEDIA_WHOLE);
			}
			bytes[at] ^= bit;
		}
		free(bytes);
	}
}

/* Any flip in any file: an answer that holds together. */
static void flipped_anywhere(void **state)
{
	(void)state;
	for (size_t i = 0; i < n_files; i++) {
		const struct truth *t = &files[i];
		uint8_t *bytes = rom_alloc(t->len);

		memcpy(bytes, t->bytes, t->len);
		for (size_t at = 0; at < t->len; at += 1 + at / 40) {
			uint8_t bit = (uint8_t)(1 << at % 7);
			struct rom_media_info m;

			bytes[at] ^= bit;
			if (!examine(bytes, t->len, &m))
				check_sane(&m, t->len);
			bytes[at] ^= bit;
		}
		free(bytes);
	}
}

/* djpeg is the judge: what it warns of is never whole. What it does not warn
 * of mostly is; it passes over codes that do not exist, and over some bytes
 * that are left. */
static void flipped_jpegs(void **state)
{
	FILE *f = fopen(FIXTURES "jpeg_flips.tsv", "r");
	char line[256], *c[4];
	unsigned flips = 0, missed = 0, wronged = 0;

	(void)state;
	assert_non_null(f);
	while (fgets(line, sizeof(line), f)) {
		const struct truth *t;
		uint8_t *bytes;
		struct rom_media_info m;
		bool quiet, whole;

		if (*line == '#')
			continue;
		assert_int_equal(split(line, c, 4), 4);
		t = file_named(c[0]);
		bytes = rom_alloc(t->len);
		memcpy(bytes, t->bytes, t->len);
		bytes[atol(c[1])] ^= (uint8_t)(1 << atol(c[2]));
		quiet = atoi(c[3]);
		whole = !examine(bytes, t->len, &m) &&
			m.state == ROM_MEDIA_WHOLE;
		missed += whole && !quiet;
		wronged += !whole && quiet;
		if (whole && !quiet) {
			print_message("# byte %s bit %s, djpeg %s\n", c[1],
				c[2], c[3]);
			say(t, &m);
		}
		free(bytes);
		flips++;
	}
	fclose(f);
	assert_true(flips > 500);
	assert_int_equal(missed, 0);
	assert_true(wronged * 20 < flips);
}

static void unreadable(void **state)
{
	(void)state;
	for (size_t i = 0; i < n_files; i++) {
		const struct truth *t = &files[i];
		struct rom_image *img = watch(t->bytes, t->len, 0, t->len);
		struct watched *w = (struct watched *)img;
		struct rom_media_info m;
		struct rom_err err;

		w->lost = (struct rom_range){ t->len / 2, 1 };
		if (!rom_media_examine(img, 0, t->len, &m, &err)) {
			check_sane(&m, t->len);
			if (m.proof != ROM_MEDIA_BY_STRUCTURE)
				assert_int_not_equal(m.state, ROM_MEDIA_WHOLE);
		} else {
			/* the head itself cannot be read */
			assert_true(t->len / 2 < ROM_MEDIA_HEAD);
		}
		rom_image_close(img);
	}
}

/* ---- what is inside ------------------------------------------------------ */

static void check_facts(const struct truth *t, const struct rom_media_info *m)
{
	const struct rom_exif *e = &m->exif;

	if (m->width != t->width || m->height != t->height ||
		e->orientation != t->orientation ||
		e->taken.is_known != t->has_taken || e->has_gps != t->has_gps)
		print_message("# %s: %" PRIu32 "x%" PRIu32 ", %u\n", t->name,
			m->width, m->height, e->orientation);
	assert_int_equal(m->width, t->width);
	assert_int_equal(m->height, t->height);
	assert_int_equal(e->orientation, t->orientation);
	assert_int_equal(e->has_gps, t->has_gps);
	assert_int_equal(e->taken.is_known, t->has_taken);
	if (t->has_taken)
		assert_int_equal(e->taken.seconds, t->taken);
	assert_int_equal(e->taken.has_zone, t->has_zone);
	assert_int_equal(e->taken.zone_minutes, t->has_zone ? t->zone : 0);
	assert_int_equal(e->thumbnail.offset, t->thumbnail);
	assert_int_equal(e->thumbnail.len, t->thumbnail_len);
}

/* An encoder's delay is counted by some. */
static void check_duration(
	const struct truth *t, const struct rom_media_info *m)
{
	uint64_t most = rom_max(m->duration_ms, t->ms);

	/* its length is in its fragments */
	if (!strcmp(t->name, "fragmented.mp4"))
		return;
	assert_int_equal(m->has_duration, t->ms > 0);
	if (most - rom_min(m->duration_ms, t->ms) > 120)
		print_message("# %s: %" PRIu64 " ms, expected %" PRIu64 "\n",
			t->name, m->duration_ms, t->ms);
	assert_true(most - rom_min(m->duration_ms, t->ms) <= 120);
}

static void facts(void **state)
{
	(void)state;
	for (size_t i = 0; i < n_files; i++) {
		struct rom_media_info m;

		assert_int_equal(
			examine(files[i].bytes, files[i].len, &m), ROM_OK);
		check_facts(&files[i], &m);
		check_duration(&files[i], &m);
	}
}

static void thumbnail_is_not_the_photo(void **state)
{
	const struct truth *t = file_named("camera.jpg");
	ROM_AUTO_IMAGE struct rom_image *img =
		rom_image_open_memory(t->bytes, t->len, "camera.jpg");
	struct rom_media_info photo, thumbnail;
	struct rom_err err;

	(void)state;
	assert_int_equal(
		rom_media_examine(img, 0, t->len, &photo, &err), ROM_OK);
	assert_true(photo.exif.thumbnail.len > 0);
	assert_int_equal(rom_media_examine(img, photo.exif.thumbnail.offset,
				 UINT64_MAX, &thumbnail, &err),
		ROM_OK);
	assert_int_equal(thumbnail.state, ROM_MEDIA_WHOLE);
	assert_int_equal(thumbnail.len, photo.exif.thumbnail.len);
	assert_true(thumbnail.width < photo.width);
	assert_int_equal(photo.len, t->len);
}

/* Everything but the pixels, from the head of a file in hand. */
static void facts_from_the_head(void **state)
{
	const struct truth *t = file_named("camera.jpg");
	struct rom_media_info m;

	(void)state;
	assert_int_equal(examine(t->bytes, 1400, &m), ROM_OK);
	assert_int_equal(m.state, ROM_MEDIA_CUT);
	check_facts(t, &m);
}

static size_t last_of(const struct truth *t, const char *bytes, size_t len)
{
	size_t at = t->len - len;

	while (memcmp(t->bytes + at, bytes, len))
		at--;
	return at;
}

/* What belongs behind a photo was overwritten: it says so. */
static void check_missing_tail(const char *name, const char *bytes, size_t len)
{
	const struct truth *t = file_named(name);
	size_t from = last_of(t, bytes, len) - 4;
	uint8_t *copy = rom_alloc(t->len);
	struct rom_media_info m;

	memcpy(copy, t->bytes, t->len);
	noise(copy + from + 4, t->len - from - 4, 4);
	assert_int_equal(examine(copy, t->len, &m), ROM_OK);
	assert_int_equal(m.state, ROM_MEDIA_WHOLE);
	assert_true(m.len < t->len);
	if (!m.tail_is_missing)
		say(t, &m);
	assert_true(m.tail_is_missing);
	free(copy);
}

static void what_follows_is_missed(void **state)
{
	(void)state;
	check_missing_tail("mpf.jpg", "\xff\xd8\xff", 3);
	check_missing_tail("microvideo.jpg", "ftyp", 4);
	check_missing_tail("motion.jpg", "ftyp", 4);
	check_missing_tail("samsung.jpg", "SEFH", 4);
}

/* A video behind a photo must be whole itself. */
static void broken_video_behind(void **state)
{
	static const char *const names[] = { "microvideo.jpg", "motion.jpg",
		"bare_video.jpg" };

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		const struct truth *t = file_named(names[i]);
		uint8_t *copy = rom_alloc(t->len);
		struct rom_media_info m;

		memcpy(copy, t->bytes, t->len);
		noise(copy + t->len - 900, 900, i);
		assert_int_equal(examine(copy, t->len, &m), ROM_OK);
		if (m.state == ROM_MEDIA_WHOLE)
			say(t, &m);
		assert_int_not_equal(m.state, ROM_MEDIA_WHOLE);
		free(copy);
	}
}

/* Zeros decode as data; a picture that ends in them is not all there. */
static void hole_is_no_picture(void **state)
{
	static const char *const names[] = { "camera.jpg", "gray.jpg",
		"restart.jpg" };

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		const struct truth *t = file_named(names[i]);
		uint8_t *copy = rom_alloc(t->len + AROUND);
		struct rom_media_info m;

		memcpy(copy, t->bytes, t->len - 200);
		assert_int_equal(examine(copy, t->len + AROUND, &m), ROM_OK);
		check_sane(&m, t->len + AROUND);
		assert_int_equal(m.state, ROM_MEDIA_DAMAGED);
		free(copy);
	}
}

/* All units are there, and only FF D9 is not. */
static void end_marker_is_missing(void **state)
{
	const struct truth *t = file_named("gray.jpg");
	uint8_t *copy = rom_alloc(t->len + AROUND);
	struct rom_media_info m;

	(void)state;
	memcpy(copy, t->bytes, t->len - 2);
	assert_int_equal(examine(copy, t->len + AROUND, &m), ROM_OK);
	assert_int_equal(m.state, ROM_MEDIA_UNTERMINATED);
	assert_int_equal(m.len, t->len - 2);
	assert_int_equal(examine(copy, t->len - 2, &m), ROM_OK);
	assert_int_equal(m.state, ROM_MEDIA_UNTERMINATED);
	free(copy);
}

static void exif_alone(void **state)
{
	/* TIFF 6.0: one directory, orientation 3, made by hand */
	static const uint8_t tiff[] = "MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03"
				      "\0\0\0\x01\0\x03\0\0\0\0\0\0";
	ROM_AUTO_IMAGE struct rom_image *img =
		rom_image_open_memory(tiff, sizeof(tiff) - 1, "tiff");
	struct rom_range range = { 0, sizeof(tiff) - 1 };
	struct rom_exif exif;

	(void)state;
	assert_int_equal(rom_exif_read(img, range, &exif), ROM_OK);
	assert_int_equal(exif.orientation, 3);
	assert_false(exif.taken.is_known);
	range.offset = 1;
	assert_int_equal(rom_exif_read(img, range, &exif), ROM_NO_MATCH);
	range.offset = UINT64_MAX;
	assert_int_equal(rom_exif_read(img, range, &exif), ROM_NO_MATCH);
}

/* ---- what is none -------------------------------------------------------- */

static void noise_is_no_file(void **state)
{
	enum { CLUSTER = 4096, CLUSTERS = 20000 };
	uint8_t *bytes = rom_alloc(CLUSTER);
	const struct rom_media_format *f;
	unsigned jpegs = 0;

	(void)state;
	for (unsigned i = 0; i < CLUSTERS; i++) {
		noise(bytes, CLUSTER, (uint64_t)i << 32);
		/* and as if the two bytes of the shortest signatures were
		 * there */
		if (i % 4 == 1)
			memcpy(bytes, "\xff\xfb", 2);
		if (i % 4 == 2)
			memcpy(bytes, "BM", 2);
		if (i % 4 == 3)
			memcpy(bytes, "\xff\xd8\xff\xe0", 4);
		f = rom_media_identify(bytes, CLUSTER);
		if (f && (i % 4 < 3 || strcmp(f->name, "jpeg")))
			print_message("# cluster %u: %s\n", i, f->name);
		assert_true(!f || (i % 4 == 3 && !strcmp(f->name, "jpeg")));
		jpegs += f != NULL;
	}
	/* a segment that is longer than the head, and three letters */
	assert_true(jpegs < CLUSTERS / 4 / 10);
	fill_text(bytes, CLUSTER);
	memcpy(bytes, "BM", 2);
	assert_null(rom_media_identify(bytes, CLUSTER));
	memcpy(bytes, "\xff\xd8\xff\xe0\0\x10JFIF", 10);
	assert_null(rom_media_identify(bytes, CLUSTER));
	memset(bytes, 0, CLUSTER);
	memcpy(bytes,
		"\xff\xd8\xff\xe1\0\x20"
		"Exif\0\0II*\0",
		16);
	assert_null(rom_media_identify(bytes, CLUSTER));
	assert_null(rom_media_identify(bytes, 0));
	assert_null(rom_media_identify(bytes, 3));
	free(bytes);
}

/* A scan of noise behind a true header is not a photo. */
static void noise_is_no_scan(void **state)
{
	const struct truth *t = file_named("gray.jpg");
	uint8_t *bytes = rom_alloc(t->len + AROUND);
	unsigned whole = 0;

	(void)state;
	for (unsigned seed = 0; seed < 200; seed++) {
		struct rom_media_info m;

		memcpy(bytes, t->bytes, t->len);
		noise(bytes + 500, t->len + AROUND - 500, seed);
		assert_int_equal(examine(bytes, t->len + AROUND, &m), ROM_OK);
		whole += m.state == ROM_MEDIA_WHOLE;
	}
	assert_int_equal(whole, 0);
	free(bytes);
}

static enum rom_content content(const uint8_t *bytes, size_t len)
{
	ROM_AUTO_IMAGE struct rom_image *img =
		rom_image_open_memory(bytes, len, "content");
	enum rom_content ret = ROM_CONTENT_UNKNOWN;
	struct rom_err err;

	assert_int_equal(rom_content_of(img, (struct rom_range){ 0, len }, &ret,
				 NULL, &err),
		ROM_OK);
	return ret;
}

static void any_content(void **state)
{
	enum { LEN = 200000 };
	const struct truth *t = file_named("camera.jpg");
	uint8_t *bytes = rom_alloc(LEN);

	(void)state;
	assert_int_equal(content(bytes, 0), ROM_CONTENT_EMPTY);
	assert_int_equal(content(bytes, 1), ROM_CONTENT_ZEROS);
	assert_int_equal(content(bytes, LEN), ROM_CONTENT_ZEROS);
	bytes[LEN - 1] = 1;
	assert_int_equal(content(bytes, LEN), ROM_CONTENT_UNKNOWN);
	memset(bytes, 0xff, LEN);
	assert_int_equal(content(bytes, LEN), ROM_CONTENT_ONES);
	bytes[LEN / 2] = 0;
	assert_int_equal(content(bytes, LEN), ROM_CONTENT_UNKNOWN);
	fill_text(bytes, LEN);
	assert_int_equal(content(bytes, LEN), ROM_CONTENT_UNKNOWN);
	assert_int_equal(content(t->bytes, t->len), ROM_CONTENT_FORMAT);
	free(bytes);
}

/* Linux fs/ecryptfs/crypto.c: the size, a random number, that ^ the marker */
static void ecryptfs(void **state)
{
	enum { LEN = 12288 };
	static const uint8_t head[] = { 0, 0, 0, 0, 0, 0, 0x0b, 0xb8, 0x12,
		0x34, 0x56, 0x78, 0x2e, 0xb5, 0xe1, 0x8d, 3, 0, 0, 0 };
	uint8_t *bytes = rom_alloc(LEN);

	(void)state;
	noise(bytes, LEN, 5);
	memcpy(bytes, head, sizeof(head));
	assert_int_equal(content(bytes, LEN), ROM_CONTENT_ECRYPTFS);
	bytes[15] ^= 1;
	assert_int_equal(content(bytes, LEN), ROM_CONTENT_UNKNOWN);
	bytes[15] ^= 1;
	bytes[0] = 1; /* larger than its ciphertext */
	assert_int_equal(content(bytes, LEN), ROM_CONTENT_UNKNOWN);
	free(bytes);
}

static void formats(void **state)
{
	size_t n = 0;

	(void)state;
	for (const struct rom_media_format *f; (f = rom_media_format(n)); n++) {
		bool shown = false;

		assert_ptr_equal(rom_media_format_by_name(f->name), f);
		assert_int_equal(*f->extension, '.');
		assert_non_null(strchr(f->mime, '/'));
		assert_true(f->type > ROM_MEDIA_NONE &&
			    f->type < ROM_MEDIA_TYPE_COUNT);
		for (size_t i = 0; i < n_files; i++)
			shown |= !strcmp(files[i].format, f->name);
		if (!shown)
			print_message("# no fixture shows %s\n", f->name);
		assert_true(shown);
	}
	assert_true(n > 30);
	assert_null(rom_media_format_by_name("floppy"));
}

/* ---- photos of others ---------------------------------------------------- */

/* Paths of ROMSPLIT_REAL, or NULL and a skip. */
static const char *real_path(const char *name, char *path, size_t len)
{
	const char *real = getenv("ROMSPLIT_REAL");

	if (!real || !*real)
		return NULL;
	snprintf(path, len, "%s/%s", real, name);
	return path;
}

static void check_real_photo(const char *dir, char *line)
{
	char *c[7], path[1536];
	struct rom_media_info m;
	uint8_t *bytes;
	struct rom_image *img;
	struct rom_err err;
	size_t len;

	assert_int_equal(split(line, c, 7), 7);
	snprintf(path, sizeof(path), "%s/%s", dir, c[0]);
	bytes = load(path, &len);
	assert_non_null(bytes);
	assert_int_equal(len, atoll(c[1]));
	bytes = realloc(bytes, len + AROUND);
	assert_non_null(bytes);
	noise(bytes + len, AROUND, len);
	img = rom_image_open_memory(bytes, len + AROUND, c[0]);
	assert_int_equal(
		rom_media_examine(img, 0, UINT64_MAX, &m, &err), ROM_OK);
	if (m.state != ROM_MEDIA_WHOLE || m.len != len)
		print_message("# %s: %s at %" PRIu64 ": %s\n", c[0],
			rom_media_state_name(m.state), m.len, m.why);
	assert_int_equal(m.state, ROM_MEDIA_WHOLE);
	assert_int_equal(m.len, len);
	assert_int_equal(m.width, atol(c[5]));
	assert_int_equal(m.height, atol(c[6]));
	/* the camera's clock was written into Exif by the maker of these */
	if (!strncmp(c[3], "cam", 3))
		assert_int_equal(m.exif.taken.seconds, atoll(c[4]));
	rom_image_close(img);
	free(bytes);
}

static void real_photos(void **state)
{
	char dir[1024], list[1024], line[512];
	unsigned n = 0;
	FILE *f;

	(void)state;
	if (!real_path("recover/photos", dir, sizeof(dir)))
		skip_because("../shared/real is not there");
	real_path("recover/photos/photos.tsv", list, sizeof(list));
	f = fopen(list, "r");
	if (!f)
		skip_because("../shared/real/recover is not there");
	for (; fgets(line, sizeof(line), f); n++)
		check_real_photo(dir, line);
	fclose(f);
	assert_true(n > 50);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole_alone),
		cmocka_unit_test(before_noise),
		cmocka_unit_test(before_constants),
		cmocka_unit_test(before_text),
		cmocka_unit_test(before_other_files),
		cmocka_unit_test(cut_short),
		cmocka_unit_test(cut_says_how_long),
		cmocka_unit_test(overwritten),
		cmocka_unit_test(flipped_under_checksums),
		cmocka_unit_test(flipped_anywhere),
		cmocka_unit_test(flipped_jpegs),
		cmocka_unit_test(unreadable),
		cmocka_unit_test(facts),
		cmocka_unit_test(thumbnail_is_not_the_photo),
		cmocka_unit_test(facts_from_the_head),
		cmocka_unit_test(what_follows_is_missed),
		cmocka_unit_test(broken_video_behind),
		cmocka_unit_test(hole_is_no_picture),
		cmocka_unit_test(end_marker_is_missing),
		cmocka_unit_test(exif_alone),
		cmocka_unit_test(noise_is_no_file),
		cmocka_unit_test(noise_is_no_scan),
		cmocka_unit_test(any_content),
		cmocka_unit_test(ecryptfs),
		cmocka_unit_test(formats),
		cmocka_unit_test(real_photos),
	};

	return cmocka_run_group_tests(tests, read_truth, free_truth);
}
