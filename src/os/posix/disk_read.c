/* SPDX-License-Identifier: MIT */
/*
 * disk_read.c - chooses how to read from a file: from the page cache, with
 * O_DIRECT, or with readahead of our own
 *
 * What is cached is read from the page cache. A large piece that is not cached
 * is read with O_DIRECT: a dump is read once, and pages for it would cost more
 * than its bytes and evict what others need. A small piece is read with its
 * surroundings. We determine how much that is, because a kernel that is set to
 * 8 MiB of readahead would read all of a filesystem to walk its directories.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "posix_priv.h"

enum {
	PIECE = 1 << 20, /* longer reads are split into these */
	MIN_DIRECT = 64 << 10,
	READAHEAD = 128 << 10, /* readahead around a small piece */
	BLOCK = 4096,	       /* alignment of a large piece in the file */
	SECTOR = 512,	       /* and in memory */
	/* number of a system call that libc may not know; the same on all
	 * architectures except alpha */
	CACHESTAT = 451,
};

void rom_disk_reader_done(struct rom_disk_reader *r)
{
	if (r->map != MAP_FAILED)
		munmap(r->map, r->size);
	if (r->direct >= 0)
		close(r->direct);
	r->direct = -1;
	r->map = MAP_FAILED;
}

/* Without O_DIRECT, or with larger pages, everything is left to the kernel. */
void rom_disk_reader_init(
	struct rom_disk_reader *r, int fd, uint64_t size, const char *path)
{
	*r = (struct rom_disk_reader){
		.fd = fd, .size = size, .slice = UINT64_MAX
	};
	r->map = mmap(NULL, size, PROT_NONE, MAP_SHARED | MAP_NORESERVE, fd, 0);
	r->direct = open(
		path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | O_DIRECT);
	if (r->map == MAP_FAILED || r->direct < 0 || size > SIZE_MAX ||
		sysconf(_SC_PAGESIZE) != BLOCK ||
		posix_fadvise(fd, 0, 0, POSIX_FADV_RANDOM))
		rom_disk_reader_done(r);
}

/* How many pages of the range are cached. False where the kernel does not
 * report it: before Linux 6.5, and for files of other users. */
static bool query_cachestat(
	int fd, uint64_t offset, uint64_t len, uint64_t *ret)
{
	const struct {
		uint64_t offset, len;
	} range = { offset, len };
	struct {
		uint64_t cached, dirty, writing, evicted, recently_evicted;
	} counts;

	if (syscall(CACHESTAT, fd, &range, &counts, 0))
		return false;
	*ret = counts.cached;
	return true;
}

uint64_t rom_disk_in_memory(
	const struct rom_disk_reader *r, uint64_t offset, uint64_t len)
{
	uint64_t pages;

	/* mincore reports files of other users as fully cached, which is not
	 * good enough here */
	return query_cachestat(r->fd, offset, len, &pages)
		       ? pages * (uint64_t)sysconf(_SC_PAGESIZE)
		       : 0;
}

/* How many pages of the range are cached; all of them where the kernel does not
 * report it. */
static uint64_t pages_cached(
	const struct rom_disk_reader *r, uint64_t offset, size_t len)
{
	unsigned char page[PIECE / BLOCK];
	uint64_t n = 0;

	if (query_cachestat(r->fd, offset, len, &n))
		return n;
	if (mincore(r->map + offset, len, page))
		return len / BLOCK;
	for (size_t i = 0; i < len / BLOCK; i++)
		n += page[i] & 1;
	return n;
}

/* A few pages may be missing; the kernel then reads only those. */
static bool is_cached(
	const struct rom_disk_reader *r, uint64_t offset, size_t len)
{
	uint64_t pages = len / BLOCK;

	return pages - rom_min(pages, pages_cached(r, offset, len)) <=
	       pages / 8;
}

static ssize_t read_small(
	struct rom_disk_reader *r, void *buf, size_t len, uint64_t offset)
{
	uint64_t slice = offset / READAHEAD;

	if (r->direct >= 0 && __atomic_exchange_n(&r->slice, slice,
				      __ATOMIC_RELAXED) != slice)
		posix_fadvise(r->fd, (off_t)(slice * READAHEAD), READAHEAD,
			POSIX_FADV_WILLNEED);
	return pread(r->fd, buf, len, (off_t)offset);
}

ssize_t rom_disk_read(
	struct rom_disk_reader *r, void *buf, size_t len, uint64_t offset)
{
	size_t whole = rom_min(len, PIECE) / BLOCK * BLOCK;
	ssize_t n;

	if (len < MIN_DIRECT)
		return read_small(r, buf, len, offset);
	if (r->direct < 0 || offset % BLOCK || (uintptr_t)buf % SECTOR ||
		is_cached(r, offset, whole))
		return pread(r->fd, buf, len, (off_t)offset);
	n = pread(r->direct, buf, whole, (off_t)offset);
	if (n >= 0 || errno == EIO)
		return n;
	return pread(r->fd, buf, len, (off_t)offset);
}
