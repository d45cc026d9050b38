/* SPDX-License-Identifier: MIT */
/*
 * fat_contiguous.c - what follows a cluster where all copies of the FAT are
 * erased, garbage or unreadable
 *
 * Most files lie in consecutive clusters, so the next one is taken, and the
 * file is in doubt. A directory grows while files are written behind it: where
 * it is full, and the next cluster is not more of it, the nearest cluster is
 * taken whose entries continue its last one.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "exfat_priv.h"

enum {
	SECTOR = 512, /* the smallest cluster */
	ENTRIES = SECTOR / FAT_ENTRY_LEN,
	LONG_LAST = 0x40,
	DELETED = 0xe5,
	/* clusters behind a directory in which the rest of it is searched for,
	 * and all searches of a volume */
	MAX_BEHIND = 1 << 14,
	MAX_SEARCHED = 1 << 20,
};

/* ---- do entries continue a directory? ------------------------------------ */

static bool is_long(const uint8_t *p)
{
	return p[0x0b] == FAT_ATTR_LONG && !p[0x0c] && !p[0x1a] && !p[0x1b];
}

/* A plausible entry that is not the first one of a directory. */
static bool is_fat_entry(const struct fat_volume *v, const uint8_t *p)
{
	struct rom_buffer e = { .p = p, .len = FAT_ENTRY_LEN };
	uint32_t cluster = rom_fat_first_cluster(v, p),
		 stamp = rom_le32(&e, 0x16);
	enum { CASE_BITS = 0x18 };

	if (is_long(p))
		return true;
	for (size_t i = 0; i < 11; i++) {
		if (p[i] < 0x20 && !(i == 0 && *p == 0x05))
			return false;
	}
	return *p != '.' && *p != ' ' &&
	       !(p[0x0b] & (FAT_ATTR_NEVER | FAT_ATTR_LABEL)) &&
	       !(p[0x0c] & ~CASE_BITS) &&
	       (cluster == 0 || rom_fat_is_cluster(v, cluster)) &&
	       (stamp >> 16 == 0 || rom_fat_is_time(stamp));
}

static uint8_t sum_of(const uint8_t *name)
{
	uint8_t sum = 0;

	for (size_t i = 0; i < 11; i++)
		sum = (uint8_t)((sum << 7 | sum >> 1) + name[i]);
	return sum;
}

/* Fragments of a long name count down to its short entry, which has the
 * checksum that all of them have. */
static bool fat_follows(const uint8_t *last, const uint8_t *next)
{
	if (*last == DELETED || *next == DELETED)
		return true;
	if (!is_long(last))
		return !is_long(next) || *next & LONG_LAST;
	if ((*last & (LONG_LAST - 1)) == 1)
		return !is_long(next) && sum_of(next) == last[0x0d];
	return is_long(next) && next[0x0d] == last[0x0d] &&
	       *next == (*last & (LONG_LAST - 1)) - 1;
}

static bool fat_continues(
	const struct fat_volume *v, const uint8_t *last, const uint8_t *next)
{
	size_t n = 0;

	if (!fat_follows(last + SECTOR - FAT_ENTRY_LEN, next))
		return false;
	while (n < ENTRIES && next[n * FAT_ENTRY_LEN]) {
		if (!is_fat_entry(v, next + n++ * FAT_ENTRY_LEN))
			return false;
	}
	return n > 0;
}

/* A type, in use or not, that an entry of a directory may have. */
static bool is_exfat_type(uint8_t type)
{
	type &= 0x7f;
	return type == 0x05 || type == 0x20 || type == 0x21 || type == 0x40 ||
	       type == 0x41 || (type >= 0x01 && type <= 0x03);
}

/* At least one set ends there, and the checksums of all that do match. */
static bool exfat_continues(const uint8_t *last, const uint8_t *next)
{
	struct exfat_set *set = rom_alloc(sizeof(*set));
	bool valid = true;
	unsigned good = 0;

	for (size_t i = 0; valid && i < (size_t)2 * ENTRIES; i++) {
		const uint8_t *p = (i < ENTRIES ? last : next) +
				   i % ENTRIES * FAT_ENTRY_LEN;

		if (i >= ENTRIES && *p == 0)
			break;
		valid = i < ENTRIES || is_exfat_type(*p);
		if (!set->n || !rom_exfat_set_add(set, p)) {
			rom_exfat_set_begin(set, p, 0);
			continue;
		}
		if (set->n < set->wanted)
			continue;
		if (i >= ENTRIES)
			valid = rom_exfat_set_good(set);
		good += i >= ENTRIES && valid;
		set->n = 0;
	}
	free(set);
	return valid && good > 0;
}

/* Whether the sector at the beginning of a cluster continues last, the last
 * sector of a directory. */
static bool continues(
	struct fat_volume *v, const uint8_t *last, uint32_t cluster)
{
	uint8_t next[SECTOR];
	struct rom_err err;

	if (!rom_fat_is_cluster(v, cluster) ||
		rom_read(v->fs.meta, next, sizeof(next),
			rom_fat_offset(v, cluster), &err))
		return false;
	return v->exfat ? exfat_continues(last, next)
			: fat_continues(v, last, next);
}

/* ---- directories --------------------------------------------------------- */

static bool is_free_to_take(struct fat_volume *v, uint32_t cluster)
{
	return rom_map_get(&v->taken, cluster) == NULL;
}

/* The nearest cluster behind a full directory that continues it; 0: none. */
static uint32_t find_rest(struct fat_volume *v, uint32_t cluster)
{
	uint8_t last[SECTOR];
	struct rom_err err;

	if (rom_read(v->fs.meta, last, sizeof(last),
		    rom_fat_offset(v, cluster) + v->cluster - sizeof(last),
		    &err) ||
		last[SECTOR - FAT_ENTRY_LEN] == 0)
		return 0;
	for (uint32_t i = 1; i <= MAX_BEHIND && v->searched < MAX_SEARCHED &&
			     rom_fat_is_cluster(v, (uint64_t)cluster + i);
		i++, v->searched++) {
		if (continues(v, last, cluster + i) &&
			is_free_to_take(v, cluster + i))
			return cluster + i;
	}
	return 0;
}

/* The rest is searched for once: a directory is listed more than once, and no
 * cluster may belong to two. */
static uint32_t rest_of(struct fat_volume *v, uint32_t cluster)
{
	uintptr_t known = (uintptr_t)rom_map_get(&v->next, cluster);
	uint32_t next;

	if (known)
		return (uint32_t)(known - 1);
	next = find_rest(v, cluster);
	rom_map_put(&v->next, cluster, (void *)((uintptr_t)next + 1));
	if (next)
		rom_map_put(&v->taken, next, v);
	return next;
}

/* ---- files --------------------------------------------------------------- */

static void report_blank(struct fat_volume *v, uint32_t cluster)
{
	/* in silence it was not reported, and still has to be */
	if (v->reported_blank || v->fs.silent)
		return;
	v->reported_blank = true;
	rom_fs_damage(&v->fs, 0, v->fat_at[0] + (uint64_t)cluster * v->bits / 8,
		"the FAT%s erased here: files and folders that need it are "
		"taken as contiguous, and are in doubt",
		v->fats > 1 ? " and its copy are" : " is");
}

static bool ends_here(struct fat_volume *v, uint32_t cluster)
{
	uint8_t last[FAT_ENTRY_LEN];
	struct rom_err err;

	return !rom_read(v->fs.meta, last, sizeof(last),
		       rom_fat_offset(v, cluster) + v->cluster - sizeof(last),
		       &err) &&
	       *last == 0;
}

/* A cluster that holds more of a directory is not the file's. */
static uint32_t next_of_file(struct fat_volume *v, uint32_t cluster)
{
	uint64_t next = (uint64_t)cluster + 1;

	while (rom_fat_is_cluster(v, next) && rom_map_get(&v->taken, next))
		next++;
	return rom_fat_is_cluster(v, next) ? (uint32_t)next : 0;
}

void rom_fat_link_without_fat(struct fat_volume *v, uint32_t cluster,
	bool directory, struct fat_link_to *l)
{
	uint32_t next;

	if (!l->blank || l->link == FAT_NEXT)
		return;
	next = directory ? rest_of(v, cluster) : next_of_file(v, cluster);
	if (next)
		*l = (struct fat_link_to){
			.link = FAT_NEXT, .value = next, .differs = true
		};
	else if (directory && ends_here(v, cluster))
		l->link = FAT_END;
	report_blank(v, cluster);
}
