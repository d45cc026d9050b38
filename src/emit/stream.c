/* SPDX-License-Identifier: MIT */
/*
 * stream.c - files that are written while a pass brings their bytes, so that nothing is read twice for them
 *
 * The walk puts a file aside when its bytes lie in the image of the pass as they are, in the order in which the file has them.
 * Memory holds 16 bytes for each, the rest is in a spool. While the pass goes on, a file begins where its first byte
 * comes by and ends with its last. What lies in pieces out of order is read for itself.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "extract_priv.h"

enum { MAX_OPEN = 128 /* files begun at a time: each needs a descriptor */ };

struct planned {
	uint64_t first, record; /* where its bytes begin in the image, its place in the spool */
};

struct open_file {
	struct task t;
	struct file_writer w;
	size_t extent; /* the next one */
};

/* What one thread has: of all files, every ROM_STREAM_LANES-th. */
struct stream_lane {
	size_t next; /* of files */
	struct open_file *open[MAX_OPEN];
	size_t n_open;
	struct tree_dir *folder; /* of the last file; NULL: none yet */
};

typedef ROM_VEC(uint64_t) record_list;

struct tree_stream {
	struct rom_stream *stream;
	struct task_spool spool;
	ROM_VEC(struct planned) files;
	struct stream_lane lane[ROM_STREAM_LANES];
	record_list late;    /* of files that wait for the end of the pass */
	record_list folders; /* of those that get files, each before what lies in it */
	bool passed;	     /* nothing will be brought any more */
};

/* ---- put aside -------------------------------------------------------------------------------------------- */

bool rom_stream_takes(const struct extraction *x, const struct task *t)
{
	const struct rom_stream *s = x->options->stream;
	const struct rom_extent *e;
	uint64_t end = 0;
	bool any = false;

	if (!x->stream || x->stream->passed || t->content.view)
		return false;
	rom_each (e, &t->content.extents) {
		if (e->kind != ROM_EXTENT_DATA)
			continue;
		if (e->image < end || !rom_image_same(rom_fs_data(x->fs), e->image, s->img,
					      s->at + e->image, e->len))
			return false;
		end = e->image + e->len;
		any = true;
	}
	return any;
}

static uint64_t first_byte(const struct task *t)
{
	const struct rom_extent *e;

	rom_each (e, &t->content.extents) {
		if (e->kind == ROM_EXTENT_DATA)
			return e->image;
	}
	return 0;
}

/* A folder gets its mode and times when the last file is in it: after the pass. */
static void put_folder(struct tree_stream *s, struct tree_dir *dir)
{
	struct task t = { .dir = dir, .inode = dir->inode };

	if (dir->late || dir->keep_meta)
		return;
	put_folder(s, dir->parent);
	dir->late = true;
	*rom_vec_add(&s->folders) = rom_spool_put(&s->spool, &t);
}

void rom_stream_put(struct extraction *x, struct task *t)
{
	struct tree_stream *s = x->stream;

	put_folder(s, t->dir);
	*rom_vec_add(&s->files) = (struct planned){ first_byte(t), rom_spool_put(&s->spool, t) };
	rom_task_done(t);
}

void rom_stream_put_late(struct extraction *x, struct task *t)
{
	struct tree_stream *s = x->stream;

	put_folder(s, t->dir);
	*rom_vec_add(&s->late) = rom_spool_put(&s->spool, t);
	rom_task_done(t);
}

/* ---- and taken up again ------------------------------------------------------------------------------------- */

/* A folder below dir, no link followed; -1 when it is not there. */
static int open_below(int dir, char *path)
{
	int fd = dup(dir);

	for (char *name = path, *slash; *name && fd >= 0; name = slash) {
		int below = fd;

		slash = name + strcspn(name, "/");
		if (*slash)
			*slash++ = '\0';
		fd = openat(below, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		close(below);
	}
	return fd;
}

static struct tree_dir *open_folder(
	const struct extraction *x, const char *path, struct rom_err *err)
{
	ROM_AUTO char *copy = rom_strdup(path);
	const struct rom_inode unused = { 0 };
	struct tree_dir *dir;
	int fd = open_below(x->root, copy);

	if (fd < 0) {
		rom_fail(err, ROM_E_WRITE, ROM_NOWHERE, "%s: cannot open this folder again: %s",
			path, strerror(errno));
		return NULL;
	}
	dir = rom_tree_dir_new(NULL, fd, &unused, "");
	dir->owns_fd = true;
	free(dir->path);
	dir->path = rom_strdup(path);
	return dir;
}

/* Reads a task back; its folder is opened unless it is that of the one before. */
static enum rom_status take_up(const struct extraction *x, struct stream_lane *l, uint64_t record,
	struct task *t, struct rom_err *err)
{
	ROM_AUTO char *folder = NULL;
	enum rom_status st = rom_spool_get(&x->stream->spool, record, t, &folder, err);

	if (st)
		return st;
	if (!l->folder || strcmp(l->folder->path, folder)) {
		rom_tree_dir_unref(l->folder);
		l->folder = open_folder(x, folder, err);
	}
	if (!l->folder) {
		rom_task_done(t);
		return ROM_E_WRITE;
	}
	t->dir = rom_tree_dir_ref(l->folder);
	return ROM_OK;
}

/* ---- while the pass brings the bytes ---------------------------------------------------------------------------- */

static void fail(struct extraction *x, enum rom_status st, const struct rom_err *err)
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
static struct open_file *begin(struct extraction *x, struct stream_lane *l, uint64_t record)
{
	struct open_file *f;
	struct rom_err err;
	enum rom_status st;

	if (l->n_open == MAX_OPEN) {
		wait_for_end(x, record);
		return NULL;
	}
	f = rom_alloc(sizeof(*f));
	st = take_up(x, l, record, &f->t, &err);
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
	pthread_mutex_lock(&x->lock);
	rom_extraction_tell(x, &f->t);
	pthread_mutex_unlock(&x->lock);
	free(f);
}

/* What the block has of one extent; true when that is over. */
static bool feed_extent(const struct rom_stream *s, struct open_file *f, const struct rom_extent *e,
	const struct rom_block *block)
{
	struct rom_range there = { s->at + e->image, e->len };
	struct rom_range common =
		rom_range_common(there, (struct rom_range){ block->at, block->len });
	uint64_t at = e->at + (common.at - there.at);

	if (common.len && common.at == there.at)
		rom_file_share(&f->w, s->img, there.at, e);
	if (common.len && block->kind == ROM_BLOCK_DATA)
		rom_file_piece(
			&f->w, block->data + (common.at - block->at), (size_t)common.len, at);
	else if (common.len && block->kind == ROM_BLOCK_LOST)
		rom_file_lost(&f->w, at, common.len);
	return rom_range_end(there) <= block->at + block->len;
}

/* True when the file has all its bytes, or cannot take more. */
static bool feed_file(
	const struct rom_stream *s, struct open_file *f, const struct rom_block *block)
{
	for (; f->extent < f->t.content.extents.n && !f->t.status; f->extent++) {
		const struct rom_extent *e = &f->t.content.extents.v[f->extent];

		if (e->kind == ROM_EXTENT_LOST)
			rom_file_lost(&f->w, e->at, e->len);
		else if (e->kind == ROM_EXTENT_DATA && !feed_extent(s, f, e, block))
			return false;
	}
	return true;
}

static void feed_open(struct extraction *x, struct stream_lane *l, const struct rom_block *block)
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

static void feed_tree(struct extraction *x, struct stream_lane *l, const struct rom_block *block)
{
	struct tree_stream *s = x->stream;
	uint64_t to = block->at + block->len - s->stream->at;

	feed_open(x, l, block);
	for (; l->next < s->files.n && s->files.v[l->next].first < to;
		l->next += ROM_STREAM_LANES) {
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

static enum rom_status feed(
	struct rom_sink *self, const struct rom_block *block, struct rom_err *err)
{
	struct rom_stream_sink *sink = (struct rom_stream_sink *)self;
	struct rom_stream *s = sink->stream;
	enum rom_status st = ROM_OK;

	for (size_t i = 0; i < s->trees.n && !st; i++) {
		struct extraction *x = s->trees.v[i];

		feed_tree(x, &x->stream->lane[sink - s->sinks], block);
		st = status_of(x, err);
	}
	return st;
}

/* ---- before and after the pass ------------------------------------------------------------------------------------ */

void rom_stream_init(
	struct rom_stream *s, struct rom_image *img, struct rom_range range, unsigned lane)
{
	*s = (struct rom_stream){ .img = img, .at = range.at };
	for (unsigned i = 0; i < ROM_STREAM_LANES; i++)
		s->sinks[i] = (struct rom_stream_sink){
			{ .range = range, .lane = lane + i, .feed = feed }, s
		};
}

enum rom_status rom_stream_open(struct extraction *x)
{
	if (!x->options->stream)
		return ROM_OK;
	x->stream = rom_alloc(sizeof(*x->stream));
	x->stream->stream = x->options->stream;
	for (size_t i = 0; i < ROM_STREAM_LANES; i++)
		x->stream->lane[i].next = i;
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
	qsort(s->files.v, s->files.n, sizeof(*s->files.v), by_place);
	*rom_vec_add(&s->stream->trees) = x;
}

/* Files that the pass did not finish: it was stopped. */
static void lane_done(struct stream_lane *l)
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

static void save_late(struct extraction *x)
{
	struct tree_stream *s = x->stream;
	uint64_t *record;

	rom_each (record, &s->late) {
		struct task t;

		if (!x->status)
			x->status = take_up(x, s->lane, *record, &t, &x->err);
		if (x->status)
			return;
		rom_content_done(&t.content);
		rom_extraction_put_file(x, &t);
	}
}

/* What lies in a folder comes before it: from the last to the first. */
static void finish_folders(struct extraction *x)
{
	struct tree_stream *s = x->stream;

	for (size_t i = s->folders.n; i > 0 && !x->status; i--) {
		struct task t;

		x->status = take_up(x, s->lane, s->folders.v[i - 1], &t, &x->err);
		if (x->status)
			return;
		rom_tree_set_meta(t.dir->fd, &t.inode);
		rom_task_done(&t);
	}
}

static void tree_stream_free(struct tree_stream *s)
{
	for (size_t i = 0; i < ROM_STREAM_LANES; i++)
		lane_done(&s->lane[i]);
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

enum rom_status rom_stream_finish(struct rom_stream *s, enum rom_status passed, struct rom_err *err)
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
