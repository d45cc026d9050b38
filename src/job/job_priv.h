/* SPDX-License-Identifier: MIT */
/* job_priv.h - what the jobs share */
#ifndef ROMSPLIT_JOB_PRIV_H
#define ROMSPLIT_JOB_PRIV_H

#include "romsplit/job.h"
#include "romsplit/probe.h"

/* What the pass over a dump has to do. */
struct rom_split_order {
	struct rom_dump *dump;
	const struct rom_job_options *options;
	struct rom_out *out;
	struct rom_dir *dir; /* of out: partition files go there */
	const char *prefix;  /* of their names in the report: "rom/" */
	FILE *checksums;     /* or NULL */
	bool whole_dump;     /* make a digest of the whole dump, too */
	/* sinks of an extraction, on ROM_WORKER_FILES and the workers after
	 * it */
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

/* split_pass.c: reads the dump once and writes the partition files; statistics
 * and digests go into the report. */
enum rom_status rom_job_split_pass(
	const struct rom_split_order *order, struct rom_err *err);

/* Fails when the disk of out takes no file as large as one of the partition
 * files: said before anything is written. */
enum rom_status rom_job_check_largest(const struct rom_dump *dump,
	const struct rom_job_options *options, struct rom_out *out,
	struct rom_err *err);
/* Bytes that the partition files take on a disk that cannot share blocks with
 * the dump. */
uint64_t rom_job_split_size(
	const struct rom_dump *dump, const struct rom_job_options *options);

/* Writes the scatter file of r into dir of out, and its checksum line to
 * checksums (NULL: none). ROM_E_USAGE when this dump cannot have one. */
enum rom_status rom_job_scatter(struct rom_report *r,
	const struct rom_job_options *o, struct rom_out *out,
	struct rom_dir *dir, const char *prefix, FILE *checksums,
	struct rom_err *err);

/* filter.c: for rom_extract_options.wants; ctx is a struct rom_filter. */
bool rom_filter_wants(void *ctx, struct rom_fs *fs,
	const struct rom_inode *inode, const char *path);
bool rom_filter_is_set(const struct rom_filter *f);

/* extension.c: for rom_extract_options.extension; ctx is a struct
 * rom_extension_guesser, which begins as zeros. Opens libmagic when it is first
 * called. */
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
/* Opens the logs that the user asked for. */
enum rom_status rom_job_logs_open(struct rom_job_logs *l,
	const struct rom_job_options *options, struct rom_err *err);
/* Closes all; ROM_E_WRITE when one could not be written. */
enum rom_status rom_job_logs_close(struct rom_job_logs *l, struct rom_err *err);

/* extract_job.c: the prefix in the output for what is at path: "" (directly) or
 * its whole path, with a slash at the end. Freed by the caller. */
char *rom_job_path_prefix(struct rom_fs *fs, const char *path, bool directly);

/* media_trees.c: the directories with the users' files, that of the first user
 * first. The list is empty when there is no such directory. */
struct rom_media_tree {
	char *path; /* in the filesystem: "/media/10" */
	/* prefix in the output, relative to the first user's: ".user-10/" */
	char *prefix;
};
typedef ROM_VEC(struct rom_media_tree) rom_media_trees;
void rom_media_trees_find(struct rom_fs *fs, rom_media_trees *ret);
void rom_media_trees_done(rom_media_trees *trees);
/* That of the first user: "/media/0", or "/" where damage hides it; NULL:
 * none. */
const char *rom_job_media_path(struct rom_fs *fs);

/* extraction.c: an extractor and the objects that have to outlive it. */
struct rom_job_extraction {
	struct rom_extractor *x; /* NULL: not opened */
	struct rom_report *report;
	bool unattached; /* save unattached inodes, too */
	struct rom_extension_guesser guesser;
	ROM_VEC(struct rom_origin *) origins;
	uint32_t filesystems; /* ids given out so far */
};
/* pass: the image of the pass that will write files; NULL: there is none. */
void rom_job_extraction_open(struct rom_job_extraction *e,
	const struct rom_target_tree *target,
	const struct rom_job_options *options, struct rom_image *pass,
	struct rom_report *report, const struct rom_job_logs *logs);
/* A new id, for the origins of one filesystem. */
uint32_t rom_job_extraction_id(struct rom_job_extraction *e);
/* A copy of like with another prefix, which is copied; freed with e. */
const struct rom_origin *rom_job_origin(struct rom_job_extraction *e,
	const struct rom_origin *like, const char *prefix);
/* Adds the files of all users of like->fs, below like->prefix. ROM_E_NOT_FOUND
 * when there are none. */
enum rom_status rom_job_add_media(struct rom_job_extraction *e,
	const struct rom_origin *like, struct rom_err *err);
/* As rom_extract_close, and frees origins and guesser. May be called when it
 * was not opened. */
enum rom_status rom_job_extraction_close(struct rom_job_extraction *e,
	enum rom_status passed, struct rom_extract_result *ret,
	struct rom_err *err);
void rom_job_add_copy(
	struct rom_job_stats *stats, const struct rom_copy_stats *copy);

/* storage_job.c: extracts the files of separate storage partitions, each into
 * its own directory; directly: those of the first one into media/ itself. */
struct rom_job_storage {
	char *partition, *directory;
	uint32_t origin;
};
typedef ROM_VEC(struct rom_job_storage) rom_job_storages_list;
enum rom_status rom_job_storages(struct rom_dump *dump, bool directly,
	struct rom_job_extraction *e, rom_job_storages_list *ret,
	struct rom_err *err);

/* space_job.c: a warning when root writes where another user may change it. */
void rom_job_note_foreign(struct rom_report *r, const struct rom_out *out);

/* ROM_E_WRITE when the filesystem of out has less than need bytes free. what:
 * the end of the message, what the user can do. */
enum rom_status rom_job_check_space(struct rom_out *out, struct rom_image *img,
	uint64_t need, const char *what, struct rom_err *err);

/* space_job.c: rom_job_check_space for what rom_job_extract would still have to
 * write with these paths and options. Reads metadata, and only when space may
 * be short. */
enum rom_status rom_job_check_extract(struct rom_fs *fs,
	const char *const *paths, size_t n,
	const struct rom_job_options *options, struct rom_out *out,
	struct rom_err *err);

/* A stream in .part/ that is renamed to its final name at the end of the job,
 * replacing an older file. */
struct job_file {
	struct rom_out_file *file; /* NULL: closed, or not opened yet */
	FILE *stream;		   /* of file */
	char temp[ROM_TEMP_NAME];
};
enum rom_status rom_job_file_open(
	struct rom_out *out, struct job_file *ret, struct rom_err *err);
/* False when it could not be written. A file that is not open is fine. */
bool rom_job_file_close(struct job_file *f);
enum rom_status rom_job_file_place(struct rom_out *out, struct job_file *f,
	const char *name, struct rom_err *err);
/* place_beside.c: renames the manifest of an extraction into DIR to
 * DIR.manifest.jsonl, replacing an older one. */
enum rom_status rom_job_place_beside(
	struct rom_out *out, struct job_file *f, struct rom_err *err);

#endif
