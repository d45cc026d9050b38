/* SPDX-License-Identifier: MIT */
/*
 * extract_ring.c - tasks on their way: the walker puts them in, workers copy, the walker takes them off in order
 *
 * The ring is of fixed size, so the memory does not grow with the tree, and the manifest has the tree's order.
 */
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "extract_priv.h"

static struct task *take_task(struct extraction *x)
{
	struct task *t = NULL;

	pthread_mutex_lock(&x->lock);
	while (!t) {
		while (x->start < x->head &&
			x->ring[x->start % ROM_EXTRACT_RING].state != TASK_QUEUED)
			x->start++;
		if (x->start < x->head)
			t = &x->ring[x->start++ % ROM_EXTRACT_RING];
		else if (x->ended)
			break;
		else
			pthread_cond_wait(&x->changed, &x->lock);
	}
	if (t)
		t->state = TASK_RUNNING;
	pthread_mutex_unlock(&x->lock);
	return t;
}

static void *worker(void *arg)
{
	ROM_AUTO uint8_t *buf = rom_alloc_pages(ROM_EXTRACT_BUF);
	struct extraction *x = arg;
	struct task *t;

	while ((t = take_task(x))) {
		if (!x->options->progress || !x->options->progress->stop)
			rom_extract_file(x, t, buf);
		else
			t->status = rom_fail(&t->err, ROM_E_STOPPED, ROM_NOWHERE, "stopped");
		pthread_mutex_lock(&x->lock);
		t->state = TASK_DONE;
		pthread_cond_broadcast(&x->changed);
		pthread_mutex_unlock(&x->lock);
	}
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
		rom_extraction_tell(x, t);
		tick(x);
	}
}

/* Puts a task in; the ring owns it from now on. */
void rom_extraction_put(struct extraction *x, struct task *t, enum task_state state)
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
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	unsigned want = x->options->threads;

	x->ended = false;
	x->n_threads = 0;
	if (!want) /* some wait for the disk; but what is there already is written once more beside it, and takes room */
		want = (x->out->existed ? 1 : 3) * (unsigned)(cpus > 0 ? cpus : 1);
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
