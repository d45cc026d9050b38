/* SPDX-License-Identifier: MIT */
/* run_job.c - the whole job: the walk through the folders, the one pass, the
 * report */
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

/* ---- can it be done, and here? ------------------------------------------- */

static void open_media(struct run *r)
{
	struct rom_inode inode;
	struct rom_err err;

	if (r->report->userdata.access != ROM_ACCESS_YES)
		return;
	if (rom_dump_open_fs(
		    r->dump, NULL, r->options->no_journal, &r->from, &err)) {
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
			"there is no folder /media/0 in it: no photos were "
			"saved; romsplit ls shows what there is");
}

/* What the filesystem of a decrypted image holds at most. */
static uint64_t opened_size(struct rom_image *img)
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

/* What userdata holds at most: an upper bound that needs no walk. */
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
		return opened_size(opened);
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
	ROM_AUTO char *what = rom_format(
		"the partitions take up to %s, the photos up to %s; free some, "
		"choose another "
		"folder with -o, or save the photos alone: romsplit extract %s",
		rom_human(rom, a, sizeof(a)), rom_human(media, b, sizeof(b)),
		r->dump->img->name);

	if (r->out.existed)
		return ROM_OK; /* some of it is there already */
	return rom_job_check_space(
		&r->out, r->dump->img, rom + media, what, err);
}

/* The results of one dump must not mix with those of another. */
static enum rom_status check_folder(struct run *r, struct rom_err *err)
{
	ROM_AUTO char *path = rom_format("%s/report.json", r->options->folder);
	uint64_t size;

	if (rom_json_image_size(path, &size) && size != r->report->image_size)
		return rom_fail(err, ROM_E_WRITE, ROM_NO_OFFSET,
			"%s: holds the results of another dump (of %" PRIu64
			" bytes); choose another folder with -o",
			r->options->folder, size);
	return ROM_OK;
}

/* ---- the parts ----------------------------------------------------------- */

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

/* Makes the directories, and defers the files that the pass will bring; what it
 * cannot bring is saved. */
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

/* The pass: partitions, digests, and the files it brings. */
static enum rom_status pass(
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
			.whole_dump = true,
			.stats = r->stats,
			.extra_sinks = sinks.v,
			.n_extra_sinks = sinks.n,
		},
		err);
}

static void count_media(struct run *r, struct rom_extract_result *n)
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
	m->pictures = n->all.pictures;
	m->videos = n->all.videos;
	m->newest = ROM_TAKE(n->newest);
	m->newest_time = n->newest_time;
	rom_job_add_copy(r->stats, &n->copy);
	r->stats->files = n->all.files;
	r->stats->reread = n->all.reread;
	r->stats->reread_bytes = n->all.reread_bytes;
}

/* passed: how the pass ended, or what kept it from beginning. */
static enum rom_status finish_media(
	struct run *r, enum rom_status passed, struct rom_err *err)
{
	struct rom_extract_result result = { 0 };
	bool any = r->extraction.x != NULL;
	enum rom_status st =
		rom_job_extraction_close(&r->extraction, passed, &result, err);

	if (!st && any)
		count_media(r, &result);
	rom_extract_result_done(&result);
	return st;
}

static enum rom_status save_rom(struct run *r, struct rom_err *err)
{
	struct rom_dir *dir = rom_out_folder(&r->out, "rom", err);
	enum rom_status st;

	if (!dir)
		return ROM_E_WRITE;
	st = pass(r, dir, err);
	st = finish_media(r, st, err);
	if (!st)
		st = rom_job_scatter(r->report, r->options, &r->out, dir,
			"rom/", r->checksums.stream, err);
	/* no scatter for other vendors' tables: the partitions are there */
	if (st == ROM_E_USAGE) {
		rom_report_note(r->report, ROM_INFO, NULL, ROM_NO_OFFSET, "%s",
			err->text);
		st = ROM_OK;
	}
	rom_dir_close(dir);
	return st;
}

static enum rom_status sum_of(
	struct run *r, const char *name, struct rom_err *err)
{
	uint8_t sum[ROM_SHA256_LEN];
	struct rom_out_file *file = rom_out_file_open(r->out.dir, name);
	enum rom_status st;

	if (!file)
		return rom_fail(err, ROM_E_WRITE, ROM_NO_OFFSET, "%s: %s", name,
			strerror(errno));
	st = rom_checksum_file(file, sum, err);
	rom_out_file_close(file);
	if (!st)
		rom_checksum_line(r->checksums.stream, sum, "", name);
	return st;
}

static enum rom_status write_report(struct run *r, struct rom_err *err)
{
	ROM_AUTO char *json = NULL;
	enum rom_status st = rom_job_file_place(
		&r->out, &r->manifest, "manifest.jsonl", err);

	if (st)
		return st;
	/* now with the statistics of all of userdata */
	rom_analyze_verdict(r->dump);
	json = rom_json_report(r->report);
	st = rom_out_text(
		&r->out, r->out.dir, "report.json", json, strlen(json), err);
	if (!st)
		st = sum_of(r, "manifest.jsonl", err);
	if (!st)
		st = sum_of(r, "report.json", err);
	return st ? st
		  : rom_job_file_place(
			    &r->out, &r->checksums, "SHA256SUMS", err);
}

static enum rom_status run_parts(struct run *r, struct rom_err *err)
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
static void run_done(struct run *r, enum rom_status st)
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
	rom_out_close(&r->out);
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
	open_media(&r);
	st = run_parts(&r, err);
	run_done(&r, st);
	stats->opened = dump->stats;
	return st;
}
