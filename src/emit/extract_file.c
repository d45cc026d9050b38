/* SPDX-License-Identifier: MIT */
/* extract_file.c - one file out of a filesystem, read for itself: extent by extent, hashed on the way */
#include "extract_priv.h"

enum { RETRY = 4096 };

/* Up to a page, or to where the dump has nothing: the piece that is tried, or given up, at once. */
static size_t retry_len(struct rom_image *from, uint64_t image, size_t left)
{
	struct rom_span span;

	rom_image_map(from, image, rom_min(RETRY, left), &span);
	return (size_t)span.len;
}

/* Reads a piece of an extent into buf; what cannot be read is zeros, and damage of the file. */
static void read_piece(struct file_writer *w, uint8_t *buf, struct rom_image *from, uint64_t image,
	struct rom_range piece)
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
		rom_file_lost(w, piece.at + off, n);
	}
}

static void copy_extent(struct file_writer *w, uint8_t *buf, struct rom_image *from, uint64_t image,
	const struct rom_extent *e)
{
	/* what was shared is there already: only its hash is wanted */
	uint64_t off = rom_file_share(w, from, image, e);

	while (off < e->len && !w->t->status) {
		struct rom_range piece = { e->at + off, rom_min(ROM_EXTRACT_BUF, e->len - off) };

		read_piece(w, buf, from, image + off, piece);
		rom_file_piece(w, buf, (size_t)piece.len, piece.at);
		off += piece.len;
	}
}

static void copy_content(struct file_writer *w, uint8_t *buf, struct rom_image *data)
{
	const struct rom_content *content = &w->t->content;

	for (size_t i = 0; i < content->extents.n && !w->t->status; i++) {
		const struct rom_extent *e = &content->extents.v[i];
		uint64_t at;
		struct rom_image *from = rom_content_source(content, data, e, &at);

		if (from)
			copy_extent(w, buf, from, at, e);
		else if (e->kind == ROM_EXTENT_LOST)
			rom_file_lost(w, e->at, e->len);
	}
}

void rom_extract_file(struct extraction *x, struct task *t, uint8_t *buf)
{
	struct file_writer w;

	rom_file_begin(&w, t, x->out, x->options);
	if (!t->status)
		copy_content(&w, buf, rom_fs_data(x->fs));
	rom_file_end(&w);
}
