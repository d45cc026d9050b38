/* SPDX-License-Identifier: MIT */
/* test_spread.c - a pass by several readers: every byte once, whatever the
 * order; errors, bad sectors, a stop */
#include "pass_helpers.h"

#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

#include "romsplit/pass.h"

enum { PIECE = 256 << 10 };
static uint8_t *bytes;
static char *path;
static struct rom_image *file;

static int make_file(void **state)
{
	const char *base = getenv("TMPDIR");
	struct rom_err err;
	int fd;

	(void)state;
	bytes = malloc(SIZE);
	noise(bytes, SIZE, 3);
	path = rom_format("%s/romsplit-XXXXXX", base && *base ? base : "/tmp");
	fd = mkstemp(path);
	if (fd < 0 || write(fd, bytes, SIZE) != SIZE || close(fd))
		return -1;
	return (int)rom_image_open_file(path, &file, &err);
}

static int remove_file(void **state)
{
	(void)state;
	rom_image_close(file);
	unlink(path);
	free(path);
	free(bytes);
	return 0;
}

/* What was just written is in memory; whether it is known to be, is the
 * kernel's to say. */
static bool spreads(void)
{
	return rom_image_in_memory(file, (struct rom_range){ 0, SIZE }) &&
	       sysconf(_SC_NPROCESSORS_ONLN) > 1;
}

#define NEEDS_SPREAD                                                           \
	do {                                                                   \
		if (!spreads())                                                \
			skip_because("one processor, or a kernel that does "   \
				     "not tell what it "                       \
				     "has in memory");                         \
	} while (0)

/* ---- a sink that counts every byte --------------------------------------- */

struct counter {
	struct rom_sink sink;
	pthread_mutex_t lock;
	uint8_t *times;	  /* each byte of the range came */
	uint64_t largest; /* block */
	bool torn;	  /* a block of other bytes, or out of the range */
	uint64_t lost;
	/* the block that holds this fails; UINT64_MAX: none */
	uint64_t fail_at;
	size_t blocks;
};

static enum rom_status count(
	struct rom_sink *self, const struct rom_block *b, struct rom_err *err)
{
	struct counter *c = (struct counter *)self;
	struct rom_range here = { b->offset, b->len };

	pthread_mutex_lock(&c->lock);
	c->blocks++;
	c->largest = rom_max(c->largest, b->len);
	c->torn |= rom_range_common(here, self->range).len != b->len;
	c->torn |= b->data && memcmp(b->data, bytes + b->offset, b->len);
	c->lost += b->kind == ROM_BLOCK_LOST ? b->len : 0;
	for (uint64_t i = 0; i < b->len && !c->torn; i++)
		c->times[b->offset - self->range.offset + i]++;
	pthread_mutex_unlock(&c->lock);
	if (c->fail_at - b->offset < b->len)
		return rom_fail(err, ROM_E_WRITE, c->fail_at, "no room left");
	return ROM_OK;
}

static struct counter counter(uint64_t offset, uint64_t len)
{
	return (struct counter){ .sink = { .range = { offset, len },
					 .any_order = true,
					 .feed = count },
		.lock = PTHREAD_MUTEX_INITIALIZER,
		.times = rom_alloc(len + 1),
		.fail_at = UINT64_MAX };
}

static void check_once(struct counter *c)
{
	assert_false(c->torn);
	for (uint64_t i = 0; i < c->sink.range.len; i++)
		assert_int_equal(c->times[i], 1);
	free(c->times);
}

/* ---- tests --------------------------------------------------------------- */

static void every_byte_once(void **state)
{
	struct counter c[] = { counter(0, SIZE), counter(4095, 2),
		counter((1 << 20) - 1, PIECE), counter(SIZE - 1, 1),
		counter(777, 0) };
	struct rom_sink *sinks[] = { &c[0].sink, &c[1].sink, &c[2].sink,
		&c[3].sink, &c[4].sink };
	struct rom_pass pass = {
		.img = file, .range = { 0, SIZE }, .sinks = sinks, .n_sinks = 5
	};
	struct rom_err err;

	(void)state;
	NEEDS_SPREAD;
	assert_int_equal(rom_pass_run(&pass, &err), ROM_OK);
	assert_true(c[0].largest <= PIECE);
	assert_int_equal(pass.bytes_read, SIZE + 2 + PIECE + 1);
	for (size_t i = 0; i < 5; i++)
		check_once(&c[i]);
}

/* One sink that wants its bytes in order is enough to have them all read once,
 * in order. */
static void order_comes_first(void **state)
{
	struct counter c = counter(0, SIZE);
	struct rom_hash_sink hash;
	struct rom_sink *sinks[] = { &c.sink, &hash.sink };
	struct rom_pass pass = {
		.img = file, .range = { 0, SIZE }, .sinks = sinks, .n_sinks = 2
	};
	uint8_t sum[32];
	struct rom_err err;

	(void)state;
	rom_hash_sink_init(&hash, (struct rom_range){ 0, SIZE }, 1);
	assert_int_equal(rom_pass_run(&pass, &err), ROM_OK);
	rom_hash_sink_done(&hash, sum);
	assert_int_equal(pass.bytes_read, SIZE);
	check_once(&c);
}

static void error_ends_it(void **state)
{
	static const uint64_t places[] = { 0, 1 << 20, SIZE - 1 };

	(void)state;
	NEEDS_SPREAD;
	for (size_t i = 0; i < 3; i++) {
		struct counter c[] = { counter(0, SIZE), counter(0, SIZE) };
		struct rom_sink *sinks[] = { &c[0].sink, &c[1].sink };
		struct rom_pass pass = { .img = file,
			.range = { 0, SIZE },
			.sinks = sinks,
			.n_sinks = 2 };
		struct rom_err err = { 0 };

		c[1].fail_at = places[i];
		assert_int_equal(rom_pass_run(&pass, &err), ROM_E_WRITE);
		assert_string_equal(err.text, "no room left");
		assert_int_equal(err.offset, places[i]);
		for (size_t k = 0; k < 2; k++) {
			assert_false(c[k].torn);
			free(c[k].times);
		}
	}
}

static void stops_when_told(void **state)
{
	struct counter c = counter(0, SIZE);
	struct rom_sink *sinks[] = { &c.sink };
	struct rom_progress progress = { .stop = 1 };
	struct rom_pass pass = { .img = file,
		.range = { 0, SIZE },
		.sinks = sinks,
		.n_sinks = 1,
		.progress = &progress,
		.what = "reading" };
	struct rom_err err;

	(void)state;
	NEEDS_SPREAD;
	assert_int_equal(rom_pass_run(&pass, &err), ROM_E_STOPPED);
	assert_int_equal(c.blocks, 0);

	progress = (struct rom_progress){ .tick = stop_in_the_middle };
	ticked = 0;
	assert_int_equal(rom_pass_run(&pass, &err), ROM_E_STOPPED);
	assert_true(ticked > SIZE / 2 && ticked < SIZE);
	free(c.times);

	c = counter(0, SIZE);
	progress = (struct rom_progress){ .tick = count_ticks };
	assert_int_equal(rom_pass_run(&pass, &err), ROM_OK);
	assert_int_equal(ticked, SIZE);
	check_once(&c);
}

/* ---- the same file on a medium with a bad sector ------------------------- */

static enum rom_status faulty_read(struct rom_image *img, void *buf, size_t len,
	uint64_t offset, struct rom_err *err)
{
	if (rom_range_common((struct rom_range){ offset, len }, bad_range).len)
		return rom_fail(
			err, ROM_E_IO, offset, "%s: bad sector", img->name);
	return rom_read(file, buf, len, offset, err);
}

static void faulty_map(struct rom_image *img, uint64_t offset, uint64_t len,
	struct rom_span *ret)
{
	(void)img;
	rom_image_map(file, offset, len, ret);
}

static void faulty_close(struct rom_image *img)
{
	(void)img;
}

static const struct rom_image_ops faulty = {
	.read_at = faulty_read, .map = faulty_map, .close = faulty_close
};

/* It costs the pieces it lies in and no more; every one is told of, in
 * order. */
static void bad_sector(void **state)
{
	struct rom_image *img = rom_alloc(sizeof(*img));
	struct counter c = counter(0, SIZE);
	struct rom_sink *sinks[] = { &c.sink };
	struct rom_range reported = { 0, 0 };
	struct rom_pass pass = { .img = img,
		.range = { 0, SIZE },
		.sinks = sinks,
		.n_sinks = 1,
		.bad = on_bad,
		.bad_ctx = &reported };
	struct rom_err err;

	(void)state;
	*img = (struct rom_image){ &faulty, rom_strdup("faulty"), SIZE, 1 };
	assert_int_equal(rom_pass_run(&pass, &err), ROM_OK);
	check_reported(reported);
	assert_int_equal(c.lost, reported.len);
	check_once(&c);
	rom_image_close(img);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_byte_once),
		cmocka_unit_test(order_comes_first),
		cmocka_unit_test(error_ends_it),
		cmocka_unit_test(stops_when_told),
		cmocka_unit_test(bad_sector),
	};

	return cmocka_run_group_tests(tests, make_file, remove_file);
}
