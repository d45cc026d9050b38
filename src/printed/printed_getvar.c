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
 */
#include <stdlib.h>
#include <strings.h>

#include "printed_priv.h"

enum { SECTOR = 512 };

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
	struct rom_printed_table *t;
	uint64_t size;

	if (s) {
		read_size(r, s + strlen(SIZE_OF));
		return true;
	}
	t = r->open ? &r->p.tables.v[r->p.tables.n - 1] : NULL;
	if (!t || t->kind != ROM_PRINTED_GETVAR ||
		!rom_printed_after(line, "logical-block-size", &size))
		return false;
	if (size == 512 || size == 4096)
		t->sector_size = (uint32_t)size;
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

void rom_printed_end_getvar(
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
