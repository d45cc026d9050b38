/* SPDX-License-Identifier: MIT */
/* sample.c - byte statistics from a few runs of blocks spread over a
 * partition */
#include "analyze_priv.h"

enum { RUN_LEN = ROM_STATS_RUN * ROM_STATS_BLOCK };

static void add_run(struct rom_image *part, struct rom_stats_sink *s,
	uint64_t offset, uint64_t len)
{
	uint8_t buf[RUN_LEN];
	struct rom_span span;
	struct rom_err err;
	struct rom_block block = { .kind = ROM_BLOCK_DATA,
		.data = buf,
		.offset = offset,
		.len = len };

	rom_image_map(part, offset, len, &span);
	if (span.kind == ROM_SPAN_HOLE && span.len == len)
		block = (struct rom_block){
			.kind = ROM_BLOCK_HOLE, .offset = offset, .len = len
		};
	else if (rom_read(part, buf, (size_t)len, offset, &err))
		return;
	s->sink.feed(&s->sink, &block, &err);
}

/* True when the first len bytes are one hole: their content is known without
 * reading them. */
static bool is_hole(struct rom_image *part, uint64_t len)
{
	struct rom_span span;

	rom_image_map(part, 0, len, &span);
	return span.kind == ROM_SPAN_HOLE && span.len == len;
}

void rom_analyze_sample(
	struct rom_image *part, struct rom_partition *p, uint64_t budget)
{
	/* step is a whole number of runs, so that runs never overlap */
	uint64_t runs = rom_max(budget / RUN_LEN, 1), len = p->present, step;
	struct rom_stats_sink s;

	if (len == 0)
		return;
	rom_stats_sink_init(&s, (struct rom_range){ 0, len }, 0);
	s.every = 1;
	s.stats.whole = len <= budget;
	if (is_hole(part, len)) {
		struct rom_block hole = { .kind = ROM_BLOCK_HOLE, .len = len };
		struct rom_err err;

		s.sink.feed(&s.sink, &hole, &err);
		s.stats.whole = true;
	} else {
		step = len <= budget ? RUN_LEN : len / runs / RUN_LEN * RUN_LEN;
		step = rom_max(step, RUN_LEN);
		for (uint64_t offset = 0; offset < len; offset += step)
			add_run(part, &s, offset,
				rom_min(RUN_LEN, len - offset));
		/* some formats have their identifying structure at the end */
		if (step > RUN_LEN)
			add_run(part, &s,
				(len - RUN_LEN) / ROM_STATS_BLOCK *
					ROM_STATS_BLOCK,
				RUN_LEN);
	}
	rom_stats_done(&s);
	p->stats = s.stats;
	p->has_stats = s.stats.bytes > 0;
}
