/* SPDX-License-Identifier: MIT */
/*
 * fat_dir.c - the entries of a FAT directory, with long and short names
 *
 * Entry, 32 bytes, little-endian (Microsoft FAT specification 1.03)
 *   0x00 11 name, E5: deleted, 00: the end  0x0b 1 attributes  0x0c 1 case
 *   0x0d 1 created, 1/100 s
 *   0x0e 4 created  0x12 2 read, date  0x14 2 cluster, high  0x16 4 written
 *   0x1a 2 cluster, low  0x1c 4 size
 * A long name precedes its short one in fragments, the last one first:
 *   0x00 1 number, 40: the last  0x01 10, 0x0e 12, 0x1c 4 UTF-16  0x0b 1 0F
 *   0x0d 1 checksum of the short name
 */
#include <inttypes.h>

#include "fat_priv.h"

enum {
	NAME_LEN = 11,
	DELETED = 0xe5,
	LAST_FRAGMENT = 0x40,
	MAX_FRAGMENTS = 20,
	FRAGMENT_UNITS = 13,
	MAX_UNITS = 255,
};

struct listing {
	struct fat_volume *v;
	uint64_t ino;
	rom_dirent_fn fn;
	void *ctx;
	bool is_root;
	uint16_t units[MAX_FRAGMENTS * FRAGMENT_UNITS];
	/* of the long name; number of the next one, 0: complete */
	unsigned fragments, wanted;
	uint8_t sum;
	bool past_end, reported_past_end;
	uint64_t invalid, first_invalid; /* entries that were left out */
};

static uint16_t le16(const uint8_t *p)
{
	return (uint16_t)(p[0] | p[1] << 8);
}

static uint32_t le32(const uint8_t *p)
{
	return le16(p) | (uint32_t)le16(p + 2) << 16;
}

uint32_t rom_fat_first_cluster(const struct fat_volume *v, const uint8_t *entry)
{
	/* before FAT32 the upper half had other uses */
	return le16(entry + 0x1a) |
	       (v->bits == 32 ? (uint32_t)le16(entry + 0x14) << 16 : 0);
}

static void drop_long(struct listing *l)
{
	l->fragments = 0;
}

static void add_fragment(struct listing *l, const uint8_t *p)
{
	unsigned number = p[0] & (LAST_FRAGMENT - 1);
	uint16_t *units;

	if (p[0] & LAST_FRAGMENT) {
		l->fragments = number <= MAX_FRAGMENTS ? number : 0;
		l->wanted = number;
		l->sum = p[13];
	}
	if (!l->fragments || !number || number != l->wanted ||
		p[13] != l->sum) {
		drop_long(l);
		return;
	}
	units = l->units + (number - 1) * FRAGMENT_UNITS;
	for (size_t i = 0; i < FRAGMENT_UNITS; i++)
		units[i] = le16(p + (i < 5	     ? 1 + 2 * i
					    : i < 11 ? 14 + 2 * (i - 5)
						     : 28 + 2 * (i - 11)));
	l->wanted--;
}

static uint8_t checksum_of(const uint8_t *name)
{
	uint8_t sum = 0;

	for (size_t i = 0; i < NAME_LEN; i++)
		sum = (uint8_t)((sum << 7 | sum >> 1) + name[i]);
	return sum;
}

/* Decodes the long name before this entry, when it is complete and its checksum
 * matches. Returns its length, or 0. */
static size_t long_name(struct listing *l, const uint8_t *p, char *out)
{
	size_t n = 0;

	if (!l->fragments || l->wanted || l->sum != checksum_of(p))
		return 0;
	while (n < l->fragments * FRAGMENT_UNITS && n < MAX_UNITS &&
		l->units[n])
		n++;
	return rom_fat_utf8(l->units, n, out);
}

/* True for a plausible entry. Nearly none passes where a directory was
 * overwritten. Not applied when the checksum of a long name matches. */
static bool is_plausible(const struct fat_volume *v, const uint8_t *p)
{
	uint32_t cluster = rom_fat_first_cluster(v, p), stamp = le32(p + 0x16);

	for (size_t i = 0; i < NAME_LEN; i++) {
		if (p[i] < 0x20 && !(i == 0 && p[i] == 0x05))
			return false;
	}
	return *p != ' ' && !(p[0x0b] & FAT_ATTR_NEVER) &&
	       (cluster == 0 || rom_fat_is_cluster(v, cluster)) &&
	       (stamp == 0 || stamp >> 16 == 0 || rom_fat_is_time(stamp));
}

/* The two entries with which every directory but the root begins. */
static bool is_dot(const struct listing *l, const uint8_t *p, uint64_t pos)
{
	return !l->is_root &&
	       ((pos == 0 && !memcmp(p, ".          ", NAME_LEN)) ||
		       (pos == FAT_ENTRY_LEN &&
			       !memcmp(p, "..         ", NAME_LEN)));
}

static void check_begin(
	struct listing *l, const uint8_t *p, uint64_t offset, uint64_t pos)
{
	if (pos == 0 && !l->is_root && !is_dot(l, p, pos))
		rom_fs_damage(&l->v->fs, l->ino, offset,
			"directory: expected it to begin with the entry '.'; "
			"plausible entries are listed anyway");
}

static bool give(
	struct listing *l, const uint8_t *p, uint64_t offset, uint64_t pos)
{
	char name[FAT_NAME_CAPACITY];
	struct rom_dirent e = { .name = name, .ino = offset / FAT_ENTRY_LEN };

	e.len = long_name(l, p, name);
	drop_long(l);
	if ((p[0x0b] & FAT_ATTR_LABEL && !e.len) || is_dot(l, p, pos))
		return true;
	if (!e.len && !is_plausible(l->v, p)) {
		l->first_invalid = l->invalid++ ? l->first_invalid : offset;
		return true;
	}
	if (l->past_end && !l->reported_past_end) {
		l->reported_past_end = true;
		rom_fs_damage(&l->v->fs, l->ino, offset,
			"directory: there are names behind its end mark; they "
			"are listed too");
	}
	if (!e.len)
		e.len = rom_fat_short_name(p, name);
	e.type = p[0x0b] & FAT_ATTR_DIR ? ROM_FILE_DIRECTORY : ROM_FILE_REGULAR;
	e.next = (pos + FAT_ENTRY_LEN) | (l->past_end ? FAT_PAST_END : 0) |
		 (l->reported_past_end ? FAT_REPORTED_PAST_END : 0);
	return l->fn(l->ctx, &e);
}

static bool on_entry(void *ctx, const uint8_t *p, uint64_t offset, uint64_t pos)
{
	struct listing *l = ctx;

	check_begin(l, p, offset, pos);
	if (*p == 0 || *p == DELETED) {
		l->past_end |= *p == 0;
		drop_long(l);
		return true;
	}
	if ((p[0x0b] & ~FAT_ATTR_NEVER) == FAT_ATTR_LONG) {
		add_fragment(l, p);
		return true;
	}
	return give(l, p, offset, pos);
}

void rom_fat_dir(struct fat_volume *v, uint64_t ino, bool is_root,
	const struct rom_file_map *c, uint64_t cookie, rom_dirent_fn fn,
	void *ctx)
{
	struct listing l = { .v = v,
		.ino = ino,
		.fn = fn,
		.ctx = ctx,
		.is_root = is_root,
		.past_end = cookie & FAT_PAST_END,
		.reported_past_end = cookie & FAT_REPORTED_PAST_END };
	const struct fat_listing from = { ino,
		cookie & ~(FAT_PAST_END | FAT_REPORTED_PAST_END) };

	rom_fat_each(v, &from, c, on_entry, &l);
	if (l.invalid)
		rom_fs_damage(&v->fs, ino, l.first_invalid,
			"directory: %" PRIu64 " entries cannot be names and "
			"were left out, the first here",
			l.invalid);
}
