/* SPDX-License-Identifier: MIT */
/* ext4_bid.c - bits of evidence that an image is an ext2, ext3 or ext4 */
#include <ext2fs/ext2fs.h>

#include "ext4_priv.h"

/* Bits that each check verifies. */
enum {
	MAGIC_BITS = 16,
	FIELD_BITS = 40,
	CSUM_BITS = 32,
	GROUP_BITS = 16, /* s_block_group_nr of a backup is its group */
	/* all descriptors lead to blocks of the filesystem, and one of them to
	 * the root */
	DESC_BITS = 32,
	ROOT_BITS = 32,
};

static unsigned super_bits(const struct rom_ext4_super *sb)
{
	return MAGIC_BITS + FIELD_BITS + (sb->csum_good ? CSUM_BITS : 0u);
}

/* Bits of the descriptors and the root that a superblock leads to; 0 when it
 * leads to none. */
static unsigned tree_bits(struct rom_image *img, const struct ext4_copy *c)
{
	errcode_t e;
	ext2_filsys e2 = rom_ext4_open_e2(img, c, &e);
	bool usable = e2 && rom_ext4_is_usable(e2);

	if (e2)
		ext2fs_close_free(&e2);
	return usable ? DESC_BITS + ROOT_BITS : 0;
}

unsigned rom_ext4_bid(struct rom_image *img)
{
	struct ext4_copy c = { 0 };
	struct rom_err err;
	enum rom_status st =
		rom_ext4_read_super(img, ROM_EXT4_SUPER_AT, &c.sb, &err);

	if (st == ROM_OK)
		return super_bits(&c.sb) + tree_bits(img, &c);
	/* the magic matches: opening reports what is wrong */
	return st == ROM_E_CORRUPT || st == ROM_E_LIMIT ? MAGIC_BITS : 0;
}

/* A backup that leads to no root could not be opened, so it bids nothing. */
unsigned rom_ext4_bid_remains(struct rom_image *img)
{
	struct ext4_copy c;
	unsigned step = 0;

	for (unsigned n = 0;
		n < EXT4_MAX_BACKUPS && rom_ext4_next_backup(img, &step, &c);
		n++) {
		unsigned tree = tree_bits(img, &c);

		if (tree)
			return super_bits(&c.sb) + GROUP_BITS + tree;
	}
	return 0;
}
