/* SPDX-License-Identifier: MIT */
/* test_readers.c - which reader opens an image: fixtures, and what is left of
 * one filesystem in, before or below another */
#include "fixtures.h"

#include "../../src/fs/fs_priv.h"

static const struct rom_fs_reader *const readers[] = {
#define ROM_READER(name) &rom_reader_##name,
#include "../../src/fs/readers.def"
#undef ROM_READER
};
enum { READERS = sizeof(readers) / sizeof(*readers) };

#define MKE2FS                                                                 \
	"PATH=$PATH:/usr/sbin:/sbin mke2fs -q -F -E nodiscard,hash_seed="      \
	"11111111-2222-3333-4444-555555555555 "
#define MKFAT "PATH=$PATH:/usr/sbin:/sbin mkfs.fat "

/* The reader whose bid is the highest; no other may have the same, or the order
 * of the rows would decide. NULL: nobody bids. */
static const char *winner(const char *path, bool remains)
{
	ROM_AUTO_IMAGE struct rom_image *img = open_image(path);
	const char *name = NULL;
	unsigned best = 0, same = 0;

	for (size_t i = 0; i < READERS; i++) {
		unsigned (*ask)(struct rom_image * img) =
			remains ? readers[i]->bid_remains : readers[i]->bid;
		unsigned bits = ask ? ask(img) : 0;

		same = bits == best ? same + 1 : bits > best ? 1 : same;
		name = bits > best ? readers[i]->name : name;
		best = bits > best ? bits : best;
	}
	assert_true(!best || same == 1);
	return name;
}

/* Opened as kind, and path in it is there. */
static void assert_opens(const char *image, const char *kind, const char *file)
{
	ROM_AUTO_FS struct rom_fs *fs = open_fs(image);
	struct rom_inode inode;
	struct rom_err err = { 0 };

	assert_string_equal(rom_fs_kind(fs), kind);
	if (file && rom_fs_lookup(fs, file, &inode, &err))
		fail_msg("%s: %s", file, err.text);
}

static void assert_wins(const char *image, const char *reader)
{
	const char *name = winner(image, false);

	if (!name || strcmp(name, reader))
		fail_msg("%s: expected %s, got %s", image, reader,
			name ? name : "nobody");
}

/* ---- each on its own ----------------------------------------------------- */

static void fixtures(void **state)
{
	static const char *const cases[][2] = { { "ext2-small", "ext4" },
		{ "ext3-small", "ext4" }, { "ext4-small", "ext4" },
		{ "ext4-crash", "ext4" }, { "f2fs-small", "f2fs" },
		{ "f2fs-crash", "f2fs" }, { "fat12-kernel", "vfat" },
		{ "fat16-kernel", "vfat" }, { "fat32-kernel", "vfat" },
		{ "exfat-kernel", "exfat" } };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		ROM_AUTO_IMAGE struct rom_image *img =
			open_image(unpack(cases[i][0], "u"));

		for (size_t k = 0; k < READERS; k++) {
			bool own = !strcmp(readers[k]->name, cases[i][1]);

			if (own != (readers[k]->bid(img) > 0))
				fail_msg("%s: %s bids %u", cases[i][0],
					readers[k]->name, readers[k]->bid(img));
		}
	}
}

static void nothing(void **state)
{
	static uint8_t bytes[1 << 20];
	struct rom_fs *fs;
	struct rom_err err;

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		ROM_AUTO_IMAGE struct rom_image *img =
			rom_image_open_memory(bytes, sizeof(bytes), "bytes");

		assert_int_equal(
			rom_fs_open(img, img, NULL, &fs, &err), ROM_NO_MATCH);
		if (i == 0)
			memset(bytes, 0xff, sizeof(bytes));
		else
			noise(bytes, sizeof(bytes), 1);
	}
}

static enum rom_status fail_read(struct rom_image *img, void *buf, size_t len,
	uint64_t offset, struct rom_err *err)
{
	(void)img, (void)buf, (void)len;
	return rom_fail(err, ROM_E_IO, offset, "the medium failed");
}

static void map_read(struct rom_image *img, uint64_t offset, uint64_t len,
	struct rom_span *ret)
{
	(void)img, (void)offset;
	*ret = (struct rom_span){ .kind = ROM_SPAN_READ, .len = len };
}

/* A medium that fails is no answer to what it holds. */
static void unreadable(void **state)
{
	static const struct rom_image_ops ops = { .read_at = fail_read,
		.map = map_read };
	struct rom_image img = { &ops, (char *)(uintptr_t) "bad", 1 << 20, 1 };
	struct rom_fs *fs;
	struct rom_err err = { 0 };

	(void)state;
	assert_int_equal(rom_fs_open(&img, &img, NULL, &fs, &err), ROM_E_IO);
	assert_string_equal(err.text, "the medium failed");
}

static void words(void **state)
{
	ROM_AUTO char *text = rom_fs_readers();

	(void)state;
	assert_string_equal(text,
#ifdef ROM_HAVE_libsquashfs1
		"ext2, ext3, ext4, f2fs, FAT, exFAT and squashfs"
#else
		"ext2, ext3, ext4, f2fs, FAT and exFAT"
#endif
	);
}

/* ---- one over, in front of or below another ------------------------------ */

static void make_tree(void)
{
	assert_true(shell("mkdir -p %s/src/new && echo new >%s/src/new/file",
		work, work));
}

/* What is not zero in image is laid over ground, as a formatter without discard
 * does. */
static void lay_over(const char *image, const char *ground)
{
	static uint8_t block[512];
	const uint8_t zeros[512] = { 0 };
	FILE *from = fopen(image, "rb"), *to = fopen(ground, "r+b");

	assert_true(from && to);
	for (uint64_t at = 0;
		fread(block, 1, sizeof(block), from) == sizeof(block);
		at += sizeof(block)) {
		if (!memcmp(block, zeros, sizeof(block)))
			continue;
		assert_int_equal(fseeko(to, (off_t)at, SEEK_SET), 0);
		assert_int_equal(
			fwrite(block, 1, sizeof(block), to), sizeof(block));
	}
	assert_int_equal(fclose(from) | fclose(to), 0);
}

/* The boot sector of FAT stays where ext4 has nothing: in the first KiB. */
static void ext4_over_fat(void **state)
{
	static const char *const old[] = { "fat12-kernel", "fat16-kernel",
		"fat32-kernel", "exfat-kernel" };
	static const char *const types[] = { "ext2", "ext3", "ext4 -b 1024",
		"ext4 -b 4096", "ext4 -O ^metadata_csum",
		"ext2 -O ^resize_inode" };

	(void)state;
	make_tree();
	for (size_t i = 0; i < 4; i++) {
		for (size_t k = 0; k < sizeof(types) / sizeof(*types); k++) {
			const char *image = unpack(old[i], "u");

			assert_true(shell("truncate -s 40M %s && " MKE2FS
					  "-d %s/src -t %s %s",
				image, work, types[k], image));
			assert_wins(image, "ext4");
			assert_opens(image,
				k == 0 || k == 5 ? "ext2"
				: k == 1	 ? "ext3"
						 : "ext4",
				"/new/file");
		}
	}
}

/* The same with an ext4 whose root is torn: its superblock still says more than
 * an old boot sector. */
static void torn_ext4_over_fat(void **state)
{
	const char *image = unpack("fat32-kernel", "u");
	const uint8_t zeros[2048] = { 0 };

	(void)state;
	make_tree();
	assert_true(shell("truncate -s 40M %s && " MKE2FS
			  "-t ext2 -b 4096 -d %s/src %s",
		image, work, image));
	edit(image, 4096, zeros, sizeof(zeros)); /* its group descriptors */
	assert_wins(image, "ext4");
	assert_opens(image, "ext2", NULL);
}

static void fat_over_ext4(void **state)
{
	char image[100];

	(void)state;
	make_tree();
	snprintf(image, sizeof(image), "%s/u", work);
	assert_true(shell("rm -f %s && truncate -s 160M %s && " MKE2FS
			  "-t ext4 -b 1024 -d %s/src %s",
		image, image, work, image));
	assert_true(shell(MKFAT "-F 32 %s >/dev/null", image));
	assert_wins(image, "vfat");
	assert_opens(image, "vfat", NULL);
	/* by the copy of its boot sector, not by a backup of the old ext4 */
	edit(image, 0, (uint8_t[512]){ 0 }, 512);
	assert_wins(image, "vfat");
	assert_opens(image, "vfat", NULL);
}

/* An f2fs formatted over an ext4, the backups of which are whole: by its first
 * superblock, by the second, by a checkpoint alone. */
static void f2fs_over_ext4(void **state)
{
	char fresh[100], image[100];
	uint8_t zeros[3072] = { 0 };

	(void)state;
	make_tree();
	snprintf(fresh, sizeof(fresh), "%s", unpack("f2fs-crash", "f"));
	snprintf(image, sizeof(image), "%s/u", work);
	assert_true(shell("rm -f %s && truncate -r %s %s && " MKE2FS
			  "-t ext4 -b 1024 -d %s/src %s",
		image, fresh, image, work, image));
	edit(image, 1024, zeros, 1024);
	assert_opens(image, "ext4", "/new/file"); /* by a backup */
	lay_over(fresh, image);
	assert_wins(image, "f2fs");
	assert_opens(image, "f2fs", "/media/0/DCIM");
	edit(image, ROM_F2FS_SUPER_AT, zeros, sizeof(zeros));
	assert_wins(image, "f2fs");
	assert_opens(image, "f2fs", "/media/0/DCIM");
	edit(image, ROM_F2FS_SUPER2_AT, zeros, sizeof(zeros));
	assert_null(winner(image, false));
	assert_string_equal(winner(image, true), "f2fs");
	assert_opens(image, "f2fs", "/media/0/DCIM");
}

/* An ext4 formatted over an f2fs whose checkpoints are whole. */
static void ext4_over_f2fs(void **state)
{
	static const char *const types[] = { "ext2 -b 4096", "ext4 -b 1024",
		"ext4 -b 4096", "ext4 -O ^metadata_csum,^resize_inode" };

	(void)state;
	make_tree();
	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++) {
		const char *image = unpack("f2fs-crash", "u");

		assert_true(shell(
			MKE2FS "-d %s/src -t %s %s", work, types[i], image));
		assert_wins(image, "ext4");
		assert_opens(image, i ? "ext4" : "ext2", "/new/file");
		if (i)
			continue;
		/* all that is left of this one is its superblock */
		edit(image, 4096, (uint8_t[4096]){ 0 }, 4096);
		assert_wins(image, "ext4");
		assert_opens(image, "ext2", NULL);
	}
}

/* An old boot sector of FAT in front of an f2fs, with its first superblock or
 * without it. */
static void f2fs_behind_fat(void **state)
{
	const char *image = unpack("f2fs-crash", "u");
	uint8_t boot[512], zeros[1024] = { 0 };

	(void)state;
	assert_true(shell("cd %s && rm -f fat && truncate -s 40M fat && " MKFAT
			  "-F 32 fat >/dev/null",
		work));
	{
		char fat[100];

		snprintf(fat, sizeof(fat), "%s/fat", work);
		peek(fat, 0, boot, sizeof(boot));
	}
	edit(image, 0, boot, sizeof(boot));
	assert_wins(image, "f2fs");
	edit(image, ROM_F2FS_SUPER_AT, zeros, sizeof(zeros));
	assert_wins(image, "f2fs");
	assert_opens(image, "f2fs", "/media/0/DCIM");
}

static void ext4_over_squashfs(void **state)
{
	(void)state;
#ifndef ROM_HAVE_libsquashfs1
	skip_because("built without libsquashfs");
#endif
	make_tree();
	{
		const char *image = unpack("squashfs-small", "u");

		assert_wins(image, "squashfs");
		assert_true(shell("truncate -s 4M %s && " MKE2FS
				  "-t ext2 -b 1024 -d %s/src %s",
			image, work, image));
		assert_wins(image, "ext4");
		assert_opens(image, "ext2", "/new/file");
	}
}

/* ---- the quick scan ------------------------------------------------------ */

/* Where both left something, the one whose files are newer was here last. */
static void quick_scan(void **state)
{
	char fresh[100], image[100];
	struct rom_fs_scan_result f2fs, both;
	ROM_AUTO_IMAGE struct rom_image *a = NULL, *b = NULL;

	(void)state;
	make_tree();
	snprintf(fresh, sizeof(fresh), "%s", unpack("f2fs-crash", "f"));
	snprintf(image, sizeof(image), "%s/u", work);
	for (unsigned newer = 0; newer < 2; newer++) {
		const char *when = newer ? "4000000000" : "1000000000";

		assert_true(shell("rm -f %s && truncate -r %s %s && " MKE2FS
				  "-t ext4 -b 1024 -d %s/src %s",
			image, fresh, image, work, image));
		assert_true(
			shell("printf 'set_inode_field /new%%s ctime "
			      "@%s\n' '' /file | PATH=$PATH:/usr/sbin:/sbin "
			      "debugfs -w -f - %s >/dev/null 2>&1",
				when, image));
		lay_over(fresh, image);
		a = open_image(fresh);
		b = open_image(image);
		rom_fs_quick_scan(a, &f2fs);
		rom_fs_quick_scan(b, &both);
		assert_string_equal(f2fs.kind, "f2fs");
		assert_string_equal(both.kind, newer ? "ext4" : "f2fs");
		assert_true(both.nodes > 0 && both.newest > 0);
		rom_image_closep(&a);
		rom_image_closep(&b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fixtures),
		cmocka_unit_test(nothing),
		cmocka_unit_test(unreadable),
		cmocka_unit_test(words),
		cmocka_unit_test(ext4_over_fat),
		cmocka_unit_test(torn_ext4_over_fat),
		cmocka_unit_test(fat_over_ext4),
		cmocka_unit_test(f2fs_over_ext4),
		cmocka_unit_test(ext4_over_f2fs),
		cmocka_unit_test(f2fs_behind_fat),
		cmocka_unit_test(ext4_over_squashfs),
		cmocka_unit_test(quick_scan),
	};

	return cmocka_run_group_tests(tests, enter_directory, leave_directory);
}
