/* SPDX-License-Identifier: MIT */
/*
 * squashfs.c - recognise squashfs 4
 *
 * Superblock, 96 bytes at byte 0, little-endian (Linux
 * fs/squashfs/squashfs_fs.h)
 *   0x00 4 "hsqs"  0x04 4 inodes  0x0c 4 block size  0x14 2 compression
 *   0x16 2 log2 block size
 *   0x1c 2 major 4  0x28 8 bytes used
 */
#include <inttypes.h>

#include "probe_priv.h"

enum { SB_LEN = 96 };

static enum rom_status probe_squashfs(
	struct rom_image *img, struct rom_claim *ret, struct rom_err *err)
{
	static const char *const compression[] = { "unknown", "gzip", "lzma",
		"lzo", "xz", "lz4", "zstd" };
	uint8_t buf[SB_LEN];
	struct rom_buffer sb = { .p = buf, .len = sizeof(buf) };
	enum rom_status st = rom_read(img, buf, sizeof(buf), 0, err);
	uint32_t block = rom_le32(&sb, 0x0c);
	uint16_t log = rom_le16(&sb, 0x16), method = rom_le16(&sb, 0x14);

	if (st)
		return st;
	if (rom_le16(&sb, 0x1c) != 4)
		return ROM_NO_MATCH;
	if (log < 12 || log > 20 || block != 1u << log)
		return rom_fail(err, ROM_E_CORRUPT, 0x0c,
			"squashfs block size: expected 4 KiB to 1 MiB, got "
			"%" PRIu32 " (log2 %u)",
			block, log);
	/* magic, version, a block size that matches its log2 */
	ret->bits = 32 + 16 + 20;
	ret->used = rom_le64(&sb, 0x28);
	rom_facts_number(&ret->detail, "block_size", block);
	rom_facts_number(&ret->detail, "inodes", rom_le32(&sb, 0x04));
	rom_facts_text(&ret->detail, "compression",
		compression[method <= 6 ? method : 0]);
	return ROM_OK;
}

const struct rom_prober rom_prober_squashfs = {
	.name = "squashfs",
	.usage = ROM_USAGE_FILESYSTEM,
	.traits = ROM_TRAIT_FLASHED,
	.unpack = "unsquashfs -d DIR",
	.min_size = SB_LEN,
	.magic = { { "hsqs", 4, 0, false } },
	.probe = probe_squashfs,
};
