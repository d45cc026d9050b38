/* SPDX-License-Identifier: MIT */
/* meta.c - mode, owner and times of written files */
#include <fcntl.h>
#include <unistd.h>

#include "posix_priv.h"

static void to_timespec(const struct rom_meta *meta, struct timespec ts[2])
{
	ts[0] = (struct timespec){ .tv_sec = meta->atime.sec,
		.tv_nsec = meta->atime.nsec };
	ts[1] = (struct timespec){ .tv_sec = meta->mtime.sec,
		.tv_nsec = meta->mtime.nsec };
}

/* Only root can give files away. */
static bool may_chown(void)
{
	return geteuid() == 0;
}

bool rom_posix_set_meta(int fd, const struct rom_meta *meta)
{
	bool good = !may_chown() || !fchown(fd, meta->uid, meta->gid);
	struct timespec ts[2];

	to_timespec(meta, ts);
	/* after the owner: changing that clears the set-id bits */
	good &= !fchmod(fd, meta->mode);
	good &= !futimens(fd, ts);
	return good;
}

bool rom_dir_set_meta(struct rom_dir *dir, const struct rom_meta *meta)
{
	return rom_posix_set_meta(rom_posix_dir_fd(dir), meta);
}

bool rom_dir_set_link_meta(
	struct rom_dir *dir, const char *name, const struct rom_meta *meta)
{
	int fd = rom_posix_dir_fd(dir);
	bool good = !may_chown() || !fchownat(fd, name, meta->uid, meta->gid,
					    AT_SYMLINK_NOFOLLOW);
	struct timespec ts[2];

	to_timespec(meta, ts);
	good &= !utimensat(fd, name, ts, AT_SYMLINK_NOFOLLOW);
	return good;
}
