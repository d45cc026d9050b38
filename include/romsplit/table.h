/* SPDX-License-Identifier: MIT */
/* table.h - partition tables: where the partitions of a dump are */
#ifndef ROMSPLIT_TABLE_H
#define ROMSPLIT_TABLE_H

#include "romsplit/image.h"
#include "romsplit/model.h"
#include "romsplit/pass.h"
#include "romsplit/printed.h"
#include "romsplit/scatter.h"

/* the standard minimum is 128; this allows more and bounds the read */
#define ROM_MAX_GPT_ENTRIES 1024

/* A partition of which only the name is known: the range is where it was put in
 * the image. */
struct rom_table_row {
	char *name;
	struct rom_range range;
};
/* What the user gave besides the dump. */
struct rom_table_options {
	/* used as the table where the medium has none; NULL: none */
	const struct rom_scatter *scatter;
	const char *scatter_name; /* its file, for messages */
	/* partitions known without a table, used when there is none: the files
	 * of a folder */
	const struct rom_table_row *rows;
	size_t n_rows;

	/* a table that a tool or the phone printed, used in the same way; NULL:
	 * none */
	const struct rom_printed_table *printed;
	const char *printed_name; /* its file, for messages */
	/* ends a search when the user stops it; may be NULL */
	const struct rom_progress *progress;
	uint64_t boot1,
		/* sizes of the boot areas when they were given separately: the
		 * image begins with them, in this order */
		boot2;
};

/* Finds the table of a dump and fills report->table and report->partitions: the
 * table's partitions sorted by offset, the rows pgpt and sgpt as SP Flash Tool
 * has them, a nameless row for every range that none of them covers, and rows
 * for the boot areas in front of the user area. What is damaged becomes a note.
 * options may be NULL. ROM_NO_MATCH, and the report untouched, when there is no
 * table. */
enum rom_status rom_table_read(struct rom_image *img,
	const struct rom_table_options *options, struct rom_report *report,
	struct rom_err *err);

/* True when a GPT begins at the start of img, with sectors of 512 or 4096
 * bytes. */
bool rom_table_has_gpt(struct rom_image *img);
/* True when img does not begin where its medium does: it ends with the backup
 * GPT of a medium (sgpt.bin, the last sectors or more), or is a GPT header
 * alone. *ret_start is then its place there, *ret_size what the medium has. */
bool rom_table_tail(
	struct rom_image *img, uint64_t *ret_start, uint64_t *ret_size);

/* Adds the logical partitions of the row at index (format "super") as rows of
 * their own after it, with parent "super". Pointers to rows are invalid
 * afterwards. What is damaged becomes a note. */
void rom_table_logical(
	struct rom_image *img, struct rom_report *report, size_t index);

/* Compares a printed table with the table of the report, and adds a note for
 * each difference, or one that there is none. name: its file, for messages.
 * Returns the number of differences. */
size_t rom_table_compare_printed(struct rom_report *report,
	const struct rom_printed_table *printed, const char *name);

/* The unique GUID of a partition as 32 lower-case hex digits in the order in
 * which it is written, without dashes; empty: the table has none. */
void rom_table_guid(const struct rom_partition *p, char ret[33]);
/* The whole image as one nameless partition: a bare partition image. */
void rom_table_bare(struct rom_image *img, struct rom_report *report);
/* Gives that partition the length that its content tells: what img does not
 * have of it is missing. */
void rom_table_lengthen(
	struct rom_image *img, struct rom_partition *p, uint64_t len);

/* Sorts the partitions of report, adds rows for uncovered ranges up to size,
 * and sets the state of each by how much of it is in img. Every table reader
 * calls it once its rows are known. */
void rom_table_finish(
	struct rom_image *img, struct rom_report *report, uint64_t size);

#endif
