/* SPDX-License-Identifier: MIT */
/* part_name.c - names of the files of a split dump: which one follows, which
 * one is missing */
#include <stdlib.h>
#include <strings.h>

#include "image_priv.h"
#include "romsplit/os.h"

/* so many parts may be missing in a row and still be noticed */
enum { MAX_GAP = 100 };

/* ROM_0: SP Flash Tool names the areas and parts of a readback ROM_0, ROM_1,
 * ... */
static bool is_rom_0(const char *path)
{
	const char *slash = strrchr(path, '/'),
		   *name = slash ? slash + 1 : path;

	return !strncasecmp(name, "ROM_0", 5) && (!name[5] || name[5] == '.');
}

static char *next_rom(const char *path, unsigned step)
{
	const char *slash = strrchr(path, '/'),
		   *name = slash ? slash + 1 : path;

	return rom_format(
		"%.*s%u%s", (int)(name - path) + 4, path, step, name + 5);
}

/* A name that ends in a dot and up to four digits. The dot is required: dump_1
 * and dump_2 are more often two dumps than two parts of one. */
struct numbered {
	size_t stem, digits; /* stem: characters before the digits */
	unsigned long number;
};

static bool parse_part_number(const char *path, struct numbered *ret)
{
	size_t len = strlen(path), digits = 0;

	while (digits < len && path[len - 1 - digits] >= '0' &&
		path[len - 1 - digits] <= '9')
		digits++;
	if (digits == 0 || digits > 4 || digits == len ||
		path[len - 1 - digits] != '.')
		return false;
	*ret = (struct numbered){ len - digits, digits,
		strtoul(path + len - digits, NULL, 10) };
	return true;
}

static char *numbered_name(
	const char *path, const struct numbered *n, unsigned long number)
{
	return rom_format(
		"%.*s%0*lu", (int)n->stem, path, (int)n->digits, number);
}

char *rom_part_name(const char *first, unsigned step)
{
	struct numbered n;

	if (is_rom_0(first))
		return next_rom(first, step);
	if (!parse_part_number(first, &n) || n.number > 1)
		return NULL;
	return numbered_name(first, &n, n.number + step);
}

char *rom_part_behind(const char *first, unsigned step)
{
	if (is_rom_0(first) && step < 2)
		/* a ROM_0 without ROM_1 is a whole readback; the others are of
		 * other areas */
		return NULL;
	for (unsigned i = step + 1; i <= step + MAX_GAP; i++) {
		ROM_AUTO char *path = rom_part_name(first, i);

		if (path && rom_path_exists(path))
			return ROM_TAKE(path);
	}
	return NULL;
}

char *rom_part_missing(const char *const *paths, size_t n, size_t i)
{
	struct numbered before, here;
	ROM_AUTO char *next = NULL;

	if (!parse_part_number(paths[i - 1], &before) ||
		!parse_part_number(paths[i], &here) ||
		here.stem != before.stem ||
		strncmp(paths[i], paths[i - 1], here.stem) ||
		here.number <= before.number + 1)
		return NULL;
	next = numbered_name(paths[i - 1], &before, before.number + 1);
	for (size_t k = 0; k < n; k++) {
		if (!strcmp(paths[k], next))
			/* it is named elsewhere in the list: the user chose
			 * this order */
			return NULL;
	}
	return ROM_TAKE(next);
}
