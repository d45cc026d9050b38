/* SPDX-License-Identifier: MIT */
/* f2fs_quick_scan.c - samples an image without superblock and checkpoint for
 * nodes */
#include "f2fs_priv.h"

enum {
	/* over the whole image, and as many again over its first part, which is
	   filled first */
	SAMPLES = 384,
	FIRST_PART = 16,
};

static void scan_block(
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
	rom_fs_scan_time(ret, in.ctime.sec);
	ret->inodes++;
	ret->encrypted += (in.advise & ROM_F2FS_ADVISE_ENCRYPT) != 0;
}

/* Samples are spread evenly, but not at one offset of each segment: a segment
 * of 2 MiB is seldom full of nodes. */
static void scan_evenly(
	struct rom_image *img, uint64_t blocks, struct rom_fs_scan_result *ret)
{
	for (uint64_t i = 0; i < SAMPLES && i < blocks; i++)
		scan_block(
			img, blocks <= SAMPLES ? i : blocks * i / SAMPLES, ret);
}

void rom_f2fs_quick_scan(struct rom_image *img, struct rom_fs_scan_result *ret)
{
	uint64_t blocks = img->size / ROM_F2FS_BLOCK;

	if (blocks > UINT32_MAX)
		return;
	scan_evenly(img, blocks, ret);
	scan_evenly(img, blocks / FIRST_PART, ret);
	if (!ret->nodes)
		return;
	ret->kind = "f2fs";
	ret->by_nodes = true;
}
