/* SPDX-License-Identifier: MIT */
/* tree_dir.c - folders of an extracted tree, finished when the last file in
 * them is */
#include <errno.h>
#include <stdlib.h>

#include "extract_priv.h"

struct tree_dir *rom_tree_dir_new(struct tree_dir *parent, struct rom_dir *open,
	const struct rom_inode *inode, const char *name)
{
	struct tree_dir *d = rom_alloc(sizeof(*d));

	d->parent = parent ? rom_tree_dir_ref(parent) : NULL;
	d->open = open;
	d->refs = 1;
	d->keep_meta = !parent;
	d->drop_empty = parent && parent->drop_empty;
	d->unmade = parent ? parent->unmade : NULL;
	d->name = parent ? rom_strdup(name) : NULL;
	d->inode = *inode;
	d->path = !parent	  ? rom_strdup("")
		  : *parent->path ? rom_format("%s/%s", parent->path, name)
				  : rom_strdup(name);
	return d;
}

struct tree_dir *rom_tree_dir_ref(struct tree_dir *dir)
{
	__atomic_add_fetch(&dir->refs, 1, __ATOMIC_RELAXED);
	return dir;
}

/* What the output cannot hold (the owner, for a user who is not root) stands in
 * the manifest. */
struct rom_meta rom_tree_meta(const struct rom_inode *inode)
{
	return (struct rom_meta){ .mode = inode->mode,
		.uid = inode->uid,
		.gid = inode->gid,
		.atime = inode->atime,
		.mtime = inode->mtime };
}

/* A link of an earlier run is there already. */
static bool is_same_link(
	struct rom_dir *dir, const char *name, const char *target)
{
	ROM_AUTO char *there = rom_dir_readlink(dir, name);

	return there && !strcmp(there, target);
}

/* Under its name or, when that is taken, as name~2 ...; false when the output
 * refuses links. */
static bool make_link(struct rom_dir *dir, const struct tree_link *l)
{
	ROM_AUTO char *name = rom_strdup(l->name);
	struct rom_meta meta = rom_tree_meta(&l->inode);

	for (unsigned n = 2; !rom_dir_symlink(dir, name, l->target) && n < 1000;
		n++) {
		if (errno != EEXIST)
			return false;
		if (is_same_link(dir, name, l->target))
			return true;
		free(name);
		name = rom_format("%.240s~%u", l->name, n);
	}
	rom_dir_set_link_meta(dir, name, &meta);
	return true;
}

void rom_tree_dir_unref(struct tree_dir *dir)
{
	while (dir &&
		__atomic_sub_fetch(&dir->refs, 1, __ATOMIC_ACQ_REL) == 0) {
		struct tree_dir *parent = dir->parent;
		struct rom_meta meta = rom_tree_meta(&dir->inode);
		struct tree_link *l;

		rom_each (l, &dir->links) {
			if (!make_link(dir->open, l))
				__atomic_add_fetch(
					dir->unmade, 1, __ATOMIC_RELAXED);
			free(l->name);
			free(l->target);
		}
		rom_vec_done(&dir->links);
		if (!dir->keep_meta && !dir->late)
			rom_dir_set_meta(dir->open, &meta);
		if (parent || dir->owns)
			rom_dir_close(dir->open);
		if (parent && dir->drop_empty)
			/* refuses when something is in it */
			rom_dir_remove(parent->open, dir->name);
		free(dir->name);
		free(dir->path);
		free(dir);
		dir = parent;
	}
}
