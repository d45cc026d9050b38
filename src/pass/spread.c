/* SPDX-License-Identifier: MIT */
/*
 * spread.c - a pass with several readers at once
 *
 * When the image is already in memory and the order does not matter, one reader
 * and one writer leave the processors idle in turns: for zeros there is nothing
 * to write. Here each thread reads a piece, which stays in its own cache, and
 * feeds it to the sink itself. A disk would have to seek between the readers,
 * so what is not in memory goes through the ring.
 */
#include <pthread.h>
#include <stdlib.h>

#include "pass_priv.h"
#include "romsplit/os.h"

enum {
	PIECE = 256 << 10, /* one read */
	CHUNK = 16 << 20,  /* bytes that a thread takes at a time, */
	/* or more: at most this many for one sink, since a hole may be of any
	 * size */
	MAX_CHUNKS = 4096,
	MAX_THREADS = 4, /* memory bandwidth allows no more */
};

struct chunk {
	struct rom_sink *sink;
	struct rom_range range;
};

struct spread {
	struct rom_pass *pass;
	/* the range of each sink that no thread has taken yet */
	struct rom_range *left;
	pthread_mutex_t lock; /* protects everything that changes here */
	/* for bad ranges: only one chunk at a time reports them, so that its
	 * ranges come in order */
	pthread_mutex_t log_lock;
	uint64_t done;		/* bytes */
	enum rom_status status; /* the first error */
	struct rom_err err;
};

struct worker {
	struct spread *spread;
	unsigned number;
	struct chunk chunk;
	bool reports; /* holds log_lock */
	struct reader reader;
	double busy[ROM_PASS_WORKERS]; /* seconds */
	bool has_thread;
	pthread_t thread;
};

static unsigned count_threads(void)
{
	return (unsigned)rom_min(rom_machine_processors(), MAX_THREADS);
}

bool rom_pass_may_spread(const struct rom_pass *pass)
{
	for (size_t i = 0; i < pass->n_sinks; i++) {
		if (!pass->sinks[i]->any_order)
			return false;
	}
	return pass->n_sinks > 0 && count_threads() > 1 &&
	       rom_image_in_memory(pass->img, pass->range);
}

/* ---- a worker ------------------------------------------------------------ */

static void report_bad(
	void *ctx, struct rom_range range, const struct rom_err *err)
{
	struct worker *w = ctx;
	const struct rom_pass *pass = w->spread->pass;

	if (!w->reports)
		pthread_mutex_lock(&w->spread->log_lock);
	w->reports = true;
	if (pass->bad)
		pass->bad(pass->bad_ctx, range, err);
}

/* The first (or last) sink with a range left; n_sinks when there is none. */
static size_t find_sink(const struct spread *s, bool last)
{
	size_t n = s->pass->n_sinks;

	for (size_t i = 0; i < n; i++) {
		size_t k = last ? n - 1 - i : i;

		if (s->left[k].len)
			return k;
	}
	return n;
}

static struct rom_range take_range(
	struct rom_range *left, uint64_t len, bool last)
{
	uint64_t offset = last ? rom_range_end(*left) - len : left->offset;

	left->len -= len;
	left->offset += last ? 0 : len;
	return (struct rom_range){ offset, len };
}

/* Half of the threads take chunks from the front, half from the back, so that
 * they rarely write to the same file and wait for its lock. */
static bool take_chunk(struct worker *w)
{
	struct spread *s = w->spread;
	bool last = w->number % 2;
	size_t i;

	pthread_mutex_lock(&s->lock);
	i = s->status ? s->pass->n_sinks : find_sink(s, last);
	if (i < s->pass->n_sinks) {
		struct rom_sink *sink = s->pass->sinks[i];
		uint64_t len = rom_max(CHUNK, sink->range.len / MAX_CHUNKS);

		len = rom_min(len, s->left[i].len);
		w->chunk = (struct chunk){ sink,
			take_range(&s->left[i], len, last) };
	}
	pthread_mutex_unlock(&s->lock);
	return i < s->pass->n_sinks;
}

static void report(const struct rom_pass *pass, uint64_t done)
{
	if (pass->progress && pass->progress->tick)
		pass->progress->tick(pass->progress,
			rom_min(done, pass->range.len), pass->range.len,
			pass->what);
}

/* False when the work is over because of an error, in this worker or
 * another. */
static bool finish_block(struct worker *w, const struct rom_block *block,
	enum rom_status st, const struct rom_err *err)
{
	struct spread *s = w->spread;
	uint64_t done;
	bool good;

	pthread_mutex_lock(&s->lock);
	done = s->done += block->len;
	if (st && !s->status) {
		s->status = st;
		s->err = *err;
	}
	good = !s->status;
	pthread_mutex_unlock(&s->lock);
	if (w->number == 0) /* the caller's thread */
		report(s->pass, done);
	return good;
}

static bool copy_block(struct worker *w, uint8_t *buf, struct rom_range left,
	struct rom_block *block)
{
	const struct rom_pass *pass = w->spread->pass;
	struct rom_sink *sink = w->chunk.sink;
	struct rom_err err = { 0 };
	enum rom_status st;
	double begin;

	rom_reader_next(&w->reader, buf, left, block);
	begin = rom_now();
	if (pass->progress && pass->progress->stop)
		st = rom_fail(&err, ROM_E_STOPPED, ROM_NO_OFFSET, "stopped");
	else
		st = rom_sink_feed(sink, block, &err);
	w->busy[sink->worker] += rom_now() - begin;
	return finish_block(w, block, st, &err);
}

static void copy_chunk(struct worker *w, uint8_t *buf)
{
	struct rom_range left = w->chunk.range;
	struct rom_block block;

	w->reader.careful = 0;
	while (left.len > 0 && copy_block(w, buf, left, &block)) {
		left.offset += block.len;
		left.len -= block.len;
	}
	if (w->reports)
		pthread_mutex_unlock(&w->spread->log_lock);
	w->reports = false;
}

static void *worker_main(void *arg)
{
	struct worker *w = arg;
	uint8_t *buf = rom_alloc_pages(PIECE);

	do
		copy_chunk(w, buf);
	while (take_chunk(w));
	free(buf);
	return NULL;
}

/* ---- all of them --------------------------------------------------------- */

static void end_worker(const struct worker *w)
{
	struct rom_pass *pass = w->spread->pass;

	rom_reader_done(&w->reader, pass);
	for (unsigned i = 0; i < ROM_PASS_WORKERS; i++)
		pass->busy[i] += w->busy[i];
}

/* As many as find work; the first is the caller's thread. Where no thread can
 * be had, that does what the one without has taken, too. */
static void run_workers(struct spread *s)
{
	struct worker w[MAX_THREADS];
	unsigned n, wanted = count_threads();

	for (n = 0; n < wanted; n++) {
		w[n] = (struct worker){ .spread = s, .number = n };
		w[n].reader = (struct reader){ .img = s->pass->img,
			.piece = PIECE,
			.bad = report_bad,
			.bad_ctx = &w[n] };
		if (!take_chunk(&w[n]))
			break;
		w[n].has_thread = n && !pthread_create(&w[n].thread, NULL,
					       worker_main, &w[n]);
		if (n && !w[n].has_thread)
			wanted = n + 1;
	}
	for (unsigned i = 0; i < n; i++) {
		if (!w[i].has_thread)
			worker_main(&w[i]);
	}
	for (unsigned i = 0; i < n; i++) {
		if (w[i].has_thread)
			pthread_join(w[i].thread, NULL);
		end_worker(&w[i]);
	}
}

enum rom_status rom_pass_spread(struct rom_pass *pass, struct rom_err *err)
{
	struct spread s = {
		.pass = pass,
		.lock = PTHREAD_MUTEX_INITIALIZER,
		.log_lock = PTHREAD_MUTEX_INITIALIZER,
	};

	s.left = rom_alloc(pass->n_sinks * sizeof(*s.left));
	for (size_t i = 0; i < pass->n_sinks; i++)
		s.left[i] =
			rom_range_common(pass->sinks[i]->range, pass->range);
	run_workers(&s);
	if (!s.status)
		report(pass, pass->range.len);
	free(s.left);
	if (s.status && err)
		*err = s.err;
	return s.status;
}
