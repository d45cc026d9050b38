/* SPDX-License-Identifier: MIT */
/*
 * samsung.c - Samsung's own key for full-disk encryption (Android 4)
 *
 * KEK = PBKDF2-HMAC-SHA256(password, salt, 4096 rounds), 32 bytes. The EDK is
 * right for it if HMAC-SHA256(KEK, EDK) is the check value. Each half of the
 * key is that half of the EDK, XORed with AES-256(KEK) of a constant block.
 */
#include "crypt_priv.h"

enum { ROUNDS = 4096, HALF = 16 };

static void decrypt_edk(
	const uint8_t kek[32], const uint8_t edk[32], uint8_t key[32])
{
	uint8_t blocks[2 * HALF];

	for (uint8_t i = 0; i < sizeof(blocks); i++)
		blocks[i] = i % HALF;
	blocks[HALF] = 1; /* 00 01 02 .. 0f, then 01 01 02 .. 0f */
	rom_aes_ecb_encrypt(kek, 32, blocks, sizeof(blocks), blocks);
	for (size_t i = 0; i < sizeof(blocks); i++)
		key[i] = edk[i] ^ blocks[i];
	rom_wipe(blocks, sizeof(blocks));
}

bool rom_samsung_derive(const struct rom_samsung_edk *e, const void *password,
	size_t len, uint8_t key[32])
{
	uint8_t kek[32], mac[ROM_SHA256_LEN];
	bool good;

	rom_pbkdf2(ROM_HASH_SHA256, password, len, e->salt, sizeof(e->salt),
		ROUNDS, kek, sizeof(kek));
	rom_hmac_sha256(kek, sizeof(kek), e->edk, sizeof(e->edk), mac);
	good = !memcmp(mac, e->mac, sizeof(mac));
	if (good)
		decrypt_edk(kek, e->edk, key);
	rom_wipe(kek, sizeof(kek));
	return good;
}
