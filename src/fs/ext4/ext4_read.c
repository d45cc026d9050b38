/* SPDX-License-Identifier: MIT */
/* ext4_read.c - ext2, ext3, ext4: inodes, contents and attributes through
 * libext2fs */
#include <inttypes.h>
#include <stdlib.h>

#include <ext2fs/ext2fs.h>

#include "ext4_priv.h"
#include "romsplit/disk.h"

enum {
	INLINE_MAX = 65536,
};

/* bytes of a directory; block numbers of a file cannot address more */
#define MAX_DIRECTORY ((uint64_t)1 << 45)

static struct ext4_fs *ext4_of(struct rom_fs *fs)
{
	return (struct ext4_fs *)fs;
}

static ext2_filsys e2_of(struct rom_fs *fs)
{
	return ext4_of(fs)->e2;
}

const char *rom_fs_ext4_library(void)
{
	const char *version = NULL;

	ext2fs_get_library_version(&version, NULL);
	return version;
}

/* error_message() would need the table in a process-wide list, which is not
 * safe with threads. */
const char *rom_ext4_error(long e)
{
	long i = e - et_ext2_error_table.base;

	return i >= 0 && i < et_ext2_error_table.n_msgs
		       ? et_ext2_error_table.msgs[i]
		       : error_message(e);
}

/* ---- inodes -------------------------------------------------------------- */

/* *ret_suspect: checksum mismatch; buf is filled anyway. May be NULL. */
static enum rom_status read_raw(struct rom_fs *fs, uint64_t ino, uint8_t *buf,
	size_t len, bool *ret_suspect, struct rom_err *err)
{
	ext2_filsys e2 = e2_of(fs);
	errcode_t e;

	memset(buf, 0, len);
	if (ino == 0 || ino > e2->super->s_inodes_count)
		return rom_fail(err, ROM_E_CORRUPT, ROM_NO_OFFSET,
			"inode: expected 1 to %" PRIu32 ", got %" PRIu64,
			e2->super->s_inodes_count, ino);
	e = ext2fs_read_inode_full(
		e2, (ext2_ino_t)ino, (struct ext2_inode *)buf, (int)len);
	if (e && e != EXT2_ET_INODE_CSUM_INVALID)
		return rom_fail(err, ROM_E_CORRUPT, ROM_NO_OFFSET,
			"inode %" PRIu64 ": %s", ino, rom_ext4_error(e));
	if (ret_suspect)
		*ret_suspect = e == EXT2_ET_INODE_CSUM_INVALID;
	return ROM_OK;
}

/* Decodes seconds and the extra field, which holds nanoseconds and two more
 * bits of seconds. */
static struct rom_time decode_time(
	struct rom_buffer *v, size_t offset, size_t extra_at, bool has_extra)
{
	struct rom_time t = { .sec = (int32_t)rom_le32(v, offset) };
	uint32_t extra = has_extra ? rom_le32(v, extra_at) : 0;

	t.sec += (int64_t)(extra & 3) << 32;
	t.nsec = extra >> 2;
	if (t.nsec > 999999999)
		t.nsec = 0;
	return t;
}

static void decode_times(struct rom_buffer *v, struct rom_inode *in)
{
	size_t end = v->len > 128 ? 128 + (size_t)rom_le16(v, 0x80) : 128;

	in->ctime = decode_time(v, 0x0c, 0x84, end >= 0x88);
	in->mtime = decode_time(v, 0x10, 0x88, end >= 0x8c);
	in->atime = decode_time(v, 0x08, 0x8c, end >= 0x90);
	in->has_crtime = end >= 0x94 && v->len >= 0x94;
	if (in->has_crtime)
		in->crtime = decode_time(v, 0x90, 0x94, end >= 0x98);
}

static void decode_device(struct rom_buffer *v, struct rom_inode *in)
{
	uint32_t old = rom_le32(v, EXT4_MAP_AT),
		 new = rom_le32(v, EXT4_MAP_AT + 4);

	if (in->type != ROM_FILE_CHAR && in->type != ROM_FILE_BLOCK)
		return;
	in->major = old ? old >> 8 & 0xff : new >> 8 & 0xfff;
	in->minor = old ? old & 0xff : (new & 0xff) | (new >> 12 & 0xfff00);
}

void rom_ext4_decode_inode(
	struct rom_buffer *v, uint64_t ino, struct rom_inode *ret)
{
	uint16_t mode = rom_le16(v, 0);

	*ret = (struct rom_inode){
		.ino = ino,
		.type = rom_file_type_of(mode),
		.mode = mode & 07777,
		.uid = rom_le16(v, 0x02) | (uint32_t)rom_le16(v, 0x78) << 16,
		.gid = rom_le16(v, 0x18) | (uint32_t)rom_le16(v, 0x7a) << 16,
		.links = rom_le16(v, 0x1a),
		.size = rom_le32(v, 0x04) | (uint64_t)rom_le32(v, 0x6c) << 32,
		.flags = rom_le32(v, 0x20),
		.generation = rom_le32(v, 0x64),
	};
	ret->encrypted = ret->flags & EXT4_FL_ENCRYPT;
	decode_times(v, ret);
	decode_device(v, ret);
}

static enum rom_status ext4_inode(struct rom_fs *fs, uint64_t ino,
	struct rom_inode *ret, struct rom_err *err)
{
	ROM_AUTO uint8_t *buf = rom_alloc(ext4_of(fs)->inode_size);
	struct rom_buffer v = { .p = buf, .len = ext4_of(fs)->inode_size };
	bool suspect = false;
	enum rom_status st;

	if (fs->synthetic_root && ino == EXT4_ROOT) {
		rom_ext4_synthetic_root(ret);
		return ROM_OK;
	}
	st = read_raw(fs, ino, buf, v.len, &suspect, err);
	if (st)
		return st;
	rom_ext4_decode_inode(&v, ino, ret);
	ret->suspect = suspect;
	return ROM_OK;
}

/* Inodes of the filesystem itself, which no directory names: the first ones,
 * and those that the superblock or a flag tells, of any number. */
static bool is_system(ext2_filsys e2, ext2_ino_t ino, uint32_t flags)
{
	struct ext2_super_block *sb = e2->super;

	return ino < EXT2_FIRST_INODE(sb) || flags & EXT4_EA_INODE_FL ||
	       (sb->s_usr_quota_inum == ino && ext2fs_has_feature_quota(sb)) ||
	       (sb->s_grp_quota_inum == ino && ext2fs_has_feature_quota(sb)) ||
	       (sb->s_prj_quota_inum == ino &&
		       ext2fs_has_feature_project(sb)) ||
	       (sb->s_orphan_file_inum == ino &&
		       ext2fs_has_feature_orphan_file(sb)) ||
	       (sb->s_journal_inum == ino && ext2fs_has_feature_journal(sb));
}

static enum rom_status ext4_scan(
	struct rom_fs *fs, rom_inode_fn fn, void *ctx, struct rom_err *err)
{
	ext2_filsys e2 = e2_of(fs);
	size_t len = ext4_of(fs)->inode_size;
	ROM_AUTO uint8_t *buf = rom_alloc(len);
	struct rom_buffer v = { .p = buf, .len = len };
	ext2_inode_scan scan;
	ext2_ino_t ino = 0;
	errcode_t e = ext2fs_open_inode_scan(e2, 0, &scan);

	if (e)
		return rom_fail(err, ROM_E_CORRUPT, ROM_NO_OFFSET,
			"inode tables: %s", rom_ext4_error(e));
	for (uint64_t steps = 0; steps <= e2->super->s_inodes_count &&
				 !rom_is_stopped(fs->options.progress);
		steps++) {
		struct rom_inode in;

		e = ext2fs_get_next_inode_full(
			scan, &ino, (struct ext2_inode *)buf, (int)len);
		if (e && e != EXT2_ET_INODE_CSUM_INVALID) {
			/* an unreadable table loses its own group only */
			if (ext2fs_inode_scan_goto_blockgroup(scan,
				    (int)((ino + 1) /
					    e2->super->s_inodes_per_group) +
					    1))
				break;
			continue;
		}
		if (ino == 0)
			break;
		rom_ext4_decode_inode(&v, ino, &in);
		if (is_system(e2, ino, in.flags))
			continue;
		if (in.links && in.type != ROM_FILE_UNKNOWN &&
			!rom_le32(&v, EXT4_DTIME_AT) && !fn(ctx, &in))
			break;
	}
	ext2fs_close_inode_scan(scan);
	return ROM_OK;
}

/* ---- contents ------------------------------------------------------------ */

/* Runs fn on an inode, and once more without verification when its checksum
 * does not match: reading the inode reported that already. */
static errcode_t despite_checksum(ext2_filsys e2, uint64_t ino,
	errcode_t (*fn)(ext2_filsys e2, ext2_ino_t ino, void *ctx), void *ctx)
{
	errcode_t e = fn(e2, (ext2_ino_t)ino, ctx);

	if (e != EXT2_ET_INODE_CSUM_INVALID)
		return e;
	e2->flags |= EXT2_FLAG_IGNORE_CSUM_ERRORS;
	e = fn(e2, (ext2_ino_t)ino, ctx);
	e2->flags &= ~EXT2_FLAG_IGNORE_CSUM_ERRORS;
	return e;
}

static errcode_t get_inline(ext2_filsys e2, ext2_ino_t ino, void *ctx)
{
	struct rom_file_map *c = ctx;
	size_t size;
	errcode_t e = ext2fs_inline_data_size(e2, ino, &size);

	if (e)
		return e;
	/* the value of an attribute may be in its own inode, and of any size */
	if (size > INLINE_MAX)
		return EXT2_ET_EA_BAD_VALUE_SIZE;
	return ext2fs_inline_data_get(e2, ino, NULL, c->bytes, &c->len);
}

static enum rom_status map_inline(struct rom_fs *fs,
	const struct rom_inode *inode, struct rom_file_map *ret,
	struct rom_err *err)
{
	/* of a larger file the rest is a hole */
	size_t len = (size_t)rom_min(inode->size, INLINE_MAX);
	errcode_t e;

	ret->bytes = rom_alloc(INLINE_MAX);
	ret->len = len;
	e = despite_checksum(e2_of(fs), inode->ino, get_inline, ret);
	if (e)
		return rom_fail(err, ROM_E_CORRUPT, ROM_NO_OFFSET,
			"inode %" PRIu64 ": inline data: %s", inode->ino,
			rom_ext4_error(e));
	ret->len = rom_min(ret->len, len);
	return ROM_OK;
}

static enum rom_status ext4_map(struct rom_fs *fs,
	const struct rom_inode *inode, struct rom_file_map *ret,
	struct rom_err *err)
{
	ROM_AUTO uint8_t *buf = rom_alloc(ext4_of(fs)->inode_size);
	enum rom_status st = read_raw(
		fs, inode->ino, buf, ext4_of(fs)->inode_size, NULL, err);

	if (st)
		return st;
	if (inode->flags & EXT4_FL_INLINE)
		return map_inline(fs, inode, ret, err);
	if (inode->type == ROM_FILE_SYMLINK &&
		ext2fs_is_fast_symlink((struct ext2_inode *)buf)) {
		ret->len = (size_t)rom_min(inode->size, EXT4_MAP_LEN);
		ret->bytes = rom_alloc(EXT4_MAP_LEN);
		memcpy(ret->bytes, buf + EXT4_MAP_AT, ret->len);
		return ROM_OK;
	}
	if (inode->type != ROM_FILE_REGULAR &&
		inode->type != ROM_FILE_DIRECTORY &&
		inode->type != ROM_FILE_SYMLINK)
		return ROM_OK;
	/* all blocks of a directory: its size may be wrong, and names past it
	 * still name files */
	rom_ext4_map(ext4_of(fs), inode, buf + EXT4_MAP_AT,
		inode->type == ROM_FILE_DIRECTORY ? MAX_DIRECTORY : inode->size,
		ret);
	return ROM_OK;
}

static enum rom_status ext4_list(struct rom_fs *fs, uint64_t ino,
	uint64_t cookie, rom_dirent_fn fn, void *ctx, struct rom_err *err)
{
	struct rom_file_map c = { 0 };
	struct rom_fs_quiet quiet;
	struct rom_inode inode;
	enum rom_status st;

	if (fs->synthetic_root && ino == EXT4_ROOT)
		return rom_ext4_list_unattached(
			ext4_of(fs), cookie, fn, ctx, err);
	st = ext4_inode(fs, ino, &inode, err);
	if (st)
		return st;
	if (inode.type != ROM_FILE_DIRECTORY)
		return rom_fail(err, ROM_E_CORRUPT, ROM_NO_OFFSET,
			"inode %" PRIu64 " is not a directory", ino);
	/* a resumed listing maps the directory again */
	if (cookie)
		quiet = rom_fs_quiet_begin(fs);
	st = ext4_map(fs, &inode, &c, err);
	if (cookie)
		rom_fs_quiet_end(fs, &quiet);
	if (!st)
		st = rom_ext4_dir(
			ext4_of(fs), &inode, &c, cookie, fn, ctx, err);
	rom_file_map_done(&c);
	return st;
}

/* ---- hashes of names ----------------------------------------------------- */

void rom_ext4_name_hash(struct ext4_fs *ext4, uint8_t version, const char *name,
	size_t len, uint32_t *ret_hash, uint32_t *ret_minor)
{
	ext2_filsys e2 = ext4->e2;
	ext2_dirhash_t hash = 0, minor = 0;

	if (version == EXT4_NO_HASH)
		version = e2->super->s_def_hash_version;
	/* legacy, half MD4 and TEA have variants for signed and unsigned
	 * char */
	if (version <= EXT2_HASH_TEA &&
		e2->super->s_flags & EXT2_FLAGS_UNSIGNED_HASH)
		version += 3;
	if (!ext2fs_dirhash(version, name, (int)len, e2->super->s_hash_seed,
		    &hash, &minor)) {
		*ret_hash = hash;
		*ret_minor = minor;
	}
}

/* ---- attributes ---------------------------------------------------------- */

struct xattr_call {
	rom_xattr_fn fn;
	void *ctx;
};

static int pass_xattr(char *name, char *value, size_t len, void *data)
{
	struct xattr_call *call = data;

	/* system.data is the second part of inline data, not an attribute */
	if (strcmp(name, "system.data") &&
		!call->fn(call->ctx, name, value, len))
		return XATTR_ABORT;
	return 0;
}

static errcode_t get_xattrs(ext2_filsys e2, ext2_ino_t ino, void *ctx)
{
	struct ext2_xattr_handle *h = NULL;
	unsigned flags = XATTR_HANDLE_FLAG_RAW;
	errcode_t e = ext2fs_xattrs_open(e2, ino, &h);

	if (e)
		return e;
	/* raw: values as stored; libext2fs would convert ACLs */
	ext2fs_xattrs_flags(h, &flags, NULL);
	e = ext2fs_xattrs_read(h);
	if (!e)
		e = ext2fs_xattrs_iterate(h, pass_xattr, ctx);
	ext2fs_xattrs_close(&h);
	return e;
}

static enum rom_status ext4_xattrs(struct rom_fs *fs, uint64_t ino,
	rom_xattr_fn fn, void *ctx, struct rom_err *err)
{
	struct xattr_call call = { fn, ctx };
	bool synthetic = fs->synthetic_root && ino == EXT4_ROOT;
	errcode_t e =
		synthetic ? 0
			  : despite_checksum(e2_of(fs), ino, get_xattrs, &call);

	if (e)
		return rom_fail(err, ROM_E_CORRUPT, ROM_NO_OFFSET,
			"inode %" PRIu64 ": attributes: %s", ino,
			rom_ext4_error(e));
	return ROM_OK;
}

const struct rom_fs_reader rom_reader_ext4 = {
	.name = "ext4",
	.words = "ext2, ext3, ext4",
	.bid = rom_ext4_bid,
	.bid_remains = rom_ext4_bid_remains,
	.place = rom_ext4_place,
	.prove = rom_ext4_prove,
	.open = rom_ext4_open,
	.quick_scan = rom_ext4_quick_scan,
	.full_scan = rom_ext4_full_scan,
	.close = rom_ext4_close,
	.uuid = rom_ext4_uuid,
	.inode = ext4_inode,
	.list = ext4_list,
	.map = ext4_map,
	.xattrs = ext4_xattrs,
	.scan = ext4_scan,
	.free_ranges = rom_ext4_free_ranges,
	.idle_ranges = rom_ext4_idle_ranges,
};
