/* SPDX-License-Identifier: MIT */
/* test_analyze.c - an opened dump: userdata, verdict, filesystems opened once,
 * keys; and the names of slots */
#include <string.h>

#include "fixture.h"

#include "../../src/analyze/analyze_priv.h"
#include "romsplit/analyze.h"

/* Of media/0/DCIM/Camera/IMG_1.jpg in the fixture ext4-crash, as the kernel
 * shows it after it replayed the journal (recovered.json there). */
#define PHOTO "/media/0/DCIM/Camera/IMG_1.jpg"

/* ---- dumps in memory ----------------------------------------------------- */

struct memory_dump {
	uint8_t *bytes;
	struct rom_dump *dump;
};

static enum rom_status open_bytes(struct memory_dump *m, size_t len,
	const struct rom_dump_options *options, struct rom_err *err)
{
	ROM_AUTO_IMAGE struct rom_image *img =
		rom_image_open_memory(m->bytes, len, "memory");

	return rom_dump_open_image(img, options, &m->dump, err);
}

static struct memory_dump open_fixture(
	const char *name, const struct rom_dump_options *options)
{
	size_t len;
	struct memory_dump m = { .bytes = fixture_bytes(name, &len) };
	struct rom_err err;

	assert_int_equal(open_bytes(&m, len, options, &err), ROM_OK);
	return m;
}

static void close_dump(struct memory_dump *m)
{
	rom_dump_close(m->dump);
	free(m->bytes);
}

static size_t count_notes(const struct rom_report *r, const char *words)
{
	const struct rom_note *n;
	size_t found = 0;

	rom_each (n, &r->notes)
		found += strstr(n->text, words) != NULL;
	return found;
}

/* ---- names --------------------------------------------------------------- */

static void slots(void **state)
{
	static const struct {
		const char *name, *want;
		bool slot, copy;
	} cases[] = {
		{ "boot", "boot", true, true },
		{ "boot_a", "boot", true, true },
		{ "BOOT_B", "boot", true, true },
		{ "boot_b", "BOOT", true, true },
		{ "vendor_boot", "boot", false, false },
		{ "vendor_boot", "vendor", false, false },
		{ "vendor_boot_a", "vendor_boot", true, true },
		{ "boot_c", "boot", false, false },
		{ "boot_ab", "boot", false, false },
		{ "boo", "boot", false, false },
		{ "", "boot", false, false },
		{ NULL, "boot", false, false },
		{ "super/vendor_a", "vendor", true, true },
		{ "super/vendor", "super", false, false },
		{ "lk2", "lk", false, true },
		{ "lk2", "lk2", true, true },
		{ "logo1_b", "logo", false, true },
		{ "logo_b1", "logo", false, false },
		{ "md1img", "md", false, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		assert_int_equal(rom_slot_matches(cases[i].name, cases[i].want),
			cases[i].slot);
		assert_int_equal(
			rom_slot_or_copy_matches(cases[i].name, cases[i].want),
			cases[i].copy);
	}
}

/* ---- opening ------------------------------------------------------------- */

static void nothing_there(void **state)
{
	static const char *const paths[] = { "/nonexistent/dump.bin" };
	const struct rom_dump_options options = {
		.paths = paths, .n_paths = 1, .secrets = rom_secrets_new()
	};
	struct rom_dump *dump = (void *)1;
	struct rom_err err;

	(void)state;
	assert_int_equal(rom_dump_open(&options, &dump, &err), ROM_E_INPUT);
	assert_null(dump);
	rom_dump_close(dump);
}

static void from_a_file(void **state)
{
	size_t len;
	ROM_AUTO uint8_t *bytes = fixture_bytes("ext4-small", &len);
	char *dir = temp_dir();
	ROM_AUTO char *path = temp_file_of(dir, "full.bin", bytes, len);
	const char *const paths[] = { path };
	const struct rom_dump_options options = {
		.paths = paths, .n_paths = 1, .command = "test"
	};
	struct rom_dump *dump;
	struct rom_err err;

	(void)state;
	assert_int_equal(rom_dump_open(&options, &dump, &err), ROM_OK);
	assert_string_equal(dump->report->command, "test");
	assert_string_equal(dump->report->image_path, path);
	assert_int_equal(dump->report->image_size, len);
	assert_int_equal(dump->report->userdata.verdict, ROM_VERDICT_PLAIN);
	rom_dump_close(dump);
	temp_dir_done(dir);
}

static void userdata_is_found(void **state)
{
	const struct rom_dump_options options = { 0 };
	struct memory_dump m = open_fixture("ext4-crash", &options);
	struct rom_report *r = m.dump->report;

	(void)state;
	/* a bare image: the only row, though it has no name */
	assert_ptr_equal(rom_analyze_userdata(r), &r->partitions.v[0]);
	assert_string_equal(r->userdata.filesystem, "ext4");
	assert_int_equal(r->userdata.verdict, ROM_VERDICT_PLAIN);
	assert_true(m.dump->facts->root_readable);
	assert_null(rom_analyze_storage(r, NULL));
	close_dump(&m);
}

static void table_alone(void **state)
{
	const struct rom_dump_options options = { .table_only = true };
	struct memory_dump m = open_fixture("gpt-contents", &options);
	struct rom_partition *p = rom_report_find(m.dump->report, "recovery");

	(void)state;
	assert_non_null(p);
	assert_int_equal(p->range.offset, 98304); /* as sgdisk has it */
	assert_int_equal(p->range.len, 8192);
	assert_null(m.dump->facts);
	assert_int_equal(m.dump->stats.filesystems, 0);
	rom_analyze_verdict(m.dump);
	assert_null(m.dump->report->userdata.summary);
	close_dump(&m);
}

/* ---- filesystems --------------------------------------------------------- */

static void check_photo(struct rom_fs *fs)
{
	static uint8_t buf[4 << 20];
	struct rom_inode inode;
	struct rom_err err;
	size_t n;

	assert_int_equal(rom_fs_lookup(fs, PHOTO, &inode, &err), ROM_OK);
	assert_int_equal(
		rom_fs_read(fs, &inode, 0, buf, sizeof(buf), &n, &err), ROM_OK);
	assert_sha256(buf, n,
		"362da16213021a8f8feb0bde17fb50ce79859832b675749d02f5a110d6e2"
		"2726");
}

static void opened_once(void **state)
{
	const struct rom_dump_options options = { 0 };
	struct memory_dump m = open_fixture("ext4-crash", &options);
	struct rom_dump_fs first, again, as_it_is;
	struct rom_dump *d = m.dump;
	struct rom_err err;

	(void)state;
	assert_int_equal(d->stats.filesystems, 1);
	assert_int_equal(d->stats.journals, 1);
	assert_int_equal(
		rom_dump_open_fs(d, NULL, false, &first, &err), ROM_OK);
	assert_int_equal(
		rom_dump_open_fs(d, NULL, false, &again, &err), ROM_OK);
	assert_ptr_equal(first.fs, again.fs);
	assert_int_equal(first.base, 0);
	assert_ptr_equal(first.partition, &d->report->partitions.v[0]);
	check_photo(first.fs);
	assert_int_equal(d->stats.filesystems, 1);
	assert_int_equal(d->stats.journals, 1);
	assert_int_equal(count_notes(d->report, "replayed in memory"), 1);
	assert_int_equal(
		rom_dump_open_fs(d, NULL, true, &as_it_is, &err), ROM_OK);
	assert_ptr_not_equal(as_it_is.fs, first.fs);
	assert_false(rom_fs_journal(as_it_is.fs)->replayed);
	assert_int_equal(d->stats.filesystems, 2);
	assert_int_equal(d->stats.journals, 1);
	close_dump(&m);
}

static void not_opened(void **state)
{
	const struct rom_dump_options options = { 0 };
	struct memory_dump m = open_fixture("gpt-contents", &options);
	uint64_t opened = m.dump->stats.filesystems;
	struct rom_dump_fs fs;
	struct rom_err err;

	(void)state;
	assert_int_equal(rom_dump_open_fs(m.dump, "nope", false, &fs, &err),
		ROM_E_NOT_FOUND);
	assert_non_null(strstr(err.text, "partition nope: not found"));
	for (int i = 0; i < 2; i++) {
		assert_int_equal(
			rom_dump_open_fs(m.dump, "recovery", false, &fs, &err),
			ROM_E_NOT_FOUND);
		assert_non_null(strstr(err.text, "expected a filesystem"));
	}
	assert_int_equal(m.dump->stats.filesystems, opened);
	close_dump(&m);
}

/* A dump in which many rows hold filesystems: the oldest that nobody keeps are
 * closed, the one that was given away is not. */
static void many_filesystems(void **state)
{
	const struct rom_dump_options options = { .table_only = true };
	struct memory_dump m = open_fixture("ext4-small", &options);
	struct rom_report *r = m.dump->report;
	struct rom_partition *p = &r->partitions.v[0];
	struct rom_range whole = p->range;
	struct rom_dump_fs kept, again;
	struct rom_err err;

	(void)state;
	assert_int_equal(
		rom_dump_open_fs(m.dump, NULL, false, &kept, &err), ROM_OK);
	for (int i = 0; i < 40; i++) {
		p = rom_vec_add(&r->partitions);
		p->name = rom_format("found_%d", i);
		p->range = whole;
		p->present = whole.len;
	}
	for (size_t i = 1; i < r->partitions.n; i++)
		assert_non_null(
			rom_fs_cache_usual(m.dump, &r->partitions.v[i]));
	assert_int_equal(m.dump->stats.filesystems, 41);
	/* the last ones are still open, the first of them is not */
	rom_fs_cache_usual(m.dump, &r->partitions.v[40]);
	assert_int_equal(m.dump->stats.filesystems, 41);
	rom_fs_cache_usual(m.dump, &r->partitions.v[1]);
	assert_int_equal(m.dump->stats.filesystems, 42);
	free(r->partitions.v[0].name);
	r->partitions.v[0].name = rom_strdup("userdata");
	assert_int_equal(
		rom_dump_open_fs(m.dump, "userdata", false, &again, &err),
		ROM_OK);
	assert_ptr_equal(again.fs, kept.fs);
	close_dump(&m);
}

struct findings {
	size_t n;
	char last[300];
};

static void count_damage(
	void *ctx, uint64_t ino, uint64_t offset, const char *text)
{
	struct findings *f = ctx;

	(void)ino;
	(void)offset;
	f->n++;
	snprintf(f->last, sizeof(f->last), "%s", text);
}

/* A boot sector that is gone is met when the filesystem is opened, before
 * anybody listens. */
static void damage_is_told_later(void **state)
{
	size_t len;
	ROM_AUTO uint8_t *bytes = fixture_bytes("fat32-kernel", &len);
	ROM_AUTO_IMAGE struct rom_image *img =
		rom_image_open_memory(bytes, len, "fat");
	ROM_AUTO_FS struct rom_fs *fs = NULL;
	struct findings first = { 0 }, second = { 0 };
	struct rom_err err;

	(void)state;
	memset(bytes, 0, 512);
	assert_int_equal(rom_fs_open(img, img, NULL, &fs, &err), ROM_OK);
	rom_fs_set_damage(fs, count_damage, &first);
	assert_int_equal(first.n, 1);
	assert_non_null(strstr(first.last, "boot sector is damaged"));
	rom_fs_set_damage(fs, count_damage, &second);
	assert_int_equal(second.n, 1);
	assert_string_equal(second.last, first.last);
	rom_fs_set_damage(fs, NULL, NULL);
	assert_int_equal(first.n, 1);
}

/* ---- keys ---------------------------------------------------------------- */

static void keys_in_the_dump(void **state)
{
	const struct rom_dump_options options = { 0 };
	struct memory_dump m = open_fixture("fbe-softkey", &options);
	const struct rom_unlocked *u = &m.dump->unlocked;
	struct rom_dump_fs fs;
	struct rom_err err;

	(void)state;
	assert_int_equal(m.dump->report->userdata.verdict, ROM_VERDICT_FBE);
	assert_true(rom_keyring_count(u->keyring) > 0);
	assert_true(u->dirs_open > 0);
	assert_int_equal(u->dirs_closed, 0);
	/* the facts are as the medium shows them without a key */
	assert_int_equal(m.dump->facts->n_dirs, u->dirs_open);
	assert_int_equal(
		rom_dump_open_fs(m.dump, NULL, false, &fs, &err), ROM_OK);
	assert_int_equal(m.dump->stats.filesystems, 1);
	close_dump(&m);
}

static struct rom_secrets *password(const char *text)
{
	struct rom_secrets *s = rom_secrets_new();
	struct rom_err err;

	assert_int_equal(rom_secrets_add(s, ROM_SECRET_PASSWORD, text,
				 strlen(text), &err),
		ROM_OK);
	return s;
}

static void wrong_password(void **state)
{
	const struct rom_dump_options options = { .secrets =
							  password("wrong") };
	size_t len;
	struct memory_dump m = { .bytes = fixture_bytes("fde-1.0", &len) };
	struct rom_err err;

	(void)state;
	assert_int_equal(open_bytes(&m, len, &options, &err), ROM_E_ENCRYPTED);
	assert_null(m.dump);
	free(m.bytes);
}

static void right_password(void **state)
{
	/* table_only: it is opened all the same */
	const struct rom_dump_options options = {
		.secrets = password("summer 2012"), .table_only = true
	};
	struct memory_dump m = open_fixture("fde-1.0", &options);
	struct rom_dump_fs fs;
	struct rom_err err;

	(void)state;
	assert_int_equal(m.dump->report->userdata.verdict, ROM_VERDICT_FDE);
	assert_non_null(m.dump->unlocked.opened.image);
	assert_int_equal(
		rom_dump_open_fs(m.dump, NULL, false, &fs, &err), ROM_OK);
	assert_string_equal(rom_fs_kind(fs.fs), m.dump->unlocked.filesystem);
	assert_int_equal(m.dump->stats.filesystems, 1);
	rom_analyze_verdict(m.dump);
	assert_non_null(
		strstr(m.dump->report->userdata.summary, "It was opened with"));
	close_dump(&m);
}

static void nothing_is_tried(void **state)
{
	const struct rom_dump_options options = { .no_unlock = true };
	struct memory_dump m = open_fixture("fbe-softkey", &options);

	(void)state;
	assert_int_equal(rom_keyring_count(m.dump->unlocked.keyring), 0);
	assert_null(m.dump->unlocked.with_keys);
	close_dump(&m);
}

/* ---- the verdict after the pass ------------------------------------------ */

struct counting_image {
	struct rom_image img;
	struct rom_image *below;
	size_t reads;
};

static enum rom_status counting_read(struct rom_image *img, void *buf,
	size_t len, uint64_t offset, struct rom_err *err)
{
	struct counting_image *c = (struct counting_image *)img;

	c->reads++;
	return rom_read(c->below, buf, len, offset, err);
}

static void counting_map(struct rom_image *img, uint64_t offset, uint64_t len,
	struct rom_span *ret)
{
	struct counting_image *c = (struct counting_image *)img;

	rom_image_map(c->below, offset, len, ret);
}

static void counting_close(struct rom_image *img)
{
	rom_image_close(((struct counting_image *)img)->below);
}

static const struct rom_image_ops counting_ops = {
	.read_at = counting_read, .map = counting_map, .close = counting_close
};

static struct counting_image *counting(const uint8_t *bytes, size_t len)
{
	struct counting_image *c = rom_alloc(sizeof(*c));

	c->img = (struct rom_image){ &counting_ops, rom_strdup("counted"), len,
		1 };
	c->below = rom_image_open_memory(bytes, len, "memory");
	return c;
}

/* Noise with as good as nothing in it at first, and full statistics that say
 * otherwise in the end. */
static void weighed_again(void **state)
{
	enum { LEN = 8 << 20 };
	ROM_AUTO uint8_t *bytes = rom_alloc(LEN);
	struct counting_image *c = counting(bytes, LEN);
	const struct rom_dump_options options = { 0 };
	struct rom_dump *d;
	struct rom_partition *p;
	struct rom_err err;
	size_t reads;

	(void)state;
	noise(bytes, LEN, 7);
	assert_int_equal(
		rom_dump_open_image(&c->img, &options, &d, &err), ROM_OK);
	assert_int_equal(
		d->report->userdata.verdict, ROM_VERDICT_ENCRYPTED_UNKNOWN);
	reads = c->reads;
	assert_true(reads > 0);
	p = rom_analyze_userdata(d->report);
	p->stats = (struct rom_stats){ .bytes = LEN,
		.blocks = LEN / 4096,
		.zero = LEN / 4096,
		.constant = LEN / 4096,
		.whole = true };
	rom_analyze_verdict(d);
	assert_int_equal(d->report->userdata.verdict, ROM_VERDICT_WIPED);
	assert_int_equal(c->reads, reads);
	assert_int_equal(d->stats.filesystems, 0);
	rom_dump_close(d);
	rom_image_close(&c->img);
}

static void same_again(void **state)
{
	const struct rom_dump_options options = { 0 };
	struct memory_dump m = open_fixture("fbe-softkey", &options);
	struct rom_userdata *u = &m.dump->report->userdata;
	ROM_AUTO char *summary = rom_strdup(u->summary);
	size_t evidence = u->evidence.n;

	(void)state;
	rom_analyze_verdict(m.dump);
	assert_string_equal(u->summary, summary);
	assert_int_equal(u->evidence.n, evidence);
	assert_int_equal(m.dump->stats.filesystems, 1);
	close_dump(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(slots),
		cmocka_unit_test(nothing_there),
		cmocka_unit_test(from_a_file),
		cmocka_unit_test(userdata_is_found),
		cmocka_unit_test(table_alone),
		cmocka_unit_test(opened_once),
		cmocka_unit_test(not_opened),
		cmocka_unit_test(many_filesystems),
		cmocka_unit_test(damage_is_told_later),
		cmocka_unit_test(keys_in_the_dump),
		cmocka_unit_test(wrong_password),
		cmocka_unit_test(right_password),
		cmocka_unit_test(nothing_is_tried),
		cmocka_unit_test(weighed_again),
		cmocka_unit_test(same_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
