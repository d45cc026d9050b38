/* SPDX-License-Identifier: MIT */
/* table_priv.h - what a table reader is: one file, one const struct, one row in
 * tables.def */
#ifndef ROMSPLIT_TABLE_PRIV_H
#define ROMSPLIT_TABLE_PRIV_H

#include "romsplit/table.h"

struct rom_table_reader {
	/* Fills report->table and adds its rows; ROM_NO_MATCH when there is no
	 * such table. img begins where the user area does. */
	enum rom_status (*read)(struct rom_image *img,
		const struct rom_table_options *options,
		struct rom_report *report, struct rom_err *err);
};

#define ROM_TABLE(name) extern const struct rom_table_reader rom_table_##name;
#include "tables.def"
#undef ROM_TABLE

/* One row more, in the region of report->table; its source is that of
 * report->table for ROM_SOURCE_NONE. Valid until the next one is added. */
struct rom_partition *rom_table_add(struct rom_report *r, const char *name,
	struct rom_range range, enum rom_table_source source);
/* By names that only the tools of one vendor write; never ROM_VENDOR_NONE. */
enum rom_vendor rom_table_vendor(struct rom_report *r);

/* Where the user area begins in a dump that has its boot areas in front; 0 for
 * every other. ROM_E_USAGE for such a dump when boot areas are given beside
 * it. */
enum rom_status rom_table_boot_areas(struct rom_image *img,
	const struct rom_table_options *options, uint64_t *ret,
	struct rom_err *err);
/* Rows for the areas before front. */
void rom_table_add_boot_areas(struct rom_image *img,
	const struct rom_table_options *options, uint64_t boot_size,
	struct rom_report *r);

/* The header of a GPT: true with a good checksum, and *ret_my and *ret_other
 * its own LBA and that of the other one. */
bool rom_gpt_header_good(struct rom_image *img, uint64_t offset,
	uint64_t *ret_my, uint64_t *ret_other);

/* Searches the range of img for contents that tell their own name and size, and
 * adds a row for each (ROM_SOURCE_SIGNATURES). *ret_strong counts those that
 * only a phone's medium has; returns how many there are. */
size_t rom_scan_range(struct rom_image *img, struct rom_range range,
	struct rom_report *r, size_t *ret_strong);

/* The rows of the user's scatter file that lie where r has none yet
 * (ROM_SOURCE_FILE); names of r's rows that begin at the same place are taken
 * from it. */
void rom_table_add_scatter(struct rom_image *img,
	const struct rom_table_options *options, struct rom_report *r);

/* Notes where the MBR chain of img, if there is one, says other than the rows
 * of r. */
void rom_mbr_compare(struct rom_image *img, struct rom_report *r);

/* no boot areas are larger together */
#define ROM_FRONT_MAX ((uint64_t)64 << 20)
/* their sizes are multiples of this */
#define ROM_FRONT_STEP 0x20000u

#endif
