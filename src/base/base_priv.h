/* SPDX-License-Identifier: MIT */
/* base_priv.h - what the files of base share */
#ifndef ROMSPLIT_BASE_PRIV_H
#define ROMSPLIT_BASE_PRIV_H

#include "romsplit/cipher.h"

/* adiantum.c: the keys made of one; wiped and freed by the caller. */
struct rom_adiantum;
struct rom_adiantum *rom_adiantum_new(const uint8_t key[32]);
void rom_adiantum_free(struct rom_adiantum *a);
/* Turns the tweaked message around its middle block; len is at least 16. The
 * block cipher in between is the caller's: begin leaves the last 16 bytes as
 * AES-256 ciphertext, end takes them as plaintext. */
void rom_adiantum_begin(const struct rom_adiantum *a, const uint8_t tweak[32],
	uint8_t *data, size_t len);
void rom_adiantum_end(const struct rom_adiantum *a, const uint8_t tweak[32],
	uint8_t *data, size_t len);
/* 32 bytes, for AES */
const uint8_t *rom_adiantum_block_key(const struct rom_adiantum *a);

/* sha256_x86.c: n blocks of 64 bytes into several states, where the processor
 * can. Asking it takes long. */
bool rom_sha256_has_several(void);
/* the same into both */
void rom_sha256_same(uint32_t *const h[2], const uint8_t *data, size_t n);
void rom_sha256_two(
	uint32_t *const h[2], const uint8_t *const data[2], size_t n);
void rom_sha256_three(
	uint32_t *const h[3], const uint8_t *const data[3], size_t n);

#endif
