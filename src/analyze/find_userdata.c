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

/* The row of that name, in any case. */
static struct rom_partition *find_name(
	struct rom_report *report, const char *name)
{
	struct rom_partition *p;

	rom_each (p, &report->partitions) {
		if (p->name && !p->parent && !strcasecmp(p->name, name))
			return p;
	}
	return NULL;
}

/* Names of the partition that is mounted as /data, most common first. */
static struct rom_partition *find_by_name(struct rom_report *report)
{
	static const char *const names[] = { "userdata", "usrdata", "uda",
		"data", "userdata_a", "userdata_b", "udisk",
		"android_expand" };
	struct rom_partition *p = NULL;

	for (size_t i = 0; i < sizeof(names) / sizeof(*names) && !p; i++)
		p = find_name(report, names[i]);
	return p;
}

struct rom_partition *rom_analyze_userdata(struct rom_report *report)
{
	struct rom_partition *p = find_by_name(report);

	if (!p && report->table.kind == ROM_TABLE_NONE &&
		report->partitions.n == 1 &&
		(report->bare_userdata ||
			may_be_userdata(&report->partitions.v[0])))
		p = &report->partitions.v[0];
	if (!p && report->userdata_row)
		p = &report->partitions.v[report->userdata_row - 1];
	return p;
}

/* ---- by what it holds ---------------------------------------------------- */

/* Filesystems that are opened for this: a table may have thousands of rows. */
enum { MAX_OPENED = 32 };

/* How much like a user's storage it is; 0: not at all. A card's filesystem has
 * rows of its own (rom_analyze_storage). */
static unsigned likeness(struct rom_fs *fs)
{
	static const char *const paths[] = { "/DCIM", "/data/media", "/media",
		"/data/media/0", "/media/0" };
	struct rom_inode inode;
	struct rom_err err;

	for (unsigned i = sizeof(paths) / sizeof(*paths); i > 0; i--) {
		if (!rom_fs_lookup(fs, paths[i - 1], &inode, &err) &&
			inode.type == ROM_FILE_DIRECTORY)
			return i;
	}
	return 0;
}

static bool is_candidate(const struct rom_partition *p)
{
	const struct rom_claim *lead = rom_partition_lead(p);

	return p->name && p->present && lead->usage == ROM_USAGE_FILESYSTEM &&
	       lead->traits & ROM_TRAIT_USERDATA &&
	       !(lead->traits & ROM_TRAIT_BOOT_SECTOR);
}

void rom_analyze_find_userdata(struct rom_dump *dump)
{
	struct rom_report *r = dump->report;
	unsigned best = 0, opened = 0;

	if (rom_analyze_userdata(r) || r->table.kind == ROM_TABLE_NONE)
		return;
	for (size_t i = 0; i < r->partitions.n && opened < MAX_OPENED; i++) {
		struct rom_fs *fs;
		unsigned like;

		if (!is_candidate(&r->partitions.v[i]))
			continue;
		opened++;
		fs = rom_fs_cache_usual(dump, &r->partitions.v[i]);
		like = fs ? likeness(fs) : 0;
		if (like > best) {
			best = like;
			r->userdata_row = i + 1;
		}
	}
	if (best)
		rom_report_note(r, ROM_INFO,
			r->partitions.v[r->userdata_row - 1].name,
			r->partitions.v[r->userdata_row - 1].range.offset,
			"no partition is called userdata; this one holds files "
			"of the user and is taken for it");
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
