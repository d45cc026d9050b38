/* SPDX-License-Identifier: MIT */
/*
 * fuzz_f2fs.c - f2fs walked from the root
 *
 * An f2fs has 64 MiB or more, and nearly all of it is zeros. An input that
 * begins with "F2FSBLKS" is a list of blocks, each 4 its number
 * (little-endian), 4096 its bytes; all others are zeros. Other inputs are
 * images as they are.
 */
#include "walk.h"

enum {
	BLOCK = 4096,
	IMAGE_BLOCKS = (64 << 20) / BLOCK,
	RECORD = 4 + BLOCK,
	HEAD = 8
};

static const char magic[HEAD + 1] = "F2FSBLKS";

static uint32_t le32(const uint8_t *p)
{
	return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
	       (uint32_t)p[3] << 24;
}

static uint8_t *spread(const uint8_t *data, size_t size)
{
	uint8_t *image = calloc(IMAGE_BLOCKS, BLOCK);

	fuzz_assert(image);
	for (size_t offset = HEAD; offset + RECORD <= size; offset += RECORD) {
		uint32_t block = le32(data + offset);

		if (block < IMAGE_BLOCKS)
			memcpy(image + (size_t)block * BLOCK, data + offset + 4,
				BLOCK);
	}
	return image;
}

static void walk_both(const uint8_t *data, size_t size)
{
	ROM_AUTO_IMAGE struct rom_image *img =
		rom_image_open_memory(data, size, "input");

	walk_all(img, "f2fs", false);
	walk_all(img, "f2fs", true);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *image;

	if (size < HEAD || memcmp(data, magic, HEAD)) {
		walk_both(data, size);
		return 0;
	}
	image = spread(data, size);
	walk_both(image, (size_t)IMAGE_BLOCKS * BLOCK);
	free(image);
	return 0;
}

/* ---- seeds: the fixtures as lists ---------------------------------------- */

static FILE *open_fixture(const char *name)
{
	const char *folder = getenv("ROMSPLIT_FIXTURES");
	char command[1024];

	snprintf(command, sizeof(command),
		"xz -dc '%s/%s/image.xz' 2>/dev/null",
		folder ? folder : "tests/fixtures", name);
	return popen(command, "r");
}

static bool is_zero(const uint8_t *p)
{
	return p[0] == 0 && !memcmp(p, p + 1, BLOCK - 1);
}

/* Without its head only the main area is packed: a seed for the scan. */
static uint8_t *pack(FILE *in, bool has_head, size_t *len)
{
	uint32_t first = 0;
	uint8_t *out = malloc(HEAD + (size_t)IMAGE_BLOCKS * RECORD),
		*p = out + HEAD;

	fuzz_assert(out);
	memcpy(out, magic, HEAD);
	for (uint32_t block = 0; block < IMAGE_BLOCKS; block++) {
		if (fread(p + 4, 1, BLOCK, in) != BLOCK)
			break;
		if (!has_head && block == 0)
			/* of the superblock */
			first = le32(p + 4 + 0x400 + 0x5c);
		if (block < first || is_zero(p + 4))
			continue;
		for (unsigned i = 0; i < 4; i++)
			p[i] = (uint8_t)(block >> 8 * i);
		p += RECORD;
	}
	*len = (size_t)(p - out);
	return out;
}

uint8_t *fuzz_seed(unsigned i, size_t *len)
{
	static const char *const names[] = { "f2fs-crash", "f2fs-small" };
	uint8_t *out;
	FILE *in = i < 4 ? open_fixture(names[i % 2]) : NULL;

	if (!in)
		return NULL;
	out = pack(in, i < 2, len);
	pclose(in);
	return out;
}
