/* SPDX-License-Identifier: MIT */
/* test_job.c - the jobs by way of the library: split, extract, all of it */
#include <string.h>

#include "fixture.h"

#include "romsplit/job.h"

struct job_test {
	char *dir, *image;
	uint8_t *bytes;
	size_t len;
	struct rom_dump *dump;
};

static struct job_test begin(const char *fixture)
{
	struct job_test t = { .dir = temp_dir() };
	struct rom_dump_options options = { .n_paths = 1 };
	const char *paths[1];
	struct rom_err err;

	t.bytes = fixture_bytes(fixture, &t.len);
	t.image = temp_file_of(t.dir, "full.bin", t.bytes, t.len);
	paths[0] = t.image;
	options.paths = paths;
	assert_int_equal(rom_dump_open(&options, &t.dump, &err), ROM_OK);
	return t;
}

static void end(struct job_test *t)
{
	rom_dump_close(t->dump);
	temp_dir_done(t->dir);
	free(t->image);
	free(t->bytes);
}

/* The file below the test's directory holds these bytes. */
static void assert_file(const struct job_test *t, const char *name,
	const uint8_t *want, size_t len)
{
	ROM_AUTO char *path = rom_format("%s/%s", t->dir, name);
	size_t n = 0;
	ROM_AUTO uint8_t *have = file_bytes(path, &n);

	assert_non_null(have);
	assert_int_equal(n, len);
	assert_memory_equal(have, want, len);
}

static void assert_file_sha256(
	const struct job_test *t, const char *name, const char *hex)
{
	ROM_AUTO char *path = rom_format("%s/%s", t->dir, name);
	size_t n = 0;
	ROM_AUTO uint8_t *have = file_bytes(path, &n);

	assert_non_null(have);
	assert_sha256(have, n, hex);
}

static bool is_there(const struct job_test *t, const char *name)
{
	ROM_AUTO char *path = rom_format("%s/%s", t->dir, name);

	return !access(path, F_OK);
}

/* Two partitions, where sgdisk put them. */
static void split(void **state)
{
	static const char *const only[] = { "recovery", "boot_2" };
	struct job_test t = begin("gpt-contents");
	ROM_AUTO char *folder = rom_format("%s/rom", t.dir);
	const struct rom_job_options options = {
		.folder = folder, .only = only, .n_only = 2, .hash = true
	};
	struct rom_job_stats stats = { 0 };
	struct rom_err err;

	(void)state;
	assert_int_equal(rom_job_split(t.dump, &options, &stats, &err), ROM_OK);
	for (size_t i = 0; i < 2; i++) {
		const struct rom_partition *p =
			rom_report_find(t.dump->report, only[i]);
		size_t offset = i ? 114688 : 98304, len = i ? 12288 : 8192;

		assert_non_null(p->file);
		ROM_AUTO char *name = rom_format("rom/%s", p->file);

		assert_file(&t, name, t.bytes + offset, len);
	}
	assert_null(rom_report_find(t.dump->report, "boot")->file);
	end(&t);
}

static void split_unknown(void **state)
{
	static const char *const only[] = { "nope" };
	struct job_test t = begin("gpt-contents");
	ROM_AUTO char *folder = rom_format("%s/rom", t.dir);
	const struct rom_job_options options = {
		.folder = folder, .only = only, .n_only = 1
	};
	struct rom_job_stats stats = { 0 };
	struct rom_err err;

	(void)state;
	assert_int_equal(
		rom_job_split(t.dump, &options, &stats, &err), ROM_E_NOT_FOUND);
	assert_false(is_there(&t, "rom"));
	end(&t);
}

/* The sums are those that the kernel shows of the fixture, after its journal
 * was replayed and before (its recovered.json and before.json). */
static void extract(void **state)
{
	static const char *const paths[] = { "/media/0/DCIM" };
	struct job_test t = begin("ext4-crash");
	ROM_AUTO char *folder = rom_format("%s/photos", t.dir);
	const struct rom_job_options options = { .folder = folder,
		.paths = paths,
		.n_paths = 1,
		.hashes = 1u << ROM_HASH_SHA256 };
	struct rom_extract_result result = { 0 };
	struct rom_err err;

	(void)state;
	assert_int_equal(
		rom_job_extract(t.dump, &options, &result, &err), ROM_OK);
	assert_true(result.all.files >= 12);
	assert_int_equal(result.all.damaged, 0);
	assert_file_sha256(&t, "photos/Camera/IMG_1.jpg",
		"362da16213021a8f8feb0bde17fb50ce79859832b675749d02f5a110d6e2"
		"2726");
	assert_true(is_there(&t, "photos.manifest.jsonl"));
	assert_int_equal(t.dump->stats.filesystems, 1);
	assert_int_equal(t.dump->stats.journals, 1);
	rom_extract_result_done(&result);
	end(&t);
}

static void extract_nothing(void **state)
{
	static const char *const paths[] = { "/media/0/nope" };
	struct job_test t = begin("ext4-crash");
	ROM_AUTO char *folder = rom_format("%s/photos", t.dir);
	struct rom_job_options options = {
		.folder = folder, .paths = paths, .n_paths = 1
	};
	struct rom_extract_result result = { 0 };
	struct rom_err err;

	(void)state;
	assert_int_equal(rom_job_extract(t.dump, &options, &result, &err),
		ROM_E_NOT_FOUND);
	assert_false(is_there(&t, "photos"));
	options.partition = "nope";
	assert_int_equal(rom_job_extract(t.dump, &options, &result, &err),
		ROM_E_NOT_FOUND);
	rom_extract_result_done(&result);
	end(&t);
}

static void whole_job(void **state)
{
	struct job_test t = begin("ext4-crash");
	ROM_AUTO char *folder = rom_format("%s/out", t.dir);
	const struct rom_job_options options = {
		.folder = folder, .hash = true, .hashes = 1u << ROM_HASH_SHA256
	};
	struct rom_job_stats stats = { 0 };
	struct rom_err err;

	(void)state;
	assert_int_equal(rom_job_run(t.dump, &options, &stats, &err), ROM_OK);
	assert_int_equal(stats.opened.filesystems, 1);
	assert_int_equal(stats.opened.journals, 1);
	assert_true(stats.files >= 12);
	assert_file_sha256(&t, "out/media/DCIM/Camera/IMG_1.jpg",
		"362da16213021a8f8feb0bde17fb50ce79859832b675749d02f5a110d6e2"
		"2726");
	assert_true(is_there(&t, "out/report.json"));
	assert_true(is_there(&t, "out/SHA256SUMS"));
	assert_false(is_there(&t, "out/.part"));
	end(&t);
}

static void against_itself(void **state)
{
	struct job_test a = begin("gpt-contents"), b = begin("gpt-contents");
	struct rom_diff diff;
	struct rom_err err;

	(void)state;
	assert_int_equal(
		rom_job_diff(a.dump, b.dump, NULL, &diff, &err), ROM_OK);
	assert_true(diff.same && diff.rows.n > 5);
	rom_diff_done(&diff);
	end(&a);
	end(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(split),
		cmocka_unit_test(split_unknown),
		cmocka_unit_test(extract),
		cmocka_unit_test(extract_nothing),
		cmocka_unit_test(whole_job),
		cmocka_unit_test(against_itself),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
