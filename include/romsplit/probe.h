/* SPDX-License-Identifier: MIT */
/* probe.h - what a partition holds: every format bids the bits it has
 * verified */
#ifndef ROMSPLIT_PROBE_H
#define ROMSPLIT_PROBE_H

#include "romsplit/image.h"
#include "romsplit/model.h"

/* Asks every prober about img, which is the partition p of the report; fills
 * p->claims, best first. A magic whose fields cannot be becomes a note with the
 * offset in the dump. Reads some tens of KiB. */
void rom_probe(struct rom_image *img, struct rom_report *report,
	struct rom_partition *p);

/* Asks libmagic, last and weakest, when p has no claim yet. */
void rom_probe_magic(struct rom_image *img, struct rom_partition *p);
/* The MIME type libmagic gives the head of img, "application/octet-stream" when
 * it knows nothing. Freed by the caller. */
char *rom_probe_mime(struct rom_image *img);
/* libmagic held open, for many small questions. NULL when it cannot be had. */
struct rom_mime;
struct rom_mime *rom_mime_open(void);
/* The MIME type of these first bytes of a file; valid until the next question.
 * m may be NULL. */
const char *rom_mime_of(struct rom_mime *m, const void *bytes, size_t len);
void rom_mime_close(struct rom_mime *m);
/* Version text of libmagic. Freed by the caller. */
char *rom_probe_magic_library(void);

/* What a partition holds by its name. */
enum rom_expected {
	ROM_EXPECTED_ANY,   /* nothing in particular is known of that name */
	ROM_EXPECTED_THIS,  /* it holds such a format */
	ROM_EXPECTED_OTHER, /* it holds others */
};
/* Whether a partition of that name holds the format, as a claim names it. With
 * ROM_EXPECTED_OTHER *ret_words is what it holds, "ext4 or f2fs", freed by the
 * caller; else it is left alone. */
enum rom_expected rom_probe_expected(
	const char *partition, const char *format, char **ret_words);

/* Turns byte statistics into the claims zero, ff and noise (p->stats is set).
 * Older such claims go. */
void rom_probe_stats(struct rom_partition *p);

#endif
