/* SPDX-License-Identifier: MIT */
/* aes_block.c - AES on a few blocks at a time: ECB, CBC, GCM; wiping of
 * memory */
#include <openssl/crypto.h>

#include "evp_priv.h"

void rom_wipe(void *p, size_t len)
{
	if (p)
		OPENSSL_cleanse(p, len);
}

void rom_aes_ecb_encrypt(const uint8_t *key, size_t key_len, const uint8_t *in,
	size_t len, uint8_t *out)
{
	EVP_CIPHER_CTX *ctx = rom_evp_context(
		key_len == 32 ? EVP_aes_256_ecb() : EVP_aes_128_ecb(), key,
		true);

	memmove(out, in, len);
	rom_evp_update(ctx, out, len);
	EVP_CIPHER_CTX_free(ctx);
}

void rom_aes128_cbc_decrypt(
	const uint8_t key[16], const uint8_t iv[16], uint8_t *data, size_t len)
{
	EVP_CIPHER_CTX *ctx = rom_evp_context(EVP_aes_128_cbc(), key, false);

	rom_evp_set_iv(ctx, iv);
	rom_evp_update(ctx, data, len);
	EVP_CIPHER_CTX_free(ctx);
}

bool rom_aes256_gcm_decrypt(const uint8_t key[32], const uint8_t nonce[12],
	const uint8_t *in, size_t len, const uint8_t tag[16], uint8_t *out)
{
	EVP_CIPHER_CTX *ctx = rom_evp_context(EVP_aes_256_gcm(), key, false);
	uint8_t copy[16], none[16];
	int n = 0;
	bool good;

	memcpy(copy, tag, sizeof(copy));
	memmove(out, in, len);
	/* a nonce of 12 bytes is the default of GCM */
	rom_evp_set_iv(ctx, nonce);
	rom_evp_update(ctx, out, len);
	rom_evp_check(EVP_CIPHER_CTX_ctrl(
		ctx, EVP_CTRL_AEAD_SET_TAG, sizeof(copy), copy));
	good = EVP_CipherFinal_ex(ctx, none, &n) == 1;
	EVP_CIPHER_CTX_free(ctx);
	return good;
}
