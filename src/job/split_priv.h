/* SPDX-License-Identifier: MIT */
/* split_priv.h - one partition that is cut, for split_pass.c and
 * partition_file.c */
#ifndef ROMSPLIT_CUT_PRIV_H
#define ROMSPLIT_CUT_PRIV_H

#include <pthread.h>

#include "job_priv.h"

/* One partition that is written to a file. A file is opened when its range
 * begins and closed when it ends, so that a table with a thousand entries needs
 * only a few descriptors at once. */
struct cut {
	struct rom_sink sink; /* first: the pass calls it */
	struct rom_out *out;
	struct rom_dir *dir;
	struct rom_partition *p;
	/* the image that all refers to: the dump, or the slice of a logical
	 * partition */
	struct rom_image *img;
	struct rom_range all; /* the part of the partition in the dump */
	char name[256];
	char temp[ROM_TEMP_NAME];
	pthread_mutex_t lock; /* guards left, and opening and closing */
	uint64_t left;	      /* bytes still to be written */
	/* open: being written. kept: an earlier run wrote it, it is only
	 * compared */
	bool open, kept;
	struct rom_file_sink file;
	struct rom_hash_sink hash; /* of the partition */
	/* of the file, when that holds only part of the partition */
	struct rom_hash_sink file_hash;
	bool own_hash;
	struct rom_stats_sink *stats;
};

/* Looks for a file of that name from an earlier run. Files appear complete, so
 * one with the right size is kept (its content is compared after the pass), and
 * any other belongs to somebody else: ROM_E_WRITE. */
enum rom_status rom_split_find_file(
	struct cut *c, const char *prefix, struct rom_err *err);
/* Makes the file before the pass if all of it, except an unaligned end, can be
 * shared with the dump; otherwise removes what it began and clears
 * *ret_done. */
enum rom_status rom_split_share(
	struct cut *c, bool *ret_done, struct rom_err *err);
/* The feed function of a struct cut. */
enum rom_status rom_split_feed(struct rom_sink *self,
	const struct rom_block *block, struct rom_err *err);
/* After the pass: stores digests, statistics and the file's name in the row of
 * the report. */
enum rom_status rom_split_finish(struct cut *c,
	const struct rom_split_order *order, bool hash, struct rom_err *err);
void rom_split_done(struct cut *c);

#endif
