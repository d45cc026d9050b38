/* SPDX-License-Identifier: MIT */
/*
 * f2fs_super.c - the superblock of f2fs
 *
 * At byte 0x400, copy at 0x1400, little-endian (Linux include/linux/f2fs_fs.h)
 *   0x00 4 magic F2F52010  0x04 2 major  0x06 2 minor  0x10 4 log2 block size
 *   0x14 4 log2 blocks per segment
 *   0x20 4 where the CRC lies  0x24 8 blocks  0x34 4 segments of checkpoint
 *   0x38 4 SIT  0x3c 4 NAT
 *   0x44 4 main area  0x4c 4 block of checkpoint  0x50 4 SIT  0x54 4 NAT
 *   0x58 4 SSA  0x5c 4 main area
 *   0x60 4 root inode  0x6c 16 UUID  0x7c 1024 label, UTF-16LE
 *   0x680 4 blocks of checkpoint bitmaps
 *   0x684 256 kernel that wrote last      0x884 4 features
 *   0x899 8 devices of 64 path, 4 segments             0xab9 12 quota inodes
 *   0xbfc 4 CRC-32
 */
#include <inttypes.h>

#include "romsplit/disk.h"

enum {
	MAGIC = 0xf2f52010,
	FEATURE_AT = 0x884,
	VERSION_AT = 0x684,
	LABEL_AT = 0x7c,
	DEVICES_AT = 0x899,
	DEVICE_LEN = 68,
	MAX_DEVICES = 8,
	QUOTA_AT = 0xab9,
	CRC_AT = 0xbfc,
	MAX_PAYLOAD = 480, /* bitmaps of 16 TiB; a pack is 512 blocks */
};

static void read_layout(struct rom_buffer *v, struct rom_f2fs_super *sb)
{
	sb->segment_log = rom_le32(v, 0x14);
	sb->ckpt_segments = rom_le32(v, 0x34);
	sb->sit_segments = rom_le32(v, 0x38);
	sb->nat_segments = rom_le32(v, 0x3c);
	sb->main_segments = rom_le32(v, 0x44);
	sb->cp_block = rom_le32(v, 0x4c);
	sb->sit_block = rom_le32(v, 0x50);
	sb->nat_block = rom_le32(v, 0x54);
	sb->ssa_block = rom_le32(v, 0x58);
	sb->main_block = rom_le32(v, 0x5c);
	sb->root = rom_le32(v, 0x60);
	sb->cp_payload = rom_le32(v, 0x680);
	for (size_t i = 0; i < 3; i++)
		sb->quota[i] = rom_le32(v, QUOTA_AT + 4 * i);
	for (size_t i = 0;
		i < MAX_DEVICES && rom_u8(v, DEVICES_AT + i * DEVICE_LEN); i++)
		sb->devices++;
}

static void read_texts(struct rom_buffer *v, struct rom_f2fs_super *sb)
{
	memcpy(sb->uuid, v->p + 0x6c, sizeof(sb->uuid));
	for (size_t i = 0; i < sizeof(sb->label) - 1; i++) {
		uint16_t c = rom_le16(v, LABEL_AT + 2 * i);

		if (c == 0)
			break;
		sb->label[i] = c >= 0x20 && c < 0x7f ? (char)c : '?';
	}
	rom_buffer_copy(v, VERSION_AT, sizeof(sb->version) - 1, sb->version);
}

static void check_crc(struct rom_buffer *v, struct rom_f2fs_super *sb)
{
	sb->has_crc = sb->feature & ROM_F2FS_FEATURE_SUPER_CRC;
	sb->crc_good = sb->has_crc && rom_le32(v, 0x20) == CRC_AT &&
		       rom_crc32_from(ROM_F2FS_CRC_SEED, v->p, CRC_AT) ==
			       rom_le32(v, CRC_AT);
}

enum rom_status rom_f2fs_super_decode(
	struct rom_buffer *v, struct rom_f2fs_super *ret, struct rom_err *err)
{
	struct rom_f2fs_super sb = { 0 };
	uint32_t block_log;

	if (v->len < ROM_F2FS_SUPER_LEN || rom_le32(v, 0) != MAGIC)
		return ROM_NO_MATCH;
	block_log = rom_le32(v, 0x10);
	if (block_log < 9 || block_log > 16)
		return rom_fail(err, ROM_E_CORRUPT, v->offset + 0x10,
			"f2fs block size: expected log2 9 to 16, got %" PRIu32,
			block_log);
	sb.major = rom_le16(v, 4);
	sb.minor = rom_le16(v, 6);
	sb.block_size = 1u << block_log;
	sb.blocks = rom_le64(v, 0x24);
	if (sb.blocks == 0 || sb.blocks >> 44)
		return rom_fail(err, ROM_E_CORRUPT, v->offset + 0x24,
			"f2fs blocks: expected 1 to 2^44, got %" PRIu64,
			sb.blocks);
	sb.feature = rom_le32(v, FEATURE_AT);
	read_texts(v, &sb);
	read_layout(v, &sb);
	check_crc(v, &sb);
	*ret = sb;
	return ROM_OK;
}

/* The areas follow each other in this order: checkpoint, SIT, NAT, SSA, main;
 * a filesystem made read-only (mkfs.f2fs -O ro) has no SSA. All numbers are 32
 * bits, computed in 64: no sum wraps. */
static bool areas_fit(const struct rom_f2fs_super *sb)
{
	uint64_t per = ROM_F2FS_SEGMENT;
	uint64_t main_end = sb->main_block + sb->main_segments * per;

	return sb->cp_block >= 2 && sb->sit_block >= sb->cp_block + 2 * per &&
	       sb->nat_block >= sb->sit_block + sb->sit_segments * per &&
	       sb->ssa_block >= sb->nat_block + sb->nat_segments * per &&
	       sb->main_block >= sb->ssa_block &&
	       (sb->main_block > sb->ssa_block ||
		       sb->feature & ROM_F2FS_FEATURE_RO) &&
	       main_end <= UINT32_MAX && sb->sit_segments >= 2 &&
	       sb->nat_segments >= 2 && sb->main_segments > 0;
}

enum rom_status rom_f2fs_super_check(
	const struct rom_f2fs_super *sb, uint64_t offset, struct rom_err *err)
{
	if (sb->block_size != ROM_F2FS_BLOCK)
		return rom_fail(err, ROM_E_INPUT, offset + 0x10,
			"f2fs: block size of %" PRIu32
			" bytes is not supported, only 4096",
			sb->block_size);
	if (sb->feature & ROM_F2FS_FEATURE_ZONED)
		return rom_fail(err, ROM_E_INPUT, offset + FEATURE_AT,
			"f2fs on a zoned device is not supported");
	if (sb->devices > 1)
		return rom_fail(err, ROM_E_INPUT, offset + DEVICES_AT,
			"f2fs on %" PRIu32
			" devices is not supported, only on one",
			sb->devices);
	if (sb->has_crc && !sb->crc_good)
		return rom_fail(err, ROM_E_CORRUPT, offset,
			"f2fs superblock: checksum mismatch");
	/* everything else multiplies by 512 blocks, so another segment size
	 * must not pass */
	if (sb->segment_log != 9 || !areas_fit(sb) || sb->root < 3 ||
		sb->cp_payload > MAX_PAYLOAD)
		return rom_fail(err, ROM_E_CORRUPT, offset + 0x14,
			"f2fs superblock: its layout is invalid (checkpoint at "
			"block %" PRIu32 ", main area at block %" PRIu32 ")",
			sb->cp_block, sb->main_block);
	return ROM_OK;
}
