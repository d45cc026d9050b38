/* SPDX-License-Identifier: MIT */
/*
 * vfat.c - recognise FAT12, FAT16 and FAT32, by their boot sector or, of FAT32,
 * its copy in sector 6
 */
#include "probe_priv.h"
#include "romsplit/disk.h"

enum {
	COPY_AT = 6 * 512, /* where every formatting tool puts it */
	SIGNATURE_AT = 0x1fe,
};

static bool decode_at(struct rom_image *img, uint64_t offset,
	struct rom_fat_boot *ret, struct rom_err *err)
{
	uint8_t buf[ROM_FAT_BOOT_LEN];
	struct rom_buffer v = {
		.p = buf, .len = sizeof(buf), .offset = offset
	};

	return !rom_read(img, buf, sizeof(buf), offset, err) &&
	       !rom_fat_boot_decode(&v, ret);
}

static enum rom_status probe_vfat(
	struct rom_image *img, struct rom_claim *ret, struct rom_err *err)
{
	struct rom_fat_boot b;
	bool primary = decode_at(img, 0, &b, err);

	if (!primary &&
		(!decode_at(img, COPY_AT, &b, err) || b.copy_at != COPY_AT))
		return ROM_NO_MATCH;
	/* 55 AA, and fields that are valid only together */
	ret->bits = primary ? 16 + 24 : 16 + 20;
	ret->used = b.size;
	rom_facts_number(&ret->detail, "fat_bits", b.bits);
	rom_facts_number(&ret->detail, "cluster_size", b.cluster);
	if (*b.label)
		rom_facts_text(&ret->detail, "label", b.label);
	if (!primary) {
		rom_facts_number(&ret->detail, "superblock", COPY_AT);
		ret->magic_offset = COPY_AT + SIGNATURE_AT;
	}
	return ROM_OK;
}

const struct rom_prober rom_prober_vfat = {
	.name = "vfat",
	.usage = ROM_USAGE_FILESYSTEM,
	.traits = ROM_TRAIT_USERDATA | ROM_TRAIT_BOOT_SECTOR,
	.magic_text = "boot sector signature 55 AA",
	.min_size = ROM_FAT_BOOT_LEN,
	.magic = { { "\x55\xaa", 2, SIGNATURE_AT, false },
		{ "\x55\xaa", 2, COPY_AT + SIGNATURE_AT, false } },
	.probe = probe_vfat,
};
