/* SPDX-License-Identifier: MIT */
/*
 * behind.c - what was written goes to the disk at once, and leaves the page cache when it is there
 *
 * Left alone, the kernel keeps gigabytes of output in memory that nobody reads again: they push out the dump, fresh pages cost
 * more than those just given back (much more on a virtual machine), and the user waits for all of it at the end.
 * sync_file_range is Linux's own: this is the file to replace elsewhere.
 */
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "romsplit/emit.h"

enum {
	STEP = 8 << 20,	   /* of a large file: goes out in such pieces */
	SMALL = 256 << 10, /* files below it are left to the kernel, which writes many at once */
	WINDOW =
		128
		<< 20, /* may be on its way to the disk before the oldest of it is asked to leave */
	SLOTS = 128,   /* pieces in the window: each holds a descriptor */
};

struct piece {
	int fd;
	uint64_t at, len;
};

struct rom_behind {
	pthread_mutex_t lock;
	struct piece piece[SLOTS];
	size_t head, n;
	uint64_t bytes;
};

struct rom_behind *rom_behind_new(void)
{
	struct rom_behind *b = rom_alloc(sizeof(*b));

	pthread_mutex_init(&b->lock, NULL);
	return b;
}

/* What is not on the disk yet stays: the call leaves dirty pages alone. */
static void let_go(struct piece *p)
{
	posix_fadvise(p->fd, (off_t)p->at, (off_t)p->len, POSIX_FADV_DONTNEED);
	close(p->fd);
}

static void drop_oldest(struct rom_behind *b)
{
	struct piece *p = &b->piece[(b->head - b->n) % SLOTS];

	b->bytes -= p->len;
	b->n--;
	let_go(p);
}

void rom_behind_free(struct rom_behind *b)
{
	while (b && b->n)
		drop_oldest(b);
	if (b)
		pthread_mutex_destroy(&b->lock);
	free(b);
}

static void send(struct rom_behind *b, int fd, uint64_t at, uint64_t len)
{
	struct piece piece = { dup(fd), at, len };

	if (piece.fd < 0 || sync_file_range(fd, (off_t)at, (off_t)len, SYNC_FILE_RANGE_WRITE)) {
		if (piece.fd >= 0)
			close(piece.fd);
		return;
	}
	pthread_mutex_lock(&b->lock);
	while (b->n == SLOTS || (b->n && b->bytes > WINDOW))
		drop_oldest(b);
	b->piece[b->head++ % SLOTS] = piece;
	b->n++;
	b->bytes += len;
	pthread_mutex_unlock(&b->lock);
}

void rom_behind_written(struct rom_behind *b, int fd, uint64_t *sent, uint64_t to)
{
	if (to < *sent + STEP)
		return;
	send(b, fd, *sent, to - *sent);
	*sent = to;
}

void rom_behind_ended(struct rom_behind *b, int fd, uint64_t sent, uint64_t size)
{
	if (size > sent && size >= SMALL)
		send(b, fd, sent, size - sent);
}
