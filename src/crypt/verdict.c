/* SPDX-License-Identifier: MIT */
/*
 * verdict.c - decides one verdict from the facts
 *
 * The first match wins: absent; wiped; a superblock or a backup of it that
 * leads to a root directory (plain or file-based encryption); a footer
 * (full-disk encryption); a metadata encryption key; a superblock alone; noise;
 * nothing. A footer next to a readable filesystem is only evidence.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "crypt_priv.h"

static void conclude(struct rom_userdata *ret, enum rom_verdict_kind verdict,
	enum rom_verdict_grade grade, double confidence, enum rom_access access,
	char *summary)
{
	ret->verdict = verdict;
	ret->grade = grade;
	ret->confidence = confidence;
	ret->access = access;
	free(ret->summary);
	ret->summary = rom_one_line(summary);
	free(summary);
}

void rom_verdict_restart(struct rom_userdata *ret)
{
	const char *kind =
		ret->verdict == ROM_VERDICT_FBE ? " file by file (Android FBE)"
		: ret->verdict == ROM_VERDICT_METADATA
			? " (Android metadata encryption)"
		: ret->verdict == ROM_VERDICT_FDE ||
				ret->verdict == ROM_VERDICT_FDE_INTERRUPTED
			? " (Android FDE)"
			: "";

	free(ret->summary);
	ret->summary = rom_format("%s is encrypted%s.",
		rom_facts_get(&ret->detail, "expand_key")
			? "the adopted SD card"
			: "userdata",
		kind);
}

/* ---- verdicts: each returns true when it applies ------------------------- */

static bool shifted(const struct verdict_context *c)
{
	if (!c->f->crlf)
		return false;
	rom_verdict_evidence(c->ret, ROM_NO_OFFSET,
		rom_format("%" PRIu64
			   " bytes 0A were looked at, and each stands behind "
			   "an 0D",
			c->f->crlf));
	conclude(c->ret, ROM_VERDICT_DAMAGED, ROM_DERIVED, 0.99, ROM_ACCESS_NO,
		rom_strdup("this dump was damaged on its way from the phone: "
			   "adb shell put a byte 0D before each 0A, so nothing "
			   "is where it belongs. Nothing can be said about "
			   "userdata until that is undone: romsplit "
			   "repair-crlf IN OUT, then run romsplit on OUT."));
	return true;
}

static bool absent(const struct verdict_context *c)
{
	if (c->f->present)
		return false;
	conclude(c->ret, ROM_VERDICT_ABSENT, ROM_NOT_GRADED, 1.0, ROM_ACCESS_NO,
		c->f->complete
			? rom_strdup("none of the partitions of this dump, "
				     "which is complete, is userdata, by its "
				     "name or by what it holds: nothing can be "
				     "said about it. Files of a partition are "
				     "saved with romsplit extract -p NAME.")
			: rom_strdup("userdata is not in this dump, so nothing "
				     "can be "
				     "said about it and no photos can be saved "
				     "from it. "
				     "Read the whole EMMC_USER region of the "
				     "phone."));
	return true;
}

static const char *fill_of(const struct rom_stats *s)
{
	return s->zero == s->constant ? "zeros (00)"
	       : s->ff == s->constant ? "FF"
				      : "constant bytes";
}

static char *wiped_summary(const struct rom_stats *s)
{
	const char *fill = fill_of(s);

	if (s->constant == s->blocks && !s->whole)
		return rom_format(
			"userdata looks empty: all %" PRIu64
			" blocks that were looked at hold nothing but %s. It "
			"was wiped or never written; the whole job (romsplit "
			"IMAGE) checks more of it.",
			s->blocks, fill);
	return rom_format("userdata is empty: it holds nothing but %s. "
			  "It was wiped or never written; there is "
			  "nothing in it to save.",
		fill);
}

/* Nearly all blocks hold one value, but not all: what the others are is not
 * known, so it cannot be said that it was wiped. */
static bool is_nearly_empty(const struct rom_userdata_facts *f)
{
	return f->has_stats && f->stats.blocks &&
	       f->stats.constant < f->stats.blocks &&
	       rom_share(f->stats.constant, f->stats.blocks) >= 0.999;
}

/* A superblock, a magic or a footer speaks against it, and so does any block
 * that holds more than one value: a new phone is nearly empty too. */
static bool wiped(const struct verdict_context *c)
{
	const struct rom_stats *s = &c->f->stats;

	if (c->f->filesystem || c->f->scan_result || c->f->magic_only ||
		c->f->n_footers || !c->f->has_stats || !s->blocks ||
		s->constant < s->blocks || c->f->backup_offset)
		return false;
	conclude(c->ret, ROM_VERDICT_WIPED, ROM_STATISTICAL, 0.99,
		ROM_ACCESS_NO, wiped_summary(s));
	return true;
}

static char *scan_summary(const struct rom_userdata_facts *f)
{
	if (f->scan_by_nodes)
		return rom_format(
			"userdata is not encrypted, but badly damaged: the "
			"tables that lead to the files of its %s are missing, "
			"but the files themselves seem to be there. romsplit "
			"extract and the whole job search the whole partition "
			"for them; nearly all photos may come back.",
			f->scan_result);
	return rom_format("userdata is not encrypted, but badly damaged: the "
			  "root folder of its %s is missing, but other folders "
			  "and files are there. romsplit extract and the whole "
			  "job save everything that is still listed somewhere; "
			  "files whose folder is lost get a number for a name.",
		f->scan_result);
}

/* The quick scan found files, but no table leads to them. */
static bool scan_result(const struct verdict_context *c)
{
	if (!c->f->scan_result)
		return false;
	rom_verdict_evidence(c->ret, c->f->range.offset + c->f->scan_offset,
		rom_format("%s of %s is at 0x%" PRIx64
			   " of the partition, one of %" PRIu64
			   " found by a quick scan",
			c->f->scan_by_nodes ? "a node" : "an inode",
			c->f->scan_result, c->f->scan_offset,
			c->f->scan_nodes));
	if (c->f->scan_encrypted) {
		conclude(c->ret, ROM_VERDICT_FBE, ROM_DERIVED, 0.9,
			ROM_ACCESS_DEVICE,
			rom_format(
				"userdata is encrypted file by file (Android "
				"FBE on %s), and damaged: the tables that lead "
				"to its files are missing. Without the keys, "
				"which are bound to this phone and its screen "
				"lock, no photo can be opened; romsplit ls "
				"lists what is there, with sizes and dates.",
				c->f->scan_result));
		return true;
	}
	conclude(c->ret, ROM_VERDICT_DAMAGED, ROM_DERIVED, 0.9, ROM_ACCESS_YES,
		scan_summary(c->f));
	return true;
}

bool rom_has_filesystem(const struct rom_userdata_facts *f)
{
	return f->filesystem && (!f->reader || f->root_readable);
}

static bool damaged_super(const struct verdict_context *c)
{
	if (!c->f->filesystem || rom_has_filesystem(c->f))
		return false;
	if (c->f->scan_result)
		return scan_result(c);
	conclude(c->ret, ROM_VERDICT_DAMAGED, ROM_DERIVED, 0.5, ROM_ACCESS_NO,
		rom_format("userdata has a %s superblock, but its root folder "
			   "cannot be read: the filesystem is damaged, or the "
			   "superblock is a leftover of an older one. Keep the "
			   "dump; recovery may still find photos.",
			c->f->filesystem));
	return true;
}

static bool file_based(const struct verdict_context *c)
{
	bool declared =
		c->f->filesystem && !c->f->reader && c->f->encrypt_feature;

	if (!c->f->n_dirs && !declared)
		return false;
	if (c->f->media && !c->f->media_encrypted) {
		conclude(c->ret, ROM_VERDICT_FBE, ROM_DERIVED, 1.0,
			ROM_ACCESS_YES,
			rom_format("userdata is encrypted file by file "
				   "(Android FBE on %s), but the photo folder "
				   "%s is not: the files in it can be saved.",
				c->f->filesystem, c->f->media));
		return true;
	}
	conclude(c->ret, ROM_VERDICT_FBE, declared ? ROM_DECLARED : ROM_DERIVED,
		declared ? 0.9 : 1.0, ROM_ACCESS_DEVICE,
		rom_format("userdata is encrypted file by file (Android FBE on "
			   "%s): %s. The keys are bound to this "
			   "phone and its screen lock, so the photos can only "
			   "be opened on the phone itself. Keep "
			   "rom/userdata.img together with the metadata "
			   "partitions (rom/metadata.bin, rom/md_udc.bin), "
			   "and do not wipe the phone or unlock its "
			   "bootloader: both destroy the keys.",
			c->f->filesystem,
			declared ? "according to its superblock"
			: c->f->media_encrypted
				? "the photo folder is among the encrypted "
				  "ones; the number of files, their sizes and "
				  "dates can be read, but not their names and "
				  "contents"
				: "system folders are encrypted, but the photo "
				  "folder is not marked as such"));
	return true;
}

static bool without_super(const struct verdict_context *c)
{
	if (!c->f->filesystem || !c->f->super_gone)
		return false;
	if (c->f->backup_offset) {
		conclude(c->ret, ROM_VERDICT_DAMAGED, ROM_DERIVED, 0.95,
			ROM_ACCESS_YES,
			rom_format(
				"userdata is not encrypted, but damaged: the "
				"first superblock of its %s is missing, but a "
				"backup of it is there. Photos can be saved.",
				c->f->filesystem));
		return true;
	}
	conclude(c->ret, ROM_VERDICT_DAMAGED, ROM_DERIVED, 0.95, ROM_ACCESS_YES,
		rom_format("userdata is not encrypted, but damaged: the "
			   "superblocks of its %s are missing, but the tables "
			   "that lead to the files are there. Photos can be "
			   "saved.",
			c->f->filesystem));
	return true;
}

static char *start_text(const struct rom_userdata_facts *f)
{
	return f->start ? rom_format(" It begins at 0x%" PRIx64
				     " of the partition.",
				  f->start)
			: rom_strdup("");
}

/* The words after "userdata is not encrypted". The caller frees them. */
static char *one_by_one(const struct rom_userdata_facts *f)
{
	return f->ecryptfs ? rom_format(", but %" PRIu64 " file%s encrypted "
					"one by one (eCryptfs, Samsung/older "
					"Android)",
				     f->ecryptfs,
				     f->ecryptfs == 1 ? " is" : "s are")
			   : rom_strdup("");
}

static bool plain(const struct verdict_context *c)
{
	ROM_AUTO char *start = start_text(c->f);
	ROM_AUTO char *but = one_by_one(c->f);

	if (!rom_has_filesystem(c->f))
		return false;
	conclude(c->ret, ROM_VERDICT_PLAIN, ROM_DERIVED,
		c->f->reader ? 1.0 : 0.99, ROM_ACCESS_YES,
		rom_format("userdata is not encrypted%s: %s, %s at 0x%" PRIx64
			   ".%s%s",
			but, c->f->filesystem, c->f->magic, c->f->magic_offset,
			start,
			c->f->n_footers
				? (c->f->footers[0].footer.flags & ROM_FDE_FORCE
						  ? " (A crypto footer was "
						    "prepared, but nothing was "
						    "encrypted.)"
						  : " (There is also a crypto "
						    "footer, but it is a stale "
						    "one.)")
				: ""));
	return true;
}

/* A footer, and ciphertext instead of a superblock; but later blocks are
 * readable. */
static const double LIKELY = 0.6;

/* How strongly the footer and the bytes suggest full-disk encryption; 0: not at
 * all. */
static double full_disk_confidence(const struct verdict_context *c)
{
	const struct rom_crypt_footer *f = &c->f->footers[0].footer;
	const struct rom_stats *s = &c->f->stats;
	bool covers = rom_fde_covers(f, c->f->range.len);
	double p = rom_random_share(s);

	if (c->f->has_stats && s->constant == s->blocks)
		return 0;
	/* the statistics of a half-encrypted partition say nothing */
	if (f->flags & (ROM_FDE_IN_PROGRESS | ROM_FDE_INCONSISTENT))
		return 0.95;
	if (!c->f->has_stats || p >= 0.98 || (p >= 0.75 && s->constant))
		return covers ? 0.99 : 0.8;
	/* A partition encrypted in place keeps deleted data in its free blocks,
	 * so its random share may be low. Its superblock is ciphertext all the
	 * same. */
	return covers && c->f->head_random && !c->f->backup_offset ? LIKELY : 0;
}

static void evidence_border(const struct verdict_context *c)
{
	const struct rom_crypt_footer *f = &c->f->footers[0].footer;

	if (f->flags & ROM_FDE_IN_PROGRESS)
		rom_verdict_evidence(c->ret, c->f->footers[0].offset,
			rom_format("encryption was interrupted: sectors up to "
				   "%" PRIu64 " are encrypted, the rest is not",
				f->encrypted_upto));
	else
		rom_verdict_evidence(c->ret, c->f->footers[0].offset,
			rom_strdup("encryption was interrupted by a power "
				   "loss: how far it got is not recorded, and "
				   "the rest is not encrypted"));
}

/* A footer alone does not decide: it outlives the encryption (a factory reset
 * does not erase it), and its size may not match. The bytes have to agree. */
static bool full_disk(const struct verdict_context *c)
{
	const struct rom_crypt_footer *f = &c->f->footers[0].footer;
	bool interrupted =
		f->flags & (ROM_FDE_IN_PROGRESS | ROM_FDE_INCONSISTENT);
	enum rom_access access;
	double confidence;

	if (!c->f->n_footers || rom_has_filesystem(c->f) ||
		f->fs_sectors > c->f->range.len / 512)
		return false;
	confidence = full_disk_confidence(c);
	if (confidence <= 0)
		return false;
	access = rom_fde_access(f);
	conclude(c->ret,
		interrupted ? ROM_VERDICT_FDE_INTERRUPTED : ROM_VERDICT_FDE,
		ROM_DECLARED, confidence, access,
		rom_fde_summary(c, access, confidence));
	if (interrupted)
		evidence_border(c);
	else if (c->f->stats.structured)
		rom_verdict_evidence(c->ret, c->f->range.offset,
			rom_strdup(
				"some blocks can be read without a key: free "
				"blocks that were left as they were when the "
				"partition was encrypted in place, or the "
				"footer belongs to another partition"));
	return true;
}

static bool is_noise(const struct verdict_context *c)
{
	return c->f->has_stats && rom_random_share(&c->f->stats) >= 0.98 &&
	       c->f->stats.structured == 0 &&
	       c->f->stats.blocks > c->f->stats.constant;
}

static bool metadata(const struct verdict_context *c)
{
	bool key = c->f->metadata_key;

	if ((!key && !c->f->fstab_metadata) || c->f->filesystem || !is_noise(c))
		return false;
	if (!key) {
		conclude(c->ret, ROM_VERDICT_METADATA, ROM_DERIVED, 0.95,
			ROM_ACCESS_DEVICE,
			rom_format(
				"userdata is encrypted (Android metadata "
				"encryption, according to %s; the key itself "
				"is not in this dump): it can only be opened "
				"on the phone itself. Keep rom/userdata.img "
				"and the metadata partitions together, and do "
				"not wipe the phone or unlock its bootloader: "
				"both destroy the keys.",
				c->f->fstab_from));
		return true;
	}
	conclude(c->ret, ROM_VERDICT_METADATA, ROM_DERIVED, 0.99,
		ROM_ACCESS_DEVICE,
		rom_format("userdata is encrypted (Android metadata "
			   "encryption, key in `%s`): it can only be opened on "
			   "the phone itself: boot TWRP on it, or have it "
			   "repaired. Keep that partition and rom/userdata.img "
			   "together, and do not wipe the phone or unlock its "
			   "bootloader: both destroy the keys.",
			c->f->metadata_key));
	return true;
}

/* How the file with the key is called on the phone. */
static char *expand_key_name(const struct rom_userdata_facts *f)
{
	return rom_format(
		"/data/misc/vold/expand_%s.key", *f->guid ? f->guid : "*");
}

/* An SD card that a phone made part of its own storage: dm-crypt over all of
 * it, with blocks that were never written since left as they were. */
static bool adopted(const struct verdict_context *c)
{
	const struct rom_userdata_facts *f = c->f;
	ROM_AUTO char *key = NULL;

	if (!f->adopted || f->filesystem || f->backup_offset ||
		f->scan_result || f->n_footers)
		return false;
	key = expand_key_name(f);
	rom_facts_text(&c->ret->detail, "expand_key", key);
	conclude(c->ret, ROM_VERDICT_ENCRYPTED_UNKNOWN, ROM_DERIVED,
		is_noise(c) ? 0.99 : 0.8, ROM_ACCESS_KEY,
		rom_format(
			"this is an SD card that a phone adopted as internal "
			"storage: its partition android_expand is encrypted, "
			"and the key is on that phone, in %s. With that file "
			"(--key-file) or a dump of the phone (--key-from) it "
			"is opened here. Do not reset the phone: that destroys "
			"the key.",
			key));
	return true;
}

static bool noise(const struct verdict_context *c)
{
	const char *card = c->f->alone && !c->f->cut_off
				   ? " If this is the partition android_expand "
				     "of an SD card that a phone adopted as "
				     "internal storage, its key is on that "
				     "phone, in /data/misc/vold/expand_*.key: "
				     "--key-file or --key-from opens it."
				   : "";

	if (!is_noise(c) || !c->f->head_random || c->f->filesystem ||
		is_nearly_empty(c->f))
		return false;
	conclude(c->ret, ROM_VERDICT_ENCRYPTED_UNKNOWN, ROM_STATISTICAL, 0.8,
		ROM_ACCESS_DEVICE,
		rom_format(
			"userdata is very likely encrypted: all of it that is "
			"not empty looks like random bytes, and no filesystem "
			"was found. %s Keep rom/userdata.img and the metadata "
			"partitions, and do not wipe the phone.%s",
			c->f->cut_off ? "This dump ends before userdata does, "
					"and Android FDE keeps its key at the "
					"end of userdata: read the whole "
					"memory of the phone."
			: c->f->tail_constant
				? "Its last 16 KiB, where Android FDE keeps "
				  "its key, hold one value only: the key may "
				  "be lost."
				: "The key is elsewhere: in a footer that is "
				  "not in this dump, or in the phone.",
			card));
	return true;
}

static bool damaged_backup(const struct verdict_context *c)
{
	if (!c->f->backup_offset)
		return false;
	rom_verdict_evidence(c->ret, c->f->range.offset + c->f->backup_offset,
		rom_format("a valid backup superblock is at 0x%" PRIx64
			   " of the partition",
			c->f->backup_offset));
	if (scan_result(c))
		return true;
	conclude(c->ret, ROM_VERDICT_DAMAGED, ROM_DERIVED,
		is_noise(c) ? 0.5 : 0.95, ROM_ACCESS_NO,
		rom_strdup("userdata has no superblock at its start. It holds "
			   "a backup of one, but that leads to no readable "
			   "root folder: the filesystem is damaged, or the "
			   "backup is a leftover. Keep the dump; recovery may "
			   "still find photos."));
	return true;
}

static char *unknown_summary(const struct rom_userdata_facts *f, bool emptied)
{
	const struct rom_stats *s = &f->stats;

	if (emptied)
		return rom_strdup("userdata is empty, but a crypto footer is "
				  "left: it was once encrypted (Android FDE) "
				  "and has been wiped since; there is nothing "
				  "in it to save.");
	if (is_nearly_empty(f) && !f->n_footers)
		return rom_format(
			"it is unclear what userdata holds: all but %" PRIu64
			" of %" PRIu64
			" blocks that were looked at hold nothing but %s, and "
			"no filesystem was found that explains the others. "
			"Its tables may have been overwritten, or hardly "
			"anything was ever stored. Keep the dump; recovery may "
			"find photos in it.",
			s->blocks - s->constant, s->blocks, fill_of(s));
	return rom_strdup("it is unclear whether userdata is encrypted: no "
			  "filesystem was found, and not all of its bytes look "
			  "encrypted. Keep the dump; recovery may find photos "
			  "in it.");
}

static void unknown(const struct verdict_context *c)
{
	const struct rom_stats *s = &c->f->stats;
	bool emptied = c->f->n_footers && s->blocks && s->constant == s->blocks;

	if (c->f->magic_only)
		rom_verdict_evidence(c->ret,
			c->f->range.offset + c->f->super_offset,
			rom_strdup("the magic of a filesystem is present, but "
				   "its fields are invalid"));
	conclude(c->ret, ROM_VERDICT_UNKNOWN, ROM_STATISTICAL,
		c->f->has_stats ? 0.5 : 0, ROM_ACCESS_NO,
		unknown_summary(c->f, emptied));
}

void rom_verdict_decide(
	const struct rom_userdata_facts *f, struct rom_userdata *ret)
{
	const struct verdict_context c = { f, ret };
	static bool (*const rows[])(const struct verdict_context *) = { shifted,
		absent, wiped, file_based, without_super, plain, full_disk,
		adopted, metadata, damaged_super, damaged_backup, scan_result,
		noise };

	ret->filesystem = f->filesystem;
	rom_evidence_all(&c);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		if (rows[i](&c))
			return;
	}
	unknown(&c);
}
