/* SPDX-License-Identifier: MIT */
/* partition_open.c - one partition of a dump as an image of its own */
#include "romsplit/analyze.h"

struct rom_image *rom_partition_open(
	struct rom_image *img, const struct rom_partition *p)
{
	const char *name = rom_partition_label(p);

	if (p->extents.n)
		return rom_image_open_extents(
			img, p->extents.v, p->extents.n, name);
	return rom_image_open_slice(img, p->range, name);
}
