/* SPDX-License-Identifier: MIT */
/*
 * extract.c - takes files and decides how each is written: at once, by the
 * pass, or as a hard link to another
 */
#include <stdlib.h>

#include "extract_priv.h"

bool rom_extract_stopped(struct rom_extractor *x)
{
	const struct rom_progress *p = x->options.progress;

	if (p && p->stop && !x->status)
		x->status = rom_fail(
			&x->err, ROM_E_STOPPED, ROM_NO_OFFSET, "stopped");
	return x->status != ROM_OK;
}

struct origin_state *rom_extract_origin(
	struct rom_extractor *x, const struct rom_origin *origin)
{
	struct origin_state *o;

	rom_each (o, &x->origins) {
		if (o->origin->id == origin->id)
			return o;
	}
	rom_vec_add(&x->result.origins)->id = origin->id;
	o = rom_vec_add(&x->origins);
	o->origin = origin;
	return o;
}

struct rom_extract_counts *rom_extract_count(
	struct rom_extractor *x, const struct rom_origin *origin)
{
	size_t i = (size_t)(rom_extract_origin(x, origin) - x->origins.v);

	return &x->result.origins.v[i].counts;
}

/* ---- by type ------------------------------------------------------------- */

static void count_reread(struct rom_extractor *x, const struct task *t)
{
	struct rom_extract_counts *n;

	if (!x->ride || !t->file.map.extents.n)
		return;
	n = rom_extract_count(x, t->file.origin);
	n->reread++;
	n->reread_bytes += t->file.inode.size;
}

void rom_extract_put_regular(struct rom_extractor *x, struct task *t)
{
	/* tried in this order: a link writes no bytes, the pass reads them only
	 * once for all */
	if (rom_link_to_first(x, t)) {
		rom_ring_put(x, t, TASK_DONE);
	} else if (rom_ride_takes(x, t)) {
		rom_link_set_deferred(x, t);
		rom_ride_put(x, t);
	} else {
		count_reread(x, t);
		rom_ring_put(x, t, TASK_QUEUED);
	}
}

static void put_regular(struct rom_extractor *x, struct task *t)
{
	if (t->file.inode.encrypted) {
		*t->name = '\0';
		rom_extract_count(x, t->file.origin)->encrypted++;
		rom_ring_put(x, t, TASK_DONE);
	} else if (rom_link_waits(x, t) && rom_ride_takes(x, t)) {
		/* another name of it is deferred: after the pass this one can
		 * be linked to it */
		rom_ride_put_late(x, t);
	} else {
		rom_extract_put_regular(x, t);
	}
}

static bool is_link_target(const struct rom_file *f)
{
	return f->target && f->target_len && !f->inode.encrypted &&
	       !memchr(f->target, 0, f->target_len);
}

/* Symlinks are made when their directory is finished: no file is ever written
 * through one. */
static void put_symlink(struct rom_extractor *x, struct task *t)
{
	if (is_link_target(&t->file)) {
		struct tree_link *l = rom_vec_add(&t->dir->links);

		l->name = rom_strdup(t->name);
		l->target = rom_strdup(t->file.target);
		l->inode = t->file.inode;
		l->origin = t->file.origin;
		rom_extract_count(x, t->file.origin)->links++;
	} else {
		*t->name = '\0';
	}
	rom_ring_put(x, t, TASK_DONE);
}

static bool put_directory(struct rom_extractor *x, struct task *t)
{
	struct rom_extract_counts *n = rom_extract_count(x, t->file.origin);
	bool entered;

	n->encrypted += t->file.inode.encrypted;
	rom_extract_enter(x, t);
	entered = !t->status;
	n->dirs += entered;
	rom_ring_put(x, t, TASK_DONE);
	return entered;
}

static bool put_by_type(struct rom_extractor *x, struct task *t)
{
	switch (t->file.inode.type) {
	case ROM_FILE_REGULAR:
		put_regular(x, t);
		break;
	case ROM_FILE_SYMLINK:
		put_symlink(x, t);
		break;
	case ROM_FILE_DIRECTORY:
		return put_directory(x, t);
	default: /* devices, FIFOs, sockets: listed, not created */
		*t->name = '\0';
		rom_extract_count(x, t->file.origin)->special++;
		rom_ring_put(x, t, TASK_DONE);
	}
	return false;
}

/* ---- name and directory in the output ------------------------------------ */

/* Offset of the last component of the path. */
static size_t name_start(const struct rom_file *f)
{
	size_t i = f->path_len;

	while (i > 0 && f->path[i - 1] != '/')
		i--;
	return i;
}

/* A damaged or hostile name may hold slashes: between two of them, and before
 * the first, there is no directory. Returns the new length. */
static size_t drop_empty_names(char *path, size_t len)
{
	size_t kept = 0;

	for (size_t i = 0; i < len; i++) {
		if (path[i] != '/' || (kept && path[kept - 1] != '/'))
			path[kept++] = path[i];
	}
	while (kept && path[kept - 1] == '/')
		kept--;
	return kept;
}

static void choose_name(struct rom_extractor *x, struct task *t)
{
	const char *name = t->file.path + name_start(&t->file);
	size_t len = t->file.path_len - name_start(&t->file);
	ROM_AUTO char *safe = rom_safe_name(name, len, x->target.out->rules);

	/* a file named by its number already has a name with an extension */
	if (!*t->name)
		snprintf(t->name, sizeof(t->name), "%s", safe);
	rom_naming_give(x->naming, t->dir, t->name);
	if (strlen(safe) != len || memcmp(safe, name, len))
		rom_extract_count(x, t->file.origin)->renamed++;
}

/* Finds its directory by the path in the dump, prefix included: names in the
 * output may differ. */
static struct tree_dir *find_parent(struct rom_extractor *x, struct task *t)
{
	const char *prefix = t->file.origin->prefix;
	size_t n = strlen(prefix), start = name_start(&t->file);
	ROM_AUTO char *path = rom_alloc(n + start + 1);

	memcpy(path, prefix, n);
	memcpy(path + n, t->file.path, start);
	n = drop_empty_names(path, n + start);
	return rom_extract_parent(x, path, n, &t->err);
}

bool rom_extract_put(struct rom_extractor *x, struct task *t)
{
	t->dir = find_parent(x, t);
	if (t->dir)
		choose_name(x, t);
	else
		t->status = t->err.status;
	if (!t->status)
		return put_by_type(x, t);
	rom_ring_put(x, t, TASK_DONE);
	return false;
}

enum rom_status rom_extract_add(
	struct rom_extractor *x, struct rom_file *file, struct rom_err *err)
{
	struct task t = { .file = *file };

	*file = (struct rom_file){ 0 };
	if (rom_extract_stopped(x))
		rom_task_done(x, &t);
	else
		rom_extract_put(x, &t);
	if (rom_extract_stopped(x))
		*err = x->err;
	return x->status;
}

/* ---- opening and closing ------------------------------------------------- */

/* A file of the dump may be called ".part", which the output uses itself. */
static void reserve_staging(struct rom_extractor *x)
{
	char name[ROM_NAME_MAX + 1] = ROM_STAGING;

	if (x->target.dir == x->target.out->dir)
		rom_naming_give(x->naming, x->current, name);
}

unsigned rom_extract_descriptors(void)
{
	/* descriptors of the dump, libraries, directories and logs */
	enum { OTHERS = 44, LEAST = ROM_EXTRACT_SINKS };
	unsigned n = rom_machine_open_files();

	return n > OTHERS + LEAST ? n - OTHERS : LEAST;
}

bool rom_extract_has_room(const struct rom_extractor *x, uint64_t len)
{
	const struct rom_out *out = x->target.out;

	return !out->existed || len <= rom_dir_free_bytes(out->part);
}

struct rom_extractor *rom_extract_open(const struct rom_target_tree *target,
	const struct rom_extract_options *options)
{
	struct rom_extractor *x = rom_alloc(sizeof(*x));
	size_t size = options->n_logs * sizeof(*x->logs);

	x->options = *options;
	x->target = *target;
	x->logs = rom_alloc(size);
	if (size)
		memcpy(x->logs, options->logs, size);
	for (size_t i = 0; i < options->n_logs; i++)
		x->head_wanted =
			rom_max(x->head_wanted, x->logs[i]->head_wanted);
	x->head_wanted = rom_min(x->head_wanted, ROM_MAX_HEAD);
	pthread_mutex_init(&x->lock, NULL);
	pthread_mutex_init(&x->log_lock, NULL);
	pthread_cond_init(&x->changed, NULL);
	rom_dir_cache_init(&x->dirs, target->dir);
	x->naming = rom_naming_new(target->out);
	x->current = rom_tree_dir_new(NULL, "", 0);
	reserve_staging(x);
	x->max_open = rom_extract_descriptors() / ROM_EXTRACT_SINKS;
	if (options->pass)
		rom_ride_open(x);
	rom_ring_start(x);
	return x;
}

static void note_failed_links(
	struct rom_extractor *x, const struct origin_state *o)
{
	if (o->unmade)
		rom_report_note(x->options.report, ROM_DAMAGE,
			o->origin->partition, ROM_NO_OFFSET,
			"%llu symbolic links could not be created in this "
			"folder; the manifest has their targets",
			(unsigned long long)o->unmade);
}

static void add_counts(
	struct rom_extract_counts *to, const struct rom_extract_counts *n)
{
	to->files += n->files;
	to->dirs += n->dirs;
	to->links += n->links;
	to->special += n->special;
	to->bytes += n->bytes;
	to->damaged += n->damaged;
	to->renamed += n->renamed;
	to->encrypted += n->encrypted;
	to->unattached += n->unattached;
	to->unreadable += n->unreadable;
	rom_content_counts_add(&to->contents, &n->contents);
	to->reread += n->reread;
	to->reread_bytes += n->reread_bytes;
}

static void extractor_free(struct rom_extractor *x)
{
	struct origin_state *o;

	rom_each (o, &x->origins)
		rom_map_done(&o->first, rom_link_first_free);
	rom_vec_done(&x->origins);
	rom_vec_done(&x->current_path);
	rom_dir_cache_done(&x->dirs);
	rom_naming_free(x->naming);
	pthread_mutex_destroy(&x->lock);
	pthread_mutex_destroy(&x->log_lock);
	pthread_cond_destroy(&x->changed);
	free(x->logs);
	free(x);
}

enum rom_status rom_extract_close(struct rom_extractor *x,
	enum rom_status passed, struct rom_extract_result *ret,
	struct rom_err *err)
{
	enum rom_status st;
	struct rom_origin_counts *n;
	struct origin_state *o;

	x->status = x->status ? x->status : passed;
	if (x->ride)
		rom_ride_finish(x);
	rom_ring_stop(x);
	rom_tree_dir_unref(x, x->current);
	rom_each (o, &x->origins)
		note_failed_links(x, o);
	rom_each (n, &x->result.origins)
		add_counts(&x->result.all, &n->counts);
	*ret = x->result;
	st = x->status;
	if (st && !passed)
		*err = x->err;
	extractor_free(x);
	return st;
}

void rom_extract_result_done(struct rom_extract_result *r)
{
	free(r->newest);
	rom_vec_done(&r->origins);
	*r = (struct rom_extract_result){ 0 };
}

struct rom_extract_counts rom_extract_counts_of(
	const struct rom_extract_result *r, uint32_t origin)
{
	const struct rom_origin_counts *n;

	rom_each (n, &r->origins) {
		if (n->id == origin)
			return n->counts;
	}
	return (struct rom_extract_counts){ 0 };
}
