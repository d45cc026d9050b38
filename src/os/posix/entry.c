/* SPDX-License-Identifier: MIT */
/* entry.c - type, size and identity of a name or an open file */
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "posix_priv.h"

static enum rom_entry_type entry_type(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFREG:
		return ROM_ENTRY_FILE;
	case S_IFDIR:
		return ROM_ENTRY_DIRECTORY;
	case S_IFLNK:
		return ROM_ENTRY_LINK;
	case S_IFBLK:
		return ROM_ENTRY_DEVICE;
	default:
		return ROM_ENTRY_OTHER;
	}
}

struct rom_entry rom_posix_entry(const struct stat *st)
{
	return (struct rom_entry){
		.type = entry_type(st->st_mode),
		.size = S_ISREG(st->st_mode) ? (uint64_t)st->st_size : 0,
		.mtime = { st->st_mtim.tv_sec, (uint32_t)st->st_mtim.tv_nsec },
		.volume = st->st_dev,
		.id = st->st_ino,
	};
}

bool rom_entry_is_same(const struct rom_entry *a, const struct rom_entry *b)
{
	return a->volume == b->volume && a->id == b->id;
}

bool rom_dir_stat(struct rom_dir *dir, const char *name, struct rom_entry *ret)
{
	struct stat st;

	if (fstatat(rom_posix_dir_fd(dir), name, &st, AT_SYMLINK_NOFOLLOW))
		return false;
	*ret = rom_posix_entry(&st);
	return true;
}

bool rom_dir_stat_self(struct rom_dir *dir, struct rom_entry *ret)
{
	return rom_dir_stat(dir, ".", ret);
}

bool rom_dir_is_own(struct rom_dir *dir)
{
	struct stat st;

	return !fstat(rom_posix_dir_fd(dir), &st) && st.st_uid == geteuid();
}

bool rom_dir_is_foreign(struct rom_dir *dir)
{
	const char *user = getenv("SUDO_UID");
	struct stat st;

	if (geteuid() != 0 || fstat(rom_posix_dir_fd(dir), &st) || !st.st_uid)
		return false;
	return !user || strtoull(user, NULL, 10) != st.st_uid;
}

bool rom_path_exists(const char *path)
{
	return !access(path, F_OK);
}

bool rom_path_is_directory(const char *path)
{
	struct stat st;

	return !stat(path, &st) && S_ISDIR(st.st_mode);
}

bool rom_path_is_file(const char *path)
{
	struct stat st;

	return !stat(path, &st) && S_ISREG(st.st_mode);
}

char *rom_path_real(const char *path)
{
	return realpath(path, NULL);
}
