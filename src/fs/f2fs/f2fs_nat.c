/* SPDX-License-Identifier: MIT */
/*
 * f2fs_nat.c - where nodes lie: the journal of the checkpoint, then the table
 * of nodes
 *
 * Each block of the table has two copies, in segments that alternate; a bitmap
 * of the checkpoint says which counts. The other one may be stale, but where
 * the first is torn it is all there is.
 */
#include "f2fs_priv.h"

static const struct rom_f2fs_nat *in_journal(
	const struct f2fs_fs *f, uint32_t nid)
{
	for (uint32_t i = 0; i < f->journal_len; i++) {
		if (f->journal[i].nid == nid)
			return &f->journal[i].nat;
	}
	return NULL;
}

/* The entry in one of the two copies; block 0 when it cannot be read. */
static struct rom_f2fs_nat in_table(
	struct f2fs_fs *f, uint32_t nid, bool second)
{
	uint32_t i = nid / ROM_F2FS_NAT_ENTRIES, segment = i / ROM_F2FS_SEGMENT;
	uint32_t block = f->sb.nat_block + 2 * segment * ROM_F2FS_SEGMENT +
			 i % ROM_F2FS_SEGMENT + (second ? ROM_F2FS_SEGMENT : 0);
	struct rom_buffer v;
	struct rom_err err;

	if (rom_f2fs_block(f, &f->nat_cache, block, &v, &err))
		return (struct rom_f2fs_nat){ 0 };
	return rom_f2fs_nat_entry(&v, nid % ROM_F2FS_NAT_ENTRIES);
}

size_t rom_f2fs_nat_find(
	struct f2fs_fs *f, uint32_t nid, struct rom_f2fs_nat ret[2])
{
	const struct rom_f2fs_nat *rollforward = in_journal(f, nid);
	bool second;

	if (nid >= f->nids || f->full_scan)
		return 0;
	if (rollforward) {
		ret[0] = *rollforward;
		return 1;
	}
	second = f->pack &&
		 rom_f2fs_bit(f->pack + f->cp.nat_bitmap_at,
			 f->cp.nat_bitmap_len, nid / ROM_F2FS_NAT_ENTRIES);
	ret[0] = in_table(f, nid, second);
	ret[1] = in_table(f, nid, !second);
	return 2;
}
