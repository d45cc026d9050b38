/* SPDX-License-Identifier: MIT */
/*
 * exfat_dir.c - the entries of an exFAT directory: sets with a checksum
 *
 * Entry, 32 bytes, little-endian (Microsoft exFAT specification); the first
 * byte is its type, 80: in use
 *   85 file    0x01 1 entries that follow  0x02 2 checksum of all but itself
 *              0x04 2 attributes  0x08 4 created
 *              0x0c 4 written  0x10 4 read  0x14 1, 0x15 1 hundredths
 *              0x16 1, 0x17 1, 0x18 1 zone, in quarters
 *   C0 stream  0x01 1 flags, 2: no FAT  0x03 1 name length
 *              0x08 8 bytes written  0x14 4 cluster  0x18 8 size
 *   C1 name    0x02 30 UTF-16
 */
#include <inttypes.h>

#include "exfat_priv.h"

enum {
	STREAM = 0xc0,
	NAME = 0xc1,
	NAME_UNITS = 15,
	NO_FAT_CHAIN = 2,
	MAX_NAME = 255,
	STREAM_AT = FAT_ENTRY_LEN,
	NAME_AT = 2 * FAT_ENTRY_LEN,
};

struct listing {
	struct exfat_volume *v;
	uint64_t ino;
	rom_dirent_fn fn;
	void *ctx;
	struct exfat_set set;
	bool past_end, reported_past_end;
	uint64_t invalid, first_invalid;
};

bool rom_exfat_set_begin(
	struct exfat_set *s, const uint8_t *entry, uint64_t offset)
{
	s->n = 0;
	if (entry[0] != EXFAT_FILE || entry[1] < 2)
		return false;
	memcpy(s->bytes, entry, FAT_ENTRY_LEN);
	s->n = 1;
	s->wanted = 1u + entry[1];
	s->offset = offset;
	return true;
}

bool rom_exfat_set_add(struct exfat_set *s, const uint8_t *entry)
{
	if (!(entry[0] & EXFAT_IN_USE) || !(entry[0] & EXFAT_SECONDARY) ||
		s->n >= s->wanted)
		return false;
	memcpy(s->bytes + s->n++ * FAT_ENTRY_LEN, entry, FAT_ENTRY_LEN);
	return true;
}

bool rom_exfat_set_good(const struct exfat_set *s)
{
	uint16_t sum = 0;

	for (size_t i = 0; i < s->n * FAT_ENTRY_LEN; i++) {
		if (i != 2 && i != 3)
			sum = (uint16_t)(((unsigned)sum << 15 | sum >> 1) +
					 s->bytes[i]);
	}
	return s->n == s->wanted && sum == (s->bytes[2] | s->bytes[3] << 8);
}

bool rom_exfat_set_stream(const struct exfat_set *s, struct exfat_stream *ret)
{
	struct rom_buffer v = { .p = s->bytes + STREAM_AT,
		.len = FAT_ENTRY_LEN };

	if (s->n < 2 || rom_u8(&v, 0) != STREAM)
		return false;
	*ret = (struct exfat_stream){
		.size = rom_le64(&v, 0x18),
		.valid = rom_le64(&v, 0x08),
		.first = rom_le32(&v, 0x14),
		.run = rom_u8(&v, 1) & NO_FAT_CHAIN,
	};
	return true;
}

static size_t name_of(const struct exfat_set *s, char *out)
{
	size_t len = s->bytes[STREAM_AT + 3], n = 0;
	uint16_t units[MAX_NAME];

	for (size_t offset = NAME_AT;
		offset < s->n * FAT_ENTRY_LEN && s->bytes[offset] == NAME;
		offset += FAT_ENTRY_LEN) {
		struct rom_buffer v = { .p = s->bytes + offset,
			.len = FAT_ENTRY_LEN };

		for (size_t i = 0; i < NAME_UNITS && n < len; i++)
			units[n++] = rom_le16(&v, 2 + 2 * i);
	}
	return rom_fat_utf8(units, n, out);
}

static void invalid(struct listing *l, uint64_t offset)
{
	l->first_invalid = l->invalid++ ? l->first_invalid : offset;
	l->set.n = 0;
}

static bool give(struct listing *l, uint64_t pos)
{
	char name[FAT_NAME_CAPACITY];
	struct exfat_set *s = &l->set;
	struct rom_dirent e = { .name = name,
		.ino = s->offset / FAT_ENTRY_LEN };
	bool good = rom_exfat_set_good(s);
	struct exfat_stream stream;

	/* past the end mark only sets with a good checksum */
	s->n = good || !l->past_end ? s->n : 0;
	e.len = rom_exfat_set_stream(s, &stream) ? name_of(s, name) : 0;
	if (e.len == 0 && s->n)
		invalid(l, s->offset);
	s->n = 0;
	if (e.len == 0)
		return true;
	if (!good)
		rom_fs_damage(&l->v->fat.fs, e.ino, s->offset,
			"directory: checksum mismatch of an entry; it is "
			"used anyway");
	if (l->past_end && !l->reported_past_end)
		rom_fs_damage(&l->v->fat.fs, l->ino, s->offset,
			"directory: there are names behind its end mark; they "
			"are listed too");
	l->reported_past_end |= l->past_end;
	e.next = pos | (l->past_end ? FAT_PAST_END : 0) |
		 (l->reported_past_end ? FAT_REPORTED_PAST_END : 0);
	e.type = s->bytes[4] & FAT_ATTR_DIR ? ROM_FILE_DIRECTORY
					    : ROM_FILE_REGULAR;
	return l->fn(l->ctx, &e);
}

static bool on_entry(void *ctx, const uint8_t *p, uint64_t offset, uint64_t pos)
{
	struct listing *l = ctx;

	if (l->set.n && !rom_exfat_set_add(&l->set, p))
		invalid(l, l->set.offset);
	else if (l->set.n)
		return l->set.n < l->set.wanted || give(l, pos + FAT_ENTRY_LEN);
	l->past_end |= *p == 0;
	if (*p == EXFAT_FILE && !rom_exfat_set_begin(&l->set, p, offset))
		invalid(l, offset);
	return true;
}

void rom_exfat_dir(struct exfat_volume *v, uint64_t ino,
	const struct rom_file_map *c, uint64_t cookie, rom_dirent_fn fn,
	void *ctx)
{
	struct listing l = {
		.v = v,
		.ino = ino,
		.fn = fn,
		.ctx = ctx,
		.past_end = cookie & FAT_PAST_END,
		.reported_past_end = cookie & FAT_REPORTED_PAST_END,
	};
	const struct fat_listing from = { ino,
		cookie & ~(FAT_PAST_END | FAT_REPORTED_PAST_END) };

	rom_fat_each(&v->fat, &from, c, on_entry, &l);
	if (l.set.n)
		invalid(&l, l.set.offset);
	if (l.invalid)
		rom_fs_damage(&v->fat.fs, ino, l.first_invalid,
			"directory: %" PRIu64 " entries cannot be names and "
			"were left out, the first here",
			l.invalid);
}
