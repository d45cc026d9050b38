/* SPDX-License-Identifier: MIT */
/*
 * direct.c - two paths for a large write: past the page cache (O_DIRECT), or
 * into it
 *
 * Output that must be on the disk at the end bypasses the cache: in the cache
 * it would cost a copy and fresh pages, evict the dump, and have to be waited
 * for at the end all the same. A disk that has to seek is better served by the
 * kernel, which merges and sorts writes: the speed of the disk is measured, and
 * a slow one is left to the kernel.
 *
 * Other output (--no-sync) takes the path that is faster at the moment. Usually
 * that is the cache, as long as the kernel has not started writeback. But on a
 * virtual machine whose host provides memory page by page a fresh page can cost
 * more than the disk, and where many threads wait for the disk, one more has to
 * wait for all of them. So both paths are measured.
 */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include "romsplit/output.h"

enum {
	LEAST = 64 << 10, /* a shorter write is left to the kernel */
	/* bytes that are enough to measure a path; a path that was not used for
	   so many is tried again */
	WINDOW = 64 << 20,
	/* at most so much goes into the cache at once: for more the kernel
	   allocates large folios, which are fresh memory more often */
	SMALL = 128 << 10,
	/* bytes per second: a slower disk is left to the kernel */
	SLOW = 200 * 1000000,
	/* bytes per second assumed of a disk that was not measured yet */
	FAIR = 1000 * 1000000,
	/* 1/SHARE of the memory may be filled: from 15 % of what is free on the
	   kernel throttles writers */
	SHARE = 8,
};
/* Copying into the cache takes processor time, which a thread that waits for
 * the disk leaves to others. The price of a second of it, in seconds of the
 * disk. */
static const double price = 1.5, price_with_digests = 6;

/* What was written recently, and how long that took. */
struct pace {
	uint64_t bytes;
	double seconds;
};
static const struct pace assumed_pace = { LEAST, (double)LEAST / FAIR };

struct rom_direct {
	pthread_mutex_t lock;
	double price; /* of a second of the processor, see above */
	/* O_DIRECT is not supported, or the disk is slow: everything goes
	 * through the page cache */
	bool off;
	unsigned writing; /* threads that wait for the disk */
	double since;	  /* when the first of them began */
	/* of all threads together: the speed of the disk, not what one thread
	 * gets of it */
	struct pace disk;
	uint64_t measured; /* bytes in disk, without the assumed ones */
	/* in processor time: waiting to be scheduled does not make the cache
	 * slow */
	struct pace cache;
	uint64_t cache_left; /* bytes that may still go into the cache */
	/* bytes written to the disk since the cache was last used */
	uint64_t passed;
	/* bytes written to the cache since the disk was last reset */
	uint64_t kept;
};

struct rom_direct *rom_direct_new(struct rom_out_options options)
{
	struct rom_direct *d = rom_alloc(sizeof(*d));

	pthread_mutex_init(&d->lock, NULL);
	d->price = options.checksums ? price_with_digests : price;
	if (!options.sync)
		d->cache_left = rom_machine_memory() / SHARE;
	d->disk = assumed_pace;
	d->passed = WINDOW;
	return d;
}

void rom_direct_free(struct rom_direct *d)
{
	if (d)
		pthread_mutex_destroy(&d->lock);
	free(d);
}

/* ---- choosing a path ----------------------------------------------------- */

/* BY_KERNEL: through the cache, not measured. */
enum way { BY_KERNEL, BY_CACHE, BY_DISK };

static double seconds_a_byte(const struct pace *p)
{
	return p->seconds / (double)p->bytes;
}

static void add_sample(struct pace *p, size_t bytes, double seconds)
{
	p->bytes += bytes;
	p->seconds += seconds;
	/* halves the weight of what lies further back */
	if (p->bytes > WINDOW) {
		p->bytes /= 2;
		p->seconds /= 2;
	}
}

static bool is_cache_faster(const struct rom_direct *d)
{
	if (d->passed >= WINDOW || !d->cache.bytes)
		return true; /* measure it again */
	return d->price * seconds_a_byte(&d->cache) <
	       (d->writing + 1) * seconds_a_byte(&d->disk);
}

static enum way begin(struct rom_direct *d, size_t len)
{
	enum way way = BY_DISK;

	pthread_mutex_lock(&d->lock);
	if (d->off) {
		way = BY_KERNEL;
	} else if (d->cache_left >= len && is_cache_faster(d)) {
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
	add_sample(&d->cache, bytes, seconds);
	d->cache_left -= rom_min(d->cache_left, bytes);
	d->kept += bytes;
	/* other programs may have slowed the disk down: measure it anew */
	if (d->kept >= WINDOW) {
		d->kept = 0;
		d->disk = assumed_pace;
		d->measured = 0;
	}
	pthread_mutex_unlock(&d->lock);
}

static void end_disk(struct rom_direct *d, size_t bytes, bool refused)
{
	double now = rom_now();

	pthread_mutex_lock(&d->lock);
	add_sample(&d->disk, bytes, now - d->since);
	d->since = now;
	d->writing--;
	d->passed += bytes;
	d->measured += bytes;
	d->off = d->off || refused ||
		 (d->measured >= WINDOW &&
			 seconds_a_byte(&d->disk) > 1.0 / SLOW);
	pthread_mutex_unlock(&d->lock);
}

/* ---- writing ------------------------------------------------------------- */

static int64_t write_to_cache(struct rom_direct *d, struct rom_out_file *file,
	const uint8_t *buf, size_t len, uint64_t off)
{
	double before = rom_thread_time();
	int64_t n = rom_out_file_write(file, buf, len, off);

	end_cache(d, n > 0 ? (size_t)n : 0, rom_thread_time() - before);
	return n;
}

static bool is_eligible(const uint8_t *buf, size_t len, uint64_t off)
{
	return len >= LEAST && off % ROM_DIRECT_BLOCK == 0 &&
	       (uintptr_t)buf % ROM_DIRECT_SECTOR == 0;
}

int64_t rom_direct_write(struct rom_direct *d, struct rom_out_file *file,
	const uint8_t *buf, size_t len, uint64_t off)
{
	enum way way =
		d && is_eligible(buf, len, off) ? begin(d, len) : BY_KERNEL;
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
