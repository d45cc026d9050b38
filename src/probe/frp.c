/* SPDX-License-Identifier: MIT */
/*
 * frp.c - recognise the factory reset protection block (AOSP
 * PersistentDataBlockService)
 *
 *   0x00 32 SHA-256  0x20 4 19901873 big-endian  0x24 4 bytes
 *   last byte: 1 = OEM unlock allowed
 */
#include "probe_priv.h"

static enum rom_status probe_frp(
	struct rom_image *img, struct rom_claim *ret, struct rom_err *err)
{
	uint8_t buf[40], last = 0;
	struct rom_buffer v = { .p = buf, .len = sizeof(buf) };
	enum rom_status st = rom_read(img, buf, sizeof(buf), 0, err);

	if (st)
		return st;
	if (rom_be32(&v, 0x24) > img->size)
		return ROM_NO_MATCH;
	ret->bits = 32 + 8;
	rom_facts_number(&ret->detail, "length", rom_be32(&v, 0x24));
	if (!rom_read(img, &last, 1, img->size - 1, err))
		rom_facts_number(&ret->detail, "oem_unlock_allowed", last == 1);
	return ROM_OK;
}

const struct rom_prober rom_prober_frp = {
	.name = "frp",
	.usage = ROM_USAGE_CONFIG,
	.min_size = 64,
	.magic = { { "\x19\x90\x18\x73", 4, 0x20, false } },
	.probe = probe_frp,
};
