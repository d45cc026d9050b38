/* SPDX-License-Identifier: MIT */
/*
 * test_table.c - the readers of partition tables on small media in memory:
 * healthy, without their header, with a wrong checksum, with numbers out of
 * bounds, behind boot areas, with gaps and overlaps
 *
 * The media are made here from the published layouts.
 */
#include "unit.h"

#include <inttypes.h>
#include <stdio.h>

#include "romsplit/table.h"

enum {
	SECTOR = 512,
	KIB = 1024,
	ENTRY = 128,
	ENTRIES = 128,
	TABLE = ENTRY * ENTRIES,
	MEDIUM = 1 << 20,
	FRONT = 0x400000, /* two boot areas of 2 MiB */
};

/* ---- what is read -------------------------------------------------------- */

/* A medium in memory and what is read of it. */
struct medium {
	uint8_t *p;
	size_t size;
	struct rom_report *r;
	enum rom_status status;
};

static struct medium medium_new(size_t size)
{
	return (struct medium){
		.p = rom_alloc(size), .size = size, .r = rom_report_new()
	};
}

static void medium_done(struct medium *m)
{
	rom_report_free(m->r);
	free(m->p);
}

static void read_with(struct medium *m, const struct rom_table_options *options)
{
	ROM_AUTO_IMAGE struct rom_image *img =
		rom_image_open_memory(m->p, m->size, "medium");
	struct rom_err err;

	m->status = rom_table_read(img, options, m->r, &err);
}

static void read_table(struct medium *m)
{
	read_with(m, NULL);
	assert_int_equal(m->status, ROM_OK);
}

static void expect_row(
	const struct medium *m, const char *name, uint64_t offset, uint64_t len)
{
	const struct rom_partition *p = rom_report_find(m->r, name);

	if (!p)
		fail_msg("there is no row %s", name);
	if (p->range.offset != offset || p->range.len != len)
		fail_msg("%s: expected 0x%" PRIx64 " + 0x%" PRIx64
			 ", got 0x%" PRIx64 " + 0x%" PRIx64,
			name, offset, len, p->range.offset, p->range.len);
}

/* A row without a name: bytes that no partition covers. */
static void expect_gap(const struct medium *m, uint64_t offset, uint64_t len)
{
	const struct rom_partition *p;

	rom_each (p, &m->r->partitions) {
		if (!p->name && p->range.offset == offset &&
			p->range.len == len)
			return;
	}
	fail_msg("no gap at 0x%" PRIx64 " of 0x%" PRIx64, offset, len);
}

static void expect_no_row(const struct medium *m, const char *name)
{
	if (rom_report_find(m->r, name))
		fail_msg("there is a row %s", name);
}

static bool has_note(
	const struct medium *m, enum rom_level level, const char *words)
{
	const struct rom_note *note;

	rom_each (note, &m->r->notes) {
		if (note->level == level && strstr(note->text, words))
			return true;
	}
	return false;
}

static void expect_note(
	const struct medium *m, enum rom_level level, const char *words)
{
	if (!has_note(m, level, words))
		fail_msg("no note says \"%s\"", words);
}

/* Rows cover the medium from its first byte to its last, in their order. */
static void expect_whole(const struct medium *m)
{
	const struct rom_partition *p;
	uint64_t end = 0;

	rom_each (p, &m->r->partitions) {
		assert_true(p->range.offset <= end);
		end = rom_max(end, rom_range_end(p->range));
	}
	assert_true(end >= m->size);
}

/* ---- GPT ----------------------------------------------------------------- */

struct part {
	const char *name;
	uint64_t first, last; /* LBA */
};

static const struct part parts[] = {
	{ "proinfo", 64, 127 }, { "nvram", 128, 255 },
	{ "lk", 512, 1023 }, /* a gap before it */
};

static void put_entry(uint8_t *p, const struct part *part)
{
	memset(p, 0, ENTRY);
	memset(p, 0xa2, 16);
	p[16] = (uint8_t)part->first;
	put(p + 0x20, 8, part->first);
	put(p + 0x28, 8, part->last);
	for (size_t i = 0; part->name[i]; i++)
		p[0x38 + 2 * i] = (uint8_t)part->name[i];
}

static void seal_header(uint8_t *h, const uint8_t *table)
{
	put(h + 0x58, 4, rom_crc32(table, TABLE));
	put(h + 0x10, 4, 0);
	put(h + 0x10, 4, rom_crc32(h, 92));
}

static void put_header(uint8_t *h, const uint8_t *table, uint64_t my,
	uint64_t other, uint64_t entries_lba)
{
	memset(h, 0, 92);
	memcpy(h, "EFI PART", 8);
	put(h + 0x08, 4, 0x10000);
	put(h + 0x0c, 4, 92);
	put(h + 0x18, 8, my);
	put(h + 0x20, 8, other);
	put(h + 0x28, 8, 34);
	put(h + 0x30, 8, (my > other ? my : other) - 33);
	put(h + 0x48, 8, entries_lba);
	put(h + 0x50, 4, ENTRIES);
	put(h + 0x54, 4, ENTRY);
	seal_header(h, table);
}

/* Where the two copies lie, for sectors of 512 or 4096 bytes. */
struct gpt {
	uint8_t *header, *table, *backup, *backup_table;
};

static struct gpt put_gpt(
	uint8_t *p, size_t size, size_t sector, const struct part *v, size_t n)
{
	uint64_t last = size / sector - 1, room = TABLE / sector;
	struct gpt g = { .header = p + sector,
		.table = p + 2 * sector,
		.backup = p + last * sector,
		.backup_table = p + (last - room) * sector };

	put(p + 446 + 4, 1, 0xee);
	put(p + 446 + 8, 4, 1);
	put(p + 446 + 12, 4, last);
	put(p + 510, 2, 0xaa55);
	for (size_t i = 0; i < n; i++)
		put_entry(g.table + i * ENTRY, &v[i]);
	memcpy(g.backup_table, g.table, TABLE);
	put_header(g.header, g.table, 1, last, 2);
	put_header(g.backup, g.table, last, 1, last - room);
	return g;
}

static struct medium gpt_medium(struct gpt *g)
{
	struct medium m = medium_new(MEDIUM);

	*g = put_gpt(
		m.p, m.size, SECTOR, parts, sizeof(parts) / sizeof(*parts));
	return m;
}

static void expect_parts(const struct medium *m, uint64_t sector)
{
	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++)
		expect_row(m, parts[i].name, parts[i].first * sector,
			(parts[i].last + 1 - parts[i].first) * sector);
}

static void test_gpt_healthy(void **state)
{
	struct gpt g;
	struct medium m = gpt_medium(&g);

	(void)state;
	read_table(&m);
	expect_parts(&m, SECTOR);
	expect_gap(&m, 256 * SECTOR, 256 * SECTOR);
	expect_whole(&m);
	assert_int_equal(m.r->notes.n, 0);
	assert_int_equal(m.r->table.sector_size, SECTOR);
	assert_int_equal(m.r->table.device_size, MEDIUM);
	assert_true(m.r->complete);
	medium_done(&m);
}

static void test_gpt_large_sectors(void **state)
{
	enum { LARGE = 4096, SIZE = 1100 * LARGE };
	struct medium m = medium_new(SIZE);

	(void)state;
	put_gpt(m.p, m.size, LARGE, parts, sizeof(parts) / sizeof(*parts));
	read_table(&m);
	expect_parts(&m, LARGE);
	assert_int_equal(m.r->table.sector_size, LARGE);
	assert_int_equal(m.r->table.region, ROM_REGION_UFS_LU2);
	medium_done(&m);
}

static void test_gpt_no_primary(void **state)
{
	struct gpt g;
	struct medium m = gpt_medium(&g);

	(void)state;
	memset(m.p, 0, 34 * SECTOR);
	read_table(&m);
	expect_parts(&m, SECTOR);
	expect_note(&m, ROM_DAMAGE, "the primary GPT is missing");
	medium_done(&m);
}

static void test_gpt_no_backup(void **state)
{
	struct gpt g;
	struct medium m = gpt_medium(&g);

	(void)state;
	memset(g.backup, 0, SECTOR);
	read_table(&m);
	expect_parts(&m, SECTOR);
	expect_note(&m, ROM_WARNING, "the backup GPT at the end");
	assert_false(rom_report_damaged(m.r));
	medium_done(&m);
}

static void test_gpt_no_header(void **state)
{
	struct gpt g;
	struct medium m = gpt_medium(&g);

	(void)state;
	memset(g.header, 0, SECTOR);
	memset(g.backup, 0, SECTOR);
	read_table(&m);
	expect_parts(&m, SECTOR);
	expect_note(&m, ROM_DAMAGE, "its header is missing");
	medium_done(&m);
}

/* A changed entry makes its own copy's checksum wrong: the other is
 * believed. */
static void test_gpt_checksum(void **state)
{
	struct gpt g;
	struct medium m = gpt_medium(&g);

	(void)state;
	put(g.table + ENTRY + 0x28, 8, 400);
	read_table(&m);
	expect_parts(&m, SECTOR);
	expect_note(&m, ROM_DAMAGE, "the primary GPT is damaged");
	medium_done(&m);
}

static void test_gpt_both_checksums(void **state)
{
	struct gpt g;
	struct medium m = gpt_medium(&g);

	(void)state;
	put(g.header + 0x58, 4, 0x12345678);
	put(g.backup + 0x58, 4, 0x12345678);
	read_table(&m);
	expect_parts(&m, SECTOR);
	expect_note(&m, ROM_DAMAGE, "there is no better backup");
	medium_done(&m);
}

/* Each copy has lost what the other still has. */
static void test_gpt_merged(void **state)
{
	struct gpt g;
	struct medium m = gpt_medium(&g);

	(void)state;
	memset(g.table, 0, ENTRY);
	memset(g.backup_table + 2 * ENTRY, 0, ENTRY);
	read_table(&m);
	expect_parts(&m, SECTOR);
	expect_note(&m, ROM_DAMAGE, "both copies of the GPT are damaged");
	medium_done(&m);
}

static void test_gpt_bounds(void **state)
{
	struct gpt g;
	struct medium m = gpt_medium(&g);

	(void)state;
	put(g.header + 0x50, 4, 0xffffffff);
	put(g.header + 0x54, 4, 7);
	seal_header(g.header, g.table);
	memset(g.backup, 0, SECTOR);
	read_table(&m);
	expect_parts(&m, SECTOR);
	expect_note(&m, ROM_DAMAGE, "expected 128 to 4096, got 7");
	expect_note(&m, ROM_DAMAGE, "got 4294967295");
	medium_done(&m);
}

static void test_gpt_absurd_entries(void **state)
{
	static const struct part absurd[] = {
		{ "good", 64, 127 },
		{ "backwards", 500, 400 },
		{ "endless", 600, UINT64_MAX },
		{ "outside", 1000, 5000 },
	};
	struct medium m = medium_new(MEDIUM);

	(void)state;
	put_gpt(m.p, m.size, SECTOR, absurd, 4);
	read_table(&m);
	expect_row(&m, "good", 64 * SECTOR, 64 * SECTOR);
	expect_no_row(&m, "backwards");
	expect_no_row(&m, "endless");
	expect_note(&m, ROM_DAMAGE, "got 500 and 400; left out");
	expect_note(&m, ROM_DAMAGE, "outside ends at");
	assert_int_equal(
		rom_report_find(m.r, "outside")->present, MEDIUM - 512000);
	medium_done(&m);
}

static void test_gpt_overlap(void **state)
{
	static const struct part both[] = { { "first", 64, 200 },
		{ "second", 150, 300 }, { "first", 400, 401 } };
	struct medium m = medium_new(MEDIUM);

	(void)state;
	put_gpt(m.p, m.size, SECTOR, both, 3);
	read_table(&m);
	expect_row(&m, "first", 64 * SECTOR, 137 * SECTOR);
	expect_row(&m, "second", 150 * SECTOR, 151 * SECTOR);
	expect_gap(&m, 301 * SECTOR, 99 * SECTOR);
	expect_note(&m, ROM_WARNING, "inside first");
	expect_note(&m, ROM_WARNING, "repeats the name first");
	medium_done(&m);
}

/* The dump ends in the middle of lk: what is there is said, nothing made up. */
static void test_gpt_cut(void **state)
{
	struct gpt g;
	struct medium m = gpt_medium(&g);
	const struct rom_partition *lk;

	(void)state;
	m.size = 600 * SECTOR;
	read_table(&m);
	expect_parts(&m, SECTOR);
	lk = rom_report_find(m.r, "lk");
	assert_int_equal(lk->state, ROM_PARTIAL);
	assert_int_equal(lk->present, 88 * SECTOR);
	assert_false(m.r->complete);
	medium_done(&m);
}

/* ---- boot areas ---------------------------------------------------------- */

static void put_boot_areas(uint8_t *p)
{
	memcpy(p, "EMMC_BOOT", 9);
	memcpy(p + FRONT / 2, "EMMC_BOOT", 9);
}

static void test_boot_areas(void **state)
{
	struct medium m = medium_new(FRONT + MEDIUM);

	(void)state;
	put_boot_areas(m.p);
	put_gpt(m.p + FRONT, MEDIUM, SECTOR, parts, 3);
	read_table(&m);
	assert_int_equal(m.r->user_offset, FRONT);
	expect_row(&m, "preloader", 0, FRONT / 2);
	expect_row(&m, "preloader_backup", FRONT / 2, FRONT / 2);
	expect_row(&m, "lk", FRONT + 512 * SECTOR, 512 * SECTOR);
	assert_int_equal(
		rom_partition_start(rom_report_find(m.r, "lk")), 512 * SECTOR);
	medium_done(&m);
}

/* The primary is gone: the backup tells where LBA 0 must have been. */
static void test_boot_areas_by_backup(void **state)
{
	struct medium m = medium_new(FRONT + MEDIUM);

	(void)state;
	put_boot_areas(m.p);
	put_gpt(m.p + FRONT, MEDIUM, SECTOR, parts, 3);
	memset(m.p + FRONT, 0, 34 * SECTOR);
	read_table(&m);
	assert_int_equal(m.r->user_offset, FRONT);
	expect_row(&m, "lk", FRONT + 512 * SECTOR, 512 * SECTOR);
	medium_done(&m);
}

/* Given beside a dump that has its own: every offset would be wrong. */
static void test_boot_areas_twice(void **state)
{
	const struct rom_table_options given = { .boot1 = FRONT };
	struct medium m = medium_new(2 * FRONT + MEDIUM);

	(void)state;
	put_boot_areas(m.p);
	put_boot_areas(m.p + FRONT);
	put_gpt(m.p + 2 * FRONT, MEDIUM, SECTOR, parts, 3);
	read_with(&m, &given);
	assert_int_equal(m.status, ROM_E_USAGE);
	assert_int_equal(m.r->partitions.n, 0);
	medium_done(&m);
}

/* ---- MBR ----------------------------------------------------------------- */

static void put_slot(uint8_t *sector, unsigned i, uint8_t type, uint64_t first,
	uint64_t count)
{
	uint8_t *p = sector + 446 + (size_t)16 * i;

	p[4] = type;
	put(p + 8, 4, first);
	put(p + 12, 4, count);
	put(sector + 510, 2, 0xaa55);
}

static void test_mbr(void **state)
{
	struct medium m = medium_new(MEDIUM);

	(void)state;
	put_slot(m.p, 0, 0x83, 64, 64);
	put_slot(m.p, 1, 0x0c, 256, 128);
	put_slot(m.p, 2, 0x05, 512, 1024);
	put_slot(m.p + 512 * SECTOR, 0, 0x83, 8, 100); /* counts from there */
	read_table(&m);
	expect_row(&m, "part1", 64 * SECTOR, 64 * SECTOR);
	expect_row(&m, "part2", 256 * SECTOR, 128 * SECTOR);
	expect_row(&m, "part5", 520 * SECTOR, 100 * SECTOR);
	expect_gap(&m, 128 * SECTOR, 128 * SECTOR);
	expect_whole(&m);
	medium_done(&m);
}

/* Links in a circle, and one to nothing: the chain ends there, and says so. */
static void test_mbr_broken_chain(void **state)
{
	for (unsigned round = 0; round < 2; round++) {
		struct medium m = medium_new(MEDIUM);

		(void)state;
		put_slot(m.p, 0, 0x83, 64, 64);
		put_slot(m.p, 1, 0x05, 512, 1024);
		put_slot(m.p + 512 * SECTOR, 0, 0x83, 8, 100);
		/* counts from the first EBR: itself, or empty sectors */
		put_slot(m.p + 512 * SECTOR, 1, 0x05, round ? 700 : 0, 1024);
		read_table(&m);
		expect_row(&m, "part5", 520 * SECTOR, 100 * SECTOR);
		expect_note(&m, ROM_DAMAGE, "the chain of EBRs breaks here");
		medium_done(&m);
	}
}

/* Not every sector that ends in 55 AA is an MBR. */
static void test_mbr_refused(void **state)
{
	struct medium m = medium_new(MEDIUM);

	(void)state;
	put_slot(m.p, 0, 0x83, 64, 64);
	m.p[446] = 0x12; /* neither active nor not */
	read_with(&m, NULL);
	assert_int_equal(m.status, ROM_NO_MATCH);
	m.p[446] = 0;
	put_slot(m.p, 1, 0x83, 0, 64); /* begins in the MBR itself */
	read_with(&m, NULL);
	assert_int_equal(m.status, ROM_NO_MATCH);
	assert_int_equal(m.r->partitions.n, 0);
	medium_done(&m);
}

/* MediaTek's chain: names come from the order, from the end on. */
static void test_mbr_mediatek(void **state)
{
	enum { SIZE = 64 << 20, EBR = 0x400 };
	struct medium m = medium_new(SIZE);

	(void)state;
	put_slot(m.p, 0, 0x05, EBR, 0xffffffff);
	put_slot(m.p, 1, 0x83, 0x4000, 0x2000);
	put_slot(m.p + EBR * SECTOR, 0, 0x83, 0x6000 - EBR, 0x2000);
	/* to the end, wherever that is */
	put_slot(m.p + EBR * SECTOR, 1, 0x83, 0x8000 - EBR, 0xffff7fff);
	read_table(&m);
	expect_row(&m, "MBR", 0, 0x80000);
	expect_row(&m, "EBR1", EBR * SECTOR, 0x80000);
	expect_row(&m, "ANDROID", 0x4000 * SECTOR, 0x2000 * SECTOR);
	expect_row(&m, "CACHE", 0x6000 * SECTOR, 0x2000 * SECTOR);
	expect_row(&m, "USRDATA", 0x8000 * SECTOR,
		SIZE - 0x1500000 - 0x8000 * SECTOR);
	expect_note(&m, ROM_INFO, "extends past any medium");
	medium_done(&m);
}

/* ---- PMT ----------------------------------------------------------------- */

enum {
	PMT_MEDIUM = 48 << 20,
	PMT_AT = PMT_MEDIUM - 0x100000,
	POOL = 0x1500000
};

struct pmt_row {
	const char *name;
	uint64_t size, offset;
};

/* Linear addresses: the MBR, with which the user area begins, is at 6 MiB. */
#define USER ((uint64_t)0x600000)
static const struct pmt_row pmt_rows[] = {
	{ "PRELOADER", USER, 0 }, { "MBR", 0x80000, USER },
	{ "NVRAM", 0x300000, USER + 0x80000 },
	{ "ANDROID", 0x800000, USER + 0x400000 },
	{ "USRDATA", 0, USER + 0xc00000 }, /* to the end */
	{ "BMTPOOL", POOL, 0xffff00a8 },   /* counted from the end */
};

static void put_pmt(uint8_t *p, bool mirror, uint8_t sequence,
	const struct pmt_row *v, size_t n)
{
	memset(p, 0, 4096);
	memcpy(p, mirror ? "1TPM" : "1vTP", 4);
	memcpy(p + 4, "1.0", 4);
	for (size_t i = 0; i < n; i++) {
		uint8_t *e = p + 8 + 88 * i;

		memcpy(e, v[i].name, strlen(v[i].name));
		put(e + 64, 8, v[i].size);
		put(e + 72, 8, v[i].offset);
	}
	p[0xff8] = sequence;
	memcpy(p + 0xffc, p, 4);
}

static struct medium pmt_medium(const struct pmt_row *v, size_t n)
{
	struct medium m = medium_new(PMT_MEDIUM);

	put_pmt(m.p + PMT_AT, false, 1, v, n);
	put_pmt(m.p + PMT_AT + 4096, true, 1, v, n);
	return m;
}

static void expect_pmt(const struct medium *m)
{
	expect_row(m, "MBR", 0, 0x80000);
	expect_row(m, "NVRAM", 0x80000, 0x300000);
	expect_row(m, "ANDROID", 0x400000, 0x800000);
	expect_row(m, "USRDATA", 0xc00000, PMT_MEDIUM - POOL - 0xc00000);
	expect_row(m, "BMTPOOL", PMT_MEDIUM - POOL, POOL);
	expect_no_row(m, "PRELOADER"); /* in a boot area */
	expect_gap(m, 0x380000, 0x80000);
	expect_whole(m);
	assert_int_equal(m->r->table.linear_base, USER);
}

static void test_pmt_healthy(void **state)
{
	struct medium m = pmt_medium(pmt_rows, 6);

	(void)state;
	read_table(&m);
	expect_pmt(&m);
	assert_false(rom_report_damaged(m.r));
	medium_done(&m);
}

static void test_pmt_one_copy(void **state)
{
	for (unsigned gone = 0; gone < 2; gone++) {
		struct medium m = pmt_medium(pmt_rows, 6);

		(void)state;
		memset(m.p + PMT_AT + 4096 * gone, 0, 4096);
		read_table(&m);
		expect_pmt(&m);
		expect_note(&m, gone ? ROM_WARNING : ROM_DAMAGE,
			gone ? "the mirror of the PMT is damaged"
			     : "the main copy of the PMT is damaged");
		medium_done(&m);
	}
}

/* Written in part when the power went: a signature at its beginning alone. */
static void test_pmt_torn(void **state)
{
	struct medium m = pmt_medium(pmt_rows, 6);

	(void)state;
	memset(m.p + PMT_AT + 0xffc, 0, 4);
	memset(m.p + PMT_AT + 4096, 0, 4096);
	read_table(&m);
	expect_pmt(&m);
	expect_note(&m, ROM_DAMAGE, "signature at one end only");
	medium_done(&m);
}

/* Both are whole and say other things: the later one counts. */
static void test_pmt_sequence(void **state)
{
	struct pmt_row later[6];
	struct medium m = pmt_medium(pmt_rows, 6);

	(void)state;
	memcpy(later, pmt_rows, sizeof(later));
	later[2].size = 0x200000;
	put_pmt(m.p + PMT_AT + 4096, true, 2, later, 6);
	read_table(&m);
	expect_row(&m, "NVRAM", 0x80000, 0x200000);
	medium_done(&m);
}

static void test_pmt_bounds(void **state)
{
	static const struct pmt_row absurd[] = {
		{ "MBR", 0x80000, USER },
		{ "NVRAM", 0x300000, USER + 0x80000 },
		{ "ANDROID", 0x800000, USER + 0x400000 },
		{ "HUGE", UINT64_MAX, USER + 0xc00000 },
		{ "FAR", UINT64_MAX, USER + ((uint64_t)1 << 47) },
	};
	struct medium m = pmt_medium(absurd, 5);

	(void)state;
	read_table(&m);
	/* to the pool, which no entry names */
	expect_row(&m, "HUGE", 0xc00000, PMT_MEDIUM - POOL - 0xc00000);
	expect_no_row(&m, "FAR");
	expect_note(&m, ROM_DAMAGE, "which no phone has; left out");
	medium_done(&m);
}

/* ---- without a table on the medium --------------------------------------- */

#define SCATTER_ROW(name, offset, size)                                        \
	"- partition_index: SYS0\n  partition_name: " name                     \
	"\n  linear_start_addr: " offset "\n  physical_start_addr: " offset    \
	"\n  partition_size: " size "\n  region: EMMC_USER\n\n"

static void test_scatter(void **state)
{
	static const char text[] =
		"- general: MTK_PLATFORM_CFG\n  info:\n    - config_version: "
		"V1.1.2\n      platform: MT6797\n      project: x\n"
		"      storage: EMMC\n" SCATTER_ROW("lk", "0x8000", "0x8000")
			SCATTER_ROW("boot", "0x20000", "0x10000") SCATTER_ROW(
				"endless", "0x40000", "0xfffffffffffffff0");
	struct rom_scatter s;
	struct rom_err err;
	struct rom_table_options options = { .scatter = &s,
		.scatter_name = "x.txt" };
	struct medium m = medium_new(MEDIUM);

	(void)state;
	if (rom_scatter_parse(text, strlen(text), "x.txt", &s, &err))
		fail_msg("%s", err.text);
	read_with(&m, &options);
	assert_int_equal(m.status, ROM_OK);
	expect_row(&m, "lk", 0x8000, 0x8000);
	expect_row(&m, "boot", 0x20000, 0x10000);
	expect_gap(&m, 0x10000, 0x10000);
	expect_no_row(&m, "endless");
	expect_note(&m, ROM_DAMAGE, "which no phone has; left out");
	expect_note(&m, ROM_WARNING, "as x.txt states");
	expect_whole(&m);
	medium_done(&m);
	rom_scatter_done(&s);
}

static void put_mtk_image(uint8_t *p, const char *name, uint32_t size)
{
	put(p, 4, 0x58881688);
	put(p + 4, 4, size);
	memcpy(p + 8, name, strlen(name));
}

static void put_ext4(uint8_t *p, const char *mounted, uint32_t blocks)
{
	uint8_t *sb = p + 1024;

	put(sb + 0x00, 4, 16);
	put(sb + 0x04, 4, blocks); /* of 1 KiB */
	put(sb + 0x14, 4, 1);
	put(sb + 0x20, 4, 8192);
	put(sb + 0x28, 4, 16);
	put(sb + 0x38, 2, 0xef53);
	put(sb + 0x4c, 4, 1);
	put(sb + 0x58, 2, 128);
	memcpy(sb + 0x88, mounted, strlen(mounted));
}

/* By contents that tell their own name and size. */
static void test_scan(void **state)
{
	struct medium m = medium_new(8 << 20);

	(void)state;
	put_mtk_image(m.p + 0x80000, "lk", 0x10000);
	put_mtk_image(m.p + 0x100000, "lk", 0x10000);
	put_mtk_image(m.p + 0x180000, "tee", 0x8000);
	put_ext4(m.p + 0x200000, "/system", 1024);
	put_ext4(m.p + 0x400000, "/data", 2048);
	read_table(&m);
	expect_row(&m, "lk", 0x80000, 0x10200);
	expect_row(&m, "lk2", 0x100000, 0x10200);
	expect_row(&m, "tee1", 0x180000, 0x8200);
	expect_row(&m, "system", 0x200000, 1024 * KIB);
	expect_row(&m, "userdata", 0x400000, 2048 * KIB);
	expect_note(&m, ROM_DAMAGE, "no partition table is left");
	expect_whole(&m);
	medium_done(&m);
}

/* Too little to speak for a medium; and the report stays as it was. */
static void test_nothing(void **state)
{
	struct medium m = medium_new(8 << 20);

	(void)state;
	put_ext4(m.p + 0x200000, "/system", 1024);
	read_with(&m, NULL);
	assert_int_equal(m.status, ROM_NO_MATCH);
	assert_int_equal(m.r->partitions.n, 0);
	noise(m.p, m.size, 1);
	read_with(&m, NULL);
	assert_int_equal(m.status, ROM_NO_MATCH);
	memset(m.p, 0xff, m.size);
	read_with(&m, NULL);
	assert_int_equal(m.status, ROM_NO_MATCH);
	assert_int_equal(m.r->partitions.n, 0);
	medium_done(&m);
}

/* No length of a medium is too short to be asked. */
static void test_short(void **state)
{
	struct gpt g;
	struct medium whole = gpt_medium(&g);

	(void)state;
	for (size_t len = 1; len < 3 * SECTOR; len += 13) {
		/* of its own size: the sanitizer sees what lies behind */
		struct medium m = medium_new(len);

		memcpy(m.p, whole.p, len);
		read_with(&m, NULL);
		medium_done(&m);
	}
	medium_done(&whole);
}

static void test_bare(void **state)
{
	struct medium m = medium_new(MEDIUM);
	struct rom_image *img = rom_image_open_memory(m.p, m.size, "bare");

	(void)state;
	rom_table_bare(img, m.r);
	assert_int_equal(m.r->partitions.n, 1);
	expect_gap(&m, 0, MEDIUM);
	assert_true(m.r->complete);
	rom_image_close(img);
	medium_done(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_gpt_healthy),
		cmocka_unit_test(test_gpt_large_sectors),
		cmocka_unit_test(test_gpt_no_primary),
		cmocka_unit_test(test_gpt_no_backup),
		cmocka_unit_test(test_gpt_no_header),
		cmocka_unit_test(test_gpt_checksum),
		cmocka_unit_test(test_gpt_both_checksums),
		cmocka_unit_test(test_gpt_merged),
		cmocka_unit_test(test_gpt_bounds),
		cmocka_unit_test(test_gpt_absurd_entries),
		cmocka_unit_test(test_gpt_overlap),
		cmocka_unit_test(test_gpt_cut),
		cmocka_unit_test(test_boot_areas),
		cmocka_unit_test(test_boot_areas_by_backup),
		cmocka_unit_test(test_boot_areas_twice),
		cmocka_unit_test(test_mbr),
		cmocka_unit_test(test_mbr_broken_chain),
		cmocka_unit_test(test_mbr_refused),
		cmocka_unit_test(test_mbr_mediatek),
		cmocka_unit_test(test_pmt_healthy),
		cmocka_unit_test(test_pmt_one_copy),
		cmocka_unit_test(test_pmt_torn),
		cmocka_unit_test(test_pmt_sequence),
		cmocka_unit_test(test_pmt_bounds),
		cmocka_unit_test(test_scatter),
		cmocka_unit_test(test_scan),
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_short),
		cmocka_unit_test(test_bare),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
