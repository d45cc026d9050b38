/* SPDX-License-Identifier: MIT */
/*
 * flash_log.c - finds errors and partition lists in SP Flash Tool's logs
 * (BROM_DLL_V5.log, QT_FLASH_TOOL.log)
 *
 * Of the phone:
 *   PART[ 3](NVRAM) - offset (0x0000000000D00000) -
 *       size (0x0000000000500000) - partID (8) - mask (0)
 * Of the scatter file:
 *   NEW_PART[ 3](NVRAM) - offset (0x...) - size (0x...) - part_id (0x8) -
 *       mask (0x0)
 * Each is one line.
 */
#include <errno.h>
#include <stdlib.h>
#include <strings.h>

#include "romsplit/flash_log.h"
#include "romsplit/os.h"

enum { LINE_SIZE = 4096, MAX_PARTITIONS = 1024, PART_USER = 8 };

/* ---- partition lists ----------------------------------------------------- */

/* The number in the parentheses after a word of the line; false when it is not
 * there. */
static bool number_after(const char *line, const char *word, uint64_t *ret)
{
	const char *s = strcasestr(line, word);
	char *end;

	s = s ? strchr(s, '(') : NULL;
	if (!s)
		return false;
	*ret = strtoull(s + 1, &end, 0);
	return end != s + 1;
}

static bool parse_partition(
	const char *line, struct rom_log_partition *ret, unsigned *index)
{
	const char *open = strchr(line, '['),
		   *close = open ? strchr(open, ']') : NULL;
	const char *name = close && close[1] == '(' ? close + 2 : NULL;
	size_t n = name ? strcspn(name, ")") : 0;
	char *end;

	if (n == 0 || n > 64)
		return false;
	*index = (unsigned)strtoul(open + 1, &end, 10);
	ret->part = PART_USER;
	if (!number_after(name + n, "offset", &ret->offset) ||
		!number_after(name + n, "size", &ret->size))
		return false;
	if (!number_after(name + n, "partID", &ret->part))
		number_after(name + n, "part_id", &ret->part);
	while (n && name[n - 1] == ' ')
		n--; /* padded to a column */
	ret->name = rom_format("%.*s", (int)n, name);
	return true;
}

static void free_names(struct rom_log_partition *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(v[i].name);
}

/* A log may have a list several times: a new first entry begins a list that
 * replaces the one before. */
static void find_partition(struct rom_log *log, const char *line)
{
	const char *part = strstr(line, "PART[");
	bool is_new = part && part - line >= 4 && !strncmp(part - 4, "NEW_", 4);
	struct rom_log_partition p = { 0 };
	unsigned index;

	if (!part || !parse_partition(part, &p, &index))
		return;
	if (is_new && index == 0) {
		free_names(log->scatter.v, log->scatter.n);
		log->scatter.n = 0;
	}
	if (!is_new && index == 0) {
		free_names(log->phone.v, log->phone.n);
		log->phone.n = 0;
	}
	if (is_new && log->scatter.n < MAX_PARTITIONS)
		*rom_vec_add(&log->scatter) = p;
	else if (!is_new && log->phone.n < MAX_PARTITIONS)
		*rom_vec_add(&log->phone) = p;
	else
		free(p.name);
}

/* ---- the log ------------------------------------------------------------- */

static enum rom_status open_log(
	const char *path, FILE **ret, struct rom_err *err)
{
	FILE *f = fopen(path, "re");

	if (!f && errno == ENOENT)
		return rom_fail(err, ROM_E_INPUT, ROM_NO_OFFSET,
			"%s: neither a known error nor a file; give a number "
			"(4050, 0xC003000A), a name, the message in quotes, or "
			"a log of SP Flash Tool",
			path);
	if (!f)
		return rom_fail(err, ROM_E_INPUT, ROM_NO_OFFSET,
			"%s: cannot open: %s", path, strerror(errno));
	if (rom_path_is_directory(path)) {
		fclose(f);
		return rom_fail(err, ROM_E_INPUT, ROM_NO_OFFSET,
			"%s: is a folder, not a log; name the log in it "
			"(BROM_DLL_V5.log, QT_FLASH_TOOL.log)",
			path);
	}
	*ret = f;
	return ROM_OK;
}

enum rom_status rom_log_read(
	const char *path, struct rom_log *ret, struct rom_err *err)
{
	FILE *f = NULL;
	char line[LINE_SIZE];
	struct rom_printed_reader *printed;
	unsigned number = 1;
	bool ends, begins = true;
	enum rom_status st = open_log(path, &f, err);

	if (st)
		return st;
	*ret = (struct rom_log){ 0 };
	printed = rom_printed_begin();
	while (rom_text_line(f, line, sizeof(line), &ends)) {
		rom_log_find_errors(ret, line, number, false);
		find_partition(ret, line);
		if (begins)
			rom_printed_line(printed, line, number);
		begins = ends;
		number += ends;
	}
	fclose(f);
	rom_printed_end(printed, &ret->printed);
	return ROM_OK;
}

void rom_log_done(struct rom_log *log)
{
	free_names(log->phone.v, log->phone.n);
	free_names(log->scatter.v, log->scatter.n);
	rom_printed_done(&log->printed);
	rom_vec_done(&log->phone);
	rom_vec_done(&log->scatter);
	rom_vec_done(&log->errors);
	rom_vec_done(&log->lines);
}
