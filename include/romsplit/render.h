/* SPDX-License-Identifier: MIT */
/* render.h - the report and the file logs as text, JSON and the formats of
 * other tools */
#ifndef ROMSPLIT_RENDER_H
#define ROMSPLIT_RENDER_H

#include "romsplit/flash_log.h"
#include "romsplit/fs.h"
#include "romsplit/model.h"
#include "romsplit/scatter.h"

/* Qualcomm's rawprogram0.xml: the rows of a GPT as its flash tools take them,
 * with the files that split cuts. ROM_E_USAGE without a GPT. */
enum rom_status rom_rawprogram_print(
	const struct rom_report *report, FILE *out, struct rom_err *err);

/* ---- file logs ----------------------------------------------------------- */

struct rom_file_log_options {
	/* put before each path of the output: "media/"; NULL: nothing */
	const char *prefix;
};

/* A row of src/render/file_logs.def. The name is that of its option, --NAME
 * FILE, too. */
struct rom_file_log_kind {
	const char *name;
	const char *about; /* for --help: what it writes */
	bool always;	   /* every job writes it: it has no option */
	/* A new log that writes to out, which stays open when it is closed.
	 * What options point to outlives it. Never NULL. */
	struct rom_file_log *(*open)(
		FILE *out, const struct rom_file_log_options *options);
};
/* How many there are, and the one of number i; NULL past the last. */
size_t rom_file_log_count(void);
const struct rom_file_log_kind *rom_file_log_kind(size_t i);
extern const struct rom_file_log_kind rom_log_manifest, rom_log_bodyfile,
	rom_log_sha256sums;

/* One line as sha256sum writes it, names with backslash or newline escaped. */
void rom_checksum_line(
	FILE *out, const uint8_t *sha256, const char *prefix, const char *path);

/* ---- the report ---------------------------------------------------------- */

/* The whole report as JSON, see docs/report.schema.json. Freed by the
 * caller. */
char *rom_json_report(const struct rom_report *r);
/* One entry of a folder as a JSON object on one line; target may be NULL. Freed
 * by the caller. */
char *rom_json_entry(const char *name, size_t len, const struct rom_inode *in,
	const char *target);
/* From a report.json: the size of the dump; its path (freed by the caller) and
 * SHA-256. False: not told. */
bool rom_json_image_size(const char *path, uint64_t *ret);
bool rom_json_image(const char *path, char **ret_path, uint8_t *ret_sha256);
const char *rom_json_library(void); /* version text of jansson */
/* The answers of check, fit, readback, diff and explain. Freed by the
 * caller. */
char *rom_json_check(const struct rom_check *c);
char *rom_json_fit(const struct rom_fit *fit, const char *partition);
char *rom_json_readback(const struct rom_report *r);
char *rom_json_diff(const struct rom_diff *d);
char *rom_json_error(const struct rom_flash_error *e);
char *rom_json_log(const struct rom_log *log);
/* The notes as people are shown them: of each kind the first few (all: every
 * one); more: so many like the last shown of its kind are left out. Notes are
 * borrowed; the list is released with rom_vec_done. */
struct rom_shown_note {
	const struct rom_note *note;
	size_t more;
};
typedef ROM_VEC(struct rom_shown_note) rom_shown_notes;
void rom_notes_shorten(
	const struct rom_report *r, bool all, rom_shown_notes *ret);
/* For people: the phone, the partitions, the verdict; verbose: all chip
 * sources, claims and facts. */
void rom_text_report(
	const struct rom_report *r, bool color, bool verbose, FILE *out);
/* After the whole job: what was saved where. */
void rom_text_saved(const struct rom_report *r, const char *folder, FILE *out);
/* Where partitions were cut and the preloader is none of them: what that means
 * for the scatter file beside them. */
void rom_text_preloader(const struct rom_report *r, FILE *out);

#endif
