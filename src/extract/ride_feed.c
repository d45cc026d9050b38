/* SPDX-License-Identifier: MIT */
/* ride_feed.c - distributes the blocks of the pass to the files that they
 * belong to */
#include <stdlib.h>

#include "ride_priv.h"

static void set_status(
	struct rom_extractor *x, enum rom_status st, const struct rom_err *err)
{
	pthread_mutex_lock(&x->lock);
	if (!x->status)
		x->err = *err;
	x->status = x->status ? x->status : st;
	pthread_mutex_unlock(&x->lock);
}

static void defer_to_end(struct rom_extractor *x, uint64_t record)
{
	pthread_mutex_lock(&x->lock);
	*rom_vec_add(&x->ride->late) = record;
	pthread_mutex_unlock(&x->lock);
}

static uint64_t end_of(const struct task *t)
{
	const struct rom_extent *e;
	uint64_t end = 0;

	rom_each (e, &t->runs) {
		if (e->kind == ROM_EXTENT_DATA)
			end = rom_max(end, e->image + e->len);
	}
	return end;
}

/* Reads the record of a file. False: it is written after the pass, as there is
 * no room for it now, or its record cannot be read. */
static bool get_deferred(
	struct rom_extractor *x, uint64_t record, struct task *ret)
{
	struct rom_err err;
	enum rom_status st = rom_spool_get(&x->ride->spool, record, ret, &err);

	if (st) {
		set_status(x, st, &err);
		return false;
	}
	if (rom_extract_has_room(x, ret->file.inode.size))
		return true;
	defer_to_end(x, record);
	rom_task_done(x, ret);
	return false;
}

/* NULL when too many are open, so that it is written after the pass, or as
 * get_deferred says. */
static struct open_file *open_deferred(struct ride_worker *w, uint64_t record)
{
	struct rom_extractor *x = w->x;
	struct open_file *f;

	if (w->n_open == rom_min(MAX_OPEN, x->max_open)) {
		defer_to_end(x, record);
		return NULL;
	}
	f = rom_alloc(sizeof(*f));
	if (!get_deferred(x, record, &f->t)) {
		free(f);
		return NULL;
	}
	f->record = record;
	f->end = end_of(&f->t);
	rom_file_begin(&f->w, &f->t, x);
	return f;
}

static void close_complete(struct ride_worker *w, struct open_file *f)
{
	rom_file_end(&f->w);
	rom_ride_complete(w, f);
}

/* Writes the part of one run that is in the block; true when the run ends in
 * it. */
static bool feed_run(const struct rom_extractor *x, struct open_file *f,
	const struct rom_extent *e, const struct rom_block *block)
{
	struct rom_range run = { e->image, e->len };
	struct rom_range common = rom_range_common(
		run, (struct rom_range){ block->offset, block->len });
	uint64_t offset = e->offset + (common.offset - run.offset);

	if (common.len && common.offset == run.offset)
		rom_file_share(&f->w, x->options.pass, run.offset, e);
	if (common.len && block->kind == ROM_BLOCK_DATA)
		rom_file_piece(&f->w,
			block->data + (common.offset - block->offset),
			(size_t)common.len, offset);
	else if (common.len && block->kind == ROM_BLOCK_LOST)
		rom_file_lost(&f->w, offset, common.len);
	return rom_range_end(run) <= block->offset + block->len;
}

/* True when the file has all its bytes, or has failed. */
static bool feed_file(const struct rom_extractor *x, struct open_file *f,
	const struct rom_block *block)
{
	for (; f->run < f->t.runs.n && !f->t.status; f->run++) {
		const struct rom_extent *e = &f->t.runs.v[f->run];

		if (e->kind == ROM_EXTENT_LOST)
			rom_file_lost(&f->w, e->offset, e->len);
		else if (!feed_run(x, f, e, block))
			return false;
	}
	return true;
}

static void feed_open(struct ride_worker *w, const struct rom_block *block)
{
	size_t left = 0;

	for (size_t i = 0; i < w->n_open; i++) {
		if (feed_file(w->x, w->open[i], block))
			close_complete(w, w->open[i]);
		else
			w->open[left++] = w->open[i];
	}
	w->n_open = left;
}

static void feed_new(struct ride_worker *w, const struct rom_block *block)
{
	const struct ride *r = w->x->ride;
	uint64_t to = block->offset + block->len;

	for (; w->next < r->files.n && r->files.v[w->next].first < to;
		w->next += ROM_EXTRACT_SINKS) {
		struct open_file *f =
			open_deferred(w, r->files.v[w->next].record);

		if (f && feed_file(w->x, f, block))
			close_complete(w, f);
		else if (f)
			w->open[w->n_open++] = f;
	}
}

static enum rom_status status_of(struct rom_extractor *x, struct rom_err *err)
{
	enum rom_status st;

	pthread_mutex_lock(&x->lock);
	st = x->status;
	if (st)
		*err = x->err;
	pthread_mutex_unlock(&x->lock);
	return st;
}

enum rom_status rom_ride_feed(struct rom_sink *self,
	const struct rom_block *block, struct rom_err *err)
{
	struct ride_worker *w = (struct ride_worker *)self;

	feed_open(w, block);
	feed_new(w, block);
	rom_ride_reached(w, block->offset + block->len);
	return status_of(w->x, err);
}

/* Removes a file that the pass began but did not complete. */
static void discard(struct rom_extractor *x, struct open_file *f)
{
	f->t.status = ROM_E_STOPPED;
	rom_file_end(&f->w);
	rom_task_done(x, &f->t);
	free(f);
}

void rom_ride_worker_done(struct ride_worker *w)
{
	struct ride *r = w->x->ride;

	for (size_t i = 0; i < w->n_open; i++) {
		*rom_vec_add(&r->late) = w->open[i]->record;
		discard(w->x, w->open[i]);
	}
	w->n_open = 0;
	for (; w->next < r->files.n; w->next += ROM_EXTRACT_SINKS)
		*rom_vec_add(&r->late) = r->files.v[w->next].record;
}
