/* SPDX-License-Identifier: MIT */
/* chip_sources.c - the name of the chip in preloader, boot image, lk and
 * modem */
#include <ctype.h>
#include <stdlib.h>
#include <strings.h>

#include "analyze_priv.h"
#include "romsplit/disk.h"

enum {
	LK_LEN = 1 << 20,
	DTB_LEN = 256 << 10,
	MODEM_TAIL = 4096,
};

void rom_chip_source_add(struct rom_report *r, char *where, const char *chip,
	enum rom_chip_priority priority, uint64_t offset)
{
	struct rom_chip_source *s = rom_vec_add(&r->platform.chip_sources);

	*s = (struct rom_chip_source){ rom_one_line(where), rom_strdup(chip),
		priority, offset };
	free(where);
}

bool rom_chip_parse(const char *text, char chip[17])
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

/* Where to search for the name of a chip. */
struct chip_search {
	struct rom_range range; /* of the partition */
	/* the texts that precede the name; NULL-terminated */
	const char *const *prefixes;
	enum rom_chip_priority priority;
};

static void search_chip_name(struct rom_dump *dump,
	const struct rom_partition *p, const struct chip_search *s)
{
	ROM_AUTO_IMAGE struct rom_image *part =
		rom_partition_open(dump->img, p);
	size_t len = (size_t)s->range.len;
	ROM_AUTO uint8_t *buf = rom_alloc(len);
	struct rom_buffer v = { .p = buf,
		.offset = p->range.offset + s->range.offset };
	struct rom_err err;
	char chip[17];

	if (rom_read_some(part, buf, len, s->range.offset, &v.len, &err))
		return;
	for (size_t i = 0; s->prefixes[i]; i++) {
		size_t offset = rom_chip_after(&v, s->prefixes[i], chip);

		if (offset == SIZE_MAX)
			continue;
		rom_chip_source_add(dump->report,
			rom_strdup(rom_partition_label(p)), chip, s->priority,
			v.offset + offset);
		return;
	}
}

static const char *text_of(const struct rom_claim *c, const char *key)
{
	const struct rom_fact *f = rom_facts_get(&c->detail, key);

	return f ? f->text : NULL;
}

/* ---- preloader ----------------------------------------------------------- */

/* In preloader_lcsh6797_6c: the four digits of a chip's number, 6xxx or 8xxx.
 * A longer run of digits is something else, a date or a serial number. */
static const char *chip_digits(const char *name)
{
	for (const char *s = name; *s; s++) {
		if (strspn(s, "0123456789") == 4 &&
			(s[0] == '6' || s[0] == '8') &&
			(s == name || !isdigit((unsigned char)s[-1])))
			return s;
	}
	return NULL;
}

/* The name is preloader_PROJECT.bin: 10 characters before the project, 4
 * after. */
static void add_file_name(struct rom_report *r, const struct rom_partition *p,
	const char *where, const char *name)
{
	const char *digits = chip_digits(name);
	size_t n = strlen(name);
	char chip[17];

	if (digits) {
		snprintf(chip, sizeof(chip), "MT%.4s", digits);
		rom_chip_source_add(r,
			rom_format("%s, file name %s", where, name), chip,
			ROM_CHIP_FILE_NAME, p->range.offset);
	}
	if (!strncmp(name, "preloader_", 10) && n > 14 && !r->platform.project)
		r->platform.project =
			rom_format("%.*s", (int)(n - 14), name + 10);
}

static void add_preloader(struct rom_report *r, const struct rom_partition *p,
	const struct rom_claim *c)
{
	const char *name = text_of(c, "file_name"),
		   *path = text_of(c, "path_chip"),
		   *info = text_of(c, "rominfo_platform"),
		   *where = p->name ? p->name : "preloader";
	char chip[17];

	if (path)
		rom_chip_source_add(r, rom_format("%s, source path", where),
			path, ROM_CHIP_SOURCE_PATH, p->range.offset);
	if (info && rom_chip_parse(info, chip))
		rom_chip_source_add(r, rom_format("%s, AND_ROMINFO", where),
			chip, ROM_CHIP_ROMINFO, p->range.offset);
	if (name)
		add_file_name(r, p, where, name);
}

/* ---- boot images, lk, modem ---------------------------------------------- */

static void set_versions(struct rom_platform *pf, const struct rom_claim *c)
{
	const char *version = text_of(c, "os_version"),
		   *patch = text_of(c, "os_patch_level");

	if (version && !pf->android)
		pf->android = rom_strdup(version);
	if (patch && !pf->patch)
		pf->patch = rom_strdup(patch);
}

static void search_device_tree(
	struct rom_dump *dump, const struct rom_partition *p)
{
	static const char *const prefixes[] = { "mediatek,", NULL };
	struct chip_search s = { .range.len = DTB_LEN,
		.prefixes = prefixes,
		.priority = ROM_CHIP_DEVICE_TREE };
	ROM_AUTO_IMAGE struct rom_image *part =
		rom_partition_open(dump->img, p);
	uint8_t buf[ROM_BOOT_HEADER_LEN];
	struct rom_buffer v = { .p = buf };
	struct rom_boot b;
	struct rom_err err;

	if (rom_read_some(part, buf, sizeof(buf), 0, &v.len, &err) ||
		rom_boot_decode(&v, &b, &err))
		return;
	/* from version 2 on the header has a field for the device tree; in
	 * older images it is appended to the kernel */
	s.range.offset =
		b.dtb_at ? b.dtb_at
			 : b.kernel_at + b.kernel - rom_min(DTB_LEN, b.kernel);
	search_chip_name(dump, p, &s);
}

static void search_lk(struct rom_dump *dump, const struct rom_partition *p)
{
	static const char *const prefixes[] = { "platform/", "mediatek,",
		NULL };
	const struct chip_search s = { { 0, LK_LEN }, prefixes, ROM_CHIP_LK };

	search_chip_name(dump, p, &s);
}

/* The trailer of md1rom, in the last bytes of the first image of md1img, names
 * the chip as "MT6797_S00". */
static void search_modem(struct rom_dump *dump, const struct rom_partition *p,
	const struct rom_claim *c)
{
	static const char *const prefixes[] = { "", NULL };
	const struct rom_fact *images = rom_facts_get(&c->detail, "images");
	const struct rom_fact *size =
		images ? rom_facts_get(&images->items[0], "size") : NULL;
	uint64_t end = size ? size->number + ROM_MTK_HEADER_LEN : 0;
	const struct chip_search s = { { end - MODEM_TAIL, MODEM_TAIL },
		prefixes, ROM_CHIP_MODEM };

	if (end > MODEM_TAIL)
		search_chip_name(dump, p, &s);
}

void rom_analyze_chip_sources(
	struct rom_dump *dump, const struct rom_partition *p)
{
	const struct rom_claim *c;

	if ((c = rom_partition_claim(p, ROM_USAGE_LOADER)))
		add_preloader(dump->report, p, c);
	if ((c = rom_partition_claim(p, ROM_USAGE_KERNEL))) {
		set_versions(&dump->report->platform, c);
		search_device_tree(dump, p);
	}
	if (!(c = rom_partition_claim(p, ROM_USAGE_FIRMWARE)))
		return;
	/* a row without a name is a bare image, perhaps lk.img */
	if (!p->name || rom_slot_matches(p->name, "lk") ||
		rom_slot_matches(p->name, "lk2") ||
		rom_slot_matches(p->name, "uboot"))
		search_lk(dump, p);
	if (rom_slot_matches(p->name, "md1img"))
		search_modem(dump, p, c);
}
