/* SPDX-License-Identifier: MIT */
/* fs_priv.h - what a reader of a filesystem is, and what its files may use. Its
 * own struct begins with a struct rom_fs. */
#ifndef ROMSPLIT_FS_PRIV_H
#define ROMSPLIT_FS_PRIV_H

#include "romsplit/cipher.h"
#include "romsplit/fs.h"

struct rom_free_ranges;

/* A reader of one format (or of a family): a directory with one such struct in
 * it, and a row in readers.def. What may be NULL says so. */
struct rom_fs_reader {
	const char *name;
	/* for people, comma between them: "ext2, ext3, ext4" */
	const char *words;
	/* rom_fs_compresses, rom_fs_is_card */
	bool compresses, is_card;

	/* How many bits of evidence say that this image holds this filesystem,
	 * by what lies where one in use has it; 0: it holds none. Counted as
	 * probers count: a magic of 4 bytes is 32, a checksum that agrees as
	 * long as it is. What was not verified counts nothing. Readers are
	 * opened in the order of their bids: none knows another. */
	unsigned (*bid)(struct rom_image *img);
	/* The same by what has to be searched for (backups, tables without
	 * what leads to them), which outlives a filesystem. Asked when nobody
	 * opened what it bid for. May be NULL. */
	unsigned (*bid_remains)(struct rom_image *img);

	/* Makes *ret, which holds references on img as meta and data.
	 * ROM_NO_MATCH: it is none after all. */
	enum rom_status (*open)(struct rom_image *img,
		const struct rom_fs_options *options, struct rom_fs **ret,
		struct rom_err *err);
	/* As rom_fs_quick_scan, for this one; ret begins as nothing. May be
	 * NULL. */
	void (*quick_scan)(
		struct rom_image *img, struct rom_fs_scan_result *ret);
	/* Opens what has nothing left by which it could be known at once, by
	 * reading all of it. May be NULL. */
	enum rom_status (*full_scan)(struct rom_image *img,
		const struct rom_fs_options *options, struct rom_fs **ret,
		struct rom_err *err);
	void (*close)(struct rom_fs *fs);

	/* Fills fs->uuid and fs->block_size, which the decryption of files
	 * needs. May be NULL: nothing in it is ever encrypted. */
	void (*uuid)(struct rom_fs *fs);
	enum rom_status (*inode)(struct rom_fs *fs, uint64_t ino,
		struct rom_inode *ret, struct rom_err *err);
	/* Cookies ascend. From one that is not 0 on, neither names nor damage
	 * that came before are reported again, and the cost is that of what
	 * follows: a walk comes back for each subdirectory. */
	enum rom_status (*list)(struct rom_fs *fs, uint64_t ino,
		uint64_t cookie, rom_dirent_fn fn, void *ctx,
		struct rom_err *err);
	enum rom_status (*map)(struct rom_fs *fs, const struct rom_inode *inode,
		struct rom_file_map *ret, struct rom_err *err);
	enum rom_status (*xattrs)(struct rom_fs *fs, uint64_t ino,
		rom_xattr_fn fn, void *ctx, struct rom_err *err);
	/* Calls fn for every inode that is in use and not one of the
	 * filesystem's own. May be NULL: cannot be done. */
	enum rom_status (*scan)(struct rom_fs *fs, rom_inode_fn fn, void *ctx,
		struct rom_err *err);
	/* rom_fs_unattached, where inodes are no numbers that could be counted.
	 * May be NULL: by way of scan. */
	enum rom_status (*unattached)(struct rom_fs *fs, rom_inode_fn fn,
		void *ctx, struct rom_err *err);
	/* rom_fs_free_ranges: adds to out, in ascending order, until that
	 * returns false. What cannot be verified is UNKNOWN. May be NULL: no
	 * block is ever free. */
	enum rom_status (*free_ranges)(struct rom_fs *fs,
		struct rom_free_ranges *out, struct rom_err *err);
};

/* readers.c: the readers, as rows. */
#define ROM_READER(name) extern const struct rom_fs_reader rom_reader_##name;
#include "readers.def"
#undef ROM_READER

/* Of a quick scan: the time at which a file that was seen was changed. One
 * behind the year 2106 is taken for noise. */
static inline void rom_fs_scan_time(struct rom_fs_scan_result *r, int64_t sec)
{
	if (sec > r->newest && sec <= UINT32_MAX)
		r->newest = sec;
}
/* damage.c: damage as it is kept for a listener that comes later. */
struct rom_fs_finding {
	uint64_t ino, offset;
	char *text;
};

struct rom_fs {
	const struct rom_fs_reader *reader;
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
/* Between these two nothing is reported and counted: it was before, or will be
 * by whoever comes that way. */
struct rom_fs_quiet {
	bool silent;
	uint64_t count;
};
struct rom_fs_quiet rom_fs_quiet_begin(struct rom_fs *fs);
void rom_fs_quiet_end(struct rom_fs *fs, const struct rom_fs_quiet *quiet);
/* What was kept of a filesystem that is opened in another way now. */
void rom_fs_damage_move(struct rom_fs *to, struct rom_fs *from);
void rom_fs_damage_done(struct rom_fs *fs);
enum rom_file_type rom_file_type_of(uint16_t mode);

/* walk.c: all that can be reached from a directory, however deep. mark returns
 * false for what it has seen before, which is not gone into; of an inode that
 * cannot be read only ino is known. */
typedef bool (*rom_mark_fn)(void *ctx, const struct rom_inode *inode);
void rom_fs_mark_below(
	struct rom_fs *fs, uint64_t dir, rom_mark_fn mark, void *ctx);

/* free_ranges.c: where a reader puts them. False: nobody wants more. */
bool rom_free_add(struct rom_free_ranges *out, uint64_t offset, uint64_t len,
	enum rom_use use);
/* Of n units from offset on, those whose bit is 0 as free; the first is the
 * lowest bit of the first byte or, msb_first, its highest. */
struct rom_free_bits {
	const uint8_t *bits;
	size_t n;
	uint64_t offset;
	uint64_t unit; /* bytes */
	bool msb_first;
};
bool rom_free_add_bits(
	struct rom_free_ranges *out, const struct rom_free_bits *b);

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

#endif
