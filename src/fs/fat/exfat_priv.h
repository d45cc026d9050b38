/* SPDX-License-Identifier: MIT */
/* exfat_priv.h - what the files of the exFAT reader share beside fat_priv.h */
#ifndef ROMSPLIT_EXFAT_PRIV_H
#define ROMSPLIT_EXFAT_PRIV_H

#include "fat_priv.h"

enum {
	/* per set: the first, and as many more as a byte can count */
	EXFAT_MAX_ENTRIES = 256,
	EXFAT_FILE = 0x85,
	EXFAT_BITMAP = 0x81,
	EXFAT_IN_USE = 0x80,
	EXFAT_SECONDARY = 0x40,
};

/* The entries that describe one file: file, stream, name fragments, others. */
struct exfat_set {
	uint8_t bytes[EXFAT_MAX_ENTRIES * FAT_ENTRY_LEN];
	size_t n, wanted; /* entries */
	uint64_t offset;  /* of the first in the image */
};

struct exfat_volume {
	struct fat_volume fat;
	/* the allocation bitmap; without extents when there is none */
	struct rom_file_map bitmap;
	uint64_t page_at; /* of it, + 1; 0: nothing is held */
	uint8_t page[FAT_PAGE];
	bool reported_erased;
};

static inline struct exfat_volume *exfat_of(struct rom_fs *fs)
{
	/* fat is its first member, and fs of that */
	return (struct exfat_volume *)fs;
}

struct exfat_stream {
	/* bytes; those past valid were never written and read as zeros */
	uint64_t size, valid;
	uint32_t first;
	bool run; /* consecutive clusters without FAT entries (NoFatChain) */
};

/* exfat_dir.c */
bool rom_exfat_set_begin(
	struct exfat_set *s, const uint8_t *entry, uint64_t offset);
/* Returns false when this entry does not belong to the set. */
bool rom_exfat_set_add(struct exfat_set *s, const uint8_t *entry);
bool rom_exfat_set_good(const struct exfat_set *s); /* its checksum matches */
/* Returns false when the stream entry is missing. */
bool rom_exfat_set_stream(const struct exfat_set *s, struct exfat_stream *ret);
void rom_exfat_dir(struct exfat_volume *v, uint64_t ino,
	const struct rom_file_map *c, uint64_t cookie, rom_dirent_fn fn,
	void *ctx);

/* exfat_bitmap.c: finds the bitmap in the root, and checks a file's clusters
 * against it. */
void rom_exfat_bitmap_find(
	struct exfat_volume *v, const struct rom_file_map *root);
/* False when there is none, or it marks itself or the root as free. */
bool rom_exfat_bitmap_is_sound(struct exfat_volume *v);
/* An unreadable or missing bitmap counts as in use. */
bool rom_exfat_is_in_use(struct exfat_volume *v, uint64_t cluster);
void rom_exfat_bitmap_check(
	struct exfat_volume *v, uint64_t ino, struct rom_file_map *c);

/* exfat_geometry.c: the layout of an exFAT without its boot regions. Reads 12
 * MiB and a sector of each behind them, or up to 40 MiB if img begins as one.
 * False when there is none that is proved. */
bool rom_exfat_find_geometry(struct rom_image *img, struct rom_exfat_boot *ret);

/* exfat_free.c */
enum rom_status rom_exfat_free_ranges(
	struct rom_fs *fs, struct rom_free_ranges *out, struct rom_err *err);

#endif
