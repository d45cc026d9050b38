/* SPDX-License-Identifier: MIT */
/* log_scatter.c - makes a scatter file from a partition list of a log */
#include <inttypes.h>

#include "romsplit/flash_log.h"

enum { PART_USER = 8 };

static void set(
	struct rom_scatter_row *row, enum rom_scatter_key key, char *value)
{
	row->value[key] = value;
}

static const char *region_of(uint64_t part)
{
	static const char *const regions[] = { "NONE", "EMMC_BOOT_1",
		"EMMC_BOOT_2", "EMMC_RPMB", "EMMC_GP1", "EMMC_GP2", "EMMC_GP3",
		"EMMC_GP4", "EMMC_USER" };

	return part <= PART_USER ? regions[part] : "EMMC_USER";
}

/* Logs of old phones have linear addresses, which count from the start of
 * BOOT1: the user area begins with the MBR. */
static uint64_t linear_base(const struct rom_log_partition *v, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (!strcmp(v[i].name, "MBR"))
			return v[i].offset;
	}
	return 0;
}

static void add_row(struct rom_scatter_section *section,
	const struct rom_log_partition *p, uint64_t base)
{
	bool is_linear = p->part == PART_USER && p->offset >= base &&
			 p->offset >> 16 != 0xffff;
	uint64_t offset = is_linear ? p->offset - base : p->offset;
	struct rom_scatter_row *row = rom_vec_add(&section->rows);

	set(row, ROM_KEY_INDEX, rom_format("SYS%zu", section->rows.n - 1));
	set(row, ROM_KEY_NAME, rom_strdup(p->name));
	set(row, ROM_KEY_LINEAR, rom_format("0x%" PRIx64, offset));
	set(row, ROM_KEY_PHYSICAL, rom_format("0x%" PRIx64, offset));
	set(row, ROM_KEY_SIZE, rom_format("0x%" PRIx64, p->size));
	set(row, ROM_KEY_REGION, rom_strdup(region_of(p->part)));
	row->linear = row->physical = offset;
	row->size = p->size;
	row->reserved = offset >> 16 == 0xffff;
}

void rom_log_scatter(
	const struct rom_log_partition *v, size_t n, struct rom_scatter *ret)
{
	struct rom_scatter_section *section;

	*ret = (struct rom_scatter){ .form = ROM_SCATTER_TEXT,
		.version = rom_strdup("V1.1.2") };
	section = rom_vec_add(&ret->sections);
	section->storage = rom_strdup("EMMC");
	for (size_t i = 0; i < n; i++)
		add_row(section, &v[i], linear_base(v, n));
}
