/* SPDX-License-Identifier: MIT */
/* test_disk.c - decoders of on-disk structures: every field from its published
 * place, every refusal with its offset */
#include "unit.h"

#include <dirent.h>

#include "romsplit/disk.h"

/* ---- ext4: Linux fs/ext4/ext4.h, struct ext4_super_block ----------------- */

struct ext4 {
	uint8_t b[ROM_EXT4_SUPER_LEN];
};

static struct ext4 ext4(void)
{
	struct ext4 sb = { 0 };

	put(sb.b + 0x00, 4, 8192);  /* s_inodes_count */
	put(sb.b + 0x04, 4, 32768); /* s_blocks_count_lo */
	put(sb.b + 0x0c, 4, 12345); /* s_free_blocks_count_lo */
	put(sb.b + 0x18, 4, 2);	    /* s_log_block_size: 4096 */
	put(sb.b + 0x20, 4, 32768); /* s_blocks_per_group */
	put(sb.b + 0x28, 4, 8192);  /* s_inodes_per_group */
	put(sb.b + 0x2c, 4, 1500000000);
	put(sb.b + 0x30, 4, 1600000000);
	put(sb.b + 0x38, 2, 0xef53);
	put(sb.b + 0x3a, 2, 1);
	put(sb.b + 0x4c, 4, 1); /* s_rev_level: dynamic */
	put(sb.b + 0x54, 4, 11);
	put(sb.b + 0x58, 2, 256);   /* s_inode_size */
	put(sb.b + 0x5c, 4, 0x3c);  /* has_journal and others */
	put(sb.b + 0x60, 4, 0x2c2); /* filetype, extents, 64bit, flex_bg */
	put(sb.b + 0x64, 4, 0x7b);
	for (unsigned i = 0; i < 16; i++)
		sb.b[0x68 + i] = (uint8_t)(0xa0 + i);
	memcpy(sb.b + 0x78, "data", 4);
	memcpy(sb.b + 0x88, "/data", 5);
	put(sb.b + 0x108, 4, 1400000000);
	return sb;
}

static enum rom_status decode_ext4(struct ext4 *sb, size_t len,
	struct rom_ext4_super *ret, struct rom_err *err)
{
	struct rom_buffer v = { .p = sb->b, .len = len, .offset = 0x10400 };

	return rom_ext4_super_decode(&v, ret, err);
}

static void ext4_fields(void **state)
{
	struct ext4 raw = ext4();
	struct rom_ext4_super sb;
	struct rom_err err;

	(void)state;
	assert_int_equal(decode_ext4(&raw, 1024, &sb, &err), ROM_OK);
	assert_int_equal(sb.block_size, 4096);
	assert_true(sb.blocks == 32768 && sb.free_blocks == 12345);
	assert_true(sb.inodes == 8192 && sb.inodes_per_group == 8192 &&
		    sb.blocks_per_group == 32768);
	assert_true(sb.inode_size == 256 && sb.state == 1 && sb.group == 0);
	assert_true(sb.mount_time == 1500000000 &&
		    sb.write_time == 1600000000 && sb.made_time == 1400000000);
	assert_true(sb.uuid[0] == 0xa0 && sb.uuid[15] == 0xaf);
	assert_string_equal(sb.label, "data");
	assert_string_equal(sb.last_mounted, "/data");
	assert_true(sb.incompat & ROM_EXT4_INCOMPAT_64BIT &&
		    sb.incompat & ROM_EXT4_INCOMPAT_EXTENTS);
	assert_true(sb.compat & ROM_EXT4_COMPAT_JOURNAL);
	assert_false(sb.incompat & ROM_EXT4_INCOMPAT_ENCRYPT);
	assert_false(sb.has_csum);
	assert_string_equal(rom_ext4_super_kind(&sb), "ext4");
}

static void ext4_high_words(void **state)
{
	struct ext4 raw = ext4();
	struct rom_ext4_super sb;
	struct rom_err err;

	(void)state;
	put(raw.b + 0x150, 4, 3);
	put(raw.b + 0x158, 4, 1);
	assert_int_equal(decode_ext4(&raw, 1024, &sb, &err), ROM_OK);
	assert_true(sb.blocks == 0x300008000u &&
		    sb.free_blocks == 0x100000000u + 12345);
	put(raw.b + 0x60, 4, 0x242); /* without 64bit the words mean nothing */
	assert_int_equal(decode_ext4(&raw, 1024, &sb, &err), ROM_OK);
	assert_true(sb.blocks == 32768);
}

static void ext4_checksum(void **state)
{
	struct ext4 raw = ext4();
	struct rom_ext4_super sb;
	struct rom_err err;
	uint32_t crc = 0xffffffff;

	(void)state;
	put(raw.b + 0x64, 4, 0x47b); /* metadata_csum */
	/* crc32c(~0, sb, 0x3fc), not inverted */
	for (size_t i = 0; i < 0x3fc; i++) {
		crc ^= raw.b[i];
		for (int k = 0; k < 8; k++)
			crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78 : 0);
	}
	put(raw.b + 0x3fc, 4, crc);
	assert_int_equal(decode_ext4(&raw, 1024, &sb, &err), ROM_OK);
	assert_true(sb.has_csum && sb.csum_good);
	raw.b[0x0c] ^= 1;
	assert_int_equal(decode_ext4(&raw, 1024, &sb, &err), ROM_OK);
	assert_true(sb.has_csum && !sb.csum_good);
}

static void ext4_kinds(void **state)
{
	static const struct {
		uint32_t compat, incompat, ro_compat;
		const char *kind;
	} rows[] = { { 0x38, 0x2, 0x3, "ext2" }, { 0x3c, 0x2, 0x3, "ext3" },
		{ 0x3c, 0x6, 0x3, "ext3" }, { 0x3c, 0x42, 0x3, "ext4" },
		{ 0x38, 0x42, 0x3, "ext4" }, { 0x3c, 0x2, 0x8, "ext4" },
		{ 0x3c, 0x2, 0x400, "ext4" }, { 0x3c, 0x10002, 0x3, "ext4" } };
	struct rom_ext4_super sb = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		sb.compat = rows[i].compat;
		sb.incompat = rows[i].incompat;
		sb.ro_compat = rows[i].ro_compat;
		assert_string_equal(rom_ext4_super_kind(&sb), rows[i].kind);
	}
}

static void ext4_old_revision(void **state)
{
	struct ext4 raw = ext4();
	struct rom_ext4_super sb;
	struct rom_err err;

	(void)state;
	put(raw.b + 0x4c, 4, 0);
	/* no such field in revision 0: inodes have 128 bytes */
	put(raw.b + 0x58, 2, 0);
	assert_int_equal(decode_ext4(&raw, 1024, &sb, &err), ROM_OK);
	assert_int_equal(sb.inode_size, 128);
}

static void ext4_refused(void **state)
{
	static const struct {
		size_t offset;
		unsigned len;
		uint64_t value;
		enum rom_status status;
	} rows[] = { { 0x38, 2, 0x53ef, ROM_NO_MATCH },
		{ 0x38, 2, 0, ROM_NO_MATCH }, { 0x18, 4, 7, ROM_E_CORRUPT },
		{ 0x18, 4, 0xffffffff, ROM_E_CORRUPT },
		{ 0x04, 4, 0, ROM_E_CORRUPT },
		{ 0x150, 4, 0xffffffff, ROM_E_CORRUPT },
		{ 0x20, 4, 0, ROM_E_CORRUPT },
		{ 0x20, 4, 0xffffffff, ROM_E_CORRUPT },
		{ 0x28, 4, 0, ROM_E_CORRUPT },
		{ 0x28, 4, 0xffffffff, ROM_E_CORRUPT },
		{ 0x58, 2, 0, ROM_E_CORRUPT }, { 0x58, 2, 64, ROM_E_CORRUPT },
		{ 0x58, 2, 257, ROM_E_CORRUPT },
		{ 0x58, 2, 8192, ROM_E_CORRUPT } };
	struct rom_ext4_super sb = { .block_size = 77 };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct ext4 raw = ext4();
		struct rom_err err = { 0 };

		put(raw.b + rows[i].offset, rows[i].len, rows[i].value);
		assert_int_equal(
			decode_ext4(&raw, 1024, &sb, &err), rows[i].status);
		if (rows[i].status == ROM_E_CORRUPT) {
			assert_in_range(err.offset, 0x10400, 0x10400 + 1023);
			assert_non_null(strstr(err.text, "expected"));
		}
	}
	for (size_t len = 0; len < 1024; len += 31) {
		struct ext4 raw = ext4();

		assert_int_equal(
			decode_ext4(&raw, len, &sb, NULL), ROM_NO_MATCH);
	}
	assert_int_equal(sb.block_size, 77); /* untouched */
}

/* Texts without a NUL fill their fields whole. */
static void ext4_full_texts(void **state)
{
	struct ext4 raw = ext4();
	struct rom_ext4_super sb;
	struct rom_err err;

	(void)state;
	memset(raw.b + 0x78, 'L', 16);
	memset(raw.b + 0x88, '\x1b', 64);
	assert_int_equal(decode_ext4(&raw, 1024, &sb, &err), ROM_OK);
	assert_string_equal(sb.label, "LLLLLLLLLLLLLLLL");
	assert_int_equal(strspn(sb.last_mounted, "?"), 64);
}

/* ---- f2fs: Linux include/linux/f2fs_fs.h, struct f2fs_super_block -------- */

struct f2fs {
	uint8_t b[ROM_F2FS_SUPER_LEN];
};

static struct f2fs f2fs(void)
{
	struct f2fs sb = { 0 };

	put(sb.b + 0x00, 4, 0xf2f52010);
	put(sb.b + 0x04, 2, 1);
	put(sb.b + 0x06, 2, 16);
	put(sb.b + 0x08, 4, 9);
	put(sb.b + 0x0c, 4, 3);
	put(sb.b + 0x10, 4, 12);
	put(sb.b + 0x24, 8, 0x123456789);
	for (unsigned i = 0; i < 16; i++)
		sb.b[0x6c + i] = (uint8_t)(0xb0 + i);
	put(sb.b + 0x7c, 2, 'D');
	put(sb.b + 0x7e, 2, 0x7167);
	put(sb.b + 0x80, 2, 'a');
	memcpy(sb.b + 0x684, "Linux version 4.14.186", 22);
	put(sb.b + 0x884, 4, 0x929);
	return sb;
}

static void f2fs_fields(void **state)
{
	struct f2fs raw = f2fs();
	struct rom_buffer v = {
		.p = raw.b, .len = sizeof(raw.b), .offset = 0x400
	};
	struct rom_f2fs_super sb;
	struct rom_err err;

	(void)state;
	assert_int_equal(rom_f2fs_super_decode(&v, &sb, &err), ROM_OK);
	assert_true(sb.major == 1 && sb.minor == 16 && sb.block_size == 4096 &&
		    sb.blocks == 0x123456789);
	assert_true(sb.uuid[0] == 0xb0 && sb.uuid[15] == 0xbf);
	assert_string_equal(sb.label, "D?a");
	assert_string_equal(sb.version, "Linux version 4.14.186");
	assert_int_equal(sb.feature, 0x929);
	assert_true(sb.feature & ROM_F2FS_FEATURE_ENCRYPT);
}

static void f2fs_refused(void **state)
{
	static const struct {
		size_t offset;
		unsigned len;
		uint64_t value;
		enum rom_status status;
	} rows[] = { { 0, 4, 0x1020f5f2, ROM_NO_MATCH },
		{ 0x10, 4, 8, ROM_E_CORRUPT }, { 0x10, 4, 17, ROM_E_CORRUPT },
		{ 0x10, 4, 0xffffffff, ROM_E_CORRUPT },
		{ 0x24, 8, 0, ROM_E_CORRUPT },
		{ 0x24, 8, 1ull << 44, ROM_E_CORRUPT },
		{ 0x24, 8, UINT64_MAX, ROM_E_CORRUPT } };
	struct rom_f2fs_super sb;
	struct rom_err err;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct f2fs raw = f2fs();
		struct rom_buffer v = {
			.p = raw.b, .len = sizeof(raw.b), .offset = 0x400
		};

		put(raw.b + rows[i].offset, rows[i].len, rows[i].value);
		assert_int_equal(
			rom_f2fs_super_decode(&v, &sb, &err), rows[i].status);
	}
	for (size_t len = 0; len < ROM_F2FS_SUPER_LEN; len += 97) {
		struct f2fs raw = f2fs();
		struct rom_buffer v = { .p = raw.b, .len = len };

		assert_int_equal(
			rom_f2fs_super_decode(&v, &sb, &err), ROM_NO_MATCH);
	}
}

static void f2fs_full_texts(void **state)
{
	struct f2fs raw = f2fs();
	struct rom_buffer v = { .p = raw.b, .len = sizeof(raw.b) };
	struct rom_f2fs_super sb;
	struct rom_err err;

	(void)state;
	memset(raw.b + 0x7c, 0x20, 1024);
	memset(raw.b + 0x684, 'v', 256);
	assert_int_equal(rom_f2fs_super_decode(&v, &sb, &err), ROM_OK);
	assert_int_equal(strlen(sb.label), 128);
	assert_int_equal(strspn(sb.version, "v"), 128);
}

static void put_layout(struct f2fs *raw)
{
	put(raw->b + 0x14, 4, 9);
	put(raw->b + 0x34, 4, 2);
	put(raw->b + 0x38, 4, 2);
	put(raw->b + 0x3c, 4, 4);
	put(raw->b + 0x44, 4, 100);
	put(raw->b + 0x4c, 4, 512);
	put(raw->b + 0x50, 4, 1536);
	put(raw->b + 0x54, 4, 2560);
	put(raw->b + 0x58, 4, 4608);
	put(raw->b + 0x5c, 4, 5120);
	put(raw->b + 0x60, 4, 3);
	put(raw->b + 0x884, 4, 1);
}

static enum rom_status f2fs_check(struct f2fs *raw)
{
	struct rom_buffer v = {
		.p = raw->b, .len = sizeof(raw->b), .offset = 0x400
	};
	struct rom_f2fs_super sb;
	struct rom_err err;

	assert_int_equal(rom_f2fs_super_decode(&v, &sb, &err), ROM_OK);
	return rom_f2fs_super_check(&sb, 0x400, &err);
}

static void f2fs_layouts(void **state)
{
	static const struct {
		size_t offset;
		uint32_t value;
		enum rom_status status;
	} rows[] = { { 0x884, 1, ROM_OK }, { 0x10, 14, ROM_E_INPUT },
		{ 0x884, 2, ROM_E_INPUT },
		/* a checksum that is not there */
		{ 0x884, 0x800, ROM_E_CORRUPT }, { 0x14, 8, ROM_E_CORRUPT },
		{ 0x4c, 0, ROM_E_CORRUPT }, { 0x50, 1535, ROM_E_CORRUPT },
		{ 0x54, 2559, ROM_E_CORRUPT }, { 0x58, 4607, ROM_E_CORRUPT },
		{ 0x5c, 4608, ROM_E_CORRUPT }, { 0x44, 0, ROM_E_CORRUPT },
		{ 0x44, 0x00800000, ROM_E_CORRUPT }, { 0x60, 2, ROM_E_CORRUPT },
		{ 0x680, 481, ROM_E_CORRUPT } };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct f2fs raw = f2fs();

		put_layout(&raw);
		put(raw.b + rows[i].offset, 4, rows[i].value);
		assert_int_equal(f2fs_check(&raw), rows[i].status);
	}
	struct f2fs two = f2fs();
	put_layout(&two);
	memcpy(two.b + 0x899, "/dev/a", 6);
	assert_int_equal(f2fs_check(&two), ROM_OK);
	memcpy(two.b + 0x899 + 68, "/dev/b", 6);
	assert_int_equal(f2fs_check(&two), ROM_E_INPUT);
}

/* Hashes that the Linux kernel stored beside these names. */
static void f2fs_hashes(void **state)
{
	static const struct {
		const char *name;
		uint32_t hash;
	} rows[] = { { "1", 0xdc107f9a }, { "apex", 0x658ade70 },
		{ "system", 0x27e420bb }, { "preloads", 0x576e4b13 },
		{ "sparse.bin", 0x4afb189b }, { "4d07f0770edb.0", 0x8ab27008 },
		{ "nnnnnnnnnnnnnn16", 0xcdc07728 },
		{ " leading and trailing ", 0xe458c501 },
		{ "nnnnnnnnnnnnnnnnnnnnnnnnnnnnnn32", 0xe40fe473 },
		{ "nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn47",
			0xa9d74e62 },
		{ "nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn49",
			0x8adf76c1 } };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		assert_int_equal(rom_f2fs_hash((const uint8_t *)rows[i].name,
					 strlen(rows[i].name)),
			rows[i].hash);
}

/* Inline parts by what the inode says of its extra fields and attributes. */
static void f2fs_inode_parts(void **state)
{
	static const struct {
		uint8_t inlined;
		uint16_t extra, xattr;
		uint32_t feature;
		bool good;
		uint32_t addresses;
		size_t xattr_len;
	} rows[] = { { 0, 0, 0, 0, true, 923, 0 },
		{ 1, 0, 0, 0, true, 873, 200 }, { 4, 0, 0, 0, true, 873, 200 },
		{ 0x21, 36, 24, 0x40, true, 890, 96 },
		{ 0x20, 36, 24, 0x40, true, 890, 96 },
		{ 0x21, 24, 0, 0, true, 867, 200 },
		{ 0x20, 37, 0, 0, false, 0, 0 },
		{ 0x21, 36, 913, 0x40, false, 0, 0 },
		{ 0x20, 0xfffc, 0, 0, false, 0, 0 },
		{ 0x21, 4, 0xffff, 0x40, false, 0, 0 } };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		uint8_t b[ROM_F2FS_BLOCK] = { 0 };
		struct rom_buffer v = { .p = b, .len = sizeof(b) };
		struct rom_f2fs_inode in;

		b[3] = rows[i].inlined;
		put(b + 0x168, 2, rows[i].extra);
		put(b + 0x16a, 2, rows[i].xattr);
		assert_int_equal(
			rom_f2fs_inode_decode(&v, rows[i].feature, &in),
			rows[i].good);
		if (!rows[i].good)
			continue;
		assert_int_equal(in.addresses, rows[i].addresses);
		assert_int_equal(in.xattr_len, rows[i].xattr_len);
		assert_true(in.inline_at + in.inline_len <= in.xattr_at &&
			    in.xattr_at + in.xattr_len == ROM_F2FS_NID_AT);
	}
}

/* Tables of names are as large as the kernel counts them (NR_DENTRY_IN_BLOCK,
 * NR_INLINE_DENTRY: 182 of 3488 bytes). */
static void f2fs_name_tables(void **state)
{
	struct rom_f2fs_names names = rom_f2fs_inline_names(3488);
	uint8_t b[ROM_F2FS_BLOCK] = { 0 };
	struct rom_buffer v = { .p = b, .len = sizeof(b) };
	struct rom_f2fs_entry e;

	(void)state;
	assert_true(names.slots == 182 && names.entry_at == 30 &&
		    names.name_at == 3488 - 182 * 8);
	assert_int_equal(rom_f2fs_entry_at(&v, &rom_f2fs_block_names, 0, &e),
		ROM_NO_MATCH);
	b[213 / 8] = 1 << 213 % 8; /* the last slot has room for 8 bytes */
	put(b + 30 + 213 * 11 + 4, 4, 77);
	put(b + 30 + 213 * 11 + 8, 2, 8);
	memcpy(b + 4088, "12345678", 8);
	assert_int_equal(
		rom_f2fs_entry_at(&v, &rom_f2fs_block_names, 0, &e), ROM_OK);
	assert_true(e.ino == 77 && e.len == 8 && e.next == 214 &&
		    !memcmp(e.name, "12345678", 8));
	put(b + 30 + 213 * 11 + 8, 2, 9);
	assert_int_equal(rom_f2fs_entry_at(&v, &rom_f2fs_block_names, 0, &e),
		ROM_E_CORRUPT);
	assert_int_equal(e.next, 214);
}

/* ---- LZO ----------------------------------------------------------------- */

/* Instructions put together by hand from Linux
 * Documentation/staging/lzo.rst. */
static void lzo_rle(void **state)
{
	static const struct {
		const char *in;
		size_t in_len;
		const char *out;
		size_t out_len;
		bool good;
	} rows[] = {
		{ "\x15"
		  "abcd\x11\0\0",
			8, "abcd", 4, true }, /* four literals, the end */
		{ "\x15"
		  "abcd\x2c\x0c\0x\x11\0\0",
			11, "", 0,
			/* a distance of 4, no literals: x is taken for an
			   instruction */
			false },
		{ "\x15"
		  "abcd\x26\x0d\0x\x11\0\0",
			/* 8 bytes from 4 back, one literal */
			12, "abcdabcdabcdx", 13, true },
		{ "\x11\x01\x15"
		  "abcd\x18\xfd\xff\x01z\x11\0\0",
			15, "abcd\0\0\0\0\0\0\0\0\0\0\0\0z", 17,
			true }, /* 4 + 8 zeros, one literal */
		{ "\x15"
		  "abcd\x26\x15\0x\x11\0\0",
			12, "", 13, false }, /* back to before the beginning */
		{ "\x15"
		  "abc",
			4, "", 4, false }, /* torn */
		{ "\x15"
		  "abcd\x11\0",
			7, "", 4, false }, /* no end */
	};
	uint8_t out[32];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		bool good = rom_lzo_rle_unpack((const uint8_t *)rows[i].in,
			rows[i].in_len, out, rows[i].out_len);

		assert_int_equal(good, rows[i].good);
		if (good)
			assert_memory_equal(out, rows[i].out, rows[i].out_len);
	}
	assert_false(rom_lzo_rle_unpack((const uint8_t *)"", 0, out, 0));
	/* a byte more or less than there is */
	assert_false(
		rom_lzo_rle_unpack((const uint8_t *)rows[0].in, 8, out, 3));
	assert_false(
		rom_lzo_rle_unpack((const uint8_t *)rows[0].in, 8, out, 5));
}

/* ---- MediaTek image header ----------------------------------------------- */

static void mtk_header(void **state)
{
	uint8_t b[512];
	struct rom_buffer v = { .p = b, .len = sizeof(b) };
	struct rom_mtk_header h;

	(void)state;
	memset(b, 0xff, sizeof(b)); /* the old form: FF from 0x30 on */
	memcpy(b, "\x88\x16\x88\x58", 4);
	put(b + 4, 4, 345678);
	memset(b + 8, 0, 32);
	memcpy(b + 8, "LOGO", 4);
	assert_int_equal(rom_mtk_header_decode(&v, &h), ROM_OK);
	assert_string_equal(h.name, "LOGO");
	assert_true(h.size == 345678 && h.header == 512 && h.align == 1 &&
		    !h.extended);

	put(b + 0x30, 4, 0x58891689); /* the newer one */
	put(b + 0x34, 4, 512);
	put(b + 0x38, 4, 1);
	put(b + 0x3c, 4, 0);
	put(b + 0x40, 4, 1);
	put(b + 0x44, 4, 16);
	put(b + 0x48, 4, 1);
	assert_int_equal(rom_mtk_header_decode(&v, &h), ROM_OK);
	assert_true(h.size == 0x100000000u + 345678 && h.header == 512 &&
		    h.align == 16 && h.extended && h.last);
	put(b + 0x40, 4, 0);
	assert_int_equal(rom_mtk_header_decode(&v, &h), ROM_OK);
	assert_false(h.last);

	memset(b + 8, 'n', 32); /* no NUL */
	assert_int_equal(rom_mtk_header_decode(&v, &h), ROM_OK);
	assert_int_equal(strlen(h.name), 32);
}

static void mtk_header_hostile(void **state)
{
	uint8_t b[512] = { 0 };
	struct rom_buffer v = { .p = b, .len = sizeof(b) };
	struct rom_mtk_header h;

	(void)state;
	memcpy(b, "\x88\x16\x88\x58", 4);
	/* no body */
	assert_int_equal(rom_mtk_header_decode(&v, &h), ROM_NO_MATCH);
	put(b + 4, 4, 100);
	put(b + 0x30, 4, 0x58891689);
	/* a walk must go on, and in bounds */
	for (uint32_t bad = 0; bad < 2; bad++) {
		put(b + 0x34, 4, bad ? 0xffffffff : 0);
		put(b + 0x44, 4, bad ? 0xffffffff : 0);
		assert_int_equal(rom_mtk_header_decode(&v, &h), ROM_OK);
		assert_in_range(h.header, 512, 1 << 20);
		assert_in_range(h.align, 1, 1 << 20);
	}
	put(b + 0x48, 4, 0xffffffff);
	assert_int_equal(rom_mtk_header_decode(&v, &h), ROM_NO_MATCH);
	put(b + 0x48, 4, 0);
	for (size_t len = 0; len < 512; len += 7) {
		struct rom_buffer cut = { .p = b, .len = len };

		assert_int_equal(rom_mtk_header_decode(&cut, &h), ROM_NO_MATCH);
	}
	b[0] = 0x58;
	assert_int_equal(rom_mtk_header_decode(&v, &h), ROM_NO_MATCH);
}

/* ---- boot images: AOSP system/tools/mkbootimg/include/bootimg/bootimg.h -- */

struct boot {
	uint8_t b[ROM_BOOT_HEADER_LEN];
};

static struct boot boot(uint32_t version)
{
	struct boot h = { 0 };

	memcpy(h.b, "ANDROID!", 8);
	put(h.b + 0x28, 4, version);
	put(h.b + 0x08, 4, 5000); /* kernel_size, in all versions */
	if (version >= 3) {
		put(h.b + 0x0c, 4, 3000); /* ramdisk_size */
		put(h.b + 0x10, 4, 0x1234);
		put(h.b + 0x14, 4, version == 3 ? 1580 : 1584);
		memcpy(h.b + 0x2c, "bootopt=64S3", 12);
		if (version >= 4)
			put(h.b + 0x62c, 4, 4096); /* signature_size */
		return h;
	}
	put(h.b + 0x10, 4, 3000); /* ramdisk_size */
	put(h.b + 0x18, 4, 100);  /* second_size */
	put(h.b + 0x24, 4, 2048); /* page_size */
	put(h.b + 0x2c, 4, 0x1234);
	memcpy(h.b + 0x30, "1458718712", 10);
	memcpy(h.b + 0x40, "bootopt=64S3", 12);
	if (version >= 1)
		put(h.b + 0x660, 4, 200); /* recovery_dtbo_size */
	if (version >= 2)
		put(h.b + 0x670, 4, 300); /* dtb_size */
	return h;
}

static enum rom_status decode_boot(
	struct boot *h, size_t len, struct rom_boot *ret, struct rom_err *err)
{
	struct rom_buffer v = { .p = h->b, .len = len };

	return rom_boot_decode(&v, ret, err);
}

static void boot_versions(void **state)
{
	(void)state;
	for (uint32_t version = 0; version <= 4; version++) {
		struct boot raw = boot(version);
		uint32_t page = version >= 3 ? 4096 : 2048;
		struct rom_boot b;
		struct rom_err err;

		assert_int_equal(
			decode_boot(&raw, sizeof(raw.b), &b, &err), ROM_OK);
		assert_int_equal(b.version, version);
		assert_true(b.page == page && b.kernel == 5000 &&
			    b.ramdisk == 3000 && b.os_version == 0x1234);
		assert_string_equal(b.cmdline, "bootopt=64S3");
		assert_string_equal(b.name, version >= 3 ? "" : "1458718712");
		assert_int_equal(b.second, version >= 3 ? 0 : 100);
		assert_int_equal(b.recovery_dtbo,
			version == 1 || version == 2 ? 200 : 0);
		assert_int_equal(b.dtb, version == 2 ? 300 : 0);
		assert_int_equal(b.signature, version == 4 ? 4096 : 0);
		assert_int_equal(b.kernel_at, page);
		/* whole pages each: 5000 are 3 of 2048 or 2 of 4096, 3000 are 2
		 * or 1 */
		assert_int_equal(b.ramdisk_at, page * (version >= 3 ? 3 : 4));
		assert_int_equal(
			b.used, version >= 3 ? 4096u * (version == 4 ? 5 : 4)
					     : 2048u * (7 + version));
		assert_int_equal(b.dtb_at, version == 2 ? 2048 * 8 : 0);
	}
}

static void boot_cmdline_goes_on(void **state)
{
	struct boot raw = boot(0);
	struct rom_boot b;
	struct rom_err err;

	(void)state;
	memset(raw.b + 0x40, 'a',
		/* mkbootimg in C leaves a NUL at the end of the first part */
		511);
	memcpy(raw.b + 0x260, "bcd", 3);
	assert_int_equal(decode_boot(&raw, sizeof(raw.b), &b, &err), ROM_OK);
	assert_int_equal(strlen(b.cmdline), 514);
	assert_string_equal(b.cmdline + 511, "bcd");
	memset(raw.b + 0x40, 'a', 512); /* mkbootimg in Python does not */
	memset(raw.b + 0x260, 'b', 1024);
	assert_int_equal(decode_boot(&raw, sizeof(raw.b), &b, &err), ROM_OK);
	assert_int_equal(strlen(b.cmdline), 1536);
	assert_int_equal(strspn(b.cmdline, "a"), 512);
	raw = boot(4);
	memset(raw.b + 0x2c, 'c', 1536);
	assert_int_equal(decode_boot(&raw, sizeof(raw.b), &b, &err), ROM_OK);
	assert_int_equal(strspn(b.cmdline, "c"), 1536);
}

static void boot_refused(void **state)
{
	static const struct {
		uint32_t version;
		size_t offset;
		uint64_t value;
	} rows[] = { { 0, 0x24, 0 }, { 0, 0x24, 1024 }, { 0, 0x24, 3000 },
		{ 0, 0x24, 0xffffffff }, { 0, 0x24, 1 << 18 },
		{ 0, 0x08, 0xffffffff }, { 0, 0x10, 0xffffffff },
		{ 0, 0x18, 0xffffffff }, { 1, 0x660, 0xffffffff },
		{ 2, 0x670, 0xffffffff }, { 3, 0x08, 0xffffffff },
		{ 3, 0x0c, 0xffffffff }, { 4, 0x62c, 0xffffffff } };
	struct rom_boot b;
	struct rom_err err;
	struct boot raw = boot(0);

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		raw = boot(rows[i].version);
		put(raw.b + rows[i].offset, 4, rows[i].value);
		assert_int_equal(decode_boot(&raw, sizeof(raw.b), &b, &err),
			ROM_E_CORRUPT);
	}
	for (size_t len = 0; len < sizeof(raw.b);
		len++) { /* never more than a header; short ones are refused */
		enum rom_status st;

		raw = boot(2);
		st = decode_boot(&raw, len, &b, &err);
		assert_int_equal(st, len < 8	   ? ROM_NO_MATCH
				     : len < 0x674 ? ROM_E_CORRUPT
						   : ROM_OK);
	}
	raw = boot(0);
	memcpy(raw.b, "ANDROID?", 8);
	assert_int_equal(
		decode_boot(&raw, sizeof(raw.b), &b, &err), ROM_NO_MATCH);
	/* dt_size of Qualcomm's device trees, where the version is now */
	raw = boot(0);
	put(raw.b + 0x28, 4, 0x123800);
	assert_int_equal(decode_boot(&raw, sizeof(raw.b), &b, &err), ROM_OK);
	assert_int_equal(b.version, 0);
}

static void boot_os(void **state)
{
	char version[16], patch[16];

	(void)state;
	/* 8.1.0, 2019-03 by mkbootimg: a << 14 | b << 7 | c, then year - 2000
	 * << 4 | month */
	rom_boot_os((8u << 14 | 1u << 7) << 11 | 19u << 4 | 3, version, patch);
	assert_string_equal(version, "8.1.0");
	assert_string_equal(patch, "2019-03");
	rom_boot_os((127u << 14 | 127u << 7 | 127u) << 11 | 127u << 4 | 15,
		version, patch);
	assert_string_equal(version, "127.127.127");
	assert_string_equal(patch, "2127-15");
	rom_boot_os(0, version, patch);
	assert_string_equal(version, "");
	assert_string_equal(patch, "");
	rom_boot_os(0xffffffff, version, patch);
}

/* ---- crypto footer: LineageOS android_system_vold cryptfs.h -------------- */

struct footer {
	uint8_t b[ROM_CRYPT_FOOTER_LEN];
};

static struct footer footer(void)
{
	struct footer f = { 0 };

	put(f.b + 0, 4, 0xd0b5b1c4);
	put(f.b + 4, 2, 1);
	put(f.b + 6, 2, 3);
	put(f.b + 8, 4, 2352);
	put(f.b + 12, 4, 0x12);
	put(f.b + 16, 4, 16);
	put(f.b + 20, 4, 3);
	put(f.b + 24, 8, 0x100002000);
	put(f.b + 32, 4, 5);
	memcpy(f.b + 36, "aes-cbc-essiv:sha256", 20);
	f.b[188] = 2;
	put(f.b + 192, 8, 0x100001000);
	put(f.b + 2280, 4, 1234);
	return f;
}

static enum rom_status decode_footer(
	struct footer *f, size_t len, struct rom_crypt_footer *ret)
{
	struct rom_buffer v = { .p = f->b, .len = len };

	return rom_crypt_footer_decode(&v, ret);
}

static void footer_fields(void **state)
{
	struct footer raw = footer();
	struct rom_crypt_footer f;

	(void)state;
	assert_int_equal(decode_footer(&raw, sizeof(raw.b), &f), ROM_OK);
	assert_true(f.major == 1 && f.minor == 3 && f.flags == 0x12 &&
		    f.key_size == 16 && f.crypt_type == 3);
	assert_true(f.fs_sectors == 0x100002000 && f.failed == 5 &&
		    f.kdf == 2 && f.encrypted_upto == 0x100001000);
	assert_true(f.keymaster_blob == 1234 && !f.software_blob && !f.samsung);
	assert_string_equal(f.cipher, "aes-cbc-essiv:sha256");
	memcpy(raw.b + 232, "PK#8\0\0\0\6\0\0\0\0\0\0\4\0",
		16); /* RSA, no public key, 1024 bytes of private one */
	memset(raw.b + 104, 0xa1, 48);
	memset(raw.b + 152, 0xa2, 16);
	memcpy(raw.b + 189, "\17\3\1", 3);
	memset(raw.b + 200, 0xa3, 32);
	memset(raw.b + 2284, 0xa4, 32);
	assert_int_equal(decode_footer(&raw, sizeof(raw.b), &f), ROM_OK);
	assert_true(f.software_blob);
	assert_int_equal(rom_crypt_soft_key(&f).len, 1024);
	assert_true(f.wrapped[0] == 0xa1 && f.wrapped[15] == 0xa1 &&
		    f.salt[0] == 0xa2 && f.salt[15] == 0xa2);
	assert_memory_equal(f.scrypt, "\17\3\1", 3);
	assert_true(f.first_block[31] == 0xa3 && f.check[0] == 0xa4 &&
		    f.check[31] == 0xa4);
	/* lengths past the blob */
	for (unsigned offset = 0; offset < 2; offset++) {
		struct footer bad = raw;

		put(bad.b + 232 + 8 + 4 * offset, 4, 0xffffffff);
		assert_int_equal(
			decode_footer(&bad, sizeof(bad.b), &f), ROM_OK);
		assert_true(rom_crypt_soft_key(&f).len <= sizeof(f.blob));
	}
	put(raw.b, 4, 0xd0b5b1c5);
	assert_int_equal(decode_footer(&raw, sizeof(raw.b), &f), ROM_OK);
	assert_true(f.samsung);
}

/* 1.0: the key follows the footer, then 32 zero bytes, then the salt. */
static void footer_first_version(void **state)
{
	for (uint32_t key = 16; key <= 32; key += 16) {
		struct footer raw = footer();
		struct rom_crypt_footer f;

		(void)state;
		put(raw.b + 6, 2, 0);
		put(raw.b + 8, 4, 104);
		put(raw.b + 16, 4, key);
		memset(raw.b + 104, 0xa1, key);
		memset(raw.b + 104 + key + 32, 0xa2, 16);
		assert_int_equal(
			decode_footer(&raw, sizeof(raw.b), &f), ROM_OK);
		assert_true(f.wrapped[key - 1] == 0xa1 && f.salt[0] == 0xa2 &&
			    f.salt[15] == 0xa2);
	}
}

/* Persistent data: magic, count, then names of 32 and values of 92 bytes. */
static void footer_persistent(void **state)
{
	uint8_t b[4096] = { 0x44, 0xcd, 0x50, 0xe9, 2 };
	struct rom_buffer v = { .p = b, .len = sizeof(b) };
	char key[33], value[93];

	(void)state;
	strcpy((char *)b + 128, "persist.sys.timezone");
	strcpy((char *)b + 160, "Europe/Paris");
	memset(b + 252, 'k', 32);
	memset(b + 284, 'v', 92);
	assert_true(rom_crypt_persist(&v, 0, key, value));
	assert_string_equal(key, "persist.sys.timezone");
	assert_string_equal(value, "Europe/Paris");
	assert_true(rom_crypt_persist(&v, 1, key, value));
	assert_int_equal(strlen(key), 32);
	assert_int_equal(strlen(value), 92);
	assert_false(rom_crypt_persist(&v, 2, key, value));
	put(b + 4, 4, 0xffffffff);
	for (unsigned i = 0; i < 100; i++)
		assert_true(rom_crypt_persist(&v, i, key, value) == (i < 32));
	b[0] = 0;
	assert_false(rom_crypt_persist(&v, 0, key, value));
}

/* Fields that a minor version does not have yet are not read; a larger minor is
 * taken for 1.3, as vold does. */
static void footer_versions(void **state)
{
	(void)state;
	for (uint16_t minor = 0; minor <= 4; minor++) {
		struct footer raw = footer();
		struct rom_crypt_footer f;

		put(raw.b + 6, 2, minor);
		assert_int_equal(
			decode_footer(&raw, sizeof(raw.b), &f), ROM_OK);
		assert_int_equal(f.minor, minor);
		/* before: PBKDF2 */
		assert_int_equal(f.kdf, minor >= 2 ? 2 : 1);
		assert_int_equal(f.crypt_type, minor >= 3 ? 3 : 0);
		assert_true(
			f.encrypted_upto == (minor >= 3 ? 0x100001000u : 0));
		assert_int_equal(f.keymaster_blob, minor >= 3 ? 1234 : 0);
	}
}

static void footer_refused(void **state)
{
	static const uint32_t bad_keys[] = { 0, 1, 15, 17, 64, 0x10000000,
		0xffffffff };
	static const uint32_t good_keys[] = { 16, 32, 48 };
	struct footer raw = footer();
	struct rom_crypt_footer f;

	(void)state;
	for (size_t i = 0; i < sizeof(bad_keys) / sizeof(*bad_keys); i++) {
		put(raw.b + 16, 4, bad_keys[i]);
		assert_int_equal(
			decode_footer(&raw, sizeof(raw.b), &f), ROM_NO_MATCH);
	}
	for (size_t i = 0; i < sizeof(good_keys) / sizeof(*good_keys); i++) {
		put(raw.b + 16, 4, good_keys[i]);
		assert_int_equal(
			decode_footer(&raw, sizeof(raw.b), &f), ROM_OK);
	}
	put(raw.b, 4, 0xc4b1b5d0); /* the wrong way round */
	assert_int_equal(decode_footer(&raw, sizeof(raw.b), &f), ROM_NO_MATCH);
	raw = footer();
	put(raw.b + 4, 2, 2);
	assert_int_equal(decode_footer(&raw, sizeof(raw.b), &f), ROM_NO_MATCH);
	raw = footer();
	memset(raw.b + 36, 0, 64);
	assert_int_equal(decode_footer(&raw, sizeof(raw.b), &f), ROM_NO_MATCH);
	memset(raw.b + 36, 0x7f, 64);
	assert_int_equal(decode_footer(&raw, sizeof(raw.b), &f), ROM_NO_MATCH);
	raw = footer();
	for (size_t len = 0; len < 39; len++) /* "aes" ends there */
		assert_int_equal(decode_footer(&raw, len, &f), ROM_NO_MATCH);
	memcpy(raw.b + 36, "xchacha12,aes-adiantum-plain64", 30);
	put(raw.b + 16, 4, 32);
	assert_int_equal(decode_footer(&raw, sizeof(raw.b), &f), ROM_OK);
	assert_string_equal(f.cipher, "xchacha12,aes-adiantum-plain64");
	memset(raw.b + 36, 'a', 64); /* no NUL */
	memcpy(raw.b + 36, "aes", 3);
	assert_int_equal(decode_footer(&raw, sizeof(raw.b), &f), ROM_OK);
	assert_int_equal(strlen(f.cipher), 64);
}

/* ---- fscrypt contexts: Linux fs/crypto/fscrypt_private.h ----------------- */

static void fscrypt_contexts(void **state)
{
	uint8_t b[48];
	struct rom_buffer v = { .p = b, .len = 28 };
	struct rom_fscrypt c;

	(void)state;
	for (uint8_t i = 0; i < sizeof(b); i++)
		b[i] = (uint8_t)(0x40 + i);
	memcpy(b, "\x01\x01\x04\x00", 4);
	assert_int_equal(rom_fscrypt_decode(&v, &c), ROM_OK);
	assert_true(c.version == 1 && c.contents == 1 && c.names == 4 &&
		    c.flags == 0 && c.key_len == 8);
	assert_memory_equal(c.key, b + 4, 8);
	assert_memory_equal(c.nonce, b + 12, 16);

	memcpy(b, "\x02\x01\x04\x12\x00\x00\x00\x00", 8);
	v.len = 40;
	assert_int_equal(rom_fscrypt_decode(&v, &c), ROM_OK);
	assert_true(c.version == 2 && c.flags == 0x12 && c.key_len == 16);
	assert_memory_equal(c.key, b + 8, 16);
	assert_memory_equal(c.nonce, b + 24, 16);

	for (size_t len = 0; len <= 48; len++) {
		for (uint8_t version = 0; version < 5; version++) {
			b[0] = version;
			v = (struct rom_buffer){ .p = b, .len = len };
			assert_int_equal(rom_fscrypt_decode(&v, &c),
				(version == 1 && len == 28) ||
						(version == 2 && len == 40)
					? ROM_OK
					: ROM_NO_MATCH);
		}
	}
	v = (struct rom_buffer){ 0 };
	assert_int_equal(rom_fscrypt_decode(&v, &c), ROM_NO_MATCH);
}

static void fscrypt_modes(void **state)
{
	(void)state;
	assert_string_equal(rom_fscrypt_mode_name(1), "AES-256-XTS");
	assert_string_equal(rom_fscrypt_mode_name(4), "AES-256-CTS-CBC");
	assert_string_equal(rom_fscrypt_mode_name(9), "Adiantum");
	assert_string_equal(rom_fscrypt_mode_name(10), "AES-256-HCTR2");
	assert_string_equal(rom_fscrypt_mode_name(0), "unknown");
	assert_string_equal(rom_fscrypt_mode_name(255), "unknown");
}

/* ---- preloaders ---------------------------------------------------------- */

enum { PL_LEN = 0x3000, AREA = 0x20000 };

struct area {
	uint8_t b[AREA];
};

/* GFH FILE_INFO and the texts, as the format notes of MediaTek's preloaders
 * give them. */
static void put_loader(uint8_t *b, uint32_t len)
{
	memcpy(b,
		"MMM\x01\x38\0\0\0"
		"FILE_INFO\0\0\0",
		20);
	b[0x18] = 5;
	put(b + 0x1c, 4, 0x200f10);
	put(b + 0x20, 4, len);
	memcpy(b + 0x500,
		"bootable/bootloader/preloader/platform/mt6797/src/init.c", 57);
	memcpy(b + 0x800,
		"AND_ROMINFO_v\0\0\0\x02\0\0\0MT6752\0\0\0\0\0\0\0\0\0\0CUST",
		40);
	memcpy(b + 0x2000,
		"MTK_BLOADER_INFO_v00\0\0\0\0\0\0\0preloader_lcsh6797_6c.bin",
		53);
}

static struct area *raw_area(bool ufs, uint32_t begin, uint32_t boundary)
{
	struct area *a = rom_alloc(sizeof(*a));

	memcpy(a->b, ufs ? "UFS_BOOT" : "EMMC_BOOT", ufs ? 8 : 9);
	put(a->b + 0x0c, 4, 1);
	put(a->b + 0x10, 4, ufs ? 0x1000 : 0x200);
	memset(a->b + 0x14, 0xff, 0x200 - 0x14);
	memcpy(a->b + 0x200, "BRLYT\0\0\0", 8);
	put(a->b + 0x208, 4, 1);
	put(a->b + 0x20c, 4, begin);
	put(a->b + 0x210, 4, boundary);
	memcpy(a->b + 0x214, "BBBB", 4);
	put(a->b + 0x218, 2, ufs ? 0xc : 5);
	put(a->b + 0x21a, 2, 1);
	put(a->b + 0x21c, 4, begin);
	put(a->b + 0x220, 4, boundary);
	put(a->b + 0x224, 4, 1);
	if (begin < AREA - PL_LEN)
		put_loader(a->b + begin, PL_LEN);
	return a;
}

static enum rom_status decode_area(
	const struct area *a, size_t len, struct rom_preloader *ret)
{
	struct rom_buffer v = { .p = a->b, .len = len };
	struct rom_err err;

	return rom_preloader_decode(&v, ret, &err);
}

static void preloader_forms(void **state)
{
	struct rom_preloader pl;

	(void)state;
	for (int form = 0; form < 3; form++) {
		uint32_t begin = form == 0 ? 0x800 : form == 1 ? 0x1000 : 0;
		ROM_AUTO struct area *a =
			form < 2 ? raw_area(form == 1, begin, 0x20800)
				 : rom_alloc(sizeof(*a));

		if (form == 2)
			put_loader(a->b, PL_LEN);
		assert_int_equal(decode_area(a, AREA, &pl), ROM_OK);
		assert_int_equal(pl.begin, begin);
		assert_int_equal(pl.len, PL_LEN);
		if (form == 2)
			assert_null(pl.medium);
		else
			assert_string_equal(pl.medium, form ? "ufs" : "emmc");
		assert_string_equal(pl.platform, "MT6752");
		assert_string_equal(pl.path_chip, "MT6797");
		assert_string_equal(pl.file_name, "preloader_lcsh6797_6c.bin");
		assert_int_equal(pl.load_address, 0x200f10);
	}
}

/* The settings for the memory alone, as they lie beside a preloader: they are
 * no preloader. */
static void preloader_stubs(void **state)
{
	ROM_AUTO struct area *a = rom_alloc(sizeof(*a));
	struct rom_preloader pl;

	(void)state;
	memcpy(a->b,
		"MTK_BLOADER_INFO_v35\0\0\0\0\0\0\0preloader_k37tv1_64.bin",
		51);
	memcpy(a->b + 88, "V116", 4);
	put(a->b + 92, 4, 0x22884433);
	memcpy(a->b + 100, "MTK_BIN", 7);
	put(a->b + 108, 4, 4);
	assert_int_equal(decode_area(a, 4096, &pl), ROM_NO_MATCH);
	/* and not because of one that lies somewhere behind */
	put_loader(a->b + 4096, PL_LEN);
	assert_int_equal(decode_area(a, AREA, &pl), ROM_NO_MATCH);
	memset(a->b, 0, AREA);
	assert_int_equal(decode_area(a, AREA, &pl), ROM_NO_MATCH);
	memcpy(a->b, "MMM\x01", 4); /* another block than FILE_INFO */
	assert_int_equal(decode_area(a, AREA, &pl), ROM_NO_MATCH);
}

static void preloader_hostile(void **state)
{
	static const uint32_t lens[] = { 0, 0x37, 0x100001, 0x7fffffff,
		0xffffffff };
	static const uint32_t begins[] = { 0, AREA - 1, AREA, 0x7fffffff,
		0xfffffff8, 0xffffffff };
	struct rom_preloader pl;

	(void)state;
	for (size_t i = 0; i < sizeof(lens) / sizeof(*lens); i++) {
		ROM_AUTO struct area *a = raw_area(false, 0x800, 0xffffffff);

		put(a->b + 0x800 + 0x20, 4, lens[i]);
		assert_int_equal(decode_area(a, AREA, &pl), ROM_E_CORRUPT);
	}
	for (size_t i = 0; i < sizeof(begins) / sizeof(*begins); i++) {
		ROM_AUTO struct area *a = raw_area(false, 0x800, 0x20800);

		put(a->b + 0x21c, 4, begins[i]);
		assert_int_equal(decode_area(a, AREA, &pl), ROM_E_CORRUPT);
	}
	for (size_t len = 0; len < 0x900; len += 13) {
		ROM_AUTO struct area *a = raw_area(false, 0x800, 0x20800);
		enum rom_status st = decode_area(a, len, &pl);

		assert_true(st == ROM_E_CORRUPT ||
			    (st == ROM_OK && len >= 0x824) ||
			    (st == ROM_NO_MATCH && len < 16));
	}
}

/* The loader must end before the region does: begin + length <= boundary. */
static void preloader_over_the_boundary(void **state)
{
	ROM_AUTO struct area *a = raw_area(false, 0x800, 0x800 + PL_LEN);
	struct rom_preloader pl;

	(void)state;
	assert_int_equal(decode_area(a, AREA, &pl), ROM_OK);
	put(a->b + 0x220, 4, 0x800 + PL_LEN - 1);
	assert_int_equal(decode_area(a, AREA, &pl), ROM_E_CORRUPT);
	put(a->b + 0x220, 4, 0x800);
	assert_int_equal(decode_area(a, AREA, &pl), ROM_E_CORRUPT);
	put(a->b + 0x220, 4, 0x100); /* ends before it begins */
	assert_int_equal(decode_area(a, AREA, &pl), ROM_E_CORRUPT);
}

static void chips(void **state)
{
	static const struct {
		const char *text, *chip;
	} rows[] = { { "x platform/mt6797/a", "MT6797" },
		{ "platform/MT8163", "MT8163" },
		{ "platform/mt6893v1", "MT6893" }, { "platform/mt679", NULL },
		{ "platform/mt67975/", NULL }, { "platform/mt1234/", NULL },
		{ "platform/", NULL }, { "platform/mt", NULL }, { "", NULL },
		{ "platform/common platform/mt6750/", "MT6750" },
		{ "mt6797", NULL } };
	char chip[17];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct rom_buffer v = { .p = (const uint8_t *)rows[i].text,
			.len = strlen(rows[i].text) };
		size_t offset = rom_chip_after(&v, "platform/", chip);

		assert_int_equal(offset != SIZE_MAX, rows[i].chip != NULL);
		if (rows[i].chip)
			assert_string_equal(chip, rows[i].chip);
	}
}

/* Real files, when they are there: stubs are no preloaders, a real one is as
 * long as its own header says. */
static void preloader_real(void **state)
{
	const char *real = getenv("ROMSPLIT_REAL");
	char folder[500];
	unsigned stubs = 0, loaders = 0;
	struct dirent *e;
	DIR *dir = NULL;

	(void)state;
	if (real && *real) {
		snprintf(folder, sizeof(folder), "%s/mtk-firmware", real);
		dir = opendir(folder);
	}
	if (!dir)
		skip_because(
			"there are no real preloaders here (ROMSPLIT_REAL)");
	while ((e = readdir(dir))) {
		bool stub = !strncmp(e->d_name, "stub_preloader", 14),
		     whole = strstr(e->d_name, "_preloader_") && !stub;
		ROM_AUTO uint8_t *buf = NULL;
		struct rom_buffer v;
		struct rom_preloader pl;
		struct rom_err err;
		char path[800];
		FILE *f;

		if (!stub && !whole)
			continue;
		snprintf(path, sizeof(path), "%s/%s", folder, e->d_name);
		f = fopen(path, "rb");
		assert_non_null(f);
		buf = rom_alloc(ROM_PRELOADER_READ);
		v = (struct rom_buffer){ .p = buf,
			.len = fread(buf, 1, ROM_PRELOADER_READ, f) };
		fclose(f);
		assert_int_equal(rom_preloader_decode(&v, &pl, &err),
			stub ? ROM_NO_MATCH : ROM_OK);
		if (whole) {
			assert_int_equal(pl.begin, 0);
			assert_true(pl.len <= v.len && v.len - pl.len <= 0x100);
		}
		stubs += stub;
		loaders += whole;
	}
	closedir(dir);
	assert_true(stubs >= 1 && loaders >= 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ext4_fields),
		cmocka_unit_test(ext4_high_words),
		cmocka_unit_test(ext4_checksum),
		cmocka_unit_test(ext4_kinds),
		cmocka_unit_test(ext4_old_revision),
		cmocka_unit_test(ext4_refused),
		cmocka_unit_test(ext4_full_texts),
		cmocka_unit_test(f2fs_fields),
		cmocka_unit_test(f2fs_refused),
		cmocka_unit_test(f2fs_full_texts),
		cmocka_unit_test(f2fs_layouts),
		cmocka_unit_test(f2fs_hashes),
		cmocka_unit_test(f2fs_inode_parts),
		cmocka_unit_test(f2fs_name_tables),
		cmocka_unit_test(lzo_rle),
		cmocka_unit_test(mtk_header),
		cmocka_unit_test(mtk_header_hostile),
		cmocka_unit_test(boot_versions),
		cmocka_unit_test(boot_cmdline_goes_on),
		cmocka_unit_test(boot_refused),
		cmocka_unit_test(boot_os),
		cmocka_unit_test(footer_fields),
		cmocka_unit_test(footer_first_version),
		cmocka_unit_test(footer_persistent),
		cmocka_unit_test(footer_versions),
		cmocka_unit_test(footer_refused),
		cmocka_unit_test(fscrypt_contexts),
		cmocka_unit_test(fscrypt_modes),
		cmocka_unit_test(preloader_forms),
		cmocka_unit_test(preloader_stubs),
		cmocka_unit_test(preloader_hostile),
		cmocka_unit_test(preloader_over_the_boundary),
		cmocka_unit_test(chips),
		cmocka_unit_test(preloader_real),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
