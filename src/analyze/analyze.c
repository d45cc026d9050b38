/* SPDX-License-Identifier: MIT */
/* analyze.c - the order of the questions: table, contents, platform, verdict */
#include <inttypes.h>
#include <stdlib.h>

#include "analyze_priv.h"
#include "romsplit/probe.h"
#include "romsplit/table.h"

enum {
	/* a smaller file without a table and without known content is not
	 * taken for a dump */
	SMALLEST_DUMP = 1 << 20,
	/* users read back the first megabyte to get the table: a dump of that
	   size is short on purpose, not damaged */
	TABLE_ONLY = 1 << 20,
	/* bytes read for statistics of partitions with no known content: all
	   of them together, and each */
	SAMPLE_ALL = 5 << 20,
	SAMPLE_EACH = 256 << 10,
};

static void recognise_partition(
	struct rom_image *img, struct rom_report *r, struct rom_partition *p)
{
	ROM_AUTO_IMAGE struct rom_image *part = rom_partition_open(img, p);

	if (p->present)
		rom_probe(part, r, p);
}

/* The logical partitions of super are appended as rows while this loop runs, so
 * it reaches and recognises them too. Only a row without a parent may be a
 * container: hostile input cannot nest one in another. */
static void recognise_all(struct rom_image *img, struct rom_report *r)
{
	for (size_t i = 0; i < r->partitions.n; i++) {
		recognise_partition(img, r, &r->partitions.v[i]);
		if (!r->partitions.v[i].parent &&
			rom_partition_claim(
				&r->partitions.v[i], ROM_USAGE_CONTAINER))
			rom_table_logical(img, r, i);
	}
}

/* Partitions that no prober recognises: constant bytes, noise, or a type that
 * libmagic reports. */
static void guess_content(
	struct rom_image *img, struct rom_partition *p, uint64_t *budget)
{
	ROM_AUTO_IMAGE struct rom_image *part = NULL;
	uint64_t share = rom_min(*budget, SAMPLE_EACH);

	if (p->claims.n || !p->present || share == 0)
		return;
	part = rom_partition_open(img, p);
	rom_analyze_sample(part, p, share);
	*budget -= rom_min(*budget, rom_min(share, p->present));
	rom_probe_stats(p);
	if (p->state == ROM_COMPLETE)
		rom_probe_magic(part, p);
}

/* Types that libmagic recognises by three bytes or more: with two it takes
 * ciphertext for music now and then. */
static bool is_media_type(const char *mime)
{
	static const char *const types[] = { "image/jpeg", "image/png",
		"image/gif", "image/webp", "image/heic", "image/heif",
		"image/tiff", "video/mp4", "video/quicktime", "video/3gpp",
		"video/webm", "video/x-matroska", "video/x-msvideo",
		"audio/ogg", "audio/flac", "audio/x-wav", "audio/x-m4a",
		"text/plain", "text/html", "text/xml", "application/pdf" };

	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++) {
		if (!strcmp(mime, types[i]))
			return true;
	}
	return false;
}

static bool is_filled(const struct rom_partition *p)
{
	return rom_partition_lead(p)->usage == ROM_USAGE_FILL;
}

/* What begins like something else may be a filesystem all the same: another
 * file was written over its start, or it is filled with a text. What is left of
 * one is looked for before the first bytes decide. */
static bool holds_filesystem(struct rom_dump *dump, struct rom_partition *p)
{
	struct rom_fs_scan_result scan;

	if (rom_fs_cache_usual(dump, p) ||
		rom_analyze_take_place(dump, p, false))
		return true;
	rom_fs_quick_scan(dump->img, &scan);
	return scan.nodes > 0;
}

/* A content that is known, and takes most of the file. */
static bool is_all_known(const struct rom_partition *p)
{
	const struct rom_claim *lead = rom_partition_lead(p);

	return rom_analyze_is_known(p) &&
	       (lead->traits & ROM_TRAIT_USERDATA || !lead->used ||
		       lead->used >= p->range.len / 2);
}

/* A file without a table: a single partition, or not a dump at all. */
static enum rom_status check_bare(struct rom_dump *dump, struct rom_err *err)
{
	struct rom_image *img = dump->img;
	struct rom_report *r = dump->report;
	struct rom_partition *p = &r->partitions.v[0];
	ROM_AUTO char *mime = NULL;

	if (is_all_known(p))
		return ROM_OK;
	r->bare_userdata =
		img->size >= SMALLEST_DUMP && holds_filesystem(dump, p);
	if (r->bare_userdata || rom_analyze_is_known(p))
		return ROM_OK;
	mime = rom_probe_mime(img);
	if (is_media_type(mime) && !is_filled(p))
		return rom_fail(err, ROM_E_INPUT, 0,
			"%s: expected a dump of a phone, got a file of type "
			"%s; name the readback of EMMC_USER",
			img->name, mime);
	if (img->size < SMALLEST_DUMP)
		return rom_fail(err, ROM_E_INPUT, 0,
			"%s: no partition table and no known content in its "
			"%" PRIu64 " bytes: this is not a dump of a phone; "
			"read back EMMC_USER from address 0",
			img->name, img->size);
	rom_report_note(r, ROM_INFO, NULL, 0,
		"no partition table found: the file is treated as a single "
		"partition; if it is a whole dump, its table is damaged");
	return ROM_OK;
}

/* A superblock may be a leftover; what it leads to shows that it is none. */
static bool is_in_use(struct rom_fs *fs)
{
	return fs &&
	       (!rom_fs_needs_full_scan(fs) || rom_fs_journal(fs)->present);
}

/* A file that is shorter than the filesystem in it was cut off. */
static void check_length(struct rom_dump *dump, struct rom_partition *p)
{
	const struct rom_claim *lead = rom_partition_lead(p);
	const uint64_t size = dump->img->size;
	bool in_use;
	char human[32];

	if (lead->usage != ROM_USAGE_FILESYSTEM || lead->used <= size)
		return;
	in_use = is_in_use(rom_fs_cache_usual(dump, p));
	rom_report_note(dump->report, in_use ? ROM_DAMAGE : ROM_WARNING,
		p->name, lead->magic_offset,
		"this file ends at 0x%" PRIx64 ", but its %s has 0x%" PRIx64
		" bytes (%s): it was cut short%s, and 0x%" PRIx64
		" bytes are missing; read the partition again, with length "
		"0x%" PRIX64,
		size, lead->format, lead->used,
		rom_human(lead->used, human, sizeof(human)),
		in_use ? "" : " (or the superblock is a leftover)",
		lead->used - size, lead->used);
	if (!in_use)
		return;
	dump->report->complete = false;
	rom_table_lengthen(dump->img, p, lead->used);
}

static enum rom_status read_table(struct rom_image *img,
	const struct rom_table_options *options, struct rom_report *r,
	struct rom_err *err)
{
	enum rom_status st = rom_table_read(img, options, r, err);

	if (st == ROM_NO_MATCH) {
		rom_table_bare(img, r);
		return ROM_OK;
	}
	return st;
}

static void note_missing(struct rom_image *img, struct rom_report *r)
{
	char a[32], b[32];
	uint64_t device = r->table.device_size,
		 here = img->size - r->user_offset;

	if (r->complete || !device || here >= device)
		return;
	rom_report_note(r,
		img->size - r->boot_size <= TABLE_ONLY ? ROM_INFO : ROM_DAMAGE,
		NULL, img->size,
		"the dump ends at 0x%" PRIx64
		" (%s), the phone's memory at 0x%" PRIx64 " (%s): 0x%" PRIx64
		" bytes are missing; for a full readback read EMMC_USER from "
		"0x0 with length 0x%" PRIX64,
		here, rom_human(here, a, sizeof(a)), device,
		rom_human(device, b, sizeof(b)), device - here, device);
}

/* What of a partition lies behind the end of its file was not given, as behind
 * the end of a dump that is cut short. */
static void trim_rows(struct rom_image *img, struct rom_report *r)
{
	struct rom_partition *p;

	rom_each (p, &r->partitions) {
		uint64_t rest = rom_image_not_given(
				 img, p->range.offset, p->present),
			 from = p->range.offset + p->present - rest;

		if (!rest || rest == p->present ||
			rom_image_not_given(img, from, rest) != rest)
			continue;
		p->present -= rest;
		p->unread -= rest;
	}
}

static void append_name(char **text, size_t *n, const struct rom_partition *p)
{
	enum { MAX_NAMED = 12 };
	char *old = *text;

	if (++*n > MAX_NAMED)
		return;
	*text = n && old ? rom_format("%s%s %s", old,
				   *n == MAX_NAMED ? ", ..." : ",", p->name)
			 : rom_strdup(p->name);
	free(old);
}

static void note_not_given(struct rom_report *r)
{
	ROM_AUTO char *missing = NULL, *partial = NULL;
	size_t n = 0, m = 0;
	const struct rom_partition *p;

	rom_each (p, &r->partitions) {
		if (!p->name || p->is_table)
			continue;
		if (p->state == ROM_MISSING)
			append_name(&missing, &n, p);
		else if (p->present < p->range.len)
			append_name(&partial, &m, p);
	}
	/* what lies between the partitions is not missed */
	r->complete = !n && !m;
	if (n)
		rom_report_note(r, ROM_INFO, NULL, ROM_NO_OFFSET,
			"%zu partitions of the table are not in this folder: "
			"%s",
			n, missing);
	if (m)
		rom_report_note(r, ROM_INFO, NULL, ROM_NO_OFFSET,
			"%zu files are shorter than their partitions, as files "
			"of a firmware are: %s",
			m, partial);
}

/* A filesystem that goes on behind the end of its file, unlike what a firmware
 * leaves out. */
static void note_cut(struct rom_report *r)
{
	struct rom_partition *p;

	rom_each (p, &r->partitions) {
		const struct rom_claim *c = rom_partition_lead(p);

		if (p->parent || !p->present ||
			c->usage != ROM_USAGE_FILESYSTEM ||
			c->used <= p->present)
			continue;
		p->state = ROM_PARTIAL;
		r->complete = false;
		rom_report_note(r, ROM_DAMAGE, p->name, p->range.offset,
			"its filesystem has %" PRIu64
			" bytes, its file only %" PRIu64 ": the end is missing",
			c->used, p->present);
	}
}

static void note_unread(struct rom_image *img, struct rom_report *r)
{
	/* what a sparse image leaves out may not be needed: see later */
	uint64_t bytes = rom_image_absent(img, 0, img->size) -
			 rom_image_left_out(img, 0, img->size) -
			 rom_image_not_given(img, 0, img->size);
	char human[32];

	if (!bytes)
		return;
	r->complete = false;
	rom_report_note(r, ROM_DAMAGE, NULL, ROM_NO_OFFSET,
		"%" PRIu64 " bytes (%s) of this dump are missing: a rescue map "
		"lists them as never read from the phone, their "
		"segment is missing, or the sparse image is cut short; "
		"partitions and files there are marked; "
		"the missing bytes are not taken for zeros",
		bytes, rom_human(bytes, human, sizeof(human)));
}

/* The file may be a readback of the wrong region, or of a phone that keeps its
 * preloader elsewhere. */
static void note_preloader(struct rom_report *r, bool given)
{
	const struct rom_partition *p = rom_report_find(r, "preloader");

	if (!given || !p || !p->present ||
		rom_partition_claim(p, ROM_USAGE_LOADER))
		return;
	rom_report_note(r, ROM_WARNING, p->name, p->range.offset,
		"the file given with --boot1 holds no preloader (it is %s): is "
		"it a readback of EMMC_BOOT_1?",
		rom_partition_format(p));
}

static void note_storages(struct rom_report *r)
{
	const struct rom_partition *p = NULL;

	while ((p = rom_analyze_storage(r, p))) {
		if (is_filled(p))
			continue;
		rom_report_note(r, ROM_INFO, p->name, p->range.offset,
			"this is a storage of its own for the user's files "
			"(%s), beside userdata: the whole job "
			"saves it into media/, romsplit ls -p %s shows it",
			rom_partition_format(p), rom_partition_label(p));
	}
}

static void guess_contents(struct rom_dump *dump)
{
	uint64_t budget = SAMPLE_ALL;
	struct rom_partition *p;

	rom_each (p, &dump->report->partitions)
		guess_content(dump->img, p, &budget);
}

enum rom_status rom_analyze(struct rom_dump *dump,
	const struct rom_dump_options *options, struct rom_err *err)
{
	struct rom_image *img = dump->img;
	struct rom_report *r = dump->report;
	enum rom_status st = read_table(img, &options->table, r, err);
	bool bare;

	if (st)
		return st;
	r->image_size =
		dump->file_bytes ? dump->file_bytes : img->size - r->boot_size;
	if (!dump->is_folder)
		r->complete &= !rom_image_not_given(img, 0, img->size);
	rom_analyze_crlf(dump);
	r->image_path = rom_strdup(img->name);
	bare = r->table.kind == ROM_TABLE_NONE;
	if (dump->file_bytes)
		trim_rows(img, r);
	if (dump->is_folder)
		note_not_given(r);
	note_missing(img, r);
	note_unread(img, r);
	recognise_all(img, r);
	if (dump->is_folder)
		note_cut(r);
	if (bare || !options->table_only)
		guess_contents(dump);
	if (bare && !dump->crlf)
		st = check_bare(dump, err);
	if (bare && !st && !dump->crlf)
		check_length(dump, &r->partitions.v[0]);
	if (st)
		return st;
	if (options->table_only) {
		rom_analyze_left_out(dump);
		return ROM_OK;
	}
	rom_analyze_platform(dump, options->platform);
	rom_analyze_judge(dump, options->no_unlock);
	/* when userdata was opened, if it can be */
	rom_analyze_left_out(dump);
	if (!options->no_unlock)
		rom_analyze_adopted_cards(dump);
	note_preloader(r, options->table.boot1 > 0);
	note_storages(r);
	return ROM_OK;
}
