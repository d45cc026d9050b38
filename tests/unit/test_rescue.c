/* SPDX-License-Identifier: MIT */
/* test_rescue.c - pieces of an image, one after the other; and what a ddrescue
 * map says was read */
#include "unit.h"

#include <stdio.h>
#include <unistd.h>

#include "romsplit/image.h"

enum { SIZE = 0x4000 };
static uint8_t bytes[SIZE];

static int fill_bytes(void **state)
{
	(void)state;
	noise(bytes, sizeof(bytes), 7);
	return 0;
}

/* ---- pieces -------------------------------------------------------------- */

static void pieces_follow_each_other(void **state)
{
	static const struct rom_range ranges[] = { { 0x3000, 0x10 },
		{ 0x100, 0 }, { ROM_NO_OFFSET, 0x20 }, { 0, 0x30 },
		{ 0x2fff, 1 } };
	ROM_AUTO_IMAGE struct rom_image *below =
		rom_image_open_memory(bytes, SIZE, "dump");
	ROM_AUTO_IMAGE struct rom_image *img =
		rom_image_open_extents(below, ranges, 5, "pieces");
	uint8_t expected[0x61] = { 0 }, buf[0x61];
	struct rom_span span;
	struct rom_err err;

	(void)state;
	memcpy(expected, bytes + 0x3000, 0x10);
	memcpy(expected + 0x30, bytes, 0x30);
	expected[0x60] = bytes[0x2fff];
	assert_int_equal(img->size, 0x61);
	for (size_t offset = 0; offset < 0x61; offset++) {
		for (size_t len = 1; len <= 0x61 - offset; len++) {
			assert_int_equal(
				rom_read(img, buf, len, offset, &err), ROM_OK);
			assert_memory_equal(buf, expected + offset, len);
		}
	}
	assert_int_equal(rom_read(img, buf, 1, 0x61, &err), ROM_E_RANGE);
	rom_image_map(img, 0x18, 0x49, &span);
	assert_int_equal(span.kind, ROM_SPAN_HOLE);
	assert_int_equal(span.len, 0x18);
	rom_image_map(img, 0x30, 0x31, &span);
	assert_int_equal(span.kind, ROM_SPAN_READ);
	assert_int_equal(span.len, 0x30);
}

static void pieces_past_the_end_are_absent(void **state)
{
	static const struct rom_range ranges[] = { { 0x3ff0, 0x20 },
		{ UINT64_MAX - 20, 10 }, { 0, 5 } };
	ROM_AUTO_IMAGE struct rom_image *below =
		rom_image_open_memory(bytes, SIZE, "dump");
	ROM_AUTO_IMAGE struct rom_image *img =
		rom_image_open_extents(below, ranges, 3, "pieces");
	uint8_t buf[0x40];
	struct rom_err err;

	(void)state;
	assert_int_equal(img->size, 0x2f);
	assert_int_equal(rom_read(img, buf, 0x10, 0, &err), ROM_OK);
	assert_memory_equal(buf, bytes + 0x3ff0, 0x10);
	assert_int_equal(rom_read(img, buf, 1, 0x10, &err), ROM_E_ABSENT);
	assert_int_equal(rom_read(img, buf, 1, 0x25, &err), ROM_E_ABSENT);
	assert_int_equal(rom_read(img, buf, 5, 0x2a, &err), ROM_OK);
	assert_memory_equal(buf, bytes, 5);
	assert_int_equal(rom_image_absent(img, 0, 0x2f), 0x10 + 10);
	assert_int_equal(rom_image_present(img, 0, 0x2f), 0x10);
}

static void no_pieces(void **state)
{
	ROM_AUTO_IMAGE struct rom_image *below =
		rom_image_open_memory(bytes, SIZE, "dump");
	ROM_AUTO_IMAGE struct rom_image *img =
		rom_image_open_extents(below, NULL, 0, "pieces");
	uint8_t buf;

	(void)state;
	assert_int_equal(img->size, 0);
	assert_int_equal(rom_read(img, &buf, 1, 0, NULL), ROM_E_RANGE);
}

/* ---- rescue maps: GNU ddrescue manual, "Mapfile structure" --------------- */

#define HEAD                                                                   \
	"# Mapfile. Created by GNU ddrescue version 1.27\n0x00000000     +   " \
	"            1\n"

static enum rom_status open_map(
	const char *text, struct rom_image **ret, struct rom_err *err)
{
	ROM_AUTO_IMAGE struct rom_image *below =
		rom_image_open_memory(bytes, SIZE, "dump");
	char path[] = "/tmp/romsplit-map-XXXXXX";
	int fd = mkstemp(path);
	enum rom_status st;

	assert_true(fd >= 0 &&
		    write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
	st = rom_image_open_rescue(below, path, ret, err);
	unlink(path);
	return st;
}

/* Which of the sixteen KiB of the dump are there: a letter each. */
static void expect(const char *text, const char *there)
{
	ROM_AUTO_IMAGE struct rom_image *img = NULL;
	struct rom_err err = { 0 };
	uint8_t buf[1024];

	if (open_map(text, &img, &err))
		fail_msg("%s", err.text);
	for (size_t i = 0; i < 16; i++) {
		bool is_there = there[i] == '+';

		assert_int_equal(rom_read(img, buf, 1024, i * 1024, &err),
			is_there ? ROM_OK : ROM_E_ABSENT);
		if (is_there)
			assert_memory_equal(buf, bytes + i * 1024, 1024);
		assert_int_equal(rom_image_absent(img, i * 1024, 1024),
			is_there ? 0 : 1024);
	}
}

static void only_what_was_read(void **state)
{
	(void)state;
	expect(HEAD "0x0 0x4000 +\n", "++++++++++++++++");
	expect(HEAD "0x00000000  0x00000800  +\n0x00000800  0x00000400  "
		    "?\n0x00000C00  0x00000400  *\n"
		    "0x00001000  0x00000400  /\n0x00001400  0x00000400  "
		    "-\n0x00001800  0x00002800  +\n",
		"++----++++++++++");
	expect(HEAD "0 1024 +\n1024 02000 -\n0x800 14336 +\n",
		"+-++++++++++++++");
}

/* A map that was cut short, or is of a smaller medium, says nothing of what
 * lies behind. */
static void what_the_list_leaves_out(void **state)
{
	(void)state;
	expect(HEAD "0x0 0x1000 +\n", "++++------------");
	expect(HEAD "0x0 0x400 +\n0x1000 0x3000 +\n", "+---++++++++++++");
	expect(HEAD "0x400 0x3c00 +\n", "-+++++++++++++++");
	expect(HEAD, "----------------");
}

/* ddrescue writes its command line there, with the paths of the user. */
static void long_comments(void **state)
{
	char path[1001];
	ROM_AUTO char *text = NULL;

	(void)state;
	memset(path, 'x', 1000);
	path[1000] = '\0';
	text = rom_format("# Mapfile. Created by GNU ddrescue version 1.27\n# "
			  "Command line: ddrescue 0x0 0x1 - "
			  "%s\n0x0 + 1\n0x0 0x3c00 +\n0x3c00 0x400 -\n",
		path);
	expect(text, "+++++++++++++++-");
}

static void expect_refused(const char *text, const char *line)
{
	ROM_AUTO_IMAGE struct rom_image *img = NULL;
	struct rom_err err = { 0 };

	assert_int_equal(open_map(text, &img, &err), ROM_E_INPUT);
	assert_null(img);
	if (!strstr(err.text, line) || strchr(err.text, '\n'))
		fail_msg("expected \"%s\" in one line, got \"%s\"", line,
			err.text);
}

static void no_maps(void **state)
{
	(void)state;
	expect_refused("", "has no list of areas");
	expect_refused("# a comment\n", "has no list of areas");
	expect_refused("hello\n", "line 1");
	expect_refused(HEAD "0x0 0x400 x\n", "line 3");
	expect_refused(HEAD "0x0 0x +\n", "line 3");
	expect_refused(HEAD "0x0 0x800 +\n0x400 0x800 -\n", "line 4");
	expect_refused(HEAD "0xffffffffffffffff 0x2 +\n", "line 3");
	expect_refused(HEAD "-1 0x2 +\n", "line 3");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pieces_follow_each_other),
		cmocka_unit_test(pieces_past_the_end_are_absent),
		cmocka_unit_test(no_pieces),
		cmocka_unit_test(only_what_was_read),
		cmocka_unit_test(what_the_list_leaves_out),
		cmocka_unit_test(long_comments),
		cmocka_unit_test(no_maps),
	};

	return cmocka_run_group_tests(tests, fill_bytes, NULL);
}
