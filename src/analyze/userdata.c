/* SPDX-License-Identifier: MIT */
/* userdata.c - collects the facts about userdata, from it and from other
 * partitions, that the verdict is derived from */
#include <stdlib.h>

#include "analyze_priv.h"
#include "romsplit/crypt.h"
#include "romsplit/probe.h"
#include "romsplit/table.h"

/* Where Android stores how files are encrypted. */
#define MODE_FILE "/unencrypted/mode"

/* One userdata while facts about it are collected. */
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

static bool find_any_name(void *ctx, const struct rom_dirent *e)
{
	bool *has_name = ctx;

	*has_name = *has_name || e->len > 0;
	return !*has_name;
}

/* A backup superblock may be left over from an older filesystem: it counts only
 * when it leads to a root directory that has an entry. A real root of ext4 has
 * at least lost+found; an empty one is a random block taken for a directory. */
static void read_by_backup(const struct inquiry *q)
{
	struct rom_fs *fs;
	bool has_name = false;
	struct rom_err err;

	read_filesystem(q);
	if (!q->f->root_readable)
		return;
	fs = rom_fs_cache_usual(q->dump, q->p);
	rom_fs_list(fs, rom_fs_root(fs), 0, find_any_name, &has_name, &err);
	if (!has_name)
		return;
	q->f->filesystem = rom_fs_kind(fs);
	q->f->super_gone = true;
}

/* Where it does not begin with one, a filesystem that begins elsewhere. */
static void find_place(const struct inquiry *q)
{
	const struct rom_fs_place *place =
		rom_analyze_take_place(q->dump, q->p, false);

	if (!place)
		return;
	q->f->start = place->start;
	if (place->is_backup)
		q->f->backup_offset = place->super;
	else
		rom_analyze_super(q->p, q->f);
}

/* info does not read all of userdata, but a quick scan lets it state that a
 * full scan would find files. */
static void scan_quickly(const struct inquiry *q)
{
	struct rom_userdata_facts *f = q->f;
	struct rom_fs_scan_result scan;

	rom_fs_quick_scan(q->part, &scan);
	/* three characters, so that ext2, ext3 and ext4 count as one */
	if (scan.kind && f->filesystem && strncmp(scan.kind, f->filesystem, 3))
		return; /* left over from an earlier filesystem */
	f->scan_result = scan.kind;
	f->scan_by_nodes = scan.by_nodes;
	f->scan_offset = scan.offset;
	f->scan_nodes = scan.nodes;
	f->scan_encrypted = scan.encrypted * 2 > scan.inodes;
}

/* A filesystem that lost its superblocks is found by its other structures.
 * Searching for them takes long, so where the sample shows nothing but noise or
 * constant bytes only a quick scan is made, or none. */
static void read_without_super(const struct inquiry *q)
{
	struct rom_userdata_facts *f = q->f;
	struct rom_fs *fs = NULL;

	if (f->filesystem ? f->reader && !f->root_readable
			  : f->backup_offset > 0)
		scan_quickly(q);
	if (f->filesystem || f->backup_offset || !f->has_stats ||
		(f->stats.constant == f->stats.blocks && f->stats.whole))
		return;
	/* a sample may miss the few blocks of a card that is hardly used */
	if (f->stats.structured || f->stats.constant == f->stats.blocks)
		fs = rom_fs_cache_usual(q->dump, q->p);
	if (!fs) {
		scan_quickly(q);
		return;
	}
	f->filesystem = rom_fs_kind(fs);
	f->super_gone = true;
	rom_probe_drop_fill(q->p);
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
	f->adopted = rom_analyze_is_adopted(p);
	f->alone = dump->report->table.kind == ROM_TABLE_NONE;
	rom_table_guid(p, f->guid);
	f->cut_off = p->state != ROM_COMPLETE;
	rom_analyze_super(p, f);
	if (!f->filesystem)
		rom_analyze_backup_super(part, f);
	if (!f->filesystem && !f->backup_offset)
		find_place(&q);
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
