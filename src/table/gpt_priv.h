/* SPDX-License-Identifier: MIT */
/*
 * gpt_priv.h - what the files of the GPT reader share
 *
 * Header at LBA 1 and, as backup, at the last LBA (UEFI 2.10, 5.3.2);
 * little-endian:
 *
 *	0x00   8  "EFI PART"
 *	0x0c   4  bytes of the header
 *	0x10   4  CRC-32 of the header, with this field zero
 *	0x18   8  its own LBA
 *	0x20   8  LBA of the other header
 *	0x28   8  first usable LBA
 *	0x30   8  last usable LBA
 *	0x38  16  disk GUID
 *	0x48   8  LBA of the entries
 *	0x50   4  number of entries
 *	0x54   4  bytes of an entry
 *	0x58   4  CRC-32 of the entries
 *
 * An entry, 128 bytes or more:
 *
 *	0x00  16  type GUID; zero: unused
 *	0x10  16  unique GUID
 *	0x20   8  first LBA
 *	0x28   8  last LBA
 *	0x30   8  attributes
 *	0x38  72  name, UTF-16LE
 *
 * MediaTek's habits (their lk, ptgen; real tables): the number of entries may
 * equal the number of partitions; a backup header may state that its entries
 * are at LBA 2 although they precede it; the disk GUID is zero.
 */
#ifndef ROMSPLIT_GPT_PRIV_H
#define ROMSPLIT_GPT_PRIV_H

#include "table_priv.h"

/* The size of the usual table: 128 entries of 128 bytes. */
enum { GPT_ENTRIES_BYTES = 128 * 128 };

struct gpt_header {
	uint64_t offset; /* in the dump */
	uint32_t sector; /* bytes of an LBA */
	uint64_t my_lba, other_lba, first_usable, last_usable, entries_lba;
	uint32_t entries, entry_size, entries_crc;
	uint8_t guid[16]; /* of the disk */
	bool crc_good;
};

/* One copy of the table: its header, or assumed values in its place, and its
 * entries. */
struct gpt_copy {
	struct gpt_header h;
	bool has_header;
	bool entries_good; /* the CRC of the entries matches */
	size_t used;	   /* plausible entries in use */
	uint8_t *bytes;	   /* h.entries * h.entry_size of them; owned */
	uint64_t entries_at;
};

struct gpt_entry {
	uint64_t first, last; /* LBA */
	struct rom_buffer v;
};

/* ---- gpt_copy.c ---------------------------------------------------------- */

/* Reads both copies with the sector size that fits, and the entries alone where
 * both headers are missing. False when nothing is found; even then both are to
 * be released with rom_gpt_copy_done. */
bool rom_gpt_find_copies(struct rom_image *img, struct rom_report *r,
	struct gpt_copy *primary, struct gpt_copy *backup);
void rom_gpt_copy_done(struct gpt_copy *c);
/* Reads the header at offset, whatever its checksum; its LBAs count as 512
 * bytes. False when there is none. */
bool rom_gpt_header_at(
	struct rom_image *img, uint64_t offset, struct gpt_header *ret);
/* How far a copy can be trusted: from 0 (not at all) to 8 (header and entries
 * match their checksums). */
int rom_gpt_copy_worth(const struct gpt_copy *c);

/* ---- gpt_entry.c --------------------------------------------------------- */

/* Entry i of a copy. False when it is unused. */
bool rom_gpt_entry_at(
	const struct gpt_copy *c, size_t i, struct gpt_entry *ret);
/* True when a medium can have such a range, and the entry has a name. */
bool rom_gpt_is_plausible(const struct gpt_copy *c, const struct gpt_entry *e);
/* True when the name is one to 36 printable ASCII characters in UTF-16,
 * followed by zeros, as the tools of all vendors write it. */
bool rom_gpt_is_plain_name(const struct rom_buffer *entry);
/* Entry i of a copy. True when it exists, is used and plausible, and has a
 * plain name. */
bool rom_gpt_is_sound(
	const struct gpt_copy *c, size_t i, struct gpt_entry *ret);
/* The name in UTF-8; half a surrogate pair becomes '?'. The caller frees it. */
char *rom_gpt_entry_name(const struct rom_buffer *entry);

/* ---- gpt_make.c ---------------------------------------------------------- */

struct rom_gpt_plan;
/* Adds a sentence to what the plan says. */
void rom_gpt_say(struct rom_gpt_plan *plan, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

#endif
