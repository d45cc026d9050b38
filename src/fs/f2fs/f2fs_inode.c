/* SPDX-License-Identifier: MIT */
/* f2fs_inode.c - inodes, with what was synced after the last checkpoint */
#include <inttypes.h>
#include <stdlib.h>

#include "f2fs_priv.h"

enum { LINKS_AT = 0x0c, XATTR_NID_AT = 0x4c, CRC_AT = 0x170, NIDS_LEN = 20 };

bool rom_f2fs_inode_crc_good(const struct f2fs_fs *f, struct rom_buffer *node,
	const struct rom_f2fs_inode *in)
{
	static const uint8_t zeros[4];
	uint32_t crc;

	if (!in->has_crc || f->no_super)
		return true;
	crc = rom_crc32_fast(
		&f->crc, f->inode_seed, node->p + ROM_F2FS_FOOTER_AT + 4, 4);
	crc = rom_crc32_fast(&f->crc, crc, node->p + 0x44, 4); /* generation */
	crc = rom_crc32_fast(&f->crc, crc, node->p, CRC_AT);
	crc = rom_crc32_fast(&f->crc, crc, zeros, 4);
	crc = rom_crc32_fast(&f->crc, crc, node->p + CRC_AT + 4,
		ROM_F2FS_BLOCK - CRC_AT - 4);
	return crc == in->crc;
}

static enum rom_status decode(struct f2fs_fs *f, uint64_t ino,
	struct f2fs_node *node, struct rom_f2fs_inode *ret, struct rom_err *err)
{
	struct rom_buffer v = {
		.p = node->buf, .len = ROM_F2FS_BLOCK, .offset = node->offset
	};

	if (!rom_f2fs_inode_decode(&v, f->sb.feature, ret))
		return rom_fail(err, ROM_E_CORRUPT, node->offset,
			"inode %" PRIu64 ": its parts do not fit into it", ino);
	if (!rom_f2fs_inode_crc_good(f, &v, ret))
		node->suspect = true;
	return ROM_OK;
}

/* Like the kernel's recovery: fields that other nodes depend on are kept from
 * the checkpoint. */
static void keep_from_checkpoint(uint8_t *buf, const uint8_t *before)
{
	static const uint8_t one_link[4] = { 1 };

	memcpy(buf + LINKS_AT, before ? before + LINKS_AT : one_link, 4);
	if (before) {
		memcpy(buf + XATTR_NID_AT, before + XATTR_NID_AT, 4);
		memcpy(buf + ROM_F2FS_NID_AT, before + ROM_F2FS_NID_AT,
			NIDS_LEN);
	} else {
		memset(buf + XATTR_NID_AT, 0, 4);
		memset(buf + ROM_F2FS_NID_AT, 0, NIDS_LEN);
	}
}

bool rom_f2fs_before(struct f2fs_fs *f, uint32_t ino, uint8_t *buf)
{
	struct rom_f2fs_nat nat[2];
	struct rom_buffer v;
	struct rom_err err;
	struct rom_f2fs_footer footer;

	if (!rom_f2fs_nat_find(f, ino, nat) || nat[0].ino != ino ||
		!rom_f2fs_is_main(f, nat[0].block) ||
		rom_f2fs_block(f, &f->node_cache, nat[0].block, &v, &err))
		return false;
	footer = rom_f2fs_footer_decode(&v);
	memcpy(buf, v.p, v.len);
	return footer.nid == ino && footer.ino == ino && footer.node_ofs == 0;
}

static enum rom_status apply_rollforward(struct f2fs_fs *f, uint32_t ino,
	const struct f2fs_rollforward *rollforward, struct f2fs_node *node,
	struct rom_f2fs_inode *ret, struct rom_err *err)
{
	ROM_AUTO uint8_t *before = rom_alloc(ROM_F2FS_BLOCK);
	bool has_before =
		!rollforward->is_new && rom_f2fs_before(f, ino, before);
	enum rom_status st;

	if (rom_f2fs_fsynced_block(f, ino, 0)) {
		struct rom_f2fs_inode ignored;

		/* sets suspect by its checksum, before the bytes change */
		st = decode(f, ino, node, &ignored, err);
		if (st)
			return st;
		keep_from_checkpoint(node->buf, has_before ? before : NULL);
	}
	struct rom_buffer v = {
		.p = node->buf, .len = ROM_F2FS_BLOCK, .offset = node->offset
	};
	if (!rom_f2fs_inode_decode(&v, f->sb.feature, ret))
		return rom_fail(err, ROM_E_CORRUPT, node->offset,
			"inode %" PRIu32 ": its parts do not fit into it", ino);
	if (rollforward->has_size)
		ret->size = rollforward->size;
	if (rollforward->unlinked)
		ret->links = ret->links ? ret->links - 1 : 0;
	return ROM_OK;
}

enum rom_status rom_f2fs_inode(struct f2fs_fs *f, uint64_t ino,
	struct f2fs_node *node, struct rom_f2fs_inode *ret, struct rom_err *err)
{
	struct f2fs_want want = { (uint32_t)ino, (uint32_t)ino, 0 };
	const struct f2fs_rollforward *rollforward;
	enum rom_status st;

	if (ino < 3 || ino >= f->nids)
		return rom_fail(err, ROM_E_CORRUPT, ROM_NO_OFFSET,
			"inode: expected 3 to %" PRIu32 ", got %" PRIu64,
			f->nids - 1, ino);
	st = rom_f2fs_node(f, &want, node, err);
	if (st)
		return st;
	rollforward =
		f->rollforward.n ? rom_map_get(&f->rollforward, ino) : NULL;
	return rollforward ? apply_rollforward(f, (uint32_t)ino, rollforward,
				     node, ret, err)
			   : decode(f, ino, node, ret, err);
}

static struct rom_time time_of(struct rom_f2fs_time t)
{
	return (struct rom_time){ t.sec, t.nsec };
}

static void set_device(const struct rom_f2fs_inode *in, struct rom_inode *ret)
{
	uint32_t old = in->rdev[0], new = in->rdev[1];

	if (ret->type != ROM_FILE_CHAR && ret->type != ROM_FILE_BLOCK)
		return;
	ret->major = old ? old >> 8 & 0xff : new >> 8 & 0xfff;
	ret->minor = old ? old & 0xff : (new & 0xff) | (new >> 12 & 0xfff00);
}

/* A missing directory, known only by its reattached files. */
static void set_synthetic(uint64_t ino, struct rom_inode *ret)
{
	*ret = (struct rom_inode){
		.ino = ino,
		.type = ROM_FILE_DIRECTORY,
		.mode = 0755,
		.links = 2,
		.suspect = true,
	};
}

enum rom_status rom_f2fs_get(struct rom_fs *fs, uint64_t ino,
	struct rom_inode *ret, struct rom_err *err)
{
	struct f2fs_fs *f = rom_f2fs_of(fs);
	uint8_t buf[ROM_F2FS_BLOCK];
	struct f2fs_node node = { .buf = buf };
	struct rom_f2fs_inode in;
	enum rom_status st;

	if (rom_f2fs_is_synthetic(f, ino)) {
		set_synthetic(ino, ret);
		return ROM_OK;
	}
	st = rom_f2fs_inode(f, ino, &node, &in, err);
	if (st) {
		/* the caller reports err; counting it starts the search for
		 * unattached files */
		fs->damage++;
		return st;
	}
	*ret = (struct rom_inode){
		.ino = ino,
		.type = rom_file_type_of(in.mode),
		.mode = in.mode & 07777,
		.uid = in.uid,
		.gid = in.gid,
		.links = in.links,
		.size = in.size,
		.mtime = time_of(in.mtime),
		.atime = time_of(in.atime),
		.ctime = time_of(in.ctime),
		.crtime = time_of(in.crtime),
		.has_crtime = in.has_crtime,
		.encrypted = in.advise & ROM_F2FS_ADVISE_ENCRYPT,
		.flags = in.flags,
		.generation = in.generation,
		/* an inode that no directory names may have been deleted, and
		   its blocks reallocated */
		.suspect =
			node.suspect ||
			(f->full_scan && !rom_f2fs_full_scan_is_named(f, ino)),
	};
	set_device(&in, ret);
	return ROM_OK;
}
