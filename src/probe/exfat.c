/* SPDX-License-Identifier: MIT */
/*
 * exfat.c - recognise exFAT
 *
 * Boot sector, little-endian (Microsoft exFAT specification)
 *   0x03 8 "EXFAT   "  0x0b 53 zero  0x48 8 sectors  0x6c 1 log2 sector  0x6d 1 log2 sectors per cluster
 */
#include "probe_priv.h"

enum { SECTOR = 512 };

static enum rom_status probe_exfat(
	struct rom_image *img, struct rom_claim *ret, struct rom_err *err)
{
	static const uint8_t zeros[53];
	uint8_t buf[SECTOR];
	struct rom_view v = { .p = buf, .len = sizeof(buf) };
	enum rom_status st = rom_read(img, buf, sizeof(buf), 0, err);
	uint8_t sector = rom_u8(&v, 0x6c), cluster = rom_u8(&v, 0x6d);
	uint64_t sectors = rom_le64(&v, 0x48);

	if (st)
		return st;
	if (!rom_view_has(&v, 0x0b, zeros, sizeof(zeros)) || sector < 9 || sector > 12 ||
		cluster > 25 - sector || sectors >> 48)
		return ROM_NO_MATCH;
	ret->bits = 64 + 32;
	ret->used = sectors << sector;
	rom_facts_number(&ret->detail, "cluster_size", (uint64_t)1 << (sector + cluster));
	return ROM_OK;
}

const struct rom_prober rom_prober_exfat = {
	.name = "exfat",
	.min_size = SECTOR,
	.magic = { { "EXFAT   ", 8, 3, false } },
	.probe = probe_exfat,
};
