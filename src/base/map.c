/* SPDX-License-Identifier: MIT */
/* map.c - a map from numbers to pointers: open addressing, grows when three
 * quarters full */
#include <stdlib.h>

#include "romsplit/base.h"

static size_t find_slot(const struct rom_map *m, uint64_t key)
{
	size_t i = (size_t)(key * 0x9e3779b97f4a7c15u >> 20) & (m->room - 1);

	while (m->slot[i].used && m->slot[i].key != key)
		i = (i + 1) & (m->room - 1);
	return i;
}

static void grow(struct rom_map *m)
{
	struct rom_map bigger = { .room = m->room ? m->room * 2 : 64 };

	bigger.slot = rom_alloc(bigger.room * sizeof(*bigger.slot));
	for (size_t i = 0; i < m->room; i++) {
		if (m->slot[i].used)
			bigger.slot[find_slot(&bigger, m->slot[i].key)] =
				m->slot[i];
	}
	bigger.n = m->n;
	free(m->slot);
	*m = bigger;
}

bool rom_map_put(struct rom_map *m, uint64_t key, void *value)
{
	size_t i;

	if (m->n * 4 >= m->room * 3)
		grow(m);
	i = find_slot(m, key);
	if (m->slot[i].used)
		return false;
	m->slot[i] = (struct rom_map_slot){ key, value, true };
	m->n++;
	return true;
}

void rom_map_set(struct rom_map *m, uint64_t key, void *value)
{
	if (!rom_map_put(m, key, value))
		m->slot[find_slot(m, key)].value = value;
}

void *rom_map_get(const struct rom_map *m, uint64_t key)
{
	size_t i;

	if (!m->room)
		return NULL;
	i = find_slot(m, key);
	return m->slot[i].used ? m->slot[i].value : NULL;
}

void rom_map_done(struct rom_map *m, void (*free_value)(void *))
{
	for (size_t i = 0; i < m->room && free_value; i++) {
		if (m->slot[i].used)
			free_value(m->slot[i].value);
	}
	free(m->slot);
	*m = (struct rom_map){ 0 };
}
