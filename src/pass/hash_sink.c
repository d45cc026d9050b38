/* SPDX-License-Identifier: MIT */
/* hash_sink.c - SHA-256 of a range while it passes */
#include "romsplit/pass.h"

static enum rom_status feed(
	struct rom_sink *self, const struct rom_block *block, struct rom_err *err)
{
	struct rom_hash_sink *s = (struct rom_hash_sink *)self;

	(void)err;
	if (block->data)
		rom_digest_update(s->digest, block->data, (size_t)block->len);
	else
		rom_digest_zeros(s->digest, block->len);
	return ROM_OK;
}

void rom_hash_sink_init(struct rom_hash_sink *s, struct rom_range range, unsigned lane)
{
	s->sink = (struct rom_sink){ .range = range, .lane = lane, .feed = feed };
	s->digest = rom_digest_new(ROM_HASH_SHA256);
}

void rom_hash_sink_done(struct rom_hash_sink *s, uint8_t *ret)
{
	rom_digest_final(s->digest, ret);
	rom_digest_free(s->digest);
	s->digest = NULL;
}
