/* SPDX-License-Identifier: MIT */
/* ext4_quick_scan.c - finds a copy of superblock and group descriptors that
 * leads to inodes in use, when none leads to a root */
#include <stdlib.h>

#include <ext2fs/ext2fs.h>

#include "ext4_priv.h"
#include "romsplit/disk.h"

/* bytes to read of each inode table, and how many tables */
enum { SAMPLE_LEN = 4096, MAX_SAMPLES = 512 };

static bool is_in_use(
	ext2_filsys e2, struct rom_buffer *v, const struct rom_inode *in)
{
	return (in->type == ROM_FILE_DIRECTORY ||
		       in->type == ROM_FILE_REGULAR) &&
	       in->links && !rom_le32(v, EXT4_DTIME_AT) &&
	       rom_ext4_has_map(e2, v, in->flags);
}

/* An inode table is mostly zeros; in ciphertext one byte in 256 is. */
static bool is_noise(const uint8_t *p, size_t len)
{
	size_t zeros = 0;

	for (size_t i = 0; i < len; i++)
		zeros += p[i] == 0;
	return zeros < len / 64;
}

/* Samples the inode table of a group. Returns true when it is noise instead. */
static bool scan_group(ext2_filsys e2, struct rom_image *img, dgrp_t group,
	struct rom_fs_scan_result *seen)
{
	uint8_t buf[SAMPLE_LEN];
	size_t size = EXT2_INODE_SIZE(e2->super);
	uint64_t offset = ext2fs_inode_table_loc(e2, group) * e2->blocksize;
	uint64_t first = (uint64_t)group * e2->super->s_inodes_per_group + 1,
		 before = seen->nodes;
	struct rom_err err;

	if (rom_read(img, buf, sizeof(buf), offset, &err))
		return false;
	seen->examined++;
	for (size_t off = 0; off + size <= sizeof(buf); off += size) {
		struct rom_buffer v = {
			.p = buf + off, .len = size, .offset = offset + off
		};
		struct rom_inode in;

		rom_ext4_decode_inode(&v, first + off / size, &in);
		/* EXT2_FIRST_INODE is lost+found, which every filesystem has:
		 * it does not prove that there are files */
		if (in.ino <= EXT2_FIRST_INODE(e2->super) ||
			!is_in_use(e2, &v, &in))
			continue;
		if (!seen->nodes++)
			seen->offset = v.offset;
		rom_fs_scan_time(seen, in.ctime.sec);
		seen->inodes += in.size > 0;
		seen->encrypted += in.size > 0 && in.encrypted;
	}
	return seen->nodes == before && is_noise(buf, sizeof(buf));
}

/* When most tables are noise, an encrypted filesystem has overwritten this one
 * and the rest is stale: nothing is reported then. */
void rom_ext4_scan_groups(
	ext2_filsys e2, struct rom_image *img, struct rom_fs_scan_result *seen)
{
	dgrp_t n = e2->group_desc_count, step = (n - 1) / MAX_SAMPLES + 1;
	uint64_t noise = 0;

	*seen = (struct rom_fs_scan_result){ 0 };
	if (!rom_ext4_has_descriptors(e2))
		return;
	for (dgrp_t group = 0; group < n; group += step)
		noise += scan_group(e2, img, group, seen);
	if (noise * 2 > seen->examined)
		seen->nodes = 0;
}

ext2_filsys rom_ext4_find_files(struct rom_image *img, struct ext4_copy *c,
	struct rom_fs_scan_result *seen)
{
	unsigned step = 0, tries = 0;
	struct rom_err err;
	bool more;

	*c = (struct ext4_copy){ 0 };
	more = !rom_ext4_read_super(img, ROM_EXT4_SUPER_AT, &c->sb, &err) ||
	       rom_ext4_next_backup(img, &step, c);
	for (; more; more = tries++ < EXT4_MAX_BACKUPS &&
			    rom_ext4_next_backup(img, &step, c)) {
		errcode_t e;
		ext2_filsys e2 = rom_ext4_open_e2(img, c, &e);

		if (!e2)
			continue;
		rom_ext4_scan_groups(e2, img, seen);
		if (seen->nodes)
			return e2;
		ext2fs_close_free(&e2);
	}
	return NULL;
}

void rom_ext4_quick_scan(struct rom_image *img, struct rom_fs_scan_result *ret)
{
	struct ext4_copy c;
	struct rom_fs_scan_result seen;
	ext2_filsys e2 = rom_ext4_find_files(img, &c, &seen);

	if (!e2)
		return;
	ext2fs_close_free(&e2);
	*ret = seen;
	ret->kind = rom_ext4_super_kind(&c.sb);
}
