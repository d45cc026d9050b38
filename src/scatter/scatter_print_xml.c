/* SPDX-License-Identifier: MIT */
/* scatter_print_xml.c - prints scatter files as XML: V1.1.8 with one list of
 * entries, V2.1.0 with one for each storage */
#include <stdlib.h>

#include "scatter_priv.h"

struct xml_printer {
	FILE *out;
	const char *eol;
};

static void put_escaped(FILE *out, const char *s)
{
	for (; *s; s++) {
		switch (*s) {
		case '&':
			fputs("&amp;", out);
			break;
		case '<':
			fputs("&lt;", out);
			break;
		case '>':
			fputs("&gt;", out);
			break;
		case '"':
			fputs("&quot;", out);
			break;
		default:
			fputc(*s, out);
		}
	}
}

static void print_element(const struct xml_printer *p, int depth,
	const char *key, const char *value)
{
	ROM_AUTO char *shown = value ? rom_scatter_shown(value) : NULL;

	if (!shown)
		return;
	fprintf(p->out, "%*s<%s>", 2 * depth, "", key);
	put_escaped(p->out, shown);
	fprintf(p->out, "</%s>%s", key, p->eol);
}

static void open_group(const struct xml_printer *p, int depth, const char *key,
	const char *name)
{
	ROM_AUTO char *shown = rom_scatter_shown(name ? name : "");

	fprintf(p->out, "%*s<%s name=\"", 2 * depth, "", key);
	put_escaped(p->out, shown);
	fprintf(p->out, "\">%s", p->eol);
}

static void close_group(const struct xml_printer *p, int depth, const char *key)
{
	fprintf(p->out, "%*s</%s>%s", 2 * depth, "", key, p->eol);
}

static void print_general(
	const struct xml_printer *p, const struct rom_scatter *s, bool v2)
{
	const struct rom_scatter_section *first = &s->sections.v[0];
	const struct rom_scatter_pair *g;

	open_group(p, 1, "general", "MTK_PLATFORM_CFG");
	open_group(p, 2, "config_version", s->version);
	print_element(p, 3, "platform", s->platform ? s->platform : "UNKNOWN");
	print_element(p, 3, "project", s->project);
	if (!v2) {
		print_element(p, 3, "storage", first->storage);
		print_element(p, 3, "boot_channel", first->boot_channel);
		print_element(p, 3, "block_size", first->block_size);
	}
	rom_each (g, &s->general)
		print_element(p, 3, g->key, g->value);
	close_group(p, 2, "config_version");
	close_group(p, 1, "general");
}

static void print_row(const struct xml_printer *p, int depth,
	const struct rom_scatter_row *row)
{
	open_group(p, depth, "partition_index", row->value[ROM_KEY_INDEX]);
	for (size_t k = ROM_KEY_INDEX + 1; k < ROM_SCATTER_KEYS; k++)
		print_element(p, depth + 1,
			rom_scatter_key_name((enum rom_scatter_key)k),
			row->value[k]);
	for (size_t i = 0; i < row->extra.n; i++)
		print_element(p, depth + 1, row->extra.v[i].key,
			row->extra.v[i].value);
	close_group(p, depth, "partition_index");
}

static void print_section(const struct xml_printer *p,
	const struct rom_scatter_section *section, bool v2)
{
	const struct rom_scatter_row *row;

	if (v2) {
		open_group(p, 1, "storage_type", section->storage);
		open_group(p, 2, "general", "MTK_STORAGE_CFG");
		open_group(p, 3, "storage", section->storage);
		print_element(p, 4, "boot_channel", section->boot_channel);
		print_element(p, 4, "block_size", section->block_size);
		close_group(p, 3, "storage");
		close_group(p, 2, "general");
	}
	rom_each (row, &section->rows)
		print_row(p, v2 ? 2 : 1, row);
	if (v2)
		close_group(p, 1, "storage_type");
}

void rom_scatter_print_xml(const struct rom_scatter *s, FILE *out)
{
	struct xml_printer p = { out, s->crlf ? "\r\n" : "\n" };
	bool v2 = rom_scatter_is_v2(s);

	if (s->sections.n == 0)
		return;
	fprintf(out, "<?xml version=\"1.0\" encoding=\"utf-8\"?>%s%s<root>%s",
		p.eol, p.eol, p.eol);
	print_general(&p, s, v2);
	for (size_t i = 0; i < s->sections.n; i++)
		print_section(&p, &s->sections.v[i], v2);
	fprintf(out, "</root>%s", p.eol);
}
