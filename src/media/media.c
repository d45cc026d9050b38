/* SPDX-License-Identifier: MIT */
/* media.c - finds the format by its signature and examines the file */
#include "media_priv.h"

static const struct rom_media_walker *const walkers[] = {
#define ROM_MEDIA(name) &rom_media_##name,
#include "formats.def"
#undef ROM_MEDIA
};

enum { WALKERS = sizeof(walkers) / sizeof(*walkers) };

const char *rom_media_type_name(enum rom_media_type type)
{
	static const char *const names[] = { "none", "picture", "video",
		"audio", "document", "archive", "database" };

	return names[type];
}

const char *rom_media_state_name(enum rom_media_state state)
{
	static const char *const names[] = { "whole", "unterminated", "cut",
		"damaged", "unreadable" };

	return names[state];
}

const struct rom_media_format *rom_media_format(size_t i)
{
	return i < WALKERS ? &walkers[i]->format : NULL;
}

const struct rom_media_format *rom_media_format_by_name(const char *name)
{
	for (size_t i = 0; i < WALKERS; i++) {
		if (!strcmp(walkers[i]->format.name, name))
			return &walkers[i]->format;
	}
	return NULL;
}

void rom_media_set_format(
	struct rom_media_walk *w, const struct rom_media_walker *format)
{
	w->ret->format = &format->format;
	w->ret->type = format->format.type;
}

static bool has_signature(
	const struct rom_media_walker *walker, const struct rom_buffer *head)
{
	const struct rom_media_signature *s = walker->signature;

	if (!s->bytes)
		return true;
	for (size_t i = 0; i < ROM_MAX_SIGNATURES && s[i].bytes; i++) {
		if (rom_buffer_has(head, s[i].offset, s[i].bytes, s[i].len))
			return true;
	}
	return false;
}

static const struct rom_media_walker *find_walker(
	const uint8_t *head, size_t len)
{
	for (size_t i = 0; i < WALKERS; i++) {
		struct rom_buffer v = { .p = head,
			.len = rom_min(len, ROM_MEDIA_HEAD) };

		if (has_signature(walkers[i], &v) &&
			(!walkers[i]->is || walkers[i]->is(&v)))
			return walkers[i];
	}
	return NULL;
}

const struct rom_media_format *rom_media_identify(
	const uint8_t *head, size_t len)
{
	const struct rom_media_walker *walker = find_walker(head, len);

	return walker ? &walker->format : NULL;
}

enum rom_status rom_media_examine(struct rom_image *img, uint64_t offset,
	uint64_t limit, struct rom_media_info *ret, struct rom_err *err)
{
	ROM_AUTO uint8_t *buf = rom_alloc(ROM_MEDIA_BUFFER_LEN);
	struct rom_media_info m = { .fault = ROM_NO_OFFSET };
	struct rom_media_walk w = { .img = img,
		.base = offset,
		.limit = offset < img->size ? rom_min(limit, img->size - offset)
					    : 0,
		.ret = &m,
		.buf = buf };
	const struct rom_media_walker *walker;
	enum rom_status st = rom_read_some(img, buf,
		(size_t)rom_min(w.limit, ROM_MEDIA_HEAD), offset, &w.len, err);

	if (st)
		return st;
	walker = find_walker(buf, w.len);
	if (!walker)
		return ROM_NO_MATCH;
	m.bytes_read = w.len;
	rom_media_set_format(&w, walker);
	walker->examine(&w);
	*ret = m;
	return ROM_OK;
}
