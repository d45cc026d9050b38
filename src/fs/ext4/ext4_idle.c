/* SPDX-License-Identifier: MIT */
/*
 * ext4_idle.c - metadata on whose content no file depends
 *
 * Backups of superblock and descriptors, room for more descriptors, bitmaps and
 * inode tables of groups that never had an inode, the end of each inode table,
 * the resize inode's block, and the journal. Tools that make images leave these
 * out.
 */
#include <stdlib.h>

#include <ext2fs/ext2fs.h>

#include "ext4_priv.h"

struct idle {
	struct ext4_fs *ext4;
	ext2_filsys e2;
	rom_idle_fn fn;
	void *ctx;
};

static void add_blocks(const struct idle *i, uint64_t first, uint64_t n)
{
	uint64_t bs = i->ext4->block_size;

	if (first < i->ext4->blocks && n)
		i->fn(i->ctx,
			(struct rom_range){ first * bs,
				rom_min(n, i->ext4->blocks - first) * bs });
}

/* The copies of superblock and descriptors in a group; of the first ones only
 * what follows them. */
static void add_copies(const struct idle *i, dgrp_t group)
{
	struct ext2_super_block *sb = i->e2->super;
	blk64_t super, old_desc, new_desc;

	if (ext2fs_super_and_bgd_loc2(
		    i->e2, group, &super, &old_desc, &new_desc, NULL))
		return;
	if (old_desc)
		add_blocks(i, old_desc + i->e2->desc_blocks,
			sb->s_reserved_gdt_blocks);
	if (group == 0 || i->ext4->from_backup)
		return;
	if (super)
		add_blocks(i, super, 1);
	if (old_desc)
		add_blocks(i, old_desc, i->e2->desc_blocks);
}

/* How many inodes of a group, from the first on, may be in use: by the bitmap,
 * where the descriptor does not tell. All, when it cannot be read. */
static uint32_t inodes_by_bitmap(const struct idle *i, dgrp_t group)
{
	uint64_t bs = i->ext4->block_size,
		 block = ext2fs_inode_bitmap_loc(i->e2, group);
	uint32_t n = i->e2->super->s_inodes_per_group;
	ROM_AUTO uint8_t *bits = rom_alloc(bs);
	struct rom_err err;

	if (block >= i->ext4->blocks || n > bs * 8 ||
		rom_read(i->ext4->fs.meta, bits, bs, block * bs, &err))
		return n;
	while (n && !(bits[(n - 1) / 8] >> (n - 1) % 8 & 1))
		n--;
	return n;
}

/* Blocks of the inode table of a group that hold inodes which were used. */
static uint64_t used_blocks(const struct idle *i, dgrp_t group)
{
	uint32_t n = i->e2->super->s_inodes_per_group;

	if (!ext2fs_has_group_desc_csum(i->e2))
		n = inodes_by_bitmap(i, group);
	else if (ext2fs_bg_flags_test(i->e2, group, EXT2_BG_INODE_UNINIT))
		n = 0;
	else
		n -= (uint32_t)rom_min(
			n, ext2fs_bg_itable_unused(i->e2, group));
	return rom_min(i->e2->inode_blocks_per_group,
		((uint64_t)n * i->ext4->inode_size + i->ext4->block_size - 1) /
			i->ext4->block_size);
}

static void add_group(const struct idle *i, dgrp_t group)
{
	uint64_t used = used_blocks(i, group);

	add_copies(i, group);
	add_blocks(i, ext2fs_inode_table_loc(i->e2, group) + used,
		i->e2->inode_blocks_per_group - used);
	if (!used && ext2fs_has_group_desc_csum(i->e2))
		add_blocks(i, ext2fs_inode_bitmap_loc(i->e2, group), 1);
	if (ext2fs_has_group_desc_csum(i->e2) &&
		ext2fs_bg_flags_test(i->e2, group, EXT2_BG_BLOCK_UNINIT))
		add_blocks(i, ext2fs_block_bitmap_loc(i->e2, group), 1);
}

/* The block that lists the room for descriptors. */
static void add_resize_block(const struct idle *i)
{
	struct ext2_inode inode;

	if (ext2fs_has_feature_resize_inode(i->e2->super) &&
		!ext2fs_read_inode(i->e2, EXT2_RESIZE_INO, &inode))
		add_blocks(i, inode.i_block[EXT2_DIND_BLOCK], 1);
}

/* Whatever of it counts was replayed, or reported as damage, when the
 * filesystem was opened. */
static void add_journal(const struct idle *i)
{
	uint64_t ino = i->e2->super->s_journal_inum;
	struct rom_file_map map = { 0 };
	struct rom_inode inode;
	const struct rom_extent *e;
	struct rom_err err;

	if (!ino || !ext2fs_has_feature_journal(i->e2->super) ||
		rom_reader_ext4.inode(&i->ext4->fs, ino, &inode, &err))
		return;
	if (inode.type == ROM_FILE_REGULAR &&
		!rom_reader_ext4.map(&i->ext4->fs, &inode, &map, &err)) {
		rom_each (e, &map.extents) {
			if (e->kind == ROM_EXTENT_DATA)
				i->fn(i->ctx,
					(struct rom_range){ e->image, e->len });
		}
	}
	rom_file_map_done(&map);
}

void rom_ext4_idle_ranges(struct rom_fs *fs, rom_idle_fn fn, void *ctx)
{
	struct ext4_fs *ext4 = (struct ext4_fs *)fs;
	const struct idle i = { ext4, ext4->e2, fn, ctx };

	for (dgrp_t g = 0; g < i.e2->group_desc_count; g++)
		add_group(&i, g);
	add_resize_block(&i);
	add_journal(&i);
}
