/* SPDX-License-Identifier: MIT */
/* extract.h - files into an output directory, wherever they were found */
#ifndef ROMSPLIT_EXTRACT_H
#define ROMSPLIT_EXTRACT_H

#include "romsplit/fs.h"
#include "romsplit/output.h"
#include "romsplit/pass.h"
#include "romsplit/render.h"

/* ---- extracted trees ----------------------------------------------------- */

/* Files that a pass brings, one filesystem's: rom_extract_tree puts aside what
 * it can, the sink writes it while the pass goes on, rom_stream_finish does the
 * rest. The filesystem stays open until then. */
struct extraction;
enum {
	/* files are dealt out to so many lanes of the pass: most wait for the
	   disk */
	ROM_STREAM_WORKERS = 4
};
struct rom_stream {
	struct rom_stream_sink {
		struct rom_sink sink; /* first: the pass calls it */
		struct rom_stream *stream;
	} sinks[ROM_STREAM_WORKERS];
	struct rom_image *img; /* of the pass */
	/* where the filesystem's image begins in it */
	uint64_t offset;
	ROM_VEC(struct extraction *) trees;
};
/* range: of img, where the filesystem lies. lane: the first of
 * ROM_STREAM_WORKERS. */
void rom_stream_init(struct rom_stream *s, struct rom_image *img,
	struct rom_range range, unsigned worker);
/* After the pass: files that wait for its end, folders, and the results of
 * rom_extract_tree. passed: how the pass ended; that, or the first error, is
 * returned. */
enum rom_status rom_stream_finish(
	struct rom_stream *s, enum rom_status passed, struct rom_err *err);

struct rom_extract_options {
	struct rom_stream *stream; /* NULL: all is read for itself, at once */
	/* of every file: 1 << ROM_HASH_SHA256 ...; 0: none */
	unsigned hashes;
	/* where damage is met: also what no folder names, into .lost/ */
	bool lost;
	/* hash also files over 1 GiB that are nearly all hole */
	bool hash_holes;
	unsigned threads; /* that copy; 0: three for each processor */
	/* Whether a file or folder is wanted; NULL: all are. path is below the
	 * tree's root. Folders that stay empty are not made then. */
	bool (*wants)(void *ctx, struct rom_fs *fs,
		const struct rom_inode *inode, const char *path);
	void *wants_ctx;
	/* The ending (".jpg"; a literal) of a regular file that has no name but
	 * a number; NULL from it: not known. NULL: none is given one. */
	const char *(*extension)(
		void *ctx, struct rom_fs *fs, const struct rom_inode *inode);
	void *extension_ctx;
	/* where the filesystem lies in the dump, for the manifest;
	 * ROM_NO_OFFSET: in pieces */
	uint64_t base;
	const char *partition; /* its name, for notes; may be NULL */
	FILE *manifest;	       /* one JSON line a file; NULL: none */
	FILE *checksums;       /* sha256sum lines; NULL: none */
	FILE *bodyfile;	       /* lines for mactime; NULL: none */
	/* of every path in the manifest: "media/10/"; never NULL */
	const char *prefix;
	/* put before each path there: "media/" */
	const char *checksums_prefix;
	struct rom_progress *progress; /* may be NULL */
};

struct rom_extract_result {
	uint64_t files, dirs, links, special, bytes, damaged, renamed,
		encrypted, lost;
	/* of the damaged: nothing of what they store could be read */
	uint64_t unreadable;
	uint64_t pictures, videos;
	/* with a stream: read for themselves all the same */
	uint64_t reread, reread_bytes;
	char *newest;
	int64_t newest_time;
	struct rom_copy_stats copy;
	enum rom_status stopped; /* not 0: the run ended early */
};
void rom_extract_result_done(struct rom_extract_result *r);

/* Copies what lies under inode (a directory; or one file, then as name) into
 * the folder dir of out. Damage is noted in report. With a stream, files and
 * *ret, which must live as long, are complete after rom_stream_finish.
 * ROM_E_WRITE when the output fails, ROM_E_STOPPED when the user stopped it. */
enum rom_status rom_extract_tree(struct rom_fs *fs,
	const struct rom_inode *inode, const char *name, struct rom_out *out,
	struct rom_dir *dir, const struct rom_extract_options *options,
	struct rom_report *report, struct rom_extract_result *ret,
	struct rom_err *err);

#endif
