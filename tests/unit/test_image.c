/* SPDX-License-Identifier: MIT */
/* test_image.c - memory, windows, parts, overlays, files with holes, Android
 * sparse images, what is refused */
#include "unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "romsplit/image.h"

enum { SIZE = 10000 };
static uint8_t bytes[SIZE];

static int fill_bytes(void **state)
{
	(void)state;
	noise(bytes, sizeof(bytes), 1);
	return 0;
}

/* Reads every range of a prime raster and compares it with what it must be. */
static void check_all(
	struct rom_image *img, const uint8_t *expected, size_t size)
{
	uint8_t *buf = rom_alloc(size);
	struct rom_err err;

	assert_int_equal(img->size, size);
	for (size_t offset = 0; offset < size; offset += 97) {
		for (size_t len = 1; len <= size - offset; len = len * 3 + 1) {
			assert_int_equal(
				rom_read(img, buf, len, offset, &err), ROM_OK);
			assert_memory_equal(buf, expected + offset, len);
		}
	}
	assert_int_equal(rom_read(img, buf, size, 0, &err), ROM_OK);
	assert_memory_equal(buf, expected, size);
	free(buf);
}

/* The map covers the range in order, in pieces that are neither empty nor too
 * long. */
static void check_map(struct rom_image *img, uint64_t offset, uint64_t len)
{
	struct rom_span span;

	for (uint64_t done = 0; done < len; done += span.len) {
		rom_image_map(img, offset + done, len - done, &span);
		assert_in_range(span.len, 1, len - done);
		assert_true(span.kind != ROM_SPAN_DATA || span.source);
	}
}

/* ---- memory -------------------------------------------------------------- */

static void memory(void **state)
{
	ROM_AUTO_IMAGE struct rom_image *img =
		rom_image_open_memory(bytes, SIZE, "memory");
	struct rom_span span;
	struct rom_err err;
	uint8_t buf[16];
	size_t got = 99;

	(void)state;
	check_all(img, bytes, SIZE);
	check_map(img, 0, SIZE);
	assert_int_equal(rom_read(img, buf, 0, SIZE, &err), ROM_OK);
	assert_int_equal(rom_read(img, buf, 1, SIZE, &err), ROM_E_RANGE);
	assert_int_equal(rom_read(img, buf, 2, SIZE - 1, &err), ROM_E_RANGE);
	assert_int_equal(
		rom_read(img, buf, 16, UINT64_MAX - 7, &err), ROM_E_RANGE);
	assert_int_equal(rom_read(img, buf, 1, UINT64_MAX, NULL), ROM_E_RANGE);
	assert_int_equal(
		rom_read_some(img, buf, 16, SIZE - 5, &got, &err), ROM_OK);
	assert_int_equal(got, 5);
	assert_memory_equal(buf, bytes + SIZE - 5, 5);
	assert_int_equal(rom_read_some(img, buf, 16, SIZE, &got, &err), ROM_OK);
	assert_int_equal(got, 0);
	assert_int_equal(
		rom_read_some(img, buf, 16, UINT64_MAX, &got, &err), ROM_OK);
	assert_int_equal(got, 0);
	rom_image_map(img, SIZE, 1, &span);
	assert_int_equal(span.kind, ROM_SPAN_ABSENT);
	rom_image_map(img, UINT64_MAX, 5, &span);
	assert_int_equal(span.kind, ROM_SPAN_ABSENT);
	assert_int_equal(rom_image_stored(img, 0, SIZE + 100), SIZE);
	assert_int_equal(rom_image_present(img, 10, SIZE), SIZE - 10);
}

/* ---- windows ------------------------------------------------------------- */

static void slice(void **state)
{
	ROM_AUTO_IMAGE struct rom_image *img =
		rom_image_open_memory(bytes, SIZE, "memory");
	ROM_AUTO_IMAGE struct rom_image *a =
		rom_image_open_slice(img, (struct rom_range){ 100, 5000 }, "a");
	ROM_AUTO_IMAGE struct rom_image *b =
		rom_image_open_slice(a, (struct rom_range){ 4000, 1000 }, "b");
	struct rom_err err;
	uint8_t buf[8];

	(void)state;
	check_all(a, bytes + 100, 5000);
	check_all(b, bytes + 4100, 1000);
	check_map(b, 0, 1000);
	assert_int_equal(rom_read(b, buf, 1, 1000, &err), ROM_E_RANGE);
	assert_int_equal(rom_image_present(b, 0, 2000), 1000);
}

static void window_past_the_end(void **state)
{
	ROM_AUTO_IMAGE struct rom_image *img =
		rom_image_open_memory(bytes, SIZE, "memory");
	ROM_AUTO_IMAGE struct rom_image *half = rom_image_open_slice(
		img, (struct rom_range){ SIZE - 100, 500 }, "half");
	ROM_AUTO_IMAGE struct rom_image *none = rom_image_open_slice(
		img, (struct rom_range){ SIZE + 7, 500 }, "none");
	ROM_AUTO_IMAGE struct rom_image *last = rom_image_open_slice(
		img, (struct rom_range){ UINT64_MAX - 9, 100 }, "last");
	struct rom_span span;
	struct rom_err err;
	uint8_t buf[200];
	size_t got;

	(void)state;
	assert_int_equal(half->size, 500);
	assert_int_equal(rom_read(half, buf, 100, 0, &err), ROM_OK);
	assert_memory_equal(buf, bytes + SIZE - 100, 100);
	assert_int_equal(rom_read(half, buf, 101, 0, &err), ROM_E_ABSENT);
	assert_int_equal(rom_read(half, buf, 1, 100, &err), ROM_E_ABSENT);
	assert_int_equal(rom_read(half, buf, 1, 500, &err), ROM_E_RANGE);
	rom_image_map(half, 0, 500, &span);
	assert_int_equal(span.kind, ROM_SPAN_READ);
	assert_int_equal(span.len, 100);
	rom_image_map(half, 100, 400, &span);
	assert_int_equal(span.kind, ROM_SPAN_ABSENT);
	assert_int_equal(span.len, 400);
	assert_int_equal(rom_image_present(half, 0, 500), 100);
	assert_int_equal(rom_image_stored(half, 0, 500), 100);
	assert_int_equal(rom_read_some(half, buf, 200, 0, &got, &err), ROM_OK);
	assert_int_equal(got, 100);
	check_map(half, 0, 500);

	assert_int_equal(rom_read(none, buf, 1, 0, &err), ROM_E_ABSENT);
	rom_image_map(none, 0, 500, &span);
	assert_int_equal(span.kind, ROM_SPAN_ABSENT);
	assert_int_equal(rom_image_present(none, 0, 500), 0);

	assert_true(last->size <= 10); /* cut where addresses end */
	assert_int_equal(rom_read(last, buf, 1, 0, &err), ROM_E_ABSENT);
}

/* ---- parts --------------------------------------------------------------- */

static void parts(void **state)
{
	static const size_t len[] = { 1, 4096, 3, 0, 5000, SIZE - 9100 };
	struct rom_image *part[6];
	ROM_AUTO_IMAGE struct rom_image *whole = NULL;
	struct rom_span span;
	size_t offset = 0;

	(void)state;
	for (size_t i = 0; i < 6; i++) {
		part[i] = rom_image_open_memory(bytes + offset, len[i], "part");
		offset += len[i];
	}
	assert_int_equal(offset, SIZE);
	whole = rom_image_open_concat(part, 6, "whole");
	for (size_t i = 0; i < 6; i++)
		rom_image_close(part[i]); /* the whole holds them */
	check_all(whole, bytes, SIZE);
	check_map(whole, 0, SIZE);
	rom_image_map(whole, 1, SIZE, &span);
	assert_int_equal(span.len, 4096);
	assert_int_equal(rom_image_present(whole, 0, SIZE + 1), SIZE);
}

/* ---- overlays ------------------------------------------------------------ */

static void overlay(void **state)
{
	static const struct rom_patch patch[] = {
		{ .offset = 5000, .len = 1000, .from = 100 },
		{ .offset = 0, .len = 512, .from = 9000 },
		{ .offset = 6000,
			.len = 4,
			.has_bytes = true,
			.bytes = "abcd" },
		{ .offset = SIZE - 8,
			.len = 8,
			.has_bytes = true,
			.bytes = "12345678" }
	};
	ROM_AUTO_IMAGE struct rom_image *img =
		rom_image_open_memory(bytes, SIZE, "memory");
	ROM_AUTO_IMAGE struct rom_image *over =
		rom_image_open_overlay(img, patch, 4);
	ROM_AUTO_IMAGE struct rom_image *none =
		rom_image_open_overlay(img, patch, 0);
	static uint8_t expected[SIZE];

	(void)state;
	memcpy(expected, bytes, SIZE);
	memcpy(expected + 5000, bytes + 100, 1000);
	memcpy(expected, bytes + 9000, 512);
	memcpy(expected + 6000, "abcd", 4);
	memcpy(expected + SIZE - 8, "12345678", 8);
	check_all(over, expected, SIZE);
	check_map(over, 0, SIZE);
	check_all(none, bytes, SIZE);
}

/* ---- files --------------------------------------------------------------- */

struct temp {
	char folder[64];
	char path[5][96];
};

static void temp_open(struct temp *t)
{
	const char *base = getenv("TMPDIR");

	snprintf(t->folder, sizeof(t->folder), "%.40s/romsplit-XXXXXX",
		base && *base ? base : "/tmp");
	assert_non_null(mkdtemp(t->folder));
	for (int i = 0; i < 5; i++)
		sprintf(stpcpy(t->path[i], t->folder), "/full.bin.%03d", i + 1);
}

static void temp_write(
	const struct temp *t, int i, const void *data, size_t len)
{
	FILE *f = fopen(t->path[i], "wb");

	assert_non_null(f);
	assert_int_equal(fwrite(data, 1, len, f), len);
	fclose(f);
}

static void temp_close(const struct temp *t)
{
	for (int i = 0; i < 5; i++)
		unlink(t->path[i]);
	rmdir(t->folder);
}

/* What is written lies in DATA at its own offset; the rest are HOLEs and read
 * as zeros. */
static void file_with_holes(void **state)
{
	enum { FILE_SIZE = 8 << 20, A = 1 << 20, B = 4 << 20, LEN = 65536 };
	static uint8_t block[LEN];
	struct temp t;
	struct rom_image *img;
	struct rom_err err;
	struct rom_span span;
	uint64_t holes = 0;
	int fd;

	(void)state;
	temp_open(&t);
	noise(block, LEN, 2);
	fd = open(t.path[0], O_RDWR | O_CREAT, 0600);
	assert_int_equal(ftruncate(fd, FILE_SIZE), 0);
	assert_int_equal(pwrite(fd, block, LEN, A), LEN);
	assert_int_equal(pwrite(fd, block, LEN, B), LEN);
	if (lseek(fd, 0, SEEK_DATA) == 0) {
		close(fd);
		temp_close(&t);
		skip_because("this filesystem does not tell where holes are");
	}
	close(fd);
	assert_int_equal(rom_image_open_file(t.path[0], &img, &err), ROM_OK);
	assert_int_equal(img->size, FILE_SIZE);
	check_map(img, 0, FILE_SIZE);
	for (uint64_t offset = 0; offset < FILE_SIZE; offset += span.len) {
		uint8_t buf[4096], zeros[4096] = { 0 };

		rom_image_map(img, offset, FILE_SIZE - offset, &span);
		if (span.kind == ROM_SPAN_DATA) {
			assert_int_equal(span.source_offset, offset);
			assert_non_null(rom_source_file(span.source));
			continue;
		}
		assert_int_equal(span.kind, ROM_SPAN_HOLE);
		assert_true(offset + span.len <= A || offset >= B + LEN ||
			    (offset >= A + LEN && offset + span.len <= B));
		assert_int_equal(
			rom_read(img, buf, sizeof(buf), offset, &err), ROM_OK);
		assert_memory_equal(buf, zeros, sizeof(buf));
		holes += span.len;
	}
	assert_true(holes >= FILE_SIZE / 2);
	assert_int_equal(
		rom_image_stored(img, 0, FILE_SIZE), FILE_SIZE - holes);
	assert_int_equal(rom_image_present(img, 0, FILE_SIZE), FILE_SIZE);
	rom_image_close(img);
	temp_close(&t);
}

static enum rom_status open_these(const char *const *paths, size_t n,
	struct rom_image **ret, struct rom_err *err)
{
	struct rom_opened opened = { 0 };
	enum rom_status st = rom_image_open(paths, n, NULL, &opened, err);

	*ret = opened.img;
	rom_opened_done(&opened);
	return st;
}

static enum rom_status open_one(
	const char *path, struct rom_image **ret, struct rom_err *err)
{
	return open_these(&path, 1, ret, err);
}

static void parts_are_found(void **state)
{
	struct temp t;
	struct rom_image *img;
	struct rom_err err;
	const char *paths[2];

	(void)state;
	temp_open(&t);
	for (int i = 0; i < 3; i++)
		temp_write(&t, i, bytes + 3000 * i, 3000);
	/* .005: .004 is missing, so it is not one of them */
	temp_write(&t, 4, bytes, 100);
	assert_int_equal(open_one(t.path[0], &img, &err), ROM_OK);
	check_all(img, bytes, 9000);
	rom_image_close(img);
	/* not the first: it alone */
	assert_int_equal(open_one(t.path[1], &img, &err), ROM_OK);
	check_all(img, bytes + 3000, 3000);
	rom_image_close(img);
	paths[0] = t.path[1];
	paths[1] = t.path[0];
	/* in the order named */
	assert_int_equal(open_these(paths, 2, &img, &err), ROM_OK);
	assert_int_equal(img->size, 6000);
	rom_image_close(img);
	temp_close(&t);
}

static void refused_inputs(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
	} compressed[] = { { "\x1f\x8b\x08", 3 },
		{ "\xfd"
		  "7zXZ\0",
			6 },
		{ "PK\x03\x04", 4 }, { "7z\xbc\xaf\x27\x1c", 6 }, { "BZh9", 4 },
		{ "\x28\xb5\x2f\xfd", 4 } };
	struct temp t;
	struct rom_image *img = NULL;
	struct rom_err err = { 0 };

	(void)state;
	temp_open(&t);
	/* not there */
	assert_int_equal(open_one(t.path[0], &img, &err), ROM_E_INPUT);
	assert_int_equal(open_one(t.folder, &img, &err), ROM_E_INPUT);
	assert_int_equal(open_one("/dev/null", &img, &err), ROM_E_INPUT);
	temp_write(&t, 0, "", 0);
	assert_int_equal(open_one(t.path[0], &img, &err), ROM_E_INPUT);
	for (size_t i = 0; i < sizeof(compressed) / sizeof(*compressed); i++) {
		uint8_t data[600] = { 0 };

		memcpy(data, compressed[i].bytes, compressed[i].len);
		temp_write(&t, 0, data, sizeof(data));
		assert_int_equal(open_one(t.path[0], &img, &err), ROM_E_INPUT);
		assert_non_null(strstr(err.text, "compressed"));
	}
	assert_null(img);
	temp_close(&t);
}

/* ---- images at their places ---------------------------------------------- */

static void placed(void **state)
{
	struct rom_image *a = rom_image_open_memory(bytes, 100, "a"),
			 *b = rom_image_open_memory(bytes + 100, 50, "b");
	/* the second overlaps the first; the third is longer than its place;
	 * the last begins past the end */
	const struct rom_piece pieces[] = { { a, { 10, 100 } },
		{ b, { 60, 50 } }, { b, { 110, 30 } }, { a, { 200, 999 } },
		{ b, { 400, 50 } } };
	struct rom_image *img = rom_image_open_placed(pieces, 5, 260, "placed");
	struct rom_place place = { img, 120, 100 };
	struct rom_span span;
	struct rom_err err;
	uint8_t buf[260];

	(void)state;
	rom_image_close(a);
	assert_int_equal(img->size, 260);
	check_map(img, 0, 260);
	/* 10..110 a, 110..140 b, 200..260 a */
	assert_int_equal(rom_read(img, buf, 130, 10, &err), ROM_OK);
	assert_memory_equal(buf, bytes, 100);
	assert_memory_equal(buf + 100, bytes + 100, 30);
	assert_int_equal(rom_read(img, buf, 60, 200, &err), ROM_OK);
	assert_memory_equal(buf, bytes, 60);
	assert_int_equal(rom_read(img, buf, 1, 9, &err), ROM_E_ABSENT);
	assert_int_equal(rom_read(img, buf, 31, 110, &err), ROM_E_ABSENT);
	assert_int_equal(rom_read(img, buf, 2, 199, &err), ROM_E_ABSENT);
	assert_int_equal(rom_image_not_given(img, 0, 260), 70);
	assert_int_equal(rom_image_absent(img, 0, 260), 70);
	assert_int_equal(rom_image_left_out(img, 0, 260), 0);
	rom_image_map(img, 150, 100, &span);
	assert_int_equal(span.kind, ROM_SPAN_ABSENT);
	assert_int_equal(span.len, 50);
	assert_true(span.not_given);
	assert_true(rom_image_resolve(&place, b));
	assert_int_equal(place.offset, 10);
	assert_int_equal(place.len, 20);
	rom_image_close(b);
	rom_image_close(img);
}

/* ---- Android sparse images ----------------------------------------------- */

enum {
	BLOCK = 4096,
	RAW = 0xcac1,
	FILL = 0xcac2,
	DONT_CARE = 0xcac3,
	CRC = 0xcac4
};

struct sparse {
	uint8_t file[1 << 17], whole[1 << 17];
	bool left_out[(1 << 17) / BLOCK]; /* by block of whole */
	size_t len, whole_len;
	uint32_t chunks;
};

/* AOSP system/core/libsparse/sparse_format.h */
static void sparse_header(struct sparse *s, uint32_t blocks, uint32_t chunks)
{
	put(s->file + 0, 4, 0xed26ff3a);
	put(s->file + 4, 2, 1); /* major */
	put(s->file + 6, 2, 0);
	put(s->file + 8, 2, 28);
	put(s->file + 10, 2, 12);
	put(s->file + 12, 4, BLOCK);
	put(s->file + 16, 4, blocks);
	put(s->file + 20, 4, chunks);
	put(s->file + 24, 4, 0);
	if (s->len == 0)
		s->len = 28;
}

static void sparse_chunk(
	struct sparse *s, uint16_t type, uint32_t blocks, uint32_t body)
{
	uint8_t *p = s->file + s->len;

	put(p, 2, type);
	put(p + 2, 2, 0);
	put(p + 4, 4, blocks);
	put(p + 8, 4, 12 + body);
	s->len += 12;
	s->chunks++;
}

static void add_raw(struct sparse *s, uint32_t blocks)
{
	sparse_chunk(s, RAW, blocks, blocks * BLOCK);
	noise(s->file + s->len, (size_t)blocks * BLOCK, s->chunks);
	memcpy(s->whole + s->whole_len, s->file + s->len,
		(size_t)blocks * BLOCK);
	s->len += (size_t)blocks * BLOCK;
	s->whole_len += (size_t)blocks * BLOCK;
}

static void add_fill(struct sparse *s, uint32_t blocks, uint32_t value)
{
	sparse_chunk(s, FILL, blocks, 4);
	put(s->file + s->len, 4, value);
	for (size_t i = 0; i < (size_t)blocks * BLOCK; i += 4)
		put(s->whole + s->whole_len + i, 4, value);
	s->len += 4;
	s->whole_len += (size_t)blocks * BLOCK;
}

static void add_rest(struct sparse *s, uint16_t type, uint32_t blocks)
{
	sparse_chunk(s, type, blocks, type == CRC ? 4 : 0);
	s->len += type == CRC ? 4 : 0;
	for (uint32_t i = 0; i < blocks; i++)
		s->left_out[s->whole_len / BLOCK + i] = true;
	s->whole_len += (size_t)blocks * BLOCK;
}

/* Reads every range of img: what is left out is absent, whatever lies around
 * it, and the rest is as expected. */
static void check_sparse(
	struct rom_image *img, const uint8_t *whole, const bool *left_out)
{
	uint8_t *buf = rom_alloc(img->size);
	struct rom_span span;
	struct rom_err err;

	for (size_t from = 0; from < img->size; from += 509) {
		for (size_t len = 1; len <= img->size - from; len = len * 4) {
			enum rom_status want = ROM_OK;

			for (size_t b = from / BLOCK;
				b <= (from + len - 1) / BLOCK; b++)
				want = left_out[b] ? ROM_E_ABSENT : want;
			assert_int_equal(
				rom_read(img, buf, len, from, &err), want);
			if (!want)
				assert_memory_equal(buf, whole + from, len);
		}
		rom_image_map(img, from, 1, &span);
		assert_int_equal(
			span.kind == ROM_SPAN_ABSENT, left_out[from / BLOCK]);
		assert_int_equal(span.left_out, left_out[from / BLOCK]);
	}
	free(buf);
}

/* RAW 2, FILL DEADBEEF 3, DONT_CARE 1, CRC, RAW 1, FILL 0 2, DONT_CARE 4 */
static struct sparse *sparse_image(void)
{
	struct sparse *s = rom_alloc(sizeof(*s));

	sparse_header(s, 13, 7);
	add_raw(s, 2);
	add_fill(s, 3, 0xdeadbeef);
	add_rest(s, DONT_CARE, 1);
	add_rest(s, CRC, 0);
	add_raw(s, 1);
	add_fill(s, 2, 0);
	add_rest(s, DONT_CARE, 4);
	return s;
}

static enum rom_status sparse_open(const struct sparse *s, size_t len,
	struct rom_image **ret, struct rom_err *err)
{
	ROM_AUTO_IMAGE struct rom_image *img =
		rom_image_open_memory(s->file, len, "sparse");

	return rom_image_open_sparse(img, ret, err);
}

static void sparse_is_expanded(void **state)
{
	static const enum rom_span_kind kinds[13] = { ROM_SPAN_READ,
		ROM_SPAN_READ, ROM_SPAN_FILL, ROM_SPAN_FILL, ROM_SPAN_FILL,
		ROM_SPAN_ABSENT, ROM_SPAN_READ, ROM_SPAN_HOLE, ROM_SPAN_HOLE,
		ROM_SPAN_ABSENT, ROM_SPAN_ABSENT, ROM_SPAN_ABSENT,
		ROM_SPAN_ABSENT };
	ROM_AUTO struct sparse *s = sparse_image();
	ROM_AUTO_IMAGE struct rom_image *img = NULL;
	struct rom_span span;
	struct rom_err err;

	(void)state;
	assert_int_equal(sparse_open(s, s->len, &img, &err), ROM_OK);
	assert_int_equal(img->size, s->whole_len);
	check_sparse(img, s->whole, s->left_out);
	check_map(img, 0, 13 * BLOCK);
	check_map(img, 1, 13 * BLOCK - 1);
	assert_int_equal(rom_image_left_out(img, 0, img->size), 5 * BLOCK);
	assert_int_equal(rom_image_absent(img, 0, img->size), 5 * BLOCK);
	for (uint64_t i = 0; i < 13; i++) {
		rom_image_map(img, i * BLOCK + 7, 1, &span);
		assert_int_equal(span.kind, kinds[i]);
	}
	assert_int_equal(rom_image_present(img, 0, 14 * BLOCK), 5 * BLOCK);
}

/* RAW chunks of a file can be copied by the kernel: the map leads down to the
 * file. */
static void sparse_maps_to_the_file(void **state)
{
	ROM_AUTO struct sparse *s = sparse_image();
	struct rom_image *img;
	struct rom_span span;
	struct rom_err err;
	struct temp t;

	(void)state;
	temp_open(&t);
	temp_write(&t, 0, s->file, s->len);
	assert_int_equal(open_one(t.path[0], &img, &err), ROM_OK);
	check_sparse(img, s->whole, s->left_out);
	rom_image_map(img, BLOCK, 5 * BLOCK, &span);
	assert_int_equal(span.kind, ROM_SPAN_DATA);
	assert_int_equal(span.len, BLOCK);
	assert_int_equal(span.source_offset, 28 + 12 + BLOCK);
	rom_image_close(img);
	temp_close(&t);
}

static void sparse_headers_longer(void **state)
{
	ROM_AUTO struct sparse *s = rom_alloc(sizeof(*s));
	ROM_AUTO_IMAGE struct rom_image *img = NULL;
	struct rom_err err;

	(void)state;
	/* a later minor version may have longer headers: their lengths say
	 * so */
	s->len = 32;
	sparse_header(s, 2, 2);
	put(s->file + 8, 2, 32);
	put(s->file + 10, 2, 16);
	sparse_chunk(s, FILL, 1, 8);
	put(s->file + s->len + 4, 4, 0x01020304);
	s->len += 8;
	sparse_chunk(s, DONT_CARE, 1, 4);
	s->len += 4;
	put(s->whole, 4, 0x01020304);
	for (size_t i = 4; i < BLOCK; i++)
		s->whole[i] = s->whole[i - 4];
	assert_int_equal(sparse_open(s, s->len, &img, &err), ROM_OK);
	assert_int_equal(img->size, 2 * BLOCK);
	s->left_out[1] = true;
	check_sparse(img, s->whole, s->left_out);
}

/* ---- the parts of a split one -------------------------------------------- */

enum { PARTS = 3, ROUNDS = 200 };

/* Distributes random chunks over three parts, as splitting tools do, with
 * overlaps now and then: the later part counts. */
static void make_parts(
	struct sparse part[PARTS], uint8_t *whole, bool *left_out)
{
	enum { BLOCKS = 24 };

	memset(left_out, true, BLOCKS);
	for (uint32_t i = 0; i < PARTS; i++) {
		uint32_t left = BLOCKS;

		part[i].chunks = (uint32_t)rand();
		sparse_header(&part[i], BLOCKS, 0);
		for (uint32_t n = 0; left; left -= n) {
			uint32_t first = BLOCKS - left;

			n = 1 + (uint32_t)rand() % (left < 6 ? left : 6);
			if (rand() % 3 > 0)
				add_rest(&part[i], DONT_CARE, n);
			else if (rand() % 2)
				add_fill(&part[i], n,
					rand() % 2 ? 0 : (uint32_t)rand());
			else
				add_raw(&part[i], n);
			for (uint32_t b = first; b < first + n; b++) {
				if (part[i].left_out[b])
					continue;
				left_out[b] = false;
				memcpy(whole + (size_t)b * BLOCK,
					part[i].whole + (size_t)b * BLOCK,
					BLOCK);
			}
		}
	}
}

static void sparse_parts_are_merged(void **state)
{
	static uint8_t whole[24 * BLOCK];
	bool left_out[24];

	(void)state;
	srand(1);
	for (int round = 0; round < ROUNDS; round++) {
		struct sparse *part = rom_alloc(PARTS * sizeof(*part));
		struct rom_image *files[PARTS], *img = NULL;
		uint64_t overlap;
		struct rom_err err;

		make_parts(part, whole, left_out);
		for (size_t i = 0; i < PARTS; i++) {
			uint32_t chunks = 0;

			for (size_t at = 28; at < part[i].len; chunks++) {
				size_t len;

				memcpy(&len, part[i].file + at + 8, 4);
				at += len & 0xffffffff;
			}
			put(part[i].file + 20, 4, chunks);
			files[i] = rom_image_open_memory(
				part[i].file, part[i].len, "part");
		}
		assert_int_equal(rom_image_open_sparse_parts(
					 files, PARTS, &img, &overlap, &err),
			ROM_OK);
		assert_int_equal(img->size, sizeof(whole));
		check_map(img, 0, img->size);
		check_sparse(img, whole, left_out);
		for (size_t i = 0; i < PARTS; i++)
			rom_image_close(files[i]);
		rom_image_close(img);
		free(part);
	}
}

/* A part that was cut short hides nothing that another part has. */
static void sparse_part_cut_short(void **state)
{
	ROM_AUTO struct sparse *a = rom_alloc(sizeof(*a)),
			       *b = rom_alloc(sizeof(*b));
	struct rom_image *files[2], *img = NULL;
	uint64_t overlap;
	struct rom_span span;
	struct rom_err err;

	(void)state;
	sparse_header(a, 8, 2);
	add_rest(a, DONT_CARE, 4);
	add_raw(a, 4);
	sparse_header(b, 8, 2);
	add_raw(b, 4);
	add_rest(b, DONT_CARE, 4);
	files[0] = rom_image_open_memory(b->file, b->len, "b");
	/* two of its four blocks and a half */
	files[1] =
		rom_image_open_memory(a->file, a->len - BLOCK - BLOCK / 2, "a");
	assert_int_equal(
		rom_image_open_sparse_parts(files, 2, &img, &overlap, &err),
		ROM_OK);
	assert_int_equal(overlap, ROM_NO_OFFSET);
	assert_int_equal(
		rom_image_present(img, 0, img->size), 6 * BLOCK + BLOCK / 2);
	assert_int_equal(rom_image_left_out(img, 0, img->size), 0);
	rom_image_map(img, 7 * BLOCK, BLOCK, &span);
	assert_int_equal(span.kind, ROM_SPAN_ABSENT);
	assert_false(span.left_out);
	rom_image_close(img);
	/* what is cut off of one part is in the other */
	rom_image_close(files[0]);
	files[0] = rom_image_open_memory(a->file, a->len, "whole");
	assert_int_equal(
		rom_image_open_sparse_parts(files, 2, &img, &overlap, &err),
		ROM_OK);
	assert_int_equal(overlap, 4 * BLOCK);
	assert_int_equal(rom_image_absent(img, 4 * BLOCK, 4 * BLOCK), 0);
	rom_image_close(img);
	rom_image_close(files[0]);
	rom_image_close(files[1]);
}

static void sparse_parts_refused(void **state)
{
	ROM_AUTO struct sparse *a = sparse_image(), *b = rom_alloc(sizeof(*b));
	struct rom_image *files[2], *img = NULL;
	uint64_t overlap;
	struct rom_err err;

	(void)state;
	sparse_header(b, 14, 1);
	add_rest(b, DONT_CARE, 14);
	files[0] = rom_image_open_memory(a->file, a->len, "a");
	files[1] = rom_image_open_memory(b->file, b->len, "b");
	assert_int_equal(
		rom_image_open_sparse_parts(files, 2, &img, &overlap, &err),
		ROM_E_INPUT);
	assert_non_null(strstr(err.text, "different sizes"));
	rom_image_close(files[1]);
	files[1] = rom_image_open_memory(bytes, SIZE, "no");
	assert_int_equal(
		rom_image_open_sparse_parts(files, 2, &img, &overlap, &err),
		ROM_NO_MATCH);
	assert_null(img);
	rom_image_close(files[0]);
	rom_image_close(files[1]);
}

/* A download cut short: what is there is read, the rest is absent; no zeros are
 * made up. */
static void sparse_cut_short(void **state)
{
	ROM_AUTO struct sparse *s = sparse_image();

	(void)state;
	for (size_t len = 28; len < s->len - 12; len++) {
		ROM_AUTO_IMAGE struct rom_image *img = NULL;
		struct rom_err err;
		uint64_t there;
		uint8_t *buf;

		assert_int_equal(sparse_open(s, len, &img, &err), ROM_OK);
		assert_int_equal(img->size, s->whole_len);
		check_map(img, 0, img->size);
		there = rom_image_present(img, 0, img->size);
		assert_true(there < s->whole_len);
		buf = rom_alloc((size_t)there + 1);
		assert_int_equal(
			rom_read(img, buf, (size_t)there, 0, &err), ROM_OK);
		assert_memory_equal(buf, s->whole, (size_t)there);
		assert_int_equal(
			rom_read(img, buf, 1, there, &err), ROM_E_ABSENT);
		free(buf);
	}
}

/* Changes bytes of a good image; what opening it says. */
static enum rom_status sparse_with(size_t offset, unsigned len, uint64_t value)
{
	ROM_AUTO struct sparse *s = sparse_image();
	ROM_AUTO_IMAGE struct rom_image *img = NULL;
	struct rom_err err;

	put(s->file + offset, len, value);
	return sparse_open(s, s->len, &img, &err);
}

static void sparse_refused(void **state)
{
	enum { FIRST = 28, SECOND = FIRST + 12 + 2 * BLOCK };
	ROM_AUTO struct sparse *s = sparse_image();
	ROM_AUTO_IMAGE struct rom_image *img = NULL;
	struct rom_err err;

	(void)state;
	/* nothing changed */
	assert_int_equal(sparse_with(0, 4, 0xed26ff3a), ROM_OK);
	assert_int_equal(sparse_with(0, 4, 0x3aff26ed), ROM_NO_MATCH);
	assert_int_equal(sparse_with(4, 2, 2), ROM_NO_MATCH);
	assert_int_equal(sparse_open(s, 27, &img, &err), ROM_NO_MATCH);
	assert_int_equal(sparse_with(8, 2, 27), ROM_E_CORRUPT);
	assert_int_equal(sparse_with(8, 2, 0), ROM_E_CORRUPT);
	assert_int_equal(sparse_with(10, 2, 11), ROM_E_CORRUPT);
	assert_int_equal(sparse_with(12, 4, 0), ROM_E_CORRUPT);
	assert_int_equal(sparse_with(12, 4, 4098), ROM_E_CORRUPT);
	assert_int_equal(sparse_with(12, 4, 0x80000000), ROM_E_CORRUPT);
	assert_int_equal(sparse_with(20, 4, 0xffffffff), ROM_E_LIMIT);
	assert_int_equal(sparse_with(FIRST, 2, 0xcac0), ROM_E_CORRUPT);
	assert_int_equal(sparse_with(FIRST, 2, 0xcac5), ROM_E_CORRUPT);
	/* more blocks than bytes */
	assert_int_equal(sparse_with(FIRST + 4, 4, 3), ROM_E_CORRUPT);
	assert_int_equal(sparse_with(FIRST + 4, 4, 0xffffffff), ROM_E_CORRUPT);
	/* fewer bytes than blocks */
	assert_int_equal(sparse_with(FIRST + 8, 4, 12 + BLOCK), ROM_E_CORRUPT);
	assert_int_equal(sparse_with(FIRST + 8, 4, 11), ROM_E_CORRUPT);
	assert_int_equal(sparse_with(FIRST + 8, 4, 0), ROM_E_CORRUPT);
	assert_int_equal(sparse_with(SECOND + 8, 4, 0), ROM_E_CORRUPT);
	assert_null(img);
}

/* Chunks of 4 PiB each whose sum is beyond 2^64: no address may come twice. */
static void sparse_sum_overflows(void **state)
{
	enum { CHUNKS = 4200 };
	ROM_AUTO struct sparse *s = rom_alloc(sizeof(*s));
	ROM_AUTO_IMAGE struct rom_image *img = NULL;
	enum rom_status st;
	struct rom_err err;

	(void)state;
	sparse_header(s, 1, CHUNKS + 1);
	put(s->file + 12, 4, 1 << 20);
	for (int i = 0; i < CHUNKS; i++)
		sparse_chunk(s, DONT_CARE, 0xffffffff, 0);
	sparse_chunk(s, FILL, 1, 4);
	put(s->file + s->len, 4, 0x41414141);
	s->len += 4;
	st = sparse_open(s, s->len, &img, &err);
	assert_true(st == ROM_E_CORRUPT || st == ROM_E_LIMIT);
}

static void closed_in_any_order(void **state)
{
	struct rom_image *img = rom_image_open_memory(bytes, SIZE, "memory");
	struct rom_image *a =
		rom_image_open_slice(img, (struct rom_range){ 0, SIZE }, "a");
	struct rom_image *b = rom_image_open_slice(
		a, (struct rom_range){ 10, SIZE - 10 }, "b");
	struct rom_image *more = rom_image_ref(b);

	(void)state;
	rom_image_close(img);
	rom_image_close(a);
	rom_image_close(b);
	check_all(more, bytes + 10, SIZE - 10);
	rom_image_close(more);
	rom_image_close(NULL);
}

/* ---- decrypting views ---------------------------------------------------- */

/* What a cipher image gives is what the cipher makes of the whole, wherever a
 * reading begins and ends. */
static void cipher_reads_anywhere(void **state)
{
	static const uint32_t units[] = { 512, 4096 };
	uint8_t key[64], plain[SIZE];
	struct rom_cipher *c = NULL;
	struct rom_err err;

	(void)state;
	noise(key, sizeof(key), 3);
	assert_int_equal(
		rom_cipher_new(ROM_CIPHER_XTS, key, 64, &c, &err), ROM_OK);
	for (size_t i = 0; i < 2; i++) {
		const struct rom_units u = {
			.size = units[i], .first = 9, .mask = UINT64_MAX
		};
		struct rom_image *below = rom_image_open_memory(
					 bytes, SIZE, "m"),
				 *img;

		/* what is no whole unit at the end stays as it lies */
		memcpy(plain, bytes, SIZE);
		rom_cipher_decrypt(c, plain, SIZE - SIZE % units[i], &u, 0);
		img = rom_image_open_cipher(below, c, &u);
		rom_image_close(below);
		check_all(img, plain, SIZE);
		check_map(img, 0, SIZE);
		rom_image_close(img);
	}
	rom_cipher_free(c);
}

/* A unit of zeros was never written by a cipher. */
static void cipher_leaves_zeros(void **state)
{
	uint8_t key[16] = { 1 }, data[512 * 8] = { 0 }, plain[512 * 8];
	const struct rom_units u = { .size = 512, .mask = UINT64_MAX };
	struct rom_image *below =
				 rom_image_open_memory(data, sizeof(data), "m"),
			 *img;
	struct rom_cipher *c = NULL;
	struct rom_err err;

	(void)state;
	noise(data, sizeof(data), 4);
	memset(data + 512, 0, 1024);
	memset(data + 512 * 7, 0, 512);
	assert_int_equal(
		rom_cipher_new(ROM_CIPHER_ESSIV, key, 16, &c, &err), ROM_OK);
	memcpy(plain, data, sizeof(data));
	for (size_t i = 0; i < 8; i++) {
		if (i != 1 && i != 2 && i != 7)
			rom_cipher_decrypt(c, plain + i * 512, 512, &u, i);
	}
	img = rom_image_open_cipher(below, c, &u);
	check_all(img, plain, sizeof(plain));
	rom_image_close(img);
	rom_image_close(below);
	rom_cipher_free(c);
}

/* Block by block what the bits say; behind the last bit, and in a last block
 * that is cut, the first image. */
static void choice_by_bits(void **state)
{
	static uint8_t other[SIZE], expected[SIZE];
	/* blocks 0, 2, 4, 5 and 9 */
	static const uint8_t bits[] = { 0x35, 0x02 };
	struct rom_image *a = rom_image_open_memory(bytes, SIZE, "a"),
			 *b = rom_image_open_memory(other, SIZE, "b"),
			 *img = rom_image_open_bitmap_select(
				 a, b, bits, 10, 512);

	(void)state;
	noise(other, SIZE, 9);
	for (size_t offset = 0; offset < SIZE; offset++) {
		size_t block = offset / 512;

		expected[offset] =
			block >= 10 || bits[block / 8] >> block % 8 & 1
				? bytes[offset]
				: other[offset];
	}
	check_all(img, expected, SIZE);
	check_map(img, 0, SIZE);
	rom_image_close(a);
	rom_image_close(b);
	rom_image_close(img);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory),
		cmocka_unit_test(slice),
		cmocka_unit_test(window_past_the_end),
		cmocka_unit_test(parts),
		cmocka_unit_test(overlay),
		cmocka_unit_test(file_with_holes),
		cmocka_unit_test(parts_are_found),
		cmocka_unit_test(refused_inputs),
		cmocka_unit_test(placed),
		cmocka_unit_test(sparse_is_expanded),
		cmocka_unit_test(sparse_maps_to_the_file),
		cmocka_unit_test(sparse_headers_longer),
		cmocka_unit_test(sparse_cut_short),
		cmocka_unit_test(sparse_parts_are_merged),
		cmocka_unit_test(sparse_part_cut_short),
		cmocka_unit_test(sparse_parts_refused),
		cmocka_unit_test(sparse_refused),
		cmocka_unit_test(sparse_sum_overflows),
		cmocka_unit_test(cipher_reads_anywhere),
		cmocka_unit_test(cipher_leaves_zeros),
		cmocka_unit_test(choice_by_bits),
		cmocka_unit_test(closed_in_any_order),
	};

	return cmocka_run_group_tests(tests, fill_bytes, NULL);
}
