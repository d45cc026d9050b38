/* SPDX-License-Identifier: MIT */
/*
 * model.h - the report about a dump, and its parts
 *
 * The report owns all its memory. Parsers fill it, renderers read it; neither
 * knows the other.
 */
#ifndef ROMSPLIT_MODEL_H
#define ROMSPLIT_MODEL_H

#include <pthread.h>

#include "romsplit/base.h"

/* ---- facts: names and values that a prober has read ---------------------- */

/* The type of the value of a fact. */
enum rom_fact_kind { ROM_FACT_TEXT, ROM_FACT_NUMBER, ROM_FACT_LIST };

struct rom_facts;

/* One name and its value. Owned by struct rom_facts. */
struct rom_fact {
	char *key;
	enum rom_fact_kind kind;
	char *text;
	uint64_t number;
	struct rom_facts *items; /* ROM_FACT_LIST: n_items groups of facts */
	size_t n_items;
};

/* Facts in the order in which they were added. Zeroed before use; released with
 * rom_facts_done. */
struct rom_facts {
	ROM_VEC(struct rom_fact) list;
};

/* Adds a text; key and text are copied. */
void rom_facts_text(struct rom_facts *f, const char *key, const char *text);
/* Adds the bytes of a buffer up to the first NUL as text; adds nothing when
 * there are none. */
void rom_facts_buffer(struct rom_facts *f, const char *key,
	const struct rom_buffer *v, size_t off, size_t len);
/* Adds a number; key is copied. */
void rom_facts_number(struct rom_facts *f, const char *key, uint64_t number);
/* Adds a group of facts to the list named key; valid until the next group is
 * added to that list. */
struct rom_facts *rom_facts_item(struct rom_facts *f, const char *key);
/* The fact of that name, or NULL. */
const struct rom_fact *rom_facts_get(
	const struct rom_facts *f, const char *key);
/* Frees all facts and leaves the list empty. */
void rom_facts_done(struct rom_facts *f);

/* ---- claims: the formats that probers recognize -------------------------- */

/* The purpose of a format. Code decides by this what to do with a partition,
 * never by the name of its format. */
enum rom_usage {
	ROM_USAGE_UNKNOWN, /* no prober knows it; libmagic may */
	ROM_USAGE_FILL,	   /* bytes of one value, nothing else */
	ROM_USAGE_NOISE,   /* looks random: encrypted or compressed */
	ROM_USAGE_FILESYSTEM,
	ROM_USAGE_CONTAINER, /* contains other images: super, sparse images */
	ROM_USAGE_LOADER,    /* what the boot ROM starts: the preloader */
	ROM_USAGE_KERNEL,    /* a kernel and its ramdisk */
	ROM_USAGE_FIRMWARE,  /* programs for the processors of the chip */
	/* what the above need besides: device trees, signatures, pictures */
	ROM_USAGE_IMAGE,
	ROM_USAGE_CONFIG, /* settings and state of this phone */
	ROM_USAGE_TABLE,  /* sectors of a partition table */
	ROM_USAGE_KEY,	  /* opens an encrypted partition */
};

/* Further properties of a format: bits of rom_claim.traits. */
enum rom_trait {
	/* /data of a phone may have it */
	ROM_TRAIT_USERDATA = 1 << 0,
	/* recognized by a boot sector, which may be left over under a newer
	 * filesystem */
	ROM_TRAIT_BOOT_SECTOR = 1 << 1,
	/* each node identifies itself: nodes that no table leads to are found
	 * by a full scan */
	ROM_TRAIT_NODES = 1 << 2,
	/* SP Flash Tool writes it from an image file: NORMAL_ROM */
	ROM_TRAIT_FLASHED = 1 << 3,
	/* that file may be a sparse image: EXT4_IMG */
	ROM_TRAIT_SPARSE = 1 << 4,
};

/* The bid of one prober. Released as a list, with rom_claims_done. */
struct rom_claim {
	/* the format's name in the report, a literal: for printing, never for
	 * comparing */
	const char *format;
	enum rom_usage usage;
	unsigned traits;
	/* what identifies the format, in words: "superblock magic 53 EF"; NULL:
	 * no description. A literal. */
	const char *magic;
	uint64_t magic_offset; /* its offset in the partition */
	/* the command that unpacks its image, where we have no reader, else
	 * NULL. A literal. */
	const char *unpack;
	unsigned bits; /* how many bits of evidence were verified */
	/* bytes of the partition that the content uses; 0: unknown */
	uint64_t used;
	struct rom_facts detail;
};

/* Best first, once sorted. */
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
/* The name in SP Flash Tool and scatter files: "EMMC_USER", ... A literal; ""
 * for ROM_REGION_NONE. */
const char *rom_region_name(enum rom_region region);
/* True for the area that holds the partitions of the table. */
static inline bool rom_region_is_user(enum rom_region region)
{
	return region == ROM_REGION_EMMC_USER || region == ROM_REGION_UFS_LU2;
}

/* Where the knowledge of a partition, or of the whole table, comes from. */
enum rom_table_source {
	ROM_SOURCE_NONE,    /* there is no table */
	ROM_SOURCE_PRIMARY, /* the first copy of a GPT or of super's metadata */
	ROM_SOURCE_BACKUP,
	ROM_SOURCE_MERGED, /* both copies of a GPT, each of them damaged */
	ROM_SOURCE_PMT,
	ROM_SOURCE_MIRROR, /* the second copy of a PMT */
	ROM_SOURCE_MBR_CHAIN,
	ROM_SOURCE_FILE,       /* the user's scatter file */
	ROM_SOURCE_PRINTED,    /* the printed table that the user gave */
	ROM_SOURCE_SIGNATURES, /* recognized by its content */
	/* inferred: these partitions follow each other on every phone */
	ROM_SOURCE_SEQUENCE,
	ROM_SOURCE_FRONT, /* a boot area in front of the user area */
};

/* How much of a partition the dump has. */
enum rom_state { ROM_COMPLETE, ROM_PARTIAL, ROM_MISSING };

/* Byte statistics of a partition, see crypt.h. */
struct rom_stats {
	uint64_t bytes;	   /* bytes that were sampled */
	uint64_t blocks;   /* of 4 KiB, constant ones included */
	uint64_t zero;	   /* blocks of 00 only */
	uint64_t ff;	   /* blocks of FF only */
	uint64_t constant; /* blocks of one byte value, 00 and FF included */
	/* others whose chi-square is that of random bytes */
	uint64_t random;
	uint64_t structured; /* others with chi-square > 1000 */
	double entropy;	     /* bits per byte of all sampled bytes, 0..8 */
	bool whole;	     /* every byte of the partition was counted */
};

/* What a GPT stores of a partition besides its range, as it stores it. */
struct rom_gpt_entry_data {
	bool known;
	unsigned slot; /* index of the entry, from 0 */
	uint8_t type[16], unique[16];
	uint64_t attributes;
	uint8_t name[72];
};

/* A row of the report: a partition, or a range that no partition covers. */
struct rom_partition {
	/* UTF-8; NULL: bytes that no partition covers */
	char *name;
	struct rom_range range; /* in the image */
	/* its end is not known: range.len is what of it lies in the image */
	bool open_end;
	/* offset of its region in the image: 0, unless boot areas precede it */
	uint64_t base;
	enum rom_region region;
	enum rom_state state;
	uint64_t present; /* bytes from its start that the image contains */
	/* bytes among these that the rescue map lists as never read */
	uint64_t unread;
	/* its extents in the image, when it has several; range.offset is that
	 * of the first; one at ROM_NO_OFFSET reads as zeros */
	ROM_VEC(struct rom_range)
	extents;
	enum rom_table_source source;
	struct rom_gpt_entry_data gpt;
	char *parent;	   /* NULL, or "super" */
	rom_claims claims; /* best first; not empty once recognized */
	bool has_stats;
	struct rom_stats stats;
	/* path of the written file, relative to the output directory; NULL: not
	 * written */
	char *file;
	uint64_t file_size;
	/* digest of the file: for a preloader that is only part of the
	 * partition */
	bool has_file_sha256;
	uint8_t file_sha256[ROM_SHA256_LEN];
	bool has_sha256;
	uint8_t sha256[ROM_SHA256_LEN];
	/* pgpt, sgpt: rows that SP Flash Tool has but the table does not */
	bool is_table;
};

/* True when name is want, in any slot, and also as a logical partition:
 * "vendor", "VENDOR", "vendor_a", "super/vendor_b", but not "vendor_boot". name
 * may be NULL. */
bool rom_slot_matches(const char *name, const char *want);
/* As rom_slot_matches, but also ignores the number of a copy: "lk2",
 * "logo1_a". */
bool rom_slot_or_copy_matches(const char *name, const char *want);
/* Its offset in its region. */
static inline uint64_t rom_partition_start(const struct rom_partition *p)
{
	return p->range.offset - p->base;
}
/* What it is called where people read, never NULL: its name; "image" for a
 * dump without a table, "-" for bytes that no partition covers. Borrowed, and
 * not yet fit for a terminal: rom_printable. */
const char *rom_partition_label(const struct rom_partition *p);
/* The leading claim; one for "unknown" when there is none, never NULL. */
const struct rom_claim *rom_partition_lead(const struct rom_partition *p);
/* The format of the leading claim. */
const char *rom_partition_format(const struct rom_partition *p);
/* The first claim for a format of that usage, or NULL. */
const struct rom_claim *rom_partition_claim(
	const struct rom_partition *p, enum rom_usage usage);
/* True when a format was recognized: not for bytes of one value, noise or
 * unknown content. */
bool rom_partition_has_format(const struct rom_partition *p);

/* ---- notes --------------------------------------------------------------- */

/* The severity of a note; ROM_DAMAGE makes the exit status 1. */
enum rom_level { ROM_INFO, ROM_WARNING, ROM_DAMAGE };

/* A remark about the dump. Owned by the report. */
struct rom_note {
	enum rom_level level;
	char *partition; /* NULL: about the whole dump */
	uint64_t offset; /* in the dump, or ROM_NO_OFFSET */
	char *text;
};

/* ---- the table, the phone, the verdict ----------------------------------- */

/* The kind of a partition table. */
enum rom_table_kind {
	ROM_TABLE_NONE, /* the image is one partition */
	ROM_TABLE_GPT,
	ROM_TABLE_PMT,	   /* MediaTek's table of 2011 to 2014 */
	ROM_TABLE_MBR,	   /* with EBRs, MediaTek's scheme before that */
	ROM_TABLE_SCATTER, /* the user's scatter file is used as the table */
	ROM_TABLE_PRINTED, /* one that a tool or the phone printed is used */
	ROM_TABLE_SCAN,	   /* partitions were recognized by their contents */
	/* each is a file of a folder; where they lie on the medium is not
	 * known */
	ROM_TABLE_FOLDER,
	ROM_TABLE_EPT,	    /* Amlogic's */
	ROM_TABLE_ROCKCHIP, /* the parameter file */
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

/* The table that the partitions come from. */
struct rom_table {
	enum rom_table_kind kind;
	enum rom_table_source source;
	uint32_t sector_size;
	enum rom_region region; /* region that holds it */
	enum rom_vendor vendor;
	/* size of the region according to the table; 0: unknown */
	uint64_t device_size;
	/* start of the region in the linear addresses of MBR-era scatter files;
	 * 0: they count from its start */
	uint64_t linear_base;
	/* GPT: a checksum says that all entries are here, also if they were
	 * taken from two damaged copies */
	bool entries_good;
	bool has_guid; /* GPT: a header was read */
	uint8_t guid[16];
};

/* A place in the dump that names the chip. */
struct rom_chip_source {
	char *where;	   /* partition or file that was read */
	char *value;	   /* "MT6797" */
	unsigned priority; /* higher is more reliable; see platform.c */
	uint64_t offset;   /* in the dump, or ROM_NO_OFFSET */
};

/* Which phone it is. Texts are owned by the report. */
struct rom_platform {
	char *chip;    /* "MT6797" or NULL */
	char *project; /* or NULL */
	char *model, *brand, *android,
		*patch;	 /* as build.prop or the boot header states, or NULL */
	bool chip_given; /* by --platform */
	/* for the chip only, most reliable first */
	ROM_VEC(struct rom_chip_source) chip_sources;
};

/* Whether userdata is encrypted, and how. */
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
/* "plain", "fbe", ... as in report.json; a literal. */
const char *rom_verdict_name(enum rom_verdict_kind kind);

/* The kind of evidence for the verdict, the strongest first. */
enum rom_verdict_grade {
	ROM_NOT_GRADED,	 /* nothing was judged */
	ROM_DECLARED,	 /* something on the medium states it: a footer */
	ROM_DERIVED,	 /* it follows from valid structures */
	ROM_STATISTICAL, /* judged only by the look of the bytes */
};

/* What is needed to read userdata on a computer. */
enum rom_access {
	ROM_ACCESS_NO,	     /* nothing can: it is missing, wiped or damaged */
	ROM_ACCESS_YES,	     /* it can be read */
	ROM_ACCESS_PASSWORD, /* the secret that unlocks the phone */
	ROM_ACCESS_KEY,	     /* raw keys, some of which are missing */
	/* the hardware of the phone, or keys taken from it */
	ROM_ACCESS_DEVICE,
};

/* A line of evidence for the verdict. */
struct rom_evidence {
	uint64_t offset; /* in the dump, or ROM_NO_OFFSET */
	char *text;
};

/* The verdict about userdata. */
struct rom_userdata {
	char *partition;	/* its name; NULL for a bare partition image */
	const char *filesystem; /* "ext4", "f2fs" or NULL, a literal */
	enum rom_verdict_kind verdict;
	enum rom_verdict_grade grade;
	double confidence;
	char *summary;
	enum rom_access access;
	ROM_VEC(struct rom_evidence) evidence;
	/* the evidence for machines: footer, folders, files, what to keep */
	struct rom_facts detail;
};

/* A partition that is a separate storage for the user's files, as `fat` is on
 * old phones. */
struct rom_storage {
	char *partition;
	char *folder; /* below media/: "" or ".fat" */
	uint64_t files, bytes;
};

/* What files are, by their bytes. */
struct rom_content_counts {
	uint64_t pictures, videos;
	/* of them, cut short or with an invalid structure */
	uint64_t damaged_pictures, damaged_videos;
	uint64_t empty;	      /* no bytes */
	uint64_t zeros, ones; /* nothing but 00, nothing but FF */
	uint64_t ecryptfs;    /* encrypted by eCryptfs */
	/* their length is from their clusters: the filesystem states less */
	uint64_t from_chain;
};
/* Adds the numbers of n to those of to. */
void rom_content_counts_add(
	struct rom_content_counts *to, const struct rom_content_counts *n);

/* What was extracted of the user's files. */
struct rom_media {
	bool done; /* an extraction ran */
	/* "/media/0", or "/" when all comes from the first of storages */
	char *source;
	ROM_VEC(struct rom_storage) storages;
	uint64_t files, bytes, damaged;
	/* damaged files of which no stored byte could be read */
	uint64_t unreadable;
	struct rom_content_counts contents;
	char *newest;	     /* path of the newest picture or video */
	int64_t newest_time; /* seconds since 1970 */
};

/* Everything known about a dump. It owns everything it points to except
 * literals; made by rom_report_new, freed by rom_report_free. */
struct rom_report {
	char *command;		    /* as typed */
	char *started;		    /* UTC, ISO 8601 */
	struct rom_facts libraries; /* names and versions */
	char *image_path;
	/* size of the named files, without boot areas given separately */
	uint64_t image_size;
	/* offset of the region with the table in the image */
	uint64_t user_offset;
	/* size of boot areas given separately, which come first in the image */
	uint64_t boot_size;
	bool complete;
	/* without a table: the file holds a filesystem that userdata may have,
	 * whatever its first bytes are */
	bool bare_userdata;
	/* number of the row that is userdata by what it holds, from 1; 0: none,
	 * or one has its name */
	size_t userdata_row;
	bool has_sha256;
	uint8_t sha256[ROM_SHA256_LEN];
	struct rom_table table;
	struct rom_platform platform;
	ROM_VEC(struct rom_partition) partitions;
	struct rom_userdata userdata;
	struct rom_media media;
	ROM_VEC(struct rom_note) notes;
	size_t notes_dropped; /* over the cap */
	/* lines of SHA256SUMS beside it; 0: there is none */
	uint64_t checksums;
	pthread_mutex_t notes_lock;
};

/* Converts an offset in the image to one in the dump that the user named;
 * offsets in boot areas given separately stay as they are. ROM_NO_OFFSET for a
 * folder whose files have no known places. */
static inline uint64_t rom_report_offset(
	const struct rom_report *r, uint64_t offset)
{
	if (r->table.kind == ROM_TABLE_FOLDER)
		return ROM_NO_OFFSET;
	return offset == ROM_NO_OFFSET || offset < r->boot_size
		       ? offset
		       : offset - r->boot_size;
}
/* Returns an empty report, never NULL. */
struct rom_report *rom_report_new(void);
/* Frees the report. NULL is allowed. */
void rom_report_free(struct rom_report *r);
/* Adds a note; partition may be NULL. Beyond ROM_MAX_NOTES they are only
 * counted. Any thread may call it. */
void rom_report_note(struct rom_report *r, enum rom_level level,
	const char *partition, uint64_t offset, const char *fmt, ...)
	__attribute__((format(printf, 5, 6)));
/* True when there is already a note with this text, partition and offset. */
bool rom_report_has_note(const struct rom_report *r, const char *partition,
	uint64_t offset, const char *text);
/* True when there is a note of level ROM_DAMAGE. */
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

/* bounds the memory for a badly damaged table or filesystem */
#define ROM_MAX_NOTES 1000

/* ---- does an image fit a partition; comparing two dumps
 * ------------------- */

/* Whether an image file fits a partition and has the right format: the result
 * of rom_analyze_fit. */
struct rom_fit {
	uint64_t size, room; /* room 0: not known */
	char format[32];     /* format of the file */
	bool fits, right_kind;
	char *reason; /* why not; NULL when it fits. The caller frees it */
};

/* How the two dumps differ in one partition. */
enum rom_diff_status {
	ROM_DIFF_SAME,
	ROM_DIFF_CONTENT,
	ROM_DIFF_PLACE,
	ROM_DIFF_ONLY_A,
	ROM_DIFF_ONLY_B
};
/* "same", "content", ... as in JSON; a literal. */
const char *rom_diff_status_name(enum rom_diff_status status);

/* A partition of either dump. */
struct rom_diff_row {
	/* the label of the partition, borrowed from a report; never NULL */
	const char *name;
	enum rom_diff_status status;
	const struct rom_partition *a, *b; /* NULL: missing there */
	/* blocks of 4 KiB that were compared, and how many of them differ */
	uint64_t blocks, different;
	/* offset in the partition of the first difference; ROM_NO_OFFSET:
	 * none */
	uint64_t first;
};

/* The comparison of two dumps. Released with rom_diff_done. */
struct rom_diff {
	ROM_VEC(struct rom_diff_row) rows;
	bool same;
};

/* Frees the rows and leaves none. */
void rom_diff_done(struct rom_diff *d);

#endif
