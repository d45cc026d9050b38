/* SPDX-License-Identifier: MIT */
/* ext4_root.c - the synthetic root directory, which takes the place of a
 * missing one and lists the unattached inodes */
#include <inttypes.h>
#include <stdlib.h>

#include "ext4_priv.h"

void rom_ext4_synthetic_root(struct rom_inode *ret)
{
	*ret = (struct rom_inode){ .ino = EXT4_ROOT,
		.type = ROM_FILE_DIRECTORY,
		.mode = 0755,
		.links = 2 };
}

static bool collect_inode(void *ctx, const struct rom_inode *inode)
{
	struct ext4_fs *ext4 = ctx;

	*rom_vec_add(&ext4->unattached) = inode->ino;
	return true;
}

enum rom_status rom_ext4_list_unattached(struct ext4_fs *ext4, uint64_t cookie,
	rom_dirent_fn fn, void *ctx, struct rom_err *err)
{
	enum rom_status st = ROM_OK;

	if (!ext4->unattached_known) {
		/* set before the search, which lists the root too and would
		 * recurse */
		ext4->unattached_known = true;
		st = rom_fs_unattached(&ext4->fs, collect_inode, ext4, err);
		ext4->unattached_known = !st;
	}
	for (size_t i = (size_t)cookie; i < ext4->unattached.n && !st; i++) {
		char name[32];
		struct rom_dirent e = { .name = name,
			.ino = ext4->unattached.v[i],
			.next = i + 1 };

		e.len = (size_t)snprintf(
			name, sizeof(name), "#%" PRIu64, e.ino);
		if (!fn(ctx, &e))
			break;
	}
	return st;
}
