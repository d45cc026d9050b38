/* SPDX-License-Identifier: MIT */
/* ride_priv.h - the interface between ride.c and ride_feed.c */
#ifndef ROMSPLIT_RIDE_PRIV_H
#define ROMSPLIT_RIDE_PRIV_H

#include "extract_priv.h"

/* files that one worker has open at a time, if there are descriptors for
 * them */
enum { MAX_OPEN = 64 };

struct ride_plan {
	/* offset of its first byte in the image of the pass, and of its record
	 * in the spool file */
	uint64_t first, record;
};

struct open_file {
	struct task t;
	struct file_writer w;
	uint64_t record; /* in the spool file */
	size_t run;	 /* index of the run that comes next */
};

/* One worker of the pass: it writes every ROM_EXTRACT_SINKS-th file. */
struct ride_worker {
	struct rom_sink sink; /* first: the pass calls it */
	struct rom_extractor *x;
	size_t next; /* index of the file to open next */
	struct open_file *open[MAX_OPEN];
	size_t n_open;
};

typedef ROM_VEC(uint64_t) record_list;

struct ride {
	struct spool spool;
	ROM_VEC(struct ride_plan) files;
	uint64_t end; /* of the last byte of all files */
	struct ride_worker worker[ROM_EXTRACT_SINKS];
	struct rom_sink *sinks[ROM_EXTRACT_SINKS];
	record_list late; /* of files that are written after the pass */
	/* of directories with deferred files, parents first */
	record_list directories;
	bool passed; /* the pass is over: nothing may be deferred */
};

/* ride_feed.c: the feed function of a worker's sink. */
enum rom_status rom_ride_feed(struct rom_sink *self,
	const struct rom_block *block, struct rom_err *err);
/* After the pass: adds the files that it did not write completely to the late
 * ones. */
void rom_ride_worker_done(struct ride_worker *w);

#endif
