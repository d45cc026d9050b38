/* SPDX-License-Identifier: MIT */
/* names.h - the words in the report for values of enums. Other programs rely on
 * them in report.json; they are defined only here */
#ifndef ROMSPLIT_NAMES_H
#define ROMSPLIT_NAMES_H

#include "romsplit/model.h"

/* Literals. NULL for a value that means "none". */
const char *rom_table_kind_name(enum rom_table_kind kind);
const char *rom_table_source_name(enum rom_table_source source);
const char *rom_access_name(enum rom_access access);
const char *rom_verdict_grade_name(enum rom_verdict_grade grade);

#endif
