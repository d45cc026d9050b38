/* SPDX-License-Identifier: MIT */
/* crc32.c - CRC-32 as GPT headers carry it, CRC-32C as ext4 superblocks do */
#include "romsplit/base.h"

/* bit by bit: the largest input is a partition table of some tens of KiB */
static uint32_t reflected(uint32_t crc, const uint8_t *p, size_t len, uint32_t polynomial)
{
	for (size_t i = 0; i < len; i++) {
		crc ^= p[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? polynomial : 0);
	}
	return crc;
}

uint32_t rom_crc32(const void *data, size_t len)
{
	return ~reflected(0xffffffff, data, len, 0xedb88320);
}

uint32_t rom_crc32c(uint32_t seed, const void *data, size_t len)
{
	return reflected(seed, data, len, 0x82f63b78);
}
