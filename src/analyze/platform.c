/* SPDX-License-Identifier: MIT */
/*
 * platform.c - which phone is this? Every witness is heard, the most trusted
 * one wins
 *
 * Trust, most first: a source path in the preloader, a device tree in a boot
 * image, build.prop, strings in lk, the modem's trailer, the preloader's file
 * name, AND_ROMINFO (wrong by design on some chips).
 */
#include <ctype.h>
#include <stdlib.h>

#include "analyze_priv.h"
#include "romsplit/disk.h"

enum {
	TRUST_PATH = 100,
	TRUST_DTB = 90,
	TRUST_PROP = 80,
	TRUST_LK = 70,
	TRUST_MODEM = 60,
	TRUST_NAME = 50,
	TRUST_ROMINFO = 10,
	LK_LEN = 1 << 20,
	DTB_LEN = 256 << 10,
	PROP_LEN = 128 << 10,
	MODEM_TAIL = 4096,
};

static void chip_source(struct rom_report *r, char *where, const char *chip,
	unsigned priority, uint64_t offset)
{
	struct rom_chip_source *w = rom_vec_add(&r->platform.chip_sources);

	*w = (struct rom_chip_source){ rom_one_line(where), rom_strdup(chip),
		priority, offset };
	free(where);
}

/* "MT6797" from "mt6797", "MT6737M" from "MT6737M"; false for anything else. */
static bool chip_of(const char *text, char *chip)
{
	size_t n = strcspn(text, " \t\r\n");

	if (n < 6 || n > 7 || strncasecmp(text, "mt", 2) ||
		strspn(text + 2, "0123456789") != 4 ||
		(n == 7 && !isalpha((unsigned char)text[6])))
		return false;
	for (size_t i = 0; i < n; i++)
		chip[i] = (char)toupper((unsigned char)text[i]);
	chip[n] = '\0';
	return true;
}

/* Reads a part of a partition and asks for a chip name that follows one of the
 * prefixes. */
static void search_part(struct rom_image *img, struct rom_report *r,
	const struct rom_partition *p, struct rom_range range,
	const char *const *prefixes, unsigned priority)
{
	struct rom_image *part = rom_partition_open(img, p);
	ROM_AUTO uint8_t *buf = rom_alloc((size_t)range.len);
	struct rom_buffer v = { .p = buf,
		.offset = p->range.offset + range.offset };
	struct rom_err err;
	char chip[17];

	if (!rom_read_some(
		    part, buf, (size_t)range.len, range.offset, &v.len, &err)) {
		for (size_t i = 0; prefixes[i]; i++) {
			size_t offset = rom_chip_after(&v, prefixes[i], chip);

			if (offset == SIZE_MAX)
				continue;
			chip_source(r, rom_strdup(rom_partition_label(p)), chip,
				priority, v.offset + offset);
			break;
		}
	}
	rom_image_close(part);
}

static const char *text_of(const struct rom_claim *c, const char *key)
{
	const struct rom_fact *f = rom_facts_get(&c->detail, key);

	return f ? f->text : NULL;
}

/* ---- preloader ----------------------------------------------------------- */

static void ask_preloader(struct rom_report *r, const struct rom_partition *p,
	const struct rom_claim *c)
{
	const char *name = text_of(c, "file_name"),
		   *path = text_of(c, "path_chip");
	const char *info = text_of(c, "rominfo_platform"),
		   *where = p->name ? p->name : "preloader";
	char chip[17];

	if (path)
		chip_source(r, rom_format("%s, source path", where), path,
			TRUST_PATH, p->range.offset);
	if (info && chip_of(info, chip))
		chip_source(r, rom_format("%s, AND_ROMINFO", where), chip,
			TRUST_ROMINFO, p->range.offset);
	if (!name)
		return;
	for (const char *s = name; *s; s++) {
		/* preloader_lcsh6797_6c: four digits that begin a chip's
		 * number */
		if (strspn(s, "0123456789") == 4 &&
			(s[0] == '6' || s[0] == '8') &&
			(s == name || !isdigit(s[-1]))) {
			snprintf(chip, sizeof(chip), "MT%.4s", s);
			chip_source(r,
				rom_format("%s, file name %s", where, name),
				chip, TRUST_NAME, p->range.offset);
			break;
		}
	}
	if (!strncmp(name, "preloader_", 10) && strlen(name) > 14 &&
		!r->platform.project)
		r->platform.project =
			rom_format("%.*s", (int)(strlen(name) - 14), name + 10);
}

/* ---- boot images, lk, modem ---------------------------------------------- */

static void ask_boot(struct rom_image *img, struct rom_report *r,
	const struct rom_partition *p, const struct rom_claim *c)
{
	static const char *const prefixes[] = { "mediatek,", NULL };
	struct rom_image *part = rom_partition_open(img, p);
	uint8_t buf[ROM_BOOT_HEADER_LEN];
	struct rom_buffer v = { .p = buf };
	struct rom_boot b;
	struct rom_err err;
	const char *version = text_of(c, "os_version"),
		   *patch = text_of(c, "os_patch_level");

	if (version && !r->platform.android)
		r->platform.android = rom_strdup(version);
	if (patch && !r->platform.patch)
		r->platform.patch = rom_strdup(patch);
	if (!rom_read_some(part, buf, sizeof(buf), 0, &v.len, &err) &&
		!rom_boot_decode(&v, &b, &err)) {
		/* the tree has a place of its own from version 2 on; before, it
		 * follows the kernel */
		uint64_t end = b.kernel_at + b.kernel;
		uint64_t offset =
			b.dtb_at ? b.dtb_at : end - rom_min(DTB_LEN, b.kernel);

		search_part(img, r, p, (struct rom_range){ offset, DTB_LEN },
			prefixes, TRUST_DTB);
	}
	rom_image_close(part);
}

static void ask_lk(struct rom_image *img, struct rom_report *r,
	const struct rom_partition *p)
{
	static const char *const prefixes[] = { "platform/", "mediatek,",
		NULL };

	search_part(
		img, r, p, (struct rom_range){ 0, LK_LEN }, prefixes, TRUST_LK);
}

/* The trailer of md1rom names the chip as "MT6797_S00". */
static void ask_modem(struct rom_image *img, struct rom_report *r,
	const struct rom_partition *p, const struct rom_claim *c)
{
	static const char *const prefixes[] = { "", NULL };
	const struct rom_fact *images = rom_facts_get(&c->detail, "images");
	const struct rom_fact *size =
		images ? rom_facts_get(&images->items[0], "size") : NULL;
	uint64_t end = size ? size->number + ROM_MTK_HEADER_LEN : 0;

	if (end > MODEM_TAIL)
		search_part(img, r, p,
			(struct rom_range){ end - MODEM_TAIL, MODEM_TAIL },
			prefixes, TRUST_MODEM);
}

/* ---- build.prop ---------------------------------------------------------- */

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

static void take_property(
	char **slot, const char *text, const char *const *keys)
{
	for (size_t i = 0; keys[i] && !*slot; i++)
		*slot = property(text, keys[i]);
}

static void replace_property(
	char **slot, const char *text, const char *const *keys)
{
	char *value = NULL;

	take_property(&value, text, keys);
	if (!value)
		return;
	free(*slot);
	*slot = value;
}

static void ask_properties(struct rom_report *r, const struct rom_partition *p,
	const char *path, const char *text)
{
	static const char *const chip_keys[] = { "ro.mediatek.platform",
		"ro.board.platform", "ro.hardware", NULL };
	static const char *const model[] = { "ro.product.model",
		"ro.product.system.model", "ro.product.vendor.model",
		"ro.product.odm.model", NULL };
	static const char *const brand[] = { "ro.product.brand",
		"ro.product.system.brand", "ro.product.vendor.brand", NULL };
	static const char *const project[] = { "ro.build.product",
		"ro.product.device", "ro.product.vendor.device",
		"ro.product.system.device", NULL };
	static const char *const release[] = { "ro.build.version.release",
		"ro.system.build.version.release", NULL };
	static const char *const patch[] = { "ro.build.version.security_patch",
		NULL };
	char chip[17];

	for (size_t i = 0; chip_keys[i]; i++) {
		ROM_AUTO char *value = property(text, chip_keys[i]);

		if (!value || !chip_of(value, chip))
			continue;
		chip_source(r,
			rom_format("%s, %s, %s", rom_partition_label(p), path,
				chip_keys[i]),
			chip, TRUST_PROP, ROM_NO_OFFSET);
		break;
	}
	take_property(&r->platform.model, text, model);
	take_property(&r->platform.brand, text, brand);
	take_property(&r->platform.project, text, project);
	/* build.prop knows the day of the patch, the boot header only the
	 * month */
	replace_property(&r->platform.patch, text, patch);
	replace_property(&r->platform.android, text, release);
}

static void ask_filesystem(struct rom_image *img, struct rom_report *r,
	const struct rom_partition *p)
{
	static const char *const paths[] = { "/system/build.prop",
		"/build.prop", "/etc/build.prop", "/default.prop", NULL };
	ROM_AUTO_IMAGE struct rom_image *part = rom_partition_open(img, p);
	ROM_AUTO_FS struct rom_fs *fs = NULL;
	struct rom_err err;

	if (rom_fs_open(part, part, NULL, &fs, &err))
		return;
	for (size_t i = 0; paths[i]; i++) {
		ROM_AUTO char *text = NULL;

		if (!rom_fs_text(fs, paths[i], PROP_LEN, &text, &err))
			ask_properties(r, p, paths[i], text);
	}
}

static bool named(const struct rom_partition *p, const char *const *names)
{
	const char *slash = p->name ? strrchr(p->name, '/') : NULL,
		   *name = slash ? slash + 1 : p->name;

	for (size_t i = 0; name && names[i]; i++) {
		size_t n = strlen(names[i]);

		/* system, super/system_a; names of MBR-era phones are in upper
		 * case */
		if (!strncasecmp(name, names[i], n) &&
			(!name[n] || !strcmp(name + n, "_a") ||
				!strcmp(name + n, "_b")))
			return true;
	}
	return false;
}

/* A filesystem found where no table is left: it may be the one with the
 * system. */
static bool is_unnamed_find(const struct rom_partition *p)
{
	return p->name && !strncmp(p->name, "found_", 6);
}

static void ask(struct rom_image *img, struct rom_report *r,
	const struct rom_partition *p)
{
	static const char *const system[] = { "system", "vendor", "android",
		"odm", "product", "oem", NULL };
	static const char *const lk[] = { "lk", "lk2", "uboot", NULL };
	static const char *const modem[] = { "md1img", NULL };
	const struct rom_claim *c;

	if (!p->present || !p->claims.n)
		return;
	if ((c = rom_partition_claim(p, "mtk-preloader")))
		ask_preloader(r, p, c);
	if ((c = rom_partition_claim(p, "boot")))
		ask_boot(img, r, p, c);
	/* or a bare lk.img */
	if ((c = rom_partition_claim(p, "mtk-image")) &&
		(named(p, lk) || !p->name))
		ask_lk(img, r, p);
	if (c && named(p, modem))
		ask_modem(img, r, p, c);
	if (named(p, system) || is_unnamed_find(p))
		ask_filesystem(img, r, p);
}

static void sort_chip_sources(struct rom_platform *pf)
{
	for (size_t i = 1; i < pf->chip_sources.n; i++) {
		for (size_t k = i;
			k > 0 && pf->chip_sources.v[k].priority >
					 pf->chip_sources.v[k - 1].priority;
			k--) {
			struct rom_chip_source t = pf->chip_sources.v[k];

			pf->chip_sources.v[k] = pf->chip_sources.v[k - 1];
			pf->chip_sources.v[k - 1] = t;
		}
	}
}

static void decide(struct rom_report *r)
{
	struct rom_platform *pf = &r->platform;
	const struct rom_chip_source *w;

	sort_chip_sources(pf);
	if (!pf->chip && pf->chip_sources.n)
		pf->chip = rom_strdup(pf->chip_sources.v[0].value);
	rom_each (w, &pf->chip_sources) {
		/* AND_ROMINFO is wrong by design on some chips: no news */
		if (strcmp(w->value, pf->chip) && w->priority > TRUST_ROMINFO)
			rom_report_note(r, ROM_WARNING, NULL, w->offset,
				"witnesses disagree about the chip: %s says "
				"%s, taken is %s (--platform overrides)",
				w->where, w->value, pf->chip);
	}
}

void rom_analyze_platform(
	struct rom_image *img, struct rom_report *report, const char *given)
{
	const struct rom_partition *p;

	report->platform.chip = rom_strdup(given);
	report->platform.chip_given = given != NULL;
	rom_each (p, &report->partitions)
		ask(img, report, p);
	decide(report);
}
