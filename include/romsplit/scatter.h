/* SPDX-License-Identifier: MIT */
/*
 * scatter.h - SP Flash Tool's scatter files: reads, writes and converts them,
 * makes them from a report, and compares them with one
 *
 * Forms (docs/FORMATS.md): v0 (names and addresses), text V1.1.x, text V2.x
 * (one section for each kind of storage), XML of both. A row keeps the value of
 * each key as text, so that a file can be written again as it was read.
 */
#ifndef ROMSPLIT_SCATTER_H
#define ROMSPLIT_SCATTER_H

#include "romsplit/model.h"

/* The keys of an entry, in the order of all real files. */
enum rom_scatter_key {
	ROM_KEY_INDEX,
	ROM_KEY_NAME,
	ROM_KEY_FILE,
	ROM_KEY_DOWNLOAD,
	ROM_KEY_TYPE,
	ROM_KEY_LINEAR,
	ROM_KEY_PHYSICAL,
	ROM_KEY_SIZE,
	ROM_KEY_REGION,
	ROM_KEY_STORAGE,
	ROM_KEY_BOUNDARY,
	ROM_KEY_RESERVED,
	ROM_KEY_OPERATION,
	ROM_KEY_D_TYPE,
	ROM_KEY_UPGRADABLE,
	ROM_KEY_EMPTY_BOOT,
	ROM_KEY_COMBO,
	ROM_KEY_RESERVE,
	ROM_SCATTER_KEYS
};
/* The key in a file: "partition_name", ...; a literal. */
const char *rom_scatter_key_name(enum rom_scatter_key key);

/* A key and its value as written; both owned. */
struct rom_scatter_pair {
	char *key, *value;
};

/* An entry: one partition. */
struct rom_scatter_row {
	/* as written, owned; NULL: the file has no such key here */
	char *value[ROM_SCATTER_KEYS];
	/* keys that SP Flash Tool does not know */
	ROM_VEC(struct rom_scatter_pair) extra;
	/* the numbers among them, in bytes; size is 0 in v0 files, which do not
	 * have it */
	uint64_t linear, physical, size;
	/* the address is a code 0xFFFFnnnn: counted from the end of the
	 * region */
	bool reserved;
	unsigned line; /* of the file, from 1; 0: made from a report */
	/* the partition it was made from, borrowed from the report; or NULL */
	const struct rom_partition *partition;
};

/* The entries for one kind of storage; all owned. V1 files have one section, V2
 * files may have two. */
struct rom_scatter_section {
	/* "EMMC", "MSDC_0", "0x20000", or NULL */
	char *storage, *boot_channel, *block_size;
	ROM_VEC(struct rom_scatter_row) rows;
};

/* The forms of a scatter file. */
enum rom_scatter_form { ROM_SCATTER_V0, ROM_SCATTER_TEXT, ROM_SCATTER_XML };

/* A scatter file; owns all its texts. Released with rom_scatter_done. */
struct rom_scatter {
	enum rom_scatter_form form;
	char *version;		  /* "V1.1.2"; NULL in v0 */
	char *platform, *project; /* or NULL */
	/* further keys of the general part */
	ROM_VEC(struct rom_scatter_pair) general;
	ROM_VEC(struct rom_scatter_section) sections;

	/* details of the layout, so that it is written as it was read */
	bool crlf;
	/* the tools of before 2016 left blanks at the ends of two lines */
	bool blank_banner;
	bool bare_info; /* "info:" without the blank that ptgen leaves */
	/* in the first banner: "__WwR_MTK__", or NULL */
	char *mark;
	unsigned final_line_ends; /* after the last entry's last line */
};

/* Frees the members of s and clears it. */
void rom_scatter_done(struct rom_scatter *s);

/* ---- reading ------------------------------------------------------------- */

/* Reads a scatter file of len bytes in memory. name: of the file, for messages,
 * and for the chip if the text does not name it. ROM_E_INPUT, with the line in
 * err, when it is not a scatter file; *ret is then unchanged. */
enum rom_status rom_scatter_parse(const char *text, size_t len,
	const char *name, struct rom_scatter *ret, struct rom_err *err);
/* The same for a file of at most 4 MiB; ROM_E_INPUT also when it cannot be
 * read. */
enum rom_status rom_scatter_load(
	const char *path, struct rom_scatter *ret, struct rom_err *err);

/* ---- writing ------------------------------------------------------------- */

/* Writes s in its form and version. The caller checks out for errors with
 * ferror. */
void rom_scatter_print(const struct rom_scatter *s, FILE *out);
/* The name that SP Flash Tool accepts for it: "MT6797_Android_scatter.txt", or
 * .xml. Freed by the caller. */
char *rom_scatter_file_name(const struct rom_scatter *s);
/* Converts s to the format "v0", "v1.1.1", "v1.1.2", "v2" or "xml", regardless
 * of case. ROM_E_USAGE when it is none of these, or cannot hold what s does. */
enum rom_status rom_scatter_convert(
	struct rom_scatter *s, const char *format, struct rom_err *err);

/* ---- from a report ------------------------------------------------------- */

/* Whose conventions a new file follows: those of the factory's tools, or of WwR
 * MTK. */
enum rom_scatter_style { ROM_STYLE_FACTORY, ROM_STYLE_WWR };

/* How a scatter file is made from a report. */
struct rom_scatter_options {
	enum rom_scatter_style style;
	/* as in rom_scatter_convert; NULL: the one usual for the phone */
	const char *format;
	/* names to keep (and the preloader); n_only 0: all */
	const char *const *only;
	size_t n_only;
};

/* Makes the scatter file of a report with a table. ROM_E_USAGE when there is no
 * table or the phone is not MediaTek's, ROM_E_NOT_FOUND when there is no
 * partition of a name in only; err says why. The rows refer to the partitions
 * of the report, which must outlive it. Released with rom_scatter_done. */
enum rom_status rom_scatter_make(const struct rom_report *report,
	const struct rom_scatter_options *options, struct rom_scatter *ret,
	struct rom_err *err);
/* True for the names of partitions that belong to one phone only: nvram,
 * proinfo, protect, persist, ... */
bool rom_is_identity(const char *name);

/* ---- addresses on a medium ----------------------------------------------- */

/* The location of a row in its region. */
struct rom_scatter_place {
	/* borrowed from the row, without the prefixes of v0 names */
	const char *name, *region;
	struct rom_range range;
	bool has_code; /* an address is a code: counted from the end */
	/* it has no other address: range.offset is computed from the sizes of
	 * the rows after it */
	bool by_code;
	/* the distance from the end of the region, in units of the block
	 * size */
	unsigned code;
	/* range.offset is known: needs device_size for rows at the end of the
	 * medium */
	bool placed;
	bool sized; /* range.len is known */
	/* linear and physical address agree with those of the other rows */
	bool consistent;
};

/* True when the region named in a file is the user area. */
bool rom_scatter_is_user_region(const char *region);
/* The section for a storage ("EMMC" or "UFS"), else the first; NULL: there is
 * none. */
const struct rom_scatter_section *rom_scatter_section(
	const struct rom_scatter *s, const char *storage);
/* The locations of the rows of a section, in their order. Of medium,
 * device_size is needed for the rows at the end, and linear_base is used where
 * the file has only linear addresses; 0: not known. Freed by the caller. */
struct rom_scatter_place *rom_scatter_places(const struct rom_scatter *s,
	const struct rom_scatter_section *section,
	const struct rom_table *medium);

/* ---- comparing with the phone -------------------------------------------- */

/* How a row compares with the phone's table. */
enum rom_check_status {
	ROM_ROW_SAME,
	ROM_ROW_MOVED,
	ROM_ROW_RESIZED,
	/* userdata with the size of a template instead of the true one */
	ROM_ROW_PLACEHOLDER,
	ROM_ROW_MISSING, /* on the medium, not in the scatter file */
	ROM_ROW_EXTRA,	 /* in the scatter file, not on the medium */
	ROM_ROW_REGION,	 /* it names another region */
};
/* "same", "moved", ...; a literal. */
const char *rom_check_status_name(enum rom_check_status status);

/* One comparison. */
struct rom_check_row {
	char *name; /* owned */
	enum rom_check_status status;
	bool has_scatter, has_medium;
	struct rom_range scatter, medium; /* in the region */
	/* index of the row in the section; SIZE_MAX: only on the medium */
	size_t row;
	/* borrowed from the report; NULL: only in the scatter file */
	const struct rom_partition *partition;
};

/* The result of comparing a scatter file with a phone. Released with
 * rom_check_done. */
struct rom_check {
	ROM_VEC(struct rom_check_row) rows;
	bool accepted; /* SP Flash Tool would accept it */
	char *reason;  /* one sentence, always; owned */
	/* the section that was compared, borrowed from the scatter file */
	const struct rom_scatter_section *section;
};

/* Compares a scatter file with the table of the report, as SP Flash Tool does
 * before it stops with "PMT changed for the ROM". ROM_E_USAGE when the report
 * has no table to compare with. Both must outlive *ret. */
enum rom_status rom_scatter_check(const struct rom_scatter *s,
	const struct rom_report *report, struct rom_check *ret,
	struct rom_err *err);
/* Frees the members of c and clears it. */
void rom_check_done(struct rom_check *c);
/* Corrects s by the result of its check, keeping its form and style; releases
 * check. */
void rom_scatter_fix(struct rom_scatter *s, const struct rom_report *report,
	struct rom_check *check);

/* The name of the file for a partition: the one in s, else NAME.bin; valid on
 * every filesystem. Freed by the caller. */
char *rom_split_file_name(
	const struct rom_scatter *s, const struct rom_partition *p);

#endif
