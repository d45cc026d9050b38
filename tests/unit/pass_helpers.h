/* SPDX-License-Identifier: MIT */
/* pass_helpers.h - what the tests of both ways to run a pass share: a size, a
 * user who stops it, a bad sector */
#ifndef ROMSPLIT_PASS_HELPERS_H
#define ROMSPLIT_PASS_HELPERS_H

#include "unit.h"

#include "romsplit/pass.h"

enum { SIZE = (5 << 20) + 12345 };

static uint64_t ticked;

static void stop_in_the_middle(struct rom_progress *self, uint64_t done,
	uint64_t all, const char *what)
{
	assert_true(done <= all && done >= ticked);
	assert_int_equal(all, SIZE);
	assert_string_equal(what, "reading");
	ticked = done;
	if (done > SIZE / 2)
		self->stop = 1;
}

static void count_ticks(struct rom_progress *self, uint64_t done, uint64_t all,
	const char *what)
{
	(void)self;
	(void)all;
	(void)what;
	ticked = done;
}

/* Of the medium. */
static const struct rom_range bad_range = { (2 << 20) + 5000, 3000 };

static void on_bad(void *ctx, struct rom_range range, const struct rom_err *err)
{
	struct rom_range *reported = ctx;

	assert_int_equal(err->status, ROM_E_IO);
	if (reported->len == 0)
		reported->offset = range.offset;
	assert_true(range.offset == rom_range_end(*reported));
	reported->len += range.len;
}

/* It cost the pieces it lies in and no more. */
static void check_reported(struct rom_range reported)
{
	assert_true(reported.offset <= bad_range.offset &&
		    rom_range_end(reported) >= rom_range_end(bad_range));
	assert_true(reported.len <= bad_range.len + 2 * 4096);
}

#endif
