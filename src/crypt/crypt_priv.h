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

/* fde_summary.c: the sentence for the likeliest footer; the caller frees it. */
char *rom_fde_summary(const struct verdict_context *c, enum rom_access access,
	double confidence);

/* A way to encrypt a whole partition. */
struct rom_method {
	enum rom_cipher_kind kind;
	uint32_t unit;
	/* units are numbered from the start of the medium, not of the
	 * partition */
	bool absolute;
};

/* A key to try on a partition that begins at offset of the medium. */
struct rom_key_try {
	struct rom_image *part;
	uint64_t offset;
	const uint8_t *key;
	size_t len;
};

/* method.c: the decrypted image; NULL when the key does not suit the method. */
struct rom_image *rom_method_open(
	const struct rom_key_try *t, const struct rom_method *m);
/* The method among n with which the key yields the best superblock; NULL when
 * none does. *ret is the image that it decrypts. */
const struct rom_method *rom_method_find(const struct rom_key_try *t,
	const struct rom_method *m, size_t n, struct rom_image **ret);
/* The same among all methods. */
const struct rom_method *rom_method_find_any(
	const struct rom_key_try *t, struct rom_image **ret);
void rom_method_text(
	const struct rom_method *m, size_t key_len, char *out, size_t len);
/* The methods that the cipher name of a footer may mean; returns how many, 0
 * for an unknown name. */
size_t rom_method_of_footer(const char *cipher, const struct rom_method **ret);

/* What the cipher name of a footer means here. */
enum rom_fde_cipher {
	ROM_FDE_CIPHER_KNOWN,
	/* the phone's inline crypto engine; its key is not in the footer */
	ROM_FDE_CIPHER_INLINE,
	ROM_FDE_CIPHER_UNKNOWN
};
enum rom_fde_cipher rom_fde_cipher(const struct rom_crypt_footer *f);

/* vold never makes such a salt. */
bool rom_fde_has_zero_salt(const struct rom_crypt_footer *f);
/* True when the key in the footer is not Android's own: its salt is all zeros,
 * or Samsung's key is beside it or in its place. */
bool rom_fde_is_foreign(const struct rom_crypt_footer *f);

/* samsung.c: decrypts the key in an EDK. False when the check value shows that
 * the password is not the right one. */
bool rom_samsung_derive(const struct rom_samsung_edk *e, const void *password,
	size_t len, uint8_t key[32]);

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
