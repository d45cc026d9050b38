/* SPDX-License-Identifier: MIT */
/* unit.h - what all unit tests share */
#ifndef ROMSPLIT_UNIT_H
#define ROMSPLIT_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

/* Skips the test; tests/run.sh shows the reason. */
#define skip_because(why)                                                      \
	do {                                                                   \
		print_message("#! %s\n", why);                                 \
		skip();                                                        \
	} while (0)

/* Little-endian numbers into bytes, as the formats have them. */
static inline void put(uint8_t *offset, unsigned bytes, uint64_t value)
{
	for (unsigned i = 0; i < bytes; i++)
		offset[i] = (uint8_t)(value >> 8 * i);
}

/* Bytes that pass for random ones (splitmix64); the same seed gives the same
 * bytes. */
static inline void noise(uint8_t *out, size_t len, uint64_t seed)
{
	for (size_t i = 0; i < len; i++) {
		uint64_t z = seed + (i / 8 + 1) * 0x9e3779b97f4a7c15u;

		z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
		z = (z ^ z >> 27) * 0x94d049bb133111ebu;
		out[i] = (uint8_t)((z ^ z >> 31) >> i % 8 * 8);
	}
}

#endif
