/* SPDX-License-Identifier: MIT */
/* pass.c - one reader, a ring of buffers, and the pass workers */
#include <pthread.h>
#include <stdlib.h>

#include "pass_priv.h"

enum {
	/* bytes of one read; small enough that some stay in the cache, large
	 * enough for a disk */
	BUF_LEN = 1 << 20,
	SLOTS = 8,
};

struct ring {
	pthread_mutex_t lock;
	pthread_cond_t filled, freed;
	uint8_t *buf; /* SLOTS * BUF_LEN */
	struct rom_block slot[SLOTS];
	uint64_t head; /* blocks filled so far */
	/* blocks that each worker has finished */
	uint64_t done[ROM_PASS_WORKERS];
	bool ended;		/* no more blocks will come */
	enum rom_status status; /* the first error */
	struct rom_err err;
};

struct worker {
	struct ring *ring;
	const struct rom_pass *pass;
	unsigned number;
	bool runs;
	bool threadless; /* no thread could be had: the reader feeds it */
	double busy;	 /* seconds */
	pthread_t thread;
};

/* ---- workers ------------------------------------------------------------- */

enum rom_status rom_sink_feed(struct rom_sink *sink,
	const struct rom_block *block, struct rom_err *err)
{
	struct rom_range common = rom_range_common(
		sink->range, (struct rom_range){ block->offset, block->len });
	struct rom_block part = *block;
	uint64_t skip = common.offset - block->offset;

	if (common.len == 0)
		return ROM_OK;
	part.offset = common.offset;
	part.len = common.len;
	if (part.data)
		part.data += skip;
	return sink->feed(sink, &part, err);
}

static enum rom_status feed_all(const struct worker *worker,
	const struct rom_block *block, struct rom_err *err)
{
	enum rom_status st = ROM_OK;

	for (size_t i = 0; i < worker->pass->n_sinks && !st; i++) {
		if (worker->pass->sinks[i]->worker == worker->number)
			st = rom_sink_feed(worker->pass->sinks[i], block, err);
	}
	return st;
}

/* The next block for this worker, or NULL when there will be no more. */
static const struct rom_block *next_block(struct ring *ring, unsigned worker)
{
	const struct rom_block *block = NULL;

	pthread_mutex_lock(&ring->lock);
	while (ring->done[worker] == ring->head && !ring->ended)
		pthread_cond_wait(&ring->filled, &ring->lock);
	if (ring->done[worker] < ring->head && !ring->status)
		block = &ring->slot[ring->done[worker] % SLOTS];
	pthread_mutex_unlock(&ring->lock);
	return block;
}

static void block_done(struct ring *ring, unsigned worker, enum rom_status st,
	const struct rom_err *err)
{
	pthread_mutex_lock(&ring->lock);
	ring->done[worker]++;
	if (st && !ring->status) {
		ring->status = st;
		ring->err = *err;
	}
	pthread_cond_signal(&ring->freed);
	pthread_mutex_unlock(&ring->lock);
}

/* False: there will be no more blocks. */
static bool feed_next(struct worker *worker)
{
	const struct rom_block *block =
		next_block(worker->ring, worker->number);
	struct rom_err err = { 0 };
	double begin = rom_now();
	enum rom_status st;

	if (!block)
		return false;
	st = feed_all(worker, block, &err);
	worker->busy += rom_now() - begin;
	block_done(worker->ring, worker->number, st, &err);
	return true;
}

static void *worker_main(void *arg)
{
	while (feed_next(arg))
		;
	return NULL;
}

/* ---- the reader ---------------------------------------------------------- */

static uint64_t slowest(const struct ring *ring, const struct worker *workers)
{
	uint64_t least = ring->head;

	for (unsigned i = 0; i < ROM_PASS_WORKERS; i++) {
		if (workers[i].runs)
			least = rom_min(least, ring->done[i]);
	}
	return least;
}

/* Waits until the slot of the next block is free. False when a worker has
 * failed. */
static bool wait_slot(struct ring *ring, const struct worker *workers)
{
	bool good;

	pthread_mutex_lock(&ring->lock);
	while (ring->head - slowest(ring, workers) >= SLOTS && !ring->status)
		pthread_cond_wait(&ring->freed, &ring->lock);
	good = !ring->status;
	pthread_mutex_unlock(&ring->lock);
	return good;
}

static void publish(struct ring *ring, struct worker *workers)
{
	pthread_mutex_lock(&ring->lock);
	ring->head++;
	pthread_cond_broadcast(&ring->filled);
	pthread_mutex_unlock(&ring->lock);
	for (unsigned i = 0; i < ROM_PASS_WORKERS; i++) {
		/* it has done all but this one, so it does not wait */
		if (workers[i].threadless)
			feed_next(&workers[i]);
	}
}

/* The next range in left that any sink wants; empty: none. */
static struct rom_range next_wanted(
	const struct rom_pass *pass, struct rom_range left)
{
	struct rom_range want = { UINT64_MAX, 0 };

	for (size_t i = 0; i < pass->n_sinks; i++) {
		struct rom_range common =
			rom_range_common(pass->sinks[i]->range, left);

		if (common.len && common.offset < want.offset)
			want = common;
		else if (common.len && common.offset == want.offset)
			want.len = rom_max(want.len, common.len);
	}
	return want;
}

static void report_progress(const struct rom_pass *pass, uint64_t offset)
{
	if (pass->progress && pass->progress->tick)
		pass->progress->tick(pass->progress,
			offset - pass->range.offset, pass->range.len,
			pass->what);
}

static enum rom_status read_all(struct rom_pass *pass, struct reader *r,
	struct ring *ring, struct worker *workers)
{
	struct rom_range left = next_wanted(pass, pass->range);

	while (left.len > 0) {
		size_t slot = ring->head % SLOTS;
		struct rom_block *block = &ring->slot[slot];
		uint64_t next;

		if (pass->progress && pass->progress->stop)
			return ROM_E_STOPPED;
		if (!wait_slot(ring, workers))
			return ROM_OK; /* the ring has the worker's error */
		rom_reader_next(r, ring->buf + slot * BUF_LEN, left, block);
		next = block->offset + block->len;
		publish(ring, workers);
		report_progress(pass, next);
		left = next_wanted(
			pass, (struct rom_range){ next,
				      rom_range_end(pass->range) - next });
	}
	report_progress(pass, rom_range_end(pass->range));
	return ROM_OK;
}

static void start_workers(
	const struct rom_pass *pass, struct ring *ring, struct worker *workers)
{
	for (unsigned i = 0; i < ROM_PASS_WORKERS; i++) {
		workers[i] = (struct worker){
			.ring = ring, .pass = pass, .number = i
		};
		for (size_t s = 0; s < pass->n_sinks; s++)
			workers[i].runs =
				workers[i].runs || pass->sinks[s]->worker == i;
		workers[i].threadless = workers[i].runs &&
					pthread_create(&workers[i].thread, NULL,
						worker_main, &workers[i]);
	}
}

static void join_workers(
	struct ring *ring, struct worker *workers, enum rom_status st)
{
	pthread_mutex_lock(&ring->lock);
	ring->ended = true;
	if (st && !ring->status) {
		ring->status = st;
		rom_fail(&ring->err, st, ROM_NO_OFFSET, "stopped");
	}
	pthread_cond_broadcast(&ring->filled);
	pthread_mutex_unlock(&ring->lock);
	for (unsigned i = 0; i < ROM_PASS_WORKERS; i++) {
		if (workers[i].runs && !workers[i].threadless)
			pthread_join(workers[i].thread, NULL);
	}
}

static enum rom_status run_ring(struct rom_pass *pass, struct rom_err *err)
{
	struct ring ring = {
		.lock = PTHREAD_MUTEX_INITIALIZER,
		.filled = PTHREAD_COND_INITIALIZER,
		.freed = PTHREAD_COND_INITIALIZER,
	};
	struct reader reader = { .img = pass->img,
		.piece = BUF_LEN,
		.bad = pass->bad,
		.bad_ctx = pass->bad_ctx };
	struct worker workers[ROM_PASS_WORKERS];
	enum rom_status st;

	ring.buf = rom_alloc_pages((size_t)SLOTS * BUF_LEN);
	start_workers(pass, &ring, workers);
	st = read_all(pass, &reader, &ring, workers);
	join_workers(&ring, workers, st);
	rom_reader_done(&reader, pass);
	for (unsigned i = 0; i < ROM_PASS_WORKERS; i++)
		pass->busy[i] = workers[i].busy;
	free(ring.buf);
	if (ring.status && err)
		*err = ring.err;
	return ring.status;
}

enum rom_status rom_pass_run(struct rom_pass *pass, struct rom_err *err)
{
	return rom_pass_may_spread(pass) ? rom_pass_spread(pass, err)
					 : run_ring(pass, err);
}
