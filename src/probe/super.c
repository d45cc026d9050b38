/* SPDX-License-Identifier: MIT */
/*
 * super.c - recognise a partition of logical partitions
 *
 * Geometry at byte 4096, copy at 8192, or at 0 in a super_empty image; little-endian
 * (AOSP system/core/fs_mgr/liblp/include/liblp/metadata_format.h)
 *   0x00 4 "gDla"  0x04 4 its bytes (52)  0x08 32 SHA-256 of itself, this field zero
 *   0x28 4 largest metadata  0x2c 4 slots  0x30 4 logical block
 */
#include <inttypes.h>

#include "probe_priv.h"

enum { GEOMETRY_LEN = 52 };

static bool sum_good(const uint8_t *geometry)
{
	uint8_t copy[GEOMETRY_LEN], sum[ROM_SHA256_LEN];
	struct rom_digest *d = rom_digest_new(ROM_HASH_SHA256);

	memcpy(copy, geometry, sizeof(copy));
	memset(copy + 8, 0, ROM_SHA256_LEN);
	rom_digest_update(d, copy, sizeof(copy));
	rom_digest_final(d, sum);
	rom_digest_free(d);
	return !memcmp(sum, geometry + 8, sizeof(sum));
}

static enum rom_status probe_super(
	struct rom_image *img, struct rom_claim *ret, struct rom_err *err)
{
	static const uint64_t places[] = { 4096, 8192, 0 };
	uint8_t buf[GEOMETRY_LEN];
	struct rom_view v = { .p = buf, .len = sizeof(buf) };

	for (size_t i = 0; i < 3; i++) {
		if (rom_read(img, buf, sizeof(buf), places[i], err) || memcmp(buf, "gDla", 4))
			continue;
		if (rom_le32(&v, 4) != GEOMETRY_LEN || !sum_good(buf)) {
			rom_fail(err, ROM_E_CORRUPT, places[i] + 8,
				"super geometry: its checksum does not agree");
			continue;
		}
		ret->bits = 32 + 256;
		rom_facts_number(&ret->detail, "slots", rom_le32(&v, 0x2c));
		rom_facts_number(&ret->detail, "metadata_max", rom_le32(&v, 0x28));
		rom_facts_number(&ret->detail, "block_size", rom_le32(&v, 0x30));
		return ROM_OK;
	}
	return ROM_E_CORRUPT;
}

const struct rom_prober rom_prober_super = {
	.name = "super",
	.min_size = 4096,
	.magic = { { "gDla", 4, 4096, false }, { "gDla", 4, 8192, false },
		{ "gDla", 4, 0, false } },
	.probe = probe_super,
};
