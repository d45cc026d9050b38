/* SPDX-License-Identifier: MIT */
/* name_set.c - a hash table of the hashes of names, eight bytes each: a
 * directory may have a million names */
#include <stdlib.h>

#include "extract_priv.h"

enum { FIRST_CAPACITY = 64, MAX_NAMES = 1 << 20 };

void rom_name_set_done(struct name_set *s)
{
	free(s->slot);
	*s = (struct name_set){ 0 };
}

/* The slot that has the hash, or the free one where it belongs. */
static uint64_t *slot_of(const struct name_set *s, uint64_t hash)
{
	size_t i = (size_t)hash & (s->capacity - 1);

	while (s->slot[i] && s->slot[i] != hash)
		i = (i + 1) & (s->capacity - 1);
	return &s->slot[i];
}

static void grow(struct name_set *s)
{
	struct name_set larger = {
		.capacity = s->capacity ? 2 * s->capacity : FIRST_CAPACITY,
		.n = s->n,
	};

	larger.slot = rom_alloc(larger.capacity * sizeof(*larger.slot));
	for (size_t i = 0; i < s->capacity; i++) {
		if (s->slot[i])
			*slot_of(&larger, s->slot[i]) = s->slot[i];
	}
	free(s->slot);
	*s = larger;
}

bool rom_name_set_add(struct name_set *s, uint64_t hash)
{
	uint64_t *slot;

	hash = hash ? hash : 1; /* 0 marks a free slot */
	if (s->n >= s->capacity / 4 * 3)
		grow(s);
	slot = slot_of(s, hash);
	if (*slot)
		return false;
	if (s->n < MAX_NAMES) {
		*slot = hash;
		s->n++;
	}
	return true;
}
