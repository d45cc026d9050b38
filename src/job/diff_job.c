/* SPDX-License-Identifier: MIT */
/* diff_job.c - compares two dumps partition by partition: a working phone with
 * a broken one */
#include <stdlib.h>

#include "job_priv.h"
#include "romsplit/analyze.h"

enum { CHUNK = 1 << 20, BLOCK = 4096 };

/* One partition of one dump while it is compared. */
struct side {
	struct rom_image *slice;
	struct rom_partition *p;
	struct rom_digest *digest;
	uint8_t *buf;
};

static void open_side(
	struct side *s, struct rom_image *img, struct rom_partition *p)
{
	*s = (struct side){ .p = p };
	if (!p || !p->present)
		return;
	s->slice = rom_partition_open(img, p);
	s->digest = rom_digest_new(ROM_HASH_SHA256);
	s->buf = rom_alloc(CHUNK);
}

static void close_side(struct side *s, bool whole)
{
	if (s->digest && whole) {
		rom_digest_final(s->digest, s->p->sha256);
		s->p->has_sha256 = s->p->state == ROM_COMPLETE;
	}
	rom_digest_free(s->digest);
	rom_image_close(s->slice);
	free(s->buf);
}

/* Reads up to CHUNK bytes of the partition at offset into the buffer and the
 * digest; an unreadable block becomes zeros. Returns 0 at its end. */
static size_t fill(struct side *s, uint64_t offset)
{
	uint64_t left =
		s->slice && s->p->present > offset ? s->p->present - offset : 0;
	size_t n = (size_t)rom_min(left, CHUNK);
	struct rom_err err;

	if (!n)
		return 0;
	for (size_t off = 0; off < n; off += BLOCK) {
		size_t len = (size_t)rom_min(BLOCK, n - off);

		if (off == 0 && !rom_read(s->slice, s->buf, n, offset, &err))
			break;
		if (rom_read(s->slice, s->buf + off, len, offset + off, &err))
			memset(s->buf + off, 0, len);
	}
	rom_digest_update(s->digest, s->buf, n);
	return n;
}

static bool both_holes(
	const struct side *a, const struct side *b, uint64_t offset)
{
	struct rom_span x, y;

	if (!a->slice || !b->slice)
		return false;
	rom_image_map(a->slice, offset, CHUNK, &x);
	rom_image_map(b->slice, offset, CHUNK, &y);
	return x.kind == ROM_SPAN_HOLE && y.kind == ROM_SPAN_HOLE &&
	       x.len == CHUNK && y.len == CHUNK;
}

static void compare_blocks(struct rom_diff_row *row, const struct side *a,
	const struct side *b, uint64_t offset, size_t n)
{
	for (size_t off = 0; off < n; off += BLOCK) {
		size_t len = (size_t)rom_min(BLOCK, n - off), i = 0;

		row->blocks++;
		if (!memcmp(a->buf + off, b->buf + off, len))
			continue;
		row->different++;
		if (row->first != ROM_NO_OFFSET)
			continue;
		while (a->buf[off + i] == b->buf[off + i])
			i++;
		row->first = offset + off + i;
	}
}

static bool is_stopped(const struct rom_progress *progress)
{
	return progress && progress->stop;
}

static void compare(struct rom_diff_row *row, struct side *a, struct side *b,
	struct rom_progress *progress)
{
	for (uint64_t offset = 0; !is_stopped(progress); offset += CHUNK) {
		size_t n, m;

		if (both_holes(a, b, offset)) {
			rom_digest_zeros(a->digest, CHUNK);
			rom_digest_zeros(b->digest, CHUNK);
			row->blocks += CHUNK / BLOCK;
			continue;
		}
		n = fill(a, offset);
		m = fill(b, offset);
		if (!n && !m)
			return;
		compare_blocks(row, a, b, offset, (size_t)rom_min(n, m));
		if (progress && progress->tick)
			progress->tick(progress, offset,
				rom_max(a->p ? a->p->present : 0,
					b->p ? b->p->present : 0),
				row->name);
	}
}

static enum rom_diff_status status_of(const struct rom_diff_row *row)
{
	if (!row->a || !row->b)
		return row->a ? ROM_DIFF_ONLY_A : ROM_DIFF_ONLY_B;
	if (rom_partition_start(row->a) != rom_partition_start(row->b) ||
		row->a->range.len != row->b->range.len)
		return ROM_DIFF_PLACE;
	if (row->different || row->a->present != row->b->present)
		return ROM_DIFF_CONTENT;
	return ROM_DIFF_SAME;
}

struct diffing {
	struct rom_image *a, *b;
	struct rom_progress *progress;
	struct rom_diff *d;
};

static void add_row(
	struct diffing *x, struct rom_partition *a, struct rom_partition *b)
{
	struct rom_diff_row *row = rom_vec_add(&x->d->rows);
	struct side sa, sb;

	*row = (struct rom_diff_row){ .name = rom_partition_label(a ? a : b),
		.a = a,
		.b = b,
		.first = ROM_NO_OFFSET };
	open_side(&sa, x->a, a);
	open_side(&sb, x->b, b);
	compare(row, &sa, &sb, x->progress);
	close_side(&sa, !is_stopped(x->progress));
	close_side(&sb, !is_stopped(x->progress));
	row->status = status_of(row);
	x->d->same &= row->status == ROM_DIFF_SAME;
}

/* The first partition of that name that no row refers to yet: a table may have
 * a name twice. */
static struct rom_partition *partner(
	const struct rom_diff *d, struct rom_report *r, const char *name)
{
	const struct rom_diff_row *row;
	struct rom_partition *p;

	rom_each (p, &r->partitions) {
		bool taken = !p->name || strcmp(p->name, name);

		rom_each (row, &d->rows)
			taken |= row->b == p;
		if (!taken)
			return p;
	}
	return NULL;
}

enum rom_status rom_job_diff(struct rom_dump *a, struct rom_dump *b,
	struct rom_progress *progress, struct rom_diff *ret,
	struct rom_err *err)
{
	struct rom_diff d = { .same = true };
	struct diffing x = { a->img, b->img, progress, &d };
	struct rom_report *ra = a->report, *rb = b->report;
	struct rom_partition *p;
	bool bare = ra->table.kind == ROM_TABLE_NONE &&
		    rb->table.kind == ROM_TABLE_NONE;

	if (bare)
		add_row(&x, &ra->partitions.v[0], &rb->partitions.v[0]);
	rom_each (p, &ra->partitions) {
		if (p->name && !p->parent)
			add_row(&x, p, partner(&d, rb, p->name));
	}
	rom_each (p, &rb->partitions) {
		if (p->name && !p->parent && partner(&d, rb, p->name) == p)
			add_row(&x, NULL, p);
	}
	*ret = d;
	return is_stopped(progress)
		       ? rom_fail(err, ROM_E_STOPPED, ROM_NO_OFFSET, "stopped")
		       : ROM_OK;
}
