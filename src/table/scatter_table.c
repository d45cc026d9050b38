/* SPDX-License-Identifier: MIT */
/* scatter_table.c - the user's scatter file as the table, where the medium has
 * none or an incomplete one */
#include <inttypes.h>
#include <stdlib.h>
#include <strings.h>

#include "table_priv.h"

#define MAX_GAP ((uint64_t)32 << 20)
/* no phone is that large, and nothing added to it wraps */
#define MAX_END ((uint64_t)1 << 56)

static void rename_row(struct rom_partition *p, const char *name)
{
	free(p->name);
	p->name = rom_strdup(name);
}

/* Where the row begins at the same offset as one from the medium, that one's
 * size is right, and the name comes from the scatter file. */
static void add_scatter_row(struct rom_report *r,
	const struct rom_scatter_place *place, struct rom_range range)
{
	struct rom_partition *mine = rom_table_row_at(r, range.offset);
	bool is_table =
		!strcmp(place->name, "pgpt") || !strcmp(place->name, "sgpt");

	/* checked first: everything below adds to it */
	if (rom_range_end(range) > MAX_END)
		rom_report_note(r, ROM_DAMAGE, place->name, ROM_NO_OFFSET,
			"scatter file: %s begins at 0x%" PRIx64
			" with 0x%" PRIx64
			" bytes, which no phone has; left out",
			place->name, range.offset, range.len);
	else if (mine)
		rename_row(mine, place->name);
	else if (range.len && rom_table_is_free(r, range))
		rom_table_add(r, place->name, range, ROM_SOURCE_FILE)
			->is_table = is_table;
}

static uint64_t user_size(
	struct rom_image *img, const struct rom_scatter_place *places, size_t n)
{
	uint64_t end = 0;

	for (size_t i = 0; i < n; i++) {
		uint64_t to = rom_range_end(places[i].range);

		if (places[i].placed && places[i].sized &&
			rom_scatter_is_user_region(places[i].region) &&
			to <= MAX_END)
			end = rom_max(end, to);
	}
	return rom_max(end, img->size);
}

/* The size of userdata in a scatter file usually comes from a template: when
 * the gap after it is larger than an alignment, userdata extends to the next
 * row. */
static struct rom_range actual_range(const struct rom_scatter_place *places,
	size_t n, size_t i, uint64_t size)
{
	struct rom_range range = places[i].range;
	bool userdata = !strcasecmp(places[i].name, "userdata") ||
			!strcasecmp(places[i].name, "usrdata");
	uint64_t next = size;

	for (size_t k = 0; k < n; k++) {
		if (rom_scatter_is_user_region(places[k].region) &&
			places[k].placed &&
			places[k].range.offset > range.offset)
			next = rom_min(next, places[k].range.offset);
	}
	if (!places[i].sized ||
		(userdata && (rom_range_end(range) > next ||
				     next - rom_range_end(range) > MAX_GAP)))
		range.len = next > range.offset ? next - range.offset : 0;
	return range;
}

void rom_table_add_scatter(struct rom_image *img,
	const struct rom_table_options *options, struct rom_report *r)
{
	const struct rom_scatter_section *section =
		rom_scatter_section(options->scatter,
			r->table.region == ROM_REGION_UFS_LU2 ? "UFS" : "EMMC");
	struct rom_table medium = { .device_size = img->size };
	ROM_AUTO struct rom_scatter_place *places =
		rom_scatter_places(options->scatter, section, &medium);
	uint64_t size = user_size(img, places, section->rows.n);

	for (size_t i = 0; i < section->rows.n; i++) {
		if (places[i].placed &&
			rom_scatter_is_user_region(places[i].region))
			add_scatter_row(r, &places[i],
				actual_range(places, section->rows.n, i, size));
	}
}

static enum rom_status read_scatter(struct rom_image *img,
	const struct rom_table_options *options, struct rom_report *report,
	struct rom_err *err)
{
	const struct rom_scatter_section *section;

	(void)err;
	if (!options->scatter)
		return ROM_NO_MATCH;
	section = &options->scatter->sections.v[0];
	report->table = (struct rom_table){
		.kind = ROM_TABLE_SCATTER,
		.source = ROM_SOURCE_FILE,
		.sector_size =
			section->storage && !strcmp(section->storage, "UFS")
				? 4096
				: 512,
		.region = ROM_REGION_EMMC_USER,
		.vendor = ROM_VENDOR_MEDIATEK,
	};
	if (report->table.sector_size == 4096)
		report->table.region = ROM_REGION_UFS_LU2;
	rom_table_add_scatter(img, options, report);
	if (report->partitions.n == 0)
		return ROM_NO_MATCH;
	report->complete = true;
	rom_table_finish(img, report, img->size);
	rom_report_note(report, ROM_WARNING, NULL, 0,
		"this dump has no partition table: it is split as %s states; "
		"whether that is the scatter file of this phone is not known, "
		"so check the contents below",
		options->scatter_name);
	return ROM_OK;
}

const struct rom_table_reader rom_table_scatter = { .read = read_scatter };
