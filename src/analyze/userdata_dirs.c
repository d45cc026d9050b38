/* SPDX-License-Identifier: MIT */
/* userdata_dirs.c - file-based encryption: which directories of userdata are
 * flagged, and where the user's files lie */
#include <stdlib.h>

#include "analyze_priv.h"

const char *rom_analyze_media(struct rom_fs *fs)
{
	static const char *const paths[] = { "/media/0", "/media",
		"/data/media/0", "/data/media", "/DCIM" };
	struct rom_inode inode;
	struct rom_err err;

	if (rom_fs_is_card(fs))
		return "/";
	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
		enum rom_status st = rom_fs_lookup(fs, paths[i], &inode, &err);

		/* the names in an encrypted /media cannot be read, but the
		 * files are there all the same */
		if (st == ROM_E_ENCRYPTED ||
			(!st && inode.type == ROM_FILE_DIRECTORY))
			/* a storage of its own: all of it is the user's */
			return strcmp(paths[i], "/DCIM") ? paths[i] : "/";
	}
	return NULL;
}

/* ---- encrypted directories ----------------------------------------------- */

struct dir_search {
	struct rom_fs *fs;
	struct rom_userdata_facts *f;
	const char *parent;
	ROM_VEC(uint64_t) inodes;
	ROM_VEC(char *) paths;
};

static bool decode_context(
	void *ctx, const char *name, const void *value, size_t len)
{
	struct rom_encrypted_dir *d = ctx;
	struct rom_buffer v = { .p = value, .len = len };

	/* fscrypt keeps its policy in the attribute "c" */
	if (strcmp(name, "c"))
		return true;
	d->has_context = !rom_fscrypt_decode(&v, &d->context);
	return false;
}

static void add_if_encrypted(struct rom_fs *fs, struct rom_userdata_facts *f,
	const char *path, uint64_t ino)
{
	struct rom_inode inode;
	struct rom_encrypted_dir *d;
	struct rom_err err;

	if (f->n_dirs == ROM_MAX_ENCRYPTED_DIRS ||
		rom_fs_inode(fs, ino, &inode, &err) ||
		inode.type != ROM_FILE_DIRECTORY || !inode.encrypted)
		return;
	d = &f->dirs[f->n_dirs++];
	*d = (struct rom_encrypted_dir){ 0 };
	snprintf(d->path, sizeof(d->path), "%s", path);
	rom_fs_xattrs(fs, ino, decode_context, d, &err);
}

static bool collect_dir(void *ctx, const struct rom_dirent *e)
{
	struct dir_search *s = ctx;
	ROM_AUTO char *name = rom_printable(e->name, e->len);

	if (e->type != ROM_FILE_DIRECTORY && e->type != ROM_FILE_UNKNOWN)
		return true;
	*rom_vec_add(&s->inodes) = e->ino;
	*rom_vec_add(&s->paths) = rom_format("%s/%s", s->parent, name);
	/* real ones have a few dozen: bounds the work in a hostile directory */
	return s->inodes.n < 256;
}

/* Adds the encrypted directories directly below path, unless path is encrypted
 * itself: its names cannot be read. */
static void add_children(
	struct rom_fs *fs, struct rom_userdata_facts *f, const char *path)
{
	struct dir_search s = {
		.fs = fs, .f = f, .parent = strcmp(path, "/") ? path : ""
	};
	struct rom_inode inode;
	struct rom_err err;

	if (!rom_fs_lookup(fs, path, &inode, &err) && !inode.encrypted &&
		inode.type == ROM_FILE_DIRECTORY)
		rom_fs_list(fs, inode.ino, 0, collect_dir, &s, &err);
	for (size_t i = 0; i < s.inodes.n; i++) {
		add_if_encrypted(fs, f, s.paths.v[i], s.inodes.v[i]);
		free(s.paths.v[i]);
	}
	rom_vec_done(&s.inodes);
	rom_vec_done(&s.paths);
}

static bool media_is_encrypted(struct rom_fs *fs, const char *media)
{
	struct rom_inode inode;
	struct rom_err err;
	enum rom_status st = media ? rom_fs_lookup(fs, media, &inode, &err)
				   : ROM_E_NOT_FOUND;

	return st == ROM_E_ENCRYPTED || (!st && inode.encrypted);
}

void rom_analyze_encrypted_dirs(struct rom_fs *fs, struct rom_userdata_facts *f)
{
	static const char *const parents[] = { "/", "/media", "/user",
		"/user_de", "/system_de", "/system_ce", "/misc_de", "/misc_ce",
		"/data" };

	f->media = rom_analyze_media(fs);
	f->media_encrypted = media_is_encrypted(fs, f->media);
	for (size_t i = 0; i < sizeof(parents) / sizeof(*parents); i++)
		add_children(fs, f, parents[i]);
}
