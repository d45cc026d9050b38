/* SPDX-License-Identifier: MIT */
/*
 * crypt_footer.c - the footer of Android's full-disk encryption
 *
 * Little-endian (LineageOS android_system_vold cryptfs.h, versions 1.0 to 1.3)
 *   0x00 4 magic D0B5B1C4  0x04 2 major 1   0x06 2 minor    0x08 4 footer bytes   0x0c 4 flags
 *   0x10 4 key bytes       0x14 4 type of password (1.3)    0x18 8 sectors        0x20 4 failed attempts
 *   0x24 64 cipher         0xbc 1 kdf (1.2)   0xc0 8 encrypted up to (1.3)
 *   0xe8 2048 keymaster blob (1.3)   0x8e8 4 its bytes (1.3)
 */
#include "romsplit/disk.h"

enum rom_status rom_crypt_footer_decode(struct rom_view *v, struct rom_crypt_footer *ret)
{
	struct rom_crypt_footer f = { 0 };
	uint32_t magic = rom_le32(v, 0);
	ROM_AUTO char *cipher = NULL;

	if (v->ran_out || (magic != 0xd0b5b1c4 && magic != 0xd0b5b1c5))
		return ROM_NO_MATCH;
	f.samsung = magic == 0xd0b5b1c5;
	f.major = rom_le16(v, 4);
	f.minor = rom_le16(v, 6);
	f.flags = rom_le32(v, 0x0c);
	f.key_size = rom_le32(v, 0x10);
	f.fs_sectors = rom_le64(v, 0x18);
	f.failed = rom_le32(v, 0x20);
	cipher = rom_view_text(v, 0x24, 64);
	if (v->ran_out || f.major != 1 || f.key_size == 0 || f.key_size % 16 || f.key_size > 48 ||
		(strncmp(cipher, "aes", 3) && strncmp(cipher, "xchacha", 7)))
		return ROM_NO_MATCH;
	strcpy(f.cipher, cipher);
	f.kdf = f.minor >= 2 ? rom_u8(v, 0xbc) : 1;
	if (f.minor >= 3) {
		f.crypt_type = rom_le32(v, 0x14);
		f.encrypted_upto = rom_le64(v, 0xc0);
		f.keymaster_blob = rom_le32(v, 0x8e8);
		f.software_blob = rom_view_has(v, 0xe8, "PK#8", 4);
	}
	v->ran_out = false; /* a footer cut short by the end of a file still says what it says */
	*ret = f;
	return ROM_OK;
}
