/* SPDX-License-Identifier: MIT */
/* printed_priv.h - what the readers of printed tables share */
#ifndef ROMSPLIT_PRINTED_PRIV_H
#define ROMSPLIT_PRINTED_PRIV_H

#include "romsplit/printed.h"

enum { ROM_PRINTED_MAX_NAME = 72 };

/* A size of getvar that is printed without 0x. */
struct bare_size {
	size_t row;
	uint64_t hex, decimal;
	bool has_letter, is_decimal;
};

struct rom_printed_reader {
	struct rom_printed p;
	unsigned line; /* number of the current one */
	bool open;     /* the last of p.tables takes further rows */
	/* of the open table */
	ROM_VEC(struct bare_size) bare;
	uint32_t block_size; /* of getvar, which precedes the table; 0: none */
	bool start_first;    /* columns of /proc/partinfo */
	unsigned last_row;   /* line of the last row, for what belongs to it */
};

/* Notes a problem of the current line. */
void rom_printed_problem(struct rom_printed_reader *r, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* Begins a table; it is dropped if no row follows. Valid until the next one
 * begins. */
struct rom_printed_table *rom_printed_table_begin(
	struct rom_printed_reader *r, enum rom_printed_kind kind);
/* The open table of that kind, or a new one. */
struct rom_printed_table *rom_printed_table_of(
	struct rom_printed_reader *r, enum rom_printed_kind kind);
/* Some bytes of a line. */
struct rom_word {
	const char *s;
	size_t n;
};
/* Adds a row to the open table. NULL, with a problem noted, when the name is
 * none, a number is larger than any medium, or there are too many rows. Valid
 * until the next row. */
struct rom_printed_row *rom_printed_row_add(struct rom_printed_reader *r,
	struct rom_word name, uint64_t start, uint64_t size);

/* A hexadecimal number, with or without 0x, at most 64 bits; *end is behind it.
 * False when there is none. */
bool rom_printed_hex(const char *s, const char **end, uint64_t *ret);
/* The hexadecimal number behind the first occurrence of word and any blanks;
 * false when there is none. */
bool rom_printed_after(const char *line, const char *word, uint64_t *ret);
/* Splits a line into words, at most max; returns how many there are at least
 * (max + 1: more). */
size_t rom_printed_words(const char *line, struct rom_word *words, size_t max);
/* A word that is a hexadecimal number and nothing else. */
bool rom_printed_word_hex(struct rom_word w, uint64_t *ret);
bool rom_printed_word_is(struct rom_word w, const char *text);

/* The readers of each kind: true when the line is theirs. */
bool rom_printed_read_gpt(struct rom_printed_reader *r, const char *line);
bool rom_printed_read_lk(struct rom_printed_reader *r, const char *line);
bool rom_printed_read_proc(struct rom_printed_reader *r, const char *line);
bool rom_printed_read_getvar(struct rom_printed_reader *r, const char *line);

/* What stands before the MBR in a table that counts from the start of BOOT1 is
 * not in the user area. */
void rom_printed_mark_boot(struct rom_printed_table *t);

/* What the end of a table of each kind brings. */
void rom_printed_end_gpt(struct rom_printed_table *t);
void rom_printed_end_lk(struct rom_printed_table *t);
void rom_printed_end_proc(struct rom_printed_table *t);
void rom_printed_end_getvar(
	struct rom_printed_reader *r, struct rom_printed_table *t);

#endif
