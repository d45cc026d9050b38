/* SPDX-License-Identifier: MIT */
/* pass.c - one reader, a ring of buffers, and the lanes */
#include <pthread.h>
#include <stdlib.h>

#include "pass_priv.h"

enum {
	/* one read; small enough that some stay in the cache, large enough for
	   a disk */
	BUF_LEN = 1 << 20,
	SLOTS = 8,
};

struct ring {
	pthread_mutex_t lock;
	pthread_cond_t filled, freed;
	uint8_t *buf; /* SLOTS * BUF_LEN */
	struct rom_block slot[SLOTS];
	uint64_t head;		       /* blocks filled so far */
	uint64_t done[ROM_PASS_LANES]; /* blocks each lane is through with */
	bool ended;		       /* no more blocks will come */
	enum rom_status status;	       /* the first error */
	struct rom_err err;
};

struct lane {
	struct ring *ring;
	const struct rom_pass *pass;
	unsigned number;
	bool runs;
	double busy; /* seconds */
	pthread_t thread;
};

/* ---- lanes --------------------------------------------------------------- */

enum rom_status rom_sink_feed(struct rom_sink *sink,
	const struct rom_block *block, struct rom_err *err)
{
	struct rom_range common = rom_range_common(
		sink->range, (struct rom_range){ block->at, block->len });
	struct rom_block piece = *block;
	uint64_t skip = common.at - block->at;

	if (common.len == 0)
		return ROM_OK;
	piece.at = common.at;
	piece.len = common.len;
	if (piece.data)
		piece.data += skip;
	return sink->feed(sink, &piece, err);
}

static enum rom_status feed_all(const struct lane *lane,
	const struct rom_block *block, struct rom_err *err)
{
	enum rom_status st = ROM_OK;

	for (size_t i = 0; i < lane->pass->n_sinks && !st; i++) {
		if (lane->pass->sinks[i]->lane == lane->number)
			st = rom_sink_feed(lane->pass->sinks[i], block, err);
	}
	return st;
}

/* The next block for this lane, or NULL when there will be none. */
static const struct rom_block *next_block(struct ring *ring, unsigned lane)
{
	const struct rom_block *block = NULL;

	pthread_mutex_lock(&ring->lock);
	while (ring->done[lane] == ring->head && !ring->ended)
		pthread_cond_wait(&ring->filled, &ring->lock);
	if (ring->done[lane] < ring->head && !ring->status)
		block = &ring->slot[ring->done[lane] % SLOTS];
	pthread_mutex_unlock(&ring->lock);
	return block;
}

static void block_done(struct ring *ring, unsigned lane, enum rom_status st,
	const struct rom_err *err)
{
	pthread_mutex_lock(&ring->lock);
	ring->done[lane]++;
	if (st && !ring->status) {
		ring->status = st;
		ring->err = *err;
	}
	pthread_cond_signal(&ring->freed);
	pthread_mutex_unlock(&ring->lock);
}

static void *lane_main(void *arg)
{
	struct lane *lane = arg;
	const struct rom_block *block;
	struct rom_err err = { 0 };

	while ((block = next_block(lane->ring, lane->number))) {
		double begin = rom_now();
		enum rom_status st = feed_all(lane, block, &err);

		lane->busy += rom_now() - begin;
		block_done(lane->ring, lane->number, st, &err);
	}
	return NULL;
}

/* ---- the reader ---------------------------------------------------------- */

static uint64_t slowest(const struct ring *ring, const struct lane *lanes)
{
	uint64_t least = ring->head;

	for (unsigned i = 0; i < ROM_PASS_LANES; i++) {
		if (lanes[i].runs)
			least = rom_min(least, ring->done[i]);
	}
	return least;
}

/* Waits until the slot of the next block is free. False when a lane has
 * failed. */
static bool wait_slot(struct ring *ring, const struct lane *lanes)
{
	bool good;

	pthread_mutex_lock(&ring->lock);
	while (ring->head - slowest(ring, lanes) >= SLOTS && !ring->status)
		pthread_cond_wait(&ring->freed, &ring->lock);
	good = !ring->status;
	pthread_mutex_unlock(&ring->lock);
	return good;
}

static void publish(struct ring *ring)
{
	pthread_mutex_lock(&ring->lock);
	ring->head++;
	pthread_cond_broadcast(&ring->filled);
	pthread_mutex_unlock(&ring->lock);
}

/* What sinks want next of left; empty: nothing more. */
static struct rom_range wanted(
	const struct rom_pass *pass, struct rom_range left)
{
	struct rom_range want = { UINT64_MAX, 0 };

	for (size_t i = 0; i < pass->n_sinks; i++) {
		struct rom_range common =
			rom_range_common(pass->sinks[i]->range, left);

		if (common.len && common.at < want.at)
			want = common;
		else if (common.len && common.at == want.at)
			want.len = rom_max(want.len, common.len);
	}
	return want;
}

static void tick(const struct rom_pass *pass, uint64_t at)
{
	if (pass->progress && pass->progress->tick)
		pass->progress->tick(pass->progress, at - pass->range.at,
			pass->range.len, pass->what);
}

static enum rom_status read_all(struct rom_pass *pass, struct reader *r,
	struct ring *ring, const struct lane *lanes)
{
	struct rom_range left = wanted(pass, pass->range);

	while (left.len > 0) {
		size_t slot = ring->head % SLOTS;
		struct rom_block *block = &ring->slot[slot];
		uint64_t next;

		if (pass->progress && pass->progress->stop)
			return ROM_E_STOPPED;
		if (!wait_slot(ring, lanes))
			return ROM_OK; /* the lane's error is in the ring */
		rom_reader_next(r, ring->buf + slot * BUF_LEN, left, block);
		next = block->at + block->len;
		publish(ring);
		tick(pass, next);
		left = wanted(
			pass, (struct rom_range){ next,
				      rom_range_end(pass->range) - next });
	}
	tick(pass, rom_range_end(pass->range));
	return ROM_OK;
}

static void start_lanes(
	const struct rom_pass *pass, struct ring *ring, struct lane *lanes)
{
	for (unsigned i = 0; i < ROM_PASS_LANES; i++) {
		lanes[i] = (struct lane){
			.ring = ring, .pass = pass, .number = i
		};
		for (size_t s = 0; s < pass->n_sinks; s++)
			lanes[i].runs =
				lanes[i].runs || pass->sinks[s]->lane == i;
		if (lanes[i].runs && pthread_create(&lanes[i].thread, NULL,
					     lane_main, &lanes[i]))
			abort(); /* no thread to be had: as with memory */
	}
}

static void join_lanes(
	struct ring *ring, struct lane *lanes, enum rom_status st)
{
	pthread_mutex_lock(&ring->lock);
	ring->ended = true;
	if (st && !ring->status) {
		ring->status = st;
		rom_fail(&ring->err, st, ROM_NOWHERE, "stopped");
	}
	pthread_cond_broadcast(&ring->filled);
	pthread_mutex_unlock(&ring->lock);
	for (unsigned i = 0; i < ROM_PASS_LANES; i++) {
		if (lanes[i].runs)
			pthread_join(lanes[i].thread, NULL);
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
	struct lane lanes[ROM_PASS_LANES];
	enum rom_status st;

	ring.buf = rom_alloc_pages((size_t)SLOTS * BUF_LEN);
	start_lanes(pass, &ring, lanes);
	st = read_all(pass, &reader, &ring, lanes);
	join_lanes(&ring, lanes, st);
	rom_reader_done(&reader, pass);
	for (unsigned i = 0; i < ROM_PASS_LANES; i++)
		pass->busy[i] = lanes[i].busy;
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
