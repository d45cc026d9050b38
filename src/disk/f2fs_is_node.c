/* SPDX-License-Identifier: MIT */
/*
 * f2fs_is_node.c - f2fs: whether a block is a node, judged by its content alone
 *
 * The footer must be valid (Linux fs/f2fs/node.h). How much noise that rejects:
 * an inode stores its own number twice, 32 bits; in any other node node_ofs has
 * 29 bits, of which only 20 are used, and most of its content must be valid
 * block or node numbers. Fewer than one in 2^33 random blocks pass.
 */
#include "romsplit/disk.h"

enum {
	MAX_NODE_OFS = 5 + 2 * ROM_F2FS_PER_NODE +
		       ROM_F2FS_PER_NODE * (1 + ROM_F2FS_PER_NODE),
	/* a partly damaged node is still a node */
	MAX_INVALID = ROM_F2FS_PER_NODE / 4,
	MAX_SIZE_LOG = 44,
};

static bool is_inode(struct rom_buffer *v)
{
	struct rom_f2fs_inode in;
	unsigned type = rom_le16(v, 0) >> 12;
	bool known = type == 1 || type == 2 || type == 4 || type == 6 ||
		     type == 8 || type == 10 || type == 12;

	return known && rom_le32(v, 0x58) <= sizeof(in.name) &&
	       !(rom_le64(v, 0x10) >> MAX_SIZE_LOG) &&
	       rom_f2fs_inode_decode(v, ROM_F2FS_FEATURES_GUESSED, &in);
}

/* True when most entries are possible block or node numbers. One bound serves
 * both: a filesystem has fewer nodes than blocks. */
static bool has_valid_numbers(struct rom_buffer *v, uint64_t blocks)
{
	unsigned invalid = 0;

	for (size_t i = 0; i < ROM_F2FS_PER_NODE && invalid <= MAX_INVALID;
		i++) {
		uint32_t n = rom_le32(v, 4 * i);

		invalid += n >= blocks && n < ROM_F2FS_COMPRESSED;
	}
	return invalid <= MAX_INVALID;
}

/* Numbers that rise evenly, as those of a FAT do, and nothing in a footer. */
static bool is_rising(struct rom_buffer *block)
{
	enum { WORDS = 6, AT = ROM_F2FS_BLOCK - 4 * WORDS };
	unsigned even = 0, next = 0;
	uint32_t last = 0;

	for (size_t i = 1; i < WORDS; i++) {
		uint32_t step = rom_le32(block, AT + 4 * i) -
				rom_le32(block, AT + 4 * (i - 1));

		next += step == 1;
		even += i > 1 && step && step == last;
		last = step;
	}
	return next > 1 || even > 1;
}

bool rom_f2fs_is_node(struct rom_buffer *block, uint64_t blocks)
{
	struct rom_f2fs_footer f;

	if (block->len < ROM_F2FS_BLOCK)
		return false;
	f = rom_f2fs_footer_decode(block);
	if (f.nid < 3 || f.ino < 3 || f.nid >= ROM_F2FS_MAX_NIDS ||
		f.ino >= ROM_F2FS_MAX_NIDS || f.next >= blocks || !f.version)
		return false;
	if (f.node_ofs == 0)
		return f.nid == f.ino && is_inode(block);
	if (f.nid == f.ino || is_rising(block))
		return false;
	return f.node_ofs == ROM_F2FS_XATTR_NODE ||
	       (f.node_ofs <= MAX_NODE_OFS && has_valid_numbers(block, blocks));
}
