/* SPDX-License-Identifier: MIT */
/*
 * seccfg.c - recognise MediaTek's security configuration (is the bootloader
 * locked?)
 *
 * v1 to v3: 0x00 16 "AND_SECCFG_v"   0x10 4 "MMMM"  0x14 4 version
 * v4:       0x00 4 "MMMM"  0x04 4 version 4  0x08 4 bytes (0x3c)  0x0c 4 lock
 * state  0x10 4 critical lock 0x18 4 "EEEE"
 */
#include "probe_priv.h"

enum { HEAD_LEN = 64 };

static enum rom_status probe_seccfg(
	struct rom_image *img, struct rom_claim *ret, struct rom_err *err)
{
	static const char *const lock[] = { "unknown", "default", "mp-default",
		"unlocked", "locked", "verified", "custom" };
	uint8_t buf[HEAD_LEN];
	struct rom_buffer v = { .p = buf, .len = sizeof(buf) };
	enum rom_status st = rom_read(img, buf, sizeof(buf), 0, err);
	uint32_t state = rom_le32(&v, 0x0c);

	if (st)
		return st;
	if (rom_buffer_has(&v, 0, "AND_SECCFG_v", 12)) {
		ret->bits = 96;
		if (rom_buffer_has(&v, 0x10, "MMMM", 4))
			rom_facts_number(
				&ret->detail, "version", rom_le32(&v, 0x14));
		return ROM_OK;
	}
	if (rom_le32(&v, 4) != 4 || rom_le32(&v, 8) != 0x3c ||
		!rom_buffer_has(&v, 0x18, "EEEE", 4))
		return ROM_NO_MATCH;
	ret->bits = 128;
	rom_facts_number(&ret->detail, "version", 4);
	rom_facts_text(
		&ret->detail, "lock_state", lock[state <= 6 ? state : 0]);
	return ROM_OK;
}

const struct rom_prober rom_prober_seccfg = {
	.name = "seccfg",
	.usage = ROM_USAGE_CONFIG,
	.min_size = HEAD_LEN,
	.magic = { { "AND_SECCFG_v", 12, 0, false }, { "MMMM", 4, 0, false } },
	.probe = probe_seccfg,
};
