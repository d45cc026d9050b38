/* SPDX-License-Identifier: MIT */
/*
 * scatter_original.c - the scatter file that the user gave as a table, written
 * again for what was cut
 *
 * Its form, version, addresses, sizes, reserved flags, platform and project are
 * right: it flashes this phone. A userdata of the size of a template grows by
 * itself, and the end of a dump without a table proves no other size. What is
 * known better is the preloader's own name for itself, and a chip that the user
 * named.
 */
#include <stdlib.h>

#include "scatter_priv.h"

static void copy_pair(
	struct rom_scatter_pair *to, const struct rom_scatter_pair *from)
{
	*to = (struct rom_scatter_pair){ rom_strdup(from->key),
		rom_strdup(from->value) };
}

static void copy_row(
	struct rom_scatter_row *to, const struct rom_scatter_row *from)
{
	const struct rom_scatter_pair *pair;

	for (size_t k = 0; k < ROM_SCATTER_KEYS; k++)
		to->value[k] = rom_strdup(from->value[k]);
	rom_each (pair, &from->extra)
		copy_pair(rom_vec_add(&to->extra), pair);
	to->linear = from->linear;
	to->physical = from->physical;
	to->size = from->size;
	to->reserved = from->reserved;
	to->line = from->line;
}

static const struct rom_partition *partition_of(
	const struct rom_report *r, const struct rom_scatter_place *place)
{
	const struct rom_partition *p;

	if (rom_scatter_is_loader(place->name))
		return rom_scatter_preloader(r);
	rom_each (p, &r->partitions) {
		if (p->name && !p->parent && rom_region_is_user(p->region) &&
			!strcmp(p->name, place->name))
			return p;
	}
	return NULL;
}

static void set_loader_file(struct rom_scatter_row *row)
{
	const struct rom_claim *c =
		row->partition
			? rom_partition_claim(row->partition, ROM_USAGE_LOADER)
			: NULL;
	const struct rom_fact *f =
		c ? rom_facts_get(&c->detail, "file_name") : NULL;

	if (f && row->value[ROM_KEY_FILE])
		rom_scatter_set(row, ROM_KEY_FILE, f->text);
}

static void copy_section(const struct rom_report *r,
	const struct rom_scatter_options *options,
	const struct rom_scatter_section *from, struct rom_scatter *s)
{
	struct rom_scatter_section *to = rom_vec_add(&s->sections);
	ROM_AUTO struct rom_scatter_place *places =
		rom_scatter_places(options->file, from, &r->table);

	to->storage = rom_strdup(from->storage);
	to->boot_channel = rom_strdup(from->boot_channel);
	to->block_size = rom_strdup(from->block_size);
	for (size_t i = 0; i < from->rows.n; i++) {
		bool loader = rom_scatter_is_loader(places[i].name);
		struct rom_scatter_row *row;

		if (!loader && !rom_scatter_wanted(places[i].name, options))
			continue;
		row = rom_vec_add(&to->rows);
		copy_row(row, &from->rows.v[i]);
		row->partition = partition_of(r, &places[i]);
		if (loader)
			set_loader_file(row);
	}
}

/* The file's own, unless the user said another. */
static const char *platform_of(
	const struct rom_report *r, const struct rom_scatter *from)
{
	const struct rom_platform *pf = &r->platform;

	if (pf->chip && (pf->chip_given || !from->platform))
		return rom_scatter_tool_chip(pf->chip);
	return from->platform;
}

void rom_scatter_copy_original(const struct rom_report *r,
	const struct rom_scatter_options *options, struct rom_scatter *ret)
{
	const struct rom_scatter *from = options->file;
	const struct rom_scatter_section *section;
	const struct rom_scatter_pair *pair;

	*ret = (struct rom_scatter){
		.form = from->form,
		.version = rom_strdup(from->version),
		.platform = rom_strdup(platform_of(r, from)),
		.project = rom_strdup(from->project),
		.crlf = from->crlf,
		.blank_banner = from->blank_banner,
		.bare_info = from->bare_info,
		.mark = rom_strdup(from->mark),
		.final_line_ends = from->final_line_ends,
	};
	rom_each (pair, &from->general)
		copy_pair(rom_vec_add(&ret->general), pair);
	rom_each (section, &from->sections)
		copy_section(r, options, section, ret);
}
