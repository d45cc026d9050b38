/* SPDX-License-Identifier: MIT */
/* fuzz_exfat.c - exFAT: see walk.h */
#include "walk.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	ROM_AUTO_IMAGE struct rom_image *img =
		rom_image_open_memory(data, size, "input");

	walk_all(img, "exfat", false);
	return 0;
}
