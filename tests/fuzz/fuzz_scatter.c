/* SPDX-License-Identifier: MIT */
/*
 * fuzz_scatter.c - scatter files of every form: read, written, given another
 * form, held against two phones, corrected
 *
 * What must hold of a file that is read: written and read again it is the same;
 * each form it is given is one; corrected by what a check found, it is
 * accepted.
 */
#include "fuzz.h"

#include "romsplit/scatter.h"

static char *print(const struct rom_scatter *s, size_t *len)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, len);

	fuzz_assert(out);
	rom_scatter_print(s, out);
	fclose(out);
	fuzz_assert(text);
	return text;
}

/* Says why, when it is not what it should be. */
static void parse_again(const char *text, size_t len, struct rom_scatter *ret)
{
	struct rom_err err = { 0 };
	const enum rom_status written =
		rom_scatter_parse(text, len, "MT6797_x.txt", ret, &err);

	if (written)
		fprintf(stderr, "%s\n%.*s\n", err.text, (int)len, text);
	fuzz_assert(!written);
}

static size_t count_rows(const struct rom_scatter *s)
{
	const struct rom_scatter_section *section;
	size_t n = 0;

	rom_each (section, &s->sections)
		n += section->rows.n;
	return n;
}

static void round_trip(const struct rom_scatter *s)
{
	struct rom_scatter again = { 0 };
	size_t a_len, b_len;
	ROM_AUTO char *a = print(s, &a_len), *b = NULL;

	parse_again(a, a_len, &again);
	fuzz_assert(again.form == s->form && again.sections.n == s->sections.n);
	fuzz_assert(count_rows(&again) == count_rows(s));
	b = print(&again, &b_len);
	if (a_len != b_len || memcmp(a, b, a_len))
		fprintf(stderr, "-----\n%.*s-----\n%.*s-----\n", (int)a_len, a,
			(int)b_len, b);
	fuzz_assert(a_len == b_len && !memcmp(a, b, a_len));
	rom_scatter_done(&again);
}

static void look_at_places(const struct rom_scatter *s)
{
	static const uint64_t sizes[] = { 0, 0x747c00000, 1 << 20, UINT64_MAX };
	const struct rom_scatter_section *section;
	ROM_AUTO char *name = rom_scatter_file_name(s);

	fuzz_assert(*name && !strchr(name, '/'));
	rom_each (section, &s->sections) {
		for (size_t i = 0; i < 4; i++) {
			struct rom_table medium = { .device_size = sizes[i],
				.linear_base = i == 2 ? 0x600000 : 0 };
			struct rom_scatter_place *places =
				rom_scatter_places(s, section, &medium);

			for (size_t k = 0; k < section->rows.n; k++)
				fuzz_assert(places[k].name && places[k].region);
			free(places);
		}
	}
}

static void convert(const char *text, size_t len, const char *format)
{
	struct rom_scatter s = { 0 };
	struct rom_err err = { 0 };
	size_t rows;

	if (rom_scatter_parse(text, len, "MT6797_x.txt", &s, &err))
		return;
	rows = count_rows(&s);
	if (!rom_scatter_convert(&s, format, &err)) {
		fuzz_assert(count_rows(&s) == rows);
		round_trip(&s);
	} else {
		fuzz_assert(*err.text);
	}
	rom_scatter_done(&s);
}

/* ---- two phones ---------------------------------------------------------- */

static void add_row(
	struct rom_report *r, const char *name, uint64_t offset, uint64_t len)
{
	struct rom_partition *p = rom_vec_add(&r->partitions);

	p->name = rom_strdup(name);
	p->range = (struct rom_range){ offset, len };
	p->region = r->table.region;
	p->source = r->table.source;
	p->is_table = name && (!strcmp(name, "pgpt") || !strcmp(name, "sgpt"));
}

static struct rom_report *gpt_phone(void)
{
	struct rom_report *r = rom_report_new();

	r->table = (struct rom_table){ .kind = ROM_TABLE_GPT,
		.source = ROM_SOURCE_PRIMARY,
		.sector_size = 512,
		.region = ROM_REGION_EMMC_USER,
		.vendor = ROM_VENDOR_MEDIATEK,
		.device_size = 0x20000000 };
	add_row(r, "pgpt", 0, 0x80000);
	add_row(r, "proinfo", 0x80000, 0x300000);
	add_row(r, "nvram", 0x380000, 0x500000);
	add_row(r, "lk", 0x880000, 0x80000);
	add_row(r, "boot", 0x900000, 0x1000000);
	add_row(r, NULL, 0x1900000, 0x100000);
	add_row(r, "system", 0x1a00000, 0x8000000);
	add_row(r, "userdata", 0x9a00000, 0x15580000);
	add_row(r, "flashinfo", 0x1ef80000, 0x1000000);
	add_row(r, "sgpt", 0x1ff80000, 0x80000);
	return r;
}

static struct rom_report *pmt_phone(void)
{
	struct rom_report *r = rom_report_new();

	r->table = (struct rom_table){ .kind = ROM_TABLE_PMT,
		.source = ROM_SOURCE_PMT,
		.sector_size = 512,
		.region = ROM_REGION_EMMC_USER,
		.vendor = ROM_VENDOR_MEDIATEK,
		.device_size = 0x20000000,
		.linear_base = 0x600000 };
	add_row(r, "MBR", 0, 0x80000);
	add_row(r, "EBR1", 0x80000, 0x80000);
	add_row(r, "NVRAM", 0x100000, 0x500000);
	add_row(r, "BOOTIMG", 0x600000, 0xa00000);
	add_row(r, "ANDROID", 0x1000000, 0x8000000);
	add_row(r, "USRDATA", 0x9000000, 0x15b00000);
	add_row(r, "BMTPOOL", 0x1eb00000, 0x1500000);
	return r;
}

static void check(const struct rom_scatter *s, const struct rom_report *r,
	struct rom_check *ret)
{
	struct rom_err err = { 0 };
	const struct rom_check_row *row;

	fuzz_assert(!rom_scatter_check(s, r, ret, &err));
	fuzz_assert(ret->reason && *ret->reason && ret->section);
	rom_each (row, &ret->rows) {
		fuzz_assert(row->name && (row->has_scatter || row->has_medium));
		fuzz_assert(
			!ret->accepted || rom_check_status_fits(row->status));
	}
}

static void hold_against(
	const char *text, size_t len, const struct rom_report *r)
{
	struct rom_scatter s = { 0 }, again = { 0 };
	struct rom_check c = { 0 };
	struct rom_err err;
	size_t fixed_len;
	ROM_AUTO char *fixed = NULL;

	if (rom_scatter_parse(text, len, "MT6797_x.txt", &s, &err))
		return;
	check(&s, r, &c);
	if (rom_scatter_fix(&s, r, &c, &err)) {
		fuzz_assert(c.other_storage && !c.accepted && !c.rows.n);
		rom_check_done(&c);
		rom_scatter_done(&s);
		return;
	}
	fixed = print(&s, &fixed_len);
	parse_again(fixed, fixed_len, &again);
	check(&again, r, &c);
	if (!c.accepted)
		fprintf(stderr, "table kind %d\n%s\n-----\n%.*s\n-----\n%.*s",
			(int)r->table.kind, c.reason, (int)len, text,
			(int)fixed_len, fixed);
	fuzz_assert(c.accepted);
	rom_check_done(&c);
	rom_scatter_done(&again);
	rom_scatter_done(&s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const formats[] = { "v0", "v1.1.1", "v1.1.2", "v2",
		"xml", "none" };
	const char *text = (const char *)data;
	struct rom_report *gpt, *pmt;
	struct rom_scatter s;
	struct rom_err err = { 0 };

	if (rom_scatter_parse(text, size, "MT6797_x.txt", &s, &err)) {
		fuzz_assert(*err.text);
		return 0;
	}
	round_trip(&s);
	look_at_places(&s);
	rom_scatter_done(&s);
	for (size_t i = 0; i < 6; i++)
		convert(text, size, formats[i]);
	gpt = gpt_phone();
	pmt = pmt_phone();
	hold_against(text, size, gpt);
	hold_against(text, size, pmt);
	rom_report_free(gpt);
	rom_report_free(pmt);
	return 0;
}

/* ---- seeds --------------------------------------------------------------- */

#define V1(version)                                                            \
	"####\n#  General Setting \n####\n- general: MTK_PLATFORM_CFG\n  "     \
	"info: \n    - config_version: " version                               \
	"\n      platform: MT6797\n      project: k97v1\n      storage: "      \
	"EMMC\n"                                                               \
	"      boot_channel: MSDC_0\n      block_size: 0x20000\n####\n#  "     \
	"Layout Setting\n####\n"
#define ROW(i, index, name, file, down, offset, size, region)                  \
	i "- partition_index: " index "\n" i "  partition_name: " name "\n" i  \
	  "  file_name: " file "\n" i "  is_download: " down "\n" i            \
	  "  type: NORMAL_ROM\n" i "  linear_start_addr: " offset "\n" i       \
	  "  physical_start_addr: " offset "\n" i "  partition_size: " size    \
	  "\n" i "  region: " region "\n" i "  storage: HW_STORAGE_EMMC\n" i   \
	  "  boundary_check: true\n" i "  is_reserved: false\n" i              \
	  "  operation_type: UPDATE\n" i "  reserve: 0x00\n\n"
#define ROWS(i)                                                                \
	ROW(i, "SYS0", "preloader", "preloader.bin", "true", "0x0", "0x40000", \
		"EMMC_BOOT_1")                                                 \
	ROW(i, "SYS1", "pgpt", "NONE", "false", "0x0", "0x80000", "EMMC_USER") \
	ROW(i, "SYS2", "proinfo", "NONE", "false", "0x80000", "0x300000",      \
		"EMMC_USER")                                                   \
	ROW(i, "SYS3", "boot", "boot.img", "true", "0x900000", "0x1000000",    \
		"EMMC_USER")                                                   \
	ROW(i, "SYS4", "userdata", "userdata.img", "true", "0x9a00000",        \
		"0x5000000", "EMMC_USER")                                      \
	ROW(i, "SYS5", "sgpt", "NONE", "false", "0xFFFF0004", "0x80000",       \
		"EMMC_USER")

uint8_t *fuzz_seed(unsigned i, size_t *len)
{
	static const char *const texts[] = {
		V1("V1.1.2") ROWS(""),
		V1("V1.1.1") ROWS("  "),
		"- general: MTK_PLATFORM_CFG\n  info:\n    - config_version: "
		"V2.1.0\n      platform: MT6893\n"
		"      project: k6893\n- storage_type: EMMC\n  description: \n "
		" - general: MTK_STORAGE_CFG\n    info: \n"
		"      - storage: EMMC\n        boot_channel: MSDC_0\n        "
		"block_size: 0x20000\n\n" ROWS(
			"  ") "- storage_type: UFS\n  description: \n  - "
			      "general: MTK_STORAGE_CFG\n    info: \n"
			      "      - storage: UFS\n        boot_channel: "
			      "UFSHCI_0\n        block_size: 0x80000\n\n" ROW(
				      "  ", "SYS0", "preloader", "p.bin",
				      "true", "0x0", "0x80000", "UFS_LU0_LU1")
				      ROW("  ", "SYS1", "boot", "b.img", "true",
					      "0x8000", "0x4000", "UFS_LU2"),
		"PRELOADER 0x0\n{\n}\n\nMBR 0x600000\n{\n}\n\nEBR1 "
		"0x680000\n{\n}\n\n__NODL_NVRAM 0x700000\n{\n}\n\n"
		"ANDROID 0x1600000\n{\n}\n\nUSRDATA "
		"0x9600000\n{\n}\n\n__NODL_RSV_BMTPOOL 0xFFFF00a8\n{\n}\n\n\n",
		"<?xml version=\"1.0\" encoding=\"utf-8\"?>\n\n<root>\n  "
		"<general name=\"MTK_PLATFORM_CFG\">\n"
		"    <config_version name=\"V1.1.8\">\n      "
		"<platform>MT6797</platform>\n      <project>k</project>\n"
		"      <storage>EMMC</storage>\n      "
		"<boot_channel>MSDC_0</boot_channel>\n"
		"      <block_size>0x20000</block_size>\n    "
		"</config_version>\n  </general>\n"
		"  <partition_index name=\"SYS0\">\n    "
		"<partition_name>preloader</partition_name>\n"
		"    <file_name>a&amp;b.bin</file_name>\n    "
		"<is_download>true</is_download>\n"
		"    <linear_start_addr>0x0</linear_start_addr>\n    "
		"<physical_start_addr>0x0</physical_start_addr>\n"
		"    <partition_size>0x40000</partition_size>\n    "
		"<region>EMMC_BOOT1_BOOT2</region>\n"
		"  </partition_index>\n  <partition_index name=\"SYS1\">\n    "
		"<partition_name>boot</partition_name>\n"
		"    <linear_start_addr>0x900000</linear_start_addr>\n"
		"    <physical_start_addr>0x900000</physical_start_addr>\n"
		"    <partition_size>0x1000000</partition_size>\n    "
		"<region>EMMC_USER</region>\n  </partition_index>\n"
		"</root>\n",
		"<root><general><config_version "
		"name=\"V2.1.0\"><platform>MT6893</platform></config_version></"
		"general>"
		"<storage_type name=\"UFS\"><general><storage "
		"name=\"UFS\"><block_size>0x80000</block_size></storage>"
		"</general><partition_index "
		"name=\"SYS0\"><partition_name>boot</"
		"partition_name><linear_start_addr>"
		"0x8000</linear_start_addr><partition_size>0x4000</"
		"partition_size><odd>x\ny</odd></partition_index>"
		"</storage_type></root>",
		/* abuses */
		"- partition_index: SYS0\r\npartition_name: a\\b\r\n   "
		"physical_start_addr: 0X0AB\r\n"
		"partition_size:0xAB\r\nodd: key: value\r\n- - x-y.z: "
		"1\r\nfile_name: C:\\img\\boot.img\r\n"
		"- partition_index: SYS0\r\n  partition_name: a\\b\r\n  "
		"linear_start_addr: 0x0\r\n  partition_size: 0x1",
		"- partition_index: 1\n  partition_name: userdata\n  "
		"linear_start_addr: 0xffffffffffff\n"
		"  partition_size: 0x10000000000000\n- storage_type: EMMC\n- "
		"storage_type: UFS\n"
		"- partition_index: 2\n  partition_name: boot\n  "
		"linear_start_addr: 0x900000\n  partition_size: 0x1\n",
	};

	if (i >= sizeof(texts) / sizeof(*texts))
		return NULL;
	*len = strlen(texts[i]);
	return (uint8_t *)rom_strdup(texts[i]);
}
