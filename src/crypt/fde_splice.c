/* SPDX-License-Identifier: MIT */
/*
 * fde_splice.c - blocks that Android left unencrypted when it encrypted in
 * place
 *
 * After an interruption the sectors up to a border are ciphertext and the rest
 * is plaintext. The footer states the border; after a power loss it does not,
 * and the border is found by a binary search. Since Android 5 only blocks in
 * use were encrypted: free blocks keep their old content.
 */
#include <stdlib.h>

#include "crypt_priv.h"

enum {
	BLOCK = ROM_STATS_BLOCK,
	SAMPLES = 512,	     /* free blocks that are sampled */
	PROBES = 4096,	     /* blocks sampled on one side of a border */
	MAX_GROUPS = 262144, /* 32 TiB in groups of 128 MiB */
	/* flag of a group whose bitmap was never written */
	UNINIT = 2,
	META_BG = 0x10,
	HAS_64BIT = 0x80,
};

enum block_kind { LOOKS_FLAT, LOOKS_RANDOM, LOOKS_STRUCTURED };

static enum block_kind classify_block(struct rom_image *img, uint64_t offset)
{
	uint8_t buf[BLOCK];
	struct rom_stats_sink s;
	struct rom_err err;

	if (rom_read(img, buf, sizeof(buf), offset, &err))
		return LOOKS_FLAT;
	rom_stats_sink_init(&s, (struct rom_range){ 0, BLOCK }, 0);
	rom_stats_add(&s, buf, sizeof(buf));
	if (s.stats.constant)
		return LOOKS_FLAT;
	return s.stats.structured ? LOOKS_STRUCTURED : LOOKS_RANDOM;
}

/* ---- the border ---------------------------------------------------------- */

/* On which side of the border a block lies. 1: encrypted, -1: plaintext, 0:
 * undecided. */
static int side_of(
	struct rom_image *raw, struct rom_image *plain, uint64_t offset)
{
	enum block_kind before = classify_block(raw, offset);

	if (before == LOOKS_STRUCTURED)
		return -1;
	/* encrypted zeros decrypt to zeros again, which noise never does by
	 * chance */
	return before == LOOKS_RANDOM &&
	       classify_block(plain, offset) != LOOKS_RANDOM;
}

/* The first decided block between from and to decides: empty and random blocks
 * of plaintext decide nothing. */
static int side_between(struct rom_image *raw, struct rom_image *plain,
	uint64_t from, uint64_t to)
{
	uint64_t step = rom_max((to - from) / BLOCK / PROBES, 1) * BLOCK;
	int side = 0;

	for (uint64_t offset = from; offset + BLOCK <= to && !side;
		offset += step)
		side = side_of(raw, plain, offset);
	return side;
}

/* Binary search. It holds that there is ciphertext past low, and none past high
 * as far as the samples show. */
static uint64_t find_border(struct rom_image *raw, struct rom_image *plain)
{
	uint64_t low = 0, high = raw->size - raw->size % BLOCK;

	while (high - low > BLOCK) {
		uint64_t middle = low + (high - low) / BLOCK / 2 * BLOCK;

		if (side_between(raw, plain, middle, high) > 0)
			low = middle;
		else
			high = middle;
	}
	return high;
}

static void splice_border(
	struct rom_image *part, struct rom_decrypted *o, uint64_t border)
{
	struct rom_image *halves[2];

	border -= border % BLOCK;
	if (border == 0 || border >= o->image->size)
		return;
	halves[0] = rom_image_open_slice(
		o->image, (struct rom_range){ 0, border }, part->name);
	halves[1] = rom_image_open_slice(part,
		(struct rom_range){ border, part->size - border }, part->name);
	rom_image_close(o->image);
	o->image = rom_image_open_concat(halves, 2, part->name);
	o->border = border;
	rom_image_close(halves[0]);
	rom_image_close(halves[1]);
}

/* ---- free blocks --------------------------------------------------------- */

struct bitmap {
	uint8_t *bits; /* 1: in use, or unknown */
	uint64_t n;
	uint32_t block;
};

static bool read_group(struct rom_image *img, const struct rom_ext4_super *sb,
	uint64_t table, uint32_t desc, uint32_t group, struct bitmap *b)
{
	uint8_t raw[64] = { 0 };
	struct rom_buffer v = { .p = raw, .len = sizeof(raw) };
	uint64_t first = sb->first_block +
			 (uint64_t)group * sb->blocks_per_group,
		 offset;
	size_t n = (size_t)(rom_min(sb->blocks_per_group, sb->blocks - first) +
			    7) /
		   8;
	struct rom_err err;

	if (rom_read(img, raw, desc, table + (uint64_t)group * desc, &err))
		return false;
	offset = rom_le32(&v, 0) | (uint64_t)rom_le32(&v, 0x20) << 32;
	if (rom_le16(&v, 0x12) & UNINIT || first % 8)
		return true;
	return rom_mul(offset, sb->block_size, &offset) &&
	       !rom_read(img, b->bits + first / 8, n, offset, &err);
}

/* Reads which blocks the filesystem has in use; false when that cannot be
 * read. */
static bool read_bitmap(struct rom_image *img, struct bitmap *b)
{
	uint8_t raw[ROM_EXT4_SUPER_LEN];
	struct rom_buffer v = { .p = raw, .len = sizeof(raw) };
	struct rom_ext4_super sb;
	struct rom_err err;
	uint64_t groups, table;
	uint32_t desc;
	bool good = true;

	if (rom_read(img, raw, sizeof(raw), ROM_EXT4_SUPER_AT, &err) ||
		rom_ext4_super_decode(&v, &sb, &err) || sb.incompat & META_BG)
		return false;
	groups = (sb.blocks - sb.first_block + sb.blocks_per_group - 1) /
		 sb.blocks_per_group;
	desc = sb.incompat & HAS_64BIT ? rom_le16(&v, 0xfe) : 32;
	table = (uint64_t)(sb.first_block + 1) * sb.block_size;
	if (groups > MAX_GROUPS || (desc != 32 && desc != 64) ||
		sb.blocks > img->size / sb.block_size ||
		sb.first_block >= sb.blocks)
		return false;
	b->n = sb.blocks;
	b->block = sb.block_size;
	b->bits = rom_alloc((size_t)(b->n / 8) + 1 + sb.blocks_per_group / 8);
	/* all in use until a bitmap proves otherwise: a block in use must be
	 * decrypted */
	memset(b->bits, 0xff, (size_t)(b->n / 8) + 1);
	for (uint32_t g = 0; g < groups && good; g++)
		good = read_group(img, &sb, table, desc, g, b);
	return good;
}

static bool is_free(const struct bitmap *b, uint64_t i)
{
	return !(b->bits[i / 8] >> i % 8 & 1);
}

/* Encrypting a whole partition makes its free blocks ciphertext too; free
 * blocks with visible structure prove encryption in place. */
static bool was_in_place(
	struct rom_image *part, const struct bitmap *b, uint64_t border)
{
	uint64_t n = border ? rom_min(b->n, border / b->block) : b->n;
	uint64_t step = rom_max(n / SAMPLES, 1);
	unsigned structured = 0, random = 0, sampled = 0;

	for (uint64_t i = 0; i < n && sampled < SAMPLES; i += step) {
		enum block_kind kind;

		if (!is_free(b, i))
			continue;
		kind = classify_block(part, i * b->block);
		sampled++;
		structured += kind == LOOKS_STRUCTURED;
		random += kind == LOOKS_RANDOM;
	}
	return structured > 2 && structured * 10 >= structured + random;
}

static void splice_free(struct rom_image *part, struct rom_decrypted *o)
{
	struct bitmap b = { 0 };
	struct rom_image *selected;

	if (read_bitmap(o->image, &b) && b.block == BLOCK &&
		was_in_place(part, &b, o->border)) {
		selected = rom_image_open_bitmap_select(
			o->image, part, b.bits, b.n, b.block);
		rom_image_close(o->image);
		o->image = selected;
		o->in_place = true;
	}
	free(b.bits);
}

void rom_fde_splice(struct rom_image *part, const struct rom_crypt_footer *f,
	struct rom_decrypted *o)
{
	if (f->flags & ROM_FDE_IN_PROGRESS &&
		f->encrypted_upto < part->size / 512) {
		splice_border(part, o, (f->encrypted_upto + 1) * 512);
	} else if (f->flags & ROM_FDE_INCONSISTENT) {
		splice_border(part, o, find_border(part, o->image));
		o->border_found = o->border;
	}
	if (o->sound)
		splice_free(part, o);
}
