/* SPDX-License-Identifier: MIT */
/* jpeg_huffman.c - Huffman tables of JPEG (ITU-T T.81, annexes C and
 * F.2.2.3) */
#include "jpeg_priv.h"

/* Enters the symbol for all 9-bit patterns that begin with this code. */
static void fill_fast(
	struct jpeg_huffman *h, unsigned len, uint32_t code, uint8_t symbol)
{
	uint32_t first = code << (JPEG_FAST_BITS - len);

	for (uint32_t i = 0; i < 1u << (JPEG_FAST_BITS - len); i++)
		h->fast[first + i] = (uint16_t)(len << 8 | symbol);
}

bool rom_jpeg_huffman_make(struct jpeg_huffman *h, const uint8_t counts[16],
	const uint8_t *symbols, size_t n_symbols)
{
	uint32_t code = 0;
	size_t k = 0;

	memset(h, 0, sizeof(*h));
	for (unsigned len = 1; len <= 16; len++, code <<= 1) {
		uint32_t n = counts[len - 1];

		/* more codes than this length allows, or more symbols than the
		 * segment has */
		if (code + n > 1u << len || n > n_symbols - k || k + n > 256)
			return false;
		h->delta[len] = (int32_t)k - (int32_t)code;
		h->max_code[len] = n ? (int32_t)(code + n) - 1 : -1;
		for (; n; n--, k++, code++) {
			h->symbol[k] = symbols[k];
			if (len <= JPEG_FAST_BITS)
				fill_fast(h, len, code, symbols[k]);
		}
	}
	h->is_defined = true;
	return true;
}
