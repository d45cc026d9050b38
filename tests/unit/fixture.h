/* SPDX-License-Identifier: MIT */
/* fixture.h - the images of tests/fixtures in unit tests, which run in the root
 * of the tree */
#ifndef ROMSPLIT_UNIT_FIXTURE_H
#define ROMSPLIT_UNIT_FIXTURE_H

#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "unit.h"

#include "romsplit/image.h"

enum { FIXTURE_MAX = 16 << 20 };

/* The bytes of a fixture's image, unpacked by xz. Freed by the caller. */
static inline uint8_t *fixture_bytes(const char *name, size_t *ret_len)
{
	ROM_AUTO char *command =
		rom_format("xz -dc tests/fixtures/%s/image.xz", name);
	uint8_t *bytes = rom_alloc(FIXTURE_MAX);
	FILE *pipe = popen(command, "r");

	assert_non_null(pipe);
	*ret_len = fread(bytes, 1, FIXTURE_MAX, pipe);
	assert_int_equal(pclose(pipe), 0);
	assert_in_range(*ret_len, 1, FIXTURE_MAX - 1);
	return bytes;
}

/* A directory of its own for a test, below TMPDIR. Removed and freed by
 * temp_dir_done. */
static inline char *temp_dir(void)
{
	const char *base = getenv("TMPDIR");
	char *dir = rom_format(
		"%s/romsplit-unit-XXXXXX", base && *base ? base : "/tmp");

	assert_non_null(mkdtemp(dir));
	return dir;
}

static inline int remove_entry(
	const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static inline void temp_dir_done(char *dir)
{
	nftw(dir, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
	free(dir);
}

/* Writes len bytes as dir/name; its path, freed by the caller. */
static inline char *temp_file_of(
	const char *dir, const char *name, const uint8_t *bytes, size_t len)
{
	char *path = rom_format("%s/%s", dir, name);
	FILE *f = fopen(path, "wb");

	assert_non_null(f);
	assert_int_equal(fwrite(bytes, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
	return path;
}

/* All of a file, at most FIXTURE_MAX bytes; NULL when it is not there. Freed by
 * the caller. */
static inline uint8_t *file_bytes(const char *path, size_t *ret_len)
{
	FILE *f = fopen(path, "rb");
	uint8_t *bytes;

	if (!f)
		return NULL;
	bytes = rom_alloc(FIXTURE_MAX);
	*ret_len = fread(bytes, 1, FIXTURE_MAX, f);
	fclose(f);
	return bytes;
}

static inline void assert_sha256(
	const uint8_t *bytes, size_t len, const char *hex)
{
	uint8_t sum[ROM_SHA256_LEN];
	char got[2 * ROM_SHA256_LEN + 1];
	struct rom_digest *d = rom_digest_new(ROM_HASH_SHA256);

	rom_digest_update(d, bytes, len);
	rom_digest_final(d, sum);
	rom_digest_free(d);
	rom_hex(sum, sizeof(sum), got);
	assert_string_equal(got, hex);
}

#endif
