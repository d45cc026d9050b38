/* SPDX-License-Identifier: MIT */
/*
 * bcb.c - recognise a bootloader message with a command in it (AOSP
 * bootloader_message.h)
 *
 *   0x00 32 command, "boot-recovery" ...  0x20 32 status
 *   0x40 768 arguments for recovery
 */
#include "probe_priv.h"

enum { MESSAGE_LEN = 832 };

static enum rom_status probe_bcb(
	struct rom_image *img, struct rom_claim *ret, struct rom_err *err)
{
	uint8_t buf[MESSAGE_LEN];
	struct rom_buffer v = { .p = buf, .len = sizeof(buf) };
	enum rom_status st = rom_read(img, buf, sizeof(buf), 0, err);

	if (st)
		return st;
	if (strnlen((char *)buf, 32) == 32)
		return ROM_NO_MATCH;
	ret->bits = 40;
	rom_facts_buffer(&ret->detail, "command", &v, 0, 32);
	rom_facts_buffer(&ret->detail, "status", &v, 32, 32);
	rom_facts_buffer(&ret->detail, "recovery", &v, 64, 768);
	return ROM_OK;
}

const struct rom_prober rom_prober_bcb = {
	.name = "bcb",
	.usage = ROM_USAGE_CONFIG,
	.min_size = MESSAGE_LEN,
	.magic = { { "boot-", 5, 0, false }, { "bootonce-", 9, 0, false } },
	.probe = probe_bcb,
};
