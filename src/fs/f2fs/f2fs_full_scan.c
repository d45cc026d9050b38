/* SPDX-License-Identifier: MIT */
/* f2fs_full_scan.c - looks up nodes that a full scan found */
#include <inttypes.h>
#include <stdlib.h>

#include "f2fs_full_scan_priv.h"

static const struct f2fs_page *page_of(
	const struct f2fs_full_scan *d, uint32_t nid)
{
	return nid < ROM_F2FS_MAX_NIDS ? d->page[nid / F2FS_PAGE] : NULL;
}

bool rom_f2fs_full_scan_is_inode(const struct f2fs_fs *f, uint32_t ino)
{
	const struct f2fs_page *p = page_of(f->full_scan, ino);

	return p && p->node[ino % F2FS_PAGE].block &&
	       rom_f2fs_get_bit(p->is_inode, ino % F2FS_PAGE);
}

const struct f2fs_found *rom_f2fs_full_scan_found(const struct f2fs_fs *f)
{
	return &f->full_scan->found;
}

bool rom_f2fs_full_scan_is_noise(const struct f2fs_fs *f, uint32_t block)
{
	return f->full_scan && block < f->full_scan->noise_end;
}

/* Written after the last checkpoint, as far as can be told, but not synced: the
 * blocks that it maps may not have been written. Tools that fill an image
 * without the kernel leave next as 0; their nodes are not in doubt. */
static bool is_unsynced(
	const struct f2fs_full_scan *d, const struct rom_f2fs_footer *footer)
{
	return (uint32_t)footer->version == d->last_version &&
	       !footer->fsynced && footer->next;
}

bool rom_f2fs_full_scan_is_synced(
	const struct f2fs_fs *f, const struct f2fs_node *node)
{
	struct rom_buffer v = { .p = node->buf, .len = ROM_F2FS_BLOCK };
	struct rom_f2fs_footer footer = rom_f2fs_footer_decode(&v);

	return (uint32_t)footer.version == f->full_scan->last_version &&
	       footer.fsynced;
}

enum rom_status rom_f2fs_full_scan_node(struct f2fs_fs *f,
	const struct f2fs_want *want, struct f2fs_node *ret,
	struct rom_err *err)
{
	const struct f2fs_page *p = page_of(f->full_scan, want->nid);
	uint32_t i = want->nid % F2FS_PAGE, block = p ? p->node[i].block : 0;
	struct rom_f2fs_footer footer;
	struct rom_buffer v;
	enum rom_status st;

	if (!block)
		return rom_fail(err, ROM_E_CORRUPT, ROM_NO_OFFSET,
			"node %" PRIu32 " of inode %" PRIu32 " was not found",
			want->nid, want->ino);
	st = rom_f2fs_block(f, &f->node_cache, block, &v, err);
	if (st)
		return st;
	footer = rom_f2fs_footer_decode(&v);
	if (footer.nid != want->nid || footer.ino != want->ino ||
		footer.node_ofs != want->node_ofs)
		return rom_fail(err, ROM_E_CORRUPT, v.offset,
			"node %" PRIu32 " of inode %" PRIu32
			": the newest with this number belongs to inode "
			"%" PRIu32,
			want->nid, want->ino, footer.ino);
	memcpy(ret->buf, v.p, v.len);
	ret->offset = v.offset;
	ret->suspect = rom_f2fs_get_bit(p->in_doubt, i) ||
		       is_unsynced(f->full_scan, &footer);
	return ROM_OK;
}

/* ---- inodes that a directory names --------------------------------------- */

void rom_f2fs_full_scan_bound(struct f2fs_fs *f, uint32_t nids)
{
	struct f2fs_full_scan *d = f->full_scan;
	uint32_t *named = rom_alloc(((size_t)nids / 32 + 1) * sizeof(*named));

	if (d->named)
		memcpy(named, d->named,
			((size_t)f->nids / 32 + 1) * sizeof(*named));
	free(d->named);
	d->named = named;
	f->nids = nids;
	f->fs.inodes = nids - 1;
}

bool rom_f2fs_full_scan_set_named(struct f2fs_fs *f, uint64_t ino)
{
	if (ino >= f->nids ||
		rom_f2fs_get_bit(f->full_scan->named, (uint32_t)ino))
		return false;
	rom_f2fs_set_bit(f->full_scan->named, (uint32_t)ino, true);
	return true;
}

bool rom_f2fs_full_scan_is_named(const struct f2fs_fs *f, uint64_t ino)
{
	return ino < f->nids &&
	       rom_f2fs_get_bit(f->full_scan->named, (uint32_t)ino);
}

void rom_f2fs_full_scan_free(struct f2fs_full_scan *d)
{
	for (size_t i = 0; d && i < F2FS_PAGES; i++)
		free(d->page[i]);
	if (d)
		free(d->named);
	free(d);
}
