/* SPDX-License-Identifier: MIT */
/* scatter_priv.h - the internal interfaces of the scatter module */
#ifndef ROMSPLIT_SCATTER_PRIV_H
#define ROMSPLIT_SCATTER_PRIV_H

#include "romsplit/scatter.h"

enum {
	ROM_SCATTER_MAX_FILE = 4 << 20,
	ROM_SCATTER_MAX_ROWS = 1024,
	ROM_SCATTER_MAX_SECTIONS = 8,
	ROM_SCATTER_MAX_VALUE = 255, /* bytes, as written */
	ROM_SCATTER_MAX_KEY = 63,
};

#define ROM_SCATTER_V2 "V2."

/* True when it has a section for each kind of storage. */
bool rom_scatter_is_v2(const struct rom_scatter *s);

/* ---- scatter_keys.c ------------------------------------------------------ */

/* False when entries have no such key. */
bool rom_scatter_key_find(const char *name, enum rom_scatter_key *ret);
/* True for letters, digits and "_-.", not beginning with '-' or '.': valid as a
 * key in every form, and as a name in v0. */
bool rom_scatter_is_word(const char *text);
/* "0x1f" as a number; false for anything else. */
bool rom_scatter_number(const char *text, uint64_t *ret);
/* Set the value of a key to a text, number or flag. upper: the case of hex
 * digits. */
void rom_scatter_set(struct rom_scatter_row *row, enum rom_scatter_key key,
	const char *text);
void rom_scatter_set_number(struct rom_scatter_row *row,
	enum rom_scatter_key key, uint64_t n, bool upper);
void rom_scatter_set_flag(
	struct rom_scatter_row *row, enum rom_scatter_key key, bool flag);
/* True when the key has exactly this value. */
bool rom_scatter_says(const struct rom_scatter_row *row,
	enum rom_scatter_key key, const char *word);
void rom_scatter_pairs_done(struct rom_scatter_pair *v, size_t n);
void rom_scatter_row_done(struct rom_scatter_row *row);

/* ---- readers ------------------------------------------------------------- */

/* The state of reading a file. */
struct scatter_reader {
	struct rom_scatter *s;
	const char *name; /* of the file */
	unsigned line;
	struct rom_scatter_section *section; /* the current one, or NULL */
	/* the current entry, or NULL before the first */
	struct rom_scatter_row *row;
};

enum rom_status rom_scatter_read_text(struct scatter_reader *r,
	const char *text, size_t len, struct rom_err *err);
enum rom_status rom_scatter_read_v0(struct scatter_reader *r, const char *text,
	size_t len, struct rom_err *err);
enum rom_status rom_scatter_read_xml(struct scatter_reader *r, const char *text,
	size_t len, struct rom_err *err);

/* scatter_read.c: the events that the readers of text and XML report: a
 * section, an entry, a key. Texts are copied. */
enum rom_status rom_scatter_on_storage(
	struct scatter_reader *r, const char *storage, struct rom_err *err);
enum rom_status rom_scatter_on_entry(
	struct scatter_reader *r, const char *index, struct rom_err *err);
enum rom_status rom_scatter_on_key(struct scatter_reader *r, const char *key,
	const char *value, struct rom_err *err);
/* "FILE: line N: ..." */
enum rom_status rom_scatter_refuse(const struct scatter_reader *r,
	struct rom_err *err, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* The next line of text, without its end; false after the last. */
bool rom_scatter_line(const char **text, const char *end, char *line,
	size_t room, bool *crlf);

/* scatter_reason.c: fills accepted and reason of c, whose rows were compared.
 * has_loader: the file has a row for the preloader. */
void rom_scatter_conclude(const struct rom_scatter *s,
	const struct rom_report *r, bool has_loader, struct rom_check *c);
/* True for a version that SP Flash Tool accepts, and for v0, which has none. */
bool rom_scatter_known_version(const struct rom_scatter *s);

/* ---- scatter_place.c ----------------------------------------------------- */

/* True for "preloader" and other names of what is in a boot area. */
bool rom_scatter_is_loader(const char *name);
/* True when its addresses are linear: v0, or physical ones that are 0 in most
 * rows. */
bool rom_scatter_linear_only(
	const struct rom_scatter *s, const struct rom_scatter_section *section);

/* ---- writers ------------------------------------------------------------- */

void rom_scatter_print_xml(const struct rom_scatter *s, FILE *out);
/* The value with everything escaped that would break the line. Freed by the
 * caller. */
char *rom_scatter_shown(const char *value);

/* ---- from a report ------------------------------------------------------- */

/* An entry by MediaTek's conventions, before it is turned into keys. */
struct scatter_plan {
	char *name, *file; /* file: NULL for NONE */
	const char *type, *operation, *region;
	uint64_t linear, physical, size;
	bool download, boundary_check, reserved, upgradable, empty_boot_needed;
	/* NULL for the preloader's row when the dump has none */
	const struct rom_partition *partition;
};

/* What the rows of one file have in common. */
struct scatter_spelling {
	const struct rom_report *r;
	const struct rom_scatter_options *options;
	struct rom_scatter *s;
	bool ufs;
	bool old_keys; /* two keys did not exist yet */
	/* V1.1.1 names filesystems YAFFS_IMG, and nothing NONE */
	bool old_types;
};

/* scatter_rows.c: the partition of that name, or NULL. */
const struct rom_partition *rom_scatter_row_of(
	const struct rom_report *r, const char *name);
/* True for a phone of the time when MediaTek used MBR and EBR. */
bool rom_scatter_is_mbr_era(const struct rom_report *r);
/* Adds the planned entry as a row. */
void rom_scatter_spell(
	const struct scatter_spelling *sp, const struct scatter_plan *plan);

/* scatter_preloader.c: adds the row of the preloader. */
void rom_scatter_add_preloader(const struct scatter_spelling *sp);

/* scatter_convention.c: fills file, type, operation and flags of the row for
 * p, which is not a table's. */
void rom_scatter_convention(const struct rom_report *r,
	struct scatter_plan *row, const struct rom_partition *p);

/* scatter_wwr.c: changes a factory row to what WwR MTK writes. */
void rom_scatter_wwr_row(const struct rom_report *r, struct scatter_plan *row);
/* The project name that WwR MTK writes; NULL: that of the phone. */
const char *rom_scatter_wwr_project(const struct rom_report *r);

#endif
