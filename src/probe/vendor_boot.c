/* SPDX-License-Identifier: MIT */
/*
 * vendor_boot.c - recognise vendor_boot images, header versions 3 and 4
 *
 * (AOSP system/tools/mkbootimg/include/bootimg/bootimg.h), little-endian
 *   0x000 8 "VNDRBOOT"  0x008 4 version  0x00c 4 page  0x018 4 ramdisk bytes
 *   0x01c 2048 command line
 *   0x820 16 name       0x830 4 header bytes           0x834 4 dtb bytes
 */
#include <inttypes.h>

#include "probe_priv.h"

enum { HEADER_LEN = 0x840 };

static uint64_t round_to_pages(uint64_t len, uint32_t page)
{
	return (len + page - 1) / page * page;
}

static enum rom_status probe_vendor_boot(
	struct rom_image *img, struct rom_claim *ret, struct rom_err *err)
{
	uint8_t buf[HEADER_LEN];
	struct rom_buffer v = { .p = buf, .len = sizeof(buf) };
	enum rom_status st = rom_read(img, buf, sizeof(buf), 0, err);
	uint32_t version = rom_le32(&v, 8), page = rom_le32(&v, 12),
		 header = rom_le32(&v, 0x830);

	if (st)
		return st;
	if (version < 3 || version > 4 || page < 2048 || page > 1 << 17 ||
		(page & (page - 1)))
		return rom_fail(err, ROM_E_CORRUPT, 8,
			"vendor_boot: expected version 3 or 4 and a page from "
			"2048, got %" PRIu32 " and %" PRIu32,
			version, page);
	ret->bits = 64 + 30;
	ret->used = round_to_pages(header, page) +
		    round_to_pages(rom_le32(&v, 0x18), page) +
		    round_to_pages(rom_le32(&v, 0x834), page);
	rom_facts_number(&ret->detail, "header_version", version);
	rom_facts_number(&ret->detail, "page_size", page);
	rom_facts_number(&ret->detail, "ramdisk_size", rom_le32(&v, 0x18));
	rom_facts_number(&ret->detail, "dtb_size", rom_le32(&v, 0x834));
	rom_facts_buffer(&ret->detail, "name", &v, 0x820, 16);
	rom_facts_buffer(&ret->detail, "cmdline", &v, 0x1c, 2048);
	return ROM_OK;
}

const struct rom_prober rom_prober_vendor_boot = {
	.name = "vendor_boot",
	.usage = ROM_USAGE_IMAGE,
	.traits = ROM_TRAIT_FLASHED,
	.min_size = HEADER_LEN,
	.magic = { { "VNDRBOOT", 8, 0, false } },
	.probe = probe_vendor_boot,
};
