/* SPDX-License-Identifier: MIT */
/*
 * fat_geometry.c - the layout of a FAT whose boot sectors are gone, from its
 * FATs and its directories
 *
 * A FAT begins with the media byte and ones, and its copy repeats the first
 * sector: the distance is its length. The root follows. What is still unknown,
 * the size of a cluster and (FAT12, FAT16) of the root, is what leads most
 * directories to an entry '.' with their own number, and most files to a chain
 * of their length. Nothing is guessed without such a proof.
 */
#include <stdlib.h>

#include "fat_priv.h"
#include "romsplit/media.h"

enum {
	SECTOR = 512,
	PIECE = 64 << 10,
	/* the first FAT, or the second where the first is erased, begins before
	 * this */
	MAX_HEAD = 5 << 20,
	MAX_HEADS = 16,
	MAX_FAT_LEN = 16 << 20, /* a gigabyte of clusters for each 2^18 bytes */
	MAX_CLUSTER_LEN = 256 << 10,
	MAX_FAT12 = 4085,
	MAX_FAT16 = 65525,
	/* entries that are looked at, and the longest chain of a file */
	MAX_ENTRIES = 256,
	MAX_CHAIN = 1 << 16,
	MAX_HEADS_READ = 8,
	/* of one search: geometries that are tried, links that are followed,
	 * sectors that are taken for a root; more only in a hostile image */
	MAX_TRIES = 1 << 13,
	MAX_LINKS = 1 << 24,
	MAX_ROOTS = 32,
	DIRECTORY_VOTES = 8, /* '.' has 32 bits of evidence, a length few */
	DELETED = 0xe5,
};

struct budget {
	unsigned tries, links;
};

struct geometry {
	struct rom_image *img;
	struct budget *budget;
	struct rom_fat_boot boot;
	int score; /* 0: no proof */
};

/* ---- directories --------------------------------------------------------- */

static bool is_entry(const uint8_t *p)
{
	if (p[0x0b] == FAT_ATTR_LONG)
		return !p[0x0c] && !p[0x1a] && !p[0x1b];
	for (size_t i = 0; i < 11; i++) {
		if (p[i] < 0x20 && !(i == 0 && *p == 0x05))
			return false;
	}
	return *p != ' ' && !(p[0x0b] & FAT_ATTR_NEVER);
}

/* A sector with the beginning of a directory, which is not empty. */
static bool is_root(const uint8_t *sector)
{
	size_t n = 0;

	while (n < SECTOR / FAT_ENTRY_LEN && sector[n * FAT_ENTRY_LEN]) {
		const uint8_t *p = sector + n++ * FAT_ENTRY_LEN;

		if (!is_entry(p) || *p == '.')
			return false;
	}
	/* nothing follows the end mark */
	for (size_t i = n * FAT_ENTRY_LEN; i < SECTOR; i++) {
		if (sector[i])
			return false;
	}
	return n > 0;
}

/* ---- proof --------------------------------------------------------------- */

/* Votes for a geometry: those of the entries of a directory at offset. */
struct vote {
	struct fat_volume *v;
	int score;
	unsigned left;	/* entries that may still be looked at */
	unsigned heads; /* files whose first bytes may still be read */
	/* something known is where the clusters would be */
	bool is_placed;
	struct budget *budget;
	uint32_t child; /* a directory whose entries have not voted; 0: none */
};

static void vote_directory(struct vote *t, uint32_t cluster)
{
	uint8_t dot[FAT_ENTRY_LEN];
	struct rom_err err;
	bool good;

	if (rom_read(t->v->fs.meta, dot, sizeof(dot),
		    rom_fat_offset(t->v, cluster), &err))
		return;
	good = !memcmp(dot, ".          ", 11) && dot[0x0b] & FAT_ATTR_DIR &&
	       rom_fat_first_cluster(t->v, dot) == cluster;
	t->score += good ? DIRECTORY_VOTES : -DIRECTORY_VOTES;
	if (!good)
		return;
	t->child = cluster;
	t->is_placed = true;
}

/* Where a file of a known format begins, there is a cluster. */
static void vote_head(struct vote *t, uint32_t cluster)
{
	uint8_t head[SECTOR];
	struct rom_err err;

	if (!t->heads)
		return;
	t->heads--;
	if (rom_read(t->v->fs.meta, head, sizeof(head),
		    rom_fat_offset(t->v, cluster), &err) ||
		!rom_media_identify(head, sizeof(head)))
		return;
	t->score++;
	t->is_placed = true;
}

static void vote_file(struct vote *t, uint32_t cluster, uint32_t size)
{
	uint64_t want = ((uint64_t)size + t->v->cluster - 1) / t->v->cluster,
		 n = 1;
	struct fat_link_to l = rom_fat_link(t->v, cluster);

	for (; l.link == FAT_NEXT && n < MAX_CHAIN && t->budget->links; n++) {
		l = rom_fat_link(t->v, l.value);
		t->budget->links--;
	}
	/* a file of one cluster says nothing but that it is not larger */
	if (l.link != FAT_END || l.blank || (n == 1 && want == 1))
		return;
	t->score += n == want ? 1 : -1;
}

static void vote_entry(struct vote *t, const uint8_t *p)
{
	struct rom_buffer e = { .p = p, .len = FAT_ENTRY_LEN };
	uint32_t cluster = rom_fat_first_cluster(t->v, p);

	if (*p == DELETED || *p == '.' || p[0x0b] & FAT_ATTR_LABEL ||
		!rom_fat_is_cluster(t->v, cluster))
		return;
	if (p[0x0b] & FAT_ATTR_DIR)
		vote_directory(t, cluster);
	else if (rom_le32(&e, 0x1c)) {
		vote_file(t, cluster, rom_le32(&e, 0x1c));
		vote_head(t, cluster);
	}
}

static void vote_sectors(struct vote *t, uint64_t offset, uint64_t len)
{
	uint8_t sector[SECTOR];
	struct rom_err err;

	for (; len >= SECTOR && t->left; offset += SECTOR, len -= SECTOR) {
		if (rom_read(t->v->fs.meta, sector, SECTOR, offset, &err))
			return;
		for (size_t i = 0; i < SECTOR && t->left;
			i += FAT_ENTRY_LEN, t->left--) {
			if (!sector[i])
				return;
			vote_entry(t, sector + i);
		}
	}
}

static void fill_volume(struct fat_volume *v, const struct geometry *g)
{
	const struct rom_fat_boot *b = &g->boot;

	*v = (struct fat_volume){ .fs.meta = g->img,
		.fs.silent = true,
		.bits = b->bits,
		.cluster = b->cluster,
		.clusters = b->clusters,
		.data_at = b->data_at,
		.fat_at = { b->fat_at, b->fat_at + b->fat_len },
		.fat_len = b->fat_len,
		.fats = b->fats };
}

/* The votes of the root, and of the last directory in it, and so on. */
static int score_of(const struct geometry *g)
{
	struct fat_volume *v;
	struct vote t = { .budget = g->budget,
		.left = MAX_ENTRIES,
		.heads = MAX_HEADS_READ };

	if (!g->budget->tries || !g->budget->links)
		return 0;
	g->budget->tries--;
	t.v = v = rom_alloc(sizeof(*v));
	fill_volume(v, g);
	/* the root of FAT32 is a cluster */
	t.is_placed = g->boot.bits == 32;
	if (t.is_placed)
		vote_sectors(&t, rom_fat_offset(v, g->boot.root_cluster),
			v->cluster);
	else
		vote_sectors(&t, g->boot.root_at, g->boot.root_len);
	for (unsigned i = 0; t.child && i < 8; i++) {
		uint32_t child = t.child;

		t.child = 0;
		t.left = MAX_ENTRIES;
		vote_sectors(&t, rom_fat_offset(v, child), v->cluster);
	}
	rom_fat_table_done(v);
	free(v);
	return t.is_placed ? t.score : 0;
}

/* ---- candidates ---------------------------------------------------------- */

/* How well a geometry fits a partition of the size of the image: the number of
 * clusters decides the type, and the FAT has entries for all, and few more.
 * This decides between those of equal score. */
static unsigned fit_of(const struct geometry *g)
{
	const struct rom_fat_boot *b = &g->boot;
	uint64_t clusters, entries;
	unsigned type;

	if (!g->score)
		return 0;
	clusters = (g->img->size - b->data_at) / b->cluster;
	entries = b->fat_len * 8 / b->bits - 2;
	type = clusters < MAX_FAT12 ? 12 : clusters < MAX_FAT16 ? 16 : 32;
	return (b->bits == type ? 1000u : 0) +
	       (clusters <= entries ? (unsigned)(clusters * 100 / entries) : 0);
}

static void keep_better(const struct geometry *g, struct geometry *best)
{
	if (g->score > best->score ||
		(g->score == best->score && fit_of(g) > fit_of(best)))
		*best = *g;
}

/* Sets the number of clusters; false when the type does not have so many. */
static bool count_clusters(struct geometry *g)
{
	struct rom_fat_boot *b = &g->boot;
	uint64_t entries = b->fat_len * 8 / b->bits,
		 most = b->bits == 12	? MAX_FAT12 - 1
			: b->bits == 16 ? MAX_FAT16 - 1
					: 0x0ffffff5;

	if (entries < 3 || b->data_at >= g->img->size)
		return false;
	/* the FAT is rounded up, but the image may be cut short */
	b->clusters = (uint32_t)rom_min(entries - 2, most);
	b->size = b->data_at + (uint64_t)b->clusters * b->cluster;
	return b->clusters > 0;
}

static void try_cluster_sizes(struct geometry *g, struct geometry *best)
{
	for (uint32_t len = SECTOR; len <= MAX_CLUSTER_LEN; len *= 2) {
		g->boot.cluster = len;
		if (!count_clusters(g))
			continue;
		g->score = score_of(g);
		keep_better(g, best);
	}
}

/* FAT12, FAT16: the root is not in a cluster; its length is usually 512
 * entries. */
static void try_roots(struct geometry *g, struct geometry *best)
{
	static const uint16_t entries[] = { 512, 256, 224, 112, 240, 1024, 2048,
		128, 64, 192, 16, 32, 96, 384, 768, 4096 };
	uint8_t sector[SECTOR];
	struct rom_err err;

	g->boot.root_at = g->boot.fat_at + g->boot.fats * g->boot.fat_len;
	if (rom_read(g->img, sector, SECTOR, g->boot.root_at, &err) ||
		!is_root(sector))
		return;
	for (size_t i = 0; i < sizeof(entries) / sizeof(*entries); i++) {
		g->boot.root_len = entries[i] * FAT_ENTRY_LEN;
		g->boot.data_at = g->boot.root_at + g->boot.root_len;
		try_cluster_sizes(g, best);
	}
}

/* A root in cluster c; of cluster 2 the place does not depend on the size of a
 * cluster. */
static void try_root_cluster(
	struct geometry *g, uint32_t c, struct geometry *best)
{
	uint8_t sector[SECTOR];
	struct rom_err err;

	g->boot.root_cluster = c;
	for (uint32_t len = SECTOR; len <= MAX_CLUSTER_LEN; len *= 2) {
		g->boot.cluster = len;
		if (rom_read(g->img, sector, SECTOR,
			    g->boot.data_at + (uint64_t)(c - 2) * len, &err) ||
			!is_root(sector) || !count_clusters(g))
			continue;
		g->score = score_of(g);
		keep_better(g, best);
	}
}

/* FAT32: the root is a chain that usually begins with cluster 2. */
static void try_root_clusters(struct geometry *g, struct geometry *best)
{
	enum { MAX_ROOT = 34 };
	struct geometry own = { .img = g->img, .budget = g->budget };

	g->boot.data_at = g->boot.fat_at + g->boot.fats * g->boot.fat_len;
	for (uint32_t c = 2; c <= MAX_ROOT && !own.score; c++)
		try_root_cluster(g, c, &own);
	keep_better(&own, best);
}

static void try_type(struct geometry *g, unsigned bits, struct geometry *best)
{
	g->boot.bits = bits;
	if (bits == 32)
		try_root_clusters(g, best);
	else
		try_roots(g, best);
}

/* ---- FATs ---------------------------------------------------------------- */

/* The types of FAT that may begin so, as a sum of 1 (12 bits), 2 (16), 4
 * (32). Of the second entry some bits say whether the volume is clean. */
static unsigned types_of(const uint8_t *p)
{
	struct rom_buffer v = { .p = p, .len = 8 };
	bool media = *p == 0xf0 || (*p >= 0xf8 && *p < 0xff);
	unsigned types = 1;

	if (!media || p[1] != 0xff || p[2] != 0xff)
		return 0;
	if ((rom_le16(&v, 2) & 0x3fff) == 0x3fff)
		types |= 2;
	if ((p[3] & 0x0f) == 0x0f &&
		(rom_le32(&v, 4) & 0x03ffffff) == 0x03ffffff)
		types |= 4;
	return types;
}

/* Calls fn for each sector in a range, until it returns false. */
typedef bool (*sector_fn)(void *ctx, const uint8_t *sector, uint64_t offset);
static void each_sector(
	struct rom_image *img, struct rom_range range, sector_fn fn, void *ctx)
{
	ROM_AUTO uint8_t *buf = rom_alloc(PIECE);
	uint64_t end = rom_min(rom_range_end(range), img->size);
	struct rom_span span;
	struct rom_err err;
	size_t n;

	for (uint64_t at = range.offset; at + SECTOR <= end; at += n) {
		n = (size_t)rom_min(PIECE, end - at) / SECTOR * SECTOR;
		rom_image_map(img, at, n, &span);
		if (span.kind == ROM_SPAN_HOLE && span.len >= n)
			continue;
		if (rom_read(img, buf, n, at, &err))
			continue;
		for (size_t i = 0; i < n; i += SECTOR) {
			if (!fn(ctx, buf + i, at + i))
				return;
		}
	}
}

struct heads {
	uint64_t at[MAX_HEADS];
	uint8_t bytes[MAX_HEADS][SECTOR];
	size_t n;
};

static bool add_head(void *ctx, const uint8_t *sector, uint64_t offset)
{
	struct heads *h = ctx;

	if (types_of(sector)) {
		memcpy(h->bytes[h->n], sector, SECTOR);
		h->at[h->n++] = offset;
	}
	return h->n < MAX_HEADS;
}

static void try_head(struct geometry *g, const uint8_t *head, uint64_t fat_len,
	struct geometry *best)
{
	unsigned types = types_of(head);

	g->boot.media = head[0];
	g->boot.fat_len = fat_len;
	for (unsigned i = 0; i < 3; i++) {
		if (types >> i & 1)
			try_type(g, (const unsigned[]){ 12, 16, 32 }[i], best);
	}
}

struct copy_search {
	const uint8_t *head;
	uint64_t offset; /* of the sector that is like it; 0: none */
};

static bool find_copy(void *ctx, const uint8_t *sector, uint64_t offset)
{
	struct copy_search *s = ctx;

	if (!memcmp(sector, s->head, SECTOR))
		s->offset = offset;
	return !s->offset;
}

static void try_pair(struct rom_image *img, const struct heads *h, size_t i,
	struct geometry *best)
{
	struct copy_search s = { .head = h->bytes[i] };
	struct geometry g = { .img = img,
		.budget = best->budget,
		.boot = { .sector = SECTOR, .fats = 2, .fat_at = h->at[i] } };

	each_sector(img, (struct rom_range){ h->at[i] + SECTOR, MAX_FAT_LEN },
		find_copy, &s);
	if (s.offset)
		try_head(&g, h->bytes[i], s.offset - h->at[i], best);
}

/* A FAT without its first copy: the root tells where it ends. */
struct root_search {
	struct geometry g, *best;
	const uint8_t *head;
	unsigned left; /* sectors that may still be taken for the root */
};

static bool try_root(void *ctx, const uint8_t *sector, uint64_t offset)
{
	struct root_search *s = ctx;

	if (is_root(sector)) {
		try_head(&s->g, s->head, offset - s->g.boot.fat_at, s->best);
		s->left--;
	}
	return s->left && !s->best->score;
}

static void try_single(struct rom_image *img, const struct heads *h, size_t i,
	struct geometry *best)
{
	struct root_search s = { .best = best,
		.head = h->bytes[i],
		.left = MAX_ROOTS,
		.g = { .img = img,
			.budget = best->budget,
			.boot = { .sector = SECTOR,
				.fats = 1,
				.fat_at = h->at[i] } } };

	each_sector(img, (struct rom_range){ h->at[i] + SECTOR, MAX_FAT_LEN },
		try_root, &s);
}

bool rom_fat_find_geometry(struct rom_image *img, struct rom_fat_boot *ret)
{
	ROM_AUTO struct heads *h = rom_alloc(sizeof(*h));
	struct budget budget = { MAX_TRIES, MAX_LINKS };
	struct geometry best = { .img = img, .budget = &budget };

	each_sector(img, (struct rom_range){ 0, MAX_HEAD }, add_head, h);
	for (size_t i = 0; i < h->n && !best.score; i++)
		try_pair(img, h, i, &best);
	for (size_t i = 0; i < h->n && !best.score; i++)
		try_single(img, h, i, &best);
	*ret = best.boot;
	return best.score > 0;
}
