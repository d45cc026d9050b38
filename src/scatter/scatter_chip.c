/* SPDX-License-Identifier: MIT */
/* scatter_chip.c - the names that SP Flash Tool has for chips */
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
