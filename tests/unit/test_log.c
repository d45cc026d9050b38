/* SPDX-License-Identifier: MIT */
/* test_log.c - SP Flash Tool's errors and logs: codes as SP Flash Tool prints
 * them, partition lists as BROM_DLL does */
#include "unit.h"

#include <stdio.h>
#include <unistd.h>

#include "romsplit/flash_log.h"

static void read_log(const char *text, size_t len, struct rom_log *log)
{
	char path[] = "/tmp/romsplit-log-XXXXXX";
	int fd = mkstemp(path);
	struct rom_err err;

	assert_true(fd >= 0 && write(fd, text, len) == (ssize_t)len);
	close(fd);
	assert_int_equal(rom_log_read(path, log, &err), ROM_OK);
	unlink(path);
}

static void codes(void **state)
{
	(void)state;
	assert_int_equal(rom_flash_error_find("4050")->code, 4050);
	assert_ptr_equal(
		rom_flash_error_find("0xFD2"), rom_flash_error_find("4050"));
	assert_int_equal(rom_flash_error_find("0xc003000a")->code, 0xc003000a);
	assert_ptr_equal(rom_flash_error_find("C003000A"),
		rom_flash_error_find("0xC003000A"));
	assert_ptr_equal(rom_flash_error_find("-1073545206"),
		rom_flash_error_find("0xC003000A"));
	assert_ptr_equal(
		rom_flash_error_find("fd2"), rom_flash_error_find("4050"));
	assert_null(rom_flash_error_find("-18446744072636006410"));
	assert_null(rom_flash_error_find(""));
	assert_null(rom_flash_error_find("-1"));
	assert_null(rom_flash_error_find("0x1C003000A"));
	assert_null(rom_flash_error_find("4050 "));
	assert_null(rom_flash_error_find("NO_SUCH_ERROR"));
}

/* Each once, where its first line is; a number only where the line speaks of an
 * error. */
static void errors(void **state)
{
	static const char text[] =
		"size 4050\nall well\nERROR: (4050)\r\nagain error "
		"4050\nstatus 0xC003000A\n";
	struct rom_log log;

	(void)state;
	read_log(text, strlen(text), &log);
	assert_int_equal(log.errors.n, 2);
	assert_int_equal(log.errors.v[0]->code, 4050);
	assert_int_equal(log.lines.v[0], 3);
	assert_int_equal(log.errors.v[1]->code, 0xc003000a);
	assert_int_equal(log.lines.v[1], 5);
	rom_log_done(&log);
}

/* A line of 10000 bytes is one line; what follows a NUL is read. */
static void long_lines(void **state)
{
	char text[10100];
	struct rom_log log;

	(void)state;
	memset(text, '.', sizeof(text));
	memcpy(text + 9000, "\nx\0 0xC003000A\n", 15);
	read_log(text, sizeof(text), &log);
	assert_int_equal(log.errors.n, 1);
	assert_int_equal(log.lines.v[0], 2);
	rom_log_done(&log);
}

#define LINE(head, name, offset, size, part)                                   \
	"07/11/19 BROM_DLL[1][2]: " head "(" name ") - offset (" offset        \
	") - size (" size ") - " part " - mask (0x0)\n"

/* The list that begins again replaces the one before. */
static void lists(void **state)
{
	static const char text[] = LINE("PART[ 0]", "OLD", "0x0", "0x1",
		"partID (8)") LINE("PART[ 0]", "PRELOADER           ",
		"0x0000000000000000", "0x0000000000C00000",
		"partID (1)") LINE("PART[ 1]", "MBR                 ",
		"0x0000000000C00000", "0x0000000000080000",
		"partID (8)") LINE("PART[ 2]", "EBR1", "0x0000000000C80000",
		"0x80000", "partID (8)") LINE("NEW_PART[ 0]", "BMTPOOL",
		"0x00000000FFFF00A8", "0x1500000", "part_id (0x8)")
		LINE("PART[ 3]", "", "0x0", "0x1",
			"partID (8)") "PART[ 4](X) - offset () - size (0x1)\n";
	struct rom_log log;
	struct rom_scatter s;
	struct rom_scatter_place *p;
	struct rom_table medium = { .kind = ROM_TABLE_PMT };

	(void)state;
	read_log(text, strlen(text), &log);
	assert_int_equal(log.phone.n, 3);
	assert_string_equal(log.phone.v[0].name, "PRELOADER");
	assert_int_equal(log.phone.v[0].part, 1);
	assert_string_equal(log.phone.v[1].name, "MBR");
	assert_int_equal(log.phone.v[1].offset, 0xc00000);
	assert_int_equal(log.phone.v[1].size, 0x80000);
	assert_int_equal(log.scatter.n, 1);
	assert_int_equal(log.scatter.v[0].offset, 0xffff00a8);
	assert_int_equal(log.scatter.v[0].part, 8);
	/* as a scatter file: in the user area, which begins with the MBR */
	rom_log_scatter(log.phone.v, log.phone.n, &s);
	p = rom_scatter_places(&s, &s.sections.v[0], &medium);
	assert_string_equal(p[0].region, "EMMC_BOOT_1");
	assert_true(p[1].placed && p[1].range.offset == 0);
	assert_true(p[2].placed && p[2].range.offset == 0x80000 &&
		    p[2].range.len == 0x80000);
	free(p);
	rom_scatter_done(&s);
	rom_log_done(&log);
}

static void not_there(void **state)
{
	struct rom_log log;
	struct rom_err err = { 0 };

	(void)state;
	assert_int_equal(
		rom_log_read("/nonexistent/x.log", &log, &err), ROM_E_INPUT);
	assert_non_null(strstr(err.text, "/nonexistent/x.log"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(codes),
		cmocka_unit_test(errors),
		cmocka_unit_test(long_lines),
		cmocka_unit_test(lists),
		cmocka_unit_test(not_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
