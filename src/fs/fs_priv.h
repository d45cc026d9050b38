/* SPDX-License-Identifier: MIT */
/* fs_priv.h - interface of the filesystem readers, and helpers they share. The
 * struct of a reader begins with a struct rom_fs. */
#ifndef ROMSPLIT_FS_PRIV_H
#define ROMSPLIT_FS_PRIV_H

#include "romsplit/cipher.h"
#include "romsplit/fs.h"

struct rom_free_ranges;

/* What a copy of a superblock leads to. */
enum rom_fs_proof { ROM_PROOF_NONE, ROM_PROOF_INODES, ROM_PROOF_ROOT };

/* a copy of the superblock may be the first or the second one */
enum { ROM_MAX_STARTS = 2 };

/* A reader of one format, or of a family of formats: a directory that defines
 * one such struct, and a row in readers.def. Members are not NULL unless
 * stated. */
struct rom_fs_reader {
	const char *name;
	/* formats it reads, for messages: "ext2, ext3, ext4" */
	const char *words;
	/* see rom_fs_compresses and rom_fs_is_card */
	bool compresses, is_card;

	/* Bits of evidence that img holds this filesystem, from the offsets
	 * that one in use has; 0: none. Counted as the probers do: a magic of 4
	 * bytes is 32 bits, a matching checksum its own length. Unverified
	 * fields count nothing. Readers are tried in the order of their bids,
	 * so that none has to know of another. */
	unsigned (*bid)(struct rom_image *img);
	/* The same for structures that have to be searched for (backups,
	 * orphaned tables), which may outlast their filesystem. Called only
	 * when no reader could open what it bid for. May be NULL. */
	unsigned (*bid_remains)(struct rom_image *img);
	/* that reads many MiB: not called when another reader, which comes
	 * first in readers.def, is certain */
	bool searches_long;

	/* Decodes a copy of the superblock from the first bytes of v, which
	 * lie at v->offset of the image. Fills ret for each start that the copy
	 * may stand for, ROM_MAX_STARTS at most; returns how many. NULL: copies
	 * of this format are not searched for. */
	size_t (*place)(
		struct rom_buffer *v, struct rom_fs_place ret[ROM_MAX_STARTS]);
	/* How much of the filesystem that begins at 0 of img the copy of the
	 * superblock at super leads to. NULL like place. */
	enum rom_fs_proof (*prove)(struct rom_image *img, uint64_t super);

	/* Creates *ret with references to img as meta and data. ROM_NO_MATCH:
	 * img turned out not to hold this filesystem. */
	enum rom_status (*open)(struct rom_image *img,
		const struct rom_fs_options *options, struct rom_fs **ret,
		struct rom_err *err);
	/* rom_fs_quick_scan of this format; ret is zeroed before. May be
	 * NULL. */
	void (*quick_scan)(
		struct rom_image *img, struct rom_fs_scan_result *ret);
	/* Opens a filesystem of which only scattered structures are left, by
	 * reading the whole image. May be NULL. */
	enum rom_status (*full_scan)(struct rom_image *img,
		const struct rom_fs_options *options, struct rom_fs **ret,
		struct rom_err *err);
	void (*close)(struct rom_fs *fs);

	/* Sets fs->uuid and fs->block_size, which fscrypt needs. NULL: this
	 * format has no encryption. */
	void (*uuid)(struct rom_fs *fs);
	enum rom_status (*inode)(struct rom_fs *fs, uint64_t ino,
		struct rom_inode *ret, struct rom_err *err);
	/* Cookies ascend. A listing that resumes from one does not repeat
	 * earlier names or damage, and does not cost the part it skips: a walk
	 * resumes after each subdirectory, so that anything else would be
	 * quadratic. */
	enum rom_status (*list)(struct rom_fs *fs, uint64_t ino,
		uint64_t cookie, rom_dirent_fn fn, void *ctx,
		struct rom_err *err);
	enum rom_status (*map)(struct rom_fs *fs, const struct rom_inode *inode,
		struct rom_file_map *ret, struct rom_err *err);
	enum rom_status (*xattrs)(struct rom_fs *fs, uint64_t ino,
		rom_xattr_fn fn, void *ctx, struct rom_err *err);
	/* Calls fn for every inode in use, except reserved ones. NULL: not
	 * possible. */
	enum rom_status (*scan)(struct rom_fs *fs, rom_inode_fn fn, void *ctx,
		struct rom_err *err);
	/* rom_fs_unattached for formats whose inode numbers do not index a
	 * table. NULL: scan is used. */
	enum rom_status (*unattached)(struct rom_fs *fs, rom_inode_fn fn,
		void *ctx, struct rom_err *err);
	/* rom_fs_free_ranges: adds ranges to out, in ascending order, until
	 * rom_free_add returns false. A range that cannot be verified is
	 * ROM_USE_UNKNOWN. NULL: this format has no free blocks. */
	enum rom_status (*free_ranges)(struct rom_fs *fs,
		struct rom_free_ranges *out, struct rom_err *err);
	/* rom_fs_idle_ranges. NULL: there is no such metadata. */
	void (*idle_ranges)(struct rom_fs *fs, rom_idle_fn fn, void *ctx);
};

/* The readers, as rows of readers.def. */
#define ROM_READER(name) extern const struct rom_fs_reader rom_reader_##name;
#include "readers.def"
#undef ROM_READER

/* locate.c: the reader that found a place; the part of the image that the
 * filesystem there takes, or that is left of it, closed by the caller. */
const struct rom_fs_reader *rom_fs_reader_of(const struct rom_fs_place *place);
struct rom_image *rom_fs_place_slice(
	struct rom_image *img, const struct rom_fs_place *place);

/* Notes the change time of a file that a quick scan found. A time after the
 * year 2106 is taken for noise. */
static inline void rom_fs_scan_time(struct rom_fs_scan_result *r, int64_t sec)
{
	if (sec > r->newest && sec <= UINT32_MAX)
		r->newest = sec;
}
/* damage.c: one finding, kept for a listener that is set later. */
struct rom_fs_finding {
	uint64_t ino, offset;
	char *text;
};

struct rom_fs {
	const struct rom_fs_reader *reader;
	const char *kind;
	struct rom_image *meta, *data;
	/* where the contents of encrypted files are read under metadata
	 * encryption; else NULL */
	struct rom_image *raw;
	struct rom_keyring *keyring; /* NULL: encrypted files stay encrypted */
	uint8_t uuid[16];	     /* salt of some fscrypt keys */
	/* bytes; also the default data unit of fscrypt */
	uint32_t block_size;
	/* contents were encrypted by MediaTek's eMMC host, in units of 512
	 * bytes */
	bool hardware_units;
	bool units_known;
	uint64_t start; /* in the image that was given to rom_fs_open */
	uint64_t root;
	/* the root is missing; a synthetic one lists unattached inodes */
	bool synthetic_root;
	/* the root cannot be reached, and no full scan was made */
	bool needs_full_scan;
	uint64_t inodes;	/* highest inode number; 0: unknown */
	uint64_t damage;	/* how often it was found */
	rom_damage_fn listener; /* NULL: nobody listens */
	void *listener_ctx;
	/* damage is only counted: it was reported before, or will be */
	bool silent;
	ROM_VEC(struct rom_fs_finding) findings;
	bool findings_dropped; /* there were more than are kept */
	struct rom_fs_options options;
	struct rom_fs_journal journal;
};

/* per file: a damaged map must not exhaust memory */
#define ROM_MAX_FILE_EXTENTS 1000000
#define ROM_MAX_SYMLINK	     65536 /* no filesystem here has longer targets */

/* damage.c: counts damage, keeps it and reports it to the listener. */
void rom_fs_damage(struct rom_fs *fs, uint64_t ino, uint64_t offset,
	const char *fmt, ...) __attribute__((format(printf, 4, 5)));
/* Damage between begin and end is neither reported nor counted: the same
 * structures were read before, or will be by a caller that reports. */
struct rom_fs_quiet {
	bool silent;
	uint64_t count;
};
struct rom_fs_quiet rom_fs_quiet_begin(struct rom_fs *fs);
void rom_fs_quiet_end(struct rom_fs *fs, const struct rom_fs_quiet *quiet);
/* Moves the findings of a filesystem to another handle of the same image. */
void rom_fs_damage_move(struct rom_fs *to, struct rom_fs *from);
void rom_fs_damage_done(struct rom_fs *fs);
enum rom_file_type rom_file_type_of(uint16_t mode);

/* walk.c: calls mark for everything below dir, without a bound of depth. mark
 * returns false for an inode that it has seen before, which is then not
 * entered. Of an inode that cannot be read, only ino is set. */
typedef bool (*rom_mark_fn)(void *ctx, const struct rom_inode *inode);
void rom_fs_mark_below(
	struct rom_fs *fs, uint64_t dir, rom_mark_fn mark, void *ctx);

/* free_ranges.c: adds len bytes at offset. Returns false when the caller of
 * rom_fs_free_ranges wants no more. */
bool rom_free_add(struct rom_free_ranges *out, uint64_t offset, uint64_t len,
	enum rom_use use);
/* An allocation bitmap of n units from offset on, in which 0 is free. The first
 * unit is the lowest bit of the first byte or, with msb_first, the highest. */
struct rom_free_bits {
	const uint8_t *bits;
	size_t n;
	uint64_t offset;
	uint64_t unit; /* bytes */
	bool msb_first;
};
bool rom_free_add_bits(
	struct rom_free_ranges *out, const struct rom_free_bits *b);

/* keyring.c: one key of a keyring. */
struct rom_key {
	uint8_t bytes[64];
	size_t len;
	uint8_t descriptor[8], identifier[16];
	/* pseudorandom key that HKDF extracts from it */
	uint8_t prk[ROM_SHA512_LEN];
};
/* The key that the context c refers to, or NULL. */
const struct rom_key *rom_keyring_find(
	const struct rom_keyring *k, const struct rom_fscrypt *c);

/* ---- fscrypt.c
 * ------------------------------------------------------------ */
/* Sets opened and clears encrypted when the inode's key is in the keyring. */
void rom_fscrypt_inode(struct rom_fs *fs, struct rom_inode *inode);
/* Lists an opened directory; fn receives the decrypted names. */
enum rom_status rom_fscrypt_list(struct rom_fs *fs, uint64_t ino,
	uint64_t cookie, rom_dirent_fn fn, void *ctx, struct rom_err *err);
/* Sets c->image to the decrypted image of an opened regular file. */
enum rom_status rom_fscrypt_map(struct rom_fs *fs,
	const struct rom_inode *inode, struct rom_file_map *c,
	struct rom_err *err);
/* Decrypts the target of an opened symlink in place: *len stored bytes. */
enum rom_status rom_fscrypt_target(struct rom_fs *fs,
	const struct rom_inode *inode, char *target, size_t *len,
	struct rom_err *err);

/* extent_image.c: the stored bytes of a file as an image in file offsets, with
 * holes as zeros. Extents are copied, and each is rounded up to whole blocks of
 * block bytes. */
struct rom_image *rom_fs_extent_image(struct rom_image *below,
	const rom_extents *extents, uint64_t size, uint32_t block);

#endif
