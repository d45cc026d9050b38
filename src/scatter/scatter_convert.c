/* SPDX-License-Identifier: MIT */
/* scatter_convert.c - converts a scatter file to another format: which keys
 * that has, and what it cannot hold */
#include <stdlib.h>
#include <strings.h>

#include "scatter_priv.h"

/* bytes of a name in v0; 63 with the prefixes */
enum { V0_NAME = 52 };

struct format {
	const char *name, *version;
	enum rom_scatter_form form;
	bool upgrade_keys, combo_key;
};

/* "xml" is V1.1.8 or V2.1.0, depending on the entries */
static const struct format formats[] = {
	{ "v0", NULL, ROM_SCATTER_V0, false, false },
	{ "v1.1.1", "V1.1.1", ROM_SCATTER_TEXT, false, false },
	{ "v1.1.2", "V1.1.2", ROM_SCATTER_TEXT, true, false },
	{ "v2", "V2.1.0", ROM_SCATTER_TEXT, true, true },
	{ "v2.1.0", "V2.1.0", ROM_SCATTER_TEXT, true, true },
	{ "xml", "V1.1.8", ROM_SCATTER_XML, true, false },
};

static const struct format xml_v2 = { "xml", "V2.1.0", ROM_SCATTER_XML, true,
	true };

/* Chips whose own scatter files are V2: two kinds of storage in one file. */
static bool is_combo_chip(const struct rom_scatter *s)
{
	unsigned chip = s->platform && strlen(s->platform) > 2
				? (unsigned)strtoul(s->platform + 2, NULL, 10)
				: 0;

	return chip >= 6781 && chip < 7000 && chip != 6795 && chip != 6797 &&
	       chip != 6799;
}

static const struct format *find(const struct rom_scatter *s, const char *name)
{
	const struct rom_scatter_section *section;

	for (size_t i = 0; i < sizeof(formats) / sizeof(*formats); i++) {
		if (strcasecmp(formats[i].name, name))
			continue;
		section = rom_scatter_section(s, "UFS");
		if (formats[i].form == ROM_SCATTER_XML &&
			(rom_scatter_is_v2(s) || is_combo_chip(s) ||
				(section && section->storage &&
					!strcmp(section->storage, "UFS"))))
			return &xml_v2;
		return &formats[i];
	}
	return NULL;
}

static void drop(struct rom_scatter_row *row, enum rom_scatter_key key)
{
	free(row->value[key]);
	row->value[key] = NULL;
}

static void want_flag(struct rom_scatter_row *row, enum rom_scatter_key key,
	bool wanted, bool otherwise)
{
	if (!wanted)
		drop(row, key);
	else if (!row->value[key])
		rom_scatter_set_flag(row, key, otherwise);
}

/* v0 has prefixes of the name instead of keys. */
static void rename_for_v0(struct rom_scatter_row *row)
{
	bool reserved = row->reserved,
	     downloads = rom_scatter_says(row, ROM_KEY_DOWNLOAD, "true");
	ROM_AUTO char *name = rom_format("%s%s%s", downloads ? "" : "__NODL_",
		reserved ? "RSV_" : "", row->value[ROM_KEY_NAME]);

	if (!row->value[ROM_KEY_LINEAR])
		rom_scatter_set_number(row, ROM_KEY_LINEAR, row->linear, false);
	rom_scatter_set(row, ROM_KEY_NAME, name);
	for (size_t k = 0; k < ROM_SCATTER_KEYS; k++) {
		if (k != ROM_KEY_NAME && k != ROM_KEY_LINEAR)
			drop(row, (enum rom_scatter_key)k);
	}
}

static void convert_row(struct rom_scatter_row *row, const struct format *f)
{
	if (f->form == ROM_SCATTER_V0) {
		rename_for_v0(row);
		return;
	}
	want_flag(row, ROM_KEY_UPGRADABLE, f->upgrade_keys,
		rom_scatter_says(row, ROM_KEY_DOWNLOAD, "true"));
	want_flag(row, ROM_KEY_EMPTY_BOOT, f->upgrade_keys, false);
	want_flag(row, ROM_KEY_COMBO, f->combo_key, false);
}

/* The first name that v0, which has no quotes, cannot hold. NULL: it can hold
 * all. */
static const char *unfit_for_v0(const struct rom_scatter *s)
{
	const struct rom_scatter_row *row;

	rom_each (row, &s->sections.v[0].rows) {
		const char *name = row->value[ROM_KEY_NAME];

		if (!rom_scatter_is_word(name) || strlen(name) > V0_NAME ||
			strstr(name, rom_scatter_key_name(ROM_KEY_INDEX)))
			return name;
	}
	return NULL;
}

static enum rom_status check(const struct rom_scatter *s,
	const struct format *f, const char *name, struct rom_err *err)
{
	const char *storage = s->sections.n ? s->sections.v[0].storage : NULL;

	if (!f)
		return rom_fail(err, ROM_E_USAGE, ROM_NO_OFFSET,
			"%s is not a format of scatter files; the formats are "
			"v0, v1.1.1, v1.1.2, v2, xml and rawprogram",
			name);
	if (s->form == ROM_SCATTER_V0 && f->form != ROM_SCATTER_V0)
		return rom_fail(err, ROM_E_USAGE, ROM_NO_OFFSET,
			"a v0 scatter file has only names and addresses: it "
			"cannot be converted to %s without the dump",
			name);
	if (s->sections.n > 1 &&
		(!f->version || strncmp(f->version, ROM_SCATTER_V2, 3)))
		return rom_fail(err, ROM_E_USAGE, ROM_NO_OFFSET,
			"this scatter file has %zu sections: only v2 and xml "
			"can hold them",
			s->sections.n);
	if (f->form == ROM_SCATTER_V0 && storage && !strcmp(storage, "UFS"))
		return rom_fail(err, ROM_E_USAGE, ROM_NO_OFFSET,
			"the format v0 is older than UFS");
	if (f->form == ROM_SCATTER_V0 && s->sections.n && unfit_for_v0(s))
		return rom_fail(err, ROM_E_USAGE, ROM_NO_OFFSET,
			"the format v0 cannot hold a partition named \"%.40s\"",
			unfit_for_v0(s));
	return ROM_OK;
}

enum rom_status rom_scatter_convert(
	struct rom_scatter *s, const char *format, struct rom_err *err)
{
	const struct format *f = find(s, format);
	struct rom_scatter_section *section;
	struct rom_scatter_row *row;
	enum rom_status st = check(s, f, format, err);
	bool same = !st && s->form == f->form &&
		    (s->version && f->version ? !strcmp(s->version, f->version)
					      : s->version == f->version);

	if (st || same)
		return st;
	rom_each (section, &s->sections) {
		if (!section->storage)
			/* the default of files that do not name it */
			section->storage = rom_strdup("EMMC");
		rom_each (row, &section->rows)
			convert_row(row, f);
	}
	free(s->version);
	s->version = rom_strdup(f->version);
	s->form = f->form;
	s->final_line_ends = f->form == ROM_SCATTER_V0 ? 3 : 2;
	if (f->form == ROM_SCATTER_V0)
		s->crlf = false;
	return ROM_OK;
}
