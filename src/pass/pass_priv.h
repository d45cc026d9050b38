/* SPDX-License-Identifier: MIT */
/* pass_priv.h - what the ways to run a pass share */
#ifndef ROMSPLIT_PASS_PRIV_H
#define ROMSPLIT_PASS_PRIV_H

#include "romsplit/pass.h"

/* reader.c: one thread's reading of an image, block after block. */
struct reader {
	struct rom_image *img;
	size_t piece; /* bytes of one read, a power of two */
	/* A range could not be read; may be NULL. */
	void (*bad)(
		void *ctx, struct rom_range range, const struct rom_err *err);
	void *bad_ctx;
	uint64_t careful;	/* up to here a read failed: small pieces */
	uint64_t read, skipped; /* bytes; skipped are holes */
	double seconds;
};
/* The first block of left, which is not empty: at most a piece, read into buf,
 * or more of a hole. */
void rom_reader_next(struct reader *r, uint8_t *buf, struct rom_range left,
	struct rom_block *block);
/* What it read belongs to the pass. */
void rom_reader_done(const struct reader *r, struct rom_pass *pass);

/* What the sink wants of the block is handed to it. */
enum rom_status rom_sink_feed(struct rom_sink *sink,
	const struct rom_block *block, struct rom_err *err);

/* spread.c: true where all sinks take blocks in any order, and the range of the
 * pass is in memory. */
bool rom_pass_may_spread(const struct rom_pass *pass);
/* Runs such a pass by several readers, each of which feeds what it read. */
enum rom_status rom_pass_spread(struct rom_pass *pass, struct rom_err *err);

#endif
