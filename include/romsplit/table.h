/* SPDX-License-Identifier: MIT */
/* table.h - partition tables: where the partitions of a dump lie */
#ifndef ROMSPLIT_TABLE_H
#define ROMSPLIT_TABLE_H

#include "romsplit/image.h"
#include "romsplit/model.h"

#define ROM_MAX_GPT_ENTRIES 1024 /* the standard says 128; this leaves room and bounds the read */

/* Finds the table of a dump and fills report->table and report->partitions: the table's partitions in
 * the order of their addresses, the rows pgpt and sgpt as SP Flash Tool has them, and a nameless row for
 * every range that none of them covers. What is damaged becomes a note.
 * ROM_NO_MATCH, and the report untouched, when there is no table. */
enum rom_status rom_table_read(
	struct rom_image *img, struct rom_report *report, struct rom_err *err);

/* The whole image as one nameless partition: a bare partition image. */
void rom_table_bare(struct rom_image *img, struct rom_report *report);

/* Puts the partitions of report in order, adds rows for the uncovered bytes up to size, and sets the
 * state of each by how much of it is in img. Used by every table reader when its rows are known. */
void rom_table_finish(struct rom_image *img, struct rom_report *report, uint64_t size);

#endif
