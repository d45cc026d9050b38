/* SPDX-License-Identifier: MIT */
/*
 * locate.c - finds filesystems that do not begin where their image does
 *
 * A file may have a header in front, or be the rest of a partition; a small
 * filesystem may have been written over the start of a large one. Superblocks
 * and their backups say where in their filesystem they lie, so one of them
 * gives the start; what they lead to proves it.
 */
#include <stdlib.h>

#include "fs_priv.h"

static const struct rom_fs_reader *const readers[] = {
#define ROM_READER(name) &rom_reader_##name,
#include "readers.def"
#undef ROM_READER
};

enum {
	CHUNK = 1 << 20,
	STEP = 512,
	COPY_LEN = 4096, /* a copy may begin in the last sector of a chunk */
	MAX_PLACES = 64,
	/* copies that lead nowhere: files may hold images of their own, and
	   each costs reading its descriptors */
	MAX_FAILED = 64,
};

enum { FRONT = 2 << 20, WINDOW = 512 << 10 };

/* The start, and what lies behind each offset at which a filesystem that begins
 * at 0 has a backup: group 1 or 3 of groups that are as long as a bitmap of one
 * block has bits, for blocks of 1, 2, 4, 8, 16, 64 KiB; or that are 8192 blocks
 * long, for blocks of 4 KiB. Both copies of f2fs are at its start. */
static const struct rom_range windows[] = { { 0, FRONT }, { 8 << 20, WINDOW },
	{ 24 << 20, WINDOW }, { 32 << 20, WINDOW }, { 128 << 20, WINDOW },
	{ 384 << 20, WINDOW }, { (uint64_t)65528 << 13, WINDOW },
	{ (uint64_t)65528 << 14, WINDOW }, { (uint64_t)65528 << 16, WINDOW } };

struct search {
	struct rom_image *img;
	const struct rom_progress *progress;
	rom_fs_places *places;
	uint8_t *buf; /* CHUNK + COPY_LEN bytes */
	unsigned failed;
};

/* ---- one copy ------------------------------------------------------------ */

const struct rom_fs_reader *rom_fs_reader_of(const struct rom_fs_place *place)
{
	return readers[place->reader];
}

static struct rom_fs_place *find_known(
	const struct search *s, const struct rom_fs_place *place)
{
	struct rom_fs_place *p;

	rom_each (p, s->places) {
		if (p->start == place->start &&
			!memcmp(p->uuid, place->uuid, sizeof(p->uuid)))
			return p;
	}
	return NULL;
}

struct rom_image *rom_fs_place_slice(
	struct rom_image *img, const struct rom_fs_place *place)
{
	const uint64_t left = img->size - place->start;

	return rom_image_open_slice(img,
		(struct rom_range){ place->start,
			place->start ? rom_min(left, place->size) : left },
		img->name);
}

static void add_place(struct search *s, struct rom_fs_place *place)
{
	struct rom_fs_place *known = find_known(s, place);
	ROM_AUTO_IMAGE struct rom_image *slice = NULL;
	enum rom_fs_proof proof;

	if ((known && known->has_root) || s->places->n == MAX_PLACES ||
		s->failed == MAX_FAILED)
		return;
	slice = rom_fs_place_slice(s->img, place);
	proof = rom_fs_reader_of(place)->prove(
		slice, place->super - place->start);
	place->has_root = proof == ROM_PROOF_ROOT;
	s->failed += !place->has_root;
	if (known && place->has_root)
		*known = *place;
	else if (!known && proof != ROM_PROOF_NONE)
		*rom_vec_add(s->places) = *place;
}

static void look(struct search *s, const uint8_t *p, size_t len, uint64_t at)
{
	for (size_t i = 0; i < sizeof(readers) / sizeof(*readers); i++) {
		struct rom_fs_place found[ROM_MAX_STARTS] = { 0 };
		struct rom_buffer v = { .p = p, .len = len, .offset = at };
		size_t n = readers[i]->place ? readers[i]->place(&v, found) : 0;

		for (size_t k = 0; k < n; k++) {
			found[k].reader = i;
			add_place(s, &found[k]);
		}
	}
}

/* ---- all of a range ------------------------------------------------------ */

/* Reads a chunk, or as much of it as can be read. */
static size_t read_chunk(struct search *s, uint64_t offset, size_t len)
{
	size_t got = 0;
	struct rom_err err;

	if (rom_read_some(s->img, s->buf, len, offset, &got, &err))
		got = 0;
	return got;
}

static void search_range(struct search *s, struct rom_range range)
{
	uint64_t end = rom_min(rom_range_end(range), s->img->size);

	for (uint64_t at = range.offset, n; at < end; at += n) {
		n = rom_image_empty(s->img, at, end - at) / CHUNK * CHUNK;
		if (rom_is_stopped(s->progress))
			return;
		if (n)
			continue;
		n = rom_min(CHUNK, end - at);
		for (size_t i = 0, got = read_chunk(s, at, n + COPY_LEN);
			i < n && i + STEP <= got; i += STEP)
			look(s, s->buf + i, rom_min(got - i, COPY_LEN), at + i);
	}
}

static int by_start(const void *a, const void *b)
{
	const struct rom_fs_place *p = a, *q = b;

	if (p->start != q->start)
		return p->start < q->start ? -1 : 1;
	return p->super < q->super ? -1 : p->super > q->super;
}

void rom_fs_locate(struct rom_image *img, bool all,
	const struct rom_progress *progress, rom_fs_places *places)
{
	struct search s = { img, progress, places, rom_alloc(CHUNK + COPY_LEN),
		0 };

	for (size_t i = 0; i < sizeof(windows) / sizeof(*windows); i++)
		search_range(&s, windows[i]);
	if (all)
		search_range(&s, (struct rom_range){ 0, img->size });
	free(s.buf);
	if (places->n)
		qsort(places->v, places->n, sizeof(*places->v), by_start);
}
