/* SPDX-License-Identifier: MIT */
/*
 * cipher.c - decryption in units: the only module that calls libcrypto's
 * ciphers
 *
 * libcrypto's contexts are not thread-safe and slow to create: each cipher
 * keeps a pool of them, from which a call borrows one. Nothing is allocated per
 * sector.
 */
#include <pthread.h>
#include <stdlib.h>

#include <openssl/core_names.h>

#include "evp_priv.h"

enum {
	BLOCK = 16,
	/* units whose IVs are computed together: they fit the first-level
	 * cache */
	BATCH = 16,
};

/* The contexts and buffer that a call has to itself. */
struct slot {
	struct slot *next;
	EVP_CIPHER_CTX *data, *iv; /* iv: ESSIV only */
	uint8_t ivs[BATCH * BLOCK];
};

struct rom_cipher {
	enum rom_cipher_kind kind;
	uint8_t key[64];
	size_t key_len;
	struct rom_adiantum *adiantum;
	int refs;
	pthread_mutex_t lock;
	struct slot *idle;
};

/* ---- contexts ------------------------------------------------------------ */

/* CBC with ciphertext stealing has no EVP function of its own; it is fetched by
 * name. */
static EVP_CIPHER_CTX *cts_context(const uint8_t *key, size_t len)
{
	char variant[] = "CS3";
	OSSL_PARAM params[] = { OSSL_PARAM_construct_utf8_string(
					OSSL_CIPHER_PARAM_CTS_MODE, variant, 0),
		OSSL_PARAM_construct_end() };
	EVP_CIPHER *cipher = EVP_CIPHER_fetch(
		NULL, len == 32 ? "AES-256-CBC-CTS" : "AES-128-CBC-CTS", NULL);
	EVP_CIPHER_CTX *ctx = rom_evp_context(cipher, key, false);

	rom_evp_check(EVP_CIPHER_CTX_set_params(ctx, params));
	EVP_CIPHER_free(cipher);
	return ctx;
}

static EVP_CIPHER_CTX *cbc_context(const struct rom_cipher *c)
{
	return rom_evp_context(
		c->key_len == 32 ? EVP_aes_256_cbc() : EVP_aes_128_cbc(),
		c->key, false);
}

static EVP_CIPHER_CTX *essiv_context(const struct rom_cipher *c)
{
	uint8_t sum[ROM_SHA256_LEN];
	struct rom_digest *d = rom_digest_new(ROM_HASH_SHA256);
	EVP_CIPHER_CTX *ctx;

	rom_digest_update(d, c->key, c->key_len);
	rom_digest_final(d, sum);
	rom_digest_free(d);
	ctx = rom_evp_context(EVP_aes_256_ecb(), sum, true);
	rom_wipe(sum, sizeof(sum));
	return ctx;
}

static struct slot *slot_new(const struct rom_cipher *c)
{
	struct slot *s = rom_alloc(sizeof(*s));

	switch (c->kind) {
	case ROM_CIPHER_XTS:
		s->data = rom_evp_context(c->key_len == 64 ? EVP_aes_256_xts()
							   : EVP_aes_128_xts(),
			c->key, false);
		break;
	case ROM_CIPHER_ESSIV:
		s->iv = essiv_context(c);
		s->data = cbc_context(c);
		break;
	case ROM_CIPHER_PLAIN:
	case ROM_CIPHER_PLAIN64:
		s->data = cbc_context(c);
		break;
	case ROM_CIPHER_CTS:
		s->data = cts_context(c->key, c->key_len);
		break;
	case ROM_CIPHER_ADIANTUM:
		s->data = rom_evp_context(EVP_aes_256_ecb(),
			rom_adiantum_block_key(c->adiantum), false);
		break;
	}
	return s;
}

static struct slot *slot_acquire(struct rom_cipher *c)
{
	struct slot *s;

	pthread_mutex_lock(&c->lock);
	s = c->idle;
	if (s)
		c->idle = s->next;
	pthread_mutex_unlock(&c->lock);
	return s ? s : slot_new(c);
}

static void slot_release(struct rom_cipher *c, struct slot *s)
{
	pthread_mutex_lock(&c->lock);
	s->next = c->idle;
	c->idle = s;
	pthread_mutex_unlock(&c->lock);
}

/* ---- ciphers ------------------------------------------------------------- */

static bool is_key_len_valid(enum rom_cipher_kind kind, size_t len)
{
	switch (kind) {
	case ROM_CIPHER_XTS:
		return len == 32 || len == 64;
	case ROM_CIPHER_ADIANTUM:
		return len == 32;
	default:
		return len == 16 || len == 32;
	}
}

const char *rom_cipher_name(enum rom_cipher_kind kind, size_t key_len)
{
	static const char *const names[][2] = {
		[ROM_CIPHER_XTS] = { "AES-128-XTS", "AES-256-XTS" },
		[ROM_CIPHER_ESSIV] = { "AES-128-CBC-ESSIV:SHA256",
			"AES-256-CBC-ESSIV:SHA256" },
		[ROM_CIPHER_PLAIN] = { "AES-128-CBC-PLAIN",
			"AES-256-CBC-PLAIN" },
		[ROM_CIPHER_PLAIN64] = { "AES-128-CBC-PLAIN64",
			"AES-256-CBC-PLAIN64" },
		[ROM_CIPHER_CTS] = { "AES-128-CTS-CBC", "AES-256-CTS-CBC" },
		[ROM_CIPHER_ADIANTUM] = { "Adiantum", "Adiantum" },
	};

	return names[kind][key_len == (kind == ROM_CIPHER_XTS ? 64 : 32)];
}

enum rom_status rom_cipher_new(enum rom_cipher_kind kind, const uint8_t *key,
	size_t len, struct rom_cipher **ret, struct rom_err *err)
{
	struct rom_cipher *c;

	if (!is_key_len_valid(kind, len))
		return rom_fail(err, ROM_E_USAGE, ROM_NO_OFFSET,
			"%s: a key of %zu bytes does not suit this cipher",
			rom_cipher_name(kind, len), len);
	if (kind == ROM_CIPHER_XTS && !memcmp(key, key + len / 2, len / 2))
		return rom_fail(err, ROM_E_USAGE, ROM_NO_OFFSET,
			"%s: expected a key with two different halves, got "
			"equal ones",
			rom_cipher_name(kind, len));
	c = rom_alloc(sizeof(*c));
	c->kind = kind;
	c->key_len = len;
	c->refs = 1;
	memcpy(c->key, key, len);
	pthread_mutex_init(&c->lock, NULL);
	if (kind == ROM_CIPHER_ADIANTUM)
		c->adiantum = rom_adiantum_new(key);
	*ret = c;
	return ROM_OK;
}

struct rom_cipher *rom_cipher_ref(struct rom_cipher *c)
{
	__atomic_add_fetch(&c->refs, 1, __ATOMIC_RELAXED);
	return c;
}

void rom_cipher_free(struct rom_cipher *c)
{
	if (!c || __atomic_sub_fetch(&c->refs, 1, __ATOMIC_ACQ_REL) > 0)
		return;
	while (c->idle) {
		struct slot *s = c->idle;

		c->idle = s->next;
		EVP_CIPHER_CTX_free(s->data); /* libcrypto wipes the keys */
		EVP_CIPHER_CTX_free(s->iv);
		free(s);
	}
	rom_adiantum_free(c->adiantum);
	pthread_mutex_destroy(&c->lock);
	rom_wipe(c, sizeof(*c));
	free(c);
}

/* ---- units --------------------------------------------------------------- */

static void make_iv(
	const struct rom_units *u, uint64_t index, uint8_t *iv, size_t len)
{
	uint64_t number = (u->first + index) & u->mask;

	for (int i = 0; i < 8; i++)
		iv[i] = (uint8_t)(number >> 8 * i);
	memcpy(iv + 8, u->tail, len - 8);
}

static void xor_block(uint8_t *to, const uint8_t *from)
{
	uint64_t a[2], b[2];

	memcpy(a, to, BLOCK);
	memcpy(b, from, BLOCK);
	a[0] ^= b[0];
	a[1] ^= b[1];
	memcpy(to, a, BLOCK);
}

/* Decrypts all units in one CBC call, as if they were one message, which is
 * much faster for small units. Then the first block of each unit is corrected:
 * it was XORed with the ciphertext before it instead of its IV. */
static void cbc_batch(struct slot *s, uint8_t *data, size_t n,
	const struct rom_units *u, uint64_t index)
{
	static const uint8_t zero[BLOCK];

	for (size_t i = 0; i < n; i++)
		make_iv(u, index + i, s->ivs + i * BLOCK, BLOCK);
	if (s->iv)
		rom_evp_update(s->iv, s->ivs, n * BLOCK);
	for (size_t i = 1; i < n; i++)
		xor_block(s->ivs + i * BLOCK, data + i * u->size - BLOCK);
	rom_evp_set_iv(s->data, zero);
	rom_evp_update(s->data, data, n * u->size);
	for (size_t i = 0; i < n; i++)
		xor_block(data + i * u->size, s->ivs + i * BLOCK);
}

static void decrypt_unit(const struct rom_cipher *c, struct slot *s,
	uint8_t *data, const struct rom_units *u, uint64_t index)
{
	uint8_t iv[32];

	make_iv(u, index, iv, sizeof(iv));
	if (c->kind == ROM_CIPHER_ADIANTUM) {
		rom_adiantum_begin(c->adiantum, iv, data, u->size);
		rom_evp_update(s->data, data + u->size - BLOCK, BLOCK);
		rom_adiantum_end(c->adiantum, iv, data, u->size);
		return;
	}
	rom_evp_set_iv(s->data, iv);
	rom_evp_update(s->data, data, u->size);
}

static bool is_cbc(enum rom_cipher_kind kind)
{
	return kind == ROM_CIPHER_ESSIV || kind == ROM_CIPHER_PLAIN ||
	       kind == ROM_CIPHER_PLAIN64;
}

void rom_cipher_decrypt(struct rom_cipher *c, uint8_t *data, size_t len,
	const struct rom_units *units, uint64_t index)
{
	struct slot *s = slot_acquire(c);
	struct rom_units u = *units;
	size_t n = len / u.size;
	bool cbc = is_cbc(c->kind);

	if (c->kind == ROM_CIPHER_PLAIN)
		u.mask &= UINT32_MAX;
	for (size_t i = 0; i < n;) {
		size_t step = cbc ? (size_t)rom_min(BATCH, n - i) : 1;

		if (cbc)
			cbc_batch(s, data + i * u.size, step, &u, index + i);
		else
			decrypt_unit(c, s, data + i * u.size, &u, index + i);
		i += step;
	}
	slot_release(c, s);
}
