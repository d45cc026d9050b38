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
#include "romsplit/image.h"
#include "romsplit/model.h"

struct rom_fs;

enum rom_file_type {
	ROM_FILE_UNKNOWN,
	ROM_FILE_REGULAR,
	ROM_FILE_DIRECTORY,
	ROM_FILE_SYMLINK,
	ROM_FILE_CHAR,
	ROM_FILE_BLOCK,
	ROM_FILE_FIFO,
	ROM_FILE_SOCKET,
};

struct rom_time {
	int64_t sec; /* since 1970 */
	uint32_t nsec;
};

struct rom_inode {
	uint64_t ino;
	enum rom_file_type type;
	uint16_t mode; /* 07777 */
	uint32_t uid, gid, links, major, minor;
	uint64_t size;
	struct rom_time mtime, atime, ctime, crtime;
	bool has_crtime;
	/* fscrypt: content, and for a directory the names in it, are
	 * ciphertext */
	bool encrypted;
	/* fscrypt, and its key is in the keyring: it reads as if it were not
	 * encrypted */
	bool opened;
	uint32_t flags; /* as the filesystem stores them */
	uint32_t generation;
	/* its checksum does not agree: any of this may be wrong */
	bool suspect;
};

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

/* Where a file's bytes are: in the image, or in memory when the inode holds
 * them itself. Where the stored bytes are not the file's own (compressed,
 * encrypted), view is an image of the file: the byte at off of the file is its
 * byte at off, and extents still tell where the stored bytes lie. */
struct rom_file_map {
	rom_extents extents;
	/* owned; NULL: extents of rom_fs_data(), read as they are */
	struct rom_image *image;
	uint8_t *bytes; /* owned; NULL when extents tell */
	size_t len;
	uint64_t lost; /* bytes of ROM_EXTENT_LOST in extents */
	/* a checksum on the way does not agree: these may be another file's
	 * bytes */
	bool suspect;
};
void rom_file_map_done(struct rom_file_map *c);

/* Damage met while reading: at in the filesystem's image, or ROM_NO_OFFSET. */
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
	rom_damage_fn damage; /* may be NULL */
	void *ctx;
	/* called when the filesystem is closed; may be NULL */
	void (*done)(void *ctx);
	/* show the state on the medium, not the one after a replay of the
	 * journal */
	bool no_journal;
	struct rom_keyring *keyring; /* may be NULL */
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
/* what extents refer to; borrowed */
struct rom_image *rom_fs_data(struct rom_fs *fs);
uint64_t rom_fs_root(const struct rom_fs *fs);
/* True when the root folder is gone: what stands for it lists what no other
 * folder names, by number. */
bool rom_fs_has_synthetic_root(const struct rom_fs *fs);
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
/* The image to read an extent of c from, borrowed, and where in it the extent
 * begins; NULL for zeros and what is lost. data is rom_fs_data(). */
struct rom_image *rom_file_map_source(const struct rom_file_map *c,
	struct rom_image *data, const struct rom_extent *e,
	uint64_t *ret_offset);
/* As rom_fs_read, when the content is already known. */
enum rom_status rom_file_map_read(struct rom_image *data,
	const struct rom_file_map *c, uint64_t off, void *buf, size_t len,
	struct rom_err *err);
/* A whole small file as text, at most max bytes, NUL-terminated. Freed by the
 * caller. */
enum rom_status rom_fs_text(struct rom_fs *fs, const char *path, size_t max,
	char **ret, struct rom_err *err);

/* The filesystems that are read, as words for a message: a literal. */
const char *rom_fs_readers(void);

/* Version text of libext2fs. */
const char *rom_fs_ext4_library(void);

#endif
