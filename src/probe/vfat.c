/* SPDX-License-Identifier: MIT */
/*
 * vfat.c - recognise FAT12, FAT16 and FAT32
 *
 * Boot sector, little-endian (Microsoft FAT specification 1.03)
 *   0x0b 2 bytes per sector  0x0d 1 sectors per cluster  0x0e 2 reserved sectors  0x10 1 FATs
 *   0x11 2 root entries      0x13 2 sectors              0x15 1 media F0, F8..FF  0x16 2 FAT sectors
 *   0x20 4 sectors           0x24 4 FAT sectors (32)     0x2b / 0x47 11 label     0x1fe 55 AA
 */
#include "probe_priv.h"

enum { SECTOR = 512 };

static bool is_power(uint32_t v)
{
	return v && !(v & (v - 1));
}

static enum rom_status probe_vfat(struct rom_image *img, struct rom_claim *ret, struct rom_err *err)
{
	uint8_t buf[SECTOR];
	struct rom_view v = { .p = buf, .len = sizeof(buf) };
	enum rom_status st = rom_read(img, buf, sizeof(buf), 0, err);
	uint16_t sector = rom_le16(&v, 0x0b), reserved = rom_le16(&v, 0x0e),
		 entries = rom_le16(&v, 0x11);
	uint8_t cluster = rom_u8(&v, 0x0d), fats = rom_u8(&v, 0x10), media = rom_u8(&v, 0x15);
	uint64_t sectors = rom_le16(&v, 0x13), fat = rom_le16(&v, 0x16);
	uint64_t meta, clusters;

	if (st)
		return st;
	sectors = sectors ? sectors : rom_le32(&v, 0x20);
	fat = fat ? fat : rom_le32(&v, 0x24);
	if (sector < 512 || sector > 4096 || !is_power(sector) || !is_power(cluster) || !reserved ||
		fats < 1 || fats > 2 || (media < 0xf8 && media != 0xf0) || !fat || !sectors)
		return ROM_NO_MATCH;
	meta = reserved + fats * fat + ((uint64_t)entries * 32 + sector - 1) / sector;
	if (meta >= sectors)
		return ROM_NO_MATCH;
	clusters = (sectors - meta) / cluster;
	ret->bits = 16 + 24; /* 55 AA, and the fields that exclude each other */
	ret->used = sectors * sector;
	rom_facts_number(&ret->detail, "fat_bits",
		clusters < 4085	   ? 12
		: clusters < 65525 ? 16
				   : 32);
	rom_facts_number(&ret->detail, "cluster_size", (uint64_t)cluster * sector);
	rom_facts_view(&ret->detail, "label", &v, rom_le16(&v, 0x16) ? 0x2b : 0x47, 11);
	return ROM_OK;
}

const struct rom_prober rom_prober_vfat = {
	.name = "vfat",
	.min_size = SECTOR,
	.magic = { { "\x55\xaa", 2, 0x1fe, false } },
	.probe = probe_vfat,
};
