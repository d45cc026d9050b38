/* SPDX-License-Identifier: MIT */
/*
 * fscrypt.c - file-based encryption: names, symlinks and contents of files
 * whose key is in the keyring, whatever the filesystem (Linux fs/crypto/;
 * facts, and how they were checked, in docs/FORMATS.md)
 *
 * File key
 *   v1  AES-128-ECB(key = nonce, data = master key)
 *   v2  HKDF-SHA512(master key, "fscrypt" 00 and
 *       02 nonce | 03 mode (DIRECT_KEY) | 04 mode uuid (IV_INO_LBLK_64) |
 *       06 mode uuid (IV_INO_LBLK_32))
 * IV
 *   number of the data unit in the file, 0 for names
 *   DIRECT_KEY      followed by the nonce
 *   IV_INO_LBLK_64  + inode << 32
 *   IV_INO_LBLK_32  (SipHash of the inode by the key HKDF(07) + unit) mod 2^32
 * MediaTek's eMMC host encrypts contents in units of 512 bytes: the IV is 8
 * times that number, mod 2^32, and counts on within a block.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "fs_priv.h"

enum {
	FLAG_DIRECT = 0x04,
	FLAG_LBLK_64 = 0x08,
	FLAG_LBLK_32 = 0x10,
	INFO_PER_FILE = 2,
	INFO_DIRECT = 3,
	INFO_LBLK_64 = 4,
	INFO_LBLK_32 = 6,
	INFO_INODE_HASH = 7,
	HOST_UNIT = 512,
	MIN_NAME = 16,
	MAX_NAME = 255,
	SURVEY_FILES = 16, /* votes after which a survey stops */
	SURVEY_INODES = 100000,
};

/* ---- contexts ------------------------------------------------------------ */

struct context_call {
	struct rom_fscrypt *ret;
	bool found;
};

static bool find_context(
	void *ctx, const char *name, const void *value, size_t len)
{
	struct context_call *call = ctx;
	struct rom_buffer v = { .p = value, .len = len };

	if (strcmp(name, "c"))
		return true;
	call->found = !rom_fscrypt_decode(&v, call->ret);
	return false;
}

enum rom_status rom_fs_context(struct rom_fs *fs, uint64_t ino,
	struct rom_fscrypt *ret, struct rom_err *err)
{
	struct context_call call = { .ret = ret };
	enum rom_status st =
		fs->reader->xattrs(fs, ino, find_context, &call, err);

	if (call.found)
		return ROM_OK;
	return st ? st : ROM_NO_MATCH;
}

static bool decode_mode(
	uint8_t mode, enum rom_cipher_kind *kind, size_t *key_len)
{
	switch (mode) {
	case 1:
		*kind = ROM_CIPHER_XTS;
		*key_len = 64;
		return true;
	case 4:
	case 6:
		*kind = ROM_CIPHER_CTS;
		*key_len = mode == 4 ? 32 : 16;
		return true;
	case 5:
		*kind = ROM_CIPHER_ESSIV;
		*key_len = 16;
		return true;
	case 9:
		*kind = ROM_CIPHER_ADIANTUM;
		*key_len = 32;
		return true;
	default:
		return false;
	}
}

static uint8_t select_mode(const struct rom_fscrypt *c, enum rom_file_type type)
{
	return type == ROM_FILE_REGULAR ? c->contents : c->names;
}

void rom_fscrypt_inode(struct rom_fs *fs, struct rom_inode *inode)
{
	struct rom_fscrypt c;
	struct rom_err err;
	enum rom_cipher_kind kind;
	const struct rom_key *key;
	size_t len;

	if (rom_fs_context(fs, inode->ino, &c, &err) ||
		!decode_mode(select_mode(&c, inode->type), &kind, &len))
		return;
	key = rom_keyring_find(fs->keyring, &c);
	if (!key || (c.version == 1 && key->len < len))
		return;
	inode->opened = true;
	inode->encrypted = false;
}

/* ---- keys and IVs -------------------------------------------------------- */

static void derive_key(const struct rom_key *key, uint8_t what,
	const void *more, size_t more_len, const uint8_t *uuid, uint8_t *out,
	size_t len)
{
	uint8_t info[64] = "fscrypt";
	size_t n = 8;

	info[n++] = what;
	if (more_len)
		memcpy(info + n, more, more_len);
	n += more_len;
	if (uuid)
		memcpy(info + n, uuid, 16);
	rom_hkdf_expand(key->prk, info, n + (uuid ? 16 : 0), out, len);
}

static void file_key(const struct rom_fs *fs, const struct rom_fscrypt *c,
	const struct rom_key *key, uint8_t mode, uint8_t *out, size_t len)
{
	if (c->version == 1 && c->flags & FLAG_DIRECT)
		memcpy(out, key->bytes, len);
	else if (c->version == 1)
		rom_aes_ecb_encrypt(c->nonce, 16, key->bytes, len, out);
	else if (c->flags & FLAG_DIRECT)
		derive_key(key, INFO_DIRECT, &mode, 1, NULL, out, len);
	else if (c->flags & FLAG_LBLK_64)
		derive_key(key, INFO_LBLK_64, &mode, 1, fs->uuid, out, len);
	else if (c->flags & FLAG_LBLK_32)
		derive_key(key, INFO_LBLK_32, &mode, 1, fs->uuid, out, len);
	else
		derive_key(key, INFO_PER_FILE, c->nonce, sizeof(c->nonce), NULL,
			out, len);
}

static void set_units(const struct rom_fscrypt *c, const struct rom_key *key,
	uint64_t ino, struct rom_units *u)
{
	uint8_t hash_key[16];

	*u = (struct rom_units){ .mask = UINT64_MAX };
	if (c->flags & FLAG_DIRECT) {
		memcpy(u->tail, c->nonce, sizeof(c->nonce));
	} else if (c->version == 2 && c->flags & FLAG_LBLK_64) {
		u->first = ino << 32;
	} else if (c->version == 2 && c->flags & FLAG_LBLK_32) {
		derive_key(key, INFO_INODE_HASH, NULL, 0, NULL, hash_key,
			sizeof(hash_key));
		u->mask = UINT32_MAX;
		u->first = rom_siphash(hash_key, ino) & u->mask;
	}
}

/* Creates the cipher of an inode and its IV rule; the caller sets the size of a
 * unit. */
static enum rom_status open_key(struct rom_fs *fs, uint64_t ino,
	enum rom_file_type type, struct rom_cipher **ret,
	struct rom_units *units, struct rom_fscrypt *c, struct rom_err *err)
{
	const struct rom_key *key;
	enum rom_cipher_kind kind;
	uint8_t bytes[64];
	size_t len;
	enum rom_status st = rom_fs_context(fs, ino, c, err);

	if (st == ROM_NO_MATCH ||
		(!st && !decode_mode(select_mode(c, type), &kind, &len)))
		return rom_fail(err, ROM_E_ENCRYPTED, ROM_NO_OFFSET,
			"inode %" PRIu64 ": its encryption mode is unknown",
			ino);
	key = st ? NULL : rom_keyring_find(fs->keyring, c);
	if (!key)
		return st ? st
			  : rom_fail(err, ROM_E_ENCRYPTED, ROM_NO_OFFSET,
				    "inode %" PRIu64 ": its key is missing",
				    ino);
	file_key(fs, c, key, select_mode(c, type), bytes, len);
	set_units(c, key, ino, units);
	st = rom_cipher_new(kind, bytes, len, ret, err);
	rom_wipe(bytes, sizeof(bytes));
	return st;
}

/* ---- names --------------------------------------------------------------- */

/* Decrypts len bytes of name in place; *ret_len is without the padding. Returns
 * false when the result is not a valid name. */
static bool decrypt_name(struct rom_cipher *cipher,
	const struct rom_units *units, uint8_t *name, size_t len,
	size_t *ret_len)
{
	struct rom_units u = *units;

	if (len < MIN_NAME)
		return false;
	u.size = (uint32_t)len;
	rom_cipher_decrypt(cipher, name, len, &u, 0);
	while (len && name[len - 1] == 0)
		len--;
	*ret_len = len;
	return len && !memchr(name, 0, len);
}

struct name_call {
	struct rom_fs *fs;
	uint64_t dir;
	struct rom_cipher *cipher;
	struct rom_units units;
	rom_dirent_fn fn;
	void *ctx;
};

/* Passes an entry on with its name decrypted. A name that fails is passed on in
 * the form in which the kernel shows it without the key. */
static bool decrypt_entry(void *ctx, const struct rom_dirent *e)
{
	struct name_call *call = ctx;
	struct rom_dirent plain = *e;
	ROM_AUTO char *shown = NULL;
	uint8_t name[MAX_NAME + 1];
	size_t len = e->len;

	plain.hash = plain.minor_hash = 0;
	memcpy(name, e->name, rom_min(len, MAX_NAME));
	if (len <= MAX_NAME &&
		decrypt_name(
			call->cipher, &call->units, name, len, &plain.len) &&
		/* a slash would escape the directory on extraction */
		!memchr(name, '/', plain.len)) {
		plain.name = (char *)name;
		return call->fn(call->ctx, &plain);
	}
	rom_fs_damage(call->fs, call->dir, ROM_NO_OFFSET,
		"the name of inode %" PRIu64 " in it cannot be decrypted",
		e->ino);
	shown = rom_nokey_name(e->hash, e->minor_hash, e->name, e->len);
	plain.name = shown;
	plain.len = strlen(shown);
	return call->fn(call->ctx, &plain);
}

enum rom_status rom_fscrypt_list(struct rom_fs *fs, uint64_t ino,
	uint64_t cookie, rom_dirent_fn fn, void *ctx, struct rom_err *err)
{
	struct name_call call = { .fs = fs, .dir = ino, .fn = fn, .ctx = ctx };
	struct rom_fscrypt c;
	enum rom_status st = open_key(fs, ino, ROM_FILE_DIRECTORY, &call.cipher,
		&call.units, &c, err);

	if (st)
		return st;
	st = fs->reader->list(fs, ino, cookie, decrypt_entry, &call, err);
	rom_cipher_free(call.cipher);
	return st;
}

enum rom_status rom_fscrypt_target(struct rom_fs *fs,
	const struct rom_inode *inode, char *target, size_t *len,
	struct rom_err *err)
{
	struct rom_buffer v = { .p = (uint8_t *)target, .len = *len };
	size_t n = (size_t)rom_min(rom_le16(&v, 0), *len - rom_min(2, *len));
	struct rom_cipher *cipher = NULL;
	struct rom_units units;
	struct rom_fscrypt c;
	enum rom_status st = open_key(
		fs, inode->ino, ROM_FILE_SYMLINK, &cipher, &units, &c, err);
	bool good;

	if (st)
		return st;
	memmove(target, target + rom_min(2, *len), n);
	good = decrypt_name(cipher, &units, (uint8_t *)target, n, len);
	rom_cipher_free(cipher);
	if (!good)
		return rom_fail(err, ROM_E_CORRUPT, ROM_NO_OFFSET,
			"inode %" PRIu64
			": the target of this symlink cannot be decrypted",
			inode->ino);
	target[*len] = '\0';
	return ROM_OK;
}

/* ---- contents ------------------------------------------------------------ */

/* The eMMC host numbers units of 512 bytes: the block's number times the units
 * per block. */
static void use_host_units(const struct rom_fs *fs, struct rom_units *u)
{
	u->first *= fs->block_size / HOST_UNIT;
	u->mask = UINT32_MAX;
	u->size = HOST_UNIT;
}

static enum rom_status set_unit_size(const struct rom_fs *fs,
	const struct rom_fscrypt *c, struct rom_units *u, struct rom_err *err)
{
	u->size = c->unit_log ? 1u << (c->unit_log & 31) : fs->block_size;
	if (u->size < HOST_UNIT || u->size > ROM_UNITS_MAX ||
		fs->block_size % u->size)
		return rom_fail(err, ROM_E_CORRUPT, ROM_NO_OFFSET,
			"encryption context: expected data units of 512 to %u "
			"bytes, got 2^%u",
			fs->block_size, c->unit_log);
	return ROM_OK;
}

/* Opens the decrypted image of a file. host: in the units of MediaTek's eMMC
 * host. */
static enum rom_status open_decrypted(struct rom_fs *fs,
	const struct rom_inode *inode, const struct rom_file_map *c, bool host,
	struct rom_image **ret, struct rom_err *err)
{
	ROM_AUTO_IMAGE struct rom_image *stored = NULL;
	struct rom_image *below = fs->raw ? fs->raw : fs->data;
	struct rom_cipher *cipher = NULL;
	struct rom_fscrypt context;
	struct rom_units u;
	uint64_t size = 0;
	enum rom_status st = open_key(
		fs, inode->ino, ROM_FILE_REGULAR, &cipher, &u, &context, err);

	if (!st)
		st = set_unit_size(fs, &context, &u, err);
	if (!st && !rom_add(inode->size,
			   (fs->block_size - inode->size % fs->block_size) %
				   fs->block_size,
			   &size))
		st = rom_fail(err, ROM_E_CORRUPT, ROM_NO_OFFSET,
			"inode %" PRIu64 ": expected a size below 2^64",
			inode->ino);
	if (!st) {
		if (host)
			use_host_units(fs, &u);
		stored = rom_fs_extent_image(
			below, &c->extents, size, fs->block_size);
		*ret = rom_image_open_cipher(stored, cipher, &u);
	}
	rom_cipher_free(cipher);
	return st;
}

/* Guesses the data unit of a file. The kernel zeroes the rest of its last block
 * before it encrypts, so only the right unit decrypts that to zeros. Returns 1:
 * blocks, 2: units of 512 bytes, 0: neither. */
static int guess_units(struct rom_fs *fs, const struct rom_inode *inode,
	struct rom_file_map *c)
{
	uint64_t tail = inode->size % fs->block_size,
		 left = fs->block_size - tail;
	const struct rom_extent *last =
		c->extents.n ? &c->extents.v[c->extents.n - 1] : NULL;

	/* fewer than 16 zeros could be chance; the last extent must hold the
	 * block with the end of the file */
	if (!tail || left < 16 || !last || last->kind != ROM_EXTENT_DATA ||
		last->offset + last->len != inode->size)
		return 0;
	for (int host = 0; host < 2; host++) {
		ROM_AUTO_IMAGE struct rom_image *image = NULL;
		uint8_t buf[ROM_UNITS_MAX];
		struct rom_err err;

		if (open_decrypted(fs, inode, c, host, &image, &err) ||
			rom_read(image, buf, fs->block_size, inode->size - tail,
				&err))
			return 0;
		/* a block that is all of one value proves nothing */
		if (!buf[tail] &&
			!memcmp(buf + tail, buf + tail + 1, (size_t)left - 1) &&
			(buf[0] || memcmp(buf, buf + 1, fs->block_size - 1)))
			return 1 + host;
	}
	return 0;
}

struct unit_survey {
	struct rom_fs *fs;
	unsigned votes[3], seen;
};

static bool count_unit_vote(void *ctx, const struct rom_inode *raw)
{
	struct unit_survey *s = ctx;
	struct rom_inode inode = *raw;
	struct rom_file_map c = { 0 };
	struct rom_err err;

	if (!inode.encrypted || inode.type != ROM_FILE_REGULAR)
		return s->seen++ < SURVEY_INODES;
	rom_fscrypt_inode(s->fs, &inode);
	if (inode.opened && !s->fs->reader->map(s->fs, &inode, &c, &err))
		s->votes[guess_units(s->fs, &inode, &c)]++;
	rom_file_map_done(&c);
	return s->votes[1] + s->votes[2] < SURVEY_FILES &&
	       s->seen++ < SURVEY_INODES;
}

/* Determines, once for a filesystem, which data units its files have. */
static void unit_survey(struct rom_fs *fs)
{
	struct unit_survey s = { .fs = fs };
	struct rom_err err;

	fs->units_known = true;
	if (!fs->reader->scan || fs->block_size <= HOST_UNIT ||
		fs->block_size > ROM_UNITS_MAX)
		return;
	fs->reader->scan(fs, count_unit_vote, &s, &err);
	fs->hardware_units = s.votes[2] > s.votes[1];
}

enum rom_status rom_fscrypt_map(struct rom_fs *fs,
	const struct rom_inode *inode, struct rom_file_map *c,
	struct rom_err *err)
{
	const struct rom_extent *e;
	int units;

	if (c->bytes && inode->size)
		return rom_fail(err, ROM_E_CORRUPT, ROM_NO_OFFSET,
			"inode %" PRIu64 ": expected encrypted content in "
			"blocks, got it in the inode",
			inode->ino);
	rom_each (e, &c->extents) {
		if (e->kind == ROM_EXTENT_ENCODED)
			return rom_fail(err, ROM_E_ENCRYPTED, ROM_NO_OFFSET,
				"inode %" PRIu64
				": compressed and encrypted, which is not "
				"supported",
				inode->ino);
	}
	if (!fs->units_known)
		unit_survey(fs);
	rom_image_close(c->image);
	c->image = NULL;
	units = fs->reader->scan ? 0 : guess_units(fs, inode, c);
	return open_decrypted(fs, inode, c,
		units ? units == 2 : fs->hardware_units, &c->image, err);
}
