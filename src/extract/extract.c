/* SPDX-License-Identifier: MIT */
/*
 * extract.c - a tree out of a filesystem: the walk, and what no folder names
 * any more
 *
 * One thread walks, for filesystem handles are not thread-safe, and puts what
 * it finds into the ring.
 */
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>

#include "extract_priv.h"

#define LOST ".lost"

enum { MAX_DEPTH = 1024 };

static void free_first(void *value)
{
	free(((struct first_name *)value)->path);
	free(value);
}

/* ---- the walk ------------------------------------------------------------ */

static bool stopped(struct extraction *x)
{
	if (x->options->progress && x->options->progress->stop && !x->status)
		x->status = rom_fail(
			&x->err, ROM_E_STOPPED, ROM_NO_OFFSET, "stopped");
	return x->status != ROM_OK;
}

static bool take_xattr(
	void *ctx, const char *name, const void *value, size_t len)
{
	struct task *t = ctx;
	struct tree_xattr *a = rom_vec_add(&t->xattrs);

	a->name = rom_strdup(name);
	a->value = rom_alloc(len);
	a->len = len;
	memcpy(a->value, value, len);
	return t->xattrs.n < 256;
}

static void use_name(
	struct extraction *x, struct task *t, const char *bytes, size_t len)
{
	ROM_AUTO char *safe = rom_safe_name(bytes, len, x->strict);

	snprintf(t->name, sizeof(t->name), "%s", safe);
	if (strlen(safe) != len || memcmp(safe, bytes, len))
		x->ret->renamed++;
}

/* Makes t another name of a file that was written before. False when there is
 * none yet, or it cannot be. */
static bool link_to_first(struct extraction *x, struct task *t)
{
	struct first_name *first = rom_map_get(&x->first, t->inode.ino);

	if (!first) {
		rom_map_put(&x->first, t->inode.ino, rom_alloc(sizeof(*first)));
		return false;
	}
	/* the first name must be there before it can be linked to */
	rom_extraction_drain(x, 0);
	if (!first->written ||
		(!rom_dir_link(x->root, first->path, t->dir->open, t->name) &&
			!(errno == EEXIST && x->out->existed)))
		return false;
	t->link_to = rom_strdup(first->path);
	t->has_sha256 = first->has_sha256;
	memcpy(t->sha256, first->sha256, sizeof(t->sha256));
	x->ret->links++;
	return true;
}

/* A name of it that comes later can only be linked when the pass has brought
 * it. */
static void stream_file(struct extraction *x, struct task *t)
{
	struct first_name *first =
		t->inode.links > 1 ? rom_map_get(&x->first, t->inode.ino)
				   : NULL;

	if (first)
		first->waits = true;
	rom_stream_put(x, t);
}

static bool waits_for_first(const struct extraction *x, const struct task *t)
{
	const struct first_name *first =
		t->inode.links > 1 ? rom_map_get(&x->first, t->inode.ino)
				   : NULL;

	return first && first->waits && !first->written && !x->status;
}

static void count_reread(struct extraction *x, const struct task *t)
{
	if (!x->options->stream || !t->map.extents.n)
		return;
	x->ret->reread++;
	x->ret->reread_bytes += t->inode.size;
}

void rom_extraction_put_file(struct extraction *x, struct task *t)
{
	if (t->inode.links > 1 && link_to_first(x, t)) {
		rom_extraction_put(x, t, TASK_DONE);
		return;
	}
	t->status = rom_fs_map(x->fs, &t->inode, &t->map, &t->err);
	if (!t->status && rom_stream_takes(x, t)) {
		stream_file(x, t);
		return;
	}
	count_reread(x, t);
	rom_extraction_put(x, t, t->status ? TASK_DONE : TASK_QUEUED);
}

static void put_file(struct extraction *x, struct task *t)
{
	if (t->inode.encrypted) {
		*t->name = '\0';
		x->ret->encrypted++;
		rom_extraction_put(x, t, TASK_DONE);
	} else if (x->stream && waits_for_first(x, t)) {
		rom_stream_put_late(x, t);
	} else {
		rom_extraction_put_file(x, t);
	}
}

static void put_symlink(struct extraction *x, struct task *t)
{
	struct tree_link *l;

	t->status = rom_fs_readlink(
		x->fs, &t->inode, &t->target, &t->target_len, &t->err);
	if (!t->status && !t->inode.encrypted &&
		!memchr(t->target, 0, t->target_len) && t->target_len) {
		l = rom_vec_add(&t->dir->links);
		*l = (struct tree_link){ rom_strdup(t->name),
			rom_strdup(t->target), t->inode };
		x->ret->links++;
	} else {
		*t->name = '\0';
	}
	rom_extraction_put(x, t, TASK_DONE);
}

static void walk(struct extraction *x, struct tree_dir *dir, const char *path,
	unsigned depth);

/* Makes the folder of t; NULL when it cannot be. */
static struct rom_dir *make_folder(struct extraction *x, struct task *t)
{
	char base[256];
	struct rom_dir *made;

	strcpy(base, t->name);
	for (unsigned n = 2; n < 1000; n++) {
		if (rom_dir_make(t->dir->open, t->name, 0700) ||
			(errno == EEXIST && x->out->existed)) {
			made = rom_dir_open_below(t->dir->open, t->name);
			if (made)
				return made;
		} else if (errno != EEXIST) {
			break;
		}
		snprintf(t->name, sizeof(t->name), "%.240s~%u", base, n);
	}
	t->status = rom_fail(&t->err, ROM_E_WRITE, ROM_NO_OFFSET,
		"%s: cannot make this folder: %s", t->name, strerror(errno));
	return NULL;
}

static void put_directory(struct extraction *x, struct task *t, unsigned depth)
{
	ROM_AUTO char *path = rom_strdup(t->path);
	struct tree_dir *dir = NULL;
	struct rom_dir *made = NULL;

	x->ret->encrypted += t->inode.encrypted;
	if (depth >= MAX_DEPTH) {
		t->status = rom_fail(&t->err, ROM_E_LIMIT, ROM_NO_OFFSET,
			"more than %d folders deep", MAX_DEPTH);
	} else if (!rom_map_put(&x->seen, t->inode.ino, NULL)) {
		t->status = rom_fail(&t->err, ROM_E_CORRUPT, ROM_NO_OFFSET,
			"the same folder (inode %" PRIu64
			") stands in the tree twice",
			t->inode.ino);
	} else {
		made = make_folder(x, t);
	}
	if (made) {
		dir = rom_tree_dir_new(t->dir, made, &t->inode, t->name);
		x->ret->dirs++;
	}
	rom_extraction_put(x, t, TASK_DONE);
	if (dir)
		walk(x, dir, path, depth + 1);
	rom_tree_dir_unref(dir);
}

static void put_entry(struct extraction *x, struct task *t, unsigned depth)
{
	if (x->options->manifest)
		rom_fs_xattrs(x->fs, t->inode.ino, take_xattr, t, &t->err);
	switch (t->inode.type) {
	case ROM_FILE_REGULAR:
		put_file(x, t);
		break;
	case ROM_FILE_SYMLINK:
		put_symlink(x, t);
		break;
	case ROM_FILE_DIRECTORY:
		put_directory(x, t, depth);
		break;
	default: /* devices, fifos, sockets: listed, not made */
		*t->name = '\0';
		x->ret->special++;
		rom_extraction_put(x, t, TASK_DONE);
	}
}

/* To a name that is a number alone. */
static void add_extension(struct extraction *x, struct task *t)
{
	const char *extension = NULL;
	char number[32];

	snprintf(number, sizeof(number), "#%" PRIu64, t->inode.ino);
	if (x->options->extension && t->inode.type == ROM_FILE_REGULAR &&
		!t->inode.encrypted && !strcmp(t->name, number))
		extension = x->options->extension(
			x->options->extension_ctx, x->fs, &t->inode);
	if (extension)
		snprintf(t->name, sizeof(t->name), "%s%s", number, extension);
}

struct walk_step {
	struct extraction *x;
	struct tree_dir *dir;
	const char *path;
	unsigned depth;
};

static bool on_entry(void *ctx, const struct rom_dirent *e)
{
	struct walk_step *w = ctx;
	struct extraction *x = w->x;
	struct task t = { .dir = rom_tree_dir_ref(w->dir) };
	size_t n = strlen(w->path), len;
	ROM_AUTO char *name = rom_dirent_name(&w->dir->inode, e, &len);

	t.path = rom_alloc(n + len + 2);
	t.path_len = n + (n > 0) + len;
	memcpy(t.path, w->path, n);
	if (n)
		t.path[n] = '/';
	memcpy(t.path + n + (n > 0), name, len);
	use_name(x, &t, name, len);
	t.status = rom_fs_inode(x->fs, e->ino, &t.inode, &t.err);
	if (!t.status && x->options->wants &&
		!x->options->wants(
			x->options->wants_ctx, x->fs, &t.inode, t.path)) {
		free(t.path);
		rom_tree_dir_unref(t.dir);
	} else if (t.status) {
		t.inode.ino = e->ino;
		rom_extraction_put(x, &t, TASK_DONE);
	} else {
		if (!*w->path && rom_fs_has_synthetic_root(x->fs))
			add_extension(x, &t);
		put_entry(x, &t, w->depth);
	}
	return !stopped(x);
}

static void walk(struct extraction *x, struct tree_dir *dir, const char *path,
	unsigned depth)
{
	struct walk_step w = { x, dir, path, depth };
	struct rom_err err;

	if (stopped(x))
		return;
	if (rom_fs_list(x->fs, dir->inode.ino, 0, on_entry, &w, &err))
		rom_report_note(x->report, ROM_DAMAGE, x->options->partition,
			ROM_NO_OFFSET, "%s: %s", *path ? path : "/", err.text);
}

/* ---- what no folder names any more --------------------------------------- */

struct lost_step {
	struct extraction *x;
	struct tree_dir *dir;
};

static bool on_lost(void *ctx, const struct rom_inode *inode)
{
	struct lost_step *l = ctx;
	struct task t = { .inode = *inode, .dir = rom_tree_dir_ref(l->dir) };

	snprintf(t.name, sizeof(t.name), "#%" PRIu64, inode->ino);
	t.path = rom_format(LOST "/%s", t.name);
	t.path_len = strlen(t.path);
	add_extension(l->x, &t);
	l->x->ret->lost++;
	put_entry(l->x, &t, 1);
	return !stopped(l->x);
}

/* Into a folder of its own, inode by inode. Only where damage was met: else
 * nothing can have lost its name. */
static void save_unattached(struct extraction *x, struct tree_dir *root)
{
	struct lost_step l = { .x = x };
	struct rom_inode meta = root->inode;
	struct rom_err err;
	struct rom_dir *made;

	if (!x->options->lost || !rom_fs_damage_count(x->fs) || stopped(x))
		return;
	if (!rom_dir_make(root->open, LOST, 0700) && errno != EEXIST)
		return;
	made = rom_dir_open_below(root->open, LOST);
	if (!made)
		return;
	meta.mode = 0755;
	l.dir = rom_tree_dir_new(root, made, &meta, LOST);
	rom_fs_unattached(x->fs, on_lost, &l, &err);
	rom_tree_dir_unref(l.dir);
	if (x->ret->lost)
		rom_report_note(x->report, ROM_DAMAGE, x->options->partition,
			ROM_NO_OFFSET,
			"%" PRIu64 " files and folders are named by no folder "
			"any more; they are in " LOST,
			x->ret->lost);
}

/* ---- the run ------------------------------------------------------------- */

static void walk_root(struct extraction *x, const struct rom_inode *inode,
	const char *name, struct rom_dir *dir)
{
	struct tree_dir *root = rom_tree_dir_new(NULL, dir, inode, "");

	root->drop_empty = x->options->wants != NULL;
	root->unmade = &x->unmade;
	if (inode->type == ROM_FILE_DIRECTORY) {
		rom_map_put(&x->seen, inode->ino, NULL);
		walk(x, root, "", 0);
		save_unattached(x, root);
	} else {
		struct task t = { .dir = rom_tree_dir_ref(root),
			.inode = *inode };

		t.path = rom_strdup(name);
		t.path_len = strlen(name);
		use_name(x, &t, name, strlen(name));
		put_entry(x, &t, 0);
	}
	rom_extraction_stop(x);
	rom_tree_dir_unref(root);
}

void rom_extract_result_done(struct rom_extract_result *r)
{
	free(r->newest);
	*r = (struct rom_extract_result){ 0 };
}

static struct extraction *extraction_new(struct rom_fs *fs, struct rom_out *out,
	struct rom_dir *dir, const struct rom_extract_options *options)
{
	struct extraction *x = rom_alloc(sizeof(*x));

	x->fs = fs;
	x->out = out;
	x->options = options;
	x->root = rom_dir_ref(dir);
	x->strict = rom_dir_is_strict(out->part);
	pthread_mutex_init(&x->lock, NULL);
	pthread_cond_init(&x->changed, NULL);
	return x;
}

/* Makes x independent of what the caller of rom_extract_tree has on its
 * stack. */
static void keep(struct extraction *x)
{
	x->kept = *x->options;
	x->kept.prefix = x->prefix = rom_strdup(x->options->prefix);
	x->options = &x->kept;
	rom_stream_keep(x);
}

enum rom_status rom_extraction_end(struct extraction *x, struct rom_err *err)
{
	enum rom_status st = x->status;

	if (x->options->lost)
		/* goes when nothing is in it */
		rom_dir_remove(x->root, LOST);
	if (x->unmade)
		rom_report_note(x->report, ROM_DAMAGE, x->options->partition,
			ROM_NO_OFFSET,
			"%" PRIu64 " symbolic links could not be made in this "
			"folder; the manifest has their targets",
			x->unmade);
	if (st && err)
		*err = x->err;
	rom_dir_close(x->root);
	rom_map_done(&x->seen, NULL);
	rom_map_done(&x->first, free_first);
	pthread_mutex_destroy(&x->lock);
	pthread_cond_destroy(&x->changed);
	free(x->prefix);
	free(x);
	return st;
}

enum rom_status rom_extract_tree(struct rom_fs *fs,
	const struct rom_inode *inode, const char *name, struct rom_out *out,
	struct rom_dir *dir, const struct rom_extract_options *options,
	struct rom_report *report, struct rom_extract_result *ret,
	struct rom_err *err)
{
	struct extraction *x = extraction_new(fs, out, dir, options);

	x->report = report;
	x->ret = ret;
	if (rom_stream_open(x))
		return rom_extraction_end(x, err);
	rom_extraction_start(x);
	walk_root(x, inode, name, dir);
	if (!x->stream)
		return rom_extraction_end(x, err);
	keep(x);
	return ROM_OK;
}
