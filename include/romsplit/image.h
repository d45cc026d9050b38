/* SPDX-License-Identifier: MIT */
/*
 * image.h - something readable at an offset; images stack
 *
 * A dump, a partition of it, an Android sparse image inside that: each is a
 * rom_image, and a parser never knows what lies below. Images are counted:
 * every opener holds what it stands on, so they can be closed in any order.
 * Reading is safe from several threads at once.
 */
#ifndef ROMSPLIT_IMAGE_H
#define ROMSPLIT_IMAGE_H

#include "romsplit/cipher.h"

struct rom_image;
/* a file that holds bytes; only the copying file asks which */
struct rom_source;
struct rom_in_file;

/* What a range of an image is made of. */
enum rom_span_kind {
	/* lies in source at source_offset: the kernel may copy it */
	ROM_SPAN_DATA,
	ROM_SPAN_HOLE, /* reads as zeros, nothing is stored */
	ROM_SPAN_READ, /* must be read through the image */
	/* the same: a pattern of four bytes, over and over, which is not zeros.
	 * Nothing can be found in it */
	ROM_SPAN_FILL,
	/* not there: never read, or past the end of the dump */
	ROM_SPAN_ABSENT,
};

/* The first part of a range: len bytes of one kind. */
struct rom_span {
	enum rom_span_kind kind;
	uint64_t len;
	/* ROM_SPAN_DATA only; lives as long as the image */
	const struct rom_source *source;
	uint64_t source_offset;
};

/* A range of an image. */
struct rom_place {
	struct rom_image *img; /* borrowed */
	uint64_t offset, len;
};

/* What an image is to those who read it. */
struct rom_image_ops {
	/* The range lies inside the image. Reads all of it or fails. */
	enum rom_status (*read_at)(struct rom_image *img, void *buf, size_t len,
		uint64_t offset, struct rom_err *err);
	/* The range lies inside the image and is not empty: says what the first
	 * part of it is. */
	void (*map)(struct rom_image *img, uint64_t offset, uint64_t len,
		struct rom_span *ret);
	/* The range lies inside the image and is not empty: where its first
	 * bytes lie, as they are, in an image that this one stands on; len is
	 * cut to how many that holds for. False: it makes them itself. NULL:
	 * it always does. */
	bool (*below)(struct rom_image *img, struct rom_place *place);
	/* The last reference is gone: frees everything but the rom_image
	 * itself. */
	void (*close)(struct rom_image *img);
};

/* Something that can be read at an offset; the struct of each kind begins with
 * it. Counted: one that holds it calls rom_image_ref, and rom_image_close at
 * its end. */
struct rom_image {
	const struct rom_image_ops *ops;
	char *name;    /* for messages; owned */
	uint64_t size; /* readable addresses are 0 .. size - 1 */
	int refs;
};

/* What the user names beside the dump; NULL: nothing. */
struct rom_open_options {
	/* dumps of these areas: they come to lie in front */
	const char *boot1, *boot2;
	/* a ddrescue mapfile; without it one is looked for beside a single
	 * dump */
	const char *map;
};
/* What rom_image_open has found. The image is closed by the caller, the rest
 * released with rom_opened_done. */
struct rom_opened {
	struct rom_image *img;
	/* bytes of the areas in front of what the user named */
	uint64_t boot1, boot2;
	char *map; /* the mapfile that is followed, or NULL */
	/* a part in the middle is missing: which, and what that costs; else
	 * NULL */
	char *gap;
};

/* Opens what the user named: one raw file or block device, an Android sparse
 * image, an Expert Witness image (.E01), or the parts of a dump in order. A
 * single name that ends in .001, .01, .1 or .0, or is ROM_0, finds the parts
 * that follow it; those behind a missing one are left out. Compressed files,
 * folders and empty files are refused with ROM_E_INPUT and a word what to do.
 * options may be NULL. */
enum rom_status rom_image_open(const char *const *paths, size_t n,
	const struct rom_open_options *options, struct rom_opened *ret,
	struct rom_err *err);

/* Frees what stands beside the image, which stays. */
void rom_opened_done(struct rom_opened *o);

/* img, of which only what the ddrescue mapfile says was read is there.
 * ROM_E_INPUT when map is no mapfile. */
enum rom_status rom_image_open_rescue(struct rom_image *img, const char *map,
	struct rom_image **ret, struct rom_err *err);
/* True when the file says of itself that it is a mapfile of ddrescue. */
bool rom_image_is_rescue_map(const char *path);
/* A file or block device, opened read-only. */
enum rom_status rom_image_open_file(
	const char *path, struct rom_image **ret, struct rom_err *err);
/* The n images of parts one after the other; takes a reference on each. */
struct rom_image *rom_image_open_concat(
	struct rom_image *const *parts, size_t n, const char *name);
/* A window on img. It may reach past the end of img (a dump cut short): what
 * lies there is absent. */
struct rom_image *rom_image_open_slice(
	struct rom_image *img, struct rom_range range, const char *name);
/* n ranges of img, one after the other; one at ROM_NO_OFFSET reads as zeros.
 * The list is copied. */
struct rom_image *rom_image_open_extents(struct rom_image *img,
	const struct rom_range *ranges, size_t n, const char *name);
/* An Android sparse image read in place. ROM_NO_MATCH when img is none. */
enum rom_status rom_image_open_sparse(
	struct rom_image *img, struct rom_image **ret, struct rom_err *err);
/* A range of an image that reads as another range of it, or as up to eight
 * bytes of memory. */
struct rom_patch {
	uint64_t offset, len;
	uint64_t from; /* where the bytes lie instead */
	bool has_bytes;
	uint8_t bytes[8];
};
/* img with n ranges replaced; they are inside of it and do not overlap, in any
 * order. The list is copied. */
struct rom_image *rom_image_open_overlay(
	struct rom_image *img, const struct rom_patch *patch, size_t n);
/* What img decrypts to, unit by unit, the first unit at its start; takes a
 * reference on both. A unit of nothing but zeros was never written by a cipher
 * (discarded, a hole, lost by the reader) and stays zeros. */
struct rom_image *rom_image_open_cipher(struct rom_image *img,
	struct rom_cipher *cipher, const struct rom_units *units);
/* Of two images of one size, for each block of it the first where its bit is
 * set (bit 0 of byte 0 is block 0), else the second; what lies behind the last
 * bit is the first's. The bits are copied. */
struct rom_image *rom_image_open_bitmap_select(struct rom_image *set,
	struct rom_image *clear, const uint8_t *bits, uint64_t n_bits,
	uint32_t block);
/* Bytes in memory, not copied: they must outlive the image. For tests and small
 * tables. */
struct rom_image *rom_image_open_memory(
	const void *bytes, size_t len, const char *name);

/* One more owner, who closes it too; returns img. Any thread may. */
struct rom_image *rom_image_ref(struct rom_image *img);
/* The last owner's call frees it. NULL is fine. Any thread may. */
void rom_image_close(struct rom_image *img);
/* For ROM_AUTO_IMAGE: closes *img and sets it to NULL. */
void rom_image_closep(struct rom_image **img);
#define ROM_AUTO_IMAGE __attribute__((cleanup(rom_image_closep)))

/* Reads exactly len bytes at at. ROM_E_RANGE outside of the image, ROM_E_ABSENT
 * where the dump has nothing, ROM_E_IO when the medium fails. */
enum rom_status rom_read(struct rom_image *img, void *buf, size_t len,
	uint64_t offset, struct rom_err *err);
/* Reads what is there of the range, cut at the end of the image; *ret_len is
 * what buf now holds. */
enum rom_status rom_read_some(struct rom_image *img, void *buf, size_t len,
	uint64_t offset, size_t *ret_len, struct rom_err *err);
/* What the first part of the range is; its length is at least 1 and at most
 * len. Outside of the image: ROM_SPAN_ABSENT. */
void rom_image_map(struct rom_image *img, uint64_t offset, uint64_t len,
	struct rom_span *ret);
/* Bytes of the range that are stored (neither holes nor absent). */
uint64_t rom_image_stored(struct rom_image *img, uint64_t offset, uint64_t len);
/* For who searches: how many bytes from the start of the range hold nothing
 * that could be found (holes, fill, what is absent). 0: they must be read. */
uint64_t rom_image_empty(struct rom_image *img, uint64_t offset, uint64_t len);
/* How many bytes of the range are here, counted from its start to the first
 * absent one. */
uint64_t rom_image_present(
	struct rom_image *img, uint64_t offset, uint64_t len);

/* Bytes of the range that are not there. */
uint64_t rom_image_absent(struct rom_image *img, uint64_t offset, uint64_t len);

/* True when nearly all that is stored of the range is in the page cache, by
 * samples. False also where that cannot be told. */
bool rom_image_in_memory(struct rom_image *img, struct rom_range range);
/* Follows the first bytes of the range down through the images that img stands
 * on, as far as they are handed on as they are, to the image target; place->img
 * is target then, and place->len how many bytes that holds for (at least 1).
 * False, and place as it may be, when an image on the way makes them itself. */
bool rom_image_resolve(struct rom_place *place, const struct rom_image *target);

/* The open file of a source, which lives as long as the source. For the copying
 * file alone. */
const struct rom_in_file *rom_source_file(const struct rom_source *source);

#endif
