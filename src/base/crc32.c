/* SPDX-License-Identifier: MIT */
/* crc32.c - CRC-32 as used in GPT headers and f2fs, CRC-32C as used in ext4
 * superblocks */
#include "romsplit/base.h"

/* bit by bit is fast enough: the largest input is a partition table of some
 * tens of KiB */
static uint32_t crc_reflected(
	uint32_t crc, const uint8_t *p, size_t len, uint32_t polynomial)
{
	for (size_t i = 0; i < len; i++) {
		crc ^= p[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? polynomial : 0);
	}
	return crc;
}

uint32_t rom_crc32_from(uint32_t seed, const void *data, size_t len)
{
	return crc_reflected(seed, data, len, 0xedb88320);
}

void rom_crc32_fill(struct rom_crc32_table *table)
{
	for (unsigned i = 0; i < 256; i++) {
		uint8_t byte = (uint8_t)i;

		table->t[0][i] = rom_crc32_from(0, &byte, 1);
	}
	for (unsigned k = 1; k < 8; k++) {
		for (unsigned i = 0; i < 256; i++) {
			uint32_t crc = table->t[k - 1][i];

			table->t[k][i] = crc >> 8 ^ table->t[0][crc & 0xff];
		}
	}
}

static uint32_t le32(const uint8_t *p)
{
	return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
	       (uint32_t)p[3] << 24;
}

uint32_t rom_crc32_fast(const struct rom_crc32_table *table, uint32_t seed,
	const void *data, size_t len)
{
	const uint8_t *p = data;
	uint32_t crc = seed;

	for (; len >= 8; len -= 8, p += 8) {
		uint32_t a = crc ^ le32(p), b = le32(p + 4);

		crc = table->t[7][a & 0xff] ^ table->t[6][a >> 8 & 0xff] ^
		      table->t[5][a >> 16 & 0xff] ^ table->t[4][a >> 24] ^
		      table->t[3][b & 0xff] ^ table->t[2][b >> 8 & 0xff] ^
		      table->t[1][b >> 16 & 0xff] ^ table->t[0][b >> 24];
	}
	for (; len > 0; len--, p++)
		crc = crc >> 8 ^ table->t[0][(crc ^ *p) & 0xff];
	return crc;
}

uint32_t rom_crc32(const void *data, size_t len)
{
	return ~crc_reflected(0xffffffff, data, len, 0xedb88320);
}

uint32_t rom_crc32c(uint32_t seed, const void *data, size_t len)
{
	return crc_reflected(seed, data, len, 0x82f63b78);
}
