/* SPDX-License-Identifier: MIT */
/* fuzz_ext4.c - ext2, ext3 and ext4, with and without their journal: see
 * walk.h */
#include "walk.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	ROM_AUTO_IMAGE struct rom_image *img =
		rom_image_open_memory(data, size, "input");

	walk_all(img, "ext", false);
	walk_all(img, "ext", true);
	return 0;
}
