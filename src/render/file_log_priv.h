/* SPDX-License-Identifier: MIT */
/* file_log_priv.h - what the implementations of file logs share; the rows are
 * in file_logs.def */
#ifndef ROMSPLIT_FILE_LOG_PRIV_H
#define ROMSPLIT_FILE_LOG_PRIV_H

#include "romsplit/render.h"

/* A log that writes lines to a stream, as all of them do. */
struct line_log {
	struct rom_file_log log; /* first */
	FILE *out;
	const char *prefix;
};
/* A new log that calls file for each extracted file. */
struct rom_file_log *rom_line_log_new(FILE *out,
	const struct rom_file_log_options *options,
	void (*file)(struct rom_file_log *log, const struct rom_file *file,
		const struct rom_file_result *result));

#endif
