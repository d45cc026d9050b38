/* SPDX-License-Identifier: MIT */
/* hash_sink.c - SHA-256 of a range as it is read, and of sub-ranges at the same
 * time */
#include "romsplit/pass.h"

static void update(struct rom_digest *d, const uint8_t *data, uint64_t len)
{
	if (data)
		rom_digest_update(d, data, (size_t)len);
	else
		rom_digest_zeros(d, len);
}

static void update_two(struct rom_digest *whole, struct rom_digest *part,
	const uint8_t *data, uint64_t len)
{
	if (data)
		rom_digest_update_two(whole, part, data, (size_t)len);
	else
		rom_digest_zeros_two(whole, part, len);
}

/* The part that contains offset, or the next one after it; NULL when there is
 * none. */
static struct rom_hash_sink *part_at_or_after(
	struct rom_hash_sink *s, uint64_t offset)
{
	while (s->next < s->parts.n &&
		rom_range_end(s->parts.v[s->next]->sink.range) <= offset)
		s->next++;
	return s->next < s->parts.n ? s->parts.v[s->next] : NULL;
}

static enum rom_status feed(struct rom_sink *self,
	const struct rom_block *block, struct rom_err *err)
{
	struct rom_hash_sink *s = (struct rom_hash_sink *)self;

	(void)err;
	for (uint64_t off = 0, len; off < block->len; off += len) {
		uint64_t offset = block->offset + off;
		const uint8_t *data = block->data ? block->data + off : NULL;
		struct rom_hash_sink *part = part_at_or_after(s, offset);

		len = block->len - off;
		if (part && offset >= part->sink.range.offset) {
			len = rom_min(
				len, rom_range_end(part->sink.range) - offset);
			update_two(s->digest, part->digest, data, len);
			continue;
		}
		if (part)
			len = rom_min(len, part->sink.range.offset - offset);
		update(s->digest, data, len);
	}
	return ROM_OK;
}

void rom_hash_sink_init(
	struct rom_hash_sink *s, struct rom_range range, unsigned worker)
{
	*s = (struct rom_hash_sink){
		.sink = { .range = range, .worker = worker, .feed = feed }
	};
	s->digest = rom_digest_new(ROM_HASH_SHA256);
}

bool rom_hash_sink_add(struct rom_hash_sink *s, struct rom_hash_sink *part)
{
	struct rom_range all = s->sink.range, range = part->sink.range;
	uint64_t end =
		s->parts.n
			? rom_range_end(s->parts.v[s->parts.n - 1]->sink.range)
			: all.offset;

	if (range.offset < end || rom_range_end(range) > rom_range_end(all))
		return false;
	*rom_vec_add(&s->parts) = part;
	return true;
}

void rom_hash_sink_done(struct rom_hash_sink *s, uint8_t *ret)
{
	rom_digest_final(s->digest, ret);
	rom_digest_free(s->digest);
	s->digest = NULL;
	rom_vec_done(&s->parts);
}
