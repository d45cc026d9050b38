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
#include <errno.h>
#include <inttypes.h>

#include "output_priv.h"

enum { NAME = 16 };

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

/* errno stays. */
static void remove_quietly(struct rom_dir *dir, const char *name)
{
	int why = errno;

	rom_dir_remove(dir, name);
	errno = why;
}

/* Ours: made now, or by an earlier run of this user. A disk without owners
 * shows all as somebody's, so what was made now is not asked. */
static bool open_own(struct rom_out *out)
{
	bool is_new = rom_dir_make(out->dir, ROM_STAGING, 0700);

	if (!is_new && errno != EEXIST)
		return false;
	out->part = rom_dir_open_below(out->dir, ROM_STAGING);
	if (!out->part && is_new)
		remove_quietly(out->dir, ROM_STAGING);
	if (!out->part || is_new || rom_dir_is_own(out->part))
		return out->part;
	rom_dir_close(ROM_TAKE(out->part)); /* what is in it is not ours */
	errno = EPERM;
	return false;
}

/* They stay open: whoever may rename them, or put a link in their place, gets
 * nothing written by it. */
static bool make_directories(struct rom_out *out)
{
	char name[NAME];

	for (unsigned i = 0; i < ROM_STAGING_DIRECTORIES; i++) {
		directory_name(out, i, name);
		if (!rom_dir_make(out->part, name, 0700))
			return false;
		out->staging[i] = rom_dir_open_below(out->part, name);
		if (!out->staging[i])
			return false;
	}
	return true;
}

bool rom_out_part_open(struct rom_out *out)
{
	if (!open_own(out))
		return false;
	clear(out->part, 1);
	rom_dir_spread(out->part);
	/* ext4 derives the block group from a hash of the name: another name
	 * each time keeps away from inodes that were deleted recently */
	out->salt = (unsigned)(rom_now() * 1000) & 0xffffff;
	return make_directories(out);
}

/* Empty ones go without a list, for which a descriptor may be missing. */
static void remove_directories(struct rom_out *out)
{
	char name[NAME];

	for (unsigned i = 0; i < ROM_STAGING_DIRECTORIES; i++) {
		rom_dir_close(ROM_TAKE(out->staging[i]));
		directory_name(out, i, name);
		rom_dir_remove(out->part, name);
	}
}

void rom_out_part_close(struct rom_out *out)
{
	if (!out->part)
		return;
	remove_directories(out);
	if (!rom_dir_remove(out->dir, ROM_STAGING)) {
		clear(out->part, 1);
		rom_dir_remove(out->dir, ROM_STAGING);
	}
	rom_dir_close(ROM_TAKE(out->part));
}

void rom_out_part_next(struct rom_out *out, char *ret)
{
	uint64_t n = __atomic_fetch_add(&out->next, 1, __ATOMIC_RELAXED);

	snprintf(ret, ROM_TEMP_NAME, "%u/%" PRIu64,
		(unsigned)(n % ROM_STAGING_DIRECTORIES), n);
}

struct rom_dir *rom_out_staged(
	const struct rom_out *out, const char *temp, const char **ret_name)
{
	*ret_name = temp + 2;
	return out->staging[temp[0] - '0'];
}
