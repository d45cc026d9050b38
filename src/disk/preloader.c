/* SPDX-License-Identifier: MIT */
/*
 * preloader.c - MediaTek's first-stage loader, as a raw boot area or as the
 * file that SP Flash Tool flashes
 *
 * Raw
 *   0x000 12 "EMMC_BOOT" or "UFS_BOOT"  0x200 8 "BRLYT"
 *   0x210 4 end of the region
 *   0x214 8 x 20 descriptors: 4 "BBBB", 2 device, 2 type, 4 begin,
 *         4 boundary, 4 attributes
 * GFH
 *   0x00 3 "MMM" 1 version  0x04 2 block bytes  0x06 2 type: 0 is FILE_INFO
 *   0x08 12 "FILE_INFO"  0x18 1 flash device  0x1c 4 load address
 *   0x20 4 file bytes
 * Inside: "AND_ROMINFO_v", platform text 20 bytes on; "MTK_BLOADER_INFO_v",
 * file name 27 bytes on
 */
#include <ctype.h>
#include <inttypes.h>

#include "romsplit/disk.h"

enum {
	BRLYT_AT = 0x200,
	DESCRIPTORS_AT = 0x214,
	DESCRIPTORS = 8,
	DESCRIPTOR_LEN = 20,
	GFH_LEN = 0x38
};

static const char *raw_medium(const struct rom_buffer *v)
{
	if (rom_buffer_has(v, 0, "EMMC_BOOT\0\0", 11) ||
		rom_buffer_has(v, 0, "COMBO_BOOT\0", 11) ||
		rom_buffer_has(v, 0, "SDMMC_BOOT\0", 11))
		return "emmc";
	return rom_buffer_has(v, 0, "UFS_BOOT\0\0\0", 11) ? "ufs" : NULL;
}

/* Finds where the loader begins in a raw boot area, and the boundary it must
 * not cross. */
static bool find_begin(
	struct rom_buffer *v, uint32_t *begin, uint32_t *boundary)
{
	if (!rom_buffer_has(v, BRLYT_AT, "BRLYT\0", 6))
		return false;
	for (size_t i = 0; i < DESCRIPTORS; i++) {
		size_t d = DESCRIPTORS_AT + i * DESCRIPTOR_LEN;

		if (rom_buffer_has(v, d, "BBBB", 4) && rom_le32(v, d + 8)) {
			*begin = rom_le32(v, d + 8);
			*boundary = rom_le32(v, d + 12);
			return true;
		}
	}
	return false;
}

size_t rom_chip_after(
	const struct rom_buffer *v, const char *prefix, char *chip)
{
	size_t n = strlen(prefix);

	for (size_t offset = 0;
		(offset = rom_buffer_find(v, offset, prefix, n)) != SIZE_MAX;
		offset++) {
		struct rom_buffer hit = rom_buffer_part(v, offset + n, 8);
		size_t digits = 0;

		if (hit.len < 6 || tolower(hit.p[0]) != 'm' ||
			tolower(hit.p[1]) != 't')
			continue;
		while (digits < 6 && digits + 2 < hit.len &&
			isdigit(hit.p[digits + 2]))
			digits++;
		if (digits != 4 || !memchr("6789", hit.p[2], 4))
			continue;
		sprintf(chip, "MT%.4s", (const char *)hit.p + 2);
		return offset + n;
	}
	return SIZE_MAX;
}

static void decode_strings(struct rom_buffer *v, struct rom_preloader *pl)
{
	size_t offset = rom_buffer_find(v, 0, "AND_ROMINFO_v", 13);
	size_t info = rom_buffer_find(v, 0, "MTK_BLOADER_INFO_v", 18);

	if (offset != SIZE_MAX)
		rom_buffer_copy(v, offset + 20, 16, pl->platform);
	if (info != SIZE_MAX)
		rom_buffer_copy(v, info + 27, 61, pl->file_name);
	pl->path_chip_at =
		rom_chip_after(v, "preloader/platform/", pl->path_chip);
}

enum rom_status rom_preloader_decode(
	struct rom_buffer *v, struct rom_preloader *ret, struct rom_err *err)
{
	struct rom_preloader pl = { .medium = raw_medium(v) };
	uint32_t begin = 0, boundary = UINT32_MAX, len;
	struct rom_buffer body;

	if (pl.medium && !find_begin(v, &begin, &boundary))
		return rom_fail(err, ROM_E_CORRUPT, v->offset + BRLYT_AT,
			"boot area: expected BRLYT and a BBBB descriptor, got "
			"neither");
	if (!rom_buffer_has(v, begin, "MMM", 3) ||
		!rom_buffer_has(v, (size_t)begin + 8, "FILE_INFO\0", 10))
		return pl.medium
			       ? rom_fail(err, ROM_E_CORRUPT, v->offset + begin,
					 "boot area: expected a loader (MMM) "
					 "at 0x%" PRIx32,
					 begin)
			       : ROM_NO_MATCH;
	len = rom_le32(v, (size_t)begin + 0x20);
	pl.load_address = rom_le32(v, (size_t)begin + 0x1c);
	if (len < GFH_LEN || len > ROM_PRELOADER_READ || boundary < begin ||
		len > boundary - begin)
		return rom_fail(err, ROM_E_CORRUPT, v->offset + begin + 0x20,
			"preloader length: expected 0x38 to 0x%" PRIx32
			", got 0x%" PRIx32,
			(uint32_t)rom_min(ROM_PRELOADER_READ, boundary - begin),
			len);
	if ((uint64_t)begin + len > v->len)
		return rom_fail(err, ROM_E_CORRUPT, v->offset + begin + 0x20,
			"preloader is truncated: expected 0x%" PRIx32
			" bytes from 0x%" PRIx32,
			len, begin);
	pl.begin = begin;
	pl.len = len;
	body = rom_buffer_part(v, begin, len);
	decode_strings(&body, &pl);
	*ret = pl;
	return ROM_OK;
}
