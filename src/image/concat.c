/* SPDX-License-Identifier: MIT */
/* concat.c - a dump in several files, concatenated */
#include <stdlib.h>

#include "romsplit/image.h"

struct rom_image *rom_image_open_concat(
	struct rom_image *const *parts, size_t n, const char *name)
{
	struct rom_piece *pieces = rom_alloc(n * sizeof(*pieces));
	struct rom_image *img;
	uint64_t offset = 0;

	for (size_t i = 0; i < n; i++) {
		pieces[i] = (struct rom_piece){ parts[i],
			{ offset, parts[i]->size } };
		/* cannot wrap: a file is below 2^63 bytes, and no machine
		 * stores 2^64 of them */
		offset += parts[i]->size;
	}
	img = rom_image_open_placed(pieces, n, offset, name);
	free(pieces);
	return img;
}
