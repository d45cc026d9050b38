/* SPDX-License-Identifier: MIT */
/*
 * folder_match.c - gives the files of a folder their places
 *
 * With a table, each file goes to the row that the scatter file, its name, its
 * content, its number among files of all partitions, or its size tells, in this
 * order; a size tells only when one row and one file have it. Without one, the
 * files are put one behind the other, as partitions of the names that they
 * have.
 */
#include <stdlib.h>
#include <strings.h>

#include "folder_priv.h"

/* Partitions are put here when nothing tells where they lie: far enough from
 * each other, and from the start, that no table is seen in them. */
#define LINE_STEP ((uint64_t)128 << 20)
/* no phone has a larger one, and no sum of them wraps */
#define MAX_FILE ((uint64_t)1 << 48)

typedef bool (*match_fn)(const struct folder *f, const struct folder_file *file,
	const struct rom_partition *row);

static bool is_open(const struct folder_file *file)
{
	return file->role == FOLDER_PARTITION && !file->matched;
}

static bool is_taken(const struct folder *f, const struct rom_partition *row)
{
	const struct folder_file *file;

	rom_each (file, &f->files) {
		if (file->matched && file->place.offset == row->range.offset)
			return true;
	}
	return false;
}

/* Rows that a file may be: named, in the user area, not there already. */
static bool is_wanted(const struct folder *f, const struct rom_partition *row)
{
	return row->name && !row->is_table && !row->parent &&
	       rom_region_is_user(row->region) && row->state != ROM_COMPLETE &&
	       !is_taken(f, row);
}

/* ---- what tells ---------------------------------------------------------- */

static bool by_scatter(const struct folder *f, const struct folder_file *file,
	const struct rom_partition *row)
{
	const struct rom_scatter_section *s;
	const struct rom_scatter_row *r;

	rom_each (s, &f->scatter->sections) {
		rom_each (r, &s->rows) {
			const char *name = r->value[ROM_KEY_NAME],
				   *its = r->value[ROM_KEY_FILE];

			if (name && its && !strcasecmp(name, row->name) &&
				!strcasecmp(its, file->name))
				return true;
		}
	}
	return false;
}

static bool by_name(const struct folder *f, const struct folder_file *file,
	const struct rom_partition *row)
{
	(void)f;
	return !strcasecmp(file->stem, row->name);
}

static bool is_userdata(const char *name)
{
	static const char *const names[] = { "userdata", "usrdata", "data" };

	for (size_t i = 0; i < 3; i++) {
		if (!strcasecmp(name, names[i]))
			return true;
	}
	return false;
}

/* "boot.img" is for the first slot, and "system_a.img" for a phone without. */
static bool by_slot(const struct folder *f, const struct folder_file *file,
	const struct rom_partition *row)
{
	(void)f;
	return rom_slot_matches(row->name, file->stem) ||
	       rom_slot_matches(file->stem, row->name) ||
	       (is_userdata(row->name) && is_userdata(file->stem));
}

static bool by_content(const struct folder *f, const struct folder_file *file,
	const struct rom_partition *row)
{
	const char *name = rom_folder_content_name(file->probed);

	(void)f;
	return name && file->img->size <= row->range.len &&
	       (rom_slot_matches(row->name, name) ||
		       (is_userdata(name) && is_userdata(row->name)));
}

static bool has_size(
	const struct folder_file *file, const struct rom_partition *row)
{
	return file->img->size == row->range.len;
}

/* No other file and no other row of that size is left. */
static bool by_size(const struct folder *f, const struct folder_file *file,
	const struct rom_partition *row)
{
	const struct folder_file *other;
	const struct rom_partition *r;

	if (!has_size(file, row))
		return false;
	rom_each (other, &f->files) {
		if (other != file && is_open(other) && has_size(other, row))
			return false;
	}
	rom_each (r, &f->rows->partitions) {
		if (r != row && is_wanted(f, r) && has_size(file, r))
			return false;
	}
	return true;
}

static void match_some(struct folder *f, match_fn matches, bool known)
{
	struct folder_file *file;
	struct rom_partition *row;

	rom_each (file, &f->files) {
		if (!is_open(file) ||
			(known && !rom_analyze_is_known(file->probed)))
			continue;
		rom_each (row, &f->rows->partitions) {
			if (file->matched || !is_wanted(f, row) ||
				!matches(f, file, row))
				continue;
			file->matched = true;
			file->place = row->range;
		}
	}
}

/* Of two files for one partition, the one whose content is known counts. */
static void match_by(struct folder *f, match_fn matches)
{
	match_some(f, matches, true);
	match_some(f, matches, false);
}

static bool is_numbered(const struct folder_file *file)
{
	return is_open(file) && rom_folder_is_numbered(file->name);
}

/* The next row from number *i on that a file may be; NULL: none. */
static const struct rom_partition *next_row(const struct folder *f, size_t *i)
{
	for (; *i < f->rows->partitions.n; ++*i) {
		if (is_wanted(f, &f->rows->partitions.v[*i]))
			return &f->rows->partitions.v[(*i)++];
	}
	return NULL;
}

/* ROM_0, ROM_1 ... of every partition in the order of the table, as the
 * readback of all of them gives: the sizes of all must agree. The rows are
 * collected first, since a file that has its place takes its row. */
static void match_in_order(struct folder *f)
{
	ROM_VEC(const struct rom_partition *) rows = { 0 };
	const struct rom_partition *row;
	struct folder_file *file;
	bool agrees = true;
	size_t i = 0, n = 0;

	while ((row = next_row(f, &i)))
		*rom_vec_add(&rows) = row;
	rom_each (file, &f->files) {
		if (is_numbered(file) && agrees)
			agrees = n < rows.n && has_size(file, rows.v[n++]);
	}
	if (agrees && n > 1 && n == rows.n) {
		n = 0;
		rom_each (file, &f->files) {
			if (!is_numbered(file))
				continue;
			file->place = rows.v[n++]->range;
			file->matched = true;
		}
	}
	rom_vec_done(&rows);
}

void rom_folder_match(struct folder *f)
{
	static const match_fn ways[] = { by_name, by_slot, by_content };

	if (f->scatter)
		match_by(f, by_scatter);
	for (size_t i = 0; i < sizeof(ways) / sizeof(*ways); i++)
		match_by(f, ways[i]);
	match_in_order(f);
	match_by(f, by_size);
}

/* ---- without a table ----------------------------------------------------- */

static bool is_better(const struct folder_file *a, const struct folder_file *b)
{
	bool x = rom_analyze_is_known(a->probed),
	     y = rom_analyze_is_known(b->probed);

	return x != y ? x : a->img->size > b->img->size;
}

/* There is a better file for the same partition: known before unknown, then the
 * larger one. */
static bool is_outdone(const struct folder *f, const struct folder_file *file)
{
	const struct folder_file *other;

	rom_each (other, &f->files) {
		if (other == file || other->role != FOLDER_PARTITION ||
			strcasecmp(other->stem, file->stem))
			continue;
		if (is_better(other, file) ||
			(other < file && !is_better(file, other)))
			return true;
	}
	return false;
}

/* Names that the contents state. */
static void name_numbered(struct folder *f)
{
	struct folder_file *file;

	rom_each (file, &f->files) {
		const char *name;

		if (!is_numbered(file))
			continue;
		name = rom_folder_content_name(file->probed);
		if (!name)
			continue;
		free(file->stem);
		file->stem = rom_folder_clean(name);
	}
}

void rom_folder_line_up(struct folder *f)
{
	uint64_t offset = LINE_STEP;
	struct folder_file *file;

	name_numbered(f);
	rom_each (file, &f->files) {
		if (!is_open(file) || file->img->size > MAX_FILE ||
			is_outdone(f, file))
			continue;
		file->matched = true;
		file->place = (struct rom_range){ offset, file->img->size };
		offset += (file->img->size / LINE_STEP + 2) * LINE_STEP;
	}
}
