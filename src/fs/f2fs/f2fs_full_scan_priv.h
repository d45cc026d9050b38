/* SPDX-License-Identifier: MIT */
/* f2fs_full_scan_priv.h - nodes found by a full scan, and the order of their
 * blocks */
#ifndef ROMSPLIT_F2FS_FULL_SCAN_PRIV_H
#define ROMSPLIT_F2FS_FULL_SCAN_PRIV_H

#include "f2fs_priv.h"

enum {
	F2FS_PAGE = 512, /* nodes */
	F2FS_PAGES = ROM_F2FS_MAX_NIDS / F2FS_PAGE,
};

struct f2fs_page {
	struct {
		uint32_t block, version; /* block 0: not found */
	} node[F2FS_PAGE];
	uint32_t is_inode[F2FS_PAGE / 32], in_doubt[F2FS_PAGE / 32];
};

struct f2fs_full_scan {
	struct f2fs_page *page[F2FS_PAGES];
	uint32_t pages, last_version;
	/* all blocks before this one are zeros or noise: the beginning was
	 * overwritten */
	uint32_t noise_end;
	struct f2fs_found found;
	uint32_t *named; /* a bit for each node: a directory names this inode */
};

static inline void rom_f2fs_set_bit(uint32_t *bits, uint32_t i, bool on)
{
	bits[i / 32] = on ? bits[i / 32] | 1u << i % 32
			  : bits[i / 32] & ~(1u << i % 32);
}

static inline bool rom_f2fs_get_bit(const uint32_t *bits, uint32_t i)
{
	return bits[i / 32] >> i % 32 & 1;
}

/* True when the first checkpoint version is newer; versions may wrap. */
static inline bool rom_f2fs_is_newer(uint32_t version, uint32_t than)
{
	return (int32_t)(version - than) > 0;
}

/* Sets the block that holds a node. */
static inline void rom_f2fs_set_node(struct f2fs_page *p, uint32_t nid,
	uint32_t version, uint32_t block, bool is_inode)
{
	p->node[nid % F2FS_PAGE].block = block;
	p->node[nid % F2FS_PAGE].version = version;
	rom_f2fs_set_bit(p->is_inode, nid % F2FS_PAGE, is_inode);
	rom_f2fs_set_bit(p->in_doubt, nid % F2FS_PAGE, false);
}

/* f2fs_order.c: decides which of two blocks with one node and version is
 * newer. */

/* Another block with a node that was found before, of the same version. */
struct f2fs_tie {
	uint32_t nid, block, version;
	bool is_inode;
};

/* A node whose footer names a block other than the following one. Becomes
 * segment numbers when sorted. */
struct f2fs_jump {
	uint32_t from, to, version;
};

/* A block that should be a node, and the next one that is, of the same version
 * or newer. */
struct f2fs_gap {
	uint32_t from, to;
};

struct f2fs_order {
	ROM_VEC(struct f2fs_gap) gaps;
	/* the following block, when the last node names it; else 0 */
	uint32_t expected, version;
	ROM_VEC(struct f2fs_tie) ties;
	ROM_VEC(struct f2fs_jump) jumps;
	/* for the offset at which segments begin */
	uint32_t votes[ROM_F2FS_SEGMENT];
};

/* Notes every node that is found, in the order of blocks. */
void rom_f2fs_order_node(struct f2fs_order *o,
	const struct rom_f2fs_footer *footer, uint32_t block);
/* Notes a tie. Returns false when there are too many to keep. */
bool rom_f2fs_order_tie(struct f2fs_order *o,
	const struct rom_f2fs_footer *footer, uint32_t block);
/* Decides all ties; called once, after the last node. */
void rom_f2fs_order_settle(struct f2fs_order *o, struct f2fs_full_scan *d);
void rom_f2fs_order_done(struct f2fs_order *o);

#endif
