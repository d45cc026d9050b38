/* SPDX-License-Identifier: MIT */
/* fat_priv.h - what the readers of FAT and exFAT share: entries of a FAT,
 * chains of clusters, directory entries */
#ifndef ROMSPLIT_FAT_PRIV_H
#define ROMSPLIT_FAT_PRIV_H

#include "../fs_priv.h"
#include "romsplit/disk.h"

enum {
	FAT_ENTRY_LEN = 32, /* of a directory */
	/* any other inode number is the offset of its directory entry / 32 */
	FAT_ROOT = 1,
	FAT_PAGE = 512,
	FAT_PAGES = 64, /* of each FAT are cached */
	FAT_NAME_CAPACITY = 255 * 3 + 1,
	FAT_DIR_MODE = 0755,
	FAT_FILE_MODE = 0644,
	FAT_READ_ONLY_MODE = 0444,
};

/* Attributes of a directory entry, of FAT and of exFAT */
enum {
	FAT_ATTR_READ_ONLY = 0x01,
	FAT_ATTR_LABEL = 0x08,
	FAT_ATTR_DIR = 0x10,
	FAT_ATTR_LONG = 0x0f, /* a fragment of a long name */
	FAT_ATTR_NEVER = 0xc0,
};

/* Inode number of an unattached chain: this plus its first cluster. */
#define FAT_CHAIN_BASE ((uint64_t)1 << 60)

/* How far a sector of a FAT can be believed, ascending. */
enum fat_trust {
	FAT_PAGE_UNREADABLE,
	FAT_PAGE_GARBAGE, /* many of its numbers are no clusters */
	FAT_PAGE_ONES,	  /* all bytes are FF */
	FAT_PAGE_ZEROS,	  /* all bytes are 00: all free, or erased */
	FAT_PAGE_IN_USE,
};

struct fat_page {
	uint64_t number; /* of the page, + 1; 0: empty slot */
	enum fat_trust trust;
	unsigned order; /* see fat_table.c */
	uint8_t bytes[FAT_PAGE];
};

struct fat_volume {
	struct rom_fs fs;
	bool exfat;
	unsigned bits; /* of an entry: 12, 16, 32 (of which FAT32 uses 28) */
	uint32_t cluster, clusters, root_cluster;
	uint64_t data_at;
	/* of FAT12 and FAT16, whose root is not a chain */
	uint64_t root_at, root_len;
	uint64_t fat_at[2], fat_len;
	/* FATs that are read: 2 when the second is a copy of the first */
	unsigned fats;
	struct fat_page *pages[2]; /* FAT_PAGES each */
	/* a copy has zeros where files are: its zeros do not mean free */
	bool erased[2];
	/* bitmaps of the clusters to which one FAT entry leads, or more than
	 * one; built on demand */
	uint8_t *once, *twice;
	/* fat_contiguous.c: the cluster that follows each one of a directory,
	 * and those that were taken for one; clusters left to search */
	struct rom_map next, taken;
	uint32_t searched;
	/* fat_length.c: bitmap of first clusters, lengths that were found */
	uint8_t *starts;
	struct rom_map lengths;
	bool stated_sizes; /* inodes keep the sizes that are stated */
	bool reported_difference, reported_blank, reported_length;
	uint8_t media; /* of the boot sector; not of exFAT */
};

static inline struct fat_volume *fat_of(struct rom_fs *fs)
{
	return (struct fat_volume *)fs; /* fs is its first member */
}

static inline bool rom_fat_is_cluster(
	const struct fat_volume *v, uint64_t cluster)
{
	return cluster >= 2 && cluster - 2 < v->clusters;
}

static inline uint64_t rom_fat_offset(
	const struct fat_volume *v, uint64_t cluster)
{
	/* 2^32 clusters of 2^25 bytes fit */
	return v->data_at + (cluster - 2) * v->cluster;
}

/* fat_table.c: what follows a cluster, by the FAT. */
enum fat_link {
	FAT_NEXT,
	FAT_END,
	FAT_FREE,
	FAT_BAD,
	FAT_INVALID,
	FAT_UNREADABLE
};
struct fat_link_to {
	enum fat_link link;
	uint32_t value; /* as stored; FAT_NEXT: the next cluster */
	bool differs;	/* the copies differ, and both are plausible */
	/* one copy has it free, the other in use, and the first can be
	 * believed */
	bool one_copy;
	/* its sector is erased, garbage or unreadable in all copies, so that
	 * link proves nothing */
	bool blank;
};
/* State of a cluster by all copies of the FAT. */
enum fat_use { FAT_IN_USE, FAT_NOT_USED, FAT_NOT_KNOWN };
enum fat_use rom_fat_use(struct fat_volume *v, uint32_t cluster);
/* True when a copy begins with the media byte, as a FAT does. */
bool rom_fat_has_begin(struct fat_volume *v);
struct fat_link_to rom_fat_link(struct fat_volume *v, uint32_t cluster);
/* Sets v->erased for each copy that has zeros for this cluster, which is known
 * to be in use. */
void rom_fat_find_erased(struct fat_volume *v, uint32_t cluster);
void rom_fat_table_done(struct fat_volume *v);
/* How many FAT entries lead to a cluster: 0, 1 or 2 (or more); -1: unknown. The
 * first call reads the whole FAT. */
int rom_fat_pointers(struct fat_volume *v, uint32_t cluster);

/* fat_chain.c: adds size bytes from the chain that begins with first, or (run)
 * from consecutive clusters. */
enum fat_chain_kind {
	FAT_CHAIN_FILE,
	FAT_CHAIN_DIRECTORY, /* of a known size */
	/* a directory of FAT, or a lost chain: the size is a bound, and an end
	 * before it is no damage */
	FAT_CHAIN_OPEN,
};
void rom_fat_chain(struct fat_volume *v, uint64_t ino, uint32_t first,
	uint64_t size, enum fat_chain_kind kind, struct rom_file_map *c);
void rom_fat_run(struct fat_volume *v, uint64_t ino, uint32_t first,
	uint64_t size, struct rom_file_map *c);
/* fat_contiguous.c: where l, the link of cluster, proves nothing because all
 * copies of the FAT are erased there, puts in its place what is taken, in
 * doubt, to follow. directory: its size is unknown, so it goes on where more
 * entries are. */
void rom_fat_link_without_fat(struct fat_volume *v, uint32_t cluster,
	bool directory, struct fat_link_to *l);
/* A directory, and the byte at which its listing starts. */
struct fat_listing {
	uint64_t ino, from;
};
/* Receives each entry of a directory: offset in the image, pos in the
 * directory. Returns false to stop. */
typedef bool (*rom_fat_entry_fn)(
	void *ctx, const uint8_t *entry, uint64_t offset, uint64_t pos);
void rom_fat_each(struct fat_volume *v, const struct fat_listing *l,
	const struct rom_file_map *c, rom_fat_entry_fn fn, void *ctx);

/* fat_name.c: decodes the short name of an entry as UTF-8 into out
 * (FAT_NAME_CAPACITY bytes). Returns its length. */
size_t rom_fat_short_name(const uint8_t *entry, char *out);
/* Converts UTF-16 to UTF-8. An unpaired surrogate becomes three bytes, which
 * are not valid UTF-8, so that distinct names stay distinct. */
size_t rom_fat_utf8(const uint16_t *units, size_t n, char *out);
/* Decodes date << 16 | time and hundredths of a second; 0 when invalid. */
struct rom_time rom_fat_time(uint32_t stamp, uint8_t hundredths);
/* True when month, day, hour, minute and second are in range. */
bool rom_fat_is_time(uint32_t stamp);

/* A cookie is the byte behind an entry, with flags for what came before it: the
 * end mark; the report that names lie behind that. */
#define FAT_PAST_END	      ((uint64_t)1 << 63)
#define FAT_REPORTED_PAST_END ((uint64_t)1 << 62)

/* fat_dir.c: lists the directory that c maps. is_root: it has no . and .. */
void rom_fat_dir(struct fat_volume *v, uint64_t ino, bool is_root,
	const struct rom_file_map *c, uint64_t cookie, rom_dirent_fn fn,
	void *ctx);
uint32_t rom_fat_first_cluster(
	const struct fat_volume *v, const uint8_t *entry);

/* fat_geometry.c: the layout of a FAT without its boot sectors. Reads up to 21
 * MiB if img begins as one, else 5 MiB. False when there is none that is
 * proved. */
bool rom_fat_find_geometry(struct rom_image *img, struct rom_fat_boot *ret);

/* fat_length.c: corrects the size of a regular file whose first cluster is
 * first if it has more clusters than its size needs; run: they are consecutive
 * and have no FAT entries. */
void rom_fat_find_length(struct fat_volume *v, struct rom_inode *inode,
	uint32_t first, bool run);
void rom_fat_lengths_done(struct fat_volume *v);

/* fat_free.c */
void rom_fat_idle_ranges(struct rom_fs *fs, rom_idle_fn fn, void *ctx);
enum rom_status rom_fat_free_ranges(
	struct rom_fs *fs, struct rom_free_ranges *out, struct rom_err *err);

/* fat_unattached.c: chains that no directory leads to. chain_inode: the
 * synthetic inode of one. */
enum rom_status rom_fat_unattached(
	struct rom_fs *fs, rom_inode_fn fn, void *ctx, struct rom_err *err);
enum rom_status rom_fat_chain_inode(struct fat_volume *v, uint32_t first,
	struct rom_inode *ret, struct rom_err *err);

#endif
