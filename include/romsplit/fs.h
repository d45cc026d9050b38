/* SPDX-License-Identifier: MIT */
/*
 * fs.h - filesystems, read-only: one interface, whatever the format
 *
 * A handle serves one thread at a time. File contents are not read here but
 * described: rom_fs_map says where in the image they lie, and any number of
 * threads may copy from there.
 */
#ifndef ROMSPLIT_FS_H
#define ROMSPLIT_FS_H

#include "romsplit/disk.h"
#include "romsplit/file.h"
#include "romsplit/image.h"
#include "romsplit/model.h"
#include "romsplit/pass.h"

/* One entry of a directory. next is the cookie with which a listing resumes
 * behind it. */
struct rom_dirent {
	/* len bytes without a NUL; in an encrypted directory any byte may
	 * occur */
	const char *name;
	size_t len;
	uint64_t ino;
	/* ROM_FILE_UNKNOWN when the directory does not store it */
	enum rom_file_type type;
	uint64_t next;
	/* the directory hash, which is part of the name that is shown without
	 * the key; encrypted directories only */
	uint32_t hash, minor_hash;
};
/* Receives one entry, borrowed until it returns. Returns false to end the
 * listing. */
typedef bool (*rom_dirent_fn)(void *ctx, const struct rom_dirent *entry);

/* The name to show: the stored bytes or, in an encrypted directory, the form in
 * which the kernel shows it without the key. *ret_len bytes and a NUL. Freed by
 * the caller. */
char *rom_dirent_name(const struct rom_inode *dir, const struct rom_dirent *e,
	size_t *ret_len);
/* An encrypted name in the form in which the kernel shows it without the key;
 * with hashes of 0 the target of an encrypted symlink. Freed by the caller. */
char *rom_nokey_name(
	uint32_t hash, uint32_t minor, const void *bytes, size_t len);

/* Receives one extended attribute, borrowed until it returns. Returns false to
 * end the list. */
typedef bool (*rom_xattr_fn)(
	void *ctx, const char *name, const void *value, size_t len);

/* Receives damage found while reading: the inode (0: the filesystem as a
 * whole), the offset in the filesystem's image or ROM_NO_OFFSET, and one line
 * of text, borrowed. */
typedef void (*rom_damage_fn)(
	void *ctx, uint64_t ino, uint64_t offset, const char *text);

/* Keys of file-based encryption. Each is matched to files by its descriptor or
 * identifier, before anything is decrypted. Any number of filesystems may hold
 * one keyring; keys may be added while a single thread uses them. Wiped when
 * its last owner frees it. */
struct rom_keyring;
/* Creates an empty keyring. Never NULL. */
struct rom_keyring *rom_keyring_new(void);
/* Adds a raw key of 16 to 64 bytes. A key of another length, a duplicate, and a
 * key past the first 1000 are ignored. */
void rom_keyring_add(struct rom_keyring *k, const uint8_t *key, size_t len);
/* Number of keys in the keyring. */
size_t rom_keyring_count(const struct rom_keyring *k);
/* True when the keyring holds the key that the context refers to. k may be
 * NULL. */
bool rom_keyring_has(
	const struct rom_keyring *k, const struct rom_fscrypt *context);
/* Adds an owner, who has to free it as well. Returns k. */
struct rom_keyring *rom_keyring_ref(struct rom_keyring *k);
/* Drops one owner; the last one wipes the keys. k may be NULL. */
void rom_keyring_free(struct rom_keyring *k);

/* ---- where a filesystem begins ------------------------------------------- */

/* A filesystem that was found by one copy of its superblock. */
struct rom_fs_place {
	const char *kind; /* "ext4", "f2fs", ...: a literal */
	uint64_t start;	  /* of the filesystem, in the image */
	uint64_t super;	  /* of that copy, in the image */
	uint64_t size;	  /* by that copy */
	uint8_t uuid[16];
	bool is_backup; /* the copy is not the first superblock */
	/* it leads to a root directory; else only to inodes in use */
	bool has_root;
	size_t reader; /* private */
};
/* Found in the order of their starts; those of one start in that of their
 * copies. */
typedef ROM_VEC(struct rom_fs_place) rom_fs_places;
/* Looks for superblocks and their backups at every 512 bytes where filesystems
 * that begin within the first MiB have them; with all in the whole image. Holes and constant bytes are skipped. Without all it reads 6 MiB
 * at most. What a copy leads to has to prove it; each filesystem (start and
 * UUID) is found once. progress may stop it, and may be NULL. places is
 * released with rom_vec_done. */
void rom_fs_locate(struct rom_image *img, bool all,
	const struct rom_progress *progress, rom_fs_places *places);

/* How to open a filesystem. All zeros shows it as the kernel would. */
struct rom_fs_options {
	/* Where it begins, and by which copy of the superblock it is opened, as
	 * rom_fs_locate found it; NULL: at 0 of the image. Borrowed for the
	 * call. */
	const struct rom_fs_place *place;
	/* show the state on the medium, without replaying the journal */
	bool no_journal;
	/* May be NULL, which equals an empty one. A key that is added later
	 * applies to every call after that. */
	struct rom_keyring *keyring;
	/* When the metadata that leads to files is destroyed, read the whole
	 * image to find them (f2fs: by the footers of nodes). */
	bool full_scan;
	/* ends that when the user stops it: ROM_E_STOPPED; may be NULL */
	const struct rom_progress *progress;
};

/* What the replay of a journal, or the roll-forward recovery of f2fs, did. It
 * happens in memory; nothing is ever written. */
struct rom_fs_journal {
	bool present, dirty; /* there is a journal; it holds changes */
	bool replayed;
	/* it holds fast commits as well, which are not replayed */
	bool fast_commits;
	/* of a journal; f2fs counts the recovered metadata blocks in blocks */
	uint64_t transactions, blocks, revoked;
	/* f2fs: recovered because they were synced after the last checkpoint */
	uint64_t files, names;
	/* files that were deleted while open, or being truncated at power
	 * loss */
	uint64_t orphans;
	uint64_t first_orphans[8]; /* inodes of the first ones */
	/* blocks and transactions left out because of a checksum mismatch */
	uint64_t bad;
};

/* What a quick scan, which reads some MiB, finds of a filesystem whose first
 * superblock or root directory is destroyed: nodes of an f2fs without
 * superblocks, or inodes that a superblock of ext2, ext3 or ext4 leads to. */
struct rom_fs_scan_result {
	/* "f2fs", "ext4", ...: a literal; NULL: nothing was found */
	const char *kind;
	/* only f2fs nodes are left: finding files takes a full scan */
	bool by_nodes;
	/* blocks that were read; nodes or inodes that were recognized */
	uint64_t examined, nodes;
	/* files that are not empty, and how many of those are encrypted */
	uint64_t inodes, encrypted;
	uint64_t offset; /* of the first node or inode, in the image */
	/* latest change of any of these files, in seconds since 1970; 0:
	 * unknown */
	int64_t newest;
};
/* Scans img for the remains of every filesystem that has a quick scan. Where
 * several left some, *ret describes the one whose files are the newest. */
void rom_fs_quick_scan(struct rom_image *img, struct rom_fs_scan_result *ret);

/* Opens the filesystem of an image. ROM_NO_MATCH when no reader recognizes it.
 * Takes a reference to both images. Metadata and unencrypted contents are read
 * from meta, the contents of encrypted files from data. The two differ only
 * under metadata encryption, which does not encrypt those contents a second
 * time: there, meta is the decrypted image and data the stored one. options may
 * be NULL: all zeros. */
enum rom_status rom_fs_open(struct rom_image *meta, struct rom_image *data,
	const struct rom_fs_options *options, struct rom_fs **ret,
	struct rom_err *err);
/* Closes a filesystem. fs may be NULL. */
void rom_fs_close(struct rom_fs *fs);
/* Closes *fs and sets it to NULL, for ROM_AUTO_FS. */
void rom_fs_closep(struct rom_fs **fs);
#define ROM_AUTO_FS __attribute__((cleanup(rom_fs_closep)))

/* Name of the format for messages and reports ("ext4", ...); a literal. */
const char *rom_fs_kind(const struct rom_fs *fs);
/* True when the format compresses, so that files may add up to more bytes than
 * the image has. */
bool rom_fs_compresses(const struct rom_fs *fs);
/* True for the filesystems of memory cards, whose root is the user's
 * storage. */
bool rom_fs_is_card(const struct rom_fs *fs);
/* Where in the image it begins: 0 unless a place was given. */
uint64_t rom_fs_start(const struct rom_fs *fs);
/* The data image, which extents refer to; borrowed. */
struct rom_image *rom_fs_data(struct rom_fs *fs);
/* Inode number of the root directory. */
uint64_t rom_fs_root(const struct rom_fs *fs);
/* True when the root directory is destroyed. A synthetic one takes its place,
 * which lists unattached inodes by number. */
bool rom_fs_has_synthetic_root(const struct rom_fs *fs);
/* True when fs was opened without full_scan and its root directory cannot be
 * reached: a full scan may find more. */
bool rom_fs_needs_full_scan(const struct rom_fs *fs);
/* What the replay of its journal did; borrowed. */
const struct rom_fs_journal *rom_fs_journal(const struct rom_fs *fs);

/* Reads an inode. ROM_E_CORRUPT, with the reason in err, when there is no inode
 * of that number. */
enum rom_status rom_fs_inode(struct rom_fs *fs, uint64_t ino,
	struct rom_inode *ret, struct rom_err *err);
/* Lists a directory from cookie on (0: from the start) without "." and "..". */
enum rom_status rom_fs_list(struct rom_fs *fs, uint64_t ino, uint64_t cookie,
	rom_dirent_fn fn, void *ctx, struct rom_err *err);
/* Finds where the bytes of a regular file or symlink are stored; extents end at
 * the size of the file. *ret is released with rom_file_map_done. */
enum rom_status rom_fs_map(struct rom_fs *fs, const struct rom_inode *inode,
	struct rom_file_map *ret, struct rom_err *err);
/* Reads the target of a symlink: *ret_len bytes and a NUL. An encrypted one is
 * given in the form in which the kernel shows it without the key. Freed by the
 * caller. */
enum rom_status rom_fs_readlink(struct rom_fs *fs,
	const struct rom_inode *inode, char **ret, size_t *ret_len,
	struct rom_err *err);
/* Calls fn for each extended attribute, by its full name ("user.x",
 * "security.selinux"); the fscrypt context is named "c". */
enum rom_status rom_fs_xattrs(struct rom_fs *fs, uint64_t ino, rom_xattr_fn fn,
	void *ctx, struct rom_err *err);

/* Reads the encryption context of an inode. ROM_NO_MATCH when it has none, or
 * none that can be decoded. */
enum rom_status rom_fs_context(struct rom_fs *fs, uint64_t ino,
	struct rom_fscrypt *ret, struct rom_err *err);

/* How often damage was found in this filesystem so far. A directory that cannot
 * be listed counts as well. */
uint64_t rom_fs_damage_count(const struct rom_fs *fs);
/* Makes fn the listener for damage, in place of the previous one; NULL removes
 * it. Findings since the filesystem was opened are reported at once, in order
 * and without duplicates, up to a bound, past which one line states that there
 * were more. ctx must live until the next call or until fs is closed. */
void rom_fs_set_damage(struct rom_fs *fs, rom_damage_fn fn, void *ctx);
/* Receives one inode, borrowed until it returns. Returns false to stop. */
typedef bool (*rom_inode_fn)(void *ctx, const struct rom_inode *inode);
/* Calls fn for each unattached inode: files and directories in use that no
 * directory names any more. Reads all directories and inodes. They come in the
 * order of their numbers; what lies below an unattached directory is not
 * reported again. */
enum rom_status rom_fs_unattached(
	struct rom_fs *fs, rom_inode_fn fn, void *ctx, struct rom_err *err);

/* Finds the inode at an absolute path; symlinks are not followed.
 * ROM_E_NOT_FOUND, with the missing component in err. */
enum rom_status rom_fs_lookup(struct rom_fs *fs, const char *path,
	struct rom_inode *ret, struct rom_err *err);
/* The same for a path below a directory. */
enum rom_status rom_fs_lookup_below(struct rom_fs *fs,
	const struct rom_inode *dir, const char *path, struct rom_inode *ret,
	struct rom_err *err);
/* Reads up to len bytes at off of a file. Holes and lost ranges read as zeros.
 * *ret_len is less than len at the end of the file. */
enum rom_status rom_fs_read(struct rom_fs *fs, const struct rom_inode *inode,
	uint64_t off, void *buf, size_t len, size_t *ret_len,
	struct rom_err *err);
/* Reads a small file as text: at most max bytes and a NUL. ROM_E_NOT_FOUND also
 * when the path is not a regular file, or is encrypted. Freed by the caller. */
enum rom_status rom_fs_text(struct rom_fs *fs, const char *path, size_t max,
	char **ret, struct rom_err *err);

/* The supported formats as a list for a message ("ext2, ext3, ext4, f2fs and
 * FAT"). Freed by the caller. */
char *rom_fs_readers(void);

/* ---- unallocated ranges -------------------------------------------------- */

/* State of a range that is not known to be allocated. */
enum rom_use {
	ROM_USE_FREE, /* unallocated */
	/* cannot be determined: the allocation metadata is damaged, unreadable,
	   out of date, or contradicts itself */
	ROM_USE_UNKNOWN,
};
/* Receives one range of rom_fs_data(), in bytes. Returns false to stop. */
typedef bool (*rom_free_fn)(
	void *ctx, struct rom_range range, enum rom_use use);

/* Calls fn for every range that neither a file nor metadata uses, and for those
 * where this cannot be determined. Ranges ascend, and adjacent ones of one
 * state are merged. Blocks that are known to be in use, or bad, are never
 * reported. The state is the one that is shown: after the replay of the
 * journal, or without it. Ranges are cut at the end of rom_fs_data(), which in
 * a truncated dump is early. fn is not called for a format without free blocks
 * (squashfs), for bytes behind the last block, or for areas that never hold
 * files (f2fs: before its main area). Damage is not reported. ROM_OK also when
 * fn stopped; fails when memory or the medium fails, not for damage. */
enum rom_status rom_fs_free_ranges(
	struct rom_fs *fs, rom_free_fn fn, void *ctx, struct rom_err *err);

/* Receives one range of rom_fs_data(), in bytes. */
typedef void (*rom_idle_fn)(void *ctx, struct rom_range range);
/* Calls fn for metadata on whose content no file depends, or no more, once the
 * filesystem is open: copies of superblocks, unused inode tables, the journal.
 * In any order; ranges may overlap, and reach past the end of
 * rom_fs_data(). */
void rom_fs_idle_ranges(struct rom_fs *fs, rom_idle_fn fn, void *ctx);

/* ---- walking a tree ------------------------------------------------------ */

/* How a walk continues after an entry. */
enum rom_walk {
	ROM_WALK_CONTINUE,
	ROM_WALK_SKIP, /* do not go into this directory */
	ROM_WALK_STOP,
};

/* One entry of a walk, borrowed until the callback returns. */
struct rom_walk_entry {
	/* raw bytes relative to the root, and a NUL */
	const char *path;
	size_t path_len, name_len; /* the name is the last name_len bytes */
	/* 0: in the root of the walk */
	unsigned depth;
	/* only its ino is valid when status is not ROM_OK; err has the
	 * reason */
	struct rom_inode inode;
	enum rom_status status;
	const struct rom_err *err;
};

/* Callbacks of a walk. */
struct rom_walk_ops {
	/* Called for each entry, and for a directory before its contents. For
	 * other entries ROM_WALK_SKIP equals ROM_WALK_CONTINUE. */
	enum rom_walk (*entry)(void *ctx, const struct rom_walk_entry *e);
	/* Called for a directory after its contents; also after ROM_WALK_STOP,
	 * so that whatever entry opened can be closed. May be NULL. */
	void (*leave)(void *ctx, const struct rom_walk_entry *dir);
	/* Called when the root (its path is empty) or a directory could not be
	 * listed to its end. May be NULL. */
	void (*damaged)(void *ctx, const struct rom_walk_entry *dir);
};

/* Bound of the depth. Deeper trees are crafted: Android's longest paths have
 * some 20 components. */
enum { ROM_MAX_DEPTH = 1024 };

/* Visits everything below root, depth first, in the order of the directories.
 * Each directory is entered once, down to ROM_MAX_DEPTH levels; one that would
 * be entered again, or lies deeper, is passed to entry with ROM_E_CORRUPT or
 * ROM_E_LIMIT as its status. Memory grows with the depth and with the number of
 * directories (16 bytes each). ROM_OK also after ROM_WALK_STOP; ROM_E_USAGE
 * when root is not a directory. */
enum rom_status rom_fs_walk(struct rom_fs *fs, const struct rom_inode *root,
	const struct rom_walk_ops *ops, void *ctx, struct rom_err *err);

/* Version text of libext2fs. */
const char *rom_fs_ext4_library(void);

#endif
