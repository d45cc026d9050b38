/* SPDX-License-Identifier: MIT */
/* ext4_csum.c - checksums of extent nodes and directory blocks: CRC-32C, seeded
 * with UUID, inode and generation */
#include "ext4_priv.h"

static uint32_t add_le32(uint32_t crc, uint32_t v)
{
	const uint8_t le[4] = { (uint8_t)v, (uint8_t)(v >> 8),
		(uint8_t)(v >> 16), (uint8_t)(v >> 24) };

	return rom_crc32c(crc, le, sizeof(le));
}

uint32_t rom_ext4_inode_seed(
	const struct ext4_fs *ext4, const struct rom_inode *inode)
{
	return add_le32(add_le32(ext4->csum_seed, (uint32_t)inode->ino),
		inode->generation);
}

bool rom_ext4_csum_good(const struct ext4_fs *ext4,
	const struct rom_inode *inode, struct rom_buffer *v, size_t covered,
	size_t offset)
{
	if (!ext4->has_csum || covered > v->len || offset + 4 > v->len)
		return true;
	return rom_crc32c(rom_ext4_inode_seed(ext4, inode), v->p, covered) ==
	       rom_le32(v, offset);
}
