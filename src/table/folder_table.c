/* SPDX-License-Identifier: MIT */
/* folder_table.c - the files of a folder as the table, where no table tells
 * where their partitions lie: only the names count */
#include "table_priv.h"

/* What lies between the rows is on no medium. The rows are new and own nothing
 * but their names. */
static void remove_gaps(struct rom_report *r)
{
	size_t n = 0;

	for (size_t i = 0; i < r->partitions.n; i++) {
		if (r->partitions.v[i].name)
			r->partitions.v[n++] = r->partitions.v[i];
	}
	r->partitions.n = n;
}

static enum rom_status read_folder(struct rom_image *img,
	const struct rom_table_options *options, struct rom_report *report,
	struct rom_err *err)
{
	(void)err;
	if (!options->n_rows)
		return ROM_NO_MATCH;
	report->table = (struct rom_table){
		.kind = ROM_TABLE_FOLDER,
		.source = ROM_SOURCE_FILE,
		.region = ROM_REGION_EMMC_USER,
	};
	for (size_t i = 0; i < options->n_rows; i++)
		rom_table_add(report, options->rows[i].name,
			options->rows[i].range, ROM_SOURCE_NONE);
	report->table.vendor = rom_table_vendor(report);
	report->complete = true;
	rom_table_finish(img, report, 0);
	remove_gaps(report);
	return ROM_OK;
}

const struct rom_table_reader rom_table_folder = { .read = read_folder };
