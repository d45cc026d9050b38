/* SPDX-License-Identifier: MIT */
/* fit.c - does an image file fit a partition, and is it of its kind? */
#include <inttypes.h>
#include <stdlib.h>

#include "analyze_priv.h"
#include "romsplit/probe.h"
#include "romsplit/scatter.h"

/* The chip that an image names, found with the questions for a whole dump;
 * empty when it names none. *ret_whole is false when some of what belongs to
 * the image is not in the file. */
static void find_chip(
	struct rom_image *file, char *chip, size_t len, bool *ret_whole)
{
	const struct rom_dump_options options = { .no_unlock = true };
	struct rom_dump *dump;
	struct rom_err err;

	*chip = '\0';
	*ret_whole = !rom_image_absent(file, 0, file->size);
	if (rom_dump_open_image(file, &options, &dump, &err))
		return;
	if (dump->report->platform.chip)
		snprintf(chip, len, "%s", dump->report->platform.chip);
	*ret_whole = *ret_whole || dump->report->complete;
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

/* Boot images of all kinds have one header: what lies in them tells which it
 * is. boot and recovery start a kernel; init_boot has the ramdisk alone. */
static char *judge_boot(
	const struct rom_partition *file, const struct rom_partition *to)
{
	const struct rom_claim *c = rom_partition_claim(file, ROM_USAGE_KERNEL);
	const struct rom_fact *kernel, *ramdisk;
	enum rom_boot_role role = rom_probe_boot_role(to->name);
	bool init = role == ROM_BOOT_RAMDISK, boot = role == ROM_BOOT_KERNEL;

	kernel = c ? rom_facts_get(&c->detail, "kernel_size") : NULL;
	ramdisk = c ? rom_facts_get(&c->detail, "ramdisk_size") : NULL;
	if (!kernel || !ramdisk)
		return NULL;
	if (boot && !kernel->number)
		return rom_format("%s starts a kernel, and this file has none: "
				  "it is an init_boot image",
			to->name);
	if (init && kernel->number)
		return rom_format("%s has no kernel, and this file has one: it "
				  "is a boot image",
			to->name);
	if (init && !ramdisk->number)
		return rom_format(
			"%s has a ramdisk, and this file has none", to->name);
	return NULL;
}

static char *too_large(const struct rom_fit *fit, const char *name)
{
	return rom_format("the file has %" PRIu64
			  " bytes, %s holds only %" PRIu64 ": %" PRIu64
			  " too many",
		fit->size, name, fit->room, fit->size - fit->room);
}

void rom_analyze_fit(struct rom_image *file, const struct rom_report *report,
	const struct rom_partition *to, struct rom_fit *ret)
{
	struct rom_report *scratch = rom_report_new();
	struct rom_partition *p = rom_vec_add(&scratch->partitions);
	uint64_t room = rom_report_room(report, to);
	bool unknown = report->table.kind == ROM_TABLE_FOLDER;
	char chip[32];
	bool whole;

	p->range.len = p->present = file->size;
	p->region = ROM_REGION_EMMC_USER;
	rom_probe(file, scratch, p);
	*ret = (struct rom_fit){ .size = file->size,
		.room = room || unknown ? room : to->range.len };
	snprintf(ret->format, sizeof(ret->format), "%s",
		rom_partition_format(p));
	find_chip(file, chip, sizeof(chip), &whole);
	ret->fits = !ret->room || file->size <= ret->room;
	ret->reason = check_kind(ret, to);
	if (!ret->reason)
		ret->reason = judge_boot(p, to);
	rom_report_free(scratch);
	if (!ret->reason && *chip && report->platform.chip &&
		!rom_scatter_same_chip(chip, report->platform.chip))
		ret->reason = rom_format(
			"the file is made for %s, but this phone has %s", chip,
			report->platform.chip);
	if (!whole && !ret->reason)
		ret->reason = rom_strdup(
			"the file is not whole: some of what belongs to the "
			"image is missing in it; is a part of a sparse image "
			"missing, or was it cut short?");
	ret->right_kind = !ret->reason;
	/* the size is the harder fact: it replaces any other reason */
	if (!ret->fits) {
		free(ret->reason);
		ret->reason = too_large(ret, to->name);
	}
}
