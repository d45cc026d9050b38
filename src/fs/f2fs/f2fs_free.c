/* SPDX-License-Identifier: MIT */
/*
 * f2fs_free.c - unallocated blocks of the main area, by the segment information
 * table (SIT)
 *
 * The table has two copies, one after the other; a bitmap of the checkpoint
 * selects the current one of each block, and the journal in the summary of cold
 * data holds up to six newer entries. The SIT has no checksums. An entry is
 * trusted when its count matches its map, and all of them together when their
 * nodes and free segments match the checkpoint and their blocks do not exceed
 * it. (They may be fewer: the checkpoint also counts blocks that are reserved
 * but not written.) Data synced after the checkpoint lies in blocks that are
 * free by the SIT.
 *
 * Entry, 74 bytes, 55 in a block (Linux include/linux/f2fs_fs.h): 0x00 2 blocks
 * in use, and from bit 10 on the type, 3 to 5: of nodes  0x02 64 map, the
 * highest bit first  0x42 8 time. Journal: 2 entries, each 4 segment and an
 * entry.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "f2fs_priv.h"

enum {
	ENTRY_LEN = 74,
	PER_BLOCK = 55,
	MAP_AT = 2,
	MAP_LEN = ROM_F2FS_SEGMENT / 8,
	TYPE_SHIFT = 10,
	HOT_NODE = 3,
	TYPES = 6,
	JOURNAL_MAX = 6,
	JOURNAL_ENTRY = 4 + ENTRY_LEN,
	/* segments that roll-forward wrote to: 128 GiB of them, 10 MiB here */
	MAX_NEW = 1 << 16,
};

struct entry {
	uint32_t blocks, type;
	uint8_t map[MAP_LEN];
	bool good;
};

struct search {
	struct f2fs_fs *f;
	struct rom_free_ranges *out;
	struct rom_map journal;	    /* segment + 1 to struct entry */
	struct rom_map rollforward; /* segment + 1 to a map */
	uint8_t block[ROM_F2FS_BLOCK];
	uint32_t block_no; /* of the table, + 1; 0: none is held */
	bool readable;
};

/* ---- entries ------------------------------------------------------------- */

static struct entry decode(struct rom_buffer *v, size_t off)
{
	uint16_t word = rom_le16(v, off);
	struct entry e = { .blocks = word & ((1u << TYPE_SHIFT) - 1),
		.type = word >> TYPE_SHIFT };
	uint32_t n = 0;

	for (size_t i = 0; i < MAP_LEN; i++) {
		e.map[i] = rom_u8(v, off + MAP_AT + i);
		n += (uint32_t)__builtin_popcount(e.map[i]);
	}
	e.good = n == e.blocks && e.type < TYPES && !v->overrun;
	return e;
}

/* Returns false when the journal is invalid. */
static bool read_journal(struct search *s)
{
	struct f2fs_fs *f = s->f;
	uint8_t buf[ROM_F2FS_BLOCK];
	struct rom_buffer v = { .p = buf, .len = sizeof(buf) };
	size_t offset;
	uint64_t block = rom_f2fs_sit_journal(f, &offset);
	struct rom_err err;
	uint32_t n;

	if (rom_read(f->fs.meta, buf, sizeof(buf), rom_f2fs_bytes(block), &err))
		return false;
	n = rom_le16(&v, offset);
	if (n > JOURNAL_MAX)
		return false;
	for (uint32_t i = 0; i < n; i++) {
		size_t offset_i = offset + 2 + i * JOURNAL_ENTRY;
		uint32_t segment = rom_le32(&v, offset_i);
		struct entry e = decode(&v, offset_i + 4);
		struct entry *kept;

		if (segment >= f->sb.main_segments || !e.good)
			return false;
		kept = rom_alloc(sizeof(*kept));
		*kept = e;
		if (!rom_map_put(&s->journal, segment + 1, kept))
			free(kept);
	}
	return true;
}

/* Reads block i of the table, from its current copy. */
static bool read_table(struct search *s, uint32_t i)
{
	struct f2fs_fs *f = s->f;
	bool second = rom_f2fs_bit(
		f->pack + f->cp.sit_bitmap_at, f->cp.sit_bitmap_len, i);
	uint64_t copy = (uint64_t)f->sb.sit_segments / 2 * ROM_F2FS_SEGMENT;
	struct rom_err err;

	if (s->block_no == i + 1)
		return s->readable;
	s->block_no = i + 1;
	s->readable =
		i < copy && !rom_read(f->fs.meta, s->block, sizeof(s->block),
				    rom_f2fs_bytes(f->sb.sit_block + i +
						   (second ? copy : 0)),
				    &err);
	return s->readable;
}

static struct entry get_entry(struct search *s, uint32_t segment)
{
	struct rom_buffer v = { .p = s->block, .len = sizeof(s->block) };
	const struct entry *e =
		s->journal.n ? rom_map_get(&s->journal, segment + 1) : NULL;

	if (e)
		return *e;
	if (!read_table(s, segment / PER_BLOCK))
		return (struct entry){ 0 };
	return decode(&v, segment % PER_BLOCK * ENTRY_LEN);
}

/* ---- totals -------------------------------------------------------------- */

static bool is_current(const struct f2fs_fs *f, uint32_t segment)
{
	for (size_t i = 0; i < 3; i++) {
		if (f->cp.node_segment[i] == segment ||
			f->cp.data_segment[i] == segment)
			return true;
	}
	return false;
}

/* Compares the totals with the checkpoint; damaged entries may account for any
 * difference. */
static bool totals_agree(struct search *s)
{
	const struct rom_f2fs_checkpoint *cp = &s->f->cp;
	uint64_t blocks = 0, nodes = 0, free_segments = 0, bad = 0;

	for (uint32_t i = 0; i < s->f->sb.main_segments; i++) {
		struct entry e = get_entry(s, i);

		bad += !e.good;
		if (!e.good)
			continue;
		blocks += e.blocks;
		nodes += e.type >= HOT_NODE ? e.blocks : 0;
		free_segments += !e.blocks && !is_current(s->f, i);
	}
	return blocks <= cp->valid_blocks && nodes <= cp->valid_nodes &&
	       cp->valid_nodes - nodes <= bad * ROM_F2FS_SEGMENT &&
	       free_segments <= cp->free_segments &&
	       cp->free_segments - free_segments <= bad;
}

/* ---- what was synced after the checkpoint -------------------------------- */

/* Returns false when there are too many segments. */
static bool add_new(struct search *s, uint32_t block)
{
	uint32_t i = block - s->f->sb.main_block;
	uint64_t key = i / ROM_F2FS_SEGMENT + 1;
	uint8_t *map = rom_map_get(&s->rollforward, key);

	if (!rom_f2fs_is_main(s->f, block))
		return true;
	if (!map) {
		if (s->rollforward.n == MAX_NEW)
			return false;
		map = rom_alloc(MAP_LEN);
		rom_map_put(&s->rollforward, key, map);
	}
	i %= ROM_F2FS_SEGMENT;
	map[i / 8] = (uint8_t)(map[i / 8] | 0x80u >> i % 8);
	return true;
}

/* The block numbers in a node; empty when it holds something else. */
static struct rom_buffer addresses_in(
	const struct f2fs_fs *f, struct rom_buffer *node)
{
	struct rom_f2fs_footer footer = rom_f2fs_footer_decode(node);
	struct rom_f2fs_inode in;

	if (footer.node_ofs == ROM_F2FS_XATTR_NODE)
		return rom_buffer_part(node, 0, 0);
	if (footer.node_ofs)
		return rom_buffer_part(node, 0, 4 * ROM_F2FS_PER_NODE);
	if (!rom_f2fs_inode_decode(node, f->sb.feature, &in) ||
		in.inlined & (ROM_F2FS_INLINE_DATA | ROM_F2FS_INLINE_NAMES))
		return rom_buffer_part(node, 0, 0);
	return rom_buffer_part(node, in.address_at, 4 * (size_t)in.addresses);
}

static bool add_node(struct search *s, uint32_t block)
{
	struct rom_buffer node, v;
	struct rom_err err;

	if (!add_new(s, block))
		return false;
	if (rom_f2fs_block(s->f, &s->f->node_cache, block, &node, &err))
		return false;
	v = addresses_in(s->f, &node);
	for (size_t i = 0; i + 4 <= v.len; i += 4) {
		if (!add_new(s, rom_le32(&v, i)))
			return false;
	}
	return true;
}

static bool add_rollforward(struct search *s)
{
	const struct rom_map *m = &s->f->fsynced_nodes;

	for (size_t i = 0; i < m->room; i++) {
		uint32_t block = (uint32_t)(uintptr_t)m->slot[i].value;

		if (m->slot[i].used && !add_node(s, block))
			return false;
	}
	return true;
}

/* ---- segments ------------------------------------------------------------ */

static bool add_segment(struct search *s, uint32_t segment)
{
	struct entry e = get_entry(s, segment);
	const uint8_t *new = s->rollforward.n
				     ? rom_map_get(&s->rollforward, segment + 1)
				     : NULL;
	struct rom_free_bits b = { .bits = e.map,
		.n = ROM_F2FS_SEGMENT,
		.offset = rom_f2fs_bytes(s->f->sb.main_block +
					 (uint64_t)segment * ROM_F2FS_SEGMENT),
		.unit = ROM_F2FS_BLOCK,
		.msb_first = true };

	if (!e.good)
		return rom_free_add(s->out, b.offset,
			rom_f2fs_bytes(ROM_F2FS_SEGMENT), ROM_USE_UNKNOWN);
	for (size_t i = 0; i < MAP_LEN && new; i++)
		e.map[i] |= new[i];
	return rom_free_add_bits(s->out, &b);
}

enum rom_status rom_f2fs_free_ranges(
	struct rom_fs *fs, struct rom_free_ranges *out, struct rom_err *err)
{
	struct f2fs_fs *f = rom_f2fs_of(fs);
	struct search *s = rom_alloc(sizeof(*s));
	bool more = true;

	(void)err;
	s->f = f;
	s->out = out;
	if (!f->pack || f->full_scan || f->no_super || !read_journal(s) ||
		!totals_agree(s) || !add_rollforward(s)) {
		rom_free_add(out, rom_f2fs_bytes(f->sb.main_block),
			rom_f2fs_bytes(f->end_block - f->sb.main_block),
			ROM_USE_UNKNOWN);
		more = false;
	}
	for (uint32_t i = 0; i < f->sb.main_segments && more; i++)
		more = add_segment(s, i);
	rom_map_done(&s->journal, free);
	rom_map_done(&s->rollforward, free);
	free(s);
	return ROM_OK;
}
