/* SPDX-License-Identifier: MIT */
/*
 * storage_job.c - saves the internal storage of old phones, a separate FAT
 * partition, into media/, too
 *
 * When userdata has no readable media directory, this storage holds the photos
 * that the user is looking for, and its files go directly into media/;
 * otherwise into a directory there that is named after the partition, with a
 * leading dot.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "job_priv.h"
#include "romsplit/analyze.h"

static char *directory_name(const char *partition)
{
	ROM_AUTO char *safe =
		rom_safe_name(partition, strlen(partition), ROM_NAMES_STRICT);
	char *name = rom_format(".%s", safe);

	for (char *p = name; *p; p++)
		*p = *p >= 'A' && *p <= 'Z' ? (char)(*p + 'a' - 'A') : *p;
	return name;
}

/* A storage that was never used is not damage. */
static bool is_blank(const struct rom_partition *p)
{
	return rom_partition_lead(p)->usage == ROM_USAGE_FILL;
}

static void note_unread(struct rom_report *r, const struct rom_partition *p,
	const struct rom_err *why)
{
	if (is_blank(p))
		rom_report_note(r, ROM_INFO, p->name, p->range.offset,
			"it is empty (%s): there are no photos in it to save",
			rom_partition_format(p));
	else
		rom_report_note(r, ROM_DAMAGE, p->name, why->offset,
			"no photos were saved from it: %s; the partition "
			"itself is in rom/",
			why->text);
}

/* Extracts the files of one storage into its directory of media/. */
static enum rom_status save_storage(struct rom_job_extraction *e,
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
		st = save_storage(e, &from, s, err);
		directly = false;
	}
	return st;
}
