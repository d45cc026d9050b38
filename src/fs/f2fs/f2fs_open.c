/* SPDX-License-Identifier: MIT */
/* f2fs_open.c - f2fs: opening by superblock and checkpoint or by a full scan,
 * and the reader's interface */
#include <inttypes.h>
#include <stdlib.h>

#include "f2fs_priv.h"

enum {
	/* not a power of two: the two copies of a NAT block are 512 blocks
	   apart and would evict each other */
	NAT_BLOCKS = 509,
	NODE_BLOCKS = 512, /* of 4 KiB each */
};

/* Finds the first superblock, else its copy, else derives one from a
 * checkpoint; *ret_from is 0, 1 or 2. */
static enum rom_status find_super(struct rom_image *img,
	struct rom_f2fs_super *ret, unsigned *ret_from, struct rom_err *err)
{
	struct rom_err other;
	enum rom_status st = rom_f2fs_read_super(
				img, ROM_F2FS_SUPER_AT, ret, err),
			second;

	*ret_from = 0;
	if (!st || st == ROM_E_INPUT || st == ROM_E_IO)
		return st;
	second = rom_f2fs_read_super(img, ROM_F2FS_SUPER2_AT, ret,
		st == ROM_NO_MATCH ? err : &other);
	*ret_from = 1;
	if (!second || second == ROM_E_INPUT || second == ROM_E_IO)
		return second;
	*ret_from = 2;
	if (rom_f2fs_layout_find(img, ret))
		return ROM_OK;
	/* the first one decides the error: a damaged copy alone proves
	 * nothing */
	return st;
}

static void note_super(struct f2fs_fs *f, unsigned from)
{
	static const char *const texts[] = { NULL,
		"the first superblock is damaged; its copy is used",
		"both superblocks are gone; the areas were located by "
		"searching for a checkpoint" };

	if (texts[from])
		rom_fs_damage(&f->fs, 0, ROM_F2FS_SUPER_AT, "%s", texts[from]);
}

static void apply_super(struct f2fs_fs *f)
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

static struct f2fs_fs *new_fs(struct rom_image *img,
	const struct rom_fs_options *options, const struct rom_f2fs_super *sb)
{
	struct f2fs_fs *f = rom_alloc(sizeof(*f));

	f->fs.reader = &rom_reader_f2fs;
	f->fs.meta = rom_image_ref(img);
	f->fs.data = rom_image_ref(img);
	f->fs.options = *options;
	f->sb = *sb;
	apply_super(f);
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

/* Closes a filesystem that failed to open. Unlike rom_fs_close, it leaves alone
 * what rom_fs_open attaches at the end. */
static void discard(struct f2fs_fs *f)
{
	rom_image_close(f->fs.meta);
	rom_image_close(f->fs.data);
	rom_fs_damage_done(&f->fs);
	f2fs_close(&f->fs);
}

/* Replaces a handle that leads nowhere by a fresh one for the full scan, which
 * keeps the damage found so far. */
static struct f2fs_fs *restart(struct f2fs_fs *f,
	const struct rom_fs_options *options, const struct rom_f2fs_super *sb)
{
	struct f2fs_fs *again = new_fs(f->fs.meta, options, sb);

	again->no_super = f->no_super;
	rom_fs_damage_move(&again->fs, &f->fs);
	discard(f);
	return again;
}

/* ---- by a scan ----------------------------------------------------------- */

static void note_found(struct f2fs_fs *f, const char *missing)
{
	const struct f2fs_found *found = rom_f2fs_full_scan_found(f);

	rom_fs_damage(&f->fs, 0, ROM_NO_OFFSET,
		"%s missing; all of the partition was scanned: %" PRIu64
		" nodes of f2fs were found, %" PRIu64
		" of them files and folders, and the newest of each is shown. "
		"Deleted files may "
		"reappear, in doubt and without a name",
		missing, found->nodes, found->inodes);
	if (found->gaps)
		rom_fs_damage(&f->fs, 0, ROM_NO_OFFSET,
			"in %" PRIu64 " places nodes are damaged: at least as "
			"many files may be shown in an older state, or with "
			"parts missing",
			found->gaps);
	if (found->left_out)
		rom_fs_damage(&f->fs, 0, ROM_NO_OFFSET,
			"%" PRIu64 " nodes were left out: there are more than "
			"can be kept",
			found->left_out);
}

/* Opens by the nodes that a scan found; discards f when there are none. */
static enum rom_status open_found(
	struct f2fs_fs *f, const char *missing, struct rom_fs **ret)
{
	if (!rom_f2fs_full_scan_found(f)->inodes) {
		discard(f);
		return ROM_NO_MATCH;
	}
	note_found(f, missing);
	rom_f2fs_reattach(f);
	f->fs.synthetic_root = rom_f2fs_is_synthetic(f, f->sb.root);
	*ret = &f->fs;
	return ROM_OK;
}

static void check_base(struct f2fs_fs *f, bool proved)
{
	f->sb.main_block = rom_f2fs_full_scan_found(f)->first;
	f->no_base = !proved;
	if (f->no_base)
		rom_fs_damage(&f->fs, 0, ROM_NO_OFFSET,
			"nothing proves where the filesystem begins, and so "
			"where the blocks of its files are: only what is "
			"stored in the nodes themselves is read");
}

/* Scans all of the image; *ret_base is set when the filesystem begins behind
 * its start, and nothing is opened. */
static enum rom_status scan_all(struct rom_image *img,
	const struct rom_fs_options *options, struct rom_fs **ret,
	uint32_t *ret_base)
{
	struct rom_f2fs_super sb = { .major = 1,
		.block_size = ROM_F2FS_BLOCK,
		.segment_log = 9,
		.root = 3,
		.feature = ROM_F2FS_FEATURES_GUESSED };
	struct f2fs_fs *f;
	bool proved;

	*ret_base = 0;
	if (img->size / ROM_F2FS_BLOCK > UINT32_MAX)
		return ROM_NO_MATCH;
	f = new_fs(img, options, &sb);
	f->no_super = true;
	f->end_block = (uint32_t)(img->size / ROM_F2FS_BLOCK);
	rom_f2fs_scan(f, 0);
	proved = rom_f2fs_find_base(f, ret_base);
	if (*ret_base) {
		discard(f);
		return ROM_NO_MATCH;
	}
	check_base(f, proved);
	return open_found(
		f, "superblocks, checkpoints and the node table are", ret);
}

static enum rom_status f2fs_full_scan(struct rom_image *img,
	const struct rom_fs_options *options, struct rom_fs **ret,
	struct rom_err *err)
{
	ROM_AUTO_IMAGE struct rom_image *rest = NULL;
	uint32_t base, ignored;
	enum rom_status st = scan_all(img, options, ret, &base);

	(void)err;
	if (!base)
		return st;
	rest = rom_image_open_slice(img,
		(struct rom_range){ rom_f2fs_bytes(base),
			img->size - rom_f2fs_bytes(base) },
		img->name);
	/* block numbers that lead further on contradict those before */
	st = scan_all(rest, options, ret, &ignored);
	if (st)
		return st;
	(*ret)->start += rom_f2fs_bytes(base);
	rom_fs_damage(*ret, 0, 0,
		"the filesystem begins at 0x%" PRIx64
		": by the block numbers in its nodes",
		rom_f2fs_bytes(base));
	return ROM_OK;
}

/* ---- by superblock and checkpoint ---------------------------------------- */

/* Quiet: listing the root reports its damage again. */
static bool has_root(struct f2fs_fs *f)
{
	struct rom_fs_quiet quiet = rom_fs_quiet_begin(&f->fs);
	struct rom_inode root;
	struct rom_err err;
	bool found = !rom_f2fs_get(&f->fs, f->sb.root, &root, &err) &&
		     root.type == ROM_FILE_DIRECTORY;

	rom_fs_quiet_end(&f->fs, &quiet);
	return found;
}

static enum rom_status f2fs_open(struct rom_image *img,
	const struct rom_fs_options *options, struct rom_fs **ret,
	struct rom_err *err)
{
	struct rom_f2fs_super sb;
	struct f2fs_fs *f;
	unsigned from;
	enum rom_status st = find_super(img, &sb, &from, err);

	if (st == ROM_E_CORRUPT && options->full_scan)
		return f2fs_full_scan(img, options, ret, err);
	if (st)
		return st;
	f = new_fs(img, options, &sb);
	f->no_super = from == 2;
	note_super(f, from);
	rom_f2fs_pack_open(f);
	f->fs.journal.present = f->pack != NULL;
	if (f->pack && !options->no_journal)
		rom_f2fs_recover(f);
	f->fs.needs_full_scan = !has_root(f);
	if (options->full_scan && f->fs.needs_full_scan) {
		f = restart(f, options, &sb);
		rom_f2fs_scan(f, sb.main_block);
		if (f->no_super)
			f->sb.main_block = rom_f2fs_full_scan_found(f)->first;
		return open_found(f, "the way to the root folder is", ret);
	}
	*ret = &f->fs;
	return ROM_OK;
}

/* From any superblock that can be decoded: one that a full scan did not trust
 * may still have the right UUID. */
static void f2fs_uuid(struct rom_fs *fs)
{
	static const uint64_t offsets[] = { ROM_F2FS_SUPER_AT,
		ROM_F2FS_SUPER2_AT };

	for (size_t i = 0; i < 2 && !fs->block_size; i++) {
		struct rom_f2fs_super sb;
		struct rom_err err;

		if (rom_f2fs_super_at(fs->meta, offsets[i], &sb, &err))
			continue;
		fs->block_size = sb.block_size;
		memcpy(fs->uuid, sb.uuid, sizeof(fs->uuid));
	}
}

static bool is_reserved(const struct f2fs_fs *f, uint32_t ino)
{
	return ino < 3 || ino == f->sb.root || ino == f->sb.quota[0] ||
	       ino == f->sb.quota[1] || ino == f->sb.quota[2];
}

/* Whether the inode exists by the full scan, roll-forward or NAT. */
static bool is_inode(struct f2fs_fs *f, uint32_t ino)
{
	struct rom_f2fs_nat nat[2];
	size_t n = rom_f2fs_nat_find(f, ino, nat);

	if (f->full_scan)
		return rom_f2fs_full_scan_is_inode(f, ino) ||
		       rom_f2fs_is_synthetic(f, ino);
	if (f->rollforward.n && rom_map_get(&f->rollforward, ino))
		return true;
	if (n && nat[0].ino == ino && nat[0].block)
		return true;
	return n == 2 && !f->pack && nat[1].ino == ino && nat[1].block;
}

/* Quota inodes have no name; without a superblock nothing else identifies
 * them. */
static bool has_no_name(struct f2fs_fs *f, uint32_t ino)
{
	uint8_t buf[ROM_F2FS_BLOCK];
	struct f2fs_node node = { .buf = buf };
	struct rom_f2fs_inode in;
	struct rom_err err;

	return f->no_super && !rom_f2fs_is_synthetic(f, ino) &&
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

		if (is_reserved(f, ino) || !is_inode(f, ino) ||
			has_no_name(f, ino) ||
			rom_f2fs_get(fs, ino, &inode, &why))
			continue;
		if (inode.links && inode.type != ROM_FILE_UNKNOWN &&
			!fn(ctx, &inode))
			break;
	}
	return ROM_OK;
}

/* Superblocks and checkpoints, which were read or reported as damaged, and the
 * summaries, which only the garbage collection needs. */
static void f2fs_idle_ranges(struct rom_fs *fs, rom_idle_fn fn, void *ctx)
{
	const struct rom_f2fs_super *sb = &rom_f2fs_of(fs)->sb;

	fn(ctx, (struct rom_range){ 0, rom_f2fs_bytes(sb->sit_block) });
	if (sb->ssa_block < sb->main_block)
		fn(ctx, (struct rom_range){ rom_f2fs_bytes(sb->ssa_block),
				rom_f2fs_bytes(
					sb->main_block - sb->ssa_block) });
}

const struct rom_fs_reader rom_reader_f2fs = {
	.name = "f2fs",
	.words = "f2fs",
	.compresses = true,
	.bid = rom_f2fs_bid,
	.bid_remains = rom_f2fs_bid_remains,
	.place = rom_f2fs_place,
	.prove = rom_f2fs_prove,
	.open = f2fs_open,
	.quick_scan = rom_f2fs_quick_scan,
	.full_scan = f2fs_full_scan,
	.close = f2fs_close,
	.uuid = f2fs_uuid,
	.inode = rom_f2fs_get,
	.list = rom_f2fs_list,
	.map = rom_f2fs_file_map,
	.xattrs = rom_f2fs_xattrs,
	.scan = f2fs_scan,
	.free_ranges = rom_f2fs_free_ranges,
	.idle_ranges = f2fs_idle_ranges,
};
