/* SPDX-License-Identifier: MIT */
/*
 * walk.c - depth-first walk over a directory tree, iterative and bounded
 *
 * An explicit stack holds, for each directory on the path, the cookie at which
 * its listing resumes. A deep tree therefore costs its names and some bytes per
 * level, and no listing is open while a subdirectory is visited.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "fs_priv.h"

/* A directory on the path to the current one. */
struct level {
	struct rom_inode inode;
	uint64_t cookie; /* where its listing resumes */
	size_t path_len, name_len;
	unsigned depth;
};

struct walk {
	struct rom_fs *fs;
	const struct rom_walk_ops *ops;
	void *ctx;
	ROM_VEC(struct level) stack;
	ROM_VEC(char) path;
	struct rom_map seen; /* inodes of directories that were entered */
	/* the listing stopped at a directory to enter, which is below */
	bool descend, stopped;
	struct level below;
};

static void set_path(
	struct walk *w, size_t parent_len, const char *name, size_t len)
{
	size_t start = parent_len + (parent_len > 0);

	w->path.v = rom_vec_reserve(w->path.v, 1, start + len, &w->path.cap);
	if (parent_len)
		w->path.v[parent_len] = '/';
	memcpy(w->path.v + start, name, len);
	w->path.v[start + len] = '\0';
	w->path.n = start + len + 1;
}

static struct rom_walk_entry entry_of(struct walk *w, const struct level *l)
{
	w->path.v[l->path_len] = '\0';
	return (struct rom_walk_entry){ .path = w->path.v,
		.path_len = l->path_len,
		.name_len = l->name_len,
		.depth = l->depth,
		.inode = l->inode };
}

/* Fails the entry when its directory must not be entered. A damaged tree may
 * contain cycles, and a crafted one any depth. */
static void check_directory(
	struct walk *w, struct rom_walk_entry *e, struct rom_err *err)
{
	if (e->depth >= ROM_MAX_DEPTH)
		e->status = rom_fail(err, ROM_E_LIMIT, ROM_NO_OFFSET,
			"expected at most %d levels of directories",
			ROM_MAX_DEPTH);
	else if (!rom_map_put(&w->seen, e->inode.ino, NULL))
		e->status = rom_fail(err, ROM_E_CORRUPT, ROM_NO_OFFSET,
			"the same directory (inode %" PRIu64
			") occurs twice in the tree",
			e->inode.ino);
}

static bool visit_entry(void *ctx, const struct rom_dirent *d)
{
	struct walk *w = ctx;
	struct level *dir = &w->stack.v[w->stack.n - 1];
	struct rom_walk_entry e = { .depth = dir->depth };
	struct rom_err err = { 0 };
	ROM_AUTO char *name = rom_dirent_name(&dir->inode, d, &e.name_len);
	enum rom_walk next;

	dir->cookie = d->next;
	set_path(w, dir->path_len, name, e.name_len);
	e.path = w->path.v;
	e.path_len = w->path.n - 1;
	e.err = &err;
	e.status = rom_fs_inode(w->fs, d->ino, &e.inode, &err);
	if (e.status)
		e.inode = (struct rom_inode){ .ino = d->ino };
	else if (e.inode.type == ROM_FILE_DIRECTORY)
		check_directory(w, &e, &err);
	next = w->ops->entry(w->ctx, &e);
	w->stopped = next == ROM_WALK_STOP;
	w->descend = next == ROM_WALK_CONTINUE && !e.status &&
		     e.inode.type == ROM_FILE_DIRECTORY;
	if (w->descend)
		w->below = (struct level){ .inode = e.inode,
			.path_len = e.path_len,
			.name_len = e.name_len,
			.depth = e.depth + 1 };
	return !w->stopped && !w->descend;
}

static void leave(struct walk *w)
{
	struct level *l = &w->stack.v[w->stack.n - 1];
	struct rom_walk_entry e = entry_of(w, l);

	/* the caller knows when the root is finished: the walk returns */
	if (w->stack.n > 1 && w->ops->leave) {
		e.depth--;
		w->ops->leave(w->ctx, &e);
	}
	w->stack.n--;
}

static void report_damage(
	struct walk *w, enum rom_status st, const struct rom_err *err)
{
	struct rom_walk_entry e = entry_of(w, &w->stack.v[w->stack.n - 1]);

	e.status = st;
	e.err = err;
	if (w->ops->damaged)
		w->ops->damaged(w->ctx, &e);
}

/* Lists the directory on top of the stack until its end, where it is popped, or
 * until its next subdirectory, which is pushed. */
static void resume_listing(struct walk *w)
{
	struct level *l = &w->stack.v[w->stack.n - 1];
	struct rom_err err = { 0 };
	enum rom_status st;

	w->descend = false;
	st = rom_fs_list(w->fs, l->inode.ino, l->cookie, visit_entry, w, &err);
	if (w->stopped)
		return;
	if (w->descend) {
		*rom_vec_add(&w->stack) = w->below;
		return;
	}
	if (st)
		report_damage(w, st, &err);
	leave(w);
}

enum rom_status rom_fs_walk(struct rom_fs *fs, const struct rom_inode *root,
	const struct rom_walk_ops *ops, void *ctx, struct rom_err *err)
{
	struct walk w = { .fs = fs, .ops = ops, .ctx = ctx };

	if (root->type != ROM_FILE_DIRECTORY)
		return rom_fail(err, ROM_E_USAGE, ROM_NO_OFFSET,
			"inode %" PRIu64 " is not a directory", root->ino);
	rom_map_put(&w.seen, root->ino, NULL);
	*rom_vec_add(&w.stack) = (struct level){ .inode = *root };
	set_path(&w, 0, "", 0);
	while (w.stack.n && !w.stopped)
		resume_listing(&w);
	while (w.stack.n)
		leave(&w);
	rom_vec_done(&w.stack);
	rom_vec_done(&w.path);
	rom_map_done(&w.seen, NULL);
	return ROM_OK;
}

/* ---- without a limit of depth -------------------------------------------- */

struct marking {
	rom_mark_fn mark;
	void *ctx;
	const struct rom_progress *progress; /* may be NULL */
	ROM_VEC(struct rom_inode) deep; /* directories at the limit of a walk */
};

static enum rom_walk mark_entry(void *ctx, const struct rom_walk_entry *e)
{
	struct marking *m = ctx;

	if (rom_is_stopped(m->progress))
		return ROM_WALK_STOP;
	if (!m->mark(m->ctx, &e->inode))
		return ROM_WALK_SKIP;
	if (e->status == ROM_E_LIMIT && e->inode.type == ROM_FILE_DIRECTORY)
		*rom_vec_add(&m->deep) = e->inode;
	return ROM_WALK_CONTINUE;
}

void rom_fs_mark_below(
	struct rom_fs *fs, uint64_t dir, rom_mark_fn mark, void *ctx)
{
	static const struct rom_walk_ops ops = { .entry = mark_entry };
	struct marking m = {
		.mark = mark, .ctx = ctx, .progress = fs->options.progress
	};
	struct rom_inode from;
	struct rom_err err;

	if (rom_fs_inode(fs, dir, &from, &err))
		return;
	*rom_vec_add(&m.deep) = from;
	/* A walk refuses directories past ROM_MAX_DEPTH. Each of them becomes
	 * the root of another walk. This ends: mark accepts an inode once. */
	while (m.deep.n && !rom_is_stopped(m.progress)) {
		from = m.deep.v[--m.deep.n];
		rom_fs_walk(fs, &from, &ops, &m, &err);
	}
	rom_vec_done(&m.deep);
}
