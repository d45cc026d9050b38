/* SPDX-License-Identifier: MIT */
/* f2fs_file_map.c - the file map of a file: inline in its inode, or in
 * blocks */
#include <inttypes.h>

#include "f2fs_priv.h"

/* bytes; all blocks of a directory are read, because its size may be wrong */
#define MAX_DIRECTORY ((uint64_t)1 << 40)

struct filler {
	struct f2fs_fs *f;
	const struct rom_inode *inode;
	uint64_t size, mapped;
	struct rom_file_map *c;
};

static void add_extent(struct filler *fill, uint64_t block, uint64_t n,
	uint32_t address, enum rom_extent_kind kind)
{
	struct rom_extent e = { .offset = rom_f2fs_bytes(block),
		.len = rom_f2fs_bytes(n),
		.kind = kind };

	if (kind == ROM_EXTENT_DATA)
		e.image = rom_f2fs_bytes(address);
	rom_file_map_add(fill->c, fill->size, e);
}

static enum rom_extent_kind kind_of(struct filler *fill, uint32_t address)
{
	if (address == ROM_F2FS_RESERVED)
		return ROM_EXTENT_ZERO;
	/* a file that maps more blocks than there are maps some repeatedly: a
	 * crafted map must not grow the output without bound */
	if (rom_f2fs_is_main(fill->f, address) &&
		fill->mapped++ < fill->f->end_block) {
		fill->c->suspect |=
			rom_f2fs_full_scan_is_noise(fill->f, address);
		return ROM_EXTENT_DATA;
	}
	rom_fs_damage(&fill->f->fs, fill->inode->ino, ROM_NO_OFFSET,
		"block map: expected a block from %" PRIu32 " to %" PRIu32
		", got %" PRIu32,
		fill->f->sb.main_block, fill->f->end_block - 1, address);
	return ROM_EXTENT_LOST;
}

/* A file with too many extents is cut; the rest of it counts as lost. */
static bool has_capacity(struct filler *fill, uint64_t block)
{
	if (fill->c->extents.n < ROM_MAX_FILE_EXTENTS)
		return true;
	rom_fs_damage(&fill->f->fs, fill->inode->ino, ROM_NO_OFFSET,
		"block map: more than %d extents; the rest is left out",
		ROM_MAX_FILE_EXTENTS);
	if (rom_f2fs_bytes(block) < fill->size)
		*rom_vec_add(&fill->c->extents) =
			(struct rom_extent){ rom_f2fs_bytes(block),
				fill->size - rom_f2fs_bytes(block), 0,
				ROM_EXTENT_LOST };
	return false;
}

static bool add_blocks(void *ctx, const struct f2fs_blocks *b)
{
	struct filler *fill = ctx;
	struct rom_buffer v = b->address;

	if (!v.p) {
		add_extent(fill, b->first, b->n, 0, ROM_EXTENT_LOST);
		return true;
	}
	for (uint32_t i = 0; i < b->n; i++) {
		uint32_t address = rom_le32(&v, 4 * (size_t)i);

		if (address == ROM_F2FS_HOLE)
			continue;
		if (!has_capacity(fill, b->first + i))
			return false;
		add_extent(
			fill, b->first + i, 1, address, kind_of(fill, address));
	}
	return true;
}

static void inline_content(struct rom_file_map *ret,
	const struct rom_inode *inode, const struct rom_f2fs_inode *in,
	struct rom_buffer *node)
{
	ret->len = (size_t)rom_min(inode->size, in->inline_len);
	ret->bytes = rom_alloc(in->inline_len);
	memcpy(ret->bytes, node->p + in->inline_at, ret->len);
}

enum rom_status rom_f2fs_file_map(struct rom_fs *fs,
	const struct rom_inode *inode, struct rom_file_map *ret,
	struct rom_err *err)
{
	struct f2fs_fs *f = rom_f2fs_of(fs);
	uint8_t buf[ROM_F2FS_BLOCK];
	struct f2fs_node node = { .buf = buf };
	struct rom_buffer v = { .p = buf, .len = sizeof(buf) };
	struct filler fill = { .f = f, .inode = inode, .c = ret };
	struct rom_f2fs_inode in;
	enum rom_status st = rom_f2fs_inode(f, inode->ino, &node, &in, err);

	if (st || (inode->type != ROM_FILE_REGULAR &&
			  inode->type != ROM_FILE_DIRECTORY &&
			  inode->type != ROM_FILE_SYMLINK))
		return st;
	v.offset = node.offset;
	if (in.inlined & ROM_F2FS_INLINE_DATA) {
		inline_content(ret, inode, &in, &v);
		return ROM_OK;
	}
	if (in.compressed)
		return rom_f2fs_encoded(f, inode, &in, &v, ret, err);
	fill.size =
		inode->type == ROM_FILE_DIRECTORY ? MAX_DIRECTORY : inode->size;
	rom_f2fs_walk(f, (uint32_t)inode->ino, &in, &v,
		fill.size / ROM_F2FS_BLOCK + (fill.size % ROM_F2FS_BLOCK > 0),
		add_blocks, &fill, &ret->suspect);
	return ROM_OK;
}
