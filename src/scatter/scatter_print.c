/* SPDX-License-Identifier: MIT */
/* scatter_print.c - prints scatter files as text, byte for byte like MediaTek's
 * ptgen or WwR MTK */
#include <stdlib.h>

#include "scatter_priv.h"

enum { BANNER_LEN = 108, MARK_AT = 41 };

struct printer {
	FILE *out;
	const struct rom_scatter *s;
	const char *eol, *indent; /* indent: in a section of V2 */
};

static void print_line(
	const struct printer *p, const char *indent, const char *text)
{
	fprintf(p->out, "%s%s%s", indent, text, p->eol);
}

static void print_pair(const struct printer *p, const char *indent,
	const char *key, const char *value)
{
	ROM_AUTO char *shown = value ? rom_scatter_shown(value) : NULL;

	if (shown)
		fprintf(p->out, "%s%s: %s%s", indent, key, shown, p->eol);
}

/* A line of 108 bytes: '#', and after 41 of them the name of WwR MTK. */
static void print_banner_line(const struct printer *p, const char *mark)
{
	int n = mark ? (int)strlen(mark) : 0;

	for (int i = 0; i < BANNER_LEN - n; i++) {
		if (mark && i == MARK_AT)
			fputs(mark, p->out);
		fputc('#', p->out);
	}
	fputs(p->eol, p->out);
}

static void print_banner(const struct printer *p, const char *title, bool blank,
	const char *mark)
{
	print_banner_line(p, mark);
	print_line(p, "", "#");
	fprintf(p->out, "#  %s%s%s", title, blank ? " " : "", p->eol);
	print_line(p, "", blank ? "#    " : "#");
	print_banner_line(p, mark);
}

static void print_general(const struct printer *p, bool v2)
{
	const struct rom_scatter *s = p->s;
	const struct rom_scatter_section *first = &s->sections.v[0];
	const struct rom_scatter_pair *g;

	print_banner(p, "General Setting", s->blank_banner, s->mark);
	print_line(p, "", "- general: MTK_PLATFORM_CFG");
	print_line(p, "", s->bare_info ? "  info:" : "  info: ");
	print_pair(p, "    - ", "config_version", s->version);
	print_pair(
		p, "      ", "platform", s->platform ? s->platform : "UNKNOWN");
	print_pair(p, "      ", "project", s->project);
	if (!v2) {
		print_pair(p, "      ", "storage", first->storage);
		print_pair(p, "      ", "boot_channel", first->boot_channel);
		print_pair(p, "      ", "block_size", first->block_size);
	}
	rom_each (g, &s->general)
		print_pair(p, "      ", g->key, g->value);
}

static void print_section_head(
	const struct printer *p, const struct rom_scatter_section *section)
{
	ROM_AUTO char *storage = rom_scatter_shown(section->storage);
	ROM_AUTO char *title = rom_format("%s Layout Setting", storage);

	print_banner(p, title, false, NULL);
	print_pair(p, "- ", "storage_type", section->storage);
	print_line(p, "", "  description: ");
	print_line(p, "", "  - general: MTK_STORAGE_CFG");
	print_line(p, "", "    info: ");
	print_pair(p, "      - ", "storage", section->storage);
	print_pair(p, "        ", "boot_channel", section->boot_channel);
	print_pair(p, "        ", "block_size", section->block_size);
	print_line(p, "", "");
}

/* An entry ends with an empty line, the last one as it did when it was read. */
static void print_row(
	const struct printer *p, const struct rom_scatter_row *row, bool last)
{
	const char *head = *p->indent ? "  - " : "- ",
		   *rest = *p->indent ? "    " : "  ";
	unsigned ends = last ? p->s->final_line_ends : 2;

	print_pair(p, head, rom_scatter_key_name(ROM_KEY_INDEX),
		row->value[ROM_KEY_INDEX]);
	for (size_t k = ROM_KEY_INDEX + 1; k < ROM_SCATTER_KEYS; k++) {
		ROM_AUTO char *shown =
			row->value[k] ? rom_scatter_shown(row->value[k]) : NULL;

		if (!shown)
			continue;
		if (k > ROM_KEY_NAME)
			fputs(p->eol, p->out);
		fprintf(p->out, "%s%s: %s", rest,
			rom_scatter_key_name((enum rom_scatter_key)k), shown);
	}
	for (size_t i = 0; i < row->extra.n; i++) {
		ROM_AUTO char *key = rom_scatter_shown(row->extra.v[i].key);
		ROM_AUTO char *value = rom_scatter_shown(row->extra.v[i].value);

		fprintf(p->out, "%s%s%s: %s", p->eol, rest, key, value);
	}
	for (unsigned i = 0; i < ends; i++)
		fputs(p->eol, p->out);
}

static void print_text(const struct rom_scatter *s, FILE *out)
{
	bool v2 = rom_scatter_is_v2(s);
	struct printer p = { out, s, s->crlf ? "\r\n" : "\n", v2 ? "  " : "" };

	if (s->sections.n == 0)
		return;
	print_general(&p, v2);
	if (!v2)
		print_banner(&p, "Layout Setting", false, NULL);
	for (size_t i = 0; i < s->sections.n; i++) {
		const struct rom_scatter_section *section = &s->sections.v[i];

		if (v2)
			print_section_head(&p, section);
		for (size_t k = 0; k < section->rows.n; k++)
			print_row(&p, &section->rows.v[k],
				i + 1 == s->sections.n &&
					k + 1 == section->rows.n);
	}
}

static void print_v0(const struct rom_scatter *s, FILE *out)
{
	const char *eol = s->crlf ? "\r\n" : "\n";
	const struct rom_scatter_row *row;

	if (s->sections.n == 0)
		return;
	rom_each (row, &s->sections.v[0].rows) {
		ROM_AUTO char *name =
			rom_scatter_shown(row->value[ROM_KEY_NAME]);

		fprintf(out, "%s %s%s{%s}", name, row->value[ROM_KEY_LINEAR],
			eol, eol);
		if (row + 1 < s->sections.v[0].rows.v + s->sections.v[0].rows.n)
			fputs(eol, out);
	}
	for (unsigned i = 0; i < s->final_line_ends; i++)
		fputs(eol, out);
}

void rom_scatter_print(const struct rom_scatter *s, FILE *out)
{
	switch (s->form) {
	case ROM_SCATTER_V0:
		print_v0(s, out);
		break;
	case ROM_SCATTER_TEXT:
		print_text(s, out);
		break;
	case ROM_SCATTER_XML:
		rom_scatter_print_xml(s, out);
		break;
	}
}
