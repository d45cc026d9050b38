/* SPDX-License-Identifier: MIT */
/* media_priv.h - what a format is: one file, one const struct, one row in
 * formats.def; and how it reads */
#ifndef ROMSPLIT_MEDIA_PRIV_H
#define ROMSPLIT_MEDIA_PRIV_H

#include "romsplit/media.h"

/* ---- reading a file ------------------------------------------------------ */

enum {
	/* the longest piece that is had at once: more than the longest segment
	 * of a JPEG */
	ROM_MEDIA_WINDOW = 68 << 10,
};

/* A walk over one file. Offsets are from its start. */
struct rom_media_walk {
	struct rom_image *img;
	uint64_t base;	/* where the file begins in img */
	uint64_t limit; /* it ends here at the latest */
	struct rom_media *ret;
	/* the bytes at start; ROM_MEDIA_WINDOW long */
	uint8_t *window;
	uint64_t start;
	size_t len;
};

/* Shows len bytes at offset (ROM_MEDIA_WINDOW at most); valid until the next
 * question. False, and no verdict, when they are not there. */
bool rom_media_peek(struct rom_media_walk *w, uint64_t offset, size_t len,
	struct rom_buffer *ret);
/* The same, but what is not there ends the walk: cut or unreadable. */
bool rom_media_need(struct rom_media_walk *w, uint64_t offset, size_t len,
	struct rom_buffer *ret);
/* The bytes at offset, as many as come at once: at least one, and two unless
 * the limit is there. False as rom_media_need. */
bool rom_media_more(
	struct rom_media_walk *w, uint64_t offset, struct rom_buffer *ret);
/* Whether these bytes stand at offset; no verdict. */
bool rom_media_has(struct rom_media_walk *w, uint64_t offset, const void *bytes,
	size_t len);
/* Where bytes first occur in [from, end); ROM_NO_OFFSET when nowhere. Reads all
 * up to there. len is 32 at most. */
uint64_t rom_media_find(struct rom_media_walk *w, uint64_t from, uint64_t end,
	const void *bytes, size_t len);

/* Verdicts. The first one counts; the refusals give back false, so that each
 * is one return statement. */
void rom_media_whole(struct rom_media_walk *w, uint64_t len);
/* len: up to where bytes are known to be its own */
bool rom_media_unterminated(
	struct rom_media_walk *w, uint64_t len, const char *why);
/* expected: the whole length when it is known, else 0 */
bool rom_media_cut(struct rom_media_walk *w, uint64_t expected);
bool rom_media_damaged(struct rom_media_walk *w, uint64_t offset,
	const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* False, and cut, when a file of len bytes would reach past the limit. */
bool rom_media_fits(struct rom_media_walk *w, uint64_t len);

/* ---- numbers ------------------------------------------------------------- */

static inline uint16_t rom_media_be16(struct rom_buffer *v, size_t off)
{
	return (uint16_t)(rom_u8(v, off) << 8 | rom_u8(v, off + 1));
}

static inline uint16_t rom_media_u16(struct rom_buffer *v, size_t off, bool big)
{
	return big ? rom_media_be16(v, off) : rom_le16(v, off);
}

static inline uint32_t rom_media_u32(struct rom_buffer *v, size_t off, bool big)
{
	return big ? rom_be32(v, off) : rom_le32(v, off);
}

/* ---- a format ------------------------------------------------------------ */

struct rom_media_signature {
	const char *bytes;
	size_t len, offset;
};

#define ROM_MAX_SIGNATURES 4

struct rom_media_walker {
	struct rom_media_format format;
	/* any of them lets is() look; none: it always looks */
	struct rom_media_signature signature[ROM_MAX_SIGNATURES];
	/* Whether the first bytes can be this format; NULL: the signature is
	 * long enough. */
	bool (*is)(struct rom_buffer *head);
	/* Walks the file and gives a verdict. */
	void (*examine)(struct rom_media_walk *w);
};

#define ROM_MEDIA(name) extern const struct rom_media_walker rom_media_##name;
#include "formats.def"
#undef ROM_MEDIA

/* A format that the walk has found to be more exact than the first bytes
 * told. */
void rom_media_set_format(
	struct rom_media_walk *w, const struct rom_media_walker *format);

/* ---- TIFF structures ----------------------------------------------------- */

struct rom_tiff {
	struct rom_media_walk *w;
	/* of the file; offsets in it are from its start */
	struct rom_range range;
	bool big;
};

struct rom_tiff_entry {
	uint16_t tag, type;
	uint32_t count;
	/* where its values lie, from the start of the TIFF, and how long they
	 * are; known to lie inside unless beyond is set */
	uint64_t offset, len;
	bool is_beyond;
	uint32_t value; /* the first, when it is an integer; else 0 */
};

enum { ROM_TIFF_MAX_ENTRIES = 1024 }; /* Exif has some 150 tags */

/* The header of a TIFF in this range of the file. False: there is none. */
bool rom_tiff_open(struct rom_media_walk *w, struct rom_range range,
	struct rom_tiff *ret, uint64_t *ret_first);
/* Entries of the directory at ifd, or -1 when there is none there. */
int rom_tiff_count(struct rom_tiff *t, uint64_t ifd);
/* Its i-th entry; false when it cannot be. */
bool rom_tiff_entry(
	struct rom_tiff *t, uint64_t ifd, int i, struct rom_tiff_entry *ret);
/* The directory that follows, 0 for none. */
uint64_t rom_tiff_next(struct rom_tiff *t, uint64_t ifd, int n);
/* The i-th of an entry's integers; 0 where there is none. */
uint32_t rom_tiff_value(
	struct rom_tiff *t, const struct rom_tiff_entry *e, uint32_t i);

/* Reads Exif in a range of the file into *ret; thumbnail is from the start of
 * the file. No verdict. */
void rom_exif_walk(
	struct rom_media_walk *w, struct rom_range range, struct rom_exif *ret);
/* Seconds since 1970 of a date, by the clock it is from; false when there is
 * no such date. */
bool rom_media_date_make(const unsigned ymdhms[6], int64_t *ret);

/* ---- ISO base media ------------------------------------------------------ */

#define ROM_BOX(a, b, c, d)                                                    \
	((uint32_t)(a) << 24 | (uint32_t)(b) << 16 | (uint32_t)(c) << 8 |      \
		(uint32_t)(d))

enum { ROM_BOX_HEAD = 16 }; /* at most */

struct rom_box {
	uint32_t type;
	uint64_t offset, body, end; /* body: behind its header */
	bool is_open;		    /* it reaches to the end of the file */
};

/* A box read from front to back: the next number of some bytes, 8 at most. 0
 * and overrun when its end is reached. */
struct rom_box_cursor {
	struct rom_media_walk *w;
	uint64_t at, end;
	bool overrun;
};
uint64_t rom_box_take(struct rom_box_cursor *c, unsigned bytes);

/* The box at offset, inside of [0, end). False: there is none that could be,
 * or it is not there; no verdict. */
bool rom_box_at(struct rom_media_walk *w, uint64_t offset, uint64_t end,
	struct rom_box *ret);
/* The n-th child of that type; skip: bytes between parent's body and its first
 * child. */
bool rom_box_child(struct rom_media_walk *w, const struct rom_box *parent,
	unsigned skip, uint32_t type, unsigned n, struct rom_box *ret);
/* Where the row of top-level boxes at offset ends: where no known box follows,
 * or where the last would end past the limit. *ret_open: the last has no
 * end. */
uint64_t rom_boxes_end(
	struct rom_media_walk *w, uint64_t offset, bool *ret_open);
/* True when the head of a file shows ftyp with that brand, major or one of the
 * compatible. */
bool rom_box_has_brand(
	struct rom_buffer *head, const char *const *brands, bool major_only);

/* Walks a file of tracks (moov), and gives the verdict. */
void rom_movie_walk(struct rom_media_walk *w);
/* Where the one ends that begins at base, whole; false: a verdict was given.
 * With a base of 0 the facts of the file are its own. */
bool rom_movie_end(struct rom_media_walk *w, uint64_t base, uint64_t *ret_end);

/* ---- AAC ----------------------------------------------------------------- */

/* Whether frames of AAC (ADTS) stand at a place, as behind an ID3 tag; and the
 * walk from there on, which gives the verdict. */
bool rom_media_is_adts(struct rom_media_walk *w, uint64_t at);
void rom_media_walk_adts(struct rom_media_walk *w, uint64_t at);

/* ---- parts of ZIP -------------------------------------------------------- */

enum {
	ROM_ZIP_MEMBER_LEN = 30, /* before its name */
	/* of its data, those that tell what it is */
	ROM_ZIP_MAX_NAME = 64,
};

/* The format that a member gives away by its name or its data (v begins at its
 * header); NULL: none. */
const struct rom_media_walker *rom_zip_kind(struct rom_buffer *v);
/* Walks any of them, and gives the verdict. */
void rom_zip_walk(struct rom_media_walk *w);

/* ---- parts of JPEG ------------------------------------------------------- */

/* A JPEG's segments that say what lies behind its end; len 0: there is none. */
struct rom_jpeg_tail {
	struct rom_range mpf; /* from the TIFF header on */
	struct rom_range xmp;
};
/* Walks the picture at offset to the end of its EOI; false: a verdict was
 * given. ret (may be NULL) and the facts in w->ret are filled for the file's
 * own picture only. */
bool rom_jpeg_walk(struct rom_media_walk *w, uint64_t offset, uint64_t *ret_end,
	struct rom_jpeg_tail *ret);
/* Where the file ends whose picture ends at end; false: a verdict was given. */
bool rom_jpeg_tail_end(struct rom_media_walk *w,
	const struct rom_jpeg_tail *tail, uint64_t *end);

#endif
