/* SPDX-License-Identifier: MIT */
/*
 * scatter_wwr.c - the style of WwR MTK 2.51, derived from files that it wrote
 *
 * WwR has two methods: a template for chips it knows, and "CopyFromPMT" for
 * others. It has no template for tables with boot_para: this partition shows
 * which method it would have used.
 */
#include <stdlib.h>

#include "scatter_priv.h"

struct wwr {
	const char *name, *operation, *file;
};

/* differences from the factory's files, for both methods and for CopyFromPMT;
 * operation NULL: no difference */
static const struct wwr both[] = {
	{ "lk", NULL, "lk.bin" },
	{ "lk2", NULL, "lk2.bin" },
	{ "tee1", NULL, "trustzone1.bin" },
	{ "tee2", NULL, "trustzone2.bin" },
	{ "md1img", NULL, "md1rom.img" },
	{ "md3img", "INVISIBLE", NULL },
	{ "secro", NULL, "secro.bin" },
};

static const struct wwr copy[] = {
	{ "spmfw", "INVISIBLE", "spmfw.bin" },
	{ "sspm_1", "INVISIBLE", "sspm_1.bin" },
	{ "sspm_2", "INVISIBLE", "sspm_2.bin" },
	{ "scp1", "INVISIBLE", "scp1.bin" },
	{ "scp2", "INVISIBLE", "scp2.bin" },
	{ "odmdtbo", "INVISIBLE", NULL },
	{ "vendor", "INVISIBLE", "vendor.img" },
};

static bool copies_pmt(const struct rom_report *r)
{
	return rom_report_find(
		       (struct rom_report *)(uintptr_t)r, "boot_para") != NULL;
}

static void apply_differences(
	struct scatter_plan *row, const struct wwr *list, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (strcmp(row->name, list[i].name))
			continue;
		free(row->file);
		row->file = rom_strdup(list[i].file);
		row->download = row->file != NULL;
		if (list[i].operation) {
			row->operation = list[i].operation;
			row->upgradable = false;
		}
	}
}

static void set_real_address(struct scatter_plan *row, bool copied)
{
	if (!row->reserved)
		return;
	row->physical = rom_partition_start(row->partition);
	if (copied)
		row->linear = row->physical;
	if (!strcmp(row->name, "sdrpmb")) {
		row->operation = "INVISIBLE";
		row->reserved = false;
		row->boundary_check = true;
		row->linear = row->physical;
	}
}

void rom_scatter_wwr_row(const struct rom_report *r, struct scatter_plan *row)
{
	bool copied = copies_pmt(r);

	apply_differences(row, both, sizeof(both) / sizeof(*both));
	if (copied)
		apply_differences(row, copy, sizeof(copy) / sizeof(*copy));
	set_real_address(row, copied);
	if (!strcmp(row->name, "secro"))
		row->upgradable = true;
	if (copied || !strcmp(row->name, "system") ||
		!strcmp(row->name, "userdata"))
		row->type = "NORMAL_ROM";
}

const char *rom_scatter_wwr_project(const struct rom_report *r)
{
	return copies_pmt(r) ? "WwR_CopyFromPMT" : NULL;
}
