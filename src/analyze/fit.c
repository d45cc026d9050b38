/* SPDX-License-Identifier: MIT */
/* fit.c - does an image file fit a partition, and is it of its kind? */
#include <inttypes.h>
#include <stdlib.h>
#include <strings.h>

#include "analyze_priv.h"
#include "romsplit/probe.h"

/* What a partition of that name holds; a slot's suffix and the number of a copy
 * do not count. */
static const struct {
	const char *name;
	const char *contents[6];
} kinds[] = {
	{ "boot", { "boot" } },
	{ "BOOTIMG", { "boot" } },
	{ "recovery", { "boot" } },
	{ "vendor_boot", { "vendor_boot" } },
	{ "init_boot", { "boot" } },
	{ "logo", { "mtk-logo" } },
	{ "lk", { "mtk-image" } },
	{ "UBOOT", { "mtk-image", "unknown" } },
	{ "tee", { "mtk-image" } },
	{ "scp", { "mtk-image" } },
	{ "sspm_", { "mtk-image" } },
	{ "spmfw", { "mtk-image" } },
	{ "md1img", { "mtk-image" } },
	{ "md1dsp", { "mtk-image" } },
	{ "md1arm7", { "mtk-image" } },
	{ "md3img", { "mtk-image" } },
	{ "preloader", { "mtk-preloader" } },
	{ "vbmeta", { "vbmeta" } },
	{ "vbmeta_system", { "vbmeta" } },
	{ "vbmeta_vendor", { "vbmeta" } },
	{ "dtbo", { "dtbo", "mtk-image" } },
	{ "super", { "super" } },
	{ "system", { "ext4", "ext3", "ext2", "erofs", "squashfs" } },
	{ "ANDROID", { "ext4", "ext3", "ext2", "squashfs" } },
	{ "vendor", { "ext4", "ext3", "ext2", "erofs", "squashfs" } },
	{ "product", { "ext4", "ext3", "ext2", "erofs", "squashfs" } },
	{ "cache", { "ext4", "ext3", "ext2", "f2fs" } },
	{ "cust", { "ext4", "ext3", "ext2", "erofs", "squashfs" } },
	{ "userdata", { "ext4", "ext3", "ext2", "f2fs" } },
	{ "USRDATA", { "ext4", "ext3", "ext2", "f2fs" } },
};

static bool names_kind(const char *name, const char *kind)
{
	size_t n = strlen(kind);
	const char *rest = name + n;

	if (strncasecmp(name, kind, n))
		return false;
	rest += strspn(rest, "0123456789");
	return !*rest || !strcmp(rest, "_a") || !strcmp(rest, "_b");
}

static const char *const *expected(const char *name)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		if (names_kind(name, kinds[i].name))
			return kinds[i].contents;
	}
	return NULL;
}

static bool is_in(const char *format, const char *const *list)
{
	for (size_t i = 0; list && i < 6 && list[i]; i++) {
		if (!strcmp(format, list[i]))
			return true;
	}
	return false;
}

static char *list_text(const char *const *list)
{
	char *text = rom_strdup(list[0]);

	for (size_t i = 1; i < 6 && list[i]; i++) {
		ROM_AUTO char *old = text;

		text = rom_format("%s or %s", old, list[i]);
	}
	return text;
}

/* The chip that an image speaks of, asked as of a dump; empty when it does not
 * say. */
static void chip_of(struct rom_image *file, char *chip, size_t len)
{
	struct rom_report *r = rom_report_new();
	struct rom_analyze_options options = { 0 };
	struct rom_err err;

	*chip = '\0';
	if (!rom_analyze(file, &options, r, &err) && r->platform.chip)
		snprintf(chip, len, "%s", r->platform.chip);
	rom_report_free(r);
}

static char *judge_kind(
	const struct rom_fit *fit, const struct rom_partition *to)
{
	const char *const *want = expected(to->name);
	ROM_AUTO char *list = want ? list_text(want) : NULL;
	const char *there = rom_partition_format(to);

	if (want && !is_in(fit->format, want))
		return rom_format("%s holds %s, this file is %s", to->name,
			list, fit->format);
	if (!want && to->present && strcmp(there, "unknown") &&
		strcmp(there, "zero") && strcmp(there, "ff") &&
		strcmp(there, "noise") && strcmp(there, "other") &&
		strcmp(there, fit->format))
		return rom_format("%s holds %s in this dump, this file is %s",
			to->name, there, fit->format);
	return NULL;
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
	chip_of(file, chip, sizeof(chip));
	ret->fits = file->size <= to->range.len;
	ret->reason = judge_kind(ret, to);
	if (!ret->reason && *chip && report->platform.chip &&
		strncasecmp(chip, report->platform.chip, 6))
		ret->reason = rom_format(
			"the file is made for %s, this phone is a %s", chip,
			report->platform.chip);
	ret->right_kind = !ret->reason;
	if (!ret->fits) {
		free(ret->reason);
		ret->reason = rom_format("the file has %" PRIu64
					 " bytes, %s has room for %" PRIu64
					 ": %" PRIu64 " too many",
			file->size, to->name, to->range.len,
			file->size - to->range.len);
	}
}
