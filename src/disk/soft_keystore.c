/* SPDX-License-Identifier: MIT */
/*
 * soft_keystore.c - a key blob of a software keymaster, which holds an AES key
 * in the clear (emulators, boxes without a TEE)
 *
 * optionally "pKMblob" 00, then 1 version 00, 4 length 32 (little-endian), 32
 * key, parameters, 8 HMAC (system/keymaster, integrity_assured_key_blob)
 */
#include "romsplit/disk.h"

bool rom_soft_key_decode(struct rom_buffer *v, uint8_t key[32])
{
	size_t offset = rom_buffer_has(v, 0, "pKMblob\0", 8) ? 8 : 0;
	struct rom_buffer bytes = rom_buffer_part(v, offset + 5, 32);

	if (!rom_buffer_has(v, offset, "\0\x20\0\0\0", 5) || bytes.len < 32 ||
		v->len < offset + 5 + 32 + 8)
		return false;
	memcpy(key, bytes.p, 32);
	return true;
}
