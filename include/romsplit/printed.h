/* SPDX-License-Identifier: MIT */
/*
 * printed.h - partition tables that tools and phones print, read from text
 *
 * mtkclient's and edl's printgpt, the [GPT_LK] lines of MediaTek's loader,
 * /proc/dumchar_info, /proc/emmc, /proc/partinfo, /proc/partitions, /proc/mtd,
 * and fastboot getvar all. The text may be part of a longer log.
 */
#ifndef ROMSPLIT_PRINTED_H
#define ROMSPLIT_PRINTED_H

#include "romsplit/model.h"

/* Who printed a table. */
enum rom_printed_kind {
	ROM_PRINTED_GPT,     /* printgpt of mtkclient and edl */
	ROM_PRINTED_LK,	     /* the loader of MediaTek's phones */
	ROM_PRINTED_DUMCHAR, /* /proc/dumchar_info */
	ROM_PRINTED_EMMC,    /* /proc/emmc of MediaTek's kernels */
	ROM_PRINTED_PARTINFO,
	ROM_PRINTED_GETVAR,
	/* /proc/mtd, and /proc/emmc of HTC's kernels */
	ROM_PRINTED_MTD,
	ROM_PRINTED_BLOCKS, /* /proc/partitions */
};
/* "mtkclient printgpt", "/proc/emmc", ...; a literal. */
const char *rom_printed_kind_name(enum rom_printed_kind kind);

/* A partition of a printed table. */
struct rom_printed_row {
	char *name; /* owned */
	/* in bytes, or in sectors where the table's unit is not known */
	uint64_t start, size;
	bool has_size;
	enum rom_region region;
	/* start is a code: it ends where the region does */
	bool from_end;
	unsigned line; /* from 1 */
	/* as a GPT stores them; only where they are printed in full */
	bool has_type, has_unique;
	uint8_t type[16], unique[16];
	uint64_t attributes;
};

/* One printed table. */
struct rom_printed_table {
	enum rom_printed_kind kind;
	unsigned line; /* of its first row, from 1 */
	/* printed; of getvar: computed from the sizes, which add up */
	bool has_starts;
	bool is_nand; /* of raw flash, which no dump of an eMMC holds */
	/* what start and size were printed in: 1, 512, 1024, 4096 bytes; 0:
	 * sectors of unknown size, and start and size still count these */
	uint32_t unit;
	uint32_t sector_size; /* of the medium; 0: not known */
	enum rom_region region;
	uint64_t device_size; /* of the region; 0: not known */
	ROM_VEC(struct rom_printed_row) rows;
};

/* Something in the text that cannot be read as it seems to be meant. */
struct rom_printed_problem {
	unsigned line;
	char *text; /* owned */
};

/* All tables of a text, each once. Begins as zeros; released with
 * rom_printed_done. */
struct rom_printed {
	ROM_VEC(struct rom_printed_table) tables;
	ROM_VEC(struct rom_printed_problem) problems;
	size_t problems_dropped; /* over the cap */
};
/* Frees the members of p and clears it. */
void rom_printed_done(struct rom_printed *p);

/* ---- reading ------------------------------------------------------------- */

/* Reads a text line by line. */
struct rom_printed_reader;
/* Returns a reader, never NULL; ends with rom_printed_end. */
struct rom_printed_reader *rom_printed_begin(void);
/* Takes the next line, without its end. */
void rom_printed_line(
	struct rom_printed_reader *r, const char *line, unsigned number);
/* Moves what was found to *ret and frees the reader. */
void rom_printed_end(struct rom_printed_reader *r, struct rom_printed *ret);

/* Reads a line of f, or as much of it as fits into line of size bytes; *ends:
 * the line is complete. NULs are left out: Windows saves UTF-16. False at the
 * end of the file. */
bool rom_text_line(FILE *f, char *line, size_t size, bool *ends);

/* Reads the tables of a file; it may have none. ROM_E_INPUT when it cannot be
 * read. */
enum rom_status rom_printed_load(
	const char *path, struct rom_printed *ret, struct rom_err *err);

/* ---- as the table of a dump ---------------------------------------------- */

/* The table of p that says where the partitions of an eMMC or UFS begin, in
 * *ret, borrowed. ROM_E_USAGE, with the reason in err, when there is none or
 * several that differ. name: of the file, for messages. */
enum rom_status rom_printed_choose(const struct rom_printed *p,
	const char *name, const struct rom_printed_table **ret,
	struct rom_err *err);
/* Tells a table what its sectors are, 512 or 4096 bytes, where it does not say.
 * False, with the table unchanged, when it says otherwise, or a number becomes
 * too large. */
bool rom_printed_set_unit(struct rom_printed_table *t, uint32_t unit);
/* The places, in bytes of the user area, of those rows of t that lie there and
 * have a length; *ret_n of them. unit: what t->unit is, or stands for where
 * that is 0. Rows at the end of the medium need t->device_size. Names are
 * borrowed from t. Freed by the caller. */
struct rom_printed_row *rom_printed_places(
	const struct rom_printed_table *t, uint32_t unit, size_t *ret_n);

#endif
