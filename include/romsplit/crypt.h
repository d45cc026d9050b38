/* SPDX-License-Identifier: MIT */
/* crypt.h - whether and how userdata is encrypted, on what evidence, and what
 * opens it */
#ifndef ROMSPLIT_CRYPT_H
#define ROMSPLIT_CRYPT_H

#include "romsplit/disk.h"
#include "romsplit/image.h"
#include "romsplit/model.h"
#include "romsplit/pass.h"

/* ---- what the user gave -------------------------------------------------- */

/* The kinds of secrets. */
enum rom_secret_kind {
	ROM_SECRET_PASSWORD,
	ROM_SECRET_PATTERN,
	ROM_SECRET_KEY
};

#define ROM_SECRET_LEN_MAX 256
#define ROM_MAX_SECRETS	   256

/* One secret: len bytes, not NUL-terminated. */
struct rom_secret {
	enum rom_secret_kind kind;
	/* a pattern is stored as the digits of its dots, 1 to 9 */
	uint8_t bytes[ROM_SECRET_LEN_MAX];
	size_t len;
	/* where it comes from, "the key expand_....key of the phone"; empty: it
	 * was given as it is */
	char name[72];
};

/* The secrets that the user gave. One allocation, so that all of it can be
 * wiped. */
struct rom_secrets {
	struct rom_secret v[ROM_MAX_SECRETS];
	size_t n;
	/* try all PINs of 4 to this many digits; 0: none */
	unsigned try_pins;
	/* threads for try_pins; 0: one for each core */
	unsigned threads;
	struct rom_progress *progress; /* may be NULL */
	/* called with the expected duration, and the PIN that was found; may be
	 * NULL */
	void (*report)(void *ctx, const char *text);
	void *report_ctx;
};

/* Returns a new, empty set, never NULL; freed with rom_secrets_free. */
struct rom_secrets *rom_secrets_new(void);
/* Copies a secret into the set. ROM_E_USAGE when it is empty or too long, or
 * the set is full. */
enum rom_status rom_secrets_add(struct rom_secrets *s,
	enum rom_secret_kind kind, const void *bytes, size_t len,
	struct rom_err *err);
/* As rom_secrets_add, a key with a name, which is cut where it is too long. */
enum rom_status rom_secrets_add_key(struct rom_secrets *s, const void *bytes,
	size_t len, const char *name, struct rom_err *err);
/* Another set with the same secrets and settings; freed with
 * rom_secrets_free. */
struct rom_secrets *rom_secrets_copy(const struct rom_secrets *s);
/* Wipes and frees the set. NULL is allowed. */
void rom_secrets_free(struct rom_secrets *s);
/* The number of secrets of that kind; s may be NULL. */
size_t rom_secrets_count(
	const struct rom_secrets *s, enum rom_secret_kind kind);

/* ---- opening what is encrypted as a whole -------------------------------- */

/* A decrypted partition, and what opened it. Zeroed before use; released with
 * rom_decrypted_done. */
struct rom_decrypted {
	struct rom_image *image; /* the decrypted partition; NULL: not opened */
	/* "the default password", "the key given", ... */
	char by[80];
	char with[120]; /* cipher, unit size, and how units are numbered */
	/* a superblock was found; else only the footer's check proves the
	 * key */
	bool sound;
	/* not sound: the cipher's name may also mean that of the phone's
	 * hardware, which has a key of its own */
	bool maybe_inline;
	/* free blocks were never encrypted, and are read as stored */
	bool in_place;
	/* plaintext from this offset on; 0: nothing is */
	uint64_t border;
	bool border_found; /* by a search, not from the footer */
	size_t tried;	   /* secrets that were tried */
};
/* Closes the image and zeroes the struct. */
void rom_decrypted_done(struct rom_decrypted *o);

/* Opens full-disk encryption by an unencrypted key in the footer, Android's
 * default password where no PIN or pattern was set, or one of the given
 * secrets. part is the partition, offset where it begins on the medium.
 * ROM_E_ENCRYPTED, with the reason in err, when none of them is right. */
enum rom_status rom_fde_open(struct rom_image *part, uint64_t offset,
	const struct rom_crypt_footer *f, const struct rom_secrets *secrets,
	struct rom_decrypted *ret, struct rom_err *err);
/* Opens a partition with one of the given raw keys, trying all ciphers, unit
 * sizes and ways to number units: full-disk encryption without its footer, or
 * metadata encryption. ROM_E_ENCRYPTED when no key opens it. */
enum rom_status rom_key_open(struct rom_image *part, uint64_t offset,
	const struct rom_secrets *secrets, struct rom_decrypted *ret,
	struct rom_err *err);
/* Decrypts the master key with a password. ROM_E_ENCRYPTED when that needs the
 * hardware of the phone. ik: receives the intermediate key. */
enum rom_status rom_fde_derive(const struct rom_crypt_footer *f,
	const void *password, size_t len, uint8_t ik[32],
	uint8_t master[ROM_CRYPT_KEY_MAX], struct rom_err *err);
/* What opens an encryption with this footer: ROM_ACCESS_PASSWORD or
 * ROM_ACCESS_DEVICE. */
enum rom_access rom_fde_access(const struct rom_crypt_footer *f);
/* True when the footer was made for a partition of that size; else it may
 * belong to another partition or phone. */
bool rom_fde_covers(const struct rom_crypt_footer *f, uint64_t bytes);

/* ---- the verdict --------------------------------------------------------- */

/* A directory whose inode is flagged as encrypted. */
struct rom_encrypted_dir {
	char path[64];
	bool has_context;
	struct rom_fscrypt context;
};

#define ROM_MAX_ENCRYPTED_DIRS 64

/* Statistics of the user's files. Sizes and times can be read even where names
 * and contents are encrypted. */
struct rom_file_stats {
	uint64_t files, bytes, large; /* large: of 1 MiB or more */
	/* modification times, seconds since 1970 */
	int64_t oldest, newest;
	bool all; /* all were counted */
};

#define ROM_MAX_FOOTERS 8
#define ROM_MAX_CARDS	16

/* The key of an adopted SD card that the userdata of a phone holds. */
struct rom_adopted_card {
	/* that of the card's partition, as in struct rom_partition */
	char guid[33];
	size_t key_size; /* 0: it cannot be read, or is none by its size */
};

/* A footer of full-disk encryption and its location. */
struct rom_found_footer {
	struct rom_crypt_footer footer;
	const char *partition; /* name */
	uint64_t offset;       /* in the dump */
	/* from its persistent data; empty: not stored */
	char locale[93], timezone[93];
};

/* The facts about userdata. The analyze module collects them; this module
 * weighs them. */
struct rom_userdata_facts {
	/* the partition table has a userdata partition, and some of it is in
	 * the dump */
	bool present;
	bool complete; /* nothing of the dump is missing */
	struct rom_range range; /* in the dump */
	/* as in struct rom_dump: the bytes of the dump are shifted, and nothing
	 * else was looked at */
	uint64_t crlf;
	/* it is the partition that a phone makes on an SD card which it adopts
	 * as internal storage */
	bool adopted;
	/* its unique GUID as in struct rom_partition; empty: not known */
	char guid[33];
	bool alone; /* a bare image, without a table that names it */

	/* files that were found to be encrypted one by one by eCryptfs */
	uint64_t ecryptfs;

	const char *filesystem; /* by a valid superblock; NULL: none */
	/* magic of that superblock, as in rom_claim; NULL where the filesystem
	 * was found without one */
	const char *magic;
	uint64_t magic_offset; /* in the partition */
	uint64_t start;	       /* of the filesystem, in the partition */
	uint64_t super_offset; /* where the superblock would be */
	bool magic_only;       /* a magic with invalid fields */
	bool root_readable;    /* the root directory could be listed */
	/* filesystem was found without its superblocks, or by a backup of
	 * one */
	bool super_gone;
	/* a quick scan found only nodes or inodes of this filesystem; NULL: it
	 * found nothing */
	const char *scan_result;
	/* found by nodes that no table leads to; else by inodes in an intact
	 * table */
	bool scan_by_nodes;
	uint64_t scan_offset,
		/* offset of the first one in the partition; how many were
		 * found */
		scan_nodes;
	/* most of the files among them are encrypted individually */
	bool scan_encrypted;
	/* the filesystem has a reader, so that root_readable means something */
	bool reader;
	bool cut_off; /* the dump ends before the partition does */
	/* offset of a valid backup superblock; 0: none found */
	uint64_t backup_offset;
	/* the encryption feature bit of the superblock: files may be encrypted,
	 * but need not be */
	bool encrypt_feature;
	struct rom_encrypted_dir dirs[ROM_MAX_ENCRYPTED_DIRS];
	size_t n_dirs;
	/* the directory that holds the user's files; NULL: not found */
	const char *media;
	/* it or one of its parents is flagged as encrypted */
	bool media_encrypted;
	struct rom_file_stats file_stats;
	struct rom_adopted_card cards[ROM_MAX_CARDS];
	size_t n_cards;
	/* contents of /unencrypted/mode; empty: no such file */
	char mode[128];

	/* the most likely one first */
	struct rom_found_footer footers[ROM_MAX_FOOTERS];
	size_t n_footers;

	/* name of the partition with a metadata encryption key; NULL: none */
	const char *metadata_key;
	/* size of encrypted_key there; 92 for a key that is not wrapped by the
	 * hardware */
	uint64_t metadata_key_size;
	/* its keymaster blob is of a software keymaster */
	bool metadata_key_soft;
	bool has_md_udc, has_metadata; /* the table has such partitions */
	/* mount options of /data in an fstab; empty: none found */
	char fstab[300];
	char fstab_from[240];
	/* it names a key directory for metadata encryption */
	bool fstab_metadata;
	bool has_stats;
	struct rom_stats stats; /* without the last 16 KiB */
	/* part of stats.structured: blocks read where ext4 keeps its bitmaps,
	 * which a sample spread over the partition may miss; 0 where stats
	 * cover all bytes */
	uint64_t group_structured;
	bool head_random;   /* the first 64 KiB look random */
	bool tail_constant; /* the last 16 KiB are of one value */
};

/* True when a filesystem can be read, and not only a leftover superblock is
 * present. */
bool rom_has_filesystem(const struct rom_userdata_facts *f);
/* The line of evidence for one encrypted directory. The caller frees it. */
char *rom_policy_text(const struct rom_encrypted_dir *d);
/* Adds a line of evidence about offset in the dump, or ROM_NO_OFFSET. Frees
 * text. */
void rom_verdict_evidence(
	struct rom_userdata *ret, uint64_t offset, char *text);
/* Appends a sentence to the summary. Frees text. */
void rom_verdict_add(struct rom_userdata *ret, char *text);
/* Resets the summary to the bare verdict, without advice for the case that
 * nothing opens userdata. */
void rom_verdict_restart(struct rom_userdata *ret);
/* Sets verdict, grade, confidence, summary, access and evidence of ret
 * (docs/FORMATS.md has the table). */
void rom_verdict_decide(
	const struct rom_userdata_facts *f, struct rom_userdata *ret);

#endif
