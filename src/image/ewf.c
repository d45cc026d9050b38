/* SPDX-License-Identifier: MIT */
/*
 * ewf.c - Expert Witness images (.E01, .E02, ...) through libewf
 *
 * libewf returns zeros for a missing segment, and unchanged bytes where a
 * checksum does not match; it only records both, as ranges of sectors. Here the
 * first is reported as absent and the second as an error.
 */
#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>

#include "image_priv.h"

#ifdef ROM_HAVE_libewf

#include <libewf.h>

struct ewf_image {
	struct rom_image img;
	libewf_handle_t *handle;
	pthread_mutex_t lock; /* a handle is not safe for concurrent reads */
	uint64_t present;     /* bytes in the segments that are present */
};

enum { SECTOR = 512 };

/* True when libewf has recorded a checksum error in the range, or cannot name
 * the range of one. The caller holds the lock. */
static bool has_checksum_error(
	struct ewf_image *e, uint64_t offset, uint64_t len)
{
	uint32_t n = 0;
	uint32_t sector = SECTOR;

	libewf_handle_get_number_of_checksum_errors(e->handle, &n, NULL);
	if (n)
		libewf_handle_get_bytes_per_sector(e->handle, &sector, NULL);
	for (uint32_t i = 0; i < n; i++) {
		uint64_t first = 0, count = 0;
		struct rom_range bad, wanted = { offset, len };

		if (libewf_handle_get_checksum_error(
			    e->handle, i, &first, &count, NULL) != 1 ||
			!rom_mul(first, sector, &bad.offset) ||
			!rom_mul(count, sector, &bad.len))
			return true;
		if (rom_range_common(bad, wanted).len)
			return true;
	}
	return false;
}

static bool read_verified(
	struct ewf_image *e, void *buf, size_t len, uint64_t offset)
{
	libewf_error_t *why = NULL;
	ssize_t n;
	bool good;

	pthread_mutex_lock(&e->lock);
	n = libewf_handle_read_random(
		e->handle, buf, len, (off64_t)offset, &why);
	good = n == (ssize_t)len && !has_checksum_error(e, offset, len);
	pthread_mutex_unlock(&e->lock);
	libewf_error_free(&why);
	return good;
}

static enum rom_status ewf_read(struct rom_image *img, void *buf, size_t len,
	uint64_t offset, struct rom_err *err)
{
	struct ewf_image *e = (struct ewf_image *)img;

	if (offset >= e->present || len > e->present - offset)
		return rom_fail(err, ROM_E_ABSENT, offset,
			"%s: 0x%" PRIx64
			" is in a segment that is missing or truncated",
			img->name, rom_max(offset, e->present));
	if (read_verified(e, buf, len, offset))
		return ROM_OK;
	return rom_fail(err, ROM_E_IO, offset,
		"%s: cannot read at 0x%" PRIx64
		": the checksum stored in the image does not match these bytes",
		img->name, offset);
}

static void ewf_map(struct rom_image *img, uint64_t offset, uint64_t len,
	struct rom_span *ret)
{
	const struct ewf_image *e = (struct ewf_image *)img;

	if (offset >= e->present)
		*ret = (struct rom_span){ .kind = ROM_SPAN_ABSENT, .len = len };
	else
		*ret = (struct rom_span){ .kind = ROM_SPAN_READ,
			.len = rom_min(len, e->present - offset) };
}

static void ewf_close(struct rom_image *img)
{
	struct ewf_image *e = (struct ewf_image *)img;

	libewf_handle_close(e->handle, NULL);
	libewf_handle_free(&e->handle, NULL);
	pthread_mutex_destroy(&e->lock);
}

static const struct rom_image_ops ewf_ops = {
	.read_at = ewf_read,
	.map = ewf_map,
	.close = ewf_close,
};

static bool open_handle(
	const char *path, libewf_handle_t **handle, size64_t *size)
{
	char **names = NULL;
	int n = 0;
	bool good;

	if (libewf_glob(path, strlen(path), LIBEWF_FORMAT_UNKNOWN, &names, &n,
		    NULL) != 1)
		return false;
	good = libewf_handle_initialize(handle, NULL) == 1 &&
	       libewf_handle_open(*handle, names, n,
		       libewf_get_access_flags_read(), NULL) == 1 &&
	       libewf_handle_get_media_size(*handle, size, NULL) == 1 &&
	       *size > 0;
	libewf_glob_free(names, n, NULL);
	return good;
}

/* libewf stops at the first missing segment, so that what is present is a
 * prefix of the image: a binary search finds its end. */
static uint64_t find_present(struct ewf_image *e)
{
	uint32_t chunk = 0;
	uint64_t lo = 0, hi;
	uint8_t byte;

	if (libewf_handle_segment_files_corrupted(e->handle, NULL) != 1)
		return e->img.size;
	if (libewf_handle_get_chunk_size(e->handle, &chunk, NULL) != 1 ||
		chunk == 0)
		return 0;
	hi = e->img.size / chunk + (e->img.size % chunk > 0);
	while (lo < hi) {
		uint64_t mid = lo + (hi - lo) / 2;

		if (read_verified(e, &byte, 1, mid * chunk))
			lo = mid + 1;
		else
			hi = mid;
	}
	return rom_min(lo * chunk, e->img.size);
}

enum rom_status rom_image_open_ewf(
	const char *path, struct rom_image **ret, struct rom_err *err)
{
	struct ewf_image *e = rom_alloc(sizeof(*e));
	size64_t size = 0;

	if (!open_handle(path, &e->handle, &size)) {
		libewf_handle_free(&e->handle, NULL);
		free(e);
		return rom_fail(err, ROM_E_INPUT, ROM_NO_OFFSET,
			"%s: libewf cannot open this Expert Witness image; "
			"check that all of its segments (.E02, ...) are in the "
			"same folder",
			path);
	}
	pthread_mutex_init(&e->lock, NULL);
	e->img = (struct rom_image){ &ewf_ops, rom_strdup(path), size, 1 };
	e->present = find_present(e);
	if (e->present == 0) {
		rom_image_close(&e->img);
		return rom_fail(err, ROM_E_INPUT, ROM_NO_OFFSET,
			"%s: this Expert Witness image is damaged from its "
			"first byte: nothing in it can be read",
			path);
	}
	*ret = &e->img;
	return ROM_OK;
}

#else

enum rom_status rom_image_open_ewf(
	const char *path, struct rom_image **ret, struct rom_err *err)
{
	(void)ret;
	return rom_fail(err, ROM_E_INPUT, ROM_NO_OFFSET,
		"%s: is an Expert Witness image, which this build cannot read: "
		"install libewf-dev and rebuild, or export it as raw with "
		"ewfexport",
		path);
}

#endif
