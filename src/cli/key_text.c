/* SPDX-License-Identifier: MIT */
/*
 * key_text.c - the keys in a file: raw bytes, hex digits one key per line, or
 * what od, xxd and hexdump print of a key, or an array in C
 *
 * A text that can be read in several ways yields the keys of all of them: only
 * the right one opens anything.
 */
#include <ctype.h>
#include <stdlib.h>

#include "cli.h"
#include "romsplit/cipher.h"

enum { KEY_MAX = 64, BYTES_MAX = 256 * KEY_MAX, TOKEN_MAX = 2 * KEY_MAX };

/* One line of the text, without blanks around it. */
struct line {
	const uint8_t *p;
	size_t len;
};

/* The bytes that the lines stand for so far; too many are an error, not cut. */
struct bytes {
	uint8_t v[BYTES_MAX];
	size_t n;
};

/* Appends the bytes of a line; false when it is not written in this way. */
typedef bool (*line_fn)(const struct line *l, struct bytes *to);

static bool is_key_length(size_t len)
{
	return len == 16 || len == 32 || len == 48 || len == 64;
}

static bool is_blank(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* The next line that is not empty, from *offset on. */
static bool next_line(const struct line *text, size_t *offset, struct line *ret)
{
	while (*offset < text->len) {
		const uint8_t *p = text->p + *offset;
		const uint8_t *end = memchr(p, '\n', text->len - *offset);
		size_t len = end ? (size_t)(end - p) : text->len - *offset;

		*offset += len + (end ? 1 : 0);
		while (len && is_blank(p[len - 1]))
			len--;
		for (; len && is_blank(*p); len--)
			p++;
		*ret = (struct line){ p, len };
		if (len)
			return true;
	}
	return false;
}

static bool put(struct bytes *to, uint8_t byte)
{
	if (to->n == sizeof(to->v))
		return false;
	to->v[to->n++] = byte;
	return true;
}

/* Appends len digits as bytes, in the order in which they are written. */
static bool put_hex(struct bytes *to, const char *digits, size_t len)
{
	char pair[3] = "";
	uint8_t byte;

	if (len % 2)
		return false;
	for (size_t i = 0; i < len; i += 2) {
		memcpy(pair, digits + i, 2);
		if (!rom_unhex(pair, &byte, 1) || !put(to, byte))
			return false;
	}
	return true;
}

/* ---- hex digits ---------------------------------------------------------- */

/* "00112233...", "00 11 22 ...", "00:11:22:..." */
static bool read_plain(const struct line *l, struct bytes *to)
{
	char digits[2 * BYTES_MAX / 8];
	size_t n = 0;
	bool good = true;

	for (size_t i = 0; i < l->len && good; i++) {
		if (is_blank(l->p[i]) || l->p[i] == ':')
			continue;
		good = isxdigit(l->p[i]) && n < sizeof(digits);
		if (good)
			digits[n++] = (char)l->p[i];
	}
	good = good && n && put_hex(to, digits, n);
	rom_wipe(digits, sizeof(digits));
	return good;
}

/* "0x00112233...", "{ 0x00, 0x11, ...};", "\x00\x11...", and the declarations
 * that xxd -i prints around them, which have a '='. */
static bool read_c(const struct line *l, struct bytes *to)
{
	const uint8_t *equals = memchr(l->p, '=', l->len);
	const uint8_t *brace = memchr(l->p, '{', l->len);
	size_t i = brace ? (size_t)(brace - l->p) : equals ? l->len : 0;

	while (i < l->len) {
		size_t n = 0;

		if (is_blank(l->p[i]) || strchr("{};,\"", l->p[i])) {
			i++;
			continue;
		}
		if ((l->p[i] != '0' && l->p[i] != '\\') || i + 2 > l->len ||
			(l->p[i + 1] | 0x20) != 'x')
			return false;
		i += 2;
		while (i + n < l->len && isxdigit(l->p[i + n]))
			n++;
		if (!n || !put_hex(to, (const char *)l->p + i, n))
			return false;
		i += n;
	}
	return true;
}

/* ---- what od, xxd and hexdump print -------------------------------------- */

static bool next_token(const struct line *l, size_t *at, char *token, size_t *n)
{
	*n = 0;
	while (*at < l->len && is_blank(l->p[*at]))
		(*at)++;
	while (*at < l->len && !is_blank(l->p[*at]) && *n < TOKEN_MAX)
		token[(*n)++] = (char)l->p[(*at)++];
	token[*n] = '\0';
	return *n;
}

static bool all_in(const char *token, const char *set)
{
	return strspn(token, set) == strlen(token);
}

/* One group of digits: od prints bytes as 2 hex or 3 octal digits, words of the
 * machine (little-endian) as 4, 8 or 16 hex or 6 octal ones. */
static bool put_group(struct bytes *to, const char *token, size_t n)
{
	bool octal = n == 3 || n == 6, words = n == 4 || n == 8 || n == 16;
	size_t bytes = octal ? n / 3 : n / 2;
	unsigned long long number;

	if (n == 2)
		return put_hex(to, token, n);
	if ((!octal && !words) ||
		!all_in(token, octal ? "01234567" : "0123456789abcdefABCDEF"))
		return false;
	number = strtoull(token, NULL, octal ? 8 : 16);
	if (octal && number >> 8 * bytes)
		return false;
	for (size_t i = 0; i < bytes; i++) {
		if (!put(to, (uint8_t)(number >> 8 * i)))
			return false;
	}
	return true;
}

/* The groups from at on, all of one length; "|" begins the text of hexdump -C.
 */
static bool put_groups(const struct line *l, size_t at, struct bytes *to)
{
	char token[TOKEN_MAX + 1];
	size_t first = 0, n;

	while (next_token(l, &at, token, &n) && *token != '|') {
		if ((first && n != first) || !put_group(to, token, n))
			return false;
		first = n;
	}
	rom_wipe(token, sizeof(token));
	return true;
}

/* Pairs of digits in groups, up to the two blanks before the text of xxd. */
static bool put_xxd(const struct line *l, size_t at, struct bytes *to)
{
	for (; at < l->len; at++) {
		size_t n = 0;

		if (is_blank(l->p[at])) /* the second one */
			return true;
		while (at + n < l->len && !is_blank(l->p[at + n]))
			n++;
		if (!put_hex(to, (const char *)l->p + at, n))
			return false;
		at += n;
	}
	return true;
}

/* An offset, which is how many bytes precede the line, and groups; the last
 * line may have no groups. */
static bool read_dump(const struct line *l, struct bytes *to)
{
	char token[TOKEN_MAX + 1];
	size_t at = 0, n;
	bool xxd;

	if (!next_token(l, &at, token, &n) || n < 6)
		return false;
	xxd = token[n - 1] == ':';
	token[n - xxd] = '\0';
	if (!all_in(token, "0123456789abcdefABCDEF") ||
		(strtoull(token, NULL, 16) != to->n &&
			strtoull(token, NULL, 8) != to->n))
		return false;
	return xxd ? put_xxd(l, at + 1, to) : put_groups(l, at, to);
}

/* As od -An prints it: groups alone. */
static bool read_groups(const struct line *l, struct bytes *to)
{
	return put_groups(l, 0, to);
}

/* ---- keys ---------------------------------------------------------------- */

/* Adds a key, unless the set has it already. */
static enum rom_status add_key(struct rom_secrets *s, const uint8_t *key,
	size_t len, struct rom_err *err)
{
	for (size_t i = 0; i < s->n; i++) {
		if (s->v[i].kind == ROM_SECRET_KEY && s->v[i].len == len &&
			!memcmp(s->v[i].bytes, key, len))
			return ROM_OK;
	}
	return rom_secrets_add(s, ROM_SECRET_KEY, key, len, err);
}

/* What reading the lines in one way gave. */
struct reading {
	struct bytes all;
	size_t ends[BYTES_MAX / 16]; /* of each line in all */
	size_t lines;
	bool each_is_key;
	size_t odd; /* length of the first line that is no key */
};

static bool read_lines(const struct line *text, line_fn read, struct reading *r)
{
	size_t offset = 0, begin = 0;
	struct line l;

	*r = (struct reading){ .each_is_key = true };
	while (next_line(text, &offset, &l)) {
		size_t len;

		if (!read(&l, &r->all) ||
			r->lines == sizeof(r->ends) / sizeof(*r->ends))
			return false;
		len = r->all.n - begin;
		begin = r->all.n;
		if (!len)
			continue;
		r->ends[r->lines++] = begin;
		if (!is_key_length(len) && r->each_is_key) {
			r->each_is_key = false;
			r->odd = len;
		}
	}
	return r->all.n;
}

static bool has_blanks(const struct line *text)
{
	size_t offset = 0;
	struct line l;

	return next_line(text, &offset, &l) && memchr(l.p, ' ', l.len);
}

/* The ways to write a key. alone: lines may be keys of their own. */
static const struct {
	line_fn read;
	bool alone;
} ways[] = {
	{ read_plain, true },
	{ read_c, true },
	{ read_groups, true },
	{ read_dump, false },
};

/* Adds the keys that one way of reading gives; *ret_n counts them. */
static enum rom_status add_reading(struct rom_secrets *s,
	const struct line *text, size_t way, size_t *ret_n, struct rom_err *err)
{
	struct reading *r = rom_alloc(sizeof(*r));
	enum rom_status st = ROM_OK;
	bool good = read_lines(text, ways[way].read, r);
	bool each = good && ways[way].alone && r->each_is_key;
	/* lines that are keys are one key together only if they are groups, as
	 * od prints them */
	bool whole = good && is_key_length(r->all.n) &&
		     (!each || (r->lines > 1 && has_blanks(text)));

	for (size_t i = 0; each && i < r->lines && !st; i++) {
		size_t begin = i ? r->ends[i - 1] : 0;

		st = add_key(s, r->all.v + begin, r->ends[i] - begin, err);
		++*ret_n;
	}
	if (whole && !st) {
		st = add_key(s, r->all.v, r->all.n, err);
		++*ret_n;
	}
	rom_wipe(r, sizeof(*r));
	free(r);
	return st;
}

/* The length to complain about: that of the first line that is no key. */
static size_t wrong_length(const struct line *text)
{
	struct reading *r = rom_alloc(sizeof(*r));
	size_t len = read_lines(text, read_plain, r) ? r->odd : text->len;

	rom_wipe(r, sizeof(*r));
	free(r);
	return len;
}

enum rom_status cli_keys_of_file(struct rom_secrets *s, const char *path,
	const uint8_t *bytes, size_t len, struct rom_err *err)
{
	const struct line text = { bytes, len };
	enum rom_status st = ROM_OK;
	size_t n = 0;

	for (size_t i = 0; i < sizeof(ways) / sizeof(*ways) && !st; i++)
		st = add_reading(s, &text, i, &n, err);
	if (st || n)
		return st;
	if (is_key_length(len))
		return rom_secrets_add(s, ROM_SECRET_KEY, bytes, len, err);
	return rom_fail(err, ROM_E_USAGE, ROM_NO_OFFSET,
		"%s: expected a key of 16, 32, 48 or 64 bytes (or hex digits, "
		"one key per line, or what xxd, od or hexdump print of it), "
		"got "
		"%zu bytes",
		path, wrong_length(&text));
}
