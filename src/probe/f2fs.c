/* SPDX-License-Identifier: MIT */
/* f2fs.c - recognise f2fs by either copy of its superblock; the layout is in
 * disk/f2fs_super.c */
#include "probe_priv.h"

enum { MAGIC_BITS = 32, FIELD_BITS = 20 };

static enum rom_status read_copy(struct rom_image *img, uint64_t offset,
	struct rom_f2fs_super *ret, struct rom_err *err)
{
	uint8_t buf[ROM_F2FS_SUPER_LEN];
	struct rom_buffer v = {
		.p = buf, .len = sizeof(buf), .offset = offset
	};
	enum rom_status st = rom_read(img, buf, sizeof(buf), offset, err);

	return st ? st : rom_f2fs_super_decode(&v, ret, err);
}

/* Blocks in use according to the newer checkpoint; false when neither is
 * readable. */
static bool blocks_in_use(struct rom_image *img,
	const struct rom_f2fs_super *sb, struct rom_err *err, uint64_t *ret)
{
	uint64_t newest = 0;

	for (unsigned i = 0; i < 2; i++) {
		uint8_t buf[ROM_F2FS_BLOCK];
		struct rom_buffer v = { .p = buf, .len = sizeof(buf) };
		uint64_t block = sb->cp_block + (uint64_t)i * ROM_F2FS_SEGMENT;
		struct rom_f2fs_checkpoint cp;

		if (sb->block_size != ROM_F2FS_BLOCK ||
			rom_read(img, buf, sizeof(buf), block * ROM_F2FS_BLOCK,
				err) ||
			rom_f2fs_checkpoint_decode(&v, sb, &cp) ||
			cp.version < newest || cp.valid_blocks > sb->blocks)
			continue;
		newest = cp.version;
		*ret = cp.valid_blocks;
	}
	return newest > 0;
}

static enum rom_status probe_f2fs(
	struct rom_image *img, struct rom_claim *ret, struct rom_err *err)
{
	struct rom_f2fs_super sb;
	uint64_t in_use;
	enum rom_status st = read_copy(img, ROM_F2FS_SUPER_AT, &sb, err);
	bool second = st != ROM_OK;

	if (second)
		st = read_copy(img, ROM_F2FS_SUPER2_AT, &sb, err);
	if (st)
		return st;
	ret->bits = MAGIC_BITS + FIELD_BITS;
	ret->magic_offset = second ? ROM_F2FS_SUPER2_AT : ROM_F2FS_SUPER_AT;
	/* 2^44 blocks of 2^16 bytes at most: fits */
	ret->used = sb.blocks * sb.block_size;
	if (*sb.label)
		rom_facts_text(&ret->detail, "label", sb.label);
	rom_facts_number(&ret->detail, "block_size", sb.block_size);
	rom_facts_number(&ret->detail, "blocks", sb.blocks);
	if (blocks_in_use(img, &sb, err, &in_use))
		rom_facts_number(
			&ret->detail, "free_blocks", sb.blocks - in_use);
	if (*sb.version)
		rom_facts_text(&ret->detail, "kernel", sb.version);
	rom_facts_number(&ret->detail, "encrypt_feature",
		sb.feature & ROM_F2FS_FEATURE_ENCRYPT);
	rom_facts_number(&ret->detail, "superblock", ret->magic_offset);
	return ROM_OK;
}

const struct rom_prober rom_prober_f2fs = {
	.name = "f2fs",
	.usage = ROM_USAGE_FILESYSTEM,
	.traits = ROM_TRAIT_USERDATA | ROM_TRAIT_NODES,
	.magic_text = "superblock magic 10 20 F5 F2",
	.min_size = 0x2000,
	.magic = { { "\x10\x20\xf5\xf2", 4, ROM_F2FS_SUPER_AT, false },
		{ "\x10\x20\xf5\xf2", 4, ROM_F2FS_SUPER2_AT, false } },
	.probe = probe_f2fs,
};
