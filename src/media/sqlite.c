/* SPDX-License-Identifier: MIT */
/*
 * sqlite.c - SQLite databases (sqlite.org/fileformat.html)
 *
 *   0x00 16 "SQLite format 3\0"  0x10 2 page, be16; 1: 65536
 *   0x12 2 versions  0x14 1 reserved  0x15 3 64 32 32  0x18 4 change counter
 *   0x1c 4 pages, valid when 0x5c 4 is the change counter  0x38 4 encoding
 */
#include <inttypes.h>

#include "media_priv.h"

enum { HEAD = 100, LOCK_BYTE = 1 << 30 };

static uint32_t page_len(struct rom_buffer *head)
{
	uint32_t len = rom_media_be16(head, 16);

	if (len == 1)
		return 65536;
	return len >= 512 && !(len & (len - 1)) ? len : 0;
}

static bool is_sqlite(struct rom_buffer *head)
{
	return page_len(head) && rom_u8(head, 18) - 1u < 2 &&
	       rom_u8(head, 19) - 1u < 2 &&
	       rom_buffer_has(head, 21, "\x40\x20\x20", 3);
}

/* B-tree pages begin with 2, 5, 10 or 13, pointer map pages with 1 to 5,
 * overflow and free pages with the number of another page. */
static bool is_page(struct rom_buffer *v, uint64_t pages)
{
	uint8_t kind = rom_u8(v, 0);

	return (kind >= 1 && kind <= 5) || kind == 10 || kind == 13 ||
	       rom_be32(v, 0) <= pages;
}

static bool check_pages(struct rom_media_walk *w, uint32_t len, uint64_t pages)
{
	struct rom_buffer v;

	for (uint64_t i = 1; i < pages; i++) {
		if (i * len == LOCK_BYTE)
			continue;
		if (!rom_media_need(w, i * len, 4, &v))
			return rom_media_cut(w, pages * len);
		if (!is_page(&v, pages))
			return rom_media_damaged(w, i * len,
				"page %" PRIu64 " is not a database page",
				i + 1);
	}
	return true;
}

static void examine_sqlite(struct rom_media_walk *w)
{
	struct rom_buffer v;
	uint32_t len;
	uint64_t pages;

	if (!rom_media_need(w, 0, HEAD + 1, &v))
		return;
	len = page_len(&v);
	pages = rom_be32(&v, 28);
	if (rom_u8(&v, 100) != 13 && rom_u8(&v, 100) != 5) {
		rom_media_damaged(w, 100, "its first page is not a table");
		return;
	}
	if (!pages || rom_be32(&v, 24) != rom_be32(&v, 92)) {
		/* written by a version before 3.7: only the size of the file
		 * states its length */
		w->ret->is_open_ended = true;
		pages = w->limit / len;
	}
	if (!pages)
		rom_media_cut(w, len);
	else if (check_pages(w, len, pages) && rom_media_fits(w, pages * len))
		rom_media_whole(w, pages * len);
}

const struct rom_media_walker rom_media_sqlite = {
	.format = { "sqlite", ".db", "application/vnd.sqlite3",
		ROM_MEDIA_DATABASE },
	.signature = { { "SQLite format 3\0", 16, 0 } },
	.is = is_sqlite,
	.examine = examine_sqlite,
};
