/* SPDX-License-Identifier: MIT */
/*
 * analyze_priv.h - the questions, one file each
 *
 * Files call each other in one direction: dump.c, analyze.c, judge.c, then
 * what finds one thing each, fs_cache.c below all that open filesystems.
 */
#ifndef ROMSPLIT_ANALYZE_PRIV_H
#define ROMSPLIT_ANALYZE_PRIV_H

#include "romsplit/analyze.h"
#include "romsplit/pass.h"

/* ---- opened filesystems -------------------------------------------------- */

/* How a filesystem is opened, as in struct rom_fs_options. */
struct rom_fs_mode {
	bool no_journal, full_scan;
};

/* Whose filesystem it is, for the notes on its damage. */
struct rom_fs_owner {
	struct rom_report *report;
	const char *partition; /* NULL: the whole file */
	/* of the dump; ROM_NO_OFFSET: in several extents */
	uint64_t offset;
};

/* One that was opened, or could not be. */
struct rom_cached_fs {
	size_t row;	/* of the report */
	bool decrypted; /* it lies in dump->unlocked.opened.image */
	struct rom_fs_mode mode;
	struct rom_image *meta;
	struct rom_fs *fs; /* NULL: status and err say why */
	enum rom_status status;
	struct rom_err err;
	/* its handle was given away, or it is userdata's: it stays open */
	bool kept;
	/* what its journal holds stands in the report */
	bool noted;
	struct rom_fs_owner owner;
};

struct rom_fs_cache *rom_fs_cache_new(void);
/* NULL is fine */
void rom_fs_cache_free(struct rom_fs_cache *cache);
/* fs_cache.c: the filesystem of a row, opened when it is asked for the first
 * time. Borrowed; where kept is not set, it may be closed when a dozen others
 * have been asked for. */
struct rom_cached_fs *rom_fs_cache_get(struct rom_dump *dump,
	const struct rom_partition *p, struct rom_fs_mode mode);
/* The handle of it as it is opened usually: with its journal, without a scan of
 * all of it. NULL: it cannot be opened. */
struct rom_fs *rom_fs_cache_usual(
	struct rom_dump *dump, const struct rom_partition *p);

/* ---- the phone ----------------------------------------------------------- */

/* platform.c: chip, project, model, Android version. given: the chip that the
 * user names, or NULL. */
void rom_analyze_platform(struct rom_dump *dump, const char *given);

/* How much a source is believed, most first. */
enum rom_chip_priority {
	ROM_CHIP_SOURCE_PATH = 100, /* in the preloader */
	ROM_CHIP_DEVICE_TREE = 90,
	ROM_CHIP_BUILD_PROP = 80,
	ROM_CHIP_LK = 70,
	ROM_CHIP_MODEM = 60,
	ROM_CHIP_FILE_NAME = 50, /* of the preloader */
	/* wrong by design on some chips */
	ROM_CHIP_ROMINFO = 10,
};
/* chip_sources.c: adds a source to the report; where is freed. */
void rom_chip_source_add(struct rom_report *r, char *where, const char *chip,
	enum rom_chip_priority priority, uint64_t offset);
/* "MT6797" from "mt6797", "MT6737M" from "MT6737M"; false for anything else. */
bool rom_chip_parse(const char *text, char chip[17]);
/* What the formats of one partition tell of the chip: preloader, boot image,
 * lk, modem. */
void rom_analyze_chip_sources(
	struct rom_dump *dump, const struct rom_partition *p);
/* build_prop.c: what Android's properties in the filesystem of p tell. */
bool rom_analyze_build_prop(
	struct rom_dump *dump, const struct rom_partition *p);

/* find_userdata.c: true when it holds a format that was told by more than
 * chance: no constant bytes, noise, or a boot signature alone. */
bool rom_analyze_is_known(const struct rom_partition *p);

/* sample.c: statistics of p from runs of blocks spread over it, at most budget
 * bytes. */
void rom_analyze_sample(
	struct rom_image *part, struct rom_partition *p, uint64_t budget);

/* ---- userdata ------------------------------------------------------------ */

/* judge.c: the first verdict; userdata is opened with what was given, or lies
 * in the dump, unless no_unlock. */
void rom_analyze_judge(struct rom_dump *dump, bool no_unlock);

/* userdata.c: all facts of userdata, of row p, for the verdict. */
void rom_analyze_userdata_facts(struct rom_dump *dump, struct rom_partition *p,
	struct rom_userdata_facts *f);
/* userdata_super.c: which filesystem's superblock is there. */
void rom_analyze_super(
	const struct rom_partition *p, struct rom_userdata_facts *f);
/* Where it is not whole: what is left of it; p's slice is part. */
void rom_analyze_backup_super(
	struct rom_image *part, struct rom_userdata_facts *f);
/* userdata_stats.c: byte statistics of p, whose slice is part. */
void rom_analyze_stats(struct rom_image *part, struct rom_partition *p,
	struct rom_userdata_facts *f);
/* Takes the statistics that p has by now into the facts. Reads nothing. */
void rom_analyze_take_stats(
	const struct rom_partition *p, struct rom_userdata_facts *f);

/* userdata_dirs.c: which directories are encrypted and have no key, whether the
 * media directory is one. */
void rom_analyze_encrypted_dirs(
	struct rom_fs *fs, struct rom_userdata_facts *f);
/* file_stats.c: how many files the user has, how large, of when; at most some
 * thousands are looked at. */
void rom_analyze_file_stats(
	struct rom_fs *fs, const char *media, struct rom_file_stats *ret);

/* footers.c: all footers of full-disk encryption in the dump, the likeliest
 * first. */
void rom_analyze_footers(struct rom_dump *dump,
	const struct rom_partition *userdata, struct rom_userdata_facts *f);
/* Puts the footer at offset first; true when another one was. */
bool rom_analyze_footer_first(struct rom_userdata_facts *f, uint64_t offset);

/* fstab.c: how /data is mounted. */
void rom_analyze_fstab(struct rom_dump *dump, struct rom_userdata_facts *f);

/* metadata_key.c: the key directory of metadata encryption. */
void rom_analyze_metadata_key(
	struct rom_dump *dump, struct rom_userdata_facts *f);
/* Bytes of that key, when a software keymaster left it open; else 0. */
size_t rom_analyze_soft_metadata_key(struct rom_dump *dump,
	const struct rom_userdata_facts *f, uint8_t key[64]);

/* soft_keys.c: the key in a key directory of vold, when a software keymaster
 * left it open: its bytes, or 0. */
size_t rom_soft_key_open(struct rom_fs *fs, const char *dir, uint8_t key[64]);
/* Adds the keys of files that are open so to the keyring, which the filesystem
 * was opened with, and counts them. */
size_t rom_analyze_soft_keys(struct rom_fs *fs, struct rom_keyring *keys);

/* unlock.c: opens userdata, of row p, with what was given or lies in the dump,
 * and fills dump->unlocked. */
void rom_analyze_unlock(struct rom_dump *dump, const struct rom_partition *p);
/* Lets go of all of it: keys are wiped with their last holder. */
void rom_unlocked_done(struct rom_unlocked *u);
/* unlock_report.c: puts what that opened behind the verdict. Opens and reads
 * nothing. */
void rom_analyze_report_unlocked(struct rom_dump *dump);

/* analyze.c: all questions of dump, in order. */
enum rom_status rom_analyze(struct rom_dump *dump,
	const struct rom_dump_options *options, struct rom_err *err);

#endif
