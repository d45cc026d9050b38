/* SPDX-License-Identifier: MIT */
/*
 * f2fs_layout.c - derives the layout when both superblocks are missing
 *
 * The checkpoint begins within the first segments, and the lengths of its
 * bitmaps give those of SIT and NAT. Only the start of the main area is stored
 * nowhere else: it is the one for which the current node segments of the
 * checkpoint end in nodes.
 */
#include "f2fs_priv.h"

enum {
	/* blocks: the checkpoint is aligned to 2 MiB of the whole medium, not
	   of the partition */
	MAX_START = 2 * ROM_F2FS_SEGMENT + 3,
	MAX_SSA = 256, /* segments: of a filesystem of 256 GiB */
	AT_ONCE = 16,  /* blocks per read */
	ROOT = 3,
};

/* The fields that all filesystems of phones share. */
static const struct rom_f2fs_super no_super = { .major = 1,
	.block_size = ROM_F2FS_BLOCK,
	.segment_log = 9,
	.root = ROOT,
	.feature = ROM_F2FS_FEATURES_GUESSED };

/* The bitmap has a bit for each block of a table, which has two copies. */
static uint32_t table_segments(uint32_t bitmap_len)
{
	return bitmap_len * 8 / ROM_F2FS_SEGMENT * 2;
}

static bool node_at(
	struct rom_image *img, uint64_t block, struct rom_f2fs_footer *ret)
{
	uint8_t buf[ROM_F2FS_BLOCK];
	struct rom_buffer v = { .p = buf, .len = sizeof(buf) };
	struct rom_err err;

	if (rom_read(img, buf, sizeof(buf), rom_f2fs_bytes(block), &err))
		return false;
	*ret = rom_f2fs_footer_decode(&v);
	return ret->nid >= ROOT && ret->ino >= ROOT;
}

/* Counts the current node segments whose last written block is a node, when the
 * main area begins at sb->main_block. */
static unsigned count_matching_nodes(struct rom_image *img,
	const struct rom_f2fs_super *sb, const struct rom_f2fs_checkpoint *cp)
{
	uint32_t nids =
		sb->nat_segments / 2 * ROM_F2FS_SEGMENT * ROM_F2FS_NAT_ENTRIES;
	unsigned seen = 0;

	for (unsigned i = 0; i < 3; i++) {
		uint64_t block =
			(uint64_t)sb->main_block +
			(uint64_t)cp->node_segment[i] * ROM_F2FS_SEGMENT +
			cp->node_offset[i] - 1;
		struct rom_f2fs_footer footer;

		if (!cp->node_offset[i] ||
			cp->node_offset[i] > ROM_F2FS_SEGMENT)
			continue;
		seen += node_at(img, block, &footer) && footer.nid < nids &&
			footer.ino < nids &&
			(uint32_t)footer.version <= (uint32_t)cp->version;
	}
	return seen;
}

/* Segments of the SSA as mkfs.f2fs computes them: a block for each segment of
 * the main area. */
static uint32_t usual_ssa(const struct rom_f2fs_super *sb, uint64_t blocks)
{
	uint64_t segments = (blocks - sb->ssa_block) / ROM_F2FS_SEGMENT;

	return (uint32_t)((segments + ROM_F2FS_SEGMENT) / ROM_F2FS_SEGMENT);
}

/* True when either copy of the NAT leads to the root, which proves its
 * location. */
static bool has_root(struct rom_image *img, const struct rom_f2fs_super *sb)
{
	for (unsigned copy = 0; copy < 2; copy++) {
		uint8_t buf[ROM_F2FS_BLOCK];
		struct rom_buffer v = { .p = buf, .len = sizeof(buf) };
		uint64_t block =
			(uint64_t)sb->nat_block + copy * ROM_F2FS_SEGMENT;
		struct rom_f2fs_nat nat;
		struct rom_f2fs_footer footer;
		struct rom_err err;

		if (rom_read(
			    img, buf, sizeof(buf), rom_f2fs_bytes(block), &err))
			continue;
		nat = rom_f2fs_nat_entry(&v, ROOT);
		if (nat.ino == ROOT && nat.block > sb->ssa_block &&
			node_at(img, nat.block, &footer) &&
			footer.nid == ROOT && footer.ino == ROOT)
			return true;
	}
	return false;
}

static bool find_main(struct rom_image *img, struct rom_f2fs_super *sb,
	const struct rom_f2fs_checkpoint *cp)
{
	uint64_t blocks = img->size / ROM_F2FS_BLOCK;
	unsigned most = 0, fit;
	uint32_t best = 0, usual;

	if (blocks > UINT32_MAX || blocks <= sb->ssa_block)
		return false;
	usual = usual_ssa(sb, blocks);
	for (uint32_t k = 1; k <= MAX_SSA; k++) {
		sb->main_block = sb->ssa_block + k * ROM_F2FS_SEGMENT;
		fit = count_matching_nodes(img, sb, cp);
		if (fit > most || (fit == most && fit && k == usual))
			best = k;
		most = fit > most ? fit : most;
	}
	sb->main_block = sb->ssa_block + best * ROM_F2FS_SEGMENT;
	if (!best || blocks <= sb->main_block)
		return false;
	sb->main_segments =
		(uint32_t)(blocks - sb->main_block) / ROM_F2FS_SEGMENT;
	return sb->main_segments > 0;
}

static void set_areas(
	struct rom_f2fs_super *sb, const struct rom_f2fs_checkpoint *cp)
{
	sb->ckpt_segments = 2;
	sb->sit_segments = table_segments(cp->sit_bitmap_len);
	sb->nat_segments = table_segments(cp->nat_bitmap_len);
	sb->sit_block = sb->cp_block + 2 * ROM_F2FS_SEGMENT;
	sb->nat_block = sb->sit_block + sb->sit_segments * ROM_F2FS_SEGMENT;
	sb->ssa_block = sb->nat_block + sb->nat_segments * ROM_F2FS_SEGMENT;
}

/* Derives the superblock from a checkpoint at block, when that leads to the
 * root and to the main area. */
static bool layout_at(
	struct rom_image *img, uint32_t block, struct rom_f2fs_super *ret)
{
	struct rom_f2fs_super sb = no_super;
	struct rom_f2fs_checkpoint cp;
	struct rom_err err;

	if (!rom_f2fs_pack_at(img, &sb, block, &cp, NULL))
		return false;
	/* it may be the second pack, and the first one damaged: then the areas
	 * begin a segment earlier */
	for (unsigned second = 0;
		second < 2 && block >= 2 + second * ROM_F2FS_SEGMENT;
		second++) {
		sb.cp_block = block - second * ROM_F2FS_SEGMENT;
		set_areas(&sb, &cp);
		if (!has_root(img, &sb) || !find_main(img, &sb, &cp))
			continue;
		sb.blocks = (uint64_t)sb.main_block +
			    (uint64_t)sb.main_segments * ROM_F2FS_SEGMENT;
		*ret = sb;
		return !rom_f2fs_super_check(ret, 0, &err);
	}
	return false;
}

/* How many blocks from here on are a hole or absent, and need not be read. */
static uint32_t count_unstored(struct rom_image *img, uint32_t block)
{
	return (uint32_t)(rom_image_empty(img, rom_f2fs_bytes(block),
				  rom_f2fs_bytes(MAX_START - block)) /
			  ROM_F2FS_BLOCK);
}

static bool looks_like_pack(uint8_t *block)
{
	struct rom_buffer v = { .p = block, .len = ROM_F2FS_BLOCK };
	struct rom_f2fs_checkpoint cp;

	return !rom_f2fs_checkpoint_decode(&v, &no_super, &cp);
}

static bool search_blocks(struct rom_image *img, uint32_t block, uint32_t n,
	struct rom_f2fs_super *ret)
{
	uint8_t buf[AT_ONCE * ROM_F2FS_BLOCK];
	struct rom_err err;
	bool failed = rom_read(img, buf, rom_f2fs_bytes(n),
			      rom_f2fs_bytes(block), &err) != ROM_OK;

	for (uint32_t i = 0; i < n; i++) {
		if ((failed || looks_like_pack(buf + rom_f2fs_bytes(i))) &&
			layout_at(img, block + i, ret))
			return true;
	}
	return false;
}

bool rom_f2fs_layout_find(struct rom_image *img, struct rom_f2fs_super *ret)
{
	for (uint32_t block = 2, n; block < MAX_START; block += n) {
		n = count_unstored(img, block);
		if (n)
			continue;
		n = (uint32_t)rom_min(AT_ONCE, MAX_START - block);
		if (search_blocks(img, block, n, ret))
			return true;
	}
	return false;
}
