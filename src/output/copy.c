/* SPDX-License-Identifier: MIT */
/* copy.c - copies bytes of a dump to a file: shares blocks where the filesystem
 * can, keeps holes, never writes zeros */
#include <errno.h>

#include "romsplit/output.h"

enum { PAGE = 4096 };

uint64_t rom_copy_share(struct rom_image *img, struct rom_range range,
	struct rom_out_file *to, uint64_t off, uint64_t *ret_shared)
{
	uint64_t done = 0;

	while (done < range.len) {
		struct rom_span span;
		uint64_t len;

		rom_image_map(
			img, range.offset + done, range.len - done, &span);
		len = span.len / ROM_SHARE_UNIT * ROM_SHARE_UNIT;
		if (span.kind == ROM_SPAN_HOLE) {
			done += span.len;
			continue;
		}
		/* both ends have to be aligned for the kernel to share */
		if (span.kind != ROM_SPAN_DATA || len == 0 ||
			span.source_offset % ROM_SHARE_UNIT ||
			(off + done) % ROM_SHARE_UNIT)
			break;
		if (!rom_out_file_share(to, off + done,
			    rom_source_file(span.source),
			    (struct rom_range){ span.source_offset, len }))
			break;
		done += len;
		*ret_shared += len;
		if (len < span.len)
			break;
	}
	return done;
}

static bool is_zero(const uint8_t *p, size_t len)
{
	static const uint8_t zeros[PAGE];

	return !memcmp(p, zeros, len);
}

static enum rom_status write_run(const struct rom_target *to,
	const uint8_t *buf, size_t len, uint64_t off, struct rom_err *err)
{
	while (len > 0) {
		int64_t n =
			rom_direct_write(to->direct, to->file, buf, len, off);

		if (n <= 0)
			return rom_fail(err, ROM_E_WRITE, ROM_NO_OFFSET,
				"%s: cannot write: %s", to->name,
				n < 0 ? strerror(errno)
				      : "the disk takes nothing more");
		buf += n;
		off += (uint64_t)n;
		len -= (size_t)n;
	}
	return ROM_OK;
}

enum rom_status rom_copy_write(const struct rom_target *to, const uint8_t *buf,
	size_t len, uint64_t off, struct rom_copy_stats *stats,
	struct rom_err *err)
{
	size_t from = 0, offset = 0;

	while (offset < len) {
		/* pages of the output file, so that whole pages stay holes */
		size_t n = (size_t)rom_min(
			PAGE - (off + offset) % PAGE, len - offset);

		if (is_zero(buf + offset, n)) {
			enum rom_status st = write_run(
				to, buf + from, offset - from, off + from, err);

			if (st)
				return st;
			stats->written += offset - from;
			stats->zero += n;
			from = offset + n;
		}
		offset += n;
	}
	stats->written += len - from;
	return write_run(to, buf + from, len - from, off + from, err);
}

static enum rom_status feed(struct rom_sink *self,
	const struct rom_block *block, struct rom_err *err)
{
	struct rom_file_sink *s = (struct rom_file_sink *)self;
	uint64_t off = block->offset - self->range.offset, skip = 0;
	struct rom_copy_stats own = { 0 };
	enum rom_status st;

	if (!block->data)
		return ROM_OK;
	if (off < s->shared)
		skip = rom_min(s->shared - off, block->len);
	st = rom_copy_write(&s->to, block->data + skip,
		(size_t)(block->len - skip), off + skip, &own, err);
	__atomic_fetch_add(&s->stats.written, own.written, __ATOMIC_RELAXED);
	__atomic_fetch_add(&s->stats.zero, own.zero, __ATOMIC_RELAXED);
	return st;
}

enum rom_status rom_file_sink_init(struct rom_file_sink *s,
	struct rom_image *img, struct rom_range range, unsigned worker,
	struct rom_target to, struct rom_err *err)
{
	*s = (struct rom_file_sink){ .sink = { .range = range,
					     .worker = worker,
					     .any_order = true,
					     .feed = feed },
		.to = to };
	s->shared = rom_copy_share(img, range, to.file, 0, &s->stats.shared);
	if (!rom_out_file_set_size(to.file, range.len))
		return rom_fail(err, ROM_E_WRITE, ROM_NO_OFFSET,
			"%s: cannot create a file of %llu bytes: %s", to.name,
			(unsigned long long)range.len, strerror(errno));
	return ROM_OK;
}
