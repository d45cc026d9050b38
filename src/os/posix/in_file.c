/* SPDX-License-Identifier: MIT */
/* in_file.c - a dump: a file or block device, never opened for writing */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "posix_priv.h"

struct rom_in_file {
	int fd;
	struct rom_entry entry;
	/* by the block count: a file without holes need not be searched for
	 * them */
	bool has_holes;
	bool has_reader; /* a directory or a pipe has none */
	struct rom_disk_reader reader;
};

int rom_posix_in_file_fd(const struct rom_in_file *file)
{
	return file->fd;
}

/* Fills file->entry. False with errno when that fails. */
static bool examine(struct rom_in_file *file)
{
	struct stat st;
	off_t end = 0;

	if (fstat(file->fd, &st))
		return false;
	file->entry = rom_posix_entry(&st);
	file->has_reader = S_ISREG(st.st_mode) || S_ISBLK(st.st_mode);
	if (file->has_reader) {
		/* the size of a device is not in its inode */
		end = lseek(file->fd, 0, SEEK_END);
		file->entry.size = end < 0 ? 0 : (uint64_t)end;
		file->has_holes =
			S_ISREG(st.st_mode) &&
			(uint64_t)st.st_blocks * 512 < file->entry.size;
	}
	return end >= 0;
}

struct rom_in_file *rom_in_file_open(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct rom_in_file *file;

	if (fd < 0)
		return NULL;
	file = rom_alloc(sizeof(*file));
	file->fd = fd;
	if (!examine(file)) {
		int why = errno;

		close(fd);
		free(file);
		errno = why;
		return NULL;
	}
	if (file->has_reader)
		rom_disk_reader_init(&file->reader, fd, file->entry.size, path);
	return file;
}

void rom_in_file_close(struct rom_in_file *file)
{
	if (!file)
		return;
	if (file->has_reader)
		rom_disk_reader_done(&file->reader);
	close(file->fd);
	free(file);
}

const struct rom_entry *rom_in_file_entry(const struct rom_in_file *file)
{
	return &file->entry;
}

int64_t rom_in_file_read(
	struct rom_in_file *file, void *buf, size_t len, uint64_t offset)
{
	ssize_t n;

	do
		n = file->has_reader
			    ? rom_disk_read(&file->reader, buf, len, offset)
			    : pread(file->fd, buf, len, (off_t)offset);
	while (n < 0 && errno == EINTR);
	return n;
}

uint64_t rom_in_file_map(const struct rom_in_file *file, uint64_t offset,
	uint64_t len, bool *hole)
{
	off_t next;

	*hole = false;
	if (!file->has_holes)
		return len;
	next = lseek(file->fd, (off_t)offset, SEEK_DATA);
	if (next < 0 && errno != ENXIO)
		return len; /* this filesystem does not report holes */
	if (next < 0 || (uint64_t)next > offset) {
		*hole = true;
		return next < 0 ? len : rom_min(len, (uint64_t)next - offset);
	}
	next = lseek(file->fd, (off_t)offset, SEEK_HOLE);
	return next > 0 && (uint64_t)next > offset
		       ? rom_min(len, (uint64_t)next - offset)
		       : len;
}

uint64_t rom_in_file_cached(
	const struct rom_in_file *file, uint64_t offset, uint64_t len)
{
	return file->has_reader ? rom_disk_in_memory(&file->reader, offset, len)
				: 0;
}
