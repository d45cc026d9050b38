/* SPDX-License-Identifier: MIT */
/*
 * scatter_read_text.c - reads scatter files as text: V1.1.x, V2.x, and v0
 *
 *   V1, V2  lines "key: value" at any indentation, "- " before the first of a
 *           group; "#" begins a comment; partition_index begins an entry,
 *           storage_type a section (docs/FORMATS.md)
 *   v0      "NAME 0xADDRESS", then "{" and "}" on lines of their own
 */
#include <stdlib.h>

#include "scatter_priv.h"

enum { LINE_SIZE = 1024, MAX_MARK = 32 };

static char *trim(char *s)
{
	size_t n;

	s += strspn(s, " \t");
	n = strlen(s);
	while (n && strchr(" \t", s[n - 1]))
		s[--n] = '\0';
	return s;
}

/* ---- layout -------------------------------------------------------------- */

/* How many line ends follow the last line that is not empty. */
static unsigned final_line_ends(const char *text, size_t len)
{
	unsigned n = 0;

	for (; len && strchr("\r\n", text[len - 1]) && text[len - 1]; len--)
		n += text[len - 1] == '\n';
	return n;
}

static void note_banner(struct rom_scatter *s, const char *line)
{
	const char *mark = strstr(line, "__"),
		   *end = mark ? strrchr(line, '_') : NULL;
	ROM_AUTO char *text =
		mark && end > mark
			? rom_format("%.*s", (int)(end + 1 - mark), mark)
			: NULL;

	if (!strcmp(line, "#  General Setting "))
		s->blank_banner = true;
	if (text && !s->mark && strlen(text) <= MAX_MARK &&
		rom_scatter_is_word(text))
		s->mark = ROM_TAKE(text);
}

/* ---- V1, V2 -------------------------------------------------------------- */

static enum rom_status read_line(
	struct scatter_reader *r, char *line, struct rom_err *err)
{
	char *s = trim(line), *colon, *key = s, *value;
	bool dash = s[0] == '-' && (s[1] == ' ' || s[1] == '\t');

	while (dash) {
		key = s = trim(s + 2);
		dash = s[0] == '-' && (s[1] == ' ' || s[1] == '\t');
	}
	if (!*s || *s == '#')
		return ROM_OK;
	colon = strchr(s, ':');
	if (!colon)
		/* ignored, not refused: a key that is missing because of this
		 * is found when the entry ends */
		return ROM_OK;
	*colon = '\0';
	key = trim(key);
	value = trim(colon + 1);
	if (!strcmp(key, "storage_type"))
		return rom_scatter_on_storage(r, value, err);
	if (!strcmp(key, "partition_index"))
		return rom_scatter_on_entry(r, value, err);
	return rom_scatter_on_key(r, key, value, err);
}

enum rom_status rom_scatter_read_text(struct scatter_reader *r,
	const char *text, size_t len, struct rom_err *err)
{
	const char *end = text + len;
	char line[LINE_SIZE];
	enum rom_status st = ROM_OK;
	bool crlf;

	r->s->final_line_ends = final_line_ends(text, len);
	while (!st && rom_scatter_line(&text, end, line, sizeof(line), &crlf)) {
		r->line++;
		r->s->crlf |= crlf;
		if (!strcmp(line, "  info:"))
			r->s->bare_info = true;
		if (line[strspn(line, " \t")] == '#')
			note_banner(r->s, line);
		else if (strlen(line) == sizeof(line) - 1)
			st = rom_scatter_refuse(r, err,
				"expected a line of text, got more than %zu "
				"bytes",
				sizeof(line) - 2);
		else
			st = read_line(r, line, err);
	}
	return st;
}

/* ---- v0 ------------------------------------------------------------------ */

static enum rom_status read_v0_line(
	struct scatter_reader *r, char *line, bool *inside, struct rom_err *err)
{
	char *name = trim(line), *address;
	enum rom_status st;
	uint64_t n;

	if (!strcmp(name, "{") || !strcmp(name, "}")) {
		*inside = *name == '{';
		return ROM_OK;
	}
	if (!*name || *inside || *name == '#')
		return ROM_OK; /* what is in braces is only for NAND */
	address = name + strcspn(name, " \t");
	if (*address)
		*address++ = '\0';
	address = trim(address);
	if (!rom_scatter_number(address, &n) ||
		strlen(name) > ROM_SCATTER_MAX_KEY ||
		!rom_scatter_is_word(name))
		return rom_scatter_refuse(r, err,
			"expected \"NAME 0xADDRESS\", got \"%.40s %.40s\": "
			"this is not a scatter file",
			name, address);
	r->row = NULL;
	st = rom_scatter_on_entry(r, NULL, err);
	if (st)
		return st;
	rom_scatter_set(r->row, ROM_KEY_NAME, name);
	rom_scatter_set(r->row, ROM_KEY_LINEAR, address);
	r->row->physical = r->row->linear;
	return ROM_OK;
}

enum rom_status rom_scatter_read_v0(struct scatter_reader *r, const char *text,
	size_t len, struct rom_err *err)
{
	const char *end = text + len;
	char line[LINE_SIZE];
	enum rom_status st = ROM_OK;
	bool crlf, inside = false;

	r->s->final_line_ends = final_line_ends(text, len);
	while (!st && rom_scatter_line(&text, end, line, sizeof(line), &crlf)) {
		r->line++;
		r->s->crlf |= crlf;
		st = read_v0_line(r, line, &inside, err);
	}
	return st;
}
