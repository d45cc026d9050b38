/* SPDX-License-Identifier: MIT */
/* ext4_copies.c - ext2, ext3, ext4: the copies of superblock and group
 * descriptors, and which of them leads to the root directory */
#include <inttypes.h>
#include <stdlib.h>

#include <ext2fs/ext2fs.h>

#include "ext4_priv.h"
#include "romsplit/disk.h"

enum {
	/* bytes of group descriptors: a 16 TiB filesystem has 8 MiB */
	MAX_GROUP_TABLE = 16 << 20,
	MAX_GROUP = 65528, /* blocks */
};

enum rom_status rom_ext4_read_super(struct rom_image *img, uint64_t offset,
	struct rom_ext4_super *ret, struct rom_err *err)
{
	uint8_t buf[ROM_EXT4_SUPER_LEN];
	struct rom_buffer v = {
		.p = buf, .len = sizeof(buf), .offset = offset
	};
	enum rom_status st = rom_read(img, buf, sizeof(buf), offset, err);
	uint64_t groups;

	if (st == ROM_E_RANGE || st == ROM_E_ABSENT)
		return ROM_NO_MATCH;
	if (!st)
		st = rom_ext4_super_decode(&v, ret, err);
	if (st)
		return st;
	groups = ret->blocks / ret->blocks_per_group + 1;
	if (groups * 64 > MAX_GROUP_TABLE)
		return rom_fail(err, ROM_E_LIMIT, offset + 4,
			"ext4: expected at most %d block groups, got %" PRIu64,
			MAX_GROUP_TABLE / 64, groups);
	return ROM_OK;
}

/* The groups that hold backups under sparse_super: 1 and powers of 3, 5, 7. A
 * group has as many blocks as its bitmap, one block, has bits, and 65528 at
 * most. */
bool rom_ext4_next_backup(
	struct rom_image *img, unsigned *step, struct ext4_copy *ret)
{
	static const uint32_t groups[] = { 1, 3, 5, 7, 9, 25, 27, 49, 81, 125 };
	enum { N = sizeof(groups) / sizeof(*groups), SIZES = 7 };

	for (; *step < N * SIZES; (*step)++) {
		uint32_t bs = 1024u << (*step / N), group = groups[*step % N];
		uint64_t block = group * rom_min(8 * (uint64_t)bs, MAX_GROUP) +
				 (bs == 1024);
		struct rom_err err;

		if (rom_ext4_read_super(img, block * bs, &ret->sb, &err) ||
			ret->sb.block_size != bs || ret->sb.group != group)
			continue;
		ret->block = block;
		(*step)++;
		return true;
	}
	return false;
}

ext2_filsys rom_ext4_open_e2(
	struct rom_image *img, const struct ext4_copy *c, errcode_t *e)
{
	ext2_filsys e2 = NULL;
	char name[64];

	rom_ext4_io_name(img, name, sizeof(name));
	*e = ext2fs_open2(name, NULL,
		EXT2_FLAG_64BITS | EXT2_FLAG_SOFTSUPP_FEATURES |
			EXT2_FLAG_IGNORE_CSUM_ERRORS | EXT2_FLAG_FORCE |
			EXT2_FLAG_SKIP_MMP,
		(int)c->block, c->block ? c->sb.block_size : 0,
		rom_ext4_io_manager(), &e2);
	return *e ? NULL : e2;
}

/* Noise seldom has the magic of an extent tree, or a block number within the
 * filesystem. */
bool rom_ext4_has_map(ext2_filsys e2, struct rom_buffer *inode, uint32_t flags)
{
	enum { DIRECT = 12 };
	bool any = false;

	if (flags & EXT4_FL_INLINE)
		return ext2fs_has_feature_inline_data(e2->super);
	if (flags & EXT4_FL_EXTENTS)
		return rom_le16(inode, EXT4_MAP_AT) == EXT4_EXTENT_MAGIC;
	for (size_t i = 0; i < DIRECT; i++) {
		uint32_t block = rom_le32(inode, EXT4_MAP_AT + 4 * i);

		any = any || (block && block < ext2fs_blocks_count(e2->super));
	}
	return any;
}

/* The type of a random inode is a directory once in 16 times, so it must have a
 * valid i_block as well, and not be deleted. */
bool rom_ext4_has_root(ext2_filsys e2)
{
	struct ext2_inode in;
	struct rom_buffer v = {
		.p = (uint8_t *)&in, .len = sizeof(in), .offset = ROM_NO_OFFSET
	};
	errcode_t e = ext2fs_read_inode(e2, EXT4_ROOT, &in);
	struct rom_inode root;

	if (e && e != EXT2_ET_INODE_CSUM_INVALID)
		return false;
	rom_ext4_decode_inode(&v, EXT4_ROOT, &root);
	return root.type == ROM_FILE_DIRECTORY &&
	       rom_ext4_has_map(e2, &v, root.flags) &&
	       (!rom_le32(&v, EXT4_DTIME_AT) ||
		       (root.size && root.size % e2->blocksize == 0));
}

/* A copy whose descriptors are valid and lead to the root directory is used. */
bool rom_ext4_is_usable(ext2_filsys e2)
{
	return rom_ext4_has_descriptors(e2) && rom_ext4_has_root(e2);
}

/* The unusable primary is kept open while backups are tried: when none is
 * usable either, it is still the best there is. */
enum rom_status rom_ext4_open_best(struct rom_image *img, struct ext4_copy *ret,
	ext2_filsys *ret_e2, struct rom_err *err)
{
	struct ext4_copy c = { 0 };
	unsigned step = 0;
	errcode_t e;
	enum rom_status st =
		rom_ext4_read_super(img, ROM_EXT4_SUPER_AT, &c.sb, err);
	ext2_filsys first = st ? NULL : rom_ext4_open_e2(img, &c, &e);

	if (st && st != ROM_NO_MATCH && st != ROM_E_CORRUPT)
		return st;
	if (!st && !first)
		st = rom_fail(err, ROM_E_CORRUPT, ROM_EXT4_SUPER_AT, "ext4: %s",
			rom_ext4_error(e));
	*ret = c;
	*ret_e2 = first;
	if (first && rom_ext4_is_usable(first))
		return ROM_OK;
	for (unsigned n = 0;
		n < EXT4_MAX_BACKUPS && rom_ext4_next_backup(img, &step, &c);
		n++) {
		ext2_filsys e2 = rom_ext4_open_e2(img, &c, &e);

		if (!e2)
			continue;
		if (rom_ext4_is_usable(e2)) {
			if (first)
				ext2fs_close_free(&first);
			*ret = c;
			*ret_e2 = e2;
			return ROM_OK;
		}
		ext2fs_close_free(&e2);
	}
	return first ? ROM_OK : st;
}
