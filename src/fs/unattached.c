/* SPDX-License-Identifier: MIT */
/*
 * unattached.c - inodes in use that no directory names (e2fsck: unattached)
 *
 * Marks every inode that can be reached from the root; inodes in use without a
 * mark are unattached. An inode that an unattached directory names is found
 * through that directory, and is not reported again.
 */
#include <stdlib.h>

#include "fs_priv.h"

/* a bitmap of 32 MiB; filesystems of phones have some million inodes */
#define MAX_INODES ((uint64_t)1 << 28)

/* 16 MiB of numbers. Bounded, because inode tables that overlap each other may
 * claim any number of inodes. */
enum { MAX_UNATTACHED = 2 << 20 };

struct bitmap {
	uint8_t *bits;
	uint64_t n;
};

struct search {
	struct rom_fs *fs;
	struct bitmap named; /* by any directory that was read */
	ROM_VEC(uint64_t) found;
	bool truncated; /* there were more than MAX_UNATTACHED */
	rom_inode_fn fn;
	void *ctx;
};

static bool test_and_set(struct bitmap *b, uint64_t i)
{
	uint8_t bit = (uint8_t)(1u << i % 8);
	bool was;

	if (i >= b->n)
		return true;
	was = b->bits[i / 8] & bit;
	b->bits[i / 8] |= bit;
	return was;
}

static bool is_set(const struct bitmap *b, uint64_t i)
{
	return i >= b->n || b->bits[i / 8] >> i % 8 & 1;
}

static bool mark_inode(void *ctx, const struct rom_inode *inode)
{
	struct search *s = ctx;

	return !test_and_set(&s->named, inode->ino);
}

static bool mark_entry(void *ctx, const struct rom_dirent *e)
{
	struct search *s = ctx;

	test_and_set(&s->named, e->ino);
	return true;
}

static bool collect_unmarked(void *ctx, const struct rom_inode *inode)
{
	struct search *s = ctx;

	if (is_set(&s->named, inode->ino) ||
		(inode->type != ROM_FILE_DIRECTORY &&
			inode->type != ROM_FILE_REGULAR &&
			inode->type != ROM_FILE_SYMLINK))
		return true;
	s->truncated = s->found.n == MAX_UNATTACHED;
	if (!s->truncated)
		*rom_vec_add(&s->found) = inode->ino;
	return !s->truncated;
}

static void report_found(struct search *s)
{
	struct rom_inode inode;
	struct rom_err err;

	for (size_t i = 0; i < s->found.n; i++) {
		if (rom_fs_inode(s->fs, s->found.v[i], &inode, &err) ||
			is_set(&s->named, inode.ino))
			continue;
		if (!s->fn(s->ctx, &inode))
			return;
	}
}

enum rom_status rom_fs_unattached(
	struct rom_fs *fs, rom_inode_fn fn, void *ctx, struct rom_err *err)
{
	struct search s = { .fs = fs, .fn = fn, .ctx = ctx };
	struct rom_fs_quiet quiet;
	enum rom_status st;

	if (fs->reader->unattached)
		return fs->reader->unattached(fs, fn, ctx, err);
	if (!fs->reader->scan || fs->inodes == 0 || fs->inodes > MAX_INODES)
		return ROM_OK;
	/* quiet: the walk of the tree reports damage itself, and below every
	 * inode is listed, files too, as if it were a directory */
	quiet = rom_fs_quiet_begin(fs);
	s.named = (struct bitmap){ rom_alloc(fs->inodes / 8 + 1),
		fs->inodes + 1 };
	test_and_set(&s.named, fs->root);
	rom_fs_mark_below(fs, fs->root, mark_inode, &s);
	st = fs->reader->scan(fs, collect_unmarked, &s, err);
	/* Names in unattached directories mark their inodes, so that only the
	 * top of each subtree is reported. Directories that name each other (a
	 * cycle) mark all of themselves and are not reported. */
	for (size_t i = 0; i < s.found.n; i++)
		rom_fs_list(fs, s.found.v[i], 0, mark_entry, &s, err);
	report_found(&s);
	rom_fs_quiet_end(fs, &quiet);
	if (s.truncated)
		rom_fs_damage(fs, 0, ROM_NO_OFFSET,
			"more than %d files and folders have no name: the "
			"rest is left out",
			MAX_UNATTACHED);
	rom_vec_done(&s.found);
	free(s.named.bits);
	return st;
}
