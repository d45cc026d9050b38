/* SPDX-License-Identifier: MIT */
/* ext4_open.c - ext2, ext3, ext4: which superblock and descriptors are used,
 * and what the journal changes of it */
#include <inttypes.h>
#include <stdlib.h>

#include <ext2fs/ext2fs.h>

#include "ext4_priv.h"
#include "romsplit/disk.h"

/* bytes of group descriptors: a 16 TiB filesystem has 8 MiB */
enum { MAX_GROUP_TABLE = 16 << 20 };

/* A superblock that could be one, and where its copy lies. */
struct candidate {
	struct rom_ext4_super sb;
	uint64_t block; /* 0: the primary */
};

static enum rom_status read_super(struct rom_image *img, uint64_t offset,
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

/* opened in one search: each costs all its group descriptors */
enum { MAX_BACKUPS = 6 };

/* The next backup superblock after *step tries; all block sizes are tried,
 * whatever the primary says. */
static bool next_backup(
	struct rom_image *img, unsigned *step, struct candidate *ret)
{
	static const uint32_t groups[] = { 1, 3, 5, 7, 9, 25, 27, 49, 81, 125 };
	enum { N = sizeof(groups) / sizeof(*groups), SIZES = 7 };

	for (; *step < N * SIZES; (*step)++) {
		uint32_t bs = 1024u << (*step / N), group = groups[*step % N];
		uint64_t block = (uint64_t)group * 8 * bs + (bs == 1024);
		struct rom_err err;

		if (read_super(img, block * bs, &ret->sb, &err) ||
			ret->sb.block_size != bs || ret->sb.group != group)
			continue;
		ret->block = block;
		(*step)++;
		return true;
	}
	return false;
}

static ext2_filsys open_e2(
	struct rom_image *img, const struct candidate *c, errcode_t *e)
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

enum { EXTENT_MAGIC = 0xf30a };

/* True when the 60 bytes of map can be one; noise seldom has a block number
 * within the filesystem. */
static bool has_map(ext2_filsys e2, struct rom_buffer *inode, uint32_t flags)
{
	enum { DIRECT = 12 };
	bool any = false;

	if (flags & EXT4_FL_INLINE)
		return ext2fs_has_feature_inline_data(e2->super);
	if (flags & EXT4_FL_EXTENTS)
		return rom_le16(inode, EXT4_MAP_AT) == EXTENT_MAGIC;
	for (size_t i = 0; i < DIRECT; i++) {
		uint32_t block = rom_le32(inode, EXT4_MAP_AT + 4 * i);

		any = any || (block && block < ext2fs_blocks_count(e2->super));
	}
	return any;
}

/* One of noise is a directory once in 16 times: it must have a map, too, and
 * not be deleted. */
static bool has_root(ext2_filsys e2)
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
	return root.type == ROM_FILE_DIRECTORY && has_map(e2, &v, root.flags) &&
	       (!rom_le32(&v, EXT4_DTIME_AT) ||
		       (root.size && root.size % e2->blocksize == 0));
}

/* True when the group descriptors make sense and lead to the root directory:
 * then this copy is the one to use. */
static bool is_usable(ext2_filsys e2)
{
	return !ext2fs_check_desc(e2) && has_root(e2);
}

/* The best copy of superblock and descriptors: the primary, unless a backup is
 * usable and it is not. */
static enum rom_status open_best(struct rom_image *img, struct candidate *ret,
	ext2_filsys *ret_e2, struct rom_err *err)
{
	struct candidate c = { 0 };
	unsigned step = 0;
	errcode_t e;
	enum rom_status st = read_super(img, ROM_EXT4_SUPER_AT, &c.sb, err);
	ext2_filsys first = st ? NULL : open_e2(img, &c, &e);

	if (st && st != ROM_NO_MATCH && st != ROM_E_CORRUPT)
		return st;
	if (!st && !first)
		st = rom_fail(err, ROM_E_CORRUPT, ROM_EXT4_SUPER_AT, "ext4: %s",
			rom_ext4_error(e));
	*ret = c;
	*ret_e2 = first;
	if (first && is_usable(first))
		return ROM_OK;
	for (unsigned n = 0; n < MAX_BACKUPS && next_backup(img, &step, &c);
		n++) {
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

static void take_e2(
	struct ext4_fs *ext4, ext2_filsys e2, const struct candidate *c)
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
	/* from here on we want to be told */
	e2->flags &= ~EXT2_FLAG_IGNORE_CSUM_ERRORS;
	if (c->block)
		rom_fs_damage(&ext4->fs, 0, ROM_EXT4_SUPER_AT,
			"the first superblock or its group descriptors are "
			"damaged; the backup in block %" PRIu64 " is used",
			c->block);
}

/* What is to be seen after the journal was replayed; NULL: nothing else.
 * content is freed. */
static struct rom_image *replay(struct ext4_fs *ext4, struct rom_file_map *map)
{
	struct rom_image *replayed =
		rom_ext4_journal_replay(ext4, map, &ext4->fs.journal);

	rom_file_map_done(map);
	return replayed;
}

static struct rom_image *replay_by_inode(struct ext4_fs *ext4, uint64_t ino)
{
	struct rom_inode inode;
	struct rom_file_map map = { 0 };
	struct rom_err err;

	if (rom_fs_ext4.inode(&ext4->fs, ino, &inode, &err) ||
		inode.type != ROM_FILE_REGULAR ||
		rom_fs_ext4.map(&ext4->fs, &inode, &map, &err))
		return NULL;
	return replay(ext4, &map);
}

/* By the copy of the journal's inode in the superblock: its map, and its size
 * in two words behind that. */
static struct rom_image *replay_by_copy(struct ext4_fs *ext4, uint64_t ino)
{
	const struct ext2_super_block *sb = ((ext2_filsys)ext4->e2)->super;
	const uint32_t *copy = sb->s_jnl_blocks;
	struct rom_file_map map = { 0 };
	struct rom_inode inode = { .ino = ino,
		.type = ROM_FILE_REGULAR,
		.size = (uint64_t)copy[15] << 32 | copy[16] };

	if (sb->s_jnl_backup_type != EXT3_JNL_BACKUP_BLOCKS)
		return NULL;
	if ((copy[0] & 0xffff) == EXTENT_MAGIC)
		inode.flags = EXT4_FL_EXTENTS;
	rom_ext4_map(ext4, &inode, (const uint8_t *)copy, inode.size, &map);
	return replay(ext4, &map);
}

/* What is in the image after the replay: perhaps a root or a superblock again,
 * else what was chosen before. */
static enum rom_status open_again(struct rom_image *replayed,
	struct candidate *c, ext2_filsys *ret, struct rom_err *err)
{
	struct candidate best;
	enum rom_status st = open_best(replayed, &best, ret, err);
	errcode_t e;

	if (!st && is_usable(*ret)) {
		*c = best;
		return ROM_OK;
	}
	if (!st)
		ext2fs_close_free(ret);
	*ret = open_e2(replayed, c, &e);
	return *ret ? ROM_OK
		    : rom_fail(err, ROM_E_CORRUPT, ROM_EXT4_SUPER_AT,
			      "ext4: %s", rom_ext4_error(e));
}

/* Lays the news of the journal over the image and opens what is seen then. As
 * the kernel, only when the superblock says that it was not unmounted; a backup
 * superblock never says so, and is not believed. */
static void replay_journal(struct ext4_fs *ext4, struct candidate *c)
{
	ext2_filsys e2 = ext4->e2, again;
	uint64_t ino = e2->super->s_journal_inum;
	struct rom_image *replayed;
	struct rom_err err;

	if (!ino || !ext2fs_has_feature_journal(e2->super) ||
		(!c->block &&
			!ext2fs_has_feature_journal_needs_recovery(e2->super)))
		return;
	replayed = replay_by_inode(ext4, ino);
	if (!replayed && !ext4->fs.journal.present)
		replayed = replay_by_copy(ext4, ino);
	if (!replayed)
		return;
	if (open_again(replayed, c, &again, &err)) {
		rom_fs_damage(&ext4->fs, 0, ROM_EXT4_SUPER_AT,
			"after the replay of the journal: %s", err.text);
		rom_image_close(replayed);
		ext4->fs.journal.replayed = false;
		return;
	}
	/* contents may have been journalled too */
	if (ext4->fs.data == ext4->fs.meta) {
		rom_image_close(ext4->fs.data);
		ext4->fs.data = rom_image_ref(replayed);
	}
	rom_image_close(ext4->fs.meta);
	ext4->fs.meta = replayed;
	ext2fs_close_free(&e2);
	take_e2(ext4, again, c);
}

enum { MAX_ORPHANS = 10000 };

/* The superblock names the first, and each the next where the time of deletion
 * goes. */
static void count_orphans(struct ext4_fs *ext4)
{
	ext2_filsys e2 = ext4->e2;
	struct rom_fs_journal *j = &ext4->fs.journal;
	ext2_ino_t ino = e2->super->s_last_orphan;
	struct ext2_inode inode;

	while (ino && ino <= e2->super->s_inodes_count &&
		j->orphans < MAX_ORPHANS) {
		if (j->orphans <
			sizeof(j->first_orphans) / sizeof(*j->first_orphans))
			j->first_orphans[j->orphans] = ino;
		j->orphans++;
		if (ext2fs_read_inode(e2, ino, &inode))
			break;
		ino = inode.i_dtime;
	}
}

static void ask_for_root(struct ext4_fs *ext4)
{
	if (has_root(ext4->e2))
		return;
	ext4->fs.synthetic_root = true;
	rom_fs_damage(&ext4->fs, EXT4_ROOT, ROM_NO_OFFSET,
		"the root folder is gone: what no other folder names is listed "
		"in its place, by the numbers of "
		"the inodes");
}

static struct ext4_fs *new_fs(struct rom_image *meta, struct rom_image *data,
	const struct rom_fs_options *options, ext2_filsys e2,
	struct candidate *c)
{
	struct ext4_fs *ext4 = rom_alloc(sizeof(*ext4));

	ext4->fs.ops = &rom_fs_ext4;
	ext4->fs.meta = rom_image_ref(meta);
	ext4->fs.data = rom_image_ref(data);
	ext4->fs.options = *options;
	take_e2(ext4, e2, c);
	if (!options->no_journal)
		replay_journal(ext4, c);
	ask_for_root(ext4);
	count_orphans(ext4);
	return ext4;
}

/* ---- without a root ------------------------------------------------------ */

/* bytes of each inode table, and how many tables */
enum { LOOK_LEN = 4096, MAX_LOOKS = 512 };

static bool is_in_use(
	ext2_filsys e2, struct rom_buffer *v, const struct rom_inode *in)
{
	return (in->type == ROM_FILE_DIRECTORY ||
		       in->type == ROM_FILE_REGULAR) &&
	       in->links && !rom_le32(v, EXT4_DTIME_AT) &&
	       has_map(e2, v, in->flags);
}

/* A table of inodes is full of zeros, ciphertext has one in 256 bytes. */
static bool is_noise(const uint8_t *p, size_t len)
{
	size_t zeros = 0;

	for (size_t i = 0; i < len; i++)
		zeros += p[i] == 0;
	return zeros < len / 64;
}

/* True when what lies there is no table, but noise. */
static bool look_at_group(ext2_filsys e2, struct rom_image *img, dgrp_t group,
	struct rom_fs_scan_result *seen)
{
	uint8_t buf[LOOK_LEN];
	size_t size = EXT2_INODE_SIZE(e2->super);
	uint64_t offset = ext2fs_inode_table_loc(e2, group) * e2->blocksize;
	uint64_t first = (uint64_t)group * e2->super->s_inodes_per_group + 1,
		 before = seen->nodes;
	struct rom_err err;

	if (rom_read(img, buf, sizeof(buf), offset, &err))
		return false;
	seen->examined++;
	for (size_t off = 0; off + size <= sizeof(buf); off += size) {
		struct rom_buffer v = {
			.p = buf + off, .len = size, .offset = offset + off
		};
		struct rom_inode in;

		rom_ext4_decode_inode(&v, first + off / size, &in);
		/* the first that is nobody's own is lost+found, which all
		 * have */
		if (in.ino <= EXT2_FIRST_INODE(e2->super) ||
			!is_in_use(e2, &v, &in))
			continue;
		if (!seen->nodes++)
			seen->offset = v.offset;
		seen->inodes += in.size > 0;
		seen->encrypted += in.size > 0 && in.encrypted;
	}
	return seen->nodes == before && is_noise(buf, sizeof(buf));
}

/* Where most tables are noise, the others are what ciphertext has not yet
 * written over: nothing is seen then. */
static void look_over(
	ext2_filsys e2, struct rom_image *img, struct rom_fs_scan_result *seen)
{
	dgrp_t n = e2->group_desc_count, step = (n - 1) / MAX_LOOKS + 1;
	uint64_t noise = 0;

	*seen = (struct rom_fs_scan_result){ 0 };
	if (ext2fs_check_desc(e2))
		return;
	for (dgrp_t group = 0; group < n; group += step)
		noise += look_at_group(e2, img, group, seen);
	if (noise * 2 > seen->examined)
		seen->nodes = 0;
}

/* The first copy of superblock and descriptors that leads to inodes in use;
 * NULL: none does. */
static ext2_filsys find_files(struct rom_image *img, struct candidate *c,
	struct rom_fs_scan_result *seen)
{
	unsigned step = 0, tries = 0;
	struct rom_err err;
	bool more;

	*c = (struct candidate){ 0 };
	more = !read_super(img, ROM_EXT4_SUPER_AT, &c->sb, &err) ||
	       next_backup(img, &step, c);
	for (; more;
		more = tries++ < MAX_BACKUPS && next_backup(img, &step, c)) {
		errcode_t e;
		ext2_filsys e2 = open_e2(img, c, &e);

		if (!e2)
			continue;
		look_over(e2, img, seen);
		if (seen->nodes)
			return e2;
		ext2fs_close_free(&e2);
	}
	return NULL;
}

/* Instead of a copy that leads to no root, one that leads to files. */
static void prefer_files(
	struct rom_image *img, struct candidate *c, ext2_filsys *e2)
{
	struct candidate other;
	struct rom_fs_scan_result seen;
	ext2_filsys found = find_files(img, &other, &seen);

	if (!found)
		return;
	ext2fs_close_free(e2);
	*e2 = found;
	*c = other;
}

enum rom_status rom_ext4_open(struct rom_image *meta, struct rom_image *data,
	const struct rom_fs_options *options, struct rom_fs **ret,
	struct rom_err *err)
{
	struct candidate c;
	ext2_filsys e2;
	enum rom_status st = open_best(meta, &c, &e2, err);
	bool usable;

	if (st == ROM_E_CORRUPT && options->full_scan)
		return rom_ext4_full_scan(meta, data, options, ret, err);
	if (st)
		return st;
	usable = is_usable(e2);
	if (options->full_scan && !usable)
		prefer_files(meta, &c, &e2);
	*ret = &new_fs(meta, data, options, e2, &c)->fs;
	(*ret)->needs_full_scan = !options->full_scan && !usable;
	return ROM_OK;
}

void rom_ext4_quick_scan(struct rom_image *img, struct rom_fs_scan_result *ret)
{
	struct candidate c;
	struct rom_fs_scan_result seen;
	ext2_filsys e2 = find_files(img, &c, &seen);

	if (!e2)
		return;
	ext2fs_close_free(&e2);
	*ret = seen;
	ret->kind = rom_ext4_super_kind(&c.sb);
}

enum rom_status rom_ext4_full_scan(struct rom_image *meta,
	struct rom_image *data, const struct rom_fs_options *options,
	struct rom_fs **ret, struct rom_err *err)
{
	struct candidate c;
	struct rom_fs_scan_result seen;
	ext2_filsys e2 = find_files(meta, &c, &seen);

	(void)err;
	if (!e2)
		return ROM_NO_MATCH;
	*ret = &new_fs(meta, data, options, e2, &c)->fs;
	return ROM_OK;
}

void rom_ext4_close(struct rom_fs *fs)
{
	struct ext4_fs *ext4 = (struct ext4_fs *)fs;

	ext2fs_close_free((ext2_filsys *)&ext4->e2);
	rom_vec_done(&ext4->lost);
	free(fs);
}
