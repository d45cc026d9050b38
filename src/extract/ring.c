/* SPDX-License-Identifier: MIT */
/*
 * ring.c - files on their way: the producer's thread puts them in, workers
 * copy, the producer takes them off in order
 *
 * The ring is of fixed size, so the memory does not grow with the tree, and the
 * logs have the tree's order. Where no thread can be had, the producer copies.
 */
#include <pthread.h>
#include <stdlib.h>

#include "extract_priv.h"

enum {
	/* pieces of several files are multiples of it, as long as those have so
	 * much */
	STEP = 64 << 10,
	MAX_PATH_BYTES = 8 << 20,
};

/* The next task that is to be copied; NULL: there is none, or, when it waits,
 * there will be none. */
static struct task *take_task(struct rom_extractor *x, bool wait)
{
	struct task *t = NULL;

	pthread_mutex_lock(&x->lock);
	while (!t) {
		while (x->start < x->head &&
			x->ring[x->start % ROM_EXTRACT_RING].state !=
				TASK_QUEUED)
			x->start++;
		if (x->start < x->head)
			t = &x->ring[x->start++ % ROM_EXTRACT_RING];
		else if (x->ended || !wait)
			break;
		else
			pthread_cond_wait(&x->changed, &x->lock);
	}
	if (t)
		t->state = TASK_RUNNING;
	pthread_mutex_unlock(&x->lock);
	return t;
}

static void task_done(struct rom_extractor *x, struct task *t)
{
	pthread_mutex_lock(&x->lock);
	t->state = TASK_DONE;
	pthread_cond_broadcast(&x->changed);
	pthread_mutex_unlock(&x->lock);
}

/* The files that a thread copies at a time. */
struct batch {
	struct rom_extractor *x;
	bool waits; /* for more, when it is empty */
	struct file_copy copies[ROM_DIGEST_MANY];
	size_t n;
	uint8_t *buf; /* ROM_EXTRACT_BUF for each */
};

static uint8_t *free_buf(const struct batch *h)
{
	size_t used = 0;

	for (size_t i = 0; i < h->n; i++)
		used |= (size_t)1 << (size_t)(h->copies[i].buf - h->buf) /
					     ROM_EXTRACT_BUF;
	return h->buf + (size_t)__builtin_ctzl(~used) * ROM_EXTRACT_BUF;
}

/* Fills the batch, and waits only when it is empty. False: there is nothing to
 * do any more. */
static bool fill_batch(struct batch *h)
{
	struct rom_extractor *x = h->x;
	struct task *t;

	while (h->n < x->batch && (t = take_task(x, h->waits && h->n == 0))) {
		if (!x->options.progress || !x->options.progress->stop) {
			rom_file_copy_begin(
				&h->copies[h->n], x, t, free_buf(h));
			h->n++;
			continue;
		}
		t->status = rom_fail(
			&t->err, ROM_E_STOPPED, ROM_NO_OFFSET, "stopped");
		task_done(x, t);
	}
	return h->n > 0;
}

/* Retires the files that have nothing left. Returns how much of each is done
 * next: what the shortest has, so that their sums are made together; but a very
 * short one does not make small pieces of the others. */
static size_t retire(struct batch *h)
{
	size_t left = 0, least = ROM_EXTRACT_BUF;

	for (size_t i = 0; i < h->n; i++) {
		size_t ready = rom_file_copy_ready(&h->copies[i]);

		if (!ready) {
			rom_file_end(&h->copies[i].w);
			task_done(h->x, h->copies[i].w.t);
			continue;
		}
		least = rom_min(least, rom_max(STEP, ready / STEP * STEP));
		h->copies[left++] = h->copies[i];
	}
	h->n = left;
	return least;
}

static void copy_pieces(struct batch *h)
{
	struct file_piece pieces[ROM_DIGEST_MANY];
	size_t len = retire(h);

	for (size_t i = 0; i < h->n; i++) {
		size_t ready = rom_file_copy_ready(&h->copies[i]);

		rom_file_copy_read(
			&h->copies[i], rom_min(len, ready), &pieces[i]);
	}
	rom_file_pieces(pieces, h->n);
}

static void copy_files(struct rom_extractor *x, bool wait)
{
	ROM_AUTO uint8_t *buf =
		rom_alloc_pages((size_t)x->batch * ROM_EXTRACT_BUF);
	struct batch batch = { .x = x, .waits = wait, .buf = buf };

	while (fill_batch(&batch))
		copy_pieces(&batch);
}

static void *worker(void *arg)
{
	copy_files(arg, true);
	return NULL;
}

static void tick(const struct rom_extractor *x)
{
	struct rom_progress *p = x->options.progress;

	if (p && p->tick)
		p->tick(p, x->bytes_done, 0, "saving files");
}

void rom_ring_drain(struct rom_extractor *x, uint64_t left)
{
	while (x->head - x->tail > left) {
		struct task *t = &x->ring[x->tail % ROM_EXTRACT_RING];

		if (!x->n_threads)
			copy_files(x, false);
		pthread_mutex_lock(&x->lock);
		while (t->state != TASK_DONE)
			pthread_cond_wait(&x->changed, &x->lock);
		x->tail++;
		if (x->start < x->tail)
			x->start = x->tail;
		pthread_mutex_unlock(&x->lock);
		x->path_bytes -= t->file.path_len;
		rom_extract_report(x, t);
		tick(x);
	}
}

void rom_ring_put(
	struct rom_extractor *x, struct task *t, enum task_state state)
{
	rom_ring_drain(x, ROM_EXTRACT_RING - 1);
	/* a path may be 256 KiB long */
	while (x->path_bytes > MAX_PATH_BYTES)
		rom_ring_drain(x, x->head - x->tail - 1);
	x->path_bytes += t->file.path_len;
	pthread_mutex_lock(&x->lock);
	t->state = state;
	x->ring[x->head++ % ROM_EXTRACT_RING] = *t;
	pthread_cond_broadcast(&x->changed);
	pthread_mutex_unlock(&x->lock);
}

void rom_ring_start(struct rom_extractor *x)
{
	unsigned want = x->options.threads;

	x->batch = x->options.hashes && rom_digest_has_many() ? ROM_DIGEST_MANY
							      : 1;
	x->ended = false;
	x->n_threads = 0;
	/* some wait for the disk; but what is there already is written once
	 * more beside it, and takes room */
	if (!want)
		want = (x->target.out->existed ? 1 : 3) *
		       rom_machine_processors();
	want = want < ROM_EXTRACT_THREADS ? want : ROM_EXTRACT_THREADS;
	want = (unsigned)rom_min(
		want, rom_extract_descriptors() / x->batch + 1);
	for (; x->n_threads < want; x->n_threads++) {
		if (pthread_create(&x->threads[x->n_threads], NULL, worker, x))
			break;
	}
}

void rom_ring_stop(struct rom_extractor *x)
{
	rom_ring_drain(x, 0);
	pthread_mutex_lock(&x->lock);
	x->ended = true;
	pthread_cond_broadcast(&x->changed);
	pthread_mutex_unlock(&x->lock);
	for (unsigned i = 0; i < x->n_threads; i++)
		pthread_join(x->threads[i], NULL);
	x->n_threads = 0;
}
