/* SPDX-License-Identifier: MIT */
/*
 * f2fs_reattach.c - names of files that were found by a scan
 *
 * Directories that were found are listed as usual. An inode also stores its own
 * name and its parent: when the parent is missing or damaged, or was not
 * written before power loss, the file is reattached to it by that name. A
 * missing parent becomes a synthetic directory, of which only the number is
 * known. An inode that no directory names may have been deleted, and its blocks
 * reallocated: all of these are suspect.
 */
#include <stdlib.h>

#include "f2fs_priv.h"

struct reattachment {
	struct f2fs_fs *f;
	ROM_VEC(uint32_t) todo;
	ROM_VEC(uint32_t) damaged; /* directories with names missing */
	uint64_t examined;
	uint32_t end; /* highest number of a directory + 1 */
};

static int compare_numbers(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

static int compare_reattached(const void *a, const void *b)
{
	const struct f2fs_reattached *x = a, *y = b;

	return x->dir != y->dir ? compare_numbers(&x->dir, &y->dir)
				: compare_numbers(&x->ino, &y->ino);
}

/* ---- named inodes -------------------------------------------------------- */

static bool mark_entry(void *ctx, const struct rom_dirent *e)
{
	struct reattachment *a = ctx;

	if (rom_f2fs_full_scan_set_named(a->f, e->ino) &&
		(e->type == ROM_FILE_DIRECTORY || e->type == ROM_FILE_UNKNOWN))
		*rom_vec_add(&a->todo) = (uint32_t)e->ino;
	return true;
}

/* Marks everything below a directory, and notes damaged directories. */
static void mark_below(struct reattachment *a, uint32_t dir)
{
	struct rom_err err;

	*rom_vec_add(&a->todo) = dir;
	while (a->todo.n) {
		uint32_t ino = a->todo.v[--a->todo.n];
		uint64_t before = a->f->fs.damage;

		if (rom_f2fs_full_scan_is_inode(a->f, ino) &&
			(rom_f2fs_list(
				 &a->f->fs, ino, 0, mark_entry, a, &err) ||
				a->f->fs.damage != before))
			*rom_vec_add(&a->damaged) = ino;
	}
}

/* ---- unnamed inodes ------------------------------------------------------ */

typedef void (*unnamed_fn)(struct reattachment *a, uint32_t ino,
	const struct f2fs_node *node, const struct rom_f2fs_inode *in);

static void each_unnamed(struct reattachment *a, unnamed_fn fn)
{
	struct f2fs_fs *f = a->f;
	uint8_t buf[ROM_F2FS_BLOCK];
	uint32_t end = rom_f2fs_full_scan_found(f)->end;

	for (uint32_t ino = 4; ino < end; ino++) {
		struct f2fs_node node = { .buf = buf };
		struct rom_f2fs_inode in;
		struct rom_err err;

		if (ino == f->fs.root || !rom_f2fs_full_scan_is_inode(f, ino) ||
			rom_f2fs_full_scan_is_named(f, ino) ||
			rom_f2fs_inode(f, ino, &node, &in, &err))
			continue;
		if (in.name_len && in.links && in.parent >= 3 &&
			in.parent < ROM_F2FS_MAX_NIDS)
			fn(a, ino, &node, &in);
	}
}

/* Adds the name of a file synced after the last checkpoint, as recovery would.
 * The mark that its name is to be recovered may be in an older version of the
 * node, so it is not required here. */
static void recover_name(struct reattachment *a, uint32_t ino,
	const struct f2fs_node *node, const struct rom_f2fs_inode *in)
{
	struct f2fs_fs *f = a->f;

	if (!rom_f2fs_full_scan_is_synced(f, node) ||
		!rom_f2fs_full_scan_is_named(f, in->parent) ||
		!rom_f2fs_fsynced_name(f, ino, in, &a->examined))
		return;
	f->fs.journal.files++;
	f->fs.journal.blocks++;
	rom_f2fs_full_scan_set_named(f, ino);
	if (rom_file_type_of(in->mode) == ROM_FILE_DIRECTORY)
		mark_below(a, ino);
}

static void reattach_inode(struct reattachment *a, uint32_t ino,
	const struct f2fs_node *node, const struct rom_f2fs_inode *in)
{
	struct f2fs_fs *f = a->f;
	bool damaged =
		a->damaged.n && bsearch(&in->parent, a->damaged.v, a->damaged.n,
					sizeof(*a->damaged.v), compare_numbers);

	(void)node;
	/* an intact parent that does not name it means that it was deleted or
	 * moved; it is then found as an unattached inode */
	if (rom_f2fs_full_scan_is_inode(f, in->parent) && !damaged)
		return;
	*rom_vec_add(&f->reattached) =
		(struct f2fs_reattached){ in->parent, ino };
	a->end = (uint32_t)rom_max(a->end, in->parent + 1);
}

void rom_f2fs_reattach(struct f2fs_fs *f)
{
	struct reattachment a = { .f = f };

	a.end = (uint32_t)rom_max(
		rom_f2fs_full_scan_found(f)->end, f->sb.root + 1);
	rom_f2fs_full_scan_bound(f, a.end);
	/* listing a directory later reports its damage */
	f->fs.silent = true;
	rom_f2fs_full_scan_set_named(f, f->sb.root);
	mark_below(&a, f->sb.root);
	if (!f->fs.options.no_journal)
		each_unnamed(&a, recover_name);
	if (a.damaged.n)
		qsort(a.damaged.v, a.damaged.n, sizeof(*a.damaged.v),
			compare_numbers);
	each_unnamed(&a, reattach_inode);
	if (f->reattached.n)
		qsort(f->reattached.v, f->reattached.n,
			sizeof(*f->reattached.v), compare_reattached);
	rom_f2fs_full_scan_bound(f, a.end);
	f->fs.journal.replayed = f->fs.journal.dirty = f->fs.journal.files > 0;
	f->fs.silent = false;
	rom_vec_done(&a.todo);
	rom_vec_done(&a.damaged);
}

/* ---- asking -------------------------------------------------------------- */

size_t rom_f2fs_reattached_to(const struct f2fs_fs *f, uint32_t dir)
{
	size_t lo = 0, hi = f->reattached.n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (f->reattached.v[mid].dir < dir)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

bool rom_f2fs_is_synthetic(const struct f2fs_fs *f, uint64_t ino)
{
	size_t i;

	if (!f->full_scan || ino >= f->nids ||
		rom_f2fs_full_scan_is_inode(f, (uint32_t)ino))
		return false;
	if (ino == f->sb.root)
		return true;
	i = rom_f2fs_reattached_to(f, (uint32_t)ino);
	return i < f->reattached.n && f->reattached.v[i].dir == ino;
}
