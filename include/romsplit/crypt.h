/* SPDX-License-Identifier: MIT */
/* crypt.h - is userdata encrypted, how, on what evidence, and what can be
 * done */
#ifndef ROMSPLIT_CRYPT_H
#define ROMSPLIT_CRYPT_H

#include "romsplit/disk.h"
#include "romsplit/image.h"
#include "romsplit/model.h"
#include "romsplit/pass.h"

/* ---- what the user gave -------------------------------------------------- */

enum rom_secret_kind {
	ROM_SECRET_PASSWORD,
	ROM_SECRET_PATTERN,
	ROM_SECRET_KEY
};

#define ROM_SECRET_LEN_MAX 256
#define ROM_MAX_SECRETS	   256

struct rom_secret {
	enum rom_secret_kind kind;
	/* of a pattern its dots as digits, 1 to 9 */
	uint8_t bytes[ROM_SECRET_LEN_MAX];
	size_t len;
};

/* One piece of memory, wiped as a whole. */
struct rom_secrets {
	struct rom_secret v[ROM_MAX_SECRETS];
	size_t n;
	/* try all PINs of 4 to this many digits; 0: none */
	unsigned try_pins;
	unsigned threads;	       /* for that; 0: one for each core */
	struct rom_progress *progress; /* may be NULL */
	/* told how long it will take; may be NULL */
	void (*report)(void *ctx, const char *text);
	void *report_ctx;
};

struct rom_secrets *rom_secrets_new(void);
/* ROM_E_USAGE when it is too long, empty, or there are too many. */
enum rom_status rom_secrets_add(struct rom_secrets *s,
	enum rom_secret_kind kind, const void *bytes, size_t len,
	struct rom_err *err);
void rom_secrets_free(struct rom_secrets *s); /* NULL is fine */
size_t rom_secrets_count(
	const struct rom_secrets *s, enum rom_secret_kind kind);

/* ---- opening what is encrypted as a whole -------------------------------- */

struct rom_decrypted {
	struct rom_image *image; /* decrypted; NULL: not opened */
	/* "the default password", "the key given", ... */
	char by[80];
	char with[120]; /* cipher, unit and how they are counted */
	/* a superblock is there; else only the footer's check agrees */
	bool sound;
	/* free blocks were never encrypted, and are given as they lie */
	bool in_place;
	/* what lies from here on is plain; 0: nothing */
	uint64_t border;
	bool border_found; /* by trying, not from the footer */
	size_t tried;	   /* secrets that were tried */
};
void rom_decrypted_done(struct rom_decrypted *o);

/* Opens full-disk encryption: by a key that lies open in the footer, Android's
 * default password where no PIN or pattern was set, and each secret given. part
 * is the partition, at is where it lies on the medium. ROM_E_ENCRYPTED, with
 * the reason in err, when nothing fits. */
enum rom_status rom_fde_open(struct rom_image *part, uint64_t offset,
	const struct rom_crypt_footer *f, const struct rom_secrets *secrets,
	struct rom_decrypted *ret, struct rom_err *err);
/* Opens what one of the raw keys given opens, whatever cipher, unit and count:
 * full-disk encryption without its footer, metadata encryption. */
enum rom_status rom_key_open(struct rom_image *part, uint64_t offset,
	const struct rom_secrets *secrets, struct rom_decrypted *ret,
	struct rom_err *err);
/* The master key that a password opens. ROM_E_ENCRYPTED when this phone's
 * hardware is needed for it. ik: the intermediate key. */
enum rom_status rom_fde_derive(const struct rom_crypt_footer *f,
	const void *password, size_t len, uint8_t ik[32],
	uint8_t master[ROM_CRYPT_KEY_MAX], struct rom_err *err);
/* ROM_ACCESS_PASSWORD or ROM_ACCESS_DEVICE: what opens an encryption with this
 * footer. */
enum rom_access rom_fde_access(const struct rom_crypt_footer *f);
/* True when the footer was made for a partition of that size; else it may be of
 * another, or of another phone. */
bool rom_fde_covers(const struct rom_crypt_footer *f, uint64_t bytes);

/* ---- the verdict --------------------------------------------------------- */

/* A directory whose inode is flagged as encrypted. */
struct rom_encrypted_dir {
	char path[64];
	bool has_context;
	struct rom_fscrypt context;
};

#define ROM_MAX_ENCRYPTED_DIRS 64

/* The user's files, whose sizes and times can be read even where names and
 * contents cannot. */
struct rom_file_stats {
	uint64_t files, bytes, large; /* large: of 1 MiB or more */
	int64_t oldest, newest;	      /* written, seconds since 1970 */
	bool all;		      /* all were counted */
};

#define ROM_MAX_FOOTERS 8

/* A footer of full-disk encryption, and where it lies. */
struct rom_found_footer {
	struct rom_crypt_footer footer;
	const char *partition; /* name */
	uint64_t offset;       /* in the dump */
	/* from its persistent data; empty: not there */
	char locale[93], timezone[93];
};

/* What was read of userdata and around it. The questions are asked by analyze/;
 * here they are weighed. */
struct rom_userdata_facts {
	/* a userdata partition is in the table, and some of it in the dump */
	bool present;
	struct rom_range range; /* in the dump */

	const char *filesystem; /* by a valid superblock; NULL: none */
	/* of that superblock, as of rom_claim; NULL where it was found without
	 * one */
	const char *magic;
	uint64_t magic_offset; /* in the partition */
	uint64_t super_offset; /* where the superblock would be */
	bool magic_only;       /* a magic, but its fields cannot be */
	bool root_readable;    /* the root directory could be listed */
	/* filesystem was found without its superblocks, or by a backup */
	bool super_gone;
	/* nothing but nodes or inodes of this filesystem was seen; NULL:
	 * nothing was */
	const char *scan_result;
	/* of nodes, to which nothing leads any more; else of inodes, whose
	 * tables are there */
	bool scan_by_nodes;
	uint64_t scan_offset,
		/* the first, in the partition; how many of those looked at */
		scan_nodes;
	/* most of the files among them are encrypted, each for itself */
	bool scan_encrypted;
	/* there is a reader for this filesystem: root_readable means
	 * something */
	bool reader;
	bool cut_off; /* the dump ends before the partition does */
	/* where a valid backup superblock lies; 0: none found */
	uint64_t backup_offset;
	/* the feature bit of the superblock: says "may", not "is" */
	bool encrypt_feature;
	struct rom_encrypted_dir dirs[ROM_MAX_ENCRYPTED_DIRS];
	size_t n_dirs;
	/* the directory that holds the user's files; NULL: there is none */
	const char *media;
	bool media_encrypted; /* it or one of its parents is flagged */
	struct rom_file_stats file_stats;
	/* what Android noted in /unencrypted/mode; empty: nothing */
	char mode[128];

	/* the likeliest first */
	struct rom_found_footer footers[ROM_MAX_FOOTERS];
	size_t n_footers;

	/* name of the partition with a metadata encryption key; NULL: none */
	const char *metadata_key;
	/* bytes of encrypted_key there; 92 for a key that is no
	 * hardware-wrapped one */
	uint64_t metadata_key_size;
	/* its keymaster blob is a software one */
	bool metadata_key_soft;
	bool has_md_udc, has_metadata; /* such partitions are in the table */
	/* how /data is mounted, from an fstab; empty: none was found */
	char fstab[300];
	char fstab_from[240];
	/* it names a key directory of metadata encryption */
	bool fstab_metadata;
	bool has_stats;
	struct rom_stats stats; /* without the last 16 KiB */
	/* of stats.structured: blocks read where ext4 keeps its bitmaps, which
	 * a sample spread over all may miss; 0 where stats are of all bytes */
	uint64_t group_structured;
	bool head_random;   /* the first 64 KiB pass for random bytes */
	bool tail_constant; /* the last 16 KiB are of one value */
};

/* True when a filesystem is there, and not a superblock alone that is left
 * over. */
bool rom_has_filesystem(const struct rom_userdata_facts *f);
/* The line of evidence for one encrypted directory. Freed by the caller. */
char *rom_policy_text(const struct rom_encrypted_dir *d);
/* text is freed */
void rom_verdict_evidence(
	struct rom_userdata *ret, uint64_t offset, char *text);
/* Puts a sentence behind the one of the verdict; text is freed. */
void rom_verdict_add(struct rom_userdata *ret, char *text);
/* A sentence without what could be done if it were closed: the verdict
 * alone. */
void rom_verdict_restart(struct rom_userdata *ret);
/* Fills verdict, grade, confidence, summary, access and evidence of ret
 * (docs/FORMATS.md has the table). */
void rom_verdict_decide(
	const struct rom_userdata_facts *f, struct rom_userdata *ret);

#endif
