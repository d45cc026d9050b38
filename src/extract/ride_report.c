/* SPDX-License-Identifier: MIT */
/*
 * ride_report.c - reports the files of the pass in the order of the dump
 *
 * A file is complete when the pass has read its last byte. Which worker says
 * so first is chance; so a complete file waits until every worker has reached
 * its end. What waits is bounded: the workers are a few blocks apart at most.
 */
#include <stdlib.h>

#include "ride_priv.h"

static int by_end(const void *a, const void *b)
{
	const struct open_file *f = *(struct open_file *const *)a,
			       *g = *(struct open_file *const *)b;

	if (f->end != g->end)
		return f->end < g->end ? -1 : 1;
	return f->record < g->record ? -1 : f->record > g->record;
}

/* The worker whose first complete file comes first of all; NULL: none waits. */
static struct ride_worker *first_waiting(struct ride *r, const size_t *taken)
{
	struct ride_worker *first = NULL;
	struct open_file **least = NULL;

	for (size_t i = 0; i < ROM_EXTRACT_SINKS; i++) {
		struct ride_worker *w = &r->worker[i];

		if (taken[i] == w->complete.n)
			continue;
		if (!least || by_end(&w->complete.v[taken[i]], least) < 0) {
			least = &w->complete.v[taken[i]];
			first = w;
		}
	}
	return first;
}

static void drop_taken(struct ride *r, const size_t *taken)
{
	for (size_t i = 0; i < ROM_EXTRACT_SINKS; i++) {
		struct ride_worker *w = &r->worker[i];

		if (!taken[i])
			continue;
		w->complete.n -= taken[i];
		memmove(w->complete.v, w->complete.v + taken[i],
			w->complete.n * sizeof(struct open_file *));
	}
}

/* Reports all files that end before an offset that every worker has reached.
 * The lock is held. */
static void report_due(struct ride *r)
{
	size_t taken[ROM_EXTRACT_SINKS] = { 0 };
	uint64_t reached = UINT64_MAX;
	struct ride_worker *w;

	for (size_t i = 0; i < ROM_EXTRACT_SINKS; i++) {
		w = &r->worker[i];
		reached = rom_min(reached, w->reached);
		if (w->complete.n)
			qsort(w->complete.v, w->complete.n,
				sizeof(struct open_file *), by_end);
	}
	while ((w = first_waiting(r, taken))) {
		struct open_file *f = w->complete.v[taken[w - r->worker]];

		if (f->end > reached)
			break;
		taken[w - r->worker]++;
		rom_extract_report(w->x, &f->t);
		free(f);
	}
	drop_taken(r, taken);
}

void rom_ride_complete(struct ride_worker *w, struct open_file *f)
{
	struct ride *r = w->x->ride;

	pthread_mutex_lock(&r->report_lock);
	*rom_vec_add(&w->complete) = f;
	pthread_mutex_unlock(&r->report_lock);
}

void rom_ride_reached(struct ride_worker *w, uint64_t offset)
{
	struct ride *r = w->x->ride;

	pthread_mutex_lock(&r->report_lock);
	w->reached = offset;
	report_due(r);
	pthread_mutex_unlock(&r->report_lock);
}

void rom_ride_report_rest(struct ride *r)
{
	for (size_t i = 0; i < ROM_EXTRACT_SINKS; i++)
		r->worker[i].reached = UINT64_MAX;
	report_due(r);
	for (size_t i = 0; i < ROM_EXTRACT_SINKS; i++)
		rom_vec_done(&r->worker[i].complete);
}
