/* SPDX-License-Identifier: MIT */
/* open.c - turns what the user named into one image: finds and joins the parts,
 * reads through sparse images */
#include <stdlib.h>
#include <strings.h>

#include "image_priv.h"
#include "romsplit/os.h"
#include "sparse_priv.h"

enum { MAX_PARTS = 1000, VHD_FOOTER = 512 };

/* Compressed files, archives, disks of virtual machines, ...: every later step
 * would find nonsense in them. */
static enum rom_status refuse_container(struct rom_image *img,
	const struct rom_open_options *options, struct rom_err *err)
{
	const struct rom_container *c = rom_image_container(img);
	ROM_AUTO char *text = c ? rom_container_text(c, img->name) : NULL;

	if (c && options->is_dump && options->is_dump(img))
		return ROM_OK;
	return c ? rom_fail(err, ROM_E_INPUT, 0, "%s: %s", img->name, text)
		 : ROM_OK;
}

static enum rom_status add_file(
	const char *path, rom_image_list *list, struct rom_err *err)
{
	struct rom_image *img;
	enum rom_status st;

	if (list->n >= MAX_PARTS)
		return rom_fail(err, ROM_E_LIMIT, ROM_NO_OFFSET,
			"%s: more than %d parts", path, MAX_PARTS);
	st = rom_image_open_file(path, &img, err);
	if (!st)
		*rom_vec_add(list) = img;
	return st;
}

static bool has_table(struct rom_image *img)
{
	uint8_t buf[1024];
	struct rom_err err;

	return !rom_read(img, buf, sizeof(buf), 0, &err) && buf[510] == 0x55 &&
	       buf[511] == 0xaa &&
	       (!memcmp(buf + 512, "EFI PART", 8) || buf[446 + 4] == 5);
}

/* ROM_1 next to ROM_0 may be another dump instead of the next part: it is when
 * both begin with a partition table. */
static bool is_another_dump(const rom_image_list *list)
{
	return has_table(list->v[0]) && has_table(list->v[list->n - 1]);
}

/* Parts after a missing one cannot be used, for the size of the gap is unknown.
 * This must be reported: without a message the dump would look merely
 * truncated. The caller frees the text. */
static char *report_gap(
	const rom_image_list *list, const char *missing, const char *there)
{
	const char *last = list->v[list->n - 1]->name;
	ROM_AUTO char *m = rom_printable(missing, strlen(missing));
	ROM_AUTO char *t = rom_printable(there, strlen(there));
	ROM_AUTO char *l = rom_printable(last, strlen(last));
	uint64_t end = 0;

	for (size_t i = 0; i < list->n; i++)
		end += list->v[i]->size;
	return rom_format("part %s is missing, but %s exists: the dump is read "
			  "only up to the end of %s (0x%llx bytes); put the "
			  "missing part next to the others and run again",
		m, t, l, (unsigned long long)end);
}

static enum rom_status add_following(const char *first, rom_image_list *list,
	char **ret_gap, struct rom_err *err)
{
	for (unsigned step = 1;; step++) {
		ROM_AUTO char *path = rom_part_name(first, step);
		enum rom_status status;

		if (!path || !rom_path_exists(path)) {
			ROM_AUTO char *there =
				path ? rom_part_behind(first, step) : NULL;

			*ret_gap = there ? report_gap(list, path, there) : NULL;
			return ROM_OK;
		}
		status = add_file(path, list, err);
		if (status)
			return status;
		if (is_another_dump(list)) {
			rom_image_close(list->v[--list->n]);
			return ROM_OK;
		}
	}
}

/* ---- a split sparse image ------------------------------------------------ */

/* The file after the first one may be the rest of its bytes, as split cuts
 * them, or another part of the sparse image, which is one itself. */
static bool is_cut_file(struct rom_image *first)
{
	ROM_AUTO char *path = rom_part_name(first->name, 1);
	ROM_AUTO_IMAGE struct rom_image *next = NULL;
	struct rom_err err;

	return path && !rom_image_open_file(path, &next, &err) &&
	       !rom_image_is_sparse(next) && rom_sparse_is_cut(first);
}

/* Nothing of its start is left. */
static bool is_blank(struct rom_image *img)
{
	uint8_t buf[512];
	struct rom_err err;
	size_t n = 0;

	return !rom_read_some(img, buf, sizeof(buf), 0, &n, &err) && n &&
	       (buf[0] == 0 || buf[0] == 0xff) && !memcmp(buf, buf + 1, n - 1);
}

/* Whether the user named the parts of a sparse image: the start of the first of
 * them may be lost. A sparse image cut into pieces by split is none: its bytes
 * are joined; and so is a dump of which a later part begins with a sparse
 * image. */
static bool names_sparse_parts(const char *const *paths, size_t n)
{
	for (size_t i = 0; i < n && i < 2; i++) {
		ROM_AUTO_IMAGE struct rom_image *img = NULL;
		struct rom_err err;

		if (rom_image_open_file(paths[i], &img, &err))
			return false;
		if (rom_image_is_sparse(img))
			return n == 1 ? !is_cut_file(img)
				      : !rom_sparse_is_cut(img);
		if (!is_blank(img))
			return false;
	}
	return false;
}

/* Removes what is no sparse image, or a damaged one, and names the first of
 * these. */
static void drop_others(rom_image_list *list, struct rom_opened *o)
{
	size_t n = 0;

	for (size_t i = 0; i < list->n; i++) {
		const char *name = list->v[i]->name;
		ROM_AUTO char *shown = rom_printable(name, strlen(name));

		if (rom_sparse_is_sound(list->v[i])) {
			list->v[n++] = list->v[i];
			continue;
		}
		if (!o->gap)
			o->gap = rom_format(
				"%s is not a sparse image, as others that were "
				"named are, or a damaged one: it is not used; "
				"what it should hold is not taken for zeros",
				shown);
		rom_image_close(list->v[i]);
	}
	list->n = n;
}

static void take_remarks(
	struct rom_opened *o, struct rom_sparse_parts *parts, uint64_t overlap)
{
	if (!o->gap)
		o->gap = ROM_TAKE(parts->gap);
	o->next = ROM_TAKE(parts->next);
	o->remark = ROM_TAKE(parts->remark);
	free(parts->gap);
	if (overlap == ROM_NO_OFFSET)
		return;
	free(o->remark);
	o->remark = rom_format("parts of the sparse image hold the same "
			       "blocks, first at 0x%llx: there the one named "
			       "last counts, as with simg2img",
		(unsigned long long)overlap);
}

/* Opens the parts of a sparse image as one. */
static enum rom_status open_sparse_parts(const char *const *paths, size_t n,
	rom_image_list *list, struct rom_opened *o, struct rom_err *err)
{
	struct rom_sparse_parts parts = { 0 };
	uint64_t overlap = ROM_NO_OFFSET;
	enum rom_status st = ROM_OK;

	for (size_t i = 0; i < n && !st; i++)
		st = add_file(paths[i], list, err);
	if (st)
		return st;
	if (n > 1)
		drop_others(list, o);
	else if (rom_sparse_is_sound(list->v[0]))
		rom_sparse_find_parts(list, &parts);
	if (!list->n)
		return rom_fail(err, ROM_E_INPUT, ROM_NO_OFFSET,
			"%s: damaged Android sparse image", paths[0]);
	/* a single file may have a rescue map, which counts its own bytes; a
	 * damaged one is reported later */
	if (list->n == 1)
		o->img = rom_image_ref(list->v[0]);
	else
		st = rom_image_open_sparse_parts(
			list->v, list->n, &o->img, &overlap, err);
	if (!st && n > 1 && list->n > 1)
		rom_sparse_name_parts(list, o->img, &parts);
	take_remarks(o, &parts, overlap);
	return st;
}

/* A shell pattern such as full.bin.0* skips a missing part silently, so the
 * numbers are checked here. */
static enum rom_status add_all(const char *const *paths, size_t n,
	rom_image_list *list, char **ret_gap, struct rom_err *err)
{
	for (size_t i = 0; i < n; i++) {
		ROM_AUTO char *missing =
			i ? rom_part_missing(paths, n, i) : NULL;
		enum rom_status st;

		if (missing) {
			*ret_gap = report_gap(list, missing, paths[i]);
			return ROM_OK;
		}
		st = add_file(paths[i], list, err);
		if (st)
			return st;
	}
	/* several names are a list that the user chose; only a single one is
	 * searched on */
	return n == 1 ? add_following(paths[0], list, ret_gap, err) : ROM_OK;
}

static bool is_ewf(struct rom_image *img)
{
	uint8_t buf[8];
	struct rom_err err;

	return !rom_read(img, buf, sizeof(buf), 0, &err) &&
	       !memcmp(buf, "EVF\x09\x0d\x0a\xff\0", 8);
}

static enum rom_status open_list(const char *const *paths, size_t n,
	rom_image_list *list, struct rom_opened *o, struct rom_err *err)
{
	enum rom_status st;

	if (names_sparse_parts(paths, n))
		return open_sparse_parts(paths, n, list, o, err);
	st = add_all(paths, n, list, &o->gap, err);
	if (st)
		return st;
	if (is_ewf(list->v[0]))
		return rom_image_open_ewf(paths[0], &o->img, err);
	o->img = list->n == 1
			 ? rom_image_ref(list->v[0])
			 : rom_image_open_concat(list->v, list->n, paths[0]);
	return ROM_OK;
}

/* Opens the named files as one image. */
static enum rom_status open_files(const char *const *paths, size_t n,
	struct rom_opened *o, struct rom_err *err)
{
	rom_image_list list = { 0 };
	enum rom_status st = open_list(paths, n, &list, o, err);

	for (size_t i = 0; i < list.n; i++) {
		*rom_vec_add(&o->files) = rom_strdup(list.v[i]->name);
		rom_image_close(list.v[i]);
	}
	rom_vec_done(&list);
	return st;
}

/* A fixed VHD is a raw dump with a footer behind it, whose type is 2. */
static void leave_out_vhd_footer(struct rom_opened *o)
{
	struct rom_image *img = o->img;
	uint8_t buf[64];
	struct rom_buffer v = { .p = buf, .len = sizeof(buf) };
	struct rom_err err;

	if (img->size <= VHD_FOOTER || img->size % VHD_FOOTER ||
		rom_read(img, buf, sizeof(buf), img->size - VHD_FOOTER, &err) ||
		memcmp(buf, "conectix", 8) || rom_be32(&v, 60) != 2)
		return;
	o->img = rom_image_open_slice(img,
		(struct rom_range){ 0, img->size - VHD_FOOTER }, img->name);
	o->vhd_footer = true;
	rom_image_close(img);
}

/* ---- a rescue map -------------------------------------------------------- */

/* Looks for full.bin.map, full.bin.mapfile, full.bin.log, full.map, ... that
 * begins as a ddrescue mapfile does; the name alone proves nothing. */
static char *find_map(const char *path)
{
	static const char *const ends[] = { ".map", ".mapfile", ".log" };
	const char *slash = strrchr(path, '/'), *dot = strrchr(path, '.');
	size_t stem = dot && dot > (slash ? slash : path) ? (size_t)(dot - path)
							  : strlen(path);

	for (size_t i = 0; i < 6; i++) {
		ROM_AUTO char *map = rom_format("%.*s%s",
			(int)(i < 3 ? strlen(path) : stem), path, ends[i % 3]);

		if (rom_image_is_rescue_map(map))
			return ROM_TAKE(map);
	}
	return NULL;
}

static enum rom_status apply_map(const char *path, const char *given,
	struct rom_opened *o, struct rom_err *err)
{
	struct rom_image *below = o->img;
	enum rom_status st;

	o->map = given ? rom_strdup(given) : find_map(path);
	if (!o->map)
		return ROM_OK;
	st = rom_image_open_rescue(below, o->map, &o->img, err);
	if (!st)
		rom_image_close(below);
	return st;
}

/* ---- sparse images, boot areas ------------------------------------------- */

static enum rom_status open_sparse_content(
	struct rom_opened *o, struct rom_err *err)
{
	struct rom_image *below = o->img;
	enum rom_status st;

	o->held_end = rom_sparse_held_end(below);
	if (o->held_end)
		return ROM_OK; /* its parts were merged */
	st = rom_image_open_sparse(below, &o->img, err);
	if (st == ROM_NO_MATCH)
		return ROM_OK;
	if (st)
		o->img = below;
	if (st == ROM_E_IO)
		return st;
	if (st)
		return rom_fail(err, ROM_E_INPUT, err ? err->offset : 0,
			"%s: damaged Android sparse image; try simg2img to "
			"recover what is left of it",
			below->name);
	rom_image_close(below);
	o->held_end = rom_sparse_held_end(o->img);
	return ROM_OK;
}

static enum rom_status add_boot_area(const char *path, rom_image_list *list,
	uint64_t *size, struct rom_err *err)
{
	enum rom_status st = path ? add_file(path, list, err) : ROM_OK;

	if (path && !st)
		*size = list->v[list->n - 1]->size;
	return st;
}

/* Boot areas dumped separately go in front of the user area, as in a dump that
 * includes them. */
static enum rom_status prepend_boot_areas(
	const struct rom_open_options *options, struct rom_opened *o,
	struct rom_err *err)
{
	rom_image_list list = { 0 };
	struct rom_image *user = o->img;
	enum rom_status st =
		add_boot_area(options->boot1, &list, &o->boot1, err);

	if (!st)
		st = add_boot_area(options->boot2, &list, &o->boot2, err);
	if (!st && list.n) {
		*rom_vec_add(&list) = user;
		o->img = rom_image_open_concat(list.v, list.n, user->name);
	}
	for (size_t i = 0; i < list.n; i++)
		rom_image_close(list.v[i]);
	rom_vec_done(&list);
	return st;
}

void rom_opened_done(struct rom_opened *o)
{
	char **file;

	rom_each (file, &o->files)
		free(*file);
	rom_vec_done(&o->files);
	rom_freep(&o->map);
	rom_freep(&o->gap);
	rom_freep(&o->remark);
	rom_freep(&o->next);
}

enum rom_status rom_image_open(const char *const *paths, size_t n,
	const struct rom_open_options *options, struct rom_opened *ret,
	struct rom_err *err)
{
	static const struct rom_open_options none = { 0 };
	const struct rom_open_options *o = options ? options : &none;
	struct rom_opened opened = { 0 };
	enum rom_status st = open_files(paths, n, &opened, err);

	if (!st)
		st = refuse_container(opened.img, o, err);
	if (!st)
		leave_out_vhd_footer(&opened);
	if (!st)
		st = apply_map(paths[0], o->map, &opened, err);
	if (!st)
		st = open_sparse_content(&opened, err);
	if (!st)
		st = prepend_boot_areas(o, &opened, err);
	if (st) {
		rom_image_close(opened.img);
		rom_opened_done(&opened);
		return st;
	}
	*ret = opened;
	return ROM_OK;
}
