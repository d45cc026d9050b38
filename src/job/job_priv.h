/* SPDX-License-Identifier: MIT */
/* job_priv.h - what the jobs share */
#ifndef ROMSPLIT_JOB_PRIV_H
#define ROMSPLIT_JOB_PRIV_H

#include "romsplit/job.h"
#include "romsplit/probe.h"

/* The one pass, and what rides on it. */
struct rom_split_order {
	struct rom_dump *dump;
	const struct rom_job_options *options;
	struct rom_out *out;
	struct rom_dir *dir; /* of out: partition files go there */
	const char *prefix;  /* of their names in the report */
	FILE *checksums;     /* or NULL */
	bool whole_dump;     /* its sum is wanted */
	/* more sinks, on ROM_WORKER_FILES and those behind */
	struct rom_sink *const *extra_sinks;
	size_t n_extra_sinks;
	struct rom_job_stats *stats;
};
enum {
	ROM_WORKER_DIGESTS,
	ROM_WORKER_PARTITION,
	ROM_WORKER_WRITE,
	ROM_WORKER_FILES
};

/* cut.c: one reading of the image; the partitions of the report into the
 * folder, their statistics and sums, and the sum of the dump, into the
 * report. */
enum rom_status rom_job_split_pass(
	const struct rom_split_order *order, struct rom_err *err);

/* Bytes the partition files may take on a disk that shares nothing. */
uint64_t rom_job_split_size(
	const struct rom_dump *dump, const struct rom_job_options *options);

/* The scatter file of report into the folder dir of out, its sum to sums (NULL:
 * none). ROM_E_USAGE when there can be none for this dump. */
enum rom_status rom_job_scatter(struct rom_report *r,
	const struct rom_job_options *o, struct rom_out *out,
	struct rom_dir *dir, const char *prefix, FILE *checksums,
	struct rom_err *err);

/* filter.c: a wants() for extractions; ctx is a struct rom_filter. */
bool rom_filter_wants(void *ctx, struct rom_fs *fs,
	const struct rom_inode *inode, const char *path);
bool rom_filter_is_set(const struct rom_filter *f);

/* ending.c: an ending() for extractions; ctx is a struct rom_extension_guesser,
 * which begins as zeros. libmagic is asked, and opened at the first
 * question. */
struct rom_extension_guesser {
	struct rom_mime *magic;
};
const char *rom_guess_extension(
	void *ctx, struct rom_fs *fs, const struct rom_inode *inode);
void rom_extension_guesser_done(struct rom_extension_guesser *e);

/* job_logs.c: the file logs of one extraction, and the files they go to. Begins
 * as zeros. */
struct rom_job_log_file {
	struct rom_out_file *file;
	const char *path;
};
struct rom_job_logs {
	ROM_VEC(struct rom_file_log *) logs;
	ROM_VEC(struct rom_job_log_file) files;
};
/* Adds a log that writes to out, which is not closed with it. prefix as in
 * struct rom_file_log_options. */
void rom_job_logs_add(struct rom_job_logs *l,
	const struct rom_file_log_kind *kind, FILE *out, const char *prefix);
/* Opens those that the user asks for. */
enum rom_status rom_job_logs_open(struct rom_job_logs *l,
	const struct rom_job_options *options, struct rom_err *err);
/* Closes all; ROM_E_WRITE when one could not be written. */
enum rom_status rom_job_logs_close(struct rom_job_logs *l, struct rom_err *err);

/* extract_job.c: where below the output what lies at path goes, with a slash at
 * its end: directly there ("") or below its whole path. Freed by the caller. */
char *rom_job_path_prefix(struct rom_fs *fs, const char *path, bool directly);

/* media_trees.c: where a filesystem has files of users. The first user's come
 * first; there are none when there is no such directory. */
struct rom_media_tree {
	char *path; /* in the filesystem: "/media/10" */
	/* where they go, below where the first user's go: ".user-10/" */
	char *prefix;
};
typedef ROM_VEC(struct rom_media_tree) rom_media_trees;
void rom_media_trees_find(struct rom_fs *fs, rom_media_trees *ret);
void rom_media_trees_done(rom_media_trees *trees);
/* The first user's: "/media/0", or "/" where damage hides that; NULL: none. */
const char *rom_job_media_path(struct rom_fs *fs);

/* extraction.c: an extractor with what has to outlive it. */
struct rom_job_extraction {
	struct rom_extractor *x; /* NULL: not begun */
	struct rom_report *report;
	bool unattached; /* what no directory names is saved too */
	struct rom_extension_guesser guesser;
	ROM_VEC(struct rom_origin *) origins;
	uint32_t filesystems; /* extracted from so far */
};
/* pass: the image of the pass that will bring files; NULL: there is none. */
void rom_job_extraction_open(struct rom_job_extraction *e,
	const struct rom_target_tree *target,
	const struct rom_job_options *options, struct rom_image *pass,
	struct rom_report *report, const struct rom_job_logs *logs);
/* An id for the origins of one filesystem more. */
uint32_t rom_job_extraction_id(struct rom_job_extraction *e);
/* A new origin, that lives as long. prefix is copied. */
const struct rom_origin *rom_job_origin(struct rom_job_extraction *e,
	const struct rom_origin *like, const char *prefix);
/* The files of all users of like->fs below like->prefix. ROM_E_NOT_FOUND when
 * there are none. */
enum rom_status rom_job_add_media(struct rom_job_extraction *e,
	const struct rom_origin *like, struct rom_err *err);
/* As rom_extract_close, and frees what was kept. Not begun is fine. */
enum rom_status rom_job_extraction_close(struct rom_job_extraction *e,
	enum rom_status passed, struct rom_extract_result *ret,
	struct rom_err *err);
void rom_job_add_copy(
	struct rom_job_stats *stats, const struct rom_copy_stats *copy);

/* storage_job.c: the files of partitions that are a storage of their own: of
 * the first one directly, or each into a directory of its own. */
struct rom_job_storage {
	char *partition, *directory;
	uint32_t origin;
};
typedef ROM_VEC(struct rom_job_storage) rom_job_storages_list;
enum rom_status rom_job_storages(struct rom_dump *dump, bool directly,
	struct rom_job_extraction *e, rom_job_storages_list *ret,
	struct rom_err *err);

/* ROM_E_WRITE when folder has less than need bytes free. what: said in the
 * message. */
enum rom_status rom_job_check_space(struct rom_out *out, struct rom_image *img,
	uint64_t need, const char *what, struct rom_err *err);

/* space_job.c: rom_job_check_space for what rom_job_extract would write with
 * these paths and options, and what is not there yet. Reads metadata only, and
 * that only where room is short. */
enum rom_status rom_job_check_extract(struct rom_fs *fs,
	const char *const *paths, size_t n,
	const struct rom_job_options *options, struct rom_out *out,
	struct rom_err *err);

/* A stream in .part/ that is given its place, replacing what is there, when the
 * job is done. */
struct job_file {
	struct rom_out_file *file; /* NULL: closed, or not opened yet */
	FILE *stream;		   /* of file */
	char temp[ROM_TEMP_NAME];
};
enum rom_status rom_job_file_open(
	struct rom_out *out, struct job_file *ret, struct rom_err *err);
/* False when it could not be written; not opened is fine. */
bool rom_job_file_close(struct job_file *f);
enum rom_status rom_job_file_place(struct rom_out *out, struct job_file *f,
	const char *name, struct rom_err *err);
/* place_beside.c: the manifest of an extraction into DIR as DIR.manifest.jsonl,
 * replacing what is there. */
enum rom_status rom_job_place_beside(
	struct rom_out *out, struct job_file *f, struct rom_err *err);

#endif
