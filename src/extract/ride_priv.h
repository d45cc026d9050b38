/* SPDX-License-Identifier: MIT */
/* ride_priv.h - what the files of the ride share: ride.c and ride_feed.c */
#ifndef ROMSPLIT_RIDE_PRIV_H
#define ROMSPLIT_RIDE_PRIV_H

#include "extract_priv.h"

/* files begun at a time by one worker, if there are descriptors for them */
enum { MAX_OPEN = 64 };

struct ride_plan {
	/* where its bytes begin in the image of the pass, and its record in
	 * the spool file */
	uint64_t first, record;
};

struct open_file {
	struct task t;
	struct file_writer w;
	uint64_t record; /* in the spool file */
	size_t run;	 /* the next one */
};

/* What one worker of the pass has: of all files, every
 * ROM_EXTRACT_SINKS-th. */
struct ride_worker {
	struct rom_sink sink; /* first: the pass calls it */
	struct rom_extractor *x;
	size_t next; /* of files */
	struct open_file *open[MAX_OPEN];
	size_t n_open;
};

typedef ROM_VEC(uint64_t) record_list;

struct ride {
	struct spool spool;
	ROM_VEC(struct ride_plan) files;
	uint64_t end; /* of the last byte that one of them wants */
	struct ride_worker worker[ROM_EXTRACT_SINKS];
	struct rom_sink *sinks[ROM_EXTRACT_SINKS];
	record_list late; /* of files that wait for the end of the pass */
	/* of those that get files, each before what lies in it */
	record_list directories;
	bool passed; /* nothing will be brought any more */
};

/* ride_feed.c: the feed of a worker's sink. */
enum rom_status rom_ride_feed(struct rom_sink *self,
	const struct rom_block *block, struct rom_err *err);
/* After the pass: the files that it did not bring, or not whole, come into the
 * list of the late ones. */
void rom_ride_worker_done(struct ride_worker *w);

#endif
