/* SPDX-License-Identifier: MIT */
/* evp.c - creates and feeds libcrypto's contexts; a failure there ends the
 * process */
#include <stdlib.h>

#include "evp_priv.h"

void rom_evp_check(int ok)
{
	if (ok != 1)
		/* libcrypto lacks this algorithm, or memory is exhausted: no
		 * output could be trusted */
		rom_end_process("libcrypto cannot go on: out of memory, or "
				"built without a digest or cipher");
}

EVP_CIPHER_CTX *rom_evp_context(
	const EVP_CIPHER *cipher, const uint8_t *key, bool encrypt)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();

	rom_evp_check(ctx && cipher);
	rom_evp_check(EVP_CipherInit_ex(ctx, cipher, NULL, key, NULL, encrypt));
	rom_evp_check(EVP_CIPHER_CTX_set_padding(ctx, 0));
	return ctx;
}

void rom_evp_update(EVP_CIPHER_CTX *ctx, uint8_t *data, size_t len)
{
	int n = 0;

	rom_evp_check(EVP_CipherUpdate(ctx, data, &n, data, (int)len));
	rom_evp_check((size_t)n == len);
}

void rom_evp_set_iv(EVP_CIPHER_CTX *ctx, const uint8_t *iv)
{
	rom_evp_check(EVP_CipherInit_ex(ctx, NULL, NULL, NULL, iv, -1));
}
