/* SPDX-License-Identifier: MIT */
/* crypto_footer.c - recognise the footer of Android's full-disk encryption;
 * layout in disk/crypt_footer.c */
#include "probe_priv.h"

static enum rom_status probe_at(struct rom_image *img, uint64_t offset,
	struct rom_claim *ret, struct rom_err *err)
{
	uint8_t buf[ROM_CRYPT_FOOTER_LEN];
	struct rom_buffer v = { .p = buf, .offset = offset };
	struct rom_crypt_footer f;
	enum rom_status st =
		rom_read_some(img, buf, sizeof(buf), offset, &v.len, err);
	ROM_AUTO char *version = NULL;

	if (!st)
		st = rom_crypt_footer_decode(&v, &f);
	if (st)
		return st;
	version = rom_format("%u.%u", f.major, f.minor);
	/* a footer at the end of a partition does not exclude another format
	 * before it */
	ret->bits = offset ? 36 : 64;
	rom_facts_number(&ret->detail, "at", offset);
	rom_facts_text(&ret->detail, "version", version);
	rom_facts_text(&ret->detail, "cipher", f.cipher);
	rom_facts_number(&ret->detail, "key_size", f.key_size);
	rom_facts_number(&ret->detail, "kdf", f.kdf);
	rom_facts_number(&ret->detail, "flags", f.flags);
	rom_facts_number(&ret->detail, "fs_sectors", f.fs_sectors);
	return ROM_OK;
}

static enum rom_status probe_footer(
	struct rom_image *img, struct rom_claim *ret, struct rom_err *err)
{
	enum rom_status st = probe_at(img, 0, ret, err);

	if (st == ROM_NO_MATCH && img->size > ROM_CRYPT_FOOTER_AREA)
		st = probe_at(img, img->size - ROM_CRYPT_FOOTER_AREA, ret, err);
	return st;
}

const struct rom_prober rom_prober_crypto_footer = {
	.name = "crypto-footer",
	.usage = ROM_USAGE_KEY,
	.traits = ROM_TRAIT_USERDATA,
	.min_size = 512,
	.magic = { { "\xc4\xb1\xb5\xd0", 4, 0, false },
		{ "\xc5\xb1\xb5\xd0", 4, 0, false },
		{ "\xc4\xb1\xb5\xd0", 4, ROM_CRYPT_FOOTER_AREA, true },
		{ "\xc5\xb1\xb5\xd0", 4, ROM_CRYPT_FOOTER_AREA, true } },
	.probe = probe_footer,
};
