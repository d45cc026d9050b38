/* SPDX-License-Identifier: MIT */
/*
 * naming.c - names in the output: the first one that is not in use, or the one
 * that an earlier run used for the same file
 *
 * "photo.jpg" is tried first, then "photo~2.jpg", "photo~3.jpg" and so on. If
 * the output was not empty before this run, a file of that name may be what an
 * earlier run wrote. It is accepted only once in this run: two equal files of
 * one name are still two files. Two maps are kept: for each name that was in
 * use, the number to try next (so that thousands of equal names do not try the
 * same numbers again), and in a second run the names that it has used.
 */
#include <ctype.h>
#include <pthread.h>
#include <stdlib.h>

#include "extract_priv.h"

enum { MAX_TRIES = 1000000 /* numbers tried for one name */ };

struct naming {
	pthread_mutex_t lock;
	bool existed;	     /* the output was not empty before this run */
	bool ignores_case;   /* "A" and "a" are one name there */
	struct rom_map next; /* hash of a name to the number to try next */
	struct rom_map used; /* hashes of names used in this run */
};

struct naming *rom_naming_new(struct rom_out *out)
{
	struct naming *n = rom_alloc(sizeof(*n));

	pthread_mutex_init(&n->lock, NULL);
	n->existed = out->existed;
	n->ignores_case = rom_dir_ignores_case(out->part);
	return n;
}

void rom_naming_free(struct naming *n)
{
	rom_map_done(&n->next, NULL);
	rom_map_done(&n->used, NULL);
	pthread_mutex_destroy(&n->lock);
	free(n);
}

/* One step of FNV-1a with 64 bits. */
static uint64_t add_to_hash(uint64_t hash, unsigned char c)
{
	return (hash ^ c) * 0x100000001b3;
}

/* After a collision one of the names gets a ~2 that it did not need: no file is
 * lost. */
static uint64_t hash_of(
	const struct naming *n, const char *directory, const char *name)
{
	const char *parts[] = { directory, "/", name };
	uint64_t hash = 0xcbf29ce484222325;

	for (size_t i = 0; i < 3; i++) {
		for (const char *p = parts[i]; *p; p++) {
			unsigned char c = (unsigned char)*p;

			hash = add_to_hash(hash,
				n->ignores_case ? (unsigned char)tolower(c)
						: c);
		}
	}
	return hash;
}

void rom_naming_give(struct naming *n, struct tree_dir *dir, char *name)
{
	const uint64_t base = hash_of(n, "", name);
	ROM_AUTO char *wanted = NULL;
	uintptr_t i;

	if (rom_name_set_add(&dir->names, base))
		return;
	wanted = rom_strdup(name);
	i = (uintptr_t)rom_map_get(&dir->numbers, base);
	for (i = i ? i + 1 : 2; i < MAX_TRIES; i++) {
		rom_numbered_name(wanted, (unsigned)i, name);
		if (rom_name_set_add(&dir->names, hash_of(n, "", name)))
			break;
	}
	rom_map_set(&dir->numbers, base, (void *)i);
}

void rom_naming_give_shared(struct naming *n, struct tree_dir *dir, char *name)
{
	/* hash_of adds a "/" after name, which no name contains: the key cannot
	 * be that of a file */
	const uint64_t key = hash_of(n, name, "");
	ROM_AUTO char *wanted = rom_strdup(name);
	uintptr_t number = (uintptr_t)rom_map_get(&dir->numbers, key);

	if (number > 1)
		rom_numbered_name(wanted, (unsigned)number, name);
	if (number)
		return;
	rom_naming_give(n, dir, name);
	number = 1;
	if (strcmp(name, wanted))
		number = (uintptr_t)rom_map_get(
			&dir->numbers, hash_of(n, "", wanted));
	rom_map_set(&dir->numbers, key, (void *)number);
}

static bool is_used(struct naming *n, uint64_t hash)
{
	bool used;

	pthread_mutex_lock(&n->lock);
	used = rom_map_get(&n->used, hash) != NULL;
	pthread_mutex_unlock(&n->lock);
	return used;
}

static void remember_name(
	struct naming *n, uint64_t base, uintptr_t number, uint64_t hash)
{
	pthread_mutex_lock(&n->lock);
	if (number > 1)
		rom_map_set(&n->next, base, (void *)(number + 1));
	if (n->existed)
		rom_map_set(&n->used, hash, n);
	pthread_mutex_unlock(&n->lock);
}

/* The number to begin with: 1 is the name itself. */
static uintptr_t first_number(struct naming *n, uint64_t base)
{
	uintptr_t number;

	pthread_mutex_lock(&n->lock);
	number = (uintptr_t)rom_map_get(&n->next, base);
	pthread_mutex_unlock(&n->lock);
	return number ? number : 1;
}

enum rom_taken rom_naming_find(struct naming *n, const char *directory,
	char *name, rom_take_fn take, void *ctx)
{
	const uint64_t base = hash_of(n, directory, name);
	uintptr_t i = first_number(n, base);
	char try[ROM_NAME_MAX + 1];

	for (; i < MAX_TRIES; i++) {
		uint64_t hash;
		enum rom_taken taken;

		if (i == 1)
			strcpy(try, name);
		else
			rom_numbered_name(name, (unsigned)i, try);
		hash = hash_of(n, directory, try);
		taken = take(ctx, try, n->existed && !is_used(n, hash));
		if (taken == ROM_TAKEN_OTHER)
			continue;
		if (taken != ROM_TAKEN_ERROR)
			remember_name(n, base, i, hash);
		strcpy(name, try);
		return taken;
	}
	return ROM_TAKEN_OTHER;
}

enum rom_taken rom_naming_find_shared(
	const char *name, char *ret, rom_take_fn take, void *ctx)
{
	strcpy(ret, name);
	for (unsigned i = 2; i < MAX_TRIES; i++) {
		enum rom_taken taken = take(ctx, ret, true);

		if (taken != ROM_TAKEN_OTHER)
			return taken;
		rom_numbered_name(name, i, ret);
	}
	return ROM_TAKEN_OTHER;
}
