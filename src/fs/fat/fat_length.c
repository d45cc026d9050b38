/* SPDX-License-Identifier: MIT */
/*
 * fat_length.c - the length of a file whose directory entry states less than
 * its clusters hold
 *
 * A phone that loses power has written the clusters and the FAT, but not yet
 * the size. An empty file has no cluster at all, so a first cluster that is in
 * use, or a chain that goes on behind the stated size, shows that there is
 * more. Where it ends is told by its format or else by the zeros at its end.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "exfat_priv.h"
#include "romsplit/media.h"

enum {
	PIECE = 64 << 10,
	MAX_KNOWN = 1 << 20, /* files whose length is kept */
	MAX_STARTS = 1 << 26 /* clusters: 8 MiB of bitmap at most */
};

struct length {
	uint64_t size;
	enum rom_length source;
};

/* ---- where other files begin --------------------------------------------- */

static bool mark_start(void *ctx, const struct rom_inode *inode)
{
	struct fat_volume *v = ctx;
	uint32_t i = inode->generation - 2;
	bool is_new;

	if (!rom_fat_is_cluster(v, inode->generation))
		return true;
	is_new = !(v->starts[i / 8] >> i % 8 & 1);
	v->starts[i / 8] |= (uint8_t)(1u << i % 8);
	return is_new;
}

/* True when another file may begin there. */
static bool is_start(struct fat_volume *v, uint64_t cluster)
{
	struct rom_fs_quiet quiet;

	if (v->clusters > MAX_STARTS || !rom_fat_is_cluster(v, cluster))
		return true;
	if (!v->starts) {
		quiet = rom_fs_quiet_begin(&v->fs);
		v->starts = rom_alloc(v->clusters / 8 + 1);
		v->stated_sizes = true;
		rom_fs_mark_below(&v->fs, v->fs.root, mark_start, v);
		v->stated_sizes = false;
		rom_fs_quiet_end(&v->fs, &quiet);
	}
	return v->starts[(cluster - 2) / 8] >> (cluster - 2) % 8 & 1;
}

/* ---- the clusters -------------------------------------------------------- */

/* Whether the chain goes on behind size bytes. */
static bool goes_on(struct fat_volume *v, uint32_t first, uint64_t size)
{
	uint64_t n = (size + v->cluster - 1) / v->cluster;
	struct fat_link_to l = rom_fat_link(v, first);

	if (!size)
		return l.link == FAT_NEXT || l.link == FAT_END || l.blank;
	for (uint64_t i = 1; i < n && l.link == FAT_NEXT; i++)
		l = rom_fat_link(v, l.value);
	return l.link == FAT_NEXT && !l.differs;
}

/* Consecutive clusters from first on that are in use, up to where another file
 * or chain begins or goes on. */
static uint64_t count_run(struct fat_volume *v, uint32_t first)
{
	uint64_t n = 1;

	while (!is_start(v, first + n) &&
		rom_fat_pointers(v, (uint32_t)(first + n)) <= 0 &&
		(!v->exfat || rom_exfat_is_in_use(
				      (struct exfat_volume *)v, first + n)))
		n++;
	return n;
}

/* Maps all clusters of a file and returns their bytes. */
static uint64_t map_clusters(struct fat_volume *v, uint32_t first, bool run,
	struct rom_file_map *ret)
{
	struct rom_fs_quiet quiet = rom_fs_quiet_begin(&v->fs);
	const struct rom_extent *e;
	uint64_t len = 0;

	if (run || rom_fat_link(v, first).blank)
		rom_fat_run(v, 0, first, count_run(v, first) * v->cluster, ret);
	else
		rom_fat_chain(v, 0, first, (uint64_t)v->clusters * v->cluster,
			FAT_CHAIN_OPEN, ret);
	rom_fs_quiet_end(&v->fs, &quiet);
	rom_each (e, &ret->extents)
		len += e->len;
	return v->exfat ? len : rom_min(len, UINT32_MAX);
}

/* ---- the end ------------------------------------------------------------- */

/* The length without the zeros at its end, but at least least. What cannot be
 * read is kept. */
static uint64_t without_zeros(
	struct rom_image *img, uint64_t least, const struct rom_progress *p)
{
	ROM_AUTO uint8_t *buf = rom_alloc(PIECE);
	uint64_t end = img->size;
	struct rom_err err;

	while (end > least && !rom_is_stopped(p)) {
		size_t n = (size_t)rom_min(PIECE, end - least);

		if (rom_read(img, buf, n, end - n, &err))
			return end;
		while (n && !buf[n - 1])
			n--, end--;
		if (n)
			return end;
	}
	return end;
}

static struct length find_end(struct fat_volume *v, struct rom_image *img,
	const struct rom_inode *inode)
{
	struct length l = { inode->size, ROM_LENGTH_STATED };
	struct rom_media_info info;
	struct rom_err err;
	uint64_t end;

	/* by its format first: the clusters behind it may be another file's */
	if (!rom_media_examine(img, 0, img->size, &info, &err) &&
		info.state == ROM_MEDIA_WHOLE && !info.is_open_ended) {
		if (info.len > inode->size)
			l = (struct length){ info.len, ROM_LENGTH_BY_FORMAT };
		return l;
	}
	end = without_zeros(img, inode->size, v->fs.options.progress);
	if (end > inode->size || !inode->size)
		l = (struct length){ end, ROM_LENGTH_BY_ZEROS };
	return l;
}

static struct length find_length(struct fat_volume *v,
	const struct rom_inode *inode, uint32_t first, bool run)
{
	struct rom_file_map map = { 0 };
	uint64_t len = map_clusters(v, first, run, &map);
	ROM_AUTO_IMAGE struct rom_image *img =
		rom_fs_extent_image(v->fs.meta, &map.extents, len, 1);

	rom_file_map_done(&map);
	return find_end(v, img, inode);
}

/* A file is asked for more than once: its length is found once. */
static struct length length_of(struct fat_volume *v,
	const struct rom_inode *inode, uint32_t first, bool run)
{
	struct length *known = rom_map_get(&v->lengths, inode->ino), l;

	if (known)
		return *known;
	l = find_length(v, inode, first, run);
	if (v->lengths.n < MAX_KNOWN) {
		known = rom_alloc(sizeof(*known));
		*known = l;
		rom_map_put(&v->lengths, inode->ino, known);
	}
	return l;
}

static void report(struct fat_volume *v, const struct rom_inode *inode)
{
	/* in silence it was not reported, and still has to be */
	if (v->reported_length || v->fs.silent)
		return;
	v->reported_length = true;
	rom_fs_damage(&v->fs, 0, inode->ino * FAT_ENTRY_LEN,
		"directory entries state less than the clusters of their files "
		"hold (%" PRIu64
		" bytes, the first here): the length of these files is taken "
		"from their clusters",
		inode->stated_size);
}

void rom_fat_find_length(
	struct fat_volume *v, struct rom_inode *inode, uint32_t first, bool run)
{
	struct length l;

	if (v->stated_sizes || inode->type != ROM_FILE_REGULAR ||
		!rom_fat_is_cluster(v, first) || (run && inode->size) ||
		(!run && !goes_on(v, first, inode->size)))
		return;
	l = length_of(v, inode, first, run);
	if (l.source == ROM_LENGTH_STATED)
		return;
	inode->stated_size = inode->size;
	inode->size = l.size;
	inode->length = l.source;
	report(v, inode);
}

void rom_fat_lengths_done(struct fat_volume *v)
{
	rom_map_done(&v->lengths, free);
	free(v->starts);
}
