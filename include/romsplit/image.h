/* SPDX-License-Identifier: MIT */
/*
 * image.h - something readable at an offset; images stack
 *
 * A dump, a partition of it, an Android sparse image inside that: each is a
 * rom_image, and a parser never knows what lies below. Images are
 * reference-counted: each holds the images that it reads from, so they can be
 * closed in any order. Reading is safe from several threads at once.
 */
#ifndef ROMSPLIT_IMAGE_H
#define ROMSPLIT_IMAGE_H

#include "romsplit/cipher.h"

struct rom_image;
/* an open file that an image reads from; only the code that copies asks
 * which */
struct rom_source;
struct rom_in_file;

/* How a range of an image is stored. */
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
	/* ROM_SPAN_ABSENT only: a sparse image leaves these bytes out
	 * (DONT_CARE). They are unknown, but who made it may have known that
	 * they are unused */
	bool left_out;
	/* ROM_SPAN_ABSENT only: none of the files given covers these bytes */
	bool not_given;
};

/* A range of an image. */
struct rom_place {
	struct rom_image *img; /* borrowed */
	uint64_t offset, len;
};

/* The methods of one kind of image. */
struct rom_image_ops {
	/* The range lies inside the image. Reads all of it or fails. */
	enum rom_status (*read_at)(struct rom_image *img, void *buf, size_t len,
		uint64_t offset, struct rom_err *err);
	/* The range lies inside the image and is not empty: sets ret to how its
	 * first part is stored. */
	void (*map)(struct rom_image *img, uint64_t offset, uint64_t len,
		struct rom_span *ret);
	/* The range lies inside the image and is not empty. Replaces place by
	 * where its first bytes lie unchanged in an image below; len is cut to
	 * how many bytes that holds for. Returns false when the image computes
	 * these bytes itself; NULL when it always does. */
	bool (*below)(struct rom_image *img, struct rom_place *place);
	/* Called when the last reference is dropped: frees everything but the
	 * rom_image itself. */
	void (*close)(struct rom_image *img);
};

/* Something that can be read at an offset; the struct of each kind begins with
 * it. Reference-counted: who keeps one calls rom_image_ref, and rom_image_close
 * when done. */
struct rom_image {
	const struct rom_image_ops *ops;
	char *name;    /* for messages; owned */
	uint64_t size; /* readable addresses are 0 .. size - 1 */
	int refs;
};

/* What the user names besides the dump; NULL where nothing was. */
struct rom_open_options {
	/* dumps of these areas; they go in front of the user area */
	const char *boot1, *boot2;
	/* a ddrescue mapfile; without it, one is searched for next to a single
	 * dump */
	const char *map;
	/* Asked before a file that begins like another format is refused:
	 * whether it is a dump all the same, the start of which was
	 * overwritten. NULL: it never is. */
	bool (*is_dump)(struct rom_image *img);
};
/* What rom_image_open returns. The caller closes the image, and releases the
 * rest with rom_opened_done. */
struct rom_opened {
	struct rom_image *img;
	/* sizes of the boot areas in front of what the user named */
	uint64_t boot1, boot2;
	char *map; /* path of the mapfile in use, or NULL */
	/* a part in the middle is missing: a message that names it and states
	 * the consequence; else NULL */
	char *gap;
	/* a remark about the parts of a sparse image, or NULL */
	char *remark;
	/* paths of the files that were opened, boot areas left out; owned */
	ROM_VEC(char *) files;
	/* where the parts of a sparse image would go on: the name of the part
	 * after the last one; NULL when they have no numbers */
	char *next;
	/* end of what the parts of a sparse image hold; 0: it is not one */
	uint64_t held_end;

	/* a fixed VHD: its footer is left out of img */
	bool vhd_footer;
};

/* Opens what the user named: one raw file or block device, an Android sparse
 * image, an Expert Witness image (.E01), or the parts of a dump in order. A
 * single name that ends in .001, .01, .1 or .0, or is ROM_0, finds the parts
 * that follow it; those after a missing one are left out. The parts of a split
 * sparse image are merged, in any order; a single one finds the others by the
 * number in its name and by their content. Compressed files,
 * directories and empty files are refused with ROM_E_INPUT and a message that
 * says what to do. options may be NULL. */
enum rom_status rom_image_open(const char *const *paths, size_t n,
	const struct rom_open_options *options, struct rom_opened *ret,
	struct rom_err *err);

/* Frees the strings of o; the image stays open. */
void rom_opened_done(struct rom_opened *o);

/* img with only those ranges present that the ddrescue mapfile lists as read.
 * ROM_E_INPUT when map is not a mapfile. */
enum rom_status rom_image_open_rescue(struct rom_image *img, const char *map,
	struct rom_image **ret, struct rom_err *err);
/* True when the first line of the file is the comment that ddrescue writes. */
bool rom_image_is_rescue_map(const char *path);
/* Reads of an image that failed: how often in spite of being repeated, and how
 * often only the first time; offset of the first of each. */
struct rom_read_faults {
	uint64_t failed, first_failed, repeated, first_repeated;
};
/* img with reads that are repeated once when the medium fails, and counted.
 * faults must live until the image is closed; several threads may read. */
struct rom_image *rom_image_open_watched(
	struct rom_image *img, struct rom_read_faults *faults);
/* A file or block device, opened read-only. */
enum rom_status rom_image_open_file(
	const char *path, struct rom_image **ret, struct rom_err *err);
/* The n images of parts concatenated; takes a reference on each. */
struct rom_image *rom_image_open_concat(
	struct rom_image *const *parts, size_t n, const char *name);
/* A range of img. It may reach past the end of img (a truncated dump); what
 * lies there is absent. */
struct rom_image *rom_image_open_slice(
	struct rom_image *img, struct rom_range range, const char *name);
/* n ranges of img in a row; one at ROM_NO_OFFSET reads as zeros. The list is
 * copied. */
struct rom_image *rom_image_open_extents(struct rom_image *img,
	const struct rom_range *ranges, size_t n, const char *name);
/* An image at its place in a larger one: the range is cut at the end of
 * img. */
struct rom_piece {
	struct rom_image *img;
	struct rom_range range;
};
/* An image of size bytes that holds n pieces, in ascending order; one that
 * overlaps those before it is left out. What none covers is absent, as not
 * given. Takes a reference on each; the list is copied. */
struct rom_image *rom_image_open_placed(const struct rom_piece *pieces,
	size_t n, uint64_t size, const char *name);
/* An Android sparse image read in place; what it leaves out (DONT_CARE) is
 * absent. ROM_NO_MATCH when img is not one. */
enum rom_status rom_image_open_sparse(
	struct rom_image *img, struct rom_image **ret, struct rom_err *err);
/* n sparse images, each of which holds a part of one image, merged as simg2img
 * does: where two have data, the later one counts. They have one expanded size:
 * ROM_E_INPUT otherwise. ROM_NO_MATCH when one of them is not sparse.
 * *ret_overlap is where two have different sources first, or
 * ROM_NO_OFFSET. */
enum rom_status rom_image_open_sparse_parts(struct rom_image *const *parts,
	size_t n, struct rom_image **ret, uint64_t *ret_overlap,
	struct rom_err *err);
/* True when img begins as a sparse image does. */
bool rom_image_is_sparse(struct rom_image *img);
/* A range of an image that reads as another range of it, or as up to eight
 * bytes of memory. */
struct rom_patch {
	uint64_t offset, len;
	uint64_t from; /* offset of the bytes to read instead */
	bool has_bytes;
	uint8_t bytes[8];
};
/* img with n ranges replaced. They lie inside it and do not overlap; any order.
 * The list is copied. */
struct rom_image *rom_image_open_overlay(
	struct rom_image *img, const struct rom_patch *patch, size_t n);
/* img decrypted unit by unit, the first unit at offset 0; takes a reference on
 * both. A unit of zeros was never written by a cipher (discarded, a hole, lost
 * by the reader) and stays zeros. */
struct rom_image *rom_image_open_cipher(struct rom_image *img,
	struct rom_cipher *cipher, const struct rom_units *units);
/* Two images of the same size, block by block: reads from set where the bit of
 * the block is 1 (bit 0 of byte 0 is block 0), else from clear. Blocks past the
 * last bit come from set. The bits are copied. */
struct rom_image *rom_image_open_bitmap_select(struct rom_image *set,
	struct rom_image *clear, const uint8_t *bits, uint64_t n_bits,
	uint32_t block);
/* Bytes in memory, not copied: they must outlive the image. For tests and small
 * tables. */
struct rom_image *rom_image_open_memory(
	const void *bytes, size_t len, const char *name);

/* Takes one more reference, to be dropped with rom_image_close; returns img.
 * Any thread may call it. */
struct rom_image *rom_image_ref(struct rom_image *img);
/* Drops a reference; the last one frees the image. NULL is allowed. Any thread
 * may call it. */
void rom_image_close(struct rom_image *img);
/* For ROM_AUTO_IMAGE: closes *img and sets it to NULL. */
void rom_image_closep(struct rom_image **img);
#define ROM_AUTO_IMAGE __attribute__((cleanup(rom_image_closep)))

/* A file that holds a dump, or something else of a phone, but is no raw dump:
 * compressed, an archive, a disk of a virtual machine, raw NAND flash. All
 * members are literals. */
struct rom_container {
	const char *format;  /* its name in reports */
	const char *what;    /* "a QCOW2 disk image" */
	const char *convert; /* what makes a raw dump of it */
};
/* The container that the image is, by its magic and fields; NULL: none that is
 * known. */
const struct rom_container *rom_image_container(struct rom_image *img);
/* "is a QCOW2 disk image; convert it first: ..." for the file of that name. The
 * caller frees it. */
char *rom_container_text(const struct rom_container *c, const char *name);

/* Reads exactly len bytes at offset. ROM_E_RANGE outside the image,
 * ROM_E_ABSENT where the dump has no data, ROM_E_IO when the medium fails. */
enum rom_status rom_read(struct rom_image *img, void *buf, size_t len,
	uint64_t offset, struct rom_err *err);
/* Reads what is present at the start of the range, cut at the end of the image;
 * *ret_len is how many bytes buf then holds. */
enum rom_status rom_read_some(struct rom_image *img, void *buf, size_t len,
	uint64_t offset, size_t *ret_len, struct rom_err *err);
/* How the first part of the range is stored; its length is at least 1 and at
 * most len. Outside the image: ROM_SPAN_ABSENT. */
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

/* Bytes of the range that are absent. */
uint64_t rom_image_absent(struct rom_image *img, uint64_t offset, uint64_t len);
/* Those of them that a sparse image leaves out. */
uint64_t rom_image_left_out(
	struct rom_image *img, uint64_t offset, uint64_t len);
/* Those of them that none of the files given covers. */
uint64_t rom_image_not_given(
	struct rom_image *img, uint64_t offset, uint64_t len);

/* True when nearly everything stored in the range is in the page cache, judged
 * by samples. False also where that cannot be determined. */
bool rom_image_in_memory(struct rom_image *img, struct rom_range range);
/* Follows the first bytes of the range down through the images below, as long
 * as they are passed on unchanged, to the image target. On success place->img
 * is target, and place->len how many bytes that holds for (at least 1). False,
 * with *place unspecified, when an image on the way computes them itself. */
bool rom_image_resolve(struct rom_place *place, const struct rom_image *target);

/* The open file of a source, which lives as long as the source. Only the code
 * that copies uses it. */
const struct rom_in_file *rom_source_file(const struct rom_source *source);

#endif
