/* SPDX-License-Identifier: MIT */
/* android_sparse.c - recognise an Android sparse image inside a partition;
 * layout in image/sparse.c */
#include "probe_priv.h"

static enum rom_status probe_sparse(
	struct rom_image *img, struct rom_claim *ret, struct rom_err *err)
{
	uint8_t buf[28];
	struct rom_buffer v = { .p = buf, .len = sizeof(buf) };
	enum rom_status st = rom_read(img, buf, sizeof(buf), 0, err);
	uint32_t block = rom_le32(&v, 12), blocks = rom_le32(&v, 16);

	if (st)
		return st;
	if (rom_le16(&v, 4) != 1 || rom_le16(&v, 8) < 28 ||
		rom_le16(&v, 10) < 12 || !block || block % 4)
		return ROM_NO_MATCH;
	ret->bits = 32 + 16 + 16;
	rom_facts_number(&ret->detail, "block_size", block);
	rom_facts_number(
		&ret->detail, "expanded_size", (uint64_t)block * blocks);
	rom_facts_number(&ret->detail, "chunks", rom_le32(&v, 20));
	return ROM_OK;
}

const struct rom_prober rom_prober_android_sparse = {
	.name = "android-sparse",
	.usage = ROM_USAGE_CONTAINER,
	.traits = ROM_TRAIT_USERDATA | ROM_TRAIT_SPARSE,
	.min_size = 28,
	.magic = { { "\x3a\xff\x26\xed", 4, 0, false } },
	.probe = probe_sparse,
};
