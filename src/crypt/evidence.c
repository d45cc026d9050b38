/* SPDX-License-Identifier: MIT */
/* evidence.c - the facts read from userdata, as lines of text for people and as
 * facts for machines */
#include <inttypes.h>
#include <stdlib.h>

#include "crypt_priv.h"

void rom_verdict_evidence(struct rom_userdata *ret, uint64_t offset, char *text)
{
	struct rom_evidence *e = rom_vec_add(&ret->evidence);

	e->offset = offset;
	/* a partition name from the dump may contain control characters */
	e->text = rom_one_line(text);
	free(text);
}

void rom_verdict_add(struct rom_userdata *ret, char *text)
{
	ROM_AUTO char *old = ret->summary, *more = rom_one_line(text);

	ret->summary = rom_format("%s %s", old ? old : "", more);
	free(text);
}

static void evidence(struct rom_userdata *ret, uint64_t offset, char *text)
{
	rom_verdict_evidence(ret, offset, text);
}

double rom_share(uint64_t part, uint64_t all)
{
	return all ? (double)part / (double)all : 0;
}

double rom_random_share(const struct rom_stats *s)
{
	return rom_share(s->random, s->blocks - s->constant);
}

static void evidence_stats(const struct verdict_context *c)
{
	const struct rom_stats *s = &c->f->stats;

	if (!c->f->has_stats)
		return;
	evidence(c->ret, ROM_NO_OFFSET,
		rom_format("%" PRIu64 " blocks of 4 KiB sampled: %.1f %% of "
			   "one value (%.1f %% 00, %.1f %% FF); of "
			   "the others %.2f %% look random, %" PRIu64
			   " have a structure; entropy %.4f bits a byte",
			s->blocks, 100 * rom_share(s->constant, s->blocks),
			100 * rom_share(s->zero, s->blocks),
			100 * rom_share(s->ff, s->blocks),
			100 * rom_random_share(s), s->structured, s->entropy));
}

static const char *binding(const struct rom_crypt_footer *f)
{
	if (f->edk.offset && rom_fde_is_foreign(f))
		return "Samsung's own (EDK), not bound to the phone";
	if (f->samsung)
		return "kept in the phone by Samsung's own method";
	if (f->kdf < 3)
		return "not bound to the phone";
	return f->software_blob ? "derived with an RSA key that the footer "
				  "holds unencrypted (software keymaster)"
				: "bound to this phone's keymaster";
}

const char *rom_fde_secret_name(const struct rom_crypt_footer *f)
{
	static const char *const names[] = { "the password",
		"nothing but Android's default password", "the unlock pattern",
		"the PIN" };

	if (f->minor < 3)
		return "the password, PIN or pattern";
	return names[f->crypt_type < 4 ? f->crypt_type : 0];
}

static void detail_footer(
	const struct verdict_context *c, const struct rom_found_footer *found)
{
	const struct rom_crypt_footer *f = &found->footer;
	struct rom_facts *d = rom_facts_item(&c->ret->detail, "footer");
	ROM_AUTO char *version = rom_format("%u.%u", f->major, f->minor);
	static const char *const secrets[] = { "password", "default", "pattern",
		"pin" };

	rom_facts_text(d, "partition", found->partition);
	rom_facts_number(d, "at", found->offset);
	rom_facts_text(d, "version", version);
	rom_facts_text(d, "cipher", f->cipher);
	rom_facts_number(d, "key_size", f->key_size);
	rom_facts_number(d, "kdf", f->kdf);
	rom_facts_number(d, "flags", f->flags);
	rom_facts_number(d, "fs_sectors", f->fs_sectors);
	rom_facts_number(d, "failed_attempts", f->failed);
	if (f->minor >= 3) {
		rom_facts_text(d, "secret",
			f->crypt_type < 4 ? secrets[f->crypt_type] : "unknown");
		rom_facts_number(d, "encrypted_upto", f->encrypted_upto);
	}
	if (f->edk.offset)
		rom_facts_number(d, "edk_at", found->offset + f->edk.offset);
	if (*found->timezone)
		rom_facts_text(d, "timezone", found->timezone);
	if (*found->locale)
		rom_facts_text(d, "locale", found->locale);
}

/* hashcat's line is hex of the EDK, its check value and its salt. */
static void evidence_edk(
	const struct verdict_context *c, const struct rom_found_footer *found)
{
	const struct rom_samsung_edk *e = &found->footer.edk;
	char edk[65], mac[65], salt[33];

	rom_hex(e->edk, sizeof(e->edk), edk);
	rom_hex(e->mac, sizeof(e->mac), mac);
	rom_hex(e->salt, sizeof(e->salt), salt);
	evidence(c->ret, found->offset + e->offset,
		rom_format("Samsung's encrypted key (EDK) is here; line for "
			   "hashcat -m 12900: %s%s%s",
			edk, mac, salt));
}

/* Whose key it is, where it is not Android's. */
static void evidence_foreign(
	const struct verdict_context *c, const struct rom_found_footer *found)
{
	const struct rom_samsung_edk *e = &found->footer.edk;

	if (rom_fde_has_zero_salt(&found->footer))
		evidence(c->ret, found->offset,
			rom_format("the salt in the footer is all zeros, and "
				   "Android's vold always makes a random one: "
				   "the key is not vold's; %s",
				e->offset ? "it is Samsung's EDK"
					  : "Samsung phones keep theirs in an "
					    "EDK, which is not in this dump, "
					    "or in the phone (TEE)"));
	if (e->offset)
		evidence_edk(c, found);
}

static void evidence_footer(
	const struct verdict_context *c, const struct rom_found_footer *found)
{
	const struct rom_crypt_footer *f = &found->footer;
	uint64_t sectors = c->f->range.len / 512;

	evidence(c->ret, found->offset,
		rom_format("crypto footer %u.%u in %s: %s, key of %" PRIu32
			   " bytes, kdf %u, flags 0x%" PRIx32 ", %" PRIu64
			   " sectors, %" PRIu32 " failed attempts",
			f->major, f->minor, found->partition, f->cipher,
			f->key_size, f->kdf, f->flags, f->fs_sectors,
			f->failed));
	evidence(c->ret, found->offset,
		rom_format("the key in the footer is %s; unlocked by %s",
			binding(f), rom_fde_secret_name(f)));
	if (f->edk.offset || rom_fde_is_foreign(f))
		evidence_foreign(c, found);
	if (rom_fde_cipher(f) == ROM_FDE_CIPHER_UNKNOWN)
		evidence(c->ret, found->offset,
			rom_format("the cipher %s is not known here: nothing "
				   "can be decrypted with it",
				f->cipher));
	if (!rom_fde_covers(f, c->f->range.len))
		evidence(c->ret, found->offset,
			rom_format("the footer was made for %" PRIu64
				   " sectors, userdata has %" PRIu64
				   ": it may be left over from an older "
				   "system, or belong to another phone",
				f->fs_sectors, sectors));
	if (*found->timezone || *found->locale)
		evidence(c->ret, found->offset,
			rom_format("stored unencrypted next to the footer: "
				   "language %s, time zone %s",
				*found->locale ? found->locale : "unknown",
				*found->timezone ? found->timezone
						 : "unknown"));
	detail_footer(c, found);
}

static void evidence_super(const struct verdict_context *c)
{
	if (!c->f->filesystem)
		return;
	if (c->f->backup_offset)
		evidence(c->ret, c->f->range.offset + c->f->backup_offset,
			rom_format(
				"a valid backup superblock of %s is at "
				"0x%" PRIx64
				" of the partition; the primary one is missing",
				c->f->filesystem, c->f->backup_offset));
	else if (c->f->super_gone)
		evidence(c->ret, c->f->range.offset + c->f->super_offset,
			rom_format("the superblocks of %s are missing, but the "
				   "tables that lead to its files are there",
				c->f->filesystem));
	else
		evidence(c->ret, c->f->range.offset + c->f->magic_offset,
			rom_format("%s %s at 0x%" PRIx64
				   " of the partition, with valid fields",
				c->f->filesystem, c->f->magic,
				c->f->magic_offset));
	if (c->f->encrypt_feature && !c->f->n_dirs && c->f->reader)
		evidence(c->ret, ROM_NO_OFFSET,
			rom_strdup("the encryption feature bit is set, but no "
				   "directory is encrypted"));
}

char *rom_policy_text(const struct rom_encrypted_dir *d)
{
	char key[33];

	if (!d->has_context)
		return rom_format("%s is flagged as encrypted, but its context "
				  "could not be read",
			d->path);
	rom_hex(d->context.key, d->context.key_len, key);
	return rom_format("%s is encrypted: policy v%u, contents %s, names %s, "
			  "flags 0x%02x, key %s %s",
		d->path, d->context.version,
		rom_fscrypt_mode_name(d->context.contents),
		rom_fscrypt_mode_name(d->context.names), d->context.flags,
		d->context.version == 1 ? "descriptor" : "identifier", key);
}

static void evidence_dirs(const struct verdict_context *c)
{
	for (size_t i = 0; i < c->f->n_dirs; i++)
		evidence(
			c->ret, ROM_NO_OFFSET, rom_policy_text(&c->f->dirs[i]));
}

static void evidence_file_stats(const struct verdict_context *c)
{
	const struct rom_file_stats *n = &c->f->file_stats;
	char human[32], from[32], to[32];

	if (!c->f->n_dirs || !n->files)
		return;
	evidence(c->ret, ROM_NO_OFFSET,
		rom_format(
			"%s holds %s%" PRIu64 " files of %s, %" PRIu64
			" of them at least 1 MiB, written from %.10s to %.10s",
			c->f->media, n->all ? "" : "at least ", n->files,
			rom_human(n->bytes, human, sizeof(human)), n->large,
			rom_utc(n->oldest, from, sizeof(from)),
			rom_utc(n->newest, to, sizeof(to))));
	rom_facts_number(&c->ret->detail, "media_files", n->files);
	rom_facts_number(&c->ret->detail, "media_bytes", n->bytes);
	rom_facts_number(&c->ret->detail, "media_large", n->large);
	rom_facts_number(&c->ret->detail, "media_counted_all", n->all);
}

/* Keys wrapped by the hardware cannot be extracted, not even by the phone's own
 * Android. */
static void evidence_wrapped(const struct verdict_context *c)
{
	bool by_mode = strstr(c->f->mode, "wrappedkey") ||
		       strstr(c->f->fstab, "wrappedkey");
	bool by_size = c->f->metadata_key && c->f->metadata_key_size > 92;

	if (*c->f->mode)
		evidence(c->ret, ROM_NO_OFFSET,
			rom_format(
				"/unencrypted/mode contains %s", c->f->mode));
	if (*c->f->fstab)
		evidence(c->ret, ROM_NO_OFFSET,
			rom_format("%s mounts /data with %s", c->f->fstab_from,
				c->f->fstab));
	if (c->f->metadata_key)
		evidence(c->ret, ROM_NO_OFFSET,
			rom_format("%s holds vold/metadata_encryption/key; its "
				   "encrypted_key has %" PRIu64
				   " bytes (92: a raw key wrapped by the "
				   "keymaster; more: a key wrapped by the "
				   "hardware)%s",
				c->f->metadata_key, c->f->metadata_key_size,
				c->f->metadata_key_soft
					? "; its keymaster blob is of a "
					  "software keymaster, so the key in "
					  "it is not protected"
					: ""));
	if (by_mode || by_size)
		evidence(c->ret, ROM_NO_OFFSET,
			rom_strdup("the keys are wrapped by the hardware: even "
				   "the running phone does not reveal them"));
}

static void detail_dirs(const struct verdict_context *c)
{
	for (size_t i = 0; i < c->f->n_dirs; i++) {
		const struct rom_encrypted_dir *d = &c->f->dirs[i];
		struct rom_facts *item =
			rom_facts_item(&c->ret->detail, "folders");
		char key[33] = "";

		rom_facts_text(item, "path", d->path);
		if (!d->has_context)
			continue;
		rom_hex(d->context.key, d->context.key_len, key);
		rom_facts_number(item, "policy", d->context.version);
		rom_facts_text(item, "contents",
			rom_fscrypt_mode_name(d->context.contents));
		rom_facts_text(
			item, "names", rom_fscrypt_mode_name(d->context.names));
		rom_facts_number(item, "flags", d->context.flags);
		rom_facts_text(item, "key", key);
	}
}

void rom_evidence_all(const struct verdict_context *c)
{
	evidence_super(c);
	evidence_dirs(c);
	for (size_t i = 0; i < c->f->n_footers; i++)
		evidence_footer(c, &c->f->footers[i]);
	evidence_file_stats(c);
	evidence_wrapped(c);
	detail_dirs(c);
	evidence_stats(c);
}
