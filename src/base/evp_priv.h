/* SPDX-License-Identifier: MIT */
/* evp_priv.h - what the doors to libcrypto share */
#ifndef ROMSPLIT_EVP_PRIV_H
#define ROMSPLIT_EVP_PRIV_H

#include <openssl/evp.h>

#include "base_priv.h"

/* Ends the process unless ok is 1, as libcrypto returns success. */
void rom_evp_check(int ok);
/* A context without padding, by a key of the cipher's length. Freed by the
 * caller. */
EVP_CIPHER_CTX *rom_evp_context(
	const EVP_CIPHER *cipher, const uint8_t *key, bool encrypt);
/* In place: libcrypto does that. len is that of a unit or a batch, which fits
 * an int. */
void rom_evp_update(EVP_CIPHER_CTX *ctx, uint8_t *data, size_t len);
/* Begins a new message with that IV, by the key that ctx has. */
void rom_evp_set_iv(EVP_CIPHER_CTX *ctx, const uint8_t *iv);

#endif
