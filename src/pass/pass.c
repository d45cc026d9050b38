/* SPDX-License-Identifier: MIT */
/* pass.c - the reader, the ring of buffers, and the lanes */
#include <pthread.h>
#include <stdlib.h>

#include "romsplit/pass.h"

enum {
	BUF_LEN =
		1
		<< 20, /* one read; small enough that some stay in the cache, large enough for a disk */
	SLOTS = 8,
	RETRY_LEN = 4096,      /* after a read error: how much is read, or given up, at once */
	MAX_VIRTUAL = 1 << 30, /* holes are handed on in pieces, so that a stop is seen */
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

/* ---- lanes ----------------------------------------------------------------------------------- */

static enum rom_status feed(
	struct rom_sink *sink, const struct rom_block *block, struct rom_err *err)
{
	struct rom_range common =
		rom_range_common(sink->range, (struct rom_range){ block->at, block->len });
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

static enum rom_status feed_all(
	const struct lane *lane, const struct rom_block *block, struct rom_err *err)
{
	enum rom_status st = ROM_OK;

	for (size_t i = 0; i < lane->pass->n_sinks && !st; i++) {
		if (lane->pass->sinks[i]->lane == lane->number)
			st = feed(lane->pass->sinks[i], block, err);
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

static void block_done(
	struct ring *ring, unsigned lane, enum rom_status st, const struct rom_err *err)
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

/* ---- the reader ------------------------------------------------------------------------------- */

static uint64_t slowest(const struct ring *ring, const struct lane *lanes)
{
	uint64_t least = ring->head;

	for (unsigned i = 0; i < ROM_PASS_LANES; i++) {
		if (lanes[i].runs)
			least = rom_min(least, ring->done[i]);
	}
	return least;
}

/* Waits until the slot of the next block is free. False when a lane has failed. */
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

static void give_up(struct rom_pass *pass, struct rom_block *block, const struct rom_err *err)
{
	*block = (struct rom_block){ .kind = ROM_BLOCK_LOST, .at = block->at, .len = block->len };
	if (pass->bad)
		pass->bad(pass->bad_ctx, (struct rom_range){ block->at, block->len }, err);
}

/* Reads what the block stands for. After an error it is read again in small pieces, of which this is the first; as long
 * as *careful is ahead. */
static void read_block(
	struct rom_pass *pass, uint8_t *buf, struct rom_block *block, uint64_t *careful)
{
	struct rom_err err;

	if (block->at < *careful)
		block->len = rom_min(block->len, RETRY_LEN - block->at % RETRY_LEN);
	block->data = buf;
	pass->bytes_read += block->len;
	if (!rom_read(pass->img, buf, (size_t)block->len, block->at, &err))
		return;
	if (block->at < *careful || block->len <= RETRY_LEN) {
		give_up(pass, block, &err);
		return;
	}
	*careful = block->at + block->len;
	read_block(pass, buf, block, careful);
}

/* Fills the block from the start of left; its length is at least 1. */
static void fill_block(struct rom_pass *pass, uint8_t *buf, struct rom_range left,
	struct rom_block *block, uint64_t *careful)
{
	struct rom_span span;

	rom_image_map(pass->img, left.at, rom_min(left.len, MAX_VIRTUAL), &span);
	*block = (struct rom_block){ .kind = ROM_BLOCK_DATA, .at = left.at, .len = span.len };
	if (span.kind == ROM_SPAN_HOLE || span.kind == ROM_SPAN_ABSENT) {
		block->kind = span.kind == ROM_SPAN_HOLE ? ROM_BLOCK_HOLE : ROM_BLOCK_LOST;
		pass->bytes_skipped += span.kind == ROM_SPAN_HOLE ? span.len : 0;
		return;
	}
	/* end on a multiple of the buffer: reads stay aligned whatever the holes before */
	block->len = rom_min(span.len, BUF_LEN - left.at % BUF_LEN);
	read_block(pass, buf, block, careful);
}

static enum rom_status read_all(struct rom_pass *pass, struct ring *ring, const struct lane *lanes)
{
	struct rom_range left = pass->range;
	uint64_t careful = 0; /* up to here a read failed: small pieces */

	while (left.len > 0) {
		size_t slot = ring->head % SLOTS;
		struct rom_block *block = &ring->slot[slot];
		double begin;

		if (pass->progress && pass->progress->stop)
			return ROM_E_STOPPED;
		if (!wait_slot(ring, lanes))
			return ROM_OK; /* the lane's error is in the ring */
		begin = rom_now();
		fill_block(pass, ring->buf + slot * BUF_LEN, left, block, &careful);
		pass->reading += rom_now() - begin;
		left.at += block->len;
		left.len -= block->len;
		publish(ring);
		if (pass->progress && pass->progress->tick)
			pass->progress->tick(pass->progress, pass->range.len - left.len,
				pass->range.len, pass->what);
	}
	return ROM_OK;
}

static void start_lanes(const struct rom_pass *pass, struct ring *ring, struct lane *lanes)
{
	for (unsigned i = 0; i < ROM_PASS_LANES; i++) {
		lanes[i] = (struct lane){ .ring = ring, .pass = pass, .number = i };
		for (size_t s = 0; s < pass->n_sinks; s++)
			lanes[i].runs = lanes[i].runs || pass->sinks[s]->lane == i;
		if (lanes[i].runs && pthread_create(&lanes[i].thread, NULL, lane_main, &lanes[i]))
			abort(); /* no thread to be had: as with memory */
	}
}

static void join_lanes(struct ring *ring, struct lane *lanes, enum rom_status st)
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

enum rom_status rom_pass_run(struct rom_pass *pass, struct rom_err *err)
{
	struct ring ring = {
		.lock = PTHREAD_MUTEX_INITIALIZER,
		.filled = PTHREAD_COND_INITIALIZER,
		.freed = PTHREAD_COND_INITIALIZER,
	};
	struct lane lanes[ROM_PASS_LANES];
	enum rom_status st;

	ring.buf = rom_alloc_pages((size_t)SLOTS * BUF_LEN);
	start_lanes(pass, &ring, lanes);
	st = read_all(pass, &ring, lanes);
	join_lanes(&ring, lanes, st);
	for (unsigned i = 0; i < ROM_PASS_LANES; i++)
		pass->busy[i] = lanes[i].busy;
	free(ring.buf);
	if (ring.status && err)
		*err = ring.err;
	return ring.status;
}
