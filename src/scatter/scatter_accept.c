/* SPDX-License-Identifier: MIT */
/*
 * scatter_accept.c - rows of a scatter file that differ from the phone's table
 * and are right all the same
 *
 * SP Flash Tool makes a table of its own from the scatter file before it
 * compares: rows with a code 0xFFFFnnnn go to the end of the medium that it
 * found, and userdata (NEEDRESIZE, or a last row of size 0) takes what is left
 * before them. So factory files fit media of every size.
 */
#include <strings.h>

#include "scatter_priv.h"

bool rom_scatter_is_boot_region(const char *region, bool ufs)
{
	static const char *const emmc[] = { "EMMC_BOOT_1", "EMMC_BOOT_2",
		"EMMC_BOOT1", "EMMC_BOOT2", "EMMC_BOOT1_BOOT2" };
	static const char *const lu[] = { "UFS_LU0", "UFS_LU1", "UFS_LU0_LU1" };
	const char *const *names = ufs ? lu : emmc;
	size_t n =
		ufs ? sizeof(lu) / sizeof(*lu) : sizeof(emmc) / sizeof(*emmc);

	for (size_t i = 0; i < n; i++) {
		if (!strcmp(names[i], region))
			return true;
	}
	return false;
}

static bool is_tail_name(const char *name)
{
	static const char *const names[] = { "otp", "flashinfo", "sdrpmb",
		"mrdump", "sgpt", "BMTPOOL" };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (!strcmp(name, names[i]))
			return true;
	}
	return false;
}

/* The file says of that partition that it is at the end: by a code, or, where
 * WwR MTK writes the true address instead, by is_reserved. */
static bool is_tail_in_file(const struct scatter_checking *k, const char *name)
{
	const struct rom_scatter_section *section = k->c->section;

	for (size_t i = 0; i < section->rows.n; i++) {
		if (!strcmp(k->places[i].name, name))
			return k->places[i].has_code ||
			       rom_scatter_says(&section->rows.v[i],
				       ROM_KEY_RESERVED, "true");
	}
	return false;
}

uint64_t rom_scatter_last_plain(const struct scatter_checking *k)
{
	const struct rom_partition *p;
	uint64_t last = 0;

	rom_each (p, &k->r->partitions) {
		if (p->name && !p->parent && !p->is_table &&
			rom_region_is_user(p->region) &&
			!is_tail_name(p->name) && !is_tail_in_file(k, p->name))
			last = rom_max(last, rom_partition_start(p));
	}
	return last;
}

bool rom_scatter_placed_by_tool(const struct scatter_checking *k,
	const struct rom_scatter_place *place, const struct rom_partition *p)
{
	return place->by_code && place->consistent &&
	       rom_partition_start(p) > k->last_plain;
}

static bool is_growing_name(const char *name)
{
	/* what ends a PMT is USRDATA or FAT (ptgen: PMT_END_NAME) */
	return !strcasecmp(name, "userdata") || !strcasecmp(name, "usrdata") ||
	       !strcmp(name, "FAT");
}

bool rom_scatter_grows(const struct scatter_checking *k, size_t i,
	const struct rom_partition *p)
{
	const struct rom_scatter_row *row = &k->c->section->rows.v[i];

	if (rom_scatter_says(row, ROM_KEY_OPERATION, "NEEDRESIZE"))
		return true;
	if (rom_partition_start(p) != k->last_plain ||
		row->size >= p->range.len)
		return false;
	return row->size == 0 || is_growing_name(k->places[i].name);
}
