/* SPDX-License-Identifier: MIT */
/* test_printed.c - printed tables, and the GPT that is made of one, without the
 * command line */
#include "unit.h"

#include "romsplit/gpt.h"
#include "romsplit/printed.h"

static void read_text(const char *text, struct rom_printed *ret)
{
	struct rom_printed_reader *r = rom_printed_begin();
	ROM_AUTO char *copy = rom_strdup(text);
	unsigned number = 1;

	for (char *s = copy, *nl; s && *s; s = nl) {
		nl = strchr(s, '\n');
		if (nl)
			*nl++ = '\0';
		rom_printed_line(r, s, number++);
	}
	rom_printed_end(r, ret);
}

static void units(void **state)
{
	struct rom_printed p;

	(void)state;
	read_text("emmc_p1: 00000400 00000002 \"boot\"\n", &p);
	assert_int_equal(p.tables.n, 1);
	assert_int_equal(p.tables.v[0].rows.v[0].start, 0x400 * 512);
	assert_int_equal(p.tables.v[0].rows.v[0].size, 1024);
	rom_printed_done(&p);

	read_text("name=a, start_sect=0x400, nr_sects=0x2\n", &p);
	assert_int_equal(p.tables.v[0].unit, 0);
	assert_int_equal(p.tables.v[0].rows.v[0].start, 0x400);
	assert_true(rom_printed_set_unit(&p.tables.v[0], 4096));
	assert_int_equal(p.tables.v[0].rows.v[0].start, 0x400000);
	assert_int_equal(p.tables.v[0].region, ROM_REGION_UFS_LU2);
	assert_false(rom_printed_set_unit(&p.tables.v[0], 512));
	rom_printed_done(&p);

	/* a partition where an eMMC has its table, in a list of an eMMC */
	read_text("name=a, part_id=8, start_sect=0x8, nr_sects=0x2\n", &p);
	assert_int_equal(p.tables.v[0].unit, 0);
	assert_int_equal(p.tables.v[0].sector_size, 0);
	rom_printed_done(&p);
}

/* mtkclient prints two bytes of a GUID the other way round: that of a real
 * table has them as on the medium. */
static void guids(void **state)
{
	static const uint8_t want[16] = { 0xa8, 0x79, 0x21, 0xe0, 0xb5, 0xce,
		0xa9, 0x48, 0x88, 0x31, 0x4f, 0x1c, 0x9c, 0x5a, 0x86, 0x95 };
	struct rom_printed p;
	const struct rom_printed_row *row;

	(void)state;
	read_text("protect1: Offset 0x00001000, Length 0x00001000, Flags "
		  "0x8000000000000000, UUID "
		  "e02179a8-ceb5-48a9-3188-4f1c9c5a8695, Type "
		  "EFI_BASIC_DATA\n",
		&p);
	row = &p.tables.v[0].rows.v[0];
	assert_true(row->has_unique && row->has_type);
	assert_memory_equal(row->unique, want, 16);
	assert_true(row->attributes == (uint64_t)1 << 63);
	rom_printed_done(&p);
}

/* What is no row of a table is none, and costs nothing. */
static void no_rows(void **state)
{
	static const char *const lines[] = { "", "a b c", "name=x",
		"proinfo 0x80000 0x300000", "Offset 0x1", "emmc_p1: 1 2 boot",
		"emmc_p1: zz 2 \"boot\"", "x 0x1 0x2 3 /dev/block/mmcblk0",
		"partition-type:boot: raw", "179 0 100 mmcblk0",
		"Total disk size:0x1, sectors:0x1" };
	struct rom_printed p;

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		read_text(lines[i], &p);
		assert_int_equal(p.tables.n, 0);
		rom_printed_done(&p);
	}
}

static void add(
	struct rom_gpt_plan *plan, const char *name, uint64_t at, uint64_t len)
{
	*rom_vec_add(&plan->parts) =
		(struct rom_gpt_part){ .name = rom_strdup(name),
			.range = { at, len } };
}

static enum rom_status make(struct rom_gpt_plan *plan, const char *why)
{
	struct rom_gpt_files files = { 0 };
	struct rom_err err = { 0 };
	enum rom_status st = rom_gpt_make(plan, &files, &err);

	if (why)
		assert_non_null(strstr(err.text, why));
	else
		assert_int_equal(files.primary_len, 34 * 512);
	rom_gpt_files_done(&files);
	rom_gpt_plan_done(plan);
	return st;
}

static void gpt_bounds(void **state)
{
	struct rom_gpt_plan plan = { .size = 1 << 20, .sector = 512 };

	(void)state;
	/* from the first usable sector to the last one */
	add(&plan, "a", 34 * 512, (1 << 20) - (34 + 33) * 512);
	assert_int_equal(make(&plan, NULL), ROM_OK);
	plan = (struct rom_gpt_plan){ .size = 1 << 20, .sector = 512 };
	add(&plan, "a", 33 * 512, 512);
	assert_int_equal(make(&plan, "where the table itself is"), ROM_E_USAGE);
	plan = (struct rom_gpt_plan){ .size = 1 << 20, .sector = 512 };
	add(&plan, "a", 34 * 512, (1 << 20) - (34 + 32) * 512);
	assert_int_equal(make(&plan, "has room up to"), ROM_E_USAGE);
	plan = (struct rom_gpt_plan){ .size = 1 << 20, .sector = 512 };
	add(&plan, "a", 512 * 40, UINT64_MAX - 512);
	assert_int_equal(make(&plan, "a: ends"), ROM_E_USAGE);
	plan = (struct rom_gpt_plan){ .size = 1 << 20, .sector = 512 };
	add(&plan, "b", 512 * 50, 512);
	add(&plan, "a", 512 * 40, 512 * 11);
	assert_int_equal(make(&plan, "a and b overlap"), ROM_E_USAGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(units),
		cmocka_unit_test(guids),
		cmocka_unit_test(no_rows),
		cmocka_unit_test(gpt_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
