/* SPDX-License-Identifier: MIT */
/* test_verdict.c - from facts to the verdict, row by row: first match wins, and
 * the grade is never better than the facts */
#include "unit.h"

#include "romsplit/crypt.h"

enum { MIB = 256 }; /* blocks of 4 KiB */

static struct rom_userdata_facts *facts;
static struct rom_userdata got;

static int begin(void **state)
{
	(void)state;
	facts = rom_alloc(sizeof(*facts));
	facts->present = true;
	facts->range = (struct rom_range){ 0x8000000, 1ull << 30 };
	facts->footers[0].partition = "userdata";
	got = (struct rom_userdata){ .access = ROM_ACCESS_NO };
	return 0;
}

static int end(void **state)
{
	struct rom_evidence *e;

	(void)state;
	rom_each (e, &got.evidence)
		free(e->text);
	rom_vec_done(&got.evidence);
	rom_facts_done(&got.detail);
	free(got.summary);
	free(facts);
	return 0;
}

static void stats(uint64_t blocks, uint64_t zero, uint64_t ff, uint64_t random,
	uint64_t structured)
{
	facts->has_stats = true;
	facts->stats = (struct rom_stats){ .bytes = blocks * 4096,
		.blocks = blocks,
		.zero = zero,
		.ff = ff,
		.constant = zero + ff,
		.random = random,
		.structured = structured,
		.entropy = 7.9,
		.whole = true };
}

static void ext4(void)
{
	facts->filesystem = "ext4";
	facts->magic = "superblock magic 53 EF";
	facts->magic_offset = 0x438;
	facts->reader = facts->root_readable = true;
	facts->media = "/media/0";
}

static void footer(uint8_t kdf, uint32_t type, uint32_t flags)
{
	facts->n_footers = 1;
	facts->footers[0].partition = "metadata";
	facts->footers[0].offset = 0x3000000;
	facts->footers[0].footer = (struct rom_crypt_footer){ .major = 1,
		.minor = 3,
		.flags = flags,
		.key_size = 16,
		.crypt_type = type,
		.fs_sectors = (1u << 30) / 512 - 32,
		.cipher = "aes-cbc-essiv:sha256",
		.kdf = kdf,
		.salt = { 1 },
		.encrypted_upto = 4096 };
}

static void encrypted_dir(const char *path, uint8_t version)
{
	struct rom_encrypted_dir *d = &facts->dirs[facts->n_dirs++];

	strcpy(d->path, path);
	d->has_context = version > 0;
	d->context = (struct rom_fscrypt){ .version = version,
		.contents = 1,
		.names = 4,
		.flags = 2,
		.key = { 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0x99 },
		.key_len = version == 1 ? 8 : 16 };
}

static bool has_evidence(const char *text)
{
	const struct rom_evidence *e;

	rom_each (e, &got.evidence) {
		if (strstr(e->text, text))
			return true;
	}
	return false;
}

static void expect(enum rom_verdict_kind verdict, enum rom_verdict_grade grade,
	double least, double most, enum rom_access access)
{
	rom_verdict_decide(facts, &got);
	assert_string_equal(
		rom_verdict_name(got.verdict), rom_verdict_name(verdict));
	assert_int_equal(got.grade, grade);
	assert_true(got.confidence >= least && got.confidence <= most);
	assert_int_equal(got.access, access);
	assert_true(got.summary && strlen(got.summary) > 20);
}

/* ---- nothing there ------------------------------------------------------- */

static void absent(void **state)
{
	(void)state;
	facts->present = false;
	expect(ROM_VERDICT_ABSENT, ROM_NOT_GRADED, 1, 1, ROM_ACCESS_NO);
}

static void wiped_zeros(void **state)
{
	(void)state;
	stats(MIB, MIB, 0, 0, 0);
	expect(ROM_VERDICT_WIPED, ROM_STATISTICAL, 0.99, 0.99, ROM_ACCESS_NO);
	assert_non_null(strstr(got.summary, "zeros (00)"));
}

static void wiped_ff(void **state)
{
	(void)state;
	stats(MIB, 0, MIB, 0, 0);
	expect(ROM_VERDICT_WIPED, ROM_STATISTICAL, 0.99, 0.99, ROM_ACCESS_NO);
	assert_non_null(strstr(got.summary, "FF"));
}

static void wiped_is_not_with_a_footer(void **state)
{
	(void)state;
	stats(MIB, MIB, 0, 0, 0);
	footer(2, 1, 0);
	rom_verdict_decide(facts, &got);
	assert_int_not_equal(got.verdict, ROM_VERDICT_WIPED);
}

/* One block among zeros that nothing explains: not wiped, nor encrypted, nor
 * empty. With a backup superblock there is a filesystem to be saved. */
static void nearly_empty(void **state)
{
	(void)state;
	stats(10000, 9999, 0, 0, 1);
	rom_verdict_decide(facts, &got);
	assert_int_equal(got.verdict, ROM_VERDICT_UNKNOWN);
	assert_null(strstr(got.summary, "wiped"));
	assert_non_null(strstr(got.summary, "all but 1 of 10000"));
	facts->backup_offset = 134217728;
	rom_verdict_decide(facts, &got);
	assert_int_equal(got.verdict, ROM_VERDICT_DAMAGED);
}

/* ---- filesystems --------------------------------------------------------- */

static void plain_ext4(void **state)
{
	(void)state;
	ext4();
	expect(ROM_VERDICT_PLAIN, ROM_DERIVED, 1, 1, ROM_ACCESS_YES);
	assert_string_equal(got.filesystem, "ext4");
	assert_string_equal(got.summary, "userdata is not encrypted: ext4, "
					 "superblock magic 53 EF at 0x438.");
	assert_true(has_evidence("53 EF at 0x438"));
	assert_true(got.evidence.v[0].offset == 0x8000000 + 0x438);
}

/* The feature bit says "may": no directory is flagged, so nothing is
 * encrypted. */
static void plain_with_the_feature_bit(void **state)
{
	(void)state;
	ext4();
	facts->encrypt_feature = true;
	expect(ROM_VERDICT_PLAIN, ROM_DERIVED, 1, 1, ROM_ACCESS_YES);
	assert_true(has_evidence("feature bit"));
}

static void plain_f2fs(void **state)
{
	(void)state;
	facts->filesystem = "f2fs";
	facts->magic = "superblock magic 10 20 F5 F2";
	facts->magic_offset = 0x400;
	expect(ROM_VERDICT_PLAIN, ROM_DERIVED, 0.99, 0.99, ROM_ACCESS_YES);
	assert_non_null(strstr(got.summary, "10 20 F5 F2 at 0x400"));
}

/* Filled with one video: 99.9 % random, and all the same a filesystem that is
 * there. */
static void plain_full_of_video(void **state)
{
	(void)state;
	ext4();
	stats(16384, 0, 0, 16372, 12);
	expect(ROM_VERDICT_PLAIN, ROM_DERIVED, 1, 1, ROM_ACCESS_YES);
}

static void stale_footer(void **state)
{
	(void)state;
	ext4();
	footer(2, 1, 0);
	expect(ROM_VERDICT_PLAIN, ROM_DERIVED, 0.95, 1, ROM_ACCESS_YES);
	assert_true(has_evidence("crypto footer 1.3 in metadata"));
	assert_non_null(strstr(got.summary, "stale"));
}

static void force_encrypt(void **state)
{
	(void)state;
	ext4();
	footer(2, 1, ROM_FDE_FORCE);
	expect(ROM_VERDICT_PLAIN, ROM_DERIVED, 0.95, 1, ROM_ACCESS_YES);
	assert_non_null(strstr(got.summary, "prepared"));
	assert_null(strstr(got.summary, "stale"));
}

static void damaged_root(void **state)
{
	(void)state;
	ext4();
	facts->root_readable = false;
	expect(ROM_VERDICT_DAMAGED, ROM_DERIVED, 0, 0.5, ROM_ACCESS_NO);
}

/* ---- file-based encryption ----------------------------------------------- */

static void fbe(void **state)
{
	(void)state;
	ext4();
	encrypted_dir("/media/0", 2);
	encrypted_dir("/system_de/0", 1);
	facts->media_encrypted = true;
	expect(ROM_VERDICT_FBE, ROM_DERIVED, 1, 1, ROM_ACCESS_DEVICE);
	assert_true(has_evidence(
		"/media/0 is encrypted: policy v2, contents AES-256-XTS, names "
		"AES-256-CTS-CBC, flags 0x02, "
		"key identifier 11223344556677889900000000000000"));
	assert_true(has_evidence("/system_de/0 is encrypted: policy v1"));
	assert_true(has_evidence("key descriptor 1122334455667788"));
}

static void fbe_without_context(void **state)
{
	(void)state;
	ext4();
	encrypted_dir("/media/0", 0);
	facts->media_encrypted = true;
	expect(ROM_VERDICT_FBE, ROM_DERIVED, 0.9, 1, ROM_ACCESS_DEVICE);
	assert_true(has_evidence("could not be read"));
}

static void fbe_f2fs_by_its_feature(void **state)
{
	(void)state;
	facts->filesystem = "f2fs";
	facts->magic = "superblock magic 10 20 F5 F2";
	facts->magic_offset = 0x400;
	facts->encrypt_feature = true;
	expect(ROM_VERDICT_FBE, ROM_DECLARED, 0.9, 0.9, ROM_ACCESS_DEVICE);
}

/* A stale footer does not make full-disk encryption of it. */
static void fbe_beside_a_footer(void **state)
{
	(void)state;
	ext4();
	encrypted_dir("/media/0", 2);
	facts->media_encrypted = true;
	footer(5, 1, 0);
	expect(ROM_VERDICT_FBE, ROM_DERIVED, 1, 1, ROM_ACCESS_DEVICE);
}

/* ---- full-disk encryption ------------------------------------------------ */

static void fde_password(void **state)
{
	static const char *const secrets[] = { "password", "default password",
		"pattern", "PIN" };

	for (uint8_t kdf = 1; kdf <= 2; kdf++) {
		for (uint32_t type = 0; type < 4; type++) {
			end(state);
			begin(state);
			stats(MIB, 0, 0, MIB, 0);
			footer(kdf, type, 0);
			expect(ROM_VERDICT_FDE, ROM_DECLARED, 0.99, 1,
				ROM_ACCESS_PASSWORD);
			assert_non_null(strstr(got.summary, secrets[type]));
			assert_true(has_evidence("aes-cbc-essiv:sha256"));
		}
	}
}

static void fde_device(void **state)
{
	for (uint8_t kdf = 3; kdf <= 5; kdf++) {
		end(state);
		begin(state);
		stats(MIB, 0, 0, MIB, 0);
		footer(kdf, 1, 0);
		expect(ROM_VERDICT_FDE, ROM_DECLARED, 0.99, 1,
			ROM_ACCESS_DEVICE);
		assert_non_null(strstr(got.summary, "rom/metadata.bin"));
		assert_non_null(
			strstr(got.summary, "only be opened on the phone"));
	}
	end(state);
	begin(state);
	stats(MIB, 0, 0, MIB, 0);
	footer(5, 1, 0);
	/* an old key blob that holds its key in clear */
	facts->footers[0].footer.software_blob = true;
	expect(ROM_VERDICT_FDE, ROM_DECLARED, 0.99, 1, ROM_ACCESS_PASSWORD);
	end(state);
	begin(state);
	stats(MIB, 0, 0, MIB, 0);
	footer(2, 1, 0);
	facts->footers[0].footer.samsung = true;
	expect(ROM_VERDICT_FDE, ROM_DECLARED, 0.99, 1, ROM_ACCESS_DEVICE);
}

/* Made in place: only the used blocks are ciphertext, 84 % are empty, 89 % of
 * the others pass. */
static void fde_in_place(void **state)
{
	(void)state;
	stats(4800, 4032, 0, 684, 12);
	footer(2, 1, 0);
	expect(ROM_VERDICT_FDE, ROM_DECLARED, 0.9, 1, ROM_ACCESS_PASSWORD);
}

static void fde_without_statistics(void **state)
{
	(void)state;
	footer(2, 1, 0);
	expect(ROM_VERDICT_FDE, ROM_DECLARED, 0.5, 1, ROM_ACCESS_PASSWORD);
}

/* The footer of another, larger partition: it says nothing about this one. */
static void footer_of_another_size(void **state)
{
	(void)state;
	stats(MIB, 0, 0, MIB, 0);
	footer(2, 1, 0);
	facts->footers[0].footer.fs_sectors = (1u << 30) / 512 + 1;
	facts->head_random = true;
	expect(ROM_VERDICT_ENCRYPTED_UNKNOWN, ROM_STATISTICAL, 0.5, 0.8,
		ROM_ACCESS_DEVICE);
}

/* A footer, but the bytes are no ciphertext: it is not believed. */
static void footer_beside_structure(void **state)
{
	(void)state;
	stats(1000, 0, 0, 300, 500);
	footer(2, 1, 0);
	expect(ROM_VERDICT_UNKNOWN, ROM_STATISTICAL, 0, 0.5, ROM_ACCESS_NO);
}

static void fde_interrupted(void **state)
{
	static const uint32_t flags[] = { ROM_FDE_IN_PROGRESS,
		ROM_FDE_INCONSISTENT };

	for (size_t i = 0; i < 2; i++) {
		end(state);
		begin(state);
		stats(1000, 200, 0, 400, 300); /* half of it still plain */
		footer(2, 1, flags[i]);
		expect(ROM_VERDICT_FDE_INTERRUPTED, ROM_DECLARED, 0.95, 0.95,
			ROM_ACCESS_PASSWORD);
		assert_true(has_evidence("interrupted"));
		if (flags[i] == ROM_FDE_IN_PROGRESS)
			assert_true(has_evidence("4096"));
	}
}

/* ---- metadata encryption, noise ------------------------------------------ */

static void metadata(void **state)
{
	(void)state;
	/* discarded blocks are constant: they do not count */
	stats(1000, 100, 0, 899, 0);
	facts->metadata_key = "md_udc";
	expect(ROM_VERDICT_METADATA, ROM_DERIVED, 0.99, 0.99,
		ROM_ACCESS_DEVICE);
	assert_non_null(strstr(got.summary, "md_udc"));
}

static void metadata_key_but_structure(void **state)
{
	(void)state;
	stats(1000, 0, 0, 985, 3);
	facts->metadata_key = "md_udc";
	facts->head_random = true;
	expect(ROM_VERDICT_UNKNOWN, ROM_STATISTICAL, 0, 0.5, ROM_ACCESS_NO);
}

static void noise_alone(void **state)
{
	(void)state;
	stats(65536, 1000, 0, 64529, 0);
	facts->head_random = true;
	expect(ROM_VERDICT_ENCRYPTED_UNKNOWN, ROM_STATISTICAL, 0.8, 0.8,
		ROM_ACCESS_DEVICE);
	assert_non_null(strstr(got.summary, "very likely"));
	assert_null(strstr(got.summary, "footer in"));
}

static void noise_with_constant_tail(void **state)
{
	(void)state;
	stats(65536, 0, 0, 65530, 0);
	facts->head_random = facts->tail_constant = true;
	expect(ROM_VERDICT_ENCRYPTED_UNKNOWN, ROM_STATISTICAL, 0.8, 0.8,
		ROM_ACCESS_DEVICE);
	assert_non_null(strstr(got.summary, "16 KiB"));
}

/* Measured: a plain ext4 filled by one noise-like file, superblock gone: p =
 * 0.999, and 12 structured blocks. */
static void full_of_video(void **state)
{
	(void)state;
	stats(16384, 0, 0, 16368, 12);
	facts->head_random = true;
	expect(ROM_VERDICT_UNKNOWN, ROM_STATISTICAL, 0, 0.5, ROM_ACCESS_NO);
	assert_true(has_evidence("12 have a structure"));
}

static void noise_after_a_plain_head(void **state)
{
	(void)state;
	stats(16384, 0, 0, 16384, 0);
	facts->head_random = false;
	expect(ROM_VERDICT_UNKNOWN, ROM_STATISTICAL, 0, 0.5, ROM_ACCESS_NO);
}

/* ---- damage -------------------------------------------------------------- */

static void damaged_by_backup(void **state)
{
	(void)state;
	stats(1000, 100, 0, 300, 400);
	facts->backup_offset = 32768ull * 4096;
	expect(ROM_VERDICT_DAMAGED, ROM_DERIVED, 0.95, 0.95, ROM_ACCESS_NO);
	assert_true(has_evidence("backup superblock is at 0x8000000"));
	facts->filesystem = "ext4"; /* it leads to a root directory */
	facts->super_gone = facts->reader = facts->root_readable = true;
	expect(ROM_VERDICT_DAMAGED, ROM_DERIVED, 0.95, 0.95, ROM_ACCESS_YES);
	assert_true(has_evidence("backup superblock of ext4 is at 0x8000000"));
}

static void magic_alone(void **state)
{
	(void)state;
	stats(1000, 1000, 0, 0, 0);
	facts->magic_only = true;
	facts->super_offset = 1024;
	expect(ROM_VERDICT_UNKNOWN, ROM_STATISTICAL, 0, 0.5, ROM_ACCESS_NO);
	assert_true(has_evidence("magic"));
}

static void nothing_known(void **state)
{
	(void)state;
	expect(ROM_VERDICT_UNKNOWN, ROM_STATISTICAL, 0, 0.5, ROM_ACCESS_NO);
}

static void names(void **state)
{
	static const char *const expected[] = { "plain", "fbe", "fde",
		"fde-interrupted", "metadata", "encrypted-unknown", "wiped",
		"damaged", "absent", "unknown" };

	(void)state;
	for (int i = 0; i <= ROM_VERDICT_UNKNOWN; i++)
		assert_string_equal(rom_verdict_name((enum rom_verdict_kind)i),
			expected[i]);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(absent),
		TEST(wiped_zeros),
		TEST(wiped_ff),
		TEST(wiped_is_not_with_a_footer),
		TEST(nearly_empty),
		TEST(plain_ext4),
		TEST(plain_with_the_feature_bit),
		TEST(plain_f2fs),
		TEST(plain_full_of_video),
		TEST(stale_footer),
		TEST(force_encrypt),
		TEST(damaged_root),
		TEST(fbe),
		TEST(fbe_without_context),
		TEST(fbe_f2fs_by_its_feature),
		TEST(fbe_beside_a_footer),
		TEST(fde_password),
		TEST(fde_device),
		TEST(fde_in_place),
		TEST(fde_without_statistics),
		TEST(footer_of_another_size),
		TEST(footer_beside_structure),
		TEST(fde_interrupted),
		TEST(metadata),
		TEST(metadata_key_but_structure),
		TEST(noise_alone),
		TEST(noise_with_constant_tail),
		TEST(full_of_video),
		TEST(noise_after_a_plain_head),
		TEST(damaged_by_backup),
		TEST(magic_alone),
		TEST(nothing_known),
		TEST(names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
