/* SPDX-License-Identifier: MIT */
/*
 * keyring.c - keys of file-based encryption, and how files refer to them
 *
 * v1 descriptor, as Android makes it: the first 8 bytes of
 * SHA-512(SHA-512(key)) (vold, Android 7 on); v2 identifier: HKDF-SHA512(key,
 * info "fscrypt" 00 01), 16 bytes (Linux fs/crypto/keyring.c)
 */
#include <stdlib.h>

#include "fs_priv.h"

struct rom_keyring {
	ROM_VEC(struct rom_key) keys;
	int refs;
};

/* a phone has some dozens; a lookup compares each */
#define MAX_KEYS 1000

struct rom_keyring *rom_keyring_new(void)
{
	struct rom_keyring *k = rom_alloc(sizeof(*k));

	k->refs = 1;
	return k;
}

static bool has_key(const struct rom_keyring *k, const uint8_t *key, size_t len)
{
	const struct rom_key *other;

	rom_each (other, &k->keys) {
		if (other->len == len && !memcmp(other->bytes, key, len))
			return true;
	}
	return false;
}

/* Not rom_vec_add: realloc would leave copies of the keys in freed memory. So
 * the array is allocated once, at its full capacity, and never moves. */
static struct rom_key *reserve_key(struct rom_keyring *k)
{
	if (!k->keys.v) {
		k->keys.cap = MAX_KEYS;
		k->keys.v = rom_alloc(MAX_KEYS * sizeof(*k->keys.v));
	}
	return k->keys.n < MAX_KEYS ? &k->keys.v[k->keys.n++] : NULL;
}

void rom_keyring_add(struct rom_keyring *k, const uint8_t *bytes, size_t len)
{
	uint8_t digest[ROM_SHA512_LEN];
	struct rom_key *key;

	if (len < 16 || len > sizeof(key->bytes) || has_key(k, bytes, len))
		return;
	key = reserve_key(k);
	if (!key)
		return;
	memcpy(key->bytes, bytes, len);
	key->len = len;
	rom_sha512(bytes, len, digest);
	rom_sha512(digest, sizeof(digest), digest);
	memcpy(key->descriptor, digest, sizeof(key->descriptor));
	rom_hkdf_extract(bytes, len, key->prk);
	rom_hkdf_expand(key->prk, (const uint8_t *)"fscrypt\0\1", 9,
		key->identifier, sizeof(key->identifier));
	rom_wipe(digest, sizeof(digest));
}

size_t rom_keyring_count(const struct rom_keyring *k)
{
	return k->keys.n;
}

const struct rom_key *rom_keyring_find(
	const struct rom_keyring *k, const struct rom_fscrypt *c)
{
	const struct rom_key *key;

	rom_each (key, &k->keys) {
		if (!memcmp(c->version == 1 ? key->descriptor : key->identifier,
			    c->key, c->key_len))
			return key;
	}
	return NULL;
}

bool rom_keyring_has(
	const struct rom_keyring *k, const struct rom_fscrypt *context)
{
	return k && rom_keyring_find(k, context);
}

struct rom_keyring *rom_keyring_ref(struct rom_keyring *k)
{
	__atomic_add_fetch(&k->refs, 1, __ATOMIC_RELAXED);
	return k;
}

void rom_keyring_free(struct rom_keyring *k)
{
	if (!k || __atomic_sub_fetch(&k->refs, 1, __ATOMIC_ACQ_REL) > 0)
		return;
	if (k->keys.v)
		rom_wipe(k->keys.v, k->keys.cap * sizeof(*k->keys.v));
	rom_vec_done(&k->keys);
	free(k);
}
