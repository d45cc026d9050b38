/* SPDX-License-Identifier: MIT */
/* metadata_key.c - the key directory of metadata encryption, in a partition of
 * its own */
#include <stdlib.h>

#include "analyze_priv.h"
#include "romsplit/cipher.h"

enum { BLOB_MAX = 4096 };

#define KEY_DIR "/vold/metadata_encryption/key"

/* Some Android versions add a level. */
static const char *const key_dirs[] = { KEY_DIR, KEY_DIR "/default" };

/* Whether the blob that wraps the key comes from a software keymaster: it can
 * be opened without the phone. */
static void read_blob(
	struct rom_fs *fs, const char *path, struct rom_userdata_facts *f)
{
	uint8_t blob[BLOB_MAX], key[32];
	struct rom_buffer v = { .p = blob };
	struct rom_inode in;
	struct rom_err err;

	if (rom_fs_lookup(fs, path, &in, &err) ||
		rom_fs_read(fs, &in, 0, blob, sizeof(blob), &v.len, &err))
		return;
	f->metadata_key_soft = rom_soft_key_decode(&v, key);
	rom_wipe(key, sizeof(key));
	rom_wipe(blob, sizeof(blob));
}

static void read_key_dir(
	struct rom_fs *fs, const char *dir, struct rom_userdata_facts *f)
{
	ROM_AUTO char *key = rom_format("%s/encrypted_key", dir),
		      *blob = rom_format("%s/keymaster_key_blob", dir);
	struct rom_inode in;
	struct rom_err err;

	if (!rom_fs_lookup(fs, key, &in, &err))
		f->metadata_key_size = in.size;
	read_blob(fs, blob, f);
}

/* The filesystem of the partition with that name; NULL: there is none. */
static struct rom_fs *open_named(struct rom_dump *dump, const char *name)
{
	const struct rom_partition *p = rom_report_find(dump->report, name);

	return p ? rom_fs_cache_usual(dump, p) : NULL;
}

void rom_analyze_metadata_key(
	struct rom_dump *dump, struct rom_userdata_facts *f)
{
	/* on older phones the keys are in metadata */
	static const char *const names[] = { "md_udc", "metadata" };

	f->has_md_udc = rom_report_find(dump->report, "md_udc");
	f->has_metadata = rom_report_find(dump->report, "metadata");
	for (size_t i = 0; i < 2 && !f->metadata_key; i++) {
		struct rom_fs *fs = open_named(dump, names[i]);
		struct rom_inode inode;
		struct rom_err err;

		if (!fs || rom_fs_lookup(fs, KEY_DIR, &inode, &err))
			continue;
		f->metadata_key = names[i];
		for (size_t d = 0; d < 2 && !f->metadata_key_size; d++)
			read_key_dir(fs, key_dirs[d], f);
	}
}

size_t rom_analyze_soft_metadata_key(struct rom_dump *dump,
	const struct rom_userdata_facts *f, uint8_t key[64])
{
	struct rom_fs *fs =
		f->metadata_key ? open_named(dump, f->metadata_key) : NULL;
	size_t n = 0;

	for (size_t i = 0; fs && i < 2 && !n; i++)
		n = rom_soft_key_open(fs, key_dirs[i], key);
	return n;
}
