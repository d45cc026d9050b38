/* SPDX-License-Identifier: MIT */
/*
 * folder_list.c - the files of a folder: what each of them is
 *
 * Only regular files count, and no link is followed: a link could lead out of
 * the folder, and a FIFO would never end.
 */
#include <errno.h>
#include <stdlib.h>
#include <strings.h>

#include "folder_priv.h"
#include "romsplit/os.h"
#include "romsplit/probe.h"

enum {
	MAX_NAMES = 10000, /* looked at */
	MAX_OPEN = 512,	   /* no phone has half as many partitions */
};

void rom_folder_file_done(struct folder_file *file)
{
	free(file->name);
	free(file->stem);
	free(file->gap);
	rom_image_close(file->img);
	if (file->probed)
		rom_claims_done(&file->probed->claims);
	free(file->probed);
}

/* ---- the list ------------------------------------------------------------ */

struct listing {
	struct folder *f;
	size_t seen;
};

static bool add_name(void *ctx, const char *name)
{
	struct listing *l = ctx;
	struct rom_entry entry;

	if (rom_dir_stat(l->f->dir, name, &entry) &&
		entry.type == ROM_ENTRY_FILE && entry.size)
		*rom_vec_add(&l->f->files) =
			(struct folder_file){ .name = rom_strdup(name),
				.stem = rom_folder_stem(name),
				.bytes = entry.size };
	return ++l->seen < MAX_NAMES;
}

/* Names in order, and numbers in them by value: the first of several parts
 * comes first. */
static int by_name(const void *a, const void *b)
{
	const char *x = ((const struct folder_file *)a)->name,
		   *y = ((const struct folder_file *)b)->name;

	while (*x && *y) {
		size_t m = strspn(x, "0123456789"), n = strspn(y, "0123456789");

		if (m && n) {
			unsigned long long i = strtoull(x, NULL, 10),
					   k = strtoull(y, NULL, 10);

			if (i != k)
				return i < k ? -1 : 1;
			x += m;
			y += n;
		} else if (*x != *y) {
			return (unsigned char)*x < (unsigned char)*y ? -1 : 1;
		} else {
			x++;
			y++;
		}
	}
	return *x ? 1 : *y ? -1 : 0;
}

/* ---- opening ------------------------------------------------------------- */

static struct folder_file *find_path(struct folder *f, const char *path)
{
	const char *slash = strrchr(path, '/');
	struct folder_file *file;

	rom_each (file, &f->files) {
		if (slash && !strcmp(file->name, slash + 1))
			return file;
	}
	return NULL;
}

static struct rom_image *open_alone(const char *path)
{
	ROM_AUTO_IMAGE struct rom_image *raw = NULL;
	struct rom_image *img = NULL;
	struct rom_err err;
	enum rom_status st = rom_image_open_file(path, &raw, &err);

	if (!st)
		st = rom_image_open_sparse(raw, &img, &err);
	if (st == ROM_NO_MATCH)
		return ROM_TAKE(raw);
	return st ? NULL : img;
}

/* The parts of a file are no partitions of their own. */
static void take_parts(
	struct folder *f, struct folder_file *file, const struct rom_opened *o)
{
	for (size_t i = 0; i < o->files.n; i++) {
		struct folder_file *part = find_path(f, o->files.v[i]);

		if (part == file)
			continue;
		part->role = FOLDER_PART;
		file->bytes += part->bytes;
	}
}

typedef ROM_VEC(const char *) path_list;

/* The files of o that are regular files of this folder; links may lead out of
 * it. */
static void list_inside(
	struct folder *f, const struct rom_opened *o, path_list *ret)
{
	for (size_t i = 0; i < o->files.n; i++) {
		if (find_path(f, o->files.v[i]))
			*rom_vec_add(ret) = o->files.v[i];
	}
}

/* Opens the file at path with its parts, as far as they are in the folder. */
static enum rom_status open_parts(struct folder *f, const char *path,
	struct rom_opened *ret, struct rom_err *err)
{
	struct rom_opened all;
	path_list inside = { 0 };
	enum rom_status st = rom_image_open(&path, 1, NULL, &all, err);

	if (st)
		return st;
	list_inside(f, &all, &inside);
	if (inside.n == all.files.n && (!all.map || find_path(f, all.map))) {
		*ret = all;
		rom_vec_done(&inside);
		return ROM_OK;
	}
	rom_image_close(all.img);
	*ret = (struct rom_opened){ 0 };
	if (inside.n > 1)
		st = rom_image_open(inside.v, inside.n, NULL, ret, err);
	else
		ret->img = open_alone(path);
	rom_vec_done(&inside);
	rom_opened_done(&all);
	return !st && !ret->img ? ROM_E_INPUT : st;
}

/* Opens a file; NULL, with the reason in file->gap, when it is compressed or
 * damaged. */
static struct rom_image *open_content(
	struct folder *f, struct folder_file *file)
{
	ROM_AUTO char *path = rom_format("%s/%s", f->path, file->name);
	struct rom_opened opened;
	struct rom_image *img;
	struct rom_err err = { .offset = ROM_NO_OFFSET };

	/* ROM_1 is the next partition here, not the next part */
	if (rom_folder_is_numbered(file->name))
		return open_alone(path);
	if (open_parts(f, path, &opened, &err)) {
		file->gap = rom_strdup(err.text);
		return NULL;
	}
	img = opened.img;
	take_parts(f, file, &opened);
	file->gap = ROM_TAKE(opened.gap);
	rom_opened_done(&opened);
	return img;
}

static void probe(struct folder_file *file)
{
	struct rom_report *scratch = rom_report_new();
	struct rom_partition *p = rom_alloc(sizeof(*p));

	p->range.len = p->present = file->img->size;
	p->region = ROM_REGION_EMMC_USER;
	rom_probe(file->img, scratch, p);
	rom_report_free(scratch);
	file->probed = p;
}

/* ---- what it is ---------------------------------------------------------- */

static bool is_scatter_name(const char *name)
{
	const char *dot = strrchr(name, '.');

	if (!dot || (strcasecmp(dot, ".txt") && strcasecmp(dot, ".xml")))
		return false;
	for (; *name; name++) {
		if (!strncasecmp(name, "scatter", 7))
			return true;
	}
	return false;
}

/* Lists, checksums, notes: a file without an extension that begins with text is
 * no partition. */
static bool is_text(struct rom_image *img)
{
	uint8_t buf[512];
	struct rom_err err;
	size_t n = 0;

	if (rom_read_some(img, buf, sizeof(buf), 0, &n, &err) || !n)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (buf[i] < 0x20 ? !strchr("\t\r\n\f", buf[i]) || !buf[i]
				  : buf[i] == 0x7f)
			return false;
	}
	return true;
}

static enum folder_role role_of(struct folder_file *file)
{
	uint64_t start, size;

	if (rom_table_has_gpt(file->img) ||
		rom_table_tail(file->img, &start, &size))
		return FOLDER_TABLE;
	if (!strchr(file->name, '.') && is_text(file->img))
		return FOLDER_IGNORED;
	probe(file);
	return rom_partition_claim(file->probed, ROM_USAGE_LOADER)
		       ? FOLDER_LOADER
		       : FOLDER_PARTITION;
}

static void open_all(struct folder *f)
{
	size_t open = 0;

	for (size_t i = 0; i < f->files.n; i++) {
		struct folder_file *file = &f->files.v[i];

		if (file->role == FOLDER_PART)
			continue;
		if (is_scatter_name(file->name))
			file->role = FOLDER_SCATTER;
		if (file->role == FOLDER_SCATTER ||
			rom_folder_is_foreign(file->name) || open >= MAX_OPEN)
			continue;
		file->img = open_content(f, file);
		if (!file->img)
			continue;
		open++;
		file->role = role_of(file);
	}
}

enum rom_status rom_folder_list(struct folder *f, struct rom_err *err)
{
	struct listing l = { .f = f };

	if (!rom_dir_list(f->dir, add_name, &l))
		return rom_fail(err, ROM_E_INPUT, ROM_NO_OFFSET,
			"%s: cannot read the folder: %s", f->path,
			strerror(errno));
	if (f->files.n)
		qsort(f->files.v, f->files.n, sizeof(*f->files.v), by_name);
	open_all(f);
	return ROM_OK;
}
