/* SPDX-License-Identifier: MIT */
/* around.c - what other partitions say of userdata's encryption: the key
 * directory of metadata encryption, the fstab */
#include <stdlib.h>

#include "analyze_priv.h"
#include "romsplit/cipher.h"
#include "romsplit/crypt.h"

enum { FSTAB_MAX = 65536, BLOB_MAX = 4096 };

#define KEY_DIR "/vold/metadata_encryption/key"

/* Some Androids put a folder between. */
static const char *const key_dirs[] = { KEY_DIR, KEY_DIR "/default" };

static void look_at_key(
	struct rom_fs *fs, const char *dir, struct rom_userdata_facts *f)
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
		!rom_fs_read(
			fs, &in, 0, blob_bytes, sizeof(blob_bytes), &n, &err)) {
		struct rom_buffer v = { .p = blob_bytes, .len = n };

		f->metadata_key_soft = rom_soft_key_decode(&v, open_key);
		rom_wipe(open_key, sizeof(open_key));
	}
}

static void ask_metadata(struct rom_image *img, struct rom_report *r,
	struct rom_userdata_facts *f)
{
	static const char *const names[] = { "md_udc", "metadata" };

	f->has_md_udc = rom_report_find(r, "md_udc");
	f->has_metadata = rom_report_find(r, "metadata");
	for (size_t i = 0; i < 2 && !f->metadata_key; i++) {
		struct rom_partition *p = rom_report_find(r, names[i]);
		ROM_AUTO_IMAGE struct rom_image *part =
			p ? rom_partition_open(img, p) : NULL;
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

/* ---- fstab --------------------------------------------------------------- */

enum { MAX_FSTABS = 8 }; /* of one folder: by chip, by storage, of swap */

struct fstab_search {
	const char *folder;
	char *paths[MAX_FSTABS];
	size_t n;
};

static bool on_entry(void *ctx, const struct rom_dirent *e)
{
	struct fstab_search *s = ctx;

	if (e->len >= 6 && e->len <= 60 && !memcmp(e->name, "fstab.", 6))
		s->paths[s->n++] =
			rom_format("%s/%.*s", s->folder, (int)e->len, e->name);
	return s->n < MAX_FSTABS;
}

/* The line for /data: its options of encryption are what is wanted. */
static void take_line(char *line, struct rom_userdata_facts *f)
{
	static const char *const wanted[] = { "fileencryption=",
		"keydirectory=", "encryptable=", "forceencrypt=",
		"forcefdeorfbe=", "metadata_encryption=", "wrappedkey" };
	char *offset, *save, *word, *device = strtok_r(line, " \t", &save),
				    *mount = strtok_r(NULL, " \t", &save);
	size_t n = 0;

	if (!device || *device == '#' || !mount || strcmp(mount, "/data"))
		return;
	while ((offset = strtok_r(NULL, " \t", &save))) {
		char *inner;

		for (word = strtok_r(offset, ",", &inner); word;
			word = strtok_r(NULL, ",", &inner)) {
			for (size_t i = 0; i < sizeof(wanted) / sizeof(*wanted);
				i++) {
				if (!strncmp(word, wanted[i],
					    strlen(wanted[i])) &&
					n < sizeof(f->fstab) - 1)
					n += (size_t)snprintf(f->fstab + n,
						sizeof(f->fstab) - n, "%s%s",
						n ? "," : "", word);
			}
		}
	}
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
		take_line(line, f);
	if (*f->fstab)
		snprintf(f->fstab_from, sizeof(f->fstab_from), "%s of %s", path,
			partition);
}

/* True for name itself, in a slot of it, and as a logical partition of super:
 * "vendor", "vendor_a", "super/vendor_a". */
static bool is_named(const struct rom_partition *p, const char *name)
{
	const char *slash = p->name ? strrchr(p->name, '/') : NULL;
	const char *have = slash ? slash + 1 : p->name;
	size_t n = strlen(name);

	return have && !strncmp(have, name, n) &&
	       (!have[n] || !strcmp(have + n, "_a") || !strcmp(have + n, "_b"));
}

static void ask_fstabs_of(struct rom_image *img, const struct rom_partition *p,
	const char *folder, struct rom_userdata_facts *f)
{
	ROM_AUTO_IMAGE struct rom_image *part = rom_partition_open(img, p);
	ROM_AUTO_FS struct rom_fs *fs = NULL;
	struct fstab_search s = { .folder = folder };
	struct rom_inode dir;
	struct rom_err err;

	if (rom_fs_open(part, part, NULL, &fs, &err) ||
		rom_fs_lookup(fs, folder, &dir, &err) ||
		dir.type != ROM_FILE_DIRECTORY)
		return;
	rom_fs_list(fs, dir.ino, 0, on_entry, &s, &err);
	for (size_t i = 0; i < s.n; i++) {
		if (!*f->fstab)
			read_fstab(fs, s.paths[i], p->name, f);
		free(s.paths[i]);
	}
}

static void ask_fstab(struct rom_image *img, struct rom_report *r,
	struct rom_userdata_facts *f)
{
	static const char *const places[][2] = { { "vendor", "/etc" },
		{ "odm", "/etc" }, { "system", "/vendor/etc" },
		{ "system", "/system/vendor/etc" } };
	const struct rom_partition *p;

	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++) {
		rom_each (p, &r->partitions) {
			if (!*f->fstab && p->present &&
				is_named(p, places[i][0]))
				ask_fstabs_of(img, p, places[i][1], f);
		}
	}
}

void rom_analyze_ask_surroundings(struct rom_image *img, struct rom_report *r,
	struct rom_userdata_facts *f)
{
	ask_metadata(img, r, f);
	ask_fstab(img, r, f);
}
