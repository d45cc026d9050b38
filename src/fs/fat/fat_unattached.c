/* SPDX-License-Identifier: MIT */
/*
 * fat_unattached.c - chains of clusters in use that no directory leads to
 *
 * The first cluster of every file and folder that can be reached is marked; a
 * cluster in use that is not marked, and to which no entry of the FAT leads,
 * begins a lost chain. A folder is known by its entry '.', a file has neither
 * name nor size: it ends with its last cluster.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "fat_priv.h"

enum { MAX_MARKED = 1 << 26 }; /* clusters: 8 MiB of bitmap at most */

struct search {
	struct fat_volume *v;
	uint8_t *claimed; /* by a directory entry that was read */
	ROM_VEC(uint64_t) todo;
};

/* False when it was claimed before. */
static bool claim(struct search *s, uint32_t cluster)
{
	uint32_t i = cluster - 2;
	uint8_t bit = (uint8_t)(1u << i % 8);
	bool was;

	if (!rom_fat_is_cluster(s->v, cluster))
		return false;
	was = s->claimed[i / 8] & bit;
	s->claimed[i / 8] |= bit;
	return !was;
}

static bool claim_entry(void *ctx, const struct rom_dirent *e)
{
	struct search *s = ctx;
	struct rom_inode inode;
	struct rom_err err;

	if (!rom_fs_inode(&s->v->fs, e->ino, &inode, &err) &&
		claim(s, inode.generation) && inode.type == ROM_FILE_DIRECTORY)
		*rom_vec_add(&s->todo) = e->ino;
	return true;
}

static void claim_below(struct search *s, uint64_t dir)
{
	struct rom_err err;

	*rom_vec_add(&s->todo) = dir;
	while (s->todo.n)
		rom_fs_list(&s->v->fs, s->todo.v[--s->todo.n], 0, claim_entry,
			s, &err);
}

static bool is_claimed(const struct search *s, uint32_t cluster)
{
	return s->claimed[(cluster - 2) / 8] >> (cluster - 2) % 8 & 1;
}

static bool is_directory(struct fat_volume *v, uint32_t first, uint8_t *entry)
{
	struct rom_err err;

	return !rom_read(v->fs.meta, entry, FAT_ENTRY_LEN,
		       rom_fat_place(v, first), &err) &&
	       !memcmp(entry, ".          ", 11) &&
	       entry[0x0b] & FAT_ATTR_DIR &&
	       rom_fat_first_cluster(v, entry) == first;
}

static uint64_t length_of(struct fat_volume *v, uint32_t first)
{
	struct rom_file_map c = { 0 };
	const struct rom_extent *e;
	uint64_t len = 0;

	rom_fat_chain(v, FAT_LOST_BASE | first, first,
		(uint64_t)v->clusters * v->cluster, true, &c);
	rom_each (e, &c.extents)
		len += e->len;
	rom_file_map_done(&c);
	return len;
}

enum rom_status rom_fat_chain_inode(struct fat_volume *v, uint32_t first,
	struct rom_inode *ret, struct rom_err *err)
{
	uint8_t entry[FAT_ENTRY_LEN];
	struct rom_buffer e = { .p = entry, .len = sizeof(entry) };
	struct fat_link_to l;

	if (!rom_fat_is_cluster(v, first))
		return rom_fail(err, ROM_E_CORRUPT, ROM_NO_OFFSET,
			"cluster: expected 2 to %" PRIu64 ", got %" PRIu32,
			(uint64_t)v->clusters + 1, first);
	l = rom_fat_link(v, first);
	if (l.link != FAT_NEXT && l.link != FAT_END)
		return rom_fail(err, ROM_E_CORRUPT, rom_fat_place(v, first),
			"cluster %" PRIu32 " is not in use", first);
	*ret = (struct rom_inode){
		.ino = FAT_LOST_BASE | first, .links = 1, .generation = first
	};
	if (is_directory(v, first, entry)) {
		ret->type = ROM_FILE_DIRECTORY;
		ret->mode = FAT_DIR_MODE;
		ret->mtime = ret->ctime = rom_fat_time(rom_le32(&e, 0x16), 0);
		return ROM_OK;
	}
	ret->type = ROM_FILE_REGULAR;
	ret->mode = FAT_FILE_MODE;
	ret->size = length_of(v, first);
	return ROM_OK;
}

/* What begins at cluster, when nothing leads there. */
static bool is_lost(
	struct search *s, uint32_t cluster, bool dirs, struct rom_inode *ret)
{
	struct rom_err err;

	return !is_claimed(s, cluster) &&
	       rom_fat_pointers(s->v, cluster) == 0 &&
	       !rom_fat_chain_inode(s->v, cluster, ret, &err) &&
	       (ret->type == ROM_FILE_DIRECTORY) == dirs;
}

/* What a lost folder names is not lost itself. */
static void claim_lost(struct search *s)
{
	struct rom_inode inode;

	for (uint32_t i = 0; i < s->v->clusters; i++) {
		if (is_lost(s, i + 2, true, &inode))
			claim_below(s, inode.ino);
	}
}

static bool report(struct search *s, bool dirs, rom_inode_fn fn, void *ctx)
{
	struct rom_inode inode;

	for (uint32_t i = 0; i < s->v->clusters; i++) {
		if (is_lost(s, i + 2, dirs, &inode) && !fn(ctx, &inode))
			return false;
	}
	return true;
}

enum rom_status rom_fat_unattached(
	struct rom_fs *fs, rom_inode_fn fn, void *ctx, struct rom_err *err)
{
	struct search s = { .v = fat_of(fs) };
	bool silent = fs->silent;

	(void)err;
	if (s.v->clusters > MAX_MARKED)
		return ROM_OK;
	fs->silent = true; /* what is torn was told of already */
	s.claimed = rom_alloc(s.v->clusters / 8 + 1);
	claim(&s, s.v->root_cluster);
	claim_below(&s, fs->root);
	claim_lost(&s);
	if (report(&s, true, fn, ctx))
		report(&s, false, fn, ctx);
	fs->silent = silent;
	rom_vec_done(&s.todo);
	free(s.claimed);
	return ROM_OK;
}
