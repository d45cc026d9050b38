/* SPDX-License-Identifier: MIT */
/* fuzz_crypt.c - footers, key blobs, persistent data and contexts from bytes; a
 * userdata opened with what a user gives */
#include "fuzz.h"

#include <string.h>

#include "romsplit/analyze.h"
#include "romsplit/cipher.h"

/* The footer at the start and where it lies at the end; scrypt at hostile
 * parameters would only take time. */
static void footer(const uint8_t *data, size_t size)
{
	struct rom_buffer v = { .p = data, .len = size };
	struct rom_crypt_footer f;
	uint8_t ik[32], master[ROM_CRYPT_KEY_MAX];
	char key[33], value[93];
	struct rom_err err;

	for (unsigned i = 0; rom_crypt_persist(&v, i, key, value); i++)
		fuzz_assert(strlen(key) <= 32 && strlen(value) <= 92 && i < 32);
	if (rom_crypt_footer_decode(&v, &f))
		return;
	fuzz_assert(f.key_size && f.key_size <= ROM_CRYPT_KEY_MAX &&
		    strlen(f.cipher) <= 64);
	fuzz_assert(rom_crypt_soft_key(&f).len <= ROM_CRYPT_BLOB_MAX);
	rom_fde_access(&f);
	memcpy(f.scrypt, "\4\0\0", 3);
	rom_fde_derive(&f, "1234", 4, ik, master, &err);
}

static void soft_key(const uint8_t *data, size_t size)
{
	struct rom_buffer v = { .p = data, .len = size };
	uint8_t key[32];

	fuzz_assert(!rom_soft_key_decode(&v, key) || size >= 45);
}

static void context(const uint8_t *data, size_t size)
{
	struct rom_buffer v = { .p = data, .len = size };
	struct rom_fscrypt c;

	if (!rom_fscrypt_decode(&v, &c))
		fuzz_assert((c.key_len == 8 || c.key_len == 16) &&
			    rom_fscrypt_mode_name(c.contents));
}

/* The key of the fixture fbe-v2, whose names and contents are decrypted
 * whatever else is torn. */
static void fill_key(uint8_t key[64])
{
	static const char hex[] = "6ea687766eacfb9cf05e915ffceb6244aa5177230732"
				  "a72f55ffd6dd5e8338ad"
				  "50baa50136809c568653b6805174b6761ddbf6e5cd8a"
				  "cd9ad744b014e2988255";

	rom_unhex(hex, key, 64);
}

static bool on_name(void *ctx, const struct rom_dirent *e)
{
	uint64_t *inodes = ctx;

	fuzz_assert(e->len > 0);
	inodes[inodes[0] + 1] = e->ino;
	return ++inodes[0] < 30;
}

static void list(struct rom_fs *fs, const char *path)
{
	uint64_t inodes[32] = { 0 };
	struct rom_inode in;
	struct rom_err err;

	if (rom_fs_lookup(fs, path, &in, &err))
		return;
	rom_fs_list(fs, in.ino, 0, on_name, inodes, &err);
	for (size_t i = 1; i <= inodes[0]; i++) {
		ROM_AUTO char *target = NULL;
		uint8_t buf[8192];
		size_t n;

		if (rom_fs_inode(fs, inodes[i], &in, &err))
			continue;
		if (in.type == ROM_FILE_REGULAR)
			rom_fs_read(fs, &in, 0, buf, sizeof(buf), &n, &err);
		if (in.type == ROM_FILE_SYMLINK &&
			!rom_fs_readlink(fs, &in, &target, &n, &err))
			fuzz_assert(target[n] == '\0');
	}
}

static void keyring(const uint8_t *data, size_t size)
{
	ROM_AUTO_IMAGE struct rom_image *img =
		rom_image_open_memory(data, size, "input");
	ROM_AUTO_FS struct rom_fs *fs = NULL;
	struct rom_keyring *keys = rom_keyring_new();
	struct rom_fs_options options = { .keyring = keys };
	struct rom_err err;
	uint8_t key[64];

	fill_key(key);
	rom_keyring_add(keys, key, sizeof(key));
	if (!rom_fs_open(img, img, &options, &fs, &err)) {
		list(fs, "/");
		list(fs, "/media/0");
	}
	rom_keyring_free(keys);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	footer(data, size);
	if (size > ROM_CRYPT_FOOTER_AREA)
		footer(data + size - ROM_CRYPT_FOOTER_AREA,
			ROM_CRYPT_FOOTER_AREA);
	soft_key(data, size);
	context(data, size);
	context(data, size < 28 ? size : 28);
	context(data, size < 40 ? size : 40);
	keyring(data, size);
	return 0;
}
