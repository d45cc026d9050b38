/* SPDX-License-Identifier: MIT */
/*
 * gpt_tail.c - where a file lies on the medium that ends with the backup GPT,
 * or that is a GPT header alone
 *
 * The header states its own LBA. How long an LBA is follows from what lies
 * between the start of the medium and the first usable LBA: two sectors and the
 * entries.
 */
#include "gpt_priv.h"

enum {
	/* the backup GPT, and what alignment leaves behind it */
	TAIL = 64 * 1024,
	STEP = 512,
	MIN_HEADER = 92,
};

#define MAX_MEDIUM ((uint64_t)1 << 56)

/* Reads a header with a valid checksum; *ret_sector is the length of its
 * LBAs. */
static bool read_header(struct rom_image *img, uint64_t offset,
	struct gpt_header *ret, uint32_t *ret_sector)
{
	uint64_t entries;

	if (!rom_gpt_header_at(img, offset, ret) || !ret->crc_good ||
		ret->my_lba == 0)
		return false;
	entries = (uint64_t)ret->entries * ret->entry_size;
	*ret_sector =
		ret->first_usable >= 2 &&
				ret->first_usable < 2 + (entries + 511) / 512
			? 4096
			: 512;
	return true;
}

/* The size of the medium, by the last LBA that the header knows. */
static uint64_t medium_size(const struct gpt_header *h, uint32_t sector)
{
	uint64_t last = rom_max(h->my_lba, h->other_lba), size;

	return last < UINT64_MAX && rom_mul(last + 1, sector, &size) &&
			       size <= MAX_MEDIUM
		       ? size
		       : 0;
}

bool rom_table_has_gpt(struct rom_image *img)
{
	uint64_t my, other;

	return (rom_gpt_header_good(img, 512, &my, &other) && my == 1) ||
	       (rom_gpt_header_good(img, 4096, &my, &other) && my == 1);
}

/* With sectors of 512 bytes it would be a whole dump, maybe behind its boot
 * areas. */
static bool is_whole(const struct gpt_header *h, uint64_t at)
{
	uint64_t start;

	return rom_mul(h->my_lba, 512, &start) && start <= at &&
	       at - start <= ROM_FRONT_MAX &&
	       (at - start) % ROM_FRONT_STEP == 0;
}

bool rom_table_tail(
	struct rom_image *img, uint64_t *ret_start, uint64_t *ret_size)
{
	uint64_t end = img->size / STEP * STEP, start, size;
	struct gpt_header h;
	uint32_t sector;

	if (img->size < MIN_HEADER || rom_table_has_gpt(img))
		return false;
	/* a header alone may be cut behind its 92 bytes */
	if (read_header(img, 0, &h, &sector) && h.my_lba == 1) {
		size = medium_size(&h, sector);
		*ret_start = sector;
		*ret_size = rom_max(size, sector + img->size);
		return size > 0;
	}
	for (uint64_t at = rom_max(end, STEP); at >= STEP && at + TAIL > end;
		at -= STEP) {
		if (!read_header(img, at - STEP, &h, &sector) || h.my_lba < 2)
			continue;
		size = medium_size(&h, sector);
		if (!size || is_whole(&h, at - STEP) ||
			h.my_lba * sector <= at - STEP)
			return false;
		start = h.my_lba * sector - (at - STEP);
		*ret_start = start;
		*ret_size = rom_max(size, start + img->size);
		return true;
	}
	return false;
}
