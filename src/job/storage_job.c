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

static char *directory_name(const char *partition)
{
	ROM_AUTO char *safe = rom_safe_name(partition, strlen(partition), true);
	char *name = rom_format(".%s", safe);

	for (char *p = name; *p; p++)
		*p = *p >= 'A' && *p <= 'Z' ? (char)(*p + 'a' - 'A') : *p;
	return name;
}

/* A storage that was never used is nothing to worry about. */
static bool is_blank(const struct rom_partition *p)
{
	return rom_partition_lead(p)->usage == ROM_USAGE_FILL;
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

/* The files of one storage into a directory of media/. */
static enum rom_status save(struct rom_job_extraction *e,
	const struct rom_dump_fs *from, struct rom_job_storage *ret,
	struct rom_err *err)
{
	ROM_AUTO char *prefix = *ret->directory
					? rom_format("%s/", ret->directory)
					: rom_strdup("");
	const struct rom_origin like = {
		.id = rom_job_extraction_id(e),
		.partition = from->partition->name,
		.fs = from->fs,
		.base = from->base,
		.prefix = prefix,
	};

	ret->origin = like.id;
	return rom_job_add_media(e, &like, err);
}

enum rom_status rom_job_storages(struct rom_dump *dump, bool directly,
	struct rom_job_extraction *e, rom_job_storages_list *ret,
	struct rom_err *err)
{
	struct rom_partition *p = NULL;
	enum rom_status st = ROM_OK;

	while (!st && (p = rom_analyze_storage(e->report, p))) {
		struct rom_job_storage *s;
		struct rom_dump_fs from;
		struct rom_err why;

		if (rom_dump_open_fs(dump, p->name, false, &from, &why)) {
			note_unread(e->report, p, &why);
			continue;
		}
		if (!rom_job_media_path(from.fs))
			continue;
		s = rom_vec_add(ret);
		s->partition = rom_strdup(p->name);
		s->directory =
			directly ? rom_strdup("") : directory_name(p->name);
		st = save(e, &from, s, err);
		directly = false;
	}
	return st;
}
