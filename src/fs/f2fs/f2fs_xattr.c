/* SPDX-License-Identifier: MIT */
/*
 * f2fs_xattr.c - extended attributes: a list that begins in the inode and
 * continues in a node of its own
 *
 * Header of 24 bytes, magic F2F52011 (Linux fs/f2fs/xattr.h), then entries at
 * multiples of 4 bytes until one of zeros
 *   1 kind of name  1 length of the name  2 length of the value  name  value
 */
#include <inttypes.h>
#include <stdlib.h>

#include "f2fs_priv.h"

enum { MAGIC = 0xf2f52011, HEAD_LEN = 24, ENTRY_LEN = 4, NAME_MAX_LEN = 255 };

/* Prefix of a kind of name; NULL: unknown kind. The last two kinds store the
 * full name. */
static const char *prefix_of(uint8_t kind)
{
	static const char *const prefixes[] = { NULL, "user.",
		"system.posix_acl_access", "system.posix_acl_default",
		"trusted.", "lustre.", "security.", "system.advise", NULL, "",
		NULL, "" };

	return kind < sizeof(prefixes) / sizeof(*prefixes) ? prefixes[kind]
							   : NULL;
}

/* Returns false at the end of the list, or when fn does. */
static bool pass_xattr(struct rom_buffer *v, size_t offset, rom_xattr_fn fn,
	void *ctx, size_t *ret_next)
{
	const char *prefix = prefix_of(rom_u8(v, offset));
	size_t name_len = rom_u8(v, offset + 1), len = rom_le16(v, offset + 2);
	size_t name_at = offset + ENTRY_LEN, value_at = name_at + name_len;
	ROM_AUTO char *name = NULL;

	*ret_next = (value_at + len + 3) & ~(size_t)3;
	if (value_at + len > v->len)
		return false;
	name = prefix ? rom_format("%s%.*s", prefix, (int)name_len,
				(const char *)v->p + name_at)
		      : rom_format("kind%u.%.*s", rom_u8(v, offset),
				(int)name_len, (const char *)v->p + name_at);
	return fn(ctx, name, v->p + value_at, len);
}

static void list(struct rom_buffer *v, rom_xattr_fn fn, void *ctx)
{
	size_t offset = HEAD_LEN, next;

	if (rom_le32(v, 0) != (uint32_t)MAGIC)
		return;
	while (offset + ENTRY_LEN <= v->len && rom_le32(v, offset) &&
		pass_xattr(v, offset, fn, ctx, &next))
		offset = next;
}

/* Appends the node of attributes to the v->len bytes in all. */
static enum rom_status add_node(struct f2fs_fs *f, uint32_t ino,
	const struct rom_f2fs_inode *in, uint8_t *all, struct rom_buffer *v,
	struct rom_err *err)
{
	uint8_t buf[ROM_F2FS_BLOCK];
	struct f2fs_node node = { .buf = buf };
	struct f2fs_want want = { in->xattr_nid, ino, ROM_F2FS_XATTR_NODE };
	enum rom_status st;

	if (!want.nid && !rom_f2fs_fsynced_block(f, ino, want.node_ofs))
		return ROM_OK;
	st = rom_f2fs_node(f, &want, &node, err);
	if (st)
		return st;
	memcpy(all + v->len, buf, ROM_F2FS_FOOTER_AT);
	v->len += ROM_F2FS_FOOTER_AT;
	return ROM_OK;
}

enum rom_status rom_f2fs_xattrs(struct rom_fs *fs, uint64_t ino,
	rom_xattr_fn fn, void *ctx, struct rom_err *err)
{
	struct f2fs_fs *f = rom_f2fs_of(fs);
	uint8_t buf[ROM_F2FS_BLOCK], all[2 * ROM_F2FS_BLOCK];
	struct f2fs_node node = { .buf = buf };
	struct rom_buffer v = { .p = all };
	struct rom_f2fs_inode in;
	enum rom_status st = rom_f2fs_inode(f, ino, &node, &in, err);

	if (st)
		return st;
	if (in.inlined & ROM_F2FS_INLINE_XATTR) {
		memcpy(all, buf + in.xattr_at, in.xattr_len);
		v.len = in.xattr_len;
	}
	st = add_node(f, (uint32_t)ino, &in, all, &v, err);
	/* attributes in the inode are listed even when the node failed */
	list(&v, fn, ctx);
	return st;
}
