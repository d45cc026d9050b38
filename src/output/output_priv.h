/* SPDX-License-Identifier: MIT */
/* output_priv.h - the interface between out.c and staging.c */
#ifndef ROMSPLIT_OUT_PRIV_H
#define ROMSPLIT_OUT_PRIV_H

#include "romsplit/output.h"

/* staging.c: opens .part/ of out->dir and removes what an interrupted run left
 * there. False with errno. */
bool rom_out_part_open(struct rom_out *out);
/* Removes .part/ and everything in it. */
void rom_out_part_close(struct rom_out *out);
/* Stores the name of the next file in .part/ in ret (ROM_TEMP_NAME bytes); any
 * thread may call. */
void rom_out_part_next(struct rom_out *out, char *ret);

#endif
