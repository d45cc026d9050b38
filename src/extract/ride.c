/* SPDX-License-Identifier: MIT */
/*
 * ride.c - files that are written by the pass, so that no byte is read twice
 *
 * A file rides the pass when its extents, resolved through the stacked images,
 * are stored unencoded and in ascending order in the image of the pass. Memory
 * holds 16 bytes for each such file, the rest is in a spool file. During the
 * pass, a file is created at its first byte and closed after its last.
 */
#include <stdlib.h>

#include "ride_priv.h"

/* A file in more runs than this is read for itself: how finely the images on
 * the way cut it is up to the dump. */
enum { MAX_RUNS = 1 << 20 };

void rom_ride_open(struct rom_extractor *x)
{
	x->ride = rom_alloc(sizeof(*x->ride));
	pthread_mutex_init(&x->ride->report_lock, NULL);
	for (unsigned i = 0; i < ROM_EXTRACT_SINKS; i++) {
		x->ride->worker[i].next = i;
		x->ride->worker[i].x = x;
	}
}

/* ---- which files --------------------------------------------------------- */

/* Adds the ranges of one extent in the image of the pass. *end is the end of
 * the previous range: one before that is out of order. */
static bool add_runs(const struct rom_extractor *x, struct task *t,
	const struct rom_extent *e, uint64_t *end)
{
	for (uint64_t done = 0, n; done < e->len; done += n) {
		struct rom_place place = { t->file.data, e->image + done,
			e->len - done };

		if (t->runs.n >= MAX_RUNS ||
			!rom_image_resolve(&place, x->options.pass) ||
			place.offset < *end)
			return false;
		n = place.len;
		*end = place.offset + n;
		*rom_vec_add(&t->runs) = (struct rom_extent){ e->offset + done,
			n, place.offset, ROM_EXTENT_DATA };
	}
	return true;
}

bool rom_ride_takes(const struct rom_extractor *x, struct task *t)
{
	const struct rom_extent *e;
	uint64_t end = 0;
	bool good = !t->file.map.image && t->file.data;

	if (!x->ride || x->ride->passed)
		return false;
	rom_each (e, &t->file.map.extents) {
		if (e->kind == ROM_EXTENT_LOST)
			*rom_vec_add(&t->runs) = *e;
		good = good && e->kind != ROM_EXTENT_ENCODED &&
		       (e->kind != ROM_EXTENT_DATA || add_runs(x, t, e, &end));
	}
	good = good && end > 0;
	if (!good)
		rom_vec_done(&t->runs);
	return good;
}

/* The range from its first to its last byte in the image of the pass. */
static struct rom_range range_of(const struct task *t)
{
	struct rom_range range = { ROM_NO_OFFSET, 0 };
	const struct rom_extent *e;

	rom_each (e, &t->runs) {
		if (e->kind != ROM_EXTENT_DATA)
			continue;
		range.offset = rom_min(range.offset, e->image);
		range.len = e->image + e->len - range.offset;
	}
	return range;
}

/* ---- deferring ----------------------------------------------------------- */

static bool spool(struct rom_extractor *x, const struct task *t, uint64_t *ret)
{
	enum rom_status st =
		rom_spool_put(&x->ride->spool, x->target.out, t, ret, &x->err);

	x->status = x->status ? x->status : st;
	return !st;
}

/* A directory that gets files from the pass gets its mode and times after it:
 * each new file would change them. Its parents are recorded before it, so that
 * finish_directories can go from the last record to the first. */
static void defer_directory(struct rom_extractor *x, struct tree_dir *dir)
{
	struct task t = { .dir = dir, .file.inode = dir->inode };
	uint64_t record;

	if (dir->deferred || !dir->parent)
		return;
	defer_directory(x, dir->parent);
	dir->deferred = true;
	if (dir->has_meta && spool(x, &t, &record))
		*rom_vec_add(&x->ride->directories) = record;
}

void rom_ride_put(struct rom_extractor *x, struct task *t)
{
	const struct rom_range range = range_of(t);
	struct ride *r = x->ride;
	uint64_t record;

	defer_directory(x, t->dir);
	r->end = rom_max(r->end, rom_range_end(range));
	if (spool(x, t, &record))
		*rom_vec_add(&r->files) =
			(struct ride_plan){ range.offset, record };
	rom_task_done(x, t);
}

void rom_ride_put_late(struct rom_extractor *x, struct task *t)
{
	uint64_t record;

	defer_directory(x, t->dir);
	if (spool(x, t, &record))
		*rom_vec_add(&x->ride->late) = record;
	rom_task_done(x, t);
}

/* ---- the sinks ----------------------------------------------------------- */

static int by_first_byte(const void *a, const void *b)
{
	const struct ride_plan *p = a, *q = b;

	if (p->first != q->first)
		return p->first < q->first ? -1 : 1;
	return p->record < q->record ? -1 : p->record > q->record;
}

struct rom_sinks rom_extract_sinks(struct rom_extractor *x)
{
	struct ride *r = x->ride;
	enum rom_status st;

	rom_ring_stop(x);
	if (!r || !r->files.n)
		return (struct rom_sinks){ 0 };
	st = rom_spool_flush(&r->spool, &x->err);
	x->status = x->status ? x->status : st;
	qsort(r->files.v, r->files.n, sizeof(*r->files.v), by_first_byte);
	for (unsigned i = 0; i < ROM_EXTRACT_SINKS; i++) {
		struct ride_worker *w = &r->worker[i];
		uint64_t first = r->files.v[0].first;

		w->sink = (struct rom_sink){ .range = { first, r->end - first },
			.worker = x->options.worker + i,
			.feed = rom_ride_feed };
		r->sinks[i] = &w->sink;
	}
	return (struct rom_sinks){ r->sinks, ROM_EXTRACT_SINKS };
}

/* ---- after the pass ------------------------------------------------------ */

/* In the order in which they were added: the workers put theirs in any order,
 * but the first name of a file always has the earlier record. */
static int by_record(const void *a, const void *b)
{
	const uint64_t *p = a, *q = b;

	return *p < *q ? -1 : *p > *q;
}

static void save_late(struct rom_extractor *x)
{
	struct ride *r = x->ride;
	uint64_t *record;

	rom_each (record, &r->late) {
		struct task t;

		if (rom_extract_stopped(x))
			return;
		x->status = rom_spool_get(&r->spool, *record, &t, &x->err);
		if (!x->status)
			rom_extract_put_regular(x, &t);
	}
}

/* From the last record to the first: a directory must not lose its permissions
 * before those below it are finished. */
static void finish_directories(struct rom_extractor *x)
{
	struct ride *r = x->ride;

	for (size_t i = r->directories.n; i > 0 && !x->status; i--) {
		struct task t;
		struct rom_meta meta;
		struct rom_dir *dir;

		x->status = rom_spool_get(
			&r->spool, r->directories.v[i - 1], &t, &x->err);
		if (x->status)
			return;
		dir = rom_dir_cache_open(&x->dirs, t.directory, &x->err);
		meta = rom_meta_of(x, &t.file.inode);
		if (dir)
			rom_dir_set_meta(dir, &meta);
		rom_dir_close(dir);
		rom_task_done(x, &t);
	}
}

void rom_ride_finish(struct rom_extractor *x)
{
	struct ride *r = x->ride;
	enum rom_status st = rom_spool_flush(&r->spool, &x->err);

	/* still at work when the run ended before the pass */
	rom_ring_stop(x);
	x->status = x->status ? x->status : st;
	r->passed = true;
	rom_ride_report_rest(r);
	for (size_t i = 0; i < ROM_EXTRACT_SINKS; i++)
		rom_ride_worker_done(&r->worker[i]);
	if (r->late.n)
		qsort(r->late.v, r->late.n, sizeof(*r->late.v), by_record);
	rom_ring_start(x);
	save_late(x);
	rom_ring_stop(x);
	finish_directories(x);
	rom_spool_close(&r->spool);
	rom_vec_done(&r->files);
	rom_vec_done(&r->late);
	rom_vec_done(&r->directories);
	pthread_mutex_destroy(&r->report_lock);
	free(r);
	x->ride = NULL;
}
