/* SPDX-License-Identifier: MIT */
/*
 * nokey.c - encrypted names as the kernel shows them without the key (Linux
 * fs/crypto/fname.c, since 5.10)
 *
 * base64url, without padding, of: 4 hash, 4 minor hash (little-endian), up to
 * 149 bytes of ciphertext and, for a longer name, the SHA-256 of the rest.
 */
#include <stdlib.h>

#include "fs_priv.h"

enum { HEAD = 8, PLAIN = 149 };

static char *base64url(const uint8_t *p, size_t len)
{
	static const char digit[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnop"
				    "qrstuvwxyz0123456789-_";
	char *out = rom_alloc(len * 4 / 3 + 3), *o = out;
	uint32_t acc = 0;
	unsigned bits = 0;

	for (size_t i = 0; i < len; i++) {
		acc = acc << 8 | p[i];
		for (bits += 8; bits >= 6; bits -= 6)
			*o++ = digit[acc >> (bits - 6) & 63];
	}
	if (bits)
		*o++ = digit[acc << (6 - bits) & 63];
	return out;
}

char *rom_nokey_name(
	uint32_t hash, uint32_t minor, const void *bytes, size_t len)
{
	uint8_t buf[HEAD + PLAIN + ROM_SHA256_LEN];
	size_t n = len < PLAIN ? len : PLAIN;

	for (size_t i = 0; i < 4; i++) {
		buf[i] = (uint8_t)(hash >> 8 * i);
		buf[4 + i] = (uint8_t)(minor >> 8 * i);
	}
	memcpy(buf + HEAD, bytes, n);
	if (len > n) {
		struct rom_digest *d = rom_digest_new(ROM_HASH_SHA256);

		rom_digest_update(d, (const uint8_t *)bytes + n, len - n);
		rom_digest_final(d, buf + HEAD + n);
		rom_digest_free(d);
		n += ROM_SHA256_LEN;
	}
	return base64url(buf, HEAD + n);
}

char *rom_dirent_name(const struct rom_inode *dir, const struct rom_dirent *e,
	size_t *ret_len)
{
	char *name;

	if (dir->encrypted) {
		name = rom_nokey_name(e->hash, e->minor_hash, e->name, e->len);
		*ret_len = strlen(name);
		return name;
	}
	name = rom_alloc(e->len + 1);
	memcpy(name, e->name, e->len);
	*ret_len = e->len;
	return name;
}
