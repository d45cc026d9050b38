/* SPDX-License-Identifier: MIT */
/* crypt_priv.h - what the files of the crypt module share */
#ifndef ROMSPLIT_CRYPT_PRIV_H
#define ROMSPLIT_CRYPT_PRIV_H

#include "romsplit/cipher.h"
#include "romsplit/crypt.h"

/* The facts, and the verdict that is filled from them. */
struct verdict_context {
	const struct rom_userdata_facts *f;
	struct rom_userdata *ret;
};

/* evidence.c: adds all evidence to ret. */
void rom_evidence_all(const struct verdict_context *c);
double rom_share(uint64_t part, uint64_t all);
/* The share of blocks that look random, among those that are not of one
 * value. */
double rom_random_share(const struct rom_stats *s);
/* The kind of secret that unlocks the phone: "the PIN". */
const char *rom_fde_secret_name(const struct rom_crypt_footer *f);

/* A way to encrypt a whole partition. */
struct rom_method {
	enum rom_cipher_kind kind;
	uint32_t unit;
	/* units are numbered from the start of the medium, not of the
	 * partition */
	bool absolute;
};

/* method.c: the decrypted image; NULL when the key does not suit the method. */
struct rom_image *rom_method_open(struct rom_image *part, uint64_t offset,
	const struct rom_method *m, const uint8_t *key, size_t len);
/* The method among n with which the key yields a superblock; NULL when none
 * does. *ret is the image that it decrypts. */
const struct rom_method *rom_method_find(struct rom_image *part,
	uint64_t offset, const struct rom_method *m, size_t n,
	const uint8_t *key, size_t len, struct rom_image **ret);
void rom_method_text(
	const struct rom_method *m, size_t key_len, char *out, size_t len);
/* The methods that the cipher name of a footer may mean; returns how many, 0
 * for an unknown name. */
size_t rom_method_of_footer(const char *cipher, const struct rom_method **ret);

/* fde_splice.c: replaces o->image by one that reads as stored whatever was
 * never encrypted. */
void rom_fde_splice(struct rom_image *part, const struct rom_crypt_footer *f,
	struct rom_decrypted *o);

enum { ROM_SHORTEST_PIN = 4 };

/* pins.c: tries PINs of 4 to n digits on all cores. True with the PIN for which
 * fits(ctx, pin, len) is true; each call of fits takes memory bytes. */
typedef bool (*rom_pin_fn)(void *ctx, const char *pin, size_t len);
bool rom_pins_try(const struct rom_secrets *s, uint64_t memory, rom_pin_fn fits,
	void *ctx, char *ret);

#endif
