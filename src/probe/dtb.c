/* SPDX-License-Identifier: MIT */
/*
 * dtb.c - recognise a flattened device tree
 *
 * Header, 40 bytes, big-endian (Devicetree Specification 0.4, 5.2)
 *   0x00 4 D00DFEED  0x04 4 total bytes  0x08 4 structure at  0x0c 4 strings at
 *   0x14 4 version
 */
#include "probe_priv.h"

enum { HEADER_LEN = 40, MAX_DTB = 64 << 20 };

static enum rom_status probe_dtb(
	struct rom_image *img, struct rom_claim *ret, struct rom_err *err)
{
	uint8_t buf[HEADER_LEN];
	struct rom_buffer v = { .p = buf, .len = sizeof(buf) };
	enum rom_status st = rom_read(img, buf, sizeof(buf), 0, err);
	uint32_t total = rom_be32(&v, 4), version = rom_be32(&v, 0x14);

	if (st)
		return st;
	if (total < HEADER_LEN || total > MAX_DTB || rom_be32(&v, 8) >= total ||
		rom_be32(&v, 12) >= total || version < 16 || version > 32)
		return ROM_NO_MATCH;
	ret->bits = 32 + 32;
	ret->used = total;
	rom_facts_number(&ret->detail, "size", total);
	rom_facts_number(&ret->detail, "version", version);
	return ROM_OK;
}

const struct rom_prober rom_prober_dtb = {
	.name = "dtb",
	.usage = ROM_USAGE_IMAGE,
	.traits = ROM_TRAIT_FLASHED,
	.min_size = HEADER_LEN,
	.magic = { { "\xd0\x0d\xfe\xed", 4, 0, false } },
	.probe = probe_dtb,
};
