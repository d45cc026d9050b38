/* SPDX-License-Identifier: MIT */
/* names.c - names in directories: removing, renaming, linking */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

#include "posix_priv.h"

bool rom_dir_remove(struct rom_dir *dir, const char *name)
{
	return !unlinkat(rom_posix_dir_fd(dir), name, AT_REMOVEDIR);
}

bool rom_dir_unlink(struct rom_dir *dir, const char *name)
{
	return !unlinkat(rom_posix_dir_fd(dir), name, 0);
}

bool rom_dir_rename(struct rom_dir *from, const char *name, struct rom_dir *to,
	const char *to_name)
{
	return !renameat(
		rom_posix_dir_fd(from), name, rom_posix_dir_fd(to), to_name);
}

/* Without RENAME_NOREPLACE and hard links: reserves the name with an empty
 * file, which the rename then replaces. A crash in between leaves that empty
 * file. */
static bool rename_over_reserved(struct rom_dir *from, const char *name,
	struct rom_dir *to, const char *to_name)
{
	int fd = openat(rom_posix_dir_fd(to), to_name,
		O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	int why;

	if (fd < 0)
		return false;
	close(fd);
	if (rom_dir_rename(from, name, to, to_name))
		return true;
	why = errno;
	rom_dir_unlink(to, to_name);
	errno = why;
	return false;
}

bool rom_dir_rename_new(struct rom_dir *from, const char *name,
	struct rom_dir *to, const char *to_name)
{
	if (!renameat2(rom_posix_dir_fd(from), name, rom_posix_dir_fd(to),
		    to_name, RENAME_NOREPLACE))
		return true;
	if (errno != EINVAL && errno != ENOSYS)
		return false;
	/* a filesystem without this flag: a hard link refuses to replace too */
	if (rom_dir_link(from, name, to, to_name))
		return rom_dir_unlink(from, name);
	return errno != EEXIST && rename_over_reserved(from, name, to, to_name);
}

bool rom_dir_link(struct rom_dir *from, const char *name, struct rom_dir *to,
	const char *to_name)
{
	return !linkat(
		rom_posix_dir_fd(from), name, rom_posix_dir_fd(to), to_name, 0);
}

bool rom_dir_symlink(struct rom_dir *dir, const char *name, const char *target)
{
	return !symlinkat(target, rom_posix_dir_fd(dir), name);
}

char *rom_dir_readlink(struct rom_dir *dir, const char *name)
{
	char target[PATH_MAX];
	ssize_t n =
		readlinkat(rom_posix_dir_fd(dir), name, target, sizeof(target));

	return n < 0 ? NULL : rom_format("%.*s", (int)n, target);
}
