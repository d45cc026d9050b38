/* SPDX-License-Identifier: MIT */
/* checksum_file.c - SHA-256 and comparison of files in the output */
#include <errno.h>

#include "romsplit/output.h"

enum rom_status rom_checksum_file(
	struct rom_out_file *file, uint8_t *ret, struct rom_err *err)
{
	ROM_AUTO uint8_t *buf = rom_alloc(1 << 18);
	struct rom_digest *d = rom_digest_new(ROM_HASH_SHA256);
	enum rom_status st = ROM_OK;
	uint64_t offset = 0;
	int64_t n;

	while ((n = rom_out_file_read(file, buf, 1 << 18, offset)) > 0) {
		rom_digest_update(d, buf, (size_t)n);
		offset += (uint64_t)n;
	}
	if (n < 0)
		st = rom_fail(err, ROM_E_IO, offset, "cannot read: %s",
			strerror(errno));
	else
		rom_digest_final(d, ret);
	rom_digest_free(d);
	return st;
}

bool rom_out_same_content(struct rom_out_file *a, struct rom_out_file *b)
{
	enum { PIECE = 1 << 17 };
	ROM_AUTO uint8_t *buf = rom_alloc(2 * PIECE);
	uint64_t offset = 0;
	int64_t n;

	do {
		n = rom_out_file_read(a, buf, PIECE, offset);
		if (n < 0 ||
			rom_out_file_read(b, buf + PIECE, PIECE, offset) != n ||
			memcmp(buf, buf + PIECE, (size_t)n))
			return false;
		offset += (uint64_t)n;
	} while (n > 0);
	return true;
}
