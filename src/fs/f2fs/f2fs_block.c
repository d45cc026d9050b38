/* SPDX-License-Identifier: MIT */
/* f2fs_block.c - reads blocks of metadata through a cache */
#include <stdlib.h>

#include "f2fs_priv.h"

void rom_f2fs_cache_init(struct f2fs_cache *cache, uint32_t n)
{
	cache->n = n;
	cache->block = rom_alloc(n * sizeof(*cache->block));
	cache->bytes = rom_alloc((size_t)n * ROM_F2FS_BLOCK);
}

void rom_f2fs_cache_done(struct f2fs_cache *cache)
{
	free(cache->block);
	free(cache->bytes);
	*cache = (struct f2fs_cache){ 0 };
}

enum rom_status rom_f2fs_block(struct f2fs_fs *f, struct f2fs_cache *cache,
	uint32_t block, struct rom_buffer *ret, struct rom_err *err)
{
	uint32_t i = block % cache->n;
	uint8_t *bytes = cache->bytes + (size_t)i * ROM_F2FS_BLOCK;
	enum rom_status st;

	*ret = (struct rom_buffer){ .p = bytes,
		.len = ROM_F2FS_BLOCK,
		.offset = rom_f2fs_bytes(block) };
	if (cache->block[i] == block && block)
		return ROM_OK;
	cache->block[i] = 0;
	st = rom_read(f->fs.meta, bytes, ROM_F2FS_BLOCK, ret->offset, err);
	if (!st)
		cache->block[i] = block;
	return st;
}
