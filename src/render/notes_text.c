/* SPDX-License-Identifier: MIT */
/*
 * notes_text.c - shortens the notes for text output: when there are hundreds of
 * a kind, only a few and their number are shown
 *
 * Notes are of one kind when level, partition and wording are the same. The
 * wording is what follows the last ": " (before it is the subject, a path or an
 * inode), without the numbers.
 */
#include <ctype.h>
#include <stdlib.h>

#include "romsplit/render.h"

enum { SHOWN = 5 };

struct kind {
	size_t count, shown;
};

/* FNV-1a, 64 bits. A collision of two kinds only hides a line on the
 * terminal: the report has all notes. */
static uint64_t hash_add(uint64_t key, char c)
{
	return (key ^ (uint8_t)c) * 0x100000001b3;
}

static const char *wording(const char *text)
{
	const char *ret = text;

	for (const char *s = text; (s = strstr(s, ": ")); s += 2)
		ret = s + 2;
	return ret;
}

static uint64_t kind_key(const struct rom_note *n)
{
	uint64_t key = hash_add(0xcbf29ce484222325, (char)n->level);

	for (const char *s = n->partition ? n->partition : ""; *s; s++)
		key = hash_add(key, *s);
	for (const char *s = wording(n->text); *s;) {
		/* a run of digits, also hexadecimal, counts as one '#' */
		key = hash_add(key, isdigit((unsigned char)*s) ? '#' : *s);
		if (!isdigit((unsigned char)*s++))
			continue;
		while (isxdigit((unsigned char)*s) || *s == 'x')
			s++;
	}
	return key;
}

static void count_kinds(const struct rom_report *r, struct rom_map *kinds)
{
	const struct rom_note *n;

	rom_each (n, &r->notes) {
		struct kind *k = rom_map_get(kinds, kind_key(n));

		if (!k) {
			k = rom_alloc(sizeof(*k));
			rom_map_put(kinds, kind_key(n), k);
		}
		k->count++;
	}
}

void rom_notes_shorten(
	const struct rom_report *r, bool all, rom_shown_notes *ret)
{
	struct rom_map kinds = { 0 };
	const struct rom_note *n;

	count_kinds(r, &kinds);
	rom_each (n, &r->notes) {
		struct kind *k = rom_map_get(&kinds, kind_key(n));
		/* "and 1 more" would take as many lines as the note itself */
		bool many = !all && k->count > SHOWN + 1;

		if (many && k->shown == SHOWN)
			continue;
		k->shown++;
		*rom_vec_add(ret) = (struct rom_shown_note){ n,
			many && k->shown == SHOWN ? k->count - SHOWN : 0 };
	}
	rom_map_done(&kinds, free);
}
