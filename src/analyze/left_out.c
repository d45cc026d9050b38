/* SPDX-License-Identifier: MIT */
/*
 * left_out.c - what a sparse image leaves out (DONT_CARE): is it needed?
 *
 * Those bytes are unknown. In an image that is whole they lie where no file
 * does; of a split image they are in another part. Which of the two it is, the
 * filesystems tell: what they do not use is not missed.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "analyze_priv.h"

typedef ROM_VEC(struct rom_range) range_list;

/* What of a partition is left out, and how much of that something uses. */
struct need {
	range_list left_out; /* ascending */
	size_t i;	     /* first of them that may lie at or after done */
	uint64_t done;	     /* all before this was looked at */
	range_list idle;
	uint64_t bytes;
	uint64_t first; /* offset of the first; ROM_NO_OFFSET: none */
};

/* Counts what is left out between n->done and offset as needed. */
static void need_up_to(struct need *n, uint64_t offset)
{
	for (; n->i < n->left_out.n; n->i++) {
		struct rom_range r = n->left_out.v[n->i];
		uint64_t from = rom_max(r.offset, n->done),
			 to = rom_min(rom_range_end(r), offset);

		if (from < to) {
			n->bytes += to - from;
			n->first = rom_min(n->first, from);
		}
		if (rom_range_end(r) > offset)
			break;
	}
	n->done = rom_max(n->done, offset);
}

static bool take_free(void *ctx, struct rom_range range, enum rom_use use)
{
	struct need *n = ctx;

	if (use != ROM_USE_FREE)
		return true;
	need_up_to(n, range.offset);
	n->done = rom_max(n->done, rom_range_end(range));
	return true;
}

static void take_idle(void *ctx, struct rom_range range)
{
	struct need *n = ctx;

	*rom_vec_add(&n->idle) = range;
}

static int by_offset(const void *a, const void *b)
{
	const struct rom_range *x = a, *y = b;

	return x->offset < y->offset ? -1 : x->offset > y->offset;
}

/* Sorts the idle ranges and joins those that overlap. */
static void merge_idle(range_list *l)
{
	size_t n = 0;

	if (!l->n)
		return;
	qsort(l->v, l->n, sizeof(*l->v), by_offset);
	for (size_t i = 1; i < l->n; i++) {
		uint64_t end = rom_range_end(l->v[n]);

		if (l->v[i].offset > end)
			l->v[++n] = l->v[i];
		else if (rom_range_end(l->v[i]) > end)
			l->v[n].len = rom_range_end(l->v[i]) - l->v[n].offset;
	}
	l->n = n + 1;
}

/* Adds what of r lies between the idle ranges from number k on, the first that
 * ends after r begins. */
static void add_rest(
	range_list *rest, struct rom_range r, const range_list *idle, size_t k)
{
	uint64_t from = r.offset, end = rom_range_end(r);

	for (; k < idle->n && idle->v[k].offset < end; k++) {
		if (idle->v[k].offset > from)
			*rom_vec_add(rest) = (struct rom_range){ from,
				idle->v[k].offset - from };
		from = rom_range_end(idle->v[k]);
	}
	if (from < end)
		*rom_vec_add(rest) = (struct rom_range){ from, end - from };
}

/* Removes from what is left out the ranges that are idle. */
static void remove_idle(struct need *n)
{
	range_list rest = { 0 };
	size_t k = 0;

	merge_idle(&n->idle);
	for (size_t i = 0; i < n->left_out.n; i++) {
		struct rom_range r = n->left_out.v[i];

		while (k < n->idle.n && rom_range_end(n->idle.v[k]) <= r.offset)
			k++;
		add_rest(&rest, r, &n->idle, k);
	}
	rom_vec_done(&n->left_out);
	n->left_out = rest;
}

static void list_left_out(struct rom_image *img, range_list *ret)
{
	struct rom_span span;

	for (uint64_t offset = 0; offset < img->size; offset += span.len) {
		rom_image_map(img, offset, img->size - offset, &span);
		if (span.kind == ROM_SPAN_ABSENT && span.left_out)
			*rom_vec_add(ret) =
				(struct rom_range){ offset, span.len };
	}
}

/* How much of what is left out of p something uses. A filesystem tells; of
 * other formats, what lies behind their end is not used. */
static void find_need(
	struct rom_dump *dump, const struct rom_partition *p, struct need *n)
{
	struct rom_fs *fs = rom_partition_has_format(p)
				    ? rom_fs_cache_usual(dump, p)
				    : NULL;
	ROM_AUTO_IMAGE struct rom_image *part =
		fs ? rom_image_ref(rom_fs_data(fs))
		   : rom_partition_open(dump->img, p);
	uint64_t used = rom_partition_lead(p)->used;
	struct rom_err err;

	n->first = ROM_NO_OFFSET;
	list_left_out(part, &n->left_out);
	if (fs && !rom_fs_needs_full_scan(fs)) {
		rom_fs_idle_ranges(fs, take_idle, n);
		remove_idle(n);
		if (rom_fs_free_ranges(fs, take_free, n, &err))
			n->i = 0; /* what was counted so far stays */
	}
	need_up_to(n, used && used < part->size ? used : part->size);
	rom_vec_done(&n->left_out);
	rom_vec_done(&n->idle);
}

/* ---- the rows ------------------------------------------------------------ */

/* What of the row is absent for another reason stays unread. */
static void set_need(
	struct rom_partition *p, uint64_t left_out, const struct need *n)
{
	p->unread -= left_out - rom_min(n->bytes, left_out);
	if (!p->unread && p->present == p->range.len && !p->open_end)
		p->state = ROM_COMPLETE;
}

/* The row after it is one of its logical partitions. */
static bool is_super(const struct rom_report *r, size_t i)
{
	return !r->partitions.v[i].parent && i + 1 < r->partitions.n &&
	       r->partitions.v[i + 1].parent;
}

/* Sums up what its logical partitions need. */
static void need_of_super(
	struct rom_report *r, const struct rom_partition *p, struct need *n)
{
	const struct rom_partition *row;

	n->first = ROM_NO_OFFSET;
	rom_each (row, &r->partitions) {
		if (row->parent && row->present)
			n->bytes += row->unread;
		if (row->parent && row->state != ROM_COMPLETE)
			n->first = rom_min(
				n->first, row->range.offset - p->range.offset);
	}
}

struct sum {
	uint64_t bytes, needed;
	uint64_t first; /* in the dump */
	uint64_t end;	/* of the last partition that misses something */
};

static void judge_row(struct rom_dump *dump, struct rom_partition *p,
	bool super, struct sum *sum)
{
	ROM_AUTO_IMAGE struct rom_image *part =
		rom_partition_open(dump->img, p);
	uint64_t left_out =
		rom_image_left_out(part, 0, rom_min(part->size, p->range.len));
	struct need n = { 0 };

	if (!left_out)
		return;
	if (super)
		need_of_super(dump->report, p, &n);
	else if (p->present)
		find_need(dump, p, &n);
	else
		n = (struct need){ .bytes = left_out };
	if (p->present)
		set_need(p, left_out, &n);
	/* bytes that no partition covers belong to nothing */
	if (p->parent || (!p->name && p->source))
		return;
	sum->needed += n.bytes;
	if (n.bytes && n.first != ROM_NO_OFFSET)
		sum->first = rom_min(sum->first, p->range.offset + n.first);
	if (n.bytes)
		sum->end = rom_max(sum->end, rom_range_end(p->range));
}

static void note_need(struct rom_dump *dump, const struct sum *sum)
{
	const struct rom_opened *o = dump->opened;
	bool more = o && o->next && sum->end > o->held_end;
	ROM_AUTO char *next =
		more ? rom_printable(o->next, strlen(o->next)) : NULL;
	char human[32];

	dump->report->complete = false;
	rom_report_note(dump->report, ROM_DAMAGE, NULL,
		sum->first == ROM_NO_OFFSET ? ROM_NO_OFFSET : sum->first,
		"%" PRIu64 " bytes (%s) that belong to files or partitions "
		"are left out of this sparse image; they are unknown, and not "
		"taken for zeros; files there are damaged%s%s%s",
		sum->needed, rom_human(sum->needed, human, sizeof(human)),
		next ? ": is its part " : "", next ? next : "",
		next ? " missing?" : "");
}

void rom_analyze_left_out(struct rom_dump *dump)
{
	struct rom_report *r = dump->report;
	struct sum sum = { .first = ROM_NO_OFFSET };
	char human[32];

	sum.bytes = rom_image_left_out(dump->img, 0, dump->img->size);
	if (!sum.bytes)
		return;
	/* super after its logical partitions, whose sum it is */
	for (size_t i = 0; i < r->partitions.n; i++) {
		if (!is_super(r, i))
			judge_row(dump, &r->partitions.v[i], false, &sum);
	}
	for (size_t i = 0; i < r->partitions.n; i++) {
		if (is_super(r, i))
			judge_row(dump, &r->partitions.v[i], true, &sum);
	}
	if (sum.needed)
		note_need(dump, &sum);
	else
		rom_report_note(r, ROM_INFO, NULL, ROM_NO_OFFSET,
			"%" PRIu64 " bytes (%s) are left out of this sparse "
			"image; no file lies there",
			sum.bytes, rom_human(sum.bytes, human, sizeof(human)));
}
