/* SPDX-License-Identifier: MIT */
/* fat_priv.h - what the readers of FAT and exFAT share: entries of a FAT,
 * chains of clusters, directory entries */
#ifndef ROMSPLIT_FAT_PRIV_H
#define ROMSPLIT_FAT_PRIV_H

#include "../fs_priv.h"
#include "romsplit/disk.h"

enum {
	FAT_ENTRY_LEN = 32, /* of a directory */
	/* any other inode is the place of its directory entry / 32 */
	FAT_ROOT = 1,
	FAT_PAGE = 512,
	FAT_PAGES = 64, /* of each FAT are held */
	FAT_NAME_ROOM = 255 * 3 + 1,
	FAT_DIR_MODE = 0755,
	FAT_FILE_MODE = 0644,
	FAT_READ_ONLY_MODE = 0444,
};

/* Attributes of a directory entry, of FAT and of exFAT */
enum {
	FAT_ATTR_READ_ONLY = 0x01,
	FAT_ATTR_LABEL = 0x08,
	FAT_ATTR_DIR = 0x10,
	FAT_ATTR_LONG = 0x0f, /* a piece of a long name */
	FAT_ATTR_NEVER = 0xc0,
};

/* Chains that no directory entry leads to have the number of their first
 * cluster above this. */
#define FAT_LOST_BASE ((uint64_t)1 << 60)

struct fat_page {
	uint64_t number;       /* of the page, + 1; 0: nothing is held */
	bool readable, erased; /* erased: all bytes are 00, or all FF */
	unsigned order;	       /* see fat_table.c */
	uint8_t bytes[FAT_PAGE];
};

struct fat_volume {
	struct rom_fs fs;
	bool exfat;
	unsigned bits; /* of an entry: 12, 16, 32 (of which FAT32 uses 28) */
	uint32_t cluster, clusters, root_cluster;
	uint64_t data_at;
	/* of FAT12 and FAT16, whose root is no chain */
	uint64_t root_at, root_len;
	uint64_t fat_at[2], fat_len;
	/* that are read: 2 when the second is a copy of the first */
	unsigned fats;
	struct fat_page *pages[2]; /* FAT_PAGES each */
	/* bits of the clusters that one entry of the FAT leads to, or more;
	 * made when wanted */
	uint8_t *once, *twice;
	bool reported_difference;
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

static inline uint64_t rom_fat_place(
	const struct fat_volume *v, uint64_t cluster)
{
	/* 2^32 clusters of 2^25 bytes fit */
	return v->data_at + (cluster - 2) * v->cluster;
}

/* fat_table.c: what the FAT says follows a cluster. */
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
	uint32_t value; /* as it stands there; FAT_NEXT: the cluster */
	bool differs;	/* the copies do not agree, and both could be */
};
/* What the copies of the FAT together say of a cluster. */
enum fat_use { FAT_IN_USE, FAT_NOT_USED, FAT_NOT_KNOWN };
enum fat_use rom_fat_use(struct fat_volume *v, uint32_t cluster);
/* True when a copy begins as a FAT does: with the byte of the medium. */
bool rom_fat_has_begin(struct fat_volume *v);
struct fat_link_to rom_fat_link(struct fat_volume *v, uint32_t cluster);
void rom_fat_table_done(struct fat_volume *v);
/* How many entries of the FAT lead to a cluster: 0, 1 or 2 (and more); -1: not
 * known. Reads all of the FAT once. */
int rom_fat_pointers(struct fat_volume *v, uint32_t cluster);

/* fat_chain.c: adds size bytes from the chain that begins with first, or (run)
 * from the clusters that follow it. open_ended: the chain ends where it ends,
 * at size at the latest. */
void rom_fat_chain(struct fat_volume *v, uint64_t ino, uint32_t first,
	uint64_t size, bool open_ended, struct rom_file_map *c);
void rom_fat_run(struct fat_volume *v, uint64_t ino, uint32_t first,
	uint64_t size, struct rom_file_map *c);
/* Which directory, and the byte of it from which on it is listed. */
struct fat_listing {
	uint64_t ino, from;
};
/* Every 32 bytes of a directory in turn: offset is their place in the image,
 * pos in the directory. It ends when fn returns false. */
typedef bool (*rom_fat_entry_fn)(
	void *ctx, const uint8_t *entry, uint64_t offset, uint64_t pos);
void rom_fat_each(struct fat_volume *v, const struct fat_listing *l,
	const struct rom_file_map *c, rom_fat_entry_fn fn, void *ctx);

/* fat_name.c: the name of an entry of 32 bytes as UTF-8 into out (FAT_NAME_ROOM
 * bytes); its length. */
size_t rom_fat_short_name(const uint8_t *entry, char *out);
/* Half of a surrogate pair becomes three bytes all the same, which are no
 * UTF-8: nothing of a name is lost. */
size_t rom_fat_utf8(const uint16_t *units, size_t n, char *out);
/* Of date << 16 | time and hundredths of a second; 0 when it is none. */
struct rom_time rom_fat_time(uint32_t stamp, uint8_t hundredths);
/* Month, day, hour, minute and second are such. */
bool rom_fat_is_time(uint32_t stamp);

/* A cookie is the byte behind an entry, and what is known of those before it:
 * the end mark was among them; it was reported that names lie behind it. */
#define FAT_PAST_END	      ((uint64_t)1 << 63)
#define FAT_REPORTED_PAST_END ((uint64_t)1 << 62)

/* fat_dir.c: names in a directory whose bytes c tells of. is_root: it has no .
 * and .. */
void rom_fat_dir(struct fat_volume *v, uint64_t ino, bool is_root,
	const struct rom_file_map *c, uint64_t cookie, rom_dirent_fn fn,
	void *ctx);
uint32_t rom_fat_first_cluster(
	const struct fat_volume *v, const uint8_t *entry);

/* fat_free.c */
enum rom_status rom_fat_free_ranges(
	struct rom_fs *fs, struct rom_free_ranges *out, struct rom_err *err);

/* fat_unattached.c: chains no directory leads to. chain_inode: what one of them
 * is. */
enum rom_status rom_fat_unattached(
	struct rom_fs *fs, rom_inode_fn fn, void *ctx, struct rom_err *err);
enum rom_status rom_fat_chain_inode(struct fat_volume *v, uint32_t first,
	struct rom_inode *ret, struct rom_err *err);

#endif
