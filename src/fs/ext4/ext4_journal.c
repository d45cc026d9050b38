/* SPDX-License-Identifier: MIT */
/*
 * ext4_journal.c - replays a jbd2 journal in memory, as an overlay of patches
 *
 * Big-endian (Linux include/linux/jbd2.h). Every control block begins with
 *   0x00 4 magic C03B3998
 *   0x04 4 type: 1 descriptor, 2 commit, 3 and 4 superblock, 5 revoke
 *   0x08 4 transaction
 * Superblock
 *   0x0c 4 block size  0x10 4 blocks  0x14 4 first  0x18 4 transaction
 *   0x1c 4 start, 0: empty
 *   0x28 4 incompat: 1 revoke, 2 64 bit, 8 checksums v2, 10 v3, 20 fast commit
 *   0x30 16 UUID  0x54 4 blocks at the end for fast commits
 * Descriptor: tags from 0x0c
 *   4 block, then (v3) 4 flags, 4 block high, 4 CRC, or (else) 2 CRC, 2 flags,
 *   with 64 bit 4 block high, with checksums v2 2 more; without flag 2 a UUID
 *   of 16 bytes follows
 *   flags: 1 escaped: the block began with the magic, which is zeroed, 2 no
 * UUID, 8 last Revoke 0x0c 4 bytes used, from 0x10 block numbers of 4 or 8
 * bytes Commit 0x10 4 CRC-32C of the block, this field zero (v2, v3) Three
 * passes like the kernel's: find the end of the log, collect revoke records,
 * replay.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "ext4_priv.h"

enum {
	MAGIC_AT = 0x00,
	TAGS_AT = 0x0c,
	DESCRIPTOR = 1,
	COMMIT = 2,
	REVOKE = 5,
	HAS_64BIT = 0x2,
	HAS_CSUM2 = 0x8,
	HAS_CSUM3 = 0x10,
	HAS_FAST_COMMIT = 0x20,
	TAG_ESCAPED = 1,
	TAG_SAME_UUID = 2,
	TAG_LAST = 8,
	/* a journal of 4 GiB; those of Android have at most 128 MiB */
	MAX_BLOCKS = 1 << 20,
};

static const uint32_t magic = 0xc03b3998;

struct journal {
	struct ext4_fs *ext4;
	const struct rom_file_map *map; /* of the journal's inode */
	uint32_t block_size, blocks, first, sequence, start, incompat;
	uint32_t seed;		 /* of all checksums */
	uint8_t *buf;		 /* one block */
	struct rom_map revoked;	 /* block to transaction + 1 */
	struct rom_map replayed; /* block to its index in patches + 1 */
	ROM_VEC(struct rom_patch) patches;
	uint32_t end;  /* first transaction that is not complete */
	uint32_t fast; /* blocks of the fast commit area, behind the others */
	struct rom_fs_journal *stats;
};

/* Finds the offset of the journal's block n in the filesystem's image. Returns
 * false when it is not mapped. */
static bool locate_block(const struct journal *j, uint32_t n, uint64_t *ret)
{
	uint64_t off = (uint64_t)n * j->block_size;
	const struct rom_extent *e;

	rom_each (e, &j->map->extents) {
		if (e->kind == ROM_EXTENT_DATA && off >= e->offset &&
			off < e->offset + e->len) {
			*ret = e->image + (off - e->offset);
			return true;
		}
	}
	return false;
}

static bool read_block(struct journal *j, uint32_t n, struct rom_buffer *ret)
{
	uint64_t offset;
	struct rom_err err;

	if (!locate_block(j, n, &offset) ||
		rom_read(j->ext4->fs.meta, j->buf, j->block_size, offset, &err))
		return false;
	*ret = (struct rom_buffer){
		.p = j->buf, .len = j->block_size, .offset = offset
	};
	return true;
}

static uint32_t next_block(const struct journal *j, uint32_t n)
{
	return n + 1 >= j->blocks ? j->first : n + 1;
}

static bool has_csum(const struct journal *j)
{
	return j->incompat & (HAS_CSUM2 | HAS_CSUM3);
}

/* Verifies the CRC of a control block, in which the four bytes at offset count
 * as zero. */
static bool block_csum_good(
	struct journal *j, struct rom_buffer *v, size_t offset)
{
	static const uint8_t zeros[4];
	uint32_t crc = rom_crc32c(j->seed, v->p, offset);

	crc = rom_crc32c(crc, zeros, 4);
	crc = rom_crc32c(crc, v->p + offset + 4, v->len - offset - 4);
	return crc == rom_be32(v, offset);
}

/* ---- tags ---------------------------------------------------------------- */

struct tag {
	uint64_t block;
	uint32_t flags, csum;
	size_t len; /* to the next tag */
};

static size_t tag_bytes(const struct journal *j)
{
	if (j->incompat & HAS_CSUM3)
		return 16;
	return 8u + (j->incompat & HAS_CSUM2 ? 2u : 0) +
	       (j->incompat & HAS_64BIT ? 4u : 0);
}

/* Decodes the tag at off. Returns false at the end of the descriptor. */
static bool decode_tag(const struct journal *j, struct rom_buffer *v,
	size_t off, struct tag *ret)
{
	size_t n = tag_bytes(j), end = v->len - (has_csum(j) ? 4 : 0);

	if (off + n > end)
		return false;
	*ret = (struct tag){ .block = rom_be32(v, off), .len = n };
	if (j->incompat & HAS_CSUM3) {
		ret->flags = rom_be32(v, off + 4);
		ret->csum = rom_be32(v, off + 12);
	} else {
		ret->csum = rom_be32(v, off + 4) >> 16;
		ret->flags = rom_be32(v, off + 4) & 0xffff;
	}
	if (j->incompat & HAS_64BIT)
		ret->block |= (uint64_t)rom_be32(v, off + 8) << 32;
	if (!(ret->flags & TAG_SAME_UUID))
		ret->len += 16;
	return true;
}

static uint32_t count_tags(const struct journal *j, struct rom_buffer *v)
{
	struct tag tag;
	uint32_t n = 0;

	for (size_t off = TAGS_AT; decode_tag(j, v, off, &tag);
		off += tag.len) {
		n++;
		if (tag.flags & TAG_LAST)
			break;
	}
	return n;
}

/* ---- the three passes ---------------------------------------------------- */

/* What a pass does with a descriptor (n: its block) and with a revoke block. */
struct pass_ops {
	void (*descriptor)(struct journal *j, struct rom_buffer *v, uint32_t n,
		uint32_t tid);
	void (*revoke)(struct journal *j, struct rom_buffer *v, uint32_t tid);
};

/* Runs from the start of the log to its first invalid block or, with to_end, to
 * transaction j->end. Returns the first transaction that is not complete. The
 * number of steps is bounded, because the log is a ring. */
static uint32_t run_pass(
	struct journal *j, const struct pass_ops *ops, bool to_end)
{
	uint32_t n = j->start, tid = j->sequence;

	for (uint32_t steps = 0;
		steps < j->blocks && !(to_end && tid == j->end); steps++) {
		struct rom_buffer v;
		uint32_t type, tags;

		if (!read_block(j, n, &v) || rom_be32(&v, MAGIC_AT) != magic ||
			rom_be32(&v, 8) != tid)
			return tid;
		type = rom_be32(&v, 4);
		if (type == DESCRIPTOR) {
			if (has_csum(j) && !block_csum_good(j, &v, v.len - 4)) {
				j->stats->bad++;
				return tid;
			}
			tags = count_tags(j, &v);
			if (ops->descriptor)
				ops->descriptor(j, &v, n, tid);
			steps += tags;
			for (uint32_t i = 0; i < tags; i++)
				n = next_block(j, n);
		} else if (type == REVOKE) {
			if (ops->revoke)
				ops->revoke(j, &v, tid);
		} else if (type == COMMIT) {
			if (has_csum(j) && !block_csum_good(j, &v, 16)) {
				j->stats->bad += !to_end;
				return tid;
			}
			tid++;
		} else {
			return tid;
		}
		n = next_block(j, n);
	}
	return tid;
}

static void add_revokes(struct journal *j, struct rom_buffer *v, uint32_t tid)
{
	size_t size = j->incompat & HAS_64BIT ? 8 : 4,
	       end = rom_be32(v, TAGS_AT);

	if (has_csum(j) && !block_csum_good(j, v, v->len - 4)) {
		j->stats->bad++;
		return;
	}
	end = end < v->len ? end : v->len;
	for (size_t off = 16; off + size <= end; off += size) {
		uint64_t block =
			size == 8 ? rom_be64(v, off) : rom_be32(v, off);

		/* the latest revoke counts, and transactions come in order */
		rom_map_set(&j->revoked, block, (void *)((uintptr_t)tid + 1));
		j->stats->revoked++;
	}
}

static bool is_revoked(const struct journal *j, uint64_t block, uint32_t tid)
{
	uintptr_t by = (uintptr_t)rom_map_get(&j->revoked, block);

	/* transaction numbers wrap: compare their distance */
	return by && (int32_t)(tid - (uint32_t)(by - 1)) <= 0;
}

/* The CRC of a journalled block covers its transaction's number and the block
 * as stored in the journal. */
static bool data_csum_good(
	struct journal *j, const struct tag *tag, uint32_t tid, uint64_t offset)
{
	ROM_AUTO uint8_t *block = NULL;
	uint8_t be[4] = { (uint8_t)(tid >> 24), (uint8_t)(tid >> 16),
		(uint8_t)(tid >> 8), (uint8_t)tid };
	struct rom_err err;
	uint32_t crc;

	if (!has_csum(j))
		return true;
	block = rom_alloc(j->block_size);
	if (rom_read(j->ext4->fs.meta, block, j->block_size, offset, &err))
		return false;
	crc = rom_crc32c(rom_crc32c(j->seed, be, 4), block, j->block_size);
	return j->incompat & HAS_CSUM3 ? crc == tag->csum
				       : (crc & 0xffff) == tag->csum;
}

static void add_patch(struct journal *j, const struct tag *tag, uint64_t from)
{
	uintptr_t slot = (uintptr_t)rom_map_get(&j->replayed, tag->block);
	struct rom_patch *p;

	/* a later transaction replaces the patch of an earlier one */
	if (!slot) {
		rom_vec_add(&j->patches);
		slot = j->patches.n;
		rom_map_set(&j->replayed, tag->block, (void *)slot);
	}
	p = &j->patches.v[slot - 1];
	*p = (struct rom_patch){
		.offset = tag->block * j->block_size,
		.len = j->block_size,
		.from = from,
		/* the first four bytes were the magic, see split_escaped */
		.has_bytes = tag->flags & TAG_ESCAPED,
	};
	j->stats->blocks++;
}

static void replay(
	struct journal *j, struct rom_buffer *v, uint32_t n, uint32_t tid)
{
	/* a copy, because j->buf is reused for other blocks */
	ROM_AUTO uint8_t *copy = rom_alloc(v->len);
	struct rom_buffer own = { .p = memcpy(copy, v->p, v->len),
		.len = v->len };
	struct tag tag;

	for (size_t off = TAGS_AT; decode_tag(j, &own, off, &tag);
		off += tag.len) {
		uint64_t from;

		n = next_block(j, n);
		if (!locate_block(j, n, &from) ||
			tag.block >= j->ext4->blocks ||
			!data_csum_good(j, &tag, tid, from))
			j->stats->bad++;
		else if (!is_revoked(j, tag.block, tid))
			add_patch(j, &tag, from);
		if (tag.flags & TAG_LAST)
			break;
	}
}

/* ---- opening ------------------------------------------------------------- */

static bool read_super(struct journal *j)
{
	static const uint8_t no_uuid[16];
	struct rom_buffer v;
	uint32_t type, fast;

	j->block_size = j->ext4->block_size;
	j->buf = rom_alloc(j->block_size);
	if (!read_block(j, 0, &v) || rom_be32(&v, MAGIC_AT) != magic)
		return false;
	type = rom_be32(&v, 4);
	if ((type != 3 && type != 4) || rom_be32(&v, 0x0c) != j->block_size)
		return false;
	j->blocks = rom_be32(&v, 0x10);
	j->first = rom_be32(&v, 0x14);
	j->sequence = rom_be32(&v, 0x18);
	j->start = rom_be32(&v, 0x1c);
	j->incompat = type == 4 ? rom_be32(&v, 0x28) : 0;
	j->seed = rom_crc32c(0xffffffff, type == 4 ? v.p + 0x30 : no_uuid, 16);
	fast = j->incompat & HAS_FAST_COMMIT ? rom_be32(&v, 0x54) : 0;
	if (j->incompat & HAS_FAST_COMMIT)
		fast = fast ? fast : 256; /* as the kernel's default */
	j->blocks = j->blocks > fast ? j->blocks - fast : 0;
	j->fast = fast;
	return j->blocks > 2 && j->blocks <= MAX_BLOCKS && j->first > 0 &&
	       j->first < j->blocks && j->start < j->blocks;
}

/* True when the fast commit area begins with a head of the transaction that
 * would come next: little-endian, 2 tag 9, 2 length, 4 features, 4
 * transaction. */
static bool has_fast_commits(struct journal *j)
{
	struct rom_buffer v;

	return j->fast && read_block(j, j->blocks + 1, &v) &&
	       rom_le16(&v, 0) == 9 &&
	       rom_le32(&v, 8) == (j->start ? j->end : j->sequence);
}

/* Splits the patch of an escaped block in two: the magic, which the journal
 * zeroed, and the rest as stored in the journal. */
static void split_escaped(struct journal *j)
{
	static const uint8_t first[4] = { 0xc0, 0x3b, 0x39, 0x98 };
	size_t n = j->patches.n;

	for (size_t i = 0; i < n; i++) {
		struct rom_patch *p = &j->patches.v[i], *rest;

		if (!p->has_bytes)
			continue;
		rest = rom_vec_add(&j->patches);
		p = &j->patches.v[i]; /* the array may have moved */
		*rest = (struct rom_patch){ .offset = p->offset + 4,
			.len = p->len - 4,
			.from = p->from + 4 };
		p->len = 4;
		memcpy(p->bytes, first, 4);
	}
}

struct rom_image *rom_ext4_journal_replay(struct ext4_fs *ext4,
	const struct rom_file_map *map, struct rom_fs_journal *stats)
{
	static const struct pass_ops scan = { 0 };
	static const struct pass_ops revokes = { .revoke = add_revokes };
	static const struct pass_ops replays = { .descriptor = replay };
	struct journal j = { .ext4 = ext4, .map = map, .stats = stats };
	struct rom_image *img = NULL;

	if (read_super(&j)) {
		stats->present = true;
		stats->dirty = j.start != 0;
	}
	if (stats->dirty) {
		j.end = run_pass(&j, &scan, false);
		run_pass(&j, &revokes, true);
		run_pass(&j, &replays, true);
		stats->transactions = j.end - j.sequence;
		split_escaped(&j);
	}
	stats->fast_commits = stats->present && has_fast_commits(&j);
	if (j.patches.n) {
		img = rom_image_open_overlay(
			ext4->fs.meta, j.patches.v, j.patches.n);
		stats->replayed = true;
	}
	rom_map_done(&j.revoked, NULL);
	rom_map_done(&j.replayed, NULL);
	rom_vec_done(&j.patches);
	free(j.buf);
	return img;
}
