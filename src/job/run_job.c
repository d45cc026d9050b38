/* SPDX-License-Identifier: MIT */
/* run_job.c - the whole job: the walk of the directories, the pass over the
 * dump, the report */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "job_priv.h"
#include "romsplit/analyze.h"

struct run {
	struct rom_dump *dump;
	const struct rom_job_options *options;
	struct rom_report *report; /* of the dump */
	struct rom_job_stats *stats;
	struct rom_out out;
	struct job_file checksums, manifest;
	struct rom_job_logs logs;
	struct rom_job_extraction extraction;
	struct rom_dir *media_dir; /* NULL: nothing is extracted */
	rom_job_storages_list storages;
	struct rom_dump_fs from; /* userdata; no fs when it cannot be read */
	const char *media;
};

/* ---- checks before anything is written ----------------------------------- */

/* Whether userdata may be readable. What a look at parts of it could not tell,
 * reading all of it may. */
static bool may_be_readable(const struct rom_userdata *u)
{
	return u->access == ROM_ACCESS_YES ||
	       u->verdict == ROM_VERDICT_DAMAGED ||
	       u->verdict == ROM_VERDICT_UNKNOWN;
}

static void open_media(struct run *r)
{
	const bool readable = r->report->userdata.access == ROM_ACCESS_YES;
	struct rom_inode inode;
	struct rom_err err;

	if (!may_be_readable(&r->report->userdata))
		return;
	if (rom_dump_open_fs(
		    r->dump, NULL, r->options->no_journal, &r->from, &err)) {
		if (!readable)
			return;
		rom_report_note(r->report, ROM_DAMAGE,
			r->report->userdata.partition, ROM_NO_OFFSET,
			"no photos were saved: %s; the partition itself is in "
			"rom/",
			err.text);
		return;
	}
	r->media = rom_job_media_path(r->from.fs);
	if (!r->media || rom_fs_lookup(r->from.fs, r->media, &inode, &err) ||
		inode.encrypted)
		r->media = NULL;
	if (!r->media && !rom_analyze_storage(r->report, NULL))
		rom_report_note(r->report, ROM_INFO,
			r->report->userdata.partition, ROM_NO_OFFSET,
			"it has no folder /media/0: no photos were saved; "
			"romsplit ls shows what it has");
}

/* An upper bound of what the ext4 of a decrypted image holds; 0: not known. */
static uint64_t decrypted_size(struct rom_image *img)
{
	uint8_t buf[ROM_EXT4_SUPER_LEN];
	struct rom_buffer v = { .p = buf, .len = sizeof(buf) };
	struct rom_ext4_super sb;
	struct rom_err err;

	if (rom_read(img, buf, sizeof(buf), ROM_EXT4_SUPER_AT, &err) ||
		rom_ext4_super_decode(&v, &sb, &err) ||
		sb.free_blocks > sb.blocks)
		return 0;
	return rom_min((sb.blocks - sb.free_blocks) * sb.block_size, img->size);
}

/* An upper bound of what userdata holds, from its superblock, so that no walk
 * is needed; 0: not known. */
static uint64_t media_size(const struct run *r)
{
	const struct rom_partition *p = rom_analyze_userdata(r->report);
	const struct rom_claim *c = p && p->claims.n ? &p->claims.v[0] : NULL;
	const struct rom_fact *bs =
		c ? rom_facts_get(&c->detail, "block_size") : NULL;
	const struct rom_fact *blocks =
		c ? rom_facts_get(&c->detail, "blocks") : NULL;
	struct rom_image *opened = r->dump->unlocked.opened.image;
	const struct rom_fact *free_blocks =
		c ? rom_facts_get(&c->detail, "free_blocks") : NULL;

	if (r->media && opened)
		return decrypted_size(opened);
	if (!r->media || !bs || !blocks || !free_blocks ||
		free_blocks->number > blocks->number)
		return 0;
	return rom_min((blocks->number - free_blocks->number) * bs->number,
		p->present);
}

static enum rom_status check_space(struct run *r, struct rom_err *err)
{
	uint64_t media = media_size(r),
		 rom = rom_job_split_size(r->dump, r->options);
	char a[32], b[32];
	ROM_AUTO char *what =
		rom_format("the partitions take up to %s, the photos up to %s; "
			   "free some space, choose another folder with -o, or "
			   "save only the photos: romsplit extract %s",
			rom_human(rom, a, sizeof(a)),
			rom_human(media, b, sizeof(b)), r->dump->img->name);

	if (rom_job_check_largest(r->dump, r->options, &r->out, err))
		return ROM_E_WRITE;
	if (r->out.existed)
		return ROM_OK; /* an earlier run wrote some of it */
	return rom_job_check_space(
		&r->out, r->dump->img, rom + media, what, err);
}

/* The results of one dump must not mix with those of another. */
static enum rom_status check_folder(struct run *r, struct rom_err *err)
{
	ROM_AUTO_DIR struct rom_dir *dir = rom_dir_open(r->options->folder);
	size_t len = 0;
	ROM_AUTO char *text =
		dir ? rom_out_read_text(dir, "report.json", &len) : NULL;
	struct rom_json_saved saved = { 0 };
	enum rom_status st = ROM_OK;

	if (text)
		rom_json_saved(text, len, &saved);
	if (saved.has_size && saved.image_size != r->report->image_size)
		st = rom_fail(err, ROM_E_WRITE, ROM_NO_OFFSET,
			"%s: holds the results of another dump (of %" PRIu64
			" bytes); choose another folder with -o",
			r->options->folder, saved.image_size);
	rom_json_saved_done(&saved);
	return st;
}

/* ---- the steps ----------------------------------------------------------- */

static enum rom_status open_logs(struct run *r, struct rom_err *err)
{
	enum rom_status st = rom_job_file_open(&r->out, &r->checksums, err);

	if (!st)
		st = rom_job_file_open(&r->out, &r->manifest, err);
	if (st)
		return st;
	rom_job_logs_add(&r->logs, &rom_log_manifest, r->manifest.stream, NULL);
	rom_job_logs_add(
		&r->logs, &rom_log_sha256sums, r->checksums.stream, "media/");
	return rom_job_logs_open(&r->logs, r->options, err);
}

static enum rom_status save_userdata(struct run *r, struct rom_err *err)
{
	const struct rom_origin like = {
		.id = rom_job_extraction_id(&r->extraction),
		.partition = r->report->userdata.partition,
		.fs = r->from.fs,
		.base = r->from.base,
		.prefix = "",
	};

	return rom_job_add_media(&r->extraction, &like, err);
}

/* Makes the directories and saves the files that the pass cannot write; all
 * others are registered for the pass. */
static enum rom_status save_media(struct run *r, struct rom_err *err)
{
	struct rom_target_tree target = { .out = &r->out };
	enum rom_status st = ROM_OK;

	if (!r->media && !rom_analyze_storage(r->report, NULL))
		return ROM_OK;
	target.dir = r->media_dir = rom_out_folder(&r->out, "media", err);
	if (!target.dir)
		return ROM_E_WRITE;
	r->report->media.source = rom_strdup(r->media ? r->media : "/");
	rom_job_extraction_open(&r->extraction, &target, r->options,
		r->dump->img, r->report, &r->logs);
	if (r->media)
		st = save_userdata(r, err);
	if (!st)
		st = rom_job_storages(
			r->dump, !r->media, &r->extraction, &r->storages, err);
	return st;
}

/* The pass writes partitions, digests and the registered files. */
static enum rom_status run_pass(
	struct run *r, struct rom_dir *dir, struct rom_err *err)
{
	struct rom_sinks sinks = { 0 };

	if (r->extraction.x)
		sinks = rom_extract_sinks(r->extraction.x);
	return rom_job_split_pass(
		&(struct rom_split_order){
			.dump = r->dump,
			.options = r->options,
			.out = &r->out,
			.dir = dir,
			.prefix = "rom/",
			.checksums = r->checksums.stream,
			.whole_dump = !r->dump->file_bytes,
			.stats = r->stats,
			.extra_sinks = sinks.v,
			.n_extra_sinks = sinks.n,
		},
		err);
}

static void report_media(struct run *r, struct rom_extract_result *n)
{
	struct rom_media *m = &r->report->media;
	struct rom_job_storage *s;

	rom_each (s, &r->storages) {
		struct rom_extract_counts own =
			rom_extract_counts_of(n, s->origin);

		*rom_vec_add(&m->storages) =
			(struct rom_storage){ ROM_TAKE(s->partition),
				ROM_TAKE(s->directory), own.files, own.bytes };
	}
	m->done = true;
	m->files = n->all.files;
	m->bytes = n->all.bytes;
	m->damaged = n->all.damaged;
	m->unreadable = n->all.unreadable;
	m->contents = n->all.contents;
	m->newest = ROM_TAKE(n->newest);
	m->newest_time = n->newest_time;
	rom_job_add_copy(r->stats, &n->copy);
	r->stats->files = n->all.files;
	r->stats->reread = n->all.reread;
	r->stats->reread_bytes = n->all.reread_bytes;
}

/* passed: the status of the pass, or of the step that failed before it. */
static enum rom_status finish_media(
	struct run *r, enum rom_status passed, struct rom_err *err)
{
	struct rom_extract_result result = { 0 };
	bool any = r->extraction.x != NULL;
	enum rom_status st =
		rom_job_extraction_close(&r->extraction, passed, &result, err);

	if (!st && any)
		report_media(r, &result);
	rom_extract_result_done(&result);
	return st;
}

static enum rom_status save_rom(struct run *r, struct rom_err *err)
{
	struct rom_dir *dir = rom_out_folder(&r->out, "rom", err);
	enum rom_status st;

	if (!dir)
		return ROM_E_WRITE;
	st = run_pass(r, dir, err);
	st = finish_media(r, st, err);
	if (!st)
		st = rom_job_scatter(r->report, r->options, &r->out, dir,
			"rom/", r->checksums.stream, err);
	/* tables of other vendors have no scatter file: the partitions were cut
	 * all the same */
	if (st == ROM_E_USAGE) {
		rom_report_note(r->report, ROM_INFO, NULL, ROM_NO_OFFSET, "%s",
			err->text);
		st = ROM_OK;
	}
	rom_dir_close(dir);
	return st;
}

static enum rom_status add_checksum_of(
	struct run *r, const char *name, struct rom_err *err)
{
	uint8_t digest[ROM_SHA256_LEN];
	struct rom_out_file *file = rom_out_file_open(r->out.dir, name);
	enum rom_status st;

	if (!file)
		return rom_fail(err, ROM_E_WRITE, ROM_NO_OFFSET, "%s: %s", name,
			strerror(errno));
	st = rom_checksum_file(file, r->options->progress, digest, err);
	rom_out_file_close(file);
	if (!st)
		rom_checksum_line(r->checksums.stream, digest, "", name);
	return st;
}

/* Lines of SHA256SUMS, with those of the manifest and of the report, which are
 * still to come: a list that was cut later is known by it. */
static enum rom_status count_checksums(struct run *r, struct rom_err *err)
{
	enum { PIECE = 1 << 16 };
	ROM_AUTO char *buf = rom_alloc(PIECE);
	uint64_t lines = 2, offset = 0;
	int64_t n = -1;

	if (!fflush(r->checksums.stream)) {
		while ((n = rom_out_file_read(
				r->checksums.file, buf, PIECE, offset)) > 0) {
			for (int64_t i = 0; i < n; i++)
				lines += buf[i] == '\n';
			offset += (uint64_t)n;
		}
	}
	if (n < 0)
		return rom_fail(err, ROM_E_WRITE, ROM_NO_OFFSET,
			"SHA256SUMS: cannot write: %s", strerror(errno));
	r->report->checksums = lines;
	return ROM_OK;
}

static enum rom_status write_report(struct run *r, struct rom_err *err)
{
	ROM_AUTO char *json = NULL;
	enum rom_status st = rom_job_file_place(
		&r->out, &r->manifest, "manifest.jsonl", err);

	if (!st)
		st = count_checksums(r, err);
	if (st)
		return st;
	/* the pass has made the statistics of all of userdata */
	rom_analyze_verdict(r->dump);
	json = rom_json_report(r->report);
	st = rom_out_text(
		&r->out, r->out.dir, "report.json", json, strlen(json), err);
	if (!st)
		st = add_checksum_of(r, "manifest.jsonl", err);
	if (!st)
		st = add_checksum_of(r, "report.json", err);
	return st ? st
		  : rom_job_file_place(
			    &r->out, &r->checksums, "SHA256SUMS", err);
}

static enum rom_status run_steps(struct run *r, struct rom_err *err)
{
	enum rom_status st = check_space(r, err);
	double begin = rom_now();

	if (!st)
		st = open_logs(r, err);
	if (!st)
		st = save_media(r, err);
	r->stats->walk = rom_now() - begin;
	if (!st)
		st = save_rom(r, err);
	if (!st)
		st = rom_job_logs_close(&r->logs, err);
	return st ? st : write_report(r, err);
}

/* What is left when the run ended early, and what stays open until its end. */
static enum rom_status run_done(
	struct run *r, enum rom_status st, struct rom_err *err)
{
	struct rom_job_storage *s;
	struct rom_err ignored;

	finish_media(r, st, &ignored);
	rom_job_logs_close(&r->logs, &ignored);
	rom_job_file_close(&r->checksums);
	rom_job_file_close(&r->manifest);
	rom_each (s, &r->storages) {
		free(s->partition);
		free(s->directory);
	}
	rom_vec_done(&r->storages);
	rom_dir_close(r->media_dir);
	return rom_out_close(&r->out, st, err);
}

enum rom_status rom_job_run(struct rom_dump *dump,
	const struct rom_job_options *options, struct rom_job_stats *stats,
	struct rom_err *err)
{
	struct run r = { .dump = dump,
		.options = options,
		.report = dump->report,
		.stats = stats };
	enum rom_status st = check_folder(&r, err);

	if (st)
		return st;
	st = rom_out_open(options->folder,
		(struct rom_out_options){
			.sync = options->sync, .checksums = options->hash },
		&r.out, err);
	if (st)
		return st;
	rom_job_note_foreign(r.report, &r.out);
	open_media(&r);
	st = run_steps(&r, err);
	st = run_done(&r, st, err);
	stats->opened = dump->stats;
	return st;
}
