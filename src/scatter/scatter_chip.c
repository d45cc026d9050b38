/* SPDX-License-Identifier: MIT */
/* scatter_chip.c - the names that SP Flash Tool has for chips */
#include <stdlib.h>
#include <strings.h>

#include "scatter_priv.h"

/* Chips that answer to each other's names. */
bool rom_scatter_same_chip(const char *a, const char *b)
{
	static const char *const families[][4] = { { "MT6750", "MT6755" },
		{ "MT6771", "MT8183", "MT8385" },
		{ "MT6765", "MT6762", "MT8768" }, { "MT6768", "MT6769" },
		{ "MT6582", "MT6574", "MT8382" }, { "MT6592", "MT8392" },
		{ "MT6589", "MT6583" }, { "MT6797", "MT6767" } };

	if (!strncasecmp(a, b, 6))
		return true;
	for (size_t i = 0; i < sizeof(families) / sizeof(*families); i++) {
		size_t hits = 0;

		for (size_t k = 0; k < 4 && families[i][k]; k++)
			if (!strncasecmp(families[i][k], a, 6) ||
				!strncasecmp(families[i][k], b, 6))
				hits++;
		if (hits == 2)
			return true;
	}
	return false;
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
