/* SPDX-License-Identifier: MIT */
/* image_priv.h - what the files of the image module share */
#ifndef ROMSPLIT_IMAGE_PRIV_H
#define ROMSPLIT_IMAGE_PRIV_H

#include "romsplit/image.h"

/* Opens an Expert Witness image by the path of its first segment. ROM_E_INPUT,
 * with advice, when it cannot be opened. */
enum rom_status rom_image_open_ewf(
	const char *path, struct rom_image **ret, struct rom_err *err);

/* part_name.c: names are freed by the caller. */
/* The name of the part that is step parts after the first: the number at the
 * end of the name plus step, with at least as many digits; for ROM_0 it is
 * ROM_1 and so on. NULL when first is not named like the first of several
 * parts. */
char *rom_part_name(const char *first, unsigned step);
/* The next existing part after the missing one at step. NULL when there is
 * none. */
char *rom_part_behind(const char *first, unsigned step);
/* The part that is missing between paths[i - 1] and paths[i] (i > 0), judged by
 * their numbers. NULL when none is. */
char *rom_part_missing(const char *const *paths, size_t n, size_t i);

#endif
