/* SPDX-License-Identifier: MIT */
/* f2fs_priv.h - what the files of the f2fs reader share */
#ifndef ROMSPLIT_F2FS_PRIV_H
#define ROMSPLIT_F2FS_PRIV_H

#include "../fs_priv.h"
#include "romsplit/disk.h"

/* Direct-mapped cache of recently read blocks. */
struct f2fs_cache {
	uint32_t n;
	uint32_t *block; /* 0: empty slot */
	uint8_t *bytes;
};

/* What roll-forward recovery changes of an inode. */
struct f2fs_rollforward {
	bool is_new; /* the inode is not in the checkpoint */
	/* data was written past the size in the inode */
	bool has_size;
	bool unlinked; /* another file took its name */
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

/* Nodes found by a full scan, without the node tables. Opaque outside of
 * f2fs_full_scan_priv.h. */
struct f2fs_full_scan;
struct f2fs_found {
	uint64_t nodes, inodes;
	uint64_t left_out; /* too many to keep */
	uint64_t gaps;	   /* runs of nodes with one missing or overwritten */
	uint32_t end;	   /* highest node number + 1 */
	uint32_t first;	   /* the first block that is not zeros */
};

/* A file that is reattached to a directory by the parent in its own inode. */
struct f2fs_reattached {
	uint32_t dir, ino;
};

struct f2fs_fs {
	struct rom_fs fs;
	struct rom_f2fs_super sb;
	struct rom_f2fs_checkpoint cp;
	/* first block of the checkpoint and its bitmaps; NULL: no valid
	 * checkpoint */
	uint8_t *pack;
	uint32_t pack_block; /* its first block */
	/* without a superblock the features are guessed */
	bool no_super;
	/* where its block 0 is cannot be proved: no block number is used */
	bool no_base;
	uint32_t nids, end_block; /* both one past the last */
	struct f2fs_journal_entry journal[ROM_F2FS_NAT_JOURNAL];
	uint32_t journal_len;
	struct rom_crc32_table crc;
	uint32_t inode_seed; /* of inode checksums */
	struct f2fs_cache nat_cache, node_cache;
	struct rom_map fsynced_nodes; /* inode << 32 | node_ofs, to block */
	/* inode to struct f2fs_rollforward */
	struct rom_map rollforward;
	ROM_VEC(struct f2fs_fsynced_name) fsynced_names;
	/* set of directories that have fsynced_names */
	struct rom_map fsynced_dirs;
	/* NULL: nodes are found by the NAT */
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
	return block >= f->sb.main_block && block < f->end_block &&
	       !f->no_base;
}

/* f2fs_block.c: reads a block of metadata; *ret is valid until the next call
 * with the same cache. */
void rom_f2fs_cache_init(struct f2fs_cache *cache, uint32_t n);
void rom_f2fs_cache_done(struct f2fs_cache *cache);
enum rom_status rom_f2fs_block(struct f2fs_fs *f, struct f2fs_cache *cache,
	uint32_t block, struct rom_buffer *ret, struct rom_err *err);

/* f2fs_bid.c: decodes the superblock at offset; ROM_NO_MATCH: none there.
 * rom_f2fs_read_super also checks that it can be used. */
enum rom_status rom_f2fs_super_at(struct rom_image *img, uint64_t offset,
	struct rom_f2fs_super *ret, struct rom_err *err);
enum rom_status rom_f2fs_read_super(struct rom_image *img, uint64_t offset,
	struct rom_f2fs_super *ret, struct rom_err *err);
/* True when the superblock leads to a valid checkpoint. */
bool rom_f2fs_has_pack(struct rom_image *img, const struct rom_f2fs_super *sb);
unsigned rom_f2fs_bid(struct rom_image *img);
unsigned rom_f2fs_bid_remains(struct rom_image *img);

/* f2fs_place.c: place and prove of the reader. */
size_t rom_f2fs_place(struct rom_buffer *v, struct rom_fs_place *ret);
enum rom_fs_proof rom_f2fs_prove(struct rom_image *img, uint64_t super);

/* f2fs_quick_scan.c */
void rom_f2fs_quick_scan(struct rom_image *img, struct rom_fs_scan_result *ret);

/* f2fs_pack.c: loads the newest valid checkpoint into f. Without one, f->pack
 * stays NULL, and damage is reported. */
void rom_f2fs_pack_open(struct f2fs_fs *f);
/* True when a valid checkpoint pack begins at block. Copies its first blocks to
 * pack unless that is NULL. */
bool rom_f2fs_pack_at(struct rom_image *img, const struct rom_f2fs_super *sb,
	uint32_t block, struct rom_f2fs_checkpoint *ret, uint8_t *pack);

/* Block of the SIT journal, and the offset in it. Requires a checkpoint. */
uint64_t rom_f2fs_sit_journal(const struct f2fs_fs *f, size_t *ret_offset);

/* f2fs_free.c */
enum rom_status rom_f2fs_free_ranges(
	struct rom_fs *fs, struct rom_free_ranges *out, struct rom_err *err);

/* f2fs_layout.c: searches for a checkpoint and derives a superblock from it. */
bool rom_f2fs_layout_find(struct rom_image *img, struct rom_f2fs_super *ret);

/* f2fs_nat.c: looks up a node. Returns the number of candidate entries; the
 * best comes first. */
size_t rom_f2fs_nat_find(
	struct f2fs_fs *f, uint32_t nid, struct rom_f2fs_nat ret[2]);

/* f2fs_find.c: reads a node of a file: 4096 bytes into buf, and its offset. */
struct f2fs_want {
	uint32_t nid, ino, node_ofs;
};
struct f2fs_node {
	uint8_t *buf; /* the caller's */
	uint64_t offset;
	/* checksum mismatch, or found by the older copy of the NAT */
	bool suspect;
};
enum rom_status rom_f2fs_node(struct f2fs_fs *f, const struct f2fs_want *want,
	struct f2fs_node *ret, struct rom_err *err);
/* The block that roll-forward has for a node of a file, or 0. */
uint32_t rom_f2fs_fsynced_block(
	const struct f2fs_fs *f, uint32_t ino, uint32_t node_ofs);

/* f2fs_scan.c: reads all blocks from first on into f->full_scan. */
void rom_f2fs_scan(struct f2fs_fs *f, uint64_t first);

/* f2fs_base.c: after a scan without superblocks, the block of the image at
 * which the filesystem begins. False: nothing proves any. */
bool rom_f2fs_find_base(struct f2fs_fs *f, uint32_t *ret);

/* f2fs_full_scan.c: results of the scan; all but the last two require
 * f->full_scan. */
const struct f2fs_found *rom_f2fs_full_scan_found(const struct f2fs_fs *f);
bool rom_f2fs_full_scan_is_inode(const struct f2fs_fs *f, uint32_t ino);
enum rom_status rom_f2fs_full_scan_node(struct f2fs_fs *f,
	const struct f2fs_want *want, struct f2fs_node *ret,
	struct rom_err *err);
/* True for an inode that was synced after the last checkpoint. */
bool rom_f2fs_full_scan_is_synced(
	const struct f2fs_fs *f, const struct f2fs_node *node);
/* Sets the bound of node numbers; keeps earlier marks. */
void rom_f2fs_full_scan_bound(struct f2fs_fs *f, uint32_t nids);
/* Marks an inode as named by a directory. Returns false when it was marked
 * before, or is out of range. */
bool rom_f2fs_full_scan_set_named(struct f2fs_fs *f, uint64_t ino);
bool rom_f2fs_full_scan_is_named(const struct f2fs_fs *f, uint64_t ino);
/* True for a block in the area at the beginning that was overwritten by
 * noise. */
bool rom_f2fs_full_scan_is_noise(const struct f2fs_fs *f, uint32_t block);
void rom_f2fs_full_scan_free(struct f2fs_full_scan *d); /* d may be NULL */

/* f2fs_reattach.c: after a scan, reattaches files whose directory entries are
 * missing. */
void rom_f2fs_reattach(struct f2fs_fs *f);
/* Index of the first of f->reattached that belongs to dir or a later one. */
size_t rom_f2fs_reattached_to(const struct f2fs_fs *f, uint32_t dir);
/* True for a missing directory that is the parent of reattached files. */
bool rom_f2fs_is_synthetic(const struct f2fs_fs *f, uint64_t ino);

/* f2fs_inode.c: reads an inode with its roll-forward applied; node->buf holds
 * the node it was decoded from. */
enum rom_status rom_f2fs_inode(struct f2fs_fs *f, uint64_t ino,
	struct f2fs_node *node, struct rom_f2fs_inode *ret,
	struct rom_err *err);
/* Reads the inode of the last checkpoint into buf. Returns false when it has
 * none. */
bool rom_f2fs_before(struct f2fs_fs *f, uint32_t ino, uint8_t *buf);
/* Verifies the inode's checksum; true when it has none. */
bool rom_f2fs_inode_crc_good(const struct f2fs_fs *f, struct rom_buffer *node,
	const struct rom_f2fs_inode *in);
enum rom_status rom_f2fs_get(struct rom_fs *fs, uint64_t ino,
	struct rom_inode *ret, struct rom_err *err);

/* f2fs_map.c: consecutive block numbers of a file; holes may be skipped. The
 * callback returns false to stop. */
struct f2fs_blocks {
	uint64_t first; /* block of the file */
	uint32_t n;
	/* 4 bytes each; empty: the blocks are lost */
	struct rom_buffer address;
};
typedef bool (*rom_f2fs_blocks_fn)(void *ctx, const struct f2fs_blocks *b);
/* Walks the first blocks of a file. Sets *ret_suspect when a node that leads to
 * them is suspect. */
void rom_f2fs_walk(struct f2fs_fs *f, uint32_t ino,
	const struct rom_f2fs_inode *in, struct rom_buffer *node,
	uint64_t blocks, rom_f2fs_blocks_fn fn, void *ctx, bool *ret_suspect);
/* The first block of the file that the node with this node_ofs maps; UINT64_MAX
 * when it maps none. */
uint64_t rom_f2fs_first_block(
	const struct rom_f2fs_inode *in, uint32_t node_ofs);
/* How many block numbers of a direct node are used. */
uint32_t rom_f2fs_per_node(const struct rom_f2fs_inode *in);

/* f2fs_file_map.c */
enum rom_status rom_f2fs_file_map(struct rom_fs *fs,
	const struct rom_inode *inode, struct rom_file_map *ret,
	struct rom_err *err);

/* f2fs_compress.c: contents of a compressed file. */
enum rom_status rom_f2fs_encoded(struct f2fs_fs *f,
	const struct rom_inode *inode, const struct rom_f2fs_inode *in,
	struct rom_buffer *node, struct rom_file_map *ret, struct rom_err *err);

/* f2fs_codec.c: decompression by optional libraries. */
enum f2fs_algorithm { F2FS_LZO, F2FS_LZ4, F2FS_ZSTD, F2FS_LZO_RLE };
/* NULL when this build supports it; else what is missing, for a message. */
const char *rom_f2fs_codec_missing(uint8_t algorithm);
/* True when the output is exactly out_len bytes. */
bool rom_f2fs_unpack(uint8_t algorithm, const uint8_t *in, size_t in_len,
	uint8_t *out, size_t out_len);

/* f2fs_dir.c */
enum rom_status rom_f2fs_list(struct rom_fs *fs, uint64_t ino, uint64_t cookie,
	rom_dirent_fn fn, void *ctx, struct rom_err *err);

/* f2fs_xattr.c */
enum rom_status rom_f2fs_xattrs(struct rom_fs *fs, uint64_t ino,
	rom_xattr_fn fn, void *ctx, struct rom_err *err);

/* f2fs_recover.c: roll-forward recovery of files synced after the last
 * checkpoint; counts in f->fs.journal. */
void rom_f2fs_recover(struct f2fs_fs *f);
/* Adds the name of a synced inode to its parent. Returns false when there is no
 * such directory. *examined counts compared names over all calls. */
bool rom_f2fs_fsynced_name(struct f2fs_fs *f, uint32_t ino,
	const struct rom_f2fs_inode *in, uint64_t *examined);

#endif
