/* SPDX-License-Identifier: MIT */
/* fde_summary.c - the summary of a verdict on full-disk encryption: what opens
 * it, or why nothing does */
#include <stdlib.h>

#include "crypt_priv.h"

/* Why no password opens the partition on a computer. */
static const char *bound_to(const struct rom_crypt_footer *f)
{
	if (rom_fde_cipher(f) == ROM_FDE_CIPHER_INLINE)
		return "encrypted by the inline crypto engine of this phone, "
		       "whose key is not in the footer";
	if (f->samsung)
		return "key kept in this phone by Samsung's own method";
	if (rom_fde_is_foreign(f))
		return "whose salt is all zeros: its key is not Android's own, "
		       "and Samsung phones keep theirs in the phone";
	return "key bound to this phone's keymaster";
}

static const char *encrypted_text(double confidence)
{
	return confidence < 0.9 ? "most likely encrypted" : "encrypted";
}

static char *device_summary(const struct verdict_context *c, double confidence)
{
	const struct rom_found_footer *f = &c->f->footers[0];
	bool own = !strcmp(f->partition, "userdata");
	ROM_AUTO char *both =
		own ? NULL : rom_format("rom/%s.bin and ", f->partition);

	return rom_format(
		"userdata is %s (Android FDE, footer in `%s`, %s): it can only "
		"be opened on the phone "
		"itself. Keep %srom/userdata.img, and do not wipe the phone.",
		encrypted_text(confidence), f->partition, bound_to(&f->footer),
		both ? both : "");
}

static char *unknown_cipher_summary(
	const struct verdict_context *c, double confidence)
{
	const struct rom_found_footer *f = &c->f->footers[0];

	return rom_format(
		"userdata is %s (Android FDE, footer in `%s`), with a cipher "
		"that is not known here (%s): romsplit cannot open it, not "
		"even with the right password. Keep the dump: a tool that "
		"knows this cipher may.",
		encrypted_text(confidence), f->partition, f->footer.cipher);
}

static char *samsung_summary(const struct verdict_context *c, double confidence)
{
	const struct rom_found_footer *f = &c->f->footers[0];

	return rom_format(
		"userdata is %s (Android FDE, footer in `%s`%s): it is "
		"Samsung's own key (EDK), of which %s can be tried offline, "
		"here or with hashcat -m 12900.",
		encrypted_text(confidence), f->partition,
		rom_fde_has_zero_salt(&f->footer)
			? "; its salt is all zeros, so its key is not "
			  "Android's "
			  "own"
			: "",
		rom_fde_secret_name(&f->footer));
}

char *rom_fde_summary(const struct verdict_context *c, enum rom_access access,
	double confidence)
{
	const struct rom_crypt_footer *f = &c->f->footers[0].footer;

	if (access == ROM_ACCESS_NO)
		return unknown_cipher_summary(c, confidence);
	if (access == ROM_ACCESS_DEVICE)
		return device_summary(c, confidence);
	if (rom_fde_is_foreign(f))
		return samsung_summary(c, confidence);
	return rom_format("userdata is %s (Android FDE, footer in `%s`, %s): "
			  "%s opens it, on any computer.",
		encrypted_text(confidence), c->f->footers[0].partition,
		f->kdf == 1   ? "PBKDF2"
		: f->kdf == 2 ? "scrypt"
			      : "software key",
		rom_fde_secret_name(f));
}
