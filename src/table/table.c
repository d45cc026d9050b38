/* SPDX-License-Identifier: MIT */
/* table.c - asks each table reader in turn, then does what all tables need:
 * order, gaps, what is present */
#include <inttypes.h>
#include <stdlib.h>

#include "table_priv.h"

static const struct rom_table_reader *const readers[] = {
#define ROM_TABLE(name) &rom_table_##name,
#include "tables.def"
#undef ROM_TABLE
};

static bool has_at_least(
	struct rom_report *r, const char *const *names, size_t n, size_t least)
{
	size_t found = 0;

	for (size_t i = 0; i < n; i++)
		found += rom_report_find(r, names[i]) != NULL;
	return found >= least;
}

enum rom_vendor rom_table_vendor(struct rom_report *r)
{
	/* partition names that only the tools of one vendor write */
	static const char *const mediatek[] = { "proinfo", "nvram", "seccfg",
		"expdb", "para", "protect1", "protect2", "flashinfo", "md1img",
		"tee1", "nvdata", "lk", "lk_a", "boot_para", "sec1", "PRO_INFO",
		"NVRAM", "PROTECT_F", "PROTECT_S", "SECCFG", "UBOOT", "BOOTIMG",
		"SEC_RO", "EXPDB", "USRDATA" };
	static const char *const qualcomm[] = { "sbl1", "xbl", "xbl_a", "aboot",
		"abl", "abl_a", "rpm", "rpm_a", "tz", "tz_a", "modemst1",
		"modemst2", "fsg", "hyp", "sdi" };

	if (has_at_least(r, mediatek, sizeof(mediatek) / sizeof(*mediatek), 3))
		return ROM_VENDOR_MEDIATEK;
	if (has_at_least(r, qualcomm, sizeof(qualcomm) / sizeof(*qualcomm), 3))
		return ROM_VENDOR_QUALCOMM;
	return ROM_VENDOR_OTHER;
}

struct rom_partition *rom_table_add(struct rom_report *r, const char *name,
	struct rom_range range, enum rom_table_source source)
{
	struct rom_partition *p = rom_vec_add(&r->partitions);

	p->name = rom_strdup(name);
	p->range = range;
	p->region = r->table.region;
	p->source = source ? source : r->table.source;
	return p;
}

bool rom_table_is_free(const struct rom_report *r, struct rom_range range)
{
	const struct rom_partition *p;

	rom_each (p, &r->partitions) {
		if (rom_range_common(p->range, range).len)
			return false;
	}
	return true;
}

struct rom_partition *rom_table_row_at(struct rom_report *r, uint64_t offset)
{
	struct rom_partition *p;

	rom_each (p, &r->partitions) {
		if (p->range.offset == offset)
			return p;
	}
	return NULL;
}

/* ---- order, gaps, what is here ------------------------------------------- */

static int by_offset(const void *a, const void *b)
{
	const struct rom_partition *x = a, *y = b;

	if (x->range.offset != y->range.offset)
		return x->range.offset < y->range.offset ? -1 : 1;
	return x->range.len < y->range.len ? -1 : x->range.len > y->range.len;
}

static void note_overlaps(struct rom_report *r)
{
	uint64_t end = 0;
	const char *previous = NULL;

	for (size_t i = 0; i < r->partitions.n; i++) {
		const struct rom_partition *p = &r->partitions.v[i];

		if (previous && p->range.offset < end && p->range.len)
			rom_report_note(r, ROM_WARNING, p->name,
				p->range.offset,
				"%s begins at 0x%" PRIx64
				", inside %s, which ends at 0x%" PRIx64
				"; both are split as the table states",
				rom_partition_label(p), p->range.offset,
				previous, end);
		if (rom_range_end(p->range) > end) {
			end = rom_range_end(p->range);
			previous = rom_partition_label(p);
		}
	}
}

static void add_gaps(struct rom_report *r, uint64_t size)
{
	size_t rows = r->partitions.n;
	uint64_t end = 0;

	for (size_t i = 0; i < rows; i++) {
		struct rom_range range = r->partitions.v[i].range;

		if (range.offset > end)
			rom_table_add(r, NULL,
				(struct rom_range){ end, range.offset - end },
				ROM_SOURCE_NONE);
		end = rom_max(end, rom_range_end(range));
	}
	if (size > end)
		rom_table_add(r, NULL, (struct rom_range){ end, size - end },
			ROM_SOURCE_NONE);
}

static void set_state(struct rom_image *img, struct rom_partition *p)
{
	uint64_t left =
		img->size > p->range.offset ? img->size - p->range.offset : 0;

	p->present = rom_min(left, p->range.len);
	p->unread = rom_image_absent(img, p->range.offset, p->present);
	if (p->unread == p->present)
		p->state = ROM_MISSING;
	else
		p->state = p->present == p->range.len && !p->unread
				   ? ROM_COMPLETE
				   : ROM_PARTIAL;
	if (p->open_end && p->state == ROM_COMPLETE)
		p->state = ROM_PARTIAL;
	if (p->state == ROM_MISSING)
		p->present = p->unread = 0;
}

void rom_table_finish(
	struct rom_image *img, struct rom_report *report, uint64_t size)
{
	struct rom_partition *p;

	if (report->partitions.n)
		qsort(report->partitions.v, report->partitions.n, sizeof(*p),
			by_offset);
	note_overlaps(report);
	add_gaps(report, size);
	qsort(report->partitions.v, report->partitions.n, sizeof(*p),
		by_offset);
	rom_each (p, &report->partitions)
		set_state(img, p);
}

static enum rom_status ask_readers(struct rom_image *img,
	const struct rom_table_options *options, struct rom_report *report,
	struct rom_err *err)
{
	const struct rom_table before = report->table;

	for (size_t i = 0; i < sizeof(readers) / sizeof(*readers); i++) {
		enum rom_status st =
			readers[i]->read(img, options, report, err);

		if (st != ROM_NO_MATCH)
			return st;
		/* some readers fill it in before they reject */
		report->table = before;
	}
	return ROM_NO_MATCH;
}

/* The readers see only the user area; adds its offset in the image to what they
 * found. */
static void shift_offsets(
	struct rom_report *r, uint64_t boot_size, size_t first_note)
{
	struct rom_partition *p;

	rom_each (p, &r->partitions) {
		p->range.offset += boot_size;
		p->base = boot_size;
	}
	for (size_t i = first_note; i < r->notes.n; i++) {
		if (r->notes.v[i].offset != ROM_NO_OFFSET)
			r->notes.v[i].offset += boot_size;
	}
}

enum rom_status rom_table_read(struct rom_image *img,
	const struct rom_table_options *options, struct rom_report *report,
	struct rom_err *err)
{
	static const struct rom_table_options none = { 0 };
	const struct rom_table_options *o = options ? options : &none;
	ROM_AUTO_IMAGE struct rom_image *user = NULL;
	size_t first_note = report->notes.n;
	uint64_t boot_size;
	enum rom_status st = rom_table_boot_areas(img, o, &boot_size, err);

	if (st)
		return st;
	user = rom_image_open_slice(img,
		(struct rom_range){ boot_size, img->size - boot_size },
		img->name);
	st = ask_readers(user, o, report, err);
	if (st)
		return st;
	report->boot_size = o->boot1 + o->boot2;
	report->user_offset = boot_size;
	/* read from linear 0 on: then its addresses are those of the tool */
	if (report->table.kind == ROM_TABLE_MBR && !report->boot_size)
		report->table.linear_base = boot_size;
	if (boot_size) {
		shift_offsets(report, boot_size, first_note);
		rom_table_add_boot_areas(img, o, boot_size, report);
		qsort(report->partitions.v, report->partitions.n,
			sizeof(*report->partitions.v), by_offset);
	}
	return ROM_OK;
}

void rom_table_lengthen(
	struct rom_image *img, struct rom_partition *p, uint64_t len)
{
	p->range.len = len;
	set_state(img, p);
}

void rom_table_bare(struct rom_image *img, struct rom_report *report)
{
	struct rom_partition *p = rom_vec_add(&report->partitions);

	report->table = (struct rom_table){ .kind = ROM_TABLE_NONE,
		.region = ROM_REGION_EMMC_USER };
	report->complete = true;
	p->range = (struct rom_range){ 0, img->size };
	p->region = report->table.region;
	set_state(img, p);
}
