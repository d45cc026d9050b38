/* SPDX-License-Identifier: MIT */
/*
 * watched.c - an image that repeats a read which failed, and remembers it
 *
 * A failing disk or cable may answer the second time. What is asked while a
 * dump is analysed gets an answer or none, and "none" looks like a dump that
 * holds nothing there: so it has to be told that reads failed.
 */
#include "romsplit/image.h"

enum {
	MAX_REPEATED = 16, /* a bad area is not read twice as a whole */
	LARGEST_REPEATED = 64 << 10 /* bytes: what questions read */
};

struct watched_image {
	struct rom_image img;
	struct rom_image *below;
	struct rom_read_faults *faults;
};

/* True for the first of them. */
static bool count(uint64_t *n)
{
	return __atomic_fetch_add(n, 1, __ATOMIC_RELAXED) == 0;
}

static enum rom_status watched_read(struct rom_image *img, void *buf,
	size_t len, uint64_t offset, struct rom_err *err)
{
	struct watched_image *w = (struct watched_image *)img;
	struct rom_read_faults *f = w->faults;
	enum rom_status st = rom_read(w->below, buf, len, offset, err);

	if (st != ROM_E_IO)
		return st;
	if (len <= LARGEST_REPEATED &&
		__atomic_load_n(&f->failed, __ATOMIC_RELAXED) < MAX_REPEATED)
		st = rom_read(w->below, buf, len, offset, err);
	if (count(st ? &f->failed : &f->repeated))
		__atomic_store_n(st ? &f->first_failed : &f->first_repeated,
			offset, __ATOMIC_RELAXED);
	return st;
}

static void watched_map(struct rom_image *img, uint64_t offset, uint64_t len,
	struct rom_span *ret)
{
	rom_image_map(((struct watched_image *)img)->below, offset, len, ret);
}

static bool watched_below(struct rom_image *img, struct rom_place *place)
{
	place->img = ((struct watched_image *)img)->below;
	return true;
}

static void watched_close(struct rom_image *img)
{
	rom_image_close(((struct watched_image *)img)->below);
}

static const struct rom_image_ops watched_ops = {
	.read_at = watched_read,
	.map = watched_map,
	.below = watched_below,
	.close = watched_close,
};

struct rom_image *rom_image_open_watched(
	struct rom_image *img, struct rom_read_faults *faults)
{
	struct watched_image *w = rom_alloc(sizeof(*w));

	w->img = (struct rom_image){ &watched_ops, rom_strdup(img->name),
		img->size, 1 };
	w->below = rom_image_ref(img);
	w->faults = faults;
	return &w->img;
}
