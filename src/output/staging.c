/* SPDX-License-Identifier: MIT */
/*
 * part_folder.c - .part/ of an output folder, where files lie until they are
 * whole
 *
 * They lie there in a few folders, so that threads that make files do not wait
 * for each other. On ext4 those folders are told to lie far apart (chattr +T):
 * files made in one lie near it, and where thousands were deleted a moment ago,
 * making one means to look at all of their inodes first.
 */
#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/fs.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "output_priv.h"

enum { FOLDERS = 4, NAME = 16 };

static void folder_name(const struct rom_out *out, unsigned i, char *ret)
{
	snprintf(ret, NAME, "%06x.%u", out->salt, i);
}

/* Removes the files in dir, and so many levels down the folders of files. */
static void clear(int dir, unsigned levels)
{
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *e;

	while (d && (e = readdir(d))) {
		int below;

		if (!unlinkat(dir, e->d_name, 0) || !levels ||
			e->d_name[0] == '.')
			continue;
		below = openat(dir, e->d_name,
			O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (below < 0)
			continue;
		clear(below, levels - 1);
		close(below);
		unlinkat(dir, e->d_name, AT_REMOVEDIR);
	}
	if (d)
		closedir(d);
}

/* A filesystem that does not know of it refuses. */
static void ask_to_spread(int dir)
{
	int flags;

	if (!ioctl(dir, FS_IOC_GETFLAGS, &flags)) {
		flags |= FS_TOPDIR_FL;
		(void)ioctl(dir, FS_IOC_SETFLAGS, &flags);
	}
}

bool rom_out_part_open(struct rom_out *out)
{
	char name[NAME];

	out->part = rom_out_enter(out->dir, ROM_PART);
	if (out->part < 0)
		return false;
	clear(out->part, 1);
	ask_to_spread(out->part);
	/* the place on the disk follows from the name: another one each time,
	 * away from what was deleted */
	out->salt = (unsigned)(rom_now() * 1000) & 0xffffff;
	for (unsigned i = 0; i < FOLDERS; i++) {
		folder_name(out, i, name);
		if (mkdirat(out->part, name, 0700))
			return false;
	}
	return true;
}

void rom_out_part_close(struct rom_out *out)
{
	clear(out->part, 1);
	close(out->part);
	unlinkat(out->dir, ROM_PART, AT_REMOVEDIR);
}

void rom_out_part_next(struct rom_out *out, char *ret)
{
	uint64_t n = __atomic_fetch_add(&out->next, 1, __ATOMIC_RELAXED);
	char folder[NAME];

	folder_name(out, (unsigned)(n % FOLDERS), folder);
	snprintf(ret, ROM_TEMP_NAME, "%s/%" PRIu64, folder, n);
}
