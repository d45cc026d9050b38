/* SPDX-License-Identifier: MIT */
/* dir_cache.c - opens directories of the output by their path and keeps the
 * last few open, so that the number of descriptors does not grow with the
 * tree */
#include <errno.h>
#include <stdlib.h>

#include "extract_priv.h"

enum {
	SLOTS = sizeof(((struct dir_cache *)0)->slot) /
		sizeof(struct cached_dir)
};

void rom_dir_cache_init(struct dir_cache *c, struct rom_dir *root)
{
	*c = (struct dir_cache){ .root = root };
	pthread_mutex_init(&c->lock, NULL);
}

static void slot_done(struct cached_dir *s)
{
	free(s->path);
	rom_dir_close(s->dir);
	*s = (struct cached_dir){ 0 };
}

void rom_dir_cache_done(struct dir_cache *c)
{
	for (size_t i = 0; i < SLOTS; i++)
		slot_done(&c->slot[i]);
	pthread_mutex_destroy(&c->lock);
}

static struct rom_dir *find(struct dir_cache *c, const char *path)
{
	for (size_t i = 0; i < SLOTS; i++) {
		struct cached_dir *s = &c->slot[i];

		if (s->path && !strcmp(s->path, path)) {
			s->used = ++c->clock;
			return rom_dir_ref(s->dir);
		}
	}
	return NULL;
}

static void keep(struct dir_cache *c, const char *path, struct rom_dir *dir)
{
	struct cached_dir *oldest = &c->slot[0];

	for (size_t i = 1; i < SLOTS; i++)
		oldest = c->slot[i].used < oldest->used ? &c->slot[i] : oldest;
	slot_done(oldest);
	*oldest = (struct cached_dir){ rom_strdup(path), rom_dir_ref(dir),
		++c->clock };
}

/* Opens it from the nearest directory above it that is open: mostly that of the
 * files before it. */
static struct rom_dir *open_below_nearest(struct dir_cache *c, const char *path)
{
	struct rom_dir *nearest = c->root;
	size_t done = 0;

	for (size_t i = 0; i < SLOTS; i++) {
		const struct cached_dir *s = &c->slot[i];
		size_t n = s->path ? strlen(s->path) : 0;

		if (n <= done || strncmp(path, s->path, n) || path[n] != '/')
			continue;
		nearest = s->dir;
		done = n;
	}
	return rom_dir_open_below(nearest, path + (done ? done + 1 : 0));
}

struct rom_dir *rom_dir_cache_open(
	struct dir_cache *c, const char *path, struct rom_err *err)
{
	struct rom_dir *dir;

	if (!*path)
		return rom_dir_ref(c->root);
	pthread_mutex_lock(&c->lock);
	dir = find(c, path);
	if (!dir && (dir = open_below_nearest(c, path)))
		keep(c, path, dir);
	pthread_mutex_unlock(&c->lock);
	if (!dir)
		rom_fail(err, ROM_E_WRITE, ROM_NO_OFFSET,
			"%s: cannot open this directory: %s", path,
			strerror(errno));
	return dir;
}
