/* SPDX-License-Identifier: MIT */
/* scatter_priv.h - what the files of the scatter writer share */
#ifndef ROMSPLIT_SCATTER_PRIV_H
#define ROMSPLIT_SCATTER_PRIV_H

#include "romsplit/emit.h"

/* scatter_wwr.c: turns a factory row, and then the whole, into what WwR MTK writes. */
void rom_scatter_wwr_row(const struct rom_report *r, struct rom_scatter_row *row);
void rom_scatter_wwr_general(const struct rom_report *r, struct rom_scatter *s);

#endif
