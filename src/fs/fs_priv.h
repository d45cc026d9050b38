/* SPDX-License-Identifier: MIT */
/* fs_priv.h - what a filesystem reader is: its own struct begins with a struct rom_fs */
#ifndef ROMSPLIT_FS_PRIV_H
#define ROMSPLIT_FS_PRIV_H

#include "romsplit/fs.h"

struct rom_fs_ops {
	const char *name;
	/* Takes references on the images it keeps in fs->meta and fs->data; fills fs but for ops. */
	enum rom_status (*open)(struct rom_image *meta, struct rom_image *data,
		const struct rom_fs_options *options, struct rom_fs **ret, struct rom_err *err);
	void (*close)(struct rom_fs *fs);
	enum rom_status (*inode)(
		struct rom_fs *fs, uint64_t ino, struct rom_inode *ret, struct rom_err *err);
	enum rom_status (*list)(struct rom_fs *fs, uint64_t ino, uint64_t cookie, rom_dirent_fn fn,
		void *ctx, struct rom_err *err);
	enum rom_status (*content)(struct rom_fs *fs, const struct rom_inode *inode,
		struct rom_content *ret, struct rom_err *err);
	enum rom_status (*xattrs)(
		struct rom_fs *fs, uint64_t ino, rom_xattr_fn fn, void *ctx, struct rom_err *err);
	/* Calls fn for every inode that is in use and not one of the filesystem's own. NULL: cannot be done. */
	enum rom_status (*scan)(struct rom_fs *fs, rom_lost_fn fn, void *ctx, struct rom_err *err);
	/* rom_fs_lost, where inodes are no numbers that could be counted. NULL: by way of scan. */
	enum rom_status (*lost)(struct rom_fs *fs, rom_lost_fn fn, void *ctx, struct rom_err *err);
};

struct rom_fs {
	const struct rom_fs_ops *ops;
	const char *kind;
	struct rom_image *meta, *data;
	uint64_t root;
	uint64_t inodes; /* the highest number; 0: not known */
	uint64_t damage; /* how often it was met */
	struct rom_fs_options options;
	struct rom_fs_journal journal;
};

#define ROM_MAX_FILE_EXTENTS 1000000 /* of one file: a torn map must not fill the memory */
#define ROM_MAX_SYMLINK	     65536   /* no filesystem here has longer targets */

/* Reports damage to whoever asked for it. */
void rom_fs_damage(struct rom_fs *fs, uint64_t ino, uint64_t at, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
/* Adds an extent; one that follows the last in the file and in the image makes it longer. What begins at or
 * after the size of the file is dropped, what reaches past it is cut. */
void rom_content_add(struct rom_content *c, uint64_t size, struct rom_extent e);
enum rom_file_type rom_file_type_of(uint16_t mode);

extern const struct rom_fs_ops rom_fs_ext4, rom_fs_f2fs, rom_fs_fat, rom_fs_exfat, rom_fs_squashfs;

#endif
