/* SPDX-License-Identifier: MIT */
/*
 * squashfs_read.c - squashfs 4 through libsquashfs (squashfs-tools-ng); an
 * inode number is its reference + 1
 *
 * The library decompresses metadata, iterates directories and reads contents.
 * Inodes are decoded here, because it would allocate whatever a hostile one
 * claims: only that of a file is passed on, after its size was bounded. Inode,
 * little-endian (Linux fs/squashfs/squashfs_fs.h) 0x00 2 type, 7 and more: the
 * long form  0x02 2 mode 0x04 2, 0x06 2 index of owner, group  0x08 4 written
 *   dir  0x10 4 block  0x14 4 links  0x18 2 size  0x1a 2 offset
 *        long: 0x10 4 links  0x14 4 size  0x18 4 block  0x22 2 offset
 *   file  0x10 4 block  0x14 4 fragment  0x1c 4 size  long: 0x10 8 block
 *         0x18 8 size  0x28 4 links
 *   link, device, others: 0x10 4 links  0x14 4 length of the target, or device
 */
#ifdef ROM_HAVE_libsquashfs1
#include <inttypes.h>
#include <stdlib.h>

#include <sqfs/dir.h>
#include <sqfs/id_table.h>
#include <sqfs/meta_reader.h>

#include "squashfs_priv.h"

enum {
	SHORT_TYPES = 7,
	INODE_LEN = 56, /* of the longest, without its variable part */
	TARGET_AT = 0x18,
	MAX_NAME = 256,
	/* per directory: its size has 32 bits, and an entry at least 9 bytes */
	MAX_ENTRIES = 1 << 24,
};

/* bounds its block table to 64 MiB */
#define MAX_FILE_SIZE ((uint64_t)1 << 36)

/* Where a listing stopped. The library can read a directory only from its
 * start, while a walk resumes it after each subdirectory. */
struct resume {
	uint64_t ino; /* 0: empty slot */
	uint64_t cookie;
	sqfs_readdir_state_t state;
};
enum { RESUMES = 64 }; /* one per level of most trees */

struct squashfs {
	struct rom_fs fs;
	struct squashfs_file file;
	sqfs_super_t super;
	sqfs_compressor_t *compressor;
	sqfs_meta_reader_t *inodes, *dirs;
	sqfs_id_table_t *ids;
	struct squashfs_data *data;
	struct resume resume[RESUMES];
};

static struct squashfs *squash_of(struct rom_fs *fs)
{
	return (struct squashfs *)fs; /* fs is its first member */
}

/* ---- opening ------------------------------------------------------------- */

static void squashfs_close(struct rom_fs *fs)
{
	struct squashfs *s = squash_of(fs);

	sqfs_destroy(s->inodes);
	sqfs_destroy(s->dirs);
	sqfs_destroy(s->ids);
	sqfs_destroy(s->compressor);
	rom_squashfs_data_unref(s->data);
	rom_image_close(s->file.img);
	free(s);
}

static uint64_t end_of_dirs(const sqfs_super_t *super)
{
	uint64_t end = super->id_table_start;

	if (super->fragment_table_start > super->directory_table_start)
		end = rom_min(end, super->fragment_table_start);
	if (super->export_table_start > super->directory_table_start)
		end = rom_min(end, super->export_table_start);
	return end;
}

static enum rom_status open_tables(struct squashfs *s, struct rom_err *err)
{
	const sqfs_super_t *super = &s->super;
	enum rom_status st =
		rom_squashfs_data_new(s->file.img, super, &s->data, err);
	int e;

	if (st)
		return st;
	s->compressor = rom_squashfs_compressor(super);
	s->inodes = sqfs_meta_reader_create(&s->file.base, s->compressor,
		super->inode_table_start, super->directory_table_start);
	s->dirs = sqfs_meta_reader_create(&s->file.base, s->compressor,
		super->directory_table_start, end_of_dirs(super));
	s->ids = sqfs_id_table_create(0);
	e = s->inodes && s->dirs && s->ids
		    ? sqfs_id_table_read(
			      s->ids, &s->file.base, super, s->compressor)
		    : SQFS_ERROR_ALLOC;
	if (e) /* files are readable without their owners */
		rom_fs_damage(&s->fs, 0, super->id_table_start,
			"squashfs: the id table %s", rom_squashfs_error(e));
	return s->inodes && s->dirs && s->ids
		       ? ROM_OK
		       : rom_fail(err, ROM_E_CORRUPT, 0,
				 "squashfs: its tables cannot be opened");
}

static enum rom_status squashfs_open(struct rom_image *img,
	const struct rom_fs_options *options, struct rom_fs **ret,
	struct rom_err *err)
{
	struct squashfs *s = rom_alloc(sizeof(*s));
	enum rom_status st = ROM_NO_MATCH;

	rom_squashfs_file_init(&s->file, img);
	s->fs = (struct rom_fs){ .reader = &rom_reader_squashfs,
		.kind = "squashfs",
		.options = *options };
	if (!sqfs_super_read(&s->super, &s->file.base))
		st = open_tables(s, err);
	if (st) {
		rom_fs_damage_done(&s->fs);
		squashfs_close(&s->fs);
		return st;
	}
	s->fs.meta = rom_image_ref(img);
	s->fs.data = rom_image_ref(img);
	s->fs.root = s->super.root_inode_ref + 1;
	*ret = &s->fs;
	return ROM_OK;
}

/* Bits that each check verifies: the magic, the version and the block size,
 * which is stored twice; the root, which is compressed. */
enum { SUPER_BITS = 32 + 16 + 20, ROOT_BITS = 32 };

static unsigned squashfs_bid(struct rom_image *img)
{
	struct rom_fs_options none = { 0 };
	struct rom_inode root;
	struct rom_fs *fs = NULL;
	struct rom_err err;
	enum rom_status st = squashfs_open(img, &none, &fs, &err);
	bool has_root;

	/* damaged, or of a compression that the library does not have: it says
	 * so when it is opened */
	if (st)
		return st == ROM_NO_MATCH ? 0 : SUPER_BITS / 2;
	has_root = !rom_fs_inode(fs, fs->root, &root, &err) &&
		   root.type == ROM_FILE_DIRECTORY;
	rom_fs_close(fs);
	/* without a root it was partly overwritten and may be stale */
	return has_root ? SUPER_BITS + ROOT_BITS : SUPER_BITS / 2;
}

/* ---- inodes -------------------------------------------------------------- */

static enum rom_status fail_inode(uint64_t ino, int e, struct rom_err *err)
{
	return rom_fail(err, ROM_E_CORRUPT, ROM_NO_OFFSET,
		"inode %" PRIu64 ": it %s", ino, rom_squashfs_error(e));
}

static int seek_inode(struct squashfs *s, uint64_t ino)
{
	uint64_t ref = ino - 1;

	if (ino == 0 || ref >> 48)
		return SQFS_ERROR_OUT_OF_BOUNDS;
	return sqfs_meta_reader_seek(s->inodes,
		s->super.inode_table_start + (ref >> 16), ref & 0xffff);
}

/* Bytes of an inode of this type, without its variable part; 0: invalid
 * type. */
static size_t inode_len(uint16_t type)
{
	static const uint8_t lens[] = { 0, 32, 32, 24, 24, 24, 20, 20, 40, 56,
		24, 24, 24, 20, 20 };

	return type < sizeof(lens) ? lens[type] : 0;
}

/* *buf: INODE_LEN bytes, zeros behind the end of the inode. */
static enum rom_status read_raw(
	struct squashfs *s, uint64_t ino, uint8_t *buf, struct rom_err *err)
{
	int e = seek_inode(s, ino);
	size_t len;

	memset(buf, 0, INODE_LEN);
	if (!e)
		e = sqfs_meta_reader_read(s->inodes, buf, 16);
	len = e ? 0 : inode_len((uint16_t)(buf[0] | buf[1] << 8));
	if (!e && !len)
		e = SQFS_ERROR_UNSUPPORTED;
	if (!e)
		e = sqfs_meta_reader_read(s->inodes, buf + 16, len - 16);
	return e ? fail_inode(ino, e, err) : ROM_OK;
}

static enum rom_file_type type_of(unsigned type)
{
	static const enum rom_file_type types[] = { ROM_FILE_UNKNOWN,
		ROM_FILE_DIRECTORY, ROM_FILE_REGULAR, ROM_FILE_SYMLINK,
		ROM_FILE_BLOCK, ROM_FILE_CHAR, ROM_FILE_FIFO, ROM_FILE_SOCKET };

	return types[type > SHORT_TYPES ? type - SHORT_TYPES : type];
}

static uint32_t owner(struct squashfs *s, uint16_t index)
{
	sqfs_u32 id = 0;

	return sqfs_id_table_index_to_id(s->ids, index, &id) ? 0 : id;
}

static void decode_kind(
	struct rom_buffer *v, bool is_long, struct rom_inode *in)
{
	uint32_t device = rom_le32(v, 0x14);

	in->links = rom_le32(v, 0x10);
	if (in->type == ROM_FILE_DIRECTORY) {
		in->links = is_long ? in->links : rom_le32(v, 0x14);
		in->size = is_long ? rom_le32(v, 0x14) : rom_le16(v, 0x18);
	} else if (in->type == ROM_FILE_REGULAR) {
		in->links = is_long ? rom_le32(v, 0x28) : 1;
		in->size = is_long ? rom_le64(v, 0x18) : rom_le32(v, 0x1c);
	} else if (in->type == ROM_FILE_SYMLINK) {
		in->size = device;
	} else if (in->type == ROM_FILE_CHAR || in->type == ROM_FILE_BLOCK) {
		in->major = device >> 8 & 0xfff;
		in->minor = (device & 0xff) | (device >> 12 & 0xfff00);
	}
}

static enum rom_status squashfs_inode(struct rom_fs *fs, uint64_t ino,
	struct rom_inode *ret, struct rom_err *err)
{
	uint8_t buf[INODE_LEN];
	struct rom_buffer v = { .p = buf, .len = sizeof(buf) };
	struct squashfs *s = squash_of(fs);
	enum rom_status st = read_raw(s, ino, buf, err);

	if (st)
		return st;
	*ret = (struct rom_inode){
		.ino = ino,
		.type = type_of(rom_le16(&v, 0)),
		.mode = rom_le16(&v, 2) & 07777,
		.uid = owner(s, rom_le16(&v, 4)),
		.gid = owner(s, rom_le16(&v, 6)),
	};
	ret->mtime.sec = ret->ctime.sec = rom_le32(&v, 8);
	decode_kind(&v, rom_le16(&v, 0) > SHORT_TYPES, ret);
	return ROM_OK;
}

/* ---- directories --------------------------------------------------------- */

static enum rom_status begin_dir(struct squashfs *s, uint64_t ino,
	sqfs_readdir_state_t *state, struct rom_err *err)
{
	sqfs_inode_generic_t g = { 0 };
	uint8_t buf[INODE_LEN];
	struct rom_buffer v = { .p = buf, .len = sizeof(buf) };
	enum rom_status st = read_raw(s, ino, buf, err);
	bool is_long;
	int e;

	if (st)
		return st;
	if (type_of(rom_le16(&v, 0)) != ROM_FILE_DIRECTORY)
		return rom_fail(err, ROM_E_CORRUPT, ROM_NO_OFFSET,
			"inode %" PRIu64 " is not a directory", ino);
	is_long = rom_le16(&v, 0) > SHORT_TYPES;
	g.base.type = SQFS_INODE_EXT_DIR;
	g.data.dir_ext.size = is_long ? rom_le32(&v, 0x14) : rom_le16(&v, 0x18);
	g.data.dir_ext.start_block = rom_le32(&v, is_long ? 0x18 : 0x10);
	g.data.dir_ext.offset = rom_le16(&v, is_long ? 0x22 : 0x1a);
	e = sqfs_readdir_state_init(state, &s->super, &g);
	return e ? fail_inode(ino, e, err) : ROM_OK;
}

static struct resume *resume_of(struct squashfs *s, uint64_t ino)
{
	return &s->resume[(ino ^ ino >> 16) % RESUMES];
}

/* Finds the state of a listing at cookie, or before it; *n is the number of
 * entries before that state. */
static enum rom_status find_state(struct squashfs *s, uint64_t ino,
	uint64_t cookie, sqfs_readdir_state_t *state, uint64_t *n,
	struct rom_err *err)
{
	const struct resume *r = resume_of(s, ino);

	*n = 0;
	if (!cookie || r->ino != ino || r->cookie != cookie)
		return begin_dir(s, ino, state, err);
	*state = r->state;
	*n = cookie;
	return ROM_OK;
}

static bool pass_entry(const sqfs_dir_entry_t *entry, uint64_t ref, uint64_t n,
	rom_dirent_fn fn, void *ctx)
{
	struct rom_dirent e = {
		.name = (const char *)entry->name,
		.len = (size_t)entry->size + 1,
		.ino = ref + 1,
		.type = entry->type <= SHORT_TYPES ? type_of(entry->type)
						   : ROM_FILE_UNKNOWN,
		.next = n + 1,
	};

	return e.len > MAX_NAME || fn(ctx, &e);
}

static enum rom_status squashfs_list(struct rom_fs *fs, uint64_t ino,
	uint64_t cookie, rom_dirent_fn fn, void *ctx, struct rom_err *err)
{
	struct squashfs *s = squash_of(fs);
	sqfs_readdir_state_t state;
	uint64_t n;
	enum rom_status st = find_state(s, ino, cookie, &state, &n, err);
	bool more = st == ROM_OK;

	for (; more && n < MAX_ENTRIES; n++) {
		sqfs_dir_entry_t *entry = NULL;
		sqfs_u32 number;
		sqfs_u64 ref;
		int e = sqfs_meta_reader_readdir(
			s->dirs, &state, &entry, &number, &ref);

		if (e < 0)
			rom_fs_damage(fs, ino, ROM_NO_OFFSET,
				"directory: the rest after %" PRIu64
				" names %s",
				n, rom_squashfs_error(e));
		more = e == 0 &&
		       (n < cookie || pass_entry(entry, ref, n, fn, ctx));
		sqfs_free(entry);
		if (e == 0 && !more)
			*resume_of(s, ino) =
				(struct resume){ ino, n + 1, state };
	}
	return st;
}

/* ---- contents ------------------------------------------------------------ */

static enum rom_status symlink_map(struct squashfs *s,
	const struct rom_inode *inode, struct rom_file_map *ret,
	struct rom_err *err)
{
	uint8_t head[TARGET_AT];
	int e;

	if (inode->size > ROM_MAX_SYMLINK)
		return fail_inode(inode->ino, SQFS_ERROR_OUT_OF_BOUNDS, err);
	e = seek_inode(s, inode->ino);
	ret->bytes = rom_alloc((size_t)inode->size + 1);
	ret->len = (size_t)inode->size;
	if (!e)
		e = sqfs_meta_reader_read(s->inodes, head, sizeof(head));
	if (!e)
		e = sqfs_meta_reader_read(s->inodes, ret->bytes, ret->len);
	return e ? fail_inode(inode->ino, e, err) : ROM_OK;
}

/* Adds ENCODED extents for stored blocks; a block of length 0 is a hole. */
static void add_extents(struct squashfs *s, const sqfs_inode_generic_t *g,
	uint64_t size, struct rom_file_map *ret)
{
	size_t n = g->payload_bytes_used / sizeof(*g->extra);
	uint32_t bs = s->super.block_size;
	sqfs_u64 offset = 0;

	sqfs_inode_get_file_block_start(g, &offset);
	for (size_t i = 0; i < n; i++) {
		uint32_t stored = g->extra[i] & ~(1u << 24);

		if (stored)
			rom_file_map_add(ret, size,
				(struct rom_extent){ (uint64_t)i * bs, bs,
					offset, ROM_EXTENT_ENCODED });
		offset += stored;
	}
	rom_file_map_add(ret, size,
		(struct rom_extent){ .offset = (uint64_t)n * bs,
			.len = size > (uint64_t)n * bs ? size - (uint64_t)n * bs
						       : 0,
			.image = offset,
			.kind = ROM_EXTENT_ENCODED });
}

static enum rom_status regular_file_map(struct squashfs *s,
	const struct rom_inode *inode, struct rom_file_map *ret,
	struct rom_err *err)
{
	uint64_t ref = inode->ino - 1;
	sqfs_inode_generic_t *g = NULL;
	sqfs_u64 size = 0;
	int e = inode->size <= MAX_FILE_SIZE ? seek_inode(s, inode->ino)
					     : SQFS_ERROR_OUT_OF_BOUNDS;

	if (!e)
		e = sqfs_meta_reader_read_inode(
			s->inodes, &s->super, ref >> 16, ref & 0xffff, &g);
	if (!e)
		e = sqfs_inode_get_file_size(g, &size);
	if (!e && size != inode->size)
		e = SQFS_ERROR_CORRUPTED;
	if (e) {
		sqfs_free(g);
		return fail_inode(inode->ino, e, err);
	}
	add_extents(s, g, size, ret);
	ret->image = rom_squashfs_file_image(s->data, g, size);
	return ROM_OK;
}

static enum rom_status squashfs_file_map(struct rom_fs *fs,
	const struct rom_inode *inode, struct rom_file_map *ret,
	struct rom_err *err)
{
	if (inode->type == ROM_FILE_SYMLINK)
		return symlink_map(squash_of(fs), inode, ret, err);
	if (inode->type == ROM_FILE_REGULAR)
		return regular_file_map(squash_of(fs), inode, ret, err);
	return ROM_OK;
}

static enum rom_status squashfs_xattrs(struct rom_fs *fs, uint64_t ino,
	rom_xattr_fn fn, void *ctx, struct rom_err *err)
{
	/* left out: see docs/FORMATS.md */
	(void)fs, (void)ino, (void)fn, (void)ctx, (void)err;
	return ROM_OK;
}

const struct rom_fs_reader rom_reader_squashfs = {
	.name = "squashfs",
	.words = "squashfs",
	.compresses = true,
	.bid = squashfs_bid,
	.open = squashfs_open,
	.close = squashfs_close,
	.inode = squashfs_inode,
	.list = squashfs_list,
	.map = squashfs_file_map,
	.xattrs = squashfs_xattrs,
};
#endif
