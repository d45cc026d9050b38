/* SPDX-License-Identifier: MIT */
/* exfat_priv.h - what the files of the exFAT reader share beside fat_priv.h */
#ifndef ROMSPLIT_EXFAT_PRIV_H
#define ROMSPLIT_EXFAT_PRIV_H

#include "fat_priv.h"

enum {
	/* of a set: the first and as many more as a byte counts */
	EXFAT_MAX_ENTRIES = 256,
	EXFAT_FILE = 0x85,
	EXFAT_BITMAP = 0x81,
	EXFAT_IN_USE = 0x80,
	EXFAT_SECONDARY = 0x40,
};

/* The entries that together are one name: file, stream, pieces of the name,
 * others. */
struct exfat_set {
	uint8_t bytes[EXFAT_MAX_ENTRIES * FAT_ENTRY_LEN];
	size_t n, wanted; /* entries */
	uint64_t offset;  /* of the first in the image */
};

struct exfat_volume {
	struct fat_volume fat;
	/* of clusters in use; no extents when there is none */
	struct rom_file_map bitmap;
	uint64_t page_at; /* of it, + 1; 0: nothing is held */
	uint8_t page[FAT_PAGE];
};

static inline struct exfat_volume *exfat_of(struct rom_fs *fs)
{
	/* fat is its first member, and fs of that */
	return (struct exfat_volume *)fs;
}

struct exfat_stream {
	uint64_t size,
		/* bytes; what lies behind valid was never written, and reads as
		   zeros */
		valid;
	uint32_t first;
	bool run; /* the clusters follow one another, the FAT is not asked */
};

/* exfat_dir.c */
bool rom_exfat_set_begin(
	struct exfat_set *s, const uint8_t *entry, uint64_t offset);
/* False: this entry is none of the set. */
bool rom_exfat_set_add(struct exfat_set *s, const uint8_t *entry);
bool rom_exfat_set_good(const struct exfat_set *s); /* its checksum agrees */
/* False when there is no stream entry where it should be. */
bool rom_exfat_set_stream(const struct exfat_set *s, struct exfat_stream *ret);
void rom_exfat_dir(struct exfat_volume *v, uint64_t ino,
	const struct rom_file_map *c, uint64_t cookie, rom_dirent_fn fn,
	void *ctx);

/* exfat_bitmap.c: finds the bitmap in the root; says when the file's clusters
 * are not in use by it. */
void rom_exfat_bitmap_find(
	struct exfat_volume *v, const struct rom_file_map *root);
/* False when there is none, or it says that itself or the root is free. */
bool rom_exfat_bitmap_is_sound(struct exfat_volume *v);
void rom_exfat_bitmap_check(
	struct exfat_volume *v, uint64_t ino, struct rom_file_map *c);

/* exfat_free.c */
enum rom_status rom_exfat_free_ranges(
	struct rom_fs *fs, struct rom_free_ranges *out, struct rom_err *err);

#endif
