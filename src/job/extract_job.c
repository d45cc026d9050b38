/* SPDX-License-Identifier: MIT */
/* extract_job.c - which filesystem, which paths of it, into which folder */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "job_priv.h"
#include "romsplit/analyze.h"

static const char *last_part(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* Makes the folders of path below dir and opens the last; -1 when that cannot
 * be. */
static int make_path(int dir, const char *path)
{
	int fd = dup(dir);

	for (const char *p = path; fd >= 0 && *(p += strspn(p, "/"));
		p += strcspn(p, "/")) {
		ROM_AUTO char *name = rom_safe_name(p, strcspn(p, "/"), false);
		int next;

		mkdirat(fd, name, 0777);
		next = openat(fd, name,
			O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		close(fd);
		fd = next;
	}
	return fd;
}

/* ---- all users ----------------------------------------------------------- */

static bool take_user(void *ctx, const struct rom_dirent *e)
{
	rom_name_list *users = ctx;
	size_t digits = 0;

	while (digits < e->len && e->name[digits] >= '0' &&
		e->name[digits] <= '9')
		digits++;
	if (digits == e->len && e->len < 8 &&
		!(e->len == 1 && e->name[0] == '0'))
		*rom_vec_add(users) = rom_format("%.*s", (int)e->len, e->name);
	return users->n < 1000;
}

const char *rom_job_media_path(struct rom_fs *fs)
{
	const char *media = rom_analyze_media(fs);

	/* a torn root names nothing any more: what it led to is found all the
	 * same */
	return media || !rom_fs_damage_count(fs) ? media : "/";
}

static void note_all(
	struct rom_fs *fs, struct rom_report *r, const char *partition)
{
	if (!rom_analyze_media(fs))
		rom_report_note(r, ROM_DAMAGE, partition, ROM_NO_OFFSET,
			"the folder /media/0 cannot be found, because the "
			"filesystem is damaged: all its files are "
			"saved, those that no folder names in .lost, or by a "
			"number");
}

void rom_job_users(struct rom_fs *fs, rom_name_list *ret)
{
	const char *media = rom_analyze_media(fs);
	struct rom_inode inode;
	struct rom_err err;

	if (media && !strcmp(media, "/media/0") &&
		!rom_fs_lookup(fs, "/media", &inode, &err))
		rom_fs_list(fs, inode.ino, 0, take_user, ret, &err);
}

/* Android's other users have a folder each beside the first one's. */
static enum rom_status extract_user(struct rom_fs *fs, const char *user,
	struct rom_out *out, int dir, const struct rom_extract_options *options,
	struct rom_report *report, struct rom_extract_result *ret,
	struct rom_err *err)
{
	ROM_AUTO char *path = rom_format("/media/%s", user),
		      *name = rom_format(".user-%s", user);
	ROM_AUTO char *prefix = rom_format("%s/", name);
	struct rom_extract_options own = *options;
	struct rom_inode inode;
	enum rom_status st;
	int fd;

	if (rom_fs_lookup(fs, path, &inode, err) ||
		inode.type != ROM_FILE_DIRECTORY || inode.encrypted)
		return ROM_OK;
	mkdirat(dir, name, 0777);
	fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return rom_fail(err, ROM_E_WRITE, ROM_NO_OFFSET,
			"%s: cannot make this folder: %s", name,
			strerror(errno));
	own.prefix = prefix;
	own.lost = false;
	st = rom_extract_tree(fs, &inode, "", out, fd, &own, report, ret, err);
	close(fd);
	return st;
}

enum rom_status rom_job_media(struct rom_fs *fs, struct rom_out *out, int dir,
	struct rom_extract_options *options, struct rom_report *report,
	struct rom_extract_result *ret, struct rom_err *err)
{
	const char *media = rom_job_media_path(fs);
	struct rom_inode inode;
	rom_name_list users = { 0 };
	enum rom_status st =
		media ? rom_fs_lookup(fs, media, &inode, err) : ROM_E_NOT_FOUND;

	if (!media)
		return rom_fail(err, st, ROM_NO_OFFSET,
			"there is no /media/0 in this filesystem; name what to "
			"extract, / for all of it");
	if (!st && inode.encrypted)
		st = rom_fail(err, ROM_E_ENCRYPTED, ROM_NO_OFFSET,
			"%s is encrypted: %s", media,
			report->userdata.summary ? report->userdata.summary
						 : "its key is needed");
	if (!st)
		note_all(fs, report, options->partition);
	if (!st)
		st = rom_extract_tree(
			fs, &inode, "", out, dir, options, report, ret, err);
	if (!st)
		rom_job_users(fs, &users);
	for (size_t i = 0; i < users.n; i++) {
		if (!st)
			st = extract_user(fs, users.v[i], out, dir, options,
				report, ret, err);
		free(users.v[i]);
	}
	rom_vec_done(&users);
	return st;
}

/* ---- single paths -------------------------------------------------------- */

static enum rom_status extract_path(struct rom_fs *fs, const char *path,
	bool directly, struct rom_out *out, struct rom_extract_options *options,
	struct rom_report *report, struct rom_extract_result *ret,
	struct rom_err *err)
{
	struct rom_inode inode;
	enum rom_status st = rom_fs_lookup(fs, path, &inode, err);
	ROM_AUTO char *parent = NULL, *prefix = NULL;
	struct rom_extract_options own = *options;
	int dir;

	if (st)
		return st;
	if (inode.encrypted)
		return rom_fail(err, ROM_E_ENCRYPTED, ROM_NO_OFFSET,
			"%s is encrypted: %s", path,
			report->userdata.summary ? report->userdata.summary
						 : "its key is needed");
	parent = rom_strdup(path);
	if (inode.type != ROM_FILE_DIRECTORY)
		parent[last_part(path) - path] = '\0';
	dir = directly ? dup(out->dir) : make_path(out->dir, parent);
	if (dir < 0)
		return rom_fail(err, ROM_E_WRITE, ROM_NO_OFFSET,
			"%s%s: cannot make this folder: %s", out->path, parent,
			strerror(errno));
	prefix = directly ? rom_strdup("")
			  : rom_format("%s/", parent + strspn(parent, "/"));
	own.prefix = strcmp(prefix, "/") ? prefix : "";
	st = rom_extract_tree(
		fs, &inode, last_part(path), out, dir, &own, report, ret, err);
	close(dir);
	return st;
}

static enum rom_status place_manifest(
	struct rom_out *out, struct job_file *f, struct rom_err *err)
{
	size_t n = strlen(out->path);
	ROM_AUTO char *name = NULL;
	bool bad = ferror(f->stream);

	while (n > 1 && out->path[n - 1] == '/')
		n--;
	name = rom_format("%.*s.manifest.jsonl", (int)n, out->path);
	bad |= fclose(f->stream) != 0;
	if (bad || renameat(out->part, f->temp, AT_FDCWD, name))
		return rom_fail(err, ROM_E_WRITE, ROM_NO_OFFSET,
			"%s: cannot write: %s", name, strerror(errno));
	return ROM_OK;
}

static enum rom_status extract_from(const struct rom_dump_fs *from,
	const struct rom_job_options *options, struct rom_report *report,
	struct rom_extract_result *ret, struct rom_err *err)
{
	struct rom_fs *fs = from->fs;
	const char *const *paths = options->paths;
	size_t n = options->n_paths;
	struct rom_out out = { 0 };
	struct job_file manifest = { 0 };
	struct rom_extension_guesser guesser = { 0 };
	struct rom_extract_options x = {
		.lost = !rom_filter_is_set(options->filter),
		.prefix = "",
		.hashes = options->hashes,
		.hash_holes = options->hash_holes,
		.threads = options->threads,
		.base = from->base,
		.partition = options->partition ? options->partition
						: report->userdata.partition,
		.progress = options->progress,
		.extension = rom_guess_extension,
		.extension_ctx = &guesser,
	};
	struct rom_inode inode;
	enum rom_status st = ROM_OK;

	if (rom_filter_is_set(options->filter)) {
		x.wants = rom_filter_wants;
		x.wants_ctx = (void *)(uintptr_t)options->filter;
	}
	if (n == 0 && !rom_job_media_path(fs))
		return rom_job_media(fs, &out, -1, &x, report, ret, err);
	/* nothing is made for a path that is not there */
	for (size_t i = 0; i < n && !st; i++)
		st = rom_fs_lookup(fs, paths[i], &inode, err);
	if (!st)
		st = rom_out_open(options->folder,
			(struct rom_out_options){ .sync = options->sync,
				.checksums = options->hashes },
			&out, err);
	if (!st)
		st = rom_job_check_extract(fs, paths, n, &x, &out, err);
	if (!st)
		st = rom_job_file_open(&out, &manifest, err);
	x.manifest = manifest.stream;
	if (!st && options->bodyfile &&
		!(x.bodyfile = fopen(options->bodyfile, "w")))
		st = rom_fail(err, ROM_E_WRITE, ROM_NO_OFFSET,
			"%s: cannot write: %s", options->bodyfile,
			strerror(errno));
	if (!st && n == 0)
		st = rom_job_media(fs, &out, out.dir, &x, report, ret, err);
	for (size_t i = 0; i < n && !st; i++)
		st = extract_path(
			fs, paths[i], n == 1, &out, &x, report, ret, err);
	if (manifest.stream && !st)
		st = place_manifest(&out, &manifest, err);
	else if (manifest.stream)
		fclose(manifest.stream);
	if (x.bodyfile && fclose(x.bodyfile) && !st)
		st = rom_fail(err, ROM_E_WRITE, ROM_NO_OFFSET,
			"%s: cannot write: %s", options->bodyfile,
			strerror(errno));
	rom_extension_guesser_done(&guesser);
	rom_out_close(&out);
	return st;
}

enum rom_status rom_job_extract(struct rom_dump *dump,
	const struct rom_job_options *options, struct rom_extract_result *ret,
	struct rom_err *err)
{
	struct rom_dump_fs from;
	enum rom_status st = rom_dump_open_fs(
		dump, options->partition, options->no_journal, &from, err);

	return st ? st : extract_from(&from, options, dump->report, ret, err);
}
