/* SPDX-License-Identifier: MIT */
/* crypt.h - is userdata encrypted, how, on what evidence, and what can be done */
#ifndef ROMSPLIT_CRYPT_H
#define ROMSPLIT_CRYPT_H

#include "romsplit/disk.h"
#include "romsplit/model.h"

/* A directory whose inode is flagged as encrypted. */
struct rom_encrypted_dir {
	char path[64];
	bool has_context;
	struct rom_fscrypt context;
};

#define ROM_MAX_ENCRYPTED_DIRS 64

/* What was read of userdata and around it. The questions are asked by analyze/; here they are weighed. */
struct rom_userdata_facts {
	bool present; /* a userdata partition is in the table, and some of it in the dump */
	struct rom_range range; /* in the dump */

	const char *filesystem; /* by a valid superblock; NULL: none */
	uint64_t super_at;	/* in the partition */
	bool magic_only;	/* a magic, but its fields cannot be */
	bool root_readable;	/* the root directory could be listed */
	bool super_gone;	/* filesystem was found without a superblock */
	bool reader; /* there is a reader for this filesystem: root_readable means something */
	uint64_t backup_at;   /* where a valid backup superblock lies; 0: none found */
	bool encrypt_feature; /* the feature bit of the superblock: says "may", not "is" */
	struct rom_encrypted_dir dirs[ROM_MAX_ENCRYPTED_DIRS];
	size_t n_dirs;
	const char *media;    /* the directory that holds the user's files; NULL: there is none */
	bool media_encrypted; /* it or one of its parents is flagged */

	bool has_footer;
	struct rom_crypt_footer footer;
	const char *footer_partition; /* name */
	uint64_t footer_at;	      /* in the dump */

	const char *
		metadata_key; /* name of the partition with a metadata encryption key; NULL: none */
	bool has_stats;
	struct rom_stats stats; /* without the last 16 KiB */
	bool head_random;	/* the first 64 KiB pass for random bytes */
	bool tail_constant;	/* the last 16 KiB are of one value */
};

/* Fills verdict, grade, confidence, sentence, openable and evidence of ret (docs/FORMATS.md has the table). */
void rom_verdict_decide(const struct rom_userdata_facts *f, struct rom_userdata *ret);

#endif
