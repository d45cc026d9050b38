/* SPDX-License-Identifier: MIT */
/*
 * parents.c - the directory in the output for a path in the dump
 *
 * Files arrive directory by directory, so the directory of the last file is
 * kept, with its path in the dump; the next is reached from there by going up
 * and down.
 */
#include <errno.h>
#include <stdlib.h>

#include "extract_priv.h"

/* Makes the parent of the current directory the current one. */
static void go_up(struct rom_extractor *x)
{
	struct tree_dir *dir = x->current;
	size_t len = dir->true_len;

	x->current_path.n -= len + (x->current_path.n > len);
	x->current = rom_tree_dir_ref(dir->parent);
	rom_tree_dir_unref(x, dir);
}

/* True when the current directory is path or one of its parents. */
static bool is_on_path(
	const struct rom_extractor *x, const char *path, size_t len)
{
	size_t n = x->current_path.n;

	return n <= len && (!n || !memcmp(x->current_path.v, path, n)) &&
	       (!n || n == len || path[n] == '/');
}

static void add_to_path(struct rom_extractor *x, const char *name, size_t len)
{
	size_t n = x->current_path.n, start = n + (n > 0);

	x->current_path.v = rom_vec_reserve(
		x->current_path.v, 1, start + len, &x->current_path.cap);
	if (n)
		x->current_path.v[n] = '/';
	memcpy(x->current_path.v + start, name, len);
	x->current_path.n = start + len;
}

/* ---- creating directories ------------------------------------------------ */

static enum rom_taken take_directory(
	struct rom_dir *dir, const char *name, unsigned mode, bool earlier)
{
	struct rom_entry existing;

	if (rom_dir_make(dir, name, mode))
		return ROM_TAKEN_FREE;
	if (errno != EEXIST)
		return ROM_TAKEN_ERROR;
	if (earlier && rom_dir_stat(dir, name, &existing) &&
		existing.type == ROM_ENTRY_DIRECTORY)
		return ROM_TAKEN_SAME;
	return ROM_TAKEN_OTHER;
}

/* A directory of the dump: it gets its mode when it is finished. */
static enum rom_taken take_own(void *ctx, const char *name, bool earlier)
{
	return take_directory(ctx, name, 0700, earlier);
}

/* A directory that only a path mentions: any directory of that name will do. */
static enum rom_taken take_shared(void *ctx, const char *name, bool earlier)
{
	return take_directory(ctx, name, 0777, earlier);
}

/* Creates the directory name (ROM_NAME_MAX + 1 bytes, changed when it is in
 * use) in the current one. */
static enum rom_status make_directory(
	struct rom_extractor *x, char *name, bool shared, struct rom_err *err)
{
	ROM_AUTO char *path = rom_tree_dir_path(x->current),
		      *wanted = rom_strdup(name);
	ROM_AUTO_DIR struct rom_dir *dir =
		rom_dir_cache_open(&x->dirs, path, err);
	enum rom_taken taken;

	if (!dir)
		return ROM_E_WRITE;
	if (shared)
		taken = rom_naming_find_shared(wanted, name, take_shared, dir);
	else
		taken = rom_naming_find(x->naming, path, name, take_own, dir);
	if (taken == ROM_TAKEN_FREE || taken == ROM_TAKEN_SAME)
		return ROM_OK;
	return rom_fail(err, ROM_E_WRITE, ROM_NO_OFFSET,
		"%s: cannot create this directory: %s", name,
		taken == ROM_TAKEN_OTHER ? "no free name" : strerror(errno));
}

/* Makes the directory name in the current one the current one. */
static void go_down(struct rom_extractor *x, const char *name,
	const char *true_name, size_t true_len)
{
	struct tree_dir *parent = x->current;

	x->current = rom_tree_dir_new(parent, name, true_len);
	rom_tree_dir_unref(x, parent);
	add_to_path(x, true_name, true_len);
}

/* Creates a directory on the path of a file that no producer has added. */
static enum rom_status make_on_path(struct rom_extractor *x,
	const char *true_name, size_t len, struct rom_err *err)
{
	ROM_AUTO char *safe =
		rom_safe_name(true_name, len, x->target.out->rules);
	char name[ROM_NAME_MAX + 1];
	enum rom_status st;

	snprintf(name, sizeof(name), "%s", safe);
	rom_naming_give_shared(x->naming, x->current, name);
	st = make_directory(x, name, true, err);
	if (!st)
		go_down(x, name, true_name, len);
	return st;
}

struct tree_dir *rom_extract_parent(struct rom_extractor *x, const char *path,
	size_t len, struct rom_err *err)
{
	while (!is_on_path(x, path, len))
		go_up(x);
	while (x->current_path.n < len) {
		size_t n = x->current_path.n, start = n + (n > 0);
		const char *slash = memchr(path + start, '/', len - start);
		size_t end = slash ? (size_t)(slash - path) : len;

		if (make_on_path(x, path + start, end - start, err))
			return NULL;
	}
	return rom_tree_dir_ref(x->current);
}

/* ---- a directory of the dump --------------------------------------------- */

void rom_extract_enter(struct rom_extractor *x, struct task *t)
{
	const struct rom_file *f = &t->file;
	const char *slash = memrchr(f->path, '/', f->path_len);
	const char *name = slash ? slash + 1 : f->path;
	size_t len = (size_t)(f->path + f->path_len - name);

	t->status = make_directory(x, t->name, false, &t->err);
	if (t->status)
		return;
	/* a name of nothing but slashes is none in a path: what lies below it
	 * goes beside it */
	if (!len)
		return;
	go_down(x, t->name, name, len);
	x->current->inode = f->inode;
	x->current->has_meta = true;
	x->current->drop_empty = x->options.wants != NULL;
}

/* ---- predicting a path --------------------------------------------------- */

static char *add_name(
	char *written, const struct rom_out *out, const char *name, size_t len)
{
	ROM_AUTO char *safe = NULL, *shorter = written;

	if (!len)
		return ROM_TAKE(shorter);
	safe = rom_safe_name(name, len, out->rules);
	return *written ? rom_format("%s/%s", written, safe) : rom_strdup(safe);
}

static char *add_safe(
	char *written, const struct rom_out *out, const char *path, size_t len)
{
	while (len) {
		const char *slash = memchr(path, '/', len);
		size_t n = slash ? (size_t)(slash - path) : len;
		written = add_name(written, out, path, n);
		n += slash != NULL;
		path += n;
		len -= n;
	}
	return written;
}

char *rom_extract_written_path(const struct rom_out *out, const char *prefix,
	const char *path, size_t len)
{
	char *written = add_safe(rom_strdup(""), out, prefix, strlen(prefix));

	return add_safe(written, out, path, len);
}
