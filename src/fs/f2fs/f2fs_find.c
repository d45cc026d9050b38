/* SPDX-License-Identifier: MIT */
/* f2fs_find.c - reads a node of a file by the NAT, and verifies it by its
 * footer */
#include <inttypes.h>

#include "f2fs_priv.h"

uint32_t rom_f2fs_fsynced_block(
	const struct f2fs_fs *f, uint32_t ino, uint32_t node_ofs)
{
	if (!f->fsynced_nodes.n)
		return 0;
	return (uint32_t)(uintptr_t)rom_map_get(
		&f->fsynced_nodes, (uint64_t)ino << 32 | node_ofs);
}

static enum rom_status read_at(struct f2fs_fs *f, const struct f2fs_want *want,
	uint32_t block, struct f2fs_node *ret, struct rom_f2fs_footer *footer,
	struct rom_err *err)
{
	struct rom_buffer v;
	enum rom_status st;

	if (!rom_f2fs_is_main(f, block))
		return rom_fail(err, ROM_E_CORRUPT, ROM_NO_OFFSET,
			"node %" PRIu32 " of inode %" PRIu32
			": expected a block from %" PRIu32 " to %" PRIu32
			", got %" PRIu32,
			want->nid, want->ino, f->sb.main_block,
			f->end_block - 1, block);
	st = rom_f2fs_block(f, &f->node_cache, block, &v, err);
	if (st)
		return st;
	*footer = rom_f2fs_footer_decode(&v);
	memcpy(ret->buf, v.p, v.len);
	ret->offset = v.offset;
	return ROM_OK;
}

static enum rom_status read_rollforward(struct f2fs_fs *f,
	const struct f2fs_want *want, uint32_t block, struct f2fs_node *ret,
	struct rom_err *err)
{
	struct rom_f2fs_footer footer;

	/* its nid may have changed; recovery verified ino and node_ofs
	 * already */
	return read_at(f, want, block, ret, &footer, err);
}

/* Reads the node of a NAT entry; fails when it is another one. */
static enum rom_status read_entry(struct f2fs_fs *f,
	const struct f2fs_want *want, const struct rom_f2fs_nat *nat,
	struct f2fs_node *ret, struct rom_f2fs_footer *footer,
	struct rom_err *err)
{
	enum rom_status st = read_at(f, want, nat->block, ret, footer, err);

	if (st)
		return st;
	if (nat->ino != want->ino || footer->nid != want->nid ||
		footer->ino != want->ino || footer->node_ofs != want->node_ofs)
		return rom_fail(err, ROM_E_CORRUPT, ret->offset,
			"node %" PRIu32 " of inode %" PRIu32
			": the block at 0x%" PRIx64 " holds node %" PRIu32
			" of inode %" PRIu32 " instead",
			want->nid, want->ino, ret->offset, footer->nid,
			footer->ino);
	return ROM_OK;
}

/* Without a checkpoint, uses the copy of the NAT that leads to the newer
 * node. */
static enum rom_status read_newest(struct f2fs_fs *f,
	const struct f2fs_want *want, const struct rom_f2fs_nat nat[2],
	struct f2fs_node *ret, struct rom_err *err)
{
	struct rom_f2fs_footer footer[2];
	struct rom_err other;
	bool first = !read_entry(f, want, &nat[0], ret, &footer[0], err);
	bool second = !read_entry(f, want, &nat[1], ret, &footer[1], &other);

	if (first && second &&
		(int32_t)(uint32_t)(footer[0].version - footer[1].version) < 0)
		first = false;
	if (first)
		return read_entry(f, want, &nat[0], ret, &footer[0], err);
	return second ? ROM_OK : ROM_E_CORRUPT;
}

enum rom_status rom_f2fs_node(struct f2fs_fs *f, const struct f2fs_want *want,
	struct f2fs_node *ret, struct rom_err *err)
{
	uint32_t rollforward =
		rom_f2fs_fsynced_block(f, want->ino, want->node_ofs);
	struct rom_f2fs_nat nat[2];
	struct rom_f2fs_footer footer;
	struct rom_err other;
	size_t n;
	enum rom_status st;

	ret->suspect = false;
	if (rollforward)
		return read_rollforward(f, want, rollforward, ret, err);
	if (f->full_scan)
		return rom_f2fs_full_scan_node(f, want, ret, err);
	n = rom_f2fs_nat_find(f, want->nid, nat);
	if (n == 0)
		return rom_fail(err, ROM_E_CORRUPT, ROM_NO_OFFSET,
			"node %" PRIu32 ": expected a number below %" PRIu32,
			want->nid, f->nids);
	if (!f->pack && n == 2)
		return read_newest(f, want, nat, ret, err);
	st = read_entry(f, want, &nat[0], ret, &footer, err);
	if (!st || n < 2 || read_entry(f, want, &nat[1], ret, &footer, &other))
		return st;
	rom_fs_damage(&f->fs, want->ino, ret->offset,
		"%s; the older node of the other copy of the table is used",
		err->text);
	ret->suspect = true;
	return ROM_OK;
}
