/* SPDX-License-Identifier: MIT */
/*
 * scan.c - without a table: finds partitions by contents that state their own
 * name and size
 *
 * A partition may be larger than its content: the row ends with the content,
 * and the rest becomes a nameless row.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "scan_priv.h"

enum {
	/* MediaTek's partitions begin at multiples of this */
	STEP = 0x8000,
	WIDE_STEP = 1 << 20, /* large partitions have a larger alignment */
	MIN_FOUND = 3,
};

/* bytes without a hit after which the step is wide */
#define WIDE_AFTER ((uint64_t)128 << 20)
/* Places looked at, of 4 KiB each: no dump may cost more. */
enum { MAX_LOOKS = 6 << 10 };
/* rows of the report: free_name searches all of them for each name */
#define MAX_ROWS 256

/* ---- rows ---------------------------------------------------------------- */

/* Makes a name unique: lk, lk2; tee1, tee2; sspm_1, sspm_2; others get a number
 * appended. The caller frees it. */
static char *free_name(
	struct scan *s, const struct scan_found *f, uint64_t offset)
{
	size_t n = strlen(f->name);
	ROM_AUTO char *name = rom_strdup(f->name);

	if (!n)
		return rom_format("found_%" PRIx64, offset);
	for (unsigned i = 2; rom_report_find(s->r, name); i++) {
		bool numbered = f->name[n - 1] == '1';

		free(name);
		name = rom_format(
			"%.*s%u", (int)(numbered ? n - 1 : n), f->name, i);
	}
	return ROM_TAKE(name);
}

static void remember_boot(struct scan *s, const struct scan_found *f)
{
	if (!f->ramdisk)
		return;
	if (s->n_boots < 2) {
		s->boots[s->n_boots] = s->r->partitions.n - 1;
		s->ramdisks[s->n_boots] = f->ramdisk;
	}
	s->n_boots++;
}

static void add_found(
	struct scan *s, const struct scan_found *f, uint64_t offset)
{
	ROM_AUTO char *name = free_name(s, f, offset);

	rom_table_add(s->r, name, (struct rom_range){ offset, f->size },
		ROM_SOURCE_SIGNATURES);
	s->rows++;
	s->strong += f->strong;
	remember_boot(s, f);
}

static void rename_row(struct scan *s, size_t row, const char *name)
{
	struct rom_partition *p = &s->r->partitions.v[row];
	struct scan_found f;

	rom_scan_set_name(&f, name);
	free(p->name);
	p->name = NULL;
	p->name = free_name(s, &f, p->range.offset);
}

/* Of two boot images, MBR-era phones have BOOTIMG first, whatever was flashed
 * into it. Later phones have no fixed order: without other evidence the one
 * with the larger ramdisk is recovery, since that holds a system of its own. */
static void name_boots(struct scan *s)
{
	size_t recovery = s->old_names || s->ramdisks[1] > s->ramdisks[0];

	if (s->n_boots != 2 ||
		(!s->old_names && s->ramdisks[0] == s->ramdisks[1]))
		return;
	for (size_t i = 0; i < 2; i++) {
		free(s->r->partitions.v[s->boots[i]].name);
		s->r->partitions.v[s->boots[i]].name = NULL;
	}
	rename_row(s, s->boots[!recovery], s->old_names ? "BOOTIMG" : "boot");
	rename_row(
		s, s->boots[recovery], s->old_names ? "RECOVERY" : "recovery");
}

static uint64_t skip_hole(struct scan *s, uint64_t offset, uint64_t end)
{
	uint64_t len = rom_image_empty(s->img, offset, end - offset);

	/* a superblock is not at the start of its partition: step back so as
	 * not to skip it */
	return len > 2 * STEP ? offset + (len - STEP) / STEP * STEP : offset;
}

static void scan_range(struct scan *s, struct rom_range range)
{
	uint64_t end = rom_min(rom_range_end(range), s->img->size);
	uint64_t last = range.offset, offset = range.offset, next;
	struct scan_found f;

	while (offset < end && s->r->partitions.n < MAX_ROWS &&
		s->looks++ < MAX_LOOKS && !rom_is_stopped(s->progress)) {
		next = skip_hole(s, offset, end);
		if (next > offset) {
			offset = next;
			continue;
		}
		if (rom_scan_look(s, offset, &f) && f.size > 0 &&
			f.size >> 56 == 0) {
			add_found(s, &f, offset);
			last = offset + f.size;
			offset += (f.size + STEP - 1) / STEP * STEP;
			continue;
		}
		offset += offset > last && offset - last > WIDE_AFTER
				  ? WIDE_STEP - offset % WIDE_STEP
				  : STEP;
	}
	name_boots(s);
}

size_t rom_scan_range(struct rom_image *img, struct rom_range range,
	const struct rom_progress *progress, struct rom_report *r,
	size_t *ret_strong)
{
	struct scan s = { .progress = progress,
		.img = img,
		.r = r,
		.old_names = r->table.kind == ROM_TABLE_MBR };

	scan_range(&s, range);
	*ret_strong = s.strong;
	return s.rows;
}

/* ---- as a table ---------------------------------------------------------- */

/* A file that begins with a known content is that content, not a whole dump. */
static bool begins_with_content(struct scan *s)
{
	uint8_t head[16];
	struct scan_found f;
	struct rom_err err;

	if (rom_scan_look(s, 0, &f) ||
		rom_read(s->img, head, sizeof(head), 0, &err))
		return true;
	return !memcmp(head, "\x3a\xff\x26\xed", 4) ||
	       !memcmp(head, "MMM", 3) || !memcmp(head, "EMMC_BOOT", 9) ||
	       !memcmp(head, "UFS_BOOT", 8);
}

static void drop_rows(struct rom_report *r)
{
	struct rom_partition *p;

	rom_each (p, &r->partitions)
		free(p->name);
	rom_vec_done(&r->partitions);
}

/* Userdata is the largest partition; where nothing else names it, its size
 * does. */
static void name_userdata(struct rom_report *r)
{
	struct rom_partition *p, *best = NULL;

	if (rom_report_find(r, "userdata"))
		return;
	/* only filesystems are found without a name */
	rom_each (p, &r->partitions) {
		if (!strncmp(p->name, "found_", 6) &&
			(!best || p->range.len > best->range.len))
			best = p;
	}
	if (!best)
		return;
	free(best->name);
	best->name = rom_strdup("userdata");
}

static enum rom_status read_scan(struct rom_image *img,
	const struct rom_table_options *options, struct rom_report *report,
	struct rom_err *err)
{
	struct scan s = {
		.img = img, .r = report, .progress = options->progress
	};
	struct rom_table table = {
		.kind = ROM_TABLE_SCAN,
		.source = ROM_SOURCE_SIGNATURES,
		.sector_size = 512,
		.region = ROM_REGION_EMMC_USER,
	};

	if (begins_with_content(&s))
		return ROM_NO_MATCH;
	report->table = table;
	s.filesystems = 0;
	scan_range(&s, (struct rom_range){ 0, img->size });
	if (rom_is_stopped(s.progress)) {
		drop_rows(report);
		return rom_fail(err, ROM_E_STOPPED, ROM_NO_OFFSET, "stopped");
	}
	/* a few hits occur by chance in any file; a whole dump has many */
	if (s.is_bare || s.rows < MIN_FOUND ||
		(!s.strong && s.filesystems < 2)) {
		drop_rows(report);
		return ROM_NO_MATCH;
	}
	name_userdata(report);
	report->table.vendor =
		s.mediatek ? ROM_VENDOR_MEDIATEK : rom_table_vendor(report);
	report->complete = false;
	rom_report_note(report, ROM_DAMAGE, NULL, 0,
		"no partition table is left: these %zu partitions were found "
		"by their contents; names are guessed from them, and a "
		"partition may be larger than its content. A scatter file of "
		"this phone (--scatter) lists where all of them are",
		s.rows);
	rom_table_finish(img, report, img->size);
	return ROM_OK;
}

const struct rom_table_reader rom_table_scan = { .read = read_scan };
