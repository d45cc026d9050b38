/* SPDX-License-Identifier: MIT */
/*
 * links.c - files with several names
 *
 * Two names are links to one file when directories refer to the same inode of
 * the same origin. An earlier, deleted use of an inode number, or an inode of
 * another filesystem, is never the same file.
 */
#include <errno.h>
#include <stdlib.h>

#include "extract_priv.h"

void rom_link_first_free(void *first)
{
	free(((struct first_name *)first)->path);
	free(first);
}

static bool may_have_links(const struct task *t)
{
	return t->file.provenance == ROM_ALLOCATED && t->file.inode.links > 1;
}

static struct first_name *first_of(
	struct rom_extractor *x, const struct task *t)
{
	if (!may_have_links(t))
		return NULL;
	return rom_map_get(&rom_extract_origin(x, t->file.origin)->first,
		t->file.inode.ino);
}

/* ---- making the link ----------------------------------------------------- */

struct link_place {
	struct rom_dir *root, *dir;
	const char *to; /* the first name, below root */
	struct rom_entry first;
};

static enum rom_taken take_link(void *ctx, const char *name, bool earlier)
{
	const struct link_place *p = ctx;
	struct rom_entry existing;

	if (rom_dir_link(p->root, p->to, p->dir, name))
		return ROM_TAKEN_FREE;
	if (errno != EEXIST)
		return ROM_TAKEN_ERROR;
	if (earlier && rom_dir_stat(p->dir, name, &existing) &&
		rom_entry_is_same(&existing, &p->first))
		return ROM_TAKEN_SAME;
	return ROM_TAKEN_OTHER;
}

static bool make_link(struct rom_extractor *x, struct task *t, const char *to)
{
	ROM_AUTO char *directory = rom_task_directory(t);
	ROM_AUTO_DIR struct rom_dir *dir =
		rom_dir_cache_open(&x->dirs, directory, &t->err);
	struct link_place p = { .root = x->target.dir, .dir = dir, .to = to };
	char name[ROM_NAME_MAX + 1];
	enum rom_taken taken;

	if (!dir || !rom_dir_stat(p.root, to, &p.first))
		return false;
	strcpy(name, t->name);
	taken = rom_naming_find(x->naming, directory, name, take_link, &p);
	if (taken != ROM_TAKEN_FREE && taken != ROM_TAKEN_SAME)
		return false;
	strcpy(t->name, name);
	return true;
}

bool rom_link_to_first(struct rom_extractor *x, struct task *t)
{
	struct first_name *first = first_of(x, t);

	if (!may_have_links(t))
		return false;
	if (!first) {
		rom_map_put(&rom_extract_origin(x, t->file.origin)->first,
			t->file.inode.ino, rom_alloc(sizeof(*first)));
		return false;
	}
	/* the first name has to be written before it can be linked to */
	rom_ring_drain(x, 0);
	if (!first->written || !make_link(x, t, first->path))
		return false;
	t->link_to = rom_strdup(first->path);
	memcpy(t->has_digest, first->has_digest, sizeof(t->has_digest));
	memcpy(t->digest, first->digest, sizeof(t->digest));
	rom_extract_count(x, t->file.origin)->links++;
	return true;
}

/* ---- when the first name is deferred to the pass ------------------------- */

bool rom_link_waits(struct rom_extractor *x, const struct task *t)
{
	const struct first_name *first = first_of(x, t);

	return first && first->deferred && !first->written && !x->status;
}

void rom_link_set_deferred(struct rom_extractor *x, const struct task *t)
{
	struct first_name *first = first_of(x, t);

	if (first)
		first->deferred = true;
}

void rom_link_set_written(struct rom_extractor *x, const struct task *t)
{
	struct first_name *first = first_of(x, t);

	if (!first || first->written)
		return;
	first->path = rom_task_path(t);
	first->written = true;
	memcpy(first->has_digest, t->has_digest, sizeof(first->has_digest));
	memcpy(first->digest, t->digest, sizeof(first->digest));
}
