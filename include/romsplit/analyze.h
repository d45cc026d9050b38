/* SPDX-License-Identifier: MIT */
/* analyze.h - the questions asked of a dump, in order; fills the report */
#ifndef ROMSPLIT_ANALYZE_H
#define ROMSPLIT_ANALYZE_H

#include "romsplit/crypt.h"
#include "romsplit/fs.h"
#include "romsplit/image.h"
#include "romsplit/model.h"
#include "romsplit/table.h"

/* What opens userdata, once it was asked. */
struct rom_unlocked {
	/* what the user gave, or NULL; set before rom_analyze */
	const struct rom_secrets *secrets;
	bool asked;
	/* userdata decrypted as a whole; its image is NULL when it is read as
	 * it lies */
	struct rom_decrypted opened;
	/* of full-disk encryption: the footer in the dump that opened it */
	uint64_t footer_offset;
	/* contents of encrypted files, which metadata encryption passes by;
	 * NULL: as all else */
	struct rom_image *raw;
	struct rom_keyring *keyring; /* NULL: no keys were given or found */
	/* that a software keymaster left open in the dump */
	size_t soft_keys;
	/* secrets were given, and none of them opens anything */
	bool refused;
	/* then, or when a secret is missing: one line */
	char why[800];
	size_t folders_open, folders_closed; /* of the encrypted ones */
};
void rom_unlocked_done(struct rom_unlocked *u); /* does not free the secrets */

struct rom_analyze_options {
	/* --platform: overrides the chip; NULL: none */
	const char *platform;
	struct rom_table_options table; /* what the user told of it */
	/* filled: what opens userdata; NULL: nothing is tried */
	struct rom_unlocked *unlocked;
	/* stop after table and contents: what split, ls, cat and extract
	 * need */
	bool table_only;
};

/* Table, contents, platform, verdict. Reads at most 16 MiB, however large the
 * dump. ROM_E_INPUT when this is no dump we can read. */
enum rom_status rom_analyze(struct rom_image *img,
	const struct rom_analyze_options *options, struct rom_report *report,
	struct rom_err *err);

/* Again, now that the statistics of all of userdata are known (its row in the
 * report has them). unlocked, as rom_analyze filled it, may be NULL. */
void rom_analyze_verdict(struct rom_image *img, struct rom_report *report,
	struct rom_unlocked *unlocked);

/* The row that holds userdata: by its name, or the only row of a bare partition
 * image. NULL: none. */
struct rom_partition *rom_analyze_userdata(struct rom_report *report);

/* The rows that are a storage of the user's files beside userdata, as the FAT
 * partition of old phones: the next one after p (NULL: the first), or NULL. */
struct rom_partition *rom_analyze_storage(
	struct rom_report *report, const struct rom_partition *p);

/* The window of a row on the dump; it may reach past the end of it. Closed by
 * the caller. */
struct rom_image *rom_partition_open(
	struct rom_image *img, const struct rom_partition *p);

/* Whether an image file fits a partition and is of its kind. */
void rom_analyze_fit(struct rom_image *file, const struct rom_report *report,
	const struct rom_partition *to, struct rom_fit *ret);

/* The folder of the user's files on this filesystem: "/media/0", or "/media" on
 * phones before Android 4.2, "/" on FAT and exFAT, which hold nothing else;
 * NULL when there is none. */
const char *rom_analyze_media(struct rom_fs *fs);

#endif
