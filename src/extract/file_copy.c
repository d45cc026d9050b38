/* SPDX-License-Identifier: MIT */
/* file_copy.c - copies one file separately: extent by extent, piece by piece */
#include "extract_priv.h"

enum { RETRY = 4096 };

/* The next len to try after a failed read: at most a page, and not across the
 * border of a range that the dump does not have. */
static size_t retry_len(struct rom_image *from, uint64_t image, size_t left)
{
	struct rom_span span;

	rom_image_map(from, image, rom_min(RETRY, left), &span);
	return (size_t)span.len;
}

/* Reads a piece of an extent into buf. Unreadable bytes become zeros and are
 * recorded as lost, page by page. */
static void read_piece(struct file_writer *w, uint8_t *buf,
	struct rom_image *from, uint64_t image, struct rom_range piece)
{
	size_t len = (size_t)piece.len;
	struct rom_err err;

	if (!rom_read(from, buf, len, image, &err))
		return;
	for (size_t off = 0, n; off < len; off += n) {
		n = retry_len(from, image + off, len - off);
		if (!rom_read(from, buf + off, n, image + off, &err))
			continue;
		memset(buf + off, 0, n);
		rom_file_lost(w, piece.offset + off, n);
	}
}

void rom_file_copy_begin(struct file_copy *c, struct rom_extractor *x,
	struct task *t, uint8_t *buf)
{
	*c = (struct file_copy){ .buf = buf };
	rom_file_begin(&c->w, t, x);
}

/* A file that was deferred to the pass is read from the image of the pass. */
static const rom_extents *extents_of(const struct task *t)
{
	return t->runs.n ? &t->runs : &t->file.map.extents;
}

static struct rom_image *source_of(
	struct file_copy *c, const struct rom_extent *e)
{
	const struct task *t = c->w.t;

	if (!t->runs.n)
		return rom_file_map_source(
			&t->file.map, t->file.data, e, &c->image);
	c->image = e->image;
	return e->kind == ROM_EXTENT_DATA ? c->w.x->options.pass : NULL;
}

/* Starts the extent. False when nothing of it has to be read. */
static bool enter_extent(struct file_copy *c, const struct rom_extent *e)
{
	c->from = source_of(c, e);
	c->off = 0;
	/* shared bytes are read again only to be hashed */
	if (c->from)
		c->off = rom_file_share(&c->w, c->from, c->image, e);
	else if (e->kind == ROM_EXTENT_LOST)
		rom_file_lost(&c->w, e->offset, e->len);
	return c->from && c->off < e->len;
}

size_t rom_file_copy_ready(struct file_copy *c)
{
	const struct task *t = c->w.t;
	const rom_extents *extents = extents_of(t);

	while (c->extent < extents->n && !t->status) {
		const struct rom_extent *e = &extents->v[c->extent];

		if (c->from ? c->off < e->len : enter_extent(c, e))
			return (size_t)rom_min(
				ROM_EXTRACT_BUF, e->len - c->off);
		c->from = NULL;
		c->extent++;
	}
	return 0;
}

void rom_file_copy_read(struct file_copy *c, size_t len, struct file_piece *ret)
{
	const struct rom_extent *e = &extents_of(c->w.t)->v[c->extent];
	struct rom_range piece = { e->offset + c->off, len };

	read_piece(&c->w, c->buf, c->from, c->image + c->off, piece);
	*ret = (struct file_piece){ &c->w, c->buf, len, piece.offset };
	c->off += len;
}
