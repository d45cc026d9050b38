/* SPDX-License-Identifier: MIT */
/*
 * zip.c - ZIP and formats based on it: the members in sequence, then the
 * central directory (PKWARE APPNOTE 6.3.10), little-endian
 *
 * member     0 "PK\3\4"  6 2 flags  8 2 method  18 4 stored  26 2 name
 *            28 2 extra  30 name, extra, data; with flag 8 the length may
 *            follow the data: "PK\7\8", 4 checksum, 4 or 8 stored, 4 or 8
 * directory  0 "PK\1\2"  28 2 name  30 2 extra  32 2 comment  46
 * zip64      0 "PK\6\6"  4 8 length of the rest; "PK\6\7" has 20 bytes
 * end        0 "PK\5\6"  10 2 members  12 4 length and 16 4 offset of the
 *            directory  20 2 comment  22
 */
#include <inttypes.h>

#include "media_priv.h"

enum {
	MEMBER = 0x04034b50,
	DESCRIPTOR = 0x08074b50,
	DIRECTORY = 0x02014b50,
	END64 = 0x06064b50,
	LOCATOR64 = 0x07064b50,
	END = 0x06054b50,
	DIRECTORY_LEN = 46,
	END_LEN = 22,
	HAS_DESCRIPTOR = 8,
	ZIP64_EXTRA = 1,
	/* zipalign pads to a page, Android 15 to one of 16 KiB */
	MAX_PADDING = 64 << 10,
	MAX_MEMBER = 1 << 30,
	MAX_SIGNATURES = 64 << 20,
};

struct zip {
	struct rom_media_walk *w;
	uint64_t at;
	uint64_t members, entries;
	uint64_t directory; /* its offset; 0: not reached yet */
	bool has_end;
};

/* ---- members ------------------------------------------------------------- */

/* Reads the stored length from a zip64 extra field. */
static bool stored64(
	struct rom_media_walk *w, uint64_t at, uint16_t len, uint64_t *ret)
{
	struct rom_buffer v;

	if (!rom_media_need(w, at, len, &v))
		return false;
	for (size_t i = 0; i + 4 <= v.len; i += 4u + rom_le16(&v, i + 2)) {
		if (rom_le16(&v, i) == ZIP64_EXTRA &&
			rom_le16(&v, i + 2) >= 16) {
			*ret = rom_le64(&v, i + 12);
			return true;
		}
	}
	return true;
}

/* Finds the descriptor after data of unknown length; *ret is the offset after
 * it. A signature in the data by chance does not have the right length. */
static bool find_descriptor(struct zip *z, uint64_t data, uint64_t *ret)
{
	uint64_t from = data, hit;

	while ((hit = rom_media_find(z->w, from, data + MAX_MEMBER, "PK\7\b",
			4)) != ROM_NO_OFFSET) {
		struct rom_buffer v;

		if (!rom_media_need(z->w, hit, 16, &v))
			return false;
		*ret = hit + 16;
		if (rom_le32(&v, 8) == hit - data &&
			rom_media_has(z->w, *ret, "PK", 2))
			return true;
		*ret = hit + 24;
		if (rom_le64(&v, 8) == hit - data)
			return true;
		from = hit + 4;
	}
	if (z->w->limit <= data || z->w->limit - data <= MAX_MEMBER)
		return rom_media_cut(z->w, 0);
	return rom_media_damaged(z->w, data, "a member without an end");
}

/* Skips the descriptor after data of known length. Its lengths have 8 bytes
 * when nothing follows those of 4. */
static void skip_descriptor(struct zip *z)
{
	struct rom_buffer v;

	if (rom_media_peek(z->w, z->at, 16, &v) &&
		rom_le32(&v, 0) == DESCRIPTOR)
		z->at += rom_media_has(z->w, z->at + 16, "PK", 2) ? 16 : 24;
}

static void note_kind(struct zip *z, size_t len)
{
	const struct rom_media_walker *kind;
	struct rom_buffer v;

	if (z->w->ret->format != &rom_media_zip.format &&
		z->w->ret->format != &rom_media_jar.format)
		return;
	len = (size_t)rom_min(len, z->w->limit - z->at);
	if (!rom_media_peek(z->w, z->at, len, &v))
		return;
	kind = rom_zip_kind(&v);
	if (kind)
		rom_media_set_format(z->w, kind);
}

static bool walk_member(struct zip *z)
{
	struct rom_media_walk *w = z->w;
	struct rom_buffer v;
	uint16_t flags, name, extra;
	uint64_t stored, data;

	if (!rom_media_need(w, z->at, ROM_ZIP_MEMBER_LEN, &v))
		return false;
	flags = rom_le16(&v, 6);
	stored = rom_le32(&v, 18);
	name = rom_le16(&v, 26);
	extra = rom_le16(&v, 28);
	data = z->at + ROM_ZIP_MEMBER_LEN + name + extra;
	if (stored == UINT32_MAX && !stored64(w, data - extra, extra, &stored))
		return false;
	note_kind(z, ROM_ZIP_MEMBER_LEN + name + ROM_ZIP_MAX_NAME);
	z->members++;
	if (flags & HAS_DESCRIPTOR && !stored)
		return find_descriptor(z, data, &z->at);
	if (!rom_add(data, stored, &z->at))
		return rom_media_damaged(w, data, "a member without an end");
	if (flags & HAS_DESCRIPTOR)
		skip_descriptor(z);
	return true;
}

/* ---- the directory and its end ------------------------------------------- */

static bool walk_entry(struct zip *z)
{
	struct rom_buffer v;

	if (!rom_media_need(z->w, z->at, DIRECTORY_LEN, &v))
		return false;
	if (!z->directory)
		z->directory = z->at;
	z->entries++;
	z->at += (uint64_t)DIRECTORY_LEN + rom_le16(&v, 28) + rom_le16(&v, 30) +
		 rom_le16(&v, 32);
	return true;
}

static bool walk_end64(struct zip *z)
{
	struct rom_buffer v;
	uint64_t len;

	if (!rom_media_need(z->w, z->at, 12, &v))
		return false;
	len = rom_le64(&v, 4);
	if (len > MAX_PADDING)
		return rom_media_damaged(
			z->w, z->at, "invalid zip64 end record");
	z->at += 12 + len;
	return true;
}

static bool walk_end(struct zip *z)
{
	struct rom_buffer v;
	uint32_t offset;
	uint16_t n;

	if (!rom_media_need(z->w, z->at, END_LEN, &v))
		return false;
	n = rom_le16(&v, 10);
	offset = rom_le32(&v, 16);
	if (n != UINT16_MAX && n != z->entries)
		return rom_media_damaged(z->w, z->at,
			"expected %u members, got %" PRIu64, n, z->entries);
	if (offset != UINT32_MAX && offset != z->directory)
		return rom_media_damaged(z->w, z->at,
			"expected its directory at 0x%" PRIx64
			", got 0x%" PRIx32,
			z->directory, offset);
	z->at += END_LEN + rom_le16(&v, 20);
	z->has_end = true;
	return true;
}

/* Between members and directory there may be Android's signing block, with its
 * length first and its name last, or zeros. */
static bool skip_padding(struct zip *z)
{
	struct rom_media_walk *w = z->w;
	struct rom_buffer v;
	uint64_t len, at = z->at;

	if (!rom_media_need(w, at, 8, &v))
		return false;
	len = rom_le64(&v, 0);
	if (len >= 24 && len <= MAX_SIGNATURES && len > w->limit - at - 8)
		return rom_media_cut(w, 0);
	if (len >= 24 && len < w->limit - at &&
		rom_media_has(w, at + 8 + len - 16, "APK Sig Block 42", 16)) {
		z->at += 8 + len;
		return true;
	}
	while (at < z->at + MAX_PADDING && rom_media_has(w, at, "", 1))
		at++;
	if (at == z->at || z->directory)
		return rom_media_damaged(
			w, z->at, "expected a member at 0x%" PRIx64, z->at);
	z->at = at;
	return true;
}

static bool walk_record(struct zip *z)
{
	struct rom_buffer v;

	if (!rom_media_need(z->w, z->at, 4, &v))
		return false;
	switch (rom_le32(&v, 0)) {
	case MEMBER:
		return !z->directory ? walk_member(z) : skip_padding(z);
	case DIRECTORY:
		return walk_entry(z);
	case END64:
		return walk_end64(z);
	case LOCATOR64:
		z->at += 20;
		return true;
	case END:
		return walk_end(z);
	default:
		return skip_padding(z);
	}
}

void rom_zip_walk(struct rom_media_walk *w)
{
	struct zip z = { .w = w };

	while (!z.has_end) {
		if (!walk_record(&z))
			return;
	}
	if (rom_media_fits(w, z.at))
		rom_media_whole(w, z.at);
}
