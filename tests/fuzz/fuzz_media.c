/* SPDX-License-Identifier: MIT */
/* fuzz_media.c - media files: any bytes get an answer that holds together, at
 * a bounded cost */
#include <dirent.h>

#include "fuzz.h"

#include "romsplit/media.h"

enum { BEFORE = 5, MAX_SEEDS = 200 };

static void check(const struct rom_media_info *m, uint64_t limit)
{
	fuzz_assert(m->format && rom_media_state_name(m->state));
	fuzz_assert(m->len <= limit);
	fuzz_assert(m->fault == ROM_NO_OFFSET || m->fault <= limit);
	fuzz_assert(!m->exif.thumbnail.len ||
		    rom_range_end(m->exif.thumbnail) <= limit);
	fuzz_assert((m->state == ROM_MEDIA_WHOLE) == !*m->why);
	fuzz_assert(m->state != ROM_MEDIA_WHOLE || m->len);
	fuzz_assert(m->state != ROM_MEDIA_CUT || m->len == limit);
	/* what lies within 64 KiB is read once, or twice */
	fuzz_assert(limit > 65536 || m->bytes_read <= 2 * limit);
}

/* The same file, wherever it lies, is the same. */
static void check_moved(const uint8_t *data, size_t size, size_t limit,
	const struct rom_media_info *first)
{
	uint8_t *copy = rom_alloc(size + BEFORE);
	struct rom_image *img;
	struct rom_media_info m;

	memcpy(copy + BEFORE, data, size);
	img = rom_image_open_memory(copy, size + BEFORE, "moved");
	fuzz_assert(!rom_media_examine(img, BEFORE, limit, &m, NULL));
	fuzz_assert(m.format == first->format && m.state == first->state &&
		    m.len == first->len && m.fault == first->fault &&
		    m.exif.thumbnail.offset == first->exif.thumbnail.offset);
	rom_image_close(img);
	free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	ROM_AUTO_IMAGE struct rom_image *img =
		rom_image_open_memory(data, size, "input");
	struct rom_range all = { 0, size };
	const struct rom_media_format *format;
	enum rom_content content;
	struct rom_media_info m;
	struct rom_exif exif;
	enum rom_status st = rom_media_examine(img, 0, UINT64_MAX, &m, NULL);

	fuzz_assert(st == ROM_OK || st == ROM_NO_MATCH);
	fuzz_assert((st == ROM_OK) == (rom_media_identify(data, size) != NULL));
	if (!st) {
		check(&m, size);
		check_moved(data, size, size, &m);
	}
	fuzz_assert(!rom_content_of(img, all, &content, &format, NULL));
	fuzz_assert((content == ROM_CONTENT_FORMAT) == (format != NULL));
	rom_exif_read(img, all, &exif);
	return 0;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static uint8_t *load(const char *path, size_t *len)
{
	FILE *f = fopen(path, "rb");
	uint8_t *bytes = rom_alloc(1 << 20);

	fuzz_assert(f);
	*len = fread(bytes, 1, 1 << 20, f);
	fclose(f);
	return bytes;
}

/* The fixtures of media: files as they are. */
uint8_t *fuzz_seed(unsigned i, size_t *len)
{
	const char *fixtures = getenv("ROMSPLIT_FIXTURES");
	ROM_AUTO char *folder = rom_format("%s/media",
		fixtures && *fixtures ? fixtures : "tests/fixtures");
	DIR *dir = opendir(folder);
	char *names[MAX_SEEDS];
	uint8_t *seed = NULL;
	struct dirent *e;
	size_t n = 0;

	while (dir && n < MAX_SEEDS && (e = readdir(dir))) {
		if (*e->d_name != '.' && !strstr(e->d_name, ".tsv") &&
			!strstr(e->d_name, ".py"))
			names[n++] = rom_format("%s/%s", folder, e->d_name);
	}
	if (dir)
		closedir(dir);
	qsort(names, n, sizeof(*names), by_name);
	if (i < n)
		seed = load(names[i], len);
	while (n > 0)
		free(names[--n]);
	return seed;
}
