/* SPDX-License-Identifier: MIT */
/* cipher.c - how fast a decrypting image over one in memory is read: bytes per
 * second, on one core */
#include <inttypes.h>
#include <time.h>

#include "romsplit/image.h"

enum { SIZE = 256 << 10, SECONDS = 1 };

static double now(void)
{
	struct timespec t;

	/* as openssl speed counts */
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int main(void)
{
	static uint8_t data[SIZE], out[SIZE], key[16] = { 1, 2, 3 };
	const struct rom_units units = { .size = 512, .mask = UINT64_MAX };
	struct rom_image *below = rom_image_open_memory(data, SIZE, "memory"),
			 *img;
	struct rom_cipher *cipher;
	struct rom_err err;
	double begin;
	uint64_t bytes = 0;

	for (size_t i = 0; i < SIZE; i++)
		data[i] = (uint8_t)(i * 31 + (i >> 8) + 1);
	if (rom_cipher_new(ROM_CIPHER_ESSIV, key, sizeof(key), &cipher, &err))
		return 1;
	img = rom_image_open_cipher(below, cipher, &units);
	for (begin = now(); now() - begin < SECONDS; bytes += SIZE) {
		if (rom_read(img, out, SIZE, 0, &err))
			return 1;
	}
	printf("%.0f\n", (double)bytes / (now() - begin));
	rom_image_close(img);
	rom_image_close(below);
	rom_cipher_free(cipher);
	return 0;
}
