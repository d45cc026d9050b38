/* SPDX-License-Identifier: MIT */
/*
 * printed_proc.c - tables that kernels print in /proc
 *
 *   dumchar_info  Part_Name Size StartAddr Type MapTo       bytes; Type 1: NAND
 *                 boot 0x0000000000600000 0x0000000000988000 2 /dev/block/...
 *   partinfo      Name Start Size                                       bytes
 *                 boot 0x0000000001d80000 0x0000000001000000
 *   emmc          partno: start_sect nr_sects partition_name    512, no 0x
 *                 emmc_p5: 00027c00 00096000 "apps"
 *   emmc, mtd     dev: size erasesize name                    bytes, no 0x
 *                 mmcblk0p22: 00fffe00 00000200 "recovery"
 *   partitions    major minor #blocks name                       KiB, decimal
 *                 179 5 1048576 mmcblk0p5
 */
#include <ctype.h>
#include <stdlib.h>
#include <strings.h>

#include "printed_priv.h"

enum { SECTOR = 512, KIB = 1024, WORDS = 6 };

/* the codes of MediaTek's tables for places at the end of the medium, counted
 * from the start of BOOT1 or of the user area */
#define CODES_FROM UINT64_C(0xfe000000)
#define CODES_TO   UINT64_C(0xffffffff)

static struct rom_printed_table *of_kind(
	struct rom_printed_reader *r, enum rom_printed_kind kind)
{
	struct rom_printed_table *t =
		r->open ? &r->p.tables.v[r->p.tables.n - 1] : NULL;

	return t && t->kind == kind ? t : NULL;
}

/* ---- headers ------------------------------------------------------------- */

static bool words_are(const struct rom_word *w, size_t n, const char *text)
{
	struct rom_word want[WORDS];

	if (rom_printed_words(text, want, WORDS) != n)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (w[i].n != want[i].n ||
			strncasecmp(w[i].s, want[i].s, w[i].n))
			return false;
	}
	return true;
}

static bool read_header(
	struct rom_printed_reader *r, const struct rom_word *w, size_t n)
{
	struct rom_printed_table *t;

	if (words_are(w, n, "Part_Name Size StartAddr Type MapTo")) {
		rom_printed_table_begin(r, ROM_PRINTED_DUMCHAR);
	} else if (words_are(w, n, "Name Start Size") ||
		   words_are(w, n, "Name Size Start")) {
		rom_printed_table_begin(r, ROM_PRINTED_PARTINFO);
		r->start_first = !strncasecmp(w[1].s, "Start", 5);
	} else if (words_are(w, n,
			   "partno: start_sect nr_sects "
			   "partition_name")) {
		rom_printed_table_begin(r, ROM_PRINTED_EMMC)->unit = SECTOR;
	} else if (words_are(w, n, "dev: size erasesize name")) {
		t = rom_printed_table_begin(r, ROM_PRINTED_MTD);
		t->has_starts = false;
	} else if (words_are(w, n, "major minor #blocks name")) {
		t = rom_printed_table_begin(r, ROM_PRINTED_BLOCKS);
		t->has_starts = false;
		t->unit = KIB;
	} else {
		return false;
	}
	return true;
}

/* ---- rows ---------------------------------------------------------------- */

static void add_row(struct rom_printed_reader *r, struct rom_word name,
	uint64_t start, uint64_t size)
{
	struct rom_printed_table *t = &r->p.tables.v[r->p.tables.n - 1];
	struct rom_printed_row *row;

	if (!rom_mul(start, t->unit, &start) ||
		!rom_mul(size, t->unit, &size)) {
		rom_printed_problem(r, "%.*s: a number is too large",
			(int)rom_min(name.n, ROM_PRINTED_MAX_NAME), name.s);
		return;
	}
	row = rom_printed_row_add(r, name, start, size);
	if (!row)
		return;
	row->from_end = start >= CODES_FROM && start <= CODES_TO &&
			(start % SECTOR || !strcasecmp(row->name, "bmtpool") ||
				!strcasecmp(row->name, "otp"));
}

static bool read_dumchar(
	struct rom_printed_reader *r, const struct rom_word *w, size_t n)
{
	struct rom_printed_table *t;
	uint64_t size, start;

	if (n != 5 || w[3].n != 1 || strncmp(w[4].s, "/dev/", 5) ||
		(*w[3].s != '1' && *w[3].s != '2'))
		return false;
	t = rom_printed_table_of(r, ROM_PRINTED_DUMCHAR);
	t->is_nand |= *w[3].s == '1';
	if (!rom_printed_word_hex(w[1], &size) ||
		!rom_printed_word_hex(w[2], &start)) {
		rom_printed_problem(r, "expected two hexadecimal numbers "
				       "behind the name");
		return true;
	}
	/* PRELOADER and DSP_BL count from the start of BOOT1 */
	add_row(r, w[0], start, size);
	if (t->rows.n && w[4].n >= 12 && !strncmp(w[4].s, "/dev/misc-sd", 12))
		t->rows.v[t->rows.n - 1].region = ROM_REGION_EMMC_BOOT_1;
	return true;
}

static bool read_partinfo(
	struct rom_printed_reader *r, const struct rom_word *w, size_t n)
{
	uint64_t first, second;

	/* without its header, which number is which is not known */
	if (n != 3 || !of_kind(r, ROM_PRINTED_PARTINFO) ||
		strncasecmp(w[1].s, "0x", 2))
		return false;
	if (!rom_printed_word_hex(w[1], &first) ||
		!rom_printed_word_hex(w[2], &second))
		rom_printed_problem(r, "expected two hexadecimal numbers "
				       "behind the name");
	else if (r->start_first)
		add_row(r, w[0], first, second);
	else
		add_row(r, w[0], second, first);
	return true;
}

/* The last word is the name in quotes; "a b" are two words. */
static bool unquote(const struct rom_word *w, size_t n, struct rom_word *ret)
{
	const char *s = w[3].s, *end = w[n - 1].s + w[n - 1].n;

	if (end - s < 3 || *s != '"' || end[-1] != '"')
		return false;
	*ret = (struct rom_word){ s + 1, (size_t)(end - s) - 2 };
	return true;
}

static bool read_quoted(
	struct rom_printed_reader *r, const struct rom_word *w, size_t n)
{
	bool sectors = !strncmp(w[0].s, "emmc_p", 6);
	struct rom_printed_table *t;
	struct rom_word name;
	uint64_t a, b;

	if (n < 4 || n > WORDS || w[0].s[w[0].n - 1] != ':' ||
		!rom_printed_word_hex(w[1], &a) ||
		!rom_printed_word_hex(w[2], &b) || !unquote(w, n, &name))
		return false;
	if (sectors) {
		t = rom_printed_table_of(r, ROM_PRINTED_EMMC);
		t->unit = SECTOR;
		add_row(r, name, a, b);
		return true;
	}
	t = rom_printed_table_of(r, ROM_PRINTED_MTD);
	t->has_starts = false;
	t->is_nand |= !strncmp(w[0].s, "mtd", 3);
	add_row(r, name, 0, a);
	return true;
}

static bool read_blocks(
	struct rom_printed_reader *r, const struct rom_word *w, size_t n)
{
	const char *digits = "0123456789";
	char *end;

	if (n != 4 || !of_kind(r, ROM_PRINTED_BLOCKS))
		return false;
	for (size_t i = 0; i < 3; i++) {
		if (strspn(w[i].s, digits) != w[i].n || w[i].n > 15)
			return false;
	}
	add_row(r, w[3], 0, strtoull(w[2].s, &end, 10));
	return true;
}

bool rom_printed_read_proc(struct rom_printed_reader *r, const char *line)
{
	struct rom_word w[WORDS];
	size_t n = rom_printed_words(line + strspn(line, " \t>|"), w, WORDS);

	if (n < 3 || n > WORDS)
		return false;
	return read_header(r, w, n) || read_dumchar(r, w, n) ||
	       read_partinfo(r, w, n) || read_quoted(r, w, n) ||
	       read_blocks(r, w, n);
}

/* ---- the end ------------------------------------------------------------- */

/* The whole medium is a block device of its own. */
static uint64_t whole_device(const struct rom_printed_table *t)
{
	for (size_t i = 0; i < t->rows.n; i++) {
		if (!strcmp(t->rows.v[i].name, "mmcblk0"))
			return t->rows.v[i].size;
	}
	return 0;
}

/* /proc/partinfo has a row sgpt that ends where the medium does. */
static uint64_t end_of_sgpt(const struct rom_printed_table *t)
{
	uint64_t end = 0, to;

	for (size_t i = 0; i < t->rows.n; i++) {
		const struct rom_printed_row *row = &t->rows.v[i];

		if (!rom_add(row->start, row->size, &to))
			return 0;
		if (!strcmp(row->name, "sgpt") && row->start)
			end = to;
	}
	for (size_t i = 0; i < t->rows.n; i++) {
		if (t->rows.v[i].start + t->rows.v[i].size > end)
			return 0;
	}
	return end % SECTOR ? 0 : end;
}

void rom_printed_end_proc(struct rom_printed_table *t)
{
	if (t->kind == ROM_PRINTED_BLOCKS)
		t->device_size = whole_device(t);
	if (t->kind == ROM_PRINTED_PARTINFO)
		t->device_size = end_of_sgpt(t);
	if (t->kind == ROM_PRINTED_EMMC || t->kind == ROM_PRINTED_DUMCHAR)
		t->sector_size = SECTOR;
}
