/* SPDX-License-Identifier: MIT */
/*
 * direct.c - large writes go past the page cache, from our buffer to the disk
 *
 * Nobody reads the output again soon. Kept by the kernel it costs a copy and fresh pages (very dear on a virtual machine whose
 * host gives them out one by one), pushes the dump out of the cache, and is waited for at the end all the same. A disk that
 * has to seek is better served by the kernel, which gathers: how fast the disk is is measured, and a slow one is left alone.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "romsplit/emit.h"

enum {
	LEAST = 64 << 10,    /* a shorter write is left to the kernel */
	BLOCK = 4096,	     /* where it begins and ends in the file */
	SECTOR = 512,	     /* and in memory */
	WINDOW = 64 << 20,   /* bytes after which the rate is looked at */
	SLOW = 200 * 1000000 /* bytes a second below which the kernel writes */
};

struct rom_direct {
	pthread_mutex_t lock;
	unsigned writing; /* threads that wait for the disk */
	double since;	  /* when the first of them began */
	double busy;	  /* seconds before that in which one waited */
	uint64_t bytes;	  /* written in this time */
	bool off;
};

struct rom_direct *rom_direct_new(void)
{
	struct rom_direct *d = rom_alloc(sizeof(*d));

	pthread_mutex_init(&d->lock, NULL);
	return d;
}

void rom_direct_free(struct rom_direct *d)
{
	if (d)
		pthread_mutex_destroy(&d->lock);
	free(d);
}

static bool begin(struct rom_direct *d)
{
	bool on;

	pthread_mutex_lock(&d->lock);
	on = !d->off;
	if (on && d->writing++ == 0)
		d->since = rom_now();
	pthread_mutex_unlock(&d->lock);
	return on;
}

/* What the threads wait for together counts once: the rate is the disk's, not that of a thread. */
static void judge(struct rom_direct *d, double now)
{
	if (d->bytes < WINDOW)
		return;
	d->off = (double)d->bytes < d->busy * SLOW;
	d->bytes = 0;
	d->busy = 0;
	d->since = now;
}

static void end(struct rom_direct *d, size_t bytes, bool refused)
{
	double now = rom_now();

	pthread_mutex_lock(&d->lock);
	d->busy += now - d->since;
	d->since = now;
	d->bytes += bytes;
	d->writing--;
	judge(d, now);
	d->off = d->off || refused;
	pthread_mutex_unlock(&d->lock);
}

static ssize_t write_past_cache(int fd, const uint8_t *buf, size_t len, uint64_t off)
{
	ssize_t n;
	int why;

	if (fcntl(fd, F_SETFL, O_DIRECT))
		return -1;
	n = pwrite(fd, buf, len, (off_t)off);
	why = errno;
	fcntl(fd, F_SETFL, 0);
	errno = why;
	return n;
}

static bool suits(const uint8_t *buf, size_t len, uint64_t off)
{
	return len >= LEAST && off % BLOCK == 0 && (uintptr_t)buf % SECTOR == 0;
}

ssize_t rom_direct_write(struct rom_direct *d, int fd, const uint8_t *buf, size_t len, uint64_t off)
{
	bool refused;
	ssize_t n;

	if (!d || !suits(buf, len, off) || !begin(d))
		return 0;
	n = write_past_cache(fd, buf, len / BLOCK * BLOCK, off);
	refused = n < 0 && (errno == EINVAL || errno == EOPNOTSUPP);
	end(d, n > 0 ? (size_t)n : 0, refused);
	return refused || (n < 0 && errno == EINTR) ? 0 : n;
}
