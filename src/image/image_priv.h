/* SPDX-License-Identifier: MIT */
/* image_priv.h - what the files of the image room share */
#ifndef ROMSPLIT_IMAGE_PRIV_H
#define ROMSPLIT_IMAGE_PRIV_H

#include "romsplit/image.h"

/* An Expert Witness image by its first segment. ROM_E_INPUT, and what to do, when it cannot be opened. */
enum rom_status rom_image_open_ewf(const char *path, struct rom_image **ret, struct rom_err *err);

#endif
