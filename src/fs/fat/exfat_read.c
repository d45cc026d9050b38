/* SPDX-License-Identifier: MIT */
/*
 * exfat_read.c - exFAT: opening, inodes, contents
 *
 * As in FAT, the inode number is the offset of the (first) directory entry in
 * the image / 32, or 1 for the root. Layouts: disk/exfat_boot.c, exfat_dir.c.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "exfat_priv.h"

enum {
	MAX_DIRECTORY = 256 << 20, /* the specification's bound */
	REGION_SECTORS = 12,	   /* of the boot region; its copy follows */
	MAX_SECTOR = 4096,
	ZONE_VALID = 0x80,
};

/* ---- opening ------------------------------------------------------------- */

/* Decodes the boot region at offset. *ret_good: its checksum matches. */
static enum rom_status decode_region(struct rom_image *img, uint64_t offset,
	struct rom_exfat_boot *ret, bool *ret_good)
{
	ROM_AUTO uint8_t *buf = rom_alloc(REGION_SECTORS * MAX_SECTOR);
	struct rom_buffer v = {
		.p = buf, .len = ROM_FAT_BOOT_LEN, .offset = offset
	};
	struct rom_err err;
	size_t body;

	*ret_good = false;
	if (rom_read(img, buf, v.len, offset, &err) ||
		rom_exfat_boot_decode(&v, ret))
		return ROM_NO_MATCH;
	body = (size_t)(REGION_SECTORS - 1) * ret->sector;
	if (rom_read(img, buf, body + 4, offset, &err))
		return ROM_OK;
	v.len = body + 4;
	*ret_good = ret->has_layout &&
		    rom_exfat_boot_sum(buf, body) == rom_le32(&v, body);
	return ROM_OK;
}

/* Finds the first boot region, unless only the checksum of its backup matches.
 * The backup is tried at all sector sizes. */
static enum rom_status find_boot(struct rom_image *img,
	struct rom_exfat_boot *ret, uint64_t *ret_offset, bool *ret_good)
{
	enum rom_status st = decode_region(img, 0, ret, ret_good);
	struct rom_exfat_boot copy;
	bool good;

	*ret_offset = 0;
	for (uint64_t sector = 512; sector <= MAX_SECTOR && !*ret_good;
		sector *= 2) {
		if (decode_region(img, REGION_SECTORS * sector, &copy, &good) ||
			!good || copy.sector != sector)
			continue;
		*ret = copy;
		*ret_offset = REGION_SECTORS * sector;
		*ret_good = true;
		return ROM_OK;
	}
	return st ? st : ret->has_layout ? ROM_OK : ROM_NO_MATCH;
}

/* Bits of the name, the zeros in place of FAT's fields, and the checksum of the
 * region. On a mismatch the region was partly overwritten and may be stale: it
 * then counts less than any other superblock. */
enum {
	GOOD_BITS = 64 + 32 + 32,
	COPY_BITS = 44,
	DOUBTED_BITS = 40,
	/* the checksum of the up-case table, and the bitmap */
	REMAINS_BITS = 32 + 16,
};

static unsigned exfat_bid(struct rom_image *img)
{
	struct rom_exfat_boot b;
	uint64_t offset;
	bool good;

	if (find_boot(img, &b, &offset, &good))
		return 0;
	if (offset)
		return COPY_BITS;
	return good ? GOOD_BITS : DOUBTED_BITS;
}

static unsigned exfat_bid_remains(struct rom_image *img)
{
	struct rom_exfat_boot b;

	return rom_exfat_find_geometry(img, &b) ? REMAINS_BITS : 0;
}

static void report_boot(
	struct exfat_volume *v, bool without, bool good, uint64_t copy_at)
{
	if (without)
		rom_fs_damage(&v->fat.fs, 0, 0,
			"the boot regions are missing; the layout was derived: "
			"clusters of %" PRIu32 " bytes from 0x%" PRIx64
			" on, the root in cluster %" PRIu32 "%s",
			v->fat.cluster, v->fat.data_at, v->fat.root_cluster,
			v->fat.fat_len ? "" : ", no FAT");
	else if (copy_at)
		rom_fs_damage(&v->fat.fs, 0, 0,
			"the boot region is damaged; its copy at 0x%" PRIx64
			" is used",
			copy_at);
	else if (!good)
		rom_fs_damage(&v->fat.fs, 0, 0,
			"checksum mismatch of the boot region and of its copy; "
			"it is used anyway");
}

static void apply_boot(struct exfat_volume *v, const struct rom_exfat_boot *b)
{
	v->fat.exfat = true;
	v->fat.bits = 32;
	v->fat.cluster = b->cluster;
	v->fat.clusters = b->clusters;
	v->fat.root_cluster = b->root_cluster;
	v->fat.data_at = b->data_at;
	v->fat.fat_at[0] = b->fat_at + b->active_fat * b->fat_len;
	v->fat.fat_len = b->fat_len;
	/* a second FAT is for transactions (TexFAT), not a copy */
	v->fat.fats = 1;
}

static void find_bitmap(struct exfat_volume *v)
{
	struct rom_file_map root = { 0 };
	/* listing the root reports its damage again */
	struct rom_fs_quiet quiet = rom_fs_quiet_begin(&v->fat.fs);

	rom_fat_chain(&v->fat, FAT_ROOT, v->fat.root_cluster, MAX_DIRECTORY,
		FAT_CHAIN_OPEN, &root);
	rom_exfat_bitmap_find(v, &root);
	rom_fs_quiet_end(&v->fat.fs, &quiet);
	rom_file_map_done(&root);
}

static enum rom_status exfat_open(struct rom_image *img,
	const struct rom_fs_options *options, struct rom_fs **ret,
	struct rom_err *err)
{
	struct rom_exfat_boot b;
	struct exfat_volume *v;
	uint64_t offset;
	bool good, without;

	(void)err;
	without = find_boot(img, &b, &offset, &good) != ROM_OK;
	if (without && !rom_exfat_find_geometry(img, &b))
		return ROM_NO_MATCH;
	v = rom_alloc(sizeof(*v));
	v->fat.fs = (struct rom_fs){
		.reader = &rom_reader_exfat,
		.kind = "exfat",
		.meta = rom_image_ref(img),
		.data = rom_image_ref(img),
		.root = FAT_ROOT,
		.options = *options,
	};
	apply_boot(v, &b);
	find_bitmap(v);
	report_boot(v, without, good, offset);
	*ret = &v->fat.fs;
	return ROM_OK;
}

static void exfat_close(struct rom_fs *fs)
{
	rom_fat_table_done(fat_of(fs));
	rom_fat_lengths_done(fat_of(fs));
	rom_file_map_done(&exfat_of(fs)->bitmap);
	free(fs);
}

/* ---- inodes -------------------------------------------------------------- */

/* Reads the entries of a set at offset. When it continues past the end of a
 * cluster, only its directory knows where: next is that cluster. */
static bool read_entries(struct fat_volume *v, struct exfat_set *s,
	uint64_t offset, uint32_t next)
{
	uint64_t end = offset - (offset - v->data_at) % v->cluster + v->cluster;
	uint8_t entry[FAT_ENTRY_LEN];
	struct rom_err err;

	if (rom_read(v->fs.meta, entry, sizeof(entry), offset, &err) ||
		!rom_exfat_set_begin(s, entry, offset))
		return false;
	while (s->n < s->wanted) {
		offset += FAT_ENTRY_LEN;
		if (offset == end && !rom_fat_is_cluster(v, next))
			return false;
		offset = offset == end ? rom_fat_offset(v, next) : offset;
		if (rom_read(v->fs.meta, entry, sizeof(entry), offset, &err) ||
			!rom_exfat_set_add(s, entry))
			return false;
	}
	return true;
}

/* Reads the set of ino, first as if its directory had consecutive clusters and,
 * unless the checksum matches then, by the FAT. */
static enum rom_status read_set(struct fat_volume *v, uint64_t ino,
	struct exfat_set *ret, struct rom_err *err)
{
	uint32_t cluster;
	bool read;
	uint64_t offset;

	if (!rom_mul(ino, FAT_ENTRY_LEN, &offset) || offset < v->data_at ||
		offset - v->data_at >= (uint64_t)v->clusters * v->cluster)
		return rom_fail(err, ROM_E_CORRUPT, ROM_NO_OFFSET,
			"inode %" PRIu64
			": expected the offset of a directory entry",
			ino);
	cluster = (uint32_t)((offset - v->data_at) / v->cluster + 2);
	read = read_entries(v, ret, offset, cluster + 1);
	if (!read || !rom_exfat_set_good(ret)) {
		struct fat_link_to l = rom_fat_link(v, cluster);

		rom_fat_link_without_fat(v, cluster, true, &l);
		if (l.link == FAT_NEXT && l.value != cluster + 1)
			read = read_entries(v, ret, offset, l.value);
	}
	if (!read)
		return rom_fail(err, ROM_E_CORRUPT, offset,
			"directory entry: expected type 85 and a complete "
			"set");
	return ROM_OK;
}

static struct rom_time time_at(struct rom_buffer *e, size_t offset,
	size_t hundredths_at, size_t zone_at)
{
	struct rom_time t = rom_fat_time(rom_le32(e, offset),
		hundredths_at ? rom_u8(e, hundredths_at) : 0);
	uint8_t zone = rom_u8(e, zone_at);
	int quarters = (zone & 0x40) ? (zone & 0x7f) - 0x80 : zone & 0x7f;

	if (zone & ZONE_VALID && rom_fat_is_time(rom_le32(e, offset)))
		t.sec -= quarters * 900;
	return t;
}

static void decode_set(
	struct fat_volume *v, const struct exfat_set *s, struct rom_inode *ret)
{
	struct rom_buffer e = { .p = s->bytes, .len = FAT_ENTRY_LEN };
	uint16_t attr = rom_le16(&e, 4);
	bool dir = attr & FAT_ATTR_DIR;
	struct exfat_stream stream = { 0 };

	ret->suspect =
		!rom_exfat_set_stream(s, &stream) || !rom_exfat_set_good(s);
	ret->type = dir ? ROM_FILE_DIRECTORY : ROM_FILE_REGULAR;
	ret->mode = dir				? FAT_DIR_MODE
		    : attr & FAT_ATTR_READ_ONLY ? FAT_READ_ONLY_MODE
						: FAT_FILE_MODE;
	ret->flags = attr;
	ret->links = 1;
	ret->size = dir ? 0 : stream.size;
	ret->generation = stream.first;
	ret->crtime = time_at(&e, 0x08, 0x14, 0x16);
	ret->has_crtime = rom_fat_is_time(rom_le32(&e, 0x08));
	ret->mtime = ret->ctime = time_at(&e, 0x0c, 0x15, 0x17);
	ret->atime = time_at(&e, 0x10, 0, 0x18);
	rom_fat_find_length(v, ret, stream.first, stream.run);
}

static enum rom_status exfat_inode(struct rom_fs *fs, uint64_t ino,
	struct rom_inode *ret, struct rom_err *err)
{
	struct exfat_set set;
	enum rom_status st;

	*ret = (struct rom_inode){ .ino = ino,
		.type = ROM_FILE_DIRECTORY,
		.mode = FAT_DIR_MODE,
		.links = 1 };
	if (ino == FAT_ROOT)
		return ROM_OK;
	st = read_set(fat_of(fs), ino, &set, err);
	if (!st)
		decode_set(fat_of(fs), &set, ret);
	return st;
}

/* ---- contents ------------------------------------------------------------ */

/* Past the valid length the clusters hold stale data, which reads as zeros. */
static void end_valid(struct rom_file_map *c, uint64_t size, uint64_t valid)
{
	if (valid < size)
		rom_file_map_add(c, size,
			(struct rom_extent){ .offset = valid,
				.len = size - valid,
				.kind = ROM_EXTENT_ZERO });
}

static void stream_map(struct exfat_volume *v, const struct rom_inode *inode,
	const struct exfat_stream *s, struct rom_file_map *ret)
{
	bool dir = inode->type == ROM_FILE_DIRECTORY;
	uint64_t size = dir ? rom_min(s->size, MAX_DIRECTORY)
			    : rom_min(s->valid, s->size);

	if (s->run)
		rom_fat_run(&v->fat, inode->ino, s->first, size, ret);
	else
		rom_fat_chain(&v->fat, inode->ino, s->first, size,
			dir ? FAT_CHAIN_DIRECTORY : FAT_CHAIN_FILE, ret);
	if (!dir) {
		rom_exfat_bitmap_check(v, inode->ino, ret);
		end_valid(ret, s->size, size);
	}
}

static enum rom_status exfat_file_map(struct rom_fs *fs,
	const struct rom_inode *inode, struct rom_file_map *ret,
	struct rom_err *err)
{
	struct exfat_volume *v = exfat_of(fs);
	struct exfat_stream stream = { 0 };
	struct exfat_set set;
	enum rom_status st;

	if (inode->ino == FAT_ROOT) {
		rom_fat_chain(&v->fat, FAT_ROOT, v->fat.root_cluster,
			MAX_DIRECTORY, FAT_CHAIN_OPEN, ret);
		return ROM_OK;
	}
	st = read_set(&v->fat, inode->ino, &set, err);
	if (st)
		return st;
	if (!rom_exfat_set_stream(&set, &stream))
		return rom_fail(err, ROM_E_CORRUPT, set.offset,
			"directory entry: expected a stream entry after it");
	if (stream.size > (uint64_t)v->fat.clusters * v->fat.cluster)
		return rom_fail(err, ROM_E_CORRUPT, set.offset,
			"size: expected at most the %" PRIu64
			" bytes of all clusters, got %" PRIu64,
			(uint64_t)v->fat.clusters * v->fat.cluster,
			stream.size);
	if (inode->length != ROM_LENGTH_STATED)
		stream.size = stream.valid = inode->size;
	stream_map(v, inode, &stream, ret);
	return ROM_OK;
}

static enum rom_status exfat_list(struct rom_fs *fs, uint64_t ino,
	uint64_t cookie, rom_dirent_fn fn, void *ctx, struct rom_err *err)
{
	struct rom_file_map c = { 0 };
	struct rom_fs_quiet quiet;
	struct rom_inode inode;
	enum rom_status st = exfat_inode(fs, ino, &inode, err);

	if (st)
		return st;
	if (inode.type != ROM_FILE_DIRECTORY)
		return rom_fail(err, ROM_E_CORRUPT, ROM_NO_OFFSET,
			"inode %" PRIu64 " is not a directory", ino);
	if (cookie)
		quiet = rom_fs_quiet_begin(fs);
	st = exfat_file_map(fs, &inode, &c, err);
	if (cookie)
		rom_fs_quiet_end(fs, &quiet);
	if (!st)
		rom_exfat_dir(exfat_of(fs), ino, &c, cookie, fn, ctx);
	rom_file_map_done(&c);
	return st;
}

static enum rom_status exfat_xattrs(struct rom_fs *fs, uint64_t ino,
	rom_xattr_fn fn, void *ctx, struct rom_err *err)
{
	/* exFAT has none */
	(void)fs, (void)ino, (void)fn, (void)ctx, (void)err;
	return ROM_OK;
}

const struct rom_fs_reader rom_reader_exfat = {
	.name = "exfat",
	.words = "exFAT",
	.is_card = true,
	.bid = exfat_bid,
	.bid_remains = exfat_bid_remains,
	.searches_long = true,
	.open = exfat_open,
	.close = exfat_close,
	.inode = exfat_inode,
	.list = exfat_list,
	.map = exfat_file_map,
	.xattrs = exfat_xattrs,
	.free_ranges = rom_exfat_free_ranges,
	.idle_ranges = rom_fat_idle_ranges,
};
