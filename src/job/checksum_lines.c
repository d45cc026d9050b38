/* SPDX-License-Identifier: MIT */
/*
 * checksum_lines.c - the lines of a SHA256SUMS, which may be anything
 *
 * It was written by an earlier run, and since then lay about: a line may be
 * cut, may never end, may hold a NUL. What is no line is reported, not skipped.
 */
#include <errno.h>
#include <stdlib.h>

#include "verify_priv.h"

enum {
	/* the longest path of Linux, every byte escaped, and the digest */
	LINE = 2 * 4096 + 128,
	BUFFER = 1 << 16,
};

struct rom_checksum_lines *rom_checksum_lines_new(struct rom_out_file *file)
{
	struct rom_checksum_lines *l = rom_alloc(sizeof(*l));

	l->file = file;
	l->buf = rom_alloc(BUFFER);
	return l;
}

void rom_checksum_lines_free(struct rom_checksum_lines *l)
{
	free(l->buf);
	free(l);
}

/* More of the file behind what is not used up yet; 0 at its end, -1 with
 * errno. */
static int64_t read_more(struct rom_checksum_lines *l)
{
	int64_t n;

	memmove(l->buf, l->buf + l->used, l->n - l->used);
	l->n -= l->used;
	l->used = 0;
	n = rom_out_file_read(l->file, l->buf + l->n, BUFFER - l->n, l->offset);
	l->n += n > 0 ? (size_t)n : 0;
	l->offset += n > 0 ? (uint64_t)n : 0;
	return n;
}

/* The next line in the buffer, without its line feed; NULL: there is no whole
 * one. */
static char *take_line(struct rom_checksum_lines *l, size_t *ret_len)
{
	char *line = l->buf + l->used,
	     *end = memchr(line, '\n', l->n - l->used);

	if (!end)
		return NULL;
	*end = '\0';
	*ret_len = (size_t)(end - line);
	l->used += *ret_len + 1;
	return line;
}

/* The name, unescaped in place. */
static void unescape(char *name)
{
	char *out = name;

	for (char *in = name; *in; in++) {
		if (*in == '\\' && in[1]) {
			in++;
			*out++ = *in == 'n' ? '\n' : *in == 'r' ? '\r' : *in;
		} else {
			*out++ = *in;
		}
	}
	*out = '\0';
}

static bool parse(char *line, size_t len, struct rom_checksum_row *ret)
{
	bool escaped = *line == '\\';
	char *hex = line + escaped;

	if (len > LINE || strlen(line) != len || strlen(hex) < 67 ||
		hex[64] != ' ' || (hex[65] != ' ' && hex[65] != '*'))
		return false;
	hex[64] = '\0';
	if (!rom_unhex(hex, ret->sha256, ROM_SHA256_LEN))
		return false;
	ret->path = hex + 66;
	if (escaped)
		unescape(hex + 66);
	return true;
}

enum rom_checksum_line rom_checksum_lines_next(
	struct rom_checksum_lines *l, struct rom_checksum_row *ret)
{
	size_t len = 0;
	char *line;
	int64_t n;

	while (!(line = take_line(l, &len))) {
		/* no line is that long: what it ends in is none either */
		if (l->n - l->used > LINE) {
			l->used = l->n;
			l->is_long = true;
		}
		n = read_more(l);
		if (n < 0)
			return ROM_CHECKSUM_UNREAD;
		if (n > 0)
			continue;
		/* a line without its end was cut */
		if (l->n == 0 && !l->is_long)
			return ROM_CHECKSUM_END;
		l->n = 0;
		l->is_long = false;
		return ROM_CHECKSUM_INVALID;
	}
	if (l->is_long || !parse(line, len, ret)) {
		l->is_long = false;
		return ROM_CHECKSUM_INVALID;
	}
	return ROM_CHECKSUM_ROW;
}
