/* SPDX-License-Identifier: MIT */
/* scatter_reason.c - decides from the compared rows whether SP Flash Tool would
 * accept a scatter file, and states why not */
#include <strings.h>

#include "scatter_priv.h"

/* sizes in templates are multiples of this */
enum { TEMPLATE_UNIT = 0x20000 };

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

/* Only userdata differs, and its size is a round one: that of a template which
 * was not adapted to the phone. */
static void find_placeholder(struct rom_check *c)
{
	struct rom_check_row *row, *data = NULL;
	size_t bad = 0;

	rom_each (row, &c->rows) {
		bad += row->status != ROM_ROW_SAME;
		if (row->status == ROM_ROW_RESIZED && is_userdata(row->name))
			data = row;
	}
	if (data && bad == 1 && data->scatter.len < data->medium.len &&
		data->scatter.len % TEMPLATE_UNIT == 0)
		data->status = ROM_ROW_PLACEHOLDER;
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

static char *reason_of_rows(const struct rom_check *c)
{
	size_t missing = count(c, ROM_ROW_MISSING),
	       extra = count(c, ROM_ROW_EXTRA);
	size_t bad = c->rows.n - count(c, ROM_ROW_SAME);

	if (bad == 1 && count(c, ROM_ROW_PLACEHOLDER) == 1)
		return rom_strdup(
			"userdata has a placeholder, the size of a template, "
			"instead of its true size (romsplit check --fix "
			"corrects it); " PMT_CHANGED);
	if (bad == 1 && is_resized_userdata(c))
		return rom_strdup("only userdata has another size: the scatter "
				  "file of another variant of this phone (16 "
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

/* Chips of a family may report each other's name. */
static bool same_chip(const char *a, const char *b)
{
	static const char *const families[][4] = { { "MT6750", "MT6755" },
		{ "MT6771", "MT8183", "MT8385" },
		{ "MT6765", "MT6762", "MT8768" }, { "MT6768", "MT6769" },
		{ "MT6582", "MT6574", "MT8382" }, { "MT6592", "MT8392" },
		{ "MT6589", "MT6583" }, { "MT6797", "MT6767" } };

	if (!strncasecmp(a, b, 6))
		return true;
	for (size_t i = 0; i < sizeof(families) / sizeof(*families); i++) {
		size_t hits = 0;

		for (size_t k = 0; k < 4 && families[i][k]; k++)
			if (!strncasecmp(families[i][k], a, 6) ||
				!strncasecmp(families[i][k], b, 6))
				hits++;
		/* both are in it: a and b differ, so one name is one hit */
		if (hits == 2)
			return true;
	}
	return false;
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
	if (chip && s->platform && !same_chip(s->platform, chip))
		return rom_format("it is for %s, but this phone has %s: SP "
				  "Flash Tool refuses it (3184, 0xC003000F)",
			s->platform, chip);
	return NULL;
}

void rom_scatter_conclude(const struct rom_scatter *s,
	const struct rom_report *r, bool has_loader, struct rom_check *c)
{
	find_placeholder(c);
	c->reason = reason_of_file(s, r, c);
	if (!c->reason && count(c, ROM_ROW_SAME) < c->rows.n)
		c->reason = reason_of_rows(c);
	if (!c->reason && !has_loader)
		c->reason =
			rom_strdup("it has no row for the preloader, without "
				   "which SP Flash Tool downloads nothing");
	c->accepted = !c->reason;
	if (c->accepted)
		c->reason = rom_strdup("every row agrees with the phone's "
				       "table: SP Flash Tool would accept it");
}
