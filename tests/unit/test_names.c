/* SPDX-License-Identifier: MIT */
/* test_names.c - names from a dump as names of files; lines of SHA256SUMS as
 * sha256sum itself writes them */
#include "unit.h"

#include <sys/stat.h>
#include <unistd.h>

#include "romsplit/extract.h"
#include "romsplit/render.h"

static void check(const char *bytes, size_t len, enum rom_name_rules rules,
	const char *expected)
{
	ROM_AUTO char *name = rom_safe_name(bytes, len, rules);

	assert_string_equal(name, expected);
}
#define SAFE(bytes, expected)                                                  \
	check(bytes, sizeof(bytes) - 1, ROM_NAMES_ANY, expected)
#define STRICT(bytes, expected)                                                \
	check(bytes, sizeof(bytes) - 1, ROM_NAMES_STRICT, expected)

static void kept(void **state)
{
	static const char *const names[] = { "IMG_0001.jpg", "...", "..a",
		".nomedia", "a b", "trailing ", "new\nline", "-rf",
		"back\\slash", "CON", "a:b", "\xe9",
		"\xe7\x85\xa7\xe7\x89\x87.jpg", "~", "*" };

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		check(names[i], strlen(names[i]), ROM_NAMES_ANY, names[i]);
}

static void replaced(void **state)
{
	static char bytes[600], expected[256];

	(void)state;
	SAFE("", "_");
	SAFE(".", "_");
	SAFE("..", "_");
	SAFE("/", "_");
	SAFE("../../etc/passwd", ".._.._etc_passwd");
	SAFE("a\0b", "a_b");
	SAFE("\0", "_");
	SAFE("..\0", ".._");
	memset(bytes, 'x', sizeof(bytes));
	memset(expected, 'x', 255);
	check(bytes, 255, ROM_NAMES_ANY, expected);
	check(bytes, 256, ROM_NAMES_ANY, expected);
	check(bytes, 600, ROM_NAMES_ANY, expected);
	memset(bytes, '/', sizeof(bytes));
	memset(expected, '_', 255);
	check(bytes, 600, ROM_NAMES_ANY, expected);
}

/* What FAT and Windows refuse: < > : " / \ | ? *, controls, a dot or blank at
 * the end, names of devices. */
static void strict(void **state)
{
	(void)state;
	STRICT("IMG_0001.jpg", "IMG_0001.jpg");
	STRICT("a<b>c:d\"e\\f|g?h*i", "a_b_c_d_e_f_g_h_i");
	STRICT("new\nline\x7f", "new_line_");
	STRICT("trailing.", "trailing_");
	STRICT("trailing ", "trailing_");
	STRICT("", "_");
	STRICT("..", "_");
	STRICT("...", ".._");
	STRICT("CON", "_ON");
	STRICT("con", "_on");
	STRICT("nul.txt", "_ul.txt");
	STRICT("COM1", "_OM1");
	STRICT("lpt9.log", "_pt9.log");
	STRICT("COM0x", "COM0x");
	STRICT("CONSOLE", "CONSOLE");
	STRICT("COMA", "COMA");
	STRICT("\xe7\x85\xa7.jpg", "\xe7\x85\xa7.jpg");
	STRICT("latin1 \xe9", "latin1 _");
}

/* Where names are UTF-8, what is none becomes so, and nothing else changes. */
static void utf8_only(void **state)
{
	(void)state;
	check("latin1 \xe9", 8, ROM_NAMES_UTF8, "latin1 _");
	check("a:b \xe7\x85\xa7", 7, ROM_NAMES_UTF8, "a:b \xe7\x85\xa7");
	check("\xe7\x85", 2, ROM_NAMES_UTF8, "__");
	check("CON.", 4, ROM_NAMES_UTF8, "CON.");
}

/* A number put behind a name of full length cuts no character in two. */
static void numbered(void **state)
{
	char name[256], numbered[256];

	(void)state;
	for (size_t shift = 0; shift < 4; shift++) {
		memset(name, 'x', sizeof(name));
		for (size_t i = shift; i + 3 <= 250; i += 3)
			memcpy(name + i, "\xe7\x85\xa7", 3);
		strcpy(name + 251, ".jpg");
		for (unsigned n = 9; n < 2000; n *= 11) {
			rom_numbered_name(name, n, numbered);
			assert_true(rom_is_utf8(numbered, strlen(numbered)));
			assert_in_range(strlen(numbered), 252, 255);
		}
	}
}

/* No name of one or two bytes, whatever they are, leaves its folder or is
 * nothing. */
static void never_outside(void **state)
{
	(void)state;
	for (unsigned pair = 0; pair < 65536; pair++) {
		const char bytes[2] = { (char)(pair >> 8), (char)pair };

		for (size_t len = 1; len <= 2; len++) {
			for (int how = 0; how <= ROM_NAMES_STRICT; how++) {
				ROM_AUTO char *name = rom_safe_name(
					bytes, len, (enum rom_name_rules)how);

				assert_int_equal(strlen(name),
					len == 2 && !memcmp(bytes, "..", 2) ? 1
					: len == 1 && *bytes == '.'	    ? 1
								    : len);
				assert_null(strchr(name, '/'));
				assert_true(strcmp(name, ".") &&
					    strcmp(name, ".."));
			}
		}
	}
}

/* ---- sums ---------------------------------------------------------------- */

static char folder[64];

static int make_folder(void **state)
{
	const char *base = getenv("TMPDIR");

	(void)state;
	snprintf(folder, sizeof(folder), "%.40s/romsplit-XXXXXX",
		base && *base ? base : "/tmp");
	return mkdtemp(folder) && !chdir(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
	(void)state;
	return chdir("/") || rmdir(folder);
}

static char *output_of(const char *command)
{
	FILE *p = popen(command, "r");
	char *text = rom_alloc(65536);

	assert_non_null(p);
	text[fread(text, 1, 65535, p)] = '\0';
	pclose(p);
	return text;
}

static char *line_of(
	const uint8_t *sha256, const char *prefix, const char *path)
{
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);

	rom_checksum_line(f, sha256, prefix, path);
	fclose(f);
	return text;
}

/* Every line is byte for byte what sha256sum writes of that file. */
static void lines_of_sha256sum(void **state)
{
	static const char *const names[] = { "plain.jpg", "two words",
		"back\\slash", "new\nline", "both\\n\n", "\\", "\n",
		"latin1 \xe9", "\xe7\x85\xa7.jpg", " leading", "esc\x1b[31m",
		"*star" };

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		ROM_AUTO char *expected = NULL, *line = NULL;
		uint8_t sha256[32];
		struct rom_err err;
		struct rom_out_file *file =
			rom_out_file_create(NULL, names[i], 0600);

		assert_non_null(file);
		for (size_t k = 0; k < i * 40000; k += 10)
			assert_int_equal(
				rom_out_file_write(file, "0123456789", 10, k),
				10);
		assert_int_equal(
			rom_checksum_file(file, NULL, sha256, &err), ROM_OK);
		expected = output_of("sha256sum -- *");
		line = line_of(sha256, "", names[i]);
		rom_out_file_close(file);
		unlink(names[i]);
		assert_string_equal(line, expected);
	}
}

/* With the prefix of a folder, and for a name with CR too, sha256sum -c finds
 * the file again. */
static void accepted_by_sha256sum(void **state)
{
	static const char *const names[] = { "a.jpg", "new\nline",
		"back\\slash", "cr\rhere", "cr at the end\r" };
	ROM_AUTO char *said = NULL;
	FILE *checksums = fopen("SHA256SUMS", "w");

	(void)state;
	assert_int_equal(mkdir("media", 0700), 0);
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		char path[100];
		uint8_t sha256[32];
		struct rom_out_file *file;

		snprintf(path, sizeof(path), "media/%s", names[i]);
		file = rom_out_file_create(NULL, path, 0600);
		assert_int_equal(
			rom_out_file_write(file, names[i], strlen(names[i]), 0),
			strlen(names[i]));
		assert_int_equal(
			rom_checksum_file(file, NULL, sha256, NULL), ROM_OK);
		rom_out_file_close(file);
		rom_checksum_line(checksums, sha256, "media/", names[i]);
	}
	fclose(checksums);
	said = output_of("sha256sum --quiet --strict -c SHA256SUMS 2>&1; echo "
			 "$?; rm -r media SHA256SUMS");
	assert_string_equal(said, "0\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kept),
		cmocka_unit_test(replaced),
		cmocka_unit_test(strict),
		cmocka_unit_test(utf8_only),
		cmocka_unit_test(numbered),
		cmocka_unit_test(never_outside),
		cmocka_unit_test_setup_teardown(
			lines_of_sha256sum, make_folder, remove_folder),
		cmocka_unit_test_setup_teardown(
			accepted_by_sha256sum, make_folder, remove_folder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
