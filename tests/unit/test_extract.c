/* SPDX-License-Identifier: MIT */
/* test_extract.c - files made by hand, by no filesystem at all, through the
 * extractor; a file log that no table has a row for */
#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

#include "unit.h"

#include "romsplit/extract.h"
#include "romsplit/render.h"

enum { IMAGE_LEN = 4 << 20 };

/* ---- a place to extract to, and a log that sees everything --------------- */

struct seen {
	char *path, *link_to; /* as written; NULL: not */
	enum rom_provenance provenance;
	enum rom_status status;
	size_t lost;
	uint8_t head[16];
	size_t head_len;
};

struct log {
	struct rom_file_log log; /* first */
	ROM_VEC(struct seen) seen;
	uint8_t head[16];
	size_t head_len;
	bool closed;
};

static void see_head(struct rom_file_log *log, const struct rom_file *file,
	const uint8_t *bytes, size_t len)
{
	struct log *l = (struct log *)log;

	assert_true(len <= log->head_wanted);
	assert_int_equal(file->inode.type, ROM_FILE_REGULAR);
	memcpy(l->head, bytes, len);
	l->head_len = len;
}

static void see_file(struct rom_file_log *log, const struct rom_file *file,
	const struct rom_file_result *result)
{
	struct log *l = (struct log *)log;
	struct seen *s = rom_vec_add(&l->seen);

	s->path = result->path ? rom_strdup(result->path) : NULL;
	s->link_to = result->link_to ? rom_strdup(result->link_to) : NULL;
	s->provenance = file->provenance;
	s->status = result->status;
	s->lost = result->n_lost;
	memcpy(s->head, l->head, sizeof(s->head));
	s->head_len = l->head_len;
	l->head_len = 0;
}

static void close_log(struct rom_file_log *log)
{
	((struct log *)log)->closed = true;
}

struct place {
	char path[64];
	struct rom_out out;
	struct rom_report *report;
	struct log log;
	struct rom_file_log *manifest_log;
	char *manifest; /* its text, once closed */
	size_t manifest_len;
	FILE *manifest_stream;
	struct rom_extractor *x;
	struct rom_extract_result result;
	uint8_t *bytes; /* of the image that files lie in */
	struct rom_image *image;
};

static void open_place(struct place *p, bool pass)
{
	const struct rom_file_log_options none = { 0 };
	struct rom_file_log *logs[2];
	struct rom_extract_options options = {
		.hashes = 1u << ROM_HASH_SHA256,
		.logs = logs,
		.n_logs = 2,
	};
	struct rom_err err;

	strcpy(p->path, "/tmp/romsplit-extract-XXXXXX");
	assert_non_null(mkdtemp(p->path));
	assert_int_equal(rom_out_open(p->path, (struct rom_out_options){ 0 },
				 &p->out, &err),
		ROM_OK);
	p->bytes = rom_alloc(IMAGE_LEN);
	noise(p->bytes, IMAGE_LEN, 7);
	p->image = rom_image_open_memory(p->bytes, IMAGE_LEN, "by hand");
	p->report = options.report = rom_report_new();
	p->log.log = (struct rom_file_log){ 16, see_head, see_file, close_log };
	p->manifest_stream = open_memstream(&p->manifest, &p->manifest_len);
	logs[0] = &p->log.log;
	p->manifest_log = rom_log_manifest.open(p->manifest_stream, &none);
	logs[1] = p->manifest_log;
	options.pass = pass ? p->image : NULL;
	p->x = rom_extract_open(
		&(struct rom_target_tree){ &p->out, p->out.dir }, &options);
	logs[0] = NULL; /* the list was copied */
}

static int remove_one(
	const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st, (void)type, (void)ftw;
	return remove(path);
}

static void close_place(struct place *p)
{
	struct seen *s;

	rom_each (s, &p->log.seen) {
		free(s->path);
		free(s->link_to);
	}
	rom_vec_done(&p->log.seen);
	free(p->manifest);
	rom_extract_result_done(&p->result);
	rom_report_free(p->report);
	rom_image_close(p->image);
	free(p->bytes);
	rom_out_close(&p->out, ROM_OK, NULL);
	nftw(p->path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* Without a pass; the manifest can be read afterwards. */
static void finish(struct place *p)
{
	struct rom_err err = { 0 };

	assert_int_equal(
		rom_extract_close(p->x, ROM_OK, &p->result, &err), ROM_OK);
	p->manifest_log->close(p->manifest_log);
	fclose(p->manifest_stream);
}

/* With the pass that feeds the sinks. */
static void finish_with_pass(struct place *p)
{
	struct rom_sinks sinks = rom_extract_sinks(p->x);
	struct rom_pass pass = {
		.img = p->image,
		.range = { 0, IMAGE_LEN },
		.sinks = sinks.v,
		.n_sinks = sinks.n,
	};
	struct rom_err err = { 0 };

	assert_int_equal(rom_pass_run(&pass, &err), ROM_OK);
	finish(p);
}

/* ---- files made by hand -------------------------------------------------- */

static struct rom_origin origin_of(uint32_t id, const char *prefix)
{
	return (struct rom_origin){
		.id = id, .base = 0, .prefix = prefix, .partition = "hand"
	};
}

static struct rom_file file_of(
	const struct rom_origin *origin, const char *path, uint64_t size)
{
	return (struct rom_file){
		.path = rom_strdup(path),
		.path_len = strlen(path),
		.inode = { .ino = 12,
			.type = ROM_FILE_REGULAR,
			.mode = 0644,
			.uid = (uint32_t)geteuid(),
			.gid = (uint32_t)getegid(),
			.links = 1,
			.size = size,
			.mtime = { 1500000000, 123456789 } },
		.has_mtime = true,
		.origin = origin,
	};
}

static void add_extent(
	struct rom_file *f, uint64_t offset, uint64_t len, uint64_t image)
{
	rom_file_map_add(&f->map, f->inode.size,
		(struct rom_extent){ offset, len, image, ROM_EXTENT_DATA });
}

/* A file in two extents of the image, with a hole between them. */
static struct rom_file file_in_image(struct place *p,
	const struct rom_origin *origin, const char *path, uint64_t first,
	uint64_t second)
{
	struct rom_file f = file_of(origin, path, 3 * 8192);

	f.data = rom_image_ref(p->image);
	add_extent(&f, 0, 8192, first);
	add_extent(&f, 2 * 8192, 8192, second);
	return f;
}

static void add(struct place *p, struct rom_file *f)
{
	struct rom_err err = { 0 };

	assert_int_equal(rom_extract_add(p->x, f, &err), ROM_OK);
	assert_null(f->path); /* taken over */
}

/* What was written at path; its length. Freed by the caller. */
static uint8_t *written(
	const struct place *p, const char *path, size_t *ret_len)
{
	ROM_AUTO char *whole = rom_format("%s/%s", p->path, path);
	uint8_t *bytes = rom_alloc(1 << 20);
	FILE *f = fopen(whole, "rb");

	if (!f)
		fail_msg("%s: is not there", path);
	*ret_len = fread(bytes, 1, 1 << 20, f);
	fclose(f);
	return bytes;
}

static void assert_written(const struct place *p, const char *path,
	const void *expected, size_t len)
{
	size_t n;
	ROM_AUTO uint8_t *bytes = written(p, path, &n);

	assert_int_equal(n, len);
	assert_memory_equal(bytes, expected, len);
}

static void assert_in_image(const struct place *p, const char *path,
	uint64_t first, uint64_t second)
{
	ROM_AUTO uint8_t *expected = rom_alloc(3 * 8192);

	memcpy(expected, p->bytes + first, 8192);
	memcpy(expected + 2 * 8192, p->bytes + second, 8192);
	assert_written(p, path, expected, 3 * 8192);
}

static struct stat stat_of(const struct place *p, const char *path)
{
	ROM_AUTO char *whole = rom_format("%s/%s", p->path, path);
	struct stat st;

	if (lstat(whole, &st))
		fail_msg("%s: is not there", path);
	return st;
}

static const struct seen *seen_of(const struct place *p, const char *path)
{
	const struct seen *s;

	rom_each (s, &p->log.seen) {
		if (s->path && !strcmp(s->path, path))
			return s;
	}
	fail_msg("the log was not told of %s", path);
	return NULL;
}

/* ---- the tests ----------------------------------------------------------- */

static void any_producer(void **state)
{
	struct place p = { 0 };
	const struct rom_origin o = origin_of(1, "media/");
	static uint8_t own[5000];
	struct rom_file f;

	(void)state;
	open_place(&p, false);
	f = file_in_image(&p, &o, "DCIM/a.jpg", 65536, 16384);
	f.provenance = ROM_DELETED;
	f.grade = ROM_GRADE_WHOLE;
	f.name_grade = ROM_NAME_PROBABLE;
	rom_file_add_evidence(&f, ROM_EVIDENCE_SEQUENCE, 77,
		rom_strdup("journal transaction"));
	add(&p, &f);
	f = file_of(&o, "DCIM/bytes.txt", 5);
	f.map.bytes = (uint8_t *)rom_strdup("bytes");
	f.map.len = 5;
	add(&p, &f);
	noise(own, sizeof(own), 3);
	f = file_of(&o, "encoded", sizeof(own));
	f.map.image = rom_image_open_memory(own, sizeof(own), "unpacked");
	rom_file_map_add(&f.map, sizeof(own),
		(struct rom_extent){
			0, sizeof(own), 4096, ROM_EXTENT_ENCODED });
	f.provenance = ROM_MEMBER;
	add(&p, &f);
	f = file_of(&o, "link", 6);
	f.inode.type = ROM_FILE_SYMLINK;
	f.target = rom_strdup("a.jpg!");
	f.target_len = 6;
	add(&p, &f);
	finish(&p);
	assert_in_image(&p, "media/DCIM/a.jpg", 65536, 16384);
	assert_written(&p, "media/DCIM/bytes.txt", "bytes", 5);
	assert_written(&p, "media/encoded", own, sizeof(own));
	assert_true(S_ISLNK(stat_of(&p, "media/link").st_mode));
	assert_int_equal(
		stat_of(&p, "media/DCIM/a.jpg").st_mtim.tv_nsec, 123456789);
	assert_int_equal(p.result.all.files, 3);
	assert_int_equal(p.result.all.links, 1);
	assert_int_equal(p.result.all.reread, 0); /* there was no pass */
	/* provenance, grades and evidence are in the manifest */
	assert_non_null(strstr(p.manifest,
		"\"provenance\":\"deleted\",\"name_grade\":\"probable\","
		"\"grade\":\"whole\",\"evidence\":[{\"kind\":\"sequence\","
		"\"value\":77,\"text\":\"journal transaction\"}]"));
	assert_non_null(strstr(p.manifest, "\"provenance\":\"member\""));
	assert_non_null(strstr(p.manifest, "\"provenance\":\"allocated\""));
	close_place(&p);
}

/* A file without times gets none: neither 1970 nor a value in the manifest. */
static void without_times(void **state)
{
	struct place p = { 0 };
	const struct rom_origin o = origin_of(1, "");
	struct rom_file f;

	(void)state;
	open_place(&p, false);
	f = file_in_image(&p, &o, "carved.jpg", 0, 8192);
	f.has_mtime = false;
	f.inode.mtime = (struct rom_time){ 0 };
	f.provenance = ROM_CARVED;
	add(&p, &f);
	finish(&p);
	assert_true(stat_of(&p, "carved.jpg").st_mtim.tv_sec > 1000000000);
	assert_non_null(strstr(p.manifest, "\"mtime\":null"));
	assert_non_null(strstr(p.manifest, "\"atime\":null"));
	close_place(&p);
}

/* A log that stands in no table is told of each file, its beginning first. */
static void own_log(void **state)
{
	struct place p = { 0 };
	const struct rom_origin o = origin_of(1, "");
	struct rom_file f;

	(void)state;
	open_place(&p, false);
	f = file_in_image(&p, &o, "long", 0, 8192);
	add(&p, &f);
	f = file_of(&o, "short", 3);
	f.map.bytes = (uint8_t *)rom_strdup("abc");
	f.map.len = 3;
	add(&p, &f);
	f = file_of(&o, "empty", 0);
	add(&p, &f);
	finish(&p);
	assert_int_equal(p.log.seen.n, 3);
	assert_int_equal(seen_of(&p, "long")->head_len, 16);
	assert_memory_equal(seen_of(&p, "long")->head, p.bytes, 16);
	assert_int_equal(seen_of(&p, "short")->head_len, 3);
	assert_memory_equal(seen_of(&p, "short")->head, "abc", 3);
	assert_int_equal(seen_of(&p, "empty")->head_len, 0);
	assert_false(p.log.closed); /* it is the caller's */
	close_place(&p);
}

/* Names of one inode of one origin are one file; the same number in another
 * origin, or of a deleted life, is another. */
static void link_identity(void **state)
{
	struct place p = { 0 };
	const struct rom_origin a = origin_of(1, "a/"), b = origin_of(2, "b/");
	const char *const paths[] = { "first", "second", "gone", "gone2" };
	struct rom_file f;

	(void)state;
	open_place(&p, false);
	for (size_t i = 0; i < 4; i++) {
		f = file_in_image(&p, &a, paths[i], i < 2 ? 0 : 65536, 131072);
		f.inode.links = 2;
		f.provenance = i < 2 ? ROM_ALLOCATED : ROM_DELETED;
		add(&p, &f);
	}
	f = file_in_image(&p, &b, "other", 262144, 131072);
	f.inode.links = 2;
	add(&p, &f);
	finish(&p);
	assert_int_equal(
		stat_of(&p, "a/first").st_ino, stat_of(&p, "a/second").st_ino);
	assert_string_equal(seen_of(&p, "a/second")->link_to, "a/first");
	assert_int_equal(stat_of(&p, "a/gone").st_nlink, 1);
	assert_int_equal(stat_of(&p, "a/gone2").st_nlink, 1);
	assert_int_equal(stat_of(&p, "b/other").st_nlink, 1);
	assert_in_image(&p, "a/second", 0, 131072);
	assert_in_image(&p, "a/gone2", 65536, 131072);
	assert_in_image(&p, "b/other", 262144, 131072);
	assert_int_equal(rom_extract_counts_of(&p.result, 1).links, 1);
	assert_int_equal(rom_extract_counts_of(&p.result, 1).files, 3);
	assert_int_equal(rom_extract_counts_of(&p.result, 2).files, 1);
	assert_int_equal(rom_extract_counts_of(&p.result, 3).files, 0);
	close_place(&p);
}

/* What lies ascending in the image of the pass rides, from whatever producer
 * and through whatever images; the rest is read for itself, and counted. */
static void riding(void **state)
{
	struct place p = { 0 };
	const struct rom_origin o = origin_of(1, "");
	const struct rom_range halves[] = { { 1 << 20, 8192 },
		{ 2 << 20, 1 << 20 } };
	struct rom_image *partition;
	struct rom_file f;

	(void)state;
	open_place(&p, true);
	f = file_in_image(&p, &o, "ascending", 65536, 131072);
	f.provenance = ROM_CARVED;
	add(&p, &f);
	f = file_in_image(&p, &o, "descending", 131072, 65536);
	add(&p, &f);
	/* a partition in two extents: the file crosses from one to the other */
	partition = rom_image_open_extents(p.image, halves, 2, "logical");
	f = file_of(&o, "across", 16384);
	f.data = partition;
	add_extent(&f, 0, 16384, 0);
	add(&p, &f);
	f = file_of(&o, "bytes", 2);
	f.map.bytes = (uint8_t *)rom_strdup("ok");
	f.map.len = 2;
	add(&p, &f);
	finish_with_pass(&p);
	assert_in_image(&p, "ascending", 65536, 131072);
	assert_in_image(&p, "descending", 131072, 65536);
	assert_written(&p, "bytes", "ok", 2);
	memmove(p.bytes + (1 << 20) + 8192, p.bytes + (2 << 20), 8192);
	assert_written(&p, "across", p.bytes + (1 << 20), 16384);
	assert_int_equal(p.result.all.reread, 1);
	assert_int_equal(p.result.all.reread_bytes, 3 * 8192);
	assert_int_equal(seen_of(&p, "ascending")->provenance, ROM_CARVED);
	assert_memory_equal(
		seen_of(&p, "ascending")->head, p.bytes + 65536, 16);
	close_place(&p);
}

/* More files begun than a worker of the pass keeps open: all of them end at
 * the end of the image. The rest waits for the end of the pass. */
static void more_than_can_be_open(void **state)
{
	enum { FILES = 400 };
	struct place p = { 0 };
	const struct rom_origin o = origin_of(1, "");
	char name[32];

	(void)state;
	open_place(&p, true);
	for (unsigned i = 0; i < FILES; i++) {
		struct rom_file f;

		snprintf(name, sizeof(name), "%u", i);
		f = file_in_image(&p, &o, name, i * 8192,
			IMAGE_LEN - 8192); /* all end with the same bytes */
		add(&p, &f);
	}
	finish_with_pass(&p);
	assert_int_equal(p.result.all.files, FILES);
	for (unsigned i = 0; i < FILES; i += 13) {
		snprintf(name, sizeof(name), "%u", i);
		assert_in_image(&p, name, i * 8192, IMAGE_LEN - 8192);
	}
	close_place(&p);
}

/* A pass that never came, or that ended early without an error, loses no
 * file. */
static void without_the_pass(void **state)
{
	struct place p = { 0 };
	const struct rom_origin o = origin_of(1, "");
	struct rom_file f;

	(void)state;
	open_place(&p, true);
	f = file_in_image(&p, &o, "deferred", 65536, 131072);
	f.inode.links = 2;
	add(&p, &f);
	f = file_in_image(&p, &o, "second name", 65536, 131072);
	f.inode.links = 2;
	add(&p, &f);
	rom_extract_sinks(p.x);
	finish(&p);
	assert_in_image(&p, "deferred", 65536, 131072);
	assert_in_image(&p, "second name", 65536, 131072);
	assert_int_equal(p.result.all.files + p.result.all.links, 2);
	close_place(&p);
}

/* Equal names in one directory, names that cannot be, a file where a directory
 * has to be: nothing is lost, nothing leaves the output. */
static void names(void **state)
{
	enum { EQUAL = 3000 };
	struct place p = { 0 };
	const struct rom_origin o = origin_of(1, "");
	/* names of a dump may hold slashes, at any place */
	const char *const paths[] = { "../up", "a/../../b", "x", "x/inside",
		".part/own", "/c/d", "//e", "f//g", "h/", "/" };

	(void)state;
	open_place(&p, false);
	for (unsigned i = 0; i < EQUAL; i++) {
		struct rom_file f = file_of(&o, "d/same.jpg", 4);

		f.map.bytes = rom_alloc(5);
		snprintf((char *)f.map.bytes, 5, "%04u", i);
		f.map.len = 4;
		add(&p, &f);
	}
	for (size_t i = 0; i < 10; i++) {
		struct rom_file f = file_of(&o, paths[i], 0);

		add(&p, &f);
	}
	finish(&p);
	assert_written(&p, "d/same.jpg", "0000", 4);
	assert_written(&p, "d/same~2.jpg", "0001", 4);
	assert_written(&p, "d/same~3000.jpg", "2999", 4);
	assert_int_equal(p.result.all.files, EQUAL + 10);
	assert_int_equal(stat_of(&p, "x").st_size, 0);
	assert_true(S_ISDIR(stat_of(&p, "x~2").st_mode));
	seen_of(&p, "x~2/inside");
	stat_of(&p, ".part~2/own");
	stat_of(&p, "c/d");
	stat_of(&p, "e");
	stat_of(&p, "f/g");
	close_place(&p);
}

/* On a disk that refuses some names, what space is counted for is what is
 * written: a rerun finds it under its safe name. */
static void strict_names(void **state)
{
	static const char path[] = "sub?dir/12:00 a.mp4";
	struct place p = { 0 };
	const struct rom_origin o = origin_of(1, "me:dia/");
	ROM_AUTO char *before = NULL;
	struct rom_file f;

	(void)state;
	open_place(&p, false);
	p.out.rules = ROM_NAMES_STRICT;
	before = rom_extract_written_path(&p.out, o.prefix, path, strlen(path));
	f = file_of(&o, path, 0);
	add(&p, &f);
	finish(&p);
	assert_string_equal(before, p.log.seen.v[0].path);
	assert_null(strpbrk(before, ":?"));
	stat_of(&p, before);
	close_place(&p);
}

/* What can not be read is zeros and named; it is damage of the report. */
static void lost_ranges(void **state)
{
	struct place p = { 0 };
	const struct rom_origin o = origin_of(1, "");
	struct rom_file f;

	(void)state;
	open_place(&p, true);
	f = file_of(&o, "cut", 16384);
	f.data = rom_image_ref(p.image);
	add_extent(&f, 0, 8192, IMAGE_LEN - 8192);
	add_extent(&f, 8192, 8192, IMAGE_LEN); /* past the end of the dump */
	add(&p, &f);
	finish_with_pass(&p);
	assert_int_equal(seen_of(&p, "cut")->lost, 1);
	assert_int_equal(p.result.all.damaged, 1);
	assert_true(rom_report_damaged(p.report));
	assert_non_null(strstr(p.manifest, "\"damage\":[[8192,8192]]"));
	close_place(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_producer),
		cmocka_unit_test(without_times),
		cmocka_unit_test(own_log),
		cmocka_unit_test(link_identity),
		cmocka_unit_test(riding),
		cmocka_unit_test(more_than_can_be_open),
		cmocka_unit_test(without_the_pass),
		cmocka_unit_test(names),
		cmocka_unit_test(strict_names),
		cmocka_unit_test(lost_ranges),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
