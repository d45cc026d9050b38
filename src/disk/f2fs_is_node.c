/* SPDX-License-Identifier: MIT */
/*
 * f2fs_is_node.c - f2fs: whether a block is a node, where no table says so
 *
 * What its footer must be (Linux fs/f2fs/node.h), and how far that leaves
 * rubbish out: an inode has its own number twice, 32 bits; of another node the
 * place among the nodes of its file has 29 bits, of which 20 can be, and most
 * of what it holds are numbers of blocks or nodes. Of 2^33 blocks of noise less
 * than one passes.
 */
#include "romsplit/disk.h"

enum {
	MAX_PLACE = 5 + 2 * ROM_F2FS_PER_NODE +
		    ROM_F2FS_PER_NODE * (1 + ROM_F2FS_PER_NODE),
	/* a node may be torn in part and is one all the same */
	MAX_WRONG = ROM_F2FS_PER_NODE / 4,
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

/* Both are below the number of blocks: a filesystem has fewer nodes than
 * that. */
static bool holds_numbers(struct rom_buffer *v, uint64_t blocks)
{
	unsigned wrong = 0;

	for (size_t i = 0; i < ROM_F2FS_PER_NODE && wrong <= MAX_WRONG; i++) {
		uint32_t n = rom_le32(v, 4 * i);

		wrong += n >= blocks && n < ROM_F2FS_COMPRESSED;
	}
	return wrong <= MAX_WRONG;
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
	if (f.nid == f.ino)
		return false;
	return f.node_ofs == ROM_F2FS_XATTR_NODE ||
	       (f.node_ofs <= MAX_PLACE && holds_numbers(block, blocks));
}
