/* SPDX-License-Identifier: MIT */
/* open.c - from what the user named to one image: parts are found and joined, sparse images seen through */
#include <stdlib.h>
#include <sys/stat.h>

#include "romsplit/image.h"

enum { MAX_PARTS = 1000 };

static const struct {
	const char *bytes;
	size_t len;
	const char *what;
	const char *remedy;
} compressed[] = {
	{ "\x1f\x8b", 2, "gzip", "gunzip" },
	{ "\xfd"
	  "7zXZ\0",
		6, "xz", "unxz" },
	{ "PK\x03\x04", 4, "zip", "unzip" },
	{ "7z\xbc\xaf\x27\x1c", 6, "7-Zip", "7z x" },
	{ "Rar!\x1a\x07", 6, "RAR", "unrar x" },
	{ "BZh", 3, "bzip2", "bunzip2" },
	{ "\x28\xb5\x2f\xfd", 4, "zstd", "unzstd" },
	{ "\x04\x22\x4d\x18", 4, "lz4", "unlz4" },
};

static enum rom_status refuse_compressed(struct rom_image *img, struct rom_err *err)
{
	uint8_t buf[8];
	size_t len = 0;
	enum rom_status st = rom_read_some(img, buf, sizeof(buf), 0, &len, err);

	if (st)
		return st;
	for (size_t i = 0; i < sizeof(compressed) / sizeof(*compressed); i++) {
		if (len < compressed[i].len || memcmp(buf, compressed[i].bytes, compressed[i].len))
			continue;
		return rom_fail(err, ROM_E_INPUT, 0,
			"%s: is compressed (%s); decompress it first: %s %s", img->name,
			compressed[i].what, compressed[i].remedy, img->name);
	}
	return ROM_OK;
}

/* The name of the part that follows: the number at the end of path, plus one, in as many digits or more.
 * NULL when path does not end in a number that says "first of several". */
static char *next_part(const char *path, unsigned step)
{
	size_t len = strlen(path), digits = 0;
	unsigned long first;

	while (digits < len && path[len - 1 - digits] >= '0' && path[len - 1 - digits] <= '9')
		digits++;
	if (digits == 0 || digits > 4 || digits == len)
		return NULL;
	first = strtoul(path + len - digits, NULL, 10);
	/* only after a dot: dump_1 and dump_2 are two dumps more often than two parts of one */
	if (first > 1 || path[len - 1 - digits] != '.')
		return NULL;
	return rom_format("%.*s%0*lu", (int)(len - digits), path, (int)digits, first + step);
}

typedef ROM_VEC(struct rom_image *) image_list;

static enum rom_status add_file(const char *path, image_list *list, struct rom_err *err)
{
	struct rom_image *img;
	enum rom_status st;

	if (list->n >= MAX_PARTS)
		return rom_fail(
			err, ROM_E_LIMIT, ROM_NOWHERE, "%s: more than %d parts", path, MAX_PARTS);
	st = rom_image_open_file(path, &img, err);
	if (!st)
		*rom_vec_add(list) = img;
	return st;
}

static enum rom_status add_following(const char *first, image_list *list, struct rom_err *err)
{
	for (unsigned step = 1;; step++) {
		ROM_AUTO char *path = next_part(first, step);
		struct stat st;
		enum rom_status status;

		if (!path || stat(path, &st))
			return ROM_OK;
		status = add_file(path, list, err);
		if (status)
			return status;
	}
}

static enum rom_status add_all(
	const char *const *paths, size_t n, image_list *list, struct rom_err *err)
{
	for (size_t i = 0; i < n; i++) {
		enum rom_status st = add_file(paths[i], list, err);

		if (st)
			return st;
	}
	return n == 1 ? add_following(paths[0], list, err) : ROM_OK;
}

enum rom_status rom_image_open(
	const char *const *paths, size_t n, struct rom_image **ret, struct rom_err *err)
{
	image_list list = { 0 };
	ROM_AUTO_IMAGE struct rom_image *img = NULL;
	enum rom_status st = add_all(paths, n, &list, err);

	if (!st)
		img = list.n == 1 ? rom_image_ref(list.v[0])
				  : rom_image_open_parts(list.v, list.n, paths[0]);
	for (size_t i = 0; i < list.n; i++)
		rom_image_close(list.v[i]);
	rom_vec_done(&list);
	if (!st)
		st = refuse_compressed(img, err);
	if (st)
		return st;
	st = rom_image_open_sparse(img, ret, err);
	if (st == ROM_NO_MATCH) {
		*ret = ROM_TAKE(img);
		return ROM_OK;
	}
	if (st)
		return rom_fail(err, ROM_E_INPUT, err ? err->at : 0,
			"%s: a damaged Android sparse image; expand it with simg2img to see what is left",
			img->name);
	return ROM_OK;
}
