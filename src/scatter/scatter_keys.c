/* SPDX-License-Identifier: MIT */
/* scatter_keys.c - the keys of an entry, and reading and setting their
 * values */
#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>

#include "scatter_priv.h"

static const char *const names[] = { "partition_index", "partition_name",
	"file_name", "is_download", "type", "linear_start_addr",
	"physical_start_addr", "partition_size", "region", "storage",
	"boundary_check", "is_reserved", "operation_type", "d_type",
	"is_upgradable", "empty_boot_needed", "combo_partsize_check",
	"reserve" };

const char *rom_scatter_key_name(enum rom_scatter_key key)
{
	return names[key];
}

bool rom_scatter_key_find(const char *name, enum rom_scatter_key *ret)
{
	for (size_t i = 0; i < ROM_SCATTER_KEYS; i++) {
		if (strcmp(names[i], name))
			continue;
		*ret = (enum rom_scatter_key)i;
		return true;
	}
	return false;
}

bool rom_scatter_is_word(const char *text)
{
	for (const char *c = text; *c; c++) {
		if (!isalnum((unsigned char)*c) && !strchr("_-.", *c))
			return false;
	}
	return *text && *text != '-' && *text != '.';
}

bool rom_scatter_number(const char *text, uint64_t *ret)
{
	size_t digits;

	if (text[0] != '0' || (text[1] != 'x' && text[1] != 'X'))
		return false;
	digits = strspn(text + 2, "0123456789abcdefABCDEF");
	if (digits == 0 || digits > 16 || text[2 + digits])
		return false;
	*ret = strtoull(text + 2, NULL, 16);
	return true;
}

static bool is_code(uint64_t n)
{
	return n >> 16 == 0xffff;
}

/* Keeps the numbers of the row in step with its texts. */
static void note_number(
	struct rom_scatter_row *row, enum rom_scatter_key key, uint64_t n)
{
	if (key == ROM_KEY_LINEAR)
		row->linear = n;
	if (key == ROM_KEY_PHYSICAL)
		row->physical = n;
	if (key == ROM_KEY_SIZE)
		row->size = n;
	row->reserved = is_code(row->linear) || is_code(row->physical);
}

void rom_scatter_set(
	struct rom_scatter_row *row, enum rom_scatter_key key, const char *text)
{
	uint64_t n;

	free(row->value[key]);
	row->value[key] = rom_strdup(text);
	if (text && rom_scatter_number(text, &n))
		note_number(row, key, n);
}

/* Real files write codes for the end of the medium with FFFF in upper and the
 * other digits in lower case. */
void rom_scatter_set_number(struct rom_scatter_row *row,
	enum rom_scatter_key key, uint64_t n, bool upper)
{
	ROM_AUTO char *text =
		is_code(n) ? rom_format("0xFFFF%04" PRIx64, n & 0xffff)
		: upper	   ? rom_format("0x%" PRIX64, n)
			   : rom_format("0x%" PRIx64, n);

	rom_scatter_set(row, key, text);
}

void rom_scatter_set_flag(
	struct rom_scatter_row *row, enum rom_scatter_key key, bool flag)
{
	rom_scatter_set(row, key, flag ? "true" : "false");
}

bool rom_scatter_says(const struct rom_scatter_row *row,
	enum rom_scatter_key key, const char *word)
{
	return row->value[key] && !strcmp(row->value[key], word);
}

void rom_scatter_pairs_done(struct rom_scatter_pair *v, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		free(v[i].key);
		free(v[i].value);
	}
}

void rom_scatter_row_done(struct rom_scatter_row *row)
{
	rom_scatter_pairs_done(row->extra.v, row->extra.n);
	rom_vec_done(&row->extra);
	for (size_t i = 0; i < ROM_SCATTER_KEYS; i++)
		free(row->value[i]);
	*row = (struct rom_scatter_row){ 0 };
}
