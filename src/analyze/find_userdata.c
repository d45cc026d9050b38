/* SPDX-License-Identifier: MIT */
/* find_userdata.c - which partitions hold the user's files */
#include <strings.h>

#include "analyze_priv.h"

enum {
	/* fewer bits of evidence, like the 55 AA at the end of a sector, occur
	   by chance */
	KNOWN_BITS = 32,
};

bool rom_analyze_is_known(const struct rom_partition *p)
{
	return rom_partition_has_format(p) &&
	       rom_partition_lead(p)->bits >= KNOWN_BITS;
}

/* False for a bare image of something else: a boot image, a preloader, a logo.
 * Without a known format it may be userdata, encrypted. */
static bool may_be_userdata(const struct rom_partition *p)
{
	return !rom_analyze_is_known(p) ||
	       rom_partition_lead(p)->traits & ROM_TRAIT_USERDATA;
}

struct rom_partition *rom_analyze_userdata(struct rom_report *report)
{
	static const char *const names[] = { "userdata", "USRDATA", "USERDATA",
		"UDA", "data" };
	struct rom_partition *p = NULL;

	for (size_t i = 0; i < sizeof(names) / sizeof(*names) && !p; i++)
		p = rom_report_find(report, names[i]);
	if (!p && report->table.kind == ROM_TABLE_NONE &&
		report->partitions.n == 1 &&
		(report->bare_userdata ||
			may_be_userdata(&report->partitions.v[0])))
		p = &report->partitions.v[0];
	return p;
}

struct rom_partition *rom_analyze_storage(
	struct rom_report *report, const struct rom_partition *p)
{
	static const char *const names[] = { "fat", "intsd" };
	size_t i = p ? (size_t)(p - report->partitions.v) + 1 : 0;

	for (; i < report->partitions.n; i++) {
		struct rom_partition *row = &report->partitions.v[i];

		for (size_t k = 0; row->name && row->present && k < 2; k++) {
			if (!strcasecmp(row->name, names[k]))
				return row;
		}
	}
	return NULL;
}
