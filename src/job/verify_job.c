/* SPDX-License-Identifier: MIT */
/* verify_job.c - are the files of an output directory still as the job wrote
 * them, and is the dump still the same? */
#include <errno.h>
#include <stdlib.h>

#include "job_priv.h"

struct verification {
	struct rom_dir *dir;
	const char *folder;
	struct rom_progress *progress;
	void (*report)(void *ctx, const char *text);
	void *ctx;
	struct rom_verify_result *ret;
};

static void add_finding(
	struct verification *v, const char *path, const char *what)
{
	ROM_AUTO char *shown = rom_printable(path, strlen(path));
	ROM_AUTO char *text = rom_format("%s: %s", shown, what);

	v->report(v->ctx, text);
}

/* Parses a line of SHA256SUMS and unescapes its name in place; false when it is
 * not a checksum line. */
static bool parse_line(char *line, uint8_t *sum, char **ret)
{
	bool escaped = *line == '\\';
	char *hex = line + escaped, *in, *out;

	if (strlen(hex) < 67 || hex[64] != ' ')
		return false;
	hex[64] = '\0';
	if (!rom_unhex(hex, sum, ROM_SHA256_LEN))
		return false;
	in = out = *ret = hex + 66;
	for (; *in; in++) {
		if (escaped && *in == '\\' && in[1]) {
			in++;
			*out++ = *in == 'n' ? '\n' : *in == 'r' ? '\r' : *in;
		} else {
			*out++ = *in;
		}
	}
	*out = '\0';
	return true;
}

static void check_file(
	struct verification *v, const uint8_t *sum, const char *path)
{
	uint8_t here[ROM_SHA256_LEN];
	struct rom_err err;
	struct rom_out_file *file = rom_out_file_open(v->dir, path);

	v->ret->files++;
	if (!file) {
		add_finding(v, path,
			errno == ENOENT ? "is missing" : strerror(errno));
		v->ret->bad++;
		return;
	}
	if (rom_checksum_file(file, here, &err)) {
		add_finding(v, path, err.text);
		v->ret->bad++;
	} else if (memcmp(here, sum, sizeof(here))) {
		add_finding(v, path, "its content has changed");
		v->ret->bad++;
	}
	rom_out_file_close(file);
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

static enum rom_status verify_checksums(
	struct verification *v, struct rom_err *err)
{
	ROM_AUTO char *list = rom_format("%s/SHA256SUMS", v->folder),
		      *line = NULL;
	FILE *f = fopen(list, "re");
	size_t room = 0;
	ssize_t n;

	if (!f)
		return fail_unfinished(v, err);
	while ((n = getline(&line, &room, f)) > 0) {
		uint8_t sum[ROM_SHA256_LEN];
		char *path;

		if (v->progress && v->progress->stop)
			break;
		if (line[n - 1] == '\n')
			line[n - 1] = '\0';
		if (parse_line(line, sum, &path))
			check_file(v, sum, path);
		else
			add_finding(v, "SHA256SUMS", "a line cannot be read");
	}
	fclose(f);
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

/* The dump that report.json names: is it still there, and still the same? */
static void check_image(struct verification *v)
{
	ROM_AUTO char *report = rom_format("%s/report.json", v->folder),
		      *path = NULL;
	uint8_t sum[ROM_SHA256_LEN], here[ROM_SHA256_LEN];
	struct rom_image *img;
	struct rom_hash_sink hash;
	struct rom_sink *sink = &hash.sink;
	struct rom_pass pass = { .sinks = &sink,
		.n_sinks = 1,
		.progress = v->progress,
		.what = "checking the dump" };
	struct rom_err err;

	if (!rom_json_image(report, &path, sum))
		return;
	if (open_image(v, path, &img)) {
		add_finding(v, path,
			"the dump is not there any more: it was not checked");
		return;
	}
	rom_hash_sink_init(&hash, (struct rom_range){ 0, img->size }, 0);
	pass.img = img;
	pass.range = hash.sink.range;
	v->ret->image_checked = !rom_pass_run(&pass, &err);
	rom_hash_sink_done(&hash, here);
	v->ret->image_good =
		v->ret->image_checked && !memcmp(here, sum, sizeof(sum));
	if (v->ret->image_checked && !v->ret->image_good)
		add_finding(v, path, "the dump has changed since it was read");
	rom_image_close(img);
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
	st = verify_checksums(&v, err);
	if (!st)
		check_image(&v);
	rom_dir_close(v.dir);
	return st;
}
