/* SPDX-License-Identifier: MIT */
/*
 * base.h - status and error, ranges, bounded buffers, growing arrays, text,
 * digests
 *
 * Everything is bytes unless its name says otherwise. Small allocations end the
 * process when memory is out (rom_alloc); whatever a dump can make large is
 * capped before it is allocated.
 */
#ifndef ROMSPLIT_BASE_H
#define ROMSPLIT_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* ---- status and error ---------------------------------------------------- */

/* The result of a call. Everything except ROM_OK and ROM_NO_MATCH is a failure,
 * which struct rom_err describes. */
enum rom_status {
	ROM_OK = 0,
	ROM_NO_MATCH,	 /* an answer, not an error: this is not that format */
	ROM_E_IO,	 /* the medium or the file could not be read */
	ROM_E_ABSENT,	 /* these bytes are not in the dump */
	ROM_E_RANGE,	 /* the range is not inside the image */
	ROM_E_CORRUPT,	 /* the dump holds an invalid value */
	ROM_E_LIMIT,	 /* a limit was reached */
	ROM_E_USAGE,	 /* the caller asked for something impossible */
	ROM_E_INPUT,	 /* the input is not a dump we can read */
	ROM_E_NOT_FOUND, /* no such partition, path, file */
	ROM_E_ENCRYPTED, /* the data asked for is encrypted */
	ROM_E_WRITE,	 /* the output could not be written */
	ROM_E_STOPPED,	 /* the user stopped the run */
};

/* Stands for an offset where none in the dump applies. */
#define ROM_NO_OFFSET UINT64_MAX

/* What went wrong and where. Set by the call that returns a failure, untouched
 * by one that succeeds. */
struct rom_err {
	enum rom_status status;
	uint64_t offset; /* offset in the dump, or ROM_NO_OFFSET */
	char text[800];	 /* one sentence for the user, without a line feed */
};

/* Fills err (which may be NULL) and returns status, so that reporting an error
 * is a single return statement. */
enum rom_status rom_fail(struct rom_err *err, enum rom_status status,
	uint64_t offset, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/* ---- ranges -------------------------------------------------------------- */

/* len bytes from offset on. */
struct rom_range {
	uint64_t offset, len;
};

/* The range of len bytes at off, counted from the start of outer. False, with
 * *ret untouched, if any of it is outside outer. */
static inline bool rom_subrange(struct rom_range outer, uint64_t off,
	uint64_t len, struct rom_range *ret)
{
	if (off > outer.len || len > outer.len - off)
		return false;
	ret->offset = outer.offset + off;
	ret->len = len;
	return true;
}

/* *ret = a * b. False, with *ret untouched, on overflow. */
static inline bool rom_mul(uint64_t a, uint64_t b, uint64_t *ret)
{
	uint64_t r;

	if (__builtin_mul_overflow(a, b, &r))
		return false;
	*ret = r;
	return true;
}

/* *ret = a + b. False, with *ret untouched, on overflow. */
static inline bool rom_add(uint64_t a, uint64_t b, uint64_t *ret)
{
	uint64_t r;

	if (__builtin_add_overflow(a, b, &r))
		return false;
	*ret = r;
	return true;
}

/* The smaller one. */
static inline uint64_t rom_min(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* The larger one. */
static inline uint64_t rom_max(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/* The offset after the last byte of a range; UINT64_MAX on overflow. */
static inline uint64_t rom_range_end(struct rom_range r)
{
	uint64_t end = UINT64_MAX;

	rom_add(r.offset, r.len, &end);
	return end;
}

/* The intersection of two ranges; its length is 0 when there is none. */
struct rom_range rom_range_common(struct rom_range a, struct rom_range b);

/* ---- buffers ------------------------------------------------------------- */

/* Bytes of a dump, borrowed, and their offset. All fields of a structure can be
 * read in a row; overrun is checked once, before any of them is used. */
struct rom_buffer {
	const uint8_t *p;
	size_t len;
	uint64_t offset; /* of p[0] in the dump, or ROM_NO_OFFSET */
	bool overrun;	 /* a read went past the end */
};

/* Reads the number at off, little-endian (le) or big-endian (be), with as many
 * bits as the name states. Past the end of the buffer: returns 0 and sets
 * overrun. */
uint8_t rom_u8(struct rom_buffer *v, size_t off);
uint16_t rom_le16(struct rom_buffer *v, size_t off);
uint32_t rom_le32(struct rom_buffer *v, size_t off);
uint64_t rom_le64(struct rom_buffer *v, size_t off);
uint32_t rom_be32(struct rom_buffer *v, size_t off);
uint64_t rom_be64(struct rom_buffer *v, size_t off);
/* True when the buffer has exactly these len bytes at off. Never sets
 * overrun. */
bool rom_buffer_has(
	const struct rom_buffer *v, size_t off, const void *bytes, size_t len);
/* The offset in the dump of the byte at off; ROM_NO_OFFSET when the buffer is
 * not from a dump. */
uint64_t rom_buffer_offset(const struct rom_buffer *v, size_t off);
/* The len bytes at off as a separate buffer, fewer at the end; empty when off
 * is outside. overrun of v does not change. */
struct rom_buffer rom_buffer_part(
	const struct rom_buffer *v, size_t off, size_t len);
/* The bytes at off, up to len or the first NUL, as a new string; bytes outside
 * printable ASCII become '?'. The caller frees it. */
char *rom_buffer_text(const struct rom_buffer *v, size_t off, size_t len);
/* As rom_buffer_text, into out, which has at least len + 1 bytes. */
void rom_buffer_copy(
	const struct rom_buffer *v, size_t off, size_t len, char *out);
/* The offset in the buffer of the first occurrence of these len bytes at or
 * after from; SIZE_MAX when there is none. */
size_t rom_buffer_find(
	const struct rom_buffer *v, size_t from, const void *bytes, size_t len);

/* ---- memory -------------------------------------------------------------- */

/* What cannot be gone on from, as memory that is out: calls what
 * rom_on_failure was given, or abort(). why: one line, without its end. */
__attribute__((noreturn)) void rom_end_process(const char *why);
/* The same, because memory is out. */
__attribute__((noreturn)) void rom_out_of_memory(void);
/* end has to end the process, and may not allocate. Once, before there are
 * threads. */
void rom_on_failure(void (*end)(const char *why));
/* malloc and realloc that end the process when memory is out: for the hooks of
 * libraries that would go on without what they wanted to keep. */
void *rom_checked_malloc(size_t size);
/* As realloc. */
void *rom_checked_realloc(void *p, size_t size);

/* size zeroed bytes, at least one. Never NULL: ends the process when memory is
 * out. Freed with free(). */
void *rom_alloc(size_t size);
/* As rom_alloc, but aligned to a page of 4096 bytes, rounded up to whole pages,
 * and not zeroed: for direct I/O. */
void *rom_alloc_pages(size_t size);
/* A copy of s, or NULL for NULL. The caller frees it. */
char *rom_strdup(const char *s);
/* printf into a new string. The caller frees it. */
char *rom_format(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Frees what the pointer at p points to and sets that pointer to NULL. p is any
 * T **. */
void rom_freep(void *p);

/* For a pointer variable: calls free() at the end of its scope. */
#define ROM_AUTO __attribute__((cleanup(rom_freep)))
/* Hands a pointer over: yields its value and sets the variable to NULL. */
#define ROM_TAKE(p)                                                            \
	__extension__({                                                        \
		__typeof__(p) taken_ = (p);                                    \
		(p) = NULL;                                                    \
		taken_;                                                        \
	})

/* A growing array of T: n elements at v. Zeroed before use; released with
 * rom_vec_done. The macros below take its address. */
#define ROM_VEC(T)                                                             \
	struct {                                                               \
		T *v;                                                          \
		size_t n;                                                      \
		size_t cap;                                                    \
	}
/* For rom_vec_add: grows the array so that element n of size item fits; returns
 * its address and sets *cap to its new capacity. */
void *rom_vec_reserve(void *v, size_t item, size_t n, size_t *cap);
/* A pointer to a new, zeroed last element; valid until the next add. */
#define rom_vec_add(vec)                                                       \
	__extension__({                                                        \
		(vec)->v = (__typeof__((vec)->v))rom_vec_reserve(              \
			(vec)->v, sizeof(*(vec)->v), (vec)->n, &(vec)->cap);   \
		memset(&(vec)->v[(vec)->n], 0, sizeof(*(vec)->v));             \
		&(vec)->v[(vec)->n++];                                         \
	})
/* Frees the array, but not what its elements own, and leaves it empty. */
#define rom_vec_done(vec)                                                      \
	do {                                                                   \
		rom_freep(&(vec)->v);                                          \
		(vec)->n = (vec)->cap = 0;                                     \
	} while (0)
/* Runs the next statement with p pointing at each element in turn. */
#define rom_each(p, vec) for (p = (vec)->v; p && p < (vec)->v + (vec)->n; p++)

/* A slot of a rom_map. */
struct rom_map_slot {
	uint64_t key;
	void *value;
	bool used;
};
/* A map from numbers to pointers. Zeroed before use; released with
 * rom_map_done. */
struct rom_map {
	struct rom_map_slot *slot;
	size_t room; /* number of slots, a power of two */
	size_t n;    /* number of used slots */
};
/* Adds a key and its value. False, with nothing changed, when the map already
 * has the key. */
bool rom_map_put(struct rom_map *m, uint64_t key, void *value);
/* As rom_map_put, but replaces the value of an existing key. */
void rom_map_set(struct rom_map *m, uint64_t key, void *value);
/* The value of a key, or NULL when the map does not have it. */
void *rom_map_get(const struct rom_map *m, uint64_t key);
/* Frees the map, and each value with free_value unless that is NULL. */
void rom_map_done(struct rom_map *m, void (*free_value)(void *));

/* ---- text ---------------------------------------------------------------- */

/* Formats a size for people: "1.5 GiB", "512 KiB", "100 bytes". Writes to buf,
 * which has len bytes, at least 32; returns buf. */
const char *rom_human(uint64_t bytes, char *buf, size_t len);
/* Makes a name from a dump safe to print on one line of a terminal: control
 * characters, DEL, bytes that are not UTF-8, and direction overrides become
 * \xNN; a backslash becomes \\. The caller frees it. */
char *rom_printable(const char *bytes, size_t len);
/* Counts the columns of a printable text on a terminal: its characters. */
size_t rom_columns(const char *printable);
/* Returns the width for printf("%-*s") at which the text takes so many columns;
 * printf counts bytes. */
int rom_field(const char *printable, size_t columns);
/* Makes a message safe that may contain names from a dump, in the same way;
 * backslashes stay. The caller frees it. */
char *rom_one_line(const char *text);
/* Quotes one word for a shell's command line where necessary, on one line
 * (bash's $'\n' for what is not text). The caller frees it. */
char *rom_shell_word(const char *text);
/* Which names a disk takes; each rule includes those before it. */
enum rom_name_rules {
	ROM_NAMES_ANY,	  /* any bytes but '/' and NUL */
	ROM_NAMES_UTF8,	  /* only UTF-8: NTFS through FUSE, APFS */
	ROM_NAMES_STRICT, /* only what FAT and Windows take */
};
/* Turns a name from a dump into a file name: never empty, ".", "..", never with
 * '/' or NUL, at most 255 bytes, and valid by those rules. The caller frees
 * it. */
char *rom_safe_name(const char *bytes, size_t len, enum rom_name_rules rules);
/* Makes "photo~2.jpg" from "photo.jpg" and 2. name: up to 255 bytes; ret has
 * 256 bytes, and the name is cut where it does not fit. */
void rom_numbered_name(const char *name, unsigned n, char *ret);
/* True when the bytes are valid UTF-8 (no surrogates, no overlong forms). */
bool rom_is_utf8(const char *bytes, size_t len);
/* Writes a code point as UTF-8 to out, which has at least 4 bytes; returns how
 * many bytes it takes. Half of a surrogate pair is written like any other code
 * point. */
size_t rom_utf8_put(uint32_t c, char *out);
/* The code point at units[*i] of n, *i < n; moves *i past it. Half of a
 * surrogate pair is returned unchanged. */
uint32_t rom_utf16_next(const uint16_t *units, size_t n, size_t *i);
/* Writes len bytes as lower-case hex to out, which has at least 2 * len + 1
 * bytes. */
void rom_hex(const uint8_t *bytes, size_t len, char *out);
/* Parses 2 * len hex digits of either case into the len bytes of out. False
 * when s is anything else. */
bool rom_unhex(const char *s, uint8_t *out, size_t len);
/* Formats seconds since 1970 as "2021-07-01 12:34:56" in UTC. Writes to buf,
 * which has len bytes, at least 32; returns buf. */
const char *rom_utc(int64_t seconds, char *buf, size_t len);

/* ---- digests ------------------------------------------------------------- */

/* CRC-32 of len bytes as in GPT, zlib and Ethernet. */
uint32_t rom_crc32(const void *data, size_t len);
/* CRC-32 with that seed, not inverted at the end, as f2fs uses it. */
uint32_t rom_crc32_from(uint32_t seed, const void *data, size_t len);
/* The lookup table of rom_crc32_fast, filled by rom_crc32_fill. */
struct rom_crc32_table {
	uint32_t t[8][256];
};
/* Fills the table. */
void rom_crc32_fill(struct rom_crc32_table *table);
/* As rom_crc32_from, but eight bytes at a time: for millions of checksums. */
uint32_t rom_crc32_fast(const struct rom_crc32_table *table, uint32_t seed,
	const void *data, size_t len);
/* CRC-32C (Castagnoli) with that seed, not inverted at the end, as ext4 uses
 * it. */
uint32_t rom_crc32c(uint32_t seed, const void *data, size_t len);

/* The supported digests. */
enum rom_hash { ROM_HASH_MD5, ROM_HASH_SHA1, ROM_HASH_SHA256, ROM_HASH_COUNT };

#define ROM_HASH_MAX   32
#define ROM_SHA256_LEN 32

/* An unfinished digest. Not safe for concurrent use. */
struct rom_digest;
/* A new digest, of no bytes yet. Never NULL; released with rom_digest_free. */
struct rom_digest *rom_digest_new(enum rom_hash kind);
/* Adds len bytes. */
void rom_digest_update(struct rom_digest *d, const void *data, size_t len);
/* True when this processor computes several SHA-256 together faster than in
 * sequence. Slow: call it once. */
bool rom_digest_has_many(void);
/* Feeds the same bytes to two SHA-256. Only where rom_digest_has_many. Both
 * must be at a multiple of 64 bytes, otherwise it takes twice as long as
 * one. */
void rom_digest_update_two(struct rom_digest *a, struct rom_digest *b,
	const void *data, size_t len);
/* The bytes for one of several digests. */
struct rom_digest_piece {
	struct rom_digest *digest;
	const uint8_t *data;
	size_t len;
};
/* The largest number of digests that can be fed at once. */
enum { ROM_DIGEST_MANY = 3 };
/* Feeds each digest its own bytes; n is at most ROM_DIGEST_MANY, all are
 * SHA-256, and none occurs twice. Only where rom_digest_has_many. Afterwards
 * the pieces are empty. */
void rom_digest_update_many(struct rom_digest_piece *pieces, size_t n);
/* Adds len zeros, as from a hole. */
void rom_digest_zeros(struct rom_digest *d, uint64_t len);
/* Adds len zeros to two SHA-256, like rom_digest_update_two. */
void rom_digest_zeros_two(
	struct rom_digest *a, struct rom_digest *b, uint64_t len);
/* Writes the result, rom_hash_len(kind) bytes, to out. Afterwards the digest
 * can only be freed. */
void rom_digest_final(struct rom_digest *d, uint8_t *out);
/* Frees a digest. NULL is allowed. */
void rom_digest_free(struct rom_digest *d);
/* The size of a digest in bytes: 16, 20 or 32. */
size_t rom_hash_len(enum rom_hash kind);
/* "md5", "sha1" or "sha256"; a literal. */
const char *rom_hash_name(enum rom_hash kind);
/* Name and version of the loaded libcrypto; not to be freed. */
const char *rom_digest_library(void);

/* ---- time ---------------------------------------------------------------- */

/* A time, as filesystems store it. */
struct rom_time {
	int64_t sec; /* since 1970 */
	uint32_t nsec;
};

/* Seconds since an arbitrary moment before this program began. */
double rom_now(void);
/* Processor time of the calling thread in seconds. */
double rom_thread_time(void);

#endif
