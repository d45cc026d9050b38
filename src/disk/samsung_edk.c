/* SPDX-License-Identifier: MIT */
/*
 * samsung_edk.c - the encrypted key (EDK) that Samsung's Android 4 kept beside
 * the footer of full-disk encryption, or in its place
 *
 * 80 bytes: 32 EDK, 32 HMAC-SHA256, 16 salt.
 *   in the footer: at 0x84, over vold's salt, persistent data and scrypt fields
 *   elsewhere in the 16 KiB: after 0x20 bytes of header, 4 magic 1001E4B1, 4
 *   version 2, zeros; also seen with 32 zeros, the salt and the HMAC after the
 *   EDK, which is the order of key and salt in footers 1.0
 */
#include "romsplit/disk.h"

enum { IN_FOOTER = 0x84, HEADER = 0x20, STEP = 16, PERSIST_AT = 0xa8 };

static void copy(
	struct rom_buffer *v, uint64_t offset, uint8_t *out, size_t len)
{
	struct rom_buffer part = rom_buffer_part(v, offset, len);

	memcpy(out, part.p, part.len);
}

static bool is_zero(const struct rom_buffer *v, size_t offset, size_t len)
{
	for (size_t i = offset; i < offset + len; i++) {
		if (v->p[i])
			return false;
	}
	return true;
}

static bool take(struct rom_buffer *v, size_t offset, bool salt_first,
	struct rom_samsung_edk *ret)
{
	size_t salt = offset + 64, mac = salt_first ? salt + 16 : offset + 32;

	if (v->len < offset + 112 || is_zero(v, offset, 32) ||
		is_zero(v, mac, 32))
		return false;
	*ret = (struct rom_samsung_edk){ .offset = offset };
	copy(v, offset, ret->edk, sizeof(ret->edk));
	copy(v, mac, ret->mac, sizeof(ret->mac));
	copy(v, salt, ret->salt, sizeof(ret->salt));
	return true;
}

/* The middle of the HMAC lies where vold has the offsets of its persistent data
 * on the device, and no device is that large. Footers 1.0 may have their salt
 * there, but zeros around it. */
static bool is_in_footer(struct rom_buffer *v)
{
	if (v->len < IN_FOOTER + 112 || !(rom_le64(v, PERSIST_AT) >> 48) ||
		!(rom_le64(v, PERSIST_AT + 8) >> 48))
		return false;
	for (size_t i = IN_FOOTER; i < IN_FOOTER + 80; i += 8) {
		if (!rom_le64(v, i))
			return false;
	}
	return true;
}

bool rom_samsung_edk_find(struct rom_buffer *v, struct rom_samsung_edk *ret)
{
	*ret = (struct rom_samsung_edk){ 0 };
	for (size_t at = 0; at + HEADER + 112 <= v->len; at += STEP) {
		bool salt_first;

		if (!rom_buffer_has(v, at, "\xb1\xe4\x01\x10\2\0\0\0", 8) ||
			!is_zero(v, at + 8, HEADER - 8))
			continue;
		salt_first = is_zero(v, at + HEADER + 32, 32);
		if (take(v, at + HEADER, salt_first, ret))
			return true;
	}
	return is_in_footer(v) && take(v, IN_FOOTER, false, ret);
}
