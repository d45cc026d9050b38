/* SPDX-License-Identifier: MIT */
/* mbr_priv.h - what the files that read MBR and EBR share */
#ifndef ROMSPLIT_MBR_PRIV_H
#define ROMSPLIT_MBR_PRIV_H

#include "table_priv.h"

enum { ROM_MBR_MAX_BLOCKS = 64, ROM_MBR_MAX_DATA = 128 };

struct rom_mbr_entry {
	struct rom_range range;
	/* as Linux counts: slots of the MBR are 1 to 4, logical ones follow */
	unsigned number;
	uint8_t type;
	const char *name; /* by MediaTek's order, a literal; NULL: not known */
};

/* MBR and EBRs, followed from sector 0. */
struct rom_mbr_chain {
	bool mediatek;
	size_t blocks;
	uint64_t block[ROM_MBR_MAX_BLOCKS]; /* offsets of MBR and EBRs */
	struct rom_mbr_entry entry[ROM_MBR_MAX_DATA];
	size_t n;
	unsigned logical; /* how many of them are logical */
	bool open_end;	  /* the last one extends past the end of the medium */
	/* but the dump, or what it holds, tells where it ends */
	bool end_known;
	/* offset of a link's target that is not an EBR; 0: none */
	uint64_t broken;
};

/* Decodes the superblock of the ext4 that begins at offset of img; false when
 * there is none. */
bool rom_mbr_ext4(
	struct rom_image *img, uint64_t offset, struct rom_ext4_super *ret);
/* True for the boot sector of a FAT, exFAT or NTFS, which ends in 55 AA as an
 * MBR does. */
bool rom_mbr_is_boot_sector(const uint8_t *sector);
/* Names the entries of MediaTek's chain, which are in ascending order. */
void rom_mbr_name(struct rom_image *img, struct rom_mbr_chain *c);

#endif
