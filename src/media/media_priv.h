/* SPDX-License-Identifier: MIT */
/* media_priv.h - a format is one file, one const struct and one row in
 * formats.def; the functions to read a file */
#ifndef ROMSPLIT_MEDIA_PRIV_H
#define ROMSPLIT_MEDIA_PRIV_H

#include "romsplit/media.h"

/* ---- reading a file ------------------------------------------------------ */

enum {
	/* the longest range that is available at once: more than the longest
	 * segment of a JPEG */
	ROM_MEDIA_BUFFER_LEN = 68 << 10,
};

/* State of examining one file. Offsets are from its start. */
struct rom_media_walk {
	struct rom_image *img;
	uint64_t base;	/* offset of the file in img */
	uint64_t limit; /* upper bound of its length */
	struct rom_media_info *ret;
	/* the bytes at start; ROM_MEDIA_BUFFER_LEN long */
	uint8_t *buf;
	uint64_t start;
	size_t len;
};

/* Makes len bytes at offset available (at most ROM_MEDIA_BUFFER_LEN), valid
 * until the next read. False, without a verdict, when they are missing. */
bool rom_media_peek(struct rom_media_walk *w, uint64_t offset, size_t len,
	struct rom_buffer *ret);
/* As rom_media_peek, but missing bytes give a verdict: cut or unreadable. */
bool rom_media_need(struct rom_media_walk *w, uint64_t offset, size_t len,
	struct rom_buffer *ret);
/* The bytes at offset, as many as are buffered: at least one, and two unless
 * the limit is there. False as in rom_media_need. */
bool rom_media_more(
	struct rom_media_walk *w, uint64_t offset, struct rom_buffer *ret);
/* True when these bytes are at offset; no verdict. */
bool rom_media_has(struct rom_media_walk *w, uint64_t offset, const void *bytes,
	size_t len);
/* The offset of the first occurrence of bytes in [from, end), or ROM_NO_OFFSET.
 * Reads everything up to there. len is at most 32. */
uint64_t rom_media_find(struct rom_media_walk *w, uint64_t from, uint64_t end,
	const void *bytes, size_t len);

/* Verdicts. Only the first one counts. Those about faults return false, so that
 * each is one return statement. */
void rom_media_whole(struct rom_media_walk *w, uint64_t len);
/* len: up to which the bytes are known to belong to the file */
bool rom_media_unterminated(
	struct rom_media_walk *w, uint64_t len, const char *why);
/* expected: the complete length if known, else 0 */
bool rom_media_cut(struct rom_media_walk *w, uint64_t expected);
bool rom_media_damaged(struct rom_media_walk *w, uint64_t offset,
	const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* False, with the verdict "cut", when a file of len bytes would exceed the
 * limit. */
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
	/* is() is called when any of them matches; none: always */
	struct rom_media_signature signature[ROM_MAX_SIGNATURES];
	/* True when the first bytes can be this format; NULL: the signature is
	 * sufficient. */
	bool (*is)(struct rom_buffer *head);
	/* Walks the file and gives a verdict. */
	void (*examine)(struct rom_media_walk *w);
};

#define ROM_MEDIA(name) extern const struct rom_media_walker rom_media_##name;
#include "formats.def"
#undef ROM_MEDIA

/* Sets the format when the walk finds a more exact one than the first bytes
 * showed. */
void rom_media_set_format(
	struct rom_media_walk *w, const struct rom_media_walker *format);

/* ---- TIFF structures ----------------------------------------------------- */

struct rom_tiff {
	struct rom_media_walk *w;
	/* range of the file; offsets in the TIFF are from its start */
	struct rom_range range;
	bool big;
};

struct rom_tiff_entry {
	uint16_t tag, type;
	uint32_t count;
	/* where its values are, from the start of the TIFF, and their length;
	 * inside the TIFF unless is_beyond is set */
	uint64_t offset, len;
	bool is_beyond;
	uint32_t value; /* the first value, when it is an integer; else 0 */
};

enum { ROM_TIFF_MAX_ENTRIES = 1024 }; /* Exif has some 150 tags */

/* Reads the header of a TIFF in this range of the file. False when there is
 * none. */
bool rom_tiff_open(struct rom_media_walk *w, struct rom_range range,
	struct rom_tiff *ret, uint64_t *ret_first);
/* Number of entries of the directory at ifd, or -1 when there is no
 * directory. */
int rom_tiff_count(struct rom_tiff *t, uint64_t ifd);
/* Its i-th entry; false when it is invalid. */
bool rom_tiff_entry(
	struct rom_tiff *t, uint64_t ifd, int i, struct rom_tiff_entry *ret);
/* The offset of the next directory, 0 for none. */
uint64_t rom_tiff_next(struct rom_tiff *t, uint64_t ifd, int n);
/* The i-th integer of an entry; 0 where there is none. */
uint32_t rom_tiff_value(
	struct rom_tiff *t, const struct rom_tiff_entry *e, uint32_t i);

/* Reads the Exif in a range of the file into *ret; the thumbnail is from the
 * start of the file. No verdict. */
void rom_exif_walk(
	struct rom_media_walk *w, struct rom_range range, struct rom_exif *ret);
/* Converts a date to seconds since 1970 in its own time zone; false when the
 * date is invalid. */
bool rom_media_date_make(const unsigned ymdhms[6], int64_t *ret);

/* ---- ISO base media ------------------------------------------------------ */

#define ROM_BOX(a, b, c, d)                                                    \
	((uint32_t)(a) << 24 | (uint32_t)(b) << 16 | (uint32_t)(c) << 8 |      \
		(uint32_t)(d))

enum { ROM_BOX_HEAD = 16 }; /* at most */

struct rom_box {
	uint32_t type;
	uint64_t offset, body, end; /* body: after its header */
	bool is_open;		    /* it extends to the end of the file */
};

/* Reads a box sequentially: rom_box_take returns the next number of up to 8
 * bytes, or 0 with overrun set at the end of the box. */
struct rom_box_cursor {
	struct rom_media_walk *w;
	uint64_t at, end;
	bool overrun;
};
uint64_t rom_box_take(struct rom_box_cursor *c, unsigned bytes);

/* The box at offset, inside [0, end). False when it is invalid or missing; no
 * verdict. */
bool rom_box_at(struct rom_media_walk *w, uint64_t offset, uint64_t end,
	struct rom_box *ret);
/* The n-th child of that type; skip: bytes between the body of parent and its
 * first child. */
bool rom_box_child(struct rom_media_walk *w, const struct rom_box *parent,
	unsigned skip, uint32_t type, unsigned n, struct rom_box *ret);
/* The end of the sequence of top-level boxes at offset: where no known box
 * follows, or where the last would exceed the limit. *ret_open: the last box
 * has no end. */
uint64_t rom_boxes_end(
	struct rom_media_walk *w, uint64_t offset, bool *ret_open);
/* True when the head of a file has an ftyp with one of these brands as the
 * major or a compatible brand. */
bool rom_box_has_brand(
	struct rom_buffer *head, const char *const *brands, bool major_only);

/* Examines a file of tracks (moov) and gives the verdict. */
void rom_movie_walk(struct rom_media_walk *w);
/* Finds the end of the movie that begins at base, when it is whole; false when
 * a verdict was given. With a base of 0 the facts of the movie become those of
 * the file. */
bool rom_movie_end(struct rom_media_walk *w, uint64_t base, uint64_t *ret_end);

/* ---- AAC ----------------------------------------------------------------- */

/* True when AAC frames (ADTS) begin at this offset, as they may after an ID3
 * tag; rom_media_walk_adts examines the file from there and gives the
 * verdict. */
bool rom_media_is_adts(struct rom_media_walk *w, uint64_t at);
void rom_media_walk_adts(struct rom_media_walk *w, uint64_t at);

/* ---- parts of ZIP -------------------------------------------------------- */

enum {
	ROM_ZIP_MEMBER_LEN = 30, /* length of its header, before the name */
	/* bytes of its data that are read to recognize the format */
	ROM_ZIP_MAX_NAME = 64,
};

/* The format that a member reveals by its name or data (v begins at its
 * header); NULL: none. */
const struct rom_media_walker *rom_zip_kind(struct rom_buffer *v);
/* Examines any ZIP and gives the verdict. */
void rom_zip_walk(struct rom_media_walk *w);

/* ---- parts of JPEG ------------------------------------------------------- */

/* The segments of a JPEG that describe what follows its end; len 0: none. */
struct rom_jpeg_tail {
	struct rom_range mpf; /* begins with the TIFF header */
	struct rom_range xmp;
};
/* Walks the picture at offset up to the end of its EOI; false when a verdict
 * was given. ret (may be NULL) and the facts in w->ret are set for the main
 * picture of the file only. */
bool rom_jpeg_walk(struct rom_media_walk *w, uint64_t offset, uint64_t *ret_end,
	struct rom_jpeg_tail *ret);
/* Moves *end from the end of the main picture to the end of the file; false
 * when a verdict was given. */
bool rom_jpeg_tail_end(struct rom_media_walk *w,
	const struct rom_jpeg_tail *tail, uint64_t *end);

#endif
