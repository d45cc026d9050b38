/* SPDX-License-Identifier: MIT */
/*
 * pmt_priv.h - what the files of the PMT reader share
 *
 * MediaTek's partition table of the time of MBR and EBR (ptgen, preloader and
 * lk of MT6572 to MT6592; docs/FORMATS.md), little-endian.
 *
 * Newer form: 4 KiB at 1 MiB before the end of the user area, its mirror 4 KiB
 * on:
 *
 *	0x000  4  "1vTP" (mirror "1TPM")
 *	0x004  4  "1.0" or "1.1"
 *	0x008     entries
 *	0xff8  4  info
 *	0xffc  4  as at 0
 *
 * Old form: 2 KiB in the first 12 MiB, its mirror 2 KiB on:
 *
 *	0x000  4  "1vTP" (mirror "1TPM")
 *	0x004     entries
 *	0x7f8  4  info
 *	0x7fc  4  as at 0
 *
 * Info, a byte each: sequence number; low half: update, high half 1: the table
 * continues 2 KiB later; mirror; changed.
 *
 * Entry: 64 bytes of name, then by its length
 *
 *	76 bytes  4 size  4 offset  4 flags          offset linear
 *	88 bytes  8 size  8 offset  8 flags          offset linear
 *	96 bytes  8 size  8 part  8 offset  8 flags  offset in the region;
 *	                                             part 8 is the user area
 */
#ifndef ROMSPLIT_PMT_PRIV_H
#define ROMSPLIT_PMT_PRIV_H

#include "romsplit/disk.h"
#include "table_priv.h"

enum {
	PMT_NEW_LEN = 4096,
	PMT_NEW_FROM_END = 0x100000,
	PMT_MAX_ENTRIES = 40,
	PMT_NAME_LEN = 64,
	PMT_PART_USER = 8,
};

struct pmt_entry {
	char name[PMT_NAME_LEN + 1];
	uint64_t size, offset, part;
};

/* One copy of the table. */
struct pmt_copy {
	uint64_t offset;
	bool is_new, is_mirror, signed_twice;
	uint8_t sequence;
	size_t entry_len, n;
	struct pmt_entry entry[PMT_MAX_ENTRIES];
};

/* State of the search for a table: first intact copies, and as the last resort
 * damaged ones. */
struct pmt_search {
	struct rom_image *img;
	bool accept_damaged;
	struct pmt_copy best;
	bool other_bad;
};

/* An offset that counts from the end of the region: 0xFFFFnnnn. */
static inline bool rom_pmt_is_code(uint64_t offset)
{
	return (offset & 0xffffffff) >> 16 == 0xffff;
}

/* pmt_copy.c: searches s->img for a table. False when there is none. */
bool rom_pmt_find(struct pmt_search *s);

#endif
