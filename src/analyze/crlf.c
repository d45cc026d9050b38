/* SPDX-License-Identifier: MIT */
/*
 * crlf.c - tells a dump that came through the terminal of `adb shell`, which
 * puts an 0D before each 0A and so shifts everything behind
 *
 * One 0A without an 0D before it proves the contrary. In bytes that came
 * otherwise one 0A of 256 stands behind an 0D, so some dozens of them without
 * an exception are no chance. Text does not count: Windows ends lines so.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "analyze_priv.h"

enum {
	CHUNK = 64 << 10,
	/* the beginning first, then spread over the dump: most dumps are told
	 * by the first chunk */
	FRONT = 16,
	SPREAD = 48,
	ENOUGH = 24, /* bytes 0A that are not in text */
};

struct look {
	uint64_t lines;
	uint64_t binary; /* of these, not between characters of text */
	bool lone;
};

static bool is_text(uint8_t c)
{
	return (c >= ' ' && c < 0x7f) || c == '\t' || c == '\r' || c == '\n';
}

static void look_at(struct look *l, const uint8_t *p, size_t len, bool first)
{
	const uint8_t *from = p, *end = p + len, *lf;

	while ((lf = memchr(from, '\n', (size_t)(end - from)))) {
		from = lf + 1;
		/* what precedes the chunk is not known */
		if (lf == p && !first)
			continue;
		if (lf == p || lf[-1] != '\r') {
			l->lone = true;
			return;
		}
		l->lines++;
		l->binary += (lf - p > 1 && !is_text(lf[-2])) ||
			     (from < end && !is_text(*from));
	}
}

static void look_from(
	struct rom_image *img, uint8_t *buf, uint64_t offset, struct look *l)
{
	struct rom_err err;
	size_t len = 0;

	if (rom_read_some(img, buf, CHUNK, offset, &len, &err))
		return;
	look_at(l, buf, len, offset == 0);
}

/* How many bytes 0A show it; 0: they do not. */
static uint64_t count_lines(struct rom_image *img)
{
	ROM_AUTO uint8_t *buf = rom_alloc(CHUNK);
	uint64_t step = img->size / SPREAD / CHUNK * CHUNK;
	struct look l = { 0 };

	for (uint64_t i = 0; i < FRONT + SPREAD; i++) {
		uint64_t offset =
			i < FRONT ? i * CHUNK : (i - FRONT) * step + step / 2;

		if (l.lone)
			break;
		/* a small file has been seen whole */
		if (offset < img->size && (i < FRONT || step > CHUNK))
			look_from(img, buf, offset, &l);
	}
	return !l.lone && l.binary >= ENOUGH ? l.lines : 0;
}

void rom_analyze_crlf(struct rom_dump *dump)
{
	dump->crlf = count_lines(dump->img);
	if (!dump->crlf)
		return;
	rom_report_note(dump->report, ROM_DAMAGE, NULL, ROM_NO_OFFSET,
		"each of the %" PRIu64
		" bytes 0A that were looked at stands behind an 0D (by chance "
		"one of 256 does): this dump came through the terminal of adb "
		"shell, which puts them there, so all bytes behind the first "
		"are shifted and nothing in it is right; undo it: romsplit "
		"repair-crlf IN OUT",
		dump->crlf);
}
