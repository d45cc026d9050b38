/* SPDX-License-Identifier: MIT */
/*
 * model.h - what is known of a dump: the report and what it is made of
 *
 * The report owns all its memory. Parsers fill it, the emitters read it;
 * neither knows the other.
 */
#ifndef ROMSPLIT_MODEL_H
#define ROMSPLIT_MODEL_H

#include <pthread.h>

#include "romsplit/base.h"

/* ---- facts: what a prober read, as name and value ------------------------ */

enum rom_fact_kind { ROM_FACT_TEXT, ROM_FACT_NUMBER, ROM_FACT_LIST };

struct rom_facts;

struct rom_fact {
	char *key;
	enum rom_fact_kind kind;
	char *text;
	uint64_t number;
	struct rom_facts *items; /* ROM_FACT_LIST: n_items groups of facts */
	size_t n_items;
};

struct rom_facts {
	ROM_VEC(struct rom_fact) list;
};

/* text is copied */
void rom_facts_text(struct rom_facts *f, const char *key, const char *text);
/* As rom_facts_text, of the bytes of a view up to the first NUL; nothing is
 * added when empty. */
void rom_facts_buffer(struct rom_facts *f, const char *key,
	const struct rom_buffer *v, size_t off, size_t len);
void rom_facts_number(struct rom_facts *f, const char *key, uint64_t number);
/* A new group in the list named key; valid until the next group of that list is
 * added. */
struct rom_facts *rom_facts_item(struct rom_facts *f, const char *key);
/* The fact of that name, or NULL. */
const struct rom_fact *rom_facts_get(
	const struct rom_facts *f, const char *key);
void rom_facts_done(struct rom_facts *f);

/* ---- claims: what a prober says a partition holds ------------------------ */

/* What a format is for. What is done with a partition depends on this, and not
 * on the name of what it holds. */
enum rom_usage {
	ROM_USAGE_UNKNOWN, /* no prober knows it; libmagic may */
	ROM_USAGE_FILL,	   /* bytes of one value, nothing else */
	ROM_USAGE_NOISE,   /* looks random: ciphertext, or packed */
	ROM_USAGE_FILESYSTEM,
	ROM_USAGE_CONTAINER, /* other images lie in it: super, sparse images */
	ROM_USAGE_LOADER,    /* what the chip starts: the preloader */
	ROM_USAGE_KERNEL,    /* a kernel and its ramdisk */
	ROM_USAGE_FIRMWARE,  /* programs for the processors of the chip */
	/* what these need beside them: device trees, signatures, pictures */
	ROM_USAGE_IMAGE,
	ROM_USAGE_CONFIG, /* settings and states of this phone */
	ROM_USAGE_TABLE,  /* sectors of a partition table */
	ROM_USAGE_KEY,	  /* by which an encrypted partition is opened */
};

/* What else is asked of a format: bits of rom_claim.traits. */
enum rom_trait {
	/* a phone's /data may be such */
	ROM_TRAIT_USERDATA = 1 << 0,
	/* known by a boot sector, which a filesystem made later may have left
	 * alone */
	ROM_TRAIT_BOOT_SECTOR = 1 << 1,
	/* each node tells what it is: where nothing leads to them any more,
	 * they are found all the same, by reading all of it */
	ROM_TRAIT_NODES = 1 << 2,
	/* what SP Flash Tool writes from an image file: NORMAL_ROM */
	ROM_TRAIT_FLASHED = 1 << 3,
	/* and may be given as a sparse image: EXT4_IMG */
	ROM_TRAIT_SPARSE = 1 << 4,
};

struct rom_claim {
	/* its name in the report, a literal: to be printed, not compared */
	const char *format;
	enum rom_usage usage;
	unsigned traits;
	/* what tells the format, for people: "superblock magic 53 EF"; NULL: it
	 * has no words. A literal. */
	const char *magic;
	uint64_t magic_offset; /* where that lies, in the partition */
	/* the command that unpacks its image, where no reader of ours can; NULL
	 * else. A literal. */
	const char *unpack;
	unsigned bits; /* how many bits of evidence were verified */
	/* bytes of the partition that the content takes; 0 when not known */
	uint64_t used;
	struct rom_facts detail;
};

typedef ROM_VEC(struct rom_claim) rom_claims;

/* Sorts by bits, most first; stable. */
void rom_claims_sort(rom_claims *claims);
void rom_claims_done(rom_claims *claims);

/* ---- partitions ---------------------------------------------------------- */

/* The areas of a medium, each with addresses of its own. */
enum rom_region {
	ROM_REGION_NONE,
	ROM_REGION_EMMC_USER,
	ROM_REGION_EMMC_BOOT_1,
	ROM_REGION_EMMC_BOOT_2,
	ROM_REGION_EMMC_RPMB,
	ROM_REGION_UFS_LU0, /* boot area */
	ROM_REGION_UFS_LU1, /* the other one */
	ROM_REGION_UFS_LU2, /* user area */
};
/* As SP Flash Tool and scatter files have it: "EMMC_USER", ... a literal; ""
 * for ROM_REGION_NONE. */
const char *rom_region_name(enum rom_region region);
/* True for the area that holds the partitions of the table. */
static inline bool rom_region_is_user(enum rom_region region)
{
	return region == ROM_REGION_EMMC_USER || region == ROM_REGION_UFS_LU2;
}

/* How a partition, or the whole table, is known. */
enum rom_table_source {
	ROM_SOURCE_NONE,    /* there is no table */
	ROM_SOURCE_PRIMARY, /* the first copy of a GPT or of super's metadata */
	ROM_SOURCE_BACKUP,
	ROM_SOURCE_MERGED, /* both copies of a GPT, each of them damaged */
	ROM_SOURCE_PMT,
	ROM_SOURCE_MIRROR, /* the second copy of a PMT */
	ROM_SOURCE_MBR_CHAIN,
	ROM_SOURCE_FILE,       /* the user's scatter file */
	ROM_SOURCE_SIGNATURES, /* what it holds names it */
	/* it lies where these partitions follow each other on every phone */
	ROM_SOURCE_SEQUENCE,
	ROM_SOURCE_FRONT, /* a boot area before the user area */
};

enum rom_state { ROM_COMPLETE, ROM_PARTIAL, ROM_MISSING };

/* Byte statistics of a partition, see crypt.h. */
struct rom_stats {
	uint64_t bytes;	   /* looked at */
	uint64_t blocks;   /* of 4 KiB, constant ones included */
	uint64_t zero;	   /* blocks of 00 only */
	uint64_t ff;	   /* blocks of FF only */
	uint64_t constant; /* blocks of one byte value, 00 and FF included */
	/* others whose chi-square is that of random bytes */
	uint64_t random;
	uint64_t structured; /* others with chi-square > 1000 */
	double entropy;	     /* bits per byte of all bytes looked at, 0..8 */
	bool whole;	     /* every byte of the partition was looked at */
};

struct rom_partition {
	/* UTF-8; NULL: bytes that no partition covers */
	char *name;
	struct rom_range range; /* in the image */
	/* its end is not known: range.len is what of it lies in the image */
	bool open_end;
	/* where its region begins in the image: 0, unless boot areas lie in
	 * front */
	uint64_t base;
	enum rom_region region;
	enum rom_state state;
	uint64_t present; /* bytes from the start that the image reaches */
	/* bytes of these that were never read from the medium: a rescue map
	 * says so */
	uint64_t unread;
	/* in the image, when it lies in several pieces; range.at is the first;
	 * one at ROM_NO_OFFSET is zeros */
	ROM_VEC(struct rom_range)
	extents;
	enum rom_table_source source;
	char *parent;	   /* NULL, or "super" */
	rom_claims claims; /* best first; never empty once recognised */
	bool has_stats;
	struct rom_stats stats;
	/* as written, relative to the output folder; NULL when not */
	char *file;
	uint64_t file_size;
	/* of the file: a preloader's is a part of its partition */
	bool has_file_sha256;
	uint8_t file_sha256[ROM_SHA256_LEN];
	bool has_sha256;
	uint8_t sha256[ROM_SHA256_LEN];
	/* pgpt, sgpt: rows that SP Flash Tool has and the table has not */
	bool is_table;
};

/* Whether a partition is the one of that name, whatever its slot, and also as a
 * logical partition: "vendor", "VENDOR", "vendor_a", "super/vendor_b", but not
 * "vendor_boot". name may be NULL. */
bool rom_slot_matches(const char *name, const char *want);
/* The same, and the number of a copy does not count: "lk2", "logo1_a". */
bool rom_slot_or_copy_matches(const char *name, const char *want);
/* Where it begins in its region. */
static inline uint64_t rom_partition_start(const struct rom_partition *p)
{
	return p->range.offset - p->base;
}
/* The leading claim; one for "unknown" when there is none, never NULL. */
const struct rom_claim *rom_partition_lead(const struct rom_partition *p);
/* The format of the leading claim. */
const char *rom_partition_format(const struct rom_partition *p);
/* The first claim for a format of that usage, or NULL. */
const struct rom_claim *rom_partition_claim(
	const struct rom_partition *p, enum rom_usage usage);
/* True when it holds a format: not bytes of one value, noise or what nobody
 * knows. */
bool rom_partition_has_format(const struct rom_partition *p);

/* ---- notes --------------------------------------------------------------- */

enum rom_level { ROM_INFO, ROM_WARNING, ROM_DAMAGE };

struct rom_note {
	enum rom_level level;
	char *partition; /* NULL: of the dump as a whole */
	uint64_t offset; /* in the dump, or ROM_NO_OFFSET */
	char *text;
};

/* ---- the table, the phone, the verdict ----------------------------------- */

enum rom_table_kind {
	ROM_TABLE_NONE, /* the image is one partition */
	ROM_TABLE_GPT,
	ROM_TABLE_PMT,	   /* MediaTek's, of 2011 to 2014 */
	ROM_TABLE_MBR,	   /* with EBRs, MediaTek's before that */
	ROM_TABLE_SCATTER, /* the user's scatter file stands for it */
	ROM_TABLE_SCAN,	   /* partitions were found by their contents */
};

/* Whose tools wrote the table. */
enum rom_vendor {
	ROM_VENDOR_NONE, /* there is no table */
	ROM_VENDOR_MEDIATEK,
	ROM_VENDOR_QUALCOMM,
	ROM_VENDOR_OTHER,
};
/* "mediatek", ... a literal; NULL for ROM_VENDOR_NONE. */
const char *rom_vendor_name(enum rom_vendor vendor);

struct rom_table {
	enum rom_table_kind kind;
	enum rom_table_source source;
	uint32_t sector_size;
	enum rom_region region; /* where it lies */
	enum rom_vendor vendor;
	/* what the table says the region holds; 0: it does not say */
	uint64_t device_size;
	/* where the region begins in the linear addresses of MBR-era scatter
	 * files; 0: they count from its start */
	uint64_t linear_base;
};

struct rom_chip_source {
	char *where;	   /* partition or file that was read */
	char *value;	   /* "MT6797" */
	unsigned priority; /* the more, the better; see platform.c */
	uint64_t offset;   /* in the dump, or ROM_NO_OFFSET */
};

struct rom_platform {
	char *chip;    /* "MT6797" or NULL */
	char *project; /* or NULL */
	char *model, *brand, *android,
		*patch;	 /* what build.prop or the boot header says, or NULL */
	bool chip_given; /* by --platform */
	/* chip only, most trusted first */
	ROM_VEC(struct rom_chip_source) chip_sources;
};

enum rom_verdict_kind {
	ROM_VERDICT_PLAIN,
	ROM_VERDICT_FBE,
	ROM_VERDICT_FDE,
	ROM_VERDICT_FDE_INTERRUPTED,
	ROM_VERDICT_METADATA,
	ROM_VERDICT_ENCRYPTED_UNKNOWN,
	ROM_VERDICT_WIPED,
	ROM_VERDICT_DAMAGED,
	ROM_VERDICT_ABSENT,
	ROM_VERDICT_UNKNOWN,
};
const char *rom_verdict_name(enum rom_verdict_kind kind);

/* What the verdict rests on, the strongest first. */
enum rom_verdict_grade {
	ROM_NOT_GRADED,	 /* nothing was judged */
	ROM_DECLARED,	 /* something on the medium states it: a footer */
	ROM_DERIVED,	 /* it follows from structures that were read */
	ROM_STATISTICAL, /* from what the bytes look like alone */
};

/* What opens userdata here, on a computer. */
enum rom_access {
	ROM_ACCESS_NO,	     /* nothing: it is not there, wiped or damaged */
	ROM_ACCESS_YES,	     /* it can be read */
	ROM_ACCESS_PASSWORD, /* what was typed on the phone to unlock it */
	ROM_ACCESS_KEY,	     /* raw keys, of which some are missing */
	/* the phone's own hardware, or keys taken from it */
	ROM_ACCESS_DEVICE,
};

struct rom_evidence {
	uint64_t offset; /* in the dump, or ROM_NO_OFFSET */
	char *text;
};

struct rom_userdata {
	char *partition;	/* its name; NULL for a bare partition image */
	const char *filesystem; /* "ext4", "f2fs" or NULL, a literal */
	enum rom_verdict_kind verdict;
	enum rom_verdict_grade grade;
	double confidence;
	char *summary;
	enum rom_access access;
	ROM_VEC(struct rom_evidence) evidence;
	/* the same for machines: footer, folders, files, what to keep */
	struct rom_facts detail;
};

/* A partition that is a storage of its own for the user's files, as the `fat`
 * of old phones. */
struct rom_storage {
	char *partition;
	char *folder; /* below media/: "" or ".fat" */
	uint64_t files, bytes;
};

struct rom_media {
	bool done; /* an extraction ran */
	/* "/media/0", or "/" when all comes from the first of storages */
	char *source;
	ROM_VEC(struct rom_storage) storages;
	uint64_t files, bytes, damaged;
	/* of the damaged: nothing of what they store could be read */
	uint64_t unreadable;
	uint64_t pictures, videos; /* by their names */
	char *newest;		   /* path of the newest picture or video */
	int64_t newest_time;	   /* seconds since 1970 */
};

struct rom_report {
	char *command;		    /* as typed */
	char *started;		    /* UTC, ISO 8601 */
	struct rom_facts libraries; /* names and versions */
	char *image_path;
	/* of the file or files named, without boot areas given apart */
	uint64_t image_size;
	/* where the region with the table begins in the image */
	uint64_t user_offset;
	/* bytes of the image before them: boot areas given apart */
	uint64_t boot_size;
	bool complete;
	bool has_sha256;
	uint8_t sha256[ROM_SHA256_LEN];
	struct rom_table table;
	struct rom_platform platform;
	ROM_VEC(struct rom_partition) partitions;
	struct rom_userdata userdata;
	struct rom_media media;
	ROM_VEC(struct rom_note) notes;
	size_t notes_dropped; /* over the cap */
	pthread_mutex_t notes_lock;
};

/* An offset in the image as one in the dump that the user named; those in boot
 * areas given apart stay. */
static inline uint64_t rom_report_offset(
	const struct rom_report *r, uint64_t offset)
{
	return offset == ROM_NO_OFFSET || offset < r->boot_size
		       ? offset
		       : offset - r->boot_size;
}
struct rom_report *rom_report_new(void);
void rom_report_free(struct rom_report *r);
/* Adds a note; partition may be NULL. After ROM_MAX_NOTES they are only
 * counted. Any thread may. */
void rom_report_note(struct rom_report *r, enum rom_level level,
	const char *partition, uint64_t offset, const char *fmt, ...)
	__attribute__((format(printf, 5, 6)));
/* True when a note says this of the same place already. */
bool rom_report_has_note(const struct rom_report *r, const char *partition,
	uint64_t offset, const char *text);
/* True when a note of level ROM_DAMAGE was taken. */
bool rom_report_damaged(const struct rom_report *r);
/* Bytes that the region with the table has by its partitions, or by the part of
 * it that was read; the medium may have more. */
uint64_t rom_report_known_size(const struct rom_report *r);
/* Bytes that p has on the medium, 0: not known. What was found by its content
 * has a range as long as that content, and the room up to the next
 * partition. */
uint64_t rom_report_room(
	const struct rom_report *r, const struct rom_partition *p);
/* Columns for the names of a table of partitions: those of the longest, 16 at
 * least. */
size_t rom_report_name_columns(const struct rom_report *r);
/* Whether the user means p by asked: by its name, or, of a logical partition,
 * by its name in super ("system_a" for "super/system_a"). */
bool rom_partition_is_asked(const struct rom_partition *p, const char *asked);
/* The partition that the user means by asked: that of the name, else the
 * logical one; NULL: none. */
struct rom_partition *rom_report_asked(struct rom_report *r, const char *asked);
/* The first partition of that name, or NULL. */
struct rom_partition *rom_report_find(struct rom_report *r, const char *name);

/* a torn table or filesystem must not fill the memory */
#define ROM_MAX_NOTES 1000

/* ---- an image for a partition, two dumps against each other -------------- */

/* Whether an image file fits a partition and is of its kind: of
 * rom_analyze_fit. */
struct rom_fit {
	uint64_t size, room; /* room 0: not known */
	char format[32];     /* what the file is */
	bool fits, right_kind;
	char *reason; /* why not; NULL when it fits. Freed by the caller */
};

enum rom_diff_status {
	ROM_DIFF_SAME,
	ROM_DIFF_CONTENT,
	ROM_DIFF_PLACE,
	ROM_DIFF_ONLY_A,
	ROM_DIFF_ONLY_B
};
const char *rom_diff_status_name(enum rom_diff_status status);

struct rom_diff_row {
	const char *name; /* of the partition, borrowed from a report */
	enum rom_diff_status status;
	const struct rom_partition *a, *b; /* NULL: not there */
	/* of 4 KiB, compared; and how many of them differ */
	uint64_t blocks, different;
	/* offset in the partition of the first difference; ROM_NO_OFFSET:
	 * none */
	uint64_t first;
};

struct rom_diff {
	ROM_VEC(struct rom_diff_row) rows;
	bool same;
};

void rom_diff_done(struct rom_diff *d);

#endif
