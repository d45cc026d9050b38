/* SPDX-License-Identifier: MIT */
/* scatter_chip.c - the names that SP Flash Tool has for chips */
#include <stdlib.h>
#include <strings.h>

#include "scatter_priv.h"

enum { NAME = 6, FAMILY = 6 }; /* "MT6765" */

/* Chips that are one for the tool: first its name for them, then those under
 * which they are sold, or built into tablets. */
static const char *const families[][FAMILY] = {
	{ "MT6765", "MT6762", "MT8768" }, { "MT6768", "MT6769" },
	{ "MT6771", "MT8183", "MT8385", "MT8666" },
	{ "MT6761", "MT8761", "MT8766" }, { "MT6739", "MT6731", "MT8765" },
	{ "MT6582", "MT6574", "MT8382" }, { "MT6592", "MT8392" },
	{ "MT6589", "MT6583" }, { "MT6797", "MT6767" }, { "MT6575", "MT8317" },
	{ "MT6570", "MT8321" }, { "MT6885", "MT6883", "MT6889" },
	{ "MT6893", "MT6891" }, { "MT6877", "MT8791" }, { "MT6789", "MT8781" }
};

/* Two names of the tool, one chip. */
static const char *const twins[] = { "MT6750", "MT6755" };

static bool begins(const char *chip, const char *name)
{
	return !strncasecmp(chip, name, NAME);
}

const char *rom_scatter_tool_chip(const char *chip)
{
	for (size_t i = 0; i < sizeof(families) / sizeof(*families); i++) {
		for (size_t k = 1; k < FAMILY && families[i][k]; k++) {
			if (begins(chip, families[i][k]))
				return families[i][0];
		}
	}
	return chip;
}

bool rom_scatter_same_chip(const char *a, const char *b)
{
	if (begins(rom_scatter_tool_chip(a), rom_scatter_tool_chip(b)))
		return true;
	return (begins(a, twins[0]) && begins(b, twins[1])) ||
	       (begins(a, twins[1]) && begins(b, twins[0]));
}

bool rom_scatter_is_linear_chip(const char *chip)
{
	/* MT6583 is MT6589; MT6592 and MT6595 are the first that count from the
	 * start of the user area */
	static const unsigned linear[] = { 6571, 6572, 6573, 6574, 6575, 6577,
		6582, 6583, 6589, 8127, 8135, 8312, 8377, 8382, 8389 };
	unsigned n =
		(unsigned)strtoul(chip + strcspn(chip, "0123456789"), NULL, 10);

	for (size_t i = 0; i < sizeof(linear) / sizeof(*linear); i++) {
		if (linear[i] == n)
			return true;
	}
	return false;
}
