/* SPDX-License-Identifier: MIT */
/* memory.c - allocation that cannot fail; the growing array */
#include <stdarg.h>
#include <stdlib.h>

#include "romsplit/base.h"

enum { PAGE = 4096 };

static void *or_die(void *p)
{
	if (!p)
		/* a small allocation failed: nothing useful can be done */
		abort();
	return p;
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
