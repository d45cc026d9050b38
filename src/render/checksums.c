/* SPDX-License-Identifier: MIT */
/* checksums.c - lines as sha256sum writes and checks them */

#include "romsplit/render.h"

static void escaped(FILE *out, const char *s)
{
	for (; *s; s++) {
		if (*s == '\\')
			fputs("\\\\", out);
		else if (*s == '\n')
			fputs("\\n", out);
		else if (*s == '\r')
			fputs("\\r", out);
		else
			fputc(*s, out);
	}
}

void rom_checksum_line(
	FILE *out, const uint8_t *sha256, const char *prefix, const char *path)
{
	char hex[2 * ROM_SHA256_LEN + 1];

	rom_hex(sha256, ROM_SHA256_LEN, hex);
	if (strpbrk(path, "\\\n\r"))
		fputc('\\', out);
	fprintf(out, "%s  %s", hex, prefix);
	escaped(out, path);
	fputc('\n', out);
}
