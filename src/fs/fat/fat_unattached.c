/* SPDX-License-Identifier: MIT */
/*
 * fat_unattached.c - chains of clusters in use that no directory leads to
 *
 * Marks the first cluster of every file and directory that can be reached. A
 * cluster in use that is neither marked nor the target of a FAT entry begins an
 * unattached chain. A directory is recognized by its entry '.'; a file has
 * neither name nor size, so it ends with its last cluster.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "fat_priv.h"

enum { MAX_MARKED = 1 << 26 }; /* clusters: 8 MiB of bitmap at most */

struct search {
	struct fat_volume *v;
	uint8_t *claimed; /* by a directory entry that was read */
};

/* Returns false when it was claimed before. */
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

static bool claim_inode(void *ctx, const struct rom_inode *inode)
{
	return claim(ctx, inode->generation);
}

static bool is_claimed(const struct search *s, uint32_t cluster)
{
	return s->claimed[(cluster - 2) / 8] >> (cluster - 2) % 8 & 1;
}

static bool is_directory(struct fat_volume *v, uint32_t first, uint8_t *entry)
{
	struct rom_err err;

	return !rom_read(v->fs.meta, entry, FAT_ENTRY_LEN,
		       rom_fat_offset(v, first), &err) &&
	       !memcmp(entry, ".          ", 11) &&
	       entry[0x0b] & FAT_ATTR_DIR &&
	       rom_fat_first_cluster(v, entry) == first;
}

static uint64_t length_of(struct fat_volume *v, uint32_t first)
{
	struct rom_file_map c = { 0 };
	const struct rom_extent *e;
	uint64_t len = 0;

	rom_fat_chain(v, FAT_CHAIN_BASE | first, first,
		(uint64_t)v->clusters * v->cluster, FAT_CHAIN_OPEN, &c);
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
	/* an entry that one copy alone has in use was on its way in or out:
	 * what it leads to is no file */
	if ((l.link != FAT_NEXT && l.link != FAT_END) || l.one_copy || l.blank)
		return rom_fail(err, ROM_E_CORRUPT, rom_fat_offset(v, first),
			"cluster %" PRIu32 " is not in use", first);
	*ret = (struct rom_inode){
		.ino = FAT_CHAIN_BASE | first, .links = 1, .generation = first
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

/* True when an unattached chain begins at cluster: *ret is its inode. */
static bool is_unattached(
	struct search *s, uint32_t cluster, bool dirs, struct rom_inode *ret)
{
	struct rom_err err;

	return !is_claimed(s, cluster) &&
	       rom_fat_pointers(s->v, cluster) == 0 &&
	       !rom_fat_chain_inode(s->v, cluster, ret, &err) &&
	       (ret->type == ROM_FILE_DIRECTORY) == dirs;
}

/* A copy of the FAT that has zeros where files begin was erased there, and has
 * no say in what is free. */
static void find_erased(struct search *s)
{
	for (uint32_t i = 0; i < s->v->clusters; i++) {
		if (is_claimed(s, i + 2))
			rom_fat_find_erased(s->v, i + 2);
	}
}

/* Claims the contents of unattached directories, which are reported only by
 * their top directory. */
static void claim_children(struct search *s)
{
	struct rom_inode inode;

	for (uint32_t i = 0; i < s->v->clusters; i++) {
		if (is_unattached(s, i + 2, true, &inode))
			rom_fs_mark_below(&s->v->fs, inode.ino, claim_inode, s);
	}
}

static bool report_chains(
	struct search *s, bool dirs, rom_inode_fn fn, void *ctx)
{
	struct rom_inode inode;

	for (uint32_t i = 0; i < s->v->clusters; i++) {
		if (is_unattached(s, i + 2, dirs, &inode) && !fn(ctx, &inode))
			return false;
	}
	return true;
}

enum rom_status rom_fat_unattached(
	struct rom_fs *fs, rom_inode_fn fn, void *ctx, struct rom_err *err)
{
	struct search s = { .v = fat_of(fs) };
	struct rom_fs_quiet quiet;

	(void)err;
	if (s.v->clusters > MAX_MARKED)
		return ROM_OK;
	/* walking the tree reports the same damage */
	quiet = rom_fs_quiet_begin(fs);
	s.claimed = rom_alloc(s.v->clusters / 8 + 1);
	claim(&s, s.v->root_cluster);
	s.v->stated_sizes = true; /* only clusters matter */
	rom_fs_mark_below(fs, fs->root, claim_inode, &s);
	find_erased(&s);
	claim_children(&s);
	s.v->stated_sizes = false;
	if (report_chains(&s, true, fn, ctx))
		report_chains(&s, false, fn, ctx);
	rom_fs_quiet_end(fs, &quiet);
	free(s.claimed);
	return ROM_OK;
}
