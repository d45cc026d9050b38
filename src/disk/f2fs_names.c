/* SPDX-License-Identifier: MIT */
/*
 * f2fs_names.c - f2fs: name tables, and the hash they are sorted by
 *
 * Table (Linux include/linux/f2fs_fs.h): bitmap of slots in use, lowest bit
 * first; entries of 11 bytes; slots of 8 bytes for names. A name takes
 * consecutive slots, as many as it needs; the entry of the first one describes
 * it.
 *   entry: 4 hash   4 inode   2 length   1 type
 * A directory's block has 214 slots, the entries at 30. The hash is TEA over 16
 * bytes at a time (fs/f2fs/hash.c).
 */
#include "romsplit/disk.h"

enum { ENTRY_LEN = 11, SLOT_LEN = 8, BLOCK_SLOTS = 214, MAX_TYPE = 7 };

const struct rom_f2fs_names rom_f2fs_block_names = {
	.slots = BLOCK_SLOTS,
	.entry_at = 30,
	.name_at = 30 + BLOCK_SLOTS * ENTRY_LEN,
};

struct rom_f2fs_names rom_f2fs_inline_names(size_t len)
{
	size_t slots = len * 8 / ((ENTRY_LEN + SLOT_LEN) * 8 + 1);

	return (struct rom_f2fs_names){
		.slots = (uint32_t)slots,
		.entry_at = len - slots * (ENTRY_LEN + SLOT_LEN),
		.name_at = len - slots * SLOT_LEN,
	};
}

static bool in_use(struct rom_buffer *v, uint32_t slot)
{
	return rom_u8(v, slot / 8) >> slot % 8 & 1;
}

static uint32_t slot_count(size_t len)
{
	return (uint32_t)((len + SLOT_LEN - 1) / SLOT_LEN);
}

enum rom_status rom_f2fs_entry_at(struct rom_buffer *v,
	const struct rom_f2fs_names *names, uint32_t slot,
	struct rom_f2fs_entry *ret)
{
	size_t offset, len;

	while (slot < names->slots && !in_use(v, slot))
		slot++;
	if (slot >= names->slots)
		return ROM_NO_MATCH;
	offset = names->entry_at + slot * (size_t)ENTRY_LEN;
	len = rom_le16(v, offset + 8);
	*ret = (struct rom_f2fs_entry){
		.hash = rom_le32(v, offset),
		.ino = rom_le32(v, offset + 4),
		.type = rom_u8(v, offset + 10),
		.len = len,
		.next = slot + 1,
	};
	/* checked before the name is looked at: a damaged length would reach
	 * past the block */
	if (len == 0 || len > 255 || slot_count(len) > names->slots - slot ||
		ret->type > MAX_TYPE ||
		names->name_at + (slot + slot_count(len)) * (size_t)SLOT_LEN >
			v->len)
		return ROM_E_CORRUPT;
	ret->name = v->p + names->name_at + slot * (size_t)SLOT_LEN;
	ret->next = slot + slot_count(len);
	return ROM_OK;
}

/* Up to 16 bytes of a name as four words, padded with its length. */
static void fill_key(const uint8_t *p, size_t len, uint32_t *ret)
{
	uint32_t pad = (uint32_t)(len & 0xff) * 0x01010101u;

	for (size_t i = 0; i < 4; i++) {
		ret[i] = pad;
		for (size_t k = 4 * i; k < 4 * i + 4 && k < len; k++)
			ret[i] = p[k] + (ret[i] << 8);
	}
}

static void mix(uint32_t *hash, const uint32_t *key)
{
	uint32_t sum = 0, a = hash[0], b = hash[1];

	for (int round = 0; round < 16; round++) {
		sum += 0x9e3779b9;
		a += ((b << 4) + key[0]) ^ (b + sum) ^ ((b >> 5) + key[1]);
		b += ((a << 4) + key[2]) ^ (a + sum) ^ ((a >> 5) + key[3]);
	}
	hash[0] += a;
	hash[1] += b;
}

uint32_t rom_f2fs_hash(const uint8_t *name, size_t len)
{
	uint32_t hash[2] = { 0x67452301, 0xefcdab89 }, key[4];

	for (;;) {
		fill_key(name, len, key);
		mix(hash, key);
		if (len <= 16)
			return hash[0];
		name += 16;
		len -= 16;
	}
}
