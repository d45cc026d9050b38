/* SPDX-License-Identifier: MIT */
/*
 * ring.c - the queue of files: the producer's thread adds them, workers copy
 * them, the producer reports and removes them in the order of the tree
 *
 * Its size is fixed, so memory does not grow with the tree, and the logs are in
 * the order of the tree. When no thread can be created, the producer copies.
 */
#include <pthread.h>
#include <stdlib.h>

#include "extract_priv.h"

enum {
	/* when several files are copied together, the size of a piece is a
	 * multiple of this */
	STEP = 64 << 10,
	MAX_PATH_BYTES = 8 << 20,
};

/* The first task in the ring that nobody has taken; NULL: there is none. */
static struct task *first_queued(struct rom_extractor *x)
{
	struct task *t;

	for (; x->start < x->head; x->start++) {
		t = &x->ring[x->start % ROM_EXTRACT_RING];
		if (t->state == TASK_QUEUED)
			return t;
	}
	return NULL;
}

/* One file is always copied, whatever room there seems to be: the disk itself
 * says whether there is enough. */
static bool may_begin(const struct rom_extractor *x, const struct task *t)
{
	return !x->copying ||
	       rom_extract_has_room(x, x->copying + t->file.inode.size);
}

/* The next task to copy. NULL: there is none at the moment, or no room for it;
 * with wait: there will be none any more. */
static struct task *take_task(struct rom_extractor *x, bool wait)
{
	struct task *t;

	pthread_mutex_lock(&x->lock);
	while ((t = first_queued(x)) ? !may_begin(x, t) : !x->ended) {
		if (!wait)
			break;
		pthread_cond_wait(&x->changed, &x->lock);
	}
	if (t && may_begin(x, t)) {
		t->state = TASK_RUNNING;
		x->copying += t->file.inode.size;
	} else {
		t = NULL;
	}
	pthread_mutex_unlock(&x->lock);
	return t;
}

static void task_done(struct rom_extractor *x, struct task *t)
{
	pthread_mutex_lock(&x->lock);
	t->state = TASK_DONE;
	x->copying -= t->file.inode.size;
	pthread_cond_broadcast(&x->changed);
	pthread_mutex_unlock(&x->lock);
}

/* The files that a thread copies together. */
struct batch {
	struct rom_extractor *x;
	bool waits; /* for more tasks when it is empty */
	struct file_copy copies[ROM_DIGEST_MANY];
	size_t n;
	uint8_t *buf; /* ROM_EXTRACT_BUF for each */
};

/* A buffer that no file of the batch uses: files leave it in any order. */
static uint8_t *free_buf(const struct batch *h)
{
	size_t used = 0;

	for (size_t i = 0; i < h->n; i++)
		used |= (size_t)1 << (size_t)(h->copies[i].buf - h->buf) /
					     ROM_EXTRACT_BUF;
	return h->buf + (size_t)__builtin_ctzl(~used) * ROM_EXTRACT_BUF;
}

/* Fills the batch, waiting only when it is empty. False: there is nothing left
 * to do. */
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

/* Retires the files that are complete. Returns the size of the next piece of
 * each: what the shortest has left, so that their digests are computed
 * together, but at least STEP, so that a very short file does not make the
 * pieces of the others small. */
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

static void report_progress(const struct rom_extractor *x)
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
		report_progress(x);
	}
}

void rom_ring_put(
	struct rom_extractor *x, struct task *t, enum task_state state)
{
	rom_ring_drain(x, ROM_EXTRACT_RING - 1);
	/* a path may be 256 KiB long: bounds the memory of hostile trees */
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
	/* more threads than processors, since some wait for the disk. In a
	 * second run each file being written takes space beside the complete
	 * one: fewer at once */
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
