/* SPDX-License-Identifier: MIT */
/*
 * ring.c - tasks on their way: the walker puts them in, workers copy,
 * the walker takes them off in order
 *
 * The ring is of fixed size, so the memory does not grow with the tree, and the
 * manifest has the tree's order.
 */
#include <pthread.h>
#include <stdlib.h>

#include "extract_priv.h"

enum {
	/* pieces of several files are multiples of it, as long as those have so
	   much */
	STEP = 64 << 10
};

/* The next task that is to be copied; NULL: there is none, or, when it waits,
 * there will be none. */
static struct task *take_task(struct extraction *x, bool wait)
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

static void task_done(struct extraction *x, struct task *t)
{
	pthread_mutex_lock(&x->lock);
	t->state = TASK_DONE;
	pthread_cond_broadcast(&x->changed);
	pthread_mutex_unlock(&x->lock);
}

/* The files a thread has in hand. */
struct hand {
	struct extraction *x;
	struct file_copy copies[ROM_DIGEST_MANY];
	size_t n;
	uint8_t *buf; /* ROM_EXTRACT_BUF for each */
};

static uint8_t *free_buf(const struct hand *h)
{
	size_t used = 0;

	for (size_t i = 0; i < h->n; i++)
		used |= (size_t)1 << (size_t)(h->copies[i].buf - h->buf) /
					     ROM_EXTRACT_BUF;
	return h->buf + (size_t)__builtin_ctzl(~used) * ROM_EXTRACT_BUF;
}

/* Fills the hand, and waits only when it is empty. False: there is nothing to
 * do any more. */
static bool fill_hand(struct hand *h)
{
	struct extraction *x = h->x;
	struct task *t;

	while (h->n < x->in_hand && (t = take_task(x, h->n == 0))) {
		if (!x->options->progress || !x->options->progress->stop) {
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

/* Puts away the files that have nothing left. Returns how much of each is done
 * next: what the shortest has, so that their sums are made together; but a very
 * short one does not make small pieces of the others. */
static size_t put_away(struct hand *h)
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

static void copy_pieces(struct hand *h)
{
	struct file_piece pieces[ROM_DIGEST_MANY];
	size_t len = put_away(h);

	for (size_t i = 0; i < h->n; i++) {
		size_t ready = rom_file_copy_ready(&h->copies[i]);

		rom_file_copy_read(
			&h->copies[i], rom_min(len, ready), &pieces[i]);
	}
	rom_file_pieces(pieces, h->n);
}

static void *worker(void *arg)
{
	struct extraction *x = arg;
	ROM_AUTO uint8_t *buf =
		rom_alloc_pages((size_t)x->in_hand * ROM_EXTRACT_BUF);
	struct hand hand = { .x = x, .buf = buf };

	while (fill_hand(&hand))
		copy_pieces(&hand);
	return NULL;
}

static void tick(const struct extraction *x)
{
	struct rom_progress *p = x->options->progress;

	if (p && p->tick)
		p->tick(p, x->ret->bytes, 0, "saving files");
}

void rom_extraction_drain(struct extraction *x, uint64_t left)
{
	while (x->head - x->tail > left) {
		struct task *t = &x->ring[x->tail % ROM_EXTRACT_RING];

		pthread_mutex_lock(&x->lock);
		while (t->state != TASK_DONE)
			pthread_cond_wait(&x->changed, &x->lock);
		x->tail++;
		if (x->start < x->tail)
			x->start = x->tail;
		pthread_mutex_unlock(&x->lock);
		rom_extraction_report(x, t);
		tick(x);
	}
}

/* Puts a task in; the ring owns it from now on. */
void rom_extraction_put(
	struct extraction *x, struct task *t, enum task_state state)
{
	rom_extraction_drain(x, ROM_EXTRACT_RING - 1);
	pthread_mutex_lock(&x->lock);
	t->state = state;
	x->ring[x->head++ % ROM_EXTRACT_RING] = *t;
	pthread_cond_broadcast(&x->changed);
	pthread_mutex_unlock(&x->lock);
}

void rom_extraction_start(struct extraction *x)
{
	unsigned want = x->options->threads;

	x->in_hand = x->options->hashes && rom_digest_has_many()
			     ? ROM_DIGEST_MANY
			     : 1;
	x->ended = false;
	x->n_threads = 0;
	/* some wait for the disk; but what is there already is written once
	 * more beside it, and takes room */
	if (!want)
		want = (x->out->existed ? 1 : 3) * rom_machine_processors();
	want = want < ROM_EXTRACT_THREADS ? want : ROM_EXTRACT_THREADS;
	for (; x->n_threads < want; x->n_threads++) {
		if (pthread_create(&x->threads[x->n_threads], NULL, worker, x))
			break;
	}
	if (!x->n_threads)
		abort(); /* no thread to be had: as with memory */
}

void rom_extraction_stop(struct extraction *x)
{
	rom_extraction_drain(x, 0);
	pthread_mutex_lock(&x->lock);
	x->ended = true;
	pthread_cond_broadcast(&x->changed);
	pthread_mutex_unlock(&x->lock);
	for (unsigned i = 0; i < x->n_threads; i++)
		pthread_join(x->threads[i], NULL);
}
