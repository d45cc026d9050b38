/* SPDX-License-Identifier: MIT */
/*
 * stats_sink.c - byte statistics of a range
 *
 * Per block of 4 KiB: constant, or the chi-square of its byte counts against
 * equal counts (255 degrees of freedom; docs/FORMATS.md has the measured
 * limits). Large ranges are sampled in runs of 16 blocks, evenly spread.
 */
#include <math.h>

#include "romsplit/pass.h"

/* limits of chi-square for random bytes (upper 0.01 %, lower 1e-9); a block far
 * above them has a structure */
static const double random_from = 141.9, random_to = 347.7,
		    structured_from = 1000;

static bool is_constant(const uint8_t *p)
{
	return p[0] == p[1] && !memcmp(p, p + 1, ROM_STATS_BLOCK - 1);
}

/* Four counters for each value: with a single one, equal neighbouring bytes
 * would wait for each other's increment. */
static void count_bytes(const uint8_t *p, uint16_t counts[4][256])
{
	for (size_t i = 0; i < ROM_STATS_BLOCK; i += 4) {
		counts[0][p[i]]++;
		counts[1][p[i + 1]]++;
		counts[2][p[i + 2]]++;
		counts[3][p[i + 3]]++;
	}
}

static void add_mixed(struct rom_stats_sink *s, const uint8_t *p)
{
	uint16_t counts[4][256] = { 0 };
	uint64_t squares = 0;
	double chi;

	count_bytes(p, counts);
	for (size_t v = 0; v < 256; v++) {
		uint64_t n = (uint64_t)counts[0][v] + counts[1][v] +
			     counts[2][v] + counts[3][v];

		s->bytes[v] += n;
		squares += n * n;
	}
	chi = (double)squares * 256 / ROM_STATS_BLOCK - ROM_STATS_BLOCK;
	if (chi > random_from && chi < random_to)
		s->stats.random++;
	else if (chi > structured_from)
		s->stats.structured++;
}

static void add_block(struct rom_stats_sink *s, const uint8_t *p)
{
	s->stats.blocks++;
	s->stats.bytes += ROM_STATS_BLOCK;
	if (!is_constant(p)) {
		add_mixed(s, p);
		return;
	}
	s->bytes[p[0]] += ROM_STATS_BLOCK;
	s->stats.constant++;
	s->stats.zero += p[0] == 0x00;
	s->stats.ff += p[0] == 0xff;
}

void rom_stats_add(struct rom_stats_sink *s, const uint8_t *data, size_t len)
{
	for (; len >= ROM_STATS_BLOCK;
		len -= ROM_STATS_BLOCK, data += ROM_STATS_BLOCK)
		add_block(s, data);
}

static void add_zeros(struct rom_stats_sink *s, uint64_t blocks)
{
	s->stats.blocks += blocks;
	s->stats.bytes += blocks * ROM_STATS_BLOCK;
	s->stats.constant += blocks;
	s->stats.zero += blocks;
	s->bytes[0] += blocks * ROM_STATS_BLOCK;
}

/* A block that is split over two buffers is assembled first. */
static void add_piece(
	struct rom_stats_sink *s, const uint8_t *data, size_t in, size_t len)
{
	if (in != s->carried)
		return; /* its beginning was lost */
	if (data)
		memcpy(s->carry + in, data, len);
	else
		memset(s->carry + in, 0, len);
	s->carried = in + len;
	if (s->carried == ROM_STATS_BLOCK) {
		add_block(s, s->carry);
		s->carried = 0;
	}
}

static enum rom_status feed(struct rom_sink *self,
	const struct rom_block *block, struct rom_err *err)
{
	struct rom_stats_sink *s = (struct rom_stats_sink *)self;
	uint64_t from = block->offset - self->range.offset, len;

	(void)err;
	if (block->kind == ROM_BLOCK_LOST) {
		s->stats.whole = false;
		s->carried = 0;
		return ROM_OK;
	}
	for (uint64_t off = 0; off < block->len; off += len) {
		size_t in = (from + off) % ROM_STATS_BLOCK;
		uint64_t run = (from + off) / (ROM_STATS_BLOCK * ROM_STATS_RUN);
		uint64_t whole = (block->len - off) / ROM_STATS_BLOCK;

		len = rom_min(ROM_STATS_BLOCK - in, block->len - off);
		if (!block->data && in == 0 && whole) {
			add_zeros(s, whole);
			len = whole * ROM_STATS_BLOCK;
		} else if (block->data && run % s->every) {
			continue;
		} else if (in == 0 && len == ROM_STATS_BLOCK) {
			add_block(s, block->data + off);
		} else {
			add_piece(s, block->data ? block->data + off : NULL, in,
				(size_t)len);
		}
	}
	return ROM_OK;
}

/* The bytes after the last whole block only decide whether everything has one
 * value. */
static void add_rest(struct rom_stats_sink *s)
{
	size_t len = s->carried;
	bool constant = len > 0 && !memcmp(s->carry, s->carry + 1, len - 1);

	if (len == 0)
		return;
	s->stats.blocks++;
	s->stats.bytes += len;
	for (size_t i = 0; i < len; i++)
		s->bytes[s->carry[i]]++;
	s->stats.constant += constant;
	s->stats.zero += constant && s->carry[0] == 0x00;
	s->stats.ff += constant && s->carry[0] == 0xff;
	s->carried = 0;
}

void rom_stats_sink_init(
	struct rom_stats_sink *s, struct rom_range range, unsigned worker)
{
	*s = (struct rom_stats_sink){
		.sink = { .range = range, .worker = worker, .feed = feed }
	};
	s->every = range.len / ((uint64_t)ROM_STATS_WANT * ROM_STATS_BLOCK);
	s->every = s->every ? s->every : 1;
	s->stats.whole = s->every == 1;
}

void rom_stats_done(struct rom_stats_sink *s)
{
	double entropy = 0;

	add_rest(s);
	for (size_t v = 0; v < 256 && s->stats.bytes; v++) {
		double share = (double)s->bytes[v] / (double)s->stats.bytes;

		if (share > 0)
			entropy -= share * log2(share);
	}
	s->stats.entropy = entropy;
}
