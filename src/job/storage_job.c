/* SPDX-License-Identifier: MIT */
/*
 * storage_job.c - the internal storage of old phones, a FAT partition of its
 * own, into media/ too
 *
 * Where userdata has no media folder that can be read, its files are what the
 * user means by photos, and lie directly in media/; else they lie in a folder
 * beside those, named after the partition, with a dot before it.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "job_priv.h"
#include "romsplit/analyze.h"

static char *folder_name(const char *partition)
{
	ROM_AUTO char *safe = rom_safe_name(partition, strlen(partition), true);
	char *name = rom_format(".%s", safe);

	for (char *p = name; *p; p++)
		*p = *p >= 'A' && *p <= 'Z' ? (char)(*p + 'a' - 'A') : *p;
	return name;
}

static struct rom_dir *open_folder(
	struct rom_dir *dir, const char *name, struct rom_err *err)
{
	struct rom_dir *below;

	if (!*name)
		return rom_dir_ref(dir);
	below = rom_dir_enter(dir, name);
	if (!below)
		rom_fail(err, ROM_E_WRITE, ROM_NO_OFFSET,
			"media/%s: cannot make this folder: %s", name,
			strerror(errno));
	return below;
}

/* The files of one storage into folder of media/. */
static enum rom_status save(struct rom_job_tree *tree, struct rom_out *out,
	struct rom_dir *dir, const struct rom_extract_options *options,
	struct rom_report *report, struct rom_err *err)
{
	ROM_AUTO char *prefix = *tree->folder ? rom_format("%s/", tree->folder)
					      : rom_strdup("");
	struct rom_extract_options own = *options;
	enum rom_status st;
	struct rom_dir *below = open_folder(dir, tree->folder, err);

	if (!below)
		return ROM_E_WRITE;
	own.prefix = prefix;
	own.partition = tree->storage;
	own.stream = tree->streams ? &tree->stream : NULL;
	st = rom_job_media(
		tree->fs, out, below, &own, report, &tree->result, err);
	rom_dir_close(below);
	return st;
}

/* A storage that was never used is nothing to worry about. */
static bool is_blank(const struct rom_partition *p)
{
	const char *format = rom_partition_format(p);

	return !strcmp(format, "zero") || !strcmp(format, "ff");
}

static void note_unread(struct rom_report *r, const struct rom_partition *p,
	const struct rom_err *why)
{
	if (is_blank(p))
		rom_report_note(r, ROM_INFO, p->name, p->range.offset,
			"it is empty: nothing but %s; there are no photos in "
			"it to save",
			rom_partition_format(p));
	else
		rom_report_note(r, ROM_DAMAGE, p->name, why->offset,
			"no photos were saved from it: %s; the partition "
			"itself is in rom/",
			why->text);
}

enum rom_status rom_job_storages(struct rom_image *img, bool directly,
	struct rom_out *out, struct rom_dir *dir,
	const struct rom_extract_options *options, struct rom_report *report,
	rom_job_trees *trees, struct rom_err *err)
{
	struct rom_partition *p = NULL;
	enum rom_status st = ROM_OK;

	while (!st && (p = rom_analyze_storage(report, p))) {
		struct rom_extract_options own = *options;
		struct rom_job_tree *tree;
		struct rom_fs *fs;
		struct rom_err why;

		if (rom_job_open_fs(img, report, p->name, false, NULL, &fs,
			    &own.base, &why)) {
			note_unread(report, p, &why);
			continue;
		}
		if (!rom_job_media_path(fs)) {
			rom_fs_close(fs);
			continue;
		}
		tree = rom_job_tree_add(trees, img, p, fs);
		tree->storage = rom_strdup(p->name);
		tree->folder = directly ? rom_strdup("") : folder_name(p->name);
		st = save(tree, out, dir, &own, report, err);
		directly = false;
	}
	return st;
}
