/* SPDX-License-Identifier: MIT */
/* pass_priv.h - what the two ways to run a pass share */
#ifndef ROMSPLIT_PASS_PRIV_H
#define ROMSPLIT_PASS_PRIV_H

#include "romsplit/pass.h"

/* reader.c: one thread that reads an image block by block. */
struct reader {
	struct rom_image *img;
	size_t piece; /* bytes of one read, a power of two */
	/* Called for a range that could not be read; may be NULL. */
	void (*bad)(
		void *ctx, struct rom_range range, const struct rom_err *err);
	void *bad_ctx;
	/* a read failed before this offset: read small pieces */
	uint64_t careful;
	uint64_t read, skipped; /* bytes; skipped are holes */
	double seconds;
};
/* Reads the first block of left, which is not empty: at most a piece, into buf,
 * or a larger part of a hole. */
void rom_reader_next(struct reader *r, uint8_t *buf, struct rom_range left,
	struct rom_block *block);
/* Adds the counters of the reader to the pass. */
void rom_reader_done(const struct reader *r, struct rom_pass *pass);

/* Feeds the sink the part of the block that is in its range. */
enum rom_status rom_sink_feed(struct rom_sink *sink,
	const struct rom_block *block, struct rom_err *err);

/* spread.c: true when all sinks take blocks in any order and the range of the
 * pass is in memory. */
bool rom_pass_may_spread(const struct rom_pass *pass);
/* Runs such a pass with several readers, each of which feeds what it has
 * read. */
enum rom_status rom_pass_spread(struct rom_pass *pass, struct rom_err *err);

#endif
