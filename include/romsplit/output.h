/* SPDX-License-Identifier: MIT */
/* output.h - the output directory: staging, atomic placement, copying,
 * sharing */
#ifndef ROMSPLIT_OUTPUT_H
#define ROMSPLIT_OUTPUT_H

#include "romsplit/image.h"
#include "romsplit/os.h"
#include "romsplit/pass.h"

/* ---- output directories -------------------------------------------------- */

/* The directory for unfinished files, in an output directory. */
#define ROM_STAGING ".part"
/* Files in .part/ are made in so many directories in turn. */
enum { ROM_STAGING_DIRECTORIES = 4 };

/* An output directory. */
struct rom_out {
	char *path;
	struct rom_dir *dir, *part; /* part: its .part/ */
	/* it was not empty before this run: complete files there are kept */
	bool existed;
	enum rom_name_rules rules; /* which names it can hold */
	bool sync;		   /* syncfs at the end */
	/* the directories of .part/, in which the files lie: kept open, so that
	 * nobody can put others in their place */
	struct rom_dir *staging[ROM_STAGING_DIRECTORIES];
	uint64_t next; /* number of the next file in .part/ */
	unsigned salt; /* of the names of the directories in there */
	struct rom_direct *direct;
};

/* How an output directory is written to. */
struct rom_out_options {
	bool sync; /* everything is on the disk when it is closed */
	/* digests are computed of what is written: processor time is scarcer
	 * than for copying alone */
	bool checksums;
};
/* Opens or creates path and its .part/. ROM_E_WRITE with the reason when that
 * fails. */
enum rom_status rom_out_open(const char *path, struct rom_out_options options,
	struct rom_out *ret, struct rom_err *err);
/* Removes .part/, makes all durable. Call it when the work is done or given up;
 * st: how it went. Returns that, or ROM_E_WRITE when what was good is not sure
 * to be on the disk. One that could not be opened is fine. */
enum rom_status rom_out_close(
	struct rom_out *out, enum rom_status st, struct rom_err *err);
/* Opens or makes a folder below, one level, which the caller closes; NULL with
 * err. */
struct rom_dir *rom_out_folder(
	struct rom_out *out, const char *name, struct rom_err *err);
/* Bytes of the name of a file in .part/, with the NUL. */
enum { ROM_TEMP_NAME = 40 };
/* Where the file of that temporary name lies: the directory, borrowed, and its
 * name in there. Any thread may ask. */
struct rom_dir *rom_out_staged(
	const struct rom_out *out, const char *temp, const char **ret_name);
/* Creates a file in .part/, which the caller closes, and stores its name in
 * there in name (ROM_TEMP_NAME bytes); NULL with err. */
struct rom_out_file *rom_out_temp(
	struct rom_out *out, char *name, struct rom_err *err);
/* Renames a finished file of .part/ to dir/name, or to dir/name~2, ... when
 * that exists. name receives the name used (256 bytes). */
enum rom_status rom_out_place(struct rom_out *out, const char *temp,
	struct rom_dir *dir, char *name, struct rom_err *err);
/* Removes a file of .part/ that will not be finished. */
void rom_out_drop(struct rom_out *out, const char *temp);
/* Writes text to dir/name, atomically replacing an existing file. */
enum rom_status rom_out_text(struct rom_out *out, struct rom_dir *dir,
	const char *name, const char *text, size_t len, struct rom_err *err);
/* True when the filesystem of out can share blocks with the file behind img. */
bool rom_out_shares(struct rom_out *out, struct rom_image *img);

/* ---- copying ------------------------------------------------------------- */

/* Decides for each large write whether it bypasses the page cache (direct.c).
 * Any thread may call, but only one at a time for each file. */
struct rom_direct;
/* Never NULL; freed with rom_direct_free. */
struct rom_direct *rom_direct_new(struct rom_out_options options);
/* NULL is fine. */
void rom_direct_free(struct rom_direct *d);
/* As rom_out_file_write, and like that may write less than len. Works best with
 * whole pages of rom_alloc_pages. d NULL: through the page cache. */
int64_t rom_direct_write(struct rom_direct *d, struct rom_out_file *file,
	const uint8_t *buf, size_t len, uint64_t off);

/* What copying did, in bytes, for --stats. hashed: counts for each digest. */
struct rom_copy_stats {
	uint64_t written, shared, zero, hashed;
};

/* Shared ranges begin and end at multiples of this. A filesystem with larger
 * blocks refuses to share, and the bytes are written. */
enum { ROM_SHARE_UNIT = 4096 };
/* Shares the range of img with to, at offset off, whole blocks only. Returns
 * how many bytes from the start of the range need not be written any more,
 * holes included; adds the shared bytes to *ret_shared. */
uint64_t rom_copy_share(struct rom_image *img, struct rom_range range,
	struct rom_out_file *to, uint64_t off, uint64_t *ret_shared);
/* The file that a copy is written to. */
struct rom_target {
	struct rom_out_file *file;
	struct rom_direct *direct; /* NULL: through the page cache */
	const char *name;	   /* the subject of messages; any bytes */
};
/* Writes buf at off, except pages of zeros, which stay holes. */
enum rom_status rom_copy_write(const struct rom_target *to, const uint8_t *buf,
	size_t len, uint64_t off, struct rom_copy_stats *stats,
	struct rom_err *err);

/* A sink that writes a range of the dump to a file. */
struct rom_file_sink {
	struct rom_sink sink;
	struct rom_target to;
	uint64_t shared; /* bytes from the start that need not be written */
	struct rom_copy_stats stats;
};
/* to: an empty file. Shares what can be shared before the pass, and sets the
 * size of the file. */
enum rom_status rom_file_sink_init(struct rom_file_sink *s,
	struct rom_image *img, struct rom_range range, unsigned worker,
	struct rom_target to, struct rom_err *err);

/* Whether two files hold the same bytes; false also when one cannot be read, or
 * progress (which may be NULL) says to stop. */
bool rom_out_same_content(struct rom_out_file *a, struct rom_out_file *b,
	const struct rom_progress *progress);
/* SHA-256 of a file, from its start. ROM_E_STOPPED when progress (which may be
 * NULL) says so. */
enum rom_status rom_checksum_file(struct rom_out_file *file,
	const struct rom_progress *progress, uint8_t *ret, struct rom_err *err);

/* no report.json that a run has written comes near it */
#define ROM_MAX_TEXT (64 << 20)
/* All of the regular file name in dir, with a NUL behind it; freed by the
 * caller. NULL when it is not there, is none, is a link, or is larger than
 * ROM_MAX_TEXT; what cannot be read is left out of *ret_len. */
char *rom_out_read_text(struct rom_dir *dir, const char *name, size_t *ret_len);

#endif
