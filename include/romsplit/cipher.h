/* SPDX-License-Identifier: MIT */
/*
 * cipher.h - decryption of sectors, blocks, file contents and names; key
 * derivation
 *
 * Keys that are held are wiped when they are freed. Nothing here encrypts what
 * a caller could write.
 */
#ifndef ROMSPLIT_CIPHER_H
#define ROMSPLIT_CIPHER_H

#include "romsplit/base.h"

/* Overwrites memory that held a secret, in a way that a compiler does not leave
 * out. */
void rom_wipe(void *p, size_t len);

/* ---- bytes in units, each with an IV of its own -------------------------- */

enum rom_cipher_kind {
	ROM_CIPHER_XTS, /* AES-XTS: key of 32 or 64 bytes */
	/* AES-CBC, IV = AES-256(SHA-256(key), number): key of 16 or 32 bytes */
	ROM_CIPHER_ESSIV,
	/* AES-CBC with ciphertext stealing (CS3), a unit is a name: 16 or 32
	   bytes */
	ROM_CIPHER_CTS,
	/* XChaCha12, AES-256, NHPoly1305: key of 32 bytes */
	ROM_CIPHER_ADIANTUM,
};

/* How bytes are cut into units, and the IV of the unit at index i: (first + i)
 * & mask as 64 bits, little-endian, followed by tail; of that as many bytes as
 * the cipher's IV has (16, Adiantum 32). */
struct rom_units {
	/* bytes of one: a multiple of 16, of a name its length */
	uint32_t size;
	uint64_t first, mask;
	uint8_t tail[24];
};

#define ROM_UNITS_MAX 65536 /* bytes of one unit */

struct rom_cipher;
/* "AES-256-XTS", "AES-128-CBC-ESSIV:SHA256", ... of a key of that length; a
 * literal. */
const char *rom_cipher_name(enum rom_cipher_kind kind, size_t key_len);
/* ROM_E_USAGE when the key's length does not fit, or the halves of an XTS key
 * are the same. */
enum rom_status rom_cipher_new(enum rom_cipher_kind kind, const uint8_t *key,
	size_t len, struct rom_cipher **ret, struct rom_err *err);
struct rom_cipher *rom_cipher_ref(struct rom_cipher *c);
/* NULL is fine; the last one wipes the key */
void rom_cipher_free(struct rom_cipher *c);
/* Decrypts whole units in place, the first of them the one at index. Safe from
 * several threads. */
void rom_cipher_decrypt(struct rom_cipher *c, uint8_t *data, size_t len,
	const struct rom_units *units, uint64_t index);

/* ---- single blocks ------------------------------------------------------- */

/* AES-ECB of len bytes (a multiple of 16) with a key of 16 or 32 bytes. */
void rom_aes_ecb_encrypt(const uint8_t *key, size_t key_len, const uint8_t *in,
	size_t len, uint8_t *out);
/* AES-128-CBC without padding, in place; len is a multiple of 16. */
void rom_aes128_cbc_decrypt(
	const uint8_t key[16], const uint8_t iv[16], uint8_t *data, size_t len);
/* AES-256-GCM of len bytes in with a nonce of 12 and a tag of 16 bytes. False
 * when the tag does not agree. */
bool rom_aes256_gcm_decrypt(const uint8_t key[32], const uint8_t nonce[12],
	const uint8_t *in, size_t len, const uint8_t tag[16], uint8_t *out);

/* ---- key derivation ------------------------------------------------------ */

#define ROM_SHA512_LEN 64

void rom_sha512(const void *data, size_t len, uint8_t out[ROM_SHA512_LEN]);
void rom_hmac_sha256(const uint8_t *key, size_t key_len, const void *data,
	size_t len, uint8_t out[ROM_SHA256_LEN]);
void rom_pbkdf2(enum rom_hash hash, const void *password, size_t len,
	const uint8_t *salt, size_t salt_len, unsigned rounds, uint8_t *out,
	size_t out_len);
/* scrypt with the parameters as logarithms. ROM_E_LIMIT when they want more
 * than 256 MiB or 8 times the work of Android's 15:3:1. */
enum rom_status rom_scrypt(const void *password, size_t len,
	const uint8_t *salt, size_t salt_len, const uint8_t logs[3],
	uint8_t *out, size_t out_len, struct rom_err *err);
/* HKDF-SHA512 in its two steps; no salt. out_len is at most 64. */
void rom_hkdf_extract(
	const uint8_t *key, size_t len, uint8_t prk[ROM_SHA512_LEN]);
void rom_hkdf_expand(const uint8_t prk[ROM_SHA512_LEN], const uint8_t *info,
	size_t info_len, uint8_t *out, size_t out_len);
/* SipHash-2-4 of a number as 8 bytes, little-endian. */
uint64_t rom_siphash(const uint8_t key[16], uint64_t number);
/* The private operation of an RSA-2048 key in PKCS#1 DER on 256 bytes, without
 * padding. ROM_E_CORRUPT when the bytes are no such key. */
enum rom_status rom_rsa2048_private(const uint8_t *der, size_t len,
	const uint8_t in[256], uint8_t out[256], struct rom_err *err);

#endif
