/* SPDX-License-Identifier: MIT */
/* verify_priv.h - what the files of verify share */
#ifndef ROMSPLIT_VERIFY_PRIV_H
#define ROMSPLIT_VERIFY_PRIV_H

#include "job_priv.h"

/* checksum_lines.c: what comes next in a SHA256SUMS. */
enum rom_checksum_line {
	ROM_CHECKSUM_ROW,
	ROM_CHECKSUM_INVALID, /* a line that is none, or is cut */
	ROM_CHECKSUM_UNREAD,  /* the file cannot be read any further: errno */
	ROM_CHECKSUM_END,
};
struct rom_checksum_row {
	uint8_t sha256[ROM_SHA256_LEN];
	const char *path; /* valid until the next line is asked for */
};
struct rom_checksum_lines {
	struct rom_out_file *file;
	char *buf;
	size_t n, used;	 /* bytes in buf; of them, those of lines before */
	uint64_t offset; /* of what is read next */
	bool is_long;	 /* we are inside of a line longer than any can be */
};
/* file stays the caller's. */
struct rom_checksum_lines *rom_checksum_lines_new(struct rom_out_file *file);
void rom_checksum_lines_free(struct rom_checksum_lines *l);
enum rom_checksum_line rom_checksum_lines_next(
	struct rom_checksum_lines *l, struct rom_checksum_row *ret);

#endif
