/* SPDX-License-Identifier: MIT */
/* media_trees.c - the filesystems whose files the whole job saves, from the
 * walk to the end of the pass */
#include <stdlib.h>

#include "job_priv.h"

struct rom_job_tree *rom_job_tree_add(rom_job_trees *trees,
	struct rom_image *img, const struct rom_partition *p, struct rom_fs *fs)
{
	struct rom_job_tree *t = rom_alloc(sizeof(*t));
	struct rom_range here = { p->range.offset, p->present };

	t->fs = fs;
	t->streams = p->extents.n <= 1;
	rom_stream_init(&t->stream, img, here, ROM_WORKER_FILES);
	*rom_vec_add(trees) = t;
	return t;
}

void rom_job_add_copy(
	struct rom_job_stats *stats, const struct rom_copy_stats *copy)
{
	stats->copy.written += copy->written;
	stats->copy.shared += copy->shared;
	stats->copy.zero += copy->zero;
	stats->copy.hashed += copy->hashed;
}

static void count_media(struct rom_media *m, struct rom_extract_result *r)
{
	m->files += r->files;
	m->bytes += r->bytes;
	m->damaged += r->damaged;
	m->unreadable += r->unreadable;
	m->pictures += r->pictures;
	m->videos += r->videos;
	if (r->newest && (!m->newest || r->newest_time > m->newest_time)) {
		free(m->newest);
		m->newest = ROM_TAKE(r->newest);
		m->newest_time = r->newest_time;
	}
}

static void count_tree(struct rom_job_tree *t, struct rom_report *report,
	struct rom_job_stats *stats)
{
	if (t->storage)
		*rom_vec_add(&report->media.storages) =
			(struct rom_storage){ ROM_TAKE(t->storage),
				ROM_TAKE(t->folder), t->result.files,
				t->result.bytes };
	count_media(&report->media, &t->result);
	rom_job_add_copy(stats, &t->result.copy);
	stats->files += t->result.files;
	stats->reread += t->result.reread;
	stats->reread_bytes += t->result.reread_bytes;
}

static void tree_free(struct rom_job_tree *t)
{
	rom_extract_result_done(&t->result);
	free(t->storage);
	free(t->folder);
	free(t);
}

enum rom_status rom_job_trees_finish(rom_job_trees *trees,
	enum rom_status passed, struct rom_report *report,
	struct rom_job_stats *stats, struct rom_err *err)
{
	enum rom_status st = passed;

	for (size_t i = 0; i < trees->n; i++) {
		st = rom_stream_finish(&trees->v[i]->stream, st, err);
		if (!st)
			count_tree(trees->v[i], report, stats);
		tree_free(trees->v[i]);
	}
	report->media.done = report->media.done || (!st && trees->n);
	rom_vec_done(trees);
	return st;
}
