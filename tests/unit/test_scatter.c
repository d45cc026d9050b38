/* SPDX-License-Identifier: MIT */
/* test_scatter.c - scatter files by hand: what is read of them, what is refused
 * and in which line, places, forms, fixing */
#include "unit.h"

#include <stdio.h>

#include "romsplit/scatter.h"

#define BANNER                                                                 \
	"####################################################################" \
	"########################"                                             \
	"################\n"
#define GENERAL(version)                                                       \
	BANNER "#\n#  General Setting\n#\n" BANNER                             \
	       "- general: MTK_PLATFORM_CFG\n  info: \n"                       \
	       "    - config_version: " version                                \
	       "\n      platform: MT6797\n      project: nikel\n"              \
	       "      storage: EMMC\n      boot_channel: MSDC_0\n      "       \
	       "block_size: 0x20000\n" BANNER                                  \
	       "#\n#  Layout Setting\n#\n" BANNER
#define ENTRY(index, name, linear, physical, size)                             \
	"- partition_index: " index "\n  partition_name: " name                \
	"\n  linear_start_addr: " linear "\n  physical_start_addr: " physical  \
	"\n  partition_size: " size "\n  region: EMMC_USER\n\n"

static struct rom_scatter parse(const char *text, const char *name)
{
	struct rom_scatter s = { 0 };
	struct rom_err err = { 0 };

	if (rom_scatter_parse(text, strlen(text), name, &s, &err))
		fail_msg("%s", err.text);
	return s;
}

static char *print(const struct rom_scatter *s)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	rom_scatter_print(s, out);
	fclose(out);
	return text;
}

static void expect_same(const char *text)
{
	struct rom_scatter s = parse(text, "MT6797_Android_scatter.txt");
	ROM_AUTO char *again = print(&s);

	assert_string_equal(again, text);
	rom_scatter_done(&s);
}

static void expect_refused(const char *text, const char *words)
{
	struct rom_scatter s = { 0 };
	struct rom_err err = { 0 };

	assert_int_equal(
		rom_scatter_parse(text, strlen(text), "f.txt", &s, &err),
		ROM_E_INPUT);
	if (!strstr(err.text, words))
		fail_msg("expected \"%s\", got \"%s\"", words, err.text);
}

/* ---- reading ------------------------------------------------------------- */

static void a_text(void **state)
{
	struct rom_scatter s = parse(
		GENERAL("V1.1.2") ENTRY("SYS0", "pgpt", "0x0", "0x0", "0x8000")
			ENTRY("SYS1", "recovery", "0x8000", "0x8000",
				"0x1000000") ENTRY("SYS2", "sgpt", "0xFFFF0000",
				"0xFFFF0000", "0x4200"),
		"x.txt");
	const struct rom_scatter_section *section =
		rom_scatter_section(&s, "EMMC");

	(void)state;
	assert_int_equal(s.form, ROM_SCATTER_TEXT);
	assert_string_equal(s.version, "V1.1.2");
	assert_string_equal(s.platform, "MT6797");
	assert_string_equal(s.project, "nikel");
	assert_int_equal(s.sections.n, 1);
	assert_string_equal(section->storage, "EMMC");
	assert_string_equal(section->block_size, "0x20000");
	assert_int_equal(section->rows.n, 3);
	assert_string_equal(section->rows.v[1].value[ROM_KEY_NAME], "recovery");
	assert_int_equal(section->rows.v[1].linear, 0x8000);
	assert_int_equal(section->rows.v[1].size, 0x1000000);
	assert_int_equal(section->rows.v[1].line, 26);
	assert_null(section->rows.v[1].value[ROM_KEY_TYPE]);
	assert_true(
		section->rows.v[2].reserved && !section->rows.v[1].reserved);
	rom_scatter_done(&s);
}

/* CRLF, no end of the last line, odd indentation, a byte order mark, upper-case
 * hex, unknown keys */
static void abuses(void **state)
{
	struct rom_scatter s = parse(
		"\xef\xbb\xbf- partition_index: "
		"SYS0\r\n\tpartition_name:boot\r\n"
		"     partition_size: 0XAB00\r\nphysical_start_addr: 0x0C\r\n"
		"  file_name: C:\\rom\\boot.img\r\n  colour: red: dark",
		"MT6580_Android_scatter.txt");
	const struct rom_scatter_row *row = &s.sections.v[0].rows.v[0];
	ROM_AUTO char *text = print(&s);

	(void)state;
	assert_true(s.crlf);
	assert_string_equal(s.platform, "MT6580");
	assert_string_equal(row->value[ROM_KEY_NAME], "boot");
	assert_int_equal(row->size, 0xab00);
	assert_int_equal(row->linear, 12);
	assert_string_equal(row->extra.v[0].key, "colour");
	assert_string_equal(row->extra.v[0].value, "red: dark");
	assert_non_null(strstr(text, "\r\n  file_name: C:\\rom\\boot.img\r\n"));
	rom_scatter_done(&s);
}

static void refused(void **state)
{
	char line[1400], value[300];
	ROM_AUTO char *long_line = NULL, *long_value = NULL;

	(void)state;
	memset(line, 'a', sizeof(line));
	line[sizeof(line) - 1] = '\0';
	memset(value, 'a', sizeof(value));
	value[sizeof(value) - 1] = '\0';
	long_line = rom_format("- partition_index: 0\n  file_name: %s\n", line);
	long_value =
		rom_format("- partition_index: 0\n  file_name: %s\n", value);
	expect_refused("", "no partition entries");
	expect_refused("hello world\n", "line 1: expected \"NAME 0xADDRESS\"");
	expect_refused("- partition_index: 0\n  partition_name: a\n",
		"begins in line 1 has no partition_size");
	expect_refused("- partition_index: 0\n  partition_size: 12\n",
		"line 2: partition_size: expected a number");
	expect_refused(
		"- partition_index: 0\n  partition_size: 0x12345678123456789\n",
		"line 2");
	expect_refused("- partition_index: 0\n  partition_name: a\n  "
		       "partition_name: b\n",
		"comes twice");
	expect_refused("- storage_type: EMMC\n- storage_type: EMMC\n- "
		       "partition_index: 0\n",
		"line 2: the section EMMC");
	expect_refused("- storage_type:\n- partition_index: 0\n",
		"line 1: storage_type");
	expect_refused(
		"- storage_type: UFS\n  storage: EMMC\n- partition_index: 0\n",
		"line 2: storage: expected UFS");
	expect_refused(
		ENTRY("0", "a", "0x0", "0x0", "0x1") "- storage_type: UFS\n",
		"expected storage_type before");
	expect_refused(
		"- partition_index: 0\n  a b: c\n", "line 2: expected a key");
	expect_refused(long_line, "line 2: expected a line of text");
	expect_refused(long_value, "line 2: file_name: expected up to 255");
}

static void written_as_it_was(void **state)
{
	(void)state;
	expect_same(GENERAL("V1.1.2") ENTRY("SYS0", "pgpt", "0x0", "0x0",
		"0x8000") ENTRY("SYS1", "a\\b", "0x8000", "0x8000", "0xAB"));
	expect_same("PRELOADER 0x0\n{\n}\n__NODL_PMT "
		    "0x700000\n{\n}\n__NODL_BMTPOOL 0xFFFF00a8\n{\n}\n\n\n");
}

/* ---- places: docs/FORMATS.md, "Linear versus physical", "Reserved codes" - */

/* MBR era: linear addresses count from BOOT1, the MBR is the first of the user
 * area; physical ones are all 0. */
static void linear_addresses(void **state)
{
	struct rom_scatter s = parse(
		ENTRY("0", "PRELOADER", "0x0", "0x0", "0xc00000") ENTRY(
			"1", "MBR", "0xc00000", "0x0", "0x80000") ENTRY("2",
			"EBR1", "0xc80000", "0x0", "0x80000") ENTRY("3",
			"ANDROID", "0x4000000", "0x0", "0x100000")
			ENTRY("4", "BMTPOOL", "0xFFFF00a8", "0x0", "0x1500000"),
		"f");
	struct rom_table medium = { .kind = ROM_TABLE_PMT,
		.device_size = 0x40000000 };
	ROM_AUTO struct rom_scatter_place *p =
		rom_scatter_places(&s, &s.sections.v[0], &medium);

	(void)state;
	assert_true(p[1].placed && p[1].consistent && p[1].range.offset == 0);
	assert_true(p[3].placed && p[3].consistent &&
		    p[3].range.offset == 0x3400000);
	assert_true(p[3].sized && p[3].range.len == 0x100000);
	assert_true(p[4].by_code && p[4].code == 0xa8 && p[4].placed);
	assert_true(p[4].range.offset == 0x40000000 - 0x1500000);
	rom_scatter_done(&s);
}

/* Each code counts from the end: the row itself and all behind it. The sizes
 * say it exactly. */
static void codes(void **state)
{
	struct rom_scatter s = parse(
		GENERAL("V1.1.2") ENTRY("0", "pgpt", "0x0", "0x0", "0x8000")
			ENTRY("1", "boot", "0x8000", "0x8000", "0x1000000")
				ENTRY("2", "otp", "0xFFFF01d8", "0xFFFF01d8",
					"0x2b00000") ENTRY("3", "flashinfo",
					"0xFFFF0080", "0xFFFF0080", "0x1000000")
					ENTRY("4", "sgpt", "0xFFFF0000",
						"0xFFFF0000", "0x4200"),
		"f");
	struct rom_table medium = { .kind = ROM_TABLE_GPT,
		.device_size = 0x747c00000 };
	ROM_AUTO struct rom_scatter_place *p =
		rom_scatter_places(&s, &s.sections.v[0], &medium);
	ROM_AUTO struct rom_scatter_place *none = NULL;

	(void)state;
	assert_true(p[1].range.offset == 0x8000 && p[1].consistent &&
		    !p[1].has_code);
	assert_true(p[4].placed && p[4].range.offset == 0x747c00000 - 0x4200);
	assert_true(
		p[3].placed && p[3].range.offset == 0x747c00000 - 0x1004200);
	assert_true(
		p[2].placed && p[2].range.offset == 0x747c00000 - 0x3b04200);
	medium.device_size = 0;
	none = rom_scatter_places(&s, &s.sections.v[0], &medium);
	assert_false(none[4].placed);
	rom_scatter_done(&s);
}

/* v0 has addresses only: a row ends where the next begins; marks in front of
 * names are no part of them. */
static void sizes_of_v0(void **state)
{
	struct rom_scatter s =
		parse("PRELOADER 0x0\n{\n}\nMBR 0x600000\n{\n}\n__NODL_EBR1 "
		      "0x680000\n{\n}\n"
		      "__NODL_RSV_PMT 0x700000\n{\n}\n__NODL_BMTPOOL "
		      "0xFFFF00a8\n{\n}\n\n\n",
			"MT6589_Android_scatter_emmc.txt");
	struct rom_table medium = { .kind = ROM_TABLE_PMT,
		.device_size = 0x40000000 };
	ROM_AUTO struct rom_scatter_place *p =
		rom_scatter_places(&s, &s.sections.v[0], &medium);

	(void)state;
	assert_string_equal(s.platform, "MT6589");
	assert_string_equal(p[0].region, "EMMC_BOOT_1");
	assert_string_equal(p[2].name, "EBR1");
	assert_string_equal(p[3].name, "PMT");
	assert_true(p[1].sized && p[1].range.offset == 0 &&
		    p[1].range.len == 0x80000);
	assert_true(p[2].sized && p[2].range.offset == 0x80000 &&
		    p[2].range.len == 0x80000);
	assert_false(p[0].sized || p[3].sized);
	rom_scatter_done(&s);
}

/* ---- other forms --------------------------------------------------------- */

static void to_v0(void **state)
{
	struct rom_scatter s = parse(
		"- partition_index: 0\n  partition_name: MBR\n  is_download: "
		"true\n"
		"  physical_start_addr: 0x600000\n  partition_size: 0x80000\n"
		"- partition_index: 1\n  partition_name: BMTPOOL\n  "
		"is_download: false\n"
		"  linear_start_addr: 0xFFFF00a8\n  partition_size: "
		"0x1500000\n",
		"f");
	ROM_AUTO char *text = NULL, *again = NULL;
	struct rom_err err = { 0 };

	(void)state;
	assert_int_equal(rom_scatter_convert(&s, "v0", &err), ROM_OK);
	text = print(&s);
	assert_string_equal(text, "MBR 0x600000\n{\n}\n__NODL_RSV_BMTPOOL "
				  "0xFFFF00a8\n{\n}\n\n\n");
	assert_int_equal(rom_scatter_convert(&s, "v0", &err), ROM_OK);
	again = print(&s);
	assert_string_equal(again, text);
	assert_int_equal(rom_scatter_convert(&s, "v1.1.2", &err), ROM_E_USAGE);
	rom_scatter_done(&s);
}

static void forms_that_cannot_be(void **state)
{
	struct rom_scatter s =
		parse("- storage_type: EMMC\n" ENTRY("0", "boot", "0x0", "0x0",
			      "0x1") "- storage_type: UFS\n" ENTRY("0", "boot",
			      "0x0", "0x0", "0x1"),
			"f");
	struct rom_scatter t =
		parse(ENTRY("0", "a name", "0x0", "0x0", "0x1"), "f");
	struct rom_err err = { 0 };

	(void)state;
	assert_int_equal(rom_scatter_convert(&s, "v0", &err), ROM_E_USAGE);
	assert_int_equal(rom_scatter_convert(&s, "v1.1.2", &err), ROM_E_USAGE);
	assert_int_equal(rom_scatter_convert(&s, "yaml", &err), ROM_E_USAGE);
	assert_int_equal(rom_scatter_convert(&s, "V2", &err), ROM_OK);
	assert_int_equal(rom_scatter_convert(&t, "v0", &err), ROM_E_USAGE);
	assert_non_null(strstr(err.text, "\"a name\""));
	rom_scatter_done(&s);
	rom_scatter_done(&t);
}

static void names_of_files(void **state)
{
	struct rom_scatter s = { .form = ROM_SCATTER_TEXT,
		.platform = rom_strdup("MT6797") };
	ROM_AUTO char *good = rom_scatter_file_name(&s), *bad = NULL;

	(void)state;
	assert_string_equal(good, "MT6797_Android_scatter.txt");
	free(s.platform);
	s.platform = rom_strdup("../../etc/x");
	bad = rom_scatter_file_name(&s);
	assert_string_equal(bad, "UNKNOWN_Android_scatter.txt");
	rom_scatter_done(&s);
}

/* ---- against a phone ----------------------------------------------------- */

static void add(
	struct rom_report *r, const char *name, uint64_t offset, uint64_t len)
{
	struct rom_partition *p = rom_vec_add(&r->partitions);

	p->name = rom_strdup(name);
	p->range = (struct rom_range){ offset, len };
	p->region = ROM_REGION_EMMC_USER;
	p->source = ROM_SOURCE_PMT;
}

static struct rom_report *phone(void)
{
	struct rom_report *r = rom_report_new();

	r->table = (struct rom_table){ .kind = ROM_TABLE_PMT,
		.source = ROM_SOURCE_PMT,
		.sector_size = 512,
		.region = ROM_REGION_EMMC_USER,
		.vendor = ROM_VENDOR_MEDIATEK,
		.device_size = 0x20000000,
		.linear_base = 0x600000 };
	add(r, "MBR", 0, 0x80000);
	add(r, "EBR1", 0x80000, 0x80000);
	add(r, "NVRAM", 0x100000, 0x500000);
	add(r, "BOOTIMG", 0x600000, 0xa00000);
	add(r, "USRDATA", 0x1000000, 0x1db00000);
	return r;
}

#define LOADER                                                                 \
	"- partition_index: SYS0\n  partition_name: PRELOADER\n  "             \
	"linear_start_addr: 0x0\n"                                             \
	"  physical_start_addr: 0x0\n  partition_size: 0x1400000\n  region: "  \
	"EMMC_BOOT_1\n\n"

static enum rom_check_status status_of(
	const struct rom_check *c, const char *name)
{
	const struct rom_check_row *row;

	rom_each (row, &c->rows) {
		if (!strcmp(row->name, name))
			return row->status;
	}
	fail_msg("no row %s", name);
	return ROM_ROW_SAME;
}

/* The file counts from another base than the phone, is wrong in two rows, lacks
 * one and has one too many. */
static const char wrong[] = GENERAL("V9.9.9") LOADER ENTRY("SYS1", "MBR",
	"0x1400000", "0x0",
	"0x80000") ENTRY("SYS2", "EBR1", "0x1480000", "0x80000", "0x80000")
	ENTRY("SYS3", "NVRAM", "0x1500000", "0x100000", "0x400000") ENTRY(
		"SYS4", "BOOTIMG", "0x1b00000", "0x700000", "0xa00000")
		ENTRY("SYS5", "OTHER", "0x2500000", "0x1100000", "0x100000");

static void checked(void **state)
{
	struct rom_scatter s = parse(wrong, "f");
	struct rom_report *r = phone();
	struct rom_check c = { 0 };
	struct rom_err err;

	(void)state;
	assert_int_equal(rom_scatter_check(&s, r, &c, &err), ROM_OK);
	assert_false(c.accepted);
	assert_non_null(c.reason);
	assert_int_equal(status_of(&c, "MBR"), ROM_ROW_SAME);
	assert_int_equal(status_of(&c, "EBR1"), ROM_ROW_SAME);
	assert_int_equal(status_of(&c, "NVRAM"), ROM_ROW_RESIZED);
	assert_int_equal(status_of(&c, "BOOTIMG"), ROM_ROW_MOVED);
	assert_int_equal(status_of(&c, "OTHER"), ROM_ROW_EXTRA);
	assert_int_equal(status_of(&c, "USRDATA"), ROM_ROW_MISSING);
	rom_check_done(&c);
	rom_scatter_done(&s);
	rom_report_free(r);
}

static void expect_fixed(const char *text)
{
	struct rom_scatter s = parse(text, "f"), again;
	struct rom_report *r = phone();
	struct rom_check c = { 0 };
	ROM_AUTO char *fixed = NULL;
	struct rom_err err;

	assert_int_equal(rom_scatter_check(&s, r, &c, &err), ROM_OK);
	rom_scatter_fix(&s, r, &c);
	fixed = print(&s);
	again = parse(fixed, "f");
	assert_int_equal(rom_scatter_check(&again, r, &c, &err), ROM_OK);
	if (!c.accepted)
		fail_msg("%s\n%s", c.reason, fixed);
	assert_int_equal(c.rows.n, 6);
	assert_string_equal(
		again.sections.v[0].rows.v[0].value[ROM_KEY_NAME], "PRELOADER");
	rom_check_done(&c);
	rom_scatter_done(&again);
	rom_scatter_done(&s);
	rom_report_free(r);
}

static void fixed(void **state)
{
	(void)state;
	expect_fixed(wrong);
	/* no loader, an unknown key, one address alone */
	expect_fixed("- partition_index: SYS0\n  partition_name: MBR\n  "
		     "physical_start_addr: 0x0\n"
		     "  partition_size: 0x1\n  colour: red\n");
	expect_fixed("MBR 0x1400000\n{\n}\nOTHER 0x1480000\n{\n}\n\n\n");
	/* physical addresses all 0 */
	expect_fixed(LOADER ENTRY("SYS1", "MBR", "0x600000", "0x0",
		"0x80000") ENTRY("SYS2", "EBR1", "0x680000", "0x0", "0x90000")
			ENTRY("SYS3", "NVRAM", "0x710000", "0x0", "0x400000"));
}

/* Boot areas in the dump: the preloader's row is the one that every file begins
 * with, and the other areas are not flashed. */
static void boot_areas(void **state)
{
	static const enum rom_region regions[][3] = {
		{ ROM_REGION_EMMC_BOOT_1, ROM_REGION_EMMC_BOOT_2,
			ROM_REGION_EMMC_RPMB },
		{ ROM_REGION_UFS_LU0, ROM_REGION_UFS_LU1,
			ROM_REGION_EMMC_RPMB },
	};
	static const char *const names[] = { "preloader", "preloader_backup",
		"rpmb" };
	struct rom_scatter_options options = { .style = ROM_STYLE_FACTORY };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct rom_report *r = phone();
		struct rom_scatter s;
		struct rom_err err;
		size_t rows = 1 + r->partitions.n;

		for (size_t k = 0; k < 3; k++) {
			add(r, names[k], k << 22, 1 << 22);
			r->partitions.v[r->partitions.n - 1].region =
				regions[i][k];
		}
		assert_int_equal(
			rom_scatter_make(r, &options, &s, &err), ROM_OK);
		assert_int_equal(s.sections.v[0].rows.n, rows);
		rom_scatter_done(&s);
		rom_report_free(r);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_text),
		cmocka_unit_test(abuses),
		cmocka_unit_test(refused),
		cmocka_unit_test(written_as_it_was),
		cmocka_unit_test(linear_addresses),
		cmocka_unit_test(codes),
		cmocka_unit_test(sizes_of_v0),
		cmocka_unit_test(to_v0),
		cmocka_unit_test(forms_that_cannot_be),
		cmocka_unit_test(names_of_files),
		cmocka_unit_test(checked),
		cmocka_unit_test(fixed),
		cmocka_unit_test(boot_areas),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
