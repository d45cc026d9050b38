/* SPDX-License-Identifier: MIT */
/*
 * blocks.h - media of any size in inputs of a few KiB, for fuzz targets
 *
 * An input that begins with "ROMBLOCK" is a list of sectors; all others are a
 * hole: 8 magic  8 bytes of the medium (little-endian)  8 flags, for the target
 * then for each sector 8 its number; bit 63: it is there, but was never read
 * 512 its bytes Reads are counted, so that a target can say how much work is
 * too much.
 */
#ifndef ROMSPLIT_FUZZ_BLOCKS_H
#define ROMSPLIT_FUZZ_BLOCKS_H

#include "fuzz.h"

#include "romsplit/image.h"

#define BLOCKS_MAGIC	"ROMBLOCK"
#define BLOCKS_MAX_SIZE ((uint64_t)1 << 41) /* no phone has more */
#define BLOCKS_UNREAD	((uint64_t)1 << 63)

enum {
	BLOCKS_HEAD = 24,
	BLOCKS_SECTOR = 512,
	BLOCKS_RECORD = 8 + BLOCKS_SECTOR
};

struct blocks_record {
	uint64_t number;
	bool unread;
	const uint8_t *bytes;
};

struct blocks_image {
	struct rom_image img;
	struct blocks_record *record; /* by number, each once */
	size_t n;
	unsigned long reads;
};

static inline uint64_t blocks_le64(const uint8_t *p)
{
	uint64_t n = 0;

	for (int i = 8; i-- > 0;)
		n = n << 8 | p[i];
	return n;
}

static inline bool blocks_is(const uint8_t *data, size_t size)
{
	return size >= BLOCKS_HEAD && !memcmp(data, BLOCKS_MAGIC, 8);
}

static inline int blocks_by_number(const void *a, const void *b)
{
	const struct blocks_record *x = a, *y = b;

	return x->number < y->number ? -1 : x->number > y->number;
}

/* The first record at or after a sector; n: none. */
static inline size_t blocks_find(const struct blocks_image *b, uint64_t number)
{
	size_t lo = 0, hi = b->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (b->record[mid].number < number)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static inline enum rom_status blocks_read(struct rom_image *img, void *buf,
	size_t len, uint64_t offset, struct rom_err *err)
{
	struct blocks_image *b = (struct blocks_image *)img;

	fuzz_assert(offset <= img->size && len <= img->size - offset);
	b->reads++;
	memset(buf, 0, len);
	for (size_t i = blocks_find(b, offset / BLOCKS_SECTOR); i < b->n; i++) {
		struct rom_range here = { b->record[i].number * BLOCKS_SECTOR,
			BLOCKS_SECTOR };
		struct rom_range both = rom_range_common(
			here, (struct rom_range){ offset, len });

		if (!both.len)
			break;
		if (b->record[i].unread)
			return rom_fail(
				err, ROM_E_ABSENT, both.offset, "never read");
		memcpy((char *)buf + (both.offset - offset),
			b->record[i].bytes + (both.offset - here.offset),
			(size_t)both.len);
	}
	return ROM_OK;
}

static inline void blocks_map(struct rom_image *img, uint64_t offset,
	uint64_t len, struct rom_span *ret)
{
	struct blocks_image *b = (struct blocks_image *)img;
	uint64_t sector = offset / BLOCKS_SECTOR;
	size_t i = blocks_find(b, sector);
	uint64_t next =
		i < b->n ? b->record[i].number : UINT64_MAX / BLOCKS_SECTOR;

	b->reads++;
	if (next == sector) {
		*ret = (struct rom_span){
			.kind = b->record[i].unread ? ROM_SPAN_ABSENT
						    : ROM_SPAN_READ,
			.len = rom_min(
				len, BLOCKS_SECTOR - offset % BLOCKS_SECTOR),
		};
		return;
	}
	*ret = (struct rom_span){ .kind = ROM_SPAN_HOLE,
		.len = rom_min(len, next * BLOCKS_SECTOR - offset) };
}

static inline void blocks_close(struct rom_image *img)
{
	free(((struct blocks_image *)img)->record);
}

/* data must outlive the image. */
static inline struct blocks_image *blocks_open(const uint8_t *data, size_t size)
{
	static const struct rom_image_ops ops = {
		.read_at = blocks_read, .map = blocks_map, .close = blocks_close
	};
	struct blocks_image *b = rom_alloc(sizeof(*b));
	size_t max = (size - BLOCKS_HEAD) / BLOCKS_RECORD, n = 0;

	b->img = (struct rom_image){ &ops, rom_strdup("input"),
		blocks_le64(data + 8) % (BLOCKS_MAX_SIZE + 1), 1 };
	b->record = rom_alloc((max + 1) * sizeof(*b->record));
	for (size_t i = 0; i < max; i++) {
		const uint8_t *p = data + BLOCKS_HEAD + i * BLOCKS_RECORD;
		uint64_t number = blocks_le64(p);

		b->record[i] = (struct blocks_record){ number & ~BLOCKS_UNREAD,
			(number & BLOCKS_UNREAD) != 0, p + 8 };
	}
	qsort(b->record, max, sizeof(*b->record), blocks_by_number);
	for (size_t i = 0; i < max; i++) {
		if (b->record[i].number < b->img.size / BLOCKS_SECTOR + 1 &&
			(!n || b->record[n - 1].number != b->record[i].number))
			b->record[n++] = b->record[i];
	}
	b->n = n;
	return b;
}

/* ---- making one ---------------------------------------------------------- */

struct blocks_maker {
	uint8_t *data;
	size_t len;
};

static inline void blocks_put(uint8_t *p, unsigned bytes, uint64_t value)
{
	for (unsigned i = 0; i < bytes; i++)
		p[i] = (uint8_t)(value >> 8 * i);
}

static inline void blocks_begin(
	struct blocks_maker *m, uint64_t medium, uint64_t flags)
{
	m->data = rom_alloc(BLOCKS_HEAD);
	m->len = BLOCKS_HEAD;
	memcpy(m->data, BLOCKS_MAGIC, 8);
	blocks_put(m->data + 8, 8, medium);
	blocks_put(m->data + 16, 8, flags);
}

/* len zeros more in whole sectors from at on; where to write them is told for
 * one sector at a time. */
static inline uint8_t *blocks_sector(struct blocks_maker *m, uint64_t offset)
{
	uint8_t *p;

	for (size_t i = BLOCKS_HEAD; i < m->len; i += BLOCKS_RECORD) {
		if (blocks_le64(m->data + i) == offset / BLOCKS_SECTOR)
			return m->data + i + 8;
	}
	m->data = realloc(m->data, m->len + BLOCKS_RECORD);
	fuzz_assert(m->data);
	p = m->data + m->len;
	memset(p, 0, BLOCKS_RECORD);
	blocks_put(p, 8, offset / BLOCKS_SECTOR);
	m->len += BLOCKS_RECORD;
	return p + 8;
}

/* Bytes onto the medium. */
static inline void blocks_bytes(
	struct blocks_maker *m, uint64_t offset, const void *bytes, size_t len)
{
	const uint8_t *from = bytes;

	for (size_t i = 0; i < len; i++, offset++)
		blocks_sector(m, offset)[offset % BLOCKS_SECTOR] = from[i];
}

#endif
