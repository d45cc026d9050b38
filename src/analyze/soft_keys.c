/* SPDX-License-Identifier: MIT */
/*
 * soft_keys.c - keys in the dump that only a software keymaster protects: they
 * can be opened without the phone
 *
 * A key directory of vold (KeyStorage.cpp) holds keymaster_key_blob and
 * encrypted_key: 12 bytes of nonce, the raw key encrypted with AES-256-GCM, 16
 * bytes of tag. A key that also depends on the user's secret ("stretching" is
 * not none) cannot be opened here.
 */
#include <stdlib.h>

#include "analyze_priv.h"
#include "romsplit/cipher.h"

enum { BLOB_MAX = 4096, NONCE = 12, TAG = 16, KEY_MAX = 64, ROUNDS = 4 };

static size_t read_small_file(struct rom_fs *fs, const char *dir,
	const char *name, uint8_t *buf, size_t max)
{
	ROM_AUTO char *path = rom_format("%s/%s", dir, name);
	struct rom_inode in;
	struct rom_err err;
	size_t n = 0;

	if (rom_fs_lookup(fs, path, &in, &err) || in.type != ROM_FILE_REGULAR ||
		in.encrypted || in.size > max ||
		rom_fs_read(fs, &in, 0, buf, max, &n, &err))
		return 0;
	return n;
}

static bool has_secret(struct rom_fs *fs, const char *dir)
{
	uint8_t text[64];
	size_t n = read_small_file(fs, dir, "stretching", text, sizeof(text));

	return n && memcmp(text, "nopassword", rom_min(n, 10)) &&
	       memcmp(text, "none", rom_min(n, 4));
}

size_t rom_soft_key_open(
	struct rom_fs *fs, const char *dir, uint8_t key[KEY_MAX])
{
	uint8_t blob[BLOB_MAX], stored[NONCE + KEY_MAX + TAG], kek[32];
	struct rom_buffer v = { .p = blob,
		.len = read_small_file(
			fs, dir, "keymaster_key_blob", blob, sizeof(blob)) };
	size_t n = read_small_file(
		fs, dir, "encrypted_key", stored, sizeof(stored));
	bool good = n > NONCE + TAG && !has_secret(fs, dir) &&
		    rom_soft_key_decode(&v, kek) &&
		    rom_aes256_gcm_decrypt(kek, stored, stored + NONCE,
			    n - NONCE - TAG, stored + n - TAG, key);

	rom_wipe(blob, sizeof(blob));
	rom_wipe(kek, sizeof(kek));
	return good ? n - NONCE - TAG : 0;
}

/* ---- file keys ----------------------------------------------------------- */

struct users {
	ROM_VEC(char *) names;
};

static bool collect_user(void *ctx, const struct rom_dirent *e)
{
	struct users *u = ctx;

	if (e->len < 8 && strspn(e->name, "0123456789") >= e->len)
		*rom_vec_add(&u->names) =
			rom_format("%.*s", (int)e->len, e->name);
	return u->names.n < 32;
}

static void add_key(
	struct rom_fs *fs, const char *dir, struct rom_keyring *keys)
{
	uint8_t key[KEY_MAX];
	size_t n = rom_soft_key_open(fs, dir, key);

	if (n)
		rom_keyring_add(keys, key, n);
	rom_wipe(key, sizeof(key));
}

/* Adds the keys of all users below parent: of parent/USER followed by more. */
static void add_user_keys(struct rom_fs *fs, const char *parent,
	const char *more, struct rom_keyring *keys)
{
	struct users u = { 0 };
	struct rom_inode in;
	struct rom_err err;

	if (!rom_fs_lookup(fs, parent, &in, &err) &&
		in.type == ROM_FILE_DIRECTORY && !in.encrypted)
		rom_fs_list(fs, in.ino, 0, collect_user, &u, &err);
	for (size_t i = 0; i < u.names.n; i++) {
		ROM_AUTO char *dir =
			rom_format("%s/%s%s", parent, u.names.v[i], more);

		add_key(fs, dir, keys);
		free(u.names.v[i]);
	}
	rom_vec_done(&u.names);
}

/* A key may open the directory that holds the next ones, as the system's key
 * does for those of the users: repeated until a round adds nothing. ROUNDS is
 * an upper bound, the real nesting is two. */
size_t rom_analyze_soft_keys(struct rom_fs *fs, struct rom_keyring *keys)
{
	size_t begin = rom_keyring_count(keys), before;

	for (int round = 0; round < ROUNDS; round++) {
		before = rom_keyring_count(keys);
		add_key(fs, "/unencrypted/key", keys);
		add_user_keys(fs, "/misc/vold/user_keys/de", "", keys);
		add_user_keys(fs, "/misc/vold/user_keys/ce", "/current", keys);
		if (rom_keyring_count(keys) == before)
			break;
	}
	return rom_keyring_count(keys) - begin;
}
