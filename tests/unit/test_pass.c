/* SPDX-License-Identifier: MIT */
/* test_pass.c - the one reading: order, lanes, errors, bad sectors; the hash
 * and the statistics it feeds */
#include "pass_helpers.h"

#include <openssl/sha.h>

#include "romsplit/pass.h"

static uint8_t *bytes;

static int fill_bytes(void **state)
{
	(void)state;
	bytes = malloc(SIZE);
	noise(bytes, SIZE, 3);
	return 0;
}

static int free_bytes(void **state)
{
	(void)state;
	free(bytes);
	return 0;
}

/* ---- a sink that remembers what it was given ----------------------------- */

struct recorder {
	struct rom_sink sink;
	/* where the next block must begin */
	uint64_t next;
	uint64_t bytes[ROM_BLOCK_LOST + 1]; /* of each kind */
	/* blocks left a gap, came twice or held other bytes */
	bool torn;
	/* the block that holds this fails; UINT64_MAX: none */
	uint64_t fail_at;
	size_t blocks;
};

static enum rom_status record(
	struct rom_sink *self, const struct rom_block *b, struct rom_err *err)
{
	struct recorder *r = (struct recorder *)self;

	r->blocks++;
	if (b->offset != r->next || b->len == 0 ||
		b->offset + b->len > rom_range_end(self->range))
		r->torn = true;
	if ((b->kind == ROM_BLOCK_DATA) != (b->data != NULL))
		r->torn = true;
	if (b->data && b->offset + b->len <= SIZE &&
		memcmp(b->data, bytes + b->offset, b->len))
		r->torn = true;
	r->next = b->offset + b->len;
	r->bytes[b->kind] += b->len;
	if (r->fail_at - b->offset < b->len)
		return rom_fail(err, ROM_E_WRITE, r->fail_at, "no room left");
	return ROM_OK;
}

static struct recorder recorder(uint64_t offset, uint64_t len, unsigned worker)
{
	return (struct recorder){ .sink = { .range = { offset, len },
					  .worker = worker,
					  .feed = record },
		.next = offset,
		.fail_at = UINT64_MAX };
}

static struct rom_image *memory(void)
{
	return rom_image_open_memory(bytes, SIZE, "memory");
}

static enum rom_status run(struct rom_image *img, uint64_t offset, uint64_t len,
	struct rom_sink *const *sinks, size_t n)
{
	struct rom_pass pass = { .img = img,
		.range = { offset, len },
		.sinks = sinks,
		.n_sinks = n };
	struct rom_err err;

	return rom_pass_run(&pass, &err);
}

/* ---- the reader ---------------------------------------------------------- */

static void covers_odd_ranges(void **state)
{
	static const struct rom_range ranges[] = { { 0, 1 }, { 0, SIZE },
		{ 1, SIZE - 1 }, { 4095, 2 }, { SIZE - 1, 1 },
		{ 12345, (3 << 20) + 17 }, { (1 << 20) - 1, 2 },
		{ 1 << 20, 1 << 20 }, { 777, 0 } };
	ROM_AUTO_IMAGE struct rom_image *img = memory();

	(void)state;
	for (size_t i = 0; i < sizeof(ranges) / sizeof(*ranges); i++) {
		struct recorder r =
			recorder(ranges[i].offset, ranges[i].len, 0);
		struct rom_sink *sinks[] = { &r.sink };

		assert_int_equal(
			run(img, ranges[i].offset, ranges[i].len, sinks, 1),
			ROM_OK);
		assert_false(r.torn);
		assert_true(r.next == rom_range_end(ranges[i]));
		assert_int_equal(r.bytes[ROM_BLOCK_DATA], ranges[i].len);
	}
	assert_int_equal(run(img, 0, SIZE, NULL, 0), ROM_OK);
}

/* Sinks of all lanes, two of them sharing one, each with a range of its own:
 * some reach out of what is read. */
static void workers_and_ranges(void **state)
{
	ROM_AUTO_IMAGE struct rom_image *img = memory();
	struct recorder r[] = { recorder(0, SIZE, 0), recorder(100001, 1, 1),
		recorder(100002, 3000003, 1), recorder(SIZE - 5, 5, 2),
		recorder(1 << 20, 1 << 20, 3), recorder(0, 0, 3) };
	struct rom_sink *sinks[6];
	struct recorder outside = recorder(1000, 1000, 0);
	struct rom_sink *const only_outside[] = { &outside.sink };
	struct rom_pass pass = {
		.img = img, .range = { 0, SIZE }, .sinks = sinks, .n_sinks = 6
	};
	struct rom_err err;

	(void)state;
	for (size_t i = 0; i < 6; i++)
		sinks[i] = &r[i].sink;
	assert_int_equal(rom_pass_run(&pass, &err), ROM_OK);
	for (size_t i = 0; i < 6; i++) {
		assert_false(r[i].torn);
		assert_true(r[i].next == rom_range_end(r[i].sink.range));
	}
	/* once, however many look at it */
	assert_int_equal(pass.bytes_read, SIZE);

	assert_int_equal(run(img, 2000, 5000, only_outside, 1), ROM_OK);
	assert_int_equal(outside.blocks, 0);
}

/* What lies between two partitions that are asked for is not read, nor what
 * lies behind them. */
static void reads_what_is_wanted(void **state)
{
	ROM_AUTO_IMAGE struct rom_image *img = memory();
	struct recorder r[] = { recorder(100, 1000, 0), recorder(600, 1000, 1),
		recorder(4 << 20, 5000, 0) };
	struct rom_sink *sinks[] = { &r[0].sink, &r[1].sink, &r[2].sink };
	struct rom_pass pass = {
		.img = img, .range = { 0, SIZE }, .sinks = sinks, .n_sinks = 3
	};
	struct rom_err err;

	(void)state;
	assert_int_equal(rom_pass_run(&pass, &err), ROM_OK);
	for (size_t i = 0; i < 3; i++) {
		assert_false(r[i].torn);
		assert_true(r[i].next == rom_range_end(r[i].sink.range));
	}
	assert_int_equal(pass.bytes_read, 1500 + 5000);
}

static void holes_and_absent(void **state)
{
	/* sparse: 28 + chunk FILL 0 of 2 MiB, DONT_CARE of 1 MiB, RAW of 8
	 * bytes; the window reaches 1 MiB past its end */
	uint8_t file[28 + 16 + 12 + 12 + 8] = { 0 };
	ROM_AUTO_IMAGE struct rom_image *below = NULL, *sparse = NULL,
					*img = NULL;
	struct recorder r = recorder(0, (4 << 20) + 8, 0);
	struct rom_sink *sinks[] = { &r.sink };
	struct rom_err err;

	(void)state;
	put(file, 4, 0xed26ff3a);
	put(file + 4, 2, 1);
	put(file + 8, 2, 28);
	put(file + 10, 2, 12);
	put(file + 12, 4, 8);
	put(file + 16, 4, (3 << 20) / 8 + 1);
	put(file + 20, 4, 3);
	put(file + 28, 2, 0xcac2);
	put(file + 32, 4, (2 << 20) / 8);
	put(file + 36, 4, 16);
	put(file + 44, 2, 0xcac3);
	put(file + 48, 4, (1 << 20) / 8);
	put(file + 52, 4, 12);
	put(file + 56, 2, 0xcac1);
	put(file + 60, 4, 1);
	put(file + 64, 4, 20);
	memcpy(file + 68, bytes + (3 << 20), 8);
	below = rom_image_open_memory(file, sizeof(file), "file");
	assert_int_equal(rom_image_open_sparse(below, &sparse, &err), ROM_OK);
	img = rom_image_open_slice(
		sparse, (struct rom_range){ 0, (4 << 20) + 8 }, "window");
	assert_int_equal(run(img, 0, (4 << 20) + 8, sinks, 1), ROM_OK);
	assert_false(r.torn);
	assert_int_equal(r.bytes[ROM_BLOCK_HOLE], 2 << 20);
	assert_int_equal(r.bytes[ROM_BLOCK_DATA], 8);
	assert_int_equal(r.bytes[ROM_BLOCK_LOST], 2 << 20);
}

static void sink_error_ends_it(void **state)
{
	static const uint64_t places[] = { 0, 1, 1 << 20, 3 << 20, SIZE - 1 };
	ROM_AUTO_IMAGE struct rom_image *img = memory();

	(void)state;
	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++) {
		for (unsigned worker = 0; worker < ROM_PASS_WORKERS; worker++) {
			struct recorder good = recorder(0, SIZE, 0),
					bad = recorder(0, SIZE, worker);
			struct rom_sink *sinks[] = { &good.sink, &bad.sink };
			struct rom_pass pass = { .img = img,
				.range = { 0, SIZE },
				.sinks = sinks,
				.n_sinks = 2 };
			struct rom_err err = { 0 };

			bad.fail_at = places[i];
			assert_int_equal(
				rom_pass_run(&pass, &err), ROM_E_WRITE);
			assert_string_equal(err.text, "no room left");
			assert_int_equal(err.offset, places[i]);
			assert_false(good.torn);
			assert_false(bad.torn);
			/* not fed again */
			assert_true(bad.next > places[i] &&
				    bad.next - places[i] <= 1 << 20);
		}
	}
}

/* ---- stopping ------------------------------------------------------------ */

static void stops_when_told(void **state)
{
	ROM_AUTO_IMAGE struct rom_image *img = memory();
	struct recorder r = recorder(0, SIZE, 1);
	struct rom_sink *sinks[] = { &r.sink };
	struct rom_progress progress = { .stop = 1 };
	struct rom_pass pass = { .img = img,
		.range = { 0, SIZE },
		.sinks = sinks,
		.n_sinks = 1,
		.progress = &progress,
		.what = "reading" };
	struct rom_err err;

	(void)state;
	assert_int_equal(rom_pass_run(&pass, &err), ROM_E_STOPPED);
	assert_int_equal(r.blocks, 0);

	progress = (struct rom_progress){ .tick = stop_in_the_middle };
	ticked = 0;
	assert_int_equal(rom_pass_run(&pass, &err), ROM_E_STOPPED);
	assert_true(ticked > SIZE / 2 && ticked < SIZE);
	assert_true(r.next < SIZE);
	assert_false(r.torn);

	r = recorder(0, SIZE, 1);
	progress = (struct rom_progress){ .tick = count_ticks };
	assert_int_equal(rom_pass_run(&pass, &err), ROM_OK);
	assert_int_equal(ticked, SIZE);
	assert_true(r.next == SIZE);
}

/* ---- bad sectors --------------------------------------------------------- */

static enum rom_status faulty_read(struct rom_image *img, void *buf, size_t len,
	uint64_t offset, struct rom_err *err)
{
	if (rom_range_common((struct rom_range){ offset, len }, bad_range).len)
		return rom_fail(
			err, ROM_E_IO, offset, "%s: bad sector", img->name);
	memcpy(buf, bytes + offset, len);
	return ROM_OK;
}

static void faulty_map(struct rom_image *img, uint64_t offset, uint64_t len,
	struct rom_span *ret)
{
	(void)img;
	(void)offset;
	*ret = (struct rom_span){ .kind = ROM_SPAN_READ, .len = len };
}

static void faulty_close(struct rom_image *img)
{
	(void)img;
}

static const struct rom_image_ops faulty = {
	.read_at = faulty_read, .map = faulty_map, .close = faulty_close
};

/* A bad sector costs the pieces it lies in, and no more; every one of them is
 * told of. */
static void bad_sector(void **state)
{
	struct rom_image *img = rom_alloc(sizeof(*img));
	struct rom_hash_sink hash;
	struct rom_sink *sinks[] = { &hash.sink };
	struct rom_range reported = { 0, 0 };
	struct rom_pass pass = { .img = img,
		.range = { 0, SIZE },
		.sinks = sinks,
		.n_sinks = 1,
		.bad = on_bad,
		.bad_ctx = &reported };
	uint8_t *expected = malloc(SIZE), good[32], got[32];
	struct rom_err err;

	(void)state;
	*img = (struct rom_image){ &faulty, rom_strdup("faulty"), SIZE, 1 };
	rom_hash_sink_init(&hash, (struct rom_range){ 0, SIZE }, 0);
	assert_int_equal(rom_pass_run(&pass, &err), ROM_OK);
	rom_hash_sink_done(&hash, got);
	check_reported(reported);
	memcpy(expected, bytes, SIZE);
	memset(expected + reported.offset, 0, reported.len);
	SHA256(expected, SIZE, good);
	assert_memory_equal(got, good, 32);
	free(expected);
	pass.bad = NULL;
	pass.n_sinks = 0;
	assert_int_equal(rom_pass_run(&pass, &err), ROM_OK);
	rom_image_close(img);
}

/* ---- hashes -------------------------------------------------------------- */

static void hashes(void **state)
{
	static const struct rom_range ranges[] = { { 0, SIZE }, { 1, 4097 },
		{ 12345, (3 << 20) + 17 }, { SIZE - 1, 1 }, { 0, 0 },
		{ 1 << 20, 1 << 20 } };
	enum { N = sizeof(ranges) / sizeof(*ranges) };
	ROM_AUTO_IMAGE struct rom_image *img = memory();
	struct rom_hash_sink s[N];
	struct rom_sink *sinks[N];
	uint8_t got[32], expected[32];

	(void)state;
	for (size_t i = 0; i < N; i++) {
		rom_hash_sink_init(
			&s[i], ranges[i], (unsigned)i % ROM_PASS_WORKERS);
		sinks[i] = &s[i].sink;
	}
	assert_int_equal(run(img, 0, SIZE, sinks, N), ROM_OK);
	for (size_t i = 0; i < N; i++) {
		rom_hash_sink_done(&s[i], got);
		SHA256(bytes + ranges[i].offset, ranges[i].len, expected);
		assert_memory_equal(got, expected, 32);
	}
}

/* Parts are made along with the whole, two states at once where the processor
 * can: at multiples of 64 bytes and not, touching, with gaps, over the ends of
 * blocks, and where the image has nothing. */
static void hashes_of_parts(void **state)
{
	static const struct rom_range ranges[] = { { 64, 4096 }, { 4160, 1 },
		{ 4200, 1 << 20 }, { 2 << 20, (1 << 20) + 64 },
		{ SIZE - 640, 640 + 8192 } };
	enum { N = sizeof(ranges) / sizeof(*ranges), ALL = SIZE + 8192 };
	ROM_AUTO_IMAGE struct rom_image *img = memory();
	ROM_AUTO_IMAGE struct rom_image *slice = rom_image_open_slice(
		img, (struct rom_range){ 0, ALL }, "window");
	struct rom_hash_sink whole, part[N], overlapping;
	struct rom_sink *sinks[] = { &whole.sink };
	uint8_t *padded, got[32], expected[32];

	(void)state;
	if (!rom_digest_has_many())
		skip();
	padded = calloc(1, ALL);
	memcpy(padded, bytes, SIZE);
	rom_hash_sink_init(&whole, (struct rom_range){ 0, ALL }, 0);
	rom_hash_sink_init(&overlapping, (struct rom_range){ SIZE, 10 }, 0);
	for (size_t i = 0; i < N; i++) {
		rom_hash_sink_init(&part[i], ranges[i], 0);
		assert_true(rom_hash_sink_add(&whole, &part[i]));
	}
	assert_false(rom_hash_sink_add(&whole, &overlapping));
	assert_int_equal(run(slice, 0, ALL, sinks, 1), ROM_OK);
	for (size_t i = 0; i < N; i++) {
		rom_hash_sink_done(&part[i], got);
		SHA256(padded + ranges[i].offset, ranges[i].len, expected);
		assert_memory_equal(got, expected, 32);
	}
	rom_hash_sink_done(&whole, got);
	SHA256(padded, ALL, expected);
	assert_memory_equal(got, expected, 32);
	rom_hash_sink_done(&overlapping, got);
	free(padded);
}

/* What is not there hashes as zeros, as it is written. */
static void hash_of_absent(void **state)
{
	ROM_AUTO_IMAGE struct rom_image *img = memory();
	ROM_AUTO_IMAGE struct rom_image *slice = rom_image_open_slice(
		img, (struct rom_range){ SIZE - 1000, 100000 }, "window");
	struct rom_hash_sink s;
	struct rom_sink *sinks[] = { &s.sink };
	uint8_t *whole = calloc(1, 100000), got[32], expected[32];

	(void)state;
	memcpy(whole, bytes + SIZE - 1000, 1000);
	rom_hash_sink_init(&s, (struct rom_range){ 0, 100000 }, 0);
	assert_int_equal(run(slice, 0, 100000, sinks, 1), ROM_OK);
	rom_hash_sink_done(&s, got);
	SHA256(whole, 100000, expected);
	assert_memory_equal(got, expected, 32);
	free(whole);
}

/* ---- statistics ---------------------------------------------------------- */

static struct rom_stats stats_of(
	const uint8_t *data, size_t size, struct rom_range range)
{
	ROM_AUTO_IMAGE struct rom_image *img =
		rom_image_open_memory(data, size, "memory");
	struct rom_stats_sink s;
	struct rom_sink *sinks[] = { &s.sink };

	rom_stats_sink_init(&s, range, 2);
	assert_int_equal(run(img, 0, size, sinks, 1), ROM_OK);
	rom_stats_done(&s);
	return s.stats;
}

/* The same by the book: sum of (observed - expected)^2 / expected over 256
 * values. */
static struct rom_stats stats_by_the_book(const uint8_t *data, size_t len)
{
	struct rom_stats s = { .blocks = len / 4096 };

	for (size_t b = 0; b < s.blocks; b++, data += 4096) {
		unsigned counts[256] = { 0 };
		double chi = 0;

		for (size_t i = 0; i < 4096; i++)
			counts[data[i]]++;
		for (size_t v = 0; v < 256; v++)
			chi += ((double)counts[v] - 16) *
			       ((double)counts[v] - 16) / 16;
		if (counts[data[0]] == 4096) {
			s.constant++;
			s.zero += data[0] == 0;
			s.ff += data[0] == 255;
		} else {
			s.random += chi > 141.9 && chi < 347.7;
			s.structured += chi > 1000;
		}
	}
	return s;
}

static void stats_of_zeros_and_ff(void **state)
{
	uint8_t *data = calloc(1, 1 << 20);
	struct rom_stats s =
		stats_of(data, 1 << 20, (struct rom_range){ 0, 1 << 20 });

	(void)state;
	assert_true(s.blocks == 256 && s.zero == 256 && s.constant == 256 &&
		    s.bytes == 1 << 20);
	assert_true(s.ff == 0 && s.random == 0 && s.structured == 0 && s.whole);
	assert_true(s.entropy == 0.0);

	memset(data, 0xff, 1 << 20);
	s = stats_of(data, 1 << 20, (struct rom_range){ 0, 1 << 20 });
	assert_true(s.blocks == 256 && s.ff == 256 && s.constant == 256);
	assert_true(
		s.zero == 0 && s.random == 0 && s.structured == 0 && s.whole);
	assert_true(s.entropy == 0.0);

	memset(data, 0x5a, 1 << 19); /* half and half: one bit a byte */
	s = stats_of(data, 1 << 20, (struct rom_range){ 0, 1 << 20 });
	assert_true(s.constant == 256 && s.ff == 128 && s.zero == 0);
	assert_true(s.entropy > 0.9999 && s.entropy < 1.0001);

	/* a rest of less than a block is of one value, or it is not */
	s = stats_of(
		data, 1 << 19, (struct rom_range){ 4096 * 3, 4096 * 2 + 100 });
	assert_true(s.blocks == s.constant && s.zero == 0 && s.structured == 0);
	data[4096 * 5 + 50] = 0;
	s = stats_of(
		data, 1 << 19, (struct rom_range){ 4096 * 3, 4096 * 2 + 100 });
	assert_true(s.blocks == s.constant + 1 && s.random == 0 &&
		    s.structured == 0);
	free(data);
}

static void stats_of_random(void **state)
{
	struct rom_stats s =
		stats_of(bytes, SIZE, (struct rom_range){ 0, 5 << 20 });

	(void)state;
	assert_int_equal(s.blocks, 1280);
	assert_true(s.constant == 0 && s.structured == 0 && s.whole);
	/* one in five thousand may miss the limits */
	assert_true(s.random >= 1275);
	assert_true(s.entropy > 7.999 && s.entropy <= 8.0);
}

/* Mixed bytes at starts that are no multiple of anything: the counts are those
 * of the range alone. */
static void stats_of_odd_ranges(void **state)
{
	static const uint64_t starts[] = { 0, 1, 1000, 4095, 4097,
		(1 << 20) - 1, (1 << 20) + 4096 + 7 };
	enum { LEN = 2 << 20 };
	uint8_t *data = malloc(SIZE);

	(void)state;
	memcpy(data, bytes, SIZE);
	for (size_t offset = 100000; offset + 70000 < SIZE; offset += 300000) {
		memset(data + offset, offset % 600000 == 100000 ? 0 : 0xff,
			40000);
		for (size_t i = 40000; i < 60000; i++)
			data[offset + i] =
				(uint8_t)("a text, of few letters\n"[i % 23]);
		for (size_t i = 60000; i < 70000; i++)
			/* neither random nor clearly structured */
			data[offset + i] &= 0xfc;
	}
	for (size_t i = 0; i < sizeof(starts) / sizeof(*starts); i++) {
		struct rom_stats s = stats_of(
			data, SIZE, (struct rom_range){ starts[i], LEN });
		struct rom_stats book =
			stats_by_the_book(data + starts[i], LEN);

		assert_int_equal(s.blocks, book.blocks);
		assert_int_equal(s.bytes, LEN);
		assert_int_equal(s.constant, book.constant);
		assert_int_equal(s.zero, book.zero);
		assert_int_equal(s.ff, book.ff);
		assert_int_equal(s.random, book.random);
		assert_int_equal(s.structured, book.structured);
		/* the test tests something */
		assert_true(
			book.zero && book.ff && book.random && book.structured);
		assert_true(book.random + book.structured + book.constant <
			    book.blocks);
	}
	free(data);
}

/* Lost bytes are not zeros: they are left out, and the statistic is no longer
 * of the whole. */
static void stats_without_the_lost(void **state)
{
	struct rom_stats s;
	ROM_AUTO_IMAGE struct rom_image *img = memory();
	ROM_AUTO_IMAGE struct rom_image *slice = rom_image_open_slice(
		img, (struct rom_range){ 0, 8 << 20 }, "window");
	struct rom_stats_sink sink;
	struct rom_sink *sinks[] = { &sink.sink };

	(void)state;
	rom_stats_sink_init(&sink, (struct rom_range){ 0, 8 << 20 }, 0);
	assert_int_equal(run(slice, 0, 8 << 20, sinks, 1), ROM_OK);
	rom_stats_done(&sink);
	s = sink.stats;
	assert_false(s.whole);
	assert_int_equal(s.zero, 0);
	assert_true(s.blocks <= SIZE / 4096 + 1 && s.blocks >= SIZE / 4096);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(covers_odd_ranges),
		cmocka_unit_test(workers_and_ranges),
		cmocka_unit_test(reads_what_is_wanted),
		cmocka_unit_test(holes_and_absent),
		cmocka_unit_test(sink_error_ends_it),
		cmocka_unit_test(stops_when_told),
		cmocka_unit_test(bad_sector),
		cmocka_unit_test(hashes),
		cmocka_unit_test(hashes_of_parts),
		cmocka_unit_test(hash_of_absent),
		cmocka_unit_test(stats_of_zeros_and_ff),
		cmocka_unit_test(stats_of_random),
		cmocka_unit_test(stats_of_odd_ranges),
		cmocka_unit_test(stats_without_the_lost),
	};

	return cmocka_run_group_tests(tests, fill_bytes, free_bytes);
}
