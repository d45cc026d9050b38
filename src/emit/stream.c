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

struct tree_stream {
	struct rom_stream *stream;
	struct task_spool spool;
	ROM_VEC(struct planned) files;
	size_t next; /* of files */
	struct open_file *open[MAX_OPEN];
	size_t n_open;
	ROM_VEC(uint64_t) late; /* records of files that wait for the end of the pass */
	ROM_VEC(uint64_t)
	folders;		 /* records of those that get files, each before what lies in it */
	struct tree_dir *folder; /* of the last file; NULL: none yet */
	bool passed;		 /* nothing will be brought any more */
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

static struct tree_dir *open_folder(struct extraction *x, const char *path, struct rom_err *err)
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
static enum rom_status take_up(struct extraction *x, uint64_t record, struct task *t)
{
	struct tree_stream *s = x->stream;
	ROM_AUTO char *folder = NULL;
	enum rom_status st = rom_spool_get(&s->spool, record, t, &folder, &x->err);

	if (st)
		return x->status = st;
	if (!s->folder || strcmp(s->folder->path, folder)) {
		rom_tree_dir_unref(s->folder);
		s->folder = open_folder(x, folder, &x->err);
	}
	if (s->folder)
		t->dir = rom_tree_dir_ref(s->folder);
	else
		rom_task_done(t);
	return s->folder ? ROM_OK : (x->status = ROM_E_WRITE);
}

/* ---- while the pass brings the bytes ---------------------------------------------------------------------------- */

/* NULL when it must wait, or cannot be. */
static struct open_file *begin(struct extraction *x, const struct planned *p)
{
	struct tree_stream *s = x->stream;
	struct open_file *f;

	if (s->n_open == MAX_OPEN) {
		*rom_vec_add(&s->late) = p->record;
		return NULL;
	}
	f = rom_alloc(sizeof(*f));
	if (!take_up(x, p->record, &f->t)) {
		rom_file_begin(&f->w, &f->t, x->out, x->options);
		return f;
	}
	free(f);
	return NULL;
}

static void end(struct extraction *x, struct open_file *f)
{
	rom_file_end(&f->w);
	rom_extraction_tell(x, &f->t);
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

static void feed_open(struct extraction *x, const struct rom_block *block)
{
	struct tree_stream *s = x->stream;
	size_t left = 0;

	for (size_t i = 0; i < s->n_open; i++) {
		if (feed_file(s->stream, s->open[i], block))
			end(x, s->open[i]);
		else
			s->open[left++] = s->open[i];
	}
	s->n_open = left;
}

static void feed_tree(struct extraction *x, const struct rom_block *block)
{
	struct tree_stream *s = x->stream;
	uint64_t to = block->at + block->len - s->stream->at;

	feed_open(x, block);
	while (s->next < s->files.n && s->files.v[s->next].first < to && !x->status) {
		struct open_file *f = begin(x, &s->files.v[s->next++]);

		if (f && feed_file(s->stream, f, block))
			end(x, f);
		else if (f)
			s->open[s->n_open++] = f;
	}
}

static enum rom_status feed(
	struct rom_sink *self, const struct rom_block *block, struct rom_err *err)
{
	struct rom_stream *s = (struct rom_stream *)self;

	for (size_t i = 0; i < s->trees.n; i++) {
		struct extraction *x = s->trees.v[i];

		if (!x->status)
			feed_tree(x, block);
		if (x->status) {
			*err = x->err;
			return x->status;
		}
	}
	return ROM_OK;
}

/* ---- before and after the pass ------------------------------------------------------------------------------------ */

void rom_stream_init(
	struct rom_stream *s, struct rom_image *img, struct rom_range range, unsigned lane)
{
	*s = (struct rom_stream){
		.sink = { .range = range, .lane = lane, .feed = feed }, .img = img, .at = range.at
	};
}

enum rom_status rom_stream_open(struct extraction *x)
{
	if (!x->options->stream)
		return ROM_OK;
	x->stream = rom_alloc(sizeof(*x->stream));
	x->stream->stream = x->options->stream;
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
static void drop_open(struct tree_stream *s)
{
	for (size_t i = 0; i < s->n_open; i++) {
		struct open_file *f = s->open[i];

		f->t.status = ROM_E_STOPPED;
		rom_file_end(&f->w);
		rom_task_done(&f->t);
		free(f);
	}
	s->n_open = 0;
}

static void save_late(struct extraction *x)
{
	struct tree_stream *s = x->stream;
	uint64_t *record;

	rom_each (record, &s->late) {
		struct task t;

		if (x->status || take_up(x, *record, &t))
			return;
		rom_content_done(&t.content);
		rom_extraction_put_file(x, &t);
	}
}

/* What lies in a folder comes before it: from the last to the first. */
static void finish_folders(struct extraction *x)
{
	struct tree_stream *s = x->stream;

	for (size_t i = s->folders.n; i > 0; i--) {
		struct task t;

		if (take_up(x, s->folders.v[i - 1], &t))
			return;
		rom_tree_set_meta(t.dir->fd, &t.inode);
		rom_task_done(&t);
	}
}

static void tree_stream_free(struct tree_stream *s)
{
	drop_open(s);
	rom_tree_dir_unref(s->folder);
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
	if (!x->status)
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
