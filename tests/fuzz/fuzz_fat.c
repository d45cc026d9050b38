/* SPDX-License-Identifier: MIT */
/* fuzz_fat.c - FAT12, FAT16 and FAT32: see walk.h */
#include "walk.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	ROM_AUTO_IMAGE struct rom_image *img =
		rom_image_open_memory(data, size, "input");

	walk_all(img, "vfat", false);
	return 0;
}
