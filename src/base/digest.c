/* SPDX-License-Identifier: MIT */
/* digest.c - hashes: the door to libcrypto's digests */
#include <stdlib.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "romsplit/base.h"

struct rom_digest {
	EVP_MD_CTX *ctx;
};

static const struct {
	const char *name;
	size_t len;
	const EVP_MD *(*md)(void);
} hashes[ROM_HASH_COUNT] = {
	[ROM_HASH_MD5] = { "md5", 16, EVP_md5 },
	[ROM_HASH_SHA1] = { "sha1", 20, EVP_sha1 },
	[ROM_HASH_SHA256] = { "sha256", 32, EVP_sha256 },
};

static void or_die(int ok)
{
	if (ok != 1)
		abort(); /* libcrypto without these digests, or out of memory: no output could be trusted */
}

struct rom_digest *rom_digest_new(enum rom_hash kind)
{
	struct rom_digest *d = rom_alloc(sizeof(*d));

	d->ctx = EVP_MD_CTX_new();
	or_die(d->ctx != NULL);
	or_die(EVP_DigestInit_ex(d->ctx, hashes[kind].md(), NULL));
	return d;
}

void rom_digest_update(struct rom_digest *d, const void *data, size_t len)
{
	or_die(EVP_DigestUpdate(d->ctx, data, len));
}

void rom_digest_zeros(struct rom_digest *d, uint64_t len)
{
	static const uint8_t zeros[65536];

	for (; len > 0; len -= rom_min(len, sizeof(zeros)))
		rom_digest_update(d, zeros, (size_t)rom_min(len, sizeof(zeros)));
}

void rom_digest_final(struct rom_digest *d, uint8_t *out)
{
	or_die(EVP_DigestFinal_ex(d->ctx, out, NULL));
}

void rom_digest_free(struct rom_digest *d)
{
	if (!d)
		return;
	EVP_MD_CTX_free(d->ctx);
	free(d);
}

size_t rom_hash_len(enum rom_hash kind)
{
	return hashes[kind].len;
}

const char *rom_hash_name(enum rom_hash kind)
{
	return hashes[kind].name;
}

const char *rom_digest_library(void)
{
	return OpenSSL_version(OPENSSL_VERSION);
}
