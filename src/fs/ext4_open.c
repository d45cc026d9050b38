/* SPDX-License-Identifier: MIT */
/* ext4_open.c - ext2, ext3, ext4: which superblock and descriptors are used, and what the journal changes of it */
#include <inttypes.h>
#include <stdlib.h>

#include <ext2fs/ext2fs.h>

#include "ext4_priv.h"
#include "romsplit/disk.h"

enum { MAX_GROUP_TABLE = 16 << 20 }; /* bytes of group descriptors: a 16 TiB filesystem has 8 MiB */

/* A superblock that could be one, and where its copy lies. */
struct candidate {
	struct rom_ext4_super sb;
	uint64_t block; /* 0: the primary */
};

static enum rom_status read_super(
	struct rom_image *img, uint64_t at, struct rom_ext4_super *ret, struct rom_err *err)
{
	uint8_t buf[ROM_EXT4_SUPER_LEN];
	struct rom_view v = { .p = buf, .len = sizeof(buf), .at = at };
	enum rom_status st = rom_read(img, buf, sizeof(buf), at, err);
	uint64_t groups;

	if (st == ROM_E_RANGE || st == ROM_E_ABSENT)
		return ROM_NO_MATCH;
	if (!st)
		st = rom_ext4_super_decode(&v, ret, err);
	if (st)
		return st;
	groups = ret->blocks / ret->blocks_per_group + 1;
	if (groups * 64 > MAX_GROUP_TABLE)
		return rom_fail(err, ROM_E_LIMIT, at + 4,
			"ext4: expected at most %d block groups, got %" PRIu64,
			MAX_GROUP_TABLE / 64, groups);
	return ROM_OK;
}

/* The next backup superblock after *step tries; all block sizes are tried, whatever the primary says. */
static bool next_backup(struct rom_image *img, unsigned *step, struct candidate *ret)
{
	static const uint32_t groups[] = { 1, 3, 5, 7, 9, 25, 27, 49, 81, 125 };
	enum { N = sizeof(groups) / sizeof(*groups), SIZES = 7 };

	for (; *step < N * SIZES; (*step)++) {
		uint32_t bs = 1024u << (*step / N), group = groups[*step % N];
		uint64_t block = (uint64_t)group * 8 * bs + (bs == 1024);
		struct rom_err err;

		if (read_super(img, block * bs, &ret->sb, &err) || ret->sb.block_size != bs ||
			ret->sb.group != group)
			continue;
		ret->block = block;
		(*step)++;
		return true;
	}
	return false;
}

static ext2_filsys open_e2(struct rom_image *img, const struct candidate *c, errcode_t *e)
{
	ext2_filsys e2 = NULL;
	char name[64];

	rom_ext4_io_name(img, name, sizeof(name));
	*e = ext2fs_open2(name, NULL,
		EXT2_FLAG_64BITS | EXT2_FLAG_SOFTSUPP_FEATURES | EXT2_FLAG_IGNORE_CSUM_ERRORS |
			EXT2_FLAG_FORCE | EXT2_FLAG_SKIP_MMP,
		(int)c->block, c->block ? c->sb.block_size : 0, rom_ext4_io_manager(), &e2);
	return *e ? NULL : e2;
}

/* True for an inode that leads to names: one of noise is a directory once in 16 times. */
static bool leads_to_names(ext2_filsys e2, struct ext2_inode *in)
{
	if (in->i_flags & EXT4_INLINE_DATA_FL)
		return ext2fs_has_feature_inline_data(e2->super) && in->i_block[0] == EXT4_ROOT;
	if (in->i_flags & EXT4_EXTENTS_FL)
		return !ext2fs_extent_header_verify(in->i_block, sizeof(in->i_block));
	return in->i_block[0] && in->i_block[0] < ext2fs_blocks_count(e2->super);
}

/* True when the group descriptors make sense and lead to the root directory: then this copy is the one to use. */
static bool is_usable(ext2_filsys e2)
{
	struct ext2_inode root;

	return !ext2fs_check_desc(e2) && !ext2fs_read_inode(e2, EXT4_ROOT, &root) &&
	       LINUX_S_ISDIR(root.i_mode) && !root.i_dtime && leads_to_names(e2, &root);
}

/* The best copy of superblock and descriptors: the primary, unless a backup is usable and it is not. */
static enum rom_status open_best(
	struct rom_image *img, struct candidate *ret, ext2_filsys *ret_e2, struct rom_err *err)
{
	struct candidate c = { 0 };
	unsigned step = 0;
	errcode_t e;
	enum rom_status st = read_super(img, ROM_EXT4_SUPER_AT, &c.sb, err);
	ext2_filsys first = st ? NULL : open_e2(img, &c, &e);

	if (st && st != ROM_NO_MATCH && st != ROM_E_CORRUPT)
		return st;
	if (!st && !first)
		st = rom_fail(err, ROM_E_CORRUPT, ROM_EXT4_SUPER_AT, "ext4: %s", rom_ext4_error(e));
	*ret = c;
	*ret_e2 = first;
	if (first && is_usable(first))
		return ROM_OK;
	while (next_backup(img, &step, &c)) {
		ext2_filsys e2 = open_e2(img, &c, &e);

		if (!e2)
			continue;
		if (is_usable(e2)) {
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

static void take_e2(struct ext4_fs *ext4, ext2_filsys e2, const struct candidate *c)
{
	ext4->fs.kind = rom_ext4_super_kind(&c->sb);
	ext4->fs.root = EXT4_ROOT;
	ext4->fs.inodes = c->sb.inodes;
	ext4->e2 = e2;
	ext4->block_size = ext4->fs.block_size = c->sb.block_size;
	memcpy(ext4->fs.uuid, c->sb.uuid, sizeof(ext4->fs.uuid));
	ext4->blocks = c->sb.blocks;
	ext4->inode_size = c->sb.inode_size;
	ext4->has_filetype = ext2fs_has_feature_filetype(e2->super);
	ext4->has_csum = ext2fs_has_feature_metadata_csum(e2->super);
	ext4->csum_seed = ext2fs_has_feature_csum_seed(e2->super)
				  ? e2->super->s_checksum_seed
				  : rom_crc32c(0xffffffff, c->sb.uuid, 16);
	e2->flags &= ~EXT2_FLAG_IGNORE_CSUM_ERRORS; /* from here on we want to be told */
	if (c->block)
		rom_fs_damage(&ext4->fs, 0, ROM_EXT4_SUPER_AT,
			"the first superblock or its group descriptors are damaged; the backup in block %" PRIu64
			" is used",
			c->block);
}

/* Lays the news of the journal over the image and opens what is seen then. As the kernel, only when the superblock
 * says that it was not unmounted; a backup superblock never says so, and is not believed. */
static void replay_journal(struct ext4_fs *ext4, struct candidate *c)
{
	ext2_filsys e2 = ext4->e2;
	struct rom_inode inode;
	struct rom_content content = { 0 };
	struct rom_image *replayed = NULL;
	struct rom_err err;
	ext2_filsys again;

	if (!e2->super->s_journal_inum || !ext2fs_has_feature_journal(e2->super) ||
		(!c->block && !ext2fs_has_feature_journal_needs_recovery(e2->super)))
		return;
	if (!rom_fs_ext4.inode(&ext4->fs, e2->super->s_journal_inum, &inode, &err) &&
		!rom_fs_ext4.content(&ext4->fs, &inode, &content, &err))
		replayed = rom_ext4_journal_replay(ext4, &content, &ext4->fs.journal);
	rom_content_done(&content);
	if (!replayed)
		return;
	if (open_best(replayed, c, &again, &err)) {
		rom_fs_damage(&ext4->fs, 0, ROM_EXT4_SUPER_AT,
			"after the replay of the journal: %s", err.text);
		rom_image_close(replayed);
		ext4->fs.journal.replayed = false;
		return;
	}
	if (ext4->fs.data == ext4->fs.meta) { /* contents may have been journalled too */
		rom_image_close(ext4->fs.data);
		ext4->fs.data = rom_image_ref(replayed);
	}
	rom_image_close(ext4->fs.meta);
	ext4->fs.meta = replayed;
	ext2fs_close_free(&e2);
	take_e2(ext4, again, c);
}

enum { MAX_ORPHANS = 10000 };

/* The superblock names the first, and each the next where the time of deletion goes. */
static void count_orphans(struct ext4_fs *ext4)
{
	ext2_filsys e2 = ext4->e2;
	struct rom_fs_journal *j = &ext4->fs.journal;
	ext2_ino_t ino = e2->super->s_last_orphan;
	struct ext2_inode inode;

	while (ino && ino <= e2->super->s_inodes_count && j->orphans < MAX_ORPHANS) {
		if (j->orphans < sizeof(j->first_orphans) / sizeof(*j->first_orphans))
			j->first_orphans[j->orphans] = ino;
		j->orphans++;
		if (ext2fs_read_inode(e2, ino, &inode))
			break;
		ino = inode.i_dtime;
	}
}

enum rom_status rom_ext4_open(struct rom_image *meta, struct rom_image *data,
	const struct rom_fs_options *options, struct rom_fs **ret, struct rom_err *err)
{
	struct candidate c;
	struct ext4_fs *ext4;
	ext2_filsys e2;
	enum rom_status st = open_best(meta, &c, &e2, err);

	if (st)
		return st;
	ext4 = rom_alloc(sizeof(*ext4));
	ext4->fs.ops = &rom_fs_ext4;
	ext4->fs.meta = rom_image_ref(meta);
	ext4->fs.data = rom_image_ref(data);
	ext4->fs.options = *options;
	take_e2(ext4, e2, &c);
	if (!options->no_journal)
		replay_journal(ext4, &c);
	count_orphans(ext4);
	*ret = &ext4->fs;
	return ROM_OK;
}

void rom_ext4_close(struct rom_fs *fs)
{
	ext2fs_close_free((ext2_filsys *)&((struct ext4_fs *)fs)->e2);
	free(fs);
}
