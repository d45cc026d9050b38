/* SPDX-License-Identifier: MIT */
/* extract_job.c - which filesystem, which paths of it, into which folder */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

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
	const char *name = rom_partition_label(p);
	const char *format = rom_partition_format(p);

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
		name, format, rom_fs_readers());
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

/* ---- paths --------------------------------------------------------------- */

static const char *last_part(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

char *rom_job_path_prefix(struct rom_fs *fs, const char *path, bool directly)
{
	struct rom_inode inode;
	struct rom_err err;
	size_t len = strlen(path), n;
	char *prefix = rom_strdup("");

	if (directly || rom_fs_lookup(fs, path, &inode, &err))
		return prefix;
	if (inode.type != ROM_FILE_DIRECTORY)
		len = (size_t)(last_part(path) - path);
	for (const char *p = path, *end = path + len; p < end; p += n + 1) {
		char *longer;

		n = strcspn(p, "/");
		n = n < (size_t)(end - p) ? n : (size_t)(end - p);
		if (n == 0 || (n == 1 && *p == '.'))
			continue;
		longer = rom_format("%s%.*s/", prefix, (int)n, p);
		free(prefix);
		prefix = longer;
	}
	return prefix;
}

static enum rom_status extract_path(struct rom_job_extraction *e,
	const struct rom_origin *like, const char *path, bool directly,
	struct rom_err *err)
{
	ROM_AUTO char *prefix = rom_job_path_prefix(like->fs, path, directly);
	const struct rom_origin *origin = rom_job_origin(e, like, prefix);
	struct rom_inode inode;
	enum rom_status st = rom_fs_lookup(like->fs, path, &inode, err);

	if (st)
		return st;
	if (inode.encrypted)
		return rom_fail(err, ROM_E_ENCRYPTED, ROM_NO_OFFSET,
			"%s is encrypted: %s", path,
			e->report->userdata.summary
				? e->report->userdata.summary
				: "its key is needed");
	if (inode.type != ROM_FILE_DIRECTORY)
		return rom_extract_inode(
			e->x, origin, &inode, last_part(path), err);
	st = rom_extract_tree(e->x, origin, &inode, err);
	if (!st && e->unattached)
		st = rom_extract_unattached(e->x, origin, err);
	return st;
}

/* ---- the job ------------------------------------------------------------- */

/* What one extraction works on. */
struct extract_job {
	const struct rom_job_options *options;
	const char *const *paths;
	size_t n;
	struct rom_out out;
	struct job_file manifest;
	struct rom_job_logs logs;
	struct rom_job_extraction extraction;
};

/* Nothing is made for a path that is not there. */
static enum rom_status check_paths(
	const struct extract_job *j, struct rom_fs *fs, struct rom_err *err)
{
	struct rom_inode inode;
	enum rom_status st = ROM_OK;

	if (j->n == 0 && !rom_job_media_path(fs))
		return rom_fail(err, ROM_E_NOT_FOUND, ROM_NO_OFFSET,
			"there is no /media/0 in this filesystem; name what to "
			"extract, / for all of it");
	for (size_t i = 0; i < j->n && !st; i++)
		st = rom_fs_lookup(fs, j->paths[i], &inode, err);
	return st;
}

static enum rom_status open_logs(struct extract_job *j, struct rom_err *err)
{
	enum rom_status st = rom_job_file_open(&j->out, &j->manifest, err);

	if (st)
		return st;
	rom_job_logs_add(&j->logs, &rom_log_manifest, j->manifest.stream, NULL);
	return rom_job_logs_open(&j->logs, j->options, err);
}

static enum rom_status extract_all(struct extract_job *j,
	const struct rom_origin *like, struct rom_report *report,
	struct rom_err *err)
{
	const struct rom_target_tree target = { &j->out, j->out.dir };
	struct rom_job_extraction *e = &j->extraction;
	enum rom_status st = ROM_OK;

	rom_job_extraction_open(e, &target, j->options, NULL, report, &j->logs);
	if (j->n == 0)
		return rom_job_add_media(e, like, err);
	for (size_t i = 0; i < j->n && !st; i++)
		st = extract_path(e, like, j->paths[i], j->n == 1, err);
	return st;
}

/* Closes the logs in any case; the first error counts. */
static enum rom_status close_logs(
	struct extract_job *j, enum rom_status st, struct rom_err *err)
{
	struct rom_err own;
	enum rom_status closed = rom_job_logs_close(&j->logs, &own);

	if (!st && closed) {
		*err = own;
		st = closed;
	}
	if (!st)
		return rom_job_place_beside(&j->out, &j->manifest, err);
	rom_job_file_close(&j->manifest);
	return st;
}

enum rom_status rom_job_extract(struct rom_fs *fs, uint64_t base,
	const char *const *paths, size_t n,
	const struct rom_job_options *options, struct rom_report *report,
	struct rom_extract_result *ret, struct rom_err *err)
{
	struct extract_job j = { .options = options, .paths = paths, .n = n };
	const struct rom_origin like = {
		.id = 1,
		.partition = options->partition ? options->partition
						: report->userdata.partition,
		.fs = fs,
		.base = base,
		.prefix = "",
	};
	enum rom_status st = check_paths(&j, fs, err);

	if (st)
		return st;
	st = rom_out_open(options->folder,
		(struct rom_out_options){
			.sync = options->sync, .checksums = options->hashes },
		&j.out, err);
	if (!st)
		st = rom_job_check_extract(fs, paths, n, options, &j.out, err);
	if (!st)
		st = open_logs(&j, err);
	if (!st)
		st = extract_all(&j, &like, report, err);
	st = rom_job_extraction_close(&j.extraction, st, ret, err);
	st = close_logs(&j, st, err);
	return rom_out_close(&j.out, st, err);
}
