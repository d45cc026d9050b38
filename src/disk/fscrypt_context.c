/* SPDX-License-Identifier: MIT */
/*
 * fscrypt_context.c - the encryption context of a file (Linux
 * fs/crypto/fscrypt_private.h)
 *
 *   v1, 28 bytes  1 version  1 contents  1 names  1 flags
 *                 8 key descriptor  16 nonce
 *   v2, 40 bytes  1 version  1 contents  1 names  1 flags
 *                 1 log2 data unit  3 zero  16 key identifier  16 nonce
 */
#include "romsplit/disk.h"

enum rom_status rom_fscrypt_decode(
	struct rom_buffer *v, struct rom_fscrypt *ret)
{
	struct rom_fscrypt c = { 0 };
	uint8_t version = rom_u8(v, 0);
	size_t key_at = version == 1 ? 4 : 8;

	if (!(version == 1 && v->len == 28) && !(version == 2 && v->len == 40))
		return ROM_NO_MATCH;
	c.version = version;
	c.contents = rom_u8(v, 1);
	c.names = rom_u8(v, 2);
	c.flags = rom_u8(v, 3);
	c.unit_log = version == 2 ? rom_u8(v, 4) : 0;
	c.key_len = version == 1 ? 8 : 16;
	memcpy(c.key, v->p + key_at, c.key_len);
	memcpy(c.nonce, v->p + key_at + c.key_len, sizeof(c.nonce));
	*ret = c;
	return ROM_OK;
}

const char *rom_fscrypt_mode_name(uint8_t mode)
{
	switch (mode) {
	case 1:
		return "AES-256-XTS";
	case 4:
		return "AES-256-CTS-CBC";
	case 5:
		return "AES-128-CBC-ESSIV";
	case 6:
		return "AES-128-CTS-CBC";
	case 9:
		return "Adiantum";
	case 10:
		return "AES-256-HCTR2";
	case 126:
		return "AES-256-HEH";
	case 127:
		return "private (inline hardware)";
	default:
		return "unknown";
	}
}
