/* SPDX-License-Identifier: MIT */
/* scatter_reason.c - decides from the compared rows whether SP Flash Tool would
 * accept a scatter file, and states why not */
#include <stdlib.h>
#include <strings.h>

#include "scatter_priv.h"

#define PMT_CHANGED                                                            \
	"SP Flash Tool would say \"PMT changed for the ROM; it must be "       \
	"downloaded\" (4050, 0xC003000A)"

static bool is_userdata(const char *name)
{
	return !strcasecmp(name, "userdata") || !strcasecmp(name, "usrdata");
}

static size_t count(const struct rom_check *c, enum rom_check_status status)
{
	const struct rom_check_row *row;
	size_t n = 0;

	rom_each (row, &c->rows)
		n += row->status == status;
	return n;
}

static bool only_the_end_differs(const struct rom_check *c)
{
	const struct rom_check_row *row;

	rom_each (row, &c->rows) {
		if (row->status == ROM_ROW_MISSING ||
			row->status == ROM_ROW_EXTRA ||
			row->status == ROM_ROW_REGION)
			return false;
	}
	return true;
}

static bool is_resized_userdata(const struct rom_check *c)
{
	const struct rom_check_row *row;

	rom_each (row, &c->rows) {
		if (row->status == ROM_ROW_RESIZED && is_userdata(row->name))
			return true;
	}
	return false;
}

static size_t count_refused(const struct rom_check *c)
{
	const struct rom_check_row *row;
	size_t n = 0;

	rom_each (row, &c->rows)
		n += !rom_check_status_fits(row->status);
	return n;
}

static char *reason_of_rows(const struct rom_check *c)
{
	size_t missing = count(c, ROM_ROW_MISSING),
	       extra = count(c, ROM_ROW_EXTRA);
	size_t bad = count_refused(c);

	if (bad == 1 && is_resized_userdata(c))
		return rom_strdup("userdata is larger than on this phone: the "
				  "scatter file of another variant of it (16 "
				  "or 32 GB); " PMT_CHANGED);
	if (missing + extra > c->rows.n / 3 && missing && extra)
		return rom_strdup(
			"this is the scatter file of another phone: the "
			"partitions have other names; " PMT_CHANGED);
	if (only_the_end_differs(c) && bad > 1)
		return rom_format(
			"the partitions are the same, but %zu of them lie "
			"elsewhere or have another size: the scatter "
			"file of another variant of this phone (16 or 32 GB) "
			"or of another release; " PMT_CHANGED,
			bad);
	return rom_format(
		"%zu row%s differ%s from the phone's table; " PMT_CHANGED, bad,
		bad == 1 ? "" : "s", bad == 1 ? "s" : "");
}

bool rom_scatter_known_version(const struct rom_scatter *s)
{
	static const char *const known[] = { "V1.1.0", "V1.1.1", "V1.1.2",
		"V1.1.3", "V1.1.4", "V1.1.5", "V1.1.6", "V1.1.7", "V1.1.8",
		"V2.1.0", "V2.2.0" };

	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++) {
		if (!s->version || !strcmp(s->version, known[i]))
			return true;
	}
	return false;
}

static const char *download_of_none(const struct rom_scatter_section *section)
{
	const struct rom_scatter_row *row;

	rom_each (row, &section->rows) {
		if (rom_scatter_says(row, ROM_KEY_DOWNLOAD, "true") &&
			(rom_scatter_says(row, ROM_KEY_FILE, "NONE") ||
				rom_scatter_says(row, ROM_KEY_TYPE, "NONE")))
			return row->value[ROM_KEY_NAME];
	}
	return NULL;
}

static const char *unknown_key(const struct rom_scatter_section *section)
{
	const struct rom_scatter_row *row;

	rom_each (row, &section->rows) {
		if (row->extra.n)
			return row->extra.v[0].key;
	}
	return NULL;
}

/* What SP Flash Tool refuses before it reads the table of the phone. NULL:
 * nothing. */
static char *reason_of_file(const struct rom_scatter *s,
	const struct rom_report *r, const struct rom_check *c)
{
	const char *key = unknown_key(c->section),
		   *name = download_of_none(c->section);
	const char *chip = r->platform.chip;

	if (key)
		return rom_format("it has a key %s, which SP Flash Tool does "
				  "not know (0xC003000D)",
			key);
	if (!rom_scatter_known_version(s))
		return rom_format(
			"its version %s is unknown to SP Flash Tool (5079)",
			s->version);
	if (name)
		return rom_format("%s has is_download: true without a file or "
				  "type, which SP Flash Tool refuses (5011)",
			name);
	if (s->platform && rom_scatter_tool_chip(s->platform) != s->platform)
		return rom_format("SP Flash Tool calls the chip %s by another "
				  "name: its platform must be %s (3184)",
			s->platform, rom_scatter_tool_chip(s->platform));
	if (chip && s->platform && !rom_scatter_same_chip(s->platform, chip))
		return rom_format("it is for %s, but this phone has %s: SP "
				  "Flash Tool refuses it (3184, 0xC003000F)",
			s->platform, chip);
	return NULL;
}

static char *reason_of_storage(const struct rom_report *r)
{
	bool ufs = r->table.sector_size == 4096;

	return rom_format(
		"it is for another storage type: the scatter file is for a "
		"phone with %s, and this one has %s; SP Flash Tool refuses it "
		"(3183, 0xC0030006)",
		ufs ? "eMMC" : "UFS", ufs ? "UFS" : "eMMC");
}

/* Names up to three of the rows that are taken though they differ. */
static char *reason_of_notes(const struct rom_check *c)
{
	const struct rom_check_row *row;
	ROM_AUTO char *list = rom_strdup("");
	size_t n = 0;

	rom_each (row, &c->rows) {
		char *longer;

		if (!row->note || n++ >= 3)
			continue;
		longer = rom_format("%s; %s: %s", list, row->name, row->note);
		free(list);
		list = longer;
	}
	if (n > 3)
		return rom_format("SP Flash Tool would accept it%s; and %zu "
				  "more rows that it places or sizes itself",
			list, n - 3);
	return rom_format(n ? "SP Flash Tool would accept it%s"
			    : "every row agrees with the phone's table: SP "
			      "Flash Tool would accept it%s",
		list);
}

void rom_scatter_conclude(const struct rom_scatter *s,
	const struct rom_report *r, bool has_loader, struct rom_check *c)
{
	c->reason = c->other_storage ? reason_of_storage(r)
				     : reason_of_file(s, r, c);
	if (!c->reason && count_refused(c))
		c->reason = reason_of_rows(c);
	if (!c->reason && !has_loader)
		c->reason =
			rom_strdup("it has no row for the preloader, without "
				   "which SP Flash Tool downloads nothing");
	c->accepted = !c->reason;
	if (c->accepted)
		c->reason = reason_of_notes(c);
}
