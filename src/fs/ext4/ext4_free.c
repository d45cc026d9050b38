/* SPDX-License-Identifier: MIT */
/*
 * ext4_free.c - unallocated blocks, group by group, from the block bitmaps
 *
 * A group is trusted when the checksums of its descriptor and its bitmap match,
 * the bitmap has as many clear bits as the descriptor counts, and the blocks of
 * bitmaps and inode tables in it are marked. Otherwise its state is unknown. A
 * group whose bitmap was never written (BLOCK_UNINIT) holds only metadata.
 */
#include <stdlib.h>

#include <ext2fs/ext2fs.h>

#include "ext4_priv.h"

struct blocks {
	uint64_t first, n;
};

struct search {
	struct ext4_fs *ext4;
	ext2_filsys e2;
	struct rom_free_ranges *out;
	ROM_VEC(struct blocks) meta; /* bitmaps and inode tables, sorted */
	uint8_t *bitmap;	     /* of the group: a block */
};

struct group {
	dgrp_t number;
	uint64_t first, blocks;
	size_t clusters; /* the unit of a bit; as a rule one block */
};

/* ---- where metadata lies ------------------------------------------------- */

static int compare_blocks(const void *a, const void *b)
{
	const struct blocks *x = a, *y = b;

	return x->first < y->first ? -1 : x->first > y->first;
}

static void collect_meta(struct search *s)
{
	for (dgrp_t g = 0; g < s->e2->group_desc_count; g++) {
		*rom_vec_add(&s->meta) =
			(struct blocks){ ext2fs_block_bitmap_loc(s->e2, g), 1 };
		*rom_vec_add(&s->meta) =
			(struct blocks){ ext2fs_inode_bitmap_loc(s->e2, g), 1 };
		*rom_vec_add(&s->meta) =
			(struct blocks){ ext2fs_inode_table_loc(s->e2, g),
				s->e2->inode_blocks_per_group };
	}
	qsort(s->meta.v, s->meta.n, sizeof(*s->meta.v), compare_blocks);
}

/* Index of the first metadata that may reach into a group: none is longer than
 * an inode table. */
static size_t first_meta(const struct search *s, const struct group *g)
{
	uint64_t longest = s->e2->inode_blocks_per_group;
	uint64_t from = g->first > longest ? g->first - longest : 0;
	size_t lo = 0, hi = s->meta.n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (s->meta.v[mid].first < from)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/* The clusters of the group that overlap blocks; *n is 0 for none. */
static size_t clusters_of(const struct search *s, const struct group *g,
	struct blocks b, size_t *n)
{
	struct rom_range common =
		rom_range_common((struct rom_range){ b.first, b.n },
			(struct rom_range){ g->first, g->blocks });
	uint64_t first, end;

	*n = 0;
	if (!common.len)
		return 0;
	first = (common.offset - g->first) >> s->e2->cluster_ratio_bits;
	end = (common.offset + common.len - 1 - g->first) >>
	      s->e2->cluster_ratio_bits;
	*n = (size_t)(end - first + 1);
	return (size_t)first;
}

static void mark_blocks(
	struct search *s, const struct group *g, struct blocks b)
{
	size_t n, first = clusters_of(s, g, b, &n);

	for (size_t i = first; i < first + n; i++)
		s->bitmap[i / 8] = (uint8_t)(s->bitmap[i / 8] | 1u << i % 8);
}

static bool has_marked(struct search *s, const struct group *g, struct blocks b)
{
	size_t n, first = clusters_of(s, g, b, &n);

	for (size_t i = first; i < first + n; i++) {
		if (!(s->bitmap[i / 8] >> i % 8 & 1))
			return false;
	}
	return true;
}

/* ---- a group ------------------------------------------------------------- */

static bool has_desc_csum(const struct search *s)
{
	return ext2fs_has_feature_gdt_csum(s->e2->super) ||
	       ext2fs_has_feature_metadata_csum(s->e2->super);
}

static bool is_uninit(const struct search *s, dgrp_t g)
{
	return has_desc_csum(s) &&
	       ext2fs_bg_flags_test(s->e2, g, EXT2_BG_BLOCK_UNINIT);
}

/* Marks the copies of superblock and descriptors in a group. */
static void mark_copies(struct search *s, const struct group *g)
{
	struct ext2_super_block *sb = s->e2->super;
	uint64_t descs = ext2fs_has_feature_meta_bg(sb)
				 ? sb->s_first_meta_bg
				 : s->e2->desc_blocks +
					   (uint64_t)sb->s_reserved_gdt_blocks;
	blk64_t super, old_desc, new_desc;

	if (ext2fs_super_and_bgd_loc2(
		    s->e2, g->number, &super, &old_desc, &new_desc, NULL))
		return;
	if (super || g->number == 0)
		mark_blocks(s, g, (struct blocks){ super, 1 });
	if (old_desc)
		mark_blocks(s, g, (struct blocks){ old_desc, descs });
	if (new_desc)
		mark_blocks(s, g, (struct blocks){ new_desc, 1 });
}

/* Builds the bitmap of a group whose bitmap was never written
 * (BLOCK_UNINIT). */
static void make_bitmap(struct search *s, const struct group *g)
{
	uint64_t end = g->first + g->blocks;

	memset(s->bitmap, 0, s->ext4->block_size);
	mark_copies(s, g);
	for (size_t i = first_meta(s, g);
		i < s->meta.n && s->meta.v[i].first < end; i++)
		mark_blocks(s, g, s->meta.v[i]);
}

static bool read_bitmap(struct search *s, const struct group *g)
{
	uint64_t block = ext2fs_block_bitmap_loc(s->e2, g->number), offset;
	struct rom_err err;

	return block < s->ext4->blocks &&
	       rom_mul(block, s->ext4->block_size, &offset) &&
	       !rom_read(s->ext4->fs.meta, s->bitmap, s->ext4->block_size,
		       offset, &err) &&
	       ext2fs_block_bitmap_csum_verify(s->e2, g->number,
		       (char *)s->bitmap,
		       (int)(s->e2->super->s_clusters_per_group / 8));
}

static bool marks_metadata(struct search *s, const struct group *g)
{
	uint64_t end = g->first + g->blocks;

	for (size_t i = first_meta(s, g);
		i < s->meta.n && s->meta.v[i].first < end; i++) {
		if (!has_marked(s, g, s->meta.v[i]))
			return false;
	}
	return true;
}

static bool counts_agree(struct search *s, const struct group *g)
{
	uint32_t n = 0;

	for (size_t i = 0; i < g->clusters; i++)
		n += !(s->bitmap[i / 8] >> i % 8 & 1);
	return n == ext2fs_bg_free_blocks_count(s->e2, g->number);
}

/* Loads or builds the bitmap of a group. Returns false when it cannot be
 * trusted. */
static bool get_bitmap(struct search *s, const struct group *g)
{
	if (!ext2fs_group_desc_csum_verify(s->e2, g->number))
		return false;
	if (is_uninit(s, g->number)) {
		/* a backup still has the flag of groups that have been filled
		 * since */
		if (s->ext4->from_backup)
			return false;
		make_bitmap(s, g);
	} else if (!read_bitmap(s, g) || !marks_metadata(s, g)) {
		return false;
	}
	return counts_agree(s, g);
}

/* Adds the free clusters of a group. The last one of the filesystem may be cut
 * short. */
static bool add_clusters(struct search *s, const struct group *g)
{
	uint32_t bs = s->ext4->block_size;
	size_t last = g->clusters - 1;
	struct rom_free_bits b = { .bits = s->bitmap,
		.n = last,
		.offset = g->first * bs,
		.unit = (uint64_t)bs << s->e2->cluster_ratio_bits };
	uint64_t rest = b.offset + last * b.unit;

	return rom_free_add_bits(s->out, &b) &&
	       (s->bitmap[last / 8] >> last % 8 & 1 ||
		       rom_free_add(s->out, rest,
			       (g->first + g->blocks) * bs - rest,
			       ROM_USE_FREE));
}

static bool add_group(struct search *s, dgrp_t number)
{
	uint32_t bs = s->ext4->block_size;
	uint64_t first = ext2fs_group_first_block2(s->e2, number),
		 last = ext2fs_group_last_block2(s->e2, number);
	struct group g = { number, first, last - first + 1,
		(size_t)((last - first) >> s->e2->cluster_ratio_bits) + 1 };

	if (last < first)
		return true;
	if (g.clusters > s->e2->super->s_clusters_per_group ||
		!get_bitmap(s, &g))
		return rom_free_add(
			s->out, first * bs, g.blocks * bs, ROM_USE_UNKNOWN);
	return add_clusters(s, &g);
}

static bool bitmap_fits(const struct search *s)
{
	uint32_t n = s->e2->super->s_clusters_per_group;

	return n && n % 8 == 0 && n / 8 <= s->ext4->block_size &&
	       s->e2->cluster_ratio_bits >= 0 && s->e2->cluster_ratio_bits < 32;
}

enum rom_status rom_ext4_free_ranges(
	struct rom_fs *fs, struct rom_free_ranges *out, struct rom_err *err)
{
	struct ext4_fs *ext4 = (struct ext4_fs *)fs;
	struct search s = { .ext4 = ext4, .e2 = ext4->e2, .out = out };
	bool more = true;

	(void)err;
	if (!bitmap_fits(&s)) {
		rom_free_add(out, 0, ext4->blocks * ext4->block_size,
			ROM_USE_UNKNOWN);
		return ROM_OK;
	}
	collect_meta(&s);
	s.bitmap = rom_alloc(ext4->block_size);
	for (dgrp_t i = 0; i < s.e2->group_desc_count && more; i++)
		more = add_group(&s, i);
	rom_vec_done(&s.meta);
	free(s.bitmap);
	return ROM_OK;
}
