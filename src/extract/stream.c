/* SPDX-License-Identifier: MIT */
/*
 * stream.c - files that are written while a pass brings their bytes, so that
 * nothing is read twice for them
 *
 * The walk puts a file aside when its bytes lie in the image of the pass as
 * they are, in the order in which the file has them. Memory holds 16 bytes for
 * each, the rest is in a spool. While the pass goes on, a file begins where its
 * first byte comes by and ends with its last. What lies in pieces out of order
 * is read for itself.
 */
#include <stdlib.h>

#include "stream_priv.h"

void rom_stream_init(struct rom_stream *s, struct rom_image *img,
	struct rom_range range, unsigned worker)
{
	*s = (struct rom_stream){ .img = img, .offset = range.offset };
	for (unsigned i = 0; i < ROM_STREAM_WORKERS; i++)
		s->sinks[i] = (struct rom_stream_sink){
			{ .range = range,
				.worker = worker + i,
				.feed = rom_stream_feed },
			s
		};
}

enum rom_status rom_stream_open(struct extraction *x)
{
	if (!x->options->stream)
		return ROM_OK;
	x->stream = rom_alloc(sizeof(*x->stream));
	x->stream->stream = x->options->stream;
	for (size_t i = 0; i < ROM_STREAM_WORKERS; i++)
		x->stream->worker[i].next = i;
	return x->status = rom_spool_open(&x->stream->spool, x->out, &x->err);
}

static int by_place(const void *a, const void *b)
{
	const struct planned *p = a, *q = b;

	return p->first < q->first ? -1 : p->first > q->first;
}

void rom_stream_keep(struct extraction *x)
{
	struct tree_stream *s = x->stream;

	x->status = x->status ? x->status : rom_spool_seal(&s->spool, &x->err);
	if (s->files.n)
		qsort(s->files.v, s->files.n, sizeof(*s->files.v), by_place);
	*rom_vec_add(&s->stream->trees) = x;
}

static void save_late(struct extraction *x)
{
	struct tree_stream *s = x->stream;
	uint64_t *record;

	rom_each (record, &s->late) {
		struct task t;

		if (!x->status)
			x->status = rom_stream_take_up(
				x, s->worker, *record, &t, &x->err);
		if (x->status)
			return;
		rom_file_map_done(&t.map);
		rom_extraction_put_file(x, &t);
	}
}

/* What lies in a folder comes before it: from the last to the first. */
static void finish_folders(struct extraction *x)
{
	struct tree_stream *s = x->stream;

	for (size_t i = s->folders.n; i > 0 && !x->status; i--) {
		struct rom_meta meta;
		struct task t;

		x->status = rom_stream_take_up(
			x, s->worker, s->folders.v[i - 1], &t, &x->err);
		if (x->status)
			return;
		meta = rom_tree_meta(&t.inode);
		rom_dir_set_meta(t.dir->open, &meta);
		rom_task_done(&t);
	}
}

static void tree_stream_free(struct tree_stream *s)
{
	for (size_t i = 0; i < ROM_STREAM_WORKERS; i++)
		rom_stream_worker_done(&s->worker[i]);
	rom_spool_close(&s->spool);
	rom_vec_done(&s->files);
	rom_vec_done(&s->late);
	rom_vec_done(&s->folders);
	free(s);
}

static enum rom_status finish_tree(struct extraction *x, struct rom_err *err)
{
	struct tree_stream *s = x->stream;

	s->passed = true;
	rom_extraction_start(x);
	save_late(x);
	rom_extraction_stop(x);
	finish_folders(x);
	x->stream = NULL;
	tree_stream_free(s);
	return rom_extraction_end(x, err);
}

enum rom_status rom_stream_finish(
	struct rom_stream *s, enum rom_status passed, struct rom_err *err)
{
	enum rom_status st = passed;

	for (size_t i = 0; i < s->trees.n; i++) {
		struct extraction *x = s->trees.v[i];
		struct rom_err own;
		enum rom_status tree;

		x->status = x->status ? x->status : st;
		tree = finish_tree(x, &own);
		if (!st && tree)
			*err = own;
		st = st ? st : tree;
	}
	rom_vec_done(&s->trees);
	return st;
}
