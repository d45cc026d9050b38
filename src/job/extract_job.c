/* SPDX-License-Identifier: MIT */
/* extract_job.c - the extract command: paths of one filesystem into a
 * directory */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "job_priv.h"
#include "romsplit/analyze.h"

/* ---- paths --------------------------------------------------------------- */

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

char *rom_job_path_prefix(struct rom_fs *fs, const char *path, bool directly)
{
	struct rom_inode inode;
	struct rom_err err;
	size_t len = strlen(path), n;
	char *prefix = rom_strdup("");

	if (directly || rom_fs_lookup(fs, path, &inode, &err))
		return prefix;
	if (inode.type != ROM_FILE_DIRECTORY)
		len = (size_t)(base_name(path) - path);
	/* copies the components one by one, without empty ones and "." */
	for (const char *p = path, *end = path + len; p < end; p += n + 1) {
		char *longer;

		n = strcspn(p, "/");
		n = n < (size_t)(end - p) ? n : (size_t)(end - p);
		if (n == 0 || (n == 1 && *p == '.'))
			continue;
		longer = rom_format("%s%.*s/", prefix, (int)n, p);
		free(prefix);
		prefix = longer;
	}
	return prefix;
}

static enum rom_status extract_path(struct rom_job_extraction *e,
	const struct rom_origin *like, const char *path, bool directly,
	struct rom_err *err)
{
	ROM_AUTO char *prefix = rom_job_path_prefix(like->fs, path, directly);
	const struct rom_origin *origin = rom_job_origin(e, like, prefix);
	struct rom_inode inode;
	enum rom_status st = rom_fs_lookup(like->fs, path, &inode, err);

	if (st)
		return st;
	if (inode.encrypted)
		return rom_fail(err, ROM_E_ENCRYPTED, ROM_NO_OFFSET,
			"%s is encrypted: %s", path,
			e->report->userdata.summary
				? e->report->userdata.summary
				: "its key is needed");
	if (inode.type != ROM_FILE_DIRECTORY)
		return rom_extract_inode(
			e->x, origin, &inode, base_name(path), err);
	st = rom_extract_tree(e->x, origin, &inode, err);
	if (!st && e->unattached)
		st = rom_extract_unattached(e->x, origin, err);
	return st;
}

/* ---- the job ------------------------------------------------------------- */

/* The state of one extraction. */
struct extract_job {
	const struct rom_job_options *options;
	struct rom_report *report;
	const char *const *paths;
	size_t n;
	struct rom_out out;
	struct job_file manifest;
	struct rom_job_logs logs;
	struct rom_job_extraction extraction;
};

/* Fails before anything is written when a path does not exist. */
static enum rom_status check_paths(
	const struct extract_job *j, struct rom_fs *fs, struct rom_err *err)
{
	struct rom_inode inode;
	enum rom_status st = ROM_OK;

	if (j->n == 0 && !rom_job_media_path(fs))
		return rom_fail(err, ROM_E_NOT_FOUND, ROM_NO_OFFSET,
			"there is no /media/0 in this filesystem; give the "
			"path to extract, / for everything");
	for (size_t i = 0; i < j->n && !st; i++)
		st = rom_fs_lookup(fs, j->paths[i], &inode, err);
	return st;
}

static enum rom_status open_logs(struct extract_job *j, struct rom_err *err)
{
	enum rom_status st = rom_job_file_open(&j->out, &j->manifest, err);

	if (st)
		return st;
	rom_job_logs_add(&j->logs, &rom_log_manifest, j->manifest.stream, NULL);
	return rom_job_logs_open(&j->logs, j->options, err);
}

static enum rom_status extract_all(struct extract_job *j,
	const struct rom_origin *like, struct rom_err *err)
{
	const struct rom_target_tree target = { &j->out, j->out.dir };
	struct rom_job_extraction *e = &j->extraction;
	enum rom_status st = ROM_OK;

	rom_job_extraction_open(
		e, &target, j->options, NULL, j->report, &j->logs);
	if (j->n == 0)
		return rom_job_add_media(e, like, err);
	for (size_t i = 0; i < j->n && !st; i++)
		st = extract_path(e, like, j->paths[i], j->n == 1, err);
	return st;
}

/* Closes the logs in any case and reports the first error. The manifest appears
 * only after success. */
static enum rom_status close_logs(
	struct extract_job *j, enum rom_status st, struct rom_err *err)
{
	struct rom_err own;
	enum rom_status closed = rom_job_logs_close(&j->logs, &own);

	if (!st && closed) {
		*err = own;
		st = closed;
	}
	if (!st)
		return rom_job_place_beside(&j->out, &j->manifest, err);
	rom_job_file_close(&j->manifest);
	return st;
}

static enum rom_status extract_from(struct extract_job *j,
	const struct rom_dump_fs *from, struct rom_extract_result *ret,
	struct rom_err *err)
{
	const struct rom_job_options *o = j->options;
	const struct rom_origin like = {
		.id = 1,
		.partition = from->partition->name,
		.fs = from->fs,
		.base = from->base,
		.prefix = "",
	};
	enum rom_status st = rom_out_open(o->folder,
		(struct rom_out_options){
			.sync = o->sync, .checksums = o->hashes },
		&j->out, err);

	if (!st)
		rom_job_note_foreign(j->report, &j->out);
	if (!st)
		st = rom_job_check_extract(
			like.fs, j->paths, j->n, o, &j->out, err);
	if (!st)
		st = open_logs(j, err);
	if (!st)
		st = extract_all(j, &like, err);
	st = rom_job_extraction_close(&j->extraction, st, ret, err);
	st = close_logs(j, st, err);
	return rom_out_close(&j->out, st, err);
}

enum rom_status rom_job_extract(struct rom_dump *dump,
	const struct rom_job_options *options, struct rom_extract_result *ret,
	struct rom_err *err)
{
	struct extract_job j = { .options = options,
		.report = dump->report,
		.paths = options->paths,
		.n = options->n_paths };
	struct rom_dump_fs from;
	enum rom_status st = rom_dump_open_fs(
		dump, options->partition, options->no_journal, &from, err);

	if (!st)
		st = check_paths(&j, from.fs, err);
	return st ? st : extract_from(&j, &from, ret, err);
}
