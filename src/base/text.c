/* SPDX-License-Identifier: MIT */
/* text.c - formats sizes, times, hex and names for people */
#include <inttypes.h>
#include <stdlib.h>
#include <time.h>

#include "romsplit/base.h"

const char *rom_human(uint64_t bytes, char *buf, size_t len)
{
	static const char *const unit[] = { "KiB", "MiB", "GiB", "TiB", "PiB",
		"EiB" };
	double v = (double)bytes / 1024;
	size_t u = 0;

	if (bytes < 1024) {
		snprintf(buf, len, "%" PRIu64 " bytes", bytes);
		return buf;
	}
	for (; v >= 1023.5 && u + 1 < sizeof(unit) / sizeof(*unit); u++)
		v /= 1024;
	snprintf(buf, len,
		v >= 100 || v == (double)(uint64_t)v ? "%.0f %s" : "%.1f %s", v,
		unit[u]);
	return buf;
}

/* Length of the valid UTF-8 sequence at p, or 0 when there is none; *ret gets
 * the code point. */
static size_t decode_utf8(const uint8_t *p, size_t len, uint32_t *ret)
{
	static const uint32_t min_code[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t n = p[0] < 0x80	     ? 1
		   : p[0] >> 5 == 6  ? 2
		   : p[0] >> 4 == 14 ? 3
		   : p[0] >> 3 == 30 ? 4
				     : 0;
	uint32_t c = n == 1 ? p[0] : p[0] & (0x7fu >> n);

	if (n == 0 || n > len)
		return 0;
	for (size_t i = 1; i < n; i++) {
		if (p[i] >> 6 != 2)
			return 0;
		c = c << 6 | (p[i] & 0x3fu);
	}
	if (c < min_code[n] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
		return 0;
	*ret = c;
	return n;
}

size_t rom_utf8_put(uint32_t c, char *out)
{
	size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
	static const uint8_t lead[] = { 0, 0, 0xc0, 0xe0, 0xf0 };

	for (size_t i = n - 1; i > 0; i--) {
		out[i] = (char)(0x80 | (c & 0x3f));
		c >>= 6;
	}
	out[0] = (char)(lead[n] | c);
	return n;
}

uint32_t rom_utf16_next(const uint16_t *units, size_t n, size_t *i)
{
	uint32_t c = units[(*i)++];

	if (c >> 10 == 0x36 && *i < n && units[*i] >> 10 == 0x37)
		c = 0x10000 + ((c & 0x3ff) << 10 | (units[(*i)++] & 0x3ff));
	return c;
}

bool rom_is_utf8(const char *bytes, size_t len)
{
	const uint8_t *p = (const uint8_t *)bytes;
	uint32_t c;

	for (size_t i = 0, n; i < len; i += n) {
		n = decode_utf8(p + i, len - i, &c);
		if (!n)
			return false;
	}
	return true;
}

/* Invisible characters that change how a line looks: C1 controls, marks that
 * change the direction. */
static bool is_deceptive(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) ||
	       (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
	       (c >= 0x2066 && c <= 0x2069) || c == 0xfeff || c == 0x61c;
}

/* Converts bytes to printable text. escape_backslash makes escaped bytes
 * distinguishable from a literal backslash. */
static char *printable(const char *bytes, size_t len, bool escape_backslash)
{
	const uint8_t *p = (const uint8_t *)bytes;
	char *out = rom_alloc(len * 4 + 1), *o = out;
	uint32_t c;

	for (size_t i = 0, n; i < len; i += n) {
		n = decode_utf8(p + i, len - i, &c);
		if (n && c == '\\' && escape_backslash) {
			o = stpcpy(o, "\\\\");
		} else if (n && !is_deceptive(c)) {
			o = mempcpy(o, p + i, n);
		} else {
			n = n ? n : 1;
			for (size_t k = 0; k < n; k++)
				o += sprintf(o, "\\x%02x", p[i + k]);
		}
	}
	return out;
}

char *rom_printable(const char *bytes, size_t len)
{
	return printable(bytes, len, true);
}

char *rom_one_line(const char *text)
{
	return printable(text, strlen(text), false);
}

void rom_hex(const uint8_t *bytes, size_t len, char *out)
{
	static const char digit[] = "0123456789abcdef";

	for (size_t i = 0; i < len; i++) {
		*out++ = digit[bytes[i] >> 4];
		*out++ = digit[bytes[i] & 15];
	}
	*out = '\0';
}

bool rom_unhex(const char *s, uint8_t *out, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		char pair[3] = { s[0], s[0] ? s[1] : '\0', '\0' };

		if (strspn(pair, "0123456789abcdefABCDEF") != 2)
			return false;
		out[i] = (uint8_t)strtoul(pair, NULL, 16);
		s += 2;
	}
	return *s == '\0';
}

const char *rom_utc(int64_t seconds, char *buf, size_t len)
{
	time_t t = (time_t)seconds;
	struct tm tm;

	if (!gmtime_r(&t, &tm) || !strftime(buf, len, "%Y-%m-%d %H:%M:%S", &tm))
		snprintf(buf, len, "%" PRId64 " s", seconds);
	return buf;
}

/* ---- quoting for a shell ------------------------------------------------- */

static bool is_plain_word(const char *text)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnop"
				    "qrstuvwxyz0123456789_./:=,+@%-";

	return *text && !text[strspn(text, plain)];
}

static bool is_text(const char *text)
{
	for (const char *p = text; *p; p++) {
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			return false;
	}
	return rom_is_utf8(text, strlen(text));
}

/* Writes one byte inside the quotes to to; returns the bytes written. */
static size_t quote_byte(char *to, unsigned char byte, bool text)
{
	if (byte == '\'')
		return (size_t)sprintf(to, text ? "'\\''" : "\\'");
	if (text || (byte >= 0x20 && byte < 0x7f && byte != '\\'))
		return (size_t)sprintf(to, "%c", byte);
	return (size_t)sprintf(to, "\\x%02x", byte);
}

char *rom_shell_word(const char *text)
{
	bool is = is_text(text);
	char *word;
	size_t n;

	if (is_plain_word(text))
		return rom_strdup(text);
	word = rom_alloc(strlen(text) * 4 + 5);
	strcpy(word, is ? "'" : "$'");
	n = strlen(word);
	for (const char *p = text; *p; p++)
		n += quote_byte(word + n, (unsigned char)*p, is);
	strcpy(word + n, "'");
	return word;
}
