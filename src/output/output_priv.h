/* SPDX-License-Identifier: MIT */
/* output_priv.h - what the files of the output share */
#ifndef ROMSPLIT_OUT_PRIV_H
#define ROMSPLIT_OUT_PRIV_H

#include "romsplit/output.h"

/* staging.c: opens .part/ of out->dir, without what an interrupted run left
 * in it. False with errno. */
bool rom_out_part_open(struct rom_out *out);
/* Removes it with all that is in it. */
void rom_out_part_close(struct rom_out *out);
/* The name of the next file in it, ROM_TEMP_NAME bytes; any thread may ask. */
void rom_out_part_next(struct rom_out *out, char *ret);

#endif
