/* SPDX-License-Identifier: MIT */
/* fuzz_squashfs.c - squashfs, through libsquashfs: see walk.h */
#include "walk.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	ROM_AUTO_IMAGE struct rom_image *img =
		rom_image_open_memory(data, size, "input");

	walk_all(img, "squashfs", false);
	return 0;
}
