/* SPDX-License-Identifier: MIT */
/*
 * fuzz.h - what a fuzz target is
 *
 * One file fuzz_ROOM.c a target. make check links it with replay.c and runs it
 * over the fixtures; with libFuzzer: clang -g -O1
 * -fsanitize=fuzzer,address,undefined -Iinclude -D_GNU_SOURCE
 * tests/fuzz/fuzz_gpt.c src/[!c]*\/\*.c ...
 */
#ifndef ROMSPLIT_FUZZ_H
#define ROMSPLIT_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A target may have seeds of its own beside the fixtures: the i-th, freed by
 * the caller; NULL: no more. */
uint8_t *fuzz_seed(unsigned i, size_t *len) __attribute__((weak));

/* What must hold whatever the input is. */
#define fuzz_assert(what)                                                      \
	do {                                                                   \
		if (!(what)) {                                                 \
			fprintf(stderr, "%s:%d: does not hold: %s\n",          \
				__FILE__, __LINE__, #what);                    \
			abort();                                               \
		}                                                              \
	} while (0)

#endif
