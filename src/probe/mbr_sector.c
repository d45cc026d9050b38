/* SPDX-License-Identifier: MIT */
/*
 * mbr_sector.c - recognise a partition sector (MBR, EBR1, EBR2)
 *
 *   0x1be 4 x 16 entries: 1 flag 00 or 80  3 CHS  1 type  3 CHS  4 first sector
 *   4 sectors  0x1fe 55 AA
 */
#include "probe_priv.h"

enum { SECTOR = 512, ENTRIES_AT = 0x1be };

static enum rom_status probe_mbr(
	struct rom_image *img, struct rom_claim *ret, struct rom_err *err)
{
	uint8_t buf[SECTOR];
	struct rom_buffer v = { .p = buf, .len = sizeof(buf) };
	enum rom_status st = rom_read(img, buf, sizeof(buf), 0, err);
	unsigned used = 0;

	if (st)
		return st;
	for (size_t e = ENTRIES_AT; e < ENTRIES_AT + 64; e += 16) {
		if (rom_u8(&v, e) & 0x7f)
			return ROM_NO_MATCH;
		if (rom_u8(&v, e + 4) && rom_le32(&v, e + 8) &&
			rom_le32(&v, e + 12))
			used++;
	}
	if (!used)
		return ROM_NO_MATCH;
	ret->bits = 16 + 12;
	rom_facts_number(&ret->detail, "entries", used);
	return ROM_OK;
}

const struct rom_prober rom_prober_mbr_sector = {
	.name = "mbr",
	.usage = ROM_USAGE_TABLE,
	.min_size = SECTOR,
	.magic = { { "\x55\xaa", 2, 0x1fe, false } },
	.probe = probe_mbr,
};
