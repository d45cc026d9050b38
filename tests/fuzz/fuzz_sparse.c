/* SPDX-License-Identifier: MIT */
/* fuzz_sparse.c - Android sparse images: the map, and what is read through
 * it */
#include "fuzz.h"

#include "romsplit/image.h"

enum { READ_LEN = 70000, MAX_SPANS = 3000, MAX_READS = 200 };

static void walk(struct rom_image *img)
{
	ROM_AUTO uint8_t *buf = rom_alloc(READ_LEN);
	struct rom_span span;
	struct rom_err err;
	uint64_t offset = 0;

	for (int i = 0; i < MAX_SPANS && offset < img->size;
		i++, offset += span.len) {
		size_t len = (size_t)rom_min(READ_LEN, img->size - offset);
		enum rom_status st;

		rom_image_map(img, offset, img->size - offset, &span);
		fuzz_assert(span.len >= 1 && span.len <= img->size - offset);
		if (i >= MAX_READS)
			continue;
		/* across the end of the span too */
		st = rom_read(img, buf, len, offset, &err);
		fuzz_assert(!st || st == ROM_E_ABSENT);
		if (span.kind == ROM_SPAN_ABSENT)
			fuzz_assert(st == ROM_E_ABSENT);
		if (!st && span.kind == ROM_SPAN_HOLE) {
			for (size_t k = 0; k < rom_min(len, span.len); k++)
				fuzz_assert(buf[k] == 0);
		}
	}
	if (img->size)
		rom_read(img, buf, 1, img->size - 1, &err);
	fuzz_assert(rom_read(img, buf, 1, img->size, &err) == ROM_E_RANGE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	ROM_AUTO_IMAGE struct rom_image *img =
		rom_image_open_memory(data, size, "input");
	ROM_AUTO_IMAGE struct rom_image *sparse = NULL;
	struct rom_err err;

	if (!rom_image_open_sparse(img, &sparse, &err))
		walk(sparse);
	else
		fuzz_assert(!sparse);
	return 0;
}

static void put(uint8_t **p, unsigned bytes, uint64_t value)
{
	for (; bytes > 0; bytes--, value >>= 8)
		*(*p)++ = (uint8_t)value;
}

static void header(
	uint8_t **p, uint32_t block, uint32_t blocks, uint32_t chunks)
{
	put(p, 4, 0xed26ff3a);
	put(p, 2, 1);
	put(p, 2, 0);
	put(p, 2, 28);
	put(p, 2, 12);
	put(p, 4, block);
	put(p, 4, blocks);
	put(p, 4, chunks);
	put(p, 4, 0);
}

static void chunk(uint8_t **p, uint16_t type, uint32_t blocks, uint32_t body)
{
	put(p, 2, type);
	put(p, 2, 0);
	put(p, 4, blocks);
	put(p, 4, 12 + body);
	for (uint32_t i = 0; i < body; i++)
		*(*p)++ = (uint8_t)(i * 7 + 1);
}

/* AOSP system/core/libsparse/sparse_format.h: all kinds of chunks; and many
 * small ones */
uint8_t *fuzz_seed(unsigned i, size_t *len)
{
	uint8_t *seed = rom_alloc(65536), *p = seed;

	if (i == 0) {
		header(&p, 4096, 16, 6);
		chunk(&p, 0xcac1, 2, 8192);
		chunk(&p, 0xcac2, 5, 4);
		chunk(&p, 0xcac3, 4, 0);
		chunk(&p, 0xcac4, 0, 4);
		chunk(&p, 0xcac1, 1, 4096);
		chunk(&p, 0xcac3, 4, 0);
	} else if (i == 1) {
		header(&p, 4, 1200, 400);
		for (int k = 0; k < 100; k++) {
			chunk(&p, 0xcac1, 2, 8);
			chunk(&p, 0xcac2, 5, 4);
			chunk(&p, 0xcac3, 5, 0);
			chunk(&p, 0xcac4, 0, 4);
		}
	} else {
		free(seed);
		return NULL;
	}
	*len = (size_t)(p - seed);
	return seed;
}
