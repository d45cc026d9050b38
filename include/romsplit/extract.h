/* SPDX-License-Identifier: MIT */
/*
 * extract.h - writes files, wherever they were found, to an output directory
 *
 * An extractor takes files (file.h) from any producer. A file whose bytes are
 * stored unencoded and in ascending order in the image of a pass is written
 * during that pass; every other file is read separately, at once. Each file is
 * reported to the logs.
 *
 *     rom_extract_open, rom_extract_tree or rom_extract_add any number of
 *     times, rom_extract_sinks, the pass, rom_extract_close
 *
 * All calls but the feeding of the sinks come from one thread.
 */
#ifndef ROMSPLIT_EXTRACT_H
#define ROMSPLIT_EXTRACT_H

#include "romsplit/fs.h"
#include "romsplit/output.h"
#include "romsplit/pass.h"

/* Takes files and writes them; created by rom_extract_open, freed by
 * rom_extract_close. */
struct rom_extractor;

/* Files are distributed among so many workers of the pass, since most of them
 * wait for the disk. */
enum { ROM_EXTRACT_SINKS = 4 };

/* How files are extracted. All zeros: no digests, no logs, no pass; only report
 * has to be set. */
struct rom_extract_options {
	/* The image that a pass will read after the last file was added; NULL:
	 * there is no pass, and every file is read separately. */
	struct rom_image *pass;
	/* the first of ROM_EXTRACT_SINKS workers of the pass */
	unsigned worker;
	/* digests of every file: 1 << ROM_HASH_SHA256, ...; 0: none */
	unsigned hashes;
	/* hash also files over 1 GiB that are nearly all holes */
	bool hash_holes;
	/* set-id bits and capabilities are set, which the manifest has in any
	 * case */
	bool preserve_setid;
	/* threads that copy files; 0: three for each processor */
	unsigned threads;
	/* Returns whether a file or directory of a tree is wanted; path is
	 * relative to the root of the tree. NULL: all are wanted. With it,
	 * directories that remain empty are not created. */
	bool (*wants)(void *ctx, struct rom_fs *fs,
		const struct rom_inode *inode, const char *path);
	void *wants_ctx;
	/* Returns the extension (".jpg", a literal) for a regular file that has
	 * only a number for a name; NULL: not known. May be NULL. */
	const char *(*extension)(
		void *ctx, struct rom_fs *fs, const struct rom_inode *inode);
	void *extension_ctx;
	/* called for each file, in this order; borrowed, the list is copied */
	struct rom_file_log *const *logs;
	size_t n_logs;
	struct rom_report *report;     /* damage becomes its notes */
	struct rom_progress *progress; /* may be NULL */
};

/* Counts of one origin, or of all. */
struct rom_extract_counts {
	uint64_t files, dirs, links, special, bytes, damaged, renamed,
		encrypted;
	uint64_t unattached; /* in use, but no directory names them */
	/* of the damaged: no stored byte could be read */
	uint64_t unreadable;
	struct rom_content_counts contents;
	/* with a pass: files that had to be read separately, and their bytes */
	uint64_t reread, reread_bytes;
};

/* The counts of one origin. */
struct rom_origin_counts {
	uint32_t id; /* of the origin */
	struct rom_extract_counts counts;
};

/* The result of an extraction. Begins as zeros; released with
 * rom_extract_result_done. */
struct rom_extract_result {
	struct rom_extract_counts all;
	/* of each origin, in the order of their first file */
	ROM_VEC(struct rom_origin_counts) origins;
	char *newest; /* path of the newest picture or video; NULL: none */
	int64_t newest_time;
	struct rom_copy_stats copy;
};
/* Frees the members of the result and clears it. */
void rom_extract_result_done(struct rom_extract_result *r);
/* The counts of an origin; zeros when it had no file. */
struct rom_extract_counts rom_extract_counts_of(
	const struct rom_extract_result *r, uint32_t origin);

/* Where files are written: below dir of out. */
struct rom_target_tree {
	struct rom_out *out;
	struct rom_dir *dir;
};

/* Creates an extractor; never NULL. What options point to, except the list of
 * logs, must outlive it. */
struct rom_extractor *rom_extract_open(const struct rom_target_tree *target,
	const struct rom_extract_options *options);

/* Adds everything below root, a directory of origin's filesystem, below
 * origin->prefix. What cannot be read becomes damage in the report and in the
 * logs. Returns ROM_E_WRITE when the output fails, ROM_E_STOPPED when the user
 * stopped it; rom_extract_close then returns the same. */
enum rom_status rom_extract_tree(struct rom_extractor *x,
	const struct rom_origin *origin, const struct rom_inode *root,
	struct rom_err *err);
/* If damage was found in origin's filesystem, adds its unattached inodes to
 * .lost below origin->prefix, named by their number. Errors as
 * rom_extract_tree. */
enum rom_status rom_extract_unattached(struct rom_extractor *x,
	const struct rom_origin *origin, struct rom_err *err);
/* Adds one file of origin's filesystem, given by its inode, as name below
 * origin->prefix. Errors as rom_extract_tree. */
enum rom_status rom_extract_inode(struct rom_extractor *x,
	const struct rom_origin *origin, const struct rom_inode *inode,
	const char *name, struct rom_err *err);
/* Adds one file of any producer, below its origin->prefix; creates missing
 * directories of its path. Takes ownership of the members of file, also on
 * error, and clears it. Errors as rom_extract_tree. */
enum rom_status rom_extract_add(
	struct rom_extractor *x, struct rom_file *file, struct rom_err *err);

/* The path in the output that a file at prefix and path (len bytes) gets if no
 * name on it is in use. Freed by the caller. */
char *rom_extract_written_path(const struct rom_out *out, const char *prefix,
	const char *path, size_t len);

/* The sinks that the pass has to feed. */
struct rom_sinks {
	struct rom_sink *const *v; /* owned by the extractor */
	size_t n;
};
/* Returns the sinks; none (n is 0) when no file waits for the pass. No file may
 * be added after this. */
struct rom_sinks rom_extract_sinks(struct rom_extractor *x);

/* Writes the files that the pass could not, finishes the directories, fills
 * *ret and frees the extractor. passed: the status of the pass, ROM_OK when
 * there was none. Returns that, or the first error. */
enum rom_status rom_extract_close(struct rom_extractor *x,
	enum rom_status passed, struct rom_extract_result *ret,
	struct rom_err *err);

#endif
