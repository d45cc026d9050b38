/* SPDX-License-Identifier: MIT */
/* consumer.c - what a program of somebody else does with the library: the names
 * and ranges of the partitions of a dump */
#include <inttypes.h>
#include <romsplit/romsplit.h>

static int fail(const struct rom_err *err)
{
	fprintf(stderr, "consumer: %s\n", err->text);
	return 1;
}

int main(int argc, char **argv)
{
	const char *paths[] = { argv[argc - 1] };
	struct rom_analyze_options options = { .table_only = true };
	struct rom_report *report = rom_report_new();
	struct rom_partition *p;
	struct rom_opened dump;
	struct rom_err err;

	if (rom_image_open(paths, 1, NULL, &dump, &err))
		return fail(&err);
	if (rom_analyze(dump.img, &options, report, &err))
		return fail(&err);
	rom_each (p, &report->partitions) {
		if (p->name && !p->is_table)
			printf("%s %" PRIu64 " %" PRIu64 "\n", p->name,
				p->range.offset, p->range.len);
	}
	rom_report_free(report);
	rom_image_close(dump.img);
	rom_opened_done(&dump);
	return 0;
}
