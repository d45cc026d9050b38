/* SPDX-License-Identifier: MIT */
/* crypt_priv.h - what the files of the room share */
#ifndef ROMSPLIT_CRYPT_PRIV_H
#define ROMSPLIT_CRYPT_PRIV_H

#include "romsplit/cipher.h"
#include "romsplit/crypt.h"

/* A verdict in the making. */
struct verdict_context {
	const struct rom_userdata_facts *f;
	struct rom_userdata *ret;
};

/* evidence.c: all of it into ret. */
void rom_evidence_all(const struct verdict_context *c);
double rom_share(uint64_t part, uint64_t all);
/* Of the blocks that are not of one value, how many look random. */
double rom_random_share(const struct rom_stats *s);
/* What was typed on the phone: "the PIN". */
const char *rom_fde_secret_name(const struct rom_crypt_footer *f);

/* A way to encrypt a partition as a whole. */
struct rom_method {
	enum rom_cipher_kind kind;
	uint32_t unit;
	bool absolute; /* units are counted from the start of the medium */
};

/* method.c: the decrypted view; NULL when the key does not fit the method. */
struct rom_image *rom_method_open(struct rom_image *part, uint64_t offset,
	const struct rom_method *m, const uint8_t *key, size_t len);
/* The method among n by which the key shows a superblock; NULL: none. *ret is
 * opened by it. */
const struct rom_method *rom_method_find(struct rom_image *part,
	uint64_t offset, const struct rom_method *m, size_t n,
	const uint8_t *key, size_t len, struct rom_image **ret);
void rom_method_text(
	const struct rom_method *m, size_t key_len, char *out, size_t len);
/* The methods a footer's cipher name stands for; 0: unknown. */
size_t rom_method_of_footer(const char *cipher, const struct rom_method **ret);

/* fde_splice.c: what of an opened partition was never encrypted is given as it
 * lies: takes o->image, puts another. */
void rom_fde_splice(struct rom_image *part, const struct rom_crypt_footer *f,
	struct rom_decrypted *o);

enum { ROM_SHORTEST_PIN = 4 };

/* pins.c: tries PINs of 4 to n digits on all cores; true with the one that
 * fits(ctx, pin, len), which takes memory bytes each time. */
typedef bool (*rom_pin_fn)(void *ctx, const char *pin, size_t len);
bool rom_pins_try(const struct rom_secrets *s, uint64_t memory, rom_pin_fn fits,
	void *ctx, char *ret);

#endif
