/* SPDX-License-Identifier: MIT */
/* ext4.c - recognise ext2, ext3 and ext4; the layout is in disk/ext4_super.c */
#include "probe_priv.h"

enum { MAGIC_BITS = 16, FIELD_BITS = 40, CSUM_BITS = 32 };

static enum rom_status probe_ext4(
	struct rom_image *img, struct rom_claim *ret, struct rom_err *err)
{
	uint8_t buf[ROM_EXT4_SUPER_LEN];
	struct rom_buffer v = {
		.p = buf, .len = sizeof(buf), .offset = ROM_EXT4_SUPER_AT
	};
	struct rom_ext4_super sb;
	enum rom_status st =
		rom_read(img, buf, sizeof(buf), ROM_EXT4_SUPER_AT, err);

	if (!st)
		st = rom_ext4_super_decode(&v, &sb, err);
	if (st)
		return st;
	ret->format = rom_ext4_super_kind(&sb);
	ret->bits = MAGIC_BITS + FIELD_BITS + (sb.csum_good ? CSUM_BITS : 0);
	/* 2^44 blocks of 2^16 bytes at most: fits */
	ret->used = sb.blocks * sb.block_size;
	if (*sb.label)
		rom_facts_text(&ret->detail, "label", sb.label);
	if (*sb.last_mounted)
		rom_facts_text(&ret->detail, "last_mounted", sb.last_mounted);
	rom_facts_number(&ret->detail, "block_size", sb.block_size);
	rom_facts_number(&ret->detail, "blocks", sb.blocks);
	rom_facts_number(&ret->detail, "free_blocks", sb.free_blocks);
	rom_facts_number(&ret->detail, "inodes", sb.inodes);
	rom_facts_number(&ret->detail, "write_time", sb.write_time);
	rom_facts_number(&ret->detail, "needs_recovery",
		!!(sb.incompat & ROM_EXT4_INCOMPAT_RECOVER));
	rom_facts_number(&ret->detail, "encrypt_feature",
		!!(sb.incompat & ROM_EXT4_INCOMPAT_ENCRYPT));
	return ROM_OK;
}

const struct rom_prober rom_prober_ext4 = {
	.name = "ext4",
	.usage = ROM_USAGE_FILESYSTEM,
	.traits = ROM_TRAIT_USERDATA | ROM_TRAIT_SPARSE,
	.magic_text = "superblock magic 53 EF",
	.min_size = ROM_EXT4_SUPER_AT + ROM_EXT4_SUPER_LEN,
	.magic = { { "\x53\xef", 2, ROM_EXT4_SUPER_AT + 0x38, false } },
	.probe = probe_ext4,
};
