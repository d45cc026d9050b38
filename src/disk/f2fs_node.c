/* SPDX-License-Identifier: MIT */
/*
 * f2fs_node.c - f2fs: nodes, among them inodes
 *
 * Every node ends in a footer at 0xfe8 (Linux include/linux/f2fs_fs.h)
 *   4 nid  4 inode
 *   4 flags: 1 cold, 2 fsynced, 4 its dentry too, the rest node_ofs
 *   8 version of the checkpoint before it, in the high half its CRC
 *   4 block of the next node written
 * Inode
 *   0x00 2 mode  0x02 1 advice: 4 encrypted, 10 keep size
 *   0x03 1 inlined: 1 attributes, 2 data, 4 names, 20 extra
 *   0x04 4 uid  0x08 4 gid  0x0c 4 links  0x10 8 size  0x20 8 atime  8 ctime
 *   8 mtime  3 * 4 nanoseconds
 *   0x44 4 generation  0x4c 4 node of attributes  0x50 4 flags  0x54 4 parent
 *   0x58 4 length of 0x5c 255 name
 *   0x168 923 block numbers, the last of which may be attributes; before them
 *     with "extra"
 *     0x168 2 bytes of extra  0x16a 2 attributes, in 4 bytes  0x16c 4 project
 *     0x170 4 CRC  0x174 8 + 4 crtime
 *     0x180 8 blocks  0x188 1 algorithm  0x189 1 log2 cluster
 *     0x18a 2 flags: 1 CRC
 *   0xfd4 5 * 4 nodes
 * Inline data or names follow one block number, which stays unused.
 */
#include "romsplit/disk.h"

enum {
	EXTRA_AT = ROM_F2FS_ADDRESS_AT,
	CRC_AT = 0x170,
	CRTIME_AT = 0x174,
	COMPRESS_END = 0x18c,
	DEFAULT_XATTR = 50,
	MIN_CLUSTER_LOG = 2,
	MAX_CLUSTER_LOG = 8,
};

struct rom_f2fs_footer rom_f2fs_footer_decode(struct rom_buffer *node)
{
	uint32_t flags = rom_le32(node, ROM_F2FS_FOOTER_AT + 8);

	return (struct rom_f2fs_footer){
		.nid = rom_le32(node, ROM_F2FS_FOOTER_AT),
		.ino = rom_le32(node, ROM_F2FS_FOOTER_AT + 4),
		.node_ofs = flags >> 3,
		.fsynced = flags & 2,
		.names = flags & 4,
		.version = rom_le64(node, ROM_F2FS_FOOTER_AT + 12),
		.next = rom_le32(node, ROM_F2FS_FOOTER_AT + 20),
	};
}

static struct rom_f2fs_time time_at(
	struct rom_buffer *v, size_t offset, size_t nsec_at)
{
	struct rom_f2fs_time t = { (int64_t)rom_le64(v, offset),
		rom_le32(v, nsec_at) };

	if (t.nsec > 999999999)
		t.nsec = 0;
	return t;
}

static void read_fields(struct rom_buffer *v, struct rom_f2fs_inode *in)
{
	uint32_t name_len = rom_le32(v, 0x58);

	in->mode = rom_le16(v, 0x00);
	in->advise = rom_u8(v, 0x02);
	in->inlined = rom_u8(v, 0x03);
	in->uid = rom_le32(v, 0x04);
	in->gid = rom_le32(v, 0x08);
	in->links = rom_le32(v, 0x0c);
	in->size = rom_le64(v, 0x10);
	in->atime = time_at(v, 0x20, 0x38);
	in->ctime = time_at(v, 0x28, 0x3c);
	in->mtime = time_at(v, 0x30, 0x40);
	in->generation = rom_le32(v, 0x44);
	in->xattr_nid = rom_le32(v, 0x4c);
	in->flags = rom_le32(v, 0x50);
	in->parent = rom_le32(v, 0x54);
	in->name_len = (uint8_t)(name_len <= sizeof(in->name) ? name_len : 0);
	memcpy(in->name, v->p + 0x5c, sizeof(in->name));
}

/* Size of the extra fields that are present, in bytes. */
static size_t extra_size(struct rom_buffer *v, const struct rom_f2fs_inode *in)
{
	return in->inlined & ROM_F2FS_EXTRA_ATTR ? rom_le16(v, EXTRA_AT) : 0;
}

static void read_extra(struct rom_buffer *v, uint32_t feature, size_t end,
	struct rom_f2fs_inode *in)
{
	if (end >= CRC_AT + 4 && feature & ROM_F2FS_FEATURE_INODE_CRC) {
		in->has_crc = true;
		in->crc = rom_le32(v, CRC_AT);
	}
	if (end >= CRTIME_AT + 12 && feature & ROM_F2FS_FEATURE_CRTIME) {
		in->has_crtime = true;
		in->crtime = time_at(v, CRTIME_AT, CRTIME_AT + 8);
	}
	if (end >= COMPRESS_END && feature & ROM_F2FS_FEATURE_COMPRESSION &&
		in->flags & ROM_F2FS_FLAG_COMPRESSED && in->mode >> 12 == 8) {
		in->compressed = true;
		in->algorithm = rom_u8(v, 0x188);
		in->cluster_log = rom_u8(v, 0x189);
		in->compress_crc = rom_u8(v, 0x18a) & 1;
	}
}

/* Size of the attributes inside the inode, in units of 4 bytes. Directories
 * with inline names always reserve the space. With flexible sizes every inode
 * has the extra fields and states a size if it has attributes: one that has
 * them but states 0 belongs to a filesystem whose features were guessed wrong,
 * and has the default size. */
static uint32_t inline_xattr_size(
	struct rom_buffer *v, uint32_t feature, const struct rom_f2fs_inode *in)
{
	uint32_t flexible = rom_le16(v, EXTRA_AT + 2);

	if (feature & ROM_F2FS_FEATURE_FLEXIBLE_XATTR &&
		in->inlined & ROM_F2FS_EXTRA_ATTR &&
		(flexible || !(in->inlined & ROM_F2FS_INLINE_XATTR)))
		return flexible;
	return in->inlined & (ROM_F2FS_INLINE_XATTR | ROM_F2FS_INLINE_NAMES)
		       ? DEFAULT_XATTR
		       : 0;
}

static bool locate_parts(
	struct rom_f2fs_inode *in, size_t extra, uint32_t xattr)
{
	uint32_t cluster = in->compressed ? 1u << in->cluster_log : 1;

	if (extra % 4 || extra / 4 + xattr + 2 > ROM_F2FS_ADDRESSES)
		return false;
	in->address_at = ROM_F2FS_ADDRESS_AT + extra;
	in->addresses = ROM_F2FS_ADDRESSES - (uint32_t)(extra / 4) - xattr;
	in->inline_at = in->address_at + 4;
	in->inline_len = (in->addresses - 1) * 4;
	in->xattr_len = xattr * 4;
	in->xattr_at = ROM_F2FS_NID_AT - in->xattr_len;
	/* a cluster never spans two nodes: the kernel leaves the rest unused */
	in->addresses -= in->addresses % cluster;
	return true;
}

bool rom_f2fs_inode_decode(
	struct rom_buffer *node, uint32_t feature, struct rom_f2fs_inode *ret)
{
	struct rom_f2fs_inode in = { 0 };
	size_t extra;

	if (node->len < ROM_F2FS_BLOCK)
		return false;
	read_fields(node, &in);
	extra = extra_size(node, &in);
	read_extra(node, feature, EXTRA_AT + extra, &in);
	if (in.compressed && (in.cluster_log < MIN_CLUSTER_LOG ||
				     in.cluster_log > MAX_CLUSTER_LOG))
		return false;
	if (!locate_parts(&in, extra, inline_xattr_size(node, feature, &in)))
		return false;
	in.rdev[0] = rom_le32(node, in.address_at);
	in.rdev[1] = rom_le32(node, in.address_at + 4);
	*ret = in;
	return true;
}
