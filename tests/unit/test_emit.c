/* SPDX-License-Identifier: MIT */
/* test_emit.c - writing past the page cache or into it, and where that cannot
 * be */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

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

static int temp_file(void)
{
	const char *base = getenv("TMPDIR");
	ROM_AUTO char *name =
		rom_format("%s/romsplit-XXXXXX", base && *base ? base : "/tmp");
	int fd = mkstemp(name);

	assert_true(fd >= 0);
	unlink(name);
	return fd;
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
		struct rom_target target = { temp_file(), direct };
		struct rom_copy_stats stats = { 0 };
		size_t skip = from[i % 4], len = LEN - skip;
		uint64_t offset = to[i / 4];
		struct rom_err err;

		assert_int_equal(
			ftruncate(target.fd, (off_t)(offset + len)), 0);
		assert_int_equal(rom_copy_write(&target, buf + skip, len,
					 offset, &stats, &err),
			ROM_OK);
		assert_int_equal(
			pread(target.fd, back, len, (off_t)offset), len);
		assert_memory_equal(back, buf + skip, len);
		assert_int_equal(stats.written + stats.zero, len);
		assert_in_range(stats.zero, 4 * 4096, 20000);
		assert_int_equal(fcntl(target.fd, F_GETFL) & O_DIRECT, 0);
		close(target.fd);
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
	struct rom_target target = { open("/dev/full", O_RDWR),
		rom_direct_new((struct rom_out_options){ .sync = true }) };
	struct rom_copy_stats stats = { 0 };
	ROM_AUTO uint8_t *buf = pattern();
	struct rom_err err;

	(void)state;
	assert_true(target.fd >= 0);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(
			rom_direct_write(target.direct, target.fd, buf, LEN, 0),
			-1);
		assert_int_equal(errno, ENOSPC);
	}
	assert_int_equal(rom_copy_write(&target, buf, LEN, 0, &stats, &err),
		ROM_E_WRITE);
	assert_non_null(strstr(err.text, "No space left"));
	close(target.fd);
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
