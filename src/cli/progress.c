/* SPDX-License-Identifier: MIT */
/* progress.c - the progress line on a terminal: done, rate, time left */
#include <inttypes.h>

#include "cli.h"
#include "romsplit/os.h"

static void print_rate(const struct rom_progress *p, uint64_t done,
	uint64_t all, double seconds)
{
	char rate[32];
	double per_second = seconds > 0 ? (double)done / seconds : 0;

	if (p->items)
		fprintf(stderr, ", %.0f/s", per_second);
	else
		fprintf(stderr, ", %s/s",
			rom_human((uint64_t)per_second, rate, sizeof(rate)));
	if (all && per_second > 0)
		fprintf(stderr, ", %.0f s left",
			(double)(all - done) / per_second);
}

static void print_progress(struct rom_progress *self, uint64_t done,
	uint64_t all, const char *what)
{
	char a[32], b[32];
	ROM_AUTO char *shown = NULL;
	double t = rom_now();

	/* each kind of work is timed separately */
	if (self->what != what) {
		self->what = what;
		self->since = t;
		self->shown = 0;
	}
	/* five times a second, and always when it is complete */
	if (t - self->shown < 0.2 && done != all)
		return;
	self->shown = t;
	/* it may be the name of a partition: what the dump says */
	shown = rom_printable(what, strlen(what));
	if (self->items)
		fprintf(stderr, "\r\033[K%s: %" PRIu64 " of %" PRIu64, shown,
			done, all);
	else
		fprintf(stderr, "\r\033[K%s: %s", shown,
			rom_human(done, a, sizeof(a)));
	if (all && !self->items)
		fprintf(stderr, " of %s", rom_human(all, b, sizeof(b)));
	print_rate(self, done, all, t - self->since);
	fflush(stderr);
}

void cli_progress_start(struct cli *cli)
{
	if (rom_is_terminal(stderr) && !cli->quiet && !cli->no_progress)
		cli->progress.tick = print_progress;
}

void cli_progress_end(struct cli *cli)
{
	if (cli->progress.tick && cli->progress.what)
		fprintf(stderr, "\r\033[K");
	cli->progress.tick = NULL;
}
