/* SPDX-License-Identifier: MIT */
/* test_free_ranges.c - what no file uses, as dumpe2fs, dump.f2fs and The Sleuth
 * Kit say (tests/fixtures/free.py); and what is said when a bitmap is
 * damaged */
#include "fixtures.h"

struct range {
	uint64_t offset, len;
	enum rom_use use;
};
typedef ROM_VEC(struct range) ranges;

static bool take(void *ctx, struct rom_range r, enum rom_use use)
{
	ranges *all = ctx;
	const struct range *last = all->n ? &all->v[all->n - 1] : NULL;

	assert_true(r.len > 0);
	if (last) {
		uint64_t end = last->offset + last->len;

		/* ascending, and what belongs together is together */
		assert_true(r.offset > end ||
			    (r.offset == end && use != last->use));
	}
	*rom_vec_add(all) = (struct range){ r.offset, r.len, use };
	return true;
}

static void collect_fs(struct rom_fs *fs, ranges *ret)
{
	struct rom_err err = { 0 };

	ret->n = 0;
	assert_int_equal(rom_fs_free_ranges(fs, take, ret, &err), ROM_OK);
	if (ret->n) {
		const struct range *last = &ret->v[ret->n - 1];

		assert_true(last->offset + last->len <= rom_fs_data(fs)->size);
	}
}

static void collect(const char *path, bool no_journal, ranges *ret)
{
	const struct rom_fs_options options = { .no_journal = no_journal };
	ROM_AUTO_FS struct rom_fs *fs = open_fs_with(path, &options);

	collect_fs(fs, ret);
	assert_int_equal(rom_fs_damage_count(fs) > 1000, 0);
}

/* Lines of offset and length. */
static void load(const char *path, ranges *ret)
{
	FILE *f = fopen(path, "r");
	unsigned long long offset, len;

	if (!f)
		fail_msg("%s cannot be opened", path);
	ret->n = 0;
	while (fscanf(f, "%llu %llu", &offset, &len) == 2)
		*rom_vec_add(ret) = (struct range){ offset, len, ROM_USE_FREE };
	fclose(f);
}

static bool overlaps(
	const ranges *all, uint64_t offset, uint64_t len, bool only_free)
{
	const struct range *r;

	rom_each (r, all) {
		if ((!only_free || r->use == ROM_USE_FREE) &&
			r->offset < offset + len && offset < r->offset + r->len)
			return true;
	}
	return false;
}

static void assert_same(
	const char *what, const ranges *have, const ranges *want)
{
	for (size_t i = 0; i < have->n && i < want->n; i++) {
		const struct range *a = &have->v[i], *b = &want->v[i];

		if (a->offset != b->offset || a->len != b->len ||
			a->use != ROM_USE_FREE)
			fail_msg(
				"%s: range %zu: expected %llu + %llu, got %llu "
				"+ %llu (%s)",
				what, i, (unsigned long long)b->offset,
				(unsigned long long)b->len,
				(unsigned long long)a->offset,
				(unsigned long long)a->len,
				a->use ? "unknown" : "free");
	}
	if (have->n != want->n)
		fail_msg("%s: expected %zu ranges, got %zu", what, want->n,
			have->n);
}

/* Nothing is free that was not so in truth; how many bytes are unknown. */
static uint64_t assert_none_more(
	const char *what, const ranges *have, const ranges *want)
{
	const struct range *r, *w = want->v;
	uint64_t unknown = 0;

	rom_each (r, have) {
		if (r->use == ROM_USE_UNKNOWN) {
			unknown += r->len;
			continue;
		}
		while (w < want->v + want->n && w->offset + w->len <= r->offset)
			w++;
		if (w == want->v + want->n || w->offset > r->offset ||
			w->offset + w->len < r->offset + r->len)
			fail_msg("%s: %llu + %llu is said to be free, and is "
				 "not",
				what, (unsigned long long)r->offset,
				(unsigned long long)r->len);
	}
	return unknown;
}

/* ---- fixtures ------------------------------------------------------------ */

static const char *const names[] = { "ext2-small", "ext3-small", "ext4-small",
	"ext4-crash", "f2fs-small", "fat12-kernel", "fat16-kernel",
	"fat32-kernel", "exfat-kernel" };

static void fixtures(void **state)
{
	ranges have = { 0 }, want = { 0 };
	char path[100];

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		collect(unpack(names[i], "u"), false, &have);
		snprintf(path, sizeof(path), "tests/fixtures/%s/free.txt",
			names[i]);
		load(path, &want);
		assert_true(want.n > 0);
		assert_same(names[i], &have, &want);
	}
	rom_vec_done(&have);
	rom_vec_done(&want);
}

static void no_journal(void **state)
{
	static const char *const crashed[] = { "ext4-crash", "f2fs-crash" };
	ranges have = { 0 }, want = { 0 };
	char path[100];

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		collect(unpack(crashed[i], "u"), true, &have);
		snprintf(path, sizeof(path),
			"tests/fixtures/%s/free_no_journal.txt", crashed[i]);
		load(path, &want);
		assert_same(crashed[i], &have, &want);
	}
	rom_vec_done(&have);
	rom_vec_done(&want);
}

/* ---- no file lies in what is free ---------------------------------------- */

struct files {
	struct rom_fs *fs;
	const ranges *free;
	size_t files, extents;
};

static enum rom_walk check_file(void *ctx, const struct rom_walk_entry *e)
{
	struct files *f = ctx;
	struct rom_file_map map;
	const struct rom_extent *x;
	struct rom_err err;

	if (e->status || e->inode.type != ROM_FILE_REGULAR ||
		rom_fs_map(f->fs, &e->inode, &map, &err))
		return ROM_WALK_CONTINUE;
	rom_each (x, &map.extents) {
		if (x->kind != ROM_EXTENT_DATA)
			continue;
		f->extents++;
		if (overlaps(f->free, x->image, x->len, false))
			fail_msg("%s lies in what is free", e->path);
	}
	f->files++;
	rom_file_map_done(&map);
	return ROM_WALK_CONTINUE;
}

static size_t check_files(const char *path, bool no_journal_wanted)
{
	static const struct rom_walk_ops ops = { .entry = check_file };
	const struct rom_fs_options options = { .no_journal =
							no_journal_wanted };
	ROM_AUTO_FS struct rom_fs *fs = open_fs_with(path, &options);
	struct rom_inode root;
	struct rom_err err = { 0 };
	ranges all = { 0 };
	struct files f = { .fs = fs, .free = &all };

	collect_fs(fs, &all);
	assert_int_equal(
		rom_fs_inode(fs, rom_fs_root(fs), &root, &err), ROM_OK);
	assert_int_equal(rom_fs_walk(fs, &root, &ops, &f, &err), ROM_OK);
	rom_vec_done(&all);
	return f.extents;
}

/* f2fs-crash too, whose last files lie in blocks that the checkpoint has for
 * free. */
static void files_are_not_free(void **state)
{
	ranges with = { 0 }, without = { 0 };
	const char *crash;

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		size_t n = check_files(unpack(names[i], "u"), false);

		/* small files may lie in their inodes */
		assert_true(n > 0 || !strcmp(names[i], "f2fs-small"));
	}
	crash = unpack("f2fs-crash", "u");
	assert_true(check_files(crash, true) > 20);
	assert_true(check_files(crash, false) > 20);
	collect(crash, false, &with);
	collect(crash, true, &without);
	assert_int_equal(assert_none_more("f2fs-crash", &with, &without), 0);
	assert_true(with.n > without.n);
	rom_vec_done(&with);
	rom_vec_done(&without);
}

/* ---- the callback -------------------------------------------------------- */

struct stop {
	size_t calls, after;
};

static bool stop_after(void *ctx, struct rom_range r, enum rom_use use)
{
	struct stop *s = ctx;

	(void)r, (void)use;
	return ++s->calls < s->after;
}

static void stops(void **state)
{
	static const char *const many[] = { "ext4-crash", "f2fs-crash",
		"fat16-kernel", "exfat-kernel" };
	struct rom_err err = { 0 };

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		ROM_AUTO_FS struct rom_fs *fs = open_fs(unpack(many[i], "u"));

		for (size_t after = 1; after < 4; after++) {
			struct stop s = { .after = after };

			assert_int_equal(
				rom_fs_free_ranges(fs, stop_after, &s, &err),
				ROM_OK);
			assert_int_equal(s.calls, after);
		}
	}
}

static void squashfs(void **state)
{
	(void)state;
#ifndef ROM_HAVE_libsquashfs1
	skip_because("built without libsquashfs");
#endif
	{
		ranges have = { 0 };

		collect(unpack("squashfs-small", "u"), false, &have);
		assert_int_equal(have.n, 0);
	}
}

/* An image that ends before its filesystem. */
static void cut_short(void **state)
{
	const char *path = unpack("ext4-small", "u");
	ranges have = { 0 };

	(void)state;
	assert_true(shell("truncate -s 2M %s", path));
	collect(path, false, &have);
	assert_int_equal(have.n, 1);
	assert_int_equal(have.v[0].offset + have.v[0].len, 2 << 20);
	rom_vec_done(&have);
}

/* ---- forms of ext4, against dumpe2fs ------------------------------------- */

static void ask_tool(const char *kind, const char *path, ranges *ret)
{
	char out[100];

	snprintf(out, sizeof(out), "%s/truth", work);
	assert_true(shell(
		"python3 tests/fixtures/free.py %s '%s' >%s", kind, path, out));
	load(out, ret);
}

/* Groups that were never filled, tables in other groups, clusters of several
 * blocks, descriptors of 64 bytes, in each meta group; checksums of three
 * kinds. */
static void ext_forms(void **state)
{
	static const char *const forms[][2] = {
		{ "ext4 -b 4096", "700M" },
		{ "ext4 -b 1024", "100M" },
		{ "ext4 -b 1024 -O ^resize_inode,meta_bg", "100M" },
		{ "ext4 -b 1024 -O ^flex_bg", "100M" },
		{ "ext4 -b 1024 -O ^metadata_csum,uninit_bg", "100M" },
		{ "ext4 -b 1024 -O ^metadata_csum,^uninit_bg", "100M" },
		{ "ext4 -b 1024 -O sparse_super2", "100M" },
		{ "ext4 -b 4096 -O ^64bit", "300M" },
		{ "ext4 -b 4096 -O bigalloc -C 16384", "900M" },
		{ "ext4 -b 4096 -O bigalloc -C 65536", "999M" },
		{ "ext4 -b 1024 -g 1024", "50M" },
		{ "ext3 -b 2048", "200M" },
		{ "ext2 -b 1024 -O ^sparse_super,^resize_inode", "60M" },
		{ "ext2 -b 65536", "400M" },
		{ "ext4 -b 4096", "333333k" },
	};
	ranges have = { 0 }, want = { 0 };
	char path[100];

	(void)state;
	if (!has_program("dumpe2fs") || !has_program("mke2fs"))
		skip_because("e2fsprogs is not here");
	snprintf(path, sizeof(path), "%s/u", work);
	assert_true(shell("mkdir -p %s/src/d && for i in $(seq 40); do head -c "
			  "${i}777 /dev/urandom >%s/src/d/$i; done",
		work, work));
	for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++) {
		assert_true(shell(
			"rm -f %s; PATH=$PATH:/usr/sbin:/sbin mke2fs -q -F -t "
			"%s -d %s/src %s %s >/dev/null 2>&1",
			path, forms[i][0], work, path, forms[i][1]));
		collect(path, false, &have);
		ask_tool("ext", path, &want);
		assert_true(want.n > 0);
		assert_same(forms[i][0], &have, &want);
		assert_true(check_files(path, false) >= 40);
	}
	rom_vec_done(&have);
	rom_vec_done(&want);
}

/* ---- damage -------------------------------------------------------------- */

static void get_truth(const char *fixture, ranges *ret)
{
	char path[100];

	snprintf(path, sizeof(path), "tests/fixtures/%s/free%s.txt", fixture,
		strcmp(fixture, "f2fs-crash") ? "" : "_no_journal");
	load(path, ret);
}

enum { EXT4_BITMAP = 34 * 1024, EXT4_DESC = 2 * 1024, EXT2_SUPER = 1024 };

/* ext4-small has a checksum over its bitmap, and one over its descriptor. */
static void ext4_damaged(void **state)
{
	const char *path = unpack("ext4-small", "u");
	ranges have = { 0 }, want = { 0 };

	(void)state;
	get_truth("ext4-small", &want);
	for (uint64_t i = 0; i < 1024; i += i < 30 ? 1 : 61) {
		bool covered = i < 8192 / 8;

		flip(path, EXT4_BITMAP + i);
		collect(path, false, &have);
		assert_true(!covered ||
			    (have.n == 1 && have.v[0].use == ROM_USE_UNKNOWN));
		assert_none_more("ext4-small", &have, &want);
		flip(path, EXT4_BITMAP + i);
	}
	for (uint64_t i = 0; i < 64; i++) {
		flip(path, EXT4_DESC + i);
		collect(path, false, &have);
		assert_none_more("ext4-small's descriptor", &have, &want);
		flip(path, EXT4_DESC + i);
	}
	collect(path, false, &have);
	assert_same("ext4-small", &have, &want);
	rom_vec_done(&have);
	rom_vec_done(&want);
}

/* Without checksums the number of free blocks, in the descriptor, must be that
 * of the bitmap. */
static void ext2_damaged(void **state)
{
	const char *path = unpack("ext2-small", "u");
	uint8_t desc[8], zeros[1024] = { 0 };
	ranges have = { 0 }, want = { 0 };
	uint64_t bitmap;

	(void)state;
	get_truth("ext2-small", &want);
	peek(path, EXT4_DESC, desc, 4);
	bitmap = ((uint64_t)desc[0] | (uint64_t)desc[1] << 8) * 1024;
	for (uint64_t i = 0; i < 512; i += 7) {
		flip(path, bitmap + i);
		collect(path, false, &have);
		assert_int_equal(have.n, 1);
		assert_int_equal(have.v[0].use, ROM_USE_UNKNOWN);
		flip(path, bitmap + i);
	}
	edit(path, bitmap, zeros, sizeof(zeros));
	collect(path, false, &have);
	assert_int_equal(have.n, 1);
	assert_int_equal(have.v[0].use, ROM_USE_UNKNOWN);
	rom_vec_done(&have);
	rom_vec_done(&want);
}

/* By a backup, whose descriptors are those of mke2fs: of groups that it calls
 * empty nothing is known. */
static void ext4_by_backup(void **state)
{
	char path[100];
	uint8_t zeros[1024] = { 0 };
	ranges have = { 0 }, want = { 0 };

	(void)state;
	if (!has_program("debugfs") || !has_program("mke2fs"))
		skip_because("e2fsprogs is not here");
	snprintf(path, sizeof(path), "%s/u", work);
	assert_true(shell(
		"PATH=$PATH:/usr/sbin:/sbin; rm -f %s; mke2fs -q -F -t ext4 -b "
		"1024 %s 100M >/dev/null && cp %s %s.old && head -c 40M "
		"/dev/urandom >%s/big && debugfs -w -R 'write %s/big big' %s "
		">/dev/null 2>&1",
		path, path, path, path, work, work, path));
	ask_tool("ext", path, &want);
	/* backups as they were before the file was written */
	for (uint64_t group = 1; group < 10; group += 2)
		assert_true(shell(
			"dd if=%s.old of=%s bs=1024 count=8 skip=%llu "
			"seek=%llu conv=notrunc status=none",
			path, path, (unsigned long long)group * 8192 + 1,
			(unsigned long long)group * 8192 + 1));
	edit(path, EXT2_SUPER, zeros, sizeof(zeros));
	collect(path, false, &have);
	assert_true(assert_none_more("by a backup", &have, &want) > 40 << 20);
	rom_vec_done(&have);
	rom_vec_done(&want);
}

static uint32_t le32_at(const char *path, uint64_t offset)
{
	uint8_t b[4];

	peek(path, offset, b, 4);
	return b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 |
	       (uint32_t)b[3] << 24;
}

static void flip_bit(const char *path, uint64_t offset, unsigned bit)
{
	uint8_t byte;

	peek(path, offset, &byte, 1);
	byte = (uint8_t)(byte ^ 1u << bit);
	edit(path, offset, &byte, 1);
}

/* Where the table of segments of an f2fs lies, and its copy. */
static void sit_places(const char *path, uint64_t ret[2])
{
	uint64_t copy = le32_at(path, 1024 + 0x38) / 2 * (2 << 20);

	ret[0] = (uint64_t)le32_at(path, 1024 + 0x50) * 4096;
	ret[1] = ret[0] + copy;
}

/* A bit of an entry: its count and its map do not agree any more. In both
 * copies, for one of them counts. */
static void f2fs_damaged(void **state)
{
	const char *path = unpack("f2fs-crash", "u");
	ranges have = { 0 }, want = { 0 };
	uint64_t sit[2], unknown = 0;

	(void)state;
	get_truth("f2fs-crash", &want);
	sit_places(path, sit);
	for (uint64_t i = 0; i < (uint64_t)22 * 74; i += 5) {
		/* the time at the end of an entry counts nothing */
		bool counts = i % 74 < 66;
		uint64_t some;

		flip_bit(path, sit[0] + i, i % 8);
		flip_bit(path, sit[1] + i, i % 8);
		collect(path, true, &have);
		some = assert_none_more("f2fs-crash", &have, &want);
		assert_true(counts || !some);
		unknown += some > 0;
		flip_bit(path, sit[0] + i, i % 8);
		flip_bit(path, sit[1] + i, i % 8);
	}
	/* all but the entries that the journal has newer */
	assert_true(unknown > 150);
	rom_vec_done(&have);
	rom_vec_done(&want);
}

/* The journal of the table forgotten, as by a checkpoint that was torn: the
 * segments of which it has news are full, and free by the table. All of them
 * together say so. */
static void f2fs_journal_gone(void **state)
{
	const char *path = unpack("f2fs-crash", "u");
	uint64_t cp = (uint64_t)le32_at(path, 1024 + 0x4c) * 4096;
	ranges have = { 0 }, want = { 0 };

	(void)state;
	get_truth("f2fs-crash", &want);
	for (unsigned i = 0; i < 2; i++, cp += 2 << 20) {
		uint64_t summary =
			cp + (uint64_t)le32_at(path, cp + 0x8c) * 4096;

		assert_true(le32_at(path, cp + 0x84) & 4); /* in short form */
		edit(path, summary + 507, (uint8_t[2]){ 0 }, 2);
	}
	collect(path, true, &have);
	assert_none_more("f2fs-crash", &have, &want);
	assert_int_equal(have.n, 1);
	assert_int_equal(have.v[0].use, ROM_USE_UNKNOWN);
	rom_vec_done(&have);
	rom_vec_done(&want);
}

/* The table as noise. */
static void f2fs_table_gone(void **state)
{
	const char *path = unpack("f2fs-crash", "u");
	ranges have = { 0 }, want = { 0 };
	uint8_t block[4096];
	uint64_t sit[2];

	(void)state;
	get_truth("f2fs-crash", &want);
	sit_places(path, sit);
	noise(block, sizeof(block), 7);
	edit(path, sit[0], block, sizeof(block));
	edit(path, sit[1], block, sizeof(block));
	collect(path, true, &have);
	assert_true(assert_none_more("f2fs-crash", &have, &want) > 20 << 20);
	rom_vec_done(&have);
	rom_vec_done(&want);
}

/* No checkpoint, or found without superblocks: nothing is known. */
static void f2fs_without_checkpoint(void **state)
{
	const char *path = unpack("f2fs-crash", "u");
	uint64_t cp = (uint64_t)le32_at(path, 1024 + 0x4c) * 4096;
	uint64_t main_area = (uint64_t)le32_at(path, 1024 + 0x5c) * 4096;
	ranges have = { 0 };

	(void)state;
	flip(path, cp + 8);
	flip(path, cp + (2 << 20) + 8);
	collect(path, false, &have);
	assert_int_equal(have.n, 1);
	assert_int_equal(have.v[0].use, ROM_USE_UNKNOWN);
	assert_int_equal(have.v[0].offset, main_area);
	rom_vec_done(&have);
}

/* Where the two FATs do not agree, nobody knows; all else is as it was. */
static void fat_damaged(void **state)
{
	static const char *const fats[] = { "fat12-kernel", "fat16-kernel",
		"fat32-kernel" };
	ranges have = { 0 }, want = { 0 };

	(void)state;
	for (size_t k = 0; k < 3; k++) {
		const char *path = unpack(fats[k], "u");
		uint8_t boot[64];
		uint64_t fat, len;

		get_truth(fats[k], &want);
		peek(path, 0, boot, sizeof(boot));
		fat = (uint64_t)(boot[14] | boot[15] << 8) * 512;
		len = (uint64_t)(boot[22] | boot[23] << 8) * 512;
		len = len ? len : le32_at(path, 36) * (uint64_t)512;
		for (uint64_t i = 0; i < 2000; i += 37) {
			uint64_t place = fat + (i % 2) * len + 12 + i;

			flip(path, place);
			collect(path, false, &have);
			/* a chain that leads nowhere else is in use still */
			assert_none_more(fats[k], &have, &want);
			flip(path, place);
		}
		/* entries zeroed in the second copy only */
		edit(path, fat + len + 64, (uint8_t[64]){ 0 }, 64);
		collect(path, false, &have);
		assert_true(
			assert_none_more(fats[k], &have, &want) >= 16 * 512);
		/* and all of both */
		edit(path, fat, (uint8_t[512]){ 0 }, 512);
		edit(path, fat + len, (uint8_t[512]){ 0 }, 512);
		collect(path, false, &have);
		assert_int_equal(have.n, 1);
		assert_int_equal(have.v[0].use, ROM_USE_UNKNOWN);
	}
	rom_vec_done(&have);
	rom_vec_done(&want);
}

static bool take_nothing(void *ctx, struct rom_range r, enum rom_use use)
{
	(void)ctx, (void)r, (void)use;
	return true;
}

static enum rom_walk map_file(void *ctx, const struct rom_walk_entry *e)
{
	struct rom_file_map map;
	struct rom_err err;

	if (!rom_fs_map(ctx, &e->inode, &map, &err))
		rom_file_map_done(&map);
	return ROM_WALK_CONTINUE;
}

/* That the FATs differ is reported when files are read, as ever. */
static void fat_difference_is_reported(void **state)
{
	static const struct rom_walk_ops ops = { .entry = map_file };
	const char *path = unpack("fat16-kernel", "u");
	struct rom_inode root;
	struct rom_err err = { 0 };
	uint8_t boot[32];

	(void)state;
	peek(path, 0, boot, sizeof(boot));
	edit(path, (uint64_t)(boot[14] | boot[15] << 8) * 512 + 64,
		(uint8_t[512]){ 0 }, 512);
	{
		ROM_AUTO_FS struct rom_fs *fs = open_fs(path);

		rom_fs_free_ranges(fs, take_nothing, NULL, &err);
		assert_int_equal(rom_fs_damage_count(fs), 0);
		assert_int_equal(
			rom_fs_inode(fs, rom_fs_root(fs), &root, &err), ROM_OK);
		rom_fs_walk(fs, &root, &ops, fs, &err);
		assert_true(rom_fs_damage_count(fs) > 0);
	}
}

/* exFAT has no copy: a bitmap that has the root for free is not believed, and
 * one that was zeroed does. */
static void exfat_damaged(void **state)
{
	const char *path = unpack("exfat-kernel", "u");
	uint64_t heap = (uint64_t)le32_at(path, 88) * 512;
	uint32_t root = le32_at(path, 96);
	uint8_t entry[32];
	ranges have = { 0 };

	(void)state;
	for (uint64_t at = heap + (uint64_t)(root - 2) * 1024;; at += 32) {
		peek(path, at, entry, sizeof(entry));
		assert_int_not_equal(entry[0], 0);
		if (entry[0] == 0x81)
			break;
	}
	{
		uint32_t first = entry[20] | (uint32_t)entry[21] << 8;
		uint64_t bitmap = heap + (uint64_t)(first - 2) * 1024;

		flip_bit(path, bitmap + (root - 2) / 8, (root - 2) % 8);
		collect(path, false, &have);
		assert_int_equal(have.n, 1);
		assert_int_equal(have.v[0].use, ROM_USE_UNKNOWN);
		flip_bit(path, bitmap + (root - 2) / 8, (root - 2) % 8);
		edit(path, bitmap, (uint8_t[512]){ 0 }, 512);
		collect(path, false, &have);
		assert_int_equal(have.n, 1);
		assert_int_equal(have.v[0].use, ROM_USE_UNKNOWN);
	}
	rom_vec_done(&have);
}

/* ---- real data ----------------------------------------------------------- */

/* Unpacks a file below the real data; NULL: it is not there. */
static const char *unpack_real(const char *name)
{
	static char path[100];
	const char *real = getenv("ROMSPLIT_REAL");

	snprintf(path, sizeof(path), "%s/real", work);
	if (!real || !*real || !shell("test -e '%s/%s'", real, name))
		return NULL;
	assert_true(shell("xz -dc '%s/%s' >%s", real, name, path));
	return path;
}

static void real_images(void **state)
{
	static const char *const images[][2] = {
		{ "ext4-kernel/a4_ext4_fbe_cut.img.xz", "ext" },
		{ "f2fs/a1_f2fs_modern.img.xz", "f2fs" },
		{ "f2fs/a2_f2fs_legacy_cut.img.xz", "f2fs" },
		{ "blkid-utillinux/f2fs.img.xz", "f2fs" },
		{ "blkid-utillinux/exfat.img.xz", "fat" },
		{ "blkid-utillinux/fat32_xp_label1.img.xz", "fat" },
	};
	ranges have = { 0 }, want = { 0 };
	size_t seen = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(images) / sizeof(*images); i++) {
		const char *kind = images[i][1], *path;

		path = unpack_real(images[i][0]);
		if (!path)
			continue;
		if (!has_program(!strcmp(kind, "ext")	 ? "dumpe2fs"
				 : !strcmp(kind, "f2fs") ? "dump.f2fs"
							 : "blkls"))
			continue;
		seen++;
		collect(path, true, &have);
		ask_tool(kind, path, &want);
		assert_true(want.n > 0);
		assert_same(images[i][0], &have, &want);
		check_files(path, false);
		if (strcmp(kind, "ext"))
			continue;
		collect(path, false, &have);
		shell("PATH=$PATH:/usr/sbin:/sbin e2fsck -y -E journal_only %s "
		      ">/dev/null 2>&1",
			path);
		ask_tool(kind, path, &want);
		assert_same(images[i][0], &have, &want);
	}
	rom_vec_done(&have);
	rom_vec_done(&want);
	if (!seen)
		skip_because("the real images, or the tools, are not here");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fixtures),
		cmocka_unit_test(no_journal),
		cmocka_unit_test(files_are_not_free),
		cmocka_unit_test(stops),
		cmocka_unit_test(squashfs),
		cmocka_unit_test(cut_short),
		cmocka_unit_test(ext_forms),
		cmocka_unit_test(ext4_damaged),
		cmocka_unit_test(ext2_damaged),
		cmocka_unit_test(ext4_by_backup),
		cmocka_unit_test(f2fs_damaged),
		cmocka_unit_test(f2fs_journal_gone),
		cmocka_unit_test(f2fs_table_gone),
		cmocka_unit_test(f2fs_without_checkpoint),
		cmocka_unit_test(fat_damaged),
		cmocka_unit_test(fat_difference_is_reported),
		cmocka_unit_test(exfat_damaged),
		cmocka_unit_test(real_images),
	};

	return cmocka_run_group_tests(tests, enter_directory, leave_directory);
}
