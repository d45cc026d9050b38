/* SPDX-License-Identifier: MIT */
/*
 * f2fs_compress.c - compressed files: an image that decompresses by cluster
 *
 * A cluster whose first block number is FFFFFFFE is stored compressed in the
 * blocks that follow (Linux fs/f2fs/f2fs.h): 0x00 4 length   0x04 4 CRC of the
 * compressed bytes   0x18 compressed bytes All other clusters are stored plain.
 * Nothing is cached between reads, so that any number of threads may read.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "f2fs_priv.h"

enum { HEAD_LEN = 0x18, MAX_CLUSTER = 256 /* blocks */, MAX_RUNS = 1 << 20 };

/* A run of plain blocks, or one compressed cluster. Runs are in the order of
 * the file. */
struct encoded_run {
	uint32_t first, n; /* blocks of the file */
	/* block of the first; of a compressed one: index of its blocks in the
	 * list */
	uint32_t address;
	uint32_t encoded; /* blocks of a compressed one; 0: plain */
};

struct unpacked_image {
	struct rom_image img;
	struct rom_image *data;
	uint8_t algorithm;
	bool has_crc;
	uint32_t cluster; /* blocks */
	ROM_VEC(struct encoded_run) runs;
	ROM_VEC(uint32_t) blocks;
};

/* ---- reading ------------------------------------------------------------- */

/* The first run that ends after a byte. */
static size_t run_after(const struct unpacked_image *v, uint64_t offset)
{
	size_t lo = 0, hi = v->runs.n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		const struct encoded_run *p = &v->runs.v[mid];

		if (rom_f2fs_bytes((uint64_t)p->first + p->n) <= offset)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static enum rom_status read_encoded(struct unpacked_image *v,
	const struct encoded_run *p, uint8_t *encoded, uint8_t *out,
	struct rom_err *err)
{
	size_t out_len = (size_t)v->cluster * ROM_F2FS_BLOCK;
	struct rom_buffer head = { .p = encoded,
		.len = (size_t)p->encoded * ROM_F2FS_BLOCK };
	const uint32_t *block = &v->blocks.v[p->address];
	uint64_t offset = rom_f2fs_bytes(*block);
	size_t len;

	for (uint32_t i = 0; i < p->encoded; i++) {
		enum rom_status st =
			rom_read(v->data, encoded + (size_t)i * ROM_F2FS_BLOCK,
				ROM_F2FS_BLOCK, rom_f2fs_bytes(block[i]), err);

		if (st)
			return st;
	}
	len = rom_le32(&head, 0);
	if (len == 0 || len > head.len - HEAD_LEN)
		return rom_fail(err, ROM_E_CORRUPT, offset,
			"compressed cluster: expected up to %zu bytes, got %zu",
			head.len - HEAD_LEN, len);
	if (v->has_crc && rom_crc32_from(ROM_F2FS_CRC_SEED, encoded + HEAD_LEN,
				  len) != rom_le32(&head, 4))
		return rom_fail(err, ROM_E_CORRUPT, offset,
			"compressed cluster: its checksum does not agree");
	if (!rom_f2fs_unpack(
		    v->algorithm, encoded + HEAD_LEN, len, out, out_len))
		return rom_fail(err, ROM_E_CORRUPT, offset,
			"compressed cluster: expected %zu bytes when "
			"decompressed, got another size",
			out_len);
	return ROM_OK;
}

/* Reads [offset, offset + len) of the file, which lies in one compressed
 * cluster. */
static enum rom_status unpack_part(struct unpacked_image *v,
	const struct encoded_run *p, uint64_t offset, size_t len, uint8_t *buf,
	struct rom_err *err)
{
	size_t out_len = (size_t)v->cluster * ROM_F2FS_BLOCK;
	ROM_AUTO uint8_t *encoded =
		rom_alloc((size_t)p->encoded * ROM_F2FS_BLOCK);
	ROM_AUTO uint8_t *whole = len < out_len ? rom_alloc(out_len) : NULL;
	enum rom_status st =
		read_encoded(v, p, encoded, whole ? whole : buf, err);

	if (!st && whole)
		memcpy(buf, whole + (offset - rom_f2fs_bytes(p->first)), len);
	return st;
}

static enum rom_status unpacked_read(struct rom_image *img, void *buf,
	size_t len, uint64_t offset, struct rom_err *err)
{
	struct unpacked_image *v = (struct unpacked_image *)img;
	struct rom_range want = { offset, len };
	enum rom_status st = ROM_OK;

	memset(buf, 0, len);
	for (size_t i = run_after(v, offset); i < v->runs.n && !st; i++) {
		const struct encoded_run *p = &v->runs.v[i];
		struct rom_range all = { rom_f2fs_bytes(p->first),
			rom_f2fs_bytes(p->n) };
		struct rom_range part = rom_range_common(all, want);
		uint8_t *to = (uint8_t *)buf + (part.offset - offset);

		if (part.len == 0)
			break;
		if (p->encoded)
			st = unpack_part(
				v, p, part.offset, (size_t)part.len, to, err);
		else
			st = rom_read(v->data, to, (size_t)part.len,
				rom_f2fs_bytes(p->address) +
					(part.offset - all.offset),
				err);
	}
	return st;
}

static void unpacked_map(struct rom_image *img, uint64_t offset, uint64_t len,
	struct rom_span *ret)
{
	struct unpacked_image *v = (struct unpacked_image *)img;
	size_t i = run_after(v, offset);
	const struct encoded_run *p = i < v->runs.n ? &v->runs.v[i] : NULL;
	uint64_t begin = p ? rom_f2fs_bytes(p->first) : UINT64_MAX;

	if (begin > offset) {
		*ret = (struct rom_span){ .kind = ROM_SPAN_HOLE,
			.len = rom_min(len, begin - offset) };
		return;
	}
	len = rom_min(len, begin + rom_f2fs_bytes(p->n) - offset);
	if (p->encoded)
		*ret = (struct rom_span){ .kind = ROM_SPAN_READ, .len = len };
	else
		rom_image_map(v->data,
			rom_f2fs_bytes(p->address) + (offset - begin), len,
			ret);
}

static void unpacked_close(struct rom_image *img)
{
	struct unpacked_image *v = (struct unpacked_image *)img;

	rom_vec_done(&v->runs);
	rom_vec_done(&v->blocks);
	rom_image_close(v->data);
}

static const struct rom_image_ops unpacked_ops = {
	.read_at = unpacked_read,
	.map = unpacked_map,
	.close = unpacked_close,
};

/* ---- building ------------------------------------------------------------ */

struct builder {
	struct f2fs_fs *f;
	const struct rom_inode *inode;
	struct unpacked_image *image;
	struct rom_file_map *c;
	uint64_t mapped;
};

static void add_extent(struct builder *b, uint64_t first, uint64_t n,
	uint32_t address, enum rom_extent_kind kind)
{
	bool lies = kind == ROM_EXTENT_DATA || kind == ROM_EXTENT_ENCODED;

	rom_file_map_add(b->c, b->inode->size,
		(struct rom_extent){ rom_f2fs_bytes(first), rom_f2fs_bytes(n),
			lies ? rom_f2fs_bytes(address) : 0, kind });
}

static bool is_block(struct builder *b, uint32_t address)
{
	b->c->suspect |= rom_f2fs_full_scan_is_noise(b->f, address);
	return rom_f2fs_is_main(b->f, address) && b->mapped++ < b->f->end_block;
}

static void bad(struct builder *b, uint64_t first, uint64_t n, uint32_t address)
{
	rom_fs_damage(&b->f->fs, b->inode->ino, ROM_NO_OFFSET,
		"block map: expected a block from %" PRIu32 " to %" PRIu32
		", got %" PRIu32,
		b->f->sb.main_block, b->f->end_block - 1, address);
	add_extent(b, first, n, 0, ROM_EXTENT_LOST);
}

static void add_raw(struct builder *b, uint64_t first, uint32_t address)
{
	struct unpacked_image *v = b->image;
	struct encoded_run *last = v->runs.n ? &v->runs.v[v->runs.n - 1] : NULL;

	if (address == ROM_F2FS_HOLE)
		return;
	if (address == ROM_F2FS_RESERVED) {
		add_extent(b, first, 1, 0, ROM_EXTENT_ZERO);
		return;
	}
	if (!is_block(b, address)) {
		bad(b, first, 1, address);
		return;
	}
	add_extent(b, first, 1, address, ROM_EXTENT_DATA);
	if (last && !last->encoded && last->first + last->n == first &&
		last->address + last->n == address)
		last->n++;
	else
		*rom_vec_add(&v->runs) =
			(struct encoded_run){ (uint32_t)first, 1, address, 0 };
}

/* Adds a compressed cluster whose n block numbers begin at off. */
static void add_encoded(struct builder *b, struct rom_buffer *address,
	size_t off, uint64_t first, uint32_t n)
{
	struct unpacked_image *v = b->image;
	struct encoded_run p = { (uint32_t)first, n, (uint32_t)v->blocks.n, 0 };

	for (uint32_t i = 1; i < n; i++) {
		uint32_t block = rom_le32(address, off + 4 * (size_t)i);

		if (block == ROM_F2FS_HOLE || block == ROM_F2FS_RESERVED)
			break;
		if (!is_block(b, block)) {
			p.encoded = 0;
			v->blocks.n = p.address;
			bad(b, first, n, block);
			return;
		}
		*rom_vec_add(&v->blocks) = block;
		p.encoded++;
	}
	if (!p.encoded) {
		bad(b, first, n, ROM_F2FS_HOLE);
		return;
	}
	add_extent(b, first, n, v->blocks.v[p.address], ROM_EXTENT_ENCODED);
	*rom_vec_add(&v->runs) = p;
}

static bool add_clusters(void *ctx, const struct f2fs_blocks *blocks)
{
	struct builder *b = ctx;
	uint32_t cluster = b->image->cluster;
	struct rom_buffer v = blocks->address;

	if (!v.p) {
		add_extent(b, blocks->first, blocks->n, 0, ROM_EXTENT_LOST);
		return true;
	}
	for (uint32_t i = 0; i < blocks->n; i += cluster) {
		uint32_t n = (uint32_t)rom_min(cluster, blocks->n - i);

		if (b->image->runs.n >= MAX_RUNS ||
			b->image->blocks.n >= MAX_RUNS) {
			add_extent(b, blocks->first + i, UINT32_MAX, 0,
				ROM_EXTENT_LOST);
			return false;
		}
		if (n == cluster &&
			rom_le32(&v, 4 * (size_t)i) == ROM_F2FS_COMPRESSED) {
			add_encoded(b, &v, 4 * (size_t)i, blocks->first + i, n);
			continue;
		}
		for (uint32_t k = i; k < i + n; k++)
			add_raw(b, blocks->first + k,
				rom_le32(&v, 4 * (size_t)k));
	}
	return true;
}

static struct unpacked_image *new_unpacked(struct f2fs_fs *f,
	const struct rom_inode *inode, const struct rom_f2fs_inode *in)
{
	struct unpacked_image *v = rom_alloc(sizeof(*v));

	v->img = (struct rom_image){ &unpacked_ops,
		rom_format("compressed inode %" PRIu64, inode->ino),
		inode->size, 1 };
	v->data = rom_image_ref(f->fs.data);
	v->algorithm = in->algorithm;
	v->has_crc = in->compress_crc;
	v->cluster = 1u << in->cluster_log;
	return v;
}

enum rom_status rom_f2fs_encoded(struct f2fs_fs *f,
	const struct rom_inode *inode, const struct rom_f2fs_inode *in,
	struct rom_buffer *node, struct rom_file_map *ret, struct rom_err *err)
{
	struct builder b = { .f = f, .inode = inode, .c = ret };
	const char *missing = rom_f2fs_codec_missing(in->algorithm);
	const struct rom_extent *e;
	uint64_t blocks = inode->size / ROM_F2FS_BLOCK +
			  (inode->size % ROM_F2FS_BLOCK > 0);
	bool encoded = false;

	b.image = new_unpacked(f, inode, in);
	ret->image = &b.image->img;
	/* round up to whole clusters; the walk ends at the last block number
	 * anyway */
	blocks = (blocks + b.image->cluster - 1) / b.image->cluster *
		 b.image->cluster;
	rom_f2fs_walk(f, (uint32_t)inode->ino, in, node, blocks, add_clusters,
		&b, &ret->suspect);
	rom_each (e, &ret->extents)
		encoded |= e->kind == ROM_EXTENT_ENCODED;
	if (encoded && missing)
		return rom_fail(err, ROM_E_INPUT, ROM_NO_OFFSET,
			"its content is compressed with %s", missing);
	return ROM_OK;
}
