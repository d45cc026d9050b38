/* SPDX-License-Identifier: MIT */
/*
 * fde.c - Android's full-disk encryption: from a password to the decrypted
 * partition
 *
 * intermediate key, 32 bytes, AES-128 key and IV for the wrapped master key:
 *   kdf 1: PBKDF2-HMAC-SHA1(password, salt, 2000 rounds)
 *   kdf 2: scrypt(password, salt)
 *   kdf 5: scrypt(RSA-2048 raw signature of (00, scrypt(password, salt), 223
 *   zeros), salt); the RSA key is in the keymaster blob, which an old software
 *   keymaster stores unencrypted
 * Android 5 passed the password in lower-case hexadecimal. Samsung had a key of
 * its own, see samsung.c.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "crypt_priv.h"

enum {
	PBKDF2_ROUNDS = 2000,
	KEYMASTER = 5,
	RSA_LEN = 256,
	MAX_UNCOVERED = 1 << 20
};

static bool is_zero(const uint8_t *p, size_t len)
{
	return !p[0] && !memcmp(p, p + 1, len - 1);
}

bool rom_fde_has_zero_salt(const struct rom_crypt_footer *f)
{
	return is_zero(f->salt, sizeof(f->salt));
}

bool rom_fde_is_foreign(const struct rom_crypt_footer *f)
{
	/* in the footer it lies over vold's salt */
	bool over_salt = f->edk.offset && f->edk.offset < ROM_CRYPT_FOOTER_LEN;

	return !(f->flags & ROM_FDE_KEY_PLAIN) &&
	       (over_salt || rom_fde_has_zero_salt(f));
}

/* True when the key is that in the EDK. */
static bool is_samsungs(const struct rom_crypt_footer *f)
{
	return f->edk.offset && rom_fde_is_foreign(f);
}

/* True when a password leads to a key without the phone's hardware. */
static bool is_derivable(const struct rom_crypt_footer *f)
{
	return !f->samsung &&
	       (f->kdf == 1 || f->kdf == 2 ||
		       (f->kdf == KEYMASTER && f->software_blob));
}

enum rom_access rom_fde_access(const struct rom_crypt_footer *f)
{
	enum rom_fde_cipher cipher = rom_fde_cipher(f);

	if (cipher != ROM_FDE_CIPHER_KNOWN)
		return cipher == ROM_FDE_CIPHER_INLINE ? ROM_ACCESS_DEVICE
						       : ROM_ACCESS_NO;
	if (rom_fde_is_foreign(f))
		return f->edk.offset ? ROM_ACCESS_PASSWORD : ROM_ACCESS_DEVICE;
	if (f->samsung)
		return ROM_ACCESS_DEVICE;
	return f->flags & ROM_FDE_KEY_PLAIN || is_derivable(f)
		       ? ROM_ACCESS_PASSWORD
		       : ROM_ACCESS_DEVICE;
}

/* The footer counts the sectors of the partition, with or without the 16 KiB
 * that a footer at the end takes. The tolerance is larger, because vendors
 * round the size. */
bool rom_fde_covers(const struct rom_crypt_footer *f, uint64_t bytes)
{
	uint64_t all = bytes / 512;

	return f->fs_sectors == 0 ||
	       (f->fs_sectors <= all &&
		       all - f->fs_sectors <=
			       rom_min(MAX_UNCOVERED / 512, all / 8));
}

/* ---- derivation ---------------------------------------------------------- */

static enum rom_status sign(const struct rom_crypt_footer *f,
	const uint8_t ik[32], uint8_t out[RSA_LEN], struct rom_err *err)
{
	struct rom_buffer key = rom_crypt_soft_key(f);
	uint8_t message[RSA_LEN] = { 0 };
	enum rom_status st;

	/* the leading zero keeps the number below the modulus */
	memcpy(message + 1, ik, 32);
	st = rom_rsa2048_private(key.p, key.len, message, out, err);
	rom_wipe(message, sizeof(message));
	return st;
}

static enum rom_status derive_intermediate(const struct rom_crypt_footer *f,
	const void *password, size_t len, uint8_t ik[32], struct rom_err *err)
{
	uint8_t signature[RSA_LEN];
	enum rom_status st;

	if (f->kdf == 1) {
		rom_pbkdf2(ROM_HASH_SHA1, password, len, f->salt,
			sizeof(f->salt), PBKDF2_ROUNDS, ik, 32);
		return ROM_OK;
	}
	if (f->kdf != 2 && !(f->kdf == KEYMASTER && f->software_blob))
		return rom_fail(err, ROM_E_ENCRYPTED, ROM_NO_OFFSET,
			"crypto footer: kdf %u needs the keymaster of the "
			"phone",
			f->kdf);
	st = rom_scrypt(password, len, f->salt, sizeof(f->salt), f->scrypt, ik,
		32, err);
	if (st || f->kdf == 2)
		return st;
	st = sign(f, ik, signature, err);
	if (!st)
		st = rom_scrypt(signature, sizeof(signature), f->salt,
			sizeof(f->salt), f->scrypt, ik, 32, err);
	rom_wipe(signature, sizeof(signature));
	return st;
}

enum rom_status rom_fde_derive(const struct rom_crypt_footer *f,
	const void *password, size_t len, uint8_t ik[32],
	uint8_t master[ROM_CRYPT_KEY_MAX], struct rom_err *err)
{
	enum rom_status st = derive_intermediate(f, password, len, ik, err);

	if (st)
		return st;
	memcpy(master, f->wrapped, f->key_size);
	rom_aes128_cbc_decrypt(ik, ik + 16, master, f->key_size);
	return ROM_OK;
}

/* ---- is it the right one? ------------------------------------------------ */

/* Compares the check value of footer 1.3, which needs no byte of userdata. */
static bool check_matches(
	const struct rom_crypt_footer *f, const uint8_t ik[32])
{
	uint8_t out[32];
	struct rom_err err;

	return f->minor >= 3 && f->kdf != 1 &&
	       !is_zero(f->check, sizeof(f->check)) &&
	       !rom_scrypt(ik, 16, f->salt, sizeof(f->salt), f->scrypt, out,
		       sizeof(out), &err) &&
	       !memcmp(out, f->check, sizeof(out));
}

struct opening {
	struct rom_image *part; /* only the encrypted part */
	uint64_t offset;
	const struct rom_crypt_footer *f;
	struct rom_decrypted *ret;
	/* no superblock is left to recognize the right PIN by, only the
	 * footer's check */
	bool head_lost;
	bool edk_matched; /* the password is right, by the EDK's check value */
};

/* True when the key opens the partition. sure: the footer's check proves the
 * key, so the image is opened even when no superblock is found in it. */
static bool open_with(
	struct opening *o, const uint8_t *key, size_t len, bool sure)
{
	const struct rom_key_try t = { o->part, o->offset, key, len };
	const struct rom_method *m = NULL, *found;
	size_t n = rom_method_of_footer(o->f->cipher, &m);

	found = rom_method_find(&t, m, n, &o->ret->image);
	o->ret->sound = found;
	if (!found && n && sure) {
		o->ret->image = rom_method_open(&t, &m[0]);
		found = o->ret->image ? &m[0] : NULL;
		/* phones whose hardware encrypts call it aes-xts, too */
		o->ret->maybe_inline = !strncmp(o->f->cipher, "aes-xts", 7);
	}
	if (found)
		rom_method_text(found, len, o->ret->with, sizeof(o->ret->with));
	return found;
}

/* A raw key also opens what the footer has no name or a wrong one for. */
static bool open_with_key(struct opening *o, const uint8_t *key, size_t len)
{
	const struct rom_key_try t = { o->part, o->offset, key, len };
	const struct rom_method *m;

	if (open_with(o, key, len, false))
		return true;
	m = rom_method_find_any(&t, &o->ret->image);
	o->ret->sound = m;
	if (m)
		rom_method_text(m, len, o->ret->with, sizeof(o->ret->with));
	return m;
}

/* dm-crypt took all of Samsung's key, or half of it. */
static bool try_edk(struct opening *o, const void *password, size_t len)
{
	uint8_t key[32];
	bool good = rom_samsung_derive(&o->f->edk, password, len, key);

	o->edk_matched = o->edk_matched || good;
	good = good && (open_with(o, key, sizeof(key), false) ||
			       open_with(o, key, sizeof(key) / 2, false));
	rom_wipe(key, sizeof(key));
	return good;
}

static bool try_derived(struct opening *o, const void *password, size_t len)
{
	uint8_t ik[32], master[ROM_CRYPT_KEY_MAX];
	struct rom_err err;
	bool good;

	if (o->f->edk.offset && try_edk(o, password, len))
		return true;
	if (!is_derivable(o->f) || is_samsungs(o->f))
		return false;
	good = !rom_fde_derive(o->f, password, len, ik, master, &err) &&
	       (open_with(o, master, o->f->key_size, false) ||
		       (check_matches(o->f, ik) &&
			       open_with(o, master, o->f->key_size, true)));

	rom_wipe(ik, sizeof(ik));
	rom_wipe(master, sizeof(master));
	return good;
}

/* Android 5 derived the key from the hexadecimal form. */
static bool try_hex_form(struct opening *o, const uint8_t *password, size_t len)
{
	char hex[2 * ROM_SECRET_LEN_MAX + 1];
	bool good;

	rom_hex(password, len, hex);
	good = try_derived(o, hex, 2 * len);
	rom_wipe(hex, sizeof(hex));
	return good;
}

static bool try_password(struct opening *o, const uint8_t *password, size_t len)
{
	return try_derived(o, password, len) || try_hex_form(o, password, len);
}

/* The dots come as digits 1 to 9; early Android 5 numbered them from 0, as
 * bytes. */
static bool try_pattern(struct opening *o, const uint8_t *dots, size_t len)
{
	uint8_t from_zero[ROM_SECRET_LEN_MAX];
	bool good;

	for (size_t i = 0; i < len; i++)
		from_zero[i] = (uint8_t)(dots[i] - '1');
	good = try_password(o, dots, len) || try_hex_form(o, from_zero, len);
	rom_wipe(from_zero, sizeof(from_zero));
	return good;
}

/* Whether the secret is a pattern: one that is read from a file comes as a
 * password of digits. */
static bool is_pattern(const struct opening *o, const struct rom_secret *s)
{
	bool dots = o->f->minor >= 3 && o->f->crypt_type == ROM_FDE_PATTERN;

	for (size_t i = 0; i < s->len && dots; i++)
		dots = s->bytes[i] >= '1' && s->bytes[i] <= '9';
	return s->kind == ROM_SECRET_PATTERN ||
	       (s->kind == ROM_SECRET_PASSWORD && dots);
}

static bool try_secret(struct opening *o, const struct rom_secret *s)
{
	static const char *const names[] = { "the password given",
		"the pattern given", "the key given" };
	bool good = s->kind == ROM_SECRET_KEY
			    ? open_with_key(o, s->bytes, s->len)
		    : is_pattern(o, s) ? try_pattern(o, s->bytes, s->len)
				       : try_password(o, s->bytes, s->len);

	o->ret->tried++;
	if (good)
		snprintf(o->ret->by, sizeof(o->ret->by), "%s",
			*s->name ? s->name : names[s->kind]);
	return good;
}

/* Called from many threads: derives the key and looks for a superblock, and
 * keeps nothing. The footer's check would double the time of each try, so it is
 * used only where no superblock is left. */
static bool pin_fits(void *ctx, const char *pin, size_t len)
{
	const struct opening *o = ctx;
	uint8_t ik[32], master[ROM_CRYPT_KEY_MAX];
	struct rom_decrypted own = { 0 };
	struct opening mine = { o->part, o->offset, o->f, &own, false, false };
	struct rom_err err;
	bool good;

	if (is_samsungs(o->f))
		return rom_samsung_derive(&o->f->edk, pin, len, master);
	good = !rom_fde_derive(o->f, pin, len, ik, master, &err) &&
	       (o->head_lost ? check_matches(o->f, ik)
			     : open_with(&mine, master, o->f->key_size, false));

	rom_wipe(ik, sizeof(ik));
	rom_wipe(master, sizeof(master));
	rom_decrypted_done(&own);
	return good;
}

static uint64_t scrypt_memory(const struct rom_crypt_footer *f)
{
	unsigned log = (unsigned)f->scrypt[0] + f->scrypt[1] + 7;

	return f->kdf == 1 || log > 40 ? 0 : (uint64_t)1 << log;
}

/* True when the superblock is overwritten with one value or cannot be read:
 * then no key shows a superblock there. */
static bool is_head_lost(struct rom_image *part)
{
	uint8_t buf[1024];
	struct rom_err err;

	return rom_read(part, buf, sizeof(buf), ROM_EXT4_SUPER_AT, &err) ||
	       !memcmp(buf, buf + 1, sizeof(buf) - 1);
}

static bool try_pins(struct opening *o, const struct rom_secrets *s)
{
	char pin[32];

	if (!s || !s->try_pins)
		return false;
	o->head_lost = is_head_lost(o->part);
	if (!rom_pins_try(s, scrypt_memory(o->f), pin_fits, o, pin))
		return false;
	snprintf(o->ret->by, sizeof(o->ret->by), "the PIN found by trying all");
	if (s->report) {
		ROM_AUTO char *text = rom_format("the PIN is %s", pin);

		s->report(s->report_ctx, text);
		rom_wipe(text, strlen(text));
	}
	return try_derived(o, pin, strlen(pin));
}

/* ---- all ways ------------------------------------------------------------ */

/* Where a PIN or pattern was set, the default password cannot be right.
 * crypt_type is also 0 in footers without that field. */
static bool try_default(struct opening *o)
{
	static const char word[] = "default_password";
	bool other = o->f->crypt_type == ROM_FDE_PIN ||
		     o->f->crypt_type == ROM_FDE_PATTERN;

	if (other && !(o->f->flags & ROM_FDE_FORCE))
		return false;
	snprintf(o->ret->by, sizeof(o->ret->by), "Android's default password");
	return try_password(o, (const uint8_t *)word, sizeof(word) - 1);
}

static bool try_all(struct opening *o, const struct rom_secrets *s)
{
	/* of a foreign footer, too: what opens, opens */
	bool device = rom_fde_cipher(o->f) != ROM_FDE_CIPHER_KNOWN ||
		      !(is_derivable(o->f) || o->f->edk.offset);

	if (o->f->flags & ROM_FDE_KEY_PLAIN) {
		snprintf(o->ret->by, sizeof(o->ret->by),
			"the unencrypted key in the footer");
		if (open_with(o, o->f->wrapped, o->f->key_size, false))
			return true;
	}
	if (!device && try_default(o))
		return true;
	for (size_t i = 0; s && i < s->n; i++) {
		/* a raw key also opens what no password can */
		if ((s->v[i].kind == ROM_SECRET_KEY || !device) &&
			try_secret(o, &s->v[i]))
			return true;
	}
	return !device && try_pins(o, s);
}

/* Why no password can open it here; NULL: one may. */
static const char *why_closed(const struct rom_crypt_footer *f)
{
	switch (rom_fde_cipher(f)) {
	case ROM_FDE_CIPHER_UNKNOWN:
		return "the cipher that its footer names is not known here, so "
		       "no password was tried";
	case ROM_FDE_CIPHER_INLINE:
		return "it is encrypted by this phone's inline crypto engine; "
		       "no password opens it on a computer";
	default:
		break;
	}
	if (is_derivable(f) || f->edk.offset)
		return NULL;
	return "the key is bound to this phone's hardware; no password opens "
	       "it on a computer";
}

/* What is known of the secrets that did not open it. */
static const char *why_not_these(const struct opening *o)
{
	if (o->edk_matched)
		return "the given password is the right one, by the check "
		       "value of Samsung's EDK, but the key in that EDK does "
		       "not open it here";
	if (is_samsungs(o->f))
		return rom_fde_has_zero_salt(o->f)
			       ? "the given password or key is not the right "
				 "one. The footer's salt is all zeros: the key "
				 "is not vold's, but Samsung's own (EDK); "
				 "hashcat -m 12900 can try passwords offline, "
				 "romsplit info prints its line"
			       : "the given password or key is not the right "
				 "one. The key is Samsung's own (EDK); hashcat "
				 "-m 12900 can try passwords offline, romsplit "
				 "info prints its line";
	if (rom_fde_is_foreign(o->f))
		return "the given password or key does not open it; its footer "
		       "has a salt of zeros, so the key in it is not Android's "
		       "own";
	return "the given password or key is not the right one";
}

static enum rom_status report_failure(const struct opening *o,
	const struct rom_secrets *secrets, struct rom_err *err)
{
	uint8_t ik[32], master[ROM_CRYPT_KEY_MAX];
	const char *closed = why_closed(o->f);

	if (closed)
		return rom_fail(err, ROM_E_ENCRYPTED, ROM_NO_OFFSET,
			"userdata: %s%s", closed,
			o->ret->tried
				? ", and the given key is not the right one"
				: "");
	if (secrets && secrets->try_pins && !o->edk_matched)
		return rom_fail(err, ROM_E_ENCRYPTED, ROM_NO_OFFSET,
			"userdata: no PIN of %d to %u digits opens it%s",
			ROM_SHORTEST_PIN, secrets->try_pins,
			o->ret->tried
				? ", nor does any other secret that was given"
				: "");
	if (!o->ret->tried && !o->edk_matched)
		return rom_fail(err, ROM_E_ENCRYPTED, ROM_NO_OFFSET,
			"userdata: the password, PIN or pattern of the phone "
			"is needed");
	/* invalid scrypt parameters must be reported as such, not as a wrong
	 * password */
	if (is_samsungs(o->f) || !rom_fde_derive(o->f, "", 0, ik, master, err))
		rom_fail(err, ROM_E_ENCRYPTED, ROM_NO_OFFSET, "userdata: %s",
			why_not_these(o));
	rom_wipe(ik, sizeof(ik));
	rom_wipe(master, sizeof(master));
	return ROM_E_ENCRYPTED;
}

enum rom_status rom_fde_open(struct rom_image *part, uint64_t offset,
	const struct rom_crypt_footer *f, const struct rom_secrets *secrets,
	struct rom_decrypted *ret, struct rom_err *err)
{
	uint64_t len = f->fs_sectors
			       ? rom_min(f->fs_sectors, part->size / 512) * 512
			       : part->size;
	ROM_AUTO_IMAGE struct rom_image *body = rom_image_open_slice(
		part, (struct rom_range){ 0, len }, part->name);
	struct opening o = {
		.part = body, .offset = offset, .f = f, .ret = ret
	};

	*ret = (struct rom_decrypted){ 0 };
	if (!try_all(&o, secrets)) {
		size_t tried = ret->tried;

		*ret->by = '\0';
		ret->tried = tried;
		return report_failure(&o, secrets, err);
	}
	rom_fde_splice(body, f, ret);
	return ROM_OK;
}
