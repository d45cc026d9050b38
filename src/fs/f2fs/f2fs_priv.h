/* SPDX-License-Identifier: MIT */
/* f2fs_priv.h - what the files of the f2fs reader share */
#ifndef ROMSPLIT_F2FS_PRIV_H
#define ROMSPLIT_F2FS_PRIV_H

#include "../fs_priv.h"
#include "romsplit/disk.h"

/* Blocks that were read last; a block has one place. */
struct f2fs_cache {
	uint32_t n;
	uint32_t *block; /* 0: nothing there */
	uint8_t *bytes;
};

/* A node written and synced after the last checkpoint takes the place of the
 * one before. */
struct f2fs_rollforward {
	bool is_new; /* no checkpoint knows the inode */
	/* data was written behind the end that the inode tells */
	bool has_size;
	bool gone; /* another file took its name */
	uint64_t size;
};

/* A name that was synced after the last checkpoint. */
struct f2fs_fsynced_name {
	uint32_t dir, ino, hash;
	enum rom_file_type type;
	uint8_t len;
	uint8_t name[255];
};

struct f2fs_journal_entry {
	uint32_t nid;
	struct rom_f2fs_nat nat;
};

/* Found without the tables that lead to nodes (f2fs_scan.c); of no use outside
 * of f2fs_full_scan.c. */
struct f2fs_full_scan;
struct f2fs_found {
	uint64_t nodes, inodes;
	uint64_t left_out; /* of which there were too many */
	uint64_t torn;	   /* places among them where one is missing */
	uint32_t end;	   /* behind the highest number of a node */
	uint32_t first;	   /* the first block that is not zeros */
};

/* A file whose own inode alone says in which folder it was. */
struct f2fs_reattached {
	uint32_t dir, ino;
};

struct f2fs_fs {
	struct rom_fs fs;
	struct rom_f2fs_super sb;
	struct rom_f2fs_checkpoint cp;
	/* the first block of the checkpoint, and its bitmaps; NULL: there is no
	 * checkpoint */
	uint8_t *pack;
	uint32_t pack_block; /* where it begins */
	/* the features are not known: they were guessed */
	bool no_super;
	uint32_t nids, end_block; /* both end behind the last */
	struct f2fs_journal_entry journal[ROM_F2FS_NAT_JOURNAL];
	uint32_t journal_len;
	struct rom_crc32_table crc;
	uint32_t inode_seed; /* of the checksums of inodes */
	struct f2fs_cache nat_cache, node_cache;
	struct rom_map fsynced_nodes; /* inode << 32 | place, to its block */
	/* inode to struct f2fs_rollforward */
	struct rom_map rollforward;
	ROM_VEC(struct f2fs_fsynced_name) fsynced_names;
	/* directories that have fsynced_names, to anything */
	struct rom_map fsynced_dirs;
	/* NULL: the tables lead to nodes */
	struct f2fs_full_scan *full_scan;
	ROM_VEC(struct f2fs_reattached) reattached; /* sorted */
};

static inline struct f2fs_fs *rom_f2fs_of(struct rom_fs *fs)
{
	return (struct f2fs_fs *)fs;
}

static inline uint64_t rom_f2fs_bytes(uint64_t blocks)
{
	return blocks * ROM_F2FS_BLOCK; /* block numbers have 32 bits */
}

/* True for a block of the main area. */
static inline bool rom_f2fs_is_main(const struct f2fs_fs *f, uint32_t block)
{
	return block >= f->sb.main_block && block < f->end_block;
}

/* f2fs_block.c: a block of metadata; *ret is good until the next call with the
 * same cache. */
void rom_f2fs_cache_init(struct f2fs_cache *cache, uint32_t n);
void rom_f2fs_cache_done(struct f2fs_cache *cache);
enum rom_status rom_f2fs_block(struct f2fs_fs *f, struct f2fs_cache *cache,
	uint32_t block, struct rom_buffer *ret, struct rom_err *err);

/* f2fs_bid.c: the superblock at offset, as it can be decoded; ROM_NO_MATCH:
 * there is none. rom_f2fs_read_super: one that can be used, too. */
enum rom_status rom_f2fs_super_at(struct rom_image *img, uint64_t offset,
	struct rom_f2fs_super *ret, struct rom_err *err);
enum rom_status rom_f2fs_read_super(struct rom_image *img, uint64_t offset,
	struct rom_f2fs_super *ret, struct rom_err *err);
unsigned rom_f2fs_bid(struct rom_image *img);
unsigned rom_f2fs_bid_remains(struct rom_image *img);

/* f2fs_quick_scan.c */
void rom_f2fs_quick_scan(struct rom_image *img, struct rom_fs_scan_result *ret);

/* f2fs_pack.c: the newest checkpoint that is whole, into f. Without one f->pack
 * stays NULL, and that is said. */
void rom_f2fs_pack_open(struct f2fs_fs *f);
/* True when a whole checkpoint pack begins at block; its first blocks go to
 * pack when that is not NULL. */
bool rom_f2fs_pack_at(struct rom_image *img, const struct rom_f2fs_super *sb,
	uint32_t block, struct rom_f2fs_checkpoint *ret, uint8_t *pack);

/* The block of the checkpoint, and where in it, that has the journal of the
 * table of segments; only with a checkpoint. */
uint64_t rom_f2fs_sit_journal(const struct f2fs_fs *f, size_t *ret_offset);

/* f2fs_free.c */
enum rom_status rom_f2fs_free_ranges(
	struct rom_fs *fs, struct rom_free_ranges *out, struct rom_err *err);

/* f2fs_layout.c: a superblock made up from a checkpoint that was found by
 * looking for it. */
bool rom_f2fs_layout_find(struct rom_image *img, struct rom_f2fs_super *ret);

/* f2fs_nat.c: where a node lies. Entries that may be the right one, the best
 * first; how many there are. */
size_t rom_f2fs_nat_find(
	struct f2fs_fs *f, uint32_t nid, struct rom_f2fs_nat ret[2]);

/* f2fs_find.c: a node of a file, 4096 bytes into buf, and where it lies. */
struct f2fs_want {
	uint32_t nid, ino, node_ofs;
};
struct f2fs_node {
	uint8_t *buf; /* the caller's */
	uint64_t offset;
	/* its checksum does not agree, or an older table led to it */
	bool suspect;
};
enum rom_status rom_f2fs_node(struct f2fs_fs *f, const struct f2fs_want *want,
	struct f2fs_node *ret, struct rom_err *err);
/* The news of a place in a file: its block, or 0. */
uint32_t rom_f2fs_fsynced_block(
	const struct f2fs_fs *f, uint32_t ino, uint32_t node_ofs);

/* f2fs_scan.c: reads all blocks from first on; f->deep has what was found. */
void rom_f2fs_scan(struct f2fs_fs *f, uint64_t first);

/* f2fs_full_scan.c: what was found; all but the last two want f->deep. */
const struct f2fs_found *rom_f2fs_full_scan_found(const struct f2fs_fs *f);
bool rom_f2fs_full_scan_is_inode(const struct f2fs_fs *f, uint32_t ino);
enum rom_status rom_f2fs_full_scan_node(struct f2fs_fs *f,
	const struct f2fs_want *want, struct f2fs_node *ret,
	struct rom_err *err);
/* True for an inode that was synced after the last checkpoint. */
bool rom_f2fs_full_scan_is_synced(
	const struct f2fs_fs *f, const struct f2fs_node *node);
/* How many nodes there can be; what was marked before stays. */
void rom_f2fs_full_scan_bound(struct f2fs_fs *f, uint32_t nids);
/* Marks an inode as named by a folder. False when it was, or cannot be one. */
bool rom_f2fs_full_scan_set_named(struct f2fs_fs *f, uint64_t ino);
bool rom_f2fs_full_scan_is_named(const struct f2fs_fs *f, uint64_t ino);
/* True for a block before which all is noise: something was written over the
 * beginning. */
bool rom_f2fs_full_scan_is_noise(const struct f2fs_fs *f, uint32_t block);
void rom_f2fs_full_scan_free(struct f2fs_full_scan *d); /* NULL is fine */

/* f2fs_adopt.c: after a scan: folders that are gone, names that are in no
 * folder. */
void rom_f2fs_reattach(struct f2fs_fs *f);
/* The first of f->adopted that belongs to dir or to a later one. */
size_t rom_f2fs_reattached_to(const struct f2fs_fs *f, uint32_t dir);
/* True for a folder that is gone, but that was somebody's. */
bool rom_f2fs_is_made_up(const struct f2fs_fs *f, uint64_t ino);

/* f2fs_inode.c: an inode with its news, the node it was decoded from in
 * node->buf. */
enum rom_status rom_f2fs_inode(struct f2fs_fs *f, uint64_t ino,
	struct f2fs_node *node, struct rom_f2fs_inode *ret,
	struct rom_err *err);
/* The inode as the last checkpoint has it, into buf; false when it has none. */
bool rom_f2fs_before(struct f2fs_fs *f, uint32_t ino, uint8_t *buf);
/* False when the inode's checksum does not agree. */
bool rom_f2fs_inode_crc_good(const struct f2fs_fs *f, struct rom_buffer *node,
	const struct rom_f2fs_inode *in);
enum rom_status rom_f2fs_get(struct rom_fs *fs, uint64_t ino,
	struct rom_inode *ret, struct rom_err *err);

/* f2fs_map.c: the block numbers of a file in their order; holes may be left
 * out. False of fn ends it. */
struct f2fs_blocks {
	uint64_t first; /* block of the file */
	uint32_t n;
	/* 4 bytes each; without bytes the blocks are lost */
	struct rom_buffer address;
};
typedef bool (*rom_f2fs_blocks_fn)(void *ctx, const struct f2fs_blocks *b);
/* blocks: how many of the file are wanted. *ret_suspect is set when a node on
 * the way is in doubt. */
void rom_f2fs_walk(struct f2fs_fs *f, uint32_t ino,
	const struct rom_f2fs_inode *in, struct rom_buffer *node,
	uint64_t blocks, rom_f2fs_blocks_fn fn, void *ctx, bool *ret_suspect);
/* The first block of the file that a node leads to; places are counted as in
 * its footer. */
uint64_t rom_f2fs_first_block(
	const struct rom_f2fs_inode *in, uint32_t node_ofs);
/* How many block numbers of a node other than the inode count. */
uint32_t rom_f2fs_per_node(const struct rom_f2fs_inode *in);

/* f2fs_content.c */
enum rom_status rom_f2fs_file_map(struct rom_fs *fs,
	const struct rom_inode *inode, struct rom_file_map *ret,
	struct rom_err *err);

/* f2fs_compress.c: contents of a compressed file. */
enum rom_status rom_f2fs_encoded(struct f2fs_fs *f,
	const struct rom_inode *inode, const struct rom_f2fs_inode *in,
	struct rom_buffer *node, struct rom_file_map *ret, struct rom_err *err);

/* f2fs_codec.c: the doors to the libraries. */
enum f2fs_algorithm { F2FS_LZO, F2FS_LZ4, F2FS_ZSTD, F2FS_LZO_RLE };
/* NULL when this build can unpack it; else a word what is missing. */
const char *rom_f2fs_codec_missing(uint8_t algorithm);
/* True when exactly out_len bytes came out. */
bool rom_f2fs_unpack(uint8_t algorithm, const uint8_t *in, size_t in_len,
	uint8_t *out, size_t out_len);

/* f2fs_dir.c */
enum rom_status rom_f2fs_list(struct rom_fs *fs, uint64_t ino, uint64_t cookie,
	rom_dirent_fn fn, void *ctx, struct rom_err *err);

/* f2fs_xattr.c */
enum rom_status rom_f2fs_xattrs(struct rom_fs *fs, uint64_t ino,
	rom_xattr_fn fn, void *ctx, struct rom_err *err);

/* f2fs_recover.c: what was synced after the last checkpoint, laid over it;
 * counts in f->fs.journal. */
void rom_f2fs_recover(struct f2fs_fs *f);
/* Puts a synced inode into the folder it names. False when that cannot be.
 * *examined counts names looked at, over all calls. */
bool rom_f2fs_fsynced_name(struct f2fs_fs *f, uint32_t ino,
	const struct rom_f2fs_inode *in, uint64_t *examined);

#endif
