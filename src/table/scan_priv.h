/* SPDX-License-Identifier: MIT */
/* scan_priv.h - what the files of the search by content share */
#ifndef ROMSPLIT_SCAN_PRIV_H
#define ROMSPLIT_SCAN_PRIV_H

#include "romsplit/disk.h"
#include "table_priv.h"

/* A recognized content, and the partition that it stands for. */
struct scan_found {
	char name[48];
	uint64_t size;
	bool strong; /* only the medium of a phone has such a content */
	/* size of the ramdisk, for a boot image that must be named by that or
	 * by its order; else 0 */
	uint64_t ramdisk;
};

/* State of a search. */
struct scan {
	struct rom_image *img;
	struct rom_report *r;
	const struct rom_progress *progress; /* may be NULL */
	bool old_names;			     /* MBR era: upper case */
	size_t rows, strong, filesystems, mediatek;
	/* a backup superblock shows that a filesystem begins at 0: the image is
	 * one partition */
	bool is_bare;
	size_t boots[2]; /* rows of boot images without a name of their own */
	uint64_t ramdisks[2];
	size_t n_boots;
	unsigned supers;
	unsigned looks; /* places looked at so far */
};

/* scan_look.c: recognizes a content at offset of the image; fills f. */
bool rom_scan_look(struct scan *s, uint64_t offset, struct scan_found *f);

/* scan_names.c: names f; the name may be truncated. */
void rom_scan_set_name(struct scan_found *f, const char *name);
/* The partition that is mounted there, as MediaTek calls it (old_names: in the
 * MBR era); a literal, NULL: not known. */
const char *rom_scan_mount_name(const char *mount, bool old_names);
/* Names f by the last mount point of the filesystem, else by its label. */
void rom_scan_name_ext4(const struct scan *s, const struct rom_ext4_super *sb,
	struct scan_found *f);
/* Names f by the name in MediaTek's header. */
void rom_scan_name_mtk(
	const struct scan *s, const char *in_image, struct scan_found *f);

#endif
