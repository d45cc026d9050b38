/* SPDX-License-Identifier: MIT */
/* build_prop.c - Android's properties: model, brand, version, chip */
#include <stdlib.h>

#include "analyze_priv.h"

enum { PROP_LEN = 128 << 10 };

/* The value of key in lines "key=value"; NULL when it is missing or empty.
 * Freed by the caller. */
static char *property(const char *text, const char *key)
{
	size_t n = strlen(key);

	for (const char *line = text; *line;
		line += strcspn(line, "\n"), line += *line == '\n') {
		size_t len;

		if (strncmp(line, key, n) || line[n] != '=')
			continue;
		len = strcspn(line + n + 1, "\r\n");
		return len ? rom_printable(line + n + 1, len) : NULL;
	}
	return NULL;
}

static void set_if_missing(
	char **slot, const char *text, const char *const *keys)
{
	for (size_t i = 0; keys[i] && !*slot; i++)
		*slot = property(text, keys[i]);
}

static void replace_if_present(
	char **slot, const char *text, const char *const *keys)
{
	char *value = NULL;

	set_if_missing(&value, text, keys);
	if (!value)
		return;
	free(*slot);
	*slot = value;
}

/* The properties that name each detail of the phone, the most reliable
 * first. */
static const char *const chip_keys[] = { "ro.mediatek.platform",
	"ro.board.platform", "ro.hardware", NULL };
static const char *const model_keys[] = { "ro.product.model",
	"ro.product.system.model", "ro.product.vendor.model",
	"ro.product.odm.model", NULL };
static const char *const brand_keys[] = { "ro.product.brand",
	"ro.product.system.brand", "ro.product.vendor.brand", NULL };
static const char *const project_keys[] = { "ro.build.product",
	"ro.product.device", "ro.product.vendor.device",
	"ro.product.system.device", NULL };
static const char *const release_keys[] = { "ro.build.version.release",
	"ro.system.build.version.release", NULL };
static const char *const patch_keys[] = { "ro.build.version.security_patch",
	NULL };

static void add_chip_source(struct rom_report *r, const struct rom_partition *p,
	const char *path, const char *text)
{
	char chip[17];

	for (size_t i = 0; chip_keys[i]; i++) {
		ROM_AUTO char *value = property(text, chip_keys[i]);

		if (!value || !rom_chip_parse(value, chip))
			continue;
		rom_chip_source_add(r,
			rom_format("%s, %s, %s", rom_partition_label(p), path,
				chip_keys[i]),
			chip, ROM_CHIP_BUILD_PROP, ROM_NO_OFFSET);
		return;
	}
}

static void read_properties(struct rom_platform *pf, const char *text)
{
	set_if_missing(&pf->model, text, model_keys);
	set_if_missing(&pf->brand, text, brand_keys);
	set_if_missing(&pf->project, text, project_keys);
	/* build.prop has the day of the patch, the boot header, which was read
	 * before, only the month */
	replace_if_present(&pf->patch, text, patch_keys);
	replace_if_present(&pf->android, text, release_keys);
}

void rom_analyze_build_prop(
	struct rom_dump *dump, const struct rom_partition *p)
{
	static const char *const paths[] = { "/system/build.prop",
		"/build.prop", "/etc/build.prop", "/default.prop", NULL };
	struct rom_fs *fs = rom_fs_cache_usual(dump, p);
	struct rom_err err;

	for (size_t i = 0; fs && paths[i]; i++) {
		ROM_AUTO char *text = NULL;

		if (rom_fs_text(fs, paths[i], PROP_LEN, &text, &err))
			continue;
		add_chip_source(dump->report, p, paths[i], text);
		read_properties(&dump->report->platform, text);
	}
}
