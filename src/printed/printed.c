/* SPDX-License-Identifier: MIT */
/* printed.c - finds the tables in a text, and reads text line by line */
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <strings.h>

#include "printed_priv.h"
#include "romsplit/os.h"

/* A log may be long, and hostile. */
enum {
	LINE_SIZE = 4096,
	MAX_TABLES = 32,
	MAX_ROWS = 1024,
	MAX_PROBLEMS = 32,
	/* what rom_text_line reads at once, NULs and all */
	MAX_READ = 1 << 16,
	MAX_TEXT = 256 << 20,
};

/* also as a number of sectors, nothing made of it wraps */
#define TOO_LARGE ((uint64_t)1 << 50)

const char *rom_printed_kind_name(enum rom_printed_kind kind)
{
	static const char *const names[] = {
		[ROM_PRINTED_GPT] = "printgpt",
		[ROM_PRINTED_LK] = "[GPT_LK]",
		[ROM_PRINTED_DUMCHAR] = "/proc/dumchar_info",
		[ROM_PRINTED_EMMC] = "/proc/emmc",
		[ROM_PRINTED_PARTINFO] = "/proc/partinfo",
		[ROM_PRINTED_GETVAR] = "fastboot getvar all",
		[ROM_PRINTED_MTD] = "/proc/mtd",
		[ROM_PRINTED_BLOCKS] = "/proc/partitions",
	};

	return names[kind];
}

/* ---- tables and rows ----------------------------------------------------- */

static void table_done(struct rom_printed_table *t)
{
	for (size_t i = 0; i < t->rows.n; i++)
		free(t->rows.v[i].name);
	rom_vec_done(&t->rows);
}

void rom_printed_done(struct rom_printed *p)
{
	for (size_t i = 0; i < p->tables.n; i++)
		table_done(&p->tables.v[i]);
	rom_vec_done(&p->tables);
	for (size_t i = 0; i < p->problems.n; i++)
		free(p->problems.v[i].text);
	rom_vec_done(&p->problems);
	*p = (struct rom_printed){ 0 };
}

void rom_printed_problem(struct rom_printed_reader *r, const char *fmt, ...)
{
	char text[300];
	va_list ap;

	if (r->p.problems.n >= MAX_PROBLEMS) {
		r->p.problems_dropped++;
		return;
	}
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	*rom_vec_add(&r->p.problems) = (struct rom_printed_problem){ r->line,
		rom_printable(text, strlen(text)) };
}

static struct rom_printed_table *open_table(struct rom_printed_reader *r)
{
	return r->open ? &r->p.tables.v[r->p.tables.n - 1] : NULL;
}

static bool is_same_row(
	const struct rom_printed_row *a, const struct rom_printed_row *b)
{
	return !strcmp(a->name, b->name) && a->start == b->start &&
	       a->size == b->size && a->has_size == b->has_size &&
	       a->region == b->region;
}

static bool is_same_table(
	const struct rom_printed_table *a, const struct rom_printed_table *b)
{
	if (a->kind != b->kind || a->rows.n != b->rows.n || a->unit != b->unit)
		return false;
	for (size_t i = 0; i < a->rows.n; i++) {
		if (!is_same_row(&a->rows.v[i], &b->rows.v[i]))
			return false;
	}
	return true;
}

/* Logs have a table several times: each counts once, and one without rows not
 * at all. */
static void drop_repeated(struct rom_printed_reader *r)
{
	struct rom_printed_table *last = open_table(r);
	bool drop = last->rows.n == 0;

	for (size_t i = 0; i + 1 < r->p.tables.n; i++)
		drop |= is_same_table(&r->p.tables.v[i], last);
	if (drop) {
		table_done(last);
		r->p.tables.n--;
	}
}

static void close_table(struct rom_printed_reader *r)
{
	struct rom_printed_table *t = open_table(r);

	if (!t)
		return;
	switch (t->kind) {
	case ROM_PRINTED_GPT:
		rom_printed_end_gpt(t);
		break;
	case ROM_PRINTED_LK:
		rom_printed_end_lk(t);
		break;
	case ROM_PRINTED_GETVAR:
		rom_printed_end_getvar(r, t);
		break;
	default:
		rom_printed_end_proc(t);
	}
	rom_printed_mark_boot(t);
	drop_repeated(r);
	r->open = false;
	r->bare.n = 0;
	r->last_row = 0;
}

struct rom_printed_table *rom_printed_table_begin(
	struct rom_printed_reader *r, enum rom_printed_kind kind)
{
	struct rom_printed_table *t;

	close_table(r);
	if (r->p.tables.n >= MAX_TABLES) {
		rom_printed_problem(r,
			"more than %d tables: those before this one are not "
			"all kept",
			MAX_TABLES);
		table_done(&r->p.tables.v[--r->p.tables.n]);
	}
	t = rom_vec_add(&r->p.tables);
	*t = (struct rom_printed_table){ .kind = kind,
		.line = r->line,
		.unit = 1,
		.region = ROM_REGION_EMMC_USER,
		.has_starts = true };
	r->open = true;
	return t;
}

struct rom_printed_table *rom_printed_table_of(
	struct rom_printed_reader *r, enum rom_printed_kind kind)
{
	struct rom_printed_table *t = open_table(r);

	return t && t->kind == kind ? t : rom_printed_table_begin(r, kind);
}

/* Why a row cannot be one; NULL: it can. Freed by the caller. */
static char *why_no_row(const struct rom_printed_table *t, struct rom_word name,
	uint64_t start, uint64_t size)
{
	if (name.n == 0 || name.n > ROM_PRINTED_MAX_NAME)
		return rom_format("expected a name of 1 to %d bytes, got %zu",
			ROM_PRINTED_MAX_NAME, name.n);
	if (start >= TOO_LARGE || size >= TOO_LARGE)
		return rom_format("%.*s: a number is larger than any medium",
			(int)name.n, name.s);
	return t->rows.n >= MAX_ROWS
		       ? rom_format("more than %d partitions", MAX_ROWS)
		       : NULL;
}

struct rom_printed_row *rom_printed_row_add(struct rom_printed_reader *r,
	struct rom_word name, uint64_t start, uint64_t size)
{
	struct rom_printed_table *t = open_table(r);
	struct rom_printed_row *row;
	ROM_AUTO char *why = NULL;

	while (name.n && isspace((unsigned char)name.s[name.n - 1]))
		name.n--; /* padded to a column */
	why = why_no_row(t, name, start, size);
	if (why) {
		rom_printed_problem(r, "%s", why);
		return NULL;
	}
	if (t->rows.n == 0)
		t->line = r->line;
	row = rom_vec_add(&t->rows);
	*row = (struct rom_printed_row){ .name = rom_format(
						 "%.*s", (int)name.n, name.s),
		.start = start,
		.size = size,
		.has_size = true,
		.region = t->region,
		.line = r->line };
	r->last_row = r->line;
	return row;
}

/* ---- words and numbers --------------------------------------------------- */

bool rom_printed_hex(const char *s, const char **end, uint64_t *ret)
{
	uint64_t n = 0;
	size_t digits = 0;

	if (s[0] == '0' && (s[1] == 'x' || s[1] == 'X'))
		s += 2;
	for (; isxdigit((unsigned char)*s); s++, digits++) {
		int c = tolower((unsigned char)*s);

		if (n >> 60)
			return false;
		n = n << 4 | (uint64_t)(c <= '9' ? c - '0' : c - 'a' + 10);
	}
	if (end)
		*end = s;
	*ret = n;
	return digits > 0;
}

bool rom_printed_after(const char *line, const char *word, uint64_t *ret)
{
	const char *s = strstr(line, word);

	if (!s)
		return false;
	s += strlen(word);
	s += strspn(s, " \t=:");
	return rom_printed_hex(s, NULL, ret);
}

size_t rom_printed_words(const char *line, struct rom_word *words, size_t max)
{
	size_t n = 0;

	for (const char *s = line; *s;) {
		s += strspn(s, " \t\r\n");
		if (!*s)
			break;
		if (n == max)
			return max + 1;
		words[n] = (struct rom_word){ s, strcspn(s, " \t\r\n") };
		s += words[n++].n;
	}
	return n;
}

bool rom_printed_word_hex(struct rom_word w, uint64_t *ret)
{
	const char *end;

	return rom_printed_hex(w.s, &end, ret) && end == w.s + w.n;
}

bool rom_printed_word_is(struct rom_word w, const char *text)
{
	return w.n == strlen(text) && !strncasecmp(w.s, text, w.n);
}

/* ---- the text ------------------------------------------------------------ */

struct rom_printed_reader *rom_printed_begin(void)
{
	return rom_alloc(sizeof(struct rom_printed_reader));
}

void rom_printed_line(
	struct rom_printed_reader *r, const char *line, unsigned number)
{
	r->line = number;
	if (number == 1) { /* a byte order mark */
		while ((unsigned char)*line >= 0x80)
			line++;
	}
	if (rom_printed_read_gpt(r, line) || rom_printed_read_lk(r, line) ||
		rom_printed_read_getvar(r, line))
		return;
	rom_printed_read_proc(r, line);
}

void rom_printed_end(struct rom_printed_reader *r, struct rom_printed *ret)
{
	close_table(r);
	*ret = r->p;
	rom_vec_done(&r->bare);
	free(r);
}

bool rom_text_line(FILE *f, char *line, size_t size, bool *ends)
{
	size_t n = 0, read = 0;
	int c = 0;

	while (n + 1 < size && read++ < MAX_READ &&
		(c = getc_unlocked(f)) != EOF && c != '\n') {
		if (c)
			line[n++] = (char)c;
	}
	line[n] = '\0';
	*ends = c == '\n';
	return c != EOF || n > 0;
}

enum rom_status rom_printed_load(
	const char *path, struct rom_printed *ret, struct rom_err *err)
{
	FILE *f = rom_path_is_directory(path) ? NULL : fopen(path, "re");
	char line[LINE_SIZE];
	struct rom_printed_reader *r;
	unsigned number = 1;
	bool ends, begins = true;

	if (!f)
		return rom_fail(err, ROM_E_INPUT, ROM_NO_OFFSET,
			"%s: cannot open: %s", path,
			rom_path_is_directory(path) ? "is a folder"
						    : strerror(errno));
	r = rom_printed_begin();
	while (rom_text_line(f, line, sizeof(line), &ends)) {
		/* what follows in a line that is too long belongs to no row */
		if (begins)
			rom_printed_line(r, line, number);
		begins = ends;
		number += ends;
		if (ftello(f) > MAX_TEXT) {
			rom_printed_problem(r, "only the first %d MiB are read",
				MAX_TEXT >> 20);
			break;
		}
	}
	fclose(f);
	rom_printed_end(r, ret);
	return ROM_OK;
}
