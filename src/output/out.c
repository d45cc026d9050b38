/* SPDX-License-Identifier: MIT */
/* out.c - the output directory: files are written in .part/ and appear complete
 * or not at all */
#include <errno.h>
#include <stdlib.h>

#include "output_priv.h"

static enum rom_status fail_write(
	struct rom_err *err, const char *what, const char *name)
{
	return rom_fail(err, ROM_E_WRITE, ROM_NO_OFFSET, "%s: cannot %s: %s",
		name, what, strerror(errno));
}

static bool note_name(void *ctx, const char *name)
{
	bool *empty = ctx;

	(void)name;
	*empty = false;
	return false;
}

static bool is_empty(struct rom_dir *dir)
{
	bool empty = true;

	rom_dir_list(dir, note_name, &empty);
	return empty;
}

/* The directory cannot be used at all: suggests another one. */
static enum rom_status fail_directory(
	struct rom_err *err, const char *what, const char *path)
{
	return rom_fail(err, ROM_E_WRITE, ROM_NO_OFFSET,
		"%s: cannot %s: %s; choose another place with -o DIR", path,
		what, strerror(errno));
}

enum rom_status rom_out_open(const char *path, struct rom_out_options options,
	struct rom_out *ret, struct rom_err *err)
{
	struct rom_out out = { .sync = options.sync };
	enum rom_status st;

	if (!rom_dir_make_path(path))
		return fail_directory(err, "create this folder", path);
	out.dir = rom_dir_open(path);
	if (!out.dir)
		return fail_directory(err, "open this folder", path);
	out.existed = !is_empty(out.dir);
	if (!rom_out_part_open(&out)) {
		st = errno == EPERM
			     ? rom_fail(err, ROM_E_WRITE, ROM_NO_OFFSET,
				       "%s/" ROM_STAGING ": belongs to "
				       "another user, who could change what "
				       "is written in it: remove it, or "
				       "choose another place with -o DIR",
				       path)
			     : fail_directory(err,
				       "create a folder " ROM_STAGING " in it",
				       path);

		rom_out_part_close(&out);
		rom_dir_close(out.dir);
		return st;
	}
	out.path = rom_strdup(path);
	out.rules = rom_dir_name_rules(out.part);
	out.direct = rom_direct_new(options);
	*ret = out;
	return ROM_OK;
}

enum rom_status rom_out_close(
	struct rom_out *out, enum rom_status st, struct rom_err *err)
{
	if (!out->path)
		return st;
	rom_direct_free(out->direct);
	rom_out_part_close(out);
	if (out->sync && !rom_dir_sync(out->dir) && !st)
		st = rom_fail(err, ROM_E_WRITE, ROM_NO_OFFSET,
			"%s: not all of it may be on the disk: %s", out->path,
			strerror(errno));
	rom_dir_close(out->dir);
	free(out->path);
	*out = (struct rom_out){ 0 };
	return st;
}

struct rom_dir *rom_out_folder(
	struct rom_out *out, const char *name, struct rom_err *err)
{
	struct rom_dir *dir = rom_dir_enter(out->dir, name);

	if (!dir)
		fail_write(err, "create this folder", name);
	return dir;
}

struct rom_out_file *rom_out_temp(
	struct rom_out *out, char *name, struct rom_err *err)
{
	struct rom_out_file *file;
	struct rom_dir *dir;
	const char *base;

	rom_out_part_next(out, name);
	dir = rom_out_staged(out, name, &base);
	file = rom_out_file_create(dir, base, 0666);
	if (!file)
		fail_write(err, "make a file in it", out->path);
	return file;
}

enum rom_status rom_out_place(struct rom_out *out, const char *temp,
	struct rom_dir *dir, char *name, struct rom_err *err)
{
	const char *base;
	struct rom_dir *part = rom_out_staged(out, temp, &base);
	char try[256];

	snprintf(try, sizeof(try), "%s", name);
	for (unsigned n = 2; n < 100000; n++) {
		if (rom_dir_rename_new(part, base, dir, try)) {
			strcpy(name, try);
			return ROM_OK;
		}
		if (errno != EEXIST)
			return fail_write(err, "create this file", try);
		rom_numbered_name(name, n, try);
	}
	return fail_write(err, "find a free name for", name);
}

void rom_out_drop(struct rom_out *out, const char *temp)
{
	const char *base;
	struct rom_dir *dir = rom_out_staged(out, temp, &base);

	rom_dir_unlink(dir, base);
}

static enum rom_status write_all(struct rom_out_file *file, const char *text,
	size_t len, const char *name, struct rom_err *err)
{
	for (size_t done = 0; done < len;) {
		int64_t n =
			rom_out_file_write(file, text + done, len - done, done);

		if (n <= 0)
			return fail_write(err, "write", name);
		done += (size_t)n;
	}
	return ROM_OK;
}

enum rom_status rom_out_text(struct rom_out *out, struct rom_dir *dir,
	const char *name, const char *text, size_t len, struct rom_err *err)
{
	char temp[ROM_TEMP_NAME];
	struct rom_out_file *file = rom_out_temp(out, temp, err);
	enum rom_status st;
	struct rom_dir *part;
	const char *base;

	if (!file)
		return ROM_E_WRITE;
	part = rom_out_staged(out, temp, &base);
	st = write_all(file, text, len, name, err);
	if (!rom_out_file_close(file) && !st)
		st = fail_write(err, "write", name);
	if (!st && !rom_dir_rename(part, base, dir, name))
		st = fail_write(err, "create this file", name);
	if (st)
		rom_out_drop(out, temp);
	return st;
}

bool rom_out_shares(struct rom_out *out, struct rom_image *img)
{
	char temp[ROM_TEMP_NAME];
	struct rom_err err;
	struct rom_out_file *file = rom_out_temp(out, temp, &err);
	uint64_t shared = 0;

	if (!file)
		return false;
	rom_copy_share(img, (struct rom_range){ 0, rom_min(img->size, 4096) },
		file, 0, &shared);
	rom_out_file_close(file);
	rom_out_drop(out, temp);
	return shared > 0;
}
