/* SPDX-License-Identifier: MIT */
/*
 * pass.h - reads an image once, in the order of the medium, and feeds the
 * buffers to sinks
 *
 * The caller's thread reads; every worker is a thread that feeds each block to
 * its sinks in order. A block is read once and freed when the last worker has
 * finished it, so it is still in the cache for all of them. What no sink wants
 * is not read. When all sinks take their blocks in any order and the image is
 * in memory, several threads read and feed.
 */
#ifndef ROMSPLIT_PASS_H
#define ROMSPLIT_PASS_H

#include "romsplit/image.h"
#include "romsplit/model.h"

/* What a block contains. */
enum rom_block_kind {
	ROM_BLOCK_DATA, /* read: data has them */
	ROM_BLOCK_HOLE, /* zeros that are not stored; data is NULL */
	/* absent or unreadable: to be treated as zeros; data is NULL */
	ROM_BLOCK_LOST,
};

/* A range of the image that is fed to a sink; borrowed for the call. */
struct rom_block {
	enum rom_block_kind kind;
	const uint8_t *data;
	uint64_t offset; /* in the image */
	uint64_t len;
};

/* A consumer of blocks. Embedded as the first member of the struct that feed
 * needs. */
struct rom_sink {
	struct rom_range range; /* range of the image that it wants */
	unsigned worker;	/* the thread that feeds it, from 0 */
	/* its blocks may come in any order, and from several threads at once */
	bool any_order;
	/* A block cut to the range; blocks cover it, in order unless any_order.
	 * An error ends the pass. */
	enum rom_status (*feed)(struct rom_sink *self,
		const struct rom_block *block, struct rom_err *err);
};

#define ROM_PASS_WORKERS 7

/* Progress of long work, and the way to stop it. */
struct rom_progress {
	/* Called from time to time with the bytes done, their total, and the
	 * name of the work. May be NULL. */
	void (*tick)(struct rom_progress *self, uint64_t done, uint64_t all,
		const char *what);
	/* Nonzero when the user wants to stop; set by a signal handler. */
	volatile int stop;
	bool items; /* done and all count items, not bytes */
	/* private to tick */
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
	/* Called for a range that could not be read, which is fed as lost.
	 * Never called by two threads at once. May be NULL. */
	void (*bad)(
		void *ctx, struct rom_range range, const struct rom_err *err);
	void *bad_ctx;
	/* out */
	uint64_t bytes_read, bytes_skipped; /* skipped are holes */
	/* seconds spent reading, without waiting for workers */
	double reading;
	/* seconds that each worker was busy */
	double busy[ROM_PASS_WORKERS];
};

/* Reads the range once and feeds the sinks. ROM_E_STOPPED when the user stopped
 * it, else the first error of a sink. Unreadable bytes are not an error. */
enum rom_status rom_pass_run(struct rom_pass *pass, struct rom_err *err);

/* ---- sinks that every module may use ------------------------------------- */

/* SHA-256 of a range, and of sub-ranges at the same time. */
struct rom_hash_sink {
	struct rom_sink sink;
	struct rom_digest *digest;
	ROM_VEC(struct rom_hash_sink *) parts; /* ascending, borrowed */
	/* index in parts: the first that is not entirely behind the reader */
	size_t next;
};
/* Starts a digest of that range, fed by that worker. Released with
 * rom_hash_sink_done. */
void rom_hash_sink_init(
	struct rom_hash_sink *s, struct rom_range range, unsigned worker);
/* Feeds part together with s. It must outlive the pass and must not itself be a
 * sink of the pass. Only where rom_digest_has_many. False, with nothing
 * changed, when part is not inside s after the parts added so far. */
bool rom_hash_sink_add(struct rom_hash_sink *s, struct rom_hash_sink *part);
/* Writes the ROM_SHA256_LEN bytes of the result to ret and frees the digest.
 * Each part has to be finished separately. */
void rom_hash_sink_done(struct rom_hash_sink *s, uint8_t *ret);

/* Byte statistics of a range, by blocks of 4 KiB. */
struct rom_stats_sink {
	struct rom_sink sink;
	struct rom_stats stats; /* complete after rom_stats_done */
	uint64_t bytes[256];	/* how often each value occurred */
	/* an incomplete block, when a buffer ended inside it */
	uint8_t carry[4096];
	size_t carried;
	/* one of this many runs of ROM_STATS_RUN blocks is counted; 1: all */
	uint64_t every;
};
#define ROM_STATS_BLOCK 4096
#define ROM_STATS_RUN	16
/* blocks of a large partition that are sampled, in evenly spread runs */
#define ROM_STATS_WANT 65536

/* Starts statistics of that range, fed by that worker. A large range is
 * sampled: about ROM_STATS_WANT blocks of it. */
void rom_stats_sink_init(
	struct rom_stats_sink *s, struct rom_range range, unsigned worker);
/* Adds len bytes outside a pass: only whole blocks, a remainder of less than 4
 * KiB is ignored. */
void rom_stats_add(struct rom_stats_sink *s, const uint8_t *data, size_t len);
/* Completes s->stats. Nothing needs to be freed. */
void rom_stats_done(struct rom_stats_sink *s);

#endif
