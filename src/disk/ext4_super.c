/* SPDX-License-Identifier: MIT */
/*
 * ext4_super.c - the superblock of ext2, ext3 and ext4
 *
 * 1024 bytes at byte 1024, little-endian (Linux fs/ext4/ext4.h)
 *   0x00 4 inodes  0x04 4 blocks, low  0x0c 4 free blocks, low
 *   0x14 4 first data block
 *   0x18 4 log2 block size - 10  0x20 4 blocks per group
 *   0x28 4 inodes per group
 *   0x2c 4 mount time  0x30 4 write time  0x38 2 magic EF53  0x3a 2 state
 *   0x4c 4 revision          0x58 2 inode size        0x5a 2 group of this copy
 *   0x5c 4 compat  0x60 4 incompat  0x64 4 ro_compat  0x68 16 UUID
 *   0x78 16 label  0x88 64 last mounted on  0x108 4 made  0x150 4 blocks, high
 *   0x158 4 free blocks, high   0x3fc 4 CRC-32C of all before it
 */
#include <inttypes.h>
#include <stdlib.h>

#include "romsplit/disk.h"

enum {
	MAGIC = 0xef53,
	MAX_BLOCK_LOG = 6,
	EXT4_ONLY_INCOMPAT = 0x40 | 0x80 | 0x100 | 0x200 | 0x10000
};

static void read_fields(struct rom_buffer *v, struct rom_ext4_super *sb)
{
	sb->inodes = rom_le32(v, 0x00);
	sb->blocks = rom_le32(v, 0x04);
	sb->free_blocks = rom_le32(v, 0x0c);
	sb->first_block = rom_le32(v, 0x14);
	sb->blocks_per_group = rom_le32(v, 0x20);
	sb->inodes_per_group = rom_le32(v, 0x28);
	sb->mount_time = rom_le32(v, 0x2c);
	sb->write_time = rom_le32(v, 0x30);
	sb->state = rom_le16(v, 0x3a);
	sb->inode_size = rom_le32(v, 0x4c) ? rom_le16(v, 0x58) : 128;
	sb->group = rom_le16(v, 0x5a);
	sb->compat = rom_le32(v, 0x5c);
	sb->incompat = rom_le32(v, 0x60);
	sb->ro_compat = rom_le32(v, 0x64);
	sb->made_time = rom_le32(v, 0x108);
	if (sb->incompat & ROM_EXT4_INCOMPAT_64BIT) {
		sb->blocks |= (uint64_t)rom_le32(v, 0x150) << 32;
		sb->free_blocks |= (uint64_t)rom_le32(v, 0x158) << 32;
	}
}

enum rom_status rom_ext4_super_decode(
	struct rom_buffer *v, struct rom_ext4_super *ret, struct rom_err *err)
{
	struct rom_ext4_super sb = { 0 };
	uint32_t block_log;

	if (v->len < ROM_EXT4_SUPER_LEN || rom_le16(v, 0x38) != MAGIC)
		return ROM_NO_MATCH;
	block_log = rom_le32(v, 0x18);
	if (block_log > MAX_BLOCK_LOG)
		return rom_fail(err, ROM_E_CORRUPT, v->offset + 0x18,
			"ext4 block size: expected log2 <= 6, got %" PRIu32,
			block_log);
	read_fields(v, &sb);
	sb.block_size = 1024u << block_log;
	if (sb.blocks == 0 || sb.blocks >> 44)
		return rom_fail(err, ROM_E_CORRUPT, v->offset + 0x04,
			"ext4 blocks: expected 1 to 2^44, got %" PRIu64,
			sb.blocks);
	if (sb.inodes_per_group == 0 || sb.blocks_per_group == 0 ||
		sb.inodes_per_group > 8 * sb.block_size ||
		/* bigalloc counts clusters, of up to 64 blocks here */
		sb.blocks_per_group > 16 * 8 * sb.block_size * 4)
		return rom_fail(err, ROM_E_CORRUPT, v->offset + 0x20,
			"ext4 groups: expected up to %u inodes each, got "
			"%" PRIu32 " and %" PRIu32 " blocks",
			8 * sb.block_size, sb.inodes_per_group,
			sb.blocks_per_group);
	if (sb.inode_size < 128 || sb.inode_size > sb.block_size ||
		(sb.inode_size & (sb.inode_size - 1)))
		return rom_fail(err, ROM_E_CORRUPT, v->offset + 0x58,
			"ext4 inode size: expected a power of two from 128, "
			"got %u",
			sb.inode_size);
	memcpy(sb.uuid, v->p + 0x68, sizeof(sb.uuid));
	rom_buffer_copy(v, 0x78, 16, sb.label);
	rom_buffer_copy(v, 0x88, 64, sb.last_mounted);
	sb.has_csum = sb.ro_compat & ROM_EXT4_RO_COMPAT_METADATA_CSUM;
	sb.csum_good = sb.has_csum && rom_crc32c(0xffffffff, v->p, 0x3fc) ==
					      rom_le32(v, 0x3fc);
	*ret = sb;
	return ROM_OK;
}

const char *rom_ext4_super_kind(const struct rom_ext4_super *sb)
{
	if (sb->incompat & EXT4_ONLY_INCOMPAT || sb->ro_compat & ~7u)
		return "ext4";
	return sb->compat & ROM_EXT4_COMPAT_JOURNAL ? "ext3" : "ext2";
}
