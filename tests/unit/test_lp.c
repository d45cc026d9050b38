/* SPDX-License-Identifier: MIT */
/* test_lp.c - the metadata of super: AOSP
 * system/core/fs_mgr/liblp/include/liblp/metadata_format.h; the rows made of
 * it */
#include "unit.h"

#include "romsplit/disk.h"
#include "romsplit/table.h"

enum { MAX = 4096, HEADER = 128, PARTITION = 52, EXTENT = 24, DEVICE = 64 };

static void sha256(const uint8_t *p, size_t len, uint8_t *out)
{
	struct rom_digest *d = rom_digest_new(ROM_HASH_SHA256);

	rom_digest_update(d, p, len);
	rom_digest_final(d, out);
	rom_digest_free(d);
}

/* struct LpMetadataGeometry */
static void put_geometry(uint8_t *p, uint32_t slots)
{
	memset(p, 0, ROM_LP_GEOMETRY_LEN);
	put(p, 4, 0x616c4467);
	put(p + 4, 4, 52);
	put(p + 40, 4, MAX);
	put(p + 44, 4, slots);
	put(p + 48, 4, 4096);
	sha256(p, 52, p + 8);
}

static void seal(uint8_t *p, size_t tables)
{
	memset(p + 12, 0, 32);
	sha256(p + HEADER, tables, p + 48);
	sha256(p, HEADER, p + 12);
}

static void descriptor(uint8_t *p, uint32_t offset, uint32_t n, uint32_t len)
{
	put(p, 4, offset);
	put(p + 4, 4, n);
	put(p + 8, 4, len);
}

static void put_partition(
	uint8_t *p, const char *name, uint32_t first, uint32_t n)
{
	memset(p, 0, PARTITION);
	memcpy(p, name, strlen(name));
	put(p + 36, 4, 1); /* read-only */
	put(p + 40, 4, first);
	put(p + 44, 4, n);
}

static void put_extent(
	uint8_t *p, uint64_t sectors, uint32_t kind, uint64_t first)
{
	memset(p, 0, EXTENT);
	put(p, 8, sectors);
	put(p + 8, 4, kind);
	put(p + 12, 8, first);
}

/* system_a: 8 sectors from 16, then 4 of zeros; vendor_b: 2 sectors from that
 * of vendor; empty_b: none */
enum { TABLES = 3 * PARTITION + 3 * EXTENT + DEVICE };

static void put_metadata(uint8_t *p, uint64_t vendor)
{
	uint8_t *t = p + HEADER;

	memset(p, 0, HEADER + TABLES);
	put(p, 4, 0x414c5030);
	put(p + 4, 2, 10);
	put(p + 8, 4, HEADER);
	put(p + 44, 4, TABLES);
	descriptor(p + 80, 0, 3, PARTITION);
	descriptor(p + 92, 3 * PARTITION, 3, EXTENT);
	descriptor(p + 104, 0, 0, 48);
	descriptor(p + 116, 3 * PARTITION + 3 * EXTENT, 1, DEVICE);
	put_partition(t, "system_a", 0, 2);
	put_partition(t + PARTITION, "vendor_b", 2, 1);
	put_partition(t + 2 * PARTITION, "empty_b", 3, 0);
	t += 3 * PARTITION;
	put_extent(t, 8, 0, 16);
	put_extent(t + EXTENT, 4, 1, 0);
	put_extent(t + 2 * EXTENT, 2, 0, vendor);
	t += 3 * EXTENT;
	put(t + 16, 8, 1 << 20);
	memcpy(t + 24, "super", 5);
	seal(p, TABLES);
}

static void geometry(void **state)
{
	uint8_t raw[52];
	struct rom_buffer v = { .p = raw, .len = 52, .offset = 4096 };
	struct rom_lp_geometry g;
	struct rom_err err;

	(void)state;
	put_geometry(raw, 3);
	assert_int_equal(rom_lp_geometry_decode(&v, &g, &err), ROM_OK);
	assert_int_equal(g.metadata_max, MAX);
	assert_int_equal(g.slots, 3);
	assert_int_equal(g.block_size, 4096);
	put_geometry(raw, 9);
	assert_int_equal(rom_lp_geometry_decode(&v, &g, &err), ROM_E_CORRUPT);
	for (size_t i = 0; i < 52; i++) {
		put_geometry(raw, 2);
		raw[i] ^= 0x40;
		assert_int_equal(rom_lp_geometry_decode(&v, &g, &err),
			i < 4 ? ROM_NO_MATCH : ROM_E_CORRUPT);
	}
	put_geometry(raw, 2);
	v.len = 51;
	assert_int_equal(rom_lp_geometry_decode(&v, &g, &err), ROM_NO_MATCH);
}

static void metadata(void **state)
{
	uint8_t raw[MAX] = { 0 };
	struct rom_buffer v = { .p = raw, .len = MAX };
	struct rom_lp_metadata m;
	struct rom_err err;

	(void)state;
	put_metadata(raw, 64);
	assert_int_equal(rom_lp_metadata_decode(&v, &m, &err), ROM_OK);
	assert_int_equal(m.partitions.n, 3);
	assert_string_equal(m.partitions.v[0].name, "system_a");
	assert_true(m.partitions.v[0].good &&
		    m.partitions.v[0].first_extent == 0 &&
		    m.partitions.v[0].n_extents == 2 &&
		    m.partitions.v[0].attributes == 1);
	assert_true(m.partitions.v[2].good && m.partitions.v[2].n_extents == 0);
	assert_int_equal(m.extents.n, 3);
	assert_true(m.extents.v[0].offset == 16 * 512 &&
		    m.extents.v[0].len == 8 * 512 && !m.extents.v[0].zero &&
		    m.extents.v[0].good);
	assert_true(m.extents.v[1].zero && m.extents.v[1].len == 2048);
	assert_int_equal(m.devices.n, 1);
	assert_string_equal(m.devices.v[0].name, "super");
	assert_int_equal(m.devices.v[0].size, 1 << 20);
	rom_lp_metadata_done(&m);
	for (size_t i = 0; i < HEADER + TABLES; i++) {
		put_metadata(raw, 64);
		raw[i] ^= 1;
		assert_int_equal(rom_lp_metadata_decode(&v, &m, &err),
			i < 4 ? ROM_NO_MATCH : ROM_E_CORRUPT);
	}
	for (v.len = 0; v.len < HEADER + TABLES; v.len++) {
		put_metadata(raw, 64);
		assert_int_not_equal(
			rom_lp_metadata_decode(&v, &m, &err), ROM_OK);
	}
}

/* Numbers that lie under good checksums. */
static void lies(void **state)
{
	static const struct {
		size_t offset;
		uint64_t value;
	} refused[] = { { 84, 0xffffffff }, { 84, 7 }, { 80, 0xfffffff0 },
		{ 88, 51 }, { 88, 0xffffffff }, { 96, 100 }, { 120, 2 },
		{ 8, 127 }, { 8, 0xffffffff }, { 44, 0xffffffff } };
	uint8_t raw[MAX] = { 0 };
	struct rom_buffer v = { .p = raw, .len = MAX };
	struct rom_lp_metadata m;
	struct rom_err err;

	(void)state;
	for (size_t i = 0; i < sizeof(refused) / sizeof(*refused); i++) {
		put_metadata(raw, 64);
		put(raw + refused[i].offset, 4, refused[i].value);
		seal(raw, TABLES);
		assert_int_equal(
			rom_lp_metadata_decode(&v, &m, &err), ROM_E_CORRUPT);
	}
	put_metadata(raw, 64);
	put_partition(raw + HEADER, "system_a", 2, 2); /* one extent too many */
	put_extent(raw + HEADER + 3 * PARTITION, UINT64_MAX, 0, 0);
	put_extent(raw + HEADER + 3 * PARTITION + EXTENT, 1, 2, 0);
	seal(raw, TABLES);
	assert_int_equal(rom_lp_metadata_decode(&v, &m, &err), ROM_OK);
	assert_false(m.partitions.v[0].good || m.extents.v[0].good ||
		     m.extents.v[1].good);
	assert_true(m.partitions.v[1].good && m.extents.v[2].good);
	rom_lp_metadata_done(&m);
}

/* ---- rows ---------------------------------------------------------------- */

enum { SUPER = 12288 + 4 * MAX };

static struct rom_report *read_rows(const uint8_t *raw)
{
	ROM_AUTO_IMAGE struct rom_image *img =
		rom_image_open_memory(raw, SUPER, "dump");
	struct rom_report *r = rom_report_new();
	struct rom_partition *p = rom_vec_add(&r->partitions);

	r->table = (struct rom_table){ .kind = ROM_TABLE_GPT,
		.source = ROM_SOURCE_PRIMARY,
		.region = ROM_REGION_EMMC_USER };
	p->name = rom_strdup("super");
	p->region = ROM_REGION_EMMC_USER;
	p->range = (struct rom_range){ 0, 1 << 20 };
	rom_table_logical(img, r, 0);
	return r;
}

static void put_super(uint8_t *raw, uint64_t vendor0, uint64_t vendor1)
{
	put_geometry(raw + 4096, 2);
	put_geometry(raw + 8192, 2);
	for (size_t i = 0; i < 4; i++)
		put_metadata(raw + 12288 + i * MAX, i % 2 ? vendor1 : vendor0);
}

static bool has_note(const struct rom_report *r, const char *words)
{
	const struct rom_note *note;

	rom_each (note, &r->notes) {
		if (strstr(note->text, words))
			return true;
	}
	return false;
}

static void rows(void **state)
{
	ROM_AUTO uint8_t *raw = rom_alloc(SUPER);
	struct rom_report *r;

	(void)state;
	put_super(raw, 50, 50);
	r = read_rows(raw);
	assert_int_equal(r->partitions.n, 3);
	assert_int_equal(r->notes.n, 0);
	assert_string_equal(r->partitions.v[1].name, "super/system_a");
	assert_int_equal(r->partitions.v[1].range.len, 12 * 512);
	assert_true(r->partitions.v[1].extents.v[1].offset == ROM_NO_OFFSET);
	assert_string_equal(r->partitions.v[2].name, "super/vendor_b");
	assert_int_equal(r->partitions.v[2].range.offset, 50 * 512);
	rom_report_free(r);
}

/* A phone that starts with suffix _b reads slot 1: where the slots disagree, it
 * knows the partitions of _b. */
static void slots_that_disagree(void **state)
{
	ROM_AUTO uint8_t *raw = rom_alloc(SUPER);
	struct rom_report *r;

	(void)state;
	put_super(raw, 50, 54);
	r = read_rows(raw);
	assert_int_equal(r->partitions.n, 3);
	assert_int_equal(r->partitions.v[2].range.offset, 54 * 512);
	assert_true(has_note(r, "slot 1"));
	rom_report_free(r);
}

/* The length of a partition would wrap to less than its extents have. */
static void lengths_that_wrap(void **state)
{
	ROM_AUTO uint8_t *raw = rom_alloc(SUPER);
	struct rom_report *r;

	(void)state;
	put_super(raw, 50, 50);
	for (size_t i = 0; i < 4; i++) {
		uint8_t *p = raw + 12288 + i * MAX;

		put_extent(p + HEADER + 3 * PARTITION + EXTENT,
			UINT64_MAX / 512, 1, 0);
		seal(p, TABLES);
	}
	r = read_rows(raw);
	assert_int_equal(r->partitions.n, 2);
	assert_string_equal(r->partitions.v[1].name, "super/vendor_b");
	assert_true(has_note(r, "left out"));
	rom_report_free(r);
}

/* Three partitions with the same extents: they belong to the first. */
static void shared_extents(void **state)
{
	ROM_AUTO uint8_t *raw = rom_alloc(SUPER);
	struct rom_report *r;

	(void)state;
	put_super(raw, 50, 50);
	for (size_t i = 0; i < 4; i++) {
		uint8_t *p = raw + 12288 + i * MAX;

		put_partition(p + HEADER, "system_a", 0, 3);
		put_partition(p + HEADER + PARTITION, "vendor_b", 0, 3);
		seal(p, TABLES);
	}
	r = read_rows(raw);
	assert_int_equal(r->partitions.n, 2);
	assert_string_equal(r->partitions.v[1].name, "super/system_a");
	assert_true(has_note(r, "belong to other partitions"));
	rom_report_free(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(geometry),
		cmocka_unit_test(metadata),
		cmocka_unit_test(lies),
		cmocka_unit_test(rows),
		cmocka_unit_test(slots_that_disagree),
		cmocka_unit_test(lengths_that_wrap),
		cmocka_unit_test(shared_extents),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
