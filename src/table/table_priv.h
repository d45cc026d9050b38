/* SPDX-License-Identifier: MIT */
/* table_priv.h - a table reader is one file, one const struct and one row in
 * tables.def */
#ifndef ROMSPLIT_TABLE_PRIV_H
#define ROMSPLIT_TABLE_PRIV_H

#include "romsplit/table.h"

struct rom_table_reader {
	/* Fills report->table and adds its rows; ROM_NO_MATCH when there is no
	 * such table. img begins at the user area. */
	enum rom_status (*read)(struct rom_image *img,
		const struct rom_table_options *options,
		struct rom_report *report, struct rom_err *err);
};

#define ROM_TABLE(name) extern const struct rom_table_reader rom_table_##name;
#include "tables.def"
#undef ROM_TABLE

/* Adds a row in the region of report->table. ROM_SOURCE_NONE stands for the
 * source of report->table. Valid until the next row is added. */
struct rom_partition *rom_table_add(struct rom_report *r, const char *name,
	struct rom_range range, enum rom_table_source source);
/* Judges by names that only the tools of one vendor write; never
 * ROM_VENDOR_NONE. */
enum rom_vendor rom_table_vendor(struct rom_report *r);

/* Finds where the user area begins in a dump that starts with boot areas; 0 in
 * any other dump. ROM_E_USAGE for such a dump when boot areas are also given
 * separately. */
enum rom_status rom_table_boot_areas(struct rom_image *img,
	const struct rom_table_options *options, uint64_t *ret,
	struct rom_err *err);
/* Adds rows for the areas in front of the user area. */
void rom_table_add_boot_areas(struct rom_image *img,
	const struct rom_table_options *options, uint64_t boot_size,
	struct rom_report *r);

/* Reads a GPT header: true when its checksum matches; *ret_my and *ret_other
 * are then its own LBA and that of the other header. */
bool rom_gpt_header_good(struct rom_image *img, uint64_t offset,
	uint64_t *ret_my, uint64_t *ret_other);

/* Searches the range of img for contents that state their own name and size,
 * and adds a row for each (ROM_SOURCE_SIGNATURES). *ret_strong counts those
 * that only the medium of a phone has; returns the number of rows. */
size_t rom_scan_range(struct rom_image *img, struct rom_range range,
	const struct rom_progress *progress, struct rom_report *r,
	size_t *ret_strong);

/* Adds those rows of the user's scatter file that do not overlap a row of r.
 * Rows of r that begin at the same offset take its names. */
void rom_table_add_scatter(struct rom_image *img,
	const struct rom_table_options *options, struct rom_report *r);

/* The same for the printed table given by the user, which has no template's
 * sizes. */
void rom_table_add_printed(struct rom_image *img,
	const struct rom_table_options *options, struct rom_report *r);
/* Whether no row of r has a byte of range. */
bool rom_table_is_free(const struct rom_report *r, struct rom_range range);
/* The row of r that begins at offset, or NULL. */
struct rom_partition *rom_table_row_at(struct rom_report *r, uint64_t offset);

/* True for an MBR as MediaTek's ptgen writes it, by its shape: nothing but
 * entries (no CHS, no boot flag), one of them leads to EBR1, and one (that, or
 * the last partition) has length FFFFFFFF. sector has 512 bytes. */
bool rom_mbr_is_mediatek(const uint8_t *sector);
/* Notes where the MBR chain of img, if there is one, disagrees with the rows of
 * r. */
void rom_mbr_compare(struct rom_image *img, struct rom_report *r);

/* an upper bound of all boot areas together */
#define ROM_FRONT_MAX ((uint64_t)64 << 20)
/* their sizes are multiples of this */
#define ROM_FRONT_STEP 0x20000u

#endif
