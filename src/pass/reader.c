/* SPDX-License-Identifier: MIT */
/* reader.c - the blocks of an image: stored data is read, in small pieces after
 * an error; holes are skipped */
#include "pass_priv.h"

enum {
	/* after a read error: how much is read, or given up, at a time */
	RETRY_LEN = 4096,
	/* holes are passed on in parts, so that a stop is noticed */
	MAX_VIRTUAL = 1 << 30,
};

static void mark_lost(
	struct reader *r, struct rom_block *block, const struct rom_err *err)
{
	*block = (struct rom_block){ .kind = ROM_BLOCK_LOST,
		.offset = block->offset,
		.len = block->len };
	if (r->bad)
		r->bad(r->bad_ctx,
			(struct rom_range){ block->offset, block->len }, err);
}

/* Reads the bytes of the block. After an error, tries again in small pieces;
 * the block is then the first of them. */
static void read_block(struct reader *r, uint8_t *buf, struct rom_block *block)
{
	struct rom_err err;

	if (block->offset < r->careful)
		block->len = rom_min(
			block->len, RETRY_LEN - block->offset % RETRY_LEN);
	block->data = buf;
	r->read += block->len;
	if (!rom_read(r->img, buf, (size_t)block->len, block->offset, &err))
		return;
	if (block->offset < r->careful || block->len <= RETRY_LEN) {
		mark_lost(r, block, &err);
		return;
	}
	r->careful = block->offset + block->len;
	read_block(r, buf, block);
}

static void next_block(struct reader *r, uint8_t *buf, struct rom_range left,
	struct rom_block *block)
{
	struct rom_span span;

	rom_image_map(
		r->img, left.offset, rom_min(left.len, MAX_VIRTUAL), &span);
	*block = (struct rom_block){
		.kind = ROM_BLOCK_DATA, .offset = left.offset, .len = span.len
	};
	if (span.kind == ROM_SPAN_HOLE || span.kind == ROM_SPAN_ABSENT) {
		block->kind = span.kind == ROM_SPAN_HOLE ? ROM_BLOCK_HOLE
							 : ROM_BLOCK_LOST;
		r->skipped += span.kind == ROM_SPAN_HOLE ? span.len : 0;
		return;
	}
	/* end on a multiple of the piece, so that reads stay aligned after a
	 * hole */
	block->len = rom_min(span.len, r->piece - left.offset % r->piece);
	read_block(r, buf, block);
}

void rom_reader_next(struct reader *r, uint8_t *buf, struct rom_range left,
	struct rom_block *block)
{
	double begin = rom_now();

	next_block(r, buf, left, block);
	r->seconds += rom_now() - begin;
}

void rom_reader_done(const struct reader *r, struct rom_pass *pass)
{
	pass->bytes_read += r->read;
	pass->bytes_skipped += r->skipped;
	pass->reading += r->seconds;
}
