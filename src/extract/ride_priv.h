/* SPDX-License-Identifier: MIT */
/* ride_priv.h - what ride.c, ride_feed.c and ride_report.c share */
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
	uint64_t end;	 /* of its last byte in the image of the pass */
	size_t run;	 /* index of the run that comes next */
};

/* One worker of the pass: it writes every ROM_EXTRACT_SINKS-th file. */
struct ride_worker {
	struct rom_sink sink; /* first: the pass calls it */
	struct rom_extractor *x;
	size_t next; /* index of the file to open next */
	struct open_file *open[MAX_OPEN];
	size_t n_open;
	/* complete, in the order of their ends; guarded by ride.report_lock,
	 * as reached is */
	ROM_VEC(struct open_file *) complete;
	uint64_t reached; /* it has all bytes before this offset */
};

typedef ROM_VEC(uint64_t) record_list;

struct ride {
	struct spool spool;
	ROM_VEC(struct ride_plan) files;
	uint64_t end; /* of the last byte of all files */
	struct ride_worker worker[ROM_EXTRACT_SINKS];
	struct rom_sink *sinks[ROM_EXTRACT_SINKS];
	pthread_mutex_t report_lock;
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

/* ride_report.c: reports files in the order in which they end in the dump,
 * whichever worker was quicker: the same input gives the same logs. */
/* Takes over a complete file, which is reported when it is its turn. */
void rom_ride_complete(struct ride_worker *w, struct open_file *f);
/* The worker has all bytes before that offset. */
void rom_ride_reached(struct ride_worker *w, uint64_t offset);
/* After the pass: reports what is left. */
void rom_ride_report_rest(struct ride *r);

#endif
