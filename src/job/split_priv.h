/* SPDX-License-Identifier: MIT */
/* split_priv.h - one partition that is cut, between cut.c and cut_file.c */
#ifndef ROMSPLIT_CUT_PRIV_H
#define ROMSPLIT_CUT_PRIV_H

#include <pthread.h>

#include "job_priv.h"

/* One partition on its way into a file. Files are opened when their range
 * begins and closed when it ends, so that a table with a thousand entries needs
 * few descriptors at once. */
struct cut {
	struct rom_sink sink; /* first: the pass calls it */
	struct rom_out *out;
	struct rom_dir *dir;
	struct rom_partition *p;
	/* in which all lies: the dump, or the window of a logical partition */
	struct rom_image *img;
	struct rom_range all; /* what is here of the partition */
	char name[256];
	char temp[ROM_TEMP_NAME];
	pthread_mutex_t lock; /* of left, and of the file's beginning and end */
	uint64_t left;	      /* bytes that the file still waits for */
	/* kept: it was there from an earlier run and is compared, not
	 * written */
	bool open, kept;
	struct rom_file_sink file;
	struct rom_hash_sink hash; /* of the partition */
	/* of the file, when that is not all of the partition */
	struct rom_hash_sink file_hash;
	bool own_hash;
	struct rom_stats_sink *stats;
};

/* Files appear whole: one of this name is ours when its size is right (its
 * content is compared after the pass), and somebody else's when not. */
enum rom_status rom_split_find_file(
	struct cut *c, const char *prefix, struct rom_err *err);
/* Makes the file at once when all but an unaligned end of it can be shared with
 * the dump; else nothing is left of the attempt. */
enum rom_status rom_split_share(
	struct cut *c, bool *ret_done, struct rom_err *err);
/* The feed of a struct cut. */
enum rom_status rom_split_feed(struct rom_sink *self,
	const struct rom_block *block, struct rom_err *err);
/* After the pass: sums, statistics and the file's name go into the row of the
 * report. */
enum rom_status rom_split_finish(struct cut *c,
	const struct rom_split_order *order, bool hash, struct rom_err *err);
void rom_split_done(struct cut *c);

#endif
