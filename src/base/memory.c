/* SPDX-License-Identifier: MIT */
/* memory.c - allocation that cannot fail; the growing array */
#include <stdarg.h>
#include <stdlib.h>

#include "romsplit/base.h"

enum { PAGE = 4096 };

/* How the program wants to end; set once, before there are threads. */
static void (*end_process)(const char *why);

void rom_on_failure(void (*end)(const char *why))
{
	end_process = end;
}

void rom_end_process(const char *why)
{
	if (end_process)
		end_process(why);
	abort();
}

void rom_out_of_memory(void)
{
	rom_end_process("out of memory");
}

static void *or_die(void *p)
{
	if (!p)
		/* a small allocation failed: nothing useful can be done any
		 * more */
		rom_out_of_memory();
	return p;
}

void *rom_checked_malloc(size_t size)
{
	return or_die(malloc(size ? size : 1));
}

void *rom_checked_realloc(void *p, size_t size)
{
	return or_die(realloc(p, size ? size : 1));
}

void *rom_alloc(size_t size)
{
	return or_die(calloc(1, size ? size : 1));
}

void *rom_alloc_pages(size_t size)
{
	return or_die(aligned_alloc(PAGE, (size + PAGE - 1) / PAGE * PAGE));
}

char *rom_strdup(const char *s)
{
	return s ? or_die(strdup(s)) : NULL;
}

char *rom_format(const char *fmt, ...)
{
	char *text = NULL;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		text = NULL;
	va_end(ap);
	return or_die(text);
}

void rom_freep(void *p)
{
	void **slot = p;

	free(*slot);
	*slot = NULL;
}

void *rom_vec_reserve(void *v, size_t item, size_t n, size_t *cap)
{
	if (n < *cap)
		return v;
	while (*cap <= n)
		*cap = *cap ? *cap * 2 : 8;
	return or_die(reallocarray(v, *cap, item));
}
