/* SPDX-License-Identifier: MIT */
/* tree_dir.c - folders of an extracted tree, finished when the last file in
 * them is */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "extract_priv.h"

struct tree_dir *rom_tree_dir_new(struct tree_dir *parent, int fd,
	const struct rom_inode *inode, const char *name)
{
	struct tree_dir *d = rom_alloc(sizeof(*d));

	d->parent = parent ? rom_tree_dir_ref(parent) : NULL;
	d->fd = fd;
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

static void times_of(const struct rom_inode *inode, struct timespec *ts)
{
	ts[0] = (struct timespec){ .tv_sec = inode->atime.sec,
		.tv_nsec = inode->atime.nsec };
	ts[1] = (struct timespec){ .tv_sec = inode->mtime.sec,
		.tv_nsec = inode->mtime.nsec };
}

/* What the output cannot hold (the owner, for a user who is not root) stands in
 * the manifest. */
void rom_tree_set_meta(int fd, const struct rom_inode *inode)
{
	struct timespec ts[2];
	int ignored = geteuid() == 0 ? fchown(fd, inode->uid, inode->gid) : 0;

	times_of(inode, ts);
	/* after the owner: that clears set-id bits */
	ignored |= fchmod(fd, inode->mode);
	ignored |= futimens(fd, ts);
	(void)ignored;
}

/* A link of an earlier run is there already. */
static bool is_same_link(int dir, const char *name, const char *target)
{
	char there[PATH_MAX];
	ssize_t n = readlinkat(dir, name, there, sizeof(there) - 1);

	if (n < 0)
		return false;
	there[n] = '\0';
	return !strcmp(there, target);
}

/* Under its name or, when that is taken, as name~2 ...; false when the output
 * refuses links. */
static bool make_link(int dir, const struct tree_link *l)
{
	ROM_AUTO char *name = rom_strdup(l->name);
	struct timespec ts[2];
	int ignored;

	for (unsigned n = 2; symlinkat(l->target, dir, name) && n < 1000; n++) {
		if (errno != EEXIST)
			return false;
		if (is_same_link(dir, name, l->target))
			return true;
		free(name);
		name = rom_format("%.240s~%u", l->name, n);
	}
	times_of(&l->inode, ts);
	ignored = geteuid() == 0 ? fchownat(dir, name, l->inode.uid,
					   l->inode.gid, AT_SYMLINK_NOFOLLOW)
				 : 0;
	ignored |= utimensat(dir, name, ts, AT_SYMLINK_NOFOLLOW);
	(void)ignored;
	return true;
}

void rom_tree_dir_unref(struct tree_dir *dir)
{
	while (dir &&
		__atomic_sub_fetch(&dir->refs, 1, __ATOMIC_ACQ_REL) == 0) {
		struct tree_dir *parent = dir->parent;
		struct tree_link *l;

		rom_each (l, &dir->links) {
			if (!make_link(dir->fd, l))
				__atomic_add_fetch(
					dir->unmade, 1, __ATOMIC_RELAXED);
			free(l->name);
			free(l->target);
		}
		rom_vec_done(&dir->links);
		if (!dir->keep_meta && !dir->late)
			rom_tree_set_meta(dir->fd, &dir->inode);
		if (parent || dir->owns_fd)
			close(dir->fd);
		if (parent && dir->drop_empty)
			unlinkat(parent->fd, dir->name,
				/* refuses when something is in it */
				AT_REMOVEDIR);
		free(dir->name);
		free(dir->path);
		free(dir);
		dir = parent;
	}
}
