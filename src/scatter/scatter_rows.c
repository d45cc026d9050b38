/* SPDX-License-Identifier: MIT */
/*
 * scatter_rows.c - makes the entries of a scatter file from a partition table,
 * by MediaTek's conventions
 *
 * No list of phone models is needed: the table itself shows its age. A PMT
 * or MBR calls for V1.1.1, or for V1.1.2 where its addresses are those of the
 * region (MT6592). Before 2016 the first GPT partition begins at 0x80000 (pgpt
 * 0x80000) and scatter files lack two keys; firmware files end in .img since
 * there is a partition spmfw.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <strings.h>

#include "scatter_priv.h"

enum { OLD_PGPT = 0x80000 };

const struct rom_partition *rom_scatter_row_of(
	const struct rom_report *r, const char *name)
{
	return rom_report_find((struct rom_report *)(uintptr_t)r, name);
}

bool rom_scatter_is_mbr_era(const struct rom_report *r)
{
	return rom_scatter_row_of(r, "MBR") && rom_scatter_row_of(r, "EBR1");
}

/* Partitions after userdata are at the end of the medium: their address is a
 * code, counted from there. */
static bool is_reserved(
	const struct rom_report *r, const struct rom_partition *p)
{
	static const char *const names[] = { "otp", "flashinfo", "sdrpmb",
		"mrdump", "sgpt", "BMTPOOL" };
	const struct rom_partition *data = rom_scatter_row_of(r, "userdata");

	if ((data && p->range.offset < data->range.offset) ||
		!r->table.device_size)
		return false;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (!strcmp(p->name, names[i]))
			return true;
	}
	return false;
}

static uint64_t reserved_code(const struct rom_report *r,
	const struct rom_partition *p, uint64_t unit)
{
	return 0xffff0000 |
	       ((r->table.device_size - rom_partition_start(p)) / unit &
		       0xffff);
}

/* ---- from a plan to the keys of a row ------------------------------------ */

static const char *type_of(
	const struct scatter_spelling *sp, const struct scatter_plan *plan)
{
	if (!sp->old_types)
		return plan->type;
	if (!plan->download)
		return "NONE";
	return strcmp(plan->type, "EXT4_IMG") ? plan->type : "YAFFS_IMG";
}

void rom_scatter_spell(
	const struct scatter_spelling *sp, const struct scatter_plan *plan)
{
	struct rom_scatter_section *section = &sp->s->sections.v[0];
	bool upper = sp->options->style == ROM_STYLE_WWR;
	ROM_AUTO char *index = rom_format("SYS%zu", section->rows.n);
	struct rom_scatter_row *row = rom_vec_add(&section->rows);

	row->partition = plan->partition;
	rom_scatter_set(row, ROM_KEY_INDEX, index);
	rom_scatter_set(row, ROM_KEY_NAME, plan->name);
	rom_scatter_set(row, ROM_KEY_FILE, plan->file ? plan->file : "NONE");
	rom_scatter_set_flag(row, ROM_KEY_DOWNLOAD, plan->download);
	rom_scatter_set(row, ROM_KEY_TYPE, type_of(sp, plan));
	rom_scatter_set_number(row, ROM_KEY_LINEAR, plan->linear, upper);
	rom_scatter_set_number(row, ROM_KEY_PHYSICAL, plan->physical, upper);
	rom_scatter_set_number(row, ROM_KEY_SIZE, plan->size, upper);
	rom_scatter_set(row, ROM_KEY_REGION, plan->region);
	rom_scatter_set(row, ROM_KEY_STORAGE,
		sp->ufs ? "HW_STORAGE_UFS" : "HW_STORAGE_EMMC");
	rom_scatter_set_flag(row, ROM_KEY_BOUNDARY, plan->boundary_check);
	rom_scatter_set_flag(row, ROM_KEY_RESERVED, plan->reserved);
	rom_scatter_set(row, ROM_KEY_OPERATION, plan->operation);
	if (!sp->old_keys) {
		rom_scatter_set_flag(row, ROM_KEY_UPGRADABLE, plan->upgradable);
		rom_scatter_set_flag(
			row, ROM_KEY_EMPTY_BOOT, plan->empty_boot_needed);
	}
	rom_scatter_set(row, ROM_KEY_RESERVE, "0x00");
}

/* ---- one partition ------------------------------------------------------- */

static void set_address(const struct scatter_spelling *sp,
	struct scatter_plan *plan, const struct rom_partition *p)
{
	uint64_t base = sp->r->table.linear_base;

	/* V1.1.1 files of the factory have 0 */
	plan->physical = sp->old_types ? 0 : rom_partition_start(p);
	plan->linear = base + rom_partition_start(p);
	if (plan->reserved) {
		plan->linear =
			reserved_code(sp->r, p, sp->ufs ? 0x80000 : 0x20000);
		plan->physical = sp->old_types ? 0 : plan->linear;
	}
}

static void add_row(
	const struct scatter_spelling *sp, const struct rom_partition *p)
{
	struct scatter_plan plan = {
		.name = rom_strdup(p->name),
		.type = "NORMAL_ROM",
		.operation = "INVISIBLE",
		.region = rom_region_name(p->region),
		.size = p->range.len,
		.boundary_check = true,
		.partition = p,
	};

	if (!p->is_table)
		rom_scatter_convention(sp->r, &plan, p);
	if (is_reserved(sp->r, p)) {
		rom_freep(&plan.file);
		plan.operation = "RESERVED";
		plan.type = "NORMAL_ROM";
		plan.reserved = true;
		plan.download = plan.upgradable = plan.boundary_check = false;
	}
	set_address(sp, &plan, p);
	if (sp->options->style == ROM_STYLE_WWR)
		rom_scatter_wwr_row(sp->r, &plan);
	rom_scatter_spell(sp, &plan);
	free(plan.name);
	free(plan.file);
}

/* ---- the whole file ------------------------------------------------------ */

static bool is_wanted(
	const char *name, const struct rom_scatter_options *options)
{
	for (size_t i = 0; i < options->n_only; i++) {
		if (!strcmp(name, options->only[i]))
			return true;
	}
	return options->n_only == 0;
}

static enum rom_status check_wanted(const struct rom_report *r,
	const struct rom_scatter_options *options, struct rom_err *err)
{
	for (size_t i = 0; i < options->n_only; i++) {
		if (strcasecmp(options->only[i], "preloader") &&
			!rom_scatter_row_of(r, options->only[i]))
			return rom_fail(err, ROM_E_NOT_FOUND, ROM_NO_OFFSET,
				"partition %s: not found in this dump; "
				"romsplit info lists the partitions",
				options->only[i]);
	}
	return ROM_OK;
}

static enum rom_status check_report(
	const struct rom_report *r, struct rom_err *err)
{
	bool foreign = r->table.vendor != ROM_VENDOR_NONE &&
		       r->table.vendor != ROM_VENDOR_MEDIATEK;

	if (r->table.kind == ROM_TABLE_NONE)
		return rom_fail(err, ROM_E_USAGE, ROM_NO_OFFSET,
			"no scatter file can be written: this dump has no "
			"partition table");
	if (foreign && r->table.kind == ROM_TABLE_SCAN)
		return rom_fail(err, ROM_E_USAGE, ROM_NO_OFFSET,
			"no scatter file can be written: no partition table is "
			"left, and nothing found identifies a MediaTek phone");
	if (foreign)
		return rom_fail(err, ROM_E_USAGE, ROM_NO_OFFSET,
			"no scatter file can be written: the partition table "
			"is not MediaTek's (%s), and SP Flash Tool flashes "
			"only MediaTek phones; for Qualcomm use romsplit "
			"scatter --format rawprogram",
			rom_vendor_name(r->table.vendor));
	return ROM_OK;
}

/* What is flashed by a scatter file: named bytes of the user area, the logical
 * partitions of super only as a whole. The preloader has its own row. */
static bool is_row(const struct rom_partition *p)
{
	return p->name && !p->parent && rom_region_is_user(p->region);
}

static void add_section(struct rom_scatter *s, bool ufs)
{
	struct rom_scatter_section *section = rom_vec_add(&s->sections);

	section->storage = rom_strdup(ufs ? "UFS" : "EMMC");
	section->boot_channel = rom_strdup(ufs ? "UFSHCI_0" : "MSDC_0");
	section->block_size = rom_strdup(ufs ? "0x80000" : "0x20000");
}

static void set_general(const struct scatter_spelling *sp)
{
	const struct rom_platform *pf = &sp->r->platform;
	const char *project = pf->project ? pf->project : "unknown";
	bool wwr = sp->options->style == ROM_STYLE_WWR;

	sp->s->form = ROM_SCATTER_TEXT;
	sp->s->version = rom_strdup(sp->old_types ? "V1.1.1" : "V1.1.2");
	sp->s->platform = rom_strdup(pf->chip ? pf->chip : "UNKNOWN");
	sp->s->project = rom_strdup(project);
	sp->s->final_line_ends = 2;
	sp->s->crlf = wwr;
	sp->s->blank_banner = sp->old_keys;
	sp->s->mark = wwr ? rom_strdup("__WwR_MTK__") : NULL;
	add_section(sp->s, sp->ufs);
}

static void rename_project(const struct scatter_spelling *sp)
{
	const char *project = sp->options->style == ROM_STYLE_WWR
				      ? rom_scatter_wwr_project(sp->r)
				      : NULL;

	if (!project)
		return;
	free(sp->s->project);
	sp->s->project = rom_strdup(project);
}

enum rom_status rom_scatter_make(const struct rom_report *report,
	const struct rom_scatter_options *options, struct rom_scatter *ret,
	struct rom_err *err)
{
	const struct rom_partition *pgpt = rom_scatter_row_of(report, "pgpt"),
				   *p;
	struct rom_scatter s = { 0 };
	bool old = rom_scatter_is_mbr_era(report),
	     factory = options->style == ROM_STYLE_FACTORY;
	struct scatter_spelling sp = {
		.r = report,
		.options = options,
		.s = &s,
		.ufs = report->table.sector_size == 4096,
		.old_keys = factory &&
			    (old || (pgpt && pgpt->range.len == OLD_PGPT)),
		.old_types = factory && old && report->table.linear_base,
	};
	enum rom_status st = check_report(report, err);

	if (!st)
		st = check_wanted(report, options, err);
	if (st)
		return st;
	set_general(&sp);
	rom_scatter_add_preloader(&sp);
	rom_each (p, &report->partitions) {
		if (is_row(p) && is_wanted(p->name, options))
			add_row(&sp, p);
	}
	rename_project(&sp);
	st = options->format ? rom_scatter_convert(&s, options->format, err)
			     : ROM_OK;
	if (st)
		rom_scatter_done(&s);
	else
		*ret = s;
	return st;
}
