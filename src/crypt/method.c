/* SPDX-License-Identifier: MIT */
/* method.c - the ways in which a whole partition is encrypted, and which of them it is: a superblock tells */
#include "crypt_priv.h"

static const struct rom_method essiv[] = { { ROM_CIPHER_ESSIV, 512, false },
	{ ROM_CIPHER_ESSIV, 4096, false } };
static const struct rom_method xts[] = { { ROM_CIPHER_XTS, 512, false },
	{ ROM_CIPHER_XTS, 512, true }, { ROM_CIPHER_XTS, 4096, false },
	{ ROM_CIPHER_XTS, 4096, true } };
static const struct rom_method adiantum[] = { { ROM_CIPHER_ADIANTUM, 4096, false },
	{ ROM_CIPHER_ADIANTUM, 512, false }, { ROM_CIPHER_ADIANTUM, 4096, true } };

size_t rom_method_of_footer(const char *cipher, const struct rom_method **ret)
{
	if (!strcmp(cipher, "aes-cbc-essiv:sha256")) {
		*ret = essiv;
		return sizeof(essiv) / sizeof(*essiv);
	}
	if (!strncmp(cipher, "xchacha12,aes-adiantum", 22)) {
		*ret = adiantum;
		return sizeof(adiantum) / sizeof(*adiantum);
	}
	if (!strcmp(cipher, "aes-xts") || !strncmp(cipher, "aes-xts-plain", 13)) {
		*ret = xts;
		return sizeof(xts) / sizeof(*xts);
	}
	return 0;
}

static bool ext4_at(struct rom_image *img, uint64_t at)
{
	uint8_t buf[ROM_EXT4_SUPER_LEN];
	struct rom_view v = { .p = buf, .len = sizeof(buf), .at = at };
	struct rom_ext4_super sb;
	struct rom_err err;

	return !rom_read(img, buf, sizeof(buf), at, &err) && !rom_ext4_super_decode(&v, &sb, &err);
}

static bool f2fs_at(struct rom_image *img, uint64_t at)
{
	uint8_t buf[ROM_F2FS_SUPER_LEN];
	struct rom_view v = { .p = buf, .len = sizeof(buf), .at = at };
	struct rom_f2fs_super sb;
	struct rom_err err;

	return !rom_read(img, buf, sizeof(buf), at, &err) && !rom_f2fs_super_decode(&v, &sb, &err);
}

bool rom_has_super(struct rom_image *img)
{
	/* the first backup of ext4 with blocks of 4 KiB is in group 1 */
	return ext4_at(img, ROM_EXT4_SUPER_AT) || f2fs_at(img, ROM_F2FS_SUPER_AT) ||
	       f2fs_at(img, ROM_F2FS_SUPER2_AT) || ext4_at(img, (uint64_t)32768 * 4096);
}

struct rom_image *rom_method_open(struct rom_image *part, uint64_t at, const struct rom_method *m,
	const uint8_t *key, size_t len)
{
	const struct rom_units u = {
		.size = m->unit, .first = m->absolute ? at / m->unit : 0, .mask = UINT64_MAX
	};
	struct rom_cipher *cipher = NULL;
	struct rom_image *img;
	struct rom_err err;

	if (rom_cipher_new(m->kind, key, len, &cipher, &err))
		return NULL;
	img = rom_image_open_cipher(part, cipher, &u);
	rom_cipher_free(cipher);
	return img;
}

const struct rom_method *rom_method_find(struct rom_image *part, uint64_t at,
	const struct rom_method *m, size_t n, const uint8_t *key, size_t len,
	struct rom_image **ret)
{
	for (size_t i = 0; i < n; i++) {
		ROM_AUTO_IMAGE struct rom_image *img = rom_method_open(part, at, &m[i], key, len);

		if (!img || !rom_has_super(img))
			continue;
		*ret = ROM_TAKE(img);
		return &m[i];
	}
	return NULL;
}

void rom_method_text(const struct rom_method *m, size_t key_len, char *out, size_t len)
{
	snprintf(out, len, "%s in units of %u bytes, counted from the start of the %s",
		rom_cipher_name(m->kind, key_len), m->unit, m->absolute ? "medium" : "partition");
}

/* ---- raw keys ---------------------------------------------------------------------------------------------------- */

void rom_decrypted_done(struct rom_decrypted *o)
{
	rom_image_close(o->image);
	*o = (struct rom_decrypted){ 0 };
}

static bool try_key(
	struct rom_image *part, uint64_t at, const struct rom_secret *s, struct rom_decrypted *ret)
{
	static const struct {
		const struct rom_method *m;
		size_t n;
	} all[] = { { xts, 4 }, { adiantum, 3 }, { essiv, 2 } };

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		const struct rom_method *m = rom_method_find(
			part, at, all[i].m, all[i].n, s->bytes, s->len, &ret->image);

		if (!m)
			continue;
		rom_method_text(m, s->len, ret->with, sizeof(ret->with));
		snprintf(ret->by, sizeof(ret->by), "the key given");
		ret->sound = true;
		return true;
	}
	return false;
}

enum rom_status rom_key_open(struct rom_image *part, uint64_t at, const struct rom_secrets *secrets,
	struct rom_decrypted *ret, struct rom_err *err)
{
	for (size_t i = 0; secrets && i < secrets->n; i++) {
		if (secrets->v[i].kind != ROM_SECRET_KEY)
			continue;
		ret->tried++;
		if (try_key(part, at, &secrets->v[i], ret))
			return ROM_OK;
	}
	return rom_fail(err, ROM_E_ENCRYPTED, ROM_NOWHERE,
		ret->tried ? "userdata: none of the keys given opens it"
			   : "userdata: a key is needed");
}
