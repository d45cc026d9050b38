/* SPDX-License-Identifier: MIT */
/*
 * lp_metadata.c - the table of logical partitions in super
 *
 * Little-endian (AOSP system/core/fs_mgr/liblp/include/liblp/metadata_format.h)
 *   geometry   0x00 4 "gDla"  0x04 4 its bytes (52)
 *              0x08 32 SHA-256 of itself, this field zero
 *              0x28 4 largest metadata  0x2c 4 slots  0x30 4 logical block
 *   header     0x00 4 "0PLA"  0x04 2 major  0x06 2 minor  0x08 4 its bytes
 *              0x0c 32 SHA-256 of itself, this field zero
 *              0x2c 4 bytes of the tables, which follow it
 *              0x30 32 SHA-256 of the tables
 *              0x50 4 x 12 descriptors: 4 offset, 4 entries, 4 bytes of an
 *              entry; partitions, extents, groups, block devices
 *   partition  0x00 36 name  0x24 4 attributes  0x28 4 first extent
 *              0x2c 4 extents  0x30 4 group
 *   extent     0x00 8 sectors of 512  0x08 4 kind: 0 on a device, 1 zeros
 *              0x0c 8 first sector  0x14 4 device
 *   device     0x00 8 first sector for data  0x10 8 size
 *              0x18 36 partition name
 */
#include <inttypes.h>

#include "romsplit/disk.h"

enum {
	HEADER_MIN = 128,
	HEADER_MAX = 4096,
	SECTOR = 512,
	PARTITION_LEN = 52,
	EXTENT_LEN = 24,
	DEVICE_LEN = 64,
	KIND_ZERO = 1
};

static bool is_digest_valid(
	const uint8_t *bytes, size_t len, size_t field, const uint8_t *expected)
{
	static const uint8_t zeros[ROM_SHA256_LEN];
	uint8_t out[ROM_SHA256_LEN];
	struct rom_digest *d = rom_digest_new(ROM_HASH_SHA256);

	if (field == SIZE_MAX) {
		rom_digest_update(d, bytes, len);
	} else {
		/* a digest inside the structure is made with its field zero */
		rom_digest_update(d, bytes, field);
		rom_digest_update(d, zeros, sizeof(zeros));
		rom_digest_update(d, bytes + field + sizeof(zeros),
			len - field - sizeof(zeros));
	}
	rom_digest_final(d, out);
	rom_digest_free(d);
	return !memcmp(out, expected, sizeof(out));
}

enum rom_status rom_lp_geometry_decode(
	struct rom_buffer *v, struct rom_lp_geometry *ret, struct rom_err *err)
{
	if (v->len < ROM_LP_GEOMETRY_LEN || memcmp(v->p, "gDla", 4))
		return ROM_NO_MATCH;
	if (rom_le32(v, 4) != ROM_LP_GEOMETRY_LEN ||
		!is_digest_valid(v->p, ROM_LP_GEOMETRY_LEN, 8, v->p + 8))
		return rom_fail(err, ROM_E_CORRUPT, v->offset + 8,
			"super geometry: checksum mismatch");
	*ret = (struct rom_lp_geometry){
		.metadata_max = rom_le32(v, 0x28),
		.slots = rom_le32(v, 0x2c),
		.block_size = rom_le32(v, 0x30),
	};
	if (ret->metadata_max < HEADER_MIN ||
		ret->metadata_max > ROM_LP_METADATA_MAX || ret->slots == 0 ||
		ret->slots > ROM_LP_MAX_SLOTS)
		return rom_fail(err, ROM_E_CORRUPT, v->offset + 0x28,
			"super geometry: expected up to %d slots of up to %d "
			"bytes, got %" PRIu32 " of %" PRIu32,
			ROM_LP_MAX_SLOTS, ROM_LP_METADATA_MAX, ret->slots,
			ret->metadata_max);
	return ROM_OK;
}

/* One of the tables: count entries of len bytes each. */
struct table {
	struct rom_buffer v;
	size_t count, len;
};

static bool find_table(struct rom_buffer *header, struct rom_buffer *tables,
	size_t number, size_t least, struct table *ret)
{
	size_t offset = 0x50 + 12 * number;
	uint64_t off = rom_le32(header, offset),
		 count = rom_le32(header, offset + 4);
	uint64_t len = rom_le32(header, offset + 8);
	struct rom_range range;

	if (count == 0) {
		*ret = (struct table){ 0 };
		return true;
	}
	/* both factors are 32 bits, so that their product cannot wrap */
	if (len < least || len > HEADER_MAX ||
		!rom_subrange((struct rom_range){ 0, tables->len }, off,
			count * len, &range))
		return false;
	*ret = (struct table){ rom_buffer_part(tables, (size_t)off,
				       (size_t)(count * len)),
		(size_t)count, (size_t)len };
	return true;
}

static void decode_devices(const struct table *t, struct rom_lp_metadata *ret)
{
	for (size_t i = 0; i < t->count; i++) {
		struct rom_buffer v =
			rom_buffer_part(&t->v, i * t->len, t->len);
		struct rom_lp_device *d = rom_vec_add(&ret->devices);

		d->size = rom_le64(&v, 0x10);
		rom_buffer_copy(&v, 0x18, 36, d->name);
	}
}

static void decode_extents(const struct table *t, struct rom_lp_metadata *ret)
{
	for (size_t i = 0; i < t->count; i++) {
		struct rom_buffer v =
			rom_buffer_part(&t->v, i * t->len, t->len);
		struct rom_lp_extent *e = rom_vec_add(&ret->extents);
		uint32_t kind = rom_le32(&v, 8);

		e->zero = kind == KIND_ZERO;
		e->device = rom_le32(&v, 0x14);
		e->good = kind <= KIND_ZERO &&
			  rom_mul(rom_le64(&v, 0), SECTOR, &e->len) &&
			  rom_mul(rom_le64(&v, 0x0c), SECTOR, &e->offset);
	}
}

static void decode_partitions(
	const struct table *t, struct rom_lp_metadata *ret)
{
	for (size_t i = 0; i < t->count; i++) {
		struct rom_buffer v =
			rom_buffer_part(&t->v, i * t->len, t->len);
		struct rom_lp_partition *p = rom_vec_add(&ret->partitions);
		uint64_t first = rom_le32(&v, 0x28), count = rom_le32(&v, 0x2c);

		rom_buffer_copy(&v, 0, 36, p->name);
		p->attributes = rom_le32(&v, 0x24);
		p->good = first + count <= ret->extents.n;
		p->first_extent = (size_t)first;
		p->n_extents = p->good ? (size_t)count : 0;
	}
}

enum rom_status rom_lp_metadata_decode(
	struct rom_buffer *v, struct rom_lp_metadata *ret, struct rom_err *err)
{
	uint32_t header = rom_le32(v, 8), size = rom_le32(v, 0x2c);
	struct rom_buffer tables;
	struct table partitions, extents, devices;

	if (v->len < HEADER_MIN || memcmp(v->p, "0PLA", 4))
		return ROM_NO_MATCH;
	if (header < HEADER_MIN || header > HEADER_MAX || header > v->len ||
		size > v->len - header)
		return rom_fail(err, ROM_E_CORRUPT, v->offset + 8,
			"super metadata: expected a header of at least %d "
			"bytes and tables that fit, got %" PRIu32
			" and %" PRIu32,
			HEADER_MIN, header, size);
	tables = rom_buffer_part(v, header, size);
	if (!is_digest_valid(v->p, header, 0x0c, v->p + 0x0c) ||
		!is_digest_valid(tables.p, tables.len, SIZE_MAX, v->p + 0x30))
		return rom_fail(err, ROM_E_CORRUPT, v->offset + 0x0c,
			"super metadata: checksum mismatch");
	if (!find_table(v, &tables, 0, PARTITION_LEN, &partitions) ||
		!find_table(v, &tables, 1, EXTENT_LEN, &extents) ||
		!find_table(v, &tables, 3, DEVICE_LEN, &devices))
		return rom_fail(err, ROM_E_CORRUPT, v->offset + 0x50,
			"super metadata: a table extends past the end");
	*ret = (struct rom_lp_metadata){ 0 };
	decode_devices(&devices, ret);
	decode_extents(&extents, ret);
	decode_partitions(&partitions, ret);
	return ROM_OK;
}

void rom_lp_metadata_done(struct rom_lp_metadata *m)
{
	rom_vec_done(&m->partitions);
	rom_vec_done(&m->extents);
	rom_vec_done(&m->devices);
}
