/* SPDX-License-Identifier: MIT */
/* fuzz_rescue.c - ddrescue's mapfiles: what of an image is there, and that no
 * byte is there that the map does not name */
#include "fuzz.h"

#include <sys/mman.h>
#include <unistd.h>

#include "romsplit/image.h"

enum { IMAGE_LEN = 100000, READ_LEN = 3000, MAX_SPANS = 5000 };

/* all of one value, which no unread range may show */
static uint8_t bytes[IMAGE_LEN];

static void walk(struct rom_image *img)
{
	uint8_t buf[READ_LEN];
	struct rom_span span;
	struct rom_err err;
	uint64_t offset = 0, absent = 0;

	for (int i = 0; i < MAX_SPANS && offset < img->size;
		i++, offset += span.len) {
		size_t len = (size_t)rom_min(READ_LEN, img->size - offset);
		enum rom_status st = rom_read(img, buf, len, offset, &err);

		rom_image_map(img, offset, img->size - offset, &span);
		fuzz_assert(span.len >= 1 && span.len <= img->size - offset);
		fuzz_assert(!st || st == ROM_E_ABSENT);
		if (span.kind == ROM_SPAN_ABSENT) {
			absent += span.len;
			fuzz_assert(st == ROM_E_ABSENT);
		} else {
			fuzz_assert(st ==
				    (len <= span.len ? ROM_OK : ROM_E_ABSENT));
		}
	}
	if (offset == img->size)
		fuzz_assert(absent == rom_image_absent(img, 0, img->size));
}

/* A plain reading of the format, byte by byte: is there a line of status + for
 * at? */
static bool is_named(const char *text, size_t len, uint64_t offset)
{
	const char *end = text + len;

	while (text < end) {
		const char *nl = memchr(text, '\n', (size_t)(end - text));
		size_t n = (size_t)((nl ? nl : end) - text);
		ROM_AUTO char *line = rom_alloc(n + 1);
		char *rest = line, status;

		memcpy(line, text, n);
		text += n + 1;
		if (!strchr(line, '+') || strchr(line, '#') == line)
			continue;
		uint64_t from = strtoull(rest, &rest, 0),
			 size = strtoull(rest, &rest, 0);

		rest += strspn(rest, " \t\v\f\r");
		status = *rest;
		if (status == '+' && offset >= from && offset - from < size)
			return true;
	}
	return false;
}

static void compare(struct rom_image *img, const char *text, size_t len)
{
	uint8_t buf;
	struct rom_err err;

	for (uint64_t offset = 0; offset < img->size; offset += 4999) {
		if (!rom_read(img, &buf, 1, offset, &err))
			fuzz_assert(is_named(text, len, offset));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	ROM_AUTO_IMAGE struct rom_image *below =
		rom_image_open_memory(bytes, IMAGE_LEN, "dump");
	ROM_AUTO_IMAGE struct rom_image *img = NULL;
	int fd = memfd_create("map", MFD_CLOEXEC);
	ROM_AUTO char *path = rom_format("/proc/self/fd/%d", fd);
	struct rom_err err = { 0 };

	fuzz_assert(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	rom_image_is_rescue_map(path);
	if (!rom_image_open_rescue(below, path, &img, &err)) {
		fuzz_assert(img->size == below->size);
		walk(img);
		compare(img, (const char *)data, size);
	} else {
		fuzz_assert(!img && *err.text);
	}
	close(fd);
	return 0;
}

/* GNU ddrescue manual, "Mapfile structure" */
uint8_t *fuzz_seed(unsigned i, size_t *len)
{
	static const char head[] =
		"# Mapfile. Created by GNU ddrescue version 1.27\n"
		"# Command line: ddrescue -d /dev/sdb full.bin full.map\n"
		"# current_pos  current_status  current_pass\n";
	static const char *const rest[] = {
		"0x00000000     +               1\n#      pos        size  "
		"status\n"
		"0x00000000  0x00010000  +\n0x00010000  0x00000200  "
		"-\n0x00010200  0x000084A0  +\n",
		"0x00000000     ?               1\n0x0 0x1000 +\n0x1000 0x1000 "
		"?\n0x2000 0x1000 *\n"
		"0x3000 0x1000 /\n0x4000 0x1000 -\n0x5000 0x136A0 +\n",
		"0x00000000     ?\n",
		"0 F\n0 4096 +\n010000 4096 +\n",
		"0x00000000 + 1\n0x00000000 0xFFFFFFFFFFFFFFFF +\n",
		"0x0 + 1\n0x0 0x2000 +\n0x4000 0x1000 +\n",
	};

	if (i >= sizeof(rest) / sizeof(*rest))
		return NULL;
	*len = sizeof(head) - 1 + strlen(rest[i]);
	return (uint8_t *)rom_format("%s%s", head, rest[i]);
}
