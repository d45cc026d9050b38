/* SPDX-License-Identifier: MIT */
/*
 * unattached.c - files and directories that no directory names any more
 *
 * Every directory that can be reached from the root is read and what it names
 * is marked; inodes in use without a mark are lost. What lies below a lost
 * directory comes with it and is not told of again.
 */
#include <stdlib.h>

#include "fs_priv.h"

/* two bitmaps of 32 MiB at most; Android's have some millions */
#define MAX_INODES ((uint64_t)1 << 28)

/* 16 MiB of numbers: tables of inodes that lie on top of each other claim any
 * number. */
enum { MAX_LOST = 2 << 20 };

struct bitmap {
	uint8_t *bits;
	uint64_t n;
};

struct search {
	struct rom_fs *fs;
	struct bitmap named; /* by some directory that was read */
	ROM_VEC(uint64_t) todo;
	ROM_VEC(uint64_t) lost;
	bool full;
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

static bool mark_entry(void *ctx, const struct rom_dirent *e)
{
	struct search *s = ctx;
	struct rom_inode inode;
	struct rom_err err;

	if (test_and_set(&s->named, e->ino))
		return true;
	if (!rom_fs_inode(s->fs, e->ino, &inode, &err) &&
		inode.type == ROM_FILE_DIRECTORY)
		*rom_vec_add(&s->todo) = e->ino;
	return true;
}

/* Marks all that can be reached from dir. */
static void mark_below(struct search *s, uint64_t dir)
{
	struct rom_err err;

	*rom_vec_add(&s->todo) = dir;
	while (s->todo.n)
		rom_fs_list(
			s->fs, s->todo.v[--s->todo.n], 0, mark_entry, s, &err);
}

static bool collect(void *ctx, const struct rom_inode *inode)
{
	struct search *s = ctx;

	if (is_set(&s->named, inode->ino) ||
		(inode->type != ROM_FILE_DIRECTORY &&
			inode->type != ROM_FILE_REGULAR &&
			inode->type != ROM_FILE_SYMLINK))
		return true;
	s->full = s->lost.n == MAX_LOST;
	if (!s->full)
		*rom_vec_add(&s->lost) = inode->ino;
	return !s->full;
}

static void report(struct search *s)
{
	struct rom_inode inode;
	struct rom_err err;

	for (size_t i = 0; i < s->lost.n; i++) {
		if (rom_fs_inode(s->fs, s->lost.v[i], &inode, &err) ||
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
	bool silent = fs->silent;
	uint64_t damage = fs->damage;
	enum rom_status st;

	if (fs->ops->lost)
		return fs->ops->lost(fs, fn, ctx, err);
	if (!fs->ops->scan || fs->inodes == 0 || fs->inodes > MAX_INODES)
		return ROM_OK;
	fs->silent = true; /* what is torn was told of already */
	s.named = (struct bitmap){ rom_alloc(fs->inodes / 8 + 1),
		fs->inodes + 1 };
	test_and_set(&s.named, fs->root);
	mark_below(&s, fs->root);
	st = fs->ops->scan(fs, collect, &s, err);
	/* what a lost directory names is not lost itself */
	for (size_t i = 0; i < s.lost.n; i++)
		rom_fs_list(fs, s.lost.v[i], 0, mark_entry, &s, err);
	s.todo.n = 0;
	report(&s);
	fs->silent = silent;
	/* files were listed too, as if they were folders */
	fs->damage = damage;
	if (s.full)
		rom_fs_damage(fs, 0, ROM_NO_OFFSET,
			"more than %d files and folders have no name: the "
			"others are left out",
			MAX_LOST);
	rom_vec_done(&s.todo);
	rom_vec_done(&s.lost);
	free(s.named.bits);
	return st;
}
