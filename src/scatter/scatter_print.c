/* SPDX-License-Identifier: MIT */
/* scatter_print.c - scatter files as text, byte for byte as MediaTek's ptgen or
 * WwR MTK lay them out */
#include <stdlib.h>

#include "scatter_priv.h"

enum { BANNER_LEN = 108, MARK_AT = 41 };

struct printer {
	FILE *out;
	const struct rom_scatter *s;
	const char *eol, *indent; /* indent: of what stands in a V2 section */
};

static void line(const struct printer *p, const char *indent, const char *text)
{
	fprintf(p->out, "%s%s%s", indent, text, p->eol);
}

static void pair(const struct printer *p, const char *indent, const char *key,
	const char *value)
{
	ROM_AUTO char *shown = value ? rom_scatter_shown(value) : NULL;

	if (shown)
		fprintf(p->out, "%s%s: %s%s", indent, key, shown, p->eol);
}

/* 108 times #; WwR MTK puts its name after the first 41. */
static void banner_line(const struct printer *p, const char *mark)
{
	int n = mark ? (int)strlen(mark) : 0;

	for (int i = 0; i < BANNER_LEN - n; i++) {
		if (mark && i == MARK_AT)
			fputs(mark, p->out);
		fputc('#', p->out);
	}
	fputs(p->eol, p->out);
}

static void banner(const struct printer *p, const char *title, bool blank,
	const char *mark)
{
	banner_line(p, mark);
	line(p, "", "#");
	fprintf(p->out, "#  %s%s%s", title, blank ? " " : "", p->eol);
	line(p, "", blank ? "#    " : "#");
	banner_line(p, mark);
}

static void print_general(const struct printer *p, bool v2)
{
	const struct rom_scatter *s = p->s;
	const struct rom_scatter_section *first = &s->sections.v[0];
	const struct rom_scatter_pair *g;

	banner(p, "General Setting", s->blank_banner, s->mark);
	line(p, "", "- general: MTK_PLATFORM_CFG");
	line(p, "", s->bare_info ? "  info:" : "  info: ");
	pair(p, "    - ", "config_version", s->version);
	pair(p, "      ", "platform", s->platform ? s->platform : "UNKNOWN");
	pair(p, "      ", "project", s->project);
	if (!v2) {
		pair(p, "      ", "storage", first->storage);
		pair(p, "      ", "boot_channel", first->boot_channel);
		pair(p, "      ", "block_size", first->block_size);
	}
	rom_each (g, &s->general)
		pair(p, "      ", g->key, g->value);
}

static void print_section_head(
	const struct printer *p, const struct rom_scatter_section *section)
{
	ROM_AUTO char *storage = rom_scatter_shown(section->storage);
	ROM_AUTO char *title = rom_format("%s Layout Setting", storage);

	banner(p, title, false, NULL);
	pair(p, "- ", "storage_type", section->storage);
	line(p, "", "  description: ");
	line(p, "", "  - general: MTK_STORAGE_CFG");
	line(p, "", "    info: ");
	pair(p, "      - ", "storage", section->storage);
	pair(p, "        ", "boot_channel", section->boot_channel);
	pair(p, "        ", "block_size", section->block_size);
	line(p, "", "");
}

/* The last entry ends as the file does; every other with an empty line. */
static void print_row(
	const struct printer *p, const struct rom_scatter_row *row, bool last)
{
	const char *head = *p->indent ? "  - " : "- ",
		   *rest = *p->indent ? "    " : "  ";
	unsigned ends = last ? p->s->final_line_ends : 2;

	pair(p, head, rom_scatter_key_name(ROM_KEY_INDEX),
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
		banner(&p, "Layout Setting", false, NULL);
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
