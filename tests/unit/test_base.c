/* SPDX-License-Identifier: MIT */
/* test_base.c - ranges, views, text, maps, sums; expected sums are published
 * vectors */
#include "unit.h"

#include <openssl/sha.h>

#include "romsplit/base.h"

/* ---- ranges -------------------------------------------------------------- */

static void cut_inside(void **state)
{
	const struct rom_range outer = { 100, 50 };
	struct rom_range r = { 0 };

	(void)state;
	assert_true(rom_subrange(outer, 0, 50, &r));
	assert_true(r.offset == 100 && r.len == 50);
	assert_true(rom_subrange(outer, 49, 1, &r));
	assert_true(r.offset == 149 && r.len == 1);
	assert_true(rom_subrange(outer, 50, 0, &r));
	assert_true(r.offset == 150 && r.len == 0);
	assert_true(rom_subrange(
		(struct rom_range){ UINT64_MAX - 9, 9 }, 8, 1, &r));
	assert_true(r.offset == UINT64_MAX - 1);
}

static void cut_outside(void **state)
{
	static const struct rom_range asked[] = { { 0, 51 }, { 50, 1 },
		{ 51, 0 }, { 1, 50 }, { 0, UINT64_MAX }, { 1, UINT64_MAX },
		{ UINT64_MAX, 0 }, { UINT64_MAX, 1 },
		{ UINT64_MAX, UINT64_MAX }, { 49, UINT64_MAX - 48 } };
	const struct rom_range outer = { 100, 50 };

	(void)state;
	for (size_t i = 0; i < sizeof(asked) / sizeof(*asked); i++) {
		struct rom_range r = { 7, 8 };

		assert_false(
			rom_subrange(outer, asked[i].offset, asked[i].len, &r));
		assert_true(r.offset == 7 && r.len == 8);
	}
}

static void mul_and_add(void **state)
{
	uint64_t r = 1;

	(void)state;
	assert_true(rom_mul(0, UINT64_MAX, &r) && r == 0);
	assert_true(rom_mul(1, UINT64_MAX, &r) && r == UINT64_MAX);
	assert_true(rom_mul(1ull << 32, (1ull << 32) - 1, &r) &&
		    r == 0xffffffff00000000u);
	assert_true(rom_add(UINT64_MAX - 1, 1, &r) && r == UINT64_MAX);
	assert_true(rom_add(0, 0, &r) && r == 0);
	r = 77;
	assert_false(rom_mul(1ull << 32, 1ull << 32, &r));
	assert_false(rom_mul(UINT64_MAX, 2, &r));
	assert_false(rom_add(UINT64_MAX, 1, &r));
	assert_false(rom_add(UINT64_MAX, UINT64_MAX, &r));
	assert_int_equal(r, 77);
}

static void ranges_share(void **state)
{
	struct rom_range r = rom_range_common(
		(struct rom_range){ 10, 10 }, (struct rom_range){ 15, 100 });

	(void)state;
	assert_true(r.offset == 15 && r.len == 5);
	r = rom_range_common(
		(struct rom_range){ 15, 2 }, (struct rom_range){ 10, 10 });
	assert_true(r.offset == 15 && r.len == 2);
	assert_int_equal(rom_range_common((struct rom_range){ 0, 10 },
				 (struct rom_range){ 10, 5 })
				 .len,
		0);
	assert_int_equal(rom_range_common((struct rom_range){ 0, 10 },
				 (struct rom_range){ 50, 5 })
				 .len,
		0);
	assert_true(rom_range_end((struct rom_range){ 5, 6 }) == 11);
	assert_true(rom_range_end((struct rom_range){ UINT64_MAX, 6 }) ==
		    UINT64_MAX);
	r = rom_range_common((struct rom_range){ UINT64_MAX - 5, 100 },
		(struct rom_range){ 0, UINT64_MAX });
	assert_true(r.offset == UINT64_MAX - 5 && r.len == 5);
}

/* ---- views --------------------------------------------------------------- */

static const uint8_t ten[10] = { 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x88,
	0x99, 0xaa };

static void buffer_reads(void **state)
{
	struct rom_buffer v = { .p = ten, .len = sizeof(ten) };

	(void)state;
	assert_int_equal(rom_u8(&v, 9), 0xaa);
	assert_int_equal(rom_le16(&v, 8), 0xaa99);
	assert_int_equal(rom_le32(&v, 6), 0xaa998807);
	assert_int_equal(rom_be32(&v, 6), 0x078899aa);
	assert_true(rom_le64(&v, 0) == 0x8807060504030201u);
	assert_true(rom_le64(&v, 2) == 0xaa99880706050403u);
	assert_true(rom_be64(&v, 0) == 0x0102030405060788u);
	assert_false(v.overrun);
}

static void buffer_overruns(void **state)
{
	const size_t far[] = { 10, 11, 1000, SIZE_MAX - 7, SIZE_MAX - 3,
		SIZE_MAX };
	struct rom_buffer v = { .p = ten, .len = sizeof(ten) };

	(void)state;
	for (size_t i = 0; i < sizeof(far) / sizeof(*far); i++) {
		v.overrun = false;
		assert_int_equal(rom_u8(&v, far[i]), 0);
		assert_true(v.overrun);
		v.overrun = false;
		assert_true(rom_le64(&v, far[i]) == 0);
		assert_true(v.overrun);
	}
	v.overrun = false;
	assert_int_equal(rom_le16(&v, 9), 0); /* not the half that is there */
	assert_true(v.overrun);
	rom_u8(&v, 0);
	assert_true(v.overrun); /* it is remembered */
	v = (struct rom_buffer){ .p = ten, .len = sizeof(ten) };
	assert_int_equal(rom_le32(&v, 7), 0);
	assert_true(v.overrun);
	v = (struct rom_buffer){ .p = ten, .len = sizeof(ten) };
	assert_true(rom_be64(&v, 3) == 0);
	assert_true(v.overrun);
	v = (struct rom_buffer){ 0 };
	assert_int_equal(rom_be32(&v, 0), 0);
	assert_true(v.overrun);
}

static void buffer_parts(void **state)
{
	struct rom_buffer v = { .p = ten, .len = sizeof(ten), .offset = 1000 },
			  part;

	(void)state;
	assert_true(rom_buffer_has(&v, 8, "\x99\xaa", 2));
	assert_false(rom_buffer_has(&v, 8, "\x99\xaa", 3));
	assert_false(rom_buffer_has(&v, SIZE_MAX, "\x99", 1));
	assert_false(rom_buffer_has(&v, 8, "\x99\xab", 2));
	assert_false(v.overrun);
	part = rom_buffer_part(&v, 3, 4);
	assert_true(part.len == 4 && part.offset == 1003 && part.p == ten + 3);
	part = rom_buffer_part(&v, 8, SIZE_MAX);
	assert_true(part.len == 2 && part.offset == 1008);
	assert_int_equal(rom_buffer_part(&v, 10, 1).len, 0);
	assert_int_equal(rom_buffer_part(&v, SIZE_MAX, 1).len, 0);
	assert_int_equal(rom_buffer_find(&v, 0, "\x03\x04", 2), 2);
	assert_int_equal(rom_buffer_find(&v, 2, "\x03\x04", 2), 2);
	assert_true(rom_buffer_find(&v, 3, "\x03\x04", 2) == SIZE_MAX);
	assert_true(rom_buffer_find(&v, 0, "\xaa\xbb", 2) == SIZE_MAX);
	assert_true(rom_buffer_find(&v, SIZE_MAX, "\x01", 1) == SIZE_MAX);
}

static void buffer_text(void **state)
{
	static const uint8_t bytes[] = "ab\x01\xff\x7f\0cd";
	const struct rom_buffer v = { .p = bytes, .len = 8 };
	ROM_AUTO char *a = rom_buffer_text(&v, 0, 100),
		      *b = rom_buffer_text(&v, 6, 1),
		      *c = rom_buffer_text(&v, 6, 100),
		      *d = rom_buffer_text(&v, 100, 5),
		      *e = rom_buffer_text(&v, 0, 0);

	(void)state;
	assert_string_equal(a, "ab???");
	assert_string_equal(b, "c");
	assert_string_equal(c, "cd");
	assert_string_equal(d, "");
	assert_string_equal(e, "");
}

/* ---- text ---------------------------------------------------------------- */

static void human_sizes(void **state)
{
	static const struct {
		uint64_t bytes;
		const char *text;
	} rows[] = { { 100, "100 bytes" }, { 1023, "1023 bytes" },
		{ 1024, "1 KiB" }, { 524288, "512 KiB" },
		{ 1610612736, "1.5 GiB" }, { 62537072640u, "58.2 GiB" },
		{ 1ull << 40, "1 TiB" }, { UINT64_MAX, "16 EiB" } };
	char buf[32];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		assert_string_equal(rom_human(rows[i].bytes, buf, sizeof(buf)),
			rows[i].text);
}

static void check_printable(const char *bytes, size_t len, const char *expected)
{
	ROM_AUTO char *text = rom_printable(bytes, len);

	assert_string_equal(text, expected);
}
#define PRINTABLE(bytes, expected)                                             \
	check_printable(bytes, sizeof(bytes) - 1, expected)

static void printable_names(void **state)
{
	(void)state;
	PRINTABLE("", "");
	PRINTABLE("IMG_0001.jpg", "IMG_0001.jpg");
	PRINTABLE("\xe7\x85\xa7\xe7\x89\x87 \xf0\x9f\x93\xb7",
		"\xe7\x85\xa7\xe7\x89\x87 \xf0\x9f\x93\xb7");
	PRINTABLE("a\nb\r\t\x1b[31m\x7f", "a\\x0ab\\x0d\\x09\\x1b[31m\\x7f");
	PRINTABLE("a\0b", "a\\x00b");
	PRINTABLE("back\\slash", "back\\\\slash");
	PRINTABLE("latin1 \xe9", "latin1 \\xe9");
	PRINTABLE("\xe2\x80\xaegpj.exe", "\\xe2\\x80\\xaegpj.exe"); /* U+202E */
	PRINTABLE("\xe2\x81\xa6x\xe2\x81\xa9",
		"\\xe2\\x81\\xa6x\\xe2\\x81\\xa9");   /* U+2066, U+2069 */
	PRINTABLE("\xe2\x80\x8f", "\\xe2\\x80\\x8f"); /* U+200F */
	PRINTABLE("\xc2\x9b"
		  "31m",
		/* U+009B: CSI */
		"\\xc2\\x9b"
		"31m");
	PRINTABLE("\xc0\xaf", "\\xc0\\xaf");	      /* overlong */
	PRINTABLE("\xed\xa0\x80", "\\xed\\xa0\\x80"); /* surrogate */
	/* above U+10FFFF */
	PRINTABLE("\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80");
	PRINTABLE("cut \xe7\x85", "cut \\xe7\\x85");
	PRINTABLE("\xe7\x85"
		  "a",
		"\\xe7\\x85"
		"a");
}

/* Whatever two bytes a name has, and whatever stands around them, the text is
 * one line of valid UTF-8. */
static void printable_always(void **state)
{
	(void)state;
	for (unsigned pair = 0; pair < 65536; pair++) {
		const char name[4] = { '\xe2', (char)(pair >> 8), (char)pair,
			'z' };

		for (size_t from = 0; from < 2; from++) {
			ROM_AUTO char *text =
				rom_printable(name + from, 4 - from);

			assert_true(rom_is_utf8(text, strlen(text)));
			for (const char *s = text; *s; s++)
				assert_true((unsigned char)*s >= 0x20 &&
					    *s != 0x7f);
		}
	}
}

static void shell_words(void **state)
{
	static const struct {
		const char *text, *word;
	} rows[] = {
		{ "full.bin", "full.bin" },
		{ "/mnt/a b/full.bin", "'/mnt/a b/full.bin'" },
		{ "it's", "'it'\\''s'" },
		{ "$HOME", "'$HOME'" },
		{ "", "''" },
		{ "a\nb'c\\", "$'a\\x0ab\\'c\\x5c'" },
		{ "\xff.bin", "$'\\xff.bin'" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		ROM_AUTO char *word = rom_shell_word(rows[i].text);

		assert_string_equal(word, rows[i].word);
	}
}

static void utf8(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
		bool good;
	} rows[] = { { "", 0, true }, { "abc", 3, true }, { "\0", 1, true },
		{ "\xc3\xa9", 2, true }, { "\xef\xbf\xbf", 3, true },
		{ "\xf4\x8f\xbf\xbf", 4, true }, { "\xed\x9f\xbf", 3, true },
		{ "\xee\x80\x80", 3, true }, { "\x80", 1, false },
		{ "\xc3", 1, false }, { "\xc3\x28", 2, false },
		{ "\xc1\xbf", 2, false }, { "\xe0\x9f\xbf", 3, false },
		{ "\xf0\x8f\xbf\xbf", 4, false }, { "\xed\xa0\x80", 3, false },
		{ "\xed\xbf\xbf", 3, false }, { "\xf4\x90\x80\x80", 4, false },
		{ "\xf8\x88\x80\x80\x80", 5, false }, { "\xfe", 1, false },
		{ "\xff", 1, false }, { "ok\xe7\x85", 4, false } };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		assert_int_equal(
			rom_is_utf8(rows[i].bytes, rows[i].len), rows[i].good);
}

static void hex_both_ways(void **state)
{
	static const uint8_t bytes[] = { 0x00, 0x7f, 0x80, 0xff, 0xa5 };
	uint8_t back[5] = { 0 };
	char text[11];

	(void)state;
	rom_hex(bytes, sizeof(bytes), text);
	assert_string_equal(text, "007f80ffa5");
	assert_true(rom_unhex("007F80ffA5", back, sizeof(back)));
	assert_memory_equal(back, bytes, sizeof(bytes));
	assert_true(rom_unhex("", back, 0));
	assert_false(rom_unhex("00", back, 0));
	assert_false(rom_unhex("", back, 1));
	assert_false(rom_unhex("0", back, 1));
	assert_false(rom_unhex("000", back, 1));
	assert_false(rom_unhex("0g", back, 1));
	assert_false(rom_unhex("0x", back, 1));
	assert_false(rom_unhex(" 1", back, 1));
	assert_false(rom_unhex("+1", back, 1));
	assert_false(rom_unhex("0000", back, 5));
}

static void utc(void **state)
{
	char buf[32];

	(void)state;
	assert_string_equal(
		rom_utc(1625142896, buf, sizeof(buf)), "2021-07-01 12:34:56");
	assert_string_equal(
		rom_utc(0, buf, sizeof(buf)), "1970-01-01 00:00:00");
	assert_string_equal(
		rom_utc(-1, buf, sizeof(buf)), "1969-12-31 23:59:59");
	assert_string_equal(rom_utc(0x37fffffff, buf, sizeof(buf)),
		"2446-05-10 22:38:55"); /* ext4's last second */
	assert_true(strlen(rom_utc(INT64_MAX, buf, sizeof(buf))) > 0);
	assert_true(strlen(rom_utc(INT64_MIN, buf, sizeof(buf))) > 0);
}

/* ---- growing things ------------------------------------------------------ */

static void vectors_grow(void **state)
{
	ROM_VEC(struct rom_range) vec = { 0 };
	struct rom_range *p;
	uint64_t n = 0;

	(void)state;
	rom_each (p, &vec)
		fail();
	for (uint64_t i = 0; i < 1000; i++) {
		p = rom_vec_add(&vec);
		assert_true(p->offset == 0 && p->len == 0);
		p->offset = i;
		p->len = ~i;
	}
	rom_each (p, &vec) {
		assert_true(p->offset == n && p->len == ~n);
		n++;
	}
	assert_int_equal(n, 1000);
	rom_vec_done(&vec);
	assert_true(vec.v == NULL && vec.n == 0);
}

static size_t freed;

static void count_free(void *value)
{
	freed++;
	free(value);
}

/* Keys that agree in their low, high or hashed bits must not be taken for each
 * other. */
static uint64_t key_of(uint64_t i)
{
	switch (i % 4) {
	case 0:
		return i;
	case 1:
		return i << 44;
	case 2:
		return ~i;
	default:
		/* the inverse of the hash's factor: runs of neighbours */
		return i * 0xf1de83e19937733du;
	}
}

static void map_grows(void **state)
{
	enum { N = 20000 };
	struct rom_map m = { 0 };
	uint64_t *value;

	(void)state;
	assert_null(rom_map_get(&m, 0));
	for (uint64_t i = 0; i < N; i++) {
		value = rom_alloc(sizeof(*value));
		*value = i;
		assert_true(rom_map_put(&m, key_of(i), value));
		assert_false(rom_map_put(&m, key_of(i), &freed));
	}
	for (uint64_t i = 0; i < N; i++) {
		value = rom_map_get(&m, key_of(i));
		assert_non_null(value);
		assert_true(*value == i);
	}
	assert_null(rom_map_get(&m, 0x123456789abcdef1));
	assert_int_equal(m.n, N);
	freed = 0;
	rom_map_done(&m, count_free);
	assert_int_equal(freed, N);
	assert_null(rom_map_get(&m, 0));
}

static void map_sets(void **state)
{
	struct rom_map m = { 0 };
	char a, b;

	(void)state;
	rom_map_set(&m, UINT64_MAX, &a);
	assert_ptr_equal(rom_map_get(&m, UINT64_MAX), &a);
	rom_map_set(&m, UINT64_MAX, &b);
	assert_ptr_equal(rom_map_get(&m, UINT64_MAX), &b);
	assert_int_equal(m.n, 1);
	/* a full quarter is always free, also when an existing key is set just
	 * before growth */
	for (uint64_t i = 0; i < 1000; i++) {
		rom_map_set(&m, i, &a);
		rom_map_set(&m, i, &b);
		assert_ptr_equal(rom_map_get(&m, i), &b);
		assert_true(m.n < m.room);
	}
	rom_map_done(&m, NULL);
}

static void errors(void **state)
{
	struct rom_err err = { 0 };
	char long_text[2 * sizeof(err.text)];

	(void)state;
	assert_int_equal(rom_fail(NULL, ROM_E_IO, 5, "text"), ROM_E_IO);
	assert_int_equal(rom_fail(&err, ROM_E_CORRUPT, 0x438, "expected %d", 7),
		ROM_E_CORRUPT);
	assert_int_equal(err.status, ROM_E_CORRUPT);
	assert_int_equal(err.offset, 0x438);
	assert_string_equal(err.text, "expected 7");
	memset(long_text, 'x', sizeof(long_text) - 1);
	long_text[sizeof(long_text) - 1] = '\0';
	rom_fail(&err, ROM_E_IO, 0, "%s", long_text);
	assert_int_equal(strlen(err.text), sizeof(err.text) - 1);
}

/* ---- sums ---------------------------------------------------------------- */

static void crcs(void **state)
{
	uint8_t bytes[32] = { 0 };

	(void)state;
	/* the check value of CRC-32/ISO-HDLC */
	assert_int_equal(rom_crc32("123456789", 9), 0xcbf43926);
	assert_int_equal(rom_crc32("", 0), 0);
	assert_int_equal(rom_crc32c(0xffffffff, "123456789", 9) ^ 0xffffffff,
		0xe3069283); /* of CRC-32/ISCSI */
	/* RFC 3720, B.4 */
	assert_int_equal(
		rom_crc32c(0xffffffff, bytes, 32) ^ 0xffffffff, 0x8a9136aa);
	memset(bytes, 0xff, sizeof(bytes));
	assert_int_equal(
		rom_crc32c(0xffffffff, bytes, 32) ^ 0xffffffff, 0x62a8ab43);
	/* from seed on: in two pieces as in one */
	assert_int_equal(
		rom_crc32c(rom_crc32c(0xffffffff, "1234", 4), "56789", 5) ^
			0xffffffff,
		0xe3069283);
}

static void check_digest(enum rom_hash kind, const char *text, size_t times,
	const char *expected)
{
	struct rom_digest *d = rom_digest_new(kind);
	uint8_t out[ROM_HASH_MAX];
	char hex[2 * ROM_HASH_MAX + 1];

	for (size_t i = 0; i < times; i++)
		rom_digest_update(d, text, strlen(text));
	rom_digest_final(d, out);
	rom_digest_free(d);
	rom_hex(out, rom_hash_len(kind), hex);
	assert_string_equal(hex, expected);
}

static void digests(void **state)
{
	(void)state;
	/* RFC 1321, A.5; FIPS 180 */
	check_digest(ROM_HASH_MD5, "", 1, "d41d8cd98f00b204e9800998ecf8427e");
	check_digest(
		ROM_HASH_MD5, "abc", 1, "900150983cd24fb0d6963f7d28e17f72");
	check_digest(ROM_HASH_SHA1, "abc", 1,
		"a9993e364706816aba3e25717850c26c9cd0d89d");
	check_digest(ROM_HASH_SHA256, "", 1,
		"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b8"
		"55");
	check_digest(ROM_HASH_SHA256, "abc", 1,
		"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015"
		"ad");
	check_digest(ROM_HASH_SHA256, "aaaaaaaaaa", 100000,
		"cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112c"
		"d0");
	assert_string_equal(rom_hash_name(ROM_HASH_MD5), "md5");
	assert_string_equal(rom_hash_name(ROM_HASH_SHA1), "sha1");
	assert_string_equal(rom_hash_name(ROM_HASH_SHA256), "sha256");
}

/* Several at a time, of lengths of their own, begun anywhere in a block. */
static void digests_together(void **state)
{
	enum { LEN = 4096 };
	uint8_t data[ROM_DIGEST_MANY][LEN], got[32], expected[32];
	unsigned seed = 1;

	(void)state;
	if (!rom_digest_has_many())
		skip();
	for (size_t i = 0; i < sizeof(data); i++)
		data[i / LEN][i % LEN] =
			(uint8_t)((seed = seed * 1103515245 + 12345) >> 16);
	for (unsigned round = 0; round < 300; round++) {
		struct rom_digest *d[ROM_DIGEST_MANY];
		size_t n = 1 + round % ROM_DIGEST_MANY,
		       done[ROM_DIGEST_MANY] = { 0 };

		for (size_t i = 0; i < n; i++)
			d[i] = rom_digest_new(ROM_HASH_SHA256);
		for (unsigned step = 0; step < 4; step++) {
			struct rom_digest_piece pieces[ROM_DIGEST_MANY];

			for (size_t i = 0; i < n; i++) {
				size_t len =
					(seed = seed * 1103515245 + 12345) >>
					16;

				len = step % 2 ? len % 100
					       : len % 1000 *
							 (i > 0 || round % 2);
				pieces[i] = (struct rom_digest_piece){ d[i],
					data[i] + done[i], len };
				done[i] += len;
			}
			rom_digest_update_many(pieces, n);
		}
		for (size_t i = 0; i < n; i++) {
			rom_digest_final(d[i], got);
			rom_digest_free(d[i]);
			SHA256(data[i], done[i], expected);
			assert_memory_equal(got, expected, 32);
		}
	}
}

static void digest_of_zeros(void **state)
{
	struct rom_digest *d = rom_digest_new(ROM_HASH_SHA256);
	uint8_t out[ROM_HASH_MAX];
	char hex[2 * ROM_HASH_MAX + 1];

	(void)state;
	rom_digest_zeros(d, 1);
	rom_digest_zeros(d, 0);
	rom_digest_zeros(d, (1 << 20) - 1);
	rom_digest_final(d, out);
	rom_digest_free(d);
	rom_digest_free(NULL);
	rom_hex(out, 32, hex);
	/* head -c 1M /dev/zero | sha256sum */
	assert_string_equal(hex, "30e14955ebf1352266dc2ff8067e68104607e750abb9d"
				 "3b36582b8af909fcb58");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cut_inside),
		cmocka_unit_test(cut_outside),
		cmocka_unit_test(mul_and_add),
		cmocka_unit_test(ranges_share),
		cmocka_unit_test(buffer_reads),
		cmocka_unit_test(buffer_overruns),
		cmocka_unit_test(buffer_parts),
		cmocka_unit_test(buffer_text),
		cmocka_unit_test(human_sizes),
		cmocka_unit_test(printable_names),
		cmocka_unit_test(printable_always),
		cmocka_unit_test(shell_words),
		cmocka_unit_test(utf8),
		cmocka_unit_test(hex_both_ways),
		cmocka_unit_test(utc),
		cmocka_unit_test(vectors_grow),
		cmocka_unit_test(map_grows),
		cmocka_unit_test(map_sets),
		cmocka_unit_test(errors),
		cmocka_unit_test(crcs),
		cmocka_unit_test(digests),
		cmocka_unit_test(digests_together),
		cmocka_unit_test(digest_of_zeros),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
