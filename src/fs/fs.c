/* SPDX-License-Identifier: MIT */
/* fs.c - calls that are the same for every reader of an open filesystem */
#include <stdlib.h>

#include "fs_priv.h"

const struct rom_fs_journal *rom_fs_journal(const struct rom_fs *fs)
{
	return &fs->journal;
}

void rom_fs_close(struct rom_fs *fs)
{
	if (!fs)
		return;
	rom_fs_damage_done(fs);
	rom_image_close(fs->meta);
	rom_image_close(fs->data);
	rom_image_close(fs->raw);
	rom_keyring_free(fs->keyring);
	fs->reader->close(fs);
}

bool rom_fs_needs_full_scan(const struct rom_fs *fs)
{
	return fs->needs_full_scan;
}

void rom_fs_closep(struct rom_fs **fs)
{
	rom_fs_close(*fs);
	*fs = NULL;
}

const char *rom_fs_kind(const struct rom_fs *fs)
{
	return fs->kind;
}

bool rom_fs_compresses(const struct rom_fs *fs)
{
	return fs->reader->compresses;
}

bool rom_fs_is_card(const struct rom_fs *fs)
{
	return fs->reader->is_card;
}

uint64_t rom_fs_start(const struct rom_fs *fs)
{
	return fs->start;
}

struct rom_image *rom_fs_data(struct rom_fs *fs)
{
	return fs->data;
}

uint64_t rom_fs_root(const struct rom_fs *fs)
{
	return fs->root;
}

bool rom_fs_has_synthetic_root(const struct rom_fs *fs)
{
	return fs->synthetic_root;
}

enum rom_file_type rom_file_type_of(uint16_t mode)
{
	switch (mode >> 12) {
	case 1:
		return ROM_FILE_FIFO;
	case 2:
		return ROM_FILE_CHAR;
	case 4:
		return ROM_FILE_DIRECTORY;
	case 6:
		return ROM_FILE_BLOCK;
	case 8:
		return ROM_FILE_REGULAR;
	case 10:
		return ROM_FILE_SYMLINK;
	case 12:
		return ROM_FILE_SOCKET;
	default:
		return ROM_FILE_UNKNOWN;
	}
}

static bool has_keys(const struct rom_fs *fs)
{
	return fs->keyring && rom_keyring_count(fs->keyring);
}

enum rom_status rom_fs_inode(struct rom_fs *fs, uint64_t ino,
	struct rom_inode *ret, struct rom_err *err)
{
	enum rom_status st = fs->reader->inode(fs, ino, ret, err);

	if (!st && ret->encrypted && has_keys(fs))
		rom_fscrypt_inode(fs, ret);
	return st;
}

enum rom_status rom_fs_list(struct rom_fs *fs, uint64_t ino, uint64_t cookie,
	rom_dirent_fn fn, void *ctx, struct rom_err *err)
{
	struct rom_inode inode;
	enum rom_status st;

	if (has_keys(fs) && !rom_fs_inode(fs, ino, &inode, err) && inode.opened)
		st = rom_fscrypt_list(fs, ino, cookie, fn, ctx, err);
	else
		st = fs->reader->list(fs, ino, cookie, fn, ctx, err);
	/* the caller reports err itself; counting it here starts the search for
	 * unattached files */
	if (st == ROM_E_CORRUPT)
		fs->damage++;
	return st;
}

enum rom_status rom_fs_map(struct rom_fs *fs, const struct rom_inode *inode,
	struct rom_file_map *ret, struct rom_err *err)
{
	struct rom_extent *e;
	enum rom_status st;

	*ret = (struct rom_file_map){ 0 };
	st = fs->reader->map(fs, inode, ret, err);
	if (!st && inode->opened && inode->type == ROM_FILE_REGULAR)
		st = rom_fscrypt_map(fs, inode, ret, err);
	if (st) {
		rom_file_map_done(ret);
		return st;
	}
	rom_each (e, &ret->extents) {
		if (e->kind == ROM_EXTENT_LOST)
			ret->lost += e->len;
	}
	return ROM_OK;
}

enum rom_status rom_fs_xattrs(struct rom_fs *fs, uint64_t ino, rom_xattr_fn fn,
	void *ctx, struct rom_err *err)
{
	return fs->reader->xattrs(fs, ino, fn, ctx, err);
}

/* ---- reading ------------------------------------------------------------- */

enum rom_status rom_fs_read(struct rom_fs *fs, const struct rom_inode *inode,
	uint64_t off, void *buf, size_t len, size_t *ret_len,
	struct rom_err *err)
{
	struct rom_file_map c;
	size_t n =
		off < inode->size ? (size_t)rom_min(len, inode->size - off) : 0;
	enum rom_status st = rom_fs_map(fs, inode, &c, err);

	if (st)
		return st;
	st = rom_file_map_read(fs->data, &c, off, buf, n, err);
	rom_file_map_done(&c);
	if (!st)
		*ret_len = n;
	return st;
}

enum rom_status rom_fs_readlink(struct rom_fs *fs,
	const struct rom_inode *inode, char **ret, size_t *ret_len,
	struct rom_err *err)
{
	ROM_AUTO char *target = NULL;
	size_t n = 0;
	enum rom_status st;

	if (inode->size > ROM_MAX_SYMLINK)
		return rom_fail(err, ROM_E_LIMIT, ROM_NO_OFFSET,
			"symlink: expected a target of up to 64 KiB, got %llu "
			"bytes",
			(unsigned long long)inode->size);
	target = rom_alloc((size_t)inode->size + 1);
	st = rom_fs_read(fs, inode, 0, target, (size_t)inode->size, &n, err);
	if (st)
		return st;
	if (inode->opened) {
		st = rom_fscrypt_target(fs, inode, target, &n, err);
		if (st)
			return st;
	}
	/* the ciphertext follows 2 bytes of length, which may claim more than
	 * is stored */
	if (inode->encrypted) {
		struct rom_buffer v = { .p = (uint8_t *)target, .len = n };
		char *shown = rom_nokey_name(0, 0, target + rom_min(2, n),
			rom_min(rom_le16(&v, 0), n - rom_min(2, n)));

		free(target);
		target = shown;
		n = strlen(shown);
	}
	*ret = ROM_TAKE(target);
	*ret_len = n;
	return ROM_OK;
}
