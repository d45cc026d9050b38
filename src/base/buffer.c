/* SPDX-License-Identifier: MIT */
/* buffer.c - bounded readers over bytes of a dump; the intersection of
 * ranges */
#include <ctype.h>

#include "romsplit/base.h"

struct rom_range rom_range_common(struct rom_range a, struct rom_range b)
{
	uint64_t from = rom_max(a.offset, b.offset);
	uint64_t to = rom_min(rom_range_end(a), rom_range_end(b));

	return (struct rom_range){ .offset = from,
		.len = to > from ? to - from : 0 };
}

static const uint8_t *bytes_at(struct rom_buffer *v, size_t off, size_t len)
{
	if (off <= v->len && len <= v->len - off)
		return v->p + off;
	v->overrun = true;
	return NULL;
}

static uint64_t read_le(struct rom_buffer *v, size_t off, size_t len)
{
	const uint8_t *p = bytes_at(v, off, len);
	uint64_t r = 0;

	for (size_t i = len; p && i > 0; i--)
		r = r << 8 | p[i - 1];
	return r;
}

static uint64_t read_be(struct rom_buffer *v, size_t off, size_t len)
{
	const uint8_t *p = bytes_at(v, off, len);
	uint64_t r = 0;

	for (size_t i = 0; p && i < len; i++)
		r = r << 8 | p[i];
	return r;
}

uint8_t rom_u8(struct rom_buffer *v, size_t off)
{
	return (uint8_t)read_le(v, off, 1);
}

uint16_t rom_le16(struct rom_buffer *v, size_t off)
{
	return (uint16_t)read_le(v, off, 2);
}

uint32_t rom_le32(struct rom_buffer *v, size_t off)
{
	return (uint32_t)read_le(v, off, 4);
}

uint64_t rom_le64(struct rom_buffer *v, size_t off)
{
	return read_le(v, off, 8);
}

uint32_t rom_be32(struct rom_buffer *v, size_t off)
{
	return (uint32_t)read_be(v, off, 4);
}

uint64_t rom_be64(struct rom_buffer *v, size_t off)
{
	return read_be(v, off, 8);
}

bool rom_buffer_has(
	const struct rom_buffer *v, size_t off, const void *bytes, size_t len)
{
	return off <= v->len && len <= v->len - off &&
	       !memcmp(v->p + off, bytes, len);
}

uint64_t rom_buffer_offset(const struct rom_buffer *v, size_t off)
{
	return v->offset == ROM_NO_OFFSET ? ROM_NO_OFFSET : v->offset + off;
}

struct rom_buffer rom_buffer_part(
	const struct rom_buffer *v, size_t off, size_t len)
{
	if (off >= v->len)
		return (struct rom_buffer){ .p = v->p,
			.len = 0,
			.offset = rom_buffer_offset(v, v->len) };
	return (struct rom_buffer){
		.p = v->p + off,
		.len = (size_t)rom_min(len, v->len - off),
		.offset = rom_buffer_offset(v, off),
	};
}

char *rom_buffer_text(const struct rom_buffer *v, size_t off, size_t len)
{
	struct rom_buffer part = rom_buffer_part(v, off, len);
	size_t n = part.len ? strnlen((const char *)part.p, part.len) : 0;
	char *text = rom_alloc(n + 1);

	for (size_t i = 0; i < n; i++)
		text[i] = part.p[i] < 0x80 && isprint(part.p[i])
				  ? (char)part.p[i]
				  : '?';
	return text;
}

void rom_buffer_copy(
	const struct rom_buffer *v, size_t off, size_t len, char *out)
{
	ROM_AUTO char *text = rom_buffer_text(v, off, len);

	strcpy(out, text);
}

size_t rom_buffer_find(
	const struct rom_buffer *v, size_t from, const void *bytes, size_t len)
{
	const uint8_t *hit;

	if (from >= v->len)
		return SIZE_MAX;
	hit = memmem(v->p + from, v->len - from, bytes, len);
	return hit ? (size_t)(hit - v->p) : SIZE_MAX;
}
