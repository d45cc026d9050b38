/* SPDX-License-Identifier: MIT */
/* flash_log.h - explains SP Flash Tool's error codes and logs */
#ifndef ROMSPLIT_LOG_H
#define ROMSPLIT_LOG_H

#include "romsplit/printed.h"
#include "romsplit/scatter.h"

/* One error of SP Flash Tool or the boot ROM. All texts are literals. */
struct rom_flash_error {
	uint32_t code; /* 0: the tool says it without a number */
	/* NULL: its number alone is known; without a number, what the tool
	 * says */
	const char *name;
	const char *meaning;
	/* what usually helps: a hint from practice, not a promise */
	const char *remedy;
};

/* Finds an error by its number ("4050", "0xC003000A", or in the other forms
 * that the tool prints: "C003000A", "FD2", "-1073545206") or by its name
 * ("S_FT_NEED_DOWNLOAD_ALL_FAIL", regardless of case). Not to be freed; NULL:
 * not known. */
const struct rom_flash_error *rom_flash_error_find(const char *code_or_name);

/* A row of a partition list in a log: "PART[ n](name) ..." lists the phone,
 * "NEW_PART[ n](name) ..." the scatter file. */
struct rom_log_partition {
	char *name;
	uint64_t offset, size, part; /* part 8 is the user area */
};

/* What was found in a log. Begins as zeros; released with rom_log_done. */
struct rom_log {
	/* each error once, in the order of first occurrence */
	ROM_VEC(const struct rom_flash_error *) errors;
	/* for each error, the number of its first line in the log, from 1 */
	ROM_VEC(unsigned) lines;
	/* the last list of each kind */
	ROM_VEC(struct rom_log_partition) phone, scatter;
	/* tables that other tools, or the phone, have printed */
	struct rom_printed printed;
};

/* Adds the errors in a line of text, by name, number or the tool's own wording;
 * number: of the line. pasted: the user gave the text as an error message, so
 * any number of four digits or after 0x may be a code. */
void rom_log_find_errors(
	struct rom_log *log, const char *line, unsigned number, bool pasted);
/* Reads a log from a file, line by line. ROM_E_INPUT when it cannot be
 * opened. */
enum rom_status rom_log_read(
	const char *path, struct rom_log *ret, struct rom_err *err);
/* Frees the members of the log and clears it. */
void rom_log_done(struct rom_log *log);
/* Makes a scatter file from the n rows of a partition list, for a comparison
 * with a dump. Released with rom_scatter_done. */
void rom_log_scatter(
	const struct rom_log_partition *v, size_t n, struct rom_scatter *ret);

#endif
