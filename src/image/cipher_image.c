/* SPDX-License-Identifier: MIT */
/* cipher_image.c - decrypts another image: full-disk and metadata encryption,
 * the contents of a file */
#include "romsplit/image.h"

struct cipher_image {
	struct rom_image img;
	struct rom_image *below;
	struct rom_cipher *cipher;
	struct rom_units units;
};

static bool is_zero(const uint8_t *p, size_t len)
{
	return p[0] == 0 && !memcmp(p, p + 1, len - 1);
}

/* Decrypts whole units, consecutive ones in one call. A unit of zeros was never
 * written (discarded, or lost by the reader), and decrypting it would yield
 * noise that looks like data. */
static void decrypt_units(
	const struct cipher_image *c, uint8_t *buf, size_t len, uint64_t index)
{
	size_t unit = c->units.size, run = 0;

	for (size_t offset = 0; offset < len; offset += unit) {
		if (!is_zero(buf + offset, unit))
			continue;
		rom_cipher_decrypt(c->cipher, buf + run, offset - run,
			&c->units, index + run / unit);
		run = offset + unit;
	}
	if (run < len)
		rom_cipher_decrypt(c->cipher, buf + run, len - run, &c->units,
			index + run / unit);
}

/* Reads part of one unit. A unit that the end of the image cuts short cannot be
 * decrypted and is returned as stored. */
static enum rom_status read_part(struct cipher_image *c, uint8_t *buf,
	size_t len, uint64_t offset, struct rom_err *err)
{
	uint8_t unit[ROM_UNITS_MAX];
	uint64_t start = offset - offset % c->units.size;
	size_t n = (size_t)rom_min(c->units.size, c->img.size - start);
	enum rom_status st = rom_read(c->below, unit, n, start, err);

	if (st)
		return st;
	if (n == c->units.size)
		decrypt_units(c, unit, n, start / c->units.size);
	memcpy(buf, unit + (offset - start), len);
	return ROM_OK;
}

static enum rom_status cipher_read(struct rom_image *img, void *buf, size_t len,
	uint64_t offset, struct rom_err *err)
{
	struct cipher_image *c = (struct cipher_image *)img;
	uint32_t unit = c->units.size;
	uint8_t *out = buf;
	enum rom_status st = ROM_OK;

	while (len && !st) {
		size_t n = (size_t)rom_min(len, unit - offset % unit);

		if (offset % unit == 0 && len >= unit) {
			n = len - len % unit;
			st = rom_read(c->below, out, n, offset, err);
			if (!st)
				decrypt_units(c, out, n, offset / unit);
		} else {
			st = read_part(c, out, n, offset, err);
		}
		out += n;
		offset += n;
		len -= n;
	}
	return st;
}

/* Whole units inside a hole are a hole, since zeros stay zeros. Everything else
 * that is present must be read and decrypted. */
static void cipher_map(struct rom_image *img, uint64_t offset, uint64_t len,
	struct rom_span *ret)
{
	struct cipher_image *c = (struct cipher_image *)img;
	uint64_t lead = offset % c->units.size;
	struct rom_span below;

	/* one unit more than asked for: the unit that the end cuts */
	rom_image_map(
		c->below, offset - lead, len + lead + c->units.size, &below);
	if (below.kind == ROM_SPAN_HOLE && below.len >= c->units.size) {
		uint64_t whole = below.len - below.len % c->units.size;

		*ret = (struct rom_span){ .kind = ROM_SPAN_HOLE,
			.len = rom_min(len, whole - lead) };
		return;
	}
	rom_image_map(c->below, offset, len, ret);
	if (ret->kind != ROM_SPAN_ABSENT)
		*ret = (struct rom_span){ .kind = ROM_SPAN_READ,
			.len = rom_min(ret->len, ret->kind == ROM_SPAN_HOLE
							 ? c->units.size - lead
							 : len) };
}

static void cipher_close(struct rom_image *img)
{
	struct cipher_image *c = (struct cipher_image *)img;

	rom_cipher_free(c->cipher);
	rom_image_close(c->below);
}

static const struct rom_image_ops cipher_ops = {
	.read_at = cipher_read,
	.map = cipher_map,
	.close = cipher_close,
};

struct rom_image *rom_image_open_cipher(struct rom_image *img,
	struct rom_cipher *cipher, const struct rom_units *units)
{
	struct cipher_image *c = rom_alloc(sizeof(*c));

	c->img = (struct rom_image){ &cipher_ops, rom_strdup(img->name),
		img->size, 1 };
	c->below = rom_image_ref(img);
	c->cipher = rom_cipher_ref(cipher);
	c->units = *units;
	return &c->img;
}
