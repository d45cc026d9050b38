/* SPDX-License-Identifier: MIT */
/* split_pass.c - the pass over the dump: partition files, digests and
 * statistics from a single reading */
#include <inttypes.h>
#include <stdlib.h>

#include "split_priv.h"
#include "romsplit/analyze.h"
#include "romsplit/disk.h"

/* One pass: what is cut from one image. */
struct split {
	const struct rom_split_order *order;
	/* the dump, or the slice of a logical partition */
	struct rom_image *img;
	const struct rom_scatter *names; /* of the files */
	struct cut *cuts;
	size_t n;
	ROM_VEC(struct rom_sink *) sinks;
	struct rom_hash_sink dump;
	bool hash_dump, hash;
	/* share blocks with the dump before the pass: these need not be read */
	bool share;
	/* compute the digests of partitions together with that of the dump */
	bool together;
};

/* ---- which partitions, and which bytes of them --------------------------- */

static bool is_wanted(
	const struct rom_job_options *o, const struct rom_partition *p)
{
	if (!p->present || (!p->name && p->source))
		/* not in the dump, or bytes that no partition covers */
		return false;
	for (size_t i = 0; i < o->n_only; i++) {
		if (rom_partition_is_asked(p, o->only[i]))
			return true;
	}
	/* bytes that were never read become zeros, with a note; a partition
	 * that reaches past the end of the dump is cut only by name */
	return o->n_only == 0 && !p->parent && p->present == p->range.len;
}

/* The bytes of the dump that go into the file: a preloader is reduced to what
 * SP Flash Tool accepts. */
static struct rom_range file_range(
	const struct rom_partition *p, struct rom_range here)
{
	const struct rom_claim *c = rom_partition_claim(p, ROM_USAGE_LOADER);
	const struct rom_fact *begin =
		c ? rom_facts_get(&c->detail, "begin") : NULL;
	const struct rom_fact *len =
		c ? rom_facts_get(&c->detail, "length") : NULL;
	struct rom_range range;

	if (begin && len &&
		rom_subrange(here, begin->number, len->number, &range))
		return range;
	return here;
}

uint64_t rom_job_split_size(
	const struct rom_dump *dump, const struct rom_job_options *options)
{
	const struct rom_partition *p;
	uint64_t sum = 0;

	rom_each (p, &dump->report->partitions) {
		if (is_wanted(options, p))
			sum += p->parent ? p->range.len
					 : rom_image_stored(dump->img,
						   p->range.offset, p->present);
	}
	return sum;
}

enum rom_status rom_job_check_largest(const struct rom_dump *dump,
	const struct rom_job_options *options, struct rom_out *out,
	struct rom_err *err)
{
	const uint64_t limit = rom_dir_max_file(out->dir);
	const struct rom_partition *p;
	char human[32];

	rom_each (p, &dump->report->partitions) {
		if (!is_wanted(options, p) || p->present <= limit)
			continue;
		return rom_fail(err, ROM_E_WRITE, ROM_NO_OFFSET,
			"%s: this disk (FAT) takes no file of 4 GiB or more, "
			"and partition %s has %s; choose a disk with exFAT, "
			"NTFS or ext4 with -o, cut other partitions with "
			"split -p, or save only the photos with extract",
			out->path, rom_partition_label(p),
			rom_human(p->present, human, sizeof(human)));
	}
	return ROM_OK;
}

/* ---- before and after the pass ------------------------------------------- */

static void add_sink(struct split *x, struct rom_sink *sink)
{
	*rom_vec_add(&x->sinks) = sink;
}

static bool holds_footer(const struct split *x, const struct rom_partition *p)
{
	return p == rom_analyze_userdata(x->order->dump->report) &&
	       p->present > ROM_CRYPT_FOOTER_AREA;
}

static void plan_stats(struct split *x, struct cut *c)
{
	struct rom_range range = c->all;

	if (!x->hash)
		return; /* without digests speed matters most */
	/* a footer in the last 16 KiB of userdata has low entropy: it is left
	 * out of the statistics */
	if (holds_footer(x, c->p))
		range.len -= ROM_CRYPT_FOOTER_AREA;
	c->stats = rom_alloc(sizeof(*c->stats));
	rom_stats_sink_init(c->stats, range, ROM_WORKER_WRITE);
	add_sink(x, &c->stats->sink);
}

/* Two digests computed together on one thread take 1.5 times as long as one,
 * which pays with two processors; with more, each digest has its own thread. */
static void plan_dump_hash(struct split *x)
{
	struct rom_range all = { x->order->dump->report->boot_size,
		x->img->size - x->order->dump->report->boot_size };

	rom_hash_sink_init(&x->dump, all, ROM_WORKER_DIGESTS);
	x->together = rom_machine_processors() <= 2 && rom_digest_has_many();
	add_sink(x, &x->dump.sink);
}

static void add_hash(struct split *x, struct rom_hash_sink *hash)
{
	if (!x->hash_dump || !x->together || !rom_hash_sink_add(&x->dump, hash))
		add_sink(x, &hash->sink);
}

static void plan_hash(struct split *x, struct cut *c)
{
	struct rom_range all = c->all;

	if (!x->hash && !c->kept)
		return;
	rom_hash_sink_init(&c->hash, all, ROM_WORKER_PARTITION);
	add_hash(x, &c->hash);
	c->own_hash = c->sink.range.offset != all.offset ||
		      c->sink.range.len != all.len;
	if (c->own_hash) {
		rom_hash_sink_init(
			&c->file_hash, c->sink.range, ROM_WORKER_PARTITION);
		add_sink(x, &c->file_hash.sink);
	}
}

static enum rom_status plan_file(struct split *x, struct cut *c,
	struct rom_partition *p, struct rom_range all, struct rom_err *err)
{
	ROM_AUTO char *name = rom_split_file_name(x->names, p);
	bool shared = false;
	enum rom_status st;

	*c = (struct cut){
		.sink = { .range = file_range(p, all),
			.worker = ROM_WORKER_WRITE,
			.any_order = true,
			.feed = rom_split_feed },
		.lock = PTHREAD_MUTEX_INITIALIZER,
		.out = x->order->out,
		.dir = x->order->dir,
		.p = p,
		.img = x->img,
		.all = all,
	};
	snprintf(c->name, sizeof(c->name), "%s", name);
	st = rom_split_find_file(c, x->order->prefix, err);
	if (st)
		return st;
	if (x->share && !c->kept)
		st = rom_split_share(c, &shared, err);
	if (st || shared)
		return st;
	add_sink(x, &c->sink);
	plan_hash(x, c);
	plan_stats(x, c);
	return ROM_OK;
}

static enum rom_status plan(struct split *x, struct rom_err *err)
{
	struct rom_report *r = x->order->dump->report;
	struct rom_partition *p;
	enum rom_status st = ROM_OK;

	if (x->hash_dump)
		plan_dump_hash(x);
	x->cuts = rom_alloc(r->partitions.n * sizeof(*x->cuts));
	rom_each (p, &r->partitions) {
		if (!p->parent && is_wanted(x->order->options, p) && !st)
			st = plan_file(x, &x->cuts[x->n++], p,
				(struct rom_range){
					p->range.offset, p->present },
				err);
	}
	return st;
}

struct bad_ranges {
	struct rom_report *report;
	uint64_t end;
};

static void note_bad_range(
	void *ctx, struct rom_range range, const struct rom_err *err)
{
	struct bad_ranges *b = ctx;

	/* one note for adjacent ranges: the pass reports them in order */
	if (range.offset != b->end)
		rom_report_note(b->report, ROM_DAMAGE, NULL, range.offset,
			"the dump cannot be read from here on (%s); zeros are "
			"written instead",
			err->text);
	b->end = rom_range_end(range);
}

/* The digest of the dump needs all of it; without, only the range from the
 * first sink to the last is read. */
static struct rom_range range_to_read(const struct split *x)
{
	uint64_t from = UINT64_MAX, to = 0;

	if (x->hash_dump)
		return (struct rom_range){ 0, x->img->size };
	for (size_t i = 0; i < x->sinks.n; i++) {
		from = rom_min(from, x->sinks.v[i]->range.offset);
		to = rom_max(to, rom_range_end(x->sinks.v[i]->range));
	}
	return (struct rom_range){ to ? from : 0, to ? to - from : 0 };
}

static void note_partial(struct split *x)
{
	const struct rom_partition *p;

	rom_each (p, &x->order->dump->report->partitions) {
		if (p->name && p->unread && is_wanted(x->order->options, p))
			rom_report_note(x->order->dump->report, ROM_DAMAGE,
				p->name, p->range.offset,
				"%" PRIu64 " of its %" PRIu64
				" bytes are not in this dump: the file has "
				"zeros in their place",
				p->unread, p->range.len);
		else if (p->name && p->state == ROM_PARTIAL &&
			 x->order->options->n_only == 0 && !p->parent)
			rom_report_note(x->order->dump->report, ROM_INFO,
				p->name, p->range.offset,
				"only %" PRIu64 " of its %" PRIu64
				" bytes are in the dump: it is not cut; split "
				"-p %s cuts what there is",
				p->present, p->range.len, p->name);
	}
}

static bool is_mostly_hole(struct rom_image *img)
{
	return img->size > 1 << 30 &&
	       rom_image_stored(img, 0, img->size) < img->size / 100;
}

static void add_pass(
	struct rom_job_stats *stats, const struct rom_pass *pass, double took)
{
	stats->read += pass->bytes_read;
	stats->holes += pass->bytes_skipped;
	stats->pass += took;
	stats->reading += pass->reading;
	stats->checksums += pass->busy[ROM_WORKER_DIGESTS];
	stats->partitions += pass->busy[ROM_WORKER_PARTITION];
	stats->writing += pass->busy[ROM_WORKER_WRITE];
	for (unsigned i = 0; i < ROM_EXTRACT_SINKS; i++)
		stats->saving += pass->busy[ROM_WORKER_FILES + i];
}

static enum rom_status run(struct split *x, struct rom_err *err)
{
	struct bad_ranges bad = { x->order->dump->report, UINT64_MAX };
	struct rom_pass pass = {
		.img = x->img,
		.range = range_to_read(x),
		.sinks = x->sinks.v,
		.n_sinks = x->sinks.n,
		.progress = x->order->options->progress,
		.what = "cutting partitions",
		.bad = note_bad_range,
		.bad_ctx = &bad,
	};
	double begin = rom_now();
	enum rom_status st = rom_pass_run(&pass, err);

	add_pass(x->order->stats, &pass, rom_now() - begin);
	return st;
}

/* ---- from plan to files -------------------------------------------------- */

/* Runs the pass and stores its results in the report. Frees cuts and sinks, so
 * that x can be used for the next pass. */
static enum rom_status carry_out(
	struct split *x, enum rom_status st, struct rom_err *err)
{
	if (!st && x->sinks.n)
		st = run(x, err);
	for (size_t i = 0; i < x->n; i++) {
		if (!st)
			st = rom_split_finish(
				&x->cuts[i], x->order, x->hash, err);
		rom_job_add_copy(x->order->stats, &x->cuts[i].file.stats);
		rom_split_done(&x->cuts[i]);
	}
	if (x->hash_dump) {
		x->order->stats->copy.hashed += x->dump.sink.range.len;
		rom_hash_sink_done(&x->dump, x->order->dump->report->sha256);
		x->order->dump->report->has_sha256 = !st;
	}
	rom_vec_done(&x->sinks);
	rom_freep(&x->cuts);
	x->n = 0;
	return st;
}

/* The extents of a logical partition need not be in ascending order in the
 * dump: it gets its own pass over its slice, where they are. */
static enum rom_status split_logical(
	struct split *x, struct rom_partition *p, struct rom_err *err)
{
	ROM_AUTO_IMAGE struct rom_image *slice =
		rom_partition_open(x->order->dump->img, p);
	enum rom_status st;

	x->img = slice;
	x->hash_dump = false;
	x->cuts = rom_alloc(sizeof(*x->cuts));
	st = plan_file(x, &x->cuts[x->n++], p,
		(struct rom_range){ 0, slice->size }, err);
	return carry_out(x, st, err);
}

/* Hashing a hole takes as long as hashing data. */
static bool wants_hash(const struct rom_split_order *o)
{
	if (!o->options->hash || o->options->hash_holes ||
		o->dump->file_bytes || !is_mostly_hole(o->dump->img))
		return o->options->hash;
	rom_report_note(o->dump->report, ROM_INFO, NULL, ROM_NO_OFFSET,
		"less than 1 %% of this file is stored, the rest are holes: no "
		"checksums are computed");
	return false;
}

enum rom_status rom_job_split_pass(
	const struct rom_split_order *order, struct rom_err *err)
{
	struct rom_scatter names = { 0 };
	struct rom_scatter_options options = { .style = order->options->style,
		.file = order->options->table_file };
	struct split x = {
		.order = order, .img = order->dump->img, .names = &names
	};
	struct rom_partition *p;
	enum rom_status st;

	x.hash = wants_hash(order);
	x.hash_dump = x.hash && order->whole_dump;
	x.share = !x.hash && rom_out_shares(order->out, order->dump->img);
	/* if that fails, the files are named NAME.bin */
	rom_scatter_make(order->dump->report, &options, &names, NULL);
	st = plan(&x, err);
	for (size_t i = 0; i < order->n_extra_sinks; i++)
		add_sink(&x, order->extra_sinks[i]);
	note_partial(&x);
	st = carry_out(&x, st, err);
	rom_each (p, &order->dump->report->partitions) {
		if (!st && p->parent && is_wanted(order->options, p))
			st = split_logical(&x, p, err);
	}
	rom_scatter_done(&names);
	return st;
}
