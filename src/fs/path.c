/* SPDX-License-Identifier: MIT */
/* path.c - finds the inode at a path, and reads small files as text */
#include <stdlib.h>

#include "fs_priv.h"

struct search {
	const struct rom_inode *dir;
	const char *name;
	size_t len;
	uint64_t ino; /* 0: not found */
};

static bool match_name(void *ctx, const struct rom_dirent *entry)
{
	struct search *s = ctx;
	size_t len;
	ROM_AUTO char *shown =
		s->dir->encrypted ? rom_dirent_name(s->dir, entry, &len) : NULL;
	const char *name = shown ? shown : entry->name;

	len = shown ? len : entry->len;
	if (len != s->len || memcmp(name, s->name, len))
		return true;
	s->ino = entry->ino;
	return false;
}

static enum rom_status enter_component(struct rom_fs *fs, const char *name,
	size_t len, const char *path, struct rom_inode *inode,
	struct rom_err *err)
{
	struct search s = { .dir = inode, .name = name, .len = len };
	enum rom_status st;

	if (inode->type != ROM_FILE_DIRECTORY)
		return rom_fail(err, ROM_E_NOT_FOUND, ROM_NO_OFFSET,
			"%s: %.*s is not a folder", path, (int)(name - path),
			path);
	st = rom_fs_list(fs, inode->ino, 0, match_name, &s, err);
	if (!s.ino && !st && inode->encrypted)
		return rom_fail(err, ROM_E_ENCRYPTED, ROM_NO_OFFSET,
			"%s: the names in %.*s are encrypted", path,
			(int)(name - path), path);
	if (!s.ino)
		return st ? st
			  : rom_fail(err, ROM_E_NOT_FOUND, ROM_NO_OFFSET,
				    "%s: there is no %.*s", path,
				    (int)(name - path + (ptrdiff_t)len), path);
	return rom_fs_inode(fs, s.ino, inode, err);
}

enum rom_status rom_fs_lookup_below(struct rom_fs *fs,
	const struct rom_inode *dir, const char *path, struct rom_inode *ret,
	struct rom_err *err)
{
	struct rom_inode inode = *dir;
	enum rom_status st = ROM_OK;
	const char *p = path;

	while (!st) {
		size_t len;

		p += strspn(p, "/");
		len = strcspn(p, "/");
		if (len == 0)
			break;
		if (!(len == 1 && *p == '.'))
			st = enter_component(fs, p, len, path, &inode, err);
		p += len;
	}
	if (!st)
		*ret = inode;
	return st;
}

enum rom_status rom_fs_lookup(struct rom_fs *fs, const char *path,
	struct rom_inode *ret, struct rom_err *err)
{
	struct rom_inode root;
	enum rom_status st = rom_fs_inode(fs, fs->root, &root, err);

	return st ? st : rom_fs_lookup_below(fs, &root, path, ret, err);
}

enum rom_status rom_fs_text(struct rom_fs *fs, const char *path, size_t max,
	char **ret, struct rom_err *err)
{
	struct rom_inode inode;
	ROM_AUTO char *text = NULL;
	size_t len = 0;
	enum rom_status st = rom_fs_lookup(fs, path, &inode, err);

	if (st)
		return st;
	if (inode.type != ROM_FILE_REGULAR || inode.encrypted)
		return ROM_E_NOT_FOUND;
	text = rom_alloc(max + 1);
	st = rom_fs_read(fs, &inode, 0, text, max, &len, err);
	if (st)
		return st;
	*ret = ROM_TAKE(text);
	return ROM_OK;
}
