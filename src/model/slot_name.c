/* SPDX-License-Identifier: MIT */
/* slot_name.c - compares partition names without their slot */
#include <strings.h>

#include "romsplit/model.h"

/* "_a" or "_b"; the tables of MBR-era phones have upper-case names. */
static bool is_slot(const char *rest)
{
	return !*rest || !strcasecmp(rest, "_a") || !strcasecmp(rest, "_b");
}

/* The rest of the name after the prefix want; NULL when it has another
 * prefix. */
static const char *skip_prefix(const char *name, const char *want)
{
	const char *slash = name ? strrchr(name, '/') : NULL;
	size_t n = strlen(want);

	/* a logical partition is named "super/NAME" */
	name = slash ? slash + 1 : name;
	return name && !strncasecmp(name, want, n) ? name + n : NULL;
}

bool rom_slot_matches(const char *name, const char *want)
{
	const char *rest = skip_prefix(name, want);

	return rest && is_slot(rest);
}

bool rom_slot_or_copy_matches(const char *name, const char *want)
{
	const char *rest = skip_prefix(name, want);

	return rest && is_slot(rest + strspn(rest, "0123456789"));
}
