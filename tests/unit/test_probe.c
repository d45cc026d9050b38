/* SPDX-License-Identifier: MIT */
/*
 * test_probe.c - each prober by itself: its least sound image is recognised,
 * the same with one absurd field is not; and what all rows of probers.def keep
 * to
 *
 * The images are made here from the published layouts.
 */
#include "unit.h"

#include "../../src/probe/probe_priv.h"

/* What is expected where one field is absurd. */
enum refusal {
	SILENT, /* no claim */
	NOTED,	/* no claim, and a note says why */
	WEAKER, /* a claim that rests on fewer bits: nothing else is checked */
};

struct probe_case {
	const char *row;    /* of probers.def */
	const char *format; /* of the claim */
	size_t size;	    /* of the image */
	void (*build)(uint8_t *p, size_t size);
	/* makes one field absurd */
	void (*spoil)(uint8_t *p, size_t size);
	enum refusal refusal;
};

static void put_be32(uint8_t *p, uint32_t value)
{
	for (unsigned i = 0; i < 4; i++)
		p[i] = (uint8_t)(value >> (24 - 8 * i));
}

static void text(uint8_t *p, const char *s)
{
	memcpy(p, s, strlen(s));
}

/* ---- filesystems --------------------------------------------------------- */

static void build_ext2(uint8_t *p, size_t size)
{
	uint8_t *sb = p + 1024;

	(void)size;
	put(sb + 0x00, 4, 16);	 /* inodes */
	put(sb + 0x04, 4, 64);	 /* blocks */
	put(sb + 0x14, 4, 1);	 /* first data block */
	put(sb + 0x20, 4, 8192); /* blocks of a group */
	put(sb + 0x28, 4, 16);	 /* inodes of a group */
	put(sb + 0x38, 2, 0xef53);
	put(sb + 0x4c, 4, 1); /* revision */
	put(sb + 0x58, 2, 128);
}

static void build_ext3(uint8_t *p, size_t size)
{
	build_ext2(p, size);
	put(p + 1024 + 0x5c, 4, 0x4); /* has a journal */
}

static void build_ext4(uint8_t *p, size_t size)
{
	build_ext3(p, size);
	put(p + 1024 + 0x60, 4, 0x40); /* extents */
}

/* blocks of 1 KiB << 99 */
static void spoil_ext(uint8_t *p, size_t size)
{
	(void)size;
	put(p + 1024 + 0x18, 4, 99);
}

static void put_f2fs(uint8_t *sb)
{
	put(sb, 4, 0xf2f52010);
	put(sb + 0x10, 4, 12); /* log2 of the block size */
	put(sb + 0x24, 8, 1024);
}

static void build_f2fs(uint8_t *p, size_t size)
{
	(void)size;
	put_f2fs(p + 0x400);
}

static void spoil_f2fs(uint8_t *p, size_t size)
{
	(void)size;
	put(p + 0x400 + 0x10, 4, 99);
}

static void build_f2fs_copy(uint8_t *p, size_t size)
{
	(void)size;
	put_f2fs(p + 0x1400);
}

static void spoil_f2fs_copy(uint8_t *p, size_t size)
{
	(void)size;
	put(p + 0x1400 + 0x24, 8, 0);
}

static void build_erofs(uint8_t *p, size_t size)
{
	(void)size;
	put(p + 1024, 4, 0xe0f5e1e2);
	p[1024 + 0x0c] = 12; /* log2 of the block size */
	put(p + 1024 + 0x24, 4, 1);
}

static void spoil_erofs(uint8_t *p, size_t size)
{
	(void)size;
	p[1024 + 0x0c] = 60;
}

static void build_squashfs(uint8_t *p, size_t size)
{
	text(p, "hsqs");
	put(p + 0x0c, 4, 131072);
	put(p + 0x14, 2, 1); /* gzip */
	put(p + 0x16, 2, 17);
	put(p + 0x1c, 2, 4);
	put(p + 0x28, 8, size);
}

static void spoil_squashfs(uint8_t *p, size_t size)
{
	(void)size;
	put(p + 0x16, 2, 18);
}

static void build_fat(uint8_t *p, size_t size)
{
	put(p + 0x0b, 2, 512);
	p[0x0d] = 1;	      /* sectors of a cluster */
	put(p + 0x0e, 2, 1);  /* reserved */
	p[0x10] = 2;	      /* FATs */
	put(p + 0x11, 2, 16); /* root entries */
	put(p + 0x13, 2, size / 512);
	p[0x15] = 0xf8;
	put(p + 0x16, 2, 1); /* sectors of a FAT */
	put(p + 0x1fe, 2, 0xaa55);
}

static void spoil_fat(uint8_t *p, size_t size)
{
	(void)size;
	put(p + 0x0b, 2, 3);
}

static void build_exfat(uint8_t *p, size_t size)
{
	(void)size;
	text(p + 3, "EXFAT   ");
	put(p + 0x48, 8, 2048); /* sectors */
	put(p + 0x50, 4, 24);	/* FAT */
	put(p + 0x54, 4, 1);
	put(p + 0x58, 4, 32); /* clusters */
	put(p + 0x5c, 4, 100);
	put(p + 0x60, 4, 2); /* root */
	p[0x6c] = 9;	     /* log2 of the sector size */
	p[0x6e] = 1;	     /* FATs */
	put(p + 0x1fe, 2, 0xaa55);
}

static void spoil_exfat(uint8_t *p, size_t size)
{
	(void)size;
	p[0x6c] = 60;
}

/* ---- images -------------------------------------------------------------- */

static void build_sparse(uint8_t *p, size_t size)
{
	(void)size;
	put(p, 4, 0xed26ff3a);
	put(p + 4, 2, 1);
	put(p + 8, 2, 28);
	put(p + 10, 2, 12);
	put(p + 12, 4, 4096);
	put(p + 16, 4, 1);
}

static void spoil_sparse(uint8_t *p, size_t size)
{
	(void)size;
	put(p + 12, 4, 4097);
}

static void build_boot(uint8_t *p, size_t size)
{
	(void)size;
	text(p, "ANDROID!");
	put(p + 0x08, 4, 100); /* kernel */
	put(p + 0x10, 4, 10);  /* ramdisk */
	put(p + 0x24, 4, 2048);
}

static void spoil_boot(uint8_t *p, size_t size)
{
	(void)size;
	put(p + 0x24, 4, 3);
}

static void build_vendor_boot(uint8_t *p, size_t size)
{
	(void)size;
	text(p, "VNDRBOOT");
	put(p + 0x08, 4, 3);
	put(p + 0x0c, 4, 4096);
	put(p + 0x830, 4, 0x840);
}

static void spoil_vendor_boot(uint8_t *p, size_t size)
{
	(void)size;
	put(p + 0x08, 4, 9);
}

static void build_dtb(uint8_t *p, size_t size)
{
	put_be32(p, 0xd00dfeed);
	put_be32(p + 4, (uint32_t)size);
	put_be32(p + 8, 32);
	put_be32(p + 12, 36);
	put_be32(p + 0x14, 17);
}

static void spoil_dtb(uint8_t *p, size_t size)
{
	put_be32(p + 8, (uint32_t)size);
}

static void build_dtbo(uint8_t *p, size_t size)
{
	put_be32(p, 0xd7b7ab1e);
	put_be32(p + 4, (uint32_t)size);
	put_be32(p + 8, 32);
	put_be32(p + 12, 32);
}

static void spoil_dtbo(uint8_t *p, size_t size)
{
	(void)size;
	put_be32(p + 0x10, 1000000); /* entries */
}

static void build_vbmeta(uint8_t *p, size_t size)
{
	(void)size;
	text(p, "AVB0");
	put_be32(p + 4, 1);
}

static void spoil_vbmeta(uint8_t *p, size_t size)
{
	(void)size;
	put_be32(p + 0x1c, 77); /* algorithm */
}

static void build_super(uint8_t *p, size_t size)
{
	struct rom_digest *d = rom_digest_new(ROM_HASH_SHA256);
	uint8_t *g = p + 4096;

	(void)size;
	put(g, 4, 0x616c4467);
	put(g + 4, 4, 52);
	put(g + 0x28, 4, 65536);
	put(g + 0x2c, 4, 2);
	put(g + 0x30, 4, 4096);
	rom_digest_update(d, g, 52);
	rom_digest_final(d, g + 8);
	rom_digest_free(d);
}

static void spoil_super(uint8_t *p, size_t size)
{
	(void)size;
	put(p + 4096 + 0x2c, 4, 7); /* slots, and the checksum knows */
}

/* ---- MediaTek ------------------------------------------------------------ */

static void build_mtk(uint8_t *p, size_t size)
{
	put(p, 4, 0x58881688);
	put(p + 4, 4, size - 512);
	text(p + 8, "lk");
}

static void build_mtk_logo(uint8_t *p, size_t size)
{
	build_mtk(p, size);
	text(p + 8, "LOGO");
	put(p + 512, 4, 1); /* pictures */
	put(p + 516, 4, size - 512);
	put(p + 520, 4, 12);
}

static void spoil_mtk(uint8_t *p, size_t size)
{
	(void)size;
	put(p + 4, 4, 0);
}

static void put_loader(uint8_t *p, uint32_t len)
{
	text(p, "MMM\x01");
	text(p + 8, "FILE_INFO");
	put(p + 0x20, 4, len);
}

static void build_preloader(uint8_t *p, size_t size)
{
	put_loader(p, (uint32_t)size);
}

static void spoil_preloader(uint8_t *p, size_t size)
{
	put(p + 0x20, 4, size + 1);
}

static void build_boot_area(uint8_t *p, size_t size)
{
	text(p, "EMMC_BOOT");
	text(p + 0x200, "BRLYT");
	text(p + 0x214, "BBBB");
	put(p + 0x21c, 4, 0x800);
	put(p + 0x220, 4, size);
	put_loader(p + 0x800, (uint32_t)size - 0x800);
}

static void spoil_boot_area(uint8_t *p, size_t size)
{
	(void)size;
	put(p + 0x220, 4, 0x7ff); /* the loader's room ends before it begins */
}

static void build_env(uint8_t *p, size_t size)
{
	(void)size;
	text(p, "ENV_v1");
	text(p + 8, "off-mode-charge=1");
}

static void build_seccfg(uint8_t *p, size_t size)
{
	(void)size;
	text(p, "MMMM");
	put(p + 4, 4, 4);
	put(p + 8, 4, 0x3c);
	put(p + 0x0c, 4, 3);
	text(p + 0x18, "EEEE");
}

static void spoil_seccfg(uint8_t *p, size_t size)
{
	(void)size;
	put(p + 8, 4, 0x3c3c3c3c);
}

static void build_secro(uint8_t *p, size_t size)
{
	(void)size;
	text(p, "AND_SECRO_v");
}

static void spoil_magic(uint8_t *p, size_t size)
{
	(void)size;
	p[5] ^= 0x20;
}

/* ---- others -------------------------------------------------------------- */

static void build_footer(uint8_t *p, size_t size)
{
	(void)size;
	put(p, 4, 0xd0b5b1c4);
	put(p + 4, 2, 1);
	put(p + 8, 4, 0x64);
	put(p + 0x10, 4, 16); /* bytes of the key */
	text(p + 0x24, "aes-cbc-essiv:sha256");
}

static void spoil_footer(uint8_t *p, size_t size)
{
	(void)size;
	put(p + 0x10, 4, 7);
}

static void build_last_footer(uint8_t *p, size_t size)
{
	build_footer(p + size - 0x4000, size);
}

static void spoil_last_footer(uint8_t *p, size_t size)
{
	spoil_footer(p + size - 0x4000, size);
}

static void build_gpt(uint8_t *p, size_t size)
{
	uint8_t *h = p + 512;

	(void)size;
	text(h, "EFI PART");
	put(h + 0x0c, 4, 92);
	put(h + 0x50, 4, 128);
	put(h + 0x10, 4, rom_crc32(h, 92));
}

/* another number of entries: the checksum does not agree any more */
static void spoil_gpt(uint8_t *p, size_t size)
{
	(void)size;
	put(p + 512 + 0x50, 4, 0xffffffff);
}

static void build_mbr(uint8_t *p, size_t size)
{
	(void)size;
	p[0x1be + 4] = 0x83;
	put(p + 0x1be + 8, 4, 1);
	put(p + 0x1be + 12, 4, 10);
	put(p + 0x1fe, 2, 0xaa55);
}

static void spoil_mbr(uint8_t *p, size_t size)
{
	(void)size;
	p[0x1be] = 0x12; /* neither active nor not */
}

static void build_bcb(uint8_t *p, size_t size)
{
	(void)size;
	text(p, "boot-recovery");
}

static void spoil_bcb(uint8_t *p, size_t size)
{
	(void)size;
	memset(p + 13, 'x', 32); /* the command has no end */
}

static void build_frp(uint8_t *p, size_t size)
{
	put_be32(p + 0x20, 0x19901873);
	put_be32(p + 0x24, 8);
	p[size - 1] = 1;
}

static void spoil_frp(uint8_t *p, size_t size)
{
	put_be32(p + 0x24, (uint32_t)size + 1);
}

/* ---- the tests ----------------------------------------------------------- */

static const struct probe_case cases[] = {
	{ "ext4", "ext2", 2048, build_ext2, spoil_ext, NOTED },
	{ "ext4", "ext3", 2048, build_ext3, spoil_ext, NOTED },
	{ "ext4", "ext4", 2048, build_ext4, spoil_ext, NOTED },
	{ "f2fs", "f2fs", 0x2000, build_f2fs, spoil_f2fs, SILENT },
	{ "f2fs", "f2fs", 0x2000, build_f2fs_copy, spoil_f2fs_copy, NOTED },
	{ "erofs", "erofs", 2048, build_erofs, spoil_erofs, SILENT },
	{ "squashfs", "squashfs", 96, build_squashfs, spoil_squashfs, NOTED },
	{ "vfat", "vfat", 51200, build_fat, spoil_fat, SILENT },
	{ "exfat", "exfat", 512, build_exfat, spoil_exfat, SILENT },
	{ "android-sparse", "android-sparse", 28, build_sparse, spoil_sparse,
		SILENT },
	{ "boot", "boot", 4096, build_boot, spoil_boot, NOTED },
	{ "vendor_boot", "vendor_boot", 0x840, build_vendor_boot,
		spoil_vendor_boot, NOTED },
	{ "dtb", "dtb", 48, build_dtb, spoil_dtb, SILENT },
	{ "dtbo", "dtbo", 32, build_dtbo, spoil_dtbo, NOTED },
	{ "vbmeta", "vbmeta", 256, build_vbmeta, spoil_vbmeta, NOTED },
	{ "super", "super", 8192, build_super, spoil_super, NOTED },
	{ "mtk-image", "mtk-image", 1024, build_mtk, spoil_mtk, SILENT },
	{ "mtk-image", "mtk-logo", 1024, build_mtk_logo, spoil_mtk, SILENT },
	{ "mtk-preloader", "mtk-preloader", 0x800, build_preloader,
		spoil_preloader, NOTED },
	{ "mtk-preloader", "mtk-preloader", 0x1000, build_boot_area,
		spoil_boot_area, NOTED },
	{ "crypto-footer", "crypto-footer", 4096, build_footer, spoil_footer,
		SILENT },
	{ "crypto-footer", "crypto-footer", 0x8000, build_last_footer,
		spoil_last_footer, SILENT },
	{ "gpt", "gpt", 1024, build_gpt, spoil_gpt, WEAKER },
	{ "mbr", "mbr", 512, build_mbr, spoil_mbr, SILENT },
	{ "env", "env", 32, build_env, spoil_magic, SILENT },
	{ "bcb", "bcb", 832, build_bcb, spoil_bcb, SILENT },
	{ "seccfg", "seccfg", 64, build_seccfg, spoil_seccfg, SILENT },
	{ "secro", "secro", 64, build_secro, spoil_magic, SILENT },
	{ "frp", "frp", 64, build_frp, spoil_frp, SILENT },
};

static const struct rom_prober *const rows[] = {
#define ROM_PROBER(name) &rom_prober_##name,
#include "../../src/probe/probers.def"
#undef ROM_PROBER
};

enum {
	CASES = sizeof(cases) / sizeof(*cases),
	ROWS = sizeof(rows) / sizeof(*rows),
};

static const struct rom_prober *row_of(const struct probe_case *c)
{
	for (size_t i = 0; i < ROWS; i++) {
		if (!strcmp(rows[i]->name, c->row))
			return rows[i];
	}
	fail_msg("no row %s", c->row);
	return NULL;
}

/* Probes len bytes as a partition; the bits of the claim for that format, 0
 * without one. */
static unsigned probe(
	const uint8_t *bytes, size_t len, const char *format, bool *noted)
{
	ROM_AUTO_IMAGE struct rom_image *img =
		rom_image_open_memory(bytes, len, "test");
	struct rom_report *r = rom_report_new();
	struct rom_partition *p = rom_vec_add(&r->partitions);
	const struct rom_claim *claim;
	unsigned bits = 0;

	p->name = rom_strdup("part");
	p->range.len = len;
	rom_probe(img, r, p);
	rom_each (claim, &p->claims) {
		if (!strcmp(claim->format, format))
			bits = claim->bits;
	}
	*noted = r->notes.n > 0;
	rom_report_free(r);
	return bits;
}

static void test_sound(void **state)
{
	(void)state;
	for (size_t i = 0; i < CASES; i++) {
		const struct probe_case *c = &cases[i];
		ROM_AUTO uint8_t *p = rom_alloc(c->size);
		bool noted;

		c->build(p, c->size);
		if (!probe(p, c->size, c->format, &noted))
			fail_msg("%s: a sound image is not recognised",
				c->format);
		if (noted)
			fail_msg("%s: a sound image is noted", c->format);
	}
}

static void test_absurd(void **state)
{
	(void)state;
	for (size_t i = 0; i < CASES; i++) {
		const struct probe_case *c = &cases[i];
		ROM_AUTO uint8_t *p = rom_alloc(c->size);
		unsigned sound, bits;
		bool noted;

		c->build(p, c->size);
		sound = probe(p, c->size, c->format, &noted);
		c->spoil(p, c->size);
		bits = probe(p, c->size, c->format, &noted);
		if (c->refusal == WEAKER ? !bits || bits >= sound : bits > 0)
			fail_msg("%s: %u bits of evidence with an absurd "
				 "field, %u without",
				c->format, bits, sound);
		if (noted != (c->refusal == NOTED))
			fail_msg("%s: %s", c->format,
				noted ? "a note that nobody needs"
				      : "the absurd field is not noted");
	}
}

/* One byte less than a row's least size: it is not even asked. */
static void test_too_small(void **state)
{
	(void)state;
	for (size_t i = 0; i < CASES; i++) {
		const struct probe_case *c = &cases[i];
		ROM_AUTO uint8_t *p = rom_alloc(c->size);
		bool noted;

		c->build(p, c->size);
		if (probe(p, (size_t)row_of(c)->min_size - 1, c->format,
			    &noted) ||
			noted)
			fail_msg("%s: recognised below its least size",
				c->format);
	}
}

/* What no row may match: nothing, all FF, noise. */
static void test_nothing_there(void **state)
{
	enum { LEN = 0x30000 };
	ROM_AUTO uint8_t *p = rom_alloc(LEN);
	bool noted;

	(void)state;
	for (unsigned round = 0; round < 3; round++) {
		if (round == 1)
			memset(p, 0xff, LEN);
		if (round == 2)
			noise(p, LEN, 1);
		for (size_t i = 0; i < CASES; i++) {
			assert_int_equal(
				probe(p, LEN, cases[i].format, &noted), 0);
			assert_false(noted);
		}
	}
}

/* An end before the fields that a magic promises is no error. */
static void test_cut_short(void **state)
{
	(void)state;
	for (size_t i = 0; i < CASES; i++) {
		const struct probe_case *c = &cases[i];
		ROM_AUTO uint8_t *whole = rom_alloc(c->size);
		size_t step = c->size < 4096 ? 1 : 61;
		bool noted;

		c->build(whole, c->size);
		for (size_t len = 1; len < c->size; len += step) {
			/* of its own size: the sanitizer sees what lies
			 * behind */
			ROM_AUTO uint8_t *p = rom_alloc(len);

			memcpy(p, whole, len);
			probe(p, len, c->format, &noted);
		}
	}
}

static bool has_case(const struct rom_prober *row)
{
	for (size_t i = 0; i < CASES; i++) {
		if (!strcmp(cases[i].row, row->name))
			return true;
	}
	return false;
}

/* A magic is compared within 32 bytes; one of them lies inside of the least
 * image that the row takes. */
static void check_magics(const struct rom_prober *row)
{
	bool inside = false;

	for (size_t i = 0; i < ROM_MAX_MAGICS && row->magic[i].bytes; i++) {
		const struct rom_magic *m = &row->magic[i];

		assert_in_range(m->len, 2, 32);
		if (m->from_end)
			assert_true(m->offset >= m->len);
		inside = inside ||
			 (!m->from_end && m->offset + m->len <= row->min_size);
	}
	if (!inside)
		fail_msg("%s: no magic within its least size", row->name);
}

static void test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS; i++) {
		assert_non_null(rows[i]->name);
		assert_non_null(rows[i]->probe);
		assert_true(rows[i]->min_size > 0);
		check_magics(rows[i]);
		if (!has_case(rows[i]))
			fail_msg("%s has no case here", rows[i]->name);
	}
}

/* Statistics alone: what a partition without a format holds. */
static void test_fill(void **state)
{
	struct rom_partition p = { 0 };

	(void)state;
	p.stats = (struct rom_stats){
		.blocks = 10, .constant = 10, .zero = 10, .whole = true
	};
	rom_probe_stats(&p);
	assert_string_equal(rom_partition_format(&p), "zero");
	p.stats = (struct rom_stats){ .blocks = 10, .constant = 10, .ff = 10 };
	rom_probe_stats(&p);
	assert_string_equal(rom_partition_format(&p), "ff");
	assert_int_equal(p.claims.n, 1);
	p.stats = (struct rom_stats){ .blocks = 10, .random = 10 };
	rom_probe_stats(&p);
	assert_string_equal(rom_partition_format(&p), "noise");
	p.stats.structured = 1;
	rom_probe_stats(&p);
	assert_int_equal(p.claims.n, 0);
	rom_claims_done(&p.claims);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_sound),
		cmocka_unit_test(test_absurd),
		cmocka_unit_test(test_too_small),
		cmocka_unit_test(test_nothing_there),
		cmocka_unit_test(test_cut_short),
		cmocka_unit_test(test_fill),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
