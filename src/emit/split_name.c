/* SPDX-License-Identifier: MIT */
/* split_name.c - the file into which a partition is cut */
#include <stdlib.h>

#include "romsplit/emit.h"

char *rom_split_file_name(const struct rom_scatter *s, const struct rom_partition *p)
{
	const struct rom_scatter_section *section = s->sections.n ? &s->sections.v[0] : NULL;
	const struct rom_claim *preloader = rom_partition_claim(p, "mtk-preloader");
	ROM_AUTO char *name = NULL;

	if (preloader) {
		const struct rom_fact *f = rom_facts_get(&preloader->detail, "file_name");

		return f ? rom_safe_name(f->text, strlen(f->text), true)
			 : rom_strdup("preloader.bin");
	}
	for (size_t i = 0; section && i < section->rows.n; i++) {
		const struct rom_scatter_row *row = &section->rows.v[i];
		const char *file = row->value[ROM_KEY_FILE];

		if (row->partition == p && file && strcmp(file, "NONE"))
			return rom_safe_name(file, strlen(file), true);
	}
	if (p->parent)
		name = rom_format(
			"%s.img", strrchr(p->name, '/') ? strrchr(p->name, '/') + 1 : p->name);
	else
		name = rom_format("%s.%s", p->name ? p->name : "image",
			p->name && strcmp(p->name, "userdata") && strcmp(p->name, "USRDATA")
				? "bin"
				: "img");
	return rom_safe_name(name, strlen(name), true);
}
