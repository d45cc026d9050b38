/* SPDX-License-Identifier: MIT */
/*
 * analyze.h - an opened dump: its image, the report of what was found in it,
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

/* How userdata was opened, if it could be. */
struct rom_unlocked {
	/* userdata decrypted as a whole; its image is NULL when the bytes of
	 * the dump are read as they are */
	struct rom_decrypted opened;
	/* full-disk encryption: offset in the dump of the footer that the key
	 * was made from */
	uint64_t footer_offset;
	/* where the contents of encrypted files are read from: metadata
	 * encryption leaves them out. NULL: from the same image as the rest */
	struct rom_image *raw;
	/* every filesystem of the dump is opened with it; empty until keys for
	 * single files were given or found */
	struct rom_keyring *keyring;
	/* secrets were given, and none of them opens anything */
	bool refused;
	/* the reason if refused, or if a secret is missing: one line */
	char why[800];
	/* format of the filesystem that was opened, a literal; NULL: none */
	const char *filesystem;
	/* its encrypted directories before any key was added, and those that
	 * remain closed with all keys of the keyring; NULL: not checked */
	struct rom_userdata_facts *without_keys, *with_keys;
	/* how many of the encrypted directories the keys open */
	size_t dirs_open, dirs_closed;
};

/* What a dump is opened from, and how. Everything but the paths may be zero.
 * All that it points to, except secrets, is borrowed until the dump is
 * opened. */
struct rom_dump_options {
	/* the dump: one file, or the files it was split into, in order */
	const char *const *paths;
	size_t n_paths;
	/* boot area files, rescue map, how the files are read */
	struct rom_open_options files;
	/* what the user gave about the table; the sizes of the boot areas are
	 * filled in from files */
	struct rom_table_options table;
	/* --platform: overrides the chip; NULL: none */
	const char *platform;
	/* What may open userdata; NULL: nothing was given. The dump frees it,
	 * also when it cannot be opened. */
	struct rom_secrets *secrets;
	/* stop after the table and the formats of the partitions, unless there
	 * are secrets: enough for split, and for ls, cat and extract on a
	 * partition other than userdata */
	bool table_only;
	/* which filesystem of userdata is read, as info numbers them where
	 * there are several; 0: the one that begins it */
	unsigned filesystem;
	/* do not try to open userdata, not even with keys found in the dump */
	bool no_unlock;
	/* the command line, for the report; may be NULL */
	const char *command;
	struct rom_progress *progress; /* may be NULL */
};

/* How much work opening filesystems has been so far. */
struct rom_dump_stats {
	/* how many were opened; for how many of these a journal was replayed
	 * or f2fs's roll-forward recovery was run */
	uint64_t filesystems, journals;
};

/* Callers may read the members and add to the report. */
struct rom_dump {
	/* boot areas given as separate files come first in it */
	struct rom_image *img;
	struct rom_report *report;
	struct rom_secrets *secrets;
	struct rom_unlocked unlocked;
	const struct rom_progress *progress; /* as given; may be NULL */
	/* its files, while it is being opened; NULL: it is an image, or opened
	 * already */
	const struct rom_opened *opened;
	/* size of the files of which it consists, if img is larger: they are
	 * placed in it; else 0 */
	uint64_t file_bytes;
	bool is_folder; /* they are single partitions */
	/* the scatter file in the folder; no sections: there is none */
	struct rom_scatter scatter;

	/* it came through the terminal of adb shell, which shifts its bytes:
	 * how many bytes 0A, all behind an 0D, show that; 0: it did not */
	uint64_t crlf;
	/* what the verdict was weighed from; NULL with table_only */
	struct rom_userdata_facts *facts;
	struct rom_dump_stats stats;
	unsigned filesystem;		  /* as given */
	struct rom_read_faults faults;	  /* of img */
	struct rom_fs_cache *filesystems; /* private */
	struct rom_row_places *places;	  /* private */
};

/* Opens a dump and finds its table, the formats of its partitions, the platform
 * and the verdict; opens userdata with the secrets given. Reads at most 16 MiB,
 * 64 MiB without a table or superblock, however large the dump is. Returns
 * ROM_E_INPUT when this is not a readable dump, ROM_E_ENCRYPTED when none of
 * the secrets opens userdata, ROM_E_STOPPED when progress was stopped. *ret is
 * set only with ROM_OK. */
enum rom_status rom_dump_open(const struct rom_dump_options *options,
	struct rom_dump **ret, struct rom_err *err);
/* The same for an image, to which the dump takes a reference; paths and files
 * of the options are ignored. */
enum rom_status rom_dump_open_image(struct rom_image *img,
	const struct rom_dump_options *options, struct rom_dump **ret,
	struct rom_err *err);
/* The report on a file that is no raw dump, but a container that is known by
 * name: one row, and a verdict that says so. NULL: it is none, or cannot be
 * read. Freed with rom_report_free. */
struct rom_report *rom_report_container(const char *path, const char *command);
/* Closes the dump and its filesystems. NULL is fine. */
void rom_dump_close(struct rom_dump *dump);

/* ---- its filesystems ----------------------------------------------------- */

/* An opened filesystem. It lives as long as the dump; only one thread at a time
 * may use it. */
struct rom_dump_fs {
	struct rom_fs *fs;
	const struct rom_partition *partition; /* its row in the report */
	/* its offset in the file that the user named; ROM_NO_OFFSET: it
	 * consists of several extents */
	uint64_t base;
};

/* Opens the filesystem of a partition by name; NULL: that of userdata, or of
 * the only row of a bare image. Later calls for the same mode return the same
 * filesystem. Where the verdict calls for it, the whole partition is scanned
 * for files. no_journal: the on-disk state, without replaying the journal.
 * Damage found in it, now or later, and what its journal held become notes of
 * the report. Returns ROM_E_ENCRYPTED when the verdict is that it cannot be
 * read; ROM_E_NOT_FOUND when it is not in the dump or not a filesystem: err
 * says what it is. */
enum rom_status rom_dump_open_fs(struct rom_dump *dump, const char *partition,
	bool no_journal, struct rom_dump_fs *ret, struct rom_err *err);

/* ---- questions about a dump ---------------------------------------------- */

/* Decides the verdict again once the statistics of all of userdata are known
 * (its row in the report has them), from the facts found when the dump was
 * opened. Opens and reads nothing. */
void rom_analyze_verdict(struct rom_dump *dump);

/* The row of userdata: found by its name, or the only row of a bare partition
 * image. NULL: none. */
struct rom_partition *rom_analyze_userdata(struct rom_report *report);

/* Iterates over the rows that hold files of the user beside userdata, like the
 * FAT partition of old phones: the next one after p (NULL: the first), or
 * NULL. */
struct rom_partition *rom_analyze_storage(
	struct rom_report *report, const struct rom_partition *p);

/* Adds the keys of adopted SD cards that the userdata of a phone's dump holds
 * to secrets. ROM_E_ENCRYPTED when userdata cannot be read, or holds none; err
 * says which. */
enum rom_status rom_dump_expand_keys(
	struct rom_dump *phone, struct rom_secrets *to, struct rom_err *err);

/* The partition as an image of its own, which may reach past the end of the
 * dump. Closed by the caller. */
struct rom_image *rom_partition_open(
	struct rom_image *img, const struct rom_partition *p);

/* Checks whether an image file fits into a partition and is of its kind.
 * ret->reason is freed by the caller. */
void rom_analyze_fit(struct rom_image *file, const struct rom_report *report,
	const struct rom_partition *to, struct rom_fit *ret);

/* The directory of the user's files on this filesystem: "/media/0", or "/media"
 * on phones before Android 4.2, "/" on FAT and exFAT, which hold nothing else;
 * NULL when there is none. */
const char *rom_analyze_media(struct rom_fs *fs);

#endif
