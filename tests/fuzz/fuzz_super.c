/* SPDX-License-Identifier: MIT */
/* fuzz_super.c - the logical partitions of super, as the metadata lies there
 * and again with its checksums made good */
#include "fuzz.h"

#include "romsplit/disk.h"
#include "romsplit/table.h"

enum { READ_LEN = 5000, MAX_EXTENTS = 400000, GEOMETRY_LEN = 52 };

/* in the image, so that addresses in super and in the image differ */
#define SUPER_AT  ((uint64_t)4096)
#define SUPER_LEN ((uint64_t)64 << 20)

static void add_row(
	struct rom_report *r, const char *name, uint64_t offset, uint64_t len)
{
	struct rom_partition *p = rom_vec_add(&r->partitions);

	p->name = rom_strdup(name);
	p->range = (struct rom_range){ offset, len };
	p->region = ROM_REGION_EMMC_USER;
	p->source = ROM_SOURCE_PRIMARY;
}

/* What is read through the pieces is what lies at their extents. */
static void compare_piece(struct rom_image *img, struct rom_image *all,
	uint64_t offset, const struct rom_range *extent)
{
	uint8_t a[READ_LEN], b[READ_LEN];
	size_t len = (size_t)rom_min(extent->len, READ_LEN);
	struct rom_err err;
	enum rom_status st = rom_read(all, a, len, offset, &err);

	if (extent->offset == ROM_NO_OFFSET) {
		memset(b, 0, len);
	} else if (extent->offset > img->size ||
		   len > img->size - extent->offset) {
		fuzz_assert(st == ROM_E_ABSENT);
		return;
	} else {
		fuzz_assert(!rom_read(img, b, len, extent->offset, &err));
	}
	fuzz_assert(!st && !memcmp(a, b, len));
}

static void check_row(struct rom_image *img, const struct rom_partition *p)
{
	ROM_AUTO_IMAGE struct rom_image *all = rom_image_open_extents(
		img, p->extents.v, p->extents.n, "pieces");
	const struct rom_range *e;
	uint64_t sum = 0;

	fuzz_assert(!strncmp(p->name, "super/", 6) && p->name[6] &&
		    !strchr(p->name + 6, '/'));
	fuzz_assert(p->extents.n && p->range.len && p->region && p->source);
	fuzz_assert(p->present <= p->range.len && p->unread <= p->range.len);
	rom_each (e, &p->extents) {
		fuzz_assert(e->len && rom_add(sum, e->len, &(uint64_t){ 0 }));
		fuzz_assert(e->offset == ROM_NO_OFFSET ||
			    e->offset <= UINT64_MAX - e->len);
		if (e - p->extents.v < 20)
			compare_piece(img, all, sum, e);
		sum += e->len;
	}
	fuzz_assert(sum == p->range.len && sum == all->size);
}

static void read_super(const uint8_t *data, size_t size)
{
	size_t len = (size_t)SUPER_AT + size, extents = 0;
	ROM_AUTO uint8_t *bytes = rom_alloc(len);
	ROM_AUTO_IMAGE struct rom_image *img =
		rom_image_open_memory(bytes, len, "input");
	struct rom_report *r = rom_report_new();
	const struct rom_partition *p;

	memcpy(bytes + SUPER_AT, data, size);
	r->table = (struct rom_table){ .kind = ROM_TABLE_GPT,
		.source = ROM_SOURCE_PRIMARY,
		.sector_size = 512,
		.region = ROM_REGION_EMMC_USER };
	add_row(r, "boot", 0, SUPER_AT);
	add_row(r, "super", SUPER_AT, SUPER_LEN);
	add_row(r, "vendor_a", SUPER_AT + SUPER_LEN, SUPER_LEN);
	rom_table_logical(img, r, 1);
	fuzz_assert(r->partitions.n >= 3 &&
		    !strcmp(r->partitions.v[1].name, "super"));
	fuzz_assert(
		!strcmp(r->partitions.v[r->partitions.n - 1].name, "vendor_a"));
	rom_each (p, &r->partitions) {
		if (p->parent)
			check_row(img, p);
		extents += p->extents.n;
	}
	fuzz_assert(extents < MAX_EXTENTS);
	rom_report_free(r);
}

/* ---- checksums made good ------------------------------------------------- */

static void sha256(const uint8_t *bytes, size_t len, uint8_t *out)
{
	struct rom_digest *d = rom_digest_new(ROM_HASH_SHA256);

	rom_digest_update(d, bytes, len);
	rom_digest_final(d, out);
	rom_digest_free(d);
}

static void mend_geometry(uint8_t *p)
{
	memcpy(p, "gDla\x34\0\0\0", 8);
	memset(p + 8, 0, 32);
	sha256(p, GEOMETRY_LEN, p + 8);
}

/* The header may lie about its length and that of the tables, as long as they
 * are here. */
static void mend_metadata(uint8_t *p, size_t room)
{
	struct rom_buffer v = { .p = p, .len = room };
	uint64_t header = rom_le32(&v, 8), tables = rom_le32(&v, 0x2c);

	if (v.overrun || header < 128 || header + tables > room)
		return;
	sha256(p + header, (size_t)tables, p + 0x30);
	memset(p + 0x0c, 0, 32);
	sha256(p, (size_t)header, p + 0x0c);
}

static void mend(uint8_t *data, size_t size)
{
	static const size_t places[] = { 0, 4096, 8192 };

	for (size_t i = 0; i < 3; i++) {
		if (size >= places[i] + GEOMETRY_LEN &&
			!memcmp(data + places[i], "gDl", 3))
			mend_geometry(data + places[i]);
	}
	for (size_t offset = 4096; offset + 128 <= size; offset += 512) {
		if (!memcmp(data + offset, "0PLA", 4))
			mend_metadata(data + offset, size - offset);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	ROM_AUTO uint8_t *copy = rom_alloc(size + 1);

	read_super(data, size);
	memcpy(copy, data, size);
	mend(copy, size);
	if (memcmp(copy, data, size))
		read_super(copy, size);
	return 0;
}

/* ---- seeds --------------------------------------------------------------- */

enum {
	METADATA_MAX = 4096,
	SEED_LEN = 12288 + 4 * METADATA_MAX,
	PARTITION = 52,
	EXTENT = 24,
	DEVICE = 64
};

static void put(uint8_t *p, unsigned bytes, uint64_t value)
{
	for (unsigned i = 0; i < bytes; i++)
		p[i] = (uint8_t)(value >> 8 * i);
}

static void put_geometry(uint8_t *p, uint32_t max, uint32_t slots)
{
	put(p + 0x28, 4, max);
	put(p + 0x2c, 4, slots);
	put(p + 0x30, 4, 4096);
	mend_geometry(p);
}

/* partitions of `each` extents one after the other, every third of zeros; or
 * all with the same extents */
static void put_metadata(
	uint8_t *p, uint32_t partitions, uint32_t each, bool shared)
{
	uint32_t extents = shared ? each : partitions * each, devices = 2;
	uint8_t *tables = p + 128, *t = tables;

	memcpy(p, "0PLA\x0a\0\0\0", 8);
	put(p + 8, 4, 128);
	for (uint32_t i = 0; i < partitions; i++, t += PARTITION) {
		snprintf((char *)t, 36, "part%u_a", i);
		put(t + 0x28, 4, shared ? 0 : i * each);
		put(t + 0x2c, 4, each);
	}
	for (uint32_t i = 0; i < extents; i++, t += EXTENT) {
		put(t, 8, 1 + i % 7);
		put(t + 8, 4, i % 3 == 2);
		put(t + 0x0c, 8, i * 8);
		put(t + 0x14, 4, i % 5 == 4);
	}
	for (uint32_t i = 0; i < devices; i++, t += DEVICE) {
		put(t, 8, 2048);
		put(t + 0x10, 8, SUPER_LEN);
		strcpy((char *)t + 0x18, i ? "vendor" : "super");
	}
	put(p + 0x2c, 4, (uint64_t)(t - tables));
	put(p + 0x54, 4, partitions);
	put(p + 0x58, 4, PARTITION);
	put(p + 0x5c, 4, partitions * PARTITION);
	put(p + 0x60, 4, extents);
	put(p + 0x64, 4, EXTENT);
	put(p + 0x74, 4, partitions * PARTITION + extents * EXTENT);
	put(p + 0x78, 4, devices);
	put(p + 0x7c, 4, DEVICE);
	/* the third descriptor, of groups, stays empty */
	mend_metadata(p, (size_t)(t - p));
}

uint8_t *fuzz_seed(unsigned i, size_t *len)
{
	uint8_t *seed;

	if (i > 5)
		return NULL;
	*len = SEED_LEN;
	seed = rom_alloc(SEED_LEN);
	if (i == 1) { /* super_empty: one metadata behind the geometry */
		put_geometry(seed, METADATA_MAX, 2);
		put_metadata(seed + 4096, 4, 2, false);
		*len = 8192;
		return seed;
	}
	if (i != 2)
		put_geometry(seed + 4096, METADATA_MAX, 2);
	put_geometry(seed + 8192, METADATA_MAX, 2);
	for (size_t slot = 0; slot < 4; slot++) {
		if (i != 3 || slot) /* the first slot has its backup only */
			put_metadata(seed + 12288 + slot * METADATA_MAX,
				i == 4 ? 20 : 5, i == 4 ? 90 : 4, i == 4);
	}
	if (i == 5) { /* extents that reach as far as a number can */
		uint8_t *p = seed + 12288, *e = p + 128 + 5 * PARTITION;

		put(e + 2 * EXTENT, 8, UINT64_MAX / 512);
		mend_metadata(p, METADATA_MAX);
	}
	return seed;
}
