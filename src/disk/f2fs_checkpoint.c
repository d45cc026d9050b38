/* SPDX-License-Identifier: MIT */
/*
 * f2fs_checkpoint.c - f2fs: checkpoint packs, and the table of nodes (NAT)
 *
 * A pack (Linux fs/f2fs/checkpoint.c): first block, blocks of bitmaps, orphans,
 * summaries, last block = the first
 *   0x00 8 version  0x10 8 blocks in use  0x24 4 * 8 node segments
 *   0x44 2 * 8 next block in each
 *   0x54 4 * 8 data segments 0x74 2 * 8 next block  0x84 4 flags
 *   0x88 4 blocks of the pack
 *   0x8c 4 first summary  0x90 4 nodes  0x94 4 inodes
 *   0x9c 4 bytes of SIT bitmap  0xa0 4 of NAT bitmap
 *   0xa4 4 where the CRC lies
 *   0xc0 bitmaps: SIT, NAT; with a payload NAT, and SIT in the next block;
 *   with large bitmaps the CRC, NAT, SIT
 * Compact summaries begin with the NAT journal; else it lies at 0xe00 of the
 * first (hot data) summary
 *   2 entries, each 4 node, then a NAT entry
 * NAT entry, 9 bytes: 1 version  4 inode  4 block
 */
#include "romsplit/disk.h"

enum {
	BITMAPS_AT = 0xc0,
	CRC_END = ROM_F2FS_BLOCK - 4,
	ENTRY_LEN = 9,
	JOURNAL_ENTRY_LEN = 13,
};

static void locate_bitmaps(
	const struct rom_f2fs_super *sb, struct rom_f2fs_checkpoint *cp)
{
	if (cp->flags & ROM_F2FS_CP_LARGE_NAT) {
		cp->nat_bitmap_at = BITMAPS_AT + 4;
		cp->sit_bitmap_at = cp->nat_bitmap_at + cp->nat_bitmap_len;
	} else if (sb->cp_payload) {
		cp->nat_bitmap_at = BITMAPS_AT;
		cp->sit_bitmap_at = ROM_F2FS_BLOCK;
	} else {
		cp->sit_bitmap_at = BITMAPS_AT;
		cp->nat_bitmap_at = BITMAPS_AT + cp->sit_bitmap_len;
	}
}

static void read_segments(struct rom_buffer *v, struct rom_f2fs_checkpoint *cp)
{
	for (size_t i = 0; i < 3; i++) {
		cp->node_segment[i] = rom_le32(v, 0x24 + 4 * i);
		cp->node_offset[i] = rom_le16(v, 0x44 + 2 * i);
		cp->data_segment[i] = rom_le32(v, 0x54 + 4 * i);
		cp->data_offset[i] = rom_le16(v, 0x74 + 2 * i);
	}
}

enum rom_status rom_f2fs_checkpoint_decode(struct rom_buffer *v,
	const struct rom_f2fs_super *sb, struct rom_f2fs_checkpoint *ret)
{
	uint32_t crc_at = rom_le32(v, 0xa4);
	uint64_t capacity = (uint64_t)(1 + sb->cp_payload) * ROM_F2FS_BLOCK;
	struct rom_f2fs_checkpoint cp = {
		.version = rom_le64(v, 0),
		.valid_blocks = rom_le64(v, 0x10),
		.free_segments = rom_le32(v, 0x20),
		.flags = rom_le32(v, 0x84),
		.blocks = rom_le32(v, 0x88),
		.summaries = rom_le32(v, 0x8c),
		.valid_nodes = rom_le32(v, 0x90),
		.valid_inodes = rom_le32(v, 0x94),
		.sit_bitmap_len = rom_le32(v, 0x9c),
		.nat_bitmap_len = rom_le32(v, 0xa0),
	};

	if (v->len < ROM_F2FS_BLOCK || crc_at < BITMAPS_AT ||
		crc_at > CRC_END || crc_at % 4)
		return ROM_NO_MATCH;
	cp.crc = rom_le32(v, crc_at);
	read_segments(v, &cp);
	locate_bitmaps(sb, &cp);
	if (cp.blocks < 3 + sb->cp_payload || cp.blocks > ROM_F2FS_SEGMENT ||
		cp.summaries <= sb->cp_payload || cp.summaries >= cp.blocks ||
		(uint64_t)cp.nat_bitmap_at + cp.nat_bitmap_len > capacity ||
		(uint64_t)cp.sit_bitmap_at + cp.sit_bitmap_len > capacity)
		return ROM_NO_MATCH;
	*ret = cp;
	return ROM_OK;
}

void rom_f2fs_checkpoint_covered(
	struct rom_buffer *v, struct rom_buffer *first, struct rom_buffer *rest)
{
	uint32_t offset = rom_le32(v, 0xa4);

	*first = rom_buffer_part(v, 0, offset);
	*rest = rom_buffer_part(v, (size_t)offset + 4, ROM_F2FS_BLOCK);
}

bool rom_f2fs_bit(const uint8_t *bitmap, size_t len, uint64_t i)
{
	return i / 8 < len && bitmap[i / 8] >> (7 - i % 8) & 1;
}

struct rom_f2fs_nat rom_f2fs_nat_entry(struct rom_buffer *block, uint32_t i)
{
	return (struct rom_f2fs_nat){
		.ino = rom_le32(block, i * ENTRY_LEN + 1),
		.block = rom_le32(block, i * ENTRY_LEN + 5),
	};
}

struct rom_f2fs_nat rom_f2fs_nat_journal(
	struct rom_buffer *v, uint32_t i, uint32_t *ret_nid)
{
	size_t offset = 2 + i * JOURNAL_ENTRY_LEN;

	*ret_nid = rom_le32(v, offset);
	return (struct rom_f2fs_nat){ .ino = rom_le32(v, offset + 5),
		.block = rom_le32(v, offset + 9) };
}
