/* SPDX-License-Identifier: MIT */
/*
 * content.c - recognizes files without a format: empty, one byte repeated, or
 * eCryptfs ciphertext
 *
 * eCryptfs header, big-endian (Linux: fs/ecryptfs/crypto.c)
 *   0x00  8  size of the decrypted file
 *   0x08  4  a random number    0x0c  4  that number ^ 3c81b7f5
 *   0x10  4  version (high byte) and flags
 */
#include "media_priv.h"

enum { PIECE = 64 << 10, ECRYPTFS_MARKER = 0x3c81b7f5, ECRYPTFS_HEAD = 20 };

const char *rom_content_name(enum rom_content content)
{
	static const char *const names[] = { "unknown", "format", "empty",
		"zeros", "ones", "ecryptfs" };

	return names[content];
}

static bool is_ecryptfs(const uint8_t *head, size_t len, uint64_t size)
{
	struct rom_buffer v = { .p = head, .len = len };
	uint64_t plain = rom_be64(&v, 0);

	/* the header has at least two pages, and data are never compressed, so
	 * the plaintext cannot be longer than the file */
	return len >= ECRYPTFS_HEAD &&
	       (rom_be32(&v, 8) ^ ECRYPTFS_MARKER) == rom_be32(&v, 12) &&
	       plain <= size && rom_u8(&v, 16) <= 3;
}

static bool is_all(const uint8_t *p, size_t len, uint8_t byte)
{
	return len == 0 || (*p == byte && !memcmp(p, p + 1, len - 1));
}

/* Checks whether all of the range has that value; a hole counts as zeros
 * without being read. */
static enum rom_status check_bytes(struct rom_image *img,
	struct rom_range range, uint8_t byte, bool *ret, struct rom_err *err)
{
	ROM_AUTO uint8_t *buf = rom_alloc(PIECE);
	uint64_t end = rom_range_end(range);
	struct rom_span span;

	*ret = true;
	for (uint64_t at = range.offset; *ret && at < end; at += span.len) {
		enum rom_status st;

		rom_image_map(img, at, end - at, &span);
		if (span.kind == ROM_SPAN_HOLE) {
			*ret = byte == 0;
			continue;
		}
		span.len = rom_min(span.len, PIECE);
		st = rom_read(img, buf, (size_t)span.len, at, err);
		if (st)
			return st;
		*ret = is_all(buf, (size_t)span.len, byte);
	}
	return ROM_OK;
}

static enum rom_status check_constant(struct rom_image *img,
	struct rom_range file, uint8_t byte, enum rom_content *ret,
	struct rom_err *err)
{
	bool alike;
	enum rom_status st = check_bytes(img, file, byte, &alike, err);

	if (!st && alike)
		*ret = byte ? ROM_CONTENT_ONES : ROM_CONTENT_ZEROS;
	return st;
}

enum rom_content rom_content_of_head(const uint8_t *head, size_t len,
	uint64_t size, const struct rom_media_format **ret_format)
{
	const struct rom_media_format *format =
		len ? rom_media_identify(head, len) : NULL;

	if (ret_format)
		*ret_format = format;
	if (format)
		return ROM_CONTENT_FORMAT;
	if (!size)
		return ROM_CONTENT_EMPTY;
	if (is_ecryptfs(head, len, size))
		return ROM_CONTENT_ECRYPTFS;
	if (len && (*head == 0 || *head == 0xff) && is_all(head, len, *head))
		return *head ? ROM_CONTENT_ONES : ROM_CONTENT_ZEROS;
	return ROM_CONTENT_UNKNOWN;
}

enum rom_status rom_content_of(struct rom_image *img, struct rom_range file,
	enum rom_content *ret, const struct rom_media_format **ret_format,
	struct rom_err *err)
{
	uint8_t head[ROM_MEDIA_HEAD];
	size_t len = (size_t)rom_min(file.len, sizeof(head));
	enum rom_status st = rom_read(img, head, len, file.offset, err);

	if (st)
		return st;
	*ret = rom_content_of_head(head, len, file.len, ret_format);
	if (*ret != ROM_CONTENT_ZEROS && *ret != ROM_CONTENT_ONES)
		return ROM_OK;
	*ret = ROM_CONTENT_UNKNOWN;
	return check_constant(img, file, *head, ret, err);
}
