/* SPDX-License-Identifier: MIT */
/*
 * fat_read.c - FAT12, FAT16 and FAT32: opening, inodes, contents
 *
 * FAT has no inodes: the inode number is the offset of the directory entry in
 * the image / 32, or 1 for the root. Layouts: disk/fat_boot.c, fat_table.c and
 * fat_dir.c.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "fat_priv.h"

enum {
	MAX_DIRECTORY = 65536 * FAT_ENTRY_LEN, /* the specification's bound */
	/* where every formatting tool puts the backup */
	COPY_SECTOR = 6,
};

/* ---- opening ------------------------------------------------------------- */

static enum rom_status decode_at(
	struct rom_image *img, uint64_t offset, struct rom_fat_boot *ret)
{
	uint8_t buf[ROM_FAT_BOOT_LEN];
	struct rom_buffer v = {
		.p = buf, .len = sizeof(buf), .offset = offset
	};
	struct rom_err err;

	if (rom_read(img, buf, sizeof(buf), offset, &err))
		return ROM_NO_MATCH;
	return rom_fat_boot_decode(&v, ret);
}

/* True when a FAT begins with the media byte of this boot sector. */
static bool has_fat(struct rom_image *img, const struct rom_fat_boot *b)
{
	uint8_t first[4];
	struct rom_err err;

	for (unsigned i = 0; i < b->fats; i++) {
		if (!rom_read(img, first, sizeof(first),
			    b->fat_at + i * b->fat_len, &err) &&
			first[0] == b->media && first[1] == 0xff)
			return true;
	}
	return false;
}

/* FAT32 has a backup of the boot sector, which is used when the first one is
 * invalid. All sector sizes are tried: the one on record is lost with it. */
static enum rom_status find_boot(
	struct rom_image *img, struct rom_fat_boot *ret, uint64_t *ret_offset)
{
	*ret_offset = 0;
	if (!decode_at(img, 0, ret))
		return ROM_OK;
	for (uint64_t sector = 512; sector <= 4096; sector *= 2) {
		*ret_offset = COPY_SECTOR * sector;
		if (!decode_at(img, *ret_offset, ret) &&
			ret->copy_at == *ret_offset && has_fat(img, ret))
			return ROM_OK;
	}
	return ROM_NO_MATCH;
}

/* Bits that each check verifies: 55 AA and the constraints between fields, the
 * same of the backup, the media byte that the FAT repeats. */
enum {
	BOOT_BITS = 16 + 24,
	COPY_BITS = 16 + 20,
	MEDIA_BITS = 8,
	REMAINS_BITS = 24 + 32
};

static unsigned fat_bid(struct rom_image *img)
{
	struct rom_fat_boot b;
	uint64_t offset;

	if (find_boot(img, &b, &offset))
		return 0;
	return (offset ? COPY_BITS : BOOT_BITS) +
	       (has_fat(img, &b) ? MEDIA_BITS : 0u);
}

/* FATs and directories that lead to each other, without a boot sector. */
static unsigned fat_bid_remains(struct rom_image *img)
{
	struct rom_fat_boot b;

	return rom_fat_find_geometry(img, &b) ? REMAINS_BITS : 0;
}

static void apply_boot(struct fat_volume *v, const struct rom_fat_boot *b)
{
	uint64_t entries = b->fat_len * 8 / b->bits;

	v->bits = b->bits;
	v->media = b->media;
	v->cluster = b->cluster;
	v->clusters = b->clusters;
	v->root_cluster = b->root_cluster;
	v->root_at = b->root_at;
	v->root_len = b->root_len;
	v->data_at = b->data_at;
	v->fat_len = b->fat_len;
	v->fats = b->one_fat ? 1 : b->fats;
	for (unsigned i = 0; i < v->fats; i++)
		v->fat_at[i] = b->fat_at +
			       ((i + b->active_fat) % b->fats) * b->fat_len;
	if (entries >= 2 && entries - 2 >= v->clusters)
		return;
	rom_fs_damage(&v->fs, 0, 0x20,
		"FAT: expected entries for %" PRIu32 " clusters, got %" PRIu64
		"; clusters past them are lost",
		v->clusters, entries);
	v->clusters = entries > 2 ? (uint32_t)(entries - 2) : 0;
}

static enum rom_status fat_open(struct rom_image *img,
	const struct rom_fs_options *options, struct rom_fs **ret,
	struct rom_err *err)
{
	struct rom_fat_boot b;
	struct fat_volume *v;
	uint64_t offset;

	bool without;

	(void)err;
	without = find_boot(img, &b, &offset) != ROM_OK;
	if (without && !rom_fat_find_geometry(img, &b))
		return ROM_NO_MATCH;
	v = rom_alloc(sizeof(*v));
	v->fs = (struct rom_fs){
		.reader = &rom_reader_vfat,
		.kind = "vfat",
		.meta = rom_image_ref(img),
		.data = rom_image_ref(img),
		.root = FAT_ROOT,
		.options = *options,
	};
	if (without)
		rom_fs_damage(&v->fs, 0, 0,
			"the boot sectors are missing; the layout was derived: "
			"FAT%u, its FAT at 0x%" PRIx64 ", clusters of %" PRIu32
			" bytes from 0x%" PRIx64 " on",
			b.bits, b.fat_at, b.cluster, b.data_at);
	else if (offset)
		rom_fs_damage(&v->fs, 0, 0,
			"the boot sector is damaged; its copy at 0x%" PRIx64
			" is used",
			offset);
	apply_boot(v, &b);
	*ret = &v->fs;
	return ROM_OK;
}

static void fat_close(struct rom_fs *fs)
{
	rom_fat_table_done(fat_of(fs));
	rom_fat_lengths_done(fat_of(fs));
	free(fs);
}

/* ---- inodes -------------------------------------------------------------- */

static void root_inode(struct rom_inode *ret)
{
	*ret = (struct rom_inode){ .ino = FAT_ROOT,
		.type = ROM_FILE_DIRECTORY,
		.mode = FAT_DIR_MODE,
		.links = 1 };
}

static enum rom_status read_entry(
	struct fat_volume *v, uint64_t ino, uint8_t *entry, struct rom_err *err)
{
	uint64_t offset;
	bool in_root, in_data;

	if (!rom_mul(ino, FAT_ENTRY_LEN, &offset))
		offset = UINT64_MAX;
	in_root = offset >= v->root_at && offset - v->root_at < v->root_len;
	in_data = offset >= v->data_at &&
		  offset - v->data_at < (uint64_t)v->clusters * v->cluster;
	if (!in_root && !in_data)
		return rom_fail(err, ROM_E_CORRUPT, ROM_NO_OFFSET,
			"inode %" PRIu64
			": expected the offset of a directory entry",
			ino);
	return rom_read(v->fs.meta, entry, FAT_ENTRY_LEN, offset, err);
}

static void decode_entry(
	struct fat_volume *v, struct rom_buffer *e, struct rom_inode *ret)
{
	uint8_t attr = rom_u8(e, 0x0b);
	bool dir = attr & FAT_ATTR_DIR;

	ret->type = dir ? ROM_FILE_DIRECTORY : ROM_FILE_REGULAR;
	ret->mode = dir				? FAT_DIR_MODE
		    : attr & FAT_ATTR_READ_ONLY ? FAT_READ_ONLY_MODE
						: FAT_FILE_MODE;
	ret->flags = attr;
	ret->links = 1;
	ret->size = dir ? 0 : rom_le32(e, 0x1c);
	ret->crtime = rom_fat_time(rom_le32(e, 0x0e), rom_u8(e, 0x0d));
	ret->has_crtime = rom_fat_is_time(rom_le32(e, 0x0e));
	ret->mtime = ret->ctime = rom_fat_time(rom_le32(e, 0x16), 0);
	ret->atime = rom_fat_time((uint32_t)rom_le16(e, 0x12) << 16, 0);
	ret->generation = rom_fat_first_cluster(v, e->p);
}

static enum rom_status fat_inode(struct rom_fs *fs, uint64_t ino,
	struct rom_inode *ret, struct rom_err *err)
{
	uint8_t entry[FAT_ENTRY_LEN];
	struct rom_buffer e = { .p = entry, .len = sizeof(entry) };
	struct fat_volume *v = fat_of(fs);
	enum rom_status st;

	if (ino == FAT_ROOT) {
		root_inode(ret);
		return ROM_OK;
	}
	if (ino >= FAT_CHAIN_BASE)
		return rom_fat_chain_inode(
			v, (uint32_t)(ino - FAT_CHAIN_BASE), ret, err);
	st = read_entry(v, ino, entry, err);
	if (st)
		return st;
	*ret = (struct rom_inode){ .ino = ino };
	decode_entry(v, &e, ret);
	rom_fat_find_length(v, ret, ret->generation, false);
	return ROM_OK;
}

/* ---- contents ------------------------------------------------------------ */

static void directory_map(struct fat_volume *v, const struct rom_inode *inode,
	uint32_t first, struct rom_file_map *ret)
{
	if (inode->ino == FAT_ROOT && v->bits != 32)
		rom_file_map_add(ret, v->root_len,
			(struct rom_extent){ .len = v->root_len,
				.image = v->root_at,
				.kind = ROM_EXTENT_DATA });
	else
		rom_fat_chain(v, inode->ino, first, MAX_DIRECTORY,
			FAT_CHAIN_OPEN, ret);
}

static enum rom_status fat_file_map(struct rom_fs *fs,
	const struct rom_inode *inode, struct rom_file_map *ret,
	struct rom_err *err)
{
	struct fat_volume *v = fat_of(fs);
	uint32_t first = v->root_cluster;
	uint8_t entry[FAT_ENTRY_LEN];
	enum rom_status st;

	if (inode->ino >= FAT_CHAIN_BASE) {
		first = (uint32_t)(inode->ino - FAT_CHAIN_BASE);
	} else if (inode->ino != FAT_ROOT) {
		st = read_entry(v, inode->ino, entry, err);
		if (st)
			return st;
		first = rom_fat_first_cluster(v, entry);
	}
	if (inode->type == ROM_FILE_DIRECTORY)
		directory_map(v, inode, first, ret);
	else
		rom_fat_chain(
			v, inode->ino, first, inode->size, FAT_CHAIN_FILE, ret);
	return ROM_OK;
}

static enum rom_status fat_list(struct rom_fs *fs, uint64_t ino,
	uint64_t cookie, rom_dirent_fn fn, void *ctx, struct rom_err *err)
{
	struct rom_file_map c = { 0 };
	struct rom_fs_quiet quiet;
	struct rom_inode inode;
	enum rom_status st = fat_inode(fs, ino, &inode, err);

	if (st)
		return st;
	if (inode.type != ROM_FILE_DIRECTORY)
		return rom_fail(err, ROM_E_CORRUPT, ROM_NO_OFFSET,
			"inode %" PRIu64 " is not a directory", ino);
	if (cookie)
		quiet = rom_fs_quiet_begin(fs);
	st = fat_file_map(fs, &inode, &c, err);
	if (cookie)
		rom_fs_quiet_end(fs, &quiet);
	if (!st)
		rom_fat_dir(
			fat_of(fs), ino, ino == FAT_ROOT, &c, cookie, fn, ctx);
	rom_file_map_done(&c);
	return st;
}

static enum rom_status fat_xattrs(struct rom_fs *fs, uint64_t ino,
	rom_xattr_fn fn, void *ctx, struct rom_err *err)
{
	(void)fs, (void)ino, (void)fn, (void)ctx, (void)err; /* FAT has none */
	return ROM_OK;
}

const struct rom_fs_reader rom_reader_vfat = {
	.name = "vfat",
	.words = "FAT",
	.is_card = true,
	.bid = fat_bid,
	.bid_remains = fat_bid_remains,
	.searches_long = true,
	.open = fat_open,
	.close = fat_close,
	.inode = fat_inode,
	.list = fat_list,
	.map = fat_file_map,
	.xattrs = fat_xattrs,
	.unattached = rom_fat_unattached,
	.free_ranges = rom_fat_free_ranges,
	.idle_ranges = rom_fat_idle_ranges,
};
