/* SPDX-License-Identifier: MIT */
/* kdf.c - derives keys from passwords and keys: the only module that calls
 * libcrypto's derivations */
#include <inttypes.h>
#include <stdlib.h>

#include <openssl/core_names.h>
#include <openssl/hmac.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "evp_priv.h"

enum {
	RSA_BYTES = 256,
	MAX_SCRYPT_MEMORY_LOG = 28, /* 256 MiB */
	/* 15 + 3 + 1, and 8 times that work: two seconds */
	MAX_SCRYPT_WORK_LOG = 19 + 3,
};

void rom_sha512(const void *data, size_t len, uint8_t out[ROM_SHA512_LEN])
{
	rom_evp_check(EVP_Digest(data, len, out, NULL, EVP_sha512(), NULL));
}

void rom_hmac_sha256(const uint8_t *key, size_t key_len, const void *data,
	size_t len, uint8_t out[ROM_SHA256_LEN])
{
	rom_evp_check(HMAC(EVP_sha256(), key, (int)key_len, data, len, out,
			      NULL) != NULL);
}

void rom_pbkdf2(enum rom_hash hash, const void *password, size_t len,
	const uint8_t *salt, size_t salt_len, unsigned rounds, uint8_t *out,
	size_t out_len)
{
	const EVP_MD *md = hash == ROM_HASH_SHA1 ? EVP_sha1() : EVP_sha256();

	rom_evp_check(PKCS5_PBKDF2_HMAC(password, (int)len, salt, (int)salt_len,
		(int)rounds, md, (int)out_len, out));
}

enum rom_status rom_scrypt(const void *password, size_t len,
	const uint8_t *salt, size_t salt_len, const uint8_t logs[3],
	uint8_t *out, size_t out_len, struct rom_err *err)
{
	unsigned n = logs[0], r = logs[1], p = logs[2];

	if (n < 1 || n + r + 7 > MAX_SCRYPT_MEMORY_LOG ||
		n + r + p > MAX_SCRYPT_WORK_LOG)
		return rom_fail(err, ROM_E_LIMIT, ROM_NO_OFFSET,
			"scrypt: expected parameters near 15:3:1, got "
			"%u:%u:%u, which would take too much "
			"memory or time",
			n, r, p);
	if (EVP_PBE_scrypt(password, len, salt, salt_len, (uint64_t)1 << n,
		    (uint64_t)1 << r, (uint64_t)1 << p,
		    (uint64_t)2 << MAX_SCRYPT_MEMORY_LOG, out, out_len) != 1)
		return rom_fail(err, ROM_E_LIMIT, ROM_NO_OFFSET,
			"scrypt: failed with the parameters %u:%u:%u", n, r, p);
	return ROM_OK;
}

static void hmac_sha512(const uint8_t *key, size_t key_len, const uint8_t *data,
	size_t len, uint8_t *out)
{
	rom_evp_check(HMAC(EVP_sha512(), key, (int)key_len, data, len, out,
			      NULL) != NULL);
}

void rom_hkdf_extract(
	const uint8_t *key, size_t len, uint8_t prk[ROM_SHA512_LEN])
{
	static const uint8_t salt[ROM_SHA512_LEN];

	hmac_sha512(salt, sizeof(salt), key, len, prk);
}

/* Only the first block of output, for which the info is followed by the byte
 * 1. */
void rom_hkdf_expand(const uint8_t prk[ROM_SHA512_LEN], const uint8_t *info,
	size_t info_len, uint8_t *out, size_t out_len)
{
	uint8_t message[128], block[ROM_SHA512_LEN];

	if (info_len >= sizeof(message) || out_len > sizeof(block))
		/* a bug in the caller: infos and keys are of fixed size */
		abort();
	memcpy(message, info, info_len);
	message[info_len] = 1;
	hmac_sha512(prk, ROM_SHA512_LEN, message, info_len + 1, block);
	memcpy(out, block, out_len);
	rom_wipe(block, sizeof(block));
}

uint64_t rom_siphash(const uint8_t key[16], uint64_t number)
{
	EVP_MAC *mac = EVP_MAC_fetch(NULL, "SIPHASH", NULL);
	EVP_MAC_CTX *ctx = mac ? EVP_MAC_CTX_new(mac) : NULL;
	size_t size = 8, n = 0;
	OSSL_PARAM params[] = { OSSL_PARAM_construct_size_t(
					OSSL_MAC_PARAM_SIZE, &size),
		OSSL_PARAM_construct_end() };
	uint8_t message[8], out[8];
	uint64_t hash = 0;

	for (int i = 0; i < 8; i++)
		message[i] = (uint8_t)(number >> 8 * i);
	rom_evp_check(ctx != NULL);
	rom_evp_check(EVP_MAC_init(ctx, key, 16, params));
	rom_evp_check(EVP_MAC_update(ctx, message, sizeof(message)));
	rom_evp_check(EVP_MAC_final(ctx, out, &n, sizeof(out)));
	for (int i = 0; i < 8; i++)
		hash |= (uint64_t)out[i] << 8 * i;
	EVP_MAC_CTX_free(ctx);
	EVP_MAC_free(mac);
	return hash;
}

static enum rom_status rsa_private(
	EVP_PKEY *key, const uint8_t in[RSA_BYTES], uint8_t out[RSA_BYTES])
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key, NULL);
	size_t n = RSA_BYTES;
	bool good = ctx && EVP_PKEY_decrypt_init(ctx) == 1 &&
		    EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_NO_PADDING) == 1 &&
		    EVP_PKEY_decrypt(ctx, out, &n, in, RSA_BYTES) == 1 &&
		    n == RSA_BYTES;

	EVP_PKEY_CTX_free(ctx);
	return good ? ROM_OK : ROM_E_CORRUPT;
}

enum rom_status rom_rsa2048_private(const uint8_t *der, size_t len,
	const uint8_t in[256], uint8_t out[256], struct rom_err *err)
{
	EVP_PKEY *key = d2i_PrivateKey(
		EVP_PKEY_RSA, NULL, &der, (long)rom_min(len, 65536));
	enum rom_status st = ROM_E_CORRUPT;

	if (key && EVP_PKEY_get_size(key) == RSA_BYTES)
		st = rsa_private(key, in, out);
	EVP_PKEY_free(key);
	if (st)
		return rom_fail(err, st, ROM_NO_OFFSET,
			"key blob: expected an RSA-2048 private key in PKCS#1 "
			"DER");
	return ROM_OK;
}
