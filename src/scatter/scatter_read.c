/* SPDX-License-Identifier: MIT */
/* scatter_read.c - recognises the form of a scatter file; what its readers
 * share */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>

#include "scatter_priv.h"

enum rom_status rom_scatter_refuse(const struct scatter_reader *r,
	struct rom_err *err, const char *fmt, ...)
{
	char text[300];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return rom_fail(err, ROM_E_INPUT, ROM_NO_OFFSET, "%s: line %u: %s",
		r->name, r->line, text);
}

bool rom_scatter_line(
	const char **text, const char *end, char *line, size_t room, bool *crlf)
{
	const char *nl, *stop;
	size_t n;

	if (*text >= end)
		return false;
	nl = memchr(*text, '\n', (size_t)(end - *text));
	stop = nl ? nl : end;
	*crlf = stop > *text && stop[-1] == '\r';
	n = (size_t)rom_min((uint64_t)(stop - *text - *crlf), room - 1);
	memcpy(line, *text, n);
	line[n] = '\0';
	*text = nl ? nl + 1 : end;
	return true;
}

enum { MAX_EXTRA = 64 };

#define add_pair(list, k, v)                                                   \
	(*rom_vec_add(list) = (struct rom_scatter_pair){                       \
		 rom_strdup(k), rom_strdup(v) })

/* Checks the length of a value as it would be written: escaping makes four
 * bytes of some. */
static enum rom_status check_value(const struct scatter_reader *r,
	const char *key, const char *value, struct rom_err *err)
{
	ROM_AUTO char *shown = rom_scatter_shown(value);

	if (strlen(shown) <= ROM_SCATTER_MAX_VALUE)
		return ROM_OK;
	return rom_scatter_refuse(r, err,
		"%.40s: expected up to %d bytes, got \"%.40s...\"", key,
		ROM_SCATTER_MAX_VALUE, shown);
}

/* ---- events -------------------------------------------------------------- */

/* Checks that an entry has all required keys, and derives a missing address. */
static enum rom_status check_row(struct scatter_reader *r,
	struct rom_scatter_row *row, struct rom_err *err)
{
	static const enum rom_scatter_key required[] = { ROM_KEY_NAME,
		ROM_KEY_SIZE };

	for (size_t i = 0; i < 2; i++) {
		if (!row->value[required[i]])
			return rom_scatter_refuse(r, err,
				"the entry that begins in line %u has no %s",
				row->line, rom_scatter_key_name(required[i]));
	}
	if (!row->value[ROM_KEY_PHYSICAL] && !row->value[ROM_KEY_LINEAR])
		return rom_scatter_refuse(r, err,
			"the entry that begins in line %u has no "
			"physical_start_addr",
			row->line);
	if (!row->value[ROM_KEY_PHYSICAL])
		row->physical = row->linear;
	if (!row->value[ROM_KEY_LINEAR])
		row->linear = row->physical;
	return ROM_OK;
}

static enum rom_status begin_section(
	struct scatter_reader *r, const char *storage, struct rom_err *err)
{
	struct rom_scatter_section *section;
	enum rom_status st = r->row ? check_row(r, r->row, err) : ROM_OK;

	if (!st && storage)
		st = check_value(r, "storage_type", storage, err);
	if (st)
		return st;
	if (storage && !*storage)
		return rom_scatter_refuse(r, err,
			"storage_type: expected EMMC or UFS, got an empty "
			"value");
	rom_each (section, &r->s->sections) {
		if (storage && section->storage &&
			!strcmp(section->storage, storage))
			return rom_scatter_refuse(r, err,
				"the section %s comes a second time; remove "
				"the wrong one",
				storage);
	}
	if (r->s->sections.n >= ROM_SCATTER_MAX_SECTIONS)
		return rom_scatter_refuse(r, err,
			"expected at most %d sections, got more",
			ROM_SCATTER_MAX_SECTIONS);
	r->section = rom_vec_add(&r->s->sections);
	r->section->storage = rom_strdup(storage);
	r->row = NULL;
	return ROM_OK;
}

enum rom_status rom_scatter_on_storage(
	struct scatter_reader *r, const char *storage, struct rom_err *err)
{
	return begin_section(r, storage, err);
}

enum rom_status rom_scatter_on_entry(
	struct scatter_reader *r, const char *index, struct rom_err *err)
{
	enum rom_status st = ROM_OK;

	if (r->row)
		st = check_row(r, r->row, err);
	if (!st && index)
		st = check_value(
			r, rom_scatter_key_name(ROM_KEY_INDEX), index, err);
	if (!st && !r->section)
		st = begin_section(r, NULL, err);
	if (st)
		return st;
	if (r->section->rows.n >= ROM_SCATTER_MAX_ROWS)
		return rom_scatter_refuse(r, err,
			"expected at most %d entries in a section, got more",
			ROM_SCATTER_MAX_ROWS);
	r->row = rom_vec_add(&r->section->rows);
	r->row->line = r->line;
	rom_scatter_set(r->row, ROM_KEY_INDEX, index);
	return ROM_OK;
}

static enum rom_status set_entry_key(struct scatter_reader *r,
	enum rom_scatter_key key, const char *value, struct rom_err *err)
{
	uint64_t n;
	bool number = key == ROM_KEY_LINEAR || key == ROM_KEY_PHYSICAL ||
		      key == ROM_KEY_SIZE;

	if (number && !rom_scatter_number(value, &n))
		return rom_scatter_refuse(r, err,
			"%s: expected a number like 0x8000, got \"%.40s\"",
			rom_scatter_key_name(key), value);
	if (r->row->value[key] && strcmp(r->row->value[key], value))
		return rom_scatter_refuse(r, err,
			"%s: comes twice in this entry, as %.40s and %.40s",
			rom_scatter_key_name(key), r->row->value[key], value);
	rom_scatter_set(r->row, key, value);
	return ROM_OK;
}

static void replace(char **slot, const char *value)
{
	free(*slot);
	*slot = rom_strdup(value);
}

/* Sets the storage of the current section. In a file with several, storage_type
 * has set it: the two have to agree. */
static enum rom_status set_storage(
	struct scatter_reader *r, const char *value, struct rom_err *err)
{
	char **storage = &r->section->storage;

	if (*storage && strcmp(*storage, value))
		return rom_scatter_refuse(r, err,
			"storage: expected %.40s, got \"%.40s\"", *storage,
			value);
	replace(storage, value);
	return ROM_OK;
}

/* Sets a key of the general part of the file or of a section. */
static enum rom_status set_general_key(struct scatter_reader *r,
	const char *key, const char *value, struct rom_err *err)
{
	struct rom_scatter *s = r->s;
	bool of_section = !strcmp(key, "storage") ||
			  !strcmp(key, "boot_channel") ||
			  !strcmp(key, "block_size");

	if (!strcmp(key, "config_version"))
		replace(&s->version, value);
	else if (!strcmp(key, "platform"))
		replace(&s->platform, value);
	else if (!strcmp(key, "project"))
		replace(&s->project, value);
	else if (of_section && !r->section && begin_section(r, NULL, err))
		return ROM_E_INPUT;
	else if (!strcmp(key, "storage"))
		return set_storage(r, value, err);
	else if (!strcmp(key, "boot_channel"))
		replace(&r->section->boot_channel, value);
	else if (!strcmp(key, "block_size"))
		replace(&r->section->block_size, value);
	else if (s->general.n >= MAX_EXTRA)
		return rom_scatter_refuse(r, err,
			"%.40s: more than %d unknown keys in the general part",
			key, MAX_EXTRA);
	else
		add_pair(&s->general, key, value);
	return ROM_OK;
}

/* Keys that only structure a file and have no value. */
static bool is_structural(const char *key)
{
	static const char *const words[] = { "general", "info", "description",
		"root", "storage_type", "partition_index" };

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		if (!strcmp(key, words[i]))
			return true;
	}
	return false;
}

enum rom_status rom_scatter_on_key(struct scatter_reader *r, const char *key,
	const char *value, struct rom_err *err)
{
	enum rom_scatter_key k;
	enum rom_status st = check_value(r, key, value, err);

	if (st || is_structural(key))
		return st;
	if (!rom_scatter_is_word(key) || (*key >= '0' && *key <= '9') ||
		strlen(key) > ROM_SCATTER_MAX_KEY)
		return rom_scatter_refuse(r, err,
			"expected a key like partition_name, got \"%.40s\"",
			key);
	if (!r->row)
		return set_general_key(r, key, value, err);
	if (rom_scatter_key_find(key, &k))
		return set_entry_key(r, k, value, err);
	if (r->row->extra.n >= MAX_EXTRA)
		return rom_scatter_refuse(r, err,
			"%.40s: more than %d unknown keys in one entry", key,
			MAX_EXTRA);
	add_pair(&r->row->extra, key, value);
	return ROM_OK;
}

/* ---- the whole file ------------------------------------------------------ */

/* "MT6589" from "MT6589_Android_scatter.txt": a v0 file names the chip nowhere
 * else. */
static char *chip_of_name(const char *path)
{
	const char *slash = strrchr(path, '/'),
		   *name = slash ? slash + 1 : path;
	size_t n = strcspn(name, "_");

	if (strncmp(name, "MT", 2) || n < 6 || n > 8 ||
		strspn(name + 2, "0123456789") < 4)
		return NULL;
	return rom_format("%.*s", (int)n, name);
}

static bool is_xml(const char *text, size_t len)
{
	size_t i = 0;

	while (i < len && strchr(" \t\r\n", text[i]) && text[i])
		i++;
	return i < len && text[i] == '<';
}

static enum rom_status read_form(struct scatter_reader *r, const char *text,
	size_t len, struct rom_err *err)
{
	if (is_xml(text, len)) {
		r->s->form = ROM_SCATTER_XML;
		return rom_scatter_read_xml(r, text, len, err);
	}
	if (memmem(text, len, "partition_index", 15)) {
		r->s->form = ROM_SCATTER_TEXT;
		return rom_scatter_read_text(r, text, len, err);
	}
	r->s->form = ROM_SCATTER_V0;
	return rom_scatter_read_v0(r, text, len, err);
}

static enum rom_status check_whole(
	struct scatter_reader *r, struct rom_err *err)
{
	const struct rom_scatter_section *section;
	enum rom_status st = r->row ? check_row(r, r->row, err) : ROM_OK;
	size_t rows = 0;

	rom_each (section, &r->s->sections)
		rows += section->rows.n;
	if (!st && rows == 0)
		st = rom_fail(err, ROM_E_INPUT, ROM_NO_OFFSET,
			"%s: is not a scatter file: it has no partition "
			"entries",
			r->name);
	if (!st && r->s->sections.n > 1 && !r->s->sections.v[0].storage)
		st = rom_fail(err, ROM_E_INPUT, ROM_NO_OFFSET,
			"%s: expected storage_type before the first entry or "
			"storage key, got it after one",
			r->name);
	if (st)
		return st;
	if (r->s->form != ROM_SCATTER_V0 && !r->s->version)
		r->s->version = rom_strdup("V1.1.2");
	if (rom_scatter_is_v2(r->s) && !r->s->sections.v[0].storage)
		r->s->sections.v[0].storage = rom_strdup("EMMC");
	return ROM_OK;
}

enum rom_status rom_scatter_parse(const char *text, size_t len,
	const char *name, struct rom_scatter *ret, struct rom_err *err)
{
	struct rom_scatter s = { 0 };
	struct scatter_reader r = { .s = &s, .name = name };
	enum rom_status st;

	if (memchr(text, '\0', len))
		return rom_fail(err, ROM_E_INPUT, ROM_NO_OFFSET,
			"%s: is not a scatter file: it contains NUL bytes",
			name);
	/* skip a byte order mark */
	if (len >= 3 && !memcmp(text, "\xef\xbb\xbf", 3)) {
		text += 3;
		len -= 3;
	}
	st = read_form(&r, text, len, err);
	if (!st && r.row && s.form == ROM_SCATTER_V0)
		r.row = NULL;
	if (!st)
		st = check_whole(&r, err);
	if (st) {
		rom_scatter_done(&s);
		return st;
	}
	if (!s.platform)
		s.platform = chip_of_name(name);
	*ret = s;
	return ROM_OK;
}

enum rom_status rom_scatter_load(
	const char *path, struct rom_scatter *ret, struct rom_err *err)
{
	ROM_AUTO char *text = rom_alloc(ROM_SCATTER_MAX_FILE + 1);
	FILE *f = fopen(path, "re");
	size_t len;
	bool bad;

	if (!f)
		return rom_fail(err, ROM_E_INPUT, ROM_NO_OFFSET,
			"%s: cannot open: %s", path, strerror(errno));
	len = fread(text, 1, ROM_SCATTER_MAX_FILE + 1, f);
	bad = ferror(f);
	fclose(f);
	if (bad)
		return rom_fail(err, ROM_E_INPUT, ROM_NO_OFFSET,
			"%s: cannot read: %s", path, strerror(errno));
	if (len > ROM_SCATTER_MAX_FILE)
		return rom_fail(err, ROM_E_INPUT, ROM_NO_OFFSET,
			"%s: is not a scatter file: expected some KiB of text, "
			"got more than %d MiB",
			path, ROM_SCATTER_MAX_FILE >> 20);
	return rom_scatter_parse(text, len, path, ret, err);
}
