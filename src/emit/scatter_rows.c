/* SPDX-License-Identifier: MIT */
/*
 * scatter_rows.c - from a partition table to the entries of a scatter file, by MediaTek's conventions
 *
 * No table per phone model: the era shows in the partition table itself. Before 2016 the first partition
 * begins at 0x80000 (pgpt 0x80000) and scatter files lack two keys; firmware files end in .img since
 * there is a partition spmfw.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "scatter_priv.h"

enum {
	OLD_PGPT = 0x80000,
	BIG_SCP = 0x600000, /* chips from MT6768 on: their preloader has 512 KiB */
};

struct convention {
	const char *name, *type, *operation, *file;
	bool upgradable, empty_boot_needed;
};

static const struct convention conventions[] = {
#define ROW(...) { __VA_ARGS__ },
#include "scatter_names.def"
#undef ROW
};

static const struct convention nothing_known = { NULL, "NORMAL_ROM", "INVISIBLE", NULL, false,
	false };

static const struct rom_partition *find(const struct rom_report *r, const char *name)
{
	return rom_report_find((struct rom_report *)(uintptr_t)r, name);
}

static bool ends_in(const char *s, const char *end)
{
	size_t n = strlen(s), e = strlen(end);

	return n > e && !strcmp(s + n - e, end);
}

static const struct convention *by_name(const char *name, size_t len)
{
	for (size_t i = 0; i < sizeof(conventions) / sizeof(*conventions); i++) {
		if (strlen(conventions[i].name) == len && !strncmp(conventions[i].name, name, len))
			return &conventions[i];
	}
	return NULL;
}

bool rom_is_identity(const char *name)
{
	static const char *const names[] = { "nvram", "nvdata", "nvcfg", "proinfo", "PRO_INFO",
		"NVRAM", "PROTECT_F", "PROTECT_S", "oem_mfd", "elabel", "efuse", "sec1" };
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

/* ---- partitions without a convention: what they hold decides ------------------------------------------- */

static bool holds(const struct rom_partition *p, const char *const *contents)
{
	for (size_t i = 0; contents[i]; i++) {
		if (!strcmp(rom_partition_content(p), contents[i]))
			return true;
	}
	return false;
}

static void by_content(struct rom_scatter_row *row, const struct rom_partition *p)
{
	static const char *const filesystems[] = { "ext4", "ext3", "ext2", "android-sparse",
		"erofs", NULL };
	static const char *const images[] = { "boot", "vendor_boot", "mtk-image", "mtk-logo",
		"vbmeta", "dtbo", "dtb", "super", "squashfs", NULL };

	if (rom_is_identity(p->name)) {
		row->operation = "PROTECTED";
		return;
	}
	if (!holds(p, filesystems) && !holds(p, images))
		return;
	row->type = holds(p, filesystems) ? "EXT4_IMG" : "NORMAL_ROM";
	row->operation = "UPDATE";
	row->download = row->upgradable = true;
	row->file = rom_format("%s.img", p->name);
}

/* ---- eras ---------------------------------------------------------------------------------------------- */

/* The files of the time before spmfw: lk.bin, trustzone.bin, ... */
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
	return find(r, "spmfw") || find(r, "spmfw_a") || find(r, "super");
}

/* ---- one row ------------------------------------------------------------------------------------------- */

/* Partitions behind userdata lie at the end of the medium: their address is a code, counted from there. */
static bool is_reserved(const struct rom_report *r, const struct rom_partition *p)
{
	static const char *const names[] = { "otp", "flashinfo", "sdrpmb", "mrdump", "sgpt",
		"BMTPOOL" };
	const struct rom_partition *data = find(r, "userdata");

	if (data && p->range.at < data->range.at)
		return false;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (!strcmp(p->name, names[i]))
			return true;
	}
	return false;
}

static uint64_t reserved_code(
	const struct rom_report *r, const struct rom_partition *p, uint64_t unit)
{
	return 0xffff0000 | ((r->table.device_size - p->range.at) / unit & 0xffff);
}

static void apply_convention(
	const struct rom_report *r, struct rom_scatter_row *row, const struct rom_partition *p)
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
	if (slot_b) {
		rom_freep(&row->file);
		row->operation = "INVISIBLE";
		row->download = row->empty_boot_needed = false;
	}
}

static void add_row(
	const struct rom_report *r, struct rom_scatter *s, const struct rom_partition *p)
{
	struct rom_scatter_row *row = rom_vec_add(&s->rows);

	*row = (struct rom_scatter_row){
		.name = rom_strdup(p->name),
		.type = nothing_known.type,
		.operation = nothing_known.operation,
		.region = p->region,
		.linear = p->range.at,
		.physical = p->range.at,
		.size = p->range.len,
		.boundary_check = true,
		.partition = p,
	};
	if (!p->is_table)
		apply_convention(r, row, p);
	if (is_reserved(r, p)) {
		rom_freep(&row->file);
		row->operation = "RESERVED";
		row->type = "NORMAL_ROM";
		row->reserved = true;
		row->download = row->upgradable = row->boundary_check = false;
		row->linear = row->physical = reserved_code(r, p, s->ufs ? 0x80000 : 0x20000);
	}
	if (s->style == ROM_STYLE_WWR)
		rom_scatter_wwr_row(r, row);
}

static uint64_t preloader_size(const struct rom_report *r, const struct rom_scatter *s)
{
	static const char *const scp[] = { "scp1", "scp_a", "scp" };
	unsigned chip = r->platform.chip ? (unsigned)strtoul(r->platform.chip + 2, NULL, 10) : 0;

	if (s->style == ROM_STYLE_WWR)
		return 0x40000;
	if (chip)
		return (chip >= 6768 && chip < 7000 && chip != 6795 && chip != 6797 && chip != 6799)
			       ? 0x80000
			       : 0x40000;
	for (size_t i = 0; i < 3; i++) {
		const struct rom_partition *p = find(r, scp[i]);

		if (p && p->range.len >= BIG_SCP)
			return 0x80000;
	}
	return 0x40000;
}

static void add_preloader(const struct rom_report *r, struct rom_scatter *s)
{
	struct rom_scatter_row *row = rom_vec_add(&s->rows);

	*row = (struct rom_scatter_row){
		.name = rom_strdup("preloader"),
		.file = rom_format("preloader_%s.bin", s->project),
		.type = "SV5_BL_BIN",
		.operation = "BOOTLOADERS",
		.region = s->ufs				     ? "UFS_LU0_LU1"
			  : s->old_keys || s->style == ROM_STYLE_WWR ? "EMMC_BOOT_1"
								     : "EMMC_BOOT1_BOOT2",
		.size = preloader_size(r, s),
		.boundary_check = true,
		.download = true,
		.upgradable = true,
	};
}

static bool wanted(const char *name, const char *const *only, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (!strcmp(name, only[i]))
			return true;
	}
	return n == 0;
}

static enum rom_status check_wanted(
	const struct rom_report *r, const char *const *only, size_t n, struct rom_err *err)
{
	for (size_t i = 0; i < n; i++) {
		if (strcmp(only[i], "preloader") && !find(r, only[i]))
			return rom_fail(err, ROM_E_NOT_FOUND, ROM_NOWHERE,
				"there is no partition %s in this dump; romsplit info lists them",
				only[i]);
	}
	return ROM_OK;
}

static enum rom_status check_report(const struct rom_report *r, struct rom_err *err)
{
	if (!strcmp(r->table.kind, "none"))
		return rom_fail(err, ROM_E_USAGE, ROM_NOWHERE,
			"no scatter file can be written: this dump has no partition table");
	if (r->table.vendor && strcmp(r->table.vendor, "mediatek"))
		return rom_fail(err, ROM_E_USAGE, ROM_NOWHERE,
			"no scatter file can be written: the partition table is not MediaTek's (%s), and SP Flash "
			"Tool flashes MediaTek phones only",
			r->table.vendor);
	return ROM_OK;
}

enum rom_status rom_scatter_make(const struct rom_report *report, enum rom_scatter_style style,
	const char *const *only, size_t n, struct rom_scatter *ret, struct rom_err *err)
{
	const struct rom_partition *pgpt = find(report, "pgpt"), *p;
	struct rom_scatter s = { .style = style };
	enum rom_status st = check_report(report, err);

	if (!st)
		st = check_wanted(report, only, n, err);
	if (st)
		return st;
	s.ufs = report->table.sector_size == 4096;
	s.old_keys = style == ROM_STYLE_FACTORY && pgpt && pgpt->range.len == OLD_PGPT;
	s.platform = rom_strdup(report->platform.chip ? report->platform.chip : "UNKNOWN");
	s.project = rom_strdup(report->platform.project ? report->platform.project : "unknown");
	add_preloader(report, &s);
	rom_each (p, &report->partitions) {
		if (p->name && wanted(p->name, only, n))
			add_row(report, &s, p);
	}
	if (style == ROM_STYLE_WWR)
		rom_scatter_wwr_general(report, &s);
	*ret = s;
	return ROM_OK;
}

void rom_scatter_done(struct rom_scatter *s)
{
	struct rom_scatter_row *row;

	rom_each (row, &s->rows) {
		free(row->name);
		free(row->file);
	}
	rom_vec_done(&s->rows);
	free(s->platform);
	free(s->project);
	*s = (struct rom_scatter){ 0 };
}

char *rom_split_file_name(const struct rom_scatter *s, const struct rom_partition *p)
{
	const struct rom_scatter_row *row;
	const struct rom_claim *preloader = rom_partition_claim(p, "mtk-preloader");
	ROM_AUTO char *name = NULL;

	if (preloader) {
		const struct rom_fact *f = rom_facts_get(&preloader->detail, "file_name");

		return f ? rom_safe_name(f->text, strlen(f->text), true)
			 : rom_strdup("preloader.bin");
	}
	rom_each (row, &s->rows) {
		if (row->partition == p && row->file)
			return rom_safe_name(row->file, strlen(row->file), true);
	}
	name = rom_format("%s.%s", p->name ? p->name : "image",
		p->name && strcmp(p->name, "userdata") && strcmp(p->name, "USRDATA") ? "bin"
										     : "img");
	return rom_safe_name(name, strlen(name), true);
}
