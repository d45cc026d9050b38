/* SPDX-License-Identifier: MIT */
/* exfat.c - recognise exFAT */
#include "probe_priv.h"
#include "romsplit/disk.h"

static enum rom_status probe_exfat(
	struct rom_image *img, struct rom_claim *ret, struct rom_err *err)
{
	uint8_t buf[ROM_FAT_BOOT_LEN];
	struct rom_buffer v = { .p = buf, .len = sizeof(buf) };
	enum rom_status st = rom_read(img, buf, sizeof(buf), 0, err);
	struct rom_exfat_boot b;

	if (!st)
		st = rom_exfat_boot_decode(&v, &b);
	if (st)
		return st;
	/* the magic, and zeros where FAT has its fields */
	ret->bits = 64 + 32;
	ret->used = b.size;
	rom_facts_number(&ret->detail, "cluster_size", b.cluster);
	return ROM_OK;
}

const struct rom_prober rom_prober_exfat = {
	.name = "exfat",
	.usage = ROM_USAGE_FILESYSTEM,
	.traits = ROM_TRAIT_USERDATA | ROM_TRAIT_BOOT_SECTOR,
	.magic_text = "boot sector name EXFAT",
	.min_size = ROM_FAT_BOOT_LEN,
	.magic = { { "EXFAT   ", 8, 3, false } },
	.probe = probe_exfat,
};
