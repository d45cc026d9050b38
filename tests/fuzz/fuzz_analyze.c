/* SPDX-License-Identifier: MIT */
/* fuzz_analyze.c - all questions of a dump, and the reports that print the
 * answers */
#include "fuzz.h"

#include "romsplit/analyze.h"
#include "romsplit/extract.h"
#include "romsplit/render.h"

static void check_rows(const struct rom_report *r)
{
	const struct rom_partition *p;

	rom_each (p, &r->partitions) {
		fuzz_assert(p->region);
		fuzz_assert(rom_partition_format(p));
		fuzz_assert(p->present <= p->range.len);
		fuzz_assert(
			p->state != ROM_COMPLETE || p->present == p->range.len);
		fuzz_assert(p->range.offset <= UINT64_MAX - p->range.len);
	}
}

static void check_verdict(const struct rom_userdata *u)
{
	const struct rom_evidence *e;

	fuzz_assert(u->summary && *u->summary);
	fuzz_assert(u->confidence >= 0 && u->confidence <= 1);
	rom_each (e, &u->evidence)
		fuzz_assert(e->text);
}

static void print_all(const struct rom_report *r)
{
	ROM_AUTO char *json = rom_json_report(r);
	struct rom_scatter_options options = { .style = ROM_STYLE_FACTORY };
	struct rom_scatter scatter;
	struct rom_err err;
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	fuzz_assert(json && *json == '{' && rom_is_utf8(json, strlen(json)));
	rom_text_report(r, false, true, out);
	if (!rom_scatter_make(r, &options, &scatter, &err)) {
		rom_scatter_print(&scatter, out);
		rom_scatter_done(&scatter);
	}
	fclose(out);
	/* nothing from a dump steers the terminal */
	for (size_t i = 0; i < len; i++)
		fuzz_assert((unsigned char)text[i] >= 0x20 || text[i] == '\n' ||
			    text[i] == '\r');
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	ROM_AUTO_IMAGE struct rom_image *img =
		rom_image_open_memory(data, size, "input");
	const struct rom_dump_options options = { .no_unlock = true };
	struct rom_dump *dump;
	struct rom_err err;

	if (rom_dump_open_image(img, &options, &dump, &err))
		return 0;
	check_rows(dump->report);
	check_verdict(&dump->report->userdata);
	print_all(dump->report);
	rom_dump_close(dump);
	return 0;
}
