/* SPDX-License-Identifier: MIT */
/* facts.c - names and values that probers read, and claims */
#include <stdlib.h>

#include "romsplit/model.h"

static struct rom_fact *add(
	struct rom_facts *f, const char *key, enum rom_fact_kind kind)
{
	struct rom_fact *fact = rom_vec_add(&f->list);

	fact->key = rom_strdup(key);
	fact->kind = kind;
	return fact;
}

void rom_facts_text(struct rom_facts *f, const char *key, const char *text)
{
	add(f, key, ROM_FACT_TEXT)->text = rom_strdup(text);
}

void rom_facts_buffer(struct rom_facts *f, const char *key,
	const struct rom_buffer *v, size_t off, size_t len)
{
	ROM_AUTO char *text = rom_buffer_text(v, off, len);

	if (*text)
		rom_facts_text(f, key, text);
}

void rom_facts_number(struct rom_facts *f, const char *key, uint64_t number)
{
	add(f, key, ROM_FACT_NUMBER)->number = number;
}

static struct rom_fact *find(const struct rom_facts *f, const char *key)
{
	struct rom_fact *fact;

	rom_each (fact, &f->list) {
		if (!strcmp(fact->key, key))
			return fact;
	}
	return NULL;
}

struct rom_facts *rom_facts_item(struct rom_facts *f, const char *key)
{
	struct rom_fact *fact = find(f, key);
	struct rom_facts *items;

	if (!fact)
		fact = add(f, key, ROM_FACT_LIST);
	items = rom_alloc((fact->n_items + 1) * sizeof(*items));
	if (fact->n_items)
		memcpy(items, fact->items, fact->n_items * sizeof(*items));
	free(fact->items);
	fact->items = items;
	return &items[fact->n_items++];
}

const struct rom_fact *rom_facts_get(const struct rom_facts *f, const char *key)
{
	return find(f, key);
}

void rom_facts_done(struct rom_facts *f)
{
	struct rom_fact *fact;

	rom_each (fact, &f->list) {
		for (size_t i = 0; i < fact->n_items; i++)
			rom_facts_done(&fact->items[i]);
		free(fact->items);
		free(fact->key);
		free(fact->text);
	}
	rom_vec_done(&f->list);
}

void rom_claims_sort(rom_claims *claims)
{
	for (size_t i = 1; i < claims->n; i++) {
		for (size_t k = i;
			k > 0 && claims->v[k].bits > claims->v[k - 1].bits;
			k--) {
			struct rom_claim t = claims->v[k];

			claims->v[k] = claims->v[k - 1];
			claims->v[k - 1] = t;
		}
	}
}

void rom_claims_done(rom_claims *claims)
{
	struct rom_claim *c;

	rom_each (c, claims)
		rom_facts_done(&c->detail);
	rom_vec_done(claims);
}
