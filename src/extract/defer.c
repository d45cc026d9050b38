/* SPDX-License-Identifier: MIT */
/* defer.c - files put aside for the pass, and taken up again */
#include <errno.h>
#include <stdlib.h>

#include "stream_priv.h"

bool rom_stream_takes(const struct extraction *x, const struct task *t)
{
	const struct rom_stream *s = x->options->stream;
	const struct rom_extent *e;
	uint64_t end = 0;
	bool any = false;

	if (!x->stream || x->stream->passed || t->map.image)
		return false;
	rom_each (e, &t->map.extents) {
		if (e->kind != ROM_EXTENT_DATA)
			continue;
		if (e->image < end ||
			!rom_image_same(rom_fs_data(x->fs), e->image, s->img,
				s->offset + e->image, e->len))
			return false;
		end = e->image + e->len;
		any = true;
	}
	return any;
}

static uint64_t first_byte(const struct task *t)
{
	const struct rom_extent *e;

	rom_each (e, &t->map.extents) {
		if (e->kind == ROM_EXTENT_DATA)
			return e->image;
	}
	return 0;
}

/* A folder gets its mode and times when the last file is in it: after the
 * pass. */
static void put_folder(struct tree_stream *s, struct tree_dir *dir)
{
	struct task t = { .dir = dir, .inode = dir->inode };

	if (dir->late || dir->keep_meta)
		return;
	put_folder(s, dir->parent);
	dir->late = true;
	*rom_vec_add(&s->folders) = rom_spool_put(&s->spool, &t);
}

void rom_stream_put(struct extraction *x, struct task *t)
{
	struct tree_stream *s = x->stream;

	put_folder(s, t->dir);
	*rom_vec_add(&s->files) =
		(struct planned){ first_byte(t), rom_spool_put(&s->spool, t) };
	rom_task_done(t);
}

void rom_stream_put_late(struct extraction *x, struct task *t)
{
	struct tree_stream *s = x->stream;

	put_folder(s, t->dir);
	*rom_vec_add(&s->late) = rom_spool_put(&s->spool, t);
	rom_task_done(t);
}

/* ---- and taken up again -------------------------------------------------- */

static struct tree_dir *open_folder(
	const struct extraction *x, const char *path, struct rom_err *err)
{
	const struct rom_inode unused = { 0 };
	struct tree_dir *dir;
	struct rom_dir *open = rom_dir_open_below(x->root, path);

	if (!open) {
		rom_fail(err, ROM_E_WRITE, ROM_NO_OFFSET,
			"%s: cannot open this folder again: %s", path,
			strerror(errno));
		return NULL;
	}
	dir = rom_tree_dir_new(NULL, open, &unused, "");
	dir->owns = true;
	free(dir->path);
	dir->path = rom_strdup(path);
	return dir;
}

enum rom_status rom_stream_take_up(const struct extraction *x,
	struct stream_worker *l, uint64_t record, struct task *t,
	struct rom_err *err)
{
	ROM_AUTO char *folder = NULL;
	enum rom_status st =
		rom_spool_get(&x->stream->spool, record, t, &folder, err);

	if (st)
		return st;
	if (!l->folder || strcmp(l->folder->path, folder)) {
		rom_tree_dir_unref(l->folder);
		l->folder = open_folder(x, folder, err);
	}
	if (!l->folder) {
		rom_task_done(t);
		return ROM_E_WRITE;
	}
	t->dir = rom_tree_dir_ref(l->folder);
	return ROM_OK;
}
