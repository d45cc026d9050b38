/* SPDX-License-Identifier: MIT */
/*
 * fde_splice.c - what Android left unencrypted when it encrypted in place
 *
 * Interrupted: sectors up to a border are ciphertext, the rest is plain; the
 * footer has the border, or (when the power went) it is found by trying. Since
 * Android 5 only blocks in use were encrypted: free blocks hold what they held.
 */
#include <stdlib.h>

#include "crypt_priv.h"

enum {
	BLOCK = ROM_STATS_BLOCK,
	SAMPLES = 512,	     /* free blocks looked at */
	PROBES = 4096,	     /* blocks looked at on one side of a border */
	MAX_GROUPS = 262144, /* 32 TiB in groups of 128 MiB */
	UNINIT = 2,	     /* a group whose bitmap was never written */
	META_BG = 0x10,
	HAS_64BIT = 0x80,
};

enum look { LOOKS_FLAT, LOOKS_RANDOM, LOOKS_STRUCTURED };

static enum look look_at(struct rom_image *img, uint64_t offset)
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

/* 1: encrypted, -1: plain, 0: cannot be told. */
static int side_of(
	struct rom_image *raw, struct rom_image *plain, uint64_t offset)
{
	enum look before = look_at(raw, offset);

	if (before == LOOKS_STRUCTURED)
		return -1;
	/* zeros that were encrypted are zeros again: no noise does that by
	 * chance */
	return before == LOOKS_RANDOM && look_at(plain, offset) != LOOKS_RANDOM;
}

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
	uint8_t *bits; /* 1: in use, or not known */
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

/* What the filesystem says is in use; false when it cannot be read. */
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
	memset(b->bits, 0xff, (size_t)(b->n / 8) + 1);
	for (uint32_t g = 0; g < groups && good; g++)
		good = read_group(img, &sb, table, desc, g, b);
	return good;
}

static bool is_free(const struct bitmap *b, uint64_t i)
{
	return !(b->bits[i / 8] >> i % 8 & 1);
}

/* Free blocks of a partition encrypted as a whole are ciphertext; some that
 * show a structure prove that it was not. */
static bool was_in_place(
	struct rom_image *part, const struct bitmap *b, uint64_t border)
{
	uint64_t n = border ? rom_min(b->n, border / b->block) : b->n;
	uint64_t step = rom_max(n / SAMPLES, 1);
	unsigned structured = 0, random = 0, looked = 0;

	for (uint64_t i = 0; i < n && looked < SAMPLES; i += step) {
		enum look look;

		if (!is_free(b, i))
			continue;
		look = look_at(part, i * b->block);
		looked++;
		structured += look == LOOKS_STRUCTURED;
		random += look == LOOKS_RANDOM;
	}
	return structured > 2 && structured * 10 >= structured + random;
}

static void splice_free(struct rom_image *part, struct rom_decrypted *o)
{
	struct bitmap b = { 0 };
	struct rom_image *choice;

	if (read_bitmap(o->image, &b) && b.block == BLOCK &&
		was_in_place(part, &b, o->border)) {
		choice = rom_image_open_bitmap_select(
			o->image, part, b.bits, b.n, b.block);
		rom_image_close(o->image);
		o->image = choice;
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
