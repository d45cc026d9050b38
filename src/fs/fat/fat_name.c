/* SPDX-License-Identifier: MIT */
/*
 * fat_name.c - names and times of directory entries
 *
 * A short name is in the code page of its writer, which is not stored: 437 is
 * assumed, like most systems do. A long name is UTF-16. Times are local times
 * of the writer; they are taken as UTC, because the zone is not stored.
 */
#include "fat_priv.h"

enum {
	BASE = 8,
	EXTENSION = 3,
	CASE_AT = 0x0c,
	LOWER_BASE = 0x08,
	LOWER_EXTENSION = 0x10,
	/* stands for E5 as the first byte, which would mean deleted */
	KANJI_E5 = 0x05,
};

/* Code page 437 from 80 on */
static const uint16_t cp437[128] = {
	0x00c7,
	0x00fc,
	0x00e9,
	0x00e2,
	0x00e4,
	0x00e0,
	0x00e5,
	0x00e7,
	0x00ea,
	0x00eb,
	0x00e8,
	0x00ef,
	0x00ee,
	0x00ec,
	0x00c4,
	0x00c5,
	0x00c9,
	0x00e6,
	0x00c6,
	0x00f4,
	0x00f6,
	0x00f2,
	0x00fb,
	0x00f9,
	0x00ff,
	0x00d6,
	0x00dc,
	0x00a2,
	0x00a3,
	0x00a5,
	0x20a7,
	0x0192,
	0x00e1,
	0x00ed,
	0x00f3,
	0x00fa,
	0x00f1,
	0x00d1,
	0x00aa,
	0x00ba,
	0x00bf,
	0x2310,
	0x00ac,
	0x00bd,
	0x00bc,
	0x00a1,
	0x00ab,
	0x00bb,
	0x2591,
	0x2592,
	0x2593,
	0x2502,
	0x2524,
	0x2561,
	0x2562,
	0x2556,
	0x2555,
	0x2563,
	0x2551,
	0x2557,
	0x255d,
	0x255c,
	0x255b,
	0x2510,
	0x2514,
	0x2534,
	0x252c,
	0x251c,
	0x2500,
	0x253c,
	0x255e,
	0x255f,
	0x255a,
	0x2554,
	0x2569,
	0x2566,
	0x2560,
	0x2550,
	0x256c,
	0x2567,
	0x2568,
	0x2564,
	0x2565,
	0x2559,
	0x2558,
	0x2552,
	0x2553,
	0x256b,
	0x256a,
	0x2518,
	0x250c,
	0x2588,
	0x2584,
	0x258c,
	0x2590,
	0x2580,
	0x03b1,
	0x00df,
	0x0393,
	0x03c0,
	0x03a3,
	0x03c3,
	0x00b5,
	0x03c4,
	0x03a6,
	0x0398,
	0x03a9,
	0x03b4,
	0x221e,
	0x03c6,
	0x03b5,
	0x2229,
	0x2261,
	0x00b1,
	0x2265,
	0x2264,
	0x2320,
	0x2321,
	0x00f7,
	0x2248,
	0x00b0,
	0x2219,
	0x00b7,
	0x221a,
	0x207f,
	0x00b2,
	0x25a0,
	0x00a0,
};

size_t rom_fat_utf8(const uint16_t *units, size_t n, char *out)
{
	size_t len = 0;

	for (size_t i = 0; i < n;)
		len += rom_utf8_put(rom_utf16_next(units, n, &i), out + len);
	out[len] = '\0';
	return len;
}

static size_t put_part(
	const uint8_t *p, size_t n, bool lower, bool first, char *out)
{
	size_t len = 0;

	while (n && p[n - 1] == ' ')
		n--;
	for (size_t i = 0; i < n; i++) {
		uint8_t b = first && i == 0 && p[i] == KANJI_E5 ? 0xe5 : p[i];

		if (lower && b >= 'A' && b <= 'Z')
			b = (uint8_t)(b + 'a' - 'A');
		len += rom_utf8_put(b < 0x80 ? b : cp437[b - 0x80], out + len);
	}
	return len;
}

size_t rom_fat_short_name(const uint8_t *entry, char *out)
{
	size_t n =
		put_part(entry, BASE, entry[CASE_AT] & LOWER_BASE, true, out);
	size_t ext = put_part(entry + BASE, EXTENSION,
		entry[CASE_AT] & LOWER_EXTENSION, false, out + n + 1);

	if (ext) {
		out[n] = '.';
		n += 1 + ext;
	}
	out[n] = '\0';
	return n;
}

/* ---- times --------------------------------------------------------------- */

/*
 * date: 7 bits years since 1980, 4 month, 5 day   time: 5 bits hour, 6 minute,
 * 5 seconds / 2
 */
struct parts {
	unsigned year, month, day, hour, minute, second;
};

static struct parts parts_of(uint32_t stamp)
{
	return (struct parts){ 1980 + (stamp >> 25), stamp >> 21 & 15,
		stamp >> 16 & 31, stamp >> 11 & 31, stamp >> 5 & 63,
		2 * (stamp & 31) };
}

bool rom_fat_is_time(uint32_t stamp)
{
	struct parts p = parts_of(stamp);

	return p.month >= 1 && p.month <= 12 && p.day >= 1 && p.hour < 24 &&
	       p.minute < 60 && p.second < 60;
}

/* Days from 1970 to the first of a month; years 1980 to 2107. */
static int64_t days_to(unsigned year, unsigned month)
{
	static const uint16_t before[] = { 0, 31, 59, 90, 120, 151, 181, 212,
		243, 273, 304, 334 };
	bool leap = year % 4 == 0 && year != 2100;
	/* leap years from 1972 to the year before */
	unsigned leaps = (year - 1969) / 4 - (year > 2100);

	return (int64_t)(year - 1970) * 365 + leaps + before[month - 1] +
	       (leap && month > 2);
}

struct rom_time rom_fat_time(uint32_t stamp, uint8_t hundredths)
{
	struct parts p = parts_of(stamp);
	struct rom_time t = { 0 };

	if (!rom_fat_is_time(stamp))
		return t;
	t.sec = (days_to(p.year, p.month) + p.day - 1) * 86400 + p.hour * 3600 +
		p.minute * 60 + p.second;
	if (hundredths < 200) {
		t.sec += hundredths / 100;
		t.nsec = hundredths % 100 * 10000000u;
	}
	return t;
}
