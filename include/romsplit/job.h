/* SPDX-License-Identifier: MIT */
/* job.h - complete jobs: split, extract, the whole job, verify, diff */
#ifndef ROMSPLIT_JOB_H
#define ROMSPLIT_JOB_H

#include "romsplit/analyze.h"
#include "romsplit/extract.h"
#include "romsplit/gpt.h"
#include "romsplit/render.h"

/* Types of files by their content, as bits of rom_filter.types. */
enum {
	ROM_TYPE_IMAGE = 1,
	ROM_TYPE_VIDEO = 2,
	ROM_TYPE_DOCUMENT = 4,
	ROM_TYPE_AUDIO = 8
};

/* Which files are wanted. All zero: every file. */
struct rom_filter {
	/* a file has to match one of them: a pattern with a slash the path, any
	 * other the name, regardless of case */
	const char *const *globs;
	size_t n_globs;
	unsigned types; /* ROM_TYPE_IMAGE ..., by content */
	bool has_newer, no_thumbnails;
	int64_t newer;		/* seconds since 1970 */
	struct rom_mime *magic; /* for types */
};

/* A file log and the file that it is written to. */
struct rom_log_choice {
	const struct rom_file_log_kind *kind;
	const char *path;
};

/* What a job is to do, and where. Strings and lists are borrowed until it
 * returns. */
struct rom_job_options {
	const char *folder; /* the output directory */
	/* names of the partitions to cut; n_only 0: all */
	const char *const *only;
	size_t n_only;
	enum rom_scatter_style style;
	/* of the scatter file, as in struct rom_scatter_options; NULL: the
	 * default */
	const char *format;
	/* --scatter, as in struct rom_scatter_options; NULL: none */
	const struct rom_scatter *table_file;
	bool hash, sync, no_journal;
	const struct rom_filter *filter; /* NULL: all files */
	/* the partition to extract from; NULL: userdata */
	const char *partition;
	/* what to extract from it; n_paths 0: the user's files */
	const char *const *paths;
	size_t n_paths;
	/* file logs that the user asked for, in addition to those that are
	 * always written */
	const struct rom_log_choice *logs;
	size_t n_logs;
	/* as in rom_extract_options */
	unsigned hashes;
	bool hash_holes;
	bool preserve_setid;
	unsigned threads;
	struct rom_progress *progress; /* may be NULL */
};

/* What a job did. Sizes are in bytes. */
struct rom_job_stats {
	/* bytes that the pass read, and bytes of holes that it skipped */
	uint64_t read, holes;
	uint64_t files; /* extracted */
	/* files (and their bytes) that the pass could not write because their
	 * extents are not in ascending order: they were read separately */
	uint64_t reread, reread_bytes;
	struct rom_copy_stats copy;
	struct rom_dump_stats opened;
	/* seconds for walking the directories and for the pass */
	double walk, pass;
	/* seconds in which the threads of the pass were busy: see rom_pass */
	double reading, checksums, partitions, writing, saving;
};

/* Cuts the partitions of a dump into files in folder and writes the scatter
 * file there. The files and any notes are recorded in the dump's report. */
enum rom_status rom_job_split(struct rom_dump *dump,
	const struct rom_job_options *options, struct rom_job_stats *stats,
	struct rom_err *err);

/* The whole job on a dump: writes media/, rom/, report.json, manifest.jsonl and
 * SHA256SUMS. */
enum rom_status rom_job_run(struct rom_dump *dump,
	const struct rom_job_options *options, struct rom_job_stats *stats,
	struct rom_err *err);

/* Writes userdata, decrypted (full-disk or metadata encryption), to path, which
 * must not exist; zeros become holes. */
enum rom_status rom_job_decrypted(const struct rom_dump *dump, const char *path,
	struct rom_progress *progress, struct rom_err *err);

/* Copies the paths of the options from the filesystem of their partition into
 * folder; with a single path, what is below it goes directly there. The
 * manifest is folder.manifest.jsonl. Without paths: the user's files, as the
 * whole job saves them: /media/0 (or /media) directly, those of other users
 * into .user-10/ and so on. Errors as rom_dump_open_fs. */
enum rom_status rom_job_extract(struct rom_dump *dump,
	const struct rom_job_options *options, struct rom_extract_result *ret,
	struct rom_err *err);

/* What rom_job_verify found. */
struct rom_verify_result {
	/* files that SHA256SUMS names; of these, the files that are missing or
	 * differ from what was written */
	uint64_t files, bad;
	/* the dump was found and read; its SHA-256 is the one in report.json */
	bool image_checked, image_good;
};
/* Reads an output directory again: every file of SHA256SUMS, and the dump if it
 * is where report.json says. report is called with each finding, a line of text
 * that is freed after the call. ROM_OK also when something was found, and when
 * progress was stopped; ROM_E_INPUT or ROM_E_NOT_FOUND when there is nothing
 * to check: err says why. */
enum rom_status rom_job_verify(const char *folder,
	struct rom_progress *progress,
	void (*report)(void *ctx, const char *text), void *ctx,
	struct rom_verify_result *ret, struct rom_err *err);

/* Writes file to path, padded with zeros to size bytes, which must not be less
 * than its own size. path appears complete or not at all. */
enum rom_status rom_job_pad(struct rom_image *file, uint64_t size,
	const char *path, struct rom_err *err);

/* What repairing a dump that came through adb shell took away. */
struct rom_crlf {
	uint64_t lines;	   /* bytes 0A */
	uint64_t per_line; /* bytes 0D taken away before each of them */
	uint64_t size;	   /* of the repaired file */
};
/* Takes away the 0D that the terminal of adb shell put before each 0A of the
 * file in, and writes the rest to the new file out, which appears complete or
 * not at all. ROM_E_CORRUPT, and nothing is written, when an 0A has no 0D
 * before it, or there is no 0A; ROM_E_WRITE when out exists. progress may be
 * NULL. */
enum rom_status rom_job_repair_crlf(const char *in, const char *out,
	struct rom_progress *progress, struct rom_crlf *ret,
	struct rom_err *err);

/* ---- comparing two dumps ------------------------------------------------- */

/* Compares the partitions of two dumps byte by byte and computes the SHA-256 of
 * each, which is also stored in their reports. *ret is released with
 * rom_diff_done; the dumps must outlive it. */
enum rom_status rom_job_diff(struct rom_dump *a, struct rom_dump *b,
	struct rom_progress *progress, struct rom_diff *ret,
	struct rom_err *err);

/* Writes the two copies of a table into the directory path, which is made if
 * it does not exist, as pgpt.bin and sgpt.bin. Files of these names with the
 * same content stay; ROM_E_WRITE, with nothing written, when there is another
 * one. sync: they are on the disk at the end. */
enum rom_status rom_job_gpt(const struct rom_gpt_files *files,
	const char *path, bool sync, struct rom_err *err);

#endif
