/* SPDX-License-Identifier: MIT */
/* sparse_priv.h - the chunks of Android sparse images */
#ifndef ROMSPLIT_SPARSE_PRIV_H
#define ROMSPLIT_SPARSE_PRIV_H

#include "image_priv.h"

enum {
	/* a 256 GiB userdata in chunks of 64 MiB needs some thousands; 512 Ki
	 * keep the table under 17 MiB. All parts together */
	ROM_MAX_SPARSE_CHUNKS = 512 * 1024,
};

enum rom_chunk_type {
	ROM_CHUNK_RAW,
	ROM_CHUNK_FILL,
	ROM_CHUNK_LEFT_OUT, /* DONT_CARE, and what no chunk covers */
	ROM_CHUNK_CUT,	    /* the file ends before it */
};

struct rom_chunk {
	struct rom_range range; /* in the expanded image */
	/* RAW: offset of its bytes in the file; FILL: the four bytes */
	uint64_t source;
	enum rom_chunk_type type;
	uint32_t part; /* index of the file */
};

typedef ROM_VEC(struct rom_chunk) rom_chunks;

/* sparse_read.c: reads the chunks of img, the file of that part, in order. They
 * cover all bytes up to *ret_size, the expanded size. max: more chunks are
 * ROM_E_LIMIT. ROM_NO_MATCH when img is not a sparse image. */
enum rom_status rom_sparse_read(struct rom_image *img, uint32_t part,
	size_t max, rom_chunks *ret, uint64_t *ret_size, struct rom_err *err);

/* True when img is a sparse image whose chunks can be read. */
bool rom_sparse_is_sound(struct rom_image *img);
/* True when img is a sparse image, and the file ends before its last chunk
 * does. */
bool rom_sparse_is_cut(struct rom_image *img);

/* sparse_merge.c: puts what over holds in front of what under holds; both cover
 * the same bytes. What neither holds is cut off when one of them was, else left
 * out. Returns the offset where both hold bytes first, or ROM_NO_OFFSET. */
uint64_t rom_sparse_merge(
	const rom_chunks *over, const rom_chunks *under, rom_chunks *ret);

/* sparse.c: the end of what a sparse image holds; 0: img is not one. */
uint64_t rom_sparse_held_end(const struct rom_image *img);

typedef ROM_VEC(struct rom_image *) rom_image_list;

/* What is known of the parts of a sparse image besides the parts. */
struct rom_sparse_parts {
	/* as in struct rom_opened; to be freed by the caller */
	char *gap, *remark, *next;
};

/* sparse_parts.c: list holds the file that the user named, which is a sparse
 * image. Adds those that lie beside it, differ in a number in their names, and
 * hold other parts of the same image; sorts all by that number. */
void rom_sparse_find_parts(rom_image_list *list, struct rom_sparse_parts *ret);
/* The same for the files that the user named, all of them sparse, and merged:
 * adds none. */
void rom_sparse_name_parts(const rom_image_list *list, struct rom_image *merged,
	struct rom_sparse_parts *ret);

#endif
