/* SPDX-License-Identifier: MIT */
/* image_priv.h - what the files of the image room share */
#ifndef ROMSPLIT_IMAGE_PRIV_H
#define ROMSPLIT_IMAGE_PRIV_H

#include "romsplit/image.h"

/* An Expert Witness image by its first segment. ROM_E_INPUT, and what to do,
 * when it cannot be opened. */
enum rom_status rom_image_open_ewf(
	const char *path, struct rom_image **ret, struct rom_err *err);

/* part_name.c: names are freed by the caller. */
/* The name of the part step behind the first: its number at the end plus step,
 * in as many digits or more; of ROM_0 ROM_1 and so on. NULL: first has no name
 * that says "first of several". */
char *rom_part_name(const char *first, unsigned step);
/* The next part that is there behind the one at step, which is not. NULL: there
 * is none. */
char *rom_part_behind(const char *first, unsigned step);
/* The part that is missing among the n paths before paths[i] (i > 0), by their
 * numbers. NULL: none is. */
char *rom_part_missing(const char *const *paths, size_t n, size_t i);

#endif
