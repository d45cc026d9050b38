/* SPDX-License-Identifier: MIT */
/* gpt_sector.c - recognise the rows pgpt and sgpt: a GPT header at LBA 1 or in
 * the last sector; layout in table/gpt.c */
#include "probe_priv.h"

static enum rom_status probe_gpt(
	struct rom_image *img, struct rom_claim *ret, struct rom_err *err)
{
	const uint64_t offsets[] = { 512, 4096, img->size - 512,
		img->size - 4096 };
	uint8_t buf[92];
	struct rom_buffer v = { .p = buf, .len = sizeof(buf) };

	for (size_t i = 0; i < 4; i++) {
		uint32_t crc;

		if (offsets[i] >= img->size ||
			rom_read(img, buf, sizeof(buf), offsets[i], err) ||
			memcmp(buf, "EFI PART", 8))
			continue;
		crc = rom_le32(&v, 0x10);
		rom_facts_number(&ret->detail, "header_at", offsets[i]);
		rom_facts_number(&ret->detail, "entries", rom_le32(&v, 0x50));
		memset(buf + 0x10, 0, 4);
		ret->bits = 64 + (rom_crc32(buf, sizeof(buf)) == crc ? 32 : 0);
		return ROM_OK;
	}
	return ROM_NO_MATCH;
}

const struct rom_prober rom_prober_gpt_sector = {
	.name = "gpt",
	.usage = ROM_USAGE_TABLE,
	.min_size = 1024,
	.magic = { { "EFI PART", 8, 512, false },
		{ "EFI PART", 8, 4096, false }, { "EFI PART", 8, 512, true },
		{ "EFI PART", 8, 4096, true } },
	.probe = probe_gpt,
};
