/* SPDX-License-Identifier: MIT */
/* ext4_open.c - ext2, ext3, ext4: opening, and switching to the image after the
 * replay of the journal */
#include <inttypes.h>
#include <stdlib.h>

#include <ext2fs/ext2fs.h>

#include "ext4_priv.h"
#include "romsplit/disk.h"

static void attach_e2(
	struct ext4_fs *ext4, ext2_filsys e2, const struct ext4_copy *c)
{
	ext4->fs.kind = rom_ext4_super_kind(&c->sb);
	ext4->fs.root = EXT4_ROOT;
	ext4->fs.inodes = c->sb.inodes;
	ext4->e2 = e2;
	ext4->block_size = c->sb.block_size;
	memcpy(ext4->uuid, c->sb.uuid, sizeof(ext4->uuid));
	ext4->from_backup = c->block > 0;
	ext4->blocks = c->sb.blocks;
	ext4->inode_size = c->sb.inode_size;
	ext4->has_filetype = ext2fs_has_feature_filetype(e2->super);
	ext4->has_csum = ext2fs_has_feature_metadata_csum(e2->super);
	ext4->csum_seed = ext2fs_has_feature_csum_seed(e2->super)
				  ? e2->super->s_checksum_seed
				  : rom_crc32c(0xffffffff, c->sb.uuid, 16);
	/* opening tolerates wrong checksums; from here on they are reported */
	e2->flags &= ~EXT2_FLAG_IGNORE_CSUM_ERRORS;
	if (c->block)
		rom_fs_damage(&ext4->fs, 0, ROM_EXT4_SUPER_AT,
			"the first superblock or its group descriptors are "
			"damaged; the backup in block %" PRIu64 " is used",
			c->block);
}

/* The image after the replay; NULL: unchanged. Frees map. */
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

	if (rom_reader_ext4.inode(&ext4->fs, ino, &inode, &err) ||
		inode.type != ROM_FILE_REGULAR ||
		rom_reader_ext4.map(&ext4->fs, &inode, &map, &err))
		return NULL;
	return replay(ext4, &map);
}

/* Replays by the copy of the journal's inode in the superblock (s_jnl_blocks):
 * i_block, then i_size_high and i_size. It survives the loss of inode 8. */
static struct rom_image *replay_by_copy(struct ext4_fs *ext4, uint64_t ino)
{
	const struct ext2_super_block *sb = ext4->e2->super;
	const uint32_t *copy = sb->s_jnl_blocks;
	struct rom_file_map map = { 0 };
	struct rom_inode inode = { .ino = ino,
		.type = ROM_FILE_REGULAR,
		.size = (uint64_t)copy[15] << 32 | copy[16] };

	if (sb->s_jnl_backup_type != EXT3_JNL_BACKUP_BLOCKS)
		return NULL;
	if ((copy[0] & 0xffff) == EXT4_EXTENT_MAGIC)
		inode.flags = EXT4_FL_EXTENTS;
	rom_ext4_map(ext4, &inode, (const uint8_t *)copy, inode.size, &map);
	return replay(ext4, &map);
}

/* Opens the image after the replay. The journal may have restored the primary
 * superblock or the root, so the best copy is chosen anew; if none is usable,
 * the one from before is kept. */
static enum rom_status open_again(struct rom_image *replayed, bool placed,
	struct ext4_copy *c, ext2_filsys *ret, struct rom_err *err)
{
	struct ext4_copy best;
	/* beside the copy that was asked for lies another filesystem */
	enum rom_status st = placed ? ROM_NO_MATCH
				    : rom_ext4_open_best(
					      replayed, &best, ret, err);
	errcode_t e;

	if (!st && rom_ext4_is_usable(*ret)) {
		*c = best;
		return ROM_OK;
	}
	if (!st)
		ext2fs_close_free(ret);
	*ret = rom_ext4_open_e2(replayed, c, &e);
	return *ret ? ROM_OK
		    : rom_fail(err, ROM_E_CORRUPT, ROM_EXT4_SUPER_AT,
			      "ext4: %s", rom_ext4_error(e));
}

/* Replays the journal and reopens the result. Like the kernel, only when the
 * superblock has needs_recovery; the kernel never sets it in backups, so with a
 * backup the journal is always examined. */
static void replay_journal(struct ext4_fs *ext4, struct ext4_copy *c)
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
	if (open_again(replayed, ext4->fs.options.place, c, &again, &err)) {
		rom_fs_damage(&ext4->fs, 0, ROM_EXT4_SUPER_AT,
			"after the replay of the journal: %s", err.text);
		rom_image_close(replayed);
		ext4->fs.journal.replayed = false;
		return;
	}
	/* data=journal writes file contents to the journal as well */
	if (ext4->fs.data == ext4->fs.meta) {
		rom_image_close(ext4->fs.data);
		ext4->fs.data = rom_image_ref(replayed);
	}
	rom_image_close(ext4->fs.meta);
	ext4->fs.meta = replayed;
	ext2fs_close_free(&e2);
	attach_e2(ext4, again, c);
}

/* a damaged list may form a cycle */
enum { MAX_ORPHANS = 10000 };

/* Follows the orphan list: the superblock holds the first inode, and i_dtime of
 * each the next. */
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

static void check_root(struct ext4_fs *ext4)
{
	if (rom_ext4_has_root(ext4->e2))
		return;
	ext4->fs.synthetic_root = true;
	rom_fs_damage(&ext4->fs, EXT4_ROOT, ROM_NO_OFFSET,
		"the root folder is gone: files and folders that no other "
		"folder names are listed in its place, by inode number");
}

static struct ext4_fs *new_fs(struct rom_image *img,
	const struct rom_fs_options *options, ext2_filsys e2,
	struct ext4_copy *c)
{
	struct ext4_fs *ext4 = rom_alloc(sizeof(*ext4));

	ext4->fs.reader = &rom_reader_ext4;
	ext4->fs.meta = rom_image_ref(img);
	ext4->fs.data = rom_image_ref(img);
	ext4->fs.options = *options;
	attach_e2(ext4, e2, c);
	if (!options->no_journal)
		replay_journal(ext4, c);
	check_root(ext4);
	count_orphans(ext4);
	return ext4;
}

/* ---- without a root ------------------------------------------------------ */

/* Replaces a copy that leads to no root by one that leads to files. */
static void prefer_files(
	struct rom_image *img, struct ext4_copy *c, ext2_filsys *e2)
{
	struct ext4_copy other;
	struct rom_fs_scan_result seen;
	ext2_filsys found = rom_ext4_find_files(img, &other, &seen);

	if (!found)
		return;
	ext2fs_close_free(e2);
	*e2 = found;
	*c = other;
}

/* Opens that copy and no other. */
static enum rom_status open_place(struct rom_image *img,
	const struct rom_fs_options *options, struct rom_fs **ret,
	struct rom_err *err)
{
	const struct rom_fs_place *place = options->place;
	struct ext4_copy c;
	ext2_filsys e2 = NULL;
	errcode_t e = 0;

	if (rom_ext4_copy_at(img, place->super - place->start, &c))
		e2 = rom_ext4_open_e2(img, &c, &e);
	if (!e2)
		return rom_fail(err, ROM_E_CORRUPT, place->super, "ext4: %s",
			e ? rom_ext4_error(e) : "no superblock");
	*ret = &new_fs(img, options, e2, &c)->fs;
	return ROM_OK;
}

enum rom_status rom_ext4_open(struct rom_image *img,
	const struct rom_fs_options *options, struct rom_fs **ret,
	struct rom_err *err)
{
	struct ext4_copy c;
	ext2_filsys e2;
	enum rom_status st;
	bool usable;

	if (options->place)
		return open_place(img, options, ret, err);
	st = rom_ext4_open_best(img, &c, &e2, err);
	if (st == ROM_E_CORRUPT && options->full_scan)
		return rom_ext4_full_scan(img, options, ret, err);
	if (st)
		return st;
	usable = rom_ext4_is_usable(e2);
	if (options->full_scan && !usable)
		prefer_files(img, &c, &e2);
	*ret = &new_fs(img, options, e2, &c)->fs;
	(*ret)->needs_full_scan = !options->full_scan && !usable;
	return ROM_OK;
}

enum rom_status rom_ext4_full_scan(struct rom_image *img,
	const struct rom_fs_options *options, struct rom_fs **ret,
	struct rom_err *err)
{
	struct ext4_copy c;
	struct rom_fs_scan_result seen;
	ext2_filsys e2 = rom_ext4_find_files(img, &c, &seen);

	(void)err;
	if (!e2)
		return ROM_NO_MATCH;
	*ret = &new_fs(img, options, e2, &c)->fs;
	return ROM_OK;
}

void rom_ext4_uuid(struct rom_fs *fs)
{
	const struct ext4_fs *ext4 = (const struct ext4_fs *)fs;

	fs->block_size = ext4->block_size;
	memcpy(fs->uuid, ext4->uuid, sizeof(fs->uuid));
}

void rom_ext4_close(struct rom_fs *fs)
{
	struct ext4_fs *ext4 = (struct ext4_fs *)fs;

	ext2fs_close_free(&ext4->e2);
	rom_vec_done(&ext4->unattached);
	free(fs);
}
