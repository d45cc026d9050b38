/* SPDX-License-Identifier: MIT */
/*
 * fat_free.c - clusters that no file uses, by the FAT and its copy
 *
 * A cluster is free when all copies that can be read say so and no chain leads
 * to it. Where one says so and another does not, nobody knows; a FAT that does
 * not begin as one was written over. There are no checksums: the only cluster
 * of a file, zeroed in all copies, looks free.
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
			more = rom_free_add(out, rom_fat_place(v, c),
				v->cluster,
				use == FAT_NOT_USED ? ROM_USE_FREE
						    : ROM_USE_UNKNOWN);
	}
	return ROM_OK;
}
