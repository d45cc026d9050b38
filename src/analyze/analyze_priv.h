/* SPDX-License-Identifier: MIT */
/*
 * analyze_priv.h - the questions about a dump, one file each
 *
 * Calls go in one direction only: dump.c, analyze.c, judge.c, then the files
 * that answer one question each, and below them fs_cache.c, through which all
 * filesystems are opened.
 */
#ifndef ROMSPLIT_ANALYZE_PRIV_H
#define ROMSPLIT_ANALYZE_PRIV_H

#include "romsplit/analyze.h"
#include "romsplit/pass.h"

/* ---- opened filesystems -------------------------------------------------- */

/* How a filesystem is opened, as in struct rom_fs_options. */
struct rom_fs_mode {
	bool no_journal, full_scan;
	unsigned place; /* the number of one of rom_analyze_places; 0: none */
};

/* The partition that notes on damage in a filesystem refer to. */
struct rom_fs_owner {
	struct rom_report *report;
	const char *partition; /* NULL: the whole file */
	/* in the dump; ROM_NO_OFFSET: it consists of several extents */
	uint64_t offset;
};

/* A filesystem that was opened, or the reason why it could not be. */
struct rom_cached_fs {
	size_t row;	/* of the report */
	bool decrypted; /* read from dump->unlocked.opened.image */
	struct rom_fs_mode mode;
	struct rom_image *meta;
	struct rom_fs *fs; /* NULL: status and err say why */
	enum rom_status status;
	struct rom_err err;
	/* stays open: a caller holds its handle, or it is that of userdata */
	bool kept;
	/* its journal has been reported */
	bool noted;
	struct rom_fs_owner owner;
};

struct rom_fs_cache *rom_fs_cache_new(void);
/* NULL is fine */
void rom_fs_cache_free(struct rom_fs_cache *cache);
/* fs_cache.c: the filesystem of a row, opened at the first call. Borrowed;
 * unless kept is set, later calls for a dozen other rows may close it. */
struct rom_cached_fs *rom_fs_cache_get(struct rom_dump *dump,
	const struct rom_partition *p, struct rom_fs_mode mode);
/* The filesystem in the default mode: journal replayed, no full scan. NULL: it
 * cannot be opened. */
struct rom_fs *rom_fs_cache_usual(
	struct rom_dump *dump, const struct rom_partition *p);

/* place.c: the filesystems of a row, wherever they begin, as rom_fs_locate
 * finds them: searched at the first call, and once more at the first with all.
 * Borrowed until the next call. */
const rom_fs_places *rom_analyze_places(
	struct rom_dump *dump, const struct rom_partition *p, bool all);
/* The largest of those found so far that has a root and takes a good part of
 * the row: a file in it may be a filesystem too. NULL: none. Searches
 * nothing. */
const struct rom_fs_place *rom_analyze_place(
	const struct rom_dump *dump, const struct rom_partition *p);
/* Notes what else lies in a row whose filesystem is much smaller than it. */
void rom_analyze_other_places(
	struct rom_dump *dump, const struct rom_partition *p);
/* For a row whose content is not known: searches for a filesystem that begins
 * elsewhere and gives the row its claims and a note; all as above. NULL: there
 * is none. */
const struct rom_fs_place *rom_analyze_take_place(
	struct rom_dump *dump, struct rom_partition *p, bool all);
/* Frees what was found. NULL is fine. */
void rom_analyze_places_free(struct rom_row_places *places);
/* fs_cache.c: whether a filesystem of a phone begins at 0 of img and leads to
 * its root, be it by a backup. Before there is a dump. */
bool rom_fs_cache_would_open(struct rom_image *img);
/* fs_cache.c: forgets that a row could not be opened, since there is a place
 * now. */
void rom_fs_cache_retry(struct rom_dump *dump, const struct rom_partition *p);

/* ---- the phone ----------------------------------------------------------- */

/* platform.c: chip, project, model, Android version. given: the chip that the
 * user named, or NULL. */
void rom_analyze_platform(struct rom_dump *dump, const char *given);

/* How far a source of the chip's name is trusted, most first. */
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
/* chip_sources.c: adds a source to the report; takes ownership of where. */
void rom_chip_source_add(struct rom_report *r, char *where, const char *chip,
	enum rom_chip_priority priority, uint64_t offset);
/* "MT6797" from "mt6797", "MT6737M" from "MT6737M"; false for anything else. */
bool rom_chip_parse(const char *text, char chip[17]);
/* Adds the chip names found in a preloader, boot image, lk or modem. */
void rom_analyze_chip_sources(
	struct rom_dump *dump, const struct rom_partition *p);
/* build_prop.c: reads Android's properties from the filesystem of p; false when
 * there are none. */
bool rom_analyze_build_prop(
	struct rom_dump *dump, const struct rom_partition *p);

/* find_userdata.c: true when a format was recognised by enough bits to rule
 * out chance: not constant bytes, noise, or a boot signature alone. */
bool rom_analyze_is_known(const struct rom_partition *p);

/* Where no row has the name of userdata, looks for one that holds files of the
 * user. */
void rom_analyze_find_userdata(struct rom_dump *dump);

/* A folder of single partitions, opened as a dump. Released with
 * rom_folder_done. */
struct rom_folder {
	/* an image of the medium, in which the files have their places */
	struct rom_image *img;
	struct rom_image *loader;   /* the preloader's file; NULL: none */
	struct rom_scatter scatter; /* that of the folder, if scatter_name */
	char *scatter_name;
	/* the partitions, when no table is known */
	ROM_VEC(struct rom_table_row) rows;
	uint64_t bytes;		  /* sum of the sizes of the files used */
	bool lacks_part;	  /* one of them is split, and not whole */
	struct rom_report *notes; /* has only notes, about the files */
};
/* folder.c: true when path is a folder. */
bool rom_folder_is(const char *path);
/* Opens it. Of options, the scatter file of the user counts. ROM_E_INPUT when
 * it has no partitions; *ret needs no release then. */
enum rom_status rom_folder_open(const char *path,
	const struct rom_table_options *options, struct rom_folder *ret,
	struct rom_err *err);
void rom_folder_done(struct rom_folder *f);

/* left_out.c: what a sparse image leaves out is needed, or not: sets how much
 * of each row is missing, and notes it. */
void rom_analyze_left_out(struct rom_dump *dump);

/* crlf.c: sets dump->crlf, and notes that the dump came through the terminal of
 * adb shell. */
void rom_analyze_crlf(struct rom_dump *dump);

/* adopted.c: true for the partition that a phone makes on an SD card which it
 * adopts as internal storage. */
bool rom_analyze_is_adopted(const struct rom_partition *p);
/* Notes which adopted SD cards the keys in this phone's userdata open. */
void rom_analyze_adopted_cards(struct rom_dump *dump);
/* Adds them to the detail of a verdict that was given again. */
void rom_analyze_report_cards(struct rom_dump *dump);

/* sample.c: byte statistics of p from runs of blocks spread over it; reads at
 * most budget bytes. */
void rom_analyze_sample(
	struct rom_image *part, struct rom_partition *p, uint64_t budget);

/* ---- userdata ------------------------------------------------------------ */

/* judge.c: the first verdict. Unless no_unlock, userdata is opened with the
 * secrets given or the keys found in the dump. */
void rom_analyze_judge(struct rom_dump *dump, bool no_unlock);

/* The verdict once more, when reading all of userdata has found its
 * filesystem. */
void rom_analyze_judge_again(struct rom_dump *dump);

/* userdata.c: collects all facts about userdata (row p) for the verdict. */
void rom_analyze_userdata_facts(struct rom_dump *dump, struct rom_partition *p,
	struct rom_userdata_facts *f);
/* userdata_super.c: the filesystem whose superblock is valid. */
void rom_analyze_super(
	const struct rom_partition *p, struct rom_userdata_facts *f);
/* Where none is valid: its magic, or a backup superblock, in part, the slice of
 * userdata. */
void rom_analyze_backup_super(
	struct rom_image *part, struct rom_userdata_facts *f);
/* userdata_stats.c: byte statistics of p; part is its slice. */
void rom_analyze_stats(struct rom_image *part, struct rom_partition *p,
	struct rom_userdata_facts *f);
/* Copies the statistics that p has by now into the facts. Reads nothing. */
void rom_analyze_take_stats(
	const struct rom_partition *p, struct rom_userdata_facts *f);

/* userdata_dirs.c: lists the encrypted directories without a key, and whether
 * the media directory is one of them. */
void rom_analyze_encrypted_dirs(
	struct rom_fs *fs, struct rom_userdata_facts *f);
/* file_stats.c: number, sizes and times of the user's files; stops after a few
 * thousand inodes. */
void rom_analyze_file_stats(
	struct rom_fs *fs, const char *media, struct rom_file_stats *ret);

/* footers.c: all footers of full-disk encryption in the dump, the one that most
 * likely belongs to userdata first. */
void rom_analyze_footers(struct rom_dump *dump,
	const struct rom_partition *userdata, struct rom_userdata_facts *f);
/* Moves the footer at offset to the front; false when it was there already. */
bool rom_analyze_footer_first(struct rom_userdata_facts *f, uint64_t offset);

/* fstab.c: how /data is mounted. */
void rom_analyze_fstab(struct rom_dump *dump, struct rom_userdata_facts *f);

/* metadata_key.c: the key directory of metadata encryption. */
void rom_analyze_metadata_key(
	struct rom_dump *dump, struct rom_userdata_facts *f);
/* That key, when only a software keymaster protects it: returns its length in
 * bytes, else 0. */
size_t rom_analyze_soft_metadata_key(struct rom_dump *dump,
	const struct rom_userdata_facts *f, uint8_t key[64]);

/* soft_keys.c: the key in a key directory of vold, when only a software
 * keymaster protects it: returns its length in bytes, else 0. */
size_t rom_soft_key_open(struct rom_fs *fs, const char *dir, uint8_t key[64]);
/* Adds the file keys that are protected only in that way to the keyring that
 * the filesystem was opened with; returns how many. */
size_t rom_analyze_soft_keys(struct rom_fs *fs, struct rom_keyring *keys);

/* unlock.c: opens userdata (row p) with the secrets given or the keys found in
 * the dump, and fills dump->unlocked. */
void rom_analyze_unlock(struct rom_dump *dump, const struct rom_partition *p);
/* Releases its members; a key is wiped when its last reference goes. */
void rom_unlocked_done(struct rom_unlocked *u);
/* unlock_report.c: appends what that opened to the verdict. Opens and reads
 * nothing. */
void rom_analyze_report_unlocked(struct rom_dump *dump);

/* analyze.c: answers all questions about dump, in order. */
enum rom_status rom_analyze(struct rom_dump *dump,
	const struct rom_dump_options *options, struct rom_err *err);

#endif
