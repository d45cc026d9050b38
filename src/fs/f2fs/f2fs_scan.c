/* SPDX-License-Identifier: MIT */
/*
 * f2fs_scan.c - full scan: finds all nodes by their footers and keeps the
 * newest block of each
 *
 * A node is never overwritten in place: its new version is appended to the log
 * of its temperature, and its footer holds the version of the checkpoint before
 * it. So the higher version is newer; f2fs_order.c decides between equal ones.
 */
#include <stdlib.h>

#include "f2fs_full_scan_priv.h"

enum {
	MAX_PAGES = 8192, /* in use: 4 million nodes, 34 MiB */
	CHUNK = 1 << 20,
	/* chi-squared of random bytes: 255 on average, with a standard
	   deviation of 22.5 */
	CHI_MIN = 100,
	CHI_MAX = 430,
};

struct scan {
	struct f2fs_fs *f;
	struct f2fs_full_scan *d;
	uint8_t *buf;
	struct f2fs_order order;
	uint64_t end; /* of block numbers */
	/* all blocks so far were zeros; or zeros and noise */
	bool in_zeros, in_noise;
	bool has_version;
};

/* ---- collecting nodes ---------------------------------------------------- */

static struct f2fs_page *page_for(struct f2fs_full_scan *d, uint32_t nid)
{
	struct f2fs_page **p = &d->page[nid / F2FS_PAGE];

	if (!*p && d->pages == MAX_PAGES) {
		d->found.left_out++;
		return NULL;
	}
	if (!*p) {
		*p = rom_alloc(sizeof(**p));
		d->pages++;
	}
	return *p;
}

static void add_tied_node(struct scan *s, struct f2fs_page *p,
	const struct rom_f2fs_footer *footer, uint32_t block)
{
	if (rom_f2fs_order_tie(&s->order, footer, block))
		return;
	rom_f2fs_set_node(p, footer->nid, (uint32_t)footer->version, block,
		footer->node_ofs == 0);
	rom_f2fs_set_bit(p->in_doubt, footer->nid % F2FS_PAGE, true);
}

static void add_node(
	struct scan *s, const struct rom_f2fs_footer *footer, uint32_t block)
{
	uint32_t version = (uint32_t)footer->version,
		 i = footer->nid % F2FS_PAGE;
	struct f2fs_page *p = page_for(s->d, footer->nid);

	if (!p)
		return;
	if (!s->has_version || rom_f2fs_is_newer(version, s->d->last_version))
		s->d->last_version = version;
	s->has_version = true;
	rom_f2fs_order_node(&s->order, footer, block);
	if (!p->node[i].block || rom_f2fs_is_newer(version, p->node[i].version))
		rom_f2fs_set_node(
			p, footer->nid, version, block, footer->node_ofs == 0);
	else if (version == p->node[i].version)
		add_tied_node(s, p, footer, block);
}

/* ---- reading all of it --------------------------------------------------- */

static bool is_noise(const uint8_t *p)
{
	uint32_t count[256] = { 0 }, sum = 0;

	for (size_t i = 0; i < ROM_F2FS_BLOCK; i++)
		count[p[i]]++;
	for (size_t i = 0; i < 256; i++)
		sum += count[i] * count[i] / (ROM_F2FS_BLOCK / 256);
	return sum > ROM_F2FS_BLOCK + CHI_MIN && sum < ROM_F2FS_BLOCK + CHI_MAX;
}

/* Tracks how far the beginning was overwritten by zeros, or by zeros and
 * noise. */
static void track_head(struct scan *s, const uint8_t *p, uint32_t block)
{
	if (!s->in_zeros && !s->in_noise)
		return;
	s->in_zeros = s->in_zeros && p[0] == 0 &&
		      !memcmp(p, p + 1, ROM_F2FS_BLOCK - 1);
	s->in_noise = s->in_zeros || (s->in_noise && is_noise(p));
	if (s->in_zeros)
		s->d->found.first = block + 1;
	if (s->in_noise)
		s->d->noise_end = block + 1;
}

static void scan_blocks(struct scan *s, uint64_t first, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		uint64_t block = first + i;
		struct rom_buffer v = { .p = s->buf + i * ROM_F2FS_BLOCK,
			.len = ROM_F2FS_BLOCK,
			.offset = rom_f2fs_bytes(block) };
		struct rom_f2fs_footer footer;

		track_head(s, v.p, (uint32_t)block);
		if (!rom_f2fs_is_node(&v, s->end))
			continue;
		footer = rom_f2fs_footer_decode(&v);
		add_node(s, &footer, (uint32_t)block);
	}
}

/* A chunk that cannot be read as a whole is read block by block. */
static void read_chunk(struct scan *s, uint64_t first, size_t n)
{
	struct rom_image *img = s->f->fs.meta;
	struct rom_err err;

	if (!rom_read(img, s->buf, n * ROM_F2FS_BLOCK, rom_f2fs_bytes(first),
		    &err)) {
		scan_blocks(s, first, n);
		return;
	}
	for (size_t i = 0; i < n; i++) {
		if (!rom_read(img, s->buf, ROM_F2FS_BLOCK,
			    rom_f2fs_bytes(first + i), &err))
			scan_blocks(s, first + i, 1);
	}
}

/* How many blocks from here on are a hole or absent, and need not be read. */
static uint64_t count_unstored(struct scan *s, uint64_t block)
{
	uint64_t n;
	struct rom_span span;

	rom_image_map(s->f->fs.meta, rom_f2fs_bytes(block),
		rom_f2fs_bytes(s->end - block), &span);
	if (span.kind == ROM_SPAN_DATA || span.kind == ROM_SPAN_READ)
		return 0;
	n = span.len / ROM_F2FS_BLOCK;
	if (span.kind == ROM_SPAN_FILL)
		s->in_zeros = false;
	if (s->in_zeros)
		s->d->found.first = (uint32_t)(block + n);
	return n;
}

static void read_all(struct scan *s, uint64_t first)
{
	while (first < s->end && !rom_is_stopped(s->f->fs.options.progress)) {
		uint64_t skip = count_unstored(s, first);
		size_t n =
			(size_t)rom_min(CHUNK / ROM_F2FS_BLOCK, s->end - first);

		if (!skip)
			read_chunk(s, first, n);
		first += skip ? skip : n;
	}
}

static void count(struct f2fs_full_scan *d)
{
	for (uint32_t i = 0; i < F2FS_PAGES; i++) {
		const struct f2fs_page *p = d->page[i];

		for (uint32_t k = 0; p && k < F2FS_PAGE; k++) {
			if (!p->node[k].block)
				continue;
			d->found.nodes++;
			d->found.inodes += rom_f2fs_get_bit(p->is_inode, k);
			d->found.end = i * F2FS_PAGE + k + 1;
		}
	}
}

void rom_f2fs_scan(struct f2fs_fs *f, uint64_t first)
{
	struct scan s = { .f = f, .in_zeros = !first, .in_noise = !first };

	s.d = f->full_scan = rom_alloc(sizeof(*f->full_scan));
	s.end = rom_min(f->end_block, f->fs.meta->size / ROM_F2FS_BLOCK);
	s.buf = rom_alloc(CHUNK);
	read_all(&s, first);
	rom_f2fs_order_settle(&s.order, s.d);
	count(s.d);
	free(s.buf);
	rom_f2fs_order_done(&s.order);
}
