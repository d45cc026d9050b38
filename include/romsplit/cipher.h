/* SPDX-License-Identifier: MIT */
/*
 * cipher.h - decryption of sectors, blocks, file contents and names; key
 * derivation
 *
 * Keys are wiped when they are freed. Data are only decrypted; encryption
 * serves only to derive keys.
 */
#ifndef ROMSPLIT_CIPHER_H
#define ROMSPLIT_CIPHER_H

#include "romsplit/base.h"

/* Overwrites len bytes that held a secret, in a way that no compiler optimizes
 * away. NULL is allowed. */
void rom_wipe(void *p, size_t len);

/* ---- bytes in units, each with an IV of its own -------------------------- */

/* How a unit is decrypted. */
enum rom_cipher_kind {
	ROM_CIPHER_XTS, /* AES-XTS: key of 32 or 64 bytes */
	/* AES-CBC, IV = AES-256(SHA-256(key), number): key of 16 or 32 bytes */
	ROM_CIPHER_ESSIV,
	/* AES-CBC, IV = number, of which dm-crypt's "plain" takes 32 bits and
	   "plain64" all: key of 16 or 32 bytes */
	ROM_CIPHER_PLAIN,
	ROM_CIPHER_PLAIN64,
	/* AES-CBC with ciphertext stealing (CS3), a unit is a name: 16 or 32
	   bytes */
	ROM_CIPHER_CTS,
	/* XChaCha12, AES-256, NHPoly1305: key of 32 bytes */
	ROM_CIPHER_ADIANTUM,
};

/* How bytes are divided into units, and the IV of the unit at index i: (first +
 * i) & mask as 64 bits, little-endian, followed by tail; the cipher uses the
 * first 16 bytes (Adiantum 32). */
struct rom_units {
	/* size of a unit: a multiple of 16, or the length of a name */
	uint32_t size;
	uint64_t first, mask;
	uint8_t tail[24];
};

#define ROM_UNITS_MAX 65536 /* bytes of one unit */

/* A cipher with its key. Reference-counted; safe for concurrent use. */
struct rom_cipher;
/* The name of a cipher with a key of that length: "AES-256-XTS",
 * "AES-128-CBC-ESSIV:SHA256", ...; a literal. */
const char *rom_cipher_name(enum rom_cipher_kind kind, size_t key_len);
/* A cipher with a key of len bytes, which is copied. ROM_E_USAGE when the
 * length is wrong, or the halves of an XTS key are equal. Released with
 * rom_cipher_free. */
enum rom_status rom_cipher_new(enum rom_cipher_kind kind, const uint8_t *key,
	size_t len, struct rom_cipher **ret, struct rom_err *err);
/* Takes one more reference; returns c. */
struct rom_cipher *rom_cipher_ref(struct rom_cipher *c);
/* Drops a reference; the last one wipes the key. NULL is allowed. */
void rom_cipher_free(struct rom_cipher *c);
/* Decrypts len bytes in place: whole units, the first of which has that
 * index. */
void rom_cipher_decrypt(struct rom_cipher *c, uint8_t *data, size_t len,
	const struct rom_units *units, uint64_t index);

/* ---- single blocks ------------------------------------------------------- */

/* AES-ECB of len bytes (a multiple of 16) with a key of 16 or 32 bytes. out may
 * be in. */
void rom_aes_ecb_encrypt(const uint8_t *key, size_t key_len, const uint8_t *in,
	size_t len, uint8_t *out);
/* AES-128-CBC without padding, in place; len is a multiple of 16. */
void rom_aes128_cbc_decrypt(
	const uint8_t key[16], const uint8_t iv[16], uint8_t *data, size_t len);
/* AES-256-GCM: decrypts len bytes of in to out, which may be in. False when the
 * tag does not match; out must not be used then. */
bool rom_aes256_gcm_decrypt(const uint8_t key[32], const uint8_t nonce[12],
	const uint8_t *in, size_t len, const uint8_t tag[16], uint8_t *out);

/* ---- key derivation ------------------------------------------------------ */

#define ROM_SHA512_LEN 64

/* SHA-512 of len bytes. */
void rom_sha512(const void *data, size_t len, uint8_t out[ROM_SHA512_LEN]);
/* HMAC-SHA256 of len bytes at data. */
void rom_hmac_sha256(const uint8_t *key, size_t key_len, const void *data,
	size_t len, uint8_t out[ROM_SHA256_LEN]);
/* PBKDF2 of a password of len bytes, with HMAC-SHA1 when hash is ROM_HASH_SHA1,
 * else with HMAC-SHA256, into out_len bytes. */
void rom_pbkdf2(enum rom_hash hash, const void *password, size_t len,
	const uint8_t *salt, size_t salt_len, unsigned rounds, uint8_t *out,
	size_t out_len);
/* scrypt of a password of len bytes into out_len bytes; logs: log2 of N, r and
 * p. ROM_E_LIMIT when these need more than 256 MiB or 8 times the work of
 * Android's 15:3:1. */
enum rom_status rom_scrypt(const void *password, size_t len,
	const uint8_t *salt, size_t salt_len, const uint8_t logs[3],
	uint8_t *out, size_t out_len, struct rom_err *err);
/* First step of HKDF-SHA512, without a salt: the pseudorandom key of a key of
 * len bytes. */
void rom_hkdf_extract(
	const uint8_t *key, size_t len, uint8_t prk[ROM_SHA512_LEN]);
/* Second step: the key for an info of less than 128 bytes; out_len is at
 * most 64. */
void rom_hkdf_expand(const uint8_t prk[ROM_SHA512_LEN], const uint8_t *info,
	size_t info_len, uint8_t *out, size_t out_len);
/* SipHash-2-4 of a number as 8 bytes, little-endian. */
uint64_t rom_siphash(const uint8_t key[16], uint64_t number);
/* The private operation of an RSA-2048 key in PKCS#1 DER on 256 bytes, without
 * padding. ROM_E_CORRUPT when the bytes are not such a key. */
enum rom_status rom_rsa2048_private(const uint8_t *der, size_t len,
	const uint8_t in[256], uint8_t out[256], struct rom_err *err);

#endif
