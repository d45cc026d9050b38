/* SPDX-License-Identifier: MIT */
/* jpeg_priv.h - tables and scans of a JPEG, shared by the files jpeg*.c */
#ifndef ROMSPLIT_JPEG_PRIV_H
#define ROMSPLIT_JPEG_PRIV_H

#include "media_priv.h"

enum {
	JPEG_COMPONENTS = 4,
	JPEG_TABLES = 4,
	JPEG_FAST_BITS = 9,
	JPEG_PROGRESSIVE = 0xc2, /* its SOF */
};

struct jpeg_huffman {
	bool is_defined;
	/* indexed by the next 9 bits: length << 8 | symbol; 0: a longer code,
	 * or none */
	uint16_t fast[1 << JPEG_FAST_BITS];
	int32_t max_code[17]; /* for each length; -1: no code has it */
	int32_t delta[17];    /* index of a symbol minus its code */
	uint8_t symbol[256];
};

struct jpeg_component {
	uint8_t id, h, v, quantisation;
	uint32_t blocks_wide, blocks_high; /* without padding */
	uint32_t stride, rows;		   /* padded to whole MCUs */
	/* progressive: for each block a bit for each nonzero coefficient; NULL
	 * when that would take too much memory */
	uint64_t *nonzero;
	bool has_scan;
	/* progressive: bits of each coefficient that are still missing */
	uint8_t low[64];
};

struct jpeg_frame {
	uint8_t sof; /* the marker; 0: none so far */
	uint8_t precision, n;
	uint16_t width, height;
	uint32_t mcus_wide, mcus_high;
	uint8_t h_max, v_max;
	struct jpeg_component c[JPEG_COMPONENTS];
};

struct jpeg {
	struct rom_media_walk *w;
	struct jpeg_frame frame;
	struct jpeg_huffman dc[JPEG_TABLES], ac[JPEG_TABLES];
	uint8_t quantisations; /* a bit for each defined table */
	uint16_t restart;      /* MCUs between restart markers; 0: none */
	bool was_skipped;      /* a scan was not decoded, only skipped */
	/* Bounds the work. The length of the file does not: two bytes encode a
	 * run of up to 32,767 empty blocks. */
	uint64_t blocks_left;
};

/* Builds the table from 16 counts and their symbols; false when they are
 * invalid. */
bool rom_jpeg_huffman_make(struct jpeg_huffman *h, const uint8_t counts[16],
	const uint8_t *symbols, size_t n_symbols);

/* Reads bits, most significant first. A stuffed FF 00 is one byte FF; at a
 * marker and at the end, zeros follow and are counted. */
struct jpeg_bits {
	struct rom_media_walk *w;
	const uint8_t *p, *end;
	uint64_t pos; /* offset of end in the file */
	uint64_t acc; /* the lower n bits are the next ones */
	int n, padding;
	bool at_marker;
};

struct jpeg_scan {
	struct jpeg *j;
	struct jpeg_bits bits;
	unsigned n; /* components */
	struct jpeg_component *c[JPEG_COMPONENTS];
	struct jpeg_huffman *dc[JPEG_COMPONENTS], *ac[JPEG_COMPONENTS];
	uint8_t first, last, high, low; /* Ss, Se, Ah, Al */
	uint32_t eob_run;
	uint32_t mcus, wide; /* MCUs of this scan, and per row */
	uint64_t blocks;
};

/* Read segments of tables and the frame header; false when a verdict was
 * given. */
bool rom_jpeg_read_huffman(struct jpeg *j, const struct rom_buffer *segment);
bool rom_jpeg_read_quantisation(
	struct jpeg *j, const struct rom_buffer *segment);
bool rom_jpeg_read_frame(
	struct jpeg *j, uint8_t marker, const struct rom_buffer *segment);

/* Reads the SOS segment of a scan, and checks that the tables it refers to are
 * defined. False when a verdict was given. */
bool rom_jpeg_scan_begin(struct jpeg_scan *s, const struct rom_buffer *header);

/* Decodes the scan whose SOS segment is header and whose data begin at *pos;
 * moves *pos to the next marker. False when a verdict was given. */
bool rom_jpeg_scan(
	struct jpeg *j, const struct rom_buffer *header, uint64_t *pos);

#endif
