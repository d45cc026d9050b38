/* SPDX-License-Identifier: MIT */
/* fs_priv.h - what a filesystem reader is: its own struct begins with a struct
 * rom_fs */
#ifndef ROMSPLIT_FS_PRIV_H
#define ROMSPLIT_FS_PRIV_H

#include "romsplit/cipher.h"
#include "romsplit/fs.h"

struct rom_fs_ops {
	const char *name;
	/* rom_fs_compresses, rom_fs_is_card */
	bool compresses, is_card;
	/* Takes references on the images it keeps in fs->meta and fs->data;
	 * fills fs but for ops. */
	enum rom_status (*open)(struct rom_image *meta, struct rom_image *data,
		const struct rom_fs_options *options, struct rom_fs **ret,
		struct rom_err *err);
	void (*close)(struct rom_fs *fs);
	enum rom_status (*inode)(struct rom_fs *fs, uint64_t ino,
		struct rom_inode *ret, struct rom_err *err);
	enum rom_status (*list)(struct rom_fs *fs, uint64_t ino,
		uint64_t cookie, rom_dirent_fn fn, void *ctx,
		struct rom_err *err);
	enum rom_status (*map)(struct rom_fs *fs, const struct rom_inode *inode,
		struct rom_file_map *ret, struct rom_err *err);
	enum rom_status (*xattrs)(struct rom_fs *fs, uint64_t ino,
		rom_xattr_fn fn, void *ctx, struct rom_err *err);
	/* Opens what has nothing left by which it could be known at once, by
	 * reading all of it. NULL: cannot be done. */
	enum rom_status (*full_scan)(struct rom_image *meta,
		struct rom_image *data, const struct rom_fs_options *options,
		struct rom_fs **ret, struct rom_err *err);
	/* Calls fn for every inode that is in use and not one of the
	 * filesystem's own. NULL: cannot be done. */
	enum rom_status (*scan)(struct rom_fs *fs, rom_inode_fn fn, void *ctx,
		struct rom_err *err);
	/* rom_fs_unattached, where inodes are no numbers that could be counted.
	 * NULL: by way of scan. */
	enum rom_status (*lost)(struct rom_fs *fs, rom_inode_fn fn, void *ctx,
		struct rom_err *err);
};

/* damage.c: damage as it is kept for a listener that comes later. */
struct rom_fs_finding {
	uint64_t ino, offset;
	char *text;
};

struct rom_fs {
	const struct rom_fs_ops *ops;
	const char *kind;
	struct rom_image *meta, *data;
	/* contents of encrypted files, where metadata encryption lies between;
	 * else NULL */
	struct rom_image *raw;
	struct rom_keyring *keyring; /* NULL: encrypted files stay closed */
	uint8_t uuid[16];	     /* for keys of file-based encryption */
	/* bytes; a data unit of file-based encryption, unless it says
	 * otherwise */
	uint32_t block_size;
	/* contents were encrypted by MediaTek's eMMC host, in units of 512
	 * bytes */
	bool hardware_units;
	bool units_known;
	uint64_t root;
	/* it is gone; what stands for it lists what no folder names */
	bool synthetic_root;
	/* nothing leads to the root, and no full scan was made */
	bool needs_full_scan;
	uint64_t inodes;	/* the highest number; 0: not known */
	uint64_t damage;	/* how often it was met */
	rom_damage_fn listener; /* NULL: nobody listens */
	void *listener_ctx;
	/* damage is only counted: what is read now was told of, or will be */
	bool silent;
	ROM_VEC(struct rom_fs_finding) findings;
	bool findings_dropped; /* there were more than are kept */
	struct rom_fs_options options;
	struct rom_fs_journal journal;
};

/* of one file: a torn map must not fill the memory */
#define ROM_MAX_FILE_EXTENTS 1000000
#define ROM_MAX_SYMLINK	     65536 /* no filesystem here has longer targets */

/* damage.c: counts damage, keeps it and tells the listener of it. */
void rom_fs_damage(struct rom_fs *fs, uint64_t ino, uint64_t offset,
	const char *fmt, ...) __attribute__((format(printf, 4, 5)));
/* What was kept of a filesystem that is opened in another way now. */
void rom_fs_damage_move(struct rom_fs *to, struct rom_fs *from);
void rom_fs_damage_done(struct rom_fs *fs);
enum rom_file_type rom_file_type_of(uint16_t mode);

/* keyring.c: a key as it is kept. */
struct rom_key {
	uint8_t bytes[64];
	size_t len;
	uint8_t descriptor[8], identifier[16];
	uint8_t prk[ROM_SHA512_LEN]; /* what HKDF extracts of it */
};
/* The key that a context names, or NULL. */
const struct rom_key *rom_keyring_find(
	const struct rom_keyring *k, const struct rom_fscrypt *c);

/* fscrypt.c: what an inode's key makes of it. */
/* Sets opened instead of encrypted when its key is there. */
void rom_fscrypt_inode(struct rom_fs *fs, struct rom_inode *inode);
/* Lists a directory that was opened: fn gets the decrypted names. */
enum rom_status rom_fscrypt_list(struct rom_fs *fs, uint64_t ino,
	uint64_t cookie, rom_dirent_fn fn, void *ctx, struct rom_err *err);
/* Sets the view of a regular file that was opened. */
enum rom_status rom_fscrypt_map(struct rom_fs *fs,
	const struct rom_inode *inode, struct rom_file_map *c,
	struct rom_err *err);
/* Decrypts the target of a symlink that was opened, in place: len bytes as they
 * are stored. */
enum rom_status rom_fscrypt_target(struct rom_fs *fs,
	const struct rom_inode *inode, char *target, size_t *len,
	struct rom_err *err);

/* extent_image.c: the stored bytes of a file as an image in its own addresses,
 * holes as zeros; extents are copied, and each is taken to be whole blocks. */
struct rom_image *rom_fs_extent_image(struct rom_image *below,
	const rom_extents *extents, uint64_t size, uint32_t block);

/* f2fs_look.c, ext4_open.c: rom_fs_quick_scan for one kind; what is seen is
 * added to ret, which begins as nothing. */
void rom_f2fs_quick_scan(struct rom_image *img, struct rom_fs_scan_result *ret);
void rom_ext4_quick_scan(struct rom_image *img, struct rom_fs_scan_result *ret);

extern const struct rom_fs_ops rom_fs_ext4, rom_fs_f2fs, rom_fs_fat,
	rom_fs_exfat, rom_fs_squashfs;

#endif
