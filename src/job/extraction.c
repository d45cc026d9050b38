/* SPDX-License-Identifier: MIT */
/* extraction.c - an extractor and the origins of the files that it takes */
#include <stdlib.h>

#include "job_priv.h"
#include "split_priv.h"

void rom_job_extraction_open(struct rom_job_extraction *e,
	const struct rom_target_tree *target,
	const struct rom_job_options *options, struct rom_image *pass,
	struct rom_report *report, const struct rom_job_logs *logs)
{
	struct rom_extract_options x = {
		.pass = pass,
		.worker = ROM_WORKER_FILES,
		.hashes = options->hashes,
		.hash_holes = options->hash_holes,
		.preserve_setid = options->preserve_setid,
		.threads = options->threads,
		.extension = rom_guess_extension,
		.extension_ctx = &e->guesser,
		.logs = logs->logs.v,
		.n_logs = logs->logs.n,
		.report = report,
		.progress = options->progress,
	};

	if (rom_filter_is_set(options->filter)) {
		x.wants = rom_filter_wants;
		x.wants_ctx = (void *)(uintptr_t)options->filter;
	}
	e->report = report;
	e->unattached = !x.wants;
	e->x = rom_extract_open(target, &x);
}

uint32_t rom_job_extraction_id(struct rom_job_extraction *e)
{
	return ++e->filesystems;
}

const struct rom_origin *rom_job_origin(struct rom_job_extraction *e,
	const struct rom_origin *like, const char *prefix)
{
	struct rom_origin *o = rom_alloc(sizeof(*o));

	*o = *like;
	o->prefix = rom_strdup(prefix);
	*rom_vec_add(&e->origins) = o;
	return o;
}

/* ---- the files of all users ---------------------------------------------- */

static void note_missing_media(
	const struct rom_job_extraction *e, const struct rom_origin *origin)
{
	if (!rom_analyze_media(origin->fs))
		rom_report_note(e->report, ROM_DAMAGE, origin->partition,
			ROM_NO_OFFSET,
			"the folder /media/0 cannot be found, because the "
			"filesystem is damaged: all its files are saved; those "
			"that are in no folder go into .lost, or get a number "
			"for a name");
}

static enum rom_status add_first_user(struct rom_job_extraction *e,
	const struct rom_origin *origin, const char *path, struct rom_err *err)
{
	struct rom_inode inode;
	enum rom_status st = rom_fs_lookup(origin->fs, path, &inode, err);

	if (!st && inode.encrypted)
		st = rom_fail(err, ROM_E_ENCRYPTED, ROM_NO_OFFSET,
			"%s is encrypted: %s", path,
			e->report->userdata.summary
				? e->report->userdata.summary
				: "its key is needed");
	if (st)
		return st;
	note_missing_media(e, origin);
	st = rom_extract_tree(e->x, origin, &inode, err);
	if (!st && e->unattached)
		st = rom_extract_unattached(e->x, origin, err);
	return st;
}

/* A user whose files are encrypted without a key is skipped: the verdict states
 * it. */
static enum rom_status add_user(struct rom_job_extraction *e,
	const struct rom_origin *origin, const char *path, struct rom_err *err)
{
	struct rom_inode inode;

	if (rom_fs_lookup(origin->fs, path, &inode, err) ||
		inode.type != ROM_FILE_DIRECTORY || inode.encrypted)
		return ROM_OK;
	return rom_extract_tree(e->x, origin, &inode, err);
}

enum rom_status rom_job_add_media(struct rom_job_extraction *e,
	const struct rom_origin *like, struct rom_err *err)
{
	rom_media_trees trees = { 0 };
	enum rom_status st = ROM_OK;

	rom_media_trees_find(like->fs, &trees);
	if (!trees.n)
		st = rom_fail(err, ROM_E_NOT_FOUND, ROM_NO_OFFSET,
			"there is no /media/0 in this filesystem; give the "
			"path to extract, / for everything");
	for (size_t i = 0; i < trees.n && !st; i++) {
		const struct rom_media_tree *t = &trees.v[i];
		ROM_AUTO char *prefix =
			rom_format("%s%s", like->prefix, t->prefix);
		const struct rom_origin *o = rom_job_origin(e, like, prefix);

		st = i ? add_user(e, o, t->path, err)
		       : add_first_user(e, o, t->path, err);
	}
	rom_media_trees_done(&trees);
	return st;
}

/* ---- closing ------------------------------------------------------------- */

enum rom_status rom_job_extraction_close(struct rom_job_extraction *e,
	enum rom_status passed, struct rom_extract_result *ret,
	struct rom_err *err)
{
	enum rom_status st = passed;
	struct rom_origin **o;

	if (e->x)
		st = rom_extract_close(e->x, passed, ret, err);
	rom_each (o, &e->origins) {
		free((char *)(uintptr_t)(*o)->prefix);
		free(*o);
	}
	rom_vec_done(&e->origins);
	rom_extension_guesser_done(&e->guesser);
	e->x = NULL;
	return st;
}

void rom_job_add_copy(
	struct rom_job_stats *stats, const struct rom_copy_stats *copy)
{
	stats->copy.written += copy->written;
	stats->copy.shared += copy->shared;
	stats->copy.zero += copy->zero;
	stats->copy.hashed += copy->hashed;
}
