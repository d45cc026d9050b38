/* SPDX-License-Identifier: MIT */
/* jpeg_segments.c - tables and frame header of a JPEG (ITU-T T.81, annex B) */
#include "jpeg_priv.h"

enum {
	/* 48 MiB for the refinement of a progressive picture: 200 megapixels
	 * with colours at half the resolution */
	MAX_KEPT_BLOCKS = 6 << 20,
};

/* A DC symbol is a number of bits. */
static bool are_categories(const uint8_t *symbols, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (symbols[i] > 15)
			return false;
	}
	return true;
}

bool rom_jpeg_read_huffman(struct jpeg *j, const struct rom_buffer *segment)
{
	struct rom_buffer v = *segment;

	while (v.len >= 17) {
		uint8_t where = rom_u8(&v, 0);
		size_t n = 0;
		struct jpeg_huffman *h;

		for (size_t i = 1; i <= 16; i++)
			n += v.p[i];
		h = where >> 4 ? &j->ac[where & 3] : &j->dc[where & 3];
		if (where & 0xec ||
			!rom_jpeg_huffman_make(
				h, v.p + 1, v.p + 17, v.len - 17) ||
			(!(where >> 4) && !are_categories(v.p + 17, n)))
			break;
		v = rom_buffer_part(&v, 17 + n, SIZE_MAX);
	}
	return v.len == 0 || rom_media_damaged(j->w, segment->offset,
				     "invalid Huffman table");
}

bool rom_jpeg_read_quantisation(
	struct jpeg *j, const struct rom_buffer *segment)
{
	struct rom_buffer v = *segment;

	while (v.len > 0) {
		uint8_t where = rom_u8(&v, 0);
		size_t n = where >> 4 ? 129 : 65;

		if (where & 0xec || n > v.len)
			return rom_media_damaged(j->w, segment->offset,
				"invalid quantisation table");
		j->quantisations |= (uint8_t)(1u << (where & 3));
		v = rom_buffer_part(&v, n, SIZE_MAX);
	}
	return true;
}

static uint32_t divide_up(uint32_t a, uint32_t b)
{
	return (a + b - 1) / b;
}

static void measure(const struct jpeg_frame *f, struct jpeg_component *c)
{
	uint32_t wide = divide_up((uint32_t)f->width * c->h, f->h_max);
	uint32_t high = divide_up((uint32_t)f->height * c->v, f->v_max);

	c->blocks_wide = divide_up(wide, 8);
	c->blocks_high = divide_up(high, 8);
	c->stride = f->mcus_wide * c->h;
	c->rows = f->mcus_high * c->v;
}

static bool read_frame_components(struct jpeg_frame *f, struct rom_buffer *v)
{
	for (unsigned i = 0; i < f->n; i++) {
		struct jpeg_component *c = &f->c[i];
		uint8_t sampling = rom_u8(v, 7 + 3 * i);

		c->id = rom_u8(v, 6 + 3 * i);
		c->h = sampling >> 4;
		c->v = sampling & 15;
		c->quantisation = rom_u8(v, 8 + 3 * i);
		if (c->h < 1 || c->h > 4 || c->v < 1 || c->v > 4 ||
			c->quantisation >= JPEG_TABLES)
			return false;
		f->h_max = (uint8_t)rom_max(f->h_max, c->h);
		f->v_max = (uint8_t)rom_max(f->v_max, c->v);
	}
	return true;
}

static void allocate_nonzero(struct jpeg_frame *f)
{
	uint64_t blocks = 0;

	for (unsigned i = 0; i < f->n; i++)
		blocks += (uint64_t)f->c[i].stride * f->c[i].rows;
	if (f->sof != JPEG_PROGRESSIVE || blocks > MAX_KEPT_BLOCKS)
		return;
	for (unsigned i = 0; i < f->n; i++)
		f->c[i].nonzero =
			rom_alloc((size_t)f->c[i].stride * f->c[i].rows * 8);
}

bool rom_jpeg_read_frame(
	struct jpeg *j, uint8_t marker, const struct rom_buffer *segment)
{
	struct jpeg_frame *f = &j->frame;
	struct rom_buffer v = *segment;

	if (f->sof)
		return rom_media_damaged(
			j->w, v.offset, "a second frame header");
	*f = (struct jpeg_frame){ .sof = marker,
		.precision = rom_u8(&v, 0),
		.height = rom_media_be16(&v, 1),
		.width = rom_media_be16(&v, 3),
		.n = rom_u8(&v, 5) };
	if (f->n < 1 || f->n > JPEG_COMPONENTS || v.len != 6 + 3u * f->n ||
		!f->width || f->precision < 2 || f->precision > 16 ||
		!read_frame_components(f, &v))
		return rom_media_damaged(
			j->w, v.offset, "invalid frame header");
	f->mcus_wide = divide_up(f->width, 8u * f->h_max);
	f->mcus_high = divide_up(f->height, 8u * f->v_max);
	for (unsigned i = 0; i < f->n; i++)
		measure(f, &f->c[i]);
	allocate_nonzero(f);
	return true;
}
