/* SPDX-License-Identifier: MIT */
/* table.c - asks each table reader in turn; then what is true of all tables: order, gaps, what is here */
#include <inttypes.h>
#include <stdlib.h>

#include "table_priv.h"

static const struct rom_table_reader *const readers[] = {
#define ROM_TABLE(name) &rom_table_##name,
#include "tables.def"
#undef ROM_TABLE
};

static int by_address(const void *a, const void *b)
{
	const struct rom_partition *x = a, *y = b;

	if (x->range.at != y->range.at)
		return x->range.at < y->range.at ? -1 : 1;
	return x->range.len < y->range.len ? -1 : x->range.len > y->range.len;
}

static void note_overlaps(struct rom_report *r)
{
	uint64_t end = 0;
	const char *who = NULL;

	for (size_t i = 0; i < r->partitions.n; i++) {
		const struct rom_partition *p = &r->partitions.v[i];

		if (who && p->range.at < end && p->range.len)
			rom_report_note(r, ROM_WARNING, p->name, p->range.at,
				"%s begins at 0x%" PRIx64 ", inside of %s, which ends at 0x%" PRIx64
				"; both are cut as the table says",
				p->name, p->range.at, who, end);
		if (rom_range_end(p->range) > end) {
			end = rom_range_end(p->range);
			who = p->name;
		}
	}
}

static void add_gap(struct rom_report *r, uint64_t from, uint64_t to)
{
	struct rom_partition *p = rom_vec_add(&r->partitions);

	p->range = (struct rom_range){ from, to - from };
	p->region = r->table.region;
	p->source = r->table.source;
}

static void add_gaps(struct rom_report *r, uint64_t size)
{
	size_t rows = r->partitions.n;
	uint64_t end = 0;

	for (size_t i = 0; i < rows; i++) {
		struct rom_range range = r->partitions.v[i].range;

		if (range.at > end)
			add_gap(r, end, range.at);
		end = rom_max(end, rom_range_end(range));
	}
	if (size > end)
		add_gap(r, end, size);
}

static void set_state(struct rom_image *img, struct rom_partition *p)
{
	p->present = rom_image_present(img, p->range.at, p->range.len);
	p->state = p->present == p->range.len ? ROM_COMPLETE
		   : p->present		      ? ROM_PARTIAL
					      : ROM_MISSING;
}

void rom_table_finish(struct rom_image *img, struct rom_report *report, uint64_t size)
{
	struct rom_partition *p;

	if (report->partitions.n)
		qsort(report->partitions.v, report->partitions.n, sizeof(*p), by_address);
	note_overlaps(report);
	add_gaps(report, size);
	qsort(report->partitions.v, report->partitions.n, sizeof(*p), by_address);
	rom_each (p, &report->partitions)
		set_state(img, p);
}

enum rom_status rom_table_read(
	struct rom_image *img, struct rom_report *report, struct rom_err *err)
{
	for (size_t i = 0; i < sizeof(readers) / sizeof(*readers); i++) {
		enum rom_status st = readers[i]->read(img, report, err);

		if (st != ROM_NO_MATCH)
			return st;
	}
	return ROM_NO_MATCH;
}

void rom_table_bare(struct rom_image *img, struct rom_report *report)
{
	struct rom_partition *p = rom_vec_add(&report->partitions);

	report->table = (struct rom_table){ .kind = "none", .region = "EMMC_USER" };
	report->complete = true;
	p->range = (struct rom_range){ 0, img->size };
	p->region = report->table.region;
	set_state(img, p);
}
