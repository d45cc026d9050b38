/* SPDX-License-Identifier: MIT */
/*
 * lzo_rle.c - unpacks LZO1X with runs of zeros, as Linux writes it
 * (Documentation/staging/lzo.rst)
 *
 * A stream that begins with 17 and a version other than 0 may hold runs of
 * zeros. An instruction is one byte, and its operands follow:
 *   0 - 15    after no literals: 3 and more literals (0: longer, a count
 *             follows); after 1 to 3: 2 bytes from up to 1 KiB back; after 4
 *             and more: 3 bytes from 2 KiB to 3 KiB back
 *   16 - 31   3 and more bytes from 16 KiB to 48 KiB back; distance 16 KiB:
 *             the end; 24 - 31 with a distance of all ones: zeros
 *   32 - 63   3 and more bytes from up to 16 KiB back
 *   64 - 255  3 to 8 bytes from up to 2 KiB back
 * The lowest two bits of the field with the distance are the number of
 * literals, 0 to 3, that follow. A count is 255 for each zero byte, plus the
 * byte after those.
 */
#include "romsplit/disk.h"

struct lzo {
	const uint8_t *in, *in_end;
	uint8_t *out, *begin, *out_end;
	/* copied by the last instruction; 4: four or more */
	unsigned literals;
	bool versioned, damaged;
};

static unsigned next_byte(struct lzo *z)
{
	if (z->in == z->in_end) {
		z->damaged = true;
		return 0;
	}
	return *z->in++;
}

static unsigned next_le16(struct lzo *z)
{
	unsigned low = next_byte(z);

	return low | next_byte(z) << 8;
}

/* The count after an instruction whose own count bits are all zero. */
static size_t long_count(struct lzo *z, size_t base)
{
	unsigned byte;

	while ((byte = next_byte(z)) == 0 && !z->damaged)
		base += 255;
	return base + byte;
}

static void copy_literals(struct lzo *z, size_t n)
{
	if (n > (size_t)(z->in_end - z->in) ||
		n > (size_t)(z->out_end - z->out)) {
		z->damaged = true;
		return;
	}
	memcpy(z->out, z->in, n);
	z->out += n;
	z->in += n;
}

static void copy_back(struct lzo *z, size_t distance, size_t n)
{
	if (distance > (size_t)(z->out - z->begin) ||
		n > (size_t)(z->out_end - z->out)) {
		z->damaged = true;
		return;
	}
	/* byte by byte: source and target may overlap, which repeats a
	 * pattern */
	for (; n > 0; n--, z->out++)
		*z->out = *(z->out - distance);
}

/* The literals after a copy. Their number decides how the next instruction is
 * decoded, see the table above. */
static void copy_few(struct lzo *z, unsigned n)
{
	z->literals = n;
	copy_literals(z, n);
}

static void copy_many(struct lzo *z, size_t n)
{
	z->literals = 4;
	copy_literals(z, n);
}

static void short_code(struct lzo *z, unsigned code)
{
	size_t distance;

	if (z->literals == 0) {
		copy_many(z, 3 + (code ? code : long_count(z, 15)));
		return;
	}
	distance = 1 + (code >> 2) + (next_byte(z) << 2);
	if (z->literals == 4)
		copy_back(z, distance + 0x800, 3);
	else
		copy_back(z, distance, 2);
	copy_few(z, code & 3);
}

static void near_code(struct lzo *z, unsigned code)
{
	size_t distance = 1 + (code >> 2 & 7) + (next_byte(z) << 3);

	copy_back(z, distance, (code >> 5) + 1);
	copy_few(z, code & 3);
}

static void middle_code(struct lzo *z, unsigned code)
{
	size_t n = 2 + (code & 31 ? code & 31 : long_count(z, 31));
	unsigned what = next_le16(z);

	copy_back(z, 1 + (what >> 2), n);
	copy_few(z, what & 3);
}

static bool is_zero_run(const struct lzo *z, unsigned code)
{
	return z->versioned && (code & 0xf8) == 0x18 &&
	       z->in_end - z->in >= 3 && (z->in[0] & 0xfc) == 0xfc &&
	       z->in[1] == 0xff;
}

static void zero_run(struct lzo *z, unsigned code)
{
	unsigned what = next_le16(z);
	size_t n = 4 + ((code & 7) | next_byte(z) << 3);

	if (n > (size_t)(z->out_end - z->out)) {
		z->damaged = true;
		return;
	}
	memset(z->out, 0, n);
	z->out += n;
	copy_few(z, what & 3);
}

/* False at the end of the stream. */
static bool far_code(struct lzo *z, unsigned code)
{
	size_t n;
	unsigned what, distance;

	if (is_zero_run(z, code)) {
		zero_run(z, code);
		return true;
	}
	n = 2 + (code & 7 ? code & 7 : long_count(z, 7));
	what = next_le16(z);
	distance = ((code & 8) << 11) + (what >> 2);
	if (distance == 0) {
		z->damaged |= n != 3;
		return false;
	}
	copy_back(z, distance + 0x4000, n);
	copy_few(z, what & 3);
	return true;
}

/* False at the end of the stream. */
static bool step(struct lzo *z)
{
	unsigned code = next_byte(z);

	if (code < 16)
		short_code(z, code);
	else if (code < 32)
		return far_code(z, code);
	else if (code < 64)
		middle_code(z, code);
	else
		near_code(z, code);
	return true;
}

static void begin(struct lzo *z)
{
	unsigned code;

	if (z->in_end - z->in >= 5 && z->in[0] == 17) {
		z->versioned = z->in[1] != 0;
		z->in += 2;
	}
	if (z->in == z->in_end || *z->in <= 17)
		return;
	code = next_byte(z) - 17;
	if (code < 4)
		copy_few(z, code);
	else
		copy_many(z, code);
}

bool rom_lzo_rle_unpack(
	const uint8_t *in, size_t in_len, uint8_t *out, size_t out_len)
{
	struct lzo z = { .in = in,
		.in_end = in + in_len,
		.out = out,
		.begin = out,
		.out_end = out + out_len };

	begin(&z);
	while (!z.damaged && step(&z))
		;
	return !z.damaged && z.in == z.in_end && z.out == z.out_end;
}
