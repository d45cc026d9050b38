/* SPDX-License-Identifier: MIT */
/* free_ranges.c - unallocated ranges: merges the blocks that readers add */
#include "fs_priv.h"

struct rom_free_ranges {
	rom_free_fn fn;
	void *ctx;
	uint64_t end; /* of the data image */
	/* not passed on yet: an adjacent range may follow */
	struct rom_range last;
	enum rom_use use;
	bool stopped;
};

static void flush(struct rom_free_ranges *out)
{
	if (out->last.len && !out->stopped)
		out->stopped = !out->fn(out->ctx, out->last, out->use);
	out->last.len = 0;
}

bool rom_free_add(struct rom_free_ranges *out, uint64_t offset, uint64_t len,
	enum rom_use use)
{
	struct rom_range r = rom_range_common((struct rom_range){ offset, len },
		(struct rom_range){ 0, out->end });

	if (!r.len)
		return !out->stopped;
	if (out->last.len && out->use == use &&
		rom_range_end(out->last) == r.offset) {
		out->last.len += r.len;
		return !out->stopped;
	}
	flush(out);
	out->last = r;
	out->use = use;
	return !out->stopped;
}

static bool is_free(const struct rom_free_bits *b, size_t i)
{
	return !(b->bits[i / 8] >> (b->msb_first ? 7 - i % 8 : i % 8) & 1);
}

bool rom_free_add_bits(
	struct rom_free_ranges *out, const struct rom_free_bits *b)
{
	for (size_t i = 0; i < b->n; i++) {
		if (is_free(b, i) && !rom_free_add(out, b->offset + i * b->unit,
					     b->unit, ROM_USE_FREE))
			return false;
	}
	return true;
}

enum rom_status rom_fs_free_ranges(
	struct rom_fs *fs, rom_free_fn fn, void *ctx, struct rom_err *err)
{
	struct rom_free_ranges out = {
		.fn = fn, .ctx = ctx, .end = fs->data->size
	};
	struct rom_fs_quiet quiet;
	enum rom_status st;

	if (!fs->reader->free_ranges)
		return ROM_OK;
	quiet = rom_fs_quiet_begin(fs);
	st = fs->reader->free_ranges(fs, &out, err);
	if (!st)
		flush(&out);
	rom_fs_quiet_end(fs, &quiet);
	return st;
}

void rom_fs_idle_ranges(struct rom_fs *fs, rom_idle_fn fn, void *ctx)
{
	struct rom_fs_quiet quiet;

	if (!fs->reader->idle_ranges)
		return;
	quiet = rom_fs_quiet_begin(fs);
	fs->reader->idle_ranges(fs, fn, ctx);
	rom_fs_quiet_end(fs, &quiet);
}
