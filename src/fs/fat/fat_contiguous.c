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

#include "fat_priv.h"

enum {
	ENTRIES = 16, /* of a sector, the smallest cluster */
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
	uint32_t cluster = rom_fat_first_cluster(v, p);

	if (is_long(p))
		return true;
	for (size_t i = 0; i < 11; i++) {
		if (p[i] < 0x20 && !(i == 0 && *p == 0x05))
			return false;
	}
	return *p != '.' && *p != ' ' && !(p[0x0b] & FAT_ATTR_NEVER) &&
	       (cluster == 0 || rom_fat_is_cluster(v, cluster));
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

static bool is_exfat_entry(const uint8_t *p)
{
	uint8_t type = *p & 0x7f;

	return type == 0x05 || type == 0x20 || type == 0x21 || type == 0x40 ||
	       type == 0x41 || (type >= 0x01 && type <= 0x03);
}

/* A set begins with a file entry, whose second byte counts the others: after
 * name entries both may come. */
static bool exfat_follows(const uint8_t *last, const uint8_t *next)
{
	bool begins = !(*next & 0x40);

	if ((*last & 0x7f) == 0x05)
		return (*next & 0x7f) == 0x40;
	return (*last & 0x7f) == 0x40 ? !begins : true;
}

/* All entries there, up to the end mark, have to be valid, and the first one
 * has to continue last. */
static bool continues(
	struct fat_volume *v, const uint8_t *last, uint32_t cluster)
{
	uint8_t next[ENTRIES * FAT_ENTRY_LEN];
	struct rom_err err;
	size_t n = 0;

	if (!rom_fat_is_cluster(v, cluster) ||
		rom_read(v->fs.meta, next, sizeof(next),
			rom_fat_offset(v, cluster), &err) ||
		!(v->exfat ? exfat_follows(last, next)
			   : fat_follows(last, next)))
		return false;
	while (n < ENTRIES && next[n * FAT_ENTRY_LEN]) {
		const uint8_t *p = next + n++ * FAT_ENTRY_LEN;

		if (!(v->exfat ? is_exfat_entry(p) : is_fat_entry(v, p)))
			return false;
	}
	return n > 0;
}

/* ---- directories --------------------------------------------------------- */

static bool is_free_to_take(struct fat_volume *v, uint32_t cluster)
{
	return rom_map_get(&v->taken, cluster) == NULL;
}

/* The nearest cluster behind a full directory that continues it; 0: none. */
static uint32_t find_rest(struct fat_volume *v, uint32_t cluster)
{
	uint8_t last[FAT_ENTRY_LEN];
	struct rom_err err;

	if (rom_read(v->fs.meta, last, sizeof(last),
		    rom_fat_offset(v, cluster) + v->cluster - sizeof(last),
		    &err) ||
		*last == 0)
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
