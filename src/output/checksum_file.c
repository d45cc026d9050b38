/* SPDX-License-Identifier: MIT */
/* checksum_file.c - SHA-256 and comparison of files in the output */
#include <errno.h>

#include "romsplit/output.h"

enum rom_status rom_checksum_file(struct rom_out_file *file,
	const struct rom_progress *progress, uint8_t *ret, struct rom_err *err)
{
	ROM_AUTO uint8_t *buf = rom_alloc(1 << 18);
	struct rom_digest *d = rom_digest_new(ROM_HASH_SHA256);
	enum rom_status st = ROM_OK;
	uint64_t offset = 0;
	bool stopped = false;
	int64_t n = 0;

	while (!(stopped = progress && progress->stop) &&
		(n = rom_out_file_read(file, buf, 1 << 18, offset)) > 0) {
		rom_digest_update(d, buf, (size_t)n);
		offset += (uint64_t)n;
	}
	if (stopped)
		st = rom_fail(err, ROM_E_STOPPED, ROM_NO_OFFSET, "stopped");
	else if (n < 0)
		st = rom_fail(err, ROM_E_IO, offset, "cannot read it back: %s",
			strerror(errno));
	else
		rom_digest_final(d, ret);
	rom_digest_free(d);
	return st;
}

bool rom_out_same_content(struct rom_out_file *a, struct rom_out_file *b,
	const struct rom_progress *progress)
{
	enum { PIECE = 1 << 17 };
	ROM_AUTO uint8_t *buf = rom_alloc(2 * PIECE);
	uint64_t offset = 0;
	int64_t n;

	do {
		n = rom_out_file_read(a, buf, PIECE, offset);
		if (n < 0 || rom_is_stopped(progress) ||
			rom_out_file_read(b, buf + PIECE, PIECE, offset) != n ||
			memcmp(buf, buf + PIECE, (size_t)n))
			return false;
		offset += (uint64_t)n;
	} while (n > 0);
	return true;
}

char *rom_out_read_text(struct rom_dir *dir, const char *name, size_t *ret_len)
{
	struct rom_out_file *file = rom_out_file_open(dir, name);
	struct rom_entry entry;
	char *text = NULL;
	int64_t n = 1;

	*ret_len = 0;
	if (file && rom_out_file_stat(file, &entry) &&
		entry.type == ROM_ENTRY_FILE && entry.size <= ROM_MAX_TEXT)
		text = rom_alloc((size_t)entry.size + 1);
	while (text && n > 0 && *ret_len < entry.size) {
		n = rom_out_file_read(file, text + *ret_len,
			(size_t)entry.size - *ret_len, *ret_len);
		*ret_len += n > 0 ? (size_t)n : 0;
	}
	rom_out_file_close(file);
	return text;
}
