/* SPDX-License-Identifier: MIT */
/* stream_priv.h - what the three files of a stream share */
#ifndef ROMSPLIT_STREAM_PRIV_H
#define ROMSPLIT_STREAM_PRIV_H

#include "extract_priv.h"

enum { MAX_OPEN = 64 /* files begun at a time: each needs a descriptor */ };

struct planned {
	/* where its bytes begin in the image, its place in the spool */
	uint64_t first, record;
};

struct open_file {
	struct task t;
	struct file_writer w;
	size_t extent; /* the next one */
};

/* What one thread has: of all files, every ROM_STREAM_WORKERS-th. */
struct stream_worker {
	size_t next; /* of files */
	struct open_file *open[MAX_OPEN];
	size_t n_open;
	struct tree_dir *folder; /* of the last file; NULL: none yet */
};

typedef ROM_VEC(uint64_t) record_list;

struct tree_stream {
	struct rom_stream *stream;
	struct task_spool spool;
	ROM_VEC(struct planned) files;
	struct stream_worker worker[ROM_STREAM_WORKERS];
	record_list late; /* of files that wait for the end of the pass */
	/* of those that get files, each before what lies in it */
	record_list folders;
	bool passed; /* nothing will be brought any more */
};

/* stream_aside.c: reads a task back; its folder is opened unless it is that of
 * the one before. */
enum rom_status rom_stream_take_up(const struct extraction *x,
	struct stream_worker *l, uint64_t record, struct task *t,
	struct rom_err *err);

/* stream_feed.c: the feed of a struct rom_stream_sink. */
enum rom_status rom_stream_feed(struct rom_sink *self,
	const struct rom_block *block, struct rom_err *err);
/* Gives up the files that the pass did not finish: it was stopped. */
void rom_stream_worker_done(struct stream_worker *l);

#endif
