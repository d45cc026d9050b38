/* SPDX-License-Identifier: MIT */
/* render.h - prints the report and the file logs as text, JSON and in the
 * formats of other tools */
#ifndef ROMSPLIT_RENDER_H
#define ROMSPLIT_RENDER_H

#include "romsplit/flash_log.h"
#include "romsplit/fs.h"
#include "romsplit/model.h"
#include "romsplit/scatter.h"

/* Prints Qualcomm's rawprogram0.xml: the rows of a GPT, for Qualcomm's flash
 * tools, with the names of the files that split writes. ROM_E_USAGE without a
 * GPT. */
enum rom_status rom_rawprogram_print(
	const struct rom_report *report, FILE *out, struct rom_err *err);

/* ---- file logs ----------------------------------------------------------- */

/* Options of a file log. */
struct rom_file_log_options {
	/* prepended to each path in the output: "media/"; NULL: nothing */
	const char *prefix;
};

/* A row of src/render/file_logs.def. Its option is named after it: --NAME
 * FILE. */
struct rom_file_log_kind {
	const char *name;
	const char *about; /* for --help: what it writes */
	bool always;	   /* every job writes it: it has no option */
	/* A new log that writes to out, which the caller closes after it. What
	 * options point to must outlive it. Never NULL. */
	struct rom_file_log *(*open)(
		FILE *out, const struct rom_file_log_options *options);
};
/* The number of kinds. */
size_t rom_file_log_count(void);
/* Kind number i; NULL past the last. */
const struct rom_file_log_kind *rom_file_log_kind(size_t i);
/* The kinds that jobs use by name; see about for what each writes. */
extern const struct rom_file_log_kind rom_log_manifest, rom_log_bodyfile,
	rom_log_sha256sums;

/* Writes one checksum line as sha256sum does; names with a backslash or newline
 * are escaped. */
void rom_checksum_line(
	FILE *out, const uint8_t *sha256, const char *prefix, const char *path);

/* ---- the report ---------------------------------------------------------- */

/* The whole report as JSON (docs/report.schema.json). Freed by the caller. */
char *rom_json_report(const struct rom_report *r);
/* One directory entry as a JSON object on one line; target: of a symlink, or
 * NULL. Freed by the caller. */
char *rom_json_entry(const char *name, size_t len, const struct rom_inode *in,
	const char *target);
/* What a report.json says of the run that wrote it. */
struct rom_json_saved {
	char *image_path; /* of the dump; NULL: not told */
	bool has_size, has_sha256, has_checksums;
	uint64_t image_size;
	uint8_t sha256[ROM_SHA256_LEN]; /* of the dump */
	uint64_t checksums;		/* lines of SHA256SUMS */
};
/* Reads the len bytes of text, which may be anything: what is not told, or not
 * of its kind, counts as not told. Released with rom_json_saved_done. */
void rom_json_saved(const char *text, size_t len, struct rom_json_saved *ret);
/* Frees what it holds. */
void rom_json_saved_done(struct rom_json_saved *saved);
/* The version text of jansson; a literal. */
const char *rom_json_library(void);
/* The results of check, fit, readback, diff and explain as JSON, each freed by
 * the caller. Of check: */
char *rom_json_check(const struct rom_check *c);
/* Of fit; partition is its name. */
char *rom_json_fit(const struct rom_fit *fit, const char *partition);
/* Of readback. */
char *rom_json_readback(const struct rom_report *r);
/* Of diff. */
char *rom_json_diff(const struct rom_diff *d);
/* Of explain CODE. */
char *rom_json_error(const struct rom_flash_error *e);
/* Of explain LOG. */
char *rom_json_log(const struct rom_log *log);
/* A note as text output shows it: only the first few of each kind are shown. */
struct rom_shown_note {
	const struct rom_note *note; /* borrowed from the report */
	/* how many of its kind are left out after this one */
	size_t more;
};
/* Released with rom_vec_done. */
typedef ROM_VEC(struct rom_shown_note) rom_shown_notes;
/* Fills *ret with the notes to show, in the order of the report; all: every
 * note. */
void rom_notes_shorten(
	const struct rom_report *r, bool all, rom_shown_notes *ret);
/* Prints the report as text: the phone, the partitions, the verdict; verbose:
 * also all chip sources and facts. */
void rom_text_report(
	const struct rom_report *r, bool color, bool verbose, FILE *out);
/* Prints what files contain besides whole pictures and videos, a line for each
 * kind that there is, each with indent in front. */
void rom_text_contents(
	const struct rom_content_counts *n, const char *indent, FILE *out);
/* Prints what the whole job saved, and where. */
void rom_text_saved(const struct rom_report *r, const char *folder, FILE *out);
/* After partitions were cut without the preloader: prints what that means for
 * the scatter file beside them. */
void rom_text_preloader(const struct rom_report *r, FILE *out);

#endif
