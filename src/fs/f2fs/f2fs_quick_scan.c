/* SPDX-License-Identifier: MIT */
/* f2fs_quick_scan.c - a quick look for nodes, where there is neither a
 * superblock nor a checkpoint */
#include "f2fs_priv.h"

enum {
	/* over all of it, and as many again over its first part: that is
	   written to first */
	LOOKS = 384,
	FIRST_PART = 16,
};

static void look_at(
	struct rom_image *img, uint64_t block, struct rom_fs_scan_result *ret)
{
	uint8_t buf[ROM_F2FS_BLOCK];
	struct rom_buffer v = {
		.p = buf, .len = sizeof(buf), .offset = rom_f2fs_bytes(block)
	};
	struct rom_f2fs_inode in;
	struct rom_err err;

	if (rom_read(img, buf, sizeof(buf), v.offset, &err))
		return;
	ret->examined++;
	if (!rom_f2fs_is_node(&v, img->size / ROM_F2FS_BLOCK))
		return;
	if (!ret->nodes++)
		ret->offset = v.offset;
	if (rom_f2fs_footer_decode(&v).node_ofs ||
		!rom_f2fs_inode_decode(&v, ROM_F2FS_FEATURES_GUESSED, &in) ||
		rom_file_type_of(in.mode) != ROM_FILE_REGULAR || !in.size)
		return;
	ret->inodes++;
	ret->encrypted += (in.advise & ROM_F2FS_ADVISE_ENCRYPT) != 0;
}

/* The looks are spread evenly, but not at the same place of each segment: one
 * of 2 MiB is seldom full of nodes. */
static void look_over(
	struct rom_image *img, uint64_t blocks, struct rom_fs_scan_result *ret)
{
	for (uint64_t i = 0; i < LOOKS && i < blocks; i++)
		look_at(img, blocks <= LOOKS ? i : blocks * i / LOOKS, ret);
}

void rom_f2fs_quick_scan(struct rom_image *img, struct rom_fs_scan_result *ret)
{
	uint64_t blocks = img->size / ROM_F2FS_BLOCK;

	if (blocks > UINT32_MAX)
		return;
	look_over(img, blocks, ret);
	look_over(img, blocks / FIRST_PART, ret);
	if (!ret->nodes)
		return;
	ret->kind = "f2fs";
	ret->by_nodes = true;
}
