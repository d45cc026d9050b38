/* SPDX-License-Identifier: MIT */
/* memory_image.c - bytes in memory as an image */
#include "romsplit/image.h"

struct memory_image {
	struct rom_image img;
	const uint8_t *bytes;
};

static enum rom_status memory_read(struct rom_image *img, void *buf, size_t len,
	uint64_t offset, struct rom_err *err)
{
	(void)err;
	memcpy(buf, ((struct memory_image *)img)->bytes + offset, len);
	return ROM_OK;
}

static void memory_map(struct rom_image *img, uint64_t offset, uint64_t len,
	struct rom_span *ret)
{
	(void)img;
	(void)offset;
	*ret = (struct rom_span){ .kind = ROM_SPAN_READ, .len = len };
}

static void memory_close(struct rom_image *img)
{
	(void)img;
}

static const struct rom_image_ops memory_ops = {
	.read_at = memory_read,
	.map = memory_map,
	.close = memory_close,
};

struct rom_image *rom_image_open_memory(
	const void *bytes, size_t len, const char *name)
{
	struct memory_image *m = rom_alloc(sizeof(*m));

	m->img = (struct rom_image){ &memory_ops, rom_strdup(name), len, 1 };
	m->bytes = bytes;
	return &m->img;
}
