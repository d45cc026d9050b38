/* SPDX-License-Identifier: MIT */
/* f2fs_open.c - f2fs: its superblock, its checkpoint, and what the reader is to
 * the others */
#include <inttypes.h>
#include <stdlib.h>

#include "f2fs_priv.h"

enum {
	/* no power of two: the copies of a block lie 512 apart, and both are
	   asked for */
	NAT_BLOCKS = 509,
	NODE_BLOCKS = 512, /* of 4 KiB each */
};

static enum rom_status read_super(struct rom_image *img, uint64_t offset,
	struct rom_f2fs_super *ret, struct rom_err *err)
{
	uint8_t buf[ROM_F2FS_SUPER_LEN];
	struct rom_buffer v = {
		.p = buf, .len = sizeof(buf), .offset = offset
	};
	enum rom_status st = rom_read(img, buf, sizeof(buf), offset, err);

	if (st == ROM_E_RANGE || st == ROM_E_ABSENT)
		return ROM_NO_MATCH;
	if (!st)
		st = rom_f2fs_super_decode(&v, ret, err);
	return st ? st : rom_f2fs_super_check(ret, offset, err);
}

/* A sound superblock of ext4 lies where the first of f2fs would: whatever else
 * is there is older. */
static bool is_ext4(struct rom_image *img)
{
	uint8_t buf[ROM_EXT4_SUPER_LEN];
	struct rom_buffer v = { .p = buf, .len = sizeof(buf) };
	struct rom_ext4_super sb;
	struct rom_err err;

	return !rom_read(img, buf, sizeof(buf), ROM_EXT4_SUPER_AT, &err) &&
	       !rom_ext4_super_decode(&v, &sb, &err);
}

/* The first superblock, else its copy, else one made up from a checkpoint;
 * *ret_from says which: 0, 1, 2. */
static enum rom_status find_super(struct rom_image *img,
	struct rom_f2fs_super *ret, unsigned *ret_from, struct rom_err *err)
{
	struct rom_err other;
	enum rom_status st = read_super(img, ROM_F2FS_SUPER_AT, ret, err),
			second;

	*ret_from = 0;
	if (!st || st == ROM_E_INPUT || st == ROM_E_IO)
		return st;
	if (is_ext4(img))
		return ROM_NO_MATCH;
	second = read_super(img, ROM_F2FS_SUPER2_AT, ret,
		st == ROM_NO_MATCH ? err : &other);
	*ret_from = 1;
	if (!second || second == ROM_E_INPUT || second == ROM_E_IO)
		return second;
	*ret_from = 2;
	if (rom_f2fs_layout_find(img, ret))
		return ROM_OK;
	return st; /* of a copy alone, and a torn one, nothing can be said */
}

static void note_super(struct f2fs_fs *f, unsigned from)
{
	static const char *const texts[] = { NULL,
		"the first superblock is damaged; its copy is used",
		"both superblocks are gone; where things lie was found by "
		"looking for a checkpoint" };

	if (texts[from])
		rom_fs_damage(&f->fs, 0, ROM_F2FS_SUPER_AT, "%s", texts[from]);
}

static void take_super(struct f2fs_fs *f)
{
	uint64_t nids = (uint64_t)f->sb.nat_segments / 2 * ROM_F2FS_SEGMENT *
			ROM_F2FS_NAT_ENTRIES;

	f->nids = (uint32_t)rom_min(nids, UINT32_MAX);
	f->end_block =
		f->sb.main_block + f->sb.main_segments * ROM_F2FS_SEGMENT;
	f->fs.kind = "f2fs";
	f->fs.root = f->sb.root;
	f->fs.inodes = f->nids - 1;
	rom_crc32_fill(&f->crc);
	f->inode_seed = rom_crc32_fast(
		&f->crc, UINT32_MAX, f->sb.uuid, sizeof(f->sb.uuid));
}

static struct f2fs_fs *new_fs(struct rom_image *meta, struct rom_image *data,
	const struct rom_fs_options *options, const struct rom_f2fs_super *sb)
{
	struct f2fs_fs *f = rom_alloc(sizeof(*f));

	f->fs.ops = &rom_fs_f2fs;
	f->fs.meta = rom_image_ref(meta);
	f->fs.data = rom_image_ref(data);
	f->fs.options = *options;
	f->sb = *sb;
	take_super(f);
	rom_f2fs_cache_init(&f->nat_cache, NAT_BLOCKS);
	rom_f2fs_cache_init(&f->node_cache, NODE_BLOCKS);
	return f;
}

static void f2fs_close(struct rom_fs *fs)
{
	struct f2fs_fs *f = rom_f2fs_of(fs);

	rom_f2fs_cache_done(&f->nat_cache);
	rom_f2fs_cache_done(&f->node_cache);
	rom_map_done(&f->fsynced_nodes, NULL);
	rom_map_done(&f->rollforward, free);
	rom_map_done(&f->fsynced_dirs, NULL);
	rom_vec_done(&f->fsynced_names);
	rom_f2fs_full_scan_free(f->full_scan);
	rom_vec_done(&f->reattached);
	free(f->pack);
	free(f);
}

/* As rom_fs_close, but for what belongs to the caller until opening has come to
 * its end. */
static void give_up(struct f2fs_fs *f)
{
	rom_image_close(f->fs.meta);
	rom_image_close(f->fs.data);
	rom_fs_damage_done(&f->fs);
	f2fs_close(&f->fs);
}

/* As new_fs, for one that leads nowhere; what was found of damage stays. */
static struct f2fs_fs *begin_again(struct f2fs_fs *f,
	const struct rom_fs_options *options, const struct rom_f2fs_super *sb)
{
	struct f2fs_fs *again = new_fs(f->fs.meta, f->fs.data, options, sb);

	again->no_super = f->no_super;
	rom_fs_damage_move(&again->fs, &f->fs);
	give_up(f);
	return again;
}

/* ---- by a scan ----------------------------------------------------------- */

static void note_found(struct f2fs_fs *f, const char *gone)
{
	const struct f2fs_found *found = rom_f2fs_full_scan_found(f);

	rom_fs_damage(&f->fs, 0, ROM_NO_OFFSET,
		"%s gone; all of it was looked through: %" PRIu64
		" nodes of f2fs were found, %" PRIu64
		" of them files and folders, and the newest of each is shown. "
		"Files deleted may be "
		"back, in doubt and without a name",
		gone, found->nodes, found->inodes);
	if (found->torn)
		rom_fs_damage(&f->fs, 0, ROM_NO_OFFSET,
			"in %" PRIu64 " places among them nodes are torn: as "
			"many files, or more, may be "
			"shown older than they were, or with parts missing",
			found->torn);
	if (found->left_out)
		rom_fs_damage(&f->fs, 0, ROM_NO_OFFSET,
			"%" PRIu64 " nodes were left out: their numbers are "
			"too many to be kept",
			found->left_out);
}

/* Takes what a scan finds from block first on; f is given up when that is
 * nothing. */
static enum rom_status scan(struct f2fs_fs *f, uint32_t first, const char *gone,
	struct rom_fs **ret)
{
	rom_f2fs_scan(f, first);
	if (!rom_f2fs_full_scan_found(f)->inodes) {
		give_up(f);
		return ROM_NO_MATCH;
	}
	if (f->no_super)
		f->sb.main_block = rom_f2fs_full_scan_found(f)->first;
	note_found(f, gone);
	rom_f2fs_reattach(f);
	f->fs.synthetic_root = rom_f2fs_is_made_up(f, f->sb.root);
	*ret = &f->fs;
	return ROM_OK;
}

static enum rom_status f2fs_full_scan(struct rom_image *meta,
	struct rom_image *data, const struct rom_fs_options *options,
	struct rom_fs **ret, struct rom_err *err)
{
	struct rom_f2fs_super sb = { .major = 1,
		.block_size = ROM_F2FS_BLOCK,
		.segment_log = 9,
		.root = 3,
		.feature = ROM_F2FS_FEATURES_GUESSED };
	struct f2fs_fs *f;

	(void)err;
	if (meta->size / ROM_F2FS_BLOCK > UINT32_MAX)
		return ROM_NO_MATCH;
	f = new_fs(meta, data, options, &sb);
	f->no_super = true;
	f->end_block = (uint32_t)(meta->size / ROM_F2FS_BLOCK);
	return scan(f, 0, "superblocks, checkpoints and the table of nodes are",
		ret);
}

/* ---- as it should be ----------------------------------------------------- */

/* Damage on the way is told of when the root is listed. */
static bool has_root(struct f2fs_fs *f)
{
	uint64_t damage = f->fs.damage;
	struct rom_inode root;
	struct rom_err err;
	bool found;

	f->fs.silent = true;
	found = !rom_f2fs_get(&f->fs, f->sb.root, &root, &err) &&
		root.type == ROM_FILE_DIRECTORY;
	f->fs.silent = false;
	f->fs.damage = damage;
	return found;
}

static enum rom_status f2fs_open(struct rom_image *meta, struct rom_image *data,
	const struct rom_fs_options *options, struct rom_fs **ret,
	struct rom_err *err)
{
	struct rom_f2fs_super sb;
	struct f2fs_fs *f;
	unsigned from;
	enum rom_status st = find_super(meta, &sb, &from, err);

	if (st == ROM_E_CORRUPT && options->full_scan)
		return f2fs_full_scan(meta, data, options, ret, err);
	if (st)
		return st;
	f = new_fs(meta, data, options, &sb);
	f->no_super = from == 2;
	note_super(f, from);
	rom_f2fs_pack_open(f);
	f->fs.journal.present = f->pack != NULL;
	if (f->pack && !options->no_journal)
		rom_f2fs_recover(f);
	f->fs.needs_full_scan = !has_root(f);
	if (options->full_scan && f->fs.needs_full_scan) {
		f = begin_again(f, options, &sb);
		return scan(
			f, sb.main_block, "the way to the root folder is", ret);
	}
	*ret = &f->fs;
	return ROM_OK;
}

static bool is_own(const struct f2fs_fs *f, uint32_t ino)
{
	return ino < 3 || ino == f->sb.root || ino == f->sb.quota[0] ||
	       ino == f->sb.quota[1] || ino == f->sb.quota[2];
}

/* Whether the table says that there is such an inode. */
static bool is_inode(struct f2fs_fs *f, uint32_t ino)
{
	struct rom_f2fs_nat nat[2];
	size_t n = rom_f2fs_nat_find(f, ino, nat);

	if (f->full_scan)
		return rom_f2fs_full_scan_is_inode(f, ino) ||
		       rom_f2fs_is_made_up(f, ino);
	if (f->rollforward.n && rom_map_get(&f->rollforward, ino))
		return true;
	if (n && nat[0].ino == ino && nat[0].block)
		return true;
	return n == 2 && !f->pack && nat[1].ino == ino && nat[1].block;
}

/* Quotas are inodes without a name; without a superblock nothing else tells
 * them. */
static bool has_no_name(struct f2fs_fs *f, uint32_t ino)
{
	uint8_t buf[ROM_F2FS_BLOCK];
	struct f2fs_node node = { .buf = buf };
	struct rom_f2fs_inode in;
	struct rom_err err;

	return f->no_super && !rom_f2fs_is_made_up(f, ino) &&
	       !rom_f2fs_inode(f, ino, &node, &in, &err) && !in.name_len;
}

static enum rom_status f2fs_scan(
	struct rom_fs *fs, rom_inode_fn fn, void *ctx, struct rom_err *err)
{
	struct f2fs_fs *f = rom_f2fs_of(fs);

	(void)err;
	for (uint32_t ino = 3; ino < f->nids; ino++) {
		struct rom_inode inode;
		struct rom_err why;

		if (is_own(f, ino) || !is_inode(f, ino) ||
			has_no_name(f, ino) ||
			rom_f2fs_get(fs, ino, &inode, &why))
			continue;
		if (inode.links && inode.type != ROM_FILE_UNKNOWN &&
			!fn(ctx, &inode))
			break;
	}
	return ROM_OK;
}

const struct rom_fs_ops rom_fs_f2fs = {
	.name = "f2fs",
	.compresses = true,
	.open = f2fs_open,
	.full_scan = f2fs_full_scan,
	.close = f2fs_close,
	.inode = rom_f2fs_get,
	.list = rom_f2fs_list,
	.map = rom_f2fs_file_map,
	.xattrs = rom_f2fs_xattrs,
	.scan = f2fs_scan,
};
