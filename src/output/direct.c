/* SPDX-License-Identifier: MIT */
/*
 * direct.c - two ways to write a large piece: past the page cache (O_DIRECT),
 * or into it
 *
 * Output that must be on the disk at the end goes there at once: kept by the
 * kernel it would cost a copy and fresh pages, push the dump out of the cache,
 * and be waited for at the end all the same. A disk that has to seek is better
 * served by the kernel, which gathers: how fast the disk is is measured, and a
 * slow one is left alone.
 *
 * Output that need not be (--no-sync) takes the way that is quicker at the
 * moment. The cache is, most of the time, as long as the kernel has not begun
 * to write by itself. But on a virtual machine whose host gives memory out page
 * by page a fresh page can cost more than the disk; and where many threads wait
 * for the disk, one more waits for all of them. So both are measured.
 */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include "romsplit/output.h"

enum {
	LEAST = 64 << 10, /* a shorter write is left to the kernel */
	/* so many bytes tell how fast a way is; a way not used for so many is
	   tried again */
	WINDOW = 64 << 20,
	/* into the cache: for more the kernel looks for memory in one piece,
	   which is fresh more often */
	SMALL = 128 << 10,
	/* bytes a second: a disk below that is left to the kernel */
	SLOW = 200 * 1000000,
	/* what a disk is taken to do until it has shown it */
	FAIR = 1000 * 1000000,
	/* of the memory may be filled: at 15 % of what is free the kernel makes
	   writers wait */
	SHARE = 8,
};
/* Copying into the cache takes a processor, which a thread that waits for the
 * disk leaves to others. What a second of it is worth, in seconds of the
 * disk. */
static const double price = 1.5, price_with_sums = 6;

/* What was written of late, and how long that took. */
struct pace {
	uint64_t bytes;
	double seconds;
};
static const struct pace not_yet_seen = { LEAST, (double)LEAST / FAIR };

struct rom_direct {
	pthread_mutex_t lock;
	double price; /* of a second of the processor, as below */
	/* the filesystem cannot, or the disk is slow: the kernel does as it
	 * likes */
	bool off;
	unsigned writing; /* threads that wait for the disk */
	double since;	  /* when the first of them began */
	/* all threads together: the disk's, not that of one of them */
	struct pace disk;
	uint64_t measured; /* of the disk, since it was not_yet_seen */
	/* in processor time: a thread that waits for its turn is no slow
	 * cache */
	struct pace cache;
	uint64_t room;	 /* bytes that the cache may still take */
	uint64_t passed; /* bytes to the disk since the cache was last used */
	uint64_t kept;	 /* and to the cache, of late */
};

struct rom_direct *rom_direct_new(struct rom_out_options options)
{
	struct rom_direct *d = rom_alloc(sizeof(*d));

	pthread_mutex_init(&d->lock, NULL);
	d->price = options.checksums ? price_with_sums : price;
	if (!options.sync)
		d->room = rom_machine_memory() / SHARE;
	d->disk = not_yet_seen;
	d->passed = WINDOW;
	return d;
}

void rom_direct_free(struct rom_direct *d)
{
	if (d)
		pthread_mutex_destroy(&d->lock);
	free(d);
}

/* ---- which way ----------------------------------------------------------- */

enum way { BY_KERNEL, BY_CACHE, BY_DISK };

static double seconds_a_byte(const struct pace *p)
{
	return p->seconds / (double)p->bytes;
}

static void add(struct pace *p, size_t bytes, double seconds)
{
	p->bytes += bytes;
	p->seconds += seconds;
	if (p->bytes > WINDOW) {
		p->bytes /= 2;
		p->seconds /= 2;
	}
}

static bool is_cache_quicker(const struct rom_direct *d)
{
	if (d->passed >= WINDOW || !d->cache.bytes)
		return true; /* to see whether it is */
	return d->price * seconds_a_byte(&d->cache) <
	       (d->writing + 1) * seconds_a_byte(&d->disk);
}

static enum way begin(struct rom_direct *d, size_t len)
{
	enum way way = BY_DISK;

	pthread_mutex_lock(&d->lock);
	if (d->off) {
		way = BY_KERNEL;
	} else if (d->room >= len && is_cache_quicker(d)) {
		d->passed = 0;
		way = BY_CACHE;
	} else if (d->writing++ == 0) {
		d->since = rom_now();
	}
	pthread_mutex_unlock(&d->lock);
	return way;
}

static void end_cache(struct rom_direct *d, size_t bytes, double seconds)
{
	pthread_mutex_lock(&d->lock);
	add(&d->cache, bytes, seconds);
	d->room -= rom_min(d->room, bytes);
	d->kept += bytes;
	/* a disk that others kept waiting may be quick by now */
	if (d->kept >= WINDOW) {
		d->kept = 0;
		d->disk = not_yet_seen;
		d->measured = 0;
	}
	pthread_mutex_unlock(&d->lock);
}

static void end_disk(struct rom_direct *d, size_t bytes, bool refused)
{
	double now = rom_now();

	pthread_mutex_lock(&d->lock);
	add(&d->disk, bytes, now - d->since);
	d->since = now;
	d->writing--;
	d->passed += bytes;
	d->measured += bytes;
	d->off = d->off || refused ||
		 (d->measured >= WINDOW &&
			 seconds_a_byte(&d->disk) > 1.0 / SLOW);
	pthread_mutex_unlock(&d->lock);
}

/* ---- the two ways -------------------------------------------------------- */

static int64_t write_to_cache(struct rom_direct *d, struct rom_out_file *file,
	const uint8_t *buf, size_t len, uint64_t off)
{
	double before = rom_thread_time();
	int64_t n = rom_out_file_write(file, buf, len, off);

	end_cache(d, n > 0 ? (size_t)n : 0, rom_thread_time() - before);
	return n;
}

static bool suits(const uint8_t *buf, size_t len, uint64_t off)
{
	return len >= LEAST && off % ROM_DIRECT_BLOCK == 0 &&
	       (uintptr_t)buf % ROM_DIRECT_SECTOR == 0;
}

int64_t rom_direct_write(struct rom_direct *d, struct rom_out_file *file,
	const uint8_t *buf, size_t len, uint64_t off)
{
	enum way way = d && suits(buf, len, off) ? begin(d, len) : BY_KERNEL;
	size_t whole = len / ROM_DIRECT_BLOCK * ROM_DIRECT_BLOCK;
	bool refused;
	int64_t n;

	if (way == BY_KERNEL)
		return rom_out_file_write(file, buf, len, off);
	if (way == BY_CACHE)
		return write_to_cache(d, file, buf, rom_min(len, SMALL), off);
	n = rom_out_file_write_direct(file, buf, whole, off);
	refused = n < 0 && (errno == EINVAL || errno == EOPNOTSUPP);
	end_disk(d, n > 0 ? (size_t)n : 0, refused);
	return refused ? rom_out_file_write(file, buf, len, off) : n;
}
