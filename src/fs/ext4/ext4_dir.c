/* SPDX-License-Identifier: MIT */
/*
 * ext4_dir.c - the entries of a directory, block by block; a damaged block
 * loses only its own names
 *
 * Entry (Linux fs/ext4/ext4.h): 0x00 4 inode  0x04 2 bytes to the next  0x06 1
 * name bytes  0x07 1 type (without the feature filetype: 0x06 2 name bytes)
 * 0x08 name. Blocks of hash trees look like one unused entry.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "ext4_priv.h"

enum {
	ENTRY_MIN = 8,
	NAME_MAX_LEN = 255,
	HASH_VERSION_AT = 28, /* in the first block of a hash tree */
	CSUM_TYPE = 0xde,     /* of the entry with the checksum */
};

struct listing {
	struct ext4_fs *ext4;
	const struct rom_inode *inode;
	uint64_t cookie;
	rom_dirent_fn fn;
	void *ctx;
	bool ended;
	uint8_t hash_version;
};

static enum rom_file_type type_of(uint8_t t)
{
	static const enum rom_file_type types[] = { ROM_FILE_UNKNOWN,
		ROM_FILE_REGULAR, ROM_FILE_DIRECTORY, ROM_FILE_CHAR,
		ROM_FILE_BLOCK, ROM_FILE_FIFO, ROM_FILE_SOCKET,
		ROM_FILE_SYMLINK };

	return t < sizeof(types) / sizeof(*types) ? types[t] : ROM_FILE_UNKNOWN;
}

enum { DOT_DOT_AT = 12 };

/* The two entries that every directory begins with. Elsewhere such a name is
 * crafted, but still names a file. */
static bool is_dot(const char *name, size_t len, uint64_t offset)
{
	return (offset == 0 && len == 1 && name[0] == '.') ||
	       (offset == DOT_DOT_AT && len == 2 && name[0] == '.' &&
		       name[1] == '.');
}

/* Sets the hashes of an encrypted name: stored behind it in a casefolded
 * directory, else computed. */
static void set_hash(struct listing *l, struct rom_buffer *v, size_t off,
	struct rom_dirent *entry)
{
	size_t behind = off + ((ENTRY_MIN + entry->len + 3) & ~(size_t)3);

	if (!l->inode->encrypted)
		return;
	if (l->inode->flags & EXT4_FL_CASEFOLD) {
		if (behind + 8 <= v->len) {
			entry->hash = rom_le32(v, behind);
			entry->minor_hash = rom_le32(v, behind + 4);
		}
		return;
	}
	rom_ext4_name_hash(l->ext4, l->hash_version, entry->name, entry->len,
		&entry->hash, &entry->minor_hash);
}

/* Reports an invalid entry, unless it lies before the cookie and was reported
 * by the listing that this one resumes. */
static void report_bad_entry(struct listing *l, const struct rom_buffer *v,
	uint64_t pos, size_t off, size_t len, size_t rec)
{
	if (pos >= l->cookie)
		rom_fs_damage(&l->ext4->fs, l->inode->ino,
			rom_buffer_offset(v, off),
			"directory entry: expected a length of %zu to %zu, got "
			"%zu; the names after it in this block are lost",
			len + ENTRY_MIN, v->len - off, rec);
}

/* Without the feature filetype the length has two bytes; but in the entry that
 * holds the checksum of a block the second one is a type all the same. */
static size_t name_len(
	struct listing *l, struct rom_buffer *v, size_t off, uint32_t ino)
{
	size_t len = rom_le16(v, off + 6);

	if (l->ext4->has_filetype || (!ino && len == CSUM_TYPE << 8))
		return len & 0xff;
	return len;
}

/* Lists the entries in v, which lies at byte base of the directory. */
static void list_bytes(struct listing *l, struct rom_buffer *v, uint64_t base)
{
	size_t rec, off;

	for (off = 0; off + ENTRY_MIN <= v->len && !l->ended; off += rec) {
		uint32_t ino = rom_le32(v, off);
		size_t len = name_len(l, v, off, ino);
		struct rom_dirent entry = { .name = (const char *)v->p + off +
						    ENTRY_MIN,
			.len = len,
			.ino = ino };

		rec = rom_le16(v, off + 4);
		/* 65536 does not fit into the field: 0 or 0xffff stand for
		 * it */
		if ((rec == 0 || rec == 0xffff) && off == 0 && v->len == 65536)
			rec = v->len;
		if (rec < ENTRY_MIN || rec % 4 || rec > v->len - off ||
			len + ENTRY_MIN > rec) {
			report_bad_entry(l, v, base + off, off, len, rec);
			return;
		}
		entry.next = base + off + rec;
		entry.type = l->ext4->has_filetype ? type_of(rom_u8(v, off + 7))
						   : ROM_FILE_UNKNOWN;
		if (ino == 0 || len == 0 || len > NAME_MAX_LEN ||
			is_dot(entry.name, len, base + off) ||
			base + off < l->cookie)
			continue;
		set_hash(l, v, off, &entry);
		l->ended = !l->fn(l->ctx, &entry);
	}
}

/* Verifies the checksum of a block, which ends in an entry of 12 bytes without
 * a name and of type DE. Index blocks of a hash tree have their checksum
 * elsewhere, and may hold a stale tail from the time before they became index
 * blocks. */
static void check_block(struct listing *l, struct rom_buffer *v, uint64_t base)
{
	size_t tail = v->len - 12;
	bool root = base == 0 && l->inode->flags & EXT4_FL_INDEX;
	bool node = rom_le32(v, 0) == 0 && rom_le16(v, 4) == v->len;

	if (!l->ext4->has_csum || root || node || rom_le32(v, tail) ||
		rom_le32(v, tail + 4) != 0xde00000c)
		return;
	if (!rom_ext4_csum_good(l->ext4, l->inode, v, tail, tail + 8))
		rom_fs_damage(&l->ext4->fs, l->inode->ino, v->offset,
			"directory: checksum mismatch in a block; its names "
			"are "
			"used anyway");
}

static void list_inline(struct listing *l, const struct rom_file_map *c)
{
	struct rom_buffer v = {
		.p = c->bytes, .len = c->len, .offset = ROM_NO_OFFSET
	};
	struct rom_buffer head = rom_buffer_part(
		&v, EXT4_INLINE_DIR_HEAD, EXT4_MAP_LEN - EXT4_INLINE_DIR_HEAD);
	struct rom_buffer rest = rom_buffer_part(&v, EXT4_MAP_LEN, c->len);

	list_bytes(l, &head, EXT4_INLINE_DIR_HEAD);
	list_bytes(l, &rest, EXT4_MAP_LEN);
}

/* Lists the block at v->offset of the image, which is byte base of the
 * directory. */
static void list_block(
	struct listing *l, uint8_t *buf, struct rom_buffer *v, uint64_t base)
{
	/* damage of the block in which a listing resumes was reported before */
	bool fresh = base >= l->cookie;
	struct rom_err err = { 0 };

	if (rom_read(l->ext4->fs.meta, buf, v->len, v->offset, &err)) {
		if (fresh)
			rom_fs_damage(&l->ext4->fs, l->inode->ino, v->offset,
				"directory: %s", err.text);
		return;
	}
	if (fresh)
		check_block(l, v, base);
	list_bytes(l, v, base);
}

/* The first block of a hash tree stores the version of the hash. */
static void read_hash_version(struct listing *l, const struct rom_file_map *c)
{
	const struct rom_extent *first = c->extents.v;
	uint8_t version;
	struct rom_err err;

	if (!l->inode->encrypted || !(l->inode->flags & EXT4_FL_INDEX))
		return;
	if (c->extents.n && first->kind == ROM_EXTENT_DATA && !first->offset &&
		!rom_read(l->ext4->fs.meta, &version, 1,
			first->image + HASH_VERSION_AT, &err))
		l->hash_version = version;
}

/* Lists the blocks of an extent, from the one with the cookie on. */
static void list_extent(
	struct listing *l, const struct rom_extent *e, uint8_t *buf)
{
	uint32_t bs = l->ext4->block_size;
	uint64_t off = l->cookie > e->offset ? l->cookie - e->offset : 0;

	for (off -= off % bs; off < e->len && !l->ended; off += bs) {
		struct rom_buffer v = { .p = buf,
			.len = (size_t)rom_min(bs, e->len - off),
			.offset = e->image + off };

		list_block(l, buf, &v, e->offset + off);
	}
}

enum rom_status rom_ext4_dir(struct ext4_fs *ext4,
	const struct rom_inode *inode, const struct rom_file_map *c,
	uint64_t cookie, rom_dirent_fn fn, void *ctx, struct rom_err *err)
{
	struct listing l = {
		.ext4 = ext4,
		.inode = inode,
		.cookie = cookie,
		.fn = fn,
		.ctx = ctx,
		.hash_version = EXT4_NO_HASH,
	};
	ROM_AUTO uint8_t *buf = NULL;

	(void)err;
	if (c->bytes) {
		list_inline(&l, c);
		return ROM_OK;
	}
	read_hash_version(&l, c);
	buf = rom_alloc(ext4->block_size);
	for (size_t i = 0; i < c->extents.n && !l.ended; i++) {
		const struct rom_extent *e = &c->extents.v[i];

		if (e->kind == ROM_EXTENT_DATA)
			list_extent(&l, e, buf);
		else if (e->kind == ROM_EXTENT_LOST && e->offset >= cookie)
			rom_fs_damage(&ext4->fs, inode->ino, ROM_NO_OFFSET,
				"directory: %" PRIu64
				" bytes of names cannot be found",
				e->len);
	}
	return ROM_OK;
}
