/* SPDX-License-Identifier: MIT */
/*
 * folder.c - a folder of single partitions, opened as one dump
 *
 * Its files are placed in an image of the size of the medium, each where the
 * table has its partition; what no file covers was not given. The table comes
 * from a file of the folder that holds a GPT (pgpt.bin, gpt.bin, a readback of
 * the first sectors), else from the scatter file. Without both, the places are
 * made up, and only the names of the partitions count.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "folder_priv.h"
#include "romsplit/os.h"
#include "romsplit/probe.h"

enum {
	/* the unit of addresses that count from the end of the medium */
	BLOCK = 0x20000,
	MAX_LISTED = 12, /* names in a note */
};

/* nothing added to it wraps */
#define MAX_SIZE ((uint64_t)1 << 58)

static void folder_done(struct folder *f)
{
	struct folder_file *file;

	rom_each (file, &f->files)
		rom_folder_file_done(file);
	rom_vec_done(&f->files);
	rom_dir_close(f->dir);
	rom_report_free(f->rows);
	free(f->path);
}

/* ---- the image ----------------------------------------------------------- */

static int by_offset(const void *a, const void *b)
{
	const struct rom_piece *x = a, *y = b;

	if (x->range.offset != y->range.offset)
		return x->range.offset < y->range.offset ? -1 : 1;
	/* the longer one first: it covers the other */
	return x->range.len > y->range.len   ? -1
	       : x->range.len < y->range.len ? 1
					     : 0;
}

typedef ROM_VEC(struct rom_piece) piece_list;

/* The files that have a place. A file that is longer than its partition is cut
 * there. */
static void list_pieces(const struct folder *f, piece_list *ret)
{
	const struct folder_file *file;
	struct rom_range place;
	uint64_t size;

	rom_each (file, &f->files) {
		if (file->role == FOLDER_TABLE) {
			place = (struct rom_range){ 0, file->img->size };
			if (!rom_table_has_gpt(file->img))
				rom_table_tail(file->img, &place.offset, &size);
		} else if (file->matched) {
			place = file->place;
			place.len = rom_min(place.len, file->img->size);
		} else {
			continue;
		}
		*rom_vec_add(ret) = (struct rom_piece){ file->img, place };
	}
	if (ret->n)
		qsort(ret->v, ret->n, sizeof(*ret->v), by_offset);
}

static struct rom_image *make_image(const struct folder *f, uint64_t size)
{
	piece_list pieces = { 0 };
	struct rom_image *img;
	const struct rom_piece *p;

	list_pieces(f, &pieces);
	rom_each (p, &pieces)
		size = rom_max(
			size, rom_min(rom_range_end(p->range), MAX_SIZE));
	img = rom_image_open_placed(pieces.v, pieces.n, size, f->path);
	rom_vec_done(&pieces);
	return img;
}

/* ---- the table ----------------------------------------------------------- */

/* Reads the table of the files placed so far into f->rows. False: there is
 * none. */
static bool read_rows(struct folder *f, const struct rom_table_options *options,
	uint64_t size)
{
	ROM_AUTO_IMAGE struct rom_image *img = make_image(f, size);
	struct rom_err err;

	rom_report_free(f->rows);
	f->rows = rom_report_new();
	return img->size && !rom_table_read(img, options, f->rows, &err) &&
	       f->rows->table.kind != ROM_TABLE_SCAN;
}

static uint64_t end_of_rows(const struct folder *f)
{
	const struct rom_partition *p;
	const struct folder_file *file;
	uint64_t end = 0;

	rom_each (p, &f->rows->partitions) {
		if (p->name)
			end = rom_max(end,
				rom_min(rom_range_end(p->range), MAX_SIZE));
	}
	/* a userdata that the scatter file has as a template is longer */
	rom_each (file, &f->files) {
		if (file->matched && file->place.offset < MAX_SIZE)
			end = rom_max(end,
				rom_min(file->place.offset + file->img->size,
					MAX_SIZE));
	}
	return end;
}

/* Room for the rows of a scatter file that count from the end. */
static uint64_t reserved_size(const struct rom_scatter *s)
{
	static const struct rom_table medium = { 0 };
	const struct rom_scatter_section *section = &s->sections.v[0];
	ROM_AUTO struct rom_scatter_place *places =
		rom_scatter_places(s, section, &medium);
	uint64_t most = 0;

	for (size_t i = 0; i < section->rows.n; i++) {
		if (places[i].has_code)
			most = rom_max(most, (uint64_t)places[i].code * BLOCK);
	}
	return most;
}

static void unmatch(struct folder *f)
{
	struct folder_file *file;

	rom_each (file, &f->files)
		file->matched = false;
}

/* The size of the medium; the files of f get their places. A scatter file does
 * not state it: the rows that count from the end are put behind the others. */
static uint64_t place_by_table(
	struct folder *f, const struct rom_table_options *options)
{
	uint64_t size = f->rows->table.device_size;

	rom_folder_match(f);
	if (size)
		return size;
	size = end_of_rows(f);
	if (!f->scatter)
		return size;
	size += reserved_size(f->scatter);
	unmatch(f);
	if (read_rows(f, options, size))
		rom_folder_match(f);
	return rom_max(size, end_of_rows(f));
}

/* ---- several tables ------------------------------------------------------ */

/* A larger file with a GPT is a dump. */
#define MAX_TABLE ((uint64_t)64 << 20)

/* Two readings of the first sectors of one phone are the same. */
static bool is_same_table(struct rom_image *a, struct rom_image *b)
{
	enum { TABLE_LEN = 0x4400 };
	uint8_t x[TABLE_LEN], y[TABLE_LEN];
	size_t n = (size_t)rom_min(TABLE_LEN, rom_min(a->size, b->size));
	struct rom_err err;

	return !rom_read(a, x, n, 0, &err) && !rom_read(b, y, n, 0, &err) &&
	       !memcmp(x, y, n);
}

static bool begins_medium(const struct folder_file *file)
{
	return file->role == FOLDER_TABLE && rom_table_has_gpt(file->img);
}

/* Of several files with a GPT at the start, the longest counts. */
static struct folder_file *longest_table(struct folder *f)
{
	struct folder_file *file, *best = NULL;

	rom_each (file, &f->files) {
		if (begins_medium(file) &&
			(!best || file->img->size > best->img->size))
			best = file;
	}
	return best;
}

/* One table is used. Two dumps in one folder are not parts of one. */
static enum rom_status choose_table(
	struct folder *f, struct rom_report *notes, struct rom_err *err)
{
	struct folder_file *best = longest_table(f), *file;
	bool has_end = false;

	rom_each (file, &f->files) {
		if (file->role == FOLDER_TABLE && !begins_medium(file)) {
			file->role = has_end ? FOLDER_PART : FOLDER_TABLE;
			has_end = true;
			continue;
		}
		if (file == best || !begins_medium(file))
			continue;
		if (file->img->size > MAX_TABLE)
			return rom_fail(err, ROM_E_INPUT, ROM_NO_OFFSET,
				"%s: is a folder with several dumps (%s, %s); "
				"name one of them",
				f->path, best->name, file->name);
		file->role = FOLDER_PART;
		if (!is_same_table(file->img, best->img))
			rom_report_note(notes, ROM_DAMAGE, NULL, ROM_NO_OFFSET,
				"%s and %s hold different partition tables: "
				"that of %s is used",
				best->name, file->name, best->name);
	}
	return ROM_OK;
}

/* ---- the scatter file ---------------------------------------------------- */

/* The first scatter file of the folder that can be read. */
static void load_scatter(struct folder *f, struct rom_folder *ret)
{
	struct folder_file *file;
	struct rom_err err;

	rom_each (file, &f->files) {
		ROM_AUTO char *path = rom_format("%s/%s", f->path, file->name);

		if (file->role != FOLDER_SCATTER)
			continue;
		if (f->scatter || rom_scatter_load(path, &ret->scatter, &err)) {
			file->role = FOLDER_IGNORED;
			continue;
		}
		ret->scatter_name = ROM_TAKE(path);
		f->scatter = &ret->scatter;
	}
}

/* ---- what is said of it -------------------------------------------------- */

static void append(char **text, size_t *n, const char *name)
{
	ROM_AUTO char *shown = rom_printable(name, strlen(name));
	char *old = *text;

	if (++*n > MAX_LISTED)
		return;
	*text = old ? rom_format("%s, %s", old, shown) : ROM_TAKE(shown);
	free(old);
}

static void note_files(const struct folder *f, struct rom_report *r)
{
	char *ignored = NULL, *unplaced = NULL;
	size_t n = 0, m = 0;
	const struct folder_file *file;

	rom_each (file, &f->files) {
		if (file->role == FOLDER_IGNORED && file->gap)
			rom_report_note(r, ROM_WARNING, NULL, ROM_NO_OFFSET,
				"%s", file->gap);
		else if (file->role == FOLDER_IGNORED)
			append(&ignored, &n, file->name);
		if (file->role == FOLDER_PARTITION && !file->matched)
			append(&unplaced, &m, file->name);
		if (file->matched && file->gap)
			rom_report_note(r, ROM_DAMAGE, file->stem,
				ROM_NO_OFFSET, "%s", file->gap);
		if (file->matched && file->img->size > file->place.len)
			rom_report_note(r, ROM_DAMAGE, file->stem,
				ROM_NO_OFFSET,
				"%s has %" PRIu64
				" bytes, its partition %" PRIu64
				": what is too much is not used; is the table "
				"that of this phone?",
				file->name, file->img->size, file->place.len);
	}
	if (n)
		rom_report_note(r, ROM_INFO, NULL, ROM_NO_OFFSET,
			"%zu files of the folder are no partitions: %s%s", n,
			ignored, n > MAX_LISTED ? ", ..." : "");
	if (m)
		rom_report_note(r, ROM_WARNING, NULL, ROM_NO_OFFSET,
			"%zu files of the folder are not used, because which "
			"partition they are is not known, or there is another "
			"file for it: %s%s; name one of them to see what it "
			"holds",
			m, unplaced, m > MAX_LISTED ? ", ..." : "");
	free(ignored);
	free(unplaced);
}

/* ---- opening ------------------------------------------------------------- */

static bool has_role(const struct folder *f, enum folder_role role)
{
	const struct folder_file *file;

	rom_each (file, &f->files) {
		if (file->role == role)
			return true;
	}
	return false;
}

/* A content that is known, or a name that only partitions have. */
static bool is_known_file(const struct folder_file *file)
{
	ROM_AUTO char *words = NULL;

	return rom_analyze_is_known(file->probed) ||
	       rom_probe_expected(file->stem, "", &words) != ROM_EXPECTED_ANY;
}

/* Something that only a phone has; else a folder of any files would pass.
 * by_table: files that were matched have their place in a table. */
static bool looks_like_phone(const struct folder *f, bool by_table)
{
	const struct folder_file *file;

	if (has_role(f, FOLDER_TABLE))
		return true;
	rom_each (file, &f->files) {
		if (file->role == FOLDER_PARTITION && file->matched &&
			(by_table || is_known_file(file)))
			return true;
	}
	return false;
}

static enum rom_status refuse(const struct folder *f, struct rom_err *err)
{
	struct rom_entry rom;

	if (rom_dir_stat(f->dir, "rom", &rom) &&
		rom.type == ROM_ENTRY_DIRECTORY)
		return rom_fail(err, ROM_E_INPUT, ROM_NO_OFFSET,
			"%s: is a folder without partitions; those of a run "
			"of romsplit are in %s/rom",
			f->path, f->path);
	return rom_fail(err, ROM_E_INPUT, ROM_NO_OFFSET,
		"%s: is a folder, and none of its files is known as a "
		"partition of a phone; name the dump file inside it",
		f->path);
}

/* Hands out the names and places of the files, as a table. */
static void give_rows(struct folder *f, struct rom_folder *ret)
{
	struct folder_file *file;

	rom_each (file, &f->files) {
		if (file->matched)
			*rom_vec_add(&ret->rows) =
				(struct rom_table_row){ ROM_TAKE(file->stem),
					file->place };
	}
}

static uint64_t sum_of_files(const struct folder *f)
{
	const struct folder_file *file;
	uint64_t sum = 0;

	rom_each (file, &f->files) {
		if (file->matched || file->role == FOLDER_TABLE ||
			file->role == FOLDER_LOADER)
			sum += file->bytes;
	}
	return sum;
}

static bool lacks_part(const struct folder *f)
{
	const struct folder_file *file;

	rom_each (file, &f->files) {
		if (file->matched && file->gap)
			return true;
	}
	return false;
}

/* The preloader goes in front, as a dump of its area that was named. */
static void take_loader(struct folder *f, struct rom_folder *ret)
{
	struct folder_file *file;

	rom_each (file, &f->files) {
		if (file->role == FOLDER_LOADER && !ret->loader)
			ret->loader = rom_image_ref(file->img);
		else if (file->role == FOLDER_LOADER)
			file->role = FOLDER_IGNORED;
	}
}

static enum rom_status place_files(struct folder *f,
	const struct rom_table_options *options, struct rom_folder *ret,
	struct rom_err *err)
{
	struct rom_table_options own = *options;
	uint64_t size;
	bool has_table;

	if (f->scatter) {
		own.scatter = f->scatter;
		own.scatter_name = ret->scatter_name ? ret->scatter_name
						     : options->scatter_name;
	}
	has_table = read_rows(f, &own, f->scatter ? 1 : 0);
	if (has_table) {
		size = place_by_table(f, &own);
	} else {
		rom_folder_line_up(f);
		size = end_of_rows(f);
	}
	if (!looks_like_phone(f, has_table))
		return refuse(f, err);
	ret->bytes = sum_of_files(f);
	ret->lacks_part = lacks_part(f);
	ret->img = make_image(f, size);
	note_files(f, ret->notes);
	if (!has_table)
		give_rows(f, ret);
	return ROM_OK;
}

bool rom_folder_is(const char *path)
{
	return rom_path_is_directory(path);
}

enum rom_status rom_folder_open(const char *path,
	const struct rom_table_options *options, struct rom_folder *ret,
	struct rom_err *err)
{
	struct folder f = { .path = rom_strdup(path),
		.dir = rom_dir_open(path),
		.scatter = options->scatter };
	enum rom_status st;

	*ret = (struct rom_folder){ .notes = rom_report_new() };
	for (size_t n = strlen(f.path); n > 1 && f.path[n - 1] == '/';)
		f.path[--n] = '\0';
	st = f.dir ? rom_folder_list(&f, err)
		   : rom_fail(err, ROM_E_INPUT, ROM_NO_OFFSET,
			     "%s: cannot open the folder", path);
	if (!st) {
		load_scatter(&f, ret);
		take_loader(&f, ret);
		st = choose_table(&f, ret->notes, err);
	}
	if (!st)
		st = place_files(&f, options, ret, err);
	folder_done(&f);
	if (st)
		rom_folder_done(ret);
	return st;
}

void rom_folder_done(struct rom_folder *f)
{
	struct rom_table_row *row;

	rom_each (row, &f->rows)
		free(row->name);
	rom_vec_done(&f->rows);
	rom_scatter_done(&f->scatter);
	rom_report_free(f->notes);
	rom_image_close(f->img);
	rom_image_close(f->loader);
	free(f->scatter_name);
	*f = (struct rom_folder){ 0 };
}
