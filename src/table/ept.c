/* SPDX-License-Identifier: MIT */
/*
 * ept.c - Amlogic's partition table on eMMC (EPT, "MPT")
 *
 * In the partition reserved, at 36 MiB of the medium, little-endian:
 *   0x00 4 "MPT" 0  0x04 12 "01.00.00"  0x10 4 entries  0x14 4 checksum
 *   0x18 32 x 40 entries: 16 name, 8 size, 8 offset, 4 masks, 4 padding
 * The checksum is the sum of the words of the first entry, once for each entry:
 * Amlogic's loop never advances. Sources: Amlogic's U-Boot, ampart's EPT notes.
 */
#include <inttypes.h>

#include "table_priv.h"

enum {
	HEAD_LEN = 24,
	ENTRY_LEN = 40,
	MAX_ENTRIES = 32,
	WORDS = ENTRY_LEN / 4,
	TABLE_LEN = HEAD_LEN + MAX_ENTRIES * ENTRY_LEN,
	USUAL_MIB = 36,
	/* reserved moved about on old boards: every MiB up to here is tried */
	LAST_MIB = 128,
};

struct ept {
	uint64_t offset;
	uint8_t bytes[TABLE_LEN];
	struct rom_buffer v;
	size_t n;
};

static bool read_at(struct rom_image *img, uint64_t offset, struct ept *t)
{
	struct rom_err err;

	if (rom_read(img, t->bytes, HEAD_LEN, offset, &err) ||
		memcmp(t->bytes,
			"MPT\0"
			"01.00.00",
			12) ||
		rom_read(img, t->bytes, TABLE_LEN, offset, &err))
		return false;
	t->offset = offset;
	t->v = (struct rom_buffer){
		.p = t->bytes, .len = TABLE_LEN, .offset = offset
	};
	t->n = rom_le32(&t->v, 16);
	return t->n > 0 && t->n <= MAX_ENTRIES;
}

static bool find_table(struct rom_image *img, struct ept *t)
{
	if (read_at(img, (uint64_t)USUAL_MIB << 20, t))
		return true;
	for (uint64_t mib = 1; mib <= LAST_MIB && mib << 20 < img->size;
		mib++) {
		if (read_at(img, mib << 20, t))
			return true;
	}
	return false;
}

static bool is_valid(struct ept *t, size_t i)
{
	size_t at = HEAD_LEN + i * ENTRY_LEN;
	uint64_t size = rom_le64(&t->v, at + 16);

	return t->bytes[at] && size && size < (uint64_t)1 << 50 &&
	       rom_le64(&t->v, at + 24) < (uint64_t)1 << 50;
}

static bool has_valid_entry(struct ept *t)
{
	for (size_t i = 0; i < t->n; i++) {
		if (is_valid(t, i))
			return true;
	}
	return false;
}

static void note_checksum(struct rom_report *r, struct ept *t)
{
	uint32_t first = 0, all = 0, found = rom_le32(&t->v, 20);

	for (size_t i = 0; i < t->n * WORDS; i++) {
		uint32_t word = rom_le32(&t->v, HEAD_LEN + 4 * i);

		first += i < WORDS ? word : 0;
		all += word;
	}
	if (found == first * (uint32_t)t->n || found == all)
		return;
	rom_report_note(r, ROM_DAMAGE, NULL, t->offset,
		"the checksum of Amlogic's partition table does not match: "
		"expected 0x%" PRIx32 ", got 0x%" PRIx32 "; its rows may be "
		"wrong",
		first * (uint32_t)t->n, found);
}

/* Returns the end of the row; 0 where it is left out. */
static uint64_t add_entry(struct rom_report *r, struct ept *t, size_t i)
{
	size_t at = HEAD_LEN + i * ENTRY_LEN;
	uint64_t size = rom_le64(&t->v, at + 16),
		 offset = rom_le64(&t->v, at + 24);
	ROM_AUTO char *name = rom_buffer_text(&t->v, at, 16);

	if (is_valid(t, i)) {
		rom_table_add(r, name, (struct rom_range){ offset, size },
			ROM_SOURCE_NONE);
		return offset + size;
	}
	rom_report_note(r, size ? ROM_DAMAGE : ROM_INFO, NULL, t->offset + at,
		"entry %zu of Amlogic's partition table (%s) has 0x%" PRIx64
		" bytes at 0x%" PRIx64 ": left out",
		i + 1, name, size, offset);
	return 0;
}

static enum rom_status read_ept(struct rom_image *img,
	const struct rom_table_options *options, struct rom_report *report,
	struct rom_err *err)
{
	struct ept t = { 0 };
	uint64_t end = 0;

	(void)options;
	(void)err;
	if (!find_table(img, &t) || !has_valid_entry(&t))
		return ROM_NO_MATCH;
	report->table = (struct rom_table){ .kind = ROM_TABLE_EPT,
		.source = ROM_SOURCE_PRIMARY,
		.sector_size = 512,
		.region = ROM_REGION_EMMC_USER,
		.vendor = ROM_VENDOR_OTHER };
	note_checksum(report, &t);
	for (size_t i = 0; i < t.n; i++)
		end = rom_max(end, add_entry(report, &t, i));
	/* the last partition reaches to the end of the medium */
	report->table.device_size = end;
	report->complete = img->size >= end;
	rom_table_finish(img, report, rom_max(end, img->size));
	return ROM_OK;
}

const struct rom_table_reader rom_table_ept = { .read = read_ept };
