/* SPDX-License-Identifier: MIT */
/*
 * digest.c - hashes: the only module that calls libcrypto's digests
 *
 * SHA-256 uses libcrypto's older structure, which exposes its state: this makes
 * it possible to feed two at once.
 */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <stdlib.h>

#include <openssl/crypto.h>
#include <openssl/sha.h>

#include "evp_priv.h"

struct rom_digest {
	EVP_MD_CTX *ctx; /* NULL for SHA-256 */
	SHA256_CTX sha256;
};

static const struct {
	const char *name;
	size_t len;
	const EVP_MD *(*md)(void);
} hashes[ROM_HASH_COUNT] = {
	[ROM_HASH_MD5] = { "md5", 16, EVP_md5 },
	[ROM_HASH_SHA1] = { "sha1", 20, EVP_sha1 },
	[ROM_HASH_SHA256] = { "sha256", 32, NULL },
};

static const uint8_t zeros[65536];

struct rom_digest *rom_digest_new(enum rom_hash kind)
{
	struct rom_digest *d = rom_alloc(sizeof(*d));

	if (kind == ROM_HASH_SHA256) {
		rom_evp_check(SHA256_Init(&d->sha256));
		return d;
	}
	d->ctx = EVP_MD_CTX_new();
	rom_evp_check(d->ctx != NULL);
	rom_evp_check(EVP_DigestInit_ex(d->ctx, hashes[kind].md(), NULL));
	return d;
}

void rom_digest_update(struct rom_digest *d, const void *data, size_t len)
{
	rom_evp_check(d->ctx ? EVP_DigestUpdate(d->ctx, data, len)
			     : SHA256_Update(&d->sha256, data, len));
}

static void count_bits(SHA256_CTX *c, uint64_t bytes)
{
	uint64_t bits = ((uint64_t)c->Nh << 32 | c->Nl) + bytes * 8;

	c->Nl = (SHA_LONG)bits;
	c->Nh = (SHA_LONG)(bits >> 32);
}

bool rom_digest_has_many(void)
{
	return rom_sha256_has_several();
}

/* Feeds whole blocks to both; returns how many bytes that were. */
static size_t update_blocks(
	SHA256_CTX *a, SHA256_CTX *b, const uint8_t *data, size_t len)
{
	size_t n = len / SHA256_CBLOCK;

	if (a->num || b->num)
		return 0;
	rom_sha256_same((uint32_t *const[2]){ a->h, b->h }, data, n);
	count_bits(a, (uint64_t)n * SHA256_CBLOCK);
	count_bits(b, (uint64_t)n * SHA256_CBLOCK);
	return n * SHA256_CBLOCK;
}

void rom_digest_update_two(struct rom_digest *a, struct rom_digest *b,
	const void *data, size_t len)
{
	size_t done = update_blocks(&a->sha256, &b->sha256, data, len);

	rom_digest_update(a, (const uint8_t *)data + done, len - done);
	rom_digest_update(b, (const uint8_t *)data + done, len - done);
}

/* Feeds the next len bytes of a piece, or what is left of it. */
static void update_piece(struct rom_digest_piece *p, size_t len)
{
	len = rom_min(len, p->len);
	rom_digest_update(p->digest, p->data, len);
	p->data += len;
	p->len -= len;
}

/* Collects the pieces that have at least one block left. All of them are at a
 * block boundary by then. */
static size_t find_with_blocks(struct rom_digest_piece *pieces, size_t n,
	struct rom_digest_piece **ret, size_t *ret_blocks)
{
	size_t found = 0;

	*ret_blocks = SIZE_MAX;
	for (size_t i = 0; i < n; i++) {
		if (pieces[i].len < SHA256_CBLOCK)
			continue;
		ret[found++] = &pieces[i];
		*ret_blocks =
			rom_min(*ret_blocks, pieces[i].len / SHA256_CBLOCK);
	}
	return found;
}

static void update_together(
	struct rom_digest_piece **p, size_t n, size_t blocks)
{
	uint32_t *h[ROM_DIGEST_MANY];
	const uint8_t *data[ROM_DIGEST_MANY];

	for (size_t i = 0; i < n; i++) {
		h[i] = p[i]->digest->sha256.h;
		data[i] = p[i]->data;
		count_bits(&p[i]->digest->sha256,
			(uint64_t)blocks * SHA256_CBLOCK);
		p[i]->data += blocks * SHA256_CBLOCK;
		p[i]->len -= blocks * SHA256_CBLOCK;
	}
	if (n == 2)
		rom_sha256_two(h, data, blocks);
	else
		rom_sha256_three(h, data, blocks);
}

void rom_digest_update_many(struct rom_digest_piece *pieces, size_t n)
{
	struct rom_digest_piece *together[ROM_DIGEST_MANY];
	size_t blocks;

	for (size_t i = 0; i < n; i++) {
		if (pieces[i].digest->sha256.num)
			update_piece(&pieces[i],
				SHA256_CBLOCK - pieces[i].digest->sha256.num);
	}
	/* the shortest piece limits each round; repeat with those that are
	 * left */
	for (size_t found;
		(found = find_with_blocks(pieces, n, together, &blocks)) > 1;)
		update_together(together, found, blocks);
	for (size_t i = 0; i < n; i++)
		update_piece(&pieces[i], pieces[i].len);
}

void rom_digest_zeros(struct rom_digest *d, uint64_t len)
{
	for (; len > 0; len -= rom_min(len, sizeof(zeros)))
		rom_digest_update(
			d, zeros, (size_t)rom_min(len, sizeof(zeros)));
}

void rom_digest_zeros_two(
	struct rom_digest *a, struct rom_digest *b, uint64_t len)
{
	for (; len > 0; len -= rom_min(len, sizeof(zeros)))
		rom_digest_update_two(
			a, b, zeros, (size_t)rom_min(len, sizeof(zeros)));
}

void rom_digest_final(struct rom_digest *d, uint8_t *out)
{
	rom_evp_check(d->ctx ? EVP_DigestFinal_ex(d->ctx, out, NULL)
			     : SHA256_Final(out, &d->sha256));
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
