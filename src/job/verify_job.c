/* SPDX-License-Identifier: MIT */
/* verify_job.c - are the files of an output directory still as the job wrote
 * them, and is the dump still the same? */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "verify_priv.h"

struct verification {
	struct rom_dir *dir;
	const char *folder;
	struct rom_progress *progress;
	void (*report)(void *ctx, const char *text);
	void *ctx;
	struct rom_json_saved saved; /* what report.json says of the run */
	struct rom_verify_result *ret;
};

static void add_finding(
	struct verification *v, const char *path, const char *what)
{
	ROM_AUTO char *shown = rom_printable(path, strlen(path));
	ROM_AUTO char *text = rom_format("%s: %s", shown, what);

	v->report(v->ctx, text);
}

static void add_bad(struct verification *v, const char *path, const char *what)
{
	add_finding(v, path, what);
	v->ret->bad++;
}

static bool is_stopped(const struct verification *v)
{
	return v->progress && v->progress->stop;
}

/* A path that leads up or to somewhere else: no run wrote that. */
static bool is_below(const char *path)
{
	for (size_t len; *path; path += len + (path[len] == '/')) {
		len = strcspn(path, "/");
		if (!len || (len == 1 && *path == '.') ||
			(len == 2 && !strncmp(path, "..", 2)))
			return false;
	}
	return true;
}

/* Opens a regular file below dir, through no link. NULL with a reason. */
static struct rom_out_file *open_below(
	struct rom_dir *dir, const char *path, const char **why)
{
	const char *slash = strrchr(path, '/');
	ROM_AUTO char *parents =
		slash ? rom_format("%.*s", (int)(slash - path), path) : NULL;
	ROM_AUTO_DIR struct rom_dir *parent = NULL;
	struct rom_out_file *file;
	struct rom_entry entry;

	*why = "leads out of this folder";
	if (!is_below(path))
		return NULL;
	parent = rom_dir_open_below(dir, parents ? parents : "");
	file = parent ? rom_out_file_open(parent, slash ? slash + 1 : path)
		      : NULL;
	if (!file) {
		*why = errno == ENOENT ? "is missing"
		       : errno == ELOOP || errno == ENOTDIR
			       ? "is a link, or lies behind one"
			       : strerror(errno);
		return NULL;
	}
	if (rom_out_file_stat(file, &entry) && entry.type == ROM_ENTRY_FILE)
		return file;
	*why = "is no regular file";
	rom_out_file_close(file);
	return NULL;
}

static void check_file(
	struct verification *v, const struct rom_checksum_row *row)
{
	uint8_t here[ROM_SHA256_LEN];
	const char *why;
	struct rom_err err;
	struct rom_out_file *file = open_below(v->dir, row->path, &why);
	enum rom_status st;

	v->ret->files++;
	if (!file) {
		add_bad(v, row->path, why);
		return;
	}
	st = rom_checksum_file(file, v->progress, here, &err);
	rom_out_file_close(file);
	if (st && st != ROM_E_STOPPED)
		add_bad(v, row->path, err.text);
	else if (!st && memcmp(here, row->sha256, sizeof(here)))
		add_bad(v, row->path, "its content has changed");
}

static bool holds(const struct verification *v, const char *name)
{
	struct rom_entry entry;

	return rom_dir_stat(v->dir, name, &entry) &&
	       entry.type == ROM_ENTRY_DIRECTORY;
}

/* SHA256SUMS is the last that a job writes. A process that was killed leaves
 * .part/ behind; one that was stopped does not, and its folder looks like that
 * of split or extract, which make no sums. */
static enum rom_status fail_unfinished(
	const struct verification *v, struct rom_err *err)
{
	ROM_AUTO char *quoted = rom_shell_word(v->folder);

	if (holds(v, ".part"))
		return rom_fail(err, ROM_E_NOT_FOUND, ROM_NO_OFFSET,
			"%s: this run was stopped before it was done (or still "
			"goes on): run the same romsplit "
			"command again, it finishes the rest",
			v->folder);
	if (holds(v, "rom") || holds(v, "media"))
		return rom_fail(err, ROM_E_NOT_FOUND, ROM_NO_OFFSET,
			"%s: holds no SHA256SUMS: the whole job was stopped "
			"before it was done, or only split or "
			"extract wrote here; run romsplit IMAGE -o %s, it "
			"finishes the rest",
			v->folder, quoted);
	return rom_fail(err, ROM_E_INPUT, ROM_NO_OFFSET,
		"%s: holds no SHA256SUMS: it is no output folder of the whole "
		"job, which alone writes sums",
		v->folder);
}

/* What the lines say, taken together, against what the run says it wrote. */
static void check_count(struct verification *v)
{
	const struct rom_json_saved *saved = &v->saved;
	ROM_AUTO char *text = NULL;

	if (saved->has_checksums && saved->checksums != v->ret->files)
		text = rom_format("has %" PRIu64
				  " lines, report.json says %" PRIu64,
			v->ret->files, saved->checksums);
	else if (!v->ret->files && !v->ret->bad)
		text = rom_strdup("names no file: nothing was checked");
	if (text)
		add_bad(v, "SHA256SUMS", text);
}

static void check_lines(
	struct verification *v, struct rom_checksum_lines *lines)
{
	enum rom_checksum_line line = ROM_CHECKSUM_ROW;
	struct rom_checksum_row row;

	while (!is_stopped(v) && line < ROM_CHECKSUM_UNREAD) {
		line = rom_checksum_lines_next(lines, &row);
		if (line == ROM_CHECKSUM_ROW)
			check_file(v, &row);
		else if (line == ROM_CHECKSUM_INVALID)
			add_bad(v, "SHA256SUMS", "a line cannot be read");
		else if (line == ROM_CHECKSUM_UNREAD)
			add_bad(v, "SHA256SUMS", strerror(errno));
	}
	if (!is_stopped(v))
		check_count(v);
}

static enum rom_status verify_checksums(
	struct verification *v, struct rom_err *err)
{
	const char *why;
	struct rom_checksum_lines *lines;
	struct rom_out_file *file;
	struct rom_entry entry;

	if (!rom_dir_stat(v->dir, "SHA256SUMS", &entry) && errno == ENOENT)
		return fail_unfinished(v, err);
	file = open_below(v->dir, "SHA256SUMS", &why);
	if (!file)
		return rom_fail(err, ROM_E_INPUT, ROM_NO_OFFSET,
			"%s/SHA256SUMS: %s", v->folder, why);
	lines = rom_checksum_lines_new(file);
	check_lines(v, lines);
	rom_checksum_lines_free(lines);
	rom_out_file_close(file);
	return ROM_OK;
}

/* Where report.json says, or beside the output folder: the two may have moved
 * together. */
static enum rom_status open_image(
	struct verification *v, const char *path, struct rom_image **ret)
{
	const char *slash = strrchr(path, '/');
	ROM_AUTO char *beside =
		rom_format("%s/../%s", v->folder, slash ? slash + 1 : path);
	const char *names[] = { path, beside };
	struct rom_opened opened;
	struct rom_err err;
	enum rom_status st = rom_image_open(&names[0], 1, NULL, &opened, &err);

	if (st)
		st = rom_image_open(&names[1], 1, NULL, &opened, &err);
	if (st)
		return st;
	*ret = opened.img;
	rom_opened_done(&opened);
	return ROM_OK;
}

/* SHA-256 of all of img. */
static enum rom_status sum_of_image(struct verification *v,
	struct rom_image *img, uint8_t *ret, struct rom_err *err)
{
	struct rom_hash_sink hash;
	struct rom_sink *sink = &hash.sink;
	struct rom_pass pass = { .img = img,
		.sinks = &sink,
		.n_sinks = 1,
		.progress = v->progress,
		.what = "checking the dump" };
	enum rom_status st;

	rom_hash_sink_init(&hash, (struct rom_range){ 0, img->size }, 0);
	pass.range = hash.sink.range;
	st = rom_pass_run(&pass, err);
	rom_hash_sink_done(&hash, ret);
	return st;
}

/* The dump that report.json names: is it still there, and still the same? */
static void check_image(struct verification *v)
{
	const char *path = v->saved.image_path;
	uint8_t here[ROM_SHA256_LEN];
	struct rom_image *img;
	struct rom_err err;
	enum rom_status st;

	if (!path || !v->saved.has_sha256)
		return;
	if (open_image(v, path, &img)) {
		add_finding(v, path,
			"the dump is not there any more: it was not checked");
		return;
	}
	st = sum_of_image(v, img, here, &err);
	rom_image_close(img);
	v->ret->image_checked = !st;
	v->ret->image_good =
		!st && !memcmp(here, v->saved.sha256, sizeof(here));
	if (st && st != ROM_E_STOPPED)
		add_bad(v, path, err.text);
	else if (!st && !v->ret->image_good)
		add_finding(v, path, "the dump has changed since it was read");
}

/* What report.json says of the run; nothing when it is not there, or is none:
 * its own line in SHA256SUMS tells that. */
static void read_report(struct verification *v)
{
	size_t len = 0;
	ROM_AUTO char *text = rom_out_read_text(v->dir, "report.json", &len);

	if (text)
		rom_json_saved(text, len, &v->saved);
}

enum rom_status rom_job_verify(const char *folder,
	struct rom_progress *progress,
	void (*report_fn)(void *ctx, const char *text), void *ctx,
	struct rom_verify_result *ret, struct rom_err *err)
{
	struct verification v = {
		.folder = folder,
		.progress = progress,
		.report = report_fn,
		.ctx = ctx,
		.ret = ret,
	};
	enum rom_status st;

	*ret = (struct rom_verify_result){ 0 };
	v.dir = rom_dir_open(folder);
	if (!v.dir)
		return rom_fail(err, ROM_E_INPUT, ROM_NO_OFFSET,
			"%s: cannot open: %s", folder, strerror(errno));
	read_report(&v);
	st = verify_checksums(&v, err);
	if (!st && !is_stopped(&v))
		check_image(&v);
	rom_json_saved_done(&v.saved);
	rom_dir_close(v.dir);
	return st;
}
