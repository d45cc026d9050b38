/* SPDX-License-Identifier: MIT */
/* media_trees.c - the directories of a filesystem that hold users' files: that
 * of the first user, and those of the others beside it */
#include <stdlib.h>

#include "job_priv.h"

enum { MAX_USERS = 1000 };

const char *rom_job_media_path(struct rom_fs *fs)
{
	const char *media = rom_analyze_media(fs);

	/* the root may have lost its entry for /media: everything below "/" is
	 * taken, which includes the unattached inodes */
	return media || !rom_fs_damage_count(fs) ? media : "/";
}

static void add_tree(rom_media_trees *trees, char *path, char *prefix)
{
	*rom_vec_add(trees) = (struct rom_media_tree){ path, prefix };
}

/* Android names the directories of other users by their number, from 10 up;
 * "0" is the first user, and at most 7 digits rule out other names. */
static bool add_user(void *ctx, const struct rom_dirent *e)
{
	rom_media_trees *trees = ctx;
	size_t digits = 0;

	while (digits < e->len && e->name[digits] >= '0' &&
		e->name[digits] <= '9')
		digits++;
	if (digits == e->len && e->len < 8 &&
		!(e->len == 1 && e->name[0] == '0'))
		add_tree(trees, rom_format("/media/%.*s", (int)e->len, e->name),
			rom_format(".user-%.*s/", (int)e->len, e->name));
	return trees->n < MAX_USERS;
}

void rom_media_trees_find(struct rom_fs *fs, rom_media_trees *ret)
{
	const char *media = rom_job_media_path(fs);
	struct rom_inode inode;
	struct rom_err err;

	if (!media)
		return;
	add_tree(ret, rom_strdup(media), rom_strdup(""));
	if (!strcmp(media, "/media/0") &&
		!rom_fs_lookup(fs, "/media", &inode, &err))
		rom_fs_list(fs, inode.ino, 0, add_user, ret, &err);
}

void rom_media_trees_done(rom_media_trees *trees)
{
	struct rom_media_tree *t;

	rom_each (t, trees) {
		free(t->path);
		free(t->prefix);
	}
	rom_vec_done(trees);
}
