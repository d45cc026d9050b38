/* SPDX-License-Identifier: MIT */
/*
 * sha256_x86.c - several SHA-256 states at a time, with the SHA instructions of
 * x86
 *
 * A single state leaves the processor idle, since each round needs the previous
 * one. Several states fill the gaps; states over the same data also share the
 * message schedule. So two over the same data cost 1.3 to 1.5 times as much as
 * one, and two over different data 1.3 times (docs/BENCHMARKS.md). The
 * algorithm is that of FIPS 180-4, section 6.2.2; the instructions do two
 * rounds each and keep a state as ABEF and CDGH.
 */
#include <stdlib.h>

#include "base_priv.h"

#ifdef __x86_64__
#include <cpuid.h>
#include <immintrin.h>

#define WITH_SHA __attribute__((target("sha,sse4.1")))
#define INLINE	 WITH_SHA static inline __attribute__((always_inline))

/* FIPS 180-4, section 4.2.2 */
static const uint32_t round_constants[64] __attribute__((aligned(
	16))) = { 0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b,
	0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be,
	0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1,
	0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc,
	0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3,
	0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc,
	0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1,
	0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585,
	0x106aa070, 0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3,
	0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814,
	0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2 };

struct state {
	__m128i abef, cdgh;
};

enum { MAX_STATES = 3 };

INLINE struct state load(const uint32_t h[8])
{
	__m128i cdab =
		_mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)h), 0xb1);
	__m128i efgh = _mm_shuffle_epi32(
		_mm_loadu_si128((const __m128i *)(h + 4)), 0x1b);

	return (struct state){ _mm_alignr_epi8(cdab, efgh, 8),
		_mm_blend_epi16(efgh, cdab, 0xf0) };
}

INLINE void store(const struct state *s, uint32_t h[8])
{
	__m128i feba = _mm_shuffle_epi32(s->abef, 0x1b);
	__m128i dchg = _mm_shuffle_epi32(s->cdgh, 0xb1);

	_mm_storeu_si128((__m128i *)h, _mm_blend_epi16(feba, dchg, 0xf0));
	_mm_storeu_si128((__m128i *)(h + 4), _mm_alignr_epi8(dchg, feba, 8));
}

/* Four words of the schedule from the previous sixteen, the oldest first in
 * w[at]. */
INLINE __m128i next_words(const __m128i w[4], unsigned offset)
{
	__m128i newest = w[(offset + 3) % 4];
	__m128i sum = _mm_add_epi32(
		_mm_sha256msg1_epu32(w[offset % 4], w[(offset + 1) % 4]),
		_mm_alignr_epi8(newest, w[(offset + 2) % 4], 4));

	return _mm_sha256msg2_epu32(sum, newest);
}

INLINE void four_rounds(struct state *s, __m128i words)
{
	s->cdgh = _mm_sha256rnds2_epu32(s->cdgh, s->abef, words);
	s->abef = _mm_sha256rnds2_epu32(
		s->abef, s->cdgh, _mm_shuffle_epi32(words, 0x0e));
}

INLINE void add(struct state *s, const struct state *before)
{
	s->abef = _mm_add_epi32(s->abef, before->abef);
	s->cdgh = _mm_add_epi32(s->cdgh, before->cdgh);
}

INLINE void load_words(const uint8_t *p, __m128i w[4])
{
	const __m128i swap =
		_mm_set_epi64x(0x0c0d0e0f08090a0bLL, 0x0405060700010203LL);

	for (unsigned i = 0; i < 4; i++)
		w[i] = _mm_shuffle_epi8(
			_mm_loadu_si128((const __m128i *)(p + (size_t)16 * i)),
			swap);
}

/* Feeds n blocks of each stream to as many states. Both counts are constants at
 * the call: all loops except the one over the blocks are unrolled, and states
 * and words stay in registers. */
INLINE void blocks(uint32_t *const *h, const uint8_t *const *data, size_t n,
	const unsigned streams, const unsigned states)
{
	struct state s[MAX_STATES], before[MAX_STATES];
	__m128i w[MAX_STATES][4];

#pragma GCC unroll 3
	for (unsigned i = 0; i < streams * states; i++)
		s[i] = load(h[i]);
	for (size_t offset = 0; offset < n * 64; offset += 64) {
#pragma GCC unroll 3
		for (unsigned d = 0; d < streams; d++)
			load_words(data[d] + offset, w[d]);
#pragma GCC unroll 3
		for (unsigned i = 0; i < streams * states; i++)
			before[i] = s[i];
#pragma GCC unroll 16
		for (unsigned r = 0; r < 16; r++) {
			const __m128i *k = (const __m128i *)(round_constants +
							     (size_t)4 * r);

#pragma GCC unroll 3
			for (unsigned d = 0; d < streams; d++) {
				__m128i words = _mm_add_epi32(
					w[d][r % 4], _mm_load_si128(k));

#pragma GCC unroll 3
				for (unsigned i = 0; i < states; i++)
					four_rounds(&s[d * states + i], words);
				if (r < 12)
					w[d][r % 4] = next_words(w[d], r);
			}
		}
#pragma GCC unroll 3
		for (unsigned i = 0; i < streams * states; i++)
			add(&s[i], &before[i]);
	}
#pragma GCC unroll 3
	for (unsigned i = 0; i < streams * states; i++)
		store(&s[i], h[i]);
}

bool rom_sha256_has_several(void)
{
	unsigned a, b, c, d;

	if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_SSE4_1))
		return false;
	return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b & bit_SHA);
}

WITH_SHA void rom_sha256_same(
	uint32_t *const h[2], const uint8_t *data, size_t n)
{
	blocks(h, &data, n, 1, 2);
}

WITH_SHA void rom_sha256_two(
	uint32_t *const h[2], const uint8_t *const data[2], size_t n)
{
	blocks(h, data, n, 2, 1);
}

WITH_SHA void rom_sha256_three(
	uint32_t *const h[3], const uint8_t *const data[3], size_t n)
{
	blocks(h, data, n, 3, 1);
}

#else

bool rom_sha256_has_several(void)
{
	return false;
}

void rom_sha256_same(uint32_t *const h[2], const uint8_t *data, size_t n)
{
	(void)h, (void)data, (void)n;
	abort();
}

void rom_sha256_two(
	uint32_t *const h[2], const uint8_t *const data[2], size_t n)
{
	(void)h, (void)data, (void)n;
	abort();
}

void rom_sha256_three(
	uint32_t *const h[3], const uint8_t *const data[3], size_t n)
{
	(void)h, (void)data, (void)n;
	abort();
}

#endif
