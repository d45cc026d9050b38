/* SPDX-License-Identifier: MIT */
/* job_priv.h - what the jobs share */
#ifndef ROMSPLIT_JOB_PRIV_H
#define ROMSPLIT_JOB_PRIV_H

#include "romsplit/job.h"
#include "romsplit/probe.h"

/* The one pass, and what rides on it. */
struct rom_split_order {
	struct rom_image *img;
	const struct rom_job_options *options;
	struct rom_report *report;
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
uint64_t rom_job_split_size(struct rom_image *img,
	const struct rom_job_options *options, const struct rom_report *report);

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

/* extract_job.c: where the files of the users lie, "/" where damage hides that;
 * NULL: there are none. */
const char *rom_job_media_path(struct rom_fs *fs);
/* The files of all users into the folder dir of out: the first user's directly.
 * ROM_E_NOT_FOUND when there are none. */
enum rom_status rom_job_media(struct rom_fs *fs, struct rom_out *out,
	struct rom_dir *dir, struct rom_extract_options *options,
	struct rom_report *report, struct rom_extract_result *ret,
	struct rom_err *err);

/* media_trees.c: the filesystems whose files the whole job saves; what the pass
 * brings of them, they save while it runs. */
struct rom_job_tree {
	struct rom_stream stream;
	bool streams; /* false: it lies in pieces, all is read for itself */
	struct rom_fs *fs;
	struct rom_extract_result result;
	/* a storage of its own: its partition, its folder in media/; else
	 * NULL */
	char *storage, *folder;
};
typedef ROM_VEC(struct rom_job_tree *) rom_job_trees;
/* A new one for the filesystem of p, which it closes at the end. */
struct rom_job_tree *rom_job_tree_add(rom_job_trees *trees,
	struct rom_image *img, const struct rom_partition *p,
	struct rom_fs *fs);
/* After the pass, which ended with passed: the rest of the files; then all is
 * counted in report and stats, and freed. */
enum rom_status rom_job_trees_finish(rom_job_trees *trees,
	enum rom_status passed, struct rom_report *report,
	struct rom_job_stats *stats, struct rom_err *err);
void rom_job_add_copy(
	struct rom_job_stats *stats, const struct rom_copy_stats *copy);

/* storage_job.c: the files of partitions that are a storage of their own into
 * the folder dir of out: of the first one directly, or each into a folder of
 * its own. Each is a tree. */
enum rom_status rom_job_storages(struct rom_image *img, bool directly,
	struct rom_out *out, struct rom_dir *dir,
	const struct rom_extract_options *options, struct rom_report *report,
	rom_job_trees *trees, struct rom_err *err);

/* ROM_E_WRITE when folder has less than need bytes free. what: said in the
 * message. */
enum rom_status rom_job_check_space(struct rom_out *out, struct rom_image *img,
	uint64_t need, const char *what, struct rom_err *err);

/* space_job.c: rom_job_check_space for what rom_job_extract would write with
 * these paths and options, and what is not there yet. Reads metadata only, and
 * that only where room is short. */
enum rom_status rom_job_check_extract(struct rom_fs *fs,
	const char *const *paths, size_t n,
	const struct rom_extract_options *options, struct rom_out *out,
	struct rom_err *err);

/* extract_job.c: names of the folders in /media that other users than the first
 * have. Each freed by the caller. */
typedef ROM_VEC(char *) rom_name_list;
void rom_job_users(struct rom_fs *fs, rom_name_list *ret);

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

#endif
