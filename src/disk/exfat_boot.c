/* SPDX-License-Identifier: MIT */
/*
 * exfat_boot.c - the boot sector of exFAT, and the checksum of its region
 *
 * 512 bytes, little-endian (Microsoft exFAT specification); a region is 12
 * sectors, and a copy of it follows
 *   0x03 8 "EXFAT   "  0x0b 53 zero  0x48 8 sectors  0x50 4 sector of the FAT
 *   0x54 4 FAT sectors  0x58 4 sector of the clusters  0x5c 4 clusters
 *   0x60 4 root cluster
 *   0x64 4 serial          0x6a 2 flags: 1 the second FAT is the active one
 *   0x6c 1 log2 sector  0x6d 1 log2 sectors per cluster  0x6e 1 FATs
 *   0x1fe 2 55 AA
 * The 12th sector holds the checksum of the 11 before it, without the flags and
 * the byte at 0x70, which change while the volume is in use.
 */
#include "romsplit/disk.h"

enum { MAX_CLUSTERS = 0xfffffff5, SECOND_FAT = 1 };

static bool is_sane(struct rom_buffer *v, uint64_t sectors, uint8_t sector_log,
	uint8_t cluster_log)
{
	static const uint8_t zeros[53];

	return rom_buffer_has(v, 0x03, "EXFAT   ", 8) &&
	       rom_buffer_has(v, 0x0b, zeros, sizeof(zeros)) &&
	       sector_log >= 9 && sector_log <= 12 &&
	       cluster_log <= 25 - sector_log && sectors && !(sectors >> 48);
}

enum rom_status rom_exfat_boot_decode(
	struct rom_buffer *v, struct rom_exfat_boot *ret)
{
	uint8_t sector_log = rom_u8(v, 0x6c), cluster_log = rom_u8(v, 0x6d),
		fats = rom_u8(v, 0x6e);
	uint64_t sectors = rom_le64(v, 0x48), fat = rom_le32(v, 0x50),
		 fat_len = rom_le32(v, 0x54), heap = rom_le32(v, 0x58),
		 clusters = rom_le32(v, 0x5c);
	struct rom_exfat_boot b = { 0 };

	if (!is_sane(v, sectors, sector_log, cluster_log))
		return ROM_NO_MATCH;
	b.sector = 1u << sector_log;
	b.cluster = 1u << (sector_log + cluster_log); /* 25 bits at most */
	b.size = sectors << sector_log; /* 48 bits, shifted by 12 */
	b.fat_at = fat << sector_log;
	b.fat_len = fat_len << sector_log;
	b.fats = fats;
	b.active_fat = rom_le16(v, 0x6a) & SECOND_FAT && fats == 2;
	b.data_at = heap << sector_log;
	b.clusters = (uint32_t)rom_min(clusters, MAX_CLUSTERS);
	b.root_cluster = rom_le32(v, 0x60);
	b.serial = rom_le32(v, 0x64);
	b.has_layout = fats >= 1 && fats <= 2 && fat_len && b.clusters &&
		       heap > fat && heap < sectors &&
		       (sectors - heap) >> cluster_log >= clusters;
	*ret = b;
	return ROM_OK;
}

uint32_t rom_exfat_boot_sum(const uint8_t *region, size_t len)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < len; i++) {
		if (i != 0x6a && i != 0x6b && i != 0x70)
			sum = (sum << 31 | sum >> 1) + region[i];
	}
	return sum;
}
