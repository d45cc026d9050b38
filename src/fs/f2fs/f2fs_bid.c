/* SPDX-License-Identifier: MIT */
/* f2fs_bid.c - bits of evidence that an image is an f2fs: its superblocks, and
 * the checkpoint that they lead to */
#include "f2fs_priv.h"

/* Bits that each check verifies. */
enum {
	MAGIC_BITS = 32,
	FIELD_BITS = 20,
	CRC_BITS = 32,
	/* the checksums of the first and the last block of a checkpoint, and
	 * one version in both */
	PACK_BITS = 32 + 32 + 64,
	/* the NAT leads to the root, whose footer matches */
	ROOT_BITS = 32 + 64,
};

enum rom_status rom_f2fs_super_at(struct rom_image *img, uint64_t offset,
	struct rom_f2fs_super *ret, struct rom_err *err)
{
	uint8_t buf[ROM_F2FS_SUPER_LEN];
	struct rom_buffer v = {
		.p = buf, .len = sizeof(buf), .offset = offset
	};
	enum rom_status st = rom_read(img, buf, sizeof(buf), offset, err);

	if (st == ROM_E_RANGE || st == ROM_E_ABSENT)
		return ROM_NO_MATCH;
	return st ? st : rom_f2fs_super_decode(&v, ret, err);
}

enum rom_status rom_f2fs_read_super(struct rom_image *img, uint64_t offset,
	struct rom_f2fs_super *ret, struct rom_err *err)
{
	enum rom_status st = rom_f2fs_super_at(img, offset, ret, err);

	return st ? st : rom_f2fs_super_check(ret, offset, err);
}

bool rom_f2fs_has_pack(
	struct rom_image *img, const struct rom_f2fs_super *sb)
{
	struct rom_f2fs_checkpoint cp;

	return rom_f2fs_pack_at(img, sb, sb->cp_block, &cp, NULL) ||
	       rom_f2fs_pack_at(
		       img, sb, sb->cp_block + ROM_F2FS_SEGMENT, &cp, NULL);
}

/* Bits of the superblock at offset and the checkpoint it leads to. */
static unsigned super_bits(struct rom_image *img, uint64_t offset)
{
	struct rom_f2fs_super sb;
	struct rom_err err;
	enum rom_status st = rom_f2fs_super_at(img, offset, &sb, &err);

	if (st)
		/* the magic matches: opening reports what is wrong */
		return st == ROM_E_CORRUPT ? MAGIC_BITS : 0;
	if (rom_f2fs_super_check(&sb, offset, &err))
		return MAGIC_BITS + FIELD_BITS;
	return MAGIC_BITS + FIELD_BITS + (sb.crc_good ? CRC_BITS : 0u) +
	       (rom_f2fs_has_pack(img, &sb) ? PACK_BITS : 0u);
}

unsigned rom_f2fs_bid(struct rom_image *img)
{
	return (unsigned)rom_max(super_bits(img, ROM_F2FS_SUPER_AT),
		super_bits(img, ROM_F2FS_SUPER2_AT));
}

unsigned rom_f2fs_bid_remains(struct rom_image *img)
{
	struct rom_f2fs_super sb;

	return rom_f2fs_layout_find(img, &sb) ? PACK_BITS + ROOT_BITS : 0;
}
