/* SPDX-License-Identifier: MIT */
/*
 * fat_free.c - unallocated clusters, by the FAT and its copy
 *
 * A cluster is free when it is marked so in all readable copies and no chain
 * leads to it. When the copies differ its state is unknown, and so are all when
 * the FAT does not begin with the media byte: it was overwritten. There are no
 * checksums, so the only cluster of a file looks free when its entry is zeroed
 * in all copies.
 */
#include "fat_priv.h"

enum rom_status rom_fat_free_ranges(
	struct rom_fs *fs, struct rom_free_ranges *out, struct rom_err *err)
{
	struct fat_volume *v = fat_of(fs);
	bool more = true;

	(void)err;
	if (!rom_fat_has_begin(v)) {
		rom_free_add(out, v->data_at,
			(uint64_t)v->clusters * v->cluster, ROM_USE_UNKNOWN);
		return ROM_OK;
	}
	for (uint64_t c = 2; c < (uint64_t)v->clusters + 2 && more; c++) {
		enum fat_use use = rom_fat_use(v, (uint32_t)c);

		if (use != FAT_IN_USE)
			more = rom_free_add(out, rom_fat_offset(v, c),
				v->cluster,
				use == FAT_NOT_USED ? ROM_USE_FREE
						    : ROM_USE_UNKNOWN);
	}
	return ROM_OK;
}

/* Boot sectors, which were read or found elsewhere, and what is reserved. */
void rom_fat_idle_ranges(struct rom_fs *fs, rom_idle_fn fn, void *ctx)
{
	fn(ctx, (struct rom_range){ 0, fat_of(fs)->fat_at[0] });
}
