/* SPDX-License-Identifier: MIT */
/*
 * crypt_footer.c - the footer of Android's full-disk encryption
 *
 * Little-endian (LineageOS android_system_vold cryptfs.h, versions 1.0 to 1.3)
 *   0x00 4 magic D0B5B1C4  0x04 2 major 1  0x06 2 minor  0x08 4 footer bytes
 *   0x0c 4 flags
 *   0x10 4 key bytes  0x14 4 type of password (1.3)  0x18 8 sectors
 *   0x20 4 failed attempts
 *   0x24 64 cipher         0xbc 1 kdf (1.2)   0xc0 8 encrypted up to (1.3)
 *   0x68 48 wrapped key (1.1)  0x98 16 salt (1.1)
 *   0xa8 8, 8 persistent data, offsets on the device (1.1)
 *   0xbc 1 kdf, 3 log2 of N, r, p (1.2)
 *   0xc8 32 SHA-256 of the first block (1.3)
 *   0xe8 2048 keymaster blob (1.3)  0x8e8 4 its bytes (1.3)
 *   0x8ec 32 scrypt of the intermediate key (1.3)
 * In 1.0 the key, 32 zero bytes and the salt follow the footer.
 * Persistent data, 0x1000 bytes, twice: 4 magic E950CD44  4 entries  120 spare,
 * then 32 name, 92 value each. Software keymaster blob, big-endian: "PK#8"  4
 * type, 6 RSA  4 bytes of public key, that  4 bytes of private key, that
 */
#include "romsplit/disk.h"

enum {
	KEY_AT = 0x68,
	SALT_AT = 0x98,
	KDF_AT = 0xbc,
	BLOB_AT = 0xe8,
	BLOB_LEN_AT = 0x8e8,
	PERSIST_MAGIC = (int)0xe950cd44,
	PERSIST_MAX = 31, /* entries that fit into 0x1000 bytes */
};

static void copy(
	const struct rom_buffer *v, size_t offset, uint8_t *out, size_t len)
{
	struct rom_buffer part = rom_buffer_part(v, offset, len);

	memcpy(out, part.p, part.len);
}

/* dm-crypt names a cipher CIPHER-MODE-IV:OPTIONS; any such word is taken, for
 * vendors had their own. */
static bool is_cipher_name(const char *name)
{
	return strlen(name) >= 3 &&
	       strspn(name,
		       "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
		       "0123456789-_:,.()+/") == strlen(name);
}

/* Version 1.0 has no fields for key and salt: they follow the footer. */
static void decode_keys(struct rom_buffer *v, struct rom_crypt_footer *f)
{
	uint32_t end = rom_le32(v, 8);
	size_t key_at = f->minor || end < 0x64 || end > KEY_AT ? KEY_AT : end;
	size_t salt_at = f->minor ? SALT_AT : key_at + f->key_size + 32;

	copy(v, key_at, f->wrapped, f->key_size);
	copy(v, salt_at, f->salt, sizeof(f->salt));
}

static void decode_newer(struct rom_buffer *v, struct rom_crypt_footer *f)
{
	f->kdf = f->minor >= 2 ? rom_u8(v, KDF_AT) : 1;
	if (f->minor >= 1)
		f->persist_at = rom_le64(v, 0xa8) ? 0x1000 : 0;
	if (f->minor >= 2)
		copy(v, KDF_AT + 1, f->scrypt, sizeof(f->scrypt));
	if (f->minor < 3)
		return;
	f->crypt_type = rom_le32(v, 0x14);
	f->encrypted_upto = rom_le64(v, 0xc0);
	copy(v, 0xc8, f->first_block, sizeof(f->first_block));
	copy(v, 0x8ec, f->check, sizeof(f->check));
	f->keymaster_blob = rom_le32(v, BLOB_LEN_AT);
	copy(v, BLOB_AT, f->blob, sizeof(f->blob));
	f->software_blob = rom_crypt_soft_key(f).len > 0;
}

enum rom_status rom_crypt_footer_decode(
	struct rom_buffer *v, struct rom_crypt_footer *ret)
{
	struct rom_crypt_footer f = { 0 };
	uint32_t magic = rom_le32(v, 0);
	ROM_AUTO char *cipher = NULL;

	if (v->overrun || (magic != 0xd0b5b1c4 && magic != 0xd0b5b1c5))
		return ROM_NO_MATCH;
	f.samsung = magic == 0xd0b5b1c5;
	f.major = rom_le16(v, 4);
	f.minor = rom_le16(v, 6);
	f.flags = rom_le32(v, 0x0c);
	f.key_size = rom_le32(v, 0x10);
	f.fs_sectors = rom_le64(v, 0x18);
	f.failed = rom_le32(v, 0x20);
	cipher = rom_buffer_text(v, 0x24, 64);
	if (v->overrun || f.major != 1 || f.key_size == 0 || f.key_size % 16 ||
		f.key_size > ROM_CRYPT_KEY_MAX || !is_cipher_name(cipher))
		return ROM_NO_MATCH;
	strcpy(f.cipher, cipher);
	decode_keys(v, &f);
	decode_newer(v, &f);
	/* old minor versions are shorter than the fields read above, and a
	 * footer at the end of a file may be truncated: what was read is
	 * valid */
	v->overrun = false;
	*ret = f;
	return ROM_OK;
}

struct rom_buffer rom_crypt_soft_key(const struct rom_crypt_footer *f)
{
	struct rom_buffer v = { .p = f->blob,
		.len = (size_t)rom_min(f->keymaster_blob, sizeof(f->blob)) };
	struct rom_buffer none = { .p = f->blob };
	size_t offset, public_len;

	if (!rom_buffer_has(&v, 0, "PK#8", 4) || rom_be32(&v, 4) != 6)
		return none;
	public_len = rom_be32(&v, 8);
	if (public_len > sizeof(f->blob))
		return none;
	offset = 12 + public_len;
	return rom_buffer_part(&v, offset + 4,
		(size_t)rom_min(rom_be32(&v, offset), sizeof(f->blob)));
}

bool rom_crypt_persist(
	struct rom_buffer *v, unsigned i, char key[33], char value[93])
{
	size_t offset = 128 + (size_t)i * 124;

	if (rom_le32(v, 0) != (uint32_t)PERSIST_MAGIC || i >= rom_le32(v, 4) ||
		i > PERSIST_MAX || v->len < offset + 124)
		return false;
	rom_buffer_copy(v, offset, 32, key);
	rom_buffer_copy(v, offset + 32, 92, value);
	return true;
}
