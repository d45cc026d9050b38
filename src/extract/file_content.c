/* SPDX-License-Identifier: MIT */
/*
 * file_content.c - what a file is, by its bytes as they are written
 *
 * The first bytes are kept while they pass by, and the last ones, and whether
 * all are 00 or FF. Only of a picture or video are some read back: the links of
 * a format that is a chain of lengths, or all of a JPEG, PNG or GIF that does
 * not end as one does. A whole JPEG is not decoded: damage in its middle is not
 * looked for.
 */
#include <stdlib.h>

#include "extract_priv.h"

enum {
	/* larger ones are no pictures: not read through */
	MAX_SEQUENTIAL = 256 << 20,
	EBML_LEN = 64, /* that may come before its document type */
};

/* ---- while it is written ------------------------------------------------- */

void rom_content_watch(struct content_watch *c, const struct file_piece *p)
{
	uint64_t size = p->w->t->file.inode.size, end = p->offset + p->len;

	if (!p->len)
		return;
	if (p->offset == 0)
		c->byte = p->data[0];
	/* holes have no pieces */
	c->mixed |= c->seen < p->offset && c->byte;
	c->mixed = c->mixed || (c->byte != 0 && c->byte != 0xff) ||
		   p->data[0] != c->byte ||
		   memcmp(p->data, p->data + 1, p->len - 1);
	c->seen = rom_max(c->seen, end);
	if (end == size) {
		c->tail_len = (size_t)rom_min(p->len, sizeof(c->tail));
		memcpy(c->tail, p->data + p->len - c->tail_len, c->tail_len);
	}
}

/* ---- reading it back ----------------------------------------------------- */

struct written_image {
	struct rom_image img;
	struct rom_out_file *file;
};

static enum rom_status written_read(struct rom_image *img, void *buf,
	size_t len, uint64_t offset, struct rom_err *err)
{
	struct written_image *w = (struct written_image *)img;
	uint8_t *out = buf;

	while (len) {
		int64_t n = rom_out_file_read(w->file, out, len, offset);

		if (n <= 0)
			return rom_fail(err, ROM_E_IO, offset,
				"cannot read the file back");
		out += n;
		offset += (uint64_t)n;
		len -= (size_t)n;
	}
	return ROM_OK;
}

static void written_map(struct rom_image *img, uint64_t offset, uint64_t len,
	struct rom_span *ret)
{
	(void)img, (void)offset;
	*ret = (struct rom_span){ .kind = ROM_SPAN_READ, .len = len };
}

static void written_close(struct rom_image *img)
{
	(void)img; /* the file is the writer's */
}

static const struct rom_image_ops written_ops = {
	.read_at = written_read,
	.map = written_map,
	.close = written_close,
};

static struct rom_image *open_written(struct file_writer *w)
{
	struct written_image *x = rom_alloc(sizeof(*x));

	x->img = (struct rom_image){ &written_ops, rom_strdup("file"),
		w->t->file.inode.size, 1 };
	x->file = w->file;
	return &x->img;
}

/* ---- the verdict --------------------------------------------------------- */

static bool ends_with(
	const struct content_watch *c, const char *bytes, size_t len)
{
	return c->tail_len >= len &&
	       !memcmp(c->tail + c->tail_len - len, bytes, len);
}

/* Formats that are read from end to end. *ends: it ends as the format does, or
 * as Samsung's cameras end a photo. */
static bool is_sequential(const struct content_watch *c,
	const struct rom_media_format *format, bool *ends)
{
	static const struct {
		const char *name, *end;
		size_t len;
	} formats[] = {
		{ "jpeg", "\xff\xd9", 2 },
		{ "jpeg", "SEFT", 4 },
		{ "png", "IEND\xae\x42\x60\x82", 8 },
		{ "gif", ";", 1 },
	};
	bool is = false;

	*ends = false;
	for (size_t i = 0; i < sizeof(formats) / sizeof(*formats); i++) {
		if (strcmp(format->name, formats[i].name))
			continue;
		is = true;
		*ends |= ends_with(c, formats[i].end, formats[i].len);
	}
	return is;
}

/* The last bytes of a file that is shared with the dump did not pass by. */
static void read_tail(struct file_writer *w)
{
	struct content_watch *c = &w->content;
	uint64_t size = w->t->file.inode.size,
		 len = rom_min(size, sizeof(c->tail));

	if (!c->tail_len && rom_out_file_read(w->file, c->tail, (size_t)len,
				    size - len) == (int64_t)len)
		c->tail_len = (size_t)len;
}

static void examine(struct file_writer *w, struct rom_file_content *ret)
{
	ROM_AUTO_IMAGE struct rom_image *img = NULL;
	uint64_t size = w->t->file.inode.size;
	struct rom_media_info info;
	struct rom_err err;
	bool ends;

	if (ret->type != ROM_MEDIA_PICTURE && ret->type != ROM_MEDIA_VIDEO)
		return;
	if (w->t->lost.n) {
		ret->has_state = true;
		ret->state = ROM_MEDIA_UNREADABLE;
		return;
	}
	read_tail(w);
	if (is_sequential(&w->content, ret->format, &ends) &&
		(ends || size > MAX_SEQUENTIAL))
		return;
	img = open_written(w);
	if (rom_media_examine(img, 0, size, &info, &err))
		return;
	ret->format = info.format;
	ret->type = info.type;
	ret->has_state = true;
	ret->state = info.state;
}

/* A picture whose first bytes are sound, but no more of its head. */
static bool is_torn_picture(const uint8_t *head, size_t len,
	const struct rom_media_format **ret_format)
{
	static const struct {
		const char *name, *begin;
		size_t len;
	} formats[] = {
		{ "jpeg", "\xff\xd8\xff", 3 },
		{ "png", "\x89PNG\r\n\x1a\n", 8 },
		{ "gif", "GIF8", 4 },
	};

	for (size_t i = 0; i < sizeof(formats) / sizeof(*formats); i++) {
		if (len < formats[i].len ||
			memcmp(head, formats[i].begin, formats[i].len))
			continue;
		*ret_format = rom_media_format_by_name(formats[i].name);
		return true;
	}
	return false;
}

static bool is_matroska(const uint8_t *head, size_t len)
{
	struct rom_buffer v = { .p = head, .len = rom_min(len, EBML_LEN) };

	return rom_buffer_has(&v, 0, "\x1a\x45\xdf\xa3", 4) &&
	       (rom_buffer_find(&v, 4, "matroska", 8) != SIZE_MAX ||
		       rom_buffer_find(&v, 4, "webm", 4) != SIZE_MAX);
}

/* Bytes that were lost are zeros in the file, and say nothing of it. */
static bool is_lost(const struct task *t, uint64_t len)
{
	return t->lost.n && t->lost.v[0].offset < len;
}

static enum rom_content constant(const struct file_writer *w)
{
	const struct content_watch *c = &w->content;
	uint64_t size = w->t->file.inode.size;

	if (w->t->lost.n || c->mixed || (c->byte && c->seen < size))
		return ROM_CONTENT_UNKNOWN;
	return c->byte ? ROM_CONTENT_ONES : ROM_CONTENT_ZEROS;
}

void rom_content_decide(struct file_writer *w)
{
	struct rom_file_content *ret = &w->t->content;
	const struct task *t = w->t;
	enum { ENOUGH = 16 };

	*ret = (struct rom_file_content){ .is_known = true };
	ret->content = rom_content_of_head(
		t->head, w->head_size, t->file.inode.size, &ret->format);
	if (is_lost(t, rom_min(ENOUGH, w->head_size))) {
		ret->content = ROM_CONTENT_UNKNOWN;
		ret->format = NULL;
	} else if (ret->format) {
		ret->type = ret->format->type;
		examine(w, ret);
	} else if (ret->content == ROM_CONTENT_ZEROS ||
		   ret->content == ROM_CONTENT_ONES) {
		ret->content = constant(w);
	} else if (is_torn_picture(t->head, w->head_size, &ret->format)) {
		ret->content = ROM_CONTENT_FORMAT;
		ret->type = ROM_MEDIA_PICTURE;
		ret->has_state = true;
		ret->state = ROM_MEDIA_DAMAGED;
	} else if (is_matroska(t->head, w->head_size)) {
		ret->type = ROM_MEDIA_VIDEO;
	}
}
