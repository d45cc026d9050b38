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

/* Whose filesystem it is, for what is told of it. */
struct place {
	struct rom_report *report;
	const char *partition; /* NULL: the whole file */
	/* of the dump; ROM_NO_OFFSET: in pieces */
	uint64_t offset;
};

static struct place *place_of(
	struct rom_report *r, const struct rom_partition *p)
{
	struct place *place = rom_alloc(sizeof(*place));

	*place = (struct place){ r, p->name,
		p->extents.n > 1 ? ROM_NO_OFFSET : p->range.offset };
	return place;
}

/* Damage in a filesystem is told where the run is told of; it may come often,
 * the report caps it. What was met when the room was counted is met again. */
static void on_damage(
	void *ctx, uint64_t ino, uint64_t offset, const char *text)
{
	const struct place *place = ctx;
	bool known = offset != ROM_NO_OFFSET && place->offset != ROM_NO_OFFSET;
	uint64_t where = known ? place->offset + offset : ROM_NO_OFFSET;
	/* of the filesystem as a whole */
	ROM_AUTO char *said =
		ino ? rom_format("inode %" PRIu64 ": %s", ino, text)
		    : rom_strdup(text);

	if (!rom_report_has_note(place->report, place->partition, where, said))
		rom_report_note(place->report, ROM_DAMAGE, place->partition,
			where, "%s", said);
}

static enum rom_status pick(struct rom_report *r, const char *name,
	struct rom_partition **ret, struct rom_err *err)
{
	*ret = name ? rom_report_find(r, name) : rom_analyze_userdata(r);
	if (!*ret && !name && !strcmp(r->table.kind, "none") &&
		r->partitions.n == 1)
		/* a bare image of another partition: it is meant all the
		 * same */
		*ret = &r->partitions.v[0];
	if (!*ret)
		return rom_fail(err, ROM_E_NOT_FOUND, ROM_NO_OFFSET,
			"there is no partition %s in this dump; romsplit info "
			"lists them",
			name ? name : "userdata");
	if (!(*ret)->present)
		return rom_fail(err, ROM_E_NOT_FOUND, (*ret)->range.offset,
			"partition %s is not in this dump: it ends before",
			(*ret)->name);
	return ROM_OK;
}

static void note_orphans(struct rom_report *r, const struct rom_partition *p,
	const struct rom_fs_journal *j)
{
	char list[200] = "";
	size_t n = 0;

	for (size_t i = 0; i < 8 && i < j->orphans; i++)
		n += (size_t)snprintf(list + n, sizeof(list) - n, " %" PRIu64,
			j->first_orphans[i]);
	if (j->orphans)
		rom_report_note(r, ROM_INFO, p->name, ROM_NO_OFFSET,
			"%" PRIu64 " files were deleted while still open, or "
			"were being cut, when it stopped (orphans); "
			"inodes:%s%s",
			j->orphans, list, j->orphans > 8 ? " ..." : "");
}

static void note_journal(struct rom_report *r, const struct rom_partition *p,
	const struct rom_fs *fs)
{
	const struct rom_fs_journal *j = rom_fs_journal(fs);

	if (j->files)
		rom_report_note(r, ROM_INFO, p->name, ROM_NO_OFFSET,
			"the filesystem was not unmounted: %" PRIu64
			" files synced after its last "
			"checkpoint (%" PRIu64 " of them new names, %" PRIu64
			" blocks of metadata) were recovered in memory; "
			"--no-journal shows it without",
			j->files, j->names, j->blocks);
	else if (j->replayed)
		rom_report_note(r, ROM_INFO, p->name, ROM_NO_OFFSET,
			"the filesystem was not unmounted: %" PRIu64
			" transactions (%" PRIu64
			" blocks) of its journal were "
			"replayed in memory; --no-journal shows it without",
			j->transactions, j->blocks);
	note_orphans(r, p, j);
	if (j->fast_commits)
		rom_report_note(r, ROM_DAMAGE, p->name, ROM_NO_OFFSET,
			"the journal holds fast commits, which are not "
			"replayed: the last seconds before the "
			"phone died may be missing (e2fsck -fy on a copy of "
			"the partition replays them)");
	if (j->bad)
		rom_report_note(r, ROM_DAMAGE, p->name, ROM_NO_OFFSET,
			"%" PRIu64 " blocks of the journal have a wrong "
			"checksum and were left out",
			j->bad);
}

static bool is_filesystem(const char *format)
{
	static const char *const names[] = { "ext2", "ext3", "ext4", "vfat",
		"exfat", "squashfs", "erofs" };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (!strcmp(format, names[i]))
			return true;
	}
	return false;
}

/* Ciphertext as a whole: files seen in it are remains of another time. */
static bool is_closed(enum rom_verdict_kind verdict)
{
	return verdict == ROM_VERDICT_FDE || verdict == ROM_VERDICT_METADATA ||
	       verdict == ROM_VERDICT_ENCRYPTED_UNKNOWN;
}

/* Whether files may be found by reading all of the partition, if need be: where
 * the verdict allows for it, or where a quick look sees nodes. */
static bool is_worth_a_scan(const struct rom_report *r,
	const struct rom_partition *p, bool is_userdata, bool opened,
	struct rom_image *part)
{
	const struct rom_userdata *u = &r->userdata;
	bool judged = is_userdata && u->summary;
	struct rom_fs_scan_result seen;

	if (judged && (u->verdict == ROM_VERDICT_DAMAGED ||
			      u->verdict == ROM_VERDICT_UNKNOWN))
		return true;
	if (judged && (u->verdict == ROM_VERDICT_PLAIN ||
			      (is_closed(u->verdict) && !opened)))
		return false;
	if (is_filesystem(rom_partition_format(p)))
		return false;
	rom_fs_quick_scan(part, &seen);
	return seen.nodes > 0;
}

static enum rom_status fail_unread(
	const struct rom_partition *p, struct rom_err *err)
{
	const char *name = p->name ? p->name : "(the whole file)";
	const char *format = rom_partition_format(p);
	ROM_AUTO char *readers = rom_fs_readers();

	if (!strcmp(format, "erofs") || !strcmp(format, "squashfs"))
		return rom_fail(err, ROM_E_NOT_FOUND, p->range.offset,
			"partition %s holds %s, which is recognised but not "
			"read by this romsplit%s%s; mount "
			"the file of it (mount -t %s -o ro,loop FILE DIR) or "
			"unpack it (%s FILE)",
			name, format,
			p->name ? ": cut it out with romsplit split -p " : "",
			p->name ? p->name : "", format,
			!strcmp(format, "erofs") ? "fsck.erofs --extract=DIR"
						 : "unsquashfs -d DIR");
	return rom_fail(err, ROM_E_NOT_FOUND, p->range.offset,
		"partition %s holds %s, no filesystem that can be read; %s can",
		name, format, readers);
}

enum rom_status rom_job_open_fs(struct rom_image *img,
	struct rom_report *report, const char *partition, bool no_journal,
	const struct rom_unlocked *unlocked, struct rom_fs **ret,
	uint64_t *ret_base, struct rom_err *err)
{
	struct rom_partition *p;
	ROM_AUTO_IMAGE struct rom_image *part = NULL;
	struct rom_fs_options options = {
		.damage = on_damage,
		.done = free,
		.no_journal = no_journal,
		.keyring = unlocked ? unlocked->keyring : NULL,
	};
	struct rom_image *meta, *data;
	enum rom_status st = pick(report, partition, &p, err);

	if (st)
		return st;
	part = rom_partition_open(img, p);
	meta = data = part;
	if (unlocked && unlocked->opened.image &&
		p == rom_analyze_userdata(report)) {
		meta = unlocked->opened.image;
		data = unlocked->raw ? unlocked->raw : meta;
	}
	options.full_scan = is_worth_a_scan(report, p,
		p == rom_analyze_userdata(report), meta != part, meta);
	options.ctx = place_of(report, p);
	st = rom_fs_open(meta, data, &options, ret, err);
	if (st)
		free(options.ctx);
	*ret_base = p->extents.n > 1
			    ? ROM_NO_OFFSET
			    : rom_report_offset(report, p->range.offset);
	if (!st)
		note_journal(report, p, *ret);
	if (st != ROM_NO_MATCH)
		return st;
	if (p == rom_analyze_userdata(report) && report->userdata.summary &&
		report->userdata.verdict != ROM_VERDICT_PLAIN) {
		bool encrypted = strcmp(report->userdata.openable, "no") &&
				 strcmp(report->userdata.openable, "yes");

		if (encrypted && unlocked && unlocked->refused)
			return rom_fail(err, ROM_E_ENCRYPTED, p->range.offset,
				"%s", unlocked->why);
		return rom_fail(err,
			encrypted ? ROM_E_ENCRYPTED : ROM_E_NOT_FOUND,
			p->range.offset, "%s", report->userdata.summary);
	}
	return fail_unread(p, err);
}

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

enum rom_status rom_job_extract(struct rom_fs *fs, uint64_t base,
	const char *const *paths, size_t n,
	const struct rom_job_options *options, struct rom_report *report,
	struct rom_extract_result *ret, struct rom_err *err)
{
	struct rom_out out = { 0 };
	struct job_file manifest = { 0 };
	struct rom_extension_guesser guesser = { 0 };
	struct rom_extract_options x = {
		.lost = !rom_filter_is_set(options->filter),
		.prefix = "",
		.hashes = options->hashes,
		.hash_holes = options->hash_holes,
		.threads = options->threads,
		.base = base,
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
