/* SPDX-License-Identifier: MIT */
/* slot_name.c - the name of a partition without its slot */
#include <strings.h>

#include "romsplit/model.h"

/* "_a" or "_b"; tables of phones with MBR have names in upper case. */
static bool is_slot(const char *rest)
{
	return !*rest || !strcasecmp(rest, "_a") || !strcasecmp(rest, "_b");
}

/* What follows want in the name; NULL when it does not begin so. */
static const char *rest_of(const char *name, const char *want)
{
	const char *slash = name ? strrchr(name, '/') : NULL;
	size_t n = strlen(want);

	/* of a logical partition, the name behind its group's */
	name = slash ? slash + 1 : name;
	return name && !strncasecmp(name, want, n) ? name + n : NULL;
}

bool rom_slot_matches(const char *name, const char *want)
{
	const char *rest = rest_of(name, want);

	return rest && is_slot(rest);
}

bool rom_slot_or_copy_matches(const char *name, const char *want)
{
	const char *rest = rest_of(name, want);

	return rest && is_slot(rest + strspn(rest, "0123456789"));
}
