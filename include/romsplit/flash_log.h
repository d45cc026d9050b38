/* SPDX-License-Identifier: MIT */
/* flash_log.h - SP Flash Tool's error codes and logs in plain words */
#ifndef ROMSPLIT_LOG_H
#define ROMSPLIT_LOG_H

#include "romsplit/scatter.h"

/* One error of SP Flash Tool or the boot ROM. All texts are literals. */
struct rom_flash_error {
	uint32_t code; /* 0: the tool says it without a number */
	/* NULL: its number alone is known; without a number, what the tool
	 * says */
	const char *name;
	const char *meaning;
	/* what usually helps: hints from practice, no promise */
	const char *remedy;
};

/* The error by its number ("4050", "0xC003000A", and as the tool prints them
 * too: "C003000A", "FD2", "-1073545206") or name
 * ("S_FT_NEED_DOWNLOAD_ALL_FAIL"; case does not count). NULL: not known. Not to
 * be freed. */
const struct rom_flash_error *rom_flash_error_find(const char *code_or_name);

/* A row of a partition list in a log: "PART[ n](name) ..." is what the phone
 * has, "NEW_PART[ n](name) ..." the scatter file. */
struct rom_log_partition {
	char *name;
	uint64_t offset, size, part; /* part 8 is the user area */
};

/* What a log holds. Begins zeroed; released with rom_log_done. */
struct rom_log {
	/* in the order of their first line, each once */
	ROM_VEC(const struct rom_flash_error *) errors;
	/* number of that line in the log, from 1; one an error */
	ROM_VEC(unsigned) lines;
	/* the last list of each kind */
	ROM_VEC(struct rom_log_partition) phone, scatter;
};

/* Adds the errors that a line of text names, by name, number or the tool's own
 * words, under the number of the line. pasted: somebody gave it as an error, so
 * that every number of four digits or after 0x may be one. */
void rom_log_find_errors(
	struct rom_log *log, const char *line, unsigned number, bool pasted);
/* Reads a log from a file, line by line. ROM_E_INPUT when it cannot be
 * opened. */
enum rom_status rom_log_read(
	const char *path, struct rom_log *ret, struct rom_err *err);
/* Frees what the log holds and leaves it empty. */
void rom_log_done(struct rom_log *log);
/* Makes a scatter file of the n rows of a partition list, to be compared with a
 * dump. Released with rom_scatter_done. */
void rom_log_scatter(
	const struct rom_log_partition *v, size_t n, struct rom_scatter *ret);

#endif
