/* SPDX-License-Identifier: MIT */
/*
 * erofs.c - recognise EROFS, the read-only filesystem of Android system images
 *
 * Superblock, 128 bytes at byte 1024, little-endian (Linux fs/erofs/erofs_fs.h)
 *   0x00 4 magic e0f5e1e2  0x0c 1 log2 of the block size, 9 to 16
 *   0x24 4 blocks
 *   0x40 16 volume name
 */
#include "probe_priv.h"

enum { SB_AT = 1024, SB_LEN = 128 };

static enum rom_status probe_erofs(
	struct rom_image *img, struct rom_claim *ret, struct rom_err *err)
{
	uint8_t buf[SB_LEN];
	struct rom_buffer sb = {
		.p = buf, .len = sizeof(buf), .offset = SB_AT
	};
	enum rom_status st = rom_read(img, buf, sizeof(buf), SB_AT, err);
	uint8_t block_log = rom_u8(&sb, 0x0c);
	uint64_t blocks = rom_le32(&sb, 0x24);

	if (st)
		return st;
	if (block_log < 9 || block_log > 16)
		return ROM_NO_MATCH;
	ret->bits = 32 + 5;		 /* the magic, and a log2 in 9..16 */
	ret->used = blocks << block_log; /* 32 bits << 16 fits */
	rom_facts_number(&ret->detail, "block_size", 1u << block_log);
	rom_facts_number(&ret->detail, "blocks", blocks);
	rom_facts_buffer(&ret->detail, "label", &sb, 0x40, 16);
	return ROM_OK;
}

const struct rom_prober rom_prober_erofs = {
	.name = "erofs",
	.usage = ROM_USAGE_FILESYSTEM,
	.traits = ROM_TRAIT_SPARSE,
	.unpack = "fsck.erofs --extract=DIR",
	.min_size = SB_AT + SB_LEN,
	.magic = { { "\xe2\xe1\xf5\xe0", 4, SB_AT, false } },
	.probe = probe_erofs,
};
