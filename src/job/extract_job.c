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

/* Damage in a filesystem is told where the run is told of; it may come often, the report caps it. */
static void on_damage(void *ctx, uint64_t ino, uint64_t at, const char *text)
{
	rom_report_note(ctx, ROM_DAMAGE, "filesystem", at, "inode %llu: %s", (unsigned long long)ino, text);
}

static enum rom_status pick(
	struct rom_report *r, const char *name, struct rom_partition **ret, struct rom_err *err)
{
	*ret = name ? rom_report_find(r, name) : rom_analyze_userdata(r);
	if (!*ret)
		return rom_fail(err, ROM_E_NOT_FOUND, ROM_NOWHERE,
			"there is no partition %s in this dump; romsplit info lists them", name ? name : "userdata");
	if (!(*ret)->present)
		return rom_fail(err, ROM_E_NOT_FOUND, (*ret)->range.at, "partition %s is not in this dump: it ends before",
			(*ret)->name);
	return ROM_OK;
}

static void note_journal(struct rom_report *r, const struct rom_partition *p, const struct rom_fs *fs)
{
	const struct rom_fs_journal *j = rom_fs_journal(fs);

	if (j->replayed)
		rom_report_note(r, ROM_INFO, p->name, ROM_NOWHERE,
			"the filesystem was not unmounted: %" PRIu64 " transactions (%" PRIu64 " blocks) of its journal were "
			"replayed in memory; --no-journal shows it without", j->transactions, j->blocks);
	if (j->bad)
		rom_report_note(r, ROM_DAMAGE, p->name, ROM_NOWHERE,
			"%" PRIu64 " blocks of the journal have a wrong checksum and were left out", j->bad);
}

enum rom_status rom_job_open_fs(struct rom_image *img, struct rom_report *report, const char *partition,
	bool no_journal, struct rom_fs **ret, uint64_t *ret_base, struct rom_err *err)
{
	struct rom_partition *p;
	ROM_AUTO_IMAGE struct rom_image *part = NULL;
	struct rom_fs_options options = { .damage = on_damage, .ctx = report, .no_journal = no_journal };
	enum rom_status st = pick(report, partition, &p, err);

	if (st)
		return st;
	part = rom_analyze_window(img, p);
	st = rom_fs_open(part, part, &options, ret, err);
	*ret_base = p->range.at;
	if (!st)
		note_journal(report, p, *ret);
	if (st != ROM_NO_MATCH)
		return st;
	if (p == rom_analyze_userdata(report) && report->userdata.sentence &&
		report->userdata.verdict != ROM_VERDICT_PLAIN) {
		bool encrypted = strcmp(report->userdata.openable, "no") && strcmp(report->userdata.openable, "yes");

		return rom_fail(err, encrypted ? ROM_E_ENCRYPTED : ROM_E_NOT_FOUND, p->range.at, "%s",
			report->userdata.sentence);
	}
	return rom_fail(err, ROM_E_NOT_FOUND, p->range.at,
		"partition %s holds %s, no filesystem that can be read; ext2, ext3 and ext4 can",
		p->name ? p->name : "(the whole file)", rom_partition_content(p));
}

static const char *last_part(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* Makes the folders of path below dir and opens the last; -1 when that cannot be. */
static int make_path(int dir, const char *path)
{
	int fd = dup(dir);

	for (const char *p = path; fd >= 0 && *(p += strspn(p, "/")); p += strcspn(p, "/")) {
		ROM_AUTO char *name = rom_safe_name(p, strcspn(p, "/"), false);
		int next;

		mkdirat(fd, name, 0777);
		next = openat(fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		close(fd);
		fd = next;
	}
	return fd;
}

static enum rom_status extract_path(struct rom_fs *fs, const char *path, bool directly, struct rom_out *out,
	const struct rom_extract_options *options, struct rom_report *report, struct rom_extract_result *ret,
	struct rom_err *err)
{
	struct rom_inode inode;
	enum rom_status st = rom_fs_lookup(fs, path, &inode, err);
	ROM_AUTO char *parent = NULL;
	int dir;

	if (st)
		return st;
	if (inode.encrypted)
		return rom_fail(err, ROM_E_ENCRYPTED, ROM_NOWHERE, "%s is encrypted: %s", path,
			report->userdata.sentence ? report->userdata.sentence : "its key is needed");
	parent = rom_strdup(path);
	if (inode.type != ROM_FILE_DIRECTORY)
		parent[last_part(path) - path] = '\0';
	dir = directly ? dup(out->dir) : make_path(out->dir, parent);
	if (dir < 0)
		return rom_fail(err, ROM_E_WRITE, ROM_NOWHERE, "%s%s: cannot make this folder: %s", out->path, parent,
			strerror(errno));
	st = rom_extract_tree(fs, &inode, last_part(path), out, dir, options, report, ret, err);
	close(dir);
	return st;
}

static enum rom_status place_manifest(struct rom_out *out, struct job_file *f, struct rom_err *err)
{
	size_t n = strlen(out->path);
	ROM_AUTO char *name = NULL;
	bool bad = ferror(f->stream);

	while (n > 1 && out->path[n - 1] == '/')
		n--;
	name = rom_format("%.*s.manifest.jsonl", (int)n, out->path);
	bad |= fclose(f->stream) != 0;
	if (bad || renameat(out->part, f->temp, AT_FDCWD, name))
		return rom_fail(err, ROM_E_WRITE, ROM_NOWHERE, "%s: cannot write: %s", name, strerror(errno));
	return ROM_OK;
}

enum rom_status rom_job_extract(struct rom_fs *fs, uint64_t base, const char *const *paths, size_t n,
	const struct rom_job_options *options, struct rom_report *report, struct rom_extract_result *ret,
	struct rom_err *err)
{
	struct rom_out out = { 0 };
	struct job_file manifest = { 0 };
	struct rom_extract_options x = {
		.lost = true, .hashes = options->hashes, .hash_holes = options->hash_holes, .threads = options->threads, .base = base, .progress = options->progress,
	};
	struct rom_inode inode;
	enum rom_status st = ROM_OK;

	for (size_t i = 0; i < n && !st; i++) /* nothing is made for a path that is not there */
		st = rom_fs_lookup(fs, paths[i], &inode, err);
	if (!st)
		st = rom_out_open(options->folder, options->sync, &out, err);
	if (!st)
		st = rom_job_file_open(&out, &manifest, err);
	x.manifest = manifest.stream;
	for (size_t i = 0; i < n && !st; i++)
		st = extract_path(fs, paths[i], n == 1, &out, &x, report, ret, err);
	if (manifest.stream && !st)
		st = place_manifest(&out, &manifest, err);
	else if (manifest.stream)
		fclose(manifest.stream);
	rom_out_close(&out);
	return st;
}
