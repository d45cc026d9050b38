/* SPDX-License-Identifier: MIT */
/*
 * boot_areas.c - dumps that begin with the boot areas: where EMMC_USER starts,
 * and what precedes it
 *
 * Old tools read from linear address 0: BOOT1, BOOT2, RPMB, then the user area.
 * Others put boot1 and boot2 in front. The user area is recognized by its
 * table, boot areas by the names "EMMC_BOOT" and "UFS_BOOT" at their start.
 */
#include <inttypes.h>

#include "table_priv.h"

enum { SECTOR = 512, TAIL = 64 << 10 };

/* Size of BOOT1 (and BOOT2) for known sizes of everything before the user area
 * (docs/FORMATS.md). */
static const struct {
	uint64_t boot_size, boot;
} known[] = {
	{ 0x600000, 0x200000 },
	{ 0x880000, 0x400000 },
	{ 0xc00000, 0x400000 },
	{ 0x1400000, 0x800000 },
};

static bool read_sector(struct rom_image *img, uint64_t offset, uint8_t *buf)
{
	struct rom_err err;

	return !rom_read(img, buf, SECTOR, offset, &err);
}

static bool is_boot_area(struct rom_image *img, uint64_t offset)
{
	uint8_t buf[SECTOR];

	return read_sector(img, offset, buf) &&
	       (!memcmp(buf, "EMMC_BOOT\0", 10) ||
		       !memcmp(buf, "UFS_BOOT\0", 9) ||
		       !memcmp(buf, "COMBO_BOOT\0", 11) ||
		       !memcmp(buf, "SDMMC_BOOT\0", 11));
}

static bool has_mbr(const uint8_t *sector)
{
	return sector[510] == 0x55 && sector[511] == 0xaa;
}

static bool has_table(struct rom_image *img, uint64_t offset)
{
	uint8_t buf[SECTOR];
	uint64_t my, other;

	if (!read_sector(img, offset, buf))
		return false;
	if (rom_mbr_is_mediatek(buf))
		return true;
	return has_mbr(buf) &&
	       rom_gpt_header_good(img, offset + SECTOR, &my, &other) &&
	       my == 1;
}

/* True when the image begins with something that is not a boot area; then no
 * boot areas are searched for. */
static bool begins_with_data(struct rom_image *img)
{
	uint8_t buf[3 * SECTOR];
	struct rom_err err;

	if (rom_read(img, buf, sizeof(buf), 0, &err))
		return true;
	return has_mbr(buf) || !memcmp(buf + SECTOR, "EFI PART", 8) ||
	       !memcmp(buf + 0x438, "\x53\xef", 2) ||
	       !memcmp(buf + 0x400, "\x10\x20\xf5\xf2", 4);
}

/* A backup header near the end of the dump states its own LBA, and so reveals
 * where LBA 0 must be. */
static uint64_t boot_areas_by_backup(struct rom_image *img)
{
	uint64_t end = img->size / SECTOR * SECTOR, my, other;

	for (uint64_t offset = end; offset >= SECTOR && offset + TAIL > end;
		offset -= SECTOR) {
		if (!rom_gpt_header_good(img, offset - SECTOR, &my, &other) ||
			my < 2 || my > (offset - SECTOR) / SECTOR)
			continue;
		offset = offset - SECTOR - my * SECTOR;
		return offset <= ROM_FRONT_MAX && offset % ROM_FRONT_STEP == 0
			       ? offset
			       : 0;
	}
	return 0;
}

static uint64_t find_boot_areas(struct rom_image *img)
{
	/* a dump of the user area begins with a table or a filesystem */
	if (img->size < ROM_FRONT_STEP || begins_with_data(img))
		return 0;
	for (uint64_t offset = ROM_FRONT_STEP;
		offset <= ROM_FRONT_MAX && offset < img->size;
		offset += ROM_FRONT_STEP) {
		if (has_table(img, offset))
			return offset;
	}
	return boot_areas_by_backup(img);
}

/* When boot areas are given separately and the dump also has its own, every
 * offset would be wrong. */
static enum rom_status check_given(
	struct rom_image *img, uint64_t given, struct rom_err *err)
{
	ROM_AUTO_IMAGE struct rom_image *user = rom_image_open_slice(
		img, (struct rom_range){ given, img->size - given }, img->name);
	uint64_t own = find_boot_areas(user);

	if (own == 0)
		return ROM_OK;
	return rom_fail(err, ROM_E_USAGE, ROM_NO_OFFSET,
		"%s: already begins with its own boot areas (EMMC_USER starts "
		"at 0x%" PRIx64 "); omit --boot1 and --boot2",
		img->name, own);
}

enum rom_status rom_table_boot_areas(struct rom_image *img,
	const struct rom_table_options *options, uint64_t *ret,
	struct rom_err *err)
{
	uint64_t given = options->boot1 + options->boot2;

	*ret = given ? given : find_boot_areas(img);
	return given ? check_given(img, given, err) : ROM_OK;
}

/* ---- what lies before it ------------------------------------------------- */

/* The size of BOOT1. BOOT2 begins with the same magic; without one, the usual
 * size for this total counts, else all of it. */
static uint64_t boot1_size(struct rom_image *img, uint64_t boot_size)
{
	for (uint64_t offset = ROM_FRONT_STEP; offset <= boot_size / 2;
		offset += ROM_FRONT_STEP) {
		if (is_boot_area(img, offset))
			return offset;
	}
	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++) {
		if (known[i].boot_size == boot_size)
			return known[i].boot;
	}
	return boot_size;
}

static void add(struct rom_report *r, const char *name, enum rom_region region,
	struct rom_range range)
{
	struct rom_partition *p;

	if (range.len == 0)
		return;
	p = rom_table_add(r, name, range, ROM_SOURCE_FRONT);
	p->region = region;
	p->base = range.offset;
	p->present = range.len;
}

void rom_table_add_boot_areas(struct rom_image *img,
	const struct rom_table_options *options, uint64_t boot_size,
	struct rom_report *r)
{
	bool given = options->boot1 + options->boot2 > 0,
	     ufs = r->table.sector_size == 4096;
	uint64_t boot1 = given ? options->boot1 : boot1_size(img, boot_size);
	uint64_t boot2 =
		given ? options->boot2 : rom_min(boot1, boot_size - boot1);

	add(r, "preloader", ufs ? ROM_REGION_UFS_LU0 : ROM_REGION_EMMC_BOOT_1,
		(struct rom_range){ 0, boot1 });
	add(r, "preloader_backup",
		ufs ? ROM_REGION_UFS_LU1 : ROM_REGION_EMMC_BOOT_2,
		(struct rom_range){ boot1, boot2 });
	add(r, "rpmb", ROM_REGION_EMMC_RPMB,
		(struct rom_range){ boot1 + boot2, boot_size - boot1 - boot2 });
	if (!given)
		rom_report_note(r, ROM_INFO, NULL, 0,
			"the dump begins with the boot areas: EMMC_USER starts "
			"at 0x%" PRIx64,
			boot_size);
}
