/* SPDX-License-Identifier: MIT */
/* ext4_root.c - what stands for a root folder that is gone: a list of what no
 * other folder names */
#include <inttypes.h>
#include <stdlib.h>

#include "ext4_priv.h"

void rom_ext4_made_up_root(struct rom_inode *ret)
{
	*ret = (struct rom_inode){ .ino = EXT4_ROOT,
		.type = ROM_FILE_DIRECTORY,
		.mode = 0755,
		.links = 2 };
}

static bool take_lost(void *ctx, const struct rom_inode *inode)
{
	struct ext4_fs *ext4 = ctx;

	*rom_vec_add(&ext4->lost) = inode->ino;
	return true;
}

enum rom_status rom_ext4_list_unattached(struct ext4_fs *ext4, uint64_t cookie,
	rom_dirent_fn fn, void *ctx, struct rom_err *err)
{
	enum rom_status st = ROM_OK;

	if (!ext4->lost_known) {
		/* before the search, which lists the root as well */
		ext4->lost_known = true;
		st = rom_fs_unattached(&ext4->fs, take_lost, ext4, err);
		ext4->lost_known = !st;
	}
	for (size_t i = (size_t)cookie; i < ext4->lost.n && !st; i++) {
		char name[32];
		struct rom_dirent e = {
			.name = name, .ino = ext4->lost.v[i], .next = i + 1
		};

		e.len = (size_t)snprintf(
			name, sizeof(name), "#%" PRIu64, e.ino);
		if (!fn(ctx, &e))
			break;
	}
	return st;
}
