/* SPDX-License-Identifier: MIT */
/* stats.c - prints how many bytes a job handled, and where its time went */
#include <inttypes.h>

#include "cli.h"

static void print_bytes(const struct rom_job_stats *s)
{
	if (s->read)
		fprintf(stderr,
			"read     %" PRIu64 " bytes in one pass; %" PRIu64
			" in holes were skipped\n",
			s->read, s->holes);
	fprintf(stderr,
		"written  %" PRIu64 " bytes; %" PRIu64
		" shared with the dump; %" PRIu64
		" were zeros and became holes\n",
		s->copy.written, s->copy.shared, s->copy.zero);
	fprintf(stderr, "hashed   %" PRIu64 " bytes\n", s->copy.hashed);
}

static void print_files(const struct rom_job_stats *s)
{
	if (s->files)
		fprintf(stderr, "files    %" PRIu64, s->files);
	if (s->files && s->read)
		fprintf(stderr,
			"; %" PRIu64 " of them (%" PRIu64
			" bytes) have extents out of order or encoded: read "
			"separately",
			s->reread, s->reread_bytes);
	if (s->files)
		fputc('\n', stderr);
}

static void print_filesystems(const struct rom_dump_stats *s)
{
	fprintf(stderr,
		"opened   %" PRIu64 " filesystems; %" PRIu64
		" journals replayed\n",
		s->filesystems, s->journals);
}

static void print_time(const struct rom_job_stats *s, double all)
{
	fprintf(stderr, "time     %.2f s", all);
	if (s->pass > 0)
		fprintf(stderr,
			": %.2f walking directories, %.2f in the pass (its "
			"threads: reading %.2f, digest of the dump %.2f, "
			"digests of partitions %.2f, writing partitions %.2f, "
			"saving files %.2f)",
			s->walk, s->pass, s->reading, s->checksums,
			s->partitions, s->writing, s->saving);
	fputc('\n', stderr);
}

void cli_print_stats(const struct cli *cli, const struct rom_job_stats *stats)
{
	if (!cli->stats)
		return;
	print_bytes(stats);
	print_files(stats);
	print_filesystems(&stats->opened);
	print_time(stats, rom_now() - cli->started);
}
