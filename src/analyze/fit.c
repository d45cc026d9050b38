/* SPDX-License-Identifier: MIT */
/* fit.c - does an image file fit a partition, and is it of its kind? */
#include <inttypes.h>
#include <stdlib.h>
#include <strings.h>

#include "analyze_priv.h"
#include "romsplit/probe.h"

/* The chip that an image names, found with the questions for a whole dump;
 * empty when it names none. */
static void find_chip(struct rom_image *file, char *chip, size_t len)
{
	const struct rom_dump_options options = { .no_unlock = true };
	struct rom_dump *dump;
	struct rom_err err;

	*chip = '\0';
	if (rom_dump_open_image(file, &options, &dump, &err))
		return;
	if (dump->report->platform.chip)
		snprintf(chip, len, "%s", dump->report->platform.chip);
	rom_dump_close(dump);
}

static char *check_kind(
	const struct rom_fit *fit, const struct rom_partition *to)
{
	ROM_AUTO char *words = NULL;
	const char *dumped = rom_partition_format(to);

	switch (rom_probe_expected(to->name, fit->format, &words)) {
	case ROM_EXPECTED_OTHER:
		return rom_format("%s holds %s, this file is %s", to->name,
			words, fit->format);
	case ROM_EXPECTED_ANY:
		if (!to->present || !rom_partition_has_format(to) ||
			!strcmp(dumped, fit->format))
			return NULL;
		return rom_format("%s holds %s in this dump, this file is %s",
			to->name, dumped, fit->format);
	default:
		return NULL;
	}
}

void rom_analyze_fit(struct rom_image *file, const struct rom_report *report,
	const struct rom_partition *to, struct rom_fit *ret)
{
	struct rom_report *scratch = rom_report_new();
	struct rom_partition *p = rom_vec_add(&scratch->partitions);
	char chip[32];

	p->range.len = p->present = file->size;
	p->region = ROM_REGION_EMMC_USER;
	rom_probe(file, scratch, p);
	*ret = (struct rom_fit){ .size = file->size, .room = to->range.len };
	snprintf(ret->format, sizeof(ret->format), "%s",
		rom_partition_format(p));
	rom_report_free(scratch);
	find_chip(file, chip, sizeof(chip));
	ret->fits = file->size <= to->range.len;
	ret->reason = check_kind(ret, to);
	/* six characters, "MT6737": the letter behind is a variant that takes
	 * the same images */
	if (!ret->reason && *chip && report->platform.chip &&
		strncasecmp(chip, report->platform.chip, 6))
		ret->reason = rom_format(
			"the file is made for %s, but this phone has %s", chip,
			report->platform.chip);
	ret->right_kind = !ret->reason;
	/* the size is the harder fact: it replaces any other reason */
	if (!ret->fits) {
		free(ret->reason);
		ret->reason = rom_format("the file has %" PRIu64
					 " bytes, %s holds only %" PRIu64
					 ": %" PRIu64 " too many",
			file->size, to->name, to->range.len,
			file->size - to->range.len);
	}
}
