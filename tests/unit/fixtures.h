/* SPDX-License-Identifier: MIT */
/* fixtures.h - the images of tests/fixtures and of the real data, unpacked;
 * other programs run on them */
#ifndef ROMSPLIT_FIXTURES_H
#define ROMSPLIT_FIXTURES_H

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "unit.h"

#include "romsplit/fs.h"

/* Runs a shell command; true when it ended with status 0. */
static inline bool shell(const char *fmt, ...)
	__attribute__((format(printf, 1, 2)));
static inline bool shell(const char *fmt, ...)
{
	char command[2000];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(command, sizeof(command), fmt, ap);
	va_end(ap);
	return system(command) == 0;
}

/* A directory for this test binary, removed by leave_directory. */
static char work[64];

static inline int enter_directory(void **state)
{
	(void)state;
	strcpy(work, "/tmp/romsplit-unit-XXXXXX");
	return mkdtemp(work) ? 0 : -1;
}

static inline int leave_directory(void **state)
{
	(void)state;
	return shell("rm -rf '%s'", work) ? 0 : -1;
}

/* The path of FIXTURE's image, unpacked as NAME in the work directory; valid
 * until the next call. */
static inline const char *unpack(const char *fixture, const char *name)
{
	static char path[100];

	snprintf(path, sizeof(path), "%s/%s", work, name);
	assert_true(shell(
		"xz -dc 'tests/fixtures/%s/image.xz' >'%s'", fixture, path));
	return path;
}

static inline bool has_program(const char *name)
{
	return shell("PATH=$PATH:/usr/sbin:/sbin command -v %s >/dev/null 2>&1",
		name);
}

static inline struct rom_image *open_image(const char *path)
{
	struct rom_image *img = NULL;
	struct rom_err err = { 0 };

	if (rom_image_open_file(path, &img, &err))
		fail_msg("%s", err.text);
	return img;
}

static inline struct rom_fs *open_fs_with(
	const char *path, const struct rom_fs_options *options)
{
	ROM_AUTO_IMAGE struct rom_image *img = open_image(path);
	struct rom_fs *fs = NULL;
	struct rom_err err = { 0 };

	if (rom_fs_open(img, img, options, &fs, &err))
		fail_msg("%s: %s", path, err.text);
	return fs;
}

static inline struct rom_fs *open_fs(const char *path)
{
	return open_fs_with(path, NULL);
}

/* Overwrites len bytes of a file. */
static inline void edit(
	const char *path, uint64_t offset, const void *bytes, size_t len)
{
	FILE *f = fopen(path, "r+b");

	assert_non_null(f);
	assert_int_equal(fseeko(f, (off_t)offset, SEEK_SET), 0);
	assert_int_equal(fwrite(bytes, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
}

static inline void peek(
	const char *path, uint64_t offset, void *bytes, size_t len)
{
	FILE *f = fopen(path, "rb");

	assert_non_null(f);
	assert_int_equal(fseeko(f, (off_t)offset, SEEK_SET), 0);
	assert_int_equal(fread(bytes, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
}

/* Changes all bits of a byte. */
static inline void flip(const char *path, uint64_t offset)
{
	uint8_t byte;

	peek(path, offset, &byte, 1);
	byte = (uint8_t)~byte;
	edit(path, offset, &byte, 1);
}

#endif
