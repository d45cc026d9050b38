/* SPDX-License-Identifier: MIT */
/*
 * printed_getvar.c - what fastboot getvar all lists: sizes, no places
 *
 *   (bootloader) partition-size:userdata: 0x575a00000
 *   (bootloader) partition-size:userdata: 5ec4f8000
 *   (bootloader) logical-block-size: 0x1000
 * The protocol wants 0x; MediaTek's loader prints hexadecimal digits without
 * it, others a decimal number. Which of the two it is, is decided for all sizes
 * of a list: by a letter among the digits, or because sizes of partitions are
 * multiples of a sector.
 *
 * MediaTek's loader lists every partition from sgpt, the last one, down to
 * pgpt, the first, and behind that the preloaders. Since ptgen leaves no gaps,
 * the sizes add up to that of the medium, and so tell the places (of two
 * phones: 0x1ccf000000 and 0x748000000 bytes, as their GPTs have it).
 */
#include <inttypes.h>
#include <stdlib.h>
#include <strings.h>

#include "printed_priv.h"

enum {
	SECTOR = 512,
	MEDIUM_STEP = 0x100000, /* sizes of media are multiples of this */
};

#define SIZE_OF "partition-size:"

static bool parse_bare(const char *s, struct bare_size *ret)
{
	size_t n = strspn(s, "0123456789abcdefABCDEF");

	if (n == 0 || n > 16 || strcspn(s, " \t\r\n") != n ||
		!rom_printed_hex(s, NULL, &ret->hex))
		return false;
	ret->has_letter = strspn(s, "0123456789") != n;
	ret->decimal = ret->has_letter ? 0 : strtoull(s, NULL, 10);
	return true;
}

static void read_size(struct rom_printed_reader *r, const char *s)
{
	const char *colon = strchr(s, ':'),
		   *value = colon ? colon + 1 + strspn(colon + 1, " \t") : NULL;
	struct rom_printed_table *t =
		rom_printed_table_of(r, ROM_PRINTED_GETVAR);
	struct bare_size bare = { .row = t->rows.n };
	struct rom_printed_row *row;
	uint64_t size = 0;
	bool has_0x = value && !strncasecmp(value, "0x", 2);

	t->has_starts = false;
	if (!value || (has_0x ? !rom_printed_hex(value, NULL, &size)
			      : !parse_bare(value, &bare))) {
		rom_printed_problem(r, "expected the size of a partition");
		return;
	}
	row = rom_printed_row_add(r,
		(struct rom_word){ s, (size_t)(colon - s) }, 0,
		has_0x ? size : rom_max(bare.hex, bare.decimal));
	if (!row)
		return;
	row->has_size = has_0x;
	if (!has_0x)
		*rom_vec_add(&r->bare) = bare;
}

bool rom_printed_read_getvar(struct rom_printed_reader *r, const char *line)
{
	const char *s = strstr(line, SIZE_OF);
	uint64_t size;

	if (s) {
		read_size(r, s + strlen(SIZE_OF));
		return true;
	}
	if (!rom_printed_after(line, "logical-block-size", &size))
		return false;
	if (size == 512 || size == 4096)
		r->block_size = (uint32_t)size;
	return true;
}

/* All sizes in bytes, read one way, are multiples of a sector. */
static bool all_fit(const struct rom_printed_reader *r, bool hex)
{
	for (size_t i = 0; i < r->bare.n; i++) {
		const struct bare_size *b = &r->bare.v[i];

		if ((hex ? b->hex : b->decimal) % SECTOR ||
			(!hex && b->has_letter))
			return false;
	}
	return true;
}

static void settle_sizes(
	struct rom_printed_reader *r, struct rom_printed_table *t)
{
	bool hex = all_fit(r, true), decimal = all_fit(r, false);

	for (size_t i = 0; i < r->bare.n; i++)
		hex |= r->bare.v[i].has_letter;
	for (size_t i = 0; i < r->bare.n && hex != decimal; i++) {
		const struct bare_size *b = &r->bare.v[i];

		t->rows.v[b->row].size = hex ? b->hex : b->decimal;
		t->rows.v[b->row].has_size = true;
	}
	if (r->bare.n && hex == decimal)
		rom_printed_problem(r,
			"sizes without 0x: whether they are decimal or "
			"hexadecimal cannot be told, so they are left out");
}

/* ---- places -------------------------------------------------------------- */

static size_t find_row(const struct rom_printed_table *t, const char *name)
{
	size_t i = 0;

	while (i < t->rows.n && strcmp(t->rows.v[i].name, name))
		i++;
	return i;
}

/* In the order of the medium, which is that of the entries of a GPT. */
static void reverse(struct rom_printed_table *t)
{
	for (size_t i = 0, k = t->rows.n; i + 1 < k; i++) {
		struct rom_printed_row row = t->rows.v[i];

		t->rows.v[i] = t->rows.v[--k];
		t->rows.v[k] = row;
	}
}

/* Gives the rows from pgpt to sgpt their places. False when there is no such
 * run of rows, or its sizes are not those of a medium. */
static bool settle_places(
	struct rom_printed_reader *r, struct rom_printed_table *t)
{
	size_t first = find_row(t, "pgpt"), last = find_row(t, "sgpt");
	uint64_t end = 0;

	if (first >= t->rows.n || last >= t->rows.n)
		return false;
	if (last < first) {
		reverse(t);
		first = find_row(t, "pgpt");
		last = find_row(t, "sgpt");
	}
	for (size_t i = 0; i < t->rows.n; i++) {
		struct rom_printed_row *row = &t->rows.v[i];

		if (i < first || i > last) {
			row->region = ROM_REGION_EMMC_BOOT_1;
			continue;
		}
		if (!row->has_size || !rom_add(end, row->size, &end))
			return false;
		row->start = end - row->size;
	}
	if (end % MEDIUM_STEP)
		rom_printed_problem(r,
			"the sizes from pgpt to sgpt add up to 0x%" PRIx64
			" bytes, which no medium has: rows are missing",
			end);
	else
		t->device_size = end;
	return end % MEDIUM_STEP == 0;
}

void rom_printed_end_getvar(
	struct rom_printed_reader *r, struct rom_printed_table *t)
{
	settle_sizes(r, t);
	t->sector_size = r->block_size;
	t->has_starts = settle_places(r, t);
	for (size_t i = 0; i < t->rows.n && t->sector_size == 4096; i++) {
		if (rom_region_is_user(t->rows.v[i].region))
			t->rows.v[i].region = ROM_REGION_UFS_LU2;
	}
	if (t->sector_size == 4096)
		t->region = ROM_REGION_UFS_LU2;
}
