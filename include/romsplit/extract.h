/* SPDX-License-Identifier: MIT */
/*
 * extract.h - files into an output directory, wherever they were found
 *
 * An extractor takes files (file.h) from any producer. A file whose bytes lie
 * ascending in the image of a pass, as they are, is written while that pass
 * goes on; every other one is read for itself, at once. Logs are told of each.
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

/* What takes files and writes them; begun by rom_extract_open, ended and freed
 * by rom_extract_close. */
struct rom_extractor;

/* Files are dealt out to so many workers of the pass: most wait for the disk */
enum { ROM_EXTRACT_SINKS = 4 };

/* How files are extracted. All zeros: no digests, no logs, no pass; only report
 * has to be set. */
struct rom_extract_options {
	/* The image that a pass will read after the last file was added; NULL:
	 * there will be none, and every file is read for itself. */
	struct rom_image *pass;
	/* of the pass: the first of ROM_EXTRACT_SINKS */
	unsigned worker;
	/* of every file: 1 << ROM_HASH_SHA256 ...; 0: none */
	unsigned hashes;
	/* hash also files over 1 GiB that are nearly all hole */
	bool hash_holes;
	/* set-id bits and capabilities are set, which the manifest has in any
	 * case */
	bool preserve_setid;
	/* that copy; 0: three for each processor */
	unsigned threads;
	/* Whether a file or directory of a tree is wanted; NULL: all are. path
	 * is below the root of the tree. Directories that stay empty are not
	 * made then. */
	bool (*wants)(void *ctx, struct rom_fs *fs,
		const struct rom_inode *inode, const char *path);
	void *wants_ctx;
	/* The extension (".jpg", a literal) of a regular file that has no name
	 * but a number; NULL from it: not known. NULL: none is given one. */
	const char *(*extension)(
		void *ctx, struct rom_fs *fs, const struct rom_inode *inode);
	void *extension_ctx;
	/* told of each file, in this order; borrowed, the list is copied */
	struct rom_file_log *const *logs;
	size_t n_logs;
	struct rom_report *report;     /* damage becomes its notes */
	struct rom_progress *progress; /* may be NULL */
};

/* What was counted of one origin, or of all. */
struct rom_extract_counts {
	uint64_t files, dirs, links, special, bytes, damaged, renamed,
		encrypted;
	uint64_t unattached; /* found without a directory that names them */
	/* of the damaged: nothing of what they store could be read */
	uint64_t unreadable;
	uint64_t pictures, videos;
	/* with a pass: read for themselves all the same */
	uint64_t reread, reread_bytes;
};

/* The counts of one origin. */
struct rom_origin_counts {
	uint32_t id; /* of the origin */
	struct rom_extract_counts counts;
};

/* What an extraction did. Begins as zeros; released with
 * rom_extract_result_done. */
struct rom_extract_result {
	struct rom_extract_counts all;
	/* of each origin, in the order of their first file */
	ROM_VEC(struct rom_origin_counts) origins;
	char *newest; /* path of the newest picture or video; NULL: none */
	int64_t newest_time;
	struct rom_copy_stats copy;
};
/* Frees what the result holds and leaves it empty. */
void rom_extract_result_done(struct rom_extract_result *r);
/* The counts of an origin; zeros when no file of it came. */
struct rom_extract_counts rom_extract_counts_of(
	const struct rom_extract_result *r, uint32_t origin);

/* Where files go: below dir of out. */
struct rom_target_tree {
	struct rom_out *out;
	struct rom_dir *dir;
};

/* Never NULL. What options point to, but the list of logs, outlives the
 * extractor. */
struct rom_extractor *rom_extract_open(const struct rom_target_tree *target,
	const struct rom_extract_options *options);

/* Everything below root, a directory of origin's filesystem, goes below
 * origin->prefix. What cannot be read is damage in the report and in the logs.
 * ROM_E_WRITE when the output fails, ROM_E_STOPPED when the user stopped it;
 * the same is returned by rom_extract_close. */
enum rom_status rom_extract_tree(struct rom_extractor *x,
	const struct rom_origin *origin, const struct rom_inode *root,
	struct rom_err *err);
/* Where damage was met in origin's filesystem: what no directory names any
 * more goes into .lost below origin->prefix, by number. Errors as
 * rom_extract_tree. */
enum rom_status rom_extract_unattached(struct rom_extractor *x,
	const struct rom_origin *origin, struct rom_err *err);
/* One file of origin's filesystem, by its inode, as name below origin->prefix.
 * Errors as rom_extract_tree. */
enum rom_status rom_extract_inode(struct rom_extractor *x,
	const struct rom_origin *origin, const struct rom_inode *inode,
	const char *name, struct rom_err *err);
/* One file of any producer, below its origin->prefix; directories on its path
 * are made. Takes over what file holds, also on error, and leaves it empty.
 * Errors as rom_extract_tree. */
enum rom_status rom_extract_add(
	struct rom_extractor *x, struct rom_file *file, struct rom_err *err);

/* The path below the output that a file at prefix and path (len bytes) gets
 * when its names are free. Freed by the caller. */
char *rom_extract_written_path(const struct rom_out *out, const char *prefix,
	const char *path, size_t len);

/* What the pass has to feed. No file may be added from now on. */
struct rom_sinks {
	struct rom_sink *const *v; /* owned by the extractor */
	size_t n;
};
/* The sinks; none (n is 0) when no file waits for a pass. */
struct rom_sinks rom_extract_sinks(struct rom_extractor *x);

/* Finishes what the pass could not bring, and the directories; fills *ret and
 * frees the extractor. passed: how the pass ended, ROM_OK when there was none;
 * that, or the first error, is returned. */
enum rom_status rom_extract_close(struct rom_extractor *x,
	enum rom_status passed, struct rom_extract_result *ret,
	struct rom_err *err);

#endif
