/* SPDX-License-Identifier: MIT */
/*
 * f2fs_map.c - the block numbers of a file, node by node; a damaged node loses
 * only what it maps
 *
 * The inode holds the first ones, then come two direct nodes, two indirect ones
 * and a double indirect one. Each has an offset among the nodes of its file
 * (node_ofs), which its footer repeats: no map can lead to the same node twice.
 */
#include <inttypes.h>

#include "f2fs_priv.h"

enum {
	CHILDREN = ROM_F2FS_PER_NODE,
	/* per file: an indirect node of garbage leads to a thousand invalid
	   ones */
	MAX_FAILURES = 1000,
};

struct walk {
	struct f2fs_fs *f;
	uint32_t ino, per_node, failures;
	uint64_t limit, next; /* blocks of the file: to map, mapped so far */
	rom_f2fs_blocks_fn fn;
	void *ctx;
	bool *suspect;
	bool has_rollforward, ended;
};

uint32_t rom_f2fs_per_node(const struct rom_f2fs_inode *in)
{
	uint32_t cluster = in->compressed ? 1u << in->cluster_log : 1;

	return ROM_F2FS_PER_NODE - ROM_F2FS_PER_NODE % cluster;
}

/* Blocks below a node: level 0 is a direct one. */
static uint64_t covered(const struct walk *w, unsigned level)
{
	uint64_t n = w->per_node;

	while (level-- > 0)
		n *= CHILDREN;
	return n;
}

/* The node itself and all below it, as node_ofs counts them. */
static uint32_t count_nodes(unsigned level)
{
	return level == 0   ? 1
	       : level == 1 ? 1 + CHILDREN
			    : 1 + CHILDREN * (1 + CHILDREN);
}

static void pass_blocks(struct walk *w, struct rom_buffer address, uint64_t n)
{
	struct f2fs_blocks b = { .first = w->next, .address = address };

	b.n = (uint32_t)(w->next < w->limit ? rom_min(n, w->limit - w->next)
					    : 0);
	if (b.n && !w->ended)
		w->ended = !w->fn(w->ctx, &b);
	w->next += n;
}

static void pass_lost(struct walk *w, const struct rom_err *err, uint64_t n)
{
	rom_fs_damage(&w->f->fs, w->ino, err->offset, "%s", err->text);
	w->failures++;
	pass_blocks(w, (struct rom_buffer){ 0 }, n);
}

/* Walks the blocks below node nid (0: none) with this node_ofs. */
static void walk_node(
	struct walk *w, uint32_t nid, unsigned level, uint32_t node_ofs)
{
	uint8_t buf[ROM_F2FS_BLOCK];
	struct f2fs_node node = { .buf = buf };
	struct f2fs_want want = { nid, w->ino, node_ofs };
	struct rom_buffer v = { .p = buf, .len = ROM_F2FS_FOOTER_AT };
	struct rom_err err = { 0 };
	bool has_rollforward =
		w->has_rollforward &&
		(level || rom_f2fs_fsynced_block(w->f, w->ino, node_ofs));

	if (w->ended || w->next >= w->limit || (nid == 0 && !has_rollforward)) {
		w->next += covered(w, level);
		return;
	}
	if (w->failures >= MAX_FAILURES) {
		pass_blocks(w, (struct rom_buffer){ 0 }, covered(w, level));
		return;
	}
	if (nid == 0 && level) {
		/* roll-forward may have nodes below it all the same */
		memset(buf, 0, sizeof(buf));
	} else if (rom_f2fs_node(w->f, &want, &node, &err)) {
		pass_lost(w, &err, covered(w, level));
		return;
	}
	*w->suspect |= node.suspect;
	v.offset = node.offset;
	if (level == 0) {
		pass_blocks(w, v, w->per_node);
		return;
	}
	for (uint32_t i = 0; i < CHILDREN; i++)
		walk_node(w, rom_le32(&v, 4 * i), level - 1,
			node_ofs + 1 + i * count_nodes(level - 1));
}

void rom_f2fs_walk(struct f2fs_fs *f, uint32_t ino,
	const struct rom_f2fs_inode *in, struct rom_buffer *node,
	uint64_t blocks, rom_f2fs_blocks_fn fn, void *ctx, bool *ret_suspect)
{
	static const unsigned levels[] = { 0, 0, 1, 1, 2 };
	struct walk w = {
		.f = f, .ino = ino, .limit = blocks, .fn = fn, .ctx = ctx
	};
	uint32_t node_ofs = 1;

	w.per_node = rom_f2fs_per_node(in);
	w.suspect = ret_suspect;
	w.has_rollforward =
		f->rollforward.n && rom_map_get(&f->rollforward, ino);
	pass_blocks(&w,
		rom_buffer_part(
			node, in->address_at, 4 * (size_t)in->addresses),
		in->addresses);
	for (size_t i = 0; i < 5; i++) {
		walk_node(&w, rom_le32(node, ROM_F2FS_NID_AT + 4 * i),
			levels[i], node_ofs);
		node_ofs += count_nodes(levels[i]);
	}
}

/* How many direct nodes precede node_ofs; UINT64_MAX when it is not a direct
 * node. */
static uint64_t direct_before(uint32_t node_ofs)
{
	uint32_t indirect[2] = { 3, 4 + CHILDREN }, twice = 5 + 2 * CHILDREN, p;

	if (node_ofs < indirect[0])
		return node_ofs - 1;
	for (unsigned i = 0; i < 2; i++) {
		if (node_ofs > indirect[i] &&
			node_ofs <= indirect[i] + CHILDREN)
			return 2 + i * CHILDREN + (node_ofs - indirect[i] - 1);
	}
	if (node_ofs < twice + 2)
		return UINT64_MAX;
	p = node_ofs - twice - 1;
	if (p % (1 + CHILDREN) == 0 || p / (1 + CHILDREN) >= CHILDREN)
		return UINT64_MAX;
	return 2 + 2 * CHILDREN + (uint64_t)(p / (1 + CHILDREN)) * CHILDREN +
	       (p % (1 + CHILDREN) - 1);
}

uint64_t rom_f2fs_first_block(
	const struct rom_f2fs_inode *in, uint32_t node_ofs)
{
	uint64_t before = node_ofs ? direct_before(node_ofs) : 0;

	if (node_ofs == 0 || before == UINT64_MAX)
		return node_ofs ? UINT64_MAX : 0;
	return in->addresses + before * rom_f2fs_per_node(in);
}
