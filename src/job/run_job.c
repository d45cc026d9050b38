/* SPDX-License-Identifier: MIT */
/* run_job.c - the whole job: the walk through the folders, the one pass, the
 * report */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "job_priv.h"
#include "romsplit/analyze.h"

struct run {
	struct rom_image *img;
	const struct rom_job_options *options;
	struct rom_report *report;
	struct rom_job_stats *stats;
	struct rom_out out;
	struct job_file checksums, manifest;
	rom_job_trees trees;
	struct rom_fs *fs; /* of userdata; NULL when it cannot be read */
	uint64_t fs_base;
	const char *media;
};

/* ---- can it be done, and here? ------------------------------------------- */

static void open_media(struct run *r)
{
	struct rom_inode inode;
	struct rom_err err;

	if (r->report->userdata.access != ROM_ACCESS_YES)
		return;
	if (rom_job_open_fs(r->img, r->report, NULL, r->options->no_journal,
		    r->options->unlocked, &r->fs, &r->fs_base, &err)) {
		rom_report_note(r->report, ROM_DAMAGE,
			r->report->userdata.partition, ROM_NO_OFFSET,
			"no photos were saved: %s; the partition itself is in "
			"rom/",
			err.text);
		return;
	}
	r->media = rom_job_media_path(r->fs);
	if (!r->media || rom_fs_lookup(r->fs, r->media, &inode, &err) ||
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
	struct rom_image *opened = r->options->unlocked
					   ? r->options->unlocked->opened.image
					   : NULL;
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
		 rom = rom_job_split_size(r->img, r->options, r->report);
	char a[32], b[32];
	ROM_AUTO char *what = rom_format(
		"the partitions take up to %s, the photos up to %s; free some, "
		"choose another "
		"folder with -o, or save the photos alone: romsplit extract %s",
		rom_human(rom, a, sizeof(a)), rom_human(media, b, sizeof(b)),
		r->img->name);

	if (r->out.existed)
		return ROM_OK; /* some of it is there already */
	return rom_job_check_space(&r->out, r->img, rom + media, what, err);
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

static enum rom_status save_userdata(struct run *r, int dir,
	struct rom_extract_options *options, struct rom_err *err)
{
	const struct rom_partition *p = rom_analyze_userdata(r->report);
	struct rom_job_tree *tree =
		rom_job_tree_add(&r->trees, r->img, p, ROM_TAKE(r->fs));

	options->stream = tree->streams ? &tree->stream : NULL;
	return rom_job_media(
		tree->fs, &r->out, dir, options, r->report, &tree->result, err);
}

/* Makes the folders, and puts aside the files that the pass will bring; what it
 * cannot bring is saved. */
static enum rom_status save_media(struct run *r, struct rom_err *err)
{
	struct rom_extension_guesser guesser = { 0 };
	struct rom_extract_options options = {
		.lost = true,
		.prefix = "",
		.hashes = r->options->hashes,
		.hash_holes = r->options->hash_holes,
		.threads = r->options->threads,
		.base = r->fs_base,
		.partition = r->report->userdata.partition,
		.manifest = r->manifest.stream,
		.checksums = r->checksums.stream,
		.checksums_prefix = "media/",
		.progress = r->options->progress,
		.extension = rom_guess_extension,
		.extension_ctx = &guesser,
	};
	enum rom_status st = ROM_OK;
	int dir;

	if (!r->media && !rom_analyze_storage(r->report, NULL))
		return ROM_OK;
	dir = rom_out_folder(&r->out, "media", err);
	if (dir < 0)
		return ROM_E_WRITE;
	r->report->media.source = rom_strdup(r->media ? r->media : "/");
	if (r->media)
		st = save_userdata(r, dir, &options, err);
	if (!st)
		st = rom_job_storages(r->img, !r->media, &r->out, dir, &options,
			r->report, &r->trees, err);
	rom_extension_guesser_done(&guesser);
	close(dir);
	return st;
}

/* The pass: partitions, sums, and the files it brings. */
static enum rom_status pass(struct run *r, int dir, struct rom_err *err)
{
	ROM_VEC(struct rom_sink *) extra_sinks = { 0 };
	struct rom_split_order order = {
		.img = r->img,
		.options = r->options,
		.report = r->report,
		.out = &r->out,
		.dir = dir,
		.prefix = "rom/",
		.checksums = r->checksums.stream,
		.whole_dump = true,
		.stats = r->stats,
	};
	enum rom_status st;

	for (size_t i = 0; i < r->trees.n; i++) {
		for (size_t j = 0;
			j < ROM_STREAM_WORKERS && r->trees.v[i]->stream.trees.n;
			j++)
			*rom_vec_add(&extra_sinks) =
				&r->trees.v[i]->stream.sinks[j].sink;
	}
	order.extra_sinks = extra_sinks.v;
	order.n_extra_sinks = extra_sinks.n;
	st = rom_job_split_pass(&order, err);
	rom_vec_done(&extra_sinks);
	return st;
}

static enum rom_status save_rom(struct run *r, struct rom_err *err)
{
	int dir = rom_out_folder(&r->out, "rom", err);
	enum rom_status st;

	if (dir < 0)
		return ROM_E_WRITE;
	st = pass(r, dir, err);
	st = rom_job_trees_finish(&r->trees, st, r->report, r->stats, err);
	if (!st)
		st = rom_job_scatter(r->report, r->options, &r->out, dir,
			"rom/", r->checksums.stream, err);
	/* no scatter for other vendors' tables: the partitions are there */
	if (st == ROM_E_USAGE) {
		rom_report_note(r->report, ROM_INFO, NULL, ROM_NO_OFFSET, "%s",
			err->text);
		st = ROM_OK;
	}
	close(dir);
	return st;
}

static enum rom_status sum_of(
	struct run *r, const char *name, struct rom_err *err)
{
	uint8_t sum[ROM_SHA256_LEN];
	int fd = openat(r->out.dir, name, O_RDONLY | O_CLOEXEC);
	enum rom_status st;

	if (fd < 0)
		return rom_fail(err, ROM_E_WRITE, ROM_NO_OFFSET, "%s: %s", name,
			strerror(errno));
	st = rom_checksum_file(fd, sum, err);
	close(fd);
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
	rom_analyze_verdict(r->img, r->report,
		/* now with the statistics of all of userdata */
		r->options->unlocked);
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
	double begin;

	if (!st)
		st = rom_job_file_open(&r->out, &r->checksums, err);
	if (!st)
		st = rom_job_file_open(&r->out, &r->manifest, err);
	begin = rom_now();
	if (!st)
		st = save_media(r, err);
	r->stats->walk = rom_now() - begin;
	if (!st)
		st = save_rom(r, err);
	return st ? st : write_report(r, err);
}

enum rom_status rom_job_run(struct rom_image *img,
	const struct rom_job_options *options, struct rom_report *report,
	struct rom_job_stats *stats, struct rom_err *err)
{
	struct run r = {
		.img = img, .options = options, .report = report, .stats = stats
	};
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
	/* none are left when all went well */
	rom_job_trees_finish(&r.trees, st, report, stats, err);
	if (r.checksums.stream)
		fclose(r.checksums.stream);
	if (r.manifest.stream)
		fclose(r.manifest.stream);
	rom_fs_close(r.fs);
	rom_out_close(&r.out);
	return st;
}
