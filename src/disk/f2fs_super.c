/* SPDX-License-Identifier: MIT */
/*
 * f2fs_super.c - the superblock of f2fs
 *
 * At byte 0x400, copy at 0x1400, little-endian (Linux include/linux/f2fs_fs.h)
 *   0x00 4 magic F2F52010  0x04 2 major   0x06 2 minor     0x10 4 log2 block size   0x24 8 blocks
 *   0x6c 16 UUID           0x7c 1024 label, UTF-16LE       0x684 256 kernel that wrote last
 *   0x884 4 features
 */
#include <inttypes.h>

#include "romsplit/disk.h"

enum { MAGIC = 0xf2f52010, FEATURE_AT = 0x884, VERSION_AT = 0x684, LABEL_AT = 0x7c };

enum rom_status rom_f2fs_super_decode(
	struct rom_view *v, struct rom_f2fs_super *ret, struct rom_err *err)
{
	struct rom_f2fs_super sb = { 0 };
	ROM_AUTO char *version = NULL;
	uint32_t block_log;

	if (v->len < ROM_F2FS_SUPER_LEN || rom_le32(v, 0) != MAGIC)
		return ROM_NO_MATCH;
	block_log = rom_le32(v, 0x10);
	if (block_log < 9 || block_log > 16)
		return rom_fail(err, ROM_E_CORRUPT, v->at + 0x10,
			"f2fs block size: expected log2 9 to 16, got %" PRIu32, block_log);
	sb.major = rom_le16(v, 4);
	sb.minor = rom_le16(v, 6);
	sb.block_size = 1u << block_log;
	sb.blocks = rom_le64(v, 0x24);
	if (sb.blocks == 0 || sb.blocks >> 44)
		return rom_fail(err, ROM_E_CORRUPT, v->at + 0x24,
			"f2fs blocks: expected 1 to 2^44, got %" PRIu64, sb.blocks);
	memcpy(sb.uuid, v->p + 0x6c, sizeof(sb.uuid));
	for (size_t i = 0; i < sizeof(sb.label) - 1; i++) {
		uint16_t c = rom_le16(v, LABEL_AT + 2 * i);

		if (c == 0)
			break;
		sb.label[i] = c >= 0x20 && c < 0x7f ? (char)c : '?';
	}
	sb.feature = rom_le32(v, FEATURE_AT);
	version = rom_view_text(v, VERSION_AT, sizeof(sb.version) - 1);
	strcpy(sb.version, version);
	*ret = sb;
	return ROM_OK;
}
