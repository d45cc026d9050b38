/* SPDX-License-Identifier: MIT */
/*
 * ext4_map.c - the blocks of a file: extent trees and block maps, damaged ones
 * too
 *
 * Not by libext2fs, because a damaged node must lose only what it maps
 * (Linux fs/ext4/ext4_extents.h):
 *   node  0x00 2 magic F30A  0x02 2 entries  0x04 2 capacity
 *         0x06 2 depth, 0 in a leaf
 *   leaf  12 bytes: 4 first block of the file  2 blocks, over 32768: unwritten
 *         2 + 4 block, high and low
 *   index  12 bytes: 4 first block of the file
 *          4 + 2 block of the node, low and high
 * Block map: 12 blocks, then one block of numbers, one of blocks of numbers,
 * one more level of that.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "ext4_priv.h"

enum {
	NODE_MAGIC = 0xf30a,
	NODE_LEN = 12,
	ENTRY_LEN = 12,
	MAX_DEPTH = 5,
	UNWRITTEN = 32768,
	DIRECT = 12,
	/* per file: bounds the work that a damaged tree can cause */
	MAX_NODES = 200000,
};

struct walk {
	struct ext4_fs *ext4;
	const struct rom_inode *inode;
	uint64_t size; /* bytes of the file to map */
	uint64_t next; /* first byte of the file that is not mapped yet */
	unsigned nodes;
	/* blocks of data mapped so far, never more than the filesystem has */
	uint64_t mapped;
	struct rom_file_map *c;
};

static uint64_t bytes(const struct walk *w, uint64_t blocks)
{
	/* block numbers of files are below 2^33 */
	return blocks * w->ext4->block_size;
}

static void add_lost(struct walk *w, uint64_t from, uint64_t to)
{
	if (to > from)
		rom_file_map_add(w->c, w->size,
			(struct rom_extent){ .offset = from,
				.len = to - from,
				.kind = ROM_EXTENT_LOST });
	w->next = rom_max(w->next, to);
}

static bool valid_block(const struct walk *w, uint64_t block, uint64_t count)
{
	return block > 0 && block < w->ext4->blocks &&
	       count <= w->ext4->blocks - block;
}

/* Counts blocks of data. A file that maps more blocks than the filesystem has
 * maps some of them repeatedly: a crafted map must not grow the output without
 * bound. */
static bool may_map(struct walk *w, uint64_t count)
{
	w->mapped += count;
	return w->mapped <= w->ext4->blocks;
}

static bool may_read_node(struct walk *w)
{
	return w->nodes < MAX_NODES && w->nodes++ < w->ext4->blocks;
}

/* ---- extent trees -------------------------------------------------------- */

static void add_leaf(
	struct walk *w, struct rom_buffer *v, size_t off, uint64_t limit)
{
	uint64_t first = bytes(w, rom_le32(v, off)), len = rom_le16(v, off + 4);
	uint64_t block =
		(uint64_t)rom_le16(v, off + 6) << 32 | rom_le32(v, off + 8);
	bool is_dir = w->inode->type == ROM_FILE_DIRECTORY;
	/* directories are never preallocated, so the unwritten mark is
	 * damage */
	bool unwritten = len > UNWRITTEN && !is_dir;
	uint64_t count = len > UNWRITTEN ? len - UNWRITTEN : len;
	struct rom_extent e = {
		.offset = first,
		.len = bytes(w, count),
		.image = bytes(w, block),
		.kind = unwritten ? ROM_EXTENT_ZERO : ROM_EXTENT_DATA,
	};

	if (first >= w->size && first >= w->next)
		/* preallocated past the end of the file, or a verity tree */
		return;
	if (first < w->next || first >= limit ||
		!valid_block(w, block, count) || !may_map(w, count)) {
		rom_fs_damage(&w->ext4->fs, w->inode->ino, v->offset + off,
			"extent: expected blocks below %" PRIu64
			" in rising order, got %" PRIu64 "+%" PRIu64
			" for byte %" PRIu64,
			w->ext4->blocks, block, count, first);
		if (first >= w->next && first < limit)
			add_lost(w, first, rom_min(first + e.len, limit));
		return;
	}
	rom_file_map_add(w->c, w->size, e);
	w->next = first + e.len;
}

static bool node_good(
	struct rom_buffer *v, uint16_t *entries, uint16_t *depth, int expected)
{
	*entries = rom_le16(v, 2);
	*depth = rom_le16(v, 6);
	return rom_le16(v, 0) == NODE_MAGIC && *depth <= MAX_DEPTH &&
	       (expected < 0 || *depth == expected) &&
	       *entries <= rom_le16(v, 4) &&
	       (size_t)NODE_LEN + *entries * (size_t)ENTRY_LEN <= v->len;
}

/* Maps the bytes [from, limit) of the file by the node in v. expected: its
 * depth, -1 for the root. */
static void walk_node(struct walk *w, struct rom_buffer v, int expected,
	uint64_t from, uint64_t limit);

/* Verifies the checksum, which lies behind the capacity for entries. A node
 * that fails may be intact all the same: it is used, and reported. */
static void check_node(struct walk *w, struct rom_buffer *v)
{
	size_t offset = NODE_LEN + rom_le16(v, 4) * (size_t)ENTRY_LEN;

	if (rom_ext4_csum_good(w->ext4, w->inode, v, offset, offset))
		return;
	rom_fs_damage(&w->ext4->fs, w->inode->ino, v->offset,
		"extent node: its checksum does not agree");
	w->c->suspect = true;
}

static void walk_child(struct walk *w, struct rom_buffer *v, size_t off,
	int depth, uint64_t limit)
{
	uint64_t first = bytes(w, rom_le32(v, off));
	uint64_t block = rom_le32(v, off + 4) | (uint64_t)rom_le16(v, off + 8)
							<< 32;
	ROM_AUTO uint8_t *buf = NULL;
	struct rom_buffer child = { .len = w->ext4->block_size,
		.offset = bytes(w, block) };
	struct rom_err err = { 0 };

	if (first >= w->size)
		return;
	/* out of order: map only what is still missing, within the parent */
	if (first < w->next || first >= limit)
		first = rom_min(rom_max(first, w->next), limit);
	if (!may_read_node(w) || !valid_block(w, block, 1)) {
		rom_fs_damage(&w->ext4->fs, w->inode->ino, v->offset + off,
			"extent index: expected a block below %" PRIu64
			", got %" PRIu64,
			w->ext4->blocks, block);
		add_lost(w, first, limit);
		return;
	}
	buf = rom_alloc(child.len);
	child.p = buf;
	if (rom_read(w->ext4->fs.meta, buf, child.len, child.offset, &err)) {
		rom_fs_damage(&w->ext4->fs, w->inode->ino, child.offset,
			"extent node: %s", err.text);
		add_lost(w, first, limit);
		return;
	}
	check_node(w, &child);
	walk_node(w, child, depth, first, limit);
}

static void walk_node(struct walk *w, struct rom_buffer v, int expected,
	uint64_t from, uint64_t limit)
{
	uint16_t entries, depth;

	if (!node_good(&v, &entries, &depth, expected)) {
		rom_fs_damage(&w->ext4->fs, w->inode->ino, v.offset,
			"extent node: expected magic F30A and a fitting count, "
			"got %04X, %u entries, depth %u",
			rom_le16(&v, 0), entries, depth);
		add_lost(w, rom_max(from, w->next), limit);
		return;
	}
	for (size_t i = 0;
		i < entries && w->c->extents.n < ROM_MAX_FILE_EXTENTS; i++) {
		size_t off = NODE_LEN + i * ENTRY_LEN;
		uint64_t end = limit;

		if (i + 1 < entries)
			end = rom_min(
				limit, bytes(w, rom_le32(&v, off + ENTRY_LEN)));
		if (depth == 0)
			add_leaf(w, &v, off, limit);
		else
			walk_child(w, &v, off, depth - 1, end);
	}
}

/* ---- block maps ---------------------------------------------------------- */

/* Maps the blocks under a block number at a level; level 0: the block itself.
 * Advances w->next past them. */
static void walk_number(struct walk *w, uint64_t block, unsigned level)
{
	uint64_t per = w->ext4->block_size / 4, covered = w->ext4->block_size;
	uint64_t from = w->next;
	ROM_AUTO uint8_t *buf = NULL;
	struct rom_buffer v = { .len = w->ext4->block_size,
		.offset = bytes(w, block) };
	struct rom_err err = { 0 };

	for (unsigned i = 0; i < level; i++)
		covered *= per; /* at most 2^16 * 2^42 */
	if (from >= w->size || w->c->extents.n >= ROM_MAX_FILE_EXTENTS)
		return;
	if (block == 0) {
		w->next = from + covered; /* a hole */
		return;
	}
	if (!valid_block(w, block, 1) ||
		!(level ? may_read_node(w) : may_map(w, 1))) {
		rom_fs_damage(&w->ext4->fs, w->inode->ino, ROM_NO_OFFSET,
			"block map: expected a block below %" PRIu64
			", got %" PRIu64,
			w->ext4->blocks, block);
		add_lost(w, from, from + covered);
		return;
	}
	if (level == 0) {
		rom_file_map_add(w->c, w->size,
			(struct rom_extent){
				from, covered, v.offset, ROM_EXTENT_DATA });
		w->next = from + covered;
		return;
	}
	buf = rom_alloc(v.len);
	v.p = buf;
	if (rom_read(w->ext4->fs.meta, buf, v.len, v.offset, &err)) {
		rom_fs_damage(&w->ext4->fs, w->inode->ino, v.offset,
			"block map: %s", err.text);
		add_lost(w, from, from + covered);
		return;
	}
	for (size_t i = 0; i < per; i++)
		walk_number(w, rom_le32(&v, 4 * i), level - 1);
}

static void walk_map(struct walk *w, const uint8_t *map)
{
	struct rom_buffer v = { .p = map, .len = EXT4_MAP_LEN };

	for (size_t i = 0; i < DIRECT; i++)
		walk_number(w, rom_le32(&v, 4 * i), 0);
	for (unsigned level = 1; level <= 3; level++)
		walk_number(w, rom_le32(&v, 4 * (DIRECT + level - 1)), level);
}

void rom_ext4_map(struct ext4_fs *ext4, const struct rom_inode *inode,
	const uint8_t *map, uint64_t size, struct rom_file_map *c)
{
	struct walk w = { .ext4 = ext4, .inode = inode, .size = size, .c = c };
	struct rom_buffer root = {
		.p = map, .len = EXT4_MAP_LEN, .offset = ROM_NO_OFFSET
	};
	uint64_t limit = (size + ext4->block_size - 1) / ext4->block_size *
			 ext4->block_size;

	if (inode->flags & EXT4_FL_EXTENTS)
		walk_node(&w, root, -1, 0, rom_max(limit, size));
	else
		walk_map(&w, map);
}
