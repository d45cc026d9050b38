/* SPDX-License-Identifier: MIT */
/*
 * adiantum.c - Adiantum with XChaCha12 (Crowley, Biggers: "Adiantum:
 * length-preserving encryption for entry-level processors", 2018), except for
 * its single AES block, which is left to the caller
 *
 * keys:    XChaCha12(K, nonce 01 00...) gives 32 AES-256, 16 Poly1305 for
 * lengths and tweak, 16 Poly1305 and 1072 NH for the message hash:
 * Poly1305(bits of the message as 128 bits, tweak) + Poly1305(NH of each 1024
 * bytes), mod 2^128 decrypt: middle = last block + hash(left); left ^=
 * XChaCha12(K, nonce middle, 01 00...); last block = AES^-1(middle) -
 * hash(left)
 */
#include <stdlib.h>

#include "base_priv.h"

enum {
	NH_CHUNK = 1024,
	/* words of key: 256, and 4 more for each further pass */
	NH_WORDS = 268,
	ROUNDS = 12,
	BLOCK = 16,
};

typedef unsigned __int128 u128;

/* A key r of Poly1305, and the hash so far, in limbs of 44, 44 and 42 bits. */
struct poly_key {
	uint64_t r[3];
};
struct poly {
	const struct poly_key *key;
	uint64_t h[3];
};

struct rom_adiantum {
	uint32_t stream[8];
	uint8_t block[32];
	struct poly_key header, message;
	uint32_t nh[NH_WORDS];
};

static uint32_t get32(const uint8_t *p)
{
	return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
	       (uint32_t)p[3] << 24;
}

static uint64_t get64(const uint8_t *p)
{
	return get32(p) | (uint64_t)get32(p + 4) << 32;
}

static void put32(uint8_t *p, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		p[i] = (uint8_t)(v >> 8 * i);
}

static void put64(uint8_t *p, uint64_t v)
{
	put32(p, (uint32_t)v);
	put32(p + 4, (uint32_t)(v >> 32));
}

/* ---- XChaCha12 ----------------------------------------------------------- */

static uint32_t rotl(uint32_t v, int n)
{
	return v << n | v >> (32 - n);
}

static inline void quarter(uint32_t *x, int a, int b, int c, int d)
{
	x[a] += x[b];
	x[d] = rotl(x[d] ^ x[a], 16);
	x[c] += x[d];
	x[b] = rotl(x[b] ^ x[c], 12);
	x[a] += x[b];
	x[d] = rotl(x[d] ^ x[a], 8);
	x[c] += x[d];
	x[b] = rotl(x[b] ^ x[c], 7);
}

static void permute(uint32_t x[16])
{
	for (int i = 0; i < ROUNDS; i += 2) {
		quarter(x, 0, 4, 8, 12);
		quarter(x, 1, 5, 9, 13);
		quarter(x, 2, 6, 10, 14);
		quarter(x, 3, 7, 11, 15);
		quarter(x, 0, 5, 10, 15);
		quarter(x, 1, 6, 11, 12);
		quarter(x, 2, 7, 8, 13);
		quarter(x, 3, 4, 9, 14);
	}
}

static void set_state(uint32_t x[16], const uint32_t key[8])
{
	static const uint32_t constants[4] = { 0x61707865, 0x3320646e,
		0x79622d32, 0x6b206574 };

	memcpy(x, constants, sizeof(constants));
	memcpy(x + 4, key, 32);
}

/* XORs data with the key stream of a 24-byte nonce. */
static void xchacha(const uint32_t key[8], const uint8_t nonce[24],
	uint8_t *data, size_t len)
{
	uint32_t s[16], x[16], sub[8];

	set_state(s, key);
	for (int i = 0; i < 4; i++)
		s[12 + i] = get32(nonce + 4 * i);
	permute(s);
	memcpy(sub, s, 16);
	memcpy(sub + 4, s + 12, 16);
	set_state(s, sub);
	s[12] = s[13] = 0;
	s[14] = get32(nonce + 16);
	s[15] = get32(nonce + 20);
	for (size_t offset = 0; offset < len; offset += 64) {
		uint8_t stream[64];
		size_t n = len - offset < 64 ? len - offset : 64;

		memcpy(x, s, sizeof(x));
		permute(x);
		for (int i = 0; i < 16; i++)
			put32(stream + 4 * i, x[i] + s[i]);
		for (size_t i = 0; i < n; i++)
			data[offset + i] ^= stream[i];
		/* cannot wrap: a unit is far shorter than 2^32 blocks */
		s[12]++;
	}
	rom_wipe(sub, sizeof(sub));
}

/* ---- Poly1305, without the number that is added at its end --------------- */

#define LIMB44 (((uint64_t)1 << 44) - 1)
#define LIMB42 (((uint64_t)1 << 42) - 1)

static void poly_set(struct poly_key *k, const uint8_t r[16])
{
	uint64_t lo = get64(r) & 0x0ffffffc0fffffff,
		 hi = get64(r + 8) & 0x0ffffffc0ffffffc;

	k->r[0] = lo & LIMB44;
	k->r[1] = (lo >> 44 | hi << 20) & LIMB44;
	k->r[2] = hi >> 24;
}

static void poly_block(struct poly *p, const uint8_t block[BLOCK])
{
	const uint64_t *r = p->key->r;
	uint64_t lo = get64(block), hi = get64(block + 8), carry;
	uint64_t s1 = r[1] * 20, s2 = r[2] * 20; /* 2^132 is 20 mod 2^130 - 5 */
	uint64_t h0 = p->h[0] + (lo & LIMB44);
	uint64_t h1 = p->h[1] + ((lo >> 44 | hi << 20) & LIMB44);
	uint64_t h2 = p->h[2] + (hi >> 24 | (uint64_t)1 << 40);
	u128 d0 = (u128)h0 * r[0] + (u128)h1 * s2 + (u128)h2 * s1;
	u128 d1 = (u128)h0 * r[1] + (u128)h1 * r[0] + (u128)h2 * s2;
	u128 d2 = (u128)h0 * r[2] + (u128)h1 * r[1] + (u128)h2 * r[0];

	d1 += (uint64_t)(d0 >> 44);
	d2 += (uint64_t)(d1 >> 44);
	carry = (uint64_t)(d2 >> 42);
	p->h[0] = ((uint64_t)d0 & LIMB44) + carry * 5;
	p->h[1] = ((uint64_t)d1 & LIMB44) + (p->h[0] >> 44);
	p->h[0] &= LIMB44;
	p->h[2] = (uint64_t)d2 & LIMB42;
}

/* The low 128 bits of the hash modulo 2^130 - 5. */
static u128 poly_end(struct poly *p)
{
	uint64_t h0 = p->h[0], h1 = p->h[1], h2 = p->h[2], g0, g1, g2;

	for (int i = 0; i < 2; i++) {
		h2 += h1 >> 44;
		h1 &= LIMB44;
		h0 += 5 * (h2 >> 42);
		h2 &= LIMB42;
		h1 += h0 >> 44;
		h0 &= LIMB44;
	}
	h2 += h1 >> 44;
	h1 &= LIMB44;
	g0 = h0 + 5;
	g1 = h1 + (g0 >> 44);
	g2 = h2 + (g1 >> 44);
	if (g2 >> 42) { /* h was not below the modulus */
		h0 = g0 & LIMB44;
		h1 = g1 & LIMB44;
		h2 = g2 & LIMB42;
	}
	return (u128)h0 | (u128)h1 << 44 | (u128)h2 << 88;
}

/* ---- the hash ------------------------------------------------------------ */

/* NH of up to 1024 bytes, a multiple of 16: four sums of products, one for each
 * pass. */
static void nh(
	const uint32_t *key, const uint8_t *p, size_t len, uint8_t out[32])
{
	uint64_t sum[4] = { 0 };

	for (; len; len -= BLOCK, p += BLOCK, key += 4) {
		uint32_t m[4] = { get32(p), get32(p + 4), get32(p + 8),
			get32(p + 12) };

		for (int i = 0; i < 4; i++) {
			const uint32_t *k = key + 4 * i;

			sum[i] += (uint64_t)(uint32_t)(m[0] + k[0]) *
					  (uint32_t)(m[2] + k[2]) +
				  (uint64_t)(uint32_t)(m[1] + k[1]) *
					  (uint32_t)(m[3] + k[3]);
		}
	}
	for (int i = 0; i < 4; i++)
		put64(out + 8 * i, sum[i]);
}

static u128 hash_message(
	const struct rom_adiantum *a, const uint8_t *p, size_t len)
{
	struct poly poly = { .key = &a->message };

	while (len) {
		uint8_t chunk[NH_CHUNK], checksums[32];
		size_t n = len < NH_CHUNK ? len : NH_CHUNK,
		       whole = (n + BLOCK - 1) & ~(size_t)15;

		memcpy(chunk, p, n);
		memset(chunk + n, 0, whole - n);
		nh(a->nh, chunk, whole, checksums);
		poly_block(&poly, checksums);
		poly_block(&poly, checksums + BLOCK);
		p += n;
		len -= n;
	}
	return poly_end(&poly);
}

static u128 hash(const struct rom_adiantum *a, const uint8_t tweak[32],
	const uint8_t *left, size_t len)
{
	struct poly poly = { .key = &a->header };
	uint8_t bits[BLOCK] = { 0 };

	put64(bits, (uint64_t)len * 8);
	poly_block(&poly, bits);
	poly_block(&poly, tweak);
	poly_block(&poly, tweak + BLOCK);
	return poly_end(&poly) + hash_message(a, left, len);
}

static void add_to(uint8_t block[BLOCK], u128 v)
{
	v += (u128)get64(block) | (u128)get64(block + 8) << 64;
	put64(block, (uint64_t)v);
	put64(block + 8, (uint64_t)(v >> 64));
}

/* ---- the cipher ---------------------------------------------------------- */

struct rom_adiantum *rom_adiantum_new(const uint8_t key[32])
{
	struct rom_adiantum *a = rom_alloc(sizeof(*a));
	uint8_t nonce[24] = { 1 }, keys[32 + 32 + NH_WORDS * 4] = { 0 };

	for (int i = 0; i < 8; i++)
		a->stream[i] = get32(key + 4 * i);
	xchacha(a->stream, nonce, keys, sizeof(keys));
	memcpy(a->block, keys, 32);
	poly_set(&a->header, keys + 32);
	poly_set(&a->message, keys + 48);
	for (int i = 0; i < NH_WORDS; i++)
		a->nh[i] = get32(keys + 64 + 4 * i);
	rom_wipe(keys, sizeof(keys));
	return a;
}

void rom_adiantum_free(struct rom_adiantum *a)
{
	if (!a)
		return;
	rom_wipe(a, sizeof(*a));
	free(a);
}

const uint8_t *rom_adiantum_block_key(const struct rom_adiantum *a)
{
	return a->block;
}

void rom_adiantum_begin(const struct rom_adiantum *a, const uint8_t tweak[32],
	uint8_t *data, size_t len)
{
	size_t left = len - BLOCK;
	uint8_t nonce[24] = { 0 };

	add_to(data + left, hash(a, tweak, data, left));
	memcpy(nonce, data + left, BLOCK);
	nonce[16] = 1;
	xchacha(a->stream, nonce, data, left);
}

void rom_adiantum_end(const struct rom_adiantum *a, const uint8_t tweak[32],
	uint8_t *data, size_t len)
{
	size_t left = len - BLOCK;

	add_to(data + left, -hash(a, tweak, data, left));
}
