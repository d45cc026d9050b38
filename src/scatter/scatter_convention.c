/* SPDX-License-Identifier: MIT */
/* scatter_convention.c - type, operation and file of a partition in MediaTek's
 * scatter files: by its name, else by its content */
#include <stdlib.h>

#include "scatter_priv.h"

struct convention {
	const char *name, *type, *operation, *file;
	bool upgradable, empty_boot_needed;
};

static const struct convention conventions[] = {
#define ROW(...) { __VA_ARGS__ },
#include "scatter_names.def"
#undef ROW
};

static bool ends_in(const char *s, const char *end)
{
	size_t n = strlen(s), e = strlen(end);

	return n > e && !strcmp(s + n - e, end);
}

static const struct convention *by_name(const char *name, size_t len)
{
	for (size_t i = 0; i < sizeof(conventions) / sizeof(*conventions);
		i++) {
		if (strlen(conventions[i].name) == len &&
			!strncmp(conventions[i].name, name, len))
			return &conventions[i];
	}
	return NULL;
}

bool rom_is_identity(const char *name)
{
	static const char *const names[] = { "nvram", "nvdata", "nvcfg",
		"proinfo", "PRO_INFO", "NVRAM", "PROTECT_F", "PROTECT_S",
		"oem_mfd", "elabel", "efuse", "sec1" };
	static const char *const prefixes[] = { "protect", "persist", "oppo" };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (!strcmp(name, names[i]))
			return true;
	}
	for (size_t i = 0; i < sizeof(prefixes) / sizeof(*prefixes); i++) {
		if (!strncmp(name, prefixes[i], strlen(prefixes[i])))
			return true;
	}
	return false;
}

/* ---- partitions without a convention: by content ------------------------- */

static void by_content(struct scatter_plan *row, const struct rom_partition *p)
{
	unsigned traits = rom_partition_lead(p)->traits;

	if (rom_is_identity(p->name)) {
		row->operation = "PROTECTED";
		return;
	}
	if (!(traits & (ROM_TRAIT_FLASHED | ROM_TRAIT_SPARSE)))
		return;
	row->type = traits & ROM_TRAIT_SPARSE ? "EXT4_IMG" : "NORMAL_ROM";
	row->operation = "UPDATE";
	row->download = row->upgradable = true;
	row->file = rom_format("%s.img", p->name);
}

/* ---- by name ------------------------------------------------------------- */

/* File names of older firmware, which has no spmfw: lk.bin, trustzone.bin,
 * ... */
static const char *old_file(const char *name)
{
	static const struct {
		const char *name, *file;
	} files[] = {
		{ "lk", "lk.bin" },
		{ "lk2", "lk2.bin" },
		{ "tee1", "trustzone.bin" },
		{ "tee2", "trustzone2.bin" },
		{ "scp1", "tinysys-scp.bin" },
		{ "scp2", "tinysys-scp2.bin" },
		{ "md1img", "md1rom.img" },
	};

	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		if (!strcmp(files[i].name, name))
			return files[i].file;
	}
	return NULL;
}

static bool is_modern(const struct rom_report *r)
{
	return rom_scatter_row_of(r, "spmfw") ||
	       rom_scatter_row_of(r, "spmfw_a") ||
	       rom_scatter_row_of(r, "super");
}

void rom_scatter_convention(const struct rom_report *r,
	struct scatter_plan *row, const struct rom_partition *p)
{
	size_t n = strlen(p->name);
	bool slot_a = ends_in(p->name, "_a"), slot_b = ends_in(p->name, "_b");
	const struct convention *c = by_name(p->name, n);
	const char *file;

	if (!c && (slot_a || slot_b))
		c = by_name(p->name, n - 2);
	if (!c) {
		by_content(row, p);
		return;
	}
	row->type = c->type;
	row->operation = c->operation;
	row->upgradable = c->upgradable;
	row->empty_boot_needed = c->empty_boot_needed;
	file = is_modern(r) ? NULL : old_file(p->name);
	file = file ? file : c->file;
	row->file = rom_strdup(file);
	row->download = file != NULL;
	/* factory files download to slot a only */
	if (slot_b) {
		rom_freep(&row->file);
		row->operation = "INVISIBLE";
		row->download = row->empty_boot_needed = false;
	}
}
