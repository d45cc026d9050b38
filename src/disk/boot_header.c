/* SPDX-License-Identifier: MIT */
/*
 * boot_header.c - Android boot images, header versions 0 to 4
 *
 * (AOSP system/tools/mkbootimg/include/bootimg/bootimg.h), little-endian
 *   0x000 8 "ANDROID!"
 *   v0-v2: 0x08 4 kernel  0x10 4 ramdisk  0x18 4 second  0x24 4 page
 *          0x28 4 version  0x2c 4 OS version
 *          0x30 16 name   0x40 512 command line   0x260 1024 more of it
 *          v1: 0x660 4 recovery dtbo   v2: 0x670 4 dtb
 *   v3-v4: 0x08 4 kernel  0x0c 4 ramdisk  0x10 4 OS version
 *          0x14 4 header bytes  0x28 4 version
 *          0x2c 1536 command line   v4: 0x62c 4 signature; the page is 4096
 */
#include <inttypes.h>

#include "romsplit/disk.h"

enum { MAX_PAGE = 1 << 17, MAX_PART = 1 << 30 };

static uint64_t round_to_pages(uint64_t len, uint32_t page)
{
	return (len + page - 1) / page * page;
}

static void read_old(struct rom_buffer *v, struct rom_boot *b)
{
	b->kernel = rom_le32(v, 0x08);
	b->ramdisk = rom_le32(v, 0x10);
	b->second = rom_le32(v, 0x18);
	b->page = rom_le32(v, 0x24);
	b->os_version = rom_le32(v, 0x2c);
	rom_buffer_copy(v, 0x30, 16, b->name);
	rom_buffer_copy(v, 0x40, 512, b->cmdline);
	/* the second field is used only once the first one is full */
	if (strlen(b->cmdline) >= 511)
		rom_buffer_copy(
			v, 0x260, 1024, b->cmdline + strlen(b->cmdline));
	if (b->version >= 1)
		b->recovery_dtbo = rom_le32(v, 0x660);
	if (b->version >= 2)
		b->dtb = rom_le32(v, 0x670);
}

static void read_new(struct rom_buffer *v, struct rom_boot *b)
{
	b->kernel = rom_le32(v, 0x08);
	b->ramdisk = rom_le32(v, 0x0c);
	b->os_version = rom_le32(v, 0x10);
	b->page = 4096;
	rom_buffer_copy(v, 0x2c, 1536, b->cmdline);
	if (b->version >= 4)
		b->signature = rom_le32(v, 0x62c);
}

enum rom_status rom_boot_decode(
	struct rom_buffer *v, struct rom_boot *ret, struct rom_err *err)
{
	struct rom_boot b = { 0 };
	uint64_t offset;

	if (!rom_buffer_has(v, 0, "ANDROID!", 8))
		return ROM_NO_MATCH;
	/* before versions existed this field held the size of a device tree:
	 * such images are version 0 */
	b.version = rom_le32(v, 0x28);
	if (b.version > 4)
		b.version = 0;
	if (b.version >= 3)
		read_new(v, &b);
	else
		read_old(v, &b);
	if (v->overrun || b.page < 2048 || b.page > MAX_PAGE ||
		(b.page & (b.page - 1)))
		return rom_fail(err, ROM_E_CORRUPT, v->offset + 0x24,
			"boot image page size: expected a power of two of at "
			"least 2048, got %" PRIu32,
			b.page);
	/* bounds the sums below, which add up six sizes */
	if (b.kernel > MAX_PART || b.ramdisk > MAX_PART ||
		b.second > MAX_PART || b.dtb > MAX_PART ||
		b.recovery_dtbo > MAX_PART || b.signature > MAX_PART)
		return rom_fail(err, ROM_E_CORRUPT, v->offset + 0x08,
			"boot image: expected parts of at most 1 GiB, got a "
			"kernel of %" PRIu32 " and a ramdisk of %" PRIu32,
			b.kernel, b.ramdisk);
	b.kernel_at = b.page;
	b.ramdisk_at = b.kernel_at + round_to_pages(b.kernel, b.page);
	offset = b.ramdisk_at + round_to_pages(b.ramdisk, b.page) +
		 round_to_pages(b.second, b.page) +
		 round_to_pages(b.recovery_dtbo, b.page);
	b.dtb_at = b.dtb ? offset : 0;
	b.used = offset + round_to_pages(b.dtb, b.page) +
		 round_to_pages(b.signature, b.page);
	*ret = b;
	return ROM_OK;
}

void rom_boot_os(uint32_t encoded, char *version, char *patch)
{
	uint32_t os = encoded >> 11;

	*version = *patch = '\0';
	if (os)
		snprintf(version, 16, "%u.%u.%u", os >> 14, os >> 7 & 0x7f,
			os & 0x7f);
	if (encoded & 0x7ff)
		snprintf(patch, 16, "%u-%02u", 2000 + (encoded >> 4 & 0x7f),
			encoded & 0xf);
}
