/* SPDX-License-Identifier: MIT */
/* userdata.c - what is read of userdata and around it before a verdict is
 * given */
#include <stdlib.h>

#include "analyze_priv.h"
#include "romsplit/crypt.h"

/* Android notes there how files are encrypted. */
#define MODE_FILE "/unencrypted/mode"

/* One userdata while facts of it are gathered. */
struct inquiry {
	struct rom_dump *dump;
	struct rom_partition *p;
	struct rom_image *part; /* the slice of p */
	struct rom_userdata_facts *f;
};

static void read_mode(struct rom_fs *fs, struct rom_userdata_facts *f)
{
	ROM_AUTO char *mode = NULL;
	struct rom_err err;

	if (!rom_fs_text(fs, MODE_FILE, sizeof(f->mode) - 1, &mode, &err))
		snprintf(f->mode, sizeof(f->mode), "%s", mode);
}

static bool has_root(struct rom_fs *fs)
{
	struct rom_inode root;
	struct rom_err err;

	return !rom_fs_has_synthetic_root(fs) &&
	       !rom_fs_inode(fs, rom_fs_root(fs), &root, &err) &&
	       root.type == ROM_FILE_DIRECTORY;
}

static void read_filesystem(const struct inquiry *q)
{
	const struct rom_cached_fs *c =
		rom_fs_cache_get(q->dump, q->p, (struct rom_fs_mode){ 0 });
	struct rom_userdata_facts *f = q->f;

	f->reader = c->status != ROM_NO_MATCH && c->status != ROM_E_INPUT;
	if (!c->fs || !has_root(c->fs))
		return;
	f->root_readable = true;
	rom_analyze_encrypted_dirs(c->fs, f);
	if (!f->n_dirs)
		return;
	rom_analyze_file_stats(c->fs, f->media, &f->file_stats);
	read_mode(c->fs, f);
}

/* ---- without a superblock ------------------------------------------------ */

static bool take_any_name(void *ctx, const struct rom_dirent *e)
{
	bool *named = ctx;

	*named = *named || e->len > 0;
	return !*named;
}

/* A backup may be left over from an older filesystem: only one that leads to a
 * root directory with something in it is believed. ext4's has lost+found at
 * least; else it was a directory by chance. */
static void read_by_backup(const struct inquiry *q)
{
	struct rom_fs *fs;
	bool named = false;
	struct rom_err err;

	read_filesystem(q);
	if (!q->f->root_readable)
		return;
	fs = rom_fs_cache_usual(q->dump, q->p);
	rom_fs_list(fs, rom_fs_root(fs), 0, take_any_name, &named, &err);
	if (!named)
		return;
	q->f->filesystem = rom_fs_kind(fs);
	q->f->super_gone = true;
}

/* What can be found only by reading all of it: info does not, but it can say
 * so. */
static void scan_quickly(const struct inquiry *q)
{
	struct rom_userdata_facts *f = q->f;
	struct rom_fs_scan_result seen;

	rom_fs_quick_scan(q->part, &seen);
	if (seen.kind && f->filesystem && strncmp(seen.kind, f->filesystem, 3))
		return; /* left by another that was here before */
	f->scan_result = seen.kind;
	f->scan_by_nodes = seen.by_nodes;
	f->scan_offset = seen.offset;
	f->scan_nodes = seen.nodes;
	f->scan_encrypted = seen.encrypted * 2 > seen.inodes;
}

/* A filesystem whose superblocks are gone is found by what it leads to. Where
 * there is nothing but noise, only a quick scan is made. */
static void read_without_super(const struct inquiry *q)
{
	struct rom_userdata_facts *f = q->f;
	struct rom_fs *fs = NULL;

	if (f->filesystem ? f->reader && !f->root_readable
			  : f->backup_offset > 0)
		scan_quickly(q);
	if (f->filesystem || f->backup_offset || !f->has_stats ||
		f->stats.constant == f->stats.blocks)
		return;
	if (f->stats.structured)
		fs = rom_fs_cache_usual(q->dump, q->p);
	if (!fs) {
		scan_quickly(q);
		return;
	}
	f->filesystem = rom_fs_kind(fs);
	f->super_gone = true;
	read_filesystem(q);
}

void rom_analyze_userdata_facts(struct rom_dump *dump, struct rom_partition *p,
	struct rom_userdata_facts *f)
{
	ROM_AUTO_IMAGE struct rom_image *part =
		rom_partition_open(dump->img, p);
	const struct inquiry q = { dump, p, part, f };

	f->present = true;
	f->range = p->range;
	f->cut_off = p->state != ROM_COMPLETE;
	rom_analyze_super(p, f);
	if (!f->filesystem)
		rom_analyze_backup_super(part, f);
	if (f->backup_offset)
		read_by_backup(&q);
	else if (f->filesystem)
		read_filesystem(&q);
	rom_analyze_stats(part, p, f);
	read_without_super(&q);
	rom_analyze_footers(dump, p, f);
	rom_analyze_metadata_key(dump, f);
	rom_analyze_fstab(dump, f);
}
