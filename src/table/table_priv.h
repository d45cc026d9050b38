/* SPDX-License-Identifier: MIT */
/* table_priv.h - what a table reader is: one file, one const struct, one row in tables.def */
#ifndef ROMSPLIT_TABLE_PRIV_H
#define ROMSPLIT_TABLE_PRIV_H

#include "romsplit/table.h"

struct rom_table_reader {
	const char *name;
	/* Fills report->table and adds its rows; ROM_NO_MATCH when there is no such table. */
	enum rom_status (*read)(
		struct rom_image *img, struct rom_report *report, struct rom_err *err);
};

#define ROM_TABLE(name) extern const struct rom_table_reader rom_table_##name;
#include "tables.def"
#undef ROM_TABLE

#endif
