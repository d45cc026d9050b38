/* SPDX-License-Identifier: MIT */
/* base_priv.h - what the files of the base module share */
#ifndef ROMSPLIT_BASE_PRIV_H
#define ROMSPLIT_BASE_PRIV_H

#include "romsplit/cipher.h"

/* adiantum.c: the keys derived from one key. The caller frees them, which wipes
 * them. */
struct rom_adiantum;
struct rom_adiantum *rom_adiantum_new(const uint8_t key[32]);
void rom_adiantum_free(struct rom_adiantum *a);
/* The parts of decryption before and after the block cipher; len is at least
 * 16. begin leaves the last 16 bytes as AES-256 ciphertext, the caller decrypts
 * them, and end takes them as plaintext. */
void rom_adiantum_begin(const struct rom_adiantum *a, const uint8_t tweak[32],
	uint8_t *data, size_t len);
void rom_adiantum_end(const struct rom_adiantum *a, const uint8_t tweak[32],
	uint8_t *data, size_t len);
/* The AES key, 32 bytes. */
const uint8_t *rom_adiantum_block_key(const struct rom_adiantum *a);

/* sha256_x86.c: feeds n blocks of 64 bytes to several states at once, where the
 * processor can. Querying the processor is slow. */
bool rom_sha256_has_several(void);
/* the same data to both states */
void rom_sha256_same(uint32_t *const h[2], const uint8_t *data, size_t n);
void rom_sha256_two(
	uint32_t *const h[2], const uint8_t *const data[2], size_t n);
void rom_sha256_three(
	uint32_t *const h[3], const uint8_t *const data[3], size_t n);

#endif
