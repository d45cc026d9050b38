/* SPDX-License-Identifier: MIT */
/*
 * notes_text.c - notes for people: of a kind that comes by the hundred, a
 * handful and a number
 *
 * A kind is a level, a partition and a wording. What a note is about stands
 * before its last ": " (a path, an inode), and numbers differ from note to
 * note: neither is part of the wording.
 */
#include <ctype.h>
#include <stdlib.h>

#include "romsplit/render.h"

enum { SHOWN = 5 };

struct kind {
	size_t count, shown;
};

/* FNV-1a, 64 bits: two kinds that fall together cost a line on the terminal,
 * nothing else. */
static uint64_t add(uint64_t key, char c)
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

static uint64_t kind_of(const struct rom_note *n)
{
	uint64_t key = add(0xcbf29ce484222325, (char)n->level);

	for (const char *s = n->partition ? n->partition : ""; *s; s++)
		key = add(key, *s);
	for (const char *s = wording(n->text); *s;) {
		key = add(key, isdigit((unsigned char)*s) ? '#' : *s);
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
		struct kind *k = rom_map_get(kinds, kind_of(n));

		if (!k) {
			k = rom_alloc(sizeof(*k));
			rom_map_put(kinds, kind_of(n), k);
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
		struct kind *k = rom_map_get(&kinds, kind_of(n));
		/* "and 1 more" takes a line, too */
		bool many = !all && k->count > SHOWN + 1;

		if (many && k->shown == SHOWN)
			continue;
		k->shown++;
		*rom_vec_add(ret) = (struct rom_shown_note){ n,
			many && k->shown == SHOWN ? k->count - SHOWN : 0 };
	}
	rom_map_done(&kinds, free);
}
