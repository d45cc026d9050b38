/* SPDX-License-Identifier: MIT */
/* job.h - the whole jobs: split, extract, everything, verify */
#ifndef ROMSPLIT_JOB_H
#define ROMSPLIT_JOB_H

#include "romsplit/analyze.h"
#include "romsplit/extract.h"
#include "romsplit/render.h"

/* Kinds of files by their contents, as bits of rom_filter.types. */
enum {
	ROM_TYPE_IMAGE = 1,
	ROM_TYPE_VIDEO = 2,
	ROM_TYPE_DOCUMENT = 4,
	ROM_TYPE_AUDIO = 8
};

/* Which files are wanted; all zero: every one. */
struct rom_filter {
	/* any of them; with a slash of the path, else of the name; case does
	 * not count */
	const char *const *globs;
	size_t n_globs;
	unsigned types; /* ROM_TYPE_IMAGE ..., by content */
	bool has_newer, no_thumbnails;
	int64_t newer;		/* seconds since 1970 */
	struct rom_mime *magic; /* for types */
};

/* A file log and the file it goes to. */
struct rom_log_choice {
	const struct rom_file_log_kind *kind;
	const char *path;
};

/* What a job is to do, and where. Strings and lists are borrowed until it has
 * ended. */
struct rom_job_options {
	const char *folder; /* output */
	/* names of the partitions to cut; n_only 0: all */
	const char *const *only;
	size_t n_only;
	enum rom_scatter_style style;
	/* of the scatter file, as in struct rom_scatter_options; NULL: the
	 * usual */
	const char *format;
	/* --scatter, as in struct rom_scatter_options; NULL: none */
	const struct rom_scatter *table_file;
	bool hash, sync, no_journal;
	const struct rom_filter *filter; /* NULL: all files */
	/* that is extracted from; NULL: userdata */
	const char *partition;
	/* what is extracted of it; n_paths 0: the user's files */
	const char *const *paths;
	size_t n_paths;
	/* file logs that the user asks for, beside those that are always
	 * written */
	const struct rom_log_choice *logs;
	size_t n_logs;
	/* of extracted files, as in rom_extract_options */
	unsigned hashes;
	bool hash_holes;
	unsigned threads;
	struct rom_progress *progress; /* may be NULL */
};

/* What a job did, in bytes but for the counts. */
struct rom_job_stats {
	uint64_t read, holes; /* by the pass; holes were not read */
	uint64_t files;	      /* extracted */
	uint64_t reread,
		/* of them: in pieces out of order, so that they were read once
		   more */
		reread_bytes;
	struct rom_copy_stats copy;
	struct rom_dump_stats opened;
	/* seconds: through the folders, and the pass, of which ... */
	double walk, pass;
	double reading, checksums, partitions, writing,
		saving; /* ... its threads were busy: see rom_pass */
};

/* Cuts the partitions of a dump into folder/ and writes the scatter file there.
 * What was made, and notes on it, go into the dump's report. */
enum rom_status rom_job_split(struct rom_dump *dump,
	const struct rom_job_options *options, struct rom_job_stats *stats,
	struct rom_err *err);

/* The whole job on a dump: media/, rom/, report.json, manifest.jsonl,
 * SHA256SUMS. */
enum rom_status rom_job_run(struct rom_dump *dump,
	const struct rom_job_options *options, struct rom_job_stats *stats,
	struct rom_err *err);

/* Writes userdata as it reads decrypted (full-disk or metadata encryption) to
 * path, which must not be there; what is zero becomes a hole. */
enum rom_status rom_job_decrypted(const struct rom_dump *dump, const char *path,
	struct rom_progress *progress, struct rom_err *err);

/* Copies the paths of the options from the filesystem of their partition into
 * folder: one path puts what lies under it directly there. The manifest is
 * folder.manifest.jsonl. Without paths: the user's files, as the whole job
 * saves them: /media/0 (or /media) directly, those of other users into
 * .user-10/ and so on. Fails as rom_dump_open_fs does. */
enum rom_status rom_job_extract(struct rom_dump *dump,
	const struct rom_job_options *options, struct rom_extract_result *ret,
	struct rom_err *err);

/* What rom_job_verify found. */
struct rom_verify_result {
	/* lines of SHA256SUMS that name a file; of these, the files that are
	 * missing or not as they were written */
	uint64_t files, bad;
	/* the dump was there to be read; its SHA-256 is that of report.json */
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

/* Writes file as path, padded with zeros to size bytes (which it is not larger
 * than); appears whole or not at all. */
enum rom_status rom_job_pad(struct rom_image *file, uint64_t size,
	const char *path, struct rom_err *err);

/* ---- two dumps against each other ---------------------------------------- */

/* Compares the partitions of two dumps byte by byte and makes the SHA-256 of
 * each (in their reports, too). Released with rom_diff_done; the dumps must
 * outlive it. */
enum rom_status rom_job_diff(struct rom_dump *a, struct rom_dump *b,
	struct rom_progress *progress, struct rom_diff *ret,
	struct rom_err *err);

#endif
