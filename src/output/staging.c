/* SPDX-License-Identifier: MIT */
/*
 * staging.c - .part/ of an output directory, which holds files until they are
 * complete
 *
 * It has a few directories, so that threads that create files do not wait for
 * each other's lock. On ext4 these are placed in distant block groups (chattr
 * +T): a new file gets an inode near its directory, and where thousands have
 * just been deleted, ext4 examines all of their inodes first.
 */
#include <inttypes.h>

#include "output_priv.h"

enum { DIRECTORIES = 4, NAME = 16 };

static void directory_name(const struct rom_out *out, unsigned i, char *ret)
{
	snprintf(ret, NAME, "%06x.%u", out->salt, i);
}

struct clearing {
	struct rom_dir *dir;
	unsigned levels;
};

static void clear(struct rom_dir *dir, unsigned levels);

static bool clear_name(void *ctx, const char *name)
{
	const struct clearing *c = ctx;
	struct rom_dir *below;

	if (rom_dir_unlink(c->dir, name) || !c->levels)
		return true;
	below = rom_dir_open_below(c->dir, name);
	if (!below)
		return true;
	clear(below, c->levels - 1);
	rom_dir_close(below);
	rom_dir_remove(c->dir, name);
	return true;
}

/* Removes the files in dir and, down to so many levels, its directories. */
static void clear(struct rom_dir *dir, unsigned levels)
{
	rom_dir_list(dir, clear_name, &(struct clearing){ dir, levels });
}

bool rom_out_part_open(struct rom_out *out)
{
	char name[NAME];

	out->part = rom_dir_enter(out->dir, ROM_STAGING);
	if (!out->part)
		return false;
	clear(out->part, 1);
	rom_dir_spread(out->part);
	/* ext4 derives the block group from a hash of the name: another name
	 * each time keeps away from inodes that were deleted recently */
	out->salt = (unsigned)(rom_now() * 1000) & 0xffffff;
	for (unsigned i = 0; i < DIRECTORIES; i++) {
		directory_name(out, i, name);
		if (!rom_dir_make(out->part, name, 0700))
			return false;
	}
	return true;
}

void rom_out_part_close(struct rom_out *out)
{
	clear(out->part, 1);
	rom_dir_close(out->part);
	rom_dir_remove(out->dir, ROM_STAGING);
}

void rom_out_part_next(struct rom_out *out, char *ret)
{
	uint64_t n = __atomic_fetch_add(&out->next, 1, __ATOMIC_RELAXED);
	char directory[NAME];

	directory_name(out, (unsigned)(n % DIRECTORIES), directory);
	snprintf(ret, ROM_TEMP_NAME, "%s/%" PRIu64, directory, n);
}
