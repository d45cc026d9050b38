/* SPDX-License-Identifier: MIT */
/* posix_priv.h - what the files of the os module share on POSIX systems */
#ifndef ROMSPLIT_POSIX_PRIV_H
#define ROMSPLIT_POSIX_PRIV_H

#include <sys/stat.h>

#include "romsplit/os.h"

/* dir.c: the descriptor of a directory; AT_FDCWD for NULL. */
int rom_posix_dir_fd(const struct rom_dir *dir);
/* in_file.c */
int rom_posix_in_file_fd(const struct rom_in_file *file);

/* entry.c */
struct rom_entry rom_posix_entry(const struct stat *st);

/* meta.c: sets owner, mode and times. */
bool rom_posix_set_meta(int fd, const struct rom_meta *meta);

/* disk_read.c: reads of one file, by any thread. */
struct rom_disk_reader {
	int fd;
	/* the same file opened with O_DIRECT; -1: everything is left to the
	 * kernel */
	int direct;
	/* never accessed; mincore needs it to report what is cached */
	uint8_t *map;
	uint64_t size;
	/* number of the readahead block of the last small read */
	uint64_t slice;
};
/* fd remains the caller's; path is its name. */
void rom_disk_reader_init(
	struct rom_disk_reader *r, int fd, uint64_t size, const char *path);
void rom_disk_reader_done(struct rom_disk_reader *r);
/* How many bytes of the range are cached, in whole pages; 0 where the kernel
 * does not report it. */
uint64_t rom_disk_in_memory(
	const struct rom_disk_reader *r, uint64_t offset, uint64_t len);
/* As pread. */
ssize_t rom_disk_read(
	struct rom_disk_reader *r, void *buf, size_t len, uint64_t offset);

#endif
