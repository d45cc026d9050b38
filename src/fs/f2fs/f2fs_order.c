/* SPDX-License-Identifier: MIT */
/*
 * f2fs_order.c - decides which of two blocks with one node and version is newer
 *
 * Nodes of one temperature are appended to a segment until it is full, then to
 * another, and each names the block of the next. So within a segment the higher
 * block is newer; of two segments, the one to which the log moved on. Without a
 * superblock the alignment of segments is unknown; it is voted on by the nodes
 * that lead from the last block of one segment to the first of another.
 */
#include <stdlib.h>

#include "f2fs_full_scan_priv.h"

enum {
	MAX_TIES = 1 << 18,
	MAX_JUMPS = 1 << 18,
	MAX_GAPS = 1 << 16,
	MAX_SEGMENTS = 10000, /* written between two checkpoints */
};

/* Nodes are consecutive: a block among them that is not a node, or an older
 * one, is damaged. */
static void note_gap(struct f2fs_order *o, const struct rom_f2fs_footer *footer,
	uint32_t block)
{
	uint32_t version = (uint32_t)footer->version;

	if (o->expected && rom_f2fs_is_newer(o->version, version))
		return;
	if (o->expected && o->expected != block && o->gaps.n < MAX_GAPS)
		*rom_vec_add(&o->gaps) =
			(struct f2fs_gap){ o->expected, block };
	o->expected = footer->next == block + 1 ? footer->next : 0;
	o->version = version;
}

void rom_f2fs_order_node(struct f2fs_order *o,
	const struct rom_f2fs_footer *footer, uint32_t block)
{
	note_gap(o, footer, block);
	if (!footer->next || footer->next == block + 1)
		return;
	if ((block + 1) % ROM_F2FS_SEGMENT == footer->next % ROM_F2FS_SEGMENT)
		o->votes[footer->next % ROM_F2FS_SEGMENT]++;
	if (o->jumps.n < MAX_JUMPS)
		*rom_vec_add(&o->jumps) = (struct f2fs_jump){ block,
			footer->next, (uint32_t)footer->version };
}

bool rom_f2fs_order_tie(struct f2fs_order *o,
	const struct rom_f2fs_footer *footer, uint32_t block)
{
	if (o->ties.n == MAX_TIES)
		return false;
	*rom_vec_add(&o->ties) = (struct f2fs_tie){ footer->nid, block,
		(uint32_t)footer->version, footer->node_ofs == 0 };
	return true;
}

/* The offset at which segments begin, by majority. */
static uint32_t phase_of(const struct f2fs_order *o)
{
	uint32_t best = 0;

	for (uint32_t i = 1; i < ROM_F2FS_SEGMENT; i++) {
		if (o->votes[i] > o->votes[best])
			best = i;
	}
	return best;
}

static uint32_t segment_of(uint32_t block, uint32_t phase)
{
	return (block - phase + ROM_F2FS_SEGMENT) / ROM_F2FS_SEGMENT;
}

static int compare_jumps(const void *a, const void *b)
{
	const struct f2fs_jump *x = a, *y = b;

	if (x->from != y->from)
		return x->from < y->from ? -1 : 1;
	return x->version < y->version ? -1 : x->version > y->version;
}

/* Converts blocks to segments and drops jumps within one. */
static void sort_jumps(struct f2fs_order *o, uint32_t phase)
{
	size_t n = 0;

	for (size_t i = 0; i < o->jumps.n; i++) {
		struct f2fs_jump j = o->jumps.v[i];

		j.from = segment_of(j.from, phase);
		j.to = segment_of(j.to, phase);
		if (j.from != j.to)
			o->jumps.v[n++] = j;
	}
	o->jumps.n = n;
	if (n)
		qsort(o->jumps.v, n, sizeof(*o->jumps.v), compare_jumps);
}

/* True when the log moved from segment a, by any number of jumps, to b, before
 * the next checkpoint. Bounded, because jumps may form a cycle. */
static bool log_leads(
	const struct f2fs_order *o, uint32_t a, uint32_t b, uint32_t version)
{
	struct f2fs_jump key = { .from = a, .version = version };

	for (unsigned i = 0; i < MAX_SEGMENTS && o->jumps.n; i++) {
		const struct f2fs_jump *j = bsearch(&key, o->jumps.v,
			o->jumps.n, sizeof(*o->jumps.v), compare_jumps);

		if (!j || j->to == b)
			return j != NULL;
		key.from = j->to;
	}
	return false;
}

static void settle_tie(const struct f2fs_order *o, const struct f2fs_tie *t,
	struct f2fs_full_scan *d, uint32_t phase)
{
	struct f2fs_page *p = d->page[t->nid / F2FS_PAGE];
	uint32_t i = t->nid % F2FS_PAGE, other = p->node[i].block;
	uint32_t a = segment_of(other, phase), b = segment_of(t->block, phase);
	bool same = a == b, before = !same && log_leads(o, b, a, t->version);

	if (p->node[i].version != t->version || before ||
		(same && other > t->block))
		return;
	rom_f2fs_set_node(p, t->nid, t->version, t->block, t->is_inode);
	rom_f2fs_set_bit(
		p->in_doubt, i, !same && !log_leads(o, a, b, t->version));
}

void rom_f2fs_order_settle(struct f2fs_order *o, struct f2fs_full_scan *d)
{
	uint32_t phase = phase_of(o);
	const struct f2fs_tie *t;
	const struct f2fs_gap *g;

	sort_jumps(o, phase);
	rom_each (t, &o->ties)
		settle_tie(o, t, d, phase);
	/* across segments a gap proves nothing: the log may have moved on
	 * elsewhere */
	rom_each (g, &o->gaps)
		d->found.gaps +=
			segment_of(g->from, phase) == segment_of(g->to, phase);
}

void rom_f2fs_order_done(struct f2fs_order *o)
{
	rom_vec_done(&o->ties);
	rom_vec_done(&o->jumps);
	rom_vec_done(&o->gaps);
}
