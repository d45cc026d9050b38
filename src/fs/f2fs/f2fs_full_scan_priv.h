/* SPDX-License-Identifier: MIT */
/* f2fs_full_scan_priv.h - what is known of nodes that were found without a
 * table: for the files that find them */
#ifndef ROMSPLIT_F2FS_DEEP_PRIV_H
#define ROMSPLIT_F2FS_DEEP_PRIV_H

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
	/* up to this block all is zeros or noise: something was written over
	 * the beginning */
	uint32_t noise_end;
	struct f2fs_found found;
	uint32_t *named; /* a bit for each node: a folder names this inode */
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

/* Of these two versions of checkpoints the first is the newer one. */
static inline bool rom_f2fs_is_newer(uint32_t version, uint32_t than)
{
	return (int32_t)(version - than) > 0;
}

/* Makes a block the one that holds its node. */
static inline void rom_f2fs_set_node(struct f2fs_page *p, uint32_t nid,
	uint32_t version, uint32_t block, bool is_inode)
{
	p->node[nid % F2FS_PAGE].block = block;
	p->node[nid % F2FS_PAGE].version = version;
	rom_f2fs_set_bit(p->is_inode, nid % F2FS_PAGE, is_inode);
	rom_f2fs_set_bit(p->in_doubt, nid % F2FS_PAGE, false);
}

/* f2fs_order.c: which of two blocks with the same node of the same version is
 * the newer one. */

/* Another block with a node that was found already. */
struct f2fs_tie {
	uint32_t nid, block, version;
	bool is_inode;
};

/* A node that names a block that is not the next one. Later from and to are
 * segments. */
struct f2fs_jump {
	uint32_t from, to, version;
};

/* A block that should be a node, and the next that is one, of the same age or
 * younger. */
struct f2fs_gap {
	uint32_t from, to;
};

struct f2fs_order {
	ROM_VEC(struct f2fs_gap) gaps;
	uint32_t expected,
		/* the block the last node names when that is the next; 0: it
		   does not */
		version;
	ROM_VEC(struct f2fs_tie) ties;
	ROM_VEC(struct f2fs_jump) jumps;
	uint32_t votes[ROM_F2FS_SEGMENT]; /* for where segments begin */
};

/* Every node that was found, in the order of the medium. */
void rom_f2fs_order_node(struct f2fs_order *o,
	const struct rom_f2fs_footer *footer, uint32_t block);
/* False when there are too many of them to be kept. */
bool rom_f2fs_order_tie(struct f2fs_order *o,
	const struct rom_f2fs_footer *footer, uint32_t block);
/* Once all are found. */
void rom_f2fs_order_settle(struct f2fs_order *o, struct f2fs_full_scan *d);
void rom_f2fs_order_done(struct f2fs_order *o);

#endif
