/* SPDX-License-Identifier: MIT */
/* ext4_priv.h - what the files of the ext4 reader share */
#ifndef ROMSPLIT_EXT4_PRIV_H
#define ROMSPLIT_EXT4_PRIV_H

#include "../fs_priv.h"

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
};

struct ext4_fs {
	struct rom_fs fs;
	/* ext2_filsys; only ext4_open.c and ext4_read.c know the type */
	void *e2;
	uint32_t block_size;
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

/* ext4_open.c: open, deep and close of rom_fs_ops. */
enum rom_status rom_ext4_open(struct rom_image *meta, struct rom_image *data,
	const struct rom_fs_options *options, struct rom_fs **ret,
	struct rom_err *err);
enum rom_status rom_ext4_full_scan(struct rom_image *meta,
	struct rom_image *data, const struct rom_fs_options *options,
	struct rom_fs **ret, struct rom_err *err);
void rom_ext4_close(struct rom_fs *fs);

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
