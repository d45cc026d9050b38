/* SPDX-License-Identifier: MIT */
/* out_file.c - a file of the output: creating, writing, sharing, closing */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "posix_priv.h"

struct rom_out_file {
	int fd;
	FILE *stream; /* owns fd, once there is one */
};

/* ---- opening and closing ------------------------------------------------- */

static struct rom_out_file *open_file(
	struct rom_dir *dir, const char *name, int flags, unsigned mode)
{
	int fd = openat(rom_posix_dir_fd(dir), name,
		flags | O_NOFOLLOW | O_CLOEXEC, mode);
	struct rom_out_file *file;

	if (fd < 0)
		return NULL;
	file = rom_alloc(sizeof(*file));
	file->fd = fd;
	return file;
}

struct rom_out_file *rom_out_file_create(
	struct rom_dir *dir, const char *name, unsigned mode)
{
	return open_file(dir, name, O_RDWR | O_CREAT | O_EXCL, mode);
}

struct rom_out_file *rom_out_file_create_over(
	struct rom_dir *dir, const char *name, unsigned mode)
{
	return open_file(dir, name, O_RDWR | O_CREAT | O_TRUNC, mode);
}

struct rom_out_file *rom_out_file_open(struct rom_dir *dir, const char *name)
{
	/* O_NONBLOCK: does not wait for a pipe of that name */
	return open_file(dir, name, O_RDONLY | O_NONBLOCK, 0);
}

FILE *rom_out_file_stream(struct rom_out_file *file)
{
	file->stream = fdopen(file->fd, "w");
	return file->stream;
}

bool rom_out_file_close(struct rom_out_file *file)
{
	bool good = true;

	if (!file)
		return true;
	if (file->stream) {
		good = !ferror(file->stream);
		errno = EIO; /* of a write before, whose reason is gone */
		good &= !fclose(file->stream);
	} else {
		good = !close(file->fd);
	}
	free(file);
	return good;
}

/* ---- reading and writing ------------------------------------------------- */

int64_t rom_out_file_read(
	struct rom_out_file *file, void *buf, size_t len, uint64_t offset)
{
	ssize_t n;

	do
		n = pread(file->fd, buf, len, (off_t)offset);
	while (n < 0 && errno == EINTR);
	return n;
}

int64_t rom_out_file_write(
	struct rom_out_file *file, const void *buf, size_t len, uint64_t offset)
{
	ssize_t n;

	do
		n = pwrite(file->fd, buf, len, (off_t)offset);
	while (n < 0 && errno == EINTR);
	if (n == 0 && len) {
		errno = EIO; /* writes nothing, and does not say why */
		return -1;
	}
	return n;
}

int64_t rom_out_file_write_direct(
	struct rom_out_file *file, const void *buf, size_t len, uint64_t offset)
{
	int64_t n;
	int why;

	if (fcntl(file->fd, F_SETFL, O_DIRECT))
		return -1;
	n = rom_out_file_write(file, buf, len, offset);
	why = errno;
	fcntl(file->fd, F_SETFL, 0);
	errno = why;
	return n;
}

bool rom_out_file_set_size(struct rom_out_file *file, uint64_t size)
{
	return !ftruncate(file->fd, (off_t)size);
}

bool rom_out_file_share(struct rom_out_file *file, uint64_t offset,
	const struct rom_in_file *from, struct rom_range range)
{
	struct file_clone_range clone = { rom_posix_in_file_fd(from),
		range.offset, range.len, offset };

	/* a length of 0 would mean "up to the end of the file" */
	return range.len == 0 || !ioctl(file->fd, FICLONERANGE, &clone);
}

bool rom_out_file_sync(struct rom_out_file *file)
{
	return !fsync(file->fd);
}

/* ---- metadata
 * ------------------------------------------------------------- */

bool rom_out_file_stat(struct rom_out_file *file, struct rom_entry *ret)
{
	struct stat st;

	if (fstat(file->fd, &st))
		return false;
	*ret = rom_posix_entry(&st);
	return true;
}

bool rom_out_file_set_meta(
	struct rom_out_file *file, const struct rom_meta *meta)
{
	return rom_posix_set_meta(file->fd, meta);
}

bool rom_out_file_set_xattr(struct rom_out_file *file, const char *name,
	const void *value, size_t len)
{
	return !fsetxattr(file->fd, name, value, len, 0);
}
