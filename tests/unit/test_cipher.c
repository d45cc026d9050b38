/* SPDX-License-Identifier: MIT */
/* test_cipher.c - ciphers and key derivations against published vectors */
#include "unit.h"

#include <pthread.h>

#include "fde_vectors.h"
#include "romsplit/cipher.h"

#define ALL UINT64_MAX

/* The bytes of hex digits; freed by the caller. */
static uint8_t *bytes(const char *hex)
{
	uint8_t *b = malloc(strlen(hex) / 2 + 1);

	assert_true(rom_unhex(hex, b, strlen(hex) / 2));
	return b;
}

static void assert_hex(const uint8_t *have, const char *want)
{
	char hex[256];

	rom_hex(have, strlen(want) / 2, hex);
	assert_string_equal(hex, want);
}

static struct rom_cipher *cipher(enum rom_cipher_kind kind, const char *key_hex)
{
	uint8_t *key = bytes(key_hex);
	struct rom_cipher *c = NULL;
	struct rom_err err;

	assert_int_equal(
		rom_cipher_new(kind, key, strlen(key_hex) / 2, &c, &err),
		ROM_OK);
	free(key);
	return c;
}

/* One unit, whose IV is number, then 8 (or 24) bytes of tail. */
static void check_unit(enum rom_cipher_kind kind, const char *key,
	const char *iv_hex, const char *from, const char *to)
{
	struct rom_cipher *c = cipher(kind, key);
	uint8_t *data = bytes(from), *iv = bytes(iv_hex);
	struct rom_units u = { .size = (uint32_t)strlen(from) / 2,
		.mask = ALL };

	memcpy(&u.first, iv,
		/* the vectors are for little-endian numbers, as this machine
		   has them */
		8);
	memcpy(u.tail, iv + 8, strlen(iv_hex) / 2 - 8);
	rom_cipher_decrypt(c, data, u.size, &u, 0);
	assert_hex(data, to);
	rom_cipher_free(c);
	free(data);
	free(iv);
}

/* IEEE 1619-2007, vectors 2 and 3 */
static void xts(void **state)
{
	static const char *const plain = "4444444444444444444444444444444444444"
					 "444444444444444444444444444";

	(void)state;
	check_unit(ROM_CIPHER_XTS,
		"11111111111111111111111111111111222222222222222222222222222222"
		"22",
		"33333333330000000000000000000000",
		"c454185e6a16936e39334038acef838bfb186fff7480adc4289382ecd6d394"
		"f0",
		plain);
	check_unit(ROM_CIPHER_XTS,
		"fffefdfcfbfaf9f8f7f6f5f4f3f2f1f0222222222222222222222222222222"
		"22",
		"33333333330000000000000000000000",
		"af85336b597afc1a900b2eb21ec949d292df4c047e0b21532186a5971a227a"
		"89",
		plain);
}

/* google/adiantum,
 * test_vectors/ours/Adiantum/Adiantum_XChaCha12_32_AES256.json, tweaks of 32
 * bytes */
static void adiantum(void **state)
{
	(void)state;
	check_unit(ROM_CIPHER_ADIANTUM,
		"fa72e9298e5b1eb63b7c35037f77eb3f63b927b3725fca5c5e1590881ca4f3"
		"c2",
		"c94526b42196702f8a94fe92d514c3e03cc35757ddd664097849005688f577"
		"c2",
		"e96abbdeb0053d370b894f341122cc60",
		"8836f471d33d4048e472239f4cc4cb76");
	check_unit(ROM_CIPHER_ADIANTUM,
		"a9366c1b70915407d89cc531429c40cd80907607681f654cac675608efcd13"
		"fa",
		"d6b60f6fe31109407ebba415e6dc1e68f9b75eb123f0c5a5b2c9f931efe307"
		"66",
		"88668240b04d8e4c5bc8cf8b2eb39ab4",
		"a8a5e6f0a80c9d1a37e3ca9c63b25337");
	check_unit(ROM_CIPHER_ADIANTUM,
		"362b5797f85dcd995f1a5a441d920f27cc16d72b856399d3ba96a1dbd26068"
		"da",
		"ef5869b12c5e9a4724c1b169e112938f433d6d00db5ed8d9129afed9ff2daa"
		"c4",
		"c7c6f1738fc4ff4a39be78be8d28c8894663e70c7d87e84ec9187bbe18605"
		"0",
		"5ea8681985981223260accdb0a04b9df4db3487bb0e3c819435a4606942df"
		"2");
	check_unit(ROM_CIPHER_ADIANTUM,
		"2542c18b7eaa3428b0a1c360f500716338d9b85e45eb1fef09290fd6bc461c"
		"56",
		"3563dfb4b27551d37186dd009b8d5c0c41832fe5920fef3dd2332490734d56"
		"83",
		"d3ae58cf11c49ece9a5519c17c12e0bebe8a0a999e3da6afd95feb28d1f38"
		"2",
		"473742e008df640bc1d4fe5cc36dc4a1b1ad4b697ab2675034438e5fa21f2"
		"4");
}

/* RFC 3962, appendix B, whose blocks are swapped as in CS3; its 17 and 32
 * bytes */
static void cts(void **state)
{
	(void)state;
	check_unit(ROM_CIPHER_CTS, "636869636b656e207465726979616b69",
		"00000000000000000000000000000000",
		"c6353568f2bf8cb4d8a580362da7ff7f97",
		"4920776f756c64206c696b652074686520");
	check_unit(ROM_CIPHER_CTS, "636869636b656e207465726979616b69",
		"00000000000000000000000000000000",
		"39312523a78662d5be7fcbcc98ebf5a897687268d6ecccc0c07b25e25ecfe5"
		"84",
		"4920776f756c64206c696b65207468652047656e6572616c20476175277320"
		"43");
}

static void key_lengths(void **state)
{
	static const struct {
		enum rom_cipher_kind kind;
		size_t len;
		enum rom_status want;
	} rows[] = {
		{ ROM_CIPHER_XTS, 64, ROM_OK },
		{ ROM_CIPHER_XTS, 32, ROM_OK },
		{ ROM_CIPHER_XTS, 16, ROM_E_USAGE },
		{ ROM_CIPHER_XTS, 48, ROM_E_USAGE },
		{ ROM_CIPHER_ESSIV, 16, ROM_OK },
		{ ROM_CIPHER_ESSIV, 32, ROM_OK },
		{ ROM_CIPHER_ESSIV, 64, ROM_E_USAGE },
		{ ROM_CIPHER_ADIANTUM, 32, ROM_OK },
		{ ROM_CIPHER_ADIANTUM, 64, ROM_E_USAGE },
	};
	uint8_t key[64];

	(void)state;
	noise(key, sizeof(key), 7);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct rom_cipher *c = NULL;
		struct rom_err err;

		assert_int_equal(rom_cipher_new(rows[i].kind, key, rows[i].len,
					 &c, &err),
			rows[i].want);
		rom_cipher_free(c);
	}
	memcpy(key + 32, key, 32);
	struct rom_cipher *c = NULL;
	struct rom_err err;

	assert_int_equal(
		rom_cipher_new(ROM_CIPHER_XTS, key, 64, &c, &err), ROM_E_USAGE);
	assert_non_null(strstr(err.text, "halves"));
}

/* ---- derivations --------------------------------------------------------- */

/* RFC 7914, chapter 12 */
static void scrypt(void **state)
{
	static const uint8_t big[3] = { 30, 3, 1 }, wide[3] = { 10, 200, 200 },
			     small[3] = { 10, 3, 4 };
	uint8_t out[64];
	struct rom_err err;

	(void)state;
	assert_int_equal(rom_scrypt("password", 8, (const uint8_t *)"NaCl", 4,
				 small, out, 64, &err),
		ROM_OK);
	assert_hex(out, "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376"
			"634b373162"
			"2eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cb"
			"dfa2cc0640");
	assert_int_equal(
		rom_scrypt("p", 1, out, 16, big, out, 64, &err), ROM_E_LIMIT);
	assert_int_equal(
		rom_scrypt("p", 1, out, 16, wide, out, 64, &err), ROM_E_LIMIT);
}

/* The SipHash paper, appendix A (message of 8 bytes); RFC 4231, test case 2 */
static void hashes(void **state)
{
	uint8_t key[16], out[64];

	(void)state;
	for (uint8_t i = 0; i < 16; i++)
		key[i] = i;
	assert_true(rom_siphash(key, 0x0706050403020100) == 0x93f5f5799a932462);
	rom_hmac_sha256((const uint8_t *)"Jefe", 4,
		"what do ya want for nothing?", 28, out);
	assert_hex(out, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58"
			"b964ec3843");
	rom_sha512("abc", 3, out);
	assert_hex(out, "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eee"
			"e64b55d39a"
			"2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac9"
			"4fa54ca49f");
}

/* The identifier that the kernel gave a key of 64 bytes
 * (FS_IOC_ADD_ENCRYPTION_KEY on ext4, Linux 6.18) */
static void hkdf(void **state)
{
	uint8_t *key = bytes("ae815442b8965282ef4194f94d29644f9b24bbd5206b85293"
			     "e57535bb6469f01"
			     "e5367c258aa849805e1e3807873fbcdff25c432e70c2ec271"
			     "959d1c8dd138495");
	uint8_t prk[64], out[16];

	(void)state;
	rom_hkdf_extract(key, 64, prk);
	rom_hkdf_expand(prk, (const uint8_t *)"fscrypt\0\1", 9, out, 16);
	assert_hex(out, "338be48d25e8005ebcf04f60ebe7645e");
	free(key);
}

/* AES-GCM: McGrew, Viega, "The Galois/Counter Mode of Operation", test case
 * 14 */
static void gcm(void **state)
{
	static const uint8_t key[32], nonce[12];
	uint8_t *c = bytes("cea7403d4d606b6e074ec5d3baf39d18"),
		*tag = bytes("d0d1c8a799996bf0265b98b5d48ab919");
	uint8_t out[16];

	(void)state;
	assert_true(rom_aes256_gcm_decrypt(key, nonce, c, 16, tag, out));
	assert_hex(out, "00000000000000000000000000000000");
	tag[3] ^= 1;
	assert_false(rom_aes256_gcm_decrypt(key, nonce, c, 16, tag, out));
	free(c);
	free(tag);
}

/* dm-crypt's plain is a number of 32 bits, plain64 one of 64: the same up to
 * sector 2^32. */
static void plain_ivs(void **state)
{
	static const uint8_t key[16] = { 7, 1, 9 };
	const uint64_t far = (1ull << 32) + 5;
	const enum rom_cipher_kind kinds[] = { ROM_CIPHER_PLAIN,
		ROM_CIPHER_PLAIN64 };

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		const struct rom_units u = { .size = 512, .mask = ALL };
		uint64_t index = i / 2 ? far : 5;
		uint8_t iv[16] = { 5 }, data[1024], expected[1024];
		struct rom_cipher *c = NULL;
		struct rom_err err;

		memset(data, 0x5a, sizeof(data));
		memcpy(expected, data, sizeof(data));
		iv[4] = index == far && kinds[i % 2] == ROM_CIPHER_PLAIN64;
		rom_aes128_cbc_decrypt(key, iv, expected, 512);
		iv[0] = 6;
		rom_aes128_cbc_decrypt(key, iv, expected + 512, 512);
		assert_int_equal(
			rom_cipher_new(kinds[i % 2], key, 16, &c, &err),
			ROM_OK);
		rom_cipher_decrypt(c, data, sizeof(data), &u, index);
		assert_memory_equal(data, expected, sizeof(data));
		rom_cipher_free(c);
	}
}

/* ---- full-disk encryption ------------------------------------------------ */

static void check_fde(const struct fde_vector *v)
{
	uint8_t *salt = bytes(v->salt), *key = bytes(v->wrapped),
		*data = bytes(v->sectors), ik[32], sum[32];
	const struct rom_units u = { .size = 512, .mask = ALL };
	struct rom_cipher *c = NULL;
	struct rom_digest *d = rom_digest_new(ROM_HASH_SHA256);
	struct rom_err err;

	rom_pbkdf2(ROM_HASH_SHA1, v->password, strlen(v->password), salt, 16,
		2000, ik, sizeof(ik));
	assert_hex(ik, v->intermediate);
	rom_aes128_cbc_decrypt(ik, ik + 16, key, 16);
	assert_hex(key, v->master);
	assert_int_equal(
		rom_cipher_new(ROM_CIPHER_ESSIV, key, 16, &c, &err), ROM_OK);
	rom_cipher_decrypt(c, data, 1536, &u, 0);
	rom_digest_update(d, data, 1536);
	rom_digest_final(d, sum);
	assert_hex(sum, v->plain_sha256);
	/* a part of it, begun in the middle, is the same */
	uint8_t *again = bytes(v->sectors);

	rom_cipher_decrypt(c, again + 1024, 512, &u, 2);
	assert_memory_equal(again + 1024, data + 1024, 512);
	assert_int_equal(data[1080], 0x53);
	assert_int_equal(data[1081], 0xef);
	rom_digest_free(d);
	rom_cipher_free(c);
	free(salt);
	free(key);
	free(data);
	free(again);
}

static void fde(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(fde_vectors) / sizeof(*fde_vectors); i++)
		check_fde(&fde_vectors[i]);
}

static void samsung(void **state)
{
	uint8_t *blob = bytes(samsung_blob), kek[32], mac[32];

	(void)state;
	rom_pbkdf2(ROM_HASH_SHA256, samsung_password, strlen(samsung_password),
		blob + 64, 16, 4096, kek, 32);
	assert_hex(kek, samsung_kek);
	rom_hmac_sha256(kek, 32, blob, 32, mac);
	assert_memory_equal(mac, blob + 32, 32);
	free(blob);
}

/* ---- many units, many threads -------------------------------------------- */

enum { UNITS = 1000, UNIT = 512 };

struct job {
	struct rom_cipher *c;
	const uint8_t *cipher;
	uint8_t *plain;
};

/* Unit by unit; the batch of many must give the same. */
static void *one_by_one(void *arg)
{
	struct job *j = arg;
	const struct rom_units u = {
		.size = UNIT, .first = 5, .mask = 0xffffffff
	};

	memcpy(j->plain, j->cipher, UNITS * UNIT);
	for (uint64_t i = 0; i < UNITS; i++)
		rom_cipher_decrypt(j->c, j->plain + i * UNIT, UNIT, &u, i);
	return NULL;
}

static void batches(void **state)
{
	static const enum rom_cipher_kind kinds[] = { ROM_CIPHER_XTS,
		ROM_CIPHER_ESSIV, ROM_CIPHER_ADIANTUM };
	const struct rom_units u = {
		.size = UNIT, .first = 5, .mask = 0xffffffff
	};
	uint8_t *data = malloc(UNITS * UNIT), *whole = malloc(UNITS * UNIT),
		key[32];

	(void)state;
	noise(data, UNITS * UNIT, 1);
	noise(key, sizeof(key), 2);
	for (size_t k = 0; k < 3; k++) {
		struct job j[4] = { 0 };
		pthread_t t[4];
		struct rom_err err;

		assert_int_equal(
			rom_cipher_new(kinds[k], key, 32, &j[0].c, &err),
			ROM_OK);
		for (size_t i = 0; i < 4; i++) {
			j[i] = (struct job){ j[0].c, data,
				malloc(UNITS * UNIT) };
			pthread_create(&t[i], NULL, one_by_one, &j[i]);
		}
		memcpy(whole, data, UNITS * UNIT);
		rom_cipher_decrypt(j[0].c, whole, UNITS * UNIT, &u, 0);
		for (size_t i = 0; i < 4; i++) {
			pthread_join(t[i], NULL);
			assert_memory_equal(j[i].plain, whole, UNITS * UNIT);
			free(j[i].plain);
		}
		rom_cipher_free(j[0].c);
	}
	free(data);
	free(whole);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(xts),
		cmocka_unit_test(adiantum),
		cmocka_unit_test(cts),
		cmocka_unit_test(key_lengths),
		cmocka_unit_test(scrypt),
		cmocka_unit_test(hashes),
		cmocka_unit_test(hkdf),
		cmocka_unit_test(gcm),
		cmocka_unit_test(plain_ivs),
		cmocka_unit_test(fde),
		cmocka_unit_test(samsung),
		cmocka_unit_test(batches),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
