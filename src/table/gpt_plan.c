/* SPDX-License-Identifier: MIT */
/* gpt_plan.c - what a GPT has to hold: from what is left of one, from a scatter
 * file, from a printed table */
#include <inttypes.h>
#include <stdlib.h>
#include <strings.h>

#include "gpt_priv.h"
#include "romsplit/gpt.h"

enum { EMMC_SECTOR = 512, UFS_SECTOR = 4096 };

static struct rom_gpt_part *add_part(
	struct rom_gpt_plan *plan, const char *name, struct rom_range range)
{
	struct rom_gpt_part *part = rom_vec_add(&plan->parts);

	*part = (struct rom_gpt_part){ .name = rom_strdup(name),
		.range = range };
	return part;
}

/* Rows of SP Flash Tool for the table itself. */
static bool is_table_row(const char *name)
{
	return !strcasecmp(name, "pgpt") || !strcasecmp(name, "sgpt");
}

static enum rom_status refuse_old(struct rom_err *err)
{
	return rom_fail(err, ROM_E_USAGE, ROM_NO_OFFSET,
		"this is a phone of the MBR era: its table is a PMT, or MBR "
		"and EBR, and it has no GPT");
}

/* ---- from a dump --------------------------------------------------------- */

static enum rom_status check_report(
	const struct rom_report *r, struct rom_err *err)
{
	if (r->table.kind == ROM_TABLE_GPT)
		return ROM_OK;
	if (r->table.kind == ROM_TABLE_PMT || r->table.kind == ROM_TABLE_MBR)
		return refuse_old(err);
	return rom_fail(err, ROM_E_USAGE, ROM_NO_OFFSET,
		"this dump has no partition table left%s; give a scatter file "
		"of this phone (--scatter) or a printed table (--table)",
		r->table.kind == ROM_TABLE_SCAN
			? ", and what its contents show are places, not "
			  "lengths"
			: "");
}

/* A part that is only named for the report has no name in its entry. */
static void take_entry(struct rom_gpt_plan *plan, const struct rom_partition *p)
{
	struct rom_gpt_part *part = add_part(plan, p->name,
		(struct rom_range){ rom_partition_start(p), p->range.len });

	part->data = p->gpt;
	part->has_type = part->has_unique = p->gpt.known;
}

enum rom_status rom_gpt_plan_report(const struct rom_report *report,
	struct rom_gpt_plan *plan, struct rom_err *err)
{
	const struct rom_table *t = &report->table;
	const struct rom_partition *p;
	enum rom_status st = check_report(report, err);

	if (st)
		return st;
	if (plan->sector && plan->sector != t->sector_size)
		return rom_fail(err, ROM_E_USAGE, ROM_NO_OFFSET,
			"the table of this dump is for sectors of %" PRIu32
			" bytes, not of %" PRIu32,
			t->sector_size, plan->sector);
	plan->sector = t->sector_size;
	if (!plan->size)
		plan->size = t->device_size;
	plan->has_guid = t->has_guid;
	memcpy(plan->guid, t->guid, sizeof(plan->guid));
	plan->in_doubt = !t->entries_good;
	rom_each (p, &report->partitions) {
		if (p->name && !p->parent && !p->is_table &&
			rom_region_is_user(p->region))
			take_entry(plan, p);
	}
	if (plan->in_doubt)
		rom_gpt_say(plan, "the table in the dump is damaged: check "
				  "each partition, and the ranges that belong "
				  "to none, before this is written anywhere");
	return ROM_OK;
}

/* ---- from a scatter file ------------------------------------------------- */

static enum rom_status choose_section(const struct rom_scatter *s,
	struct rom_gpt_plan *plan, const struct rom_scatter_section **ret,
	struct rom_err *err)
{
	const struct rom_scatter_section *section;
	bool ufs;

	if (s->sections.n > 1 && !plan->sector)
		return rom_fail(err, ROM_E_USAGE, ROM_NO_OFFSET,
			"the scatter file is for eMMC and for UFS; give "
			"--sector 512 or --sector 4096");
	section = rom_scatter_section(
		s, plan->sector == UFS_SECTOR ? "UFS" : "EMMC");
	ufs = section && section->storage && !strcmp(section->storage, "UFS");
	if (!section)
		return rom_fail(err, ROM_E_USAGE, ROM_NO_OFFSET,
			"the scatter file has no partitions");
	if (plan->sector && ufs != (plan->sector == UFS_SECTOR))
		return rom_fail(err, ROM_E_USAGE, ROM_NO_OFFSET,
			"the scatter file is for %s, which has sectors of %d "
			"bytes",
			ufs ? "UFS" : "eMMC", ufs ? UFS_SECTOR : EMMC_SECTOR);
	plan->sector = ufs ? UFS_SECTOR : EMMC_SECTOR;
	*ret = section;
	return ROM_OK;
}

/* Rows that count from the end of the medium are not behind a row in the way of
 * its growth. */
static bool is_last_plain(
	const struct rom_scatter_place *places, size_t n, size_t i)
{
	for (size_t k = 0; k < n; k++) {
		if (k != i && rom_scatter_is_user_region(places[k].region) &&
			!places[k].has_code && !is_table_row(places[k].name) &&
			places[k].range.offset > places[i].range.offset)
			return false;
	}
	return true;
}

static bool is_resized(const struct rom_scatter_row *row)
{
	const char *operation = row->value[ROM_KEY_OPERATION];

	return operation && !strcasecmp(operation, "NEEDRESIZE");
}

/* As SP Flash Tool does it: NEEDRESIZE anywhere; the last row, when it is
 * userdata, whose size is a template's, or when it has none. */
static bool grows(const struct rom_scatter_section *section,
	const struct rom_scatter_place *places, size_t i)
{
	const char *name = places[i].name;

	if (is_resized(&section->rows.v[i]))
		return true;
	if (places[i].has_code || !is_last_plain(places, section->rows.n, i))
		return false;
	return !strcasecmp(name, "userdata") || !places[i].sized ||
	       places[i].range.len == 0;
}

static enum rom_status take_row(struct rom_gpt_plan *plan,
	const struct rom_scatter_section *section,
	const struct rom_scatter_place *places, size_t i, struct rom_err *err)
{
	const struct rom_scatter_place *place = &places[i];
	struct rom_gpt_part *part;
	struct rom_range range = place->range;

	if (!place->placed)
		return rom_fail(err, ROM_E_USAGE, ROM_NO_OFFSET,
			"%s: the scatter file does not tell where it begins",
			place->name);
	if (!place->sized)
		range.len = 0;
	part = add_part(plan, place->name, range);
	if (grows(section, places, i)) {
		part->grows = true;
		part->least = is_resized(&section->rows.v[i]) ? 0 : range.len;
		part->range.len = 0;
	}
	return ROM_OK;
}

enum rom_status rom_gpt_plan_scatter(const struct rom_scatter *scatter,
	struct rom_gpt_plan *plan, struct rom_err *err)
{
	const struct rom_scatter_section *section = NULL;
	struct rom_table medium = { .device_size = plan->size };
	ROM_AUTO struct rom_scatter_place *places = NULL;
	enum rom_status st = choose_section(scatter, plan, &section, err);

	if (!st && !plan->size)
		st = rom_fail(err, ROM_E_USAGE, ROM_NO_OFFSET,
			"a scatter file does not tell the size of the medium; "
			"give it with --size");
	if (st)
		return st;
	places = rom_scatter_places(scatter, section, &medium);
	for (size_t i = 0; i < section->rows.n && !st; i++) {
		if (!rom_scatter_is_user_region(places[i].region) ||
			is_table_row(places[i].name))
			continue;
		st = !strcmp(places[i].name, "MBR")
			     ? refuse_old(err)
			     : take_row(plan, section, places, i, err);
	}
	return st;
}

/* ---- from a printed table ------------------------------------------------ */

static enum rom_status set_sector(const struct rom_printed_table *t,
	const char *name, struct rom_gpt_plan *plan, struct rom_err *err)
{
	if (!t->unit && !plan->sector)
		return rom_fail(err, ROM_E_USAGE, ROM_NO_OFFSET,
			"%s: counts sectors, and nothing tells their size; "
			"give --sector 512 (eMMC) or --sector 4096 (UFS)",
			name);
	if (t->sector_size && plan->sector && t->sector_size != plan->sector)
		return rom_fail(err, ROM_E_USAGE, ROM_NO_OFFSET,
			"%s: is for sectors of %" PRIu32
			" bytes, not of %" PRIu32,
			name, t->sector_size, plan->sector);
	if (!plan->sector)
		plan->sector = t->sector_size;
	return ROM_OK;
}

/* Every row must have found a place: one that is missing would be a partition
 * that is lost. */
static enum rom_status take_printed_row(struct rom_gpt_plan *plan,
	const struct rom_printed_row *row, const struct rom_printed_row *place,
	struct rom_err *err)
{
	ROM_AUTO char *name = rom_printable(row->name, strlen(row->name));
	struct rom_gpt_part *part;

	if (!place || place->line != row->line)
		return rom_fail(err, ROM_E_USAGE, ROM_NO_OFFSET,
			"%s: line %u does not tell its place and length", name,
			row->line);
	part = add_part(plan, row->name,
		(struct rom_range){ place->start, place->size });
	part->has_type = row->has_type;
	part->has_unique = row->has_unique;
	part->data.attributes = row->attributes;
	memcpy(part->data.type, row->type, sizeof(row->type));
	memcpy(part->data.unique, row->unique, sizeof(row->unique));
	return ROM_OK;
}

enum rom_status rom_gpt_plan_printed(const struct rom_printed_table *printed,
	const char *name, struct rom_gpt_plan *plan, struct rom_err *err)
{
	size_t n, k = 0;
	ROM_AUTO struct rom_printed_row *places = NULL;
	enum rom_status st = set_sector(printed, name, plan, err);

	if (st)
		return st;
	if (!plan->size)
		plan->size = printed->device_size;
	if (printed->kind == ROM_PRINTED_GETVAR)
		rom_gpt_say(plan, "the places are sums of the sizes that "
				  "fastboot lists; a row that is missing there "
				  "would shift all others");
	places = rom_printed_places(printed, plan->sector, &n);
	for (size_t i = 0; i < printed->rows.n && !st; i++) {
		const struct rom_printed_row *row = &printed->rows.v[i];
		bool placed = k < n && places[k].line == row->line;

		if (!strcasecmp(row->name, "MBR"))
			return refuse_old(err);
		if (rom_region_is_user(row->region) && !is_table_row(row->name))
			st = take_printed_row(
				plan, row, placed ? &places[k] : NULL, err);
		k += placed;
	}
	return st;
}
