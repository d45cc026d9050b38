/* SPDX-License-Identifier: MIT */
/* test_output.c - writing past the page cache or into it, and where that cannot
 * be */
#include <errno.h>
#include <stdlib.h>

#include "unit.h"

#include "romsplit/extract.h"

enum { LEN = (256 << 10) + 100 };

static uint8_t *pattern(void)
{
	uint8_t *buf = rom_alloc_pages(LEN);

	assert_int_equal((uintptr_t)buf % 4096, 0);
	for (size_t i = 0; i < LEN; i++)
		buf[i] = (uint8_t)(i * 7 + i / 4096 + 1);
	return buf;
}

static struct rom_out_file *temp_file(void)
{
	const char *base = getenv("TMPDIR");
	ROM_AUTO char *folder =
		rom_format("%s/romsplit-XXXXXX", base && *base ? base : "/tmp");
	ROM_AUTO char *name = NULL;
	struct rom_out_file *file;

	assert_non_null(mkdtemp(folder));
	name = rom_format("%s/file", folder);
	file = rom_out_file_create(NULL, name, 0600);
	assert_non_null(file);
	assert_true(rom_dir_unlink(NULL, name));
	assert_true(rom_dir_remove(NULL, folder));
	return file;
}

/* Whatever the filesystem can: at odd places, from odd places, with pages of
 * zeros in between. */
static void arrives(struct rom_out_options options)
{
	const size_t from[] = { 0, 1, 512, 4096 };
	const uint64_t to[] = { 0, 100, 4096, 8192 + 512 };
	struct rom_direct *direct = rom_direct_new(options);
	ROM_AUTO uint8_t *buf = pattern();
	ROM_AUTO uint8_t *back = rom_alloc(LEN);

	memset(buf + 100000, 0, 20000);
	for (size_t i = 0; i < 16; i++) {
		struct rom_target target = { temp_file(), direct, "t" };
		struct rom_copy_stats stats = { 0 };
		size_t skip = from[i % 4], len = LEN - skip;
		uint64_t offset = to[i / 4];
		struct rom_err err;

		assert_true(rom_out_file_set_size(target.file, offset + len));
		assert_int_equal(rom_copy_write(&target, buf + skip, len,
					 offset, &stats, &err),
			ROM_OK);
		assert_int_equal(
			rom_out_file_read(target.file, back, len, offset), len);
		assert_memory_equal(back, buf + skip, len);
		assert_int_equal(stats.written + stats.zero, len);
		assert_in_range(stats.zero, 4 * 4096, 20000);
		/* past the cache it would be refused: the file is as before */
		assert_int_equal(
			rom_out_file_write(target.file, buf + 1, 1, 1), 1);
		assert_true(rom_out_file_close(target.file));
	}
	rom_direct_free(direct);
}

static void every_byte_arrives(void **state)
{
	(void)state;
	arrives((struct rom_out_options){ .sync = true });
	arrives((struct rom_out_options){ 0 });
}

/* /dev/full has no way past the cache, and no room either: the kernel's own
 * error comes through. */
static void refused(void **state)
{
	struct rom_target target = { rom_out_file_create_over(
					     NULL, "/dev/full", 0600),
		rom_direct_new((struct rom_out_options){ .sync = true }),
		"t" };
	struct rom_copy_stats stats = { 0 };
	ROM_AUTO uint8_t *buf = pattern();
	struct rom_err err;

	(void)state;
	assert_non_null(target.file);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(rom_direct_write(target.direct, target.file,
					 buf, LEN, 0),
			-1);
		assert_int_equal(errno, ENOSPC);
	}
	assert_int_equal(rom_copy_write(&target, buf, LEN, 0, &stats, &err),
		ROM_E_WRITE);
	assert_non_null(strstr(err.text, "No space left"));
	rom_out_file_close(target.file);
	rom_direct_free(target.direct);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_byte_arrives),
		cmocka_unit_test(refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
