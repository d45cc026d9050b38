/* SPDX-License-Identifier: MIT */
/* checksums.c - checksum lines in the format of sha256sum */

#include "file_log_priv.h"

static void print_escaped(FILE *out, const char *s)
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
	print_escaped(out, path);
	fputc('\n', out);
}

static void sha256sums_file(struct rom_file_log *log,
	const struct rom_file *file, const struct rom_file_result *result)
{
	const struct line_log *l = (struct line_log *)log;

	(void)file;
	if (result->path && result->has_digest[ROM_HASH_SHA256])
		rom_checksum_line(l->out, result->digest[ROM_HASH_SHA256],
			l->prefix, result->path);
}

static struct rom_file_log *sha256sums_open(
	FILE *out, const struct rom_file_log_options *options)
{
	return rom_line_log_new(out, options, sha256sums_file);
}

const struct rom_file_log_kind rom_log_sha256sums = {
	.name = "sha256sums",
	.about = "the SHA-256 of each extracted file, for sha256sum -c",
	.open = sha256sums_open,
};
