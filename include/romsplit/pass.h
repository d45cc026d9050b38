/* SPDX-License-Identifier: MIT */
/*
 * pass.h - one reading of an image in medium order; its buffers are handed to
 * sinks
 *
 * The caller's thread reads; every worker is a thread that gives each block to
 * its sinks in order. A block is read once and freed when the last worker is
 * done with it, so it is still in the cache for all of them. What no sink wants
 * is not read. Where all sinks take their blocks in any order and the image is
 * in memory, several threads read and feed.
 */
#ifndef ROMSPLIT_PASS_H
#define ROMSPLIT_PASS_H

#include "romsplit/image.h"
#include "romsplit/model.h"

/* What is known of the bytes of a block. */
enum rom_block_kind {
	ROM_BLOCK_DATA, /* read: data has them */
	ROM_BLOCK_HOLE, /* zeros that are not stored: data is NULL */
	/* absent or unreadable: stands for zeros, data is NULL */
	ROM_BLOCK_LOST,
};

/* Some bytes of the image on their way to a sink; borrowed while it is fed. */
struct rom_block {
	enum rom_block_kind kind;
	const uint8_t *data;
	uint64_t offset; /* in the image */
	uint64_t len;
};

/* Who takes part in a pass. Embedded as the first member of what feed needs. */
struct rom_sink {
	struct rom_range range; /* of the image that it wants */
	unsigned worker;	/* the thread that feeds it, from 0 */
	/* its blocks may come in any order, and from several threads at once */
	bool any_order;
	/* A block cut to the range; blocks cover it, in order unless any_order.
	 * An error ends the pass. */
	enum rom_status (*feed)(struct rom_sink *self,
		const struct rom_block *block, struct rom_err *err);
};

#define ROM_PASS_WORKERS 7

/* How a caller watches long work, and ends it. */
struct rom_progress {
	/* Called now and then: bytes done of all, and what is being done. May
	 * be NULL. */
	void (*tick)(struct rom_progress *self, uint64_t done, uint64_t all,
		const char *what);
	/* Not 0: the user wants to stop; set from a signal handler. */
	volatile int stop;
	bool items; /* done and all do not count bytes, but things */
	/* of tick: nobody else reads or writes these */
	const char *what;
	double since, shown;
};

/* True when the user wants to stop; progress may be NULL. */
static inline bool rom_is_stopped(const struct rom_progress *progress)
{
	return progress && progress->stop;
}

/* A pass: what is read for whom, and what that took. */
struct rom_pass {
	struct rom_image *img;
	struct rom_range range; /* to read */
	struct rom_sink *const *sinks;
	size_t n_sinks;
	struct rom_progress *progress; /* may be NULL */
	const char *what;	       /* for progress */
	/* A range could not be read: it is handed on as lost. Called by one
	 * thread at a time. May be NULL. */
	void (*bad)(
		void *ctx, struct rom_range range, const struct rom_err *err);
	void *bad_ctx;
	/* out */
	uint64_t bytes_read, bytes_skipped; /* skipped are holes */
	/* seconds that the reader read, not counting when it waited for a
	 * worker */
	double reading;
	/* and that each worker had something to do */
	double busy[ROM_PASS_WORKERS];
};

/* Reads the range once and feeds the sinks. ROM_E_STOPPED when the user stopped
 * it; else the first error of a sink. Bytes that cannot be read are no
 * error. */
enum rom_status rom_pass_run(struct rom_pass *pass, struct rom_err *err);

/* ---- sinks that every module may use ------------------------------------- */

/* SHA-256 of a range, and of parts of it at the same time. */
struct rom_hash_sink {
	struct rom_sink sink;
	struct rom_digest *digest;
	ROM_VEC(struct rom_hash_sink *) parts; /* ascending, borrowed */
	size_t next; /* of parts: the first that is not behind the reader */
};
/* Begins a digest of that range, fed by that worker. Released with
 * rom_hash_sink_done. */
void rom_hash_sink_init(
	struct rom_hash_sink *s, struct rom_range range, unsigned worker);
/* Feeds part along with s. It must outlive the pass, and is no sink of the pass
 * itself. Only where rom_digest_has_many. False, and nothing changed, when it
 * does not lie in s behind the parts there are. */
bool rom_hash_sink_add(struct rom_hash_sink *s, struct rom_hash_sink *part);
/* Writes the ROM_SHA256_LEN bytes of the result to ret and frees the digest.
 * Parts are finished each for itself. */
void rom_hash_sink_done(struct rom_hash_sink *s, uint8_t *ret);

/* Byte statistics of a range, by blocks of 4 KiB. */
struct rom_stats_sink {
	struct rom_sink sink;
	struct rom_stats stats; /* complete after rom_stats_done */
	uint64_t bytes[256];	/* how often each value occurred */
	/* the begun block, when a buffer ended inside of it */
	uint8_t carry[4096];
	size_t carried;
	/* of so many runs of ROM_STATS_RUN blocks one is looked at; 1: all */
	uint64_t every;
};
#define ROM_STATS_BLOCK 4096
#define ROM_STATS_RUN	16
/* blocks of a partition that are looked at, in runs spread evenly */
#define ROM_STATS_WANT 65536

/* Begins statistics of that range, fed by that worker. A large range is
 * sampled: about ROM_STATS_WANT blocks of it are looked at. */
void rom_stats_sink_init(
	struct rom_stats_sink *s, struct rom_range range, unsigned worker);
/* Adds len bytes outside of a pass: whole blocks, a rest of less than 4 KiB is
 * left out. */
void rom_stats_add(struct rom_stats_sink *s, const uint8_t *data, size_t len);
/* Completes s->stats. There is nothing to free. */
void rom_stats_done(struct rom_stats_sink *s);

#endif
