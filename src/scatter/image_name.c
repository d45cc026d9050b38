/* SPDX-License-Identifier: MIT */
/* image_name.c - the name of the file for a partition */
#include <stdlib.h>

#include "romsplit/scatter.h"

/* EMMC_BOOT_1 without a preloader in it: its file must not be called
 * preloader.bin. */
static bool is_boot_area(const struct rom_partition *p)
{
	return p->name && !strcmp(p->name, "preloader") &&
	       p->region == ROM_REGION_EMMC_BOOT_1;
}

/* What a row gives it; NULL: none does. */
static const char *file_of(
	const struct rom_scatter *s, const struct rom_partition *p)
{
	const struct rom_scatter_section *section;
	const struct rom_scatter_row *row;

	rom_each (section, &s->sections) {
		rom_each (row, &section->rows) {
			const char *file = row->value[ROM_KEY_FILE];

			if (row->partition == p && file && strcmp(file, "NONE"))
				return file;
		}
	}
	return NULL;
}

char *rom_split_file_name(
	const struct rom_scatter *s, const struct rom_partition *p)
{
	const struct rom_claim *preloader =
		rom_partition_claim(p, ROM_USAGE_LOADER);
	const struct rom_fact *own =
		preloader ? rom_facts_get(&preloader->detail, "file_name")
			  : NULL;
	const char *told;
	ROM_AUTO char *name = NULL;

	if (own)
		return rom_safe_name(
			own->text, strlen(own->text), ROM_NAMES_STRICT);
	told = file_of(s, p);
	if (told)
		return rom_safe_name(told, strlen(told), ROM_NAMES_STRICT);
	if (preloader)
		return rom_strdup("preloader.bin");
	if (is_boot_area(p))
		return rom_strdup("boot1.bin");
	if (p->parent)
		name = rom_format("%s.img", strrchr(p->name, '/')
						    ? strrchr(p->name, '/') + 1
						    : p->name);
	else
		name = rom_format("%s.%s", p->name ? p->name : "image",
			p->name && strcmp(p->name, "userdata") &&
					strcmp(p->name, "USRDATA")
				? "bin"
				: "img");
	return rom_safe_name(name, strlen(name), ROM_NAMES_STRICT);
}
