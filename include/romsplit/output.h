/* SPDX-License-Identifier: MIT */
/* output.h - the output directory: staging, atomic placement, copying,
 * sharing */
#ifndef ROMSPLIT_OUTPUT_H
#define ROMSPLIT_OUTPUT_H

#include "romsplit/image.h"
#include "romsplit/os.h"
#include "romsplit/pass.h"

/* ---- output folders ------------------------------------------------------ */

/* the directory in an output directory where work in progress lies */
#define ROM_STAGING ".part"
enum { ROM_STAGING_FOLDERS = 4 };

/* A directory that is written to; work in progress lies in its .part/. */
struct rom_out {
	char *path;
	struct rom_dir *dir, *part;
	/* it held something before this run: what is whole there is kept */
	bool existed;
	bool strict; /* names that FAT and Windows refuse cannot be */
	bool sync;   /* syncfs at the end */
	/* of .part/, where the files lie: open, so that nobody can put other
	 * ones in their place */
	struct rom_dir *folder[ROM_STAGING_FOLDERS];
	uint64_t next; /* number of the next file in .part/ */
	unsigned salt; /* of the folders in there */
	struct rom_direct *direct;
};

/* How an output directory is written to. */
struct rom_out_options {
	bool sync; /* all is on the disk when the folder is closed */
	/* are made of what is written: the processors have more to do than to
	 * copy */
	bool checksums;
};
/* Opens or makes path and its .part/. ROM_E_WRITE with the reason when that
 * cannot be. */
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
/* A new, empty file in .part/, which the caller closes; NULL with err. Its name
 * in there is written to name. */
enum { ROM_TEMP_NAME = 40 };
/* Where the file of that temporary name lies: the directory, borrowed, and its
 * name in there. Any thread may ask. */
struct rom_dir *rom_out_staged(
	const struct rom_out *out, const char *temp, const char **ret_name);
/* Makes one; name holds ROM_TEMP_NAME bytes. */
struct rom_out_file *rom_out_temp(
	struct rom_out *out, char *name, struct rom_err *err);
/* Gives a finished file its place: dir/name, or dir/name~2 ... when that is
 * taken. name is replaced by the one used (up to 256 bytes). */
enum rom_status rom_out_place(struct rom_out *out, const char *temp,
	struct rom_dir *dir, char *name, struct rom_err *err);
/* Removes a file of .part/ that comes to nothing. */
void rom_out_drop(struct rom_out *out, const char *temp);
/* Writes text as dir/name, replacing what is there in one step. */
enum rom_status rom_out_text(struct rom_out *out, struct rom_dir *dir,
	const char *name, const char *text, size_t len, struct rom_err *err);
/* True when the filesystem of out can share blocks with the file behind img. */
bool rom_out_shares(struct rom_out *out, struct rom_image *img);

/* ---- copying ------------------------------------------------------------- */

/* Chooses for each large piece whether it goes past the page cache or into it
 * (direct.c). Any thread may call, but one at a time for each file. */
struct rom_direct;
/* Never NULL; freed with rom_direct_free. */
struct rom_direct *rom_direct_new(struct rom_out_options options);
/* NULL is fine. */
void rom_direct_free(struct rom_direct *d);
/* As rom_out_file_write, and as that it may write less. Works best with whole
 * pages of rom_alloc_pages. d NULL: the kernel does as it likes. */
int64_t rom_direct_write(struct rom_direct *d, struct rom_out_file *file,
	const uint8_t *buf, size_t len, uint64_t off);

/* What copying did, in bytes, for --stats. hashed: once for each sum. */
struct rom_copy_stats {
	uint64_t written, shared, zero, hashed;
};

/* What is shared begins and ends at multiples of it. A filesystem of larger
 * blocks refuses, and the bytes are written. */
enum { ROM_SHARE_UNIT = 4096 };
/* Shares the range of img with to at off, whole blocks only. Returns how many
 * bytes from the start of the range need no writing any more, holes included;
 * *ret_shared grows by what is shared. */
uint64_t rom_copy_share(struct rom_image *img, struct rom_range range,
	struct rom_out_file *to, uint64_t off, uint64_t *ret_shared);
/* A file that is written to. */
struct rom_target {
	struct rom_out_file *file;
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
	struct rom_image *img, struct rom_range range, unsigned worker,
	struct rom_target to, struct rom_err *err);

/* Whether two files hold the same bytes; false also when one cannot be read. */
bool rom_out_same_content(struct rom_out_file *a, struct rom_out_file *b);
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
