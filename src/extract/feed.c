/* SPDX-License-Identifier: MIT */
/* feed.c - what each block of the pass has of the files */
#include <stdlib.h>

#include "stream_priv.h"

static void fail(
	struct extraction *x, enum rom_status st, const struct rom_err *err)
{
	pthread_mutex_lock(&x->lock);
	if (!x->status)
		x->err = *err;
	x->status = x->status ? x->status : st;
	pthread_mutex_unlock(&x->lock);
}

static void wait_for_end(struct extraction *x, uint64_t record)
{
	pthread_mutex_lock(&x->lock);
	*rom_vec_add(&x->stream->late) = record;
	pthread_mutex_unlock(&x->lock);
}

/* NULL when it must wait, or cannot be. */
static struct open_file *begin(
	struct extraction *x, struct stream_worker *l, uint64_t record)
{
	struct open_file *f;
	struct rom_err err;
	enum rom_status st;

	if (l->n_open == MAX_OPEN) {
		wait_for_end(x, record);
		return NULL;
	}
	f = rom_alloc(sizeof(*f));
	st = rom_stream_take_up(x, l, record, &f->t, &err);
	if (!st) {
		rom_file_begin(&f->w, &f->t, x->out, x->options);
		return f;
	}
	free(f);
	fail(x, st, &err);
	return NULL;
}

static void end(struct extraction *x, struct open_file *f)
{
	rom_file_end(&f->w);
	pthread_mutex_lock(&x->out->log_lock);
	pthread_mutex_lock(&x->lock);
	rom_extraction_report(x, &f->t);
	pthread_mutex_unlock(&x->lock);
	pthread_mutex_unlock(&x->out->log_lock);
	free(f);
}

/* What the block has of one extent; true when that is over. */
static bool feed_extent(const struct rom_stream *s, struct open_file *f,
	const struct rom_extent *e, const struct rom_block *block)
{
	struct rom_range there = { s->offset + e->image, e->len };
	struct rom_range common = rom_range_common(
		there, (struct rom_range){ block->offset, block->len });
	uint64_t offset = e->offset + (common.offset - there.offset);

	if (common.len && common.offset == there.offset)
		rom_file_share(&f->w, s->img, there.offset, e);
	if (common.len && block->kind == ROM_BLOCK_DATA)
		rom_file_piece(&f->w,
			block->data + (common.offset - block->offset),
			(size_t)common.len, offset);
	else if (common.len && block->kind == ROM_BLOCK_LOST)
		rom_file_lost(&f->w, offset, common.len);
	return rom_range_end(there) <= block->offset + block->len;
}

/* True when the file has all its bytes, or cannot take more. */
static bool feed_file(const struct rom_stream *s, struct open_file *f,
	const struct rom_block *block)
{
	for (; f->extent < f->t.map.extents.n && !f->t.status; f->extent++) {
		const struct rom_extent *e = &f->t.map.extents.v[f->extent];

		if (e->kind == ROM_EXTENT_LOST)
			rom_file_lost(&f->w, e->offset, e->len);
		else if (e->kind == ROM_EXTENT_DATA &&
			 !feed_extent(s, f, e, block))
			return false;
	}
	return true;
}

static void feed_open(struct extraction *x, struct stream_worker *l,
	const struct rom_block *block)
{
	size_t left = 0;

	for (size_t i = 0; i < l->n_open; i++) {
		if (feed_file(x->stream->stream, l->open[i], block))
			end(x, l->open[i]);
		else
			l->open[left++] = l->open[i];
	}
	l->n_open = left;
}

static void feed_tree(struct extraction *x, struct stream_worker *l,
	const struct rom_block *block)
{
	struct tree_stream *s = x->stream;
	uint64_t to = block->offset + block->len - s->stream->offset;

	feed_open(x, l, block);
	for (; l->next < s->files.n && s->files.v[l->next].first < to;
		l->next += ROM_STREAM_WORKERS) {
		struct open_file *f = begin(x, l, s->files.v[l->next].record);

		if (f && feed_file(s->stream, f, block))
			end(x, f);
		else if (f)
			l->open[l->n_open++] = f;
	}
}

static enum rom_status status_of(struct extraction *x, struct rom_err *err)
{
	enum rom_status st;

	pthread_mutex_lock(&x->lock);
	st = x->status;
	if (st)
		*err = x->err;
	pthread_mutex_unlock(&x->lock);
	return st;
}

enum rom_status rom_stream_feed(struct rom_sink *self,
	const struct rom_block *block, struct rom_err *err)
{
	struct rom_stream_sink *sink = (struct rom_stream_sink *)self;
	struct rom_stream *s = sink->stream;
	enum rom_status st = ROM_OK;

	for (size_t i = 0; i < s->trees.n && !st; i++) {
		struct extraction *x = s->trees.v[i];

		feed_tree(x, &x->stream->worker[sink - s->sinks], block);
		st = status_of(x, err);
	}
	return st;
}

void rom_stream_worker_done(struct stream_worker *l)
{
	for (size_t i = 0; i < l->n_open; i++) {
		struct open_file *f = l->open[i];

		f->t.status = ROM_E_STOPPED;
		rom_file_end(&f->w);
		rom_task_done(&f->t);
		free(f);
	}
	rom_tree_dir_unref(l->folder);
}
