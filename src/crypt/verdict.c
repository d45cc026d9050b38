/* SPDX-License-Identifier: MIT */
/*
 * verdict.c - from what was read to one verdict
 *
 * First match wins: absent; wiped; a superblock (plain or file-based encryption); a footer (full-disk
 * encryption); a metadata encryption key; noise; a backup superblock; nothing. A footer beside a readable
 * filesystem is evidence, not a verdict.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "romsplit/crypt.h"

struct case_file {
	const struct rom_userdata_facts *f;
	struct rom_userdata *ret;
};

void rom_verdict_evidence(struct rom_userdata *ret, uint64_t at, char *text)
{
	struct rom_evidence *e = rom_vec_add(&ret->evidence);

	e->at = at;
	e->text = rom_one_line(text); /* it may hold the name of a partition */
	free(text);
}

void rom_verdict_add(struct rom_userdata *ret, char *text)
{
	ROM_AUTO char *old = ret->sentence, *more = rom_one_line(text);

	ret->sentence = rom_format("%s %s", old ? old : "", more);
	free(text);
}

static void evidence(struct rom_userdata *ret, uint64_t at, char *text)
{
	rom_verdict_evidence(ret, at, text);
}

static void conclude(struct rom_userdata *ret, enum rom_verdict_kind verdict, const char *grade,
	double confidence, const char *openable, char *sentence)
{
	ret->verdict = verdict;
	ret->grade = grade;
	ret->confidence = confidence;
	ret->openable = openable;
	free(ret->sentence);
	ret->sentence = rom_one_line(sentence);
	free(sentence);
}

/* ---- evidence ------------------------------------------------------------------------------------ */

static double share(uint64_t part, uint64_t all)
{
	return all ? (double)part / (double)all : 0;
}

static double random_share(const struct rom_stats *s)
{
	return share(s->random, s->blocks - s->constant);
}

static void evidence_stats(const struct case_file *c)
{
	const struct rom_stats *s = &c->f->stats;

	if (!c->f->has_stats)
		return;
	evidence(c->ret, ROM_NOWHERE,
		rom_format(
			"%" PRIu64
			" blocks of 4 KiB looked at: %.1f %% of one value (%.1f %% 00, %.1f %% FF); of "
			"the others %.2f %% look random, %" PRIu64
			" have a structure; entropy %.4f bits a byte",
			s->blocks, 100 * share(s->constant, s->blocks),
			100 * share(s->zero, s->blocks), 100 * share(s->ff, s->blocks),
			100 * random_share(s), s->structured, s->entropy));
}

static const char *binding(const struct rom_crypt_footer *f)
{
	if (f->kdf < 3)
		return "not bound to the phone";
	return f->software_blob
		       ? "made with an RSA key that lies open in the footer (software keymaster)"
		       : "bound to this phone's keymaster";
}

static const char *secret_name(const struct rom_crypt_footer *f)
{
	static const char *const names[] = { "the password",
		"nothing but Android's default password", "the unlock pattern", "the PIN" };

	if (f->minor < 3)
		return "the password, PIN or pattern";
	return names[f->crypt_type < 4 ? f->crypt_type : 0];
}

static void detail_footer(const struct case_file *c)
{
	const struct rom_crypt_footer *f = &c->f->footer;
	struct rom_facts *d = rom_facts_item(&c->ret->detail, "footer");
	ROM_AUTO char *version = rom_format("%u.%u", f->major, f->minor);
	static const char *const secrets[] = { "password", "default", "pattern", "pin" };

	rom_facts_text(d, "partition", c->f->footer_partition);
	rom_facts_number(d, "at", c->f->footer_at);
	rom_facts_text(d, "version", version);
	rom_facts_text(d, "cipher", f->cipher);
	rom_facts_number(d, "key_size", f->key_size);
	rom_facts_number(d, "kdf", f->kdf);
	rom_facts_number(d, "flags", f->flags);
	rom_facts_number(d, "fs_sectors", f->fs_sectors);
	rom_facts_number(d, "failed_attempts", f->failed);
	if (f->minor >= 3) {
		rom_facts_text(d, "secret", f->crypt_type < 4 ? secrets[f->crypt_type] : "unknown");
		rom_facts_number(d, "encrypted_upto", f->encrypted_upto);
	}
	if (*c->f->timezone)
		rom_facts_text(d, "timezone", c->f->timezone);
	if (*c->f->locale)
		rom_facts_text(d, "locale", c->f->locale);
}

static void evidence_footer(const struct case_file *c)
{
	const struct rom_crypt_footer *f = &c->f->footer;

	if (!c->f->has_footer)
		return;
	evidence(c->ret, c->f->footer_at,
		rom_format("crypto footer %u.%u in %s: %s, key of %" PRIu32
			   " bytes, kdf %u, flags 0x%" PRIx32 ", %" PRIu64 " sectors, %" PRIu32
			   " failed attempts",
			f->major, f->minor, c->f->footer_partition, f->cipher, f->key_size, f->kdf,
			f->flags, f->fs_sectors, f->failed));
	evidence(c->ret, c->f->footer_at,
		rom_format("the footer's key is %s; what was typed to unlock: %s", binding(f),
			secret_name(f)));
	if (*c->f->timezone || *c->f->locale)
		evidence(c->ret, c->f->footer_at,
			rom_format("kept open beside the footer: language %s, time zone %s",
				*c->f->locale ? c->f->locale : "unknown",
				*c->f->timezone ? c->f->timezone : "unknown"));
	detail_footer(c);
}

/* What tells a filesystem, and where in its superblock. */
struct magic {
	const char *kind, *text;
	uint64_t at;
};

static const struct magic *magic_of(const char *kind)
{
	static const struct magic magics[] = { { "ext", "superblock magic 53 EF", 0x38 },
		{ "f2fs", "superblock magic 10 20 F5 F2", 0 },
		{ "vfat", "boot sector signature 55 AA", 0x1fe },
		{ "exfat", "boot sector name EXFAT", 3 } };
	size_t i = sizeof(magics) / sizeof(*magics) - 1;

	while (i && strncmp(kind, magics[i].kind, strlen(magics[i].kind)))
		i--;
	return &magics[i];
}

static void evidence_super(const struct case_file *c)
{
	const struct magic *m;

	if (!c->f->filesystem)
		return;
	m = magic_of(c->f->filesystem);
	if (c->f->super_gone)
		evidence(c->ret, c->f->range.at + c->f->super_at,
			rom_format("the superblocks of %s are gone; a checkpoint of it is there",
				c->f->filesystem));
	else
		evidence(c->ret, c->f->range.at + c->f->super_at + m->at,
			rom_format("%s %s at 0x%" PRIx64 " of the partition, its fields are sound",
				c->f->filesystem, m->text, c->f->super_at + m->at));
	if (c->f->encrypt_feature && !c->f->n_dirs && c->f->reader)
		evidence(c->ret, ROM_NOWHERE,
			rom_strdup(
				"the feature bit for encryption is set, but no directory is encrypted"));
}

char *rom_policy_text(const struct rom_encrypted_dir *d)
{
	char key[33];

	if (!d->has_context)
		return rom_format(
			"%s is flagged as encrypted; its context could not be read", d->path);
	rom_hex(d->context.key, d->context.key_len, key);
	return rom_format(
		"%s is encrypted: policy v%u, contents %s, names %s, flags 0x%02x, key %s %s",
		d->path, d->context.version, rom_fscrypt_mode_name(d->context.contents),
		rom_fscrypt_mode_name(d->context.names), d->context.flags,
		d->context.version == 1 ? "descriptor" : "identifier", key);
}

static void evidence_dirs(const struct case_file *c)
{
	for (size_t i = 0; i < c->f->n_dirs; i++)
		evidence(c->ret, ROM_NOWHERE, rom_policy_text(&c->f->dirs[i]));
}

static void evidence_census(const struct case_file *c)
{
	const struct rom_census *n = &c->f->census;
	char human[32], from[32], to[32];

	if (!c->f->n_dirs || !n->files)
		return;
	evidence(c->ret, ROM_NOWHERE,
		rom_format("%s holds %s%" PRIu64 " files of %s, %" PRIu64
			   " of them of 1 MiB or more, written from %.10s to %.10s",
			c->f->media, n->all ? "" : "at least ", n->files,
			rom_human(n->bytes, human, sizeof(human)), n->large,
			rom_utc(n->oldest, from, sizeof(from)),
			rom_utc(n->newest, to, sizeof(to))));
	rom_facts_number(&c->ret->detail, "media_files", n->files);
	rom_facts_number(&c->ret->detail, "media_bytes", n->bytes);
	rom_facts_number(&c->ret->detail, "media_large", n->large);
	rom_facts_number(&c->ret->detail, "media_counted_all", n->all);
}

/* Keys that the hardware wraps cannot be got out of the phone even by its own Android. */
static void evidence_wrapped(const struct case_file *c)
{
	bool by_mode = strstr(c->f->mode, "wrappedkey") || strstr(c->f->fstab, "wrappedkey");
	bool by_size = c->f->metadata_key && c->f->metadata_key_size > 92;

	if (*c->f->mode)
		evidence(c->ret, ROM_NOWHERE, rom_format("/unencrypted/mode says %s", c->f->mode));
	if (*c->f->fstab)
		evidence(c->ret, ROM_NOWHERE,
			rom_format("%s mounts /data with %s", c->f->fstab_from, c->f->fstab));
	if (c->f->metadata_key)
		evidence(c->ret, ROM_NOWHERE,
			rom_format(
				"%s holds vold/metadata_encryption/key; its encrypted_key has %" PRIu64
				" bytes (92: a raw key, wrapped by the keymaster; more: by the hardware)%s",
				c->f->metadata_key, c->f->metadata_key_size,
				c->f->metadata_key_soft
					? "; its keymaster blob is a software one: its key lies open in it"
					: ""));
	if (by_mode || by_size)
		evidence(c->ret, ROM_NOWHERE,
			rom_strdup(
				"the keys are wrapped by the hardware: even a running phone does not give them "
				"out raw"));
}

static void detail_dirs(const struct case_file *c)
{
	for (size_t i = 0; i < c->f->n_dirs; i++) {
		const struct rom_encrypted_dir *d = &c->f->dirs[i];
		struct rom_facts *item = rom_facts_item(&c->ret->detail, "folders");
		char key[33] = "";

		rom_facts_text(item, "path", d->path);
		if (!d->has_context)
			continue;
		rom_hex(d->context.key, d->context.key_len, key);
		rom_facts_number(item, "policy", d->context.version);
		rom_facts_text(item, "contents", rom_fscrypt_mode_name(d->context.contents));
		rom_facts_text(item, "names", rom_fscrypt_mode_name(d->context.names));
		rom_facts_number(item, "flags", d->context.flags);
		rom_facts_text(item, "key", key);
	}
}

/* ---- verdicts: each true when it is the one -------------------------------------------------------- */

static bool absent(const struct case_file *c)
{
	if (c->f->present)
		return false;
	conclude(c->ret, ROM_VERDICT_ABSENT, NULL, 1.0, "no",
		rom_strdup(
			"userdata is not in this dump: nothing can be said about it, and no photos can be "
			"saved from it. Read the phone's whole EMMC_USER region."));
	return true;
}

static char *wiped_sentence(const struct rom_stats *s)
{
	const char *fill = s->zero == s->constant ? "zeros (00)"
			   : s->ff == s->constant ? "FF"
						  : "constant bytes";

	if (s->constant == s->blocks)
		return rom_format(
			"userdata is empty: it holds nothing but %s. It was wiped, or never "
			"written; there is nothing in it to save.",
			fill);
	return rom_format(
		"userdata is as good as empty: all but %" PRIu64 " of %" PRIu64
		" blocks looked at hold nothing but %s. It was wiped; at most scraps can be left.",
		s->blocks - s->constant, s->blocks, fill);
}

static bool wiped(const struct case_file *c)
{
	const struct rom_stats *s = &c->f->stats;

	if (c->f->filesystem || c->f->magic_only || c->f->has_footer || !c->f->has_stats ||
		!s->blocks || share(s->constant, s->blocks) < 0.999 || c->f->backup_at)
		return false;
	conclude(c->ret, ROM_VERDICT_WIPED, "statistical", 0.99, "no", wiped_sentence(s));
	return true;
}

static bool damaged_super(const struct case_file *c)
{
	if (!c->f->filesystem || !c->f->reader || c->f->root_readable)
		return false;
	conclude(c->ret, ROM_VERDICT_DAMAGED, "derived", 0.5, "no",
		rom_format(
			"userdata has a %s superblock, but its root directory cannot be read: the filesystem is "
			"damaged, or the superblock is a leftover. Keep the dump; recovery may still find photos.",
			c->f->filesystem));
	return true;
}

static bool file_based(const struct case_file *c)
{
	bool declared = c->f->filesystem && !c->f->reader && c->f->encrypt_feature;

	if (!c->f->n_dirs && !declared)
		return false;
	if (c->f->media && !c->f->media_encrypted) {
		conclude(c->ret, ROM_VERDICT_FBE, "derived", 1.0, "yes",
			rom_format(
				"userdata is encrypted file by file (Android FBE on %s), but the folder of the photos, %s, "
				"is not: what lies in it can be saved.",
				c->f->filesystem, c->f->media));
		return true;
	}
	conclude(c->ret, ROM_VERDICT_FBE, declared ? "declared" : "derived", declared ? 0.9 : 1.0,
		"device",
		rom_format(
			"userdata is encrypted file by file (Android FBE on %s): %s. The keys are bound to this "
			"phone and its screen lock, so the photos can only be opened on the phone itself. Keep "
			"rom/userdata.img together with the metadata partitions (rom/metadata.bin, rom/md_udc.bin), "
			"and do not wipe the phone or unlock its bootloader: both destroy the keys.",
			c->f->filesystem,
			declared ? "the superblock says so"
			: c->f->media_encrypted
				? "the folder of the photos is among the encrypted ones; how many files there are, "
				  "their sizes and dates can be read, names and contents not"
				: "system folders are encrypted, the folder of the photos is not marked as such"));
	return true;
}

static bool without_super(const struct case_file *c)
{
	if (!c->f->filesystem || !c->f->super_gone)
		return false;
	conclude(c->ret, ROM_VERDICT_DAMAGED, "derived", 0.95, "yes",
		rom_format(
			"userdata is not encrypted, but damaged: the superblocks of its %s are gone, what it says "
			"where files lie is there. Photos can be saved.",
			c->f->filesystem));
	return true;
}

static bool plain(const struct case_file *c)
{
	const struct magic *m;

	if (!c->f->filesystem)
		return false;
	m = magic_of(c->f->filesystem);
	conclude(c->ret, ROM_VERDICT_PLAIN, "derived", c->f->reader ? 1.0 : 0.99, "yes",
		rom_format("userdata is not encrypted: %s, %s at 0x%" PRIx64 ".%s",
			c->f->filesystem, m->text, c->f->super_at + m->at,
			c->f->has_footer
				? (c->f->footer.flags & ROM_FDE_FORCE
						  ? " (A crypto footer was prepared, but nothing was encrypted.)"
						  : " (A crypto footer beside it is a stale leftover.)")
				: ""));
	return true;
}

static char *fde_sentence(const struct case_file *c, const char *openable)
{
	const struct rom_crypt_footer *f = &c->f->footer;

	if (!strcmp(openable, "device"))
		return rom_format(
			"userdata is encrypted (Android FDE, footer in `%s`, key bound to this phone's "
			"keymaster): it can only be opened on the phone itself. Keep rom/%s.%s and "
			"rom/userdata.img, and do not wipe the phone.",
			c->f->footer_partition, c->f->footer_partition,
			!strcmp(c->f->footer_partition, "userdata") ? "img" : "bin");
	return rom_format(
		"userdata is encrypted (Android FDE, footer in `%s`, %s): %s opens it, on any computer.",
		c->f->footer_partition,
		f->kdf == 1   ? "PBKDF2"
		: f->kdf == 2 ? "scrypt"
			      : "software key",
		secret_name(f));
}

static bool full_disk(const struct case_file *c)
{
	const struct rom_crypt_footer *f = &c->f->footer;
	const struct rom_stats *s = &c->f->stats;
	bool interrupted = f->flags & (ROM_FDE_IN_PROGRESS | ROM_FDE_INCONSISTENT);
	double p = random_share(s);
	const char *openable;

	if (!c->f->has_footer || c->f->filesystem || f->fs_sectors > c->f->range.len / 512)
		return false;
	if (!interrupted && c->f->has_stats && p < 0.98 && !(p >= 0.75 && s->constant))
		return false;
	openable = rom_fde_openable(f);
	conclude(c->ret, interrupted ? ROM_VERDICT_FDE_INTERRUPTED : ROM_VERDICT_FDE, "declared",
		interrupted ? 0.95 : 0.99, openable, fde_sentence(c, openable));
	if (interrupted)
		evidence(c->ret, c->f->footer_at,
			rom_format("encryption was interrupted: sectors up to %" PRIu64
				   " are encrypted, the rest is plain",
				f->encrypted_upto));
	return true;
}

static bool is_noise(const struct case_file *c)
{
	return c->f->has_stats && random_share(&c->f->stats) >= 0.98 &&
	       c->f->stats.structured == 0 && c->f->stats.blocks > c->f->stats.constant;
}

static bool metadata(const struct case_file *c)
{
	bool key = c->f->metadata_key;

	if ((!key && !c->f->fstab_metadata) || c->f->filesystem || !is_noise(c))
		return false;
	if (!key) {
		conclude(c->ret, ROM_VERDICT_METADATA, "derived", 0.95, "device",
			rom_format(
				"userdata is encrypted (Android metadata encryption, as %s says; the key itself is not in "
				"this dump): it can only be opened on the phone itself. Keep rom/userdata.img and the "
				"metadata partitions together, and do not wipe the phone or unlock its bootloader: both "
				"destroy the keys.",
				c->f->fstab_from));
		return true;
	}
	conclude(c->ret, ROM_VERDICT_METADATA, "derived", 0.99, "device",
		rom_format(
			"userdata is encrypted (Android metadata encryption, key in `%s`): it can only be opened on "
			"the phone itself: start TWRP on it, or repair it. Keep that partition and rom/userdata.img "
			"together, and do not wipe the phone or unlock its bootloader: both destroy the keys.",
			c->f->metadata_key));
	return true;
}

static bool noise(const struct case_file *c)
{
	if (!is_noise(c) || !c->f->head_random || c->f->filesystem)
		return false;
	conclude(c->ret, ROM_VERDICT_ENCRYPTED_UNKNOWN, "statistical", 0.8, "device",
		rom_format(
			"userdata is very likely encrypted: all of it that is not empty looks like random bytes, and "
			"there is no filesystem to be seen. %s Keep rom/userdata.img and the metadata partitions, and "
			"do not wipe the phone.",
			c->f->tail_constant
				? "Its last 16 KiB are constant, as where the key of Android FDE lies before it is lost."
				: "The key lies elsewhere: in a footer that this dump lacks, or in the phone."));
	return true;
}

static bool damaged_backup(const struct case_file *c)
{
	if (!c->f->backup_at)
		return false;
	evidence(c->ret, c->f->range.at + c->f->backup_at,
		rom_format("a valid backup superblock lies at 0x%" PRIx64 " of the partition",
			c->f->backup_at));
	conclude(c->ret, ROM_VERDICT_DAMAGED, "derived", 0.95, "yes",
		rom_strdup(
			"userdata is not encrypted, but damaged: its first superblock is gone, a backup of it is "
			"there. Photos can be saved."));
	return true;
}

static void unknown(const struct case_file *c)
{
	if (c->f->magic_only)
		evidence(c->ret, c->f->range.at + c->f->super_at,
			rom_strdup("the magic of a filesystem is there, but its fields cannot be"));
	conclude(c->ret, ROM_VERDICT_UNKNOWN, "statistical", c->f->has_stats ? 0.5 : 0, "no",
		rom_strdup(
			"it cannot be told whether userdata is encrypted: there is no filesystem to be seen, and its "
			"bytes are not those of a wholly encrypted one. Keep the dump; recovery may find photos in it."));
}

void rom_verdict_decide(const struct rom_userdata_facts *f, struct rom_userdata *ret)
{
	const struct case_file c = { f, ret };
	static bool (*const rows[])(const struct case_file *) = { absent, wiped, damaged_super,
		file_based, without_super, plain, full_disk, damaged_backup, metadata, noise };

	ret->filesystem = f->filesystem;
	evidence_super(&c);
	evidence_dirs(&c);
	evidence_footer(&c);
	evidence_census(&c);
	evidence_wrapped(&c);
	detail_dirs(&c);
	evidence_stats(&c);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		if (rows[i](&c))
			return;
	}
	unknown(&c);
}
