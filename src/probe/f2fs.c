/* SPDX-License-Identifier: MIT */
/* f2fs.c - recognise f2fs by either copy of its superblock; the layout is in disk/f2fs_super.c */
#include "probe_priv.h"

enum { MAGIC_BITS = 32, FIELD_BITS = 20 };

static enum rom_status read_copy(
	struct rom_image *img, uint64_t at, struct rom_f2fs_super *ret, struct rom_err *err)
{
	uint8_t buf[ROM_F2FS_SUPER_LEN];
	struct rom_view v = { .p = buf, .len = sizeof(buf), .at = at };
	enum rom_status st = rom_read(img, buf, sizeof(buf), at, err);

	return st ? st : rom_f2fs_super_decode(&v, ret, err);
}

static enum rom_status probe_f2fs(struct rom_image *img, struct rom_claim *ret, struct rom_err *err)
{
	struct rom_f2fs_super sb;
	enum rom_status st = read_copy(img, ROM_F2FS_SUPER_AT, &sb, err);
	bool second = st != ROM_OK;

	if (second)
		st = read_copy(img, ROM_F2FS_SUPER2_AT, &sb, err);
	if (st)
		return st;
	ret->bits = MAGIC_BITS + FIELD_BITS;
	ret->used = sb.blocks * sb.block_size; /* 2^44 blocks of 2^16 bytes at most: fits */
	if (*sb.label)
		rom_facts_text(&ret->detail, "label", sb.label);
	rom_facts_number(&ret->detail, "block_size", sb.block_size);
	rom_facts_number(&ret->detail, "blocks", sb.blocks);
	if (*sb.version)
		rom_facts_text(&ret->detail, "kernel", sb.version);
	rom_facts_number(&ret->detail, "encrypt_feature", sb.feature & ROM_F2FS_FEATURE_ENCRYPT);
	rom_facts_number(
		&ret->detail, "superblock", second ? ROM_F2FS_SUPER2_AT : ROM_F2FS_SUPER_AT);
	return ROM_OK;
}

const struct rom_prober rom_prober_f2fs = {
	.name = "f2fs",
	.min_size = 0x2000,
	.magic = { { "\x10\x20\xf5\xf2", 4, ROM_F2FS_SUPER_AT, false },
		{ "\x10\x20\xf5\xf2", 4, ROM_F2FS_SUPER2_AT, false } },
	.probe = probe_f2fs,
};
