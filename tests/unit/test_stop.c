/* SPDX-License-Identifier: MIT */
/* test_stop.c - the user stops: what searches a medium ends within a block */
#include "unit.h"

#include <stdlib.h>

#include "romsplit/fs.h"
#include "romsplit/table.h"

enum { STOP_AFTER = 3000, BLOCK = 1 << 20 };

/* A medium of 1 TiB that is one byte, over and over; nothing of it is known
 * without a read. */
struct endless {
	struct rom_image img;
	struct rom_progress progress;
	uint64_t reads, late; /* bytes of those after the stop */
};

static enum rom_status endless_read(struct rom_image *img, void *buf,
	size_t len, uint64_t offset, struct rom_err *err)
{
	struct endless *e = (struct endless *)img;

	(void)offset, (void)err;
	e->late += e->progress.stop ? len : 0;
	if (++e->reads == STOP_AFTER)
		e->progress.stop = 1;
	memset(buf, 'U', len);
	return ROM_OK;
}

static void endless_map(struct rom_image *img, uint64_t offset, uint64_t len,
	struct rom_span *ret)
{
	(void)img, (void)offset;
	*ret = (struct rom_span){ .kind = ROM_SPAN_READ, .len = len };
}

static void endless_close(struct rom_image *img)
{
	(void)img;
}

static const struct rom_image_ops endless_ops = {
	.read_at = endless_read,
	.map = endless_map,
	.close = endless_close,
};

static struct endless *endless_new(void)
{
	struct endless *e = rom_alloc(sizeof(*e));

	e->img = (struct rom_image){ &endless_ops, rom_strdup("endless"),
		(uint64_t)1 << 40, 1 };
	return e;
}

static void search_for_partitions(void **state)
{
	struct endless *e = endless_new();
	struct rom_report *r = rom_report_new();
	struct rom_table_options options = { .progress = &e->progress };
	struct rom_err err = { 0 };

	(void)state;
	assert_int_equal(
		rom_table_read(&e->img, &options, r, &err), ROM_E_STOPPED);
	assert_true(e->reads >= STOP_AFTER);
	assert_true(e->late <= BLOCK);
	assert_int_equal(r->partitions.n, 0);
	rom_report_free(r);
	rom_image_close(&e->img);
}

static void full_scan(void **state)
{
	struct endless *e = endless_new();
	struct rom_fs_options options = { .full_scan = true,
		.progress = &e->progress };
	struct rom_err err = { 0 };
	struct rom_fs *fs = NULL;

	(void)state;
	assert_int_equal(rom_fs_open(&e->img, &e->img, &options, &fs, &err),
		ROM_E_STOPPED);
	assert_true(e->reads >= STOP_AFTER);
	assert_true(e->late <= BLOCK);
	rom_image_close(&e->img);
}

static void search_for_superblocks(void **state)
{
	struct endless *e = endless_new();
	rom_fs_places places = { 0 };

	(void)state;
	rom_fs_locate(&e->img, true, &e->progress, &places);
	assert_true(e->reads >= STOP_AFTER);
	assert_true(e->late <= BLOCK);
	assert_int_equal(places.n, 0);
	rom_image_close(&e->img);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(search_for_partitions),
		cmocka_unit_test(full_scan),
		cmocka_unit_test(search_for_superblocks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
