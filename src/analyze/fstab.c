/* SPDX-License-Identifier: MIT */
/* fstab.c - how Android mounts /data, from the fstab in a system partition */
#include <stdlib.h>

#include "analyze_priv.h"

enum {
	FSTAB_MAX = 65536,
	MAX_FSTABS = 8, /* in a directory: for a chip, a storage, swap ... */
};

static const char *const wanted_options[] = { "fileencryption=",
	"keydirectory=", "encryptable=", "forceencrypt=", "forcefdeorfbe=",
	"metadata_encryption=", "wrappedkey" };

static bool is_wanted(const char *option)
{
	size_t n = sizeof(wanted_options) / sizeof(*wanted_options);

	for (size_t i = 0; i < n; i++) {
		if (!strncmp(option, wanted_options[i],
			    strlen(wanted_options[i])))
			return true;
	}
	return false;
}

/* Adds the options of a comma-separated list that concern encryption. */
static void add_options(char *list, struct rom_userdata_facts *f)
{
	char *save;

	for (char *word = strtok_r(list, ",", &save); word;
		word = strtok_r(NULL, ",", &save)) {
		size_t n = strlen(f->fstab);

		if (is_wanted(word))
			snprintf(f->fstab + n, sizeof(f->fstab) - n, "%s%s",
				n ? "," : "", word);
	}
}

/* In the line for /data, reads every column after device and mount point: the
 * encryption options may be among the mount options or the fs_mgr flags. */
static void parse_line(char *line, struct rom_userdata_facts *f)
{
	char *save, *columns, *device = strtok_r(line, " \t", &save),
			      *mount = strtok_r(NULL, " \t", &save);

	if (!device || *device == '#' || !mount || strcmp(mount, "/data"))
		return;
	while ((columns = strtok_r(NULL, " \t", &save)))
		add_options(columns, f);
	f->fstab_metadata = strstr(f->fstab, "keydirectory=") ||
			    strstr(f->fstab, "metadata_encryption=");
}

static void read_fstab(struct rom_fs *fs, const char *path,
	const char *partition, struct rom_userdata_facts *f)
{
	ROM_AUTO char *text = NULL;
	struct rom_err err;
	char *save, *line;

	if (rom_fs_text(fs, path, FSTAB_MAX, &text, &err))
		return;
	for (line = strtok_r(text, "\r\n", &save); line && !*f->fstab;
		line = strtok_r(NULL, "\r\n", &save))
		parse_line(line, f);
	if (*f->fstab)
		snprintf(f->fstab_from, sizeof(f->fstab_from), "%s of %s", path,
			partition);
}

/* ---- searching for fstabs ------------------------------------------------ */

struct fstab_search {
	const char *dir;
	char *paths[MAX_FSTABS];
	size_t n;
};

static bool collect_path(void *ctx, const struct rom_dirent *e)
{
	struct fstab_search *s = ctx;

	if (e->len >= 6 && e->len <= 60 && !memcmp(e->name, "fstab.", 6))
		s->paths[s->n++] =
			rom_format("%s/%.*s", s->dir, (int)e->len, e->name);
	return s->n < MAX_FSTABS;
}

static void read_fstabs_in(struct rom_dump *dump, const struct rom_partition *p,
	const char *dir, struct rom_userdata_facts *f)
{
	struct rom_fs *fs = rom_fs_cache_usual(dump, p);
	struct fstab_search s = { .dir = dir };
	struct rom_inode inode;
	struct rom_err err;

	if (!fs || rom_fs_lookup(fs, dir, &inode, &err) ||
		inode.type != ROM_FILE_DIRECTORY)
		return;
	rom_fs_list(fs, inode.ino, 0, collect_path, &s, &err);
	for (size_t i = 0; i < s.n; i++) {
		if (!*f->fstab)
			read_fstab(fs, s.paths[i], p->name, f);
		free(s.paths[i]);
	}
}

void rom_analyze_fstab(struct rom_dump *dump, struct rom_userdata_facts *f)
{
	/* partition and directory; the first that has an fstab for /data
	 * counts */
	static const char *const places[][2] = { { "vendor", "/etc" },
		{ "odm", "/etc" }, { "system", "/vendor/etc" },
		{ "system", "/system/vendor/etc" } };
	const struct rom_partition *p;

	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++) {
		rom_each (p, &dump->report->partitions) {
			if (!*f->fstab && p->present &&
				rom_slot_matches(p->name, places[i][0]))
				read_fstabs_in(dump, p, places[i][1], f);
		}
	}
}
