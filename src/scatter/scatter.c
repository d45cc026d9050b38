/* SPDX-License-Identifier: MIT */
/* scatter.c - basic operations on a scatter file: sections, its name, freeing
 * it */
#include <stdlib.h>

#include "scatter_priv.h"

static void section_done(struct rom_scatter_section *section)
{
	struct rom_scatter_row *row;

	rom_each (row, &section->rows)
		rom_scatter_row_done(row);
	rom_vec_done(&section->rows);
	free(section->storage);
	free(section->boot_channel);
	free(section->block_size);
}

void rom_scatter_done(struct rom_scatter *s)
{
	struct rom_scatter_section *section;

	rom_each (section, &s->sections)
		section_done(section);
	rom_scatter_pairs_done(s->general.v, s->general.n);
	rom_vec_done(&s->sections);
	rom_vec_done(&s->general);
	free(s->version);
	free(s->platform);
	free(s->project);
	free(s->mark);
	*s = (struct rom_scatter){ 0 };
}

const struct rom_scatter_section *rom_scatter_section(
	const struct rom_scatter *s, const char *storage)
{
	const struct rom_scatter_section *section;

	rom_each (section, &s->sections) {
		if (section->storage && !strcmp(section->storage, storage))
			return section;
	}
	return s->sections.n ? &s->sections.v[0] : NULL;
}

bool rom_scatter_is_v2(const struct rom_scatter *s)
{
	return s->sections.n > 1 ||
	       (s->version && !strncmp(s->version, ROM_SCATTER_V2, 3));
}

/* The platform may come from a hostile file: it becomes part of a file name
 * only when it looks like the name of a chip. */
char *rom_scatter_file_name(const struct rom_scatter *s)
{
	bool named = s->platform && *s->platform && strlen(s->platform) <= 32 &&
		     rom_scatter_is_word(s->platform);

	return rom_format("%s_Android_scatter%s",
		named ? s->platform : "UNKNOWN",
		s->form == ROM_SCATTER_XML  ? ".xml"
		: s->form == ROM_SCATTER_V0 ? "_emmc.txt"
					    : ".txt");
}

char *rom_scatter_shown(const char *value)
{
	/* backslashes are kept: file names have them */
	return rom_one_line(value);
}
