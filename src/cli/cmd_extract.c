/* SPDX-License-Identifier: MIT */
/* cmd_extract.c - romsplit extract IMAGE [PATH]... */
#include <inttypes.h>
#include <stdlib.h>

#include "cli.h"
#include "romsplit/probe.h"

static enum rom_status extract(struct cli *cli, struct rom_dump *d,
	const char *folder, struct rom_extract_result *result,
	struct rom_err *err)
{
	struct rom_filter filter = {
		.globs = cli->globs.v,
		.n_globs = cli->globs.n,
		.types = cli->types,
		.has_newer = cli->has_newer,
		.newer = cli->newer,
		.no_thumbnails = cli->no_thumbnails,
	};
	struct rom_job_options options = {
		.folder = folder,
		.filter = &filter,
		.partition = cli->partition,
		.paths = cli->args + 1,
		.n_paths = cli->n_args - 1,
		.no_journal = cli->no_journal,
		.logs = cli->logs.v,
		.n_logs = cli->logs.n,
		.hash = !cli->no_hash,
		.hashes = cli_hashes(cli),
		.hash_holes = cli->hash_holes,
		.preserve_setid = cli->preserve_setid,
		.sync = !cli->no_sync,
		.threads = cli->threads,
		.progress = &cli->progress,
	};
	static const char *const all[] = { "/" };
	enum rom_status st;

	filter.magic = filter.types ? rom_mime_open() : NULL;
	if (cli->all) {
		options.paths = all;
		options.n_paths = 1;
	}
	st = rom_job_extract(d, &options, result, err);
	rom_mime_close(filter.magic);
	return st;
}

static void print_result(const struct cli *cli, const struct rom_report *r,
	const struct rom_extract_counts *x, const char *folder)
{
	char human[32];

	if (cli->json) {
		ROM_AUTO char *json = rom_json_report(r);

		puts(json);
	} else if (!cli->quiet) {
		printf("%" PRIu64 " file%s (%s) saved to %s", x->files,
			x->files == 1 ? "" : "s",
			rom_human(x->bytes, human, sizeof(human)), folder);
		printf("; %" PRIu64 " pictures, %" PRIu64 " videos, %" PRIu64
		       " links\n",
			x->contents.pictures, x->contents.videos, x->links);
		rom_text_contents(&x->contents, "", stdout);
		if (x->damaged)
			printf("%" PRIu64 " are damaged: %" PRIu64
			       " in part, %" PRIu64
			       " could not be read at all; %s.manifest.jsonl "
			       "lists the damage\n",
				x->damaged, x->damaged - x->unreadable,
				x->unreadable, folder);
		if (x->renamed)
			printf("%" PRIu64 " were renamed, because the output "
			       "cannot hold their names\n",
				x->renamed);
		if (x->encrypted)
			printf("%" PRIu64 " are encrypted and only listed in "
			       "the manifest\n",
				x->encrypted);
		if (x->special)
			printf("%" PRIu64 " devices, FIFOs and sockets are "
			       "only listed in the manifest\n",
				x->special);
	}
}

int cmd_extract(struct cli *cli)
{
	ROM_AUTO char *folder = cli_output(cli, "/media");
	struct rom_extract_result result = { 0 };
	struct rom_dump *d = NULL;
	struct rom_err err = { .offset = ROM_NO_OFFSET };
	enum rom_status st = cli_open(cli, 1, cli->partition != NULL, &d, &err);
	int status;

	if (!st) {
		cli_progress_start(cli);
		st = extract(cli, d, folder, &result, &err);
		cli_progress_end(cli);
	}
	if (st) {
		status = cli_fail(st, &err);
	} else {
		cli_notes(cli, d->report);
		print_result(cli, d->report, &result.all, folder);
		cli_print_stats(
			cli, &(struct rom_job_stats){ .files = result.all.files,
				     .copy = result.copy,
				     .opened = d->stats });
		status = cli_report_status(d->report);
	}
	rom_extract_result_done(&result);
	rom_dump_close(d);
	return status;
}
