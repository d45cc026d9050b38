/* SPDX-License-Identifier: MIT */
/*
 * json_memory.c - jansson allocates as all of us do
 *
 * Left alone it returns NULL where memory is out, takes that NULL for a value,
 * and leaves the key away: a report that looks whole and is not.
 */
#include <pthread.h>
#include <stdlib.h>

#include "json_priv.h"

static void set(void)
{
	json_set_alloc_funcs(rom_checked_malloc, free);
}

static void prepare(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, set);
}

json_t *rom_json_object(void)
{
	prepare();
	return json_object();
}

json_t *rom_json_array(void)
{
	prepare();
	return json_array();
}

json_t *rom_json_load(const char *text, size_t len)
{
	prepare();
	return json_loadb(text, len, 0, NULL);
}
