/* SPDX-License-Identifier: MIT */
/*
 * pdf.c - PDF: ends after the last "%%EOF" with a valid startxref
 *
 * "startxref", a line with the offset of "xref" or of an object (a
 * cross-reference stream), "%%EOF". Each incremental update appends such a
 * part; a linearized file has a dummy one at its beginning. A table: "xref",
 * then for each run "FIRST N" and N lines of 20 bytes: 10 digits offset, 5
 * generation, "n" in use or "f" free
 */
#include <ctype.h>
#include <inttypes.h>

#include "media_priv.h"

enum {
	/* bytes before %%EOF in which startxref is searched */
	BEFORE_EOF = 64,
	MAX_PART = 1 << 28, /* bytes from one %%EOF to the next */
	MAX_ENTRIES = 1 << 16,
	ENTRY = 20,
	LINES = 50, /* lines that are read at once */
	LINE = 48,
	MAX_COMMENTS = 4,
};

static bool is_pdf(struct rom_buffer *head)
{
	return isdigit(rom_u8(head, 5)) && rom_u8(head, 6) == '.' &&
	       isdigit(rom_u8(head, 7));
}

/* ---- text ---------------------------------------------------------------- */

/* Copies a little text at offset, cut at the limit and NUL-terminated. */
static bool text_at(
	struct rom_media_walk *w, uint64_t offset, char text[LINE + 1])
{
	struct rom_buffer v;
	size_t len = offset < w->limit
			     ? (size_t)rom_min(LINE, w->limit - offset)
			     : 0;

	if (!len || !rom_media_peek(w, offset, len, &v))
		return false;
	memcpy(text, v.p, len);
	text[len] = '\0';
	return true;
}

static const char *skip_space(const char *p)
{
	while (*p == ' ' || *p == '\r' || *p == '\n' || *p == '\t')
		p++;
	return p;
}

/* Parses a number of at most 15 digits; NULL when there is none. */
static const char *parse_number(const char *p, uint64_t *ret)
{
	const char *begin = p;

	*ret = 0;
	for (; isdigit((uint8_t)*p) && p - begin < 15; p++)
		*ret = *ret * 10 + (uint64_t)(*p - '0');
	return p > begin ? p : NULL;
}

/* "12 0 obj" */
static bool is_object(const char *p, uint64_t *ret_number)
{
	uint64_t generation;

	p = parse_number(skip_space(p), ret_number);
	p = p ? parse_number(skip_space(p), &generation) : NULL;
	return p && !strncmp(skip_space(p), "obj", 3);
}

/* ---- one part ------------------------------------------------------------ */

/* The offset that the startxref before this %%EOF states. */
static bool read_startxref(
	struct rom_media_walk *w, uint64_t eof, uint64_t *ret)
{
	uint64_t from = eof > BEFORE_EOF ? eof - BEFORE_EOF : 0;
	char text[LINE + 1];
	uint64_t at = from, hit;
	const char *p;

	while ((hit = rom_media_find(w, at, eof, "startxref", 9)) !=
		ROM_NO_OFFSET)
		at = hit + 9;
	if (at == from || !text_at(w, at, text))
		return false;
	p = parse_number(skip_space(text), ret);
	return p && *ret && *ret < eof;
}

/* Checks one line of the table: an entry in use must lead to its object. */
static bool check_entry(
	struct rom_media_walk *w, const char line[ENTRY], uint64_t object)
{
	char text[LINE + 1];
	uint64_t offset, own;

	if (line[17] != 'n' || !parse_number(line, &offset) || !offset)
		return true;
	return (text_at(w, offset, text) && is_object(text, &own) &&
		       own == object) ||
	       rom_media_damaged(w, offset,
		       "expected object %" PRIu64 " at 0x%" PRIx64, object,
		       offset);
}

/* Checks the lines of one run at *at. They are copied first, because reading
 * the objects replaces the buffer. */
static bool check_run(
	struct rom_media_walk *w, uint64_t *at, uint64_t first, uint64_t n)
{
	for (uint64_t done = 0, some; done < n; done += some) {
		char lines[LINES * ENTRY + 1] = "";
		struct rom_buffer v;

		some = rom_min(n - done, LINES);
		if (!rom_media_need(w, *at, (size_t)some * ENTRY, &v))
			return false;
		memcpy(lines, v.p, v.len);
		*at += v.len;
		for (uint64_t i = 0; i < some; i++) {
			if (!check_entry(
				    w, lines + i * ENTRY, first + done + i))
				return false;
		}
	}
	return true;
}

/* Every object in the table at xref must exist. */
static bool check_table(struct rom_media_walk *w, uint64_t xref)
{
	uint64_t at = xref + 4, left = MAX_ENTRIES;
	char text[LINE + 1];

	while (text_at(w, at, text)) {
		uint64_t first, n;
		const char *p = parse_number(skip_space(text), &first);

		p = p ? parse_number(skip_space(p), &n) : NULL;
		/* anything beyond the limit is not checked */
		if (!p || !n || n > left)
			return true;
		at += (uint64_t)(skip_space(p) - text);
		left -= n;
		if (!check_run(w, &at, first, n))
			return false;
	}
	return true;
}

static bool is_xref(struct rom_media_walk *w, uint64_t xref)
{
	char text[LINE + 1];
	uint64_t ignored;

	return text_at(w, xref, text) &&
	       (!strncmp(skip_space(text), "xref", 4) ||
		       is_object(text, &ignored));
}

/* ---- the file ------------------------------------------------------------ */

/* The offset after %%EOF and its line end. */
static uint64_t after_eof(struct rom_media_walk *w, uint64_t eof)
{
	uint64_t end = eof + 5;

	if (rom_media_has(w, end, "\r", 1))
		end++;
	if (rom_media_has(w, end, "\n", 1))
		end++;
	return end;
}

/* Moves *at past a comment line; false when there is none. */
static bool skip_comment(struct rom_media_walk *w, uint64_t *at)
{
	char text[LINE + 1];
	const char *p;
	size_t len;

	if (!text_at(w, *at, text))
		return false;
	p = skip_space(text);
	len = strcspn(p, "\r\n");
	if (*p != '%' || !strncmp(p, "%PDF-", 5) || !p[len])
		return false;
	*at += (uint64_t)(p - text) + len;
	return true;
}

/* Whether another part follows: an object or a table, perhaps after
 * comments. */
static bool is_continued(struct rom_media_walk *w, uint64_t end)
{
	char text[LINE + 1];
	uint64_t ignored;

	for (unsigned i = 0; i < MAX_COMMENTS && skip_comment(w, &end); i++)
		;
	return text_at(w, end, text) &&
	       (is_object(text, &ignored) ||
		       !strncmp(skip_space(text), "xref", 4));
}

static void end_part(struct rom_media_walk *w, uint64_t xref, uint64_t end)
{
	if (rom_media_has(w, xref, "xref", 4) && !check_table(w, xref))
		return;
	rom_media_whole(w, end);
}

static void examine_pdf(struct rom_media_walk *w)
{
	uint64_t at = 0, xref, end = 0, last = 0;

	for (;;) {
		uint64_t eof = rom_media_find(w, at, at + MAX_PART, "%%EOF", 5);

		if (eof == ROM_NO_OFFSET)
			break;
		at = eof + 5;
		if (!read_startxref(w, eof, &xref) || !is_xref(w, xref))
			continue;
		end = after_eof(w, eof);
		last = xref;
		if (!is_continued(w, end)) {
			end_part(w, xref, end);
			return;
		}
	}
	if (w->limit - at <= MAX_PART)
		rom_media_cut(w, 0);
	else if (end)
		rom_media_damaged(w, end, "an incremental update has no end");
	else
		rom_media_damaged(w, last, "no end marker (%%%%EOF)");
}

const struct rom_media_walker rom_media_pdf = {
	.format = { "pdf", ".pdf", "application/pdf", ROM_MEDIA_DOCUMENT },
	.signature = { { "%PDF-", 5, 0 } },
	.is = is_pdf,
	.examine = examine_pdf,
};
