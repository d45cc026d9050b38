/* SPDX-License-Identifier: MIT */
/* walk.h - a filesystem walked from its root: names, contents, attributes,
 * links, within bounds */
#ifndef ROMSPLIT_FUZZ_WALK_H
#define ROMSPLIT_FUZZ_WALK_H

#include "fuzz.h"

#include "romsplit/fs.h"

enum {
	MAX_ENTRIES = 2000,
	MAX_DEPTH = 24,
	MAX_FILE = 1 << 20,
	MAX_ALL = 8 << 20,
	MAX_NAMES = 4000, /* in one directory */
};

struct walk {
	struct rom_fs *fs;
	struct rom_map seen; /* directories */
	size_t entries;
	uint64_t bytes; /* read so far */
};

struct names {
	const struct rom_inode *dir;
	ROM_VEC(uint64_t) inodes;
	uint64_t last;
};

static bool on_name(void *ctx, const struct rom_dirent *e)
{
	struct names *n = ctx;
	size_t len;
	ROM_AUTO char *shown = rom_dirent_name(n->dir, e, &len);

	fuzz_assert(e->len > 0 && shown && shown[len] == '\0');
	*rom_vec_add(&n->inodes) = e->ino;
	n->last = e->next;
	return n->inodes.n < MAX_NAMES;
}

static bool on_xattr(void *ctx, const char *name, const void *value, size_t len)
{
	uint64_t *sum = ctx;

	fuzz_assert(name && strlen(name) < 512);
	for (size_t i = 0; i < len; i++)
		*sum += ((const uint8_t *)value)[i];
	return true;
}

/* Extents are in order, do not overlap, are not empty and end at the size (of a
 * directory all blocks are taken). */
static void check_extents(
	const struct rom_file_map *c, const struct rom_inode *inode)
{
	uint64_t size =
		inode->type == ROM_FILE_DIRECTORY ? UINT64_MAX : inode->size;
	const struct rom_extent *e;
	uint64_t end = 0, lost = 0;

	rom_each (e, &c->extents) {
		fuzz_assert(e->len > 0 && e->offset >= end &&
			    e->offset <= size && e->len <= size - e->offset);
		end = e->offset + e->len;
		lost += e->kind == ROM_EXTENT_LOST ? e->len : 0;
	}
	fuzz_assert(c->lost == lost);
	fuzz_assert(!c->bytes || c->len <= size);
}

static void read_content(struct walk *w, const struct rom_inode *inode)
{
	struct rom_file_map c;
	struct rom_err err;
	uint8_t buf[16384];

	if (rom_fs_map(w->fs, inode, &c, &err))
		return;
	check_extents(&c, inode);
	for (uint64_t off = 0;
		off < rom_min(inode->size, MAX_FILE) && w->bytes < MAX_ALL;
		off += sizeof(buf)) {
		rom_file_map_read(
			rom_fs_data(w->fs), &c, off, buf, sizeof(buf), &err);
		w->bytes += sizeof(buf);
	}
	if (inode->size)
		rom_file_map_read(
			rom_fs_data(w->fs), &c, inode->size - 1, buf, 1, &err);
	rom_file_map_done(&c);
}

static void visit(struct walk *w, uint64_t ino, unsigned depth);

static void list(struct walk *w, const struct rom_inode *dir, unsigned depth)
{
	struct names n = { .dir = dir };
	struct rom_err err;

	if (depth < MAX_DEPTH && rom_map_put(&w->seen, dir->ino, w)) {
		rom_fs_list(w->fs, dir->ino, 0, on_name, &n, &err);
		for (size_t i = 0; i < n.inodes.n; i++)
			visit(w, n.inodes.v[i], depth + 1);
		n.inodes.n = 0;
		rom_fs_list(w->fs, dir->ino, n.last, on_name, &n,
			&err); /* a cookie may be used again */
	}
	rom_vec_done(&n.inodes);
}

static void visit(struct walk *w, uint64_t ino, unsigned depth)
{
	ROM_AUTO char *target = NULL;
	struct rom_inode inode;
	struct rom_err err;
	uint64_t sum = 0;
	size_t len;

	if (w->entries++ >= MAX_ENTRIES ||
		rom_fs_inode(w->fs, ino, &inode, &err))
		return;
	rom_fs_xattrs(w->fs, ino, on_xattr, &sum, &err);
	if (inode.type == ROM_FILE_SYMLINK &&
		!rom_fs_readlink(w->fs, &inode, &target, &len, &err))
		fuzz_assert(target && target[len] == '\0');
	read_content(w, &inode);
	if (inode.type == ROM_FILE_DIRECTORY)
		list(w, &inode, depth);
}

static void on_damage(
	void *ctx, uint64_t ino, uint64_t offset, const char *text)
{
	(void)ino;
	(void)offset;
	*(size_t *)ctx += strlen(text);
}

static bool on_lost(void *ctx, const struct rom_inode *inode)
{
	struct walk *w = ctx;

	visit(w, inode->ino, MAX_DEPTH - 1);
	return w->entries < MAX_ENTRIES;
}

static bool on_free(void *ctx, struct rom_range r, enum rom_use use)
{
	uint64_t *end = ctx;

	fuzz_assert(r.len > 0 && r.offset >= *end &&
		    r.offset + r.len > r.offset && use <= ROM_USE_UNKNOWN);
	*end = r.offset + r.len;
	return true;
}

static void check_free_ranges(struct rom_fs *fs)
{
	uint64_t end = 0;
	struct rom_err err;

	fuzz_assert(rom_fs_free_ranges(fs, on_free, &end, &err) == ROM_OK);
	fuzz_assert(end <= rom_fs_data(fs)->size);
}

/* kind: the beginning of the name of the filesystem that is meant; others are
 * left alone. */
static void walk_all(struct rom_image *img, const char *kind, bool no_journal)
{
	ROM_AUTO_FS struct rom_fs *fs = NULL;
	size_t damage = 0;
	const struct rom_fs_options options = { .no_journal = no_journal,
		.full_scan = true };
	struct rom_inode inode;
	struct rom_err err;
	struct walk w = { 0 };

	if (rom_fs_open(img, img, &options, &fs, &err) ||
		strncmp(rom_fs_kind(fs), kind, strlen(kind)))
		return;
	w.fs = fs;
	rom_fs_set_damage(fs, on_damage, &damage);
	fuzz_assert(rom_fs_kind(fs));
	visit(&w, rom_fs_root(fs), 0);
	for (uint64_t ino = 0; ino < 20;
		/* the journal and the other inodes that no name leads to */
		ino++)
		visit(&w, ino, MAX_DEPTH);
	visit(&w, UINT32_MAX, MAX_DEPTH);
	visit(&w, UINT64_MAX, MAX_DEPTH);
	rom_fs_lookup(fs, "/media/0/DCIM//./Camera", &inode, &err);
	rom_fs_unattached(fs, on_lost, &w, &err);
	check_free_ranges(fs);
	rom_map_done(&w.seen, NULL);
}

#endif
