/* SPDX-License-Identifier: MIT */
/* dir.c - directories: opening, listing, and what their filesystem supports */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "posix_priv.h"

enum { OPEN = O_RDONLY | O_DIRECTORY | O_CLOEXEC };

struct rom_dir {
	int fd;
	int refs;
};

int rom_posix_dir_fd(const struct rom_dir *dir)
{
	return dir ? dir->fd : AT_FDCWD;
}

/* ---- opened and closed --------------------------------------------------- */

/* NULL, with errno unchanged, for a negative descriptor. */
static struct rom_dir *dir_new(int fd)
{
	struct rom_dir *dir;

	if (fd < 0)
		return NULL;
	dir = rom_alloc(sizeof(*dir));
	*dir = (struct rom_dir){ fd, 1 };
	return dir;
}

struct rom_dir *rom_dir_open(const char *path)
{
	return dir_new(open(path, OPEN));
}

static void close_quietly(int fd)
{
	int why = errno;

	close(fd);
	errno = why;
}

/* Opens one component of a path below fd, and closes fd. */
static int open_component(int fd, const char *part, size_t len)
{
	ROM_AUTO char *name = rom_format("%.*s", (int)len, part);
	/* component by component: O_NOFOLLOW protects only the last one */
	int below = openat(fd, name, OPEN | O_NOFOLLOW);

	close_quietly(fd);
	return below;
}

struct rom_dir *rom_dir_open_below(struct rom_dir *dir, const char *name)
{
	int fd = openat(rom_posix_dir_fd(dir), ".", OPEN);
	size_t len;

	for (; *name && fd >= 0; name += len + (name[len] == '/')) {
		len = strcspn(name, "/");
		fd = open_component(fd, name, len);
	}
	return dir_new(fd);
}

struct rom_dir *rom_dir_enter(struct rom_dir *dir, const char *name)
{
	if (!rom_dir_make(dir, name, 0777) && errno != EEXIST)
		return NULL;
	return dir_new(openat(rom_posix_dir_fd(dir), name, OPEN | O_NOFOLLOW));
}

struct rom_dir *rom_dir_ref(struct rom_dir *dir)
{
	__atomic_add_fetch(&dir->refs, 1, __ATOMIC_RELAXED);
	return dir;
}

void rom_dir_close(struct rom_dir *dir)
{
	if (!dir || __atomic_sub_fetch(&dir->refs, 1, __ATOMIC_ACQ_REL))
		return;
	close_quietly(dir->fd);
	free(dir);
}

void rom_dir_closep(struct rom_dir **dir)
{
	rom_dir_close(*dir);
}

/* ---- made ---------------------------------------------------------------- */

bool rom_dir_make(struct rom_dir *dir, const char *name, unsigned mode)
{
	return !mkdirat(rom_posix_dir_fd(dir), name, mode);
}

bool rom_dir_make_path(const char *path)
{
	ROM_AUTO char *copy = rom_strdup(path);
	int why = 0;

	for (char *s = copy + !!*copy; (s = strchr(s, '/')); s++) {
		*s = '\0';
		if (mkdir(copy, 0777) && errno != EEXIST && !why)
			why = errno;
		*s = '/';
	}
	if (!mkdir(path, 0777) || errno == EEXIST)
		return true;
	errno = why && errno == ENOENT ? why : errno;
	return false;
}

/* ---- listed -------------------------------------------------------------- */

static bool is_dot(const char *name)
{
	return !strcmp(name, ".") || !strcmp(name, "..");
}

bool rom_dir_list(struct rom_dir *dir, rom_dir_fn fn, void *ctx)
{
	/* a new descriptor has its own position in the listing */
	int fd = openat(rom_posix_dir_fd(dir), ".", OPEN);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *e;
	int why;

	if (!d) {
		if (fd >= 0)
			close_quietly(fd);
		return false;
	}
	errno = 0;
	while ((e = readdir(d)) && (is_dot(e->d_name) || fn(ctx, e->d_name)))
		errno = 0;
	why = e ? 0 : errno;
	closedir(d);
	errno = why;
	return !why;
}

/* ---- their filesystem ---------------------------------------------------- */

uint64_t rom_dir_free_bytes(struct rom_dir *dir)
{
	struct statvfs v;

	if (fstatvfs(dir->fd, &v))
		return UINT64_MAX;
	return (uint64_t)v.f_bavail * v.f_frsize;
}

uint64_t rom_dir_max_file(struct rom_dir *dir)
{
	enum { MSDOS_MAGIC = 0x4d44 }; /* linux/magic.h */
	struct statfs s;

	if (fstatfs(dir->fd, &s) || s.f_type != MSDOS_MAGIC)
		return UINT64_MAX;
	return UINT32_MAX;
}

static bool refuses(struct rom_dir *dir, const char *name)
{
	int fd = openat(dir->fd, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	/* what has nothing to do with the name says nothing of names */
	if (fd < 0)
		return errno != EMFILE && errno != ENFILE && errno != ENOMEM &&
		       errno != EIO && errno != ENOSPC && errno != EDQUOT;
	close(fd);
	unlinkat(dir->fd, name, 0);
	return false;
}

enum rom_name_rules rom_dir_name_rules(struct rom_dir *dir)
{
	if (refuses(dir, "a:b?c"))
		return ROM_NAMES_STRICT;
	return refuses(dir, "latin \xe9") ? ROM_NAMES_UTF8 : ROM_NAMES_ANY;
}

bool rom_dir_ignores_case(struct rom_dir *dir)
{
	static const char name[] = "romsplit-case", other[] = "ROMSPLIT-CASE";
	int fd = openat(dir->fd, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	struct stat st;
	bool same;

	if (fd < 0)
		return false;
	close(fd);
	same = !fstatat(dir->fd, other, &st, AT_SYMLINK_NOFOLLOW);
	unlinkat(dir->fd, name, 0);
	return same;
}

bool rom_dir_sync(struct rom_dir *dir)
{
	return !syncfs(dir->fd);
}

void rom_dir_spread(struct rom_dir *dir)
{
	int flags;

	/* FS_TOPDIR_FL (chattr +T) of ext4 */
	if (ioctl(dir->fd, FS_IOC_GETFLAGS, &flags))
		return;
	flags |= FS_TOPDIR_FL;
	(void)ioctl(dir->fd, FS_IOC_SETFLAGS, &flags);
}
