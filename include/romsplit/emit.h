/* SPDX-License-Identifier: MIT */
/* emit.h - the outputs: text, json, scatter files, partition files, extracted
 * trees */
#ifndef ROMSPLIT_EMIT_H
#define ROMSPLIT_EMIT_H

#include <pthread.h>

#include "romsplit/fs.h"
#include "romsplit/model.h"
#include "romsplit/log.h"
#include "romsplit/pass.h"
#include "romsplit/scatter.h"

/* ---- names of partition files -------------------------------------------- */

/* The name under which a row of the report is cut: the scatter's, else
 * NAME.bin. Freed by the caller. */
char *rom_split_file_name(
	const struct rom_scatter *s, const struct rom_partition *p);

/* Qualcomm's rawprogram0.xml: the rows of a GPT as its flash tools take them,
 * with the files that split cuts. ROM_E_USAGE without a GPT. */
enum rom_status rom_rawprogram_print(
	const struct rom_report *report, FILE *out, struct rom_err *err);

/* ---- output folders ------------------------------------------------------ */

/* A folder that is written to; work in progress lies in its .part/. */
struct rom_out {
	char *path;
	int dir, part; /* descriptors */
	/* it held something before this run: what is whole there is kept */
	bool existed;
	bool sync;     /* syncfs at the end */
	uint64_t next; /* number of the next file in .part/ */
	unsigned salt; /* of the folders in there */
	struct rom_direct *direct;
	/* trees of one pass share manifest, sums and counts */
	pthread_mutex_t telling;
};

struct rom_out_wish {
	bool sync; /* all is on the disk when the folder is closed */
	/* are made of what is written: the processors have more to do than to
	 * copy */
	bool sums;
};
/* Opens or makes path and its .part/. ROM_E_WRITE with the reason when that
 * cannot be. */
enum rom_status rom_out_open(const char *path, struct rom_out_wish wish,
	struct rom_out *ret, struct rom_err *err);
/* Removes .part/, makes all durable. Call it when the work is done or given
 * up. */
void rom_out_close(struct rom_out *out);
/* Opens or makes a folder below, one level; its descriptor, or -1 with err. */
int rom_out_folder(struct rom_out *out, const char *name, struct rom_err *err);
/* A new, empty file in .part/, open for reading and writing; its name in there
 * is written to name. */
enum { ROM_TEMP_NAME = 40 };
int rom_out_temp(struct rom_out *out, char *name, struct rom_err *err);
/* Gives a finished file its place: dir/name, or dir/name~2 ... when that is
 * taken. name is replaced by the one used (up to 256 bytes). */
enum rom_status rom_out_place(struct rom_out *out, const char *temp, int dir,
	char *name, struct rom_err *err);
void rom_out_drop(struct rom_out *out, const char *temp);
/* Writes text as dir/name, replacing what is there in one step. */
enum rom_status rom_out_text(struct rom_out *out, int dir, const char *name,
	const char *text, size_t len, struct rom_err *err);
/* Bytes that can still be written where fd lies. */
uint64_t rom_out_free(int fd);
/* True when the filesystem of out can share blocks with the file behind img. */
bool rom_out_shares(struct rom_out *out, struct rom_image *img);

/* A name from a dump as a file name: never empty, ".", "..", never with '/' or
 * NUL, at most 255 bytes. strict: also free of what FAT and Windows refuse.
 * Freed by the caller. */
char *rom_safe_name(const char *bytes, size_t len, bool strict);

/* ---- copying ------------------------------------------------------------- */

/* Chooses for each large piece whether it goes past the page cache or into it
 * (direct.c). Any thread may call, but one at a time for each file. */
struct rom_direct;
struct rom_direct *rom_direct_new(struct rom_out_wish wish);
void rom_direct_free(struct rom_direct *d); /* NULL is fine */
/* As pwrite, and as that it may write less. Works best with whole pages of
 * rom_alloc_pages. d NULL: the kernel does as it likes. */
ssize_t rom_direct_write(struct rom_direct *d, int fd, const uint8_t *buf,
	size_t len, uint64_t off);

/* What copying did, in bytes, for --stats. hashed: once for each sum. */
struct rom_copy_stats {
	uint64_t written, shared, zero, hashed;
};

/* What is shared begins and ends at multiples of it. A filesystem of larger
 * blocks refuses, and the bytes are written. */
enum { ROM_SHARE_UNIT = 4096 };
/* Shares the range of img with fd at off, whole blocks only. Returns how many
 * bytes from the start of the range need no writing any more, holes included;
 * *ret_shared grows by what is shared. */
uint64_t rom_copy_share(struct rom_image *img, struct rom_range range, int fd,
	uint64_t off, uint64_t *ret_shared);
/* A file that is written to. */
struct rom_target {
	int fd;
	struct rom_direct *direct; /* NULL: through the page cache */
};
/* Writes what is not zero of buf at off; pages of zeros stay holes. */
enum rom_status rom_copy_write(const struct rom_target *to, const uint8_t *buf,
	size_t len, uint64_t off, struct rom_copy_stats *stats,
	struct rom_err *err);

/* A partition file that is written while its range passes. */
struct rom_file_sink {
	struct rom_sink sink;
	struct rom_target to;
	uint64_t shared; /* bytes from the start that need no writing */
	struct rom_copy_stats stats;
};
/* to: an empty file. Shares what can be shared before the pass; gives the file
 * its size. */
enum rom_status rom_file_sink_init(struct rom_file_sink *s,
	struct rom_image *img, struct rom_range range, unsigned lane,
	struct rom_target to, struct rom_err *err);

/* ---- extracted trees ----------------------------------------------------- */

/* Files that a pass brings, one filesystem's: rom_extract_tree puts aside what
 * it can, the sink writes it while the pass goes on, rom_stream_finish does the
 * rest. The filesystem stays open until then. */
struct extraction;
enum {
	/* files are dealt out to so many lanes of the pass: most wait for the
	   disk */
	ROM_STREAM_LANES = 4
};
struct rom_stream {
	struct rom_stream_sink {
		struct rom_sink sink; /* first: the pass calls it */
		struct rom_stream *stream;
	} sinks[ROM_STREAM_LANES];
	struct rom_image *img; /* of the pass */
	uint64_t at;	       /* where the filesystem's image begins in it */
	ROM_VEC(struct extraction *) trees;
};
/* range: of img, where the filesystem lies. lane: the first of
 * ROM_STREAM_LANES. */
void rom_stream_init(struct rom_stream *s, struct rom_image *img,
	struct rom_range range, unsigned lane);
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
	const char *(*ending)(
		void *ctx, struct rom_fs *fs, const struct rom_inode *inode);
	void *ending_ctx;
	/* where the filesystem lies in the dump, for the manifest; ROM_NOWHERE:
	 * in pieces */
	uint64_t base;
	const char *partition; /* its name, for notes; may be NULL */
	FILE *manifest;	       /* one JSON line a file; NULL: none */
	FILE *sums;	       /* sha256sum lines; NULL: none */
	FILE *bodyfile;	       /* lines for mactime; NULL: none */
	/* of every path in the manifest: "media/10/"; never NULL */
	const char *prefix;
	/* put before each path there: "media/" */
	const char *sums_prefix;
	struct rom_progress *progress; /* may be NULL */
};

struct rom_extract_result {
	uint64_t files, dirs, links, special, bytes, damaged, renamed,
		encrypted, lost;
	/* of the damaged: nothing of what they store could be read */
	uint64_t unreadable;
	uint64_t pictures, videos;
	/* with a stream: read for themselves all the same */
	uint64_t apart, apart_bytes;
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
	int dir, const struct rom_extract_options *options,
	struct rom_report *report, struct rom_extract_result *ret,
	struct rom_err *err);

/* ---- sums ---------------------------------------------------------------- */

/* One line as sha256sum writes it, names with backslash or newline escaped. */
void rom_sums_line(
	FILE *out, const uint8_t *sha256, const char *prefix, const char *path);
/* SHA-256 of the file fd, from its start. */
enum rom_status rom_sums_file(int fd, uint8_t *ret, struct rom_err *err);

/* ---- the report ---------------------------------------------------------- */

/* The whole report as JSON, see docs/report.schema.json. Freed by the
 * caller. */
char *rom_json_report(const struct rom_report *r);
/* One entry of a folder as a JSON object on one line; target may be NULL. Freed
 * by the caller. */
char *rom_json_entry(const char *name, size_t len, const struct rom_inode *in,
	const char *target);
/* From a report.json: the size of the dump; its path (freed by the caller) and
 * SHA-256. False: not told. */
bool rom_json_image_size(const char *path, uint64_t *ret);
bool rom_json_image(const char *path, char **ret_path, uint8_t *ret_sha256);
const char *rom_json_library(void); /* version text of jansson */
/* The answers of check, fit, readback, diff and explain. Freed by the
 * caller. */
char *rom_json_check(const struct rom_check *c);
char *rom_json_fit(const struct rom_fit *fit, const char *partition);
char *rom_json_readback(const struct rom_report *r);
char *rom_json_diff(const struct rom_diff *d);
char *rom_json_error(const struct rom_flash_error *e);
char *rom_json_log(const struct rom_log *log);
/* The notes as people are shown them: of each kind the first few (all: every
 * one); more: so many like the last shown of its kind are left out. Notes are
 * borrowed; the list is released with rom_vec_done. */
struct rom_shown_note {
	const struct rom_note *note;
	size_t more;
};
typedef ROM_VEC(struct rom_shown_note) rom_shown_notes;
void rom_notes_shorten(
	const struct rom_report *r, bool all, rom_shown_notes *ret);
/* For people: the phone, the partitions, the verdict; verbose: all witnesses,
 * claims and facts. */
void rom_text_report(
	const struct rom_report *r, bool color, bool verbose, FILE *out);
/* After the whole job: what was saved where. */
void rom_text_saved(const struct rom_report *r, const char *folder, FILE *out);
/* Where partitions were cut and the preloader is none of them: what that means
 * for the scatter file beside them. */
void rom_text_preloader(const struct rom_report *r, FILE *out);

#endif
