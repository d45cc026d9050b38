/* SPDX-License-Identifier: MIT */
/*
 * space_job.c - is there room for what an extraction will write?
 *
 * Where the disk has more room than the filesystem can hold, nothing is
 * counted. Else the tree is walked once before the first byte is written, with
 * the filter of the extraction: the stored bytes of each file (holes take no
 * room), a line of the manifest, and nothing for what an earlier run has
 * written already.
 */
#include <stdlib.h>

#include "job_priv.h"
#include "romsplit/analyze.h"

enum {
	BLOCK = 4096, /* what the last bytes of a file take on most disks */
	LINE = 512,   /* of the manifest */
	MAX_DEPTH = 1024,
	/* compressed filesystems hold more than their size; more than this
	   times it is not met */
	PACKING = 4,
};

struct sizing {
	struct rom_fs *fs;
	struct rom_out *out;
	const struct rom_extract_options *options;
	struct rom_map seen; /* folders, and files with several names */
	uint64_t bytes, files;
};

/* One folder of the walk: its path in the tree, and as it is written below the
 * output folder. */
struct sized_dir {
	struct sizing *s;
	const struct rom_inode *inode;
	const char *path, *written;
	unsigned depth;
};

static bool is_written(
	struct sizing *s, const char *written, const struct rom_inode *inode)
{
	struct rom_entry there;

	return s->out->existed && rom_dir_stat(s->out->dir, written, &there) &&
	       there.type == ROM_ENTRY_FILE && there.size == inode->size;
}

static void size_file(
	struct sizing *s, const char *written, const struct rom_inode *inode)
{
	struct rom_file_map map = { 0 };
	const struct rom_extent *e;
	struct rom_err err;
	uint64_t bytes;

	s->files++;
	if (inode->encrypted || is_written(s, written, inode) ||
		(inode->links > 1 &&
			!rom_map_put(&s->seen, inode->ino, NULL)) ||
		rom_fs_map(s->fs, inode, &map, &err))
		return;
	bytes = map.bytes ? map.len : 0;
	rom_each (e, &map.extents)
		bytes += e->kind == ROM_EXTENT_DATA ||
					 e->kind == ROM_EXTENT_ENCODED
				 ? e->len
				 : 0;
	s->bytes += (bytes + BLOCK - 1) / BLOCK * BLOCK;
	rom_file_map_done(&map);
}

static void size_folder(const struct sized_dir *d);

static char *join(const char *path, const char *name)
{
	return *path ? rom_format("%s/%s", path, name) : rom_strdup(name);
}

static bool size_entry(void *ctx, const struct rom_dirent *e)
{
	const struct sized_dir *d = ctx;
	struct sizing *s = d->s;
	const struct rom_progress *progress = s->options->progress;
	size_t len;
	ROM_AUTO char *name = rom_dirent_name(d->inode, e, &len);
	ROM_AUTO char *safe = rom_safe_name(name, len, false);
	ROM_AUTO char *path = join(d->path, name),
		      *written = join(d->written, safe);
	struct rom_inode inode;
	struct rom_err err;

	if (!rom_fs_inode(s->fs, e->ino, &inode, &err) &&
		(!s->options->wants || s->options->wants(s->options->wants_ctx,
					       s->fs, &inode, path))) {
		if (inode.type == ROM_FILE_DIRECTORY)
			size_folder(&(struct sized_dir){
				s, &inode, path, written, d->depth + 1 });
		else if (inode.type == ROM_FILE_REGULAR)
			size_file(s, written, &inode);
	}
	return !progress || !progress->stop;
}

static void size_folder(const struct sized_dir *d)
{
	struct rom_err err;

	if (d->depth < MAX_DEPTH &&
		rom_map_put(&d->s->seen, d->inode->ino, NULL))
		rom_fs_list(d->s->fs, d->inode->ino, 0, size_entry,
			(void *)(uintptr_t)d, &err);
}

/* What lies at path, written as written; "": in the output folder itself. */
static void size_path(struct sizing *s, const char *path, const char *written)
{
	const char *slash = strrchr(path, '/'),
		   *name = slash ? slash + 1 : path;
	struct rom_inode inode;
	struct rom_err err;

	if (rom_fs_lookup(s->fs, path, &inode, &err))
		return;
	if (inode.type == ROM_FILE_DIRECTORY)
		size_folder(&(struct sized_dir){ s, &inode, "", written, 0 });
	else if (inode.type == ROM_FILE_REGULAR)
		size_file(s, *written ? written : name, &inode);
}

static void size_media(struct sizing *s)
{
	rom_name_list users = { 0 };
	char **user;

	size_path(s, rom_job_media_path(s->fs), "");
	rom_job_users(s->fs, &users);
	rom_each (user, &users) {
		ROM_AUTO char *path = rom_format("/media/%s", *user);
		ROM_AUTO char *written = rom_format(".user-%s", *user);

		size_path(s, path, written);
		free(*user);
	}
	rom_vec_done(&users);
}

/* What userdata or another partition can hold at most, however it is filled. */
static uint64_t most(struct rom_fs *fs)
{
	const char *kind = rom_fs_kind(fs);
	bool packs = !strcmp(kind, "f2fs") || !strcmp(kind, "squashfs");
	uint64_t size = rom_fs_data(fs)->size;

	return packs && size < UINT64_MAX / PACKING ? size * PACKING : size;
}

enum rom_status rom_job_check_extract(struct rom_fs *fs,
	const char *const *paths, size_t n,
	const struct rom_extract_options *options, struct rom_out *out,
	struct rom_err *err)
{
	struct sizing s = { .fs = fs, .out = out, .options = options };

	if (rom_dir_free_bytes(out->dir) >= most(fs))
		return ROM_OK;
	if (n == 0)
		size_media(&s);
	for (size_t i = 0; i < n; i++)
		size_path(&s, paths[i],
			n == 1 ? "" : paths[i] + strspn(paths[i], "/"));
	rom_map_done(&s.seen, NULL);
	return rom_job_check_space(out, rom_fs_data(fs),
		s.bytes + s.files * LINE,
		"free some, choose another place with -o DIR, or take fewer "
		"files: a folder, --type, --newer",
		err);
}
