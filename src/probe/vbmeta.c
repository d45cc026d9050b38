/* SPDX-License-Identifier: MIT */
/*
 * vbmeta.c - recognise Android Verified Boot metadata
 *
 * Header, 256 bytes, big-endian (AOSP external/avb/libavb/avb_vbmeta_image.h)
 *   0x00 4 "AVB0"  0x04 4 major  0x08 4 minor  0x0c 8 authentication bytes
 *   0x14 8 auxiliary bytes
 *   0x1c 4 algorithm  0x70 8 rollback index  0x78 4 flags  0x80 48 release
 */
#include <inttypes.h>

#include "probe_priv.h"

enum { HEADER_LEN = 256, MAX_BLOCK = 1 << 20, MAX_ALGORITHM = 8 };

static enum rom_status probe_vbmeta(
	struct rom_image *img, struct rom_claim *ret, struct rom_err *err)
{
	uint8_t buf[HEADER_LEN];
	struct rom_buffer v = { .p = buf, .len = sizeof(buf) };
	enum rom_status st = rom_read(img, buf, sizeof(buf), 0, err);
	uint64_t auth = rom_be64(&v, 0x0c), aux = rom_be64(&v, 0x14);
	uint32_t algorithm = rom_be32(&v, 0x1c);

	if (st)
		return st;
	if (rom_be32(&v, 4) != 1 || auth > MAX_BLOCK || aux > MAX_BLOCK ||
		auth % 64 || aux % 64 || algorithm > MAX_ALGORITHM)
		return rom_fail(err, ROM_E_CORRUPT, 4,
			"vbmeta: expected version 1 and blocks up to 1 MiB, "
			"got %" PRIu32 ", %" PRIu64 ", %" PRIu64,
			rom_be32(&v, 4), auth, aux);
	ret->bits = 32 + 64;
	ret->used = HEADER_LEN + auth + aux;
	rom_facts_number(&ret->detail, "algorithm", algorithm);
	rom_facts_number(&ret->detail, "rollback_index", rom_be64(&v, 0x70));
	rom_facts_number(&ret->detail, "flags", rom_be32(&v, 0x78));
	rom_facts_buffer(&ret->detail, "release", &v, 0x80, 48);
	return ROM_OK;
}

const struct rom_prober rom_prober_vbmeta = {
	.name = "vbmeta",
	.usage = ROM_USAGE_IMAGE,
	.traits = ROM_TRAIT_FLASHED,
	.min_size = HEADER_LEN,
	.magic = { { "AVB0", 4, 0, false } },
	.probe = probe_vbmeta,
};
