/* SPDX-License-Identifier: MIT */
/*
 * space_job.c - is there enough free space for what an extraction will write?
 *
 * When more space is free than the filesystem can hold, nothing is counted.
 * Otherwise the tree is walked once before the first byte is written, with the
 * filter of the extraction. A file counts with its stored bytes (holes take no
 * space) and its line in the manifest; a file that an earlier run has written
 * counts with nothing.
 */
#include <stdlib.h>

#include "job_priv.h"
#include "romsplit/analyze.h"

enum {
	BLOCK = 4096, /* the unit of allocation on most disks */
	LINE = 512,   /* of the manifest */
	/* compressed filesystems hold more than their size; higher ratios do
	 * not occur in practice */
	COMPRESSION_RATIO = 4,
};

struct sizing {
	struct rom_fs *fs;
	struct rom_out *out;
	const struct rom_job_options *options;
	const char *prefix; /* in the output, of what is being walked */
	/* inodes with several names that have been counted */
	struct rom_map counted;
	uint64_t bytes, files;
};

/* Looks under the name that the extraction would give first: a file that had to
 * be renamed is counted again, which errs on the safe side. */
static bool is_written(struct sizing *s, const char *path, size_t len,
	const struct rom_inode *inode)
{
	ROM_AUTO char *written =
		rom_extract_written_path(s->out, s->prefix, path, len);
	struct rom_entry existing;

	return rom_dir_stat(s->out->dir, written, &existing) &&
	       existing.type == ROM_ENTRY_FILE && existing.size == inode->size;
}

static void add_file(struct sizing *s, const char *path, size_t len,
	const struct rom_inode *inode)
{
	struct rom_file_map map = { 0 };
	struct rom_err err;

	s->files++;
	if (inode->encrypted ||
		(s->out->existed && is_written(s, path, len, inode)) ||
		(inode->links > 1 &&
			!rom_map_put(&s->counted, inode->ino, NULL)) ||
		rom_fs_map(s->fs, inode, &map, &err))
		return;
	s->bytes += (rom_file_map_stored(&map) + BLOCK - 1) / BLOCK * BLOCK;
	rom_file_map_done(&map);
}

static enum rom_walk add_entry(void *ctx, const struct rom_walk_entry *e)
{
	struct sizing *s = ctx;
	const struct rom_progress *progress = s->options->progress;
	const struct rom_filter *filter = s->options->filter;

	if (progress && progress->stop)
		return ROM_WALK_STOP;
	if (e->status)
		return ROM_WALK_CONTINUE;
	if (rom_filter_is_set(filter) &&
		!rom_filter_wants(
			(void *)(uintptr_t)filter, s->fs, &e->inode, e->path))
		return ROM_WALK_SKIP;
	if (e->inode.type == ROM_FILE_REGULAR)
		add_file(s, e->path, e->path_len, &e->inode);
	return ROM_WALK_CONTINUE;
}

static void add_path(struct sizing *s, const char *path, const char *prefix)
{
	static const struct rom_walk_ops ops = { .entry = add_entry };
	const char *slash = strrchr(path, '/'),
		   *name = slash ? slash + 1 : path;
	struct rom_inode inode;
	struct rom_err err;

	if (rom_fs_lookup(s->fs, path, &inode, &err))
		return;
	s->prefix = prefix;
	if (inode.type == ROM_FILE_DIRECTORY)
		rom_fs_walk(s->fs, &inode, &ops, s, &err);
	else if (inode.type == ROM_FILE_REGULAR)
		add_file(s, name, strlen(name), &inode);
}

static void add_media(struct sizing *s)
{
	rom_media_trees trees = { 0 };
	struct rom_media_tree *t;

	rom_media_trees_find(s->fs, &trees);
	rom_each (t, &trees)
		add_path(s, t->path, t->prefix);
	rom_media_trees_done(&trees);
}

/* An upper bound of what the filesystem can hold. */
static uint64_t max_size(struct rom_fs *fs)
{
	uint64_t size = rom_fs_data(fs)->size;

	return rom_fs_compresses(fs) && size < UINT64_MAX / COMPRESSION_RATIO
		       ? size * COMPRESSION_RATIO
		       : size;
}

enum rom_status rom_job_check_extract(struct rom_fs *fs,
	const char *const *paths, size_t n,
	const struct rom_job_options *options, struct rom_out *out,
	struct rom_err *err)
{
	struct sizing s = { .fs = fs, .out = out, .options = options };

	if (rom_dir_free_bytes(out->dir) >= max_size(fs))
		return ROM_OK;
	if (n == 0)
		add_media(&s);
	for (size_t i = 0; i < n; i++) {
		ROM_AUTO char *prefix =
			rom_job_path_prefix(fs, paths[i], n == 1);

		add_path(&s, paths[i], prefix);
	}
	rom_map_done(&s.counted, NULL);
	return rom_job_check_space(out, rom_fs_data(fs),
		s.bytes + s.files * LINE,
		"free some space, choose another place with -o DIR, or extract "
		"fewer files: one directory, --type, --newer",
		err);
}

void rom_job_note_foreign(struct rom_report *r, const struct rom_out *out)
{
	if (rom_dir_is_foreign(out->dir))
		rom_report_note(r, ROM_WARNING, NULL, ROM_NO_OFFSET,
			"%s belongs to another user, who can change what is "
			"written there, while it is written and later",
			out->path);
}
