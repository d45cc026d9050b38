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
	struct rom_file_stats *ret;
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

static enum rom_walk count_entry(void *ctx, const struct rom_walk_entry *e)
{
	struct count *c = ctx;

	if (c->left == 0)
		return ROM_WALK_STOP;
	c->left--;
	if (e->inode.type == ROM_FILE_REGULAR)
		take_file(c->ret, &e->inode);
	return ROM_WALK_CONTINUE;
}

void rom_analyze_file_stats(
	struct rom_fs *fs, const char *media, struct rom_file_stats *ret)
{
	static const struct rom_walk_ops ops = { .entry = count_entry };
	struct count c = { .ret = ret, .left = MAX_SEEN };
	struct rom_inode in;
	struct rom_err err;

	*ret = (struct rom_file_stats){ 0 };
	if (!media || rom_fs_lookup(fs, media, &in, &err))
		return;
	rom_fs_walk(fs, &in, &ops, &c, &err);
	ret->all = c.left > 0;
}
