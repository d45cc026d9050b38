/* SPDX-License-Identifier: MIT */
/* media_read.c - buffered reading of a file, and the verdicts about it */
#include <inttypes.h>
#include <stdarg.h>

#include "media_priv.h"

enum { JUMP_LEN = 4 << 10, SEQUENTIAL_LEN = 64 << 10 };

static bool is_buffered(
	const struct rom_media_walk *w, uint64_t offset, size_t len)
{
	return offset >= w->start && offset - w->start <= w->len &&
	       len <= w->len - (size_t)(offset - w->start);
}

/* The range to read so that len bytes at offset are buffered: more when the
 * walk is sequential, little when it jumps, all of a short file. */
static struct rom_range wanted(
	const struct rom_media_walk *w, uint64_t offset, size_t len)
{
	bool is_sequential = w->len && is_buffered(w, offset, 0);
	uint64_t want = rom_max(len, is_sequential ? SEQUENTIAL_LEN : JUMP_LEN);

	if (w->limit <= SEQUENTIAL_LEN)
		return (struct rom_range){ 0, w->limit };
	return (struct rom_range){ offset, rom_min(want, w->limit - offset) };
}

static bool fill(struct rom_media_walk *w, uint64_t offset, size_t len)
{
	struct rom_range want = wanted(w, offset, len);

	if (rom_read_some(w->img, w->buf, (size_t)want.len,
		    w->base + want.offset, &w->len, NULL))
		w->len = 0;
	w->start = want.offset;
	w->ret->bytes_read += w->len;
	if (is_buffered(w, offset, len))
		return true;
	/* a bad sector elsewhere must not prevent reading these bytes */
	w->start = offset;
	w->len =
		rom_read(w->img, w->buf, len, w->base + offset, NULL) ? 0 : len;
	w->ret->bytes_read += w->len;
	return w->len >= len;
}

static bool is_within(
	const struct rom_media_walk *w, uint64_t offset, size_t len)
{
	return offset <= w->limit && len <= w->limit - offset;
}

bool rom_media_peek(struct rom_media_walk *w, uint64_t offset, size_t len,
	struct rom_buffer *ret)
{
	if (len > ROM_MEDIA_BUFFER_LEN || !is_within(w, offset, len))
		return false;
	if (!is_buffered(w, offset, len) && !fill(w, offset, len))
		return false;
	*ret = (struct rom_buffer){
		.p = w->buf + (offset - w->start), .len = len, .offset = offset
	};
	return true;
}

static bool fail_unreadable(struct rom_media_walk *w, uint64_t offset)
{
	rom_media_damaged(
		w, offset, "the image lacks the bytes at 0x%" PRIx64, offset);
	w->ret->state = ROM_MEDIA_UNREADABLE;
	return false;
}

bool rom_media_need(struct rom_media_walk *w, uint64_t offset, size_t len,
	struct rom_buffer *ret)
{
	if (rom_media_peek(w, offset, len, ret))
		return true;
	return is_within(w, offset, len) ? fail_unreadable(w, offset)
					 : rom_media_cut(w, 0);
}

bool rom_media_more(
	struct rom_media_walk *w, uint64_t offset, struct rom_buffer *ret)
{
	size_t least = (size_t)rom_min(2, w->limit - rom_min(offset, w->limit));

	if (!least)
		return rom_media_cut(w, 0);
	if (!rom_media_need(w, offset, least, ret))
		return false;
	ret->len = w->len - (size_t)(offset - w->start);
	return true;
}

bool rom_media_has(struct rom_media_walk *w, uint64_t offset, const void *bytes,
	size_t len)
{
	struct rom_buffer v;

	return rom_media_peek(w, offset, len, &v) && !memcmp(v.p, bytes, len);
}

uint64_t rom_media_find(struct rom_media_walk *w, uint64_t from, uint64_t end,
	const void *bytes, size_t len)
{
	struct rom_buffer v;

	end = rom_min(end, w->limit);
	for (; from < end && end - from >= len; from += v.len - len + 1) {
		size_t hit;

		/* at least len bytes, so that a match can fit */
		if (!rom_media_peek(w, from, len, &v))
			return ROM_NO_OFFSET;
		v.len = (size_t)rom_min(
			w->len - (size_t)(from - w->start), end - from);
		hit = rom_buffer_find(&v, 0, bytes, len);
		if (hit != SIZE_MAX)
			return from + hit;
	}
	return ROM_NO_OFFSET;
}

/* ---- verdicts ------------------------------------------------------------ */

static bool has_verdict(const struct rom_media_info *m)
{
	return m->fault != ROM_NO_OFFSET || m->len;
}

static bool judge(struct rom_media_info *m, enum rom_media_state state,
	uint64_t len, const char *why)
{
	if (has_verdict(m))
		return false;
	m->state = state;
	m->len = len;
	snprintf(m->why, sizeof(m->why), "%s", why);
	return false;
}

void rom_media_whole(struct rom_media_walk *w, uint64_t len)
{
	judge(w->ret, ROM_MEDIA_WHOLE, len, "");
}

bool rom_media_unterminated(
	struct rom_media_walk *w, uint64_t len, const char *why)
{
	return judge(w->ret, ROM_MEDIA_UNTERMINATED, len, why);
}

bool rom_media_cut(struct rom_media_walk *w, uint64_t expected)
{
	struct rom_media_info *m = w->ret;

	if (!has_verdict(m)) {
		judge(m, ROM_MEDIA_CUT, w->limit, "it continues past its end");
		m->fault = w->limit;
	}
	/* the caller may know more than the function that met the end */
	if (m->state == ROM_MEDIA_CUT && !m->expected)
		m->expected = expected;
	return false;
}

bool rom_media_damaged(
	struct rom_media_walk *w, uint64_t offset, const char *fmt, ...)
{
	struct rom_media_info *m = w->ret;
	va_list args;

	if (has_verdict(m))
		return false;
	m->state = ROM_MEDIA_DAMAGED;
	m->fault = rom_min(offset, w->limit);
	m->len = m->fault;
	va_start(args, fmt);
	vsnprintf(m->why, sizeof(m->why), fmt, args);
	va_end(args);
	return false;
}

bool rom_media_fits(struct rom_media_walk *w, uint64_t len)
{
	return len <= w->limit || rom_media_cut(w, len);
}
