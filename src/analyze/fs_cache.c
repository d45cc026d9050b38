/* SPDX-License-Identifier: MIT */
/*
 * fs_cache.c - the filesystems of a dump, each opened once
 *
 * Opening one may mean replaying its journal or searching for a backup of its
 * superblock, and it is opened for many questions: the model, the fstab, the
 * keys, the verdict, the files. A failure is cached too.
 */
#include <stdlib.h>

#include "analyze_priv.h"

/* Open filesystems that are not kept: enough for the system partitions of two
 * slots. A dump that lost its table may show thousands, each with up to 2 MiB
 * of memory. */
enum { MAX_UNKEPT = 16 };

struct rom_fs_cache {
	ROM_VEC(struct rom_cached_fs *) entries; /* the oldest first */
};

struct rom_fs_cache *rom_fs_cache_new(void)
{
	return rom_alloc(sizeof(struct rom_fs_cache));
}

static void entry_free(struct rom_cached_fs *e)
{
	rom_fs_close(e->fs);
	rom_image_close(e->meta);
	free(e);
}

void rom_fs_cache_free(struct rom_fs_cache *cache)
{
	struct rom_cached_fs **e;

	if (!cache)
		return;
	rom_each (e, &cache->entries)
		entry_free(*e);
	rom_vec_done(&cache->entries);
	free(cache);
}

static void remove_entry(struct rom_fs_cache *cache, size_t i)
{
	entry_free(cache->entries.v[i]);
	cache->entries.n--;
	memmove(cache->entries.v + i, cache->entries.v + i + 1,
		(cache->entries.n - i) * sizeof(*cache->entries.v));
}

/* Closes the oldest one that is not kept when there are too many of them. */
static void close_oldest(struct rom_fs_cache *cache)
{
	size_t unkept = 0, oldest = 0;

	for (size_t i = cache->entries.n; i-- > 0;) {
		if (cache->entries.v[i]->kept)
			continue;
		unkept++;
		oldest = i;
	}
	if (unkept >= MAX_UNKEPT)
		remove_entry(cache, oldest);
}

static void open_entry(struct rom_dump *dump, const struct rom_partition *p,
	struct rom_cached_fs *e)
{
	const struct rom_unlocked *u = &dump->unlocked;
	ROM_AUTO_IMAGE struct rom_image *part =
		rom_partition_open(dump->img, p);
	struct rom_fs_options options = { .no_journal = e->mode.no_journal,
		.full_scan = e->mode.full_scan,
		.progress = dump->progress,
		.keyring = u->keyring };
	struct rom_image *data;

	e->meta = rom_image_ref(e->decrypted ? u->opened.image : part);
	data = e->decrypted && u->raw ? u->raw : e->meta;
	if (e->mode.place)
		options.place = &rom_analyze_places(dump, p, false)
					 ->v[e->mode.place - 1];
	e->status = rom_fs_open(e->meta, data, &options, &e->fs, &e->err);
	if (!e->mode.place && !e->decrypted)
		options.place = rom_analyze_place(dump, p);
	if (e->status == ROM_NO_MATCH && !e->mode.place && options.place)
		e->status =
			rom_fs_open(e->meta, data, &options, &e->fs, &e->err);
	if (e->status) {
		e->fs = NULL;
		return;
	}
	dump->stats.filesystems++;
	dump->stats.journals += rom_fs_journal(e->fs)->replayed;
}

static struct rom_cached_fs *find(
	const struct rom_fs_cache *cache, const struct rom_cached_fs *want)
{
	struct rom_cached_fs *const *e;

	rom_each (e, &cache->entries) {
		if ((*e)->row == want->row &&
			(*e)->decrypted == want->decrypted &&
			(*e)->mode.no_journal == want->mode.no_journal &&
			(*e)->mode.place == want->mode.place &&
			(*e)->mode.full_scan == want->mode.full_scan)
			return *e;
	}
	return NULL;
}

struct rom_cached_fs *rom_fs_cache_get(struct rom_dump *dump,
	const struct rom_partition *p, struct rom_fs_mode mode)
{
	struct rom_fs_cache *cache = dump->filesystems;
	bool userdata = p == rom_analyze_userdata(dump->report);
	/* decrypted is part of the key: what was cached before userdata was
	 * unlocked stays, but is not found any more */
	struct rom_cached_fs want = {
		.row = (size_t)(p - dump->report->partitions.v),
		.decrypted = userdata && dump->unlocked.opened.image,
		.mode = mode,
		.kept = userdata,
		.err = { .offset = ROM_NO_OFFSET },
	};
	struct rom_cached_fs *e = find(cache, &want);

	if (e)
		return e;
	close_oldest(cache);
	e = rom_alloc(sizeof(*e));
	*e = want;
	open_entry(dump, p, e);
	*rom_vec_add(&cache->entries) = e;
	return e;
}

bool rom_fs_cache_would_open(struct rom_image *img)
{
	ROM_AUTO_FS struct rom_fs *fs = NULL;
	struct rom_err err;

	return !rom_fs_open(img, img, NULL, &fs, &err) && !rom_fs_is_card(fs) &&
	       !rom_fs_needs_full_scan(fs);
}

void rom_fs_cache_retry(struct rom_dump *dump, const struct rom_partition *p)
{
	struct rom_fs_cache *cache = dump->filesystems;
	const size_t row = (size_t)(p - dump->report->partitions.v);

	for (size_t i = cache->entries.n; i-- > 0;) {
		if (cache->entries.v[i]->row == row && !cache->entries.v[i]->fs)
			remove_entry(cache, i);
	}
}

struct rom_fs *rom_fs_cache_usual(
	struct rom_dump *dump, const struct rom_partition *p)
{
	return rom_fs_cache_get(dump, p, (struct rom_fs_mode){ 0 })->fs;
}
