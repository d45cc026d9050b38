/* SPDX-License-Identifier: MIT */
/*
 * analyze.h - an opened dump: its image, the report that the questions filled,
 * the keys that open it, its filesystems
 */
#ifndef ROMSPLIT_ANALYZE_H
#define ROMSPLIT_ANALYZE_H

#include "romsplit/crypt.h"
#include "romsplit/fs.h"
#include "romsplit/image.h"
#include "romsplit/model.h"
#include "romsplit/table.h"

/* ---- an opened dump ------------------------------------------------------ */

/* What opens userdata, as far as something does. */
struct rom_unlocked {
	/* userdata decrypted as a whole; its image is NULL when it is read as
	 * it lies */
	struct rom_decrypted opened;
	/* of full-disk encryption: the footer in the dump that opened it */
	uint64_t footer_offset;
	/* contents of encrypted files, which metadata encryption passes by;
	 * NULL: as all else */
	struct rom_image *raw;
	/* every filesystem of the dump is opened with it; empty until keys of
	 * files were given or found */
	struct rom_keyring *keyring;
	/* secrets were given, and none of them opens anything */
	bool refused;
	/* then, or when a secret is missing: one line */
	char why[800];
	/* that filesystem, a literal; NULL: none was opened */
	const char *filesystem;
	/* what its directories show without keys, and what stays closed with
	 * those in the keyring; NULL: not asked */
	struct rom_userdata_facts *without_keys, *with_keys;
	/* of the encrypted directories, how many the keys open */
	size_t dirs_open, dirs_closed;
};

/* What a dump is opened from, and with. All zero but for the paths is fine;
 * whatever it points to, but for secrets, must live until it is opened. */
struct rom_dump_options {
	/* the dump, one file or its parts in order, and what lies beside it */
	const char *const *paths;
	size_t n_paths;
	struct rom_open_options files;
	/* what the user told of the table; the sizes of boot areas are filled
	 * in from files */
	struct rom_table_options table;
	/* --platform: overrides the chip; NULL: none */
	const char *platform;
	/* What may open userdata; NULL: nothing was given. The dump frees it,
	 * also when it cannot be opened. */
	struct rom_secrets *secrets;
	/* stop after table and contents, unless there are secrets: what split,
	 * ls, cat and extract need for another partition than userdata */
	bool table_only;
	/* nothing is tried to open userdata, not even what lies in the dump */
	bool no_unlock;
	/* as typed, for the report; may be NULL */
	const char *command;
	struct rom_progress *progress; /* may be NULL */
};

/* What was done for the filesystems of a dump so far. */
struct rom_dump_stats {
	/* how often one was opened, and how often a journal was replayed, or
	 * what f2fs had synced was recovered, for that */
	uint64_t filesystems, journals;
};

/* Members may be read, and the report be added to. */
struct rom_dump {
	/* boot areas that were given apart lie in front */
	struct rom_image *img;
	struct rom_report *report;
	struct rom_secrets *secrets;
	struct rom_unlocked unlocked;
	/* what the verdict was weighed from; NULL with table_only */
	struct rom_userdata_facts *facts;
	struct rom_dump_stats stats;
	struct rom_fs_cache *filesystems; /* private */
};

/* Opens a dump and asks for its table, contents, platform and verdict; userdata
 * is opened with the secrets given. Reads at most 16 MiB, however large the
 * dump. ROM_E_INPUT when this is no dump that can be read, ROM_E_ENCRYPTED when
 * none of the secrets opens userdata, ROM_E_STOPPED when progress was stopped.
 * *ret is set with ROM_OK alone. */
enum rom_status rom_dump_open(const struct rom_dump_options *options,
	struct rom_dump **ret, struct rom_err *err);
/* The same of an image, which is held; paths and files of the options are not
 * looked at. */
enum rom_status rom_dump_open_image(struct rom_image *img,
	const struct rom_dump_options *options, struct rom_dump **ret,
	struct rom_err *err);
/* Closes its filesystems too. NULL is fine. */
void rom_dump_close(struct rom_dump *dump);

/* ---- its filesystems ----------------------------------------------------- */

/* One that was opened. All of it lives as long as the dump, and is used by one
 * thread at a time. */
struct rom_dump_fs {
	struct rom_fs *fs;
	const struct rom_partition *partition; /* its row in the report */
	/* where it lies in the dump that the user named; ROM_NO_OFFSET: in
	 * several extents */
	uint64_t base;
};

/* The filesystem of a partition by name, NULL: of userdata, or of the only row
 * of a bare image. Opened the first time that it is asked for in this way;
 * where the verdict allows for it, all of the partition is read to find files.
 * no_journal: as the medium has it, without a replay of the journal. Damage
 * that was or will be met in it, and what its journal held, become notes of the
 * report. ROM_E_ENCRYPTED when the verdict says that it cannot be read,
 * ROM_E_NOT_FOUND when it is not in the dump, or no filesystem: err says what
 * it is. */
enum rom_status rom_dump_open_fs(struct rom_dump *dump, const char *partition,
	bool no_journal, struct rom_dump_fs *ret, struct rom_err *err);

/* ---- what is found in it ------------------------------------------------- */

/* The verdict again, now that the statistics of all of userdata are known (its
 * row in the report has them): weighed from what was found when the dump was
 * opened. Opens and reads nothing. */
void rom_analyze_verdict(struct rom_dump *dump);

/* The row that holds userdata: by its name, or the only row of a bare partition
 * image. NULL: none. */
struct rom_partition *rom_analyze_userdata(struct rom_report *report);

/* The rows that are a storage of the user's files beside userdata, as the FAT
 * partition of old phones: the next one after p (NULL: the first), or NULL. */
struct rom_partition *rom_analyze_storage(
	struct rom_report *report, const struct rom_partition *p);

/* A row as an image of its own; it may reach past the end of the dump. Closed
 * by the caller. */
struct rom_image *rom_partition_open(
	struct rom_image *img, const struct rom_partition *p);

/* Whether an image file fits a partition and is of its kind. */
void rom_analyze_fit(struct rom_image *file, const struct rom_report *report,
	const struct rom_partition *to, struct rom_fit *ret);

/* The directory of the user's files on this filesystem: "/media/0", or "/media"
 * on phones before Android 4.2, "/" on FAT and exFAT, which hold nothing else;
 * NULL when there is none. */
const char *rom_analyze_media(struct rom_fs *fs);

#endif
