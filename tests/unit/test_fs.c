/* SPDX-License-Identifier: MIT */
/* test_fs.c - filesystems through the library: every inode, name, byte, link
 * and attribute of the fixtures is what the kernel, debugfs or unsquashfs say
 * (tree.json, recovered.json, before.json beside the images) */
#include "fixtures.h"

#include <jansson.h>

#include "../../src/fs/fs_priv.h"

struct seen {
	json_t *want;
	size_t n;
};

/* ---- what others say ----------------------------------------------------- */

/* Without the names that are not UTF-8, which jansson does not take. */
static json_t *load(const char *fixture, const char *name)
{
	char path[100];
	json_error_t error;
	json_t *j;

	snprintf(path, sizeof(path), "%s/truth.json", work);
	assert_true(shell("python3 -c 'import json, sys; d = json.load(open("
			  "sys.argv[1])); json.dump({k: v for k, v in d.items()"
			  " if \"\\\\udc\" not in json.dumps(k)}, sys.stdout)' "
			  "tests/fixtures/%s/%s.json >%s",
		fixture, name, path));
	j = json_load_file(path, 0, &error);
	if (!j)
		fail_msg("%s: %s", path, error.text);
	return j;
}

static json_int_t number(const json_t *row, size_t i)
{
	return json_integer_value(json_array_get(row, i));
}

static const char *text(const json_t *row, size_t i)
{
	return json_string_value(json_array_get(row, i));
}

/* ---- what the library says ----------------------------------------------- */

static void lookup(struct rom_fs *fs, const char *path, struct rom_inode *ret)
{
	struct rom_err err = { 0 };
	ROM_AUTO char *absolute = rom_format("/%s", path);

	if (rom_fs_lookup(fs, absolute, ret, &err))
		fail_msg("%s: %s", path, err.text);
}

/* SHA-256 of a file, read in pieces that fit nothing. */
static void digest(
	struct rom_fs *fs, const struct rom_inode *in, char hex[2 * 32 + 1])
{
	enum { PIECE = 7001 };
	struct rom_digest *d = rom_digest_new(ROM_HASH_SHA256);
	uint8_t buf[PIECE], sum[ROM_HASH_MAX];
	struct rom_err err = { 0 };
	uint64_t off = 0;
	size_t n;

	do {
		if (rom_fs_read(fs, in, off, buf, PIECE, &n, &err))
			fail_msg("%s", err.text);
		rom_digest_update(d, buf, n);
		off += n;
	} while (n == PIECE);
	assert_int_equal(off, in->size);
	rom_digest_final(d, sum);
	rom_digest_free(d);
	rom_hex(sum, 32, hex);
}

static void assert_content(struct rom_fs *fs, const char *path,
	const struct rom_inode *in, const char *want)
{
	char hex[65];

	digest(fs, in, hex);
	if (strcmp(hex, want))
		fail_msg("%s: its bytes are not those of the truth", path);
}

static void assert_target(struct rom_fs *fs, const char *path,
	const struct rom_inode *in, const char *want)
{
	ROM_AUTO char *target = NULL;
	struct rom_err err = { 0 };
	size_t len;

	if (rom_fs_readlink(fs, in, &target, &len, &err))
		fail_msg("%s: %s", path, err.text);
	assert_int_equal(len, strlen(target));
	assert_string_equal(target, want);
}

static void assert_time(
	const char *path, const struct rom_inode *in, json_int_t ns)
{
	if (in->mtime.sec * 1000000000LL + in->mtime.nsec != ns)
		fail_msg("%s: time: expected %lld, got %lld.%09u", path,
			(long long)ns, (long long)in->mtime.sec,
			in->mtime.nsec);
}

/* Every path of a walk is in the truth, and counted. */
static enum rom_walk count(void *ctx, const struct rom_walk_entry *e)
{
	struct seen *s = ctx;

	assert_int_equal(e->status, ROM_OK);
	if (!json_object_get(s->want, e->path))
		fail_msg("%s is nowhere in the truth", e->path);
	s->n++;
	return ROM_WALK_CONTINUE;
}

static void assert_all_seen(struct rom_fs *fs, json_t *want)
{
	static const struct rom_walk_ops ops = { .entry = count };
	struct seen s = { want, 0 };
	struct rom_inode root;
	struct rom_err err = { 0 };

	assert_int_equal(
		rom_fs_inode(fs, rom_fs_root(fs), &root, &err), ROM_OK);
	assert_int_equal(rom_fs_walk(fs, &root, &ops, &s, &err), ROM_OK);
	assert_int_equal(s.n, json_object_size(want));
	assert_int_equal(rom_fs_damage_count(fs), 0);
}

/* ---- tree.json: letter, mode, time, size, content ------------------------ */

static enum rom_file_type type_of(char letter)
{
	return letter == 'd'   ? ROM_FILE_DIRECTORY
	       : letter == 'f' ? ROM_FILE_REGULAR
	       : letter == 'l' ? ROM_FILE_SYMLINK
			       : ROM_FILE_UNKNOWN;
}

static void check_row(struct rom_fs *fs, const char *path, const json_t *row)
{
	bool is_fat = !strcmp(rom_fs_kind(fs), "vfat") ||
		      !strcmp(rom_fs_kind(fs), "exfat");
	struct rom_inode in;

	lookup(fs, path, &in);
	if (type_of(*text(row, 0)))
		assert_int_equal(in.type, type_of(*text(row, 0)));
	/* of FAT the mode is made up, but for who may write */
	if (is_fat && in.type == ROM_FILE_REGULAR)
		assert_int_equal(in.mode & 0200, number(row, 1) & 0200);
	else if (!is_fat)
		assert_int_equal(in.mode, number(row, 1));
	assert_time(path, &in, number(row, 2));
	if (in.type != ROM_FILE_DIRECTORY)
		assert_int_equal(in.size, number(row, 3));
	if (in.type == ROM_FILE_REGULAR)
		assert_content(fs, path, &in, text(row, 4));
	if (in.type == ROM_FILE_SYMLINK)
		assert_target(fs, path, &in, text(row, 4));
	if (json_array_size(row) < 9)
		return;
	assert_int_equal(in.ino, number(row, 5));
	assert_int_equal(in.links, number(row, 6));
	assert_int_equal(in.uid, number(row, 7));
	assert_int_equal(in.gid, number(row, 8));
}

static void check_tree(const char *fixture, const char *kind)
{
	ROM_AUTO_FS struct rom_fs *fs = open_fs(unpack(fixture, "u"));
	json_t *want = load(fixture, "tree"), *row;
	const char *path;

	assert_string_equal(rom_fs_kind(fs), kind);
	assert_false(rom_fs_has_synthetic_root(fs));
	json_object_foreach(want, path, row) check_row(fs, path, row);
	assert_all_seen(fs, want);
	json_decref(want);
}

static void trees(void **state)
{
	(void)state;
	check_tree("ext2-small", "ext2");
	check_tree("ext3-small", "ext3");
	check_tree("ext4-small", "ext4");
	check_tree("fat12-kernel", "vfat");
	check_tree("fat16-kernel", "vfat");
	check_tree("fat32-kernel", "vfat");
	check_tree("exfat-kernel", "exfat");
}

static void squashfs(void **state)
{
	(void)state;
#ifndef ROM_HAVE_libsquashfs1
	skip_because("built without libsquashfs");
#endif
	check_tree("squashfs-small", "squashfs");
}

/* ---- f2fs-crash: type, mode, owner, size, links, inode, time, device,
 * content, attributes ------------------------------------------------------ */

static bool compare_xattr(
	void *ctx, const char *name, const void *value, size_t len)
{
	struct seen *s = ctx;
	const char *want = json_string_value(json_object_get(s->want, name));
	ROM_AUTO char *hex = rom_alloc(2 * len + 1);

	if (strncmp(name, "user.", 5))
		return true;
	rom_hex(value, len, hex);
	assert_non_null(want);
	assert_string_equal(hex, want);
	s->n++;
	return true;
}

static void assert_xattrs(struct rom_fs *fs, uint64_t ino, json_t *want)
{
	struct seen s = { want, 0 };
	struct rom_err err = { 0 };

	if (rom_fs_xattrs(fs, ino, compare_xattr, &s, &err))
		fail_msg("%s", err.text);
	assert_int_equal(s.n, json_object_size(want));
}

static void check_f2fs_row(
	struct rom_fs *fs, const char *path, const json_t *row, bool recovered)
{
	struct rom_inode in;
	json_int_t device = number(row, 7);

	lookup(fs, path, &in);
	assert_int_equal(
		in.type, rom_file_type_of((uint16_t)(number(row, 0) << 12)));
	assert_int_equal(in.mode, number(row, 1));
	assert_int_equal(in.uid, number(row, 2));
	if (in.type != ROM_FILE_DIRECTORY)
		assert_int_equal(in.size, number(row, 3));
	assert_int_equal(in.links, number(row, 4));
	assert_int_equal(in.ino, number(row, 5));
	/* a recovered name changes the time of its directory to now */
	if (!recovered || in.type != ROM_FILE_DIRECTORY)
		assert_time(path, &in, number(row, 6));
	assert_int_equal(in.major, device >> 8 & 0xfff);
	assert_int_equal(in.minor, (device & 0xff) | (device >> 12 & 0xfff00));
	/* of the largest the sum is that of what is not a hole */
	if (in.type == ROM_FILE_REGULAR && in.size < 1 << 30)
		assert_content(fs, path, &in, text(row, 8));
	if (in.type == ROM_FILE_SYMLINK)
		assert_target(fs, path, &in, text(row, 8));
	assert_xattrs(fs, in.ino, json_array_get(row, 9));
}

static void f2fs(void **state)
{
	const char *image = unpack("f2fs-crash", "u");

	(void)state;
	for (unsigned recovered = 0; recovered < 2; recovered++) {
		const struct rom_fs_options options = { .no_journal =
								!recovered };
		ROM_AUTO_FS struct rom_fs *fs = open_fs_with(image, &options);
		json_t *want = load("f2fs-crash",
			       recovered ? "recovered" : "before"),
		       *row;
		const char *path;

		assert_true(rom_fs_journal(fs)->files > 0 || !recovered);
		json_object_foreach(want, path, row)
			check_f2fs_row(fs, path, row, recovered);
		assert_true(json_object_size(want) > 100);
		json_decref(want);
	}
}

/* ---- ext4-crash: content alone ------------------------------------------- */

static void ext4_journal(void **state)
{
	const char *image = unpack("ext4-crash", "u");

	(void)state;
	for (unsigned replayed = 0; replayed < 2; replayed++) {
		const struct rom_fs_options options = { .no_journal =
								!replayed };
		ROM_AUTO_FS struct rom_fs *fs = open_fs_with(image, &options);
		json_t *want = load(
			       "ext4-crash", replayed ? "recovered" : "before"),
		       *sum;
		const char *path;

		assert_int_equal(rom_fs_journal(fs)->replayed, replayed);
		json_object_foreach(want, path, sum)
		{
			struct rom_inode in;

			lookup(fs, path, &in);
			assert_content(fs, path, &in, json_string_value(sum));
		}
		json_decref(want);
	}
}

/* ---- questions that have no answer --------------------------------------- */

static void missing(void **state)
{
	ROM_AUTO_FS struct rom_fs *fs = open_fs(unpack("ext4-small", "u"));
	struct rom_inode in = { 0 };
	struct rom_err err = { 0 };
	char *none;
	size_t n;

	(void)state;
	assert_int_equal(
		rom_fs_lookup(fs, "/media/1/DCIM", &in, &err), ROM_E_NOT_FOUND);
	assert_non_null(strstr(err.text, "1"));
	assert_int_equal(rom_fs_lookup(fs, "/media/0/DCIM/Camera/IMG_1.jpg/x",
				 &in, &err),
		ROM_E_NOT_FOUND);
	assert_int_equal(rom_fs_inode(fs, 0, &in, &err), ROM_E_CORRUPT);
	assert_int_equal(
		rom_fs_inode(fs, UINT64_MAX, &in, &err), ROM_E_CORRUPT);
	assert_int_equal(rom_fs_lookup(fs, "//media/./0//", &in, &err), ROM_OK);
	assert_int_equal(in.ino, 13);
	assert_int_equal(
		rom_fs_text(fs, "/media", 10, &none, &err), ROM_E_NOT_FOUND);
	lookup(fs, "media/0/DCIM/Camera/IMG_1.jpg", &in);
	assert_int_equal(rom_fs_read(fs, &in, 5000, &n, 1, &n, &err), ROM_OK);
	assert_int_equal(n, 0);
	assert_int_equal(
		rom_fs_list(fs, in.ino, 0, NULL, NULL, &err), ROM_E_CORRUPT);
	assert_int_equal(rom_fs_damage_count(fs), 1);
}

/* Where the map says that the bytes lie, they do. */
static void maps(void **state)
{
	ROM_AUTO_FS struct rom_fs *fs = open_fs(unpack("fat16-kernel", "u"));
	struct rom_file_map map;
	struct rom_inode in;
	struct rom_err err = { 0 };
	const struct rom_extent *e;
	uint64_t end = 0;

	(void)state;
	lookup(fs, "frag1.bin", &in);
	assert_int_equal(rom_fs_map(fs, &in, &map, &err), ROM_OK);
	assert_true(map.extents.n > 10);
	assert_int_equal(rom_file_map_stored(&map), in.size);
	rom_each (e, &map.extents) {
		uint8_t stored[16], read[16];
		size_t n;

		assert_int_equal(e->kind, ROM_EXTENT_DATA);
		assert_int_equal(e->offset, end);
		end += e->len;
		assert_int_equal(rom_read(rom_fs_data(fs), stored,
					 sizeof(stored), e->image, &err),
			ROM_OK);
		assert_int_equal(rom_fs_read(fs, &in, e->offset, read,
					 sizeof(read), &n, &err),
			ROM_OK);
		assert_memory_equal(stored, read, n);
	}
	assert_int_equal(end, in.size);
	rom_file_map_done(&map);
}

/* The names that lie in no directory any more, by clearing the entry of one. */
static bool count_inode(void *ctx, const struct rom_inode *inode)
{
	struct rom_inode *last = ctx;

	last[1].ino++;
	last[0] = *inode;
	return true;
}

static void unattached(void **state)
{
	const char *path = unpack("ext2-small", "u");
	struct rom_inode found[2] = { 0 };
	struct rom_err err = { 0 };

	(void)state;
	if (!has_program("debugfs"))
		skip_because("debugfs is not here");
	assert_true(shell("PATH=$PATH:/usr/sbin:/sbin debugfs -w -R 'unlink "
			  "/media/0/DCIM' %s 2>/dev/null",
		path));
	{
		ROM_AUTO_FS struct rom_fs *fs = open_fs(path);

		assert_int_equal(
			rom_fs_unattached(fs, count_inode, found, &err),
			ROM_OK);
		assert_int_equal(found[1].ino, 1);
		assert_int_equal(found[0].ino, 14);
		assert_int_equal(found[0].type, ROM_FILE_DIRECTORY);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(trees),
		cmocka_unit_test(squashfs),
		cmocka_unit_test(f2fs),
		cmocka_unit_test(ext4_journal),
		cmocka_unit_test(missing),
		cmocka_unit_test(maps),
		cmocka_unit_test(unattached),
	};

	return cmocka_run_group_tests(tests, enter_directory, leave_directory);
}
