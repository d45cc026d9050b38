/* SPDX-License-Identifier: MIT */
/* ext4_place.c - where a filesystem begins, by one copy of its superblock */
#include <ext2fs/ext2fs.h>

#include "ext4_priv.h"

enum { MAGIC_AT = 0x38, REV_AT = 0x4c, MAX_REV = 1 };

/* What noise with a magic, and text, do not have. */
static bool is_plausible(struct rom_buffer *v, const struct rom_ext4_super *sb)
{
	const uint64_t groups =
		(sb->blocks + sb->blocks_per_group - 1) / sb->blocks_per_group;

	return rom_le32(v, REV_AT) <= MAX_REV &&
	       sb->first_block == (sb->block_size == 1024) &&
	       sb->group < groups && sb->free_blocks <= sb->blocks &&
	       (sb->inodes + sb->inodes_per_group - 1) / sb->inodes_per_group ==
		       groups;
}

/* Bytes from the start of the filesystem to that copy. */
static uint64_t distance(const struct rom_ext4_super *sb)
{
	if (!sb->group)
		return ROM_EXT4_SUPER_AT;
	return (sb->first_block + (uint64_t)sb->group * sb->blocks_per_group) *
	       sb->block_size;
}

size_t rom_ext4_place(struct rom_buffer *v, struct rom_fs_place *ret)
{
	struct rom_ext4_super sb;
	struct rom_err err;

	if (v->len < ROM_EXT4_SUPER_LEN || v->p[MAGIC_AT] != 0x53 ||
		v->p[MAGIC_AT + 1] != 0xef ||
		rom_ext4_super_decode(v, &sb, &err) || !is_plausible(v, &sb) ||
		v->offset < distance(&sb))
		return 0;
	*ret = (struct rom_fs_place){ .kind = rom_ext4_super_kind(&sb),
		.start = v->offset - distance(&sb),
		.super = v->offset,
		.size = sb.blocks * sb.block_size,
		.is_backup = sb.group > 0 };
	memcpy(ret->uuid, sb.uuid, sizeof(ret->uuid));
	return 1;
}

bool rom_ext4_copy_at(
	struct rom_image *img, uint64_t super, struct ext4_copy *ret)
{
	struct rom_err err;

	*ret = (struct ext4_copy){ 0 };
	if (rom_ext4_read_super(img, super, &ret->sb, &err))
		return false;
	if (super != ROM_EXT4_SUPER_AT)
		ret->block = super / ret->sb.block_size;
	return super == ROM_EXT4_SUPER_AT || super % ret->sb.block_size == 0;
}

enum rom_fs_proof rom_ext4_prove(struct rom_image *img, uint64_t super)
{
	enum rom_fs_proof proof = ROM_PROOF_ROOT;
	struct ext4_copy c;
	ext2_filsys e2;
	errcode_t e;

	if (!rom_ext4_copy_at(img, super, &c))
		return ROM_PROOF_NONE;
	e2 = rom_ext4_open_e2(img, &c, &e);
	if (!e2)
		return ROM_PROOF_NONE;
	if (!rom_ext4_is_usable(e2)) {
		struct rom_fs_scan_result seen = { 0 };

		rom_ext4_scan_groups(e2, img, &seen);
		proof = seen.nodes ? ROM_PROOF_INODES : ROM_PROOF_NONE;
	}
	ext2fs_close_free(&e2);
	return proof;
}
