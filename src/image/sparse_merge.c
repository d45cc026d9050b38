/* SPDX-License-Identifier: MIT */
/* sparse_merge.c - the chunks of two parts of a sparse image as one list */
#include <stdlib.h>

#include "sparse_priv.h"

static bool holds(const struct rom_chunk *c)
{
	return c->type < ROM_CHUNK_LEFT_OUT;
}

/* Which of two chunks describes their common bytes. What a part leaves out may
 * be in the other one; what was cut off is not. */
static const struct rom_chunk *better(
	const struct rom_chunk *over, const struct rom_chunk *under)
{
	if (holds(over) || (over->type == ROM_CHUNK_CUT && !holds(under)))
		return over;
	return under;
}

/* Adds the range of c, which lies inside it, and joins what belongs
 * together. */
static void add(
	rom_chunks *ret, const struct rom_chunk *c, struct rom_range range)
{
	struct rom_chunk *last = ret->n ? &ret->v[ret->n - 1] : NULL;
	uint64_t source = c->source;

	if (c->type == ROM_CHUNK_RAW)
		source += range.offset - c->range.offset;
	if (last && last->type == c->type &&
		(!holds(c) ||
			(c->type == ROM_CHUNK_RAW && last->part == c->part &&
				last->source + last->range.len == source)))
		last->range.len += range.len;
	else
		*rom_vec_add(ret) =
			(struct rom_chunk){ range, source, c->type, c->part };
}

uint64_t rom_sparse_merge(
	const rom_chunks *over, const rom_chunks *under, rom_chunks *ret)
{
	uint64_t offset = 0, both = ROM_NO_OFFSET;
	size_t i = 0, k = 0;

	while (i < over->n && k < under->n) {
		const struct rom_chunk *a = &over->v[i], *b = &under->v[k];
		uint64_t end = rom_min(
			rom_range_end(a->range), rom_range_end(b->range));

		if (both == ROM_NO_OFFSET && holds(a) && holds(b))
			both = offset;
		add(ret, better(a, b),
			(struct rom_range){ offset, end - offset });
		offset = end;
		i += rom_range_end(a->range) == end;
		k += rom_range_end(b->range) == end;
	}
	return both;
}
