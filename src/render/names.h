/* SPDX-License-Identifier: MIT */
/* names.h - the words that the report has for values of enums: they are part of
 * the contract of report.json, and stand nowhere else */
#ifndef ROMSPLIT_NAMES_H
#define ROMSPLIT_NAMES_H

#include "romsplit/model.h"

/* Literals. NULL for a value that means "none". */
const char *rom_table_kind_name(enum rom_table_kind kind);
const char *rom_table_source_name(enum rom_table_source source);
const char *rom_access_name(enum rom_access access);
const char *rom_verdict_grade_name(enum rom_verdict_grade grade);

#endif
