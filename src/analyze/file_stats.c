/* SPDX-License-Identifier: MIT */
/* file_stats.c - the user's files by number, size and time, which encryption
 * does not hide */
#include <stdlib.h>

#include "analyze_priv.h"

enum {
	MAX_SEEN = 4000, /* inodes: info must stay quick */
	LARGE = 1 << 20,
};

struct count {
	struct rom_fs *fs;
	struct rom_file_stats *ret;
	struct rom_map seen; /* directories, so that a cycle ends */
	ROM_VEC(uint64_t) todo;
	unsigned left;
};

static void take_file(struct rom_file_stats *c, const struct rom_inode *in)
{
	c->oldest = c->files && c->oldest < in->mtime.sec ? c->oldest
							  : in->mtime.sec;
	c->newest = c->files && c->newest > in->mtime.sec ? c->newest
							  : in->mtime.sec;
	c->files++;
	c->bytes += in->size;
	c->large += in->size >= LARGE;
}

static bool count_entry(void *ctx, const struct rom_dirent *e)
{
	struct count *c = ctx;
	struct rom_inode in;
	struct rom_err err;

	if (c->left == 0)
		return false;
	c->left--;
	if (rom_fs_inode(c->fs, e->ino, &in, &err))
		return true;
	if (in.type == ROM_FILE_REGULAR)
		take_file(c->ret, &in);
	else if (in.type == ROM_FILE_DIRECTORY &&
		 rom_map_put(&c->seen, in.ino, NULL))
		*rom_vec_add(&c->todo) = in.ino;
	return true;
}

void rom_analyze_file_stats(
	struct rom_fs *fs, const char *media, struct rom_file_stats *ret)
{
	struct count c = { .fs = fs, .ret = ret, .left = MAX_SEEN };
	struct rom_inode in;
	struct rom_err err;

	*ret = (struct rom_file_stats){ 0 };
	if (!media || rom_fs_lookup(fs, media, &in, &err))
		return;
	*rom_vec_add(&c.todo) = in.ino;
	for (size_t i = 0; i < c.todo.n && c.left; i++)
		rom_fs_list(fs, c.todo.v[i], 0, count_entry, &c, &err);
	ret->all = c.left > 0;
	rom_vec_done(&c.todo);
	rom_map_done(&c.seen, NULL);
}
