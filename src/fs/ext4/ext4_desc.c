/* SPDX-License-Identifier: MIT */
/*
 * ext4_desc.c - whether group descriptors are sound
 *
 * ext2fs_check_desc asks the same, but needs one bit for each block: 128 MiB
 * for a filesystem of 4 TiB, which a file of 60 MiB may claim to be.
 */
#include <stdlib.h>

#include <ext2fs/ext2fs.h>

#include "ext4_priv.h"

enum { TABLES = 3 /* of a group: two bitmaps and the inode table */ };

static int by_offset(const void *a, const void *b)
{
	const struct rom_range *p = a, *q = b;

	return p->offset < q->offset ? -1 : p->offset > q->offset;
}

/* Blocks in which the tables of a group have to lie. */
static struct rom_range room_of(ext2_filsys e2, dgrp_t group)
{
	uint64_t first = e2->super->s_first_data_block,
		 end = ext2fs_blocks_count(e2->super);

	if (!ext2fs_has_feature_flex_bg(e2->super)) {
		first = ext2fs_group_first_block2(e2, group);
		end = ext2fs_group_last_block2(e2, group) + 1;
	}
	return (struct rom_range){ first, end - first };
}

static bool is_inside(struct rom_range table, struct rom_range room)
{
	return table.offset >= room.offset && table.len <= room.len &&
	       table.offset - room.offset <= room.len - table.len;
}

static bool get_tables(
	ext2_filsys e2, dgrp_t group, struct rom_range ret[TABLES])
{
	const struct rom_range room = room_of(e2, group);

	ret[0] = (struct rom_range){ ext2fs_block_bitmap_loc(e2, group), 1 };
	ret[1] = (struct rom_range){ ext2fs_inode_bitmap_loc(e2, group), 1 };
	ret[2] = (struct rom_range){ ext2fs_inode_table_loc(e2, group),
		e2->inode_blocks_per_group };
	return is_inside(ret[0], room) && is_inside(ret[1], room) &&
	       is_inside(ret[2], room);
}

static bool overlap(struct rom_range *tables, size_t n)
{
	qsort(tables, n, sizeof(*tables), by_offset);
	for (size_t i = 1; i < n; i++) {
		if (rom_range_end(tables[i - 1]) > tables[i].offset)
			return true;
	}
	return false;
}

bool rom_ext4_has_descriptors(ext2_filsys e2)
{
	size_t n = (size_t)e2->group_desc_count * TABLES;
	struct rom_range *tables = rom_alloc(n * sizeof(*tables));
	bool good = e2->group_desc_count > 0;

	for (dgrp_t i = 0; i < e2->group_desc_count && good; i++)
		good = get_tables(e2, i, tables + (size_t)i * TABLES);
	good = good && !overlap(tables, n);
	free(tables);
	return good;
}
