/* SPDX-License-Identifier: MIT */
/* ext4_priv.h - what the files of the ext4 reader share */
#ifndef ROMSPLIT_EXT4_PRIV_H
#define ROMSPLIT_EXT4_PRIV_H

#include "../fs_priv.h"
#include "romsplit/disk.h"

enum {
	EXT4_ROOT = 2,
	/* i_block: 60 bytes of extent root, block numbers, inline data or
	   symlink */
	EXT4_MAP_AT = 0x28,
	EXT4_MAP_LEN = 60,
	EXT4_FL_ENCRYPT = 0x800,
	EXT4_FL_INDEX = 0x1000,
	EXT4_FL_EXTENTS = 0x80000,
	EXT4_FL_INLINE = 0x10000000,
	EXT4_FL_CASEFOLD = 0x40000000,
	/* the directory does not store its hash version */
	EXT4_NO_HASH = 0xff,
	EXT4_DTIME_AT = 0x14,
	/* an inline directory begins with its parent's inode number */
	EXT4_INLINE_DIR_HEAD = 4,
	EXT4_MAX_INODE = 4096,
	EXT4_EXTENT_MAGIC = 0xf30a,
	/* bound of one search: opening a backup reads all its group
	 * descriptors */
	EXT4_MAX_BACKUPS = 6,
};

/* Declared in ext2fs.h, which only .c files include. */
struct struct_ext2_filsys;

/* A plausible superblock, and the block of its copy. */
struct ext4_copy {
	struct rom_ext4_super sb;
	uint64_t block; /* 0: the primary */
};

struct ext4_fs {
	struct rom_fs fs;
	struct struct_ext2_filsys *e2;
	uint32_t block_size;
	uint8_t uuid[16];
	/* superblock and descriptors are a backup, which the kernel does not
	 * keep up to date */
	bool from_backup;
	uint64_t blocks;
	uint32_t inode_size;
	bool has_filetype, has_csum;
	uint32_t csum_seed; /* of all metadata checksums */
	bool unattached_known;

	/* unattached inodes, which the synthetic root lists */
	ROM_VEC(uint64_t) unattached;
};

/* ext4_csum.c: the seed of an inode's metadata checksums. */
uint32_t rom_ext4_inode_seed(
	const struct ext4_fs *ext4, const struct rom_inode *inode);
/* Verifies the checksum at offset in v, over the first covered bytes. True when
 * the filesystem has no checksums. */
bool rom_ext4_csum_good(const struct ext4_fs *ext4,
	const struct rom_inode *inode, struct rom_buffer *v, size_t covered,
	size_t offset);

/* ext4_io.c: the io_manager with which libext2fs reads an image, and the name
 * that it opens. */
struct struct_io_manager;
struct struct_io_manager *rom_ext4_io_manager(void);
void rom_ext4_io_name(struct rom_image *img, char *buf, size_t len);

/* ext4_map.c: adds the extents of a file's first size bytes to c. map: its
 * i_block, 60 bytes. */
void rom_ext4_map(struct ext4_fs *ext4, const struct rom_inode *inode,
	const uint8_t *map, uint64_t size, struct rom_file_map *c);

/* ext4_copies.c: reads the superblock at offset. ROM_NO_MATCH: none there. */
enum rom_status rom_ext4_read_super(struct rom_image *img, uint64_t offset,
	struct rom_ext4_super *ret, struct rom_err *err);
/* Finds the next backup superblock; *step is 0 at first. Tries all block sizes,
 * because the primary may be wrong. */
bool rom_ext4_next_backup(
	struct rom_image *img, unsigned *step, struct ext4_copy *ret);
/* Opens a copy, to be closed by the caller. NULL, with *e set, on failure. */
struct struct_ext2_filsys *rom_ext4_open_e2(
	struct rom_image *img, const struct ext4_copy *c, long *e);
/* True when the i_block of an inode is plausible. */
bool rom_ext4_has_map(struct struct_ext2_filsys *e2, struct rom_buffer *inode,
	uint32_t flags);
/* ext4_desc.c: true when the bitmaps and inode tables of all groups lie inside
 * the filesystem, each in its own blocks. */
bool rom_ext4_has_descriptors(struct struct_ext2_filsys *e2);
/* True when inode 2 is a plausible directory. */
bool rom_ext4_has_root(struct struct_ext2_filsys *e2);
/* True when the group descriptors are valid as well. */
bool rom_ext4_is_usable(struct struct_ext2_filsys *e2);
/* Opens the best copy: the primary, unless only a backup is usable. */
enum rom_status rom_ext4_open_best(struct rom_image *img, struct ext4_copy *ret,
	struct struct_ext2_filsys **ret_e2, struct rom_err *err);

/* ext4_quick_scan.c: opens the first copy that leads to inodes in use, to be
 * closed by the caller. NULL: none does. */
struct struct_ext2_filsys *rom_ext4_find_files(struct rom_image *img,
	struct ext4_copy *c, struct rom_fs_scan_result *seen);
void rom_ext4_quick_scan(struct rom_image *img, struct rom_fs_scan_result *ret);

void rom_ext4_scan_groups(struct struct_ext2_filsys *e2, struct rom_image *img,
	struct rom_fs_scan_result *seen);

/* ext4_place.c: place and prove of the reader. */
size_t rom_ext4_place(struct rom_buffer *v, struct rom_fs_place *ret);
enum rom_fs_proof rom_ext4_prove(struct rom_image *img, uint64_t super);
/* Reads the copy of the superblock at super, a byte of the filesystem. False:
 * there is none. */
bool rom_ext4_copy_at(
	struct rom_image *img, uint64_t super, struct ext4_copy *ret);

/* ext4_bid.c */
unsigned rom_ext4_bid(struct rom_image *img);
unsigned rom_ext4_bid_remains(struct rom_image *img);

/* ext4_open.c: open, full_scan, uuid and close of the reader. */
void rom_ext4_uuid(struct rom_fs *fs);
enum rom_status rom_ext4_open(struct rom_image *img,
	const struct rom_fs_options *options, struct rom_fs **ret,
	struct rom_err *err);
enum rom_status rom_ext4_full_scan(struct rom_image *img,
	const struct rom_fs_options *options, struct rom_fs **ret,
	struct rom_err *err);
void rom_ext4_close(struct rom_fs *fs);

/* ext4_free.c */
enum rom_status rom_ext4_free_ranges(
	struct rom_fs *fs, struct rom_free_ranges *out, struct rom_err *err);

/* ext4_idle.c */
void rom_ext4_idle_ranges(struct rom_fs *fs, rom_idle_fn fn, void *ctx);

/* ext4_root.c: the synthetic root directory: its inode, and its listing. */
void rom_ext4_synthetic_root(struct rom_inode *ret);
enum rom_status rom_ext4_list_unattached(struct ext4_fs *ext4, uint64_t cookie,
	rom_dirent_fn fn, void *ctx, struct rom_err *err);

/* ext4_read.c: decodes an inode from its bytes. */
void rom_ext4_decode_inode(
	struct rom_buffer *v, uint64_t ino, struct rom_inode *ret);

/* ext4_read.c: text of an errcode_t of libext2fs; borrowed. */
const char *rom_ext4_error(long e);
/* ext4_read.c: the directory hash of a name. version: from the root block of
 * the hash tree, or EXT4_NO_HASH. */
void rom_ext4_name_hash(struct ext4_fs *ext4, uint8_t version, const char *name,
	size_t len, uint32_t *ret_hash, uint32_t *ret_minor);

/* ext4_dir.c: lists the entries in the blocks or inline bytes of c, from byte
 * cookie on. */
enum rom_status rom_ext4_dir(struct ext4_fs *ext4,
	const struct rom_inode *inode, const struct rom_file_map *c,
	uint64_t cookie, rom_dirent_fn fn, void *ctx, struct rom_err *err);

/* ext4_journal.c: the filesystem's image with its journal replayed as an
 * overlay, to be closed by the caller; NULL when there is nothing to replay.
 * Fills stats. map: of the journal's inode. */
struct rom_image *rom_ext4_journal_replay(struct ext4_fs *ext4,
	const struct rom_file_map *map, struct rom_fs_journal *stats);

#endif
