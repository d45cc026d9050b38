/* SPDX-License-Identifier: MIT */
/* diff.c - the comparison of two dumps */
#include "romsplit/model.h"

const char *rom_diff_status_name(enum rom_diff_status status)
{
	static const char *const names[] = { "same", "content", "place",
		"only-a", "only-b" };

	return names[status];
}

void rom_diff_done(struct rom_diff *d)
{
	rom_vec_done(&d->rows);
}
