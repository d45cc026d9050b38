/* SPDX-License-Identifier: MIT */
/* ext4_priv.h - what the files of the ext4 reader share */
#ifndef ROMSPLIT_EXT4_PRIV_H
#define ROMSPLIT_EXT4_PRIV_H

#include "../fs_priv.h"
#include "romsplit/disk.h"

enum {
	EXT4_ROOT = 2,
	/* of the inode: 60 bytes of extent root, block numbers, inline data or
	   symlink */
	EXT4_MAP_AT = 0x28,
	EXT4_MAP_LEN = 60,
	EXT4_FL_ENCRYPT = 0x800,
	EXT4_FL_INDEX = 0x1000,
	EXT4_FL_EXTENTS = 0x80000,
	EXT4_FL_INLINE = 0x10000000,
	EXT4_FL_CASEFOLD = 0x40000000,
	/* the directory does not say which hash it uses */
	EXT4_NO_HASH = 0xff,
	EXT4_DTIME_AT = 0x14,
	/* an inline directory begins with its parent's inode number */
	EXT4_INLINE_DIR_HEAD = 4,
	EXT4_MAX_INODE = 4096,
	EXT4_EXTENT_MAGIC = 0xf30a,
	/* opened in one search: each costs all its group descriptors */
	EXT4_MAX_BACKUPS = 6,
};

/* As in ext2fs.h, which only .c files include. */
struct struct_ext2_filsys;

/* A superblock that could be one, and where its copy lies. */
struct ext4_copy {
	struct rom_ext4_super sb;
	uint64_t block; /* 0: the primary */
};

struct ext4_fs {
	struct rom_fs fs;
	struct struct_ext2_filsys *e2;
	uint32_t block_size;
	uint8_t uuid[16];
	/* superblock and descriptors are a copy, which the kernel does not keep
	 * up to date */
	bool from_backup;
	uint64_t blocks;
	uint32_t inode_size;
	bool has_filetype, has_csum;
	uint32_t csum_seed; /* of all metadata checksums */
	bool lost_known;
	/* inodes that no folder names, of a filesystem without a root */
	ROM_VEC(uint64_t) lost;
};

/* ext4_csum.c: where metadata checksums begin for an inode; whether a block's
 * agrees (at: of the checksum, which covers what lies before covered). True
 * when the filesystem has none. */
uint32_t rom_ext4_inode_seed(
	const struct ext4_fs *ext4, const struct rom_inode *inode);
bool rom_ext4_csum_good(const struct ext4_fs *ext4,
	const struct rom_inode *inode, struct rom_buffer *v, size_t covered,
	size_t offset);

/* ext4_io.c: the name under which libext2fs opens an image, and the manager
 * that does it. */
struct struct_io_manager;
struct struct_io_manager *rom_ext4_io_manager(void);
void rom_ext4_io_name(struct rom_image *img, char *buf, size_t len);

/* ext4_map.c: the blocks of a file, from its 60 bytes of map. Adds up to size
 * bytes to c. */
void rom_ext4_map(struct ext4_fs *ext4, const struct rom_inode *inode,
	const uint8_t *map, uint64_t size, struct rom_file_map *c);

/* ext4_copies.c: the superblock at offset. ROM_NO_MATCH: there is none. */
enum rom_status rom_ext4_read_super(struct rom_image *img, uint64_t offset,
	struct rom_ext4_super *ret, struct rom_err *err);
/* The next backup superblock after *step tries (0 at first); all block sizes
 * are tried, whatever the primary says. */
bool rom_ext4_next_backup(
	struct rom_image *img, unsigned *step, struct ext4_copy *ret);
/* Opens a copy, to be closed by the caller; NULL, and *e, when that fails. */
struct struct_ext2_filsys *rom_ext4_open_e2(
	struct rom_image *img, const struct ext4_copy *c, long *e);
/* True when the 60 bytes of map in an inode can be one. */
bool rom_ext4_has_map(struct struct_ext2_filsys *e2, struct rom_buffer *inode,
	uint32_t flags);
/* True when the inode of the root can be a directory. */
bool rom_ext4_has_root(struct struct_ext2_filsys *e2);
/* True when the descriptors make sense too. */
bool rom_ext4_is_usable(struct struct_ext2_filsys *e2);
/* The best copy: the primary, unless a backup is usable and it is not. */
enum rom_status rom_ext4_open_best(struct rom_image *img, struct ext4_copy *ret,
	struct struct_ext2_filsys **ret_e2, struct rom_err *err);

/* ext4_quick_scan.c: the first copy that leads to inodes in use, to be closed
 * by the caller; NULL: none does. */
struct struct_ext2_filsys *rom_ext4_find_files(struct rom_image *img,
	struct ext4_copy *c, struct rom_fs_scan_result *seen);
void rom_ext4_quick_scan(struct rom_image *img, struct rom_fs_scan_result *ret);

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

/* ext4_root.c: of a filesystem without a root: the inode that stands for it,
 * and what it lists. */
void rom_ext4_made_up_root(struct rom_inode *ret);
enum rom_status rom_ext4_list_unattached(struct ext4_fs *ext4, uint64_t cookie,
	rom_dirent_fn fn, void *ctx, struct rom_err *err);

/* ext4_read.c: an inode from its bytes. */
void rom_ext4_decode_inode(
	struct rom_buffer *v, uint64_t ino, struct rom_inode *ret);

/* ext4_read.c: what an errcode_t of libext2fs says; borrowed. */
const char *rom_ext4_error(long e);
/* ext4_read.c: the directory hash of a name, by the hash a directory's root
 * block names, or EXT4_NO_HASH. */
void rom_ext4_name_hash(struct ext4_fs *ext4, uint8_t version, const char *name,
	size_t len, uint32_t *ret_hash, uint32_t *ret_minor);

/* ext4_dir.c: names in the blocks or inline bytes that c describes, from byte
 * cookie on. */
enum rom_status rom_ext4_dir(struct ext4_fs *ext4,
	const struct rom_inode *inode, const struct rom_file_map *c,
	uint64_t cookie, rom_dirent_fn fn, void *ctx, struct rom_err *err);

/* ext4_journal.c: the image of ext4 with the news of its journal laid over it,
 * to be closed by the caller; NULL when there is nothing to replay. stats is
 * filled. content: of the journal's inode. */
struct rom_image *rom_ext4_journal_replay(struct ext4_fs *ext4,
	const struct rom_file_map *map, struct rom_fs_journal *stats);

#endif
