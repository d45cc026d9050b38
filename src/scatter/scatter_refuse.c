/* SPDX-License-Identifier: MIT */
/* scatter_refuse.c - whether a scatter file can be made from a report, and why
 * not */
#include <strings.h>

#include "scatter_priv.h"

bool rom_scatter_wanted(
	const char *name, const struct rom_scatter_options *options)
{
	for (size_t i = 0; i < options->n_only; i++) {
		if (!strcmp(name, options->only[i]))
			return true;
	}
	return options->n_only == 0;
}

bool rom_scatter_follows_file(
	const struct rom_report *r, const struct rom_scatter_options *options)
{
	return options->file && options->style == ROM_STYLE_FACTORY &&
	       (r->table.kind == ROM_TABLE_SCATTER ||
		       r->table.kind == ROM_TABLE_MBR);
}

/* A table of the MBR era: MBR and EBR themselves, or what such a phone prints.
 */
static bool is_old_table(const struct rom_report *r)
{
	return r->table.kind == ROM_TABLE_MBR ||
	       (r->table.kind == ROM_TABLE_PRINTED &&
		       rom_report_find(
			       (struct rom_report *)(uintptr_t)r, "MBR"));
}

/* An MBR tells neither chip nor where the user area begins in the addresses of
 * old chips: a guess would be refused by the tool, or write elsewhere. */
static enum rom_status check_base(const struct rom_report *r,
	const struct rom_scatter_options *options, struct rom_err *err)
{
	const char *chip = r->platform.chip;

	if (!is_old_table(r) || r->table.linear_base ||
		rom_scatter_follows_file(r, options))
		return ROM_OK;
	if (!chip)
		return rom_fail(err, ROM_E_USAGE, ROM_NO_OFFSET,
			"no scatter file can be written: MBR and EBR do not "
			"tell which addresses it has to have; give the chip "
			"with --platform MTxxxx, or a scatter file of this "
			"phone with --scatter");
	if (rom_scatter_is_linear_chip(chip))
		return rom_fail(err, ROM_E_USAGE, ROM_NO_OFFSET,
			"no scatter file can be written: those of %s count "
			"from the start of BOOT1, and nothing here tells how "
			"far EMMC_USER is from there; give a dump with the "
			"boot areas in front, or a scatter file of this phone "
			"with --scatter",
			chip);
	return ROM_OK;
}

static enum rom_status check_wanted(const struct rom_report *r,
	const struct rom_scatter_options *options, struct rom_err *err)
{
	for (size_t i = 0; i < options->n_only; i++) {
		if (strcasecmp(options->only[i], "preloader") &&
			!rom_report_asked((struct rom_report *)(uintptr_t)r,
				options->only[i]))
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

	if (r->table.kind == ROM_TABLE_NONE ||
		r->table.kind == ROM_TABLE_FOLDER)
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

enum rom_status rom_scatter_refuse_report(const struct rom_report *r,
	const struct rom_scatter_options *options, struct rom_err *err)
{
	enum rom_status st = check_report(r, err);

	if (!st)
		st = check_base(r, options, err);
	return st ? st : check_wanted(r, options, err);
}
