/* SPDX-License-Identifier: MIT */
/*
 * fat_boot.c - the boot sector of FAT12, FAT16 and FAT32
 *
 * 512 bytes, little-endian (Microsoft FAT specification 1.03)
 *   0x0b 2 bytes per sector  0x0d 1 sectors per cluster
 *   0x0e 2 reserved sectors  0x10 1 FATs
 *   0x11 2 root entries  0x13 2 sectors  0x15 1 media F0, F8..FF
 *   0x16 2 FAT sectors
 *   0x20 4 sectors           0x1fe 2 55 AA
 *   FAT12, FAT16:  0x27 4 serial  0x2b 11 label
 *   FAT32:  0x24 4 FAT sectors  0x28 2 80: one FAT only, its number
 *           0x2c 4 root cluster
 *           0x32 2 sector of the copy  0x43 4 serial  0x47 11 label
 */
#include "romsplit/disk.h"

enum {
	MAX_FAT12 = 4085, /* FAT16 from this number of clusters on */
	MAX_FAT16 = 65525,
	MAX_CLUSTER = 0x0ffffff7,
	ONE_FAT = 0x80,
};

static bool is_power(uint32_t v)
{
	return v && !(v & (v - 1));
}

static void read_label(struct rom_buffer *v, size_t offset, char *out)
{
	size_t n = 11;

	rom_buffer_copy(v, offset, n, out);
	while (n && (out[n - 1] == ' ' || out[n - 1] == '\0'))
		out[--n] = '\0';
}

static void read_fat32(struct rom_buffer *v, struct rom_fat_boot *b)
{
	uint16_t flags = rom_le16(v, 0x28);

	b->root_cluster = rom_le32(v, 0x2c);
	b->copy_at = (uint64_t)rom_le16(v, 0x32) * b->sector;
	b->one_fat = flags & ONE_FAT;
	b->active_fat = b->one_fat ? flags & 15 : 0;
	b->serial = rom_le32(v, 0x43);
	read_label(v, 0x47, b->label);
}

/* The number of clusters decides between FAT12 and FAT16; FAT32 is recognized
 * by its empty 16-bit fields. */
static unsigned entry_bits(const struct rom_fat_boot *b, bool fat32)
{
	if (fat32)
		return 32;
	return b->clusters < MAX_FAT12 ? 12 : 16;
}

enum rom_status rom_fat_boot_decode(
	struct rom_buffer *v, struct rom_fat_boot *ret)
{
	struct rom_fat_boot b = { .sector = rom_le16(v, 0x0b),
		.fats = rom_u8(v, 0x10),
		.media = rom_u8(v, 0x15) };
	uint64_t reserved = rom_le16(v, 0x0e), entries = rom_le16(v, 0x11),
		 fat = rom_le16(v, 0x16), sectors = rom_le16(v, 0x13), meta;
	uint8_t cluster = rom_u8(v, 0x0d);
	bool fat32 = fat == 0;

	if (rom_le16(v, 0x1fe) != 0xaa55)
		return ROM_NO_MATCH;
	sectors = sectors ? sectors : rom_le32(v, 0x20);
	fat = fat ? fat : rom_le32(v, 0x24);
	if (b.sector < 512 || b.sector > 4096 || !is_power(b.sector) ||
		!is_power(cluster) || !reserved || b.fats < 1 || b.fats > 2 ||
		(b.media < 0xf8 && b.media != 0xf0) || !fat || !sectors ||
		(fat32 ? entries : !entries))
		return ROM_NO_MATCH;
	meta = reserved + b.fats * fat +
	       (entries * 32 + b.sector - 1) / b.sector;
	if (meta >= sectors)
		return ROM_NO_MATCH;
	b.size = sectors * b.sector;
	b.cluster = (uint32_t)cluster * b.sector;
	b.fat_at = reserved * b.sector;
	b.fat_len = fat * b.sector;
	b.root_at = (reserved + b.fats * fat) * b.sector;
	b.root_len = entries * 32;
	b.data_at = meta * b.sector;
	b.clusters =
		(uint32_t)rom_min((sectors - meta) / cluster, MAX_CLUSTER - 2);
	b.bits = entry_bits(&b, fat32);
	if (!b.clusters || (!fat32 && b.clusters >= MAX_FAT16))
		return ROM_NO_MATCH;
	if (fat32) {
		read_fat32(v, &b);
	} else {
		b.serial = rom_le32(v, 0x27);
		read_label(v, 0x2b, b.label);
	}
	*ret = b;
	return ROM_OK;
}
