/* SPDX-License-Identifier: MIT */
/*
 * f2fs_nat.c - looks up nodes in the journal of the checkpoint, then in the
 * node address table (NAT)
 *
 * Each block of the NAT has two copies, in alternating segments; a bitmap of
 * the checkpoint selects the current one. The other may be stale, but is all
 * there is when the current one is damaged.
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

/* The entry in one of the two copies; its block is 0 when that cannot be
 * read. */
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
	const struct rom_f2fs_nat *journal_entry = in_journal(f, nid);
	bool second;

	if (nid >= f->nids || f->full_scan)
		return 0;
	if (journal_entry) {
		ret[0] = *journal_entry;
		return 1;
	}
	second = f->pack &&
		 rom_f2fs_bit(f->pack + f->cp.nat_bitmap_at,
			 f->cp.nat_bitmap_len, nid / ROM_F2FS_NAT_ENTRIES);
	ret[0] = in_table(f, nid, second);
	ret[1] = in_table(f, nid, !second);
	return 2;
}
