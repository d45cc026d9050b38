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
	struct rom_dump_options options = {
		.paths = paths, .n_paths = 1, .table_only = true
	};
	struct rom_partition *p;
	struct rom_dump *dump;
	struct rom_err err;

	if (rom_dump_open(&options, &dump, &err))
		return fail(&err);
	rom_each (p, &dump->report->partitions) {
		if (p->name && !p->is_table)
			printf("%s %" PRIu64 " %" PRIu64 "\n", p->name,
				p->range.offset, p->range.len);
	}
	rom_dump_close(dump);
	return 0;
}
