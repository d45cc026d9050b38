/* SPDX-License-Identifier: MIT */
/* split_job.c - the split command: partitions into a directory, with their
 * scatter file; helpers for all jobs */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "job_priv.h"

enum rom_status rom_job_check_space(struct rom_out *out, struct rom_image *img,
	uint64_t need, const char *what, struct rom_err *err)
{
	uint64_t available = rom_dir_free_bytes(out->dir);
	char a[32], b[32];

	/* shared blocks take no space: then the size of the dump says
	 * nothing */
	if (need <= available || rom_out_shares(out, img))
		return ROM_OK;
	return rom_fail(err, ROM_E_WRITE, ROM_NO_OFFSET,
		"%s: not enough space: %" PRIu64 " bytes (%s) needed, %" PRIu64
		" (%s) free; %s",
		out->path, need, rom_human(need, a, sizeof(a)), available,
		rom_human(available, b, sizeof(b)), what);
}

enum rom_status rom_job_file_open(
	struct rom_out *out, struct job_file *ret, struct rom_err *err)
{
	ret->file = rom_out_temp(out, ret->temp, err);
	if (!ret->file)
		return ROM_E_WRITE;
	ret->stream = rom_out_file_stream(ret->file);
	return ret->stream ? ROM_OK
			   : rom_fail(err, ROM_E_WRITE, ROM_NO_OFFSET, "%s",
				     strerror(errno));
}

bool rom_job_file_close(struct job_file *f)
{
	f->stream = NULL;
	return rom_out_file_close(ROM_TAKE(f->file));
}

enum rom_status rom_job_file_place(struct rom_out *out, struct job_file *f,
	const char *name, struct rom_err *err)
{
	const char *base;
	struct rom_dir *part = rom_out_staged(out, f->temp, &base);

	if (!rom_job_file_close(f) ||
		!rom_dir_rename(part, base, out->dir, name))
		return rom_fail(err, ROM_E_WRITE, ROM_NO_OFFSET,
			"%s/%s: cannot write: %s", out->path, name,
			strerror(errno));
	return ROM_OK;
}

static enum rom_status check_names(const struct rom_report *r,
	const struct rom_job_options *o, struct rom_err *err)
{
	for (size_t i = 0; i < o->n_only; i++) {
		const struct rom_partition *p = rom_report_asked(
			(struct rom_report *)(uintptr_t)r, o->only[i]);

		if (!p)
			return rom_fail(err, ROM_E_NOT_FOUND, ROM_NO_OFFSET,
				"partition %s: not found in this dump; "
				"romsplit info lists the partitions",
				o->only[i]);
		if (!p->present)
			return rom_fail(err, ROM_E_NOT_FOUND, ROM_NO_OFFSET,
				"partition %s: begins at 0x%" PRIx64
				", past the end of this dump",
				o->only[i], p->range.offset);
	}
	return ROM_OK;
}

enum rom_status rom_job_scatter(struct rom_report *r,
	const struct rom_job_options *o, struct rom_out *out,
	struct rom_dir *dir, const char *prefix, FILE *checksums,
	struct rom_err *err)
{
	struct rom_scatter s;
	ROM_AUTO char *name = NULL, *text = NULL;
	uint8_t digest[ROM_SHA256_LEN];
	struct rom_digest *d;
	size_t len = 0;
	FILE *stream;
	struct rom_scatter_options options = { .style = o->style,
		.format = o->format,
		.only = o->only,
		.n_only = o->n_only,
		.file = o->table_file };
	enum rom_status st = rom_scatter_make(r, &options, &s, err);

	if (st)
		return st;
	if (!s.platform || !strcmp(s.platform, "UNKNOWN"))
		rom_report_note(r, ROM_INFO, NULL, ROM_NO_OFFSET,
			"this dump does not name the chip: SP Flash Tool will "
			"refuse the scatter file until it is written again "
			"with --platform MTxxxx");
	name = rom_scatter_file_name(&s);
	stream = open_memstream(&text, &len);
	rom_scatter_print(&s, stream);
	fclose(stream);
	rom_scatter_done(&s);
	st = rom_out_text(out, dir, name, text, len, err);
	if (st || !checksums)
		return st;
	d = rom_digest_new(ROM_HASH_SHA256);
	rom_digest_update(d, text, len);
	rom_digest_final(d, digest);
	rom_digest_free(d);
	rom_checksum_line(checksums, digest, prefix, name);
	return ROM_OK;
}

enum rom_status rom_job_split(struct rom_dump *dump,
	const struct rom_job_options *options, struct rom_job_stats *stats,
	struct rom_err *err)
{
	struct rom_report *report = dump->report;
	struct rom_out out = { 0 };
	struct rom_split_order order = {
		.dump = dump, .options = options, .prefix = "", .stats = stats
	};
	enum rom_status st = check_names(report, options, err);

	if (!st)
		st = rom_out_open(options->folder,
			(struct rom_out_options){ .sync = options->sync,
				.checksums = options->hash },
			&out, err);
	if (!st)
		rom_job_note_foreign(report, &out);
	if (!st)
		st = rom_job_check_space(&out, dump->img,
			rom_job_split_size(dump, options),
			"free some space, choose another folder with -o, or "
			"cut single partitions with -p",
			err);
	if (!st)
		st = rom_job_check_largest(dump, options, &out, err);
	order.out = &out;
	order.dir = out.dir;
	if (!st)
		st = rom_job_split_pass(&order, err);
	if (!st)
		st = rom_job_scatter(
			report, options, &out, out.dir, "", NULL, err);
	/* tables of other vendors have no scatter file: the partitions were cut
	 * all the same */
	if (st == ROM_E_USAGE) {
		rom_report_note(
			report, ROM_INFO, NULL, ROM_NO_OFFSET, "%s", err->text);
		st = ROM_OK;
	}
	stats->opened = dump->stats;
	return rom_out_close(&out, st, err);
}
