/* SPDX-License-Identifier: MIT */
/* tree_dir.c - directories of the output; each is finished when the last file
 * in it is complete */
#include <errno.h>
#include <stdlib.h>

#include "extract_priv.h"

enum { SET_ID = 06000 };

struct tree_dir *rom_tree_dir_new(
	struct tree_dir *parent, const char *name, size_t true_len)
{
	struct tree_dir *d = rom_alloc(sizeof(*d));

	d->parent = parent ? rom_tree_dir_ref(parent) : NULL;
	d->refs = 1;
	d->true_len = true_len;
	snprintf(d->name, sizeof(d->name), "%s", name);
	return d;
}

struct rom_meta rom_meta_of(
	const struct rom_extractor *x, const struct rom_inode *inode)
{
	/* a program of the phone that runs as root would do so here, too */
	unsigned mode = x->options.preserve_setid
				? inode->mode
				: inode->mode & ~(unsigned)SET_ID;

	return (struct rom_meta){ mode, inode->uid, inode->gid, inode->atime,
		inode->mtime };
}

struct tree_dir *rom_tree_dir_ref(struct tree_dir *dir)
{
	__atomic_add_fetch(&dir->refs, 1, __ATOMIC_RELAXED);
	return dir;
}

char *rom_tree_dir_join(const struct tree_dir *dir, const char *name)
{
	size_t len = strlen(name);
	char *path, *end;

	for (const struct tree_dir *d = dir; d->parent; d = d->parent)
		len += strlen(d->name) + 1;
	path = rom_alloc(len + 1);
	end = path + len - strlen(name);
	memcpy(end, name, strlen(name));
	for (const struct tree_dir *d = dir; d->parent; d = d->parent) {
		*--end = '/';
		end -= strlen(d->name);
		memcpy(end, d->name, strlen(d->name));
	}
	return path;
}

char *rom_tree_dir_path(const struct tree_dir *dir)
{
	char *path = rom_tree_dir_join(dir, "");
	size_t len = strlen(path);

	if (len)
		path[len - 1] = '\0';
	return path;
}

/* ---- finishing ----------------------------------------------------------- */

struct link_place {
	struct rom_dir *dir;
	const char *target;
};

static enum rom_taken take_symlink(void *ctx, const char *name, bool earlier)
{
	const struct link_place *p = ctx;
	ROM_AUTO char *existing = NULL;

	if (rom_dir_symlink(p->dir, name, p->target))
		return ROM_TAKEN_FREE;
	if (errno != EEXIST)
		return ROM_TAKEN_ERROR;
	existing = earlier ? rom_dir_readlink(p->dir, name) : NULL;
	return existing && !strcmp(existing, p->target) ? ROM_TAKEN_SAME
							: ROM_TAKEN_OTHER;
}

/* Makes a symlink under its name or, when that is in use, as name~2 ...; false
 * when the output refuses symlinks. */
static bool make_link(struct rom_extractor *x, struct rom_dir *dir,
	const char *path, const struct tree_link *l)
{
	struct link_place p = { dir, l->target };
	const struct rom_meta meta = rom_meta_of(x, &l->inode);
	char name[ROM_NAME_MAX + 1];
	enum rom_taken taken;

	snprintf(name, sizeof(name), "%s", l->name);
	taken = rom_naming_find(x->naming, path, name, take_symlink, &p);
	if (taken == ROM_TAKEN_FREE)
		rom_dir_set_link_meta(dir, name, &meta);
	return taken == ROM_TAKEN_FREE || taken == ROM_TAKEN_SAME;
}

static void links_done(struct tree_dir *d)
{
	struct tree_link *l;

	rom_each (l, &d->links) {
		free(l->name);
		free(l->target);
	}
	rom_vec_done(&d->links);
}

/* Makes its symlinks and sets its mode and times. A directory that cannot be
 * opened any more is not reported here: its files have met the same error. */
static void finish(struct rom_extractor *x, struct tree_dir *d)
{
	ROM_AUTO char *path = rom_tree_dir_path(d);
	struct rom_err err;
	ROM_AUTO_DIR struct rom_dir *dir =
		rom_dir_cache_open(&x->dirs, path, &err);
	const struct rom_meta meta = rom_meta_of(x, &d->inode);
	struct tree_link *l;

	rom_each (l, &d->links) {
		if (!dir || !make_link(x, dir, path, l))
			rom_extract_origin(x, l->origin)->unmade++;
	}
	if (dir && d->has_meta && !d->deferred)
		rom_dir_set_meta(dir, &meta);
}

static void remove_if_empty(struct rom_extractor *x, const struct tree_dir *d)
{
	ROM_AUTO char *path = rom_tree_dir_path(d->parent);
	struct rom_err err;
	ROM_AUTO_DIR struct rom_dir *parent =
		rom_dir_cache_open(&x->dirs, path, &err);

	if (parent) /* fails when it is not empty */
		rom_dir_remove(parent, d->name);
}

/* A loop, not a recursion: hostile trees are deep. */
void rom_tree_dir_unref(struct rom_extractor *x, struct tree_dir *dir)
{
	while (dir &&
		__atomic_sub_fetch(&dir->refs, 1, __ATOMIC_ACQ_REL) == 0) {
		struct tree_dir *parent = dir->parent;

		if (dir->links.n || (dir->has_meta && !dir->deferred))
			finish(x, dir);
		if (parent && dir->drop_empty && !dir->deferred)
			remove_if_empty(x, dir);
		links_done(dir);
		rom_name_set_done(&dir->names);
		rom_map_done(&dir->numbers, NULL);
		free(dir);
		dir = parent;
	}
}
