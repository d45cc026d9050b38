/* SPDX-License-Identifier: MIT */
/* around.c - what other partitions say of userdata's encryption: the key directory of metadata encryption, the fstab */
#include <stdlib.h>

#include "analyze_priv.h"
#include "romsplit/cipher.h"
#include "romsplit/crypt.h"

enum { FSTAB_MAX = 65536, BLOB_MAX = 4096 };

#define KEY_DIR "/vold/metadata_encryption/key"

/* Some Androids put a folder between. */
static const char *const key_dirs[] = { KEY_DIR, KEY_DIR "/default" };

static void look_at_key(struct rom_fs *fs, const char *dir, struct rom_userdata_facts *f)
{
	ROM_AUTO char *key = rom_format("%s/encrypted_key", dir),
		      *blob = rom_format("%s/keymaster_key_blob", dir);
	uint8_t blob_bytes[BLOB_MAX], open_key[32];
	struct rom_inode in;
	struct rom_err err;
	size_t n = 0;

	if (!rom_fs_lookup(fs, key, &in, &err))
		f->metadata_key_size = in.size;
	if (!rom_fs_lookup(fs, blob, &in, &err) &&
		!rom_fs_read(fs, &in, 0, blob_bytes, sizeof(blob_bytes), &n, &err)) {
		struct rom_view v = { .p = blob_bytes, .len = n };

		f->metadata_key_soft = rom_soft_key_decode(&v, open_key);
		rom_wipe(open_key, sizeof(open_key));
	}
}

static void ask_metadata(struct rom_image *img, struct rom_report *r, struct rom_userdata_facts *f)
{
	static const char *const names[] = { "md_udc", "metadata" };

	f->has_md_udc = rom_report_find(r, "md_udc");
	f->has_metadata = rom_report_find(r, "metadata");
	for (size_t i = 0; i < 2 && !f->metadata_key; i++) {
		struct rom_partition *p = rom_report_find(r, names[i]);
		ROM_AUTO_IMAGE struct rom_image *part = p ? rom_analyze_window(img, p) : NULL;
		ROM_AUTO_FS struct rom_fs *fs = NULL;
		struct rom_inode inode;
		struct rom_err err;

		if (!p || rom_fs_open(part, part, NULL, &fs, &err) ||
			rom_fs_lookup(fs, KEY_DIR, &inode, &err))
			continue;
		f->metadata_key = names[i];
		for (size_t d = 0; d < 2 && !f->metadata_key_size; d++)
			look_at_key(fs, key_dirs[d], f);
	}
}

/* ---- fstab ---------------------------------------------------------------------------------------------------- */

struct fstab_search {
	struct rom_fs *fs;
	const char *folder;
	char path[200];
};

static bool on_entry(void *ctx, const struct rom_dirent *e)
{
	struct fstab_search *s = ctx;

	if (e->len < 6 || memcmp(e->name, "fstab.", 6) || e->len > 60)
		return true;
	snprintf(s->path, sizeof(s->path), "%s/%.*s", s->folder, (int)e->len, e->name);
	return false;
}

/* The line for /data: its options of encryption are what is wanted. */
static void take_line(char *line, struct rom_userdata_facts *f)
{
	static const char *const wanted[] = { "fileencryption=", "keydirectory=", "encryptable=",
		"forceencrypt=", "forcefdeorfbe=", "metadata_encryption=", "wrappedkey" };
	char *at, *save, *word, *device = strtok_r(line, " \t", &save),
				*mount = strtok_r(NULL, " \t", &save);
	size_t n = 0;

	if (!device || *device == '#' || !mount || strcmp(mount, "/data"))
		return;
	while ((at = strtok_r(NULL, " \t", &save))) {
		char *inner;

		for (word = strtok_r(at, ",", &inner); word; word = strtok_r(NULL, ",", &inner)) {
			for (size_t i = 0; i < sizeof(wanted) / sizeof(*wanted); i++) {
				if (!strncmp(word, wanted[i], strlen(wanted[i])) &&
					n < sizeof(f->fstab) - 1)
					n += (size_t)snprintf(f->fstab + n, sizeof(f->fstab) - n,
						"%s%s", n ? "," : "", word);
			}
		}
	}
	f->fstab_metadata =
		strstr(f->fstab, "keydirectory=") || strstr(f->fstab, "metadata_encryption=");
}

static void read_fstab(
	struct rom_fs *fs, const char *path, const char *partition, struct rom_userdata_facts *f)
{
	ROM_AUTO char *text = NULL;
	struct rom_err err;
	char *save, *line;

	if (rom_fs_text(fs, path, FSTAB_MAX, &text, &err))
		return;
	for (line = strtok_r(text, "\r\n", &save); line && !*f->fstab;
		line = strtok_r(NULL, "\r\n", &save))
		take_line(line, f);
	if (*f->fstab)
		snprintf(f->fstab_from, sizeof(f->fstab_from), "%s of %s", path, partition);
}

static void ask_fstab(struct rom_image *img, struct rom_report *r, struct rom_userdata_facts *f)
{
	static const char *const places[][2] = { { "vendor", "/etc" }, { "odm", "/etc" },
		{ "system", "/vendor/etc" }, { "system", "/system/vendor/etc" } };

	for (size_t i = 0; i < sizeof(places) / sizeof(*places) && !*f->fstab; i++) {
		struct rom_partition *p = rom_report_find(r, places[i][0]);
		ROM_AUTO_IMAGE struct rom_image *part = p ? rom_analyze_window(img, p) : NULL;
		ROM_AUTO_FS struct rom_fs *fs = NULL;
		struct fstab_search s = { .folder = places[i][1] };
		struct rom_inode dir;
		struct rom_err err;

		if (!p || rom_fs_open(part, part, NULL, &fs, &err) ||
			rom_fs_lookup(fs, s.folder, &dir, &err) || dir.type != ROM_FILE_DIRECTORY)
			continue;
		rom_fs_list(fs, dir.ino, 0, on_entry, &s, &err);
		if (*s.path)
			read_fstab(fs, s.path, places[i][0], f);
	}
}

void rom_analyze_ask_around(
	struct rom_image *img, struct rom_report *r, struct rom_userdata_facts *f)
{
	ask_metadata(img, r, f);
	ask_fstab(img, r, f);
}
