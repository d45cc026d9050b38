/* SPDX-License-Identifier: MIT */
/* f2fs_place.c - where a filesystem begins, by one copy of its superblock */
#include "f2fs_priv.h"

/* The copy does not say which of the two it is: the checkpoint decides. */
static const uint64_t copies[] = { ROM_F2FS_SUPER_AT, ROM_F2FS_SUPER2_AT };

size_t rom_f2fs_place(struct rom_buffer *v, struct rom_fs_place *ret)
{
	struct rom_f2fs_super sb;
	struct rom_err err;
	size_t n = 0;

	if (v->len < ROM_F2FS_SUPER_LEN ||
		rom_f2fs_super_decode(v, &sb, &err) ||
		rom_f2fs_super_check(&sb, v->offset, &err))
		return 0;
	for (size_t i = 0; i < 2; i++) {
		if (v->offset < copies[i])
			continue;
		ret[n] = (struct rom_fs_place){ .kind = "f2fs",
			.start = v->offset - copies[i],
			.super = v->offset,
			.size = rom_f2fs_bytes(sb.blocks),
			.is_backup = i > 0 };
		memcpy(ret[n++].uuid, sb.uuid, sizeof(sb.uuid));
	}
	return n;
}

/* A checkpoint is always written with the tables that lead to the root. */
enum rom_fs_proof rom_f2fs_prove(struct rom_image *img, uint64_t super)
{
	struct rom_f2fs_super sb;
	struct rom_err err;

	return !rom_f2fs_read_super(img, super, &sb, &err) &&
			       rom_f2fs_has_pack(img, &sb)
		       ? ROM_PROOF_ROOT
		       : ROM_PROOF_NONE;
}
