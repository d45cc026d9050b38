/* SPDX-License-Identifier: MIT */
/* image.c - what all images share: checked reads, the map, reference
 * counting */
#include <inttypes.h>
#include <stdlib.h>

#include "image_priv.h"
#include "romsplit/os.h"

struct rom_image *rom_image_ref(struct rom_image *img)
{
	__atomic_add_fetch(&img->refs, 1, __ATOMIC_RELAXED);
	return img;
}

void rom_image_close(struct rom_image *img)
{
	if (!img || __atomic_sub_fetch(&img->refs, 1, __ATOMIC_ACQ_REL) > 0)
		return;
	img->ops->close(img);
	free(img->name);
	free(img);
}

void rom_image_closep(struct rom_image **img)
{
	rom_image_close(*img);
	*img = NULL;
}

enum rom_status rom_read(struct rom_image *img, void *buf, size_t len,
	uint64_t offset, struct rom_err *err)
{
	struct rom_range whole = { 0, img->size }, ignored;

	if (!rom_subrange(whole, offset, len, &ignored))
		return rom_fail(err, ROM_E_RANGE, offset,
			"%s: expected %zu bytes at 0x%" PRIx64
			", but it ends at 0x%" PRIx64,
			img->name, len, offset, img->size);
	return len ? img->ops->read_at(img, buf, len, offset, err) : ROM_OK;
}

enum rom_status rom_read_some(struct rom_image *img, void *buf, size_t len,
	uint64_t offset, size_t *ret_len, struct rom_err *err)
{
	size_t n = (size_t)rom_image_present(img, offset, len);
	enum rom_status st = rom_read(img, buf, n, n ? offset : 0, err);

	if (!st)
		*ret_len = n;
	return st;
}

void rom_image_map(struct rom_image *img, uint64_t offset, uint64_t len,
	struct rom_span *ret)
{
	/* the answer for everything outside the image; the methods see only
	 * ranges inside */
	*ret = (struct rom_span){ .kind = ROM_SPAN_ABSENT, .len = len };
	if (offset >= img->size || len == 0)
		return;
	img->ops->map(img, offset, rom_min(len, img->size - offset), ret);
}

static uint64_t count_spans(struct rom_image *img, uint64_t offset,
	uint64_t len, enum rom_span_kind a, enum rom_span_kind b)
{
	struct rom_span span;
	uint64_t n = 0;

	for (; len > 0; offset += span.len, len -= span.len) {
		rom_image_map(img, offset, len, &span);
		if (span.kind == a || span.kind == b)
			n += span.len;
	}
	return n;
}

uint64_t rom_image_stored(struct rom_image *img, uint64_t offset, uint64_t len)
{
	return len -
	       count_spans(img, offset, len, ROM_SPAN_HOLE, ROM_SPAN_ABSENT);
}

uint64_t rom_image_absent(struct rom_image *img, uint64_t offset, uint64_t len)
{
	return count_spans(img, offset, len, ROM_SPAN_ABSENT, ROM_SPAN_ABSENT);
}

/* Bytes of the range that are absent for one of two reasons. */
static uint64_t count_absent(
	struct rom_image *img, uint64_t offset, uint64_t len, bool left_out)
{
	struct rom_span span;
	uint64_t n = 0;

	for (; len > 0; offset += span.len, len -= span.len) {
		rom_image_map(img, offset, len, &span);
		if (span.kind == ROM_SPAN_ABSENT &&
			(left_out ? span.left_out : span.not_given))
			n += span.len;
	}
	return n;
}

uint64_t rom_image_left_out(
	struct rom_image *img, uint64_t offset, uint64_t len)
{
	return count_absent(img, offset, len, true);
}

uint64_t rom_image_not_given(
	struct rom_image *img, uint64_t offset, uint64_t len)
{
	return count_absent(img, offset, len, false);
}

uint64_t rom_image_empty(struct rom_image *img, uint64_t offset, uint64_t len)
{
	struct rom_span span;

	rom_image_map(img, offset, len, &span);
	return span.kind == ROM_SPAN_DATA || span.kind == ROM_SPAN_READ
		       ? 0
		       : span.len;
}

uint64_t rom_image_present(struct rom_image *img, uint64_t offset, uint64_t len)
{
	struct rom_span span;
	uint64_t n = 0;

	for (; n < len; n += span.len) {
		rom_image_map(img, offset + n, len - n, &span);
		if (span.kind == ROM_SPAN_ABSENT)
			break;
	}
	return n;
}

bool rom_image_resolve(struct rom_place *place, const struct rom_image *target)
{
	while (place->img != target) {
		struct rom_image *img = place->img;

		/* an image without the method computes its bytes */
		if (!img->ops->below || place->offset >= img->size)
			return false;
		place->len = rom_min(place->len, img->size - place->offset);
		if (!place->len || !img->ops->below(img, place))
			return false;
	}
	return place->len && place->offset < target->size &&
	       place->len <= target->size - place->offset;
}

bool rom_image_in_memory(struct rom_image *img, struct rom_range range)
{
	/* a sample each 64 MiB: asking about every page of a large dump would
	 * take longer than reading from the disk */
	enum { STEP = 64 << 20, SAMPLE = 1 << 20, MAX_SAMPLES = 4096 };
	uint64_t step = rom_max(STEP, range.len / MAX_SAMPLES + 1), stored = 0,
		 there = 0;

	for (uint64_t done = 0; done < range.len;
		done += rom_min(step, range.len - done)) {
		uint64_t offset = range.offset + done;
		struct rom_span span;

		rom_image_map(
			img, offset, rom_min(range.len - done, SAMPLE), &span);
		if (span.kind == ROM_SPAN_READ || span.kind == ROM_SPAN_FILL)
			return false;
		if (span.kind != ROM_SPAN_DATA)
			continue;
		stored += span.len;
		there += rom_in_file_cached(rom_source_file(span.source),
			span.source_offset, span.len);
	}
	/* the page cache always misses some pages; one eighth may be absent */
	return there >= stored - stored / 8;
}
