/* SPDX-License-Identifier: MIT */
/* sums.c - lines as sha256sum writes and checks them */
#include <errno.h>
#include <unistd.h>

#include "romsplit/emit.h"

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

void rom_sums_line(
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

enum rom_status rom_sums_file(int fd, uint8_t *ret, struct rom_err *err)
{
	ROM_AUTO uint8_t *buf = rom_alloc(1 << 18);
	struct rom_digest *d = rom_digest_new(ROM_HASH_SHA256);
	enum rom_status st = ROM_OK;
	uint64_t at = 0;
	ssize_t n;

	while ((n = pread(fd, buf, 1 << 18, (off_t)at)) > 0) {
		rom_digest_update(d, buf, (size_t)n);
		at += (uint64_t)n;
	}
	if (n < 0)
		st = rom_fail(
			err, ROM_E_IO, at, "cannot read: %s", strerror(errno));
	else
		rom_digest_final(d, ret);
	rom_digest_free(d);
	return st;
}
