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

/* One name in a directory. next is the cookie to go on with after it. False
 * ends the listing. */
struct rom_dirent {
	/* len bytes, no NUL at the end, any byte may occur in an encrypted
	 * one */
	const char *name;
	size_t len;
	uint64_t ino;
	/* ROM_FILE_UNKNOWN when the directory does not say */
	enum rom_file_type type;
	uint64_t next;
	/* in an encrypted directory: part of the name without the key */
	uint32_t hash, minor_hash;
};
typedef bool (*rom_dirent_fn)(void *ctx, const struct rom_dirent *entry);

/* The name to show: as it lies there or, in an encrypted directory, as the
 * kernel shows it without the key. *ret_len bytes and a NUL. Freed by the
 * caller. */
char *rom_dirent_name(const struct rom_inode *dir, const struct rom_dirent *e,
	size_t *ret_len);
/* The form in which the kernel shows encrypted names, and with hashes of 0 the
 * targets of encrypted symlinks. */
char *rom_nokey_name(
	uint32_t hash, uint32_t minor, const void *bytes, size_t len);

typedef bool (*rom_xattr_fn)(
	void *ctx, const char *name, const void *value, size_t len);

/* Damage met while reading: the inode (0: of the filesystem as a whole) and
 * where in the filesystem's image, or ROM_NO_OFFSET. */
typedef void (*rom_damage_fn)(
	void *ctx, uint64_t ino, uint64_t offset, const char *text);

/* Keys of file-based encryption; each is matched to files by its descriptor or
 * identifier, before anything is decrypted. Given to any number of filesystems,
 * which hold it; while one thread uses them, keys may be added. Wiped when the
 * last lets go of it. */
struct rom_keyring;
struct rom_keyring *rom_keyring_new(void);
/* A raw key of 16 to 64 bytes; one that is there already is not added again. */
void rom_keyring_add(struct rom_keyring *k, const uint8_t *key, size_t len);
size_t rom_keyring_count(const struct rom_keyring *k);
/* True when it holds the key that this context names. */
bool rom_keyring_has(
	const struct rom_keyring *k, const struct rom_fscrypt *context);
struct rom_keyring *rom_keyring_ref(struct rom_keyring *k);
void rom_keyring_free(struct rom_keyring *k); /* NULL is fine */

struct rom_fs_options {
	/* show the state on the medium, not the one after a replay of the
	 * journal */
	bool no_journal;
	/* May be NULL. One without keys is as none; keys added later open what
	 * is asked for from then on. */
	struct rom_keyring *keyring;
	/* Where nothing leads to files any more, all of the image is read to
	 * find them (f2fs: by the footers of nodes). */
	bool full_scan;
};

/* What the replay of a journal, or the recovery of synced files, did; nothing
 * is ever written. */
struct rom_fs_journal {
	bool present, dirty; /* there is one; it holds news */
	bool replayed;
	/* it holds fast commits too, which are not replayed */
	bool fast_commits;
	uint64_t transactions, blocks, revoked; /* of a journal */
	uint64_t files,
		/* recovered: synced after the last checkpoint; blocks: of their
		   metadata */
		names;
	/* files deleted while still open, or being cut when the power went */
	uint64_t orphans;
	uint64_t first_orphans[8]; /* inodes of the first of them */
	/* blocks and transactions left out because their checksum does not
	 * agree */
	uint64_t bad;
};

/* What a quick look (some MiB are read) sees of a filesystem whose first
 * superblock or root is gone: nodes of an f2fs without superblocks, or inodes
 * that a superblock of an ext2, ext3 or ext4 leads to. */
struct rom_fs_scan_result {
	/* "f2fs", "ext4", ... a literal; NULL: nothing was seen */
	const char *kind;
	/* they are nodes, to which nothing leads any more: files are found by
	 * reading all of it */
	bool by_nodes;
	uint64_t examined, nodes; /* blocks */
	uint64_t inodes,
		/* of files with something in them; of those the ones whose
		   content is ciphertext */
		encrypted;
	uint64_t offset; /* where the first one lies */
};
void rom_fs_quick_scan(struct rom_image *img, struct rom_fs_scan_result *ret);

/* Opens the filesystem of an image. ROM_NO_MATCH when it is none that we read.
 * Both images are held. meta is where metadata and unencrypted contents are
 * read, data where the contents of encrypted files lie: the same image, unless
 * metadata encryption, which leaves those as they are, lies between. */
enum rom_status rom_fs_open(struct rom_image *meta, struct rom_image *data,
	const struct rom_fs_options *options, struct rom_fs **ret,
	struct rom_err *err);
void rom_fs_close(struct rom_fs *fs); /* NULL is fine */
void rom_fs_closep(struct rom_fs **fs);
#define ROM_AUTO_FS __attribute__((cleanup(rom_fs_closep)))

const char *rom_fs_kind(const struct rom_fs *fs); /* "ext4", ... a literal */
/* True when one was left by the other, or is read as it: ext2 and ext4. Both as
 * rom_fs_kind or a claim names them. */
bool rom_fs_same_family(const char *kind, const char *other);
/* True when it may hold more bytes of files than its image has. */
bool rom_fs_compresses(const struct rom_fs *fs);
/* True for filesystems of memory cards: their root is the user's storage. */
bool rom_fs_is_card(const struct rom_fs *fs);
/* what extents refer to; borrowed */
struct rom_image *rom_fs_data(struct rom_fs *fs);
uint64_t rom_fs_root(const struct rom_fs *fs);
/* True when the root folder is gone: what stands for it lists what no other
 * folder names, by number. */
bool rom_fs_has_synthetic_root(const struct rom_fs *fs);
/* True when it was opened without full_scan, and nothing leads to its root
 * directory: opened with it, more may be found. */
bool rom_fs_needs_full_scan(const struct rom_fs *fs);
/* borrowed */
const struct rom_fs_journal *rom_fs_journal(const struct rom_fs *fs);

enum rom_status rom_fs_inode(struct rom_fs *fs, uint64_t ino,
	struct rom_inode *ret, struct rom_err *err);
/* Names of a directory from cookie on (0: from the start), "." and ".." left
 * out. */
enum rom_status rom_fs_list(struct rom_fs *fs, uint64_t ino, uint64_t cookie,
	rom_dirent_fn fn, void *ctx, struct rom_err *err);
/* Where the bytes of a regular file or symlink are; extents end at the size of
 * the file. */
enum rom_status rom_fs_map(struct rom_fs *fs, const struct rom_inode *inode,
	struct rom_file_map *ret, struct rom_err *err);
/* The target of a symlink: len bytes and a NUL; of an encrypted one, what the
 * kernel shows without the key. Freed by the caller. */
enum rom_status rom_fs_readlink(struct rom_fs *fs,
	const struct rom_inode *inode, char **ret, size_t *ret_len,
	struct rom_err *err);
/* Extended attributes, full names ("user.x", "security.selinux"); the fscrypt
 * context is named "c". */
enum rom_status rom_fs_xattrs(struct rom_fs *fs, uint64_t ino, rom_xattr_fn fn,
	void *ctx, struct rom_err *err);

/* The encryption context of an inode. ROM_NO_MATCH: it has none that can be
 * read. */
enum rom_status rom_fs_context(struct rom_fs *fs, uint64_t ino,
	struct rom_fscrypt *ret, struct rom_err *err);

/* How often damage was met in this filesystem so far; a directory that cannot
 * be listed counts. */
uint64_t rom_fs_damage_count(const struct rom_fs *fs);
/* From now on fn is told of damage, in place of the listener before it. What
 * was met since the filesystem was opened is told at once, in order and each
 * finding once, up to a bound, past which one line says that there was more.
 * fn NULL: nobody listens. ctx must live until the next call or the closing. */
void rom_fs_set_damage(struct rom_fs *fs, rom_damage_fn fn, void *ctx);
/* Files and directories in use that no directory names any more; reads all
 * directories and inodes. Inodes come in order of their numbers; what lies
 * below a lost directory is not told of. False of fn ends it. */
typedef bool (*rom_inode_fn)(void *ctx, const struct rom_inode *inode);
enum rom_status rom_fs_unattached(
	struct rom_fs *fs, rom_inode_fn fn, void *ctx, struct rom_err *err);

/* The inode at an absolute path, following no symlink. ROM_E_NOT_FOUND says
 * which part is missing. */
enum rom_status rom_fs_lookup(struct rom_fs *fs, const char *path,
	struct rom_inode *ret, struct rom_err *err);
/* Reads len bytes at off of a file; what is lost or a hole reads as zeros.
 * *ret_len is cut at its end. */
enum rom_status rom_fs_read(struct rom_fs *fs, const struct rom_inode *inode,
	uint64_t off, void *buf, size_t len, size_t *ret_len,
	struct rom_err *err);
/* A whole small file as text, at most max bytes, NUL-terminated. Freed by the
 * caller. */
enum rom_status rom_fs_text(struct rom_fs *fs, const char *path, size_t max,
	char **ret, struct rom_err *err);

/* The filesystems that are read, as words for a message: a literal. */
const char *rom_fs_readers(void);

/* ---- walking a tree ------------------------------------------------------ */

enum rom_walk {
	ROM_WALK_CONTINUE,
	ROM_WALK_SKIP, /* do not go into this directory */
	ROM_WALK_STOP,
};

/* One entry on the way. All of it is borrowed until the callback returns. */
struct rom_walk_entry {
	const char *path;	   /* raw bytes below the root, a NUL behind */
	size_t path_len, name_len; /* the name is the end of the path */
	/* depth 0: in the root of the walk */
	unsigned depth;
	/* when status is not ROM_OK, only its ino is known: err says why */
	struct rom_inode inode;
	enum rom_status status;
	const struct rom_err *err;
};

struct rom_walk_ops {
	/* Each entry, a directory before what is in it. Not a directory:
	 * ROM_WALK_SKIP is as ROM_WALK_CONTINUE. */
	enum rom_walk (*entry)(void *ctx, const struct rom_walk_entry *e);
	/* A directory, when all that is in it has been visited; also after
	 * ROM_WALK_STOP, so that what entry opened is closed. May be NULL. */
	void (*leave)(void *ctx, const struct rom_walk_entry *dir);
	/* The root (path is empty) or a directory could not be listed to its
	 * end. May be NULL. */
	void (*damaged)(void *ctx, const struct rom_walk_entry *dir);
};

/* Deeper trees are made by hand: Android's longest paths have some 20 names. */
enum { ROM_MAX_DEPTH = 1024 };

/* Visits what lies below root, depth first, in the order of the directories;
 * each directory once, and ROM_MAX_DEPTH of them in each other. One that would
 * be visited again, or lies deeper, comes to entry with a status
 * (ROM_E_CORRUPT, ROM_E_LIMIT) and is not gone into. Memory grows with depth
 * and with the number of directories (16 bytes each). ROM_OK also after
 * ROM_WALK_STOP. */
enum rom_status rom_fs_walk(struct rom_fs *fs, const struct rom_inode *root,
	const struct rom_walk_ops *ops, void *ctx, struct rom_err *err);

/* Version text of libext2fs. */
const char *rom_fs_ext4_library(void);

#endif
