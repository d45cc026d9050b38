/* SPDX-License-Identifier: MIT */
/*
 * mtk_header.c - the 512-byte header before MediaTek images
 *
 *   0x00 4 magic 58881688  0x04 4 body bytes, low  0x08 32 name
 *   0x28 4 load address
 *   0x30 4 58891689: the fields from here on are used, else the header is
 *     padded with FF
 *   0x34 4 header bytes  0x40 4 1: last of the list  0x44 4 alignment
 *   0x48 4 body bytes, high
 */
#include "romsplit/disk.h"

enum { MAGIC = 0x58881688, EXT_MAGIC = 0x58891689, MAX_ALIGN = 1 << 20 };

enum rom_status rom_mtk_header_decode(
	struct rom_buffer *v, struct rom_mtk_header *ret)
{
	struct rom_mtk_header h = { .header = ROM_MTK_HEADER_LEN, .align = 1 };
	ROM_AUTO char *name = NULL;

	if (v->len < ROM_MTK_HEADER_LEN || rom_le32(v, 0) != MAGIC)
		return ROM_NO_MATCH;
	h.size = rom_le32(v, 4);
	name = rom_buffer_text(v, 8, 32);
	strcpy(h.name, name);
	h.extended = rom_le32(v, 0x30) == EXT_MAGIC;
	if (h.extended) {
		h.header = rom_le32(v, 0x34);
		h.last = rom_le32(v, 0x40) == 1;
		h.align = rom_le32(v, 0x44);
		h.size |= (uint64_t)rom_le32(v, 0x48) << 32;
		if (h.header < ROM_MTK_HEADER_LEN || h.header > MAX_ALIGN)
			h.header = ROM_MTK_HEADER_LEN;
		if (h.align == 0 || h.align > MAX_ALIGN)
			h.align = 1;
	}
	/* 1 TiB: larger than any eMMC, so the magic is there by chance */
	if (h.size == 0 || h.size >> 40)
		return ROM_NO_MATCH;
	*ret = h;
	return ROM_OK;
}
