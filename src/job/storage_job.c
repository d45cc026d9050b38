/* SPDX-License-Identifier: MIT */
/*
 * storage_job.c - the internal storage of old phones, a FAT partition of its own, into media/ too
 *
 * Where userdata has no media folder that can be read, its files are what the user means by photos, and lie directly
 * in media/; else they lie in a folder beside those, named after the partition, with a dot before it.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

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

static int open_folder(int dir, const char *name, struct rom_err *err)
{
	int fd;

	if (!*name)
		return dup(dir);
	mkdirat(dir, name, 0777);
	fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		rom_fail(err, ROM_E_WRITE, ROM_NOWHERE, "media/%s: cannot make this folder: %s",
			name, strerror(errno));
	return fd;
}

/* What stays the same for all storages of a dump. */
struct saving {
	struct rom_out *out;
	int dir; /* media/ */
	const struct rom_extract_options *options;
	struct rom_report *report;
	struct rom_extract_result *ret;
};

/* The files of one storage into folder of media/; its base and partition are in own. */
static enum rom_status save(struct saving *s, struct rom_fs *fs, const char *folder,
	struct rom_extract_options *own, struct rom_err *err)
{
	ROM_AUTO char *prefix = *folder ? rom_format("%s/", folder) : rom_strdup("");
	struct rom_extract_result before = *s->ret;
	struct rom_storage *storage;
	enum rom_status st;
	int fd = open_folder(s->dir, folder, err);

	if (fd < 0)
		return ROM_E_WRITE;
	own->prefix = prefix;
	st = rom_job_media(fs, s->out, fd, own, s->report, s->ret, err);
	close(fd);
	if (st)
		return st;
	storage = rom_vec_add(&s->report->media.storages);
	*storage = (struct rom_storage){ rom_strdup(own->partition), rom_strdup(folder),
		s->ret->files - before.files, s->ret->bytes - before.bytes };
	return ROM_OK;
}

/* A storage that was never used is nothing to worry about. */
static bool is_blank(const struct rom_partition *p)
{
	const char *content = rom_partition_content(p);

	return !strcmp(content, "zero") || !strcmp(content, "ff");
}

static void note_unread(
	struct rom_report *r, const struct rom_partition *p, const struct rom_err *why)
{
	if (is_blank(p))
		rom_report_note(r, ROM_INFO, p->name, p->range.at,
			"it is empty: nothing but %s; there are no photos in it to save",
			rom_partition_content(p));
	else
		rom_report_note(r, ROM_DAMAGE, p->name, why->at,
			"no photos were saved from it: %s; the partition itself is in rom/",
			why->text);
}

enum rom_status rom_job_storages(struct rom_image *img, bool directly, struct rom_out *out, int dir,
	const struct rom_extract_options *options, struct rom_report *report,
	struct rom_extract_result *ret, struct rom_err *err)
{
	struct saving s = { out, dir, options, report, ret };
	struct rom_partition *p = NULL;
	enum rom_status st = ROM_OK;

	while (!st && (p = rom_analyze_storage(report, p))) {
		ROM_AUTO char *folder = directly ? rom_strdup("") : folder_name(p->name);
		ROM_AUTO_FS struct rom_fs *fs = NULL;
		struct rom_extract_options own = *options;
		struct rom_err why;

		own.partition = p->name;
		if (rom_job_open_fs(img, report, p->name, false, NULL, &fs, &own.base, &why)) {
			note_unread(report, p, &why);
			continue;
		}
		if (!rom_analyze_media(fs))
			continue;
		st = save(&s, fs, folder, &own, err);
		directly = false;
	}
	return st;
}
