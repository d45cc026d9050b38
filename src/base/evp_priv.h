/* SPDX-License-Identifier: MIT */
/* evp_priv.h - what the modules that call libcrypto share */
#ifndef ROMSPLIT_EVP_PRIV_H
#define ROMSPLIT_EVP_PRIV_H

#include <openssl/evp.h>

#include "base_priv.h"

/* Ends the process unless ok is 1, which is libcrypto's value for success. */
void rom_evp_check(int ok);
/* A context without padding, with a key of the length that the cipher has. The
 * caller frees it. */
EVP_CIPHER_CTX *rom_evp_context(
	const EVP_CIPHER *cipher, const uint8_t *key, bool encrypt);
/* Encrypts or decrypts in place, which libcrypto supports. len is that of a
 * unit or a batch, which fits an int. */
void rom_evp_update(EVP_CIPHER_CTX *ctx, uint8_t *data, size_t len);
/* Starts a new message with that IV and the key of ctx. */
void rom_evp_set_iv(EVP_CIPHER_CTX *ctx, const uint8_t *iv);

#endif
